/*
 * bench_topic.c - what topics cost: from a text to decided topics at 3, 1,000
 * and 100,000 terms; beside Hyperscan, PCRE2 and libxml2, if installed.
 *
 * Rates are bytes of titles and texts by process CPU time, tokens included,
 * the best of all rounds; the rows of a round take turns.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/rules_load.h"
#include "corpus.h"
#include "item/item.h"
#include "peers.h"
#include "text/fold.h"
#include "text/html.h"
#include "text/token.h"
#include "topic/rules.h"
#include "topic/topic.h"

#define TERMS_A_TOPIC 8
#define TOPICS_A_FILE 1000
#define ROUNDS 5
#define SCAN_TERMS 1000 /* beside the other engines */
#define PCRE2_EVERY 40  /* texts: it is slow */

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
mbps(size_t n, double s)
{
	return (double)n / s / 1e6;
}

static bool
verdict(const char *what, double ratio, double least)
{
	printf("%s %s: %.2f (at least %.2f)\n",
	    ratio >= least ? "PASS" : "FAIL", what, ratio, least);
	return ratio >= least;
}

static void
put_term(struct strbuf *sb)
{
	char *term = corpus_term();

	strbuf_puts(sb, term);
	free(term);
}

static void
put_any(struct strbuf *sb, size_t n)
{
	strbuf_putc(sb, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(sb, ", ");
		put_term(sb);
	}
	strbuf_putc(sb, ']');
}

/* Topics k to end of a file, of `nterms` terms each. */
static void
put_topics(struct strbuf *sb, size_t k, size_t end, size_t nterms)
{
	strbuf_puts(sb, "topics:\n");
	for (; k < end; k++) {
		strbuf_printf(sb, "  t%zu: {require: {all: [", k);
		put_any(sb, nterms < 8 ? 1 : 3);
		strbuf_puts(sb, ", ");
		put_any(sb, nterms < 8 ? 1 : 3);
		strbuf_puts(sb, ", {not: ");
		put_any(sb, nterms < 8 ? 1 : 2);
		strbuf_printf(
		    sb, "}]%s}}\n", k % 10 == 0 ? ", within: 10" : "");
	}
}

/* Each term is a topic. */
static void
put_singles(struct strbuf *sb, char *const *terms, size_t n)
{
	strbuf_puts(sb, "topics:\n");
	for (size_t i = 0; i < n; i++)
		strbuf_printf(
		    sb, "  s%zu: {require: {any: [%s]}}\n", i, terms[i]);
}

/* Eight terms a topic: three, three, and not two. */
static void
put_eights(struct strbuf *sb, char *const *t, size_t n)
{
	strbuf_puts(sb, "topics:\n");
	for (size_t i = 0; i + TERMS_A_TOPIC <= n; i += TERMS_A_TOPIC)
		strbuf_printf(sb,
		    "  e%zu: {require: {all: [[%s, %s, %s], [%s, %s, %s], "
		    "{not: [%s, %s]}]%s}}\n",
		    i, t[i], t[i + 1], t[i + 2], t[i + 3], t[i + 4], t[i + 5],
		    t[i + 6], t[i + 7],
		    i / TERMS_A_TOPIC % 10 == 0 ? ", within: 10" : "");
}

struct made {
	struct topic_set *ts;
	double load_s, compile_s;
};

static struct made
make_set(struct strbuf *sb, size_t nfiles)
{
	struct rules_file *f = xcalloc(nfiles, sizeof(*f));
	struct made m;
	struct rules *r;
	struct diags ds;
	double t;

	for (size_t i = 0; i < nfiles; i++)
		f[i] =
		    (struct rules_file){ "bench.yaml", sb[i].data, sb[i].len };
	diags_init(&ds, 4);
	t = now_s();
	r = rules_load(f, nfiles, &ds);
	m.load_s = now_s() - t;
	t = now_s();
	m.ts = r != NULL ? topic_compile(r, NULL, &ds) : NULL;
	m.compile_s = now_s() - t;
	if (m.ts == NULL) {
		printf("%s\n", ds.v[0].msg);
		exit(1);
	}
	rules_free(r);
	diags_fini(&ds);
	for (size_t i = 0; i < nfiles; i++)
		strbuf_fini(&sb[i]);
	free(f);
	return m;
}

static struct made
make_topics(size_t nterms)
{
	size_t ntopics = MAX(nterms / TERMS_A_TOPIC, 1);
	size_t nfiles = (ntopics + TOPICS_A_FILE - 1) / TOPICS_A_FILE;
	struct strbuf *sb = xcalloc(nfiles, sizeof(*sb));
	struct made m;

	for (size_t i = 0; i < nfiles; i++) {
		strbuf_init(&sb[i], 1 << 20);
		put_topics(&sb[i], i * TOPICS_A_FILE,
		    MIN(ntopics, (i + 1) * TOPICS_A_FILE), nterms);
	}
	m = make_set(sb, nfiles);
	free(sb);
	return m;
}

