/* bench_topic.c - what topics cost: text rate at 3, 1,000, 100,000 terms. */
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
#include "item/item.h"
#include "text/token.h"
#include "topic/rules.h"
#include "topic/topic.h"

#define NDOCS 8000
#define DOC_WORDS 70
#define NWORDS 60000
#define TERMS_A_TOPIC 8
#define TOPICS_A_FILE 1000
#define ROUNDS 3

static uint64_t seed = 88172645463325252u;

static uint32_t
rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static double
now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Words of 2 to 11 letters; the k-th about as often as 1/k, as in a language. */
static char words[NWORDS][12];

static void
make_words(void)
{
	static const char consonants[] = "bcdfglmnprstvz", vowels[] = "aeiou";

	for (size_t i = 0; i < NWORDS; i++) {
		size_t len = 2 + rnd(i < 200 ? 4 : 10);

		for (size_t j = 0; j < len; j++)
			words[i][j] =
			    j % 2 ? vowels[rnd(5)] : consonants[rnd(14)];
	}
}

static uint32_t
zipf(void)
{
	double u = (double)rnd(1000000) / 1000000.0, v = 1.0;

	for (int i = 0; i < 11; i++)
		v *= 1.0 + u * 0.718281828 * 2.1; /* about NWORDS^u */
	return MIN((uint32_t)v - 1, NWORDS - 1);
}

struct doc {
	char *title, *text;
	uint32_t word[DOC_WORDS];
};

static struct doc docs[NDOCS];
static size_t bytes;

static void
make_docs(void)
{
	struct strbuf sb;

	for (size_t i = 0; i < NDOCS; i++) {
		strbuf_init(&sb, 65536);
		for (size_t j = 0; j < DOC_WORDS; j++) {
			docs[i].word[j] = zipf();
			strbuf_puts(&sb, words[docs[i].word[j]]);
			if (j == 9) {
				docs[i].title = strbuf_take(&sb);
				bytes += strlen(docs[i].title);
			} else {
				strbuf_puts(&sb, j % 14 == 13 ? ". " : " ");
			}
		}
		bytes += sb.len;
		docs[i].text = strbuf_take(&sb);
		strbuf_fini(&sb);
	}
}

/*
 * Half of the terms are phrases of some text, half most often stand nowhere.
 * Each has a word that is not among the most common: nobody asks for "the".
 */
static void
put_term(struct strbuf *sb)
{
	uint32_t len = 1 + rnd(4), w[4] = { 0 };
	bool rare = false, absent = rnd(2) == 0;

	while (!rare) {
		const struct doc *d = &docs[rnd(NDOCS)];
		uint32_t at = rnd(DOC_WORDS - 4);

		for (uint32_t i = 0; i < len; i++) {
			w[i] = absent ? rnd(NWORDS) : d->word[at + i];
			rare = rare || w[i] >= 1000;
		}
	}
	for (uint32_t i = 0; i < len; i++)
		strbuf_printf(sb, "%s%s", i > 0 ? " " : "", words[w[i]]);
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

static struct topic_set *
make_set(size_t nterms, double *load_s, double *compile_s)
{
	size_t ntopics = MAX(nterms / TERMS_A_TOPIC, 1);
	size_t nfiles = ntopics / TOPICS_A_FILE + 1;
	struct rules_file *f = xcalloc(nfiles, sizeof(*f));
	struct strbuf *sb = xcalloc(nfiles, sizeof(*sb));
	struct topic_set *ts;
	struct rules *r;
	struct diags ds;
	double t;

	for (size_t i = 0; i < nfiles; i++) {
		strbuf_init(&sb[i], 1 << 20);
		strbuf_puts(&sb[i], "topics:\n");
		for (size_t k = i * TOPICS_A_FILE;
		     k < MIN(ntopics, (i + 1) * TOPICS_A_FILE); k++) {
			strbuf_printf(&sb[i], "  t%zu: {require: {all: [", k);
			put_any(&sb[i], nterms < 8 ? 1 : 3);
			strbuf_puts(&sb[i], ", ");
			put_any(&sb[i], nterms < 8 ? 1 : 3);
			strbuf_puts(&sb[i], ", {not: ");
			put_any(&sb[i], nterms < 8 ? 1 : 2);
			strbuf_printf(&sb[i], "}]%s}}\n",
			    k % 10 == 0 ? ", within: 10" : "");
		}
		if (i * TOPICS_A_FILE >= ntopics)
			strbuf_puts(&sb[i], "  {}\n");
		f[i] =
		    (struct rules_file){ "bench.yaml", sb[i].data, sb[i].len };
	}
	diags_init(&ds, 4);
	t = now_s();
	r = rules_load(f, ntopics % TOPICS_A_FILE ? nfiles : nfiles - 1, &ds);
	*load_s = now_s() - t;
	t = now_s();
	ts = r != NULL ? topic_compile(r, NULL, &ds) : NULL;
	*compile_s = now_s() - t;
	if (ts == NULL) {
		printf("%s\n", ds.v[0].msg);
		exit(1);
	}
	rules_free(r);
	diags_fini(&ds);
	for (size_t i = 0; i < nfiles; i++)
		strbuf_fini(&sb[i]);
	free(sb);
	free(f);
	return ts;
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
	for (size_t i = 0; i < NDOCS; i++) {
		struct topic_results res = { NULL, 0 };
		struct tokens *tk;

		it->title_text = docs[i].title;
		it->text = docs[i].text;
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

int
main(void)
{
	static const size_t counts[] = { 0, 3, 1000, 100000 };
	double best[ARRAY_LEN(counts)] = { 0 };
	struct topic_set *sets[ARRAY_LEN(counts)] = { NULL };
	double load_s, compile_s, ratio;
	size_t matches[ARRAY_LEN(counts)];

	make_words();
	make_docs();
	printf("%d texts, %zu bytes\n", NDOCS, bytes);
	for (size_t i = 1; i < ARRAY_LEN(counts); i++) {
		sets[i] = make_set(counts[i], &load_s, &compile_s);
		printf("%6zu terms, %5zu topics: YAML %.3f s, compile %.3f s, "
		       "%.0f bytes a term\n",
		    counts[i], topic_set_len(sets[i]), load_s, compile_s,
		    (double)topic_set_bytes(sets[i]) / (double)counts[i]);
	}
	for (int r = 0; r < ROUNDS; r++) {
		for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
			double t = run(sets[i], &matches[i]);

			if (r == 0 || t < best[i])
				best[i] = t;
		}
	}
	printf("tokens alone: %.0f MB/s\n", (double)bytes / best[0] / 1e6);
	for (size_t i = 1; i < ARRAY_LEN(counts); i++)
		printf("%6zu terms: %.0f MB/s, topics alone %.1f ns a token, "
		       "%zu matches\n",
		    counts[i], (double)bytes / best[i] / 1e6,
		    (best[i] - best[0]) * 1e9 / (NDOCS * DOC_WORDS),
		    matches[i]);
	ratio = best[1] / best[3];
	printf("%s: 100,000 terms at %.2f of the rate of 3 (at least 0.25)\n",
	    ratio >= 0.25 ? "PASS" : "FAIL", ratio);
	for (size_t i = 1; i < ARRAY_LEN(counts); i++)
		topic_set_free(sets[i]);
	return ratio >= 0.25 ? 0 : 1;
}