/* Seconds for all texts; ts NULL = tokens only. */
static double
run(const struct topic_set *ts, size_t *matches)
{
	static const struct token_params tp = { 0, 0 };
	struct arena *a = arena_new(1 << 20);
	struct item *it = item_new();
	double t = now_s();

	*matches = 0;
	for (size_t i = 0; i < CORPUS_DOCS; i++) {
		struct topic_results res = { NULL, 0 };
		struct tokens *tk;

		it->title_text = corpus_docs[i].title;
		it->text = corpus_docs[i].text;
		tk = tokens_make(a, it, &tp);
		if (ts != NULL)
			topic_eval(ts, tk, a, false, NULL, &res);
		*matches += res.n;
		arena_reset(a);
	}
	t = now_s() - t;
	item_free(it);
	arena_free(a);
	return t;
}

/* Each code point looked up, no words made: the least that folding asks. */
static double
run_fold(size_t *sum)
{
	double t = now_s();

	*sum = 0;
	for (size_t i = 0; i < CORPUS_DOCS; i++) {
		const char *p = corpus_docs[i].whole;
		const char *end = p + corpus_docs[i].len;

		while (p < end) {
			uint32_t cp;

			p += fold_decode(p, end, &cp);
			*sum += fold_info(cp).len;
		}
	}
	return now_s() - t;
}

static double
run_html(size_t *n)
{
	double t = now_s();
	struct strbuf sb;

	*n = 0;
	strbuf_init(&sb, 1 << 20);
	for (size_t i = 0; i < CORPUS_DOCS; i++) {
		html_to_text(
		    &sb, corpus_docs[i].html, strlen(corpus_docs[i].html));
		*n += sb.len;
		strbuf_reset(&sb);
	}
	strbuf_fini(&sb);
	return now_s() - t;
}

/* --- text rate by the number of terms ------------------------------------ */

static bool
bench_growth(void)
{
	static const size_t counts[] = { 0, 3, 1000, 100000 };
	double best[ARRAY_LEN(counts)], fold = 1e9;
	size_t matches[ARRAY_LEN(counts)], sum;
	struct made m[ARRAY_LEN(counts)] = { { 0 } };
	bool ok;

	for (size_t i = 1; i < ARRAY_LEN(counts); i++) {
		m[i] = make_topics(counts[i]);
		printf("%6zu terms, %5zu topics: YAML %.3f s, compile %.3f s, "
		       "%.0f bytes a term\n",
		    counts[i], topic_set_len(m[i].ts), m[i].load_s,
		    m[i].compile_s,
		    (double)topic_set_bytes(m[i].ts) / (double)counts[i]);
	}
	for (int r = 0; r < ROUNDS; r++) {
		fold = MIN(fold, run_fold(&sum));
		for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
			double t = run(m[i].ts, &matches[i]);

			best[i] = r == 0 ? t : MIN(best[i], t);
		}
	}
	printf("fold alone: %.0f MB/s; tokens alone: %.0f MB/s, %.1f ns a "
	       "word\n",
	    mbps(corpus_bytes, fold), mbps(corpus_bytes, best[0]),
	    best[0] * 1e9 / (CORPUS_DOCS * CORPUS_WORDS));
	for (size_t i = 1; i < ARRAY_LEN(counts); i++)
		printf("%6zu terms: %.0f MB/s; topics alone %.0f MB/s, %.1f ns "
		       "a word; %zu matches\n",
		    counts[i], mbps(corpus_bytes, best[i]),
		    mbps(corpus_bytes, MAX(best[i] - best[0], 1e-9)),
		    (best[i] - best[0]) * 1e9 / (CORPUS_DOCS * CORPUS_WORDS),
		    matches[i]);
	ok = verdict("rate at 100,000 terms / at 3", best[1] / best[3], 0.25);
	for (size_t i = 1; i < ARRAY_LEN(counts); i++)
		topic_set_free(m[i].ts);
	return ok;
}

/* --- beside other engines ------------------------------------------------ */

static double
time_peer(struct peer *p, size_t every, size_t *hits)
{
	double t = now_s();

	*hits = peer_run(p, every);
	return now_s() - t;
}

static void
print_peer(const char *name, double compile_s, double rate, size_t hits)
{
	printf("%6d terms, %s: compile %.3f s, %.1f MB/s; %zu matches\n",
	    SCAN_TERMS, name, compile_s, rate, hits);
}

/*
 * The same terms over the same texts. For us twice: each term a topic, which
 * answers what a scanner answers, and in topics of eight.
 */
static bool
bench_peers(void)
{
	char *terms[SCAN_TERMS];
	double t, hs_compile, pcre_compile, alone = 1e9;
	double each = 1e9, eights = 1e9, hs = 1e9, pcre = 1e9;
	size_t hits = 0, found = 0, hs_hits = 0, pcre_hits = 0, unused;
	struct peer *hyperscan, *pcre2;
	struct strbuf sb;
	struct made m, e;
	bool ok = true;

	for (size_t i = 0; i < SCAN_TERMS; i++)
		terms[i] = corpus_term();
	strbuf_init(&sb, 1 << 20);
	put_singles(&sb, terms, SCAN_TERMS);
	m = make_set(&sb, 1);
	strbuf_init(&sb, 1 << 20);
	put_eights(&sb, terms, SCAN_TERMS);
	e = make_set(&sb, 1);
	t = now_s();
	hyperscan = peer_hyperscan(terms, SCAN_TERMS);
	hs_compile = now_s() - t;
	t = now_s();
	pcre2 = peer_pcre2(terms, SCAN_TERMS);
	pcre_compile = now_s() - t;
	for (int r = 0; r < ROUNDS; r++) {
		alone = MIN(alone, run(NULL, &unused));
		each = MIN(each, run(m.ts, &hits));
		eights = MIN(eights, run(e.ts, &found));
		if (hyperscan != NULL)
			hs = MIN(hs, time_peer(hyperscan, 1, &hs_hits));
		if (pcre2 != NULL && r == 0)
			pcre = time_peer(pcre2, PCRE2_EVERY, &pcre_hits);
	}
	print_peer("wiresift, 125 topics", e.compile_s,
	    mbps(corpus_bytes, eights), found);
	print_peer("wiresift, each a topic", m.compile_s,
	    mbps(corpus_bytes, each), hits);
	printf("     topics alone: %.0f MB/s, each a topic %.0f MB/s\n",
	    mbps(corpus_bytes, MAX(eights - alone, 1e-9)),
	    mbps(corpus_bytes, MAX(each - alone, 1e-9)));
	if (hyperscan != NULL) {
		print_peer("Hyperscan \\b", hs_compile, mbps(corpus_bytes, hs),
		    hs_hits);
		ok = verdict(
		    "rate at 1,000 terms / Hyperscan", hs / eights, 4.0);
		printf("     with each a topic: %.2f; topics alone: %.1f, each "
		       "a topic %.1f\n",
		    hs / each, hs / MAX(eights - alone, 1e-9),
		    hs / MAX(each - alone, 1e-9));
		if (hs_hits != hits) {
			printf("FAIL other texts have a term\n");
			ok = false;
		}
	} else {
		printf("Hyperscan is not installed: not compared\n");
	}
	if (pcre2 != NULL) {
		print_peer("PCRE2-JIT, one by one", pcre_compile,
		    mbps(corpus_bytes / PCRE2_EVERY, pcre), pcre_hits);
		printf("     rate at 1,000 terms / PCRE2: %.0f\n",
		    pcre * PCRE2_EVERY / eights);
	} else {
		printf("PCRE2 is not installed: not compared\n");
	}
	peer_free(hyperscan);
	peer_free(pcre2);
	topic_set_free(m.ts);
	topic_set_free(e.ts);
	for (size_t i = 0; i < SCAN_TERMS; i++)
		free(terms[i]);
	return ok;
}

static void
bench_html(void)
{
	double ours = 1e9, theirs = 1e9;
	size_t n, m = 0;

	for (int r = 0; r < ROUNDS; r++) {
		double t = run_html(&n);

		ours = MIN(ours, t);
		t = now_s();
		m = peer_libxml2();
		theirs = MIN(theirs, now_s() - t);
	}
	printf("HTML to text: %.0f MB/s\n", mbps(corpus_html_bytes, ours));
	if (m == 0) {
		printf("libxml2 is not installed: not compared\n");
		return;
	}
	printf(
	    "libxml2 HTML SAX: %.0f MB/s\n", mbps(corpus_html_bytes, theirs));
	printf("     HTML to text / libxml2: %.1f\n", theirs / ours);
}

int
main(void)
{
	bool ok;

	setvbuf(stdout, NULL, _IOLBF, 0); /* its reader may be a pipe */
	corpus_make();
	printf("%d texts, %zu bytes\n", CORPUS_DOCS, corpus_bytes);
	ok = bench_growth();
	ok &= bench_peers();
	bench_html();
	corpus_free();
	return ok ? 0 : 1;
}
