/* bench_copy.c - what copy detection costs as the window fills. */
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "desk/parts.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"
#include "store/journal.h"
#include "text/html.h"
#include "text/token.h"

/*
 * Items as a desk meets them: words by Zipf's law, events with names and
 * words of their own, seven in ten a summary and three a full text, three in
 * ten a copy of something recent (verbatim, cut, under another title, or with
 * a site's text around it), one in twenty a template with other figures.
 */
#define VOCABULARY 60000
#define NAMES 12000
#define EVENTS 4096   /* told of at one time */
#define RECENT 4096   /* texts that copies are made of */
#define ROUNDS 5      /* at each size, of which the best counts */
#define MEASURED 1000 /* items looked up and inserted in each */
#define MAX_TEXT 6000
#define START 1700000000
#define FLOOR_RATE 10000.0
#define FLOOR_BYTES 4096.0
#define FLOOR_REBUILD 10.0
#define FLOOR_GROWTH 2.0
#define REBUILT 300000

static const size_t all_sizes[] = { 10000, 100000, 300000, 1000000 };

static const char *const common[] = { "the", "of", "to", "a", "in", "and", "on",
	"for", "said", "that", "is", "with", "was", "at", "by", "from", "it",
	"has", "as", "he", "will", "have", "an", "be", "after", "are", "who",
	"its", "their", "not", "his", "new", "more", "they", "about", "been",
	"this", "were", "but", "one", "two", "people", "which", "over", "year",
	"had", "also", "would", "first", "when", "than", "up", "out", "or",
	"president", "government", "last", "week", "police", "minister",
	"country", "state", "against", "report", "official", "city", "during",
	"before", "could", "since", "between", "group", "security", "told",
	"company", "court", "water", "market", "price", "school", "talks",
	"hospital", "border", "election", "army", "deal", "strike", "bank" };

static char words[VOCABULARY][14], names[NAMES][14];
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
cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static size_t
rss_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	size_t total = 0, resident = 0;

	if (f == NULL || fscanf(f, "%zu %zu", &total, &resident) != 2)
		resident = 0;
	if (f != NULL)
		fclose(f);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void
make_word(char *out, size_t len, bool name)
{
	static const char consonants[] = "bcdfghklmnprstvz", vowels[] = "aeiou";

	for (size_t j = 0; j < len; j++)
		out[j] = j % 2 ? vowels[rnd(5)] : consonants[rnd(16)];
	if (name)
		out[0] = (char)(out[0] - 'a' + 'A');
}

static void
make_words(void)
{
	for (size_t i = 0; i < VOCABULARY; i++) {
		if (i < ARRAY_LEN(common))
			snprintf(words[i], sizeof(words[i]), "%s", common[i]);
		else
			make_word(words[i], 4 + rnd(9), false);
	}
	for (size_t i = 0; i < NAMES; i++)
		make_word(names[i], 4 + rnd(7), true);
}

/* The k-th of n about as often as 1/k. */
static uint32_t
zipf(uint32_t n)
{
	static struct {
		uint32_t n;
		double v[4];
	} roots[8]; /* of the few n that are asked for */
	double u = (double)rnd(1U << 24) / (double)(1U << 24), v, p = 1.0;
	size_t k = 0;

	while (roots[k].n != 0 && roots[k].n != n)
		k++;
	/* n^u by sixteen roots: no need of libm. */
	for (int bit = 0; roots[k].n == 0 && bit < 4; bit++) {
		double x = bit == 0 ? (double)n : roots[k].v[bit - 1], r = x;

		for (int i = 0; i < 20; i++)
			r = 0.5 * (r + x / r);
		roots[k].v[bit] = r;
	}
	roots[k].n = n;
	for (int bit = 0; bit < 4; bit++) {
		u *= 2.0;
		if (u >= 1.0) {
			u -= 1.0;
			p *= roots[k].v[bit];
		}
	}
	v = p * (1.0 + u * (roots[k].v[3] - 1.0));
	return MIN((uint32_t)v - (v >= 1.0), n - 1);
}

/* Names and words that reports of one event share. */
struct event {
	uint32_t name[5], word[24], number[4];
};

struct text {
	char id[32];
	char title[200], body[MAX_TEXT];
	uint32_t event;
};

static struct event events[EVENTS];
static struct text recent[RECENT];
static size_t made;

static void
make_event(struct event *e)
{
	for (size_t i = 0; i < ARRAY_LEN(e->name); i++)
		e->name[i] = zipf(NAMES);
	for (size_t i = 0; i < ARRAY_LEN(e->word); i++)
		e->word[i] = zipf(VOCABULARY);
	for (size_t i = 0; i < ARRAY_LEN(e->number); i++)
		e->number[i] = 2 + rnd(rnd(3) == 0 ? 5000 : 60);
}

static size_t
put_word(char *out, size_t size, const struct event *e)
{
	uint32_t kind = rnd(100);
	int n;

	if (kind < 10)
		n = snprintf(out, size, "%s ", names[e->name[rnd(5)]]);
	else if (kind < 30)
		n = snprintf(out, size, "%s ", words[e->word[rnd(24)]]);
	else if (kind < 32)
		n = snprintf(out, size, "%u ", e->number[rnd(4)]);
	else if (kind < 34)
		n = snprintf(out, size, "%s ", names[zipf(NAMES)]);
	else
		n = snprintf(out, size, "%s ", words[zipf(VOCABULARY)]);
	return n < 0 ? 0 : (size_t)n;
}

static void
put_words(char *out, size_t size, const struct event *e, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n && len + 40 < size; i++) {
		len += put_word(out + len, size - len, e);
		if (i % 17 == 16 && len > 1) {
			out[len - 1] = '.';
			out[len++] = ' ';
		}
	}
	out[len] = '\0';
}

/* A text of its own. */
static void
write_text(struct text *t)
{
	size_t n = rnd(10) < 7 ? 25 + rnd(40) : 200 + rnd(300);

	t->event = zipf(EVENTS);
	if (rnd(40) == 0)
		make_event(&events[t->event]); /* news of something else */
	put_words(t->title, sizeof(t->title), &events[t->event], 7 + rnd(5));
	put_words(t->body, sizeof(t->body), &events[t->event], n);
}

static void
write_template(struct text *t)
{
	const char *name = names[zipf(NAMES)];

	t->event = 0;
	snprintf(t->title, sizeof(t->title), "%s shares %s %u percent", name,
	    rnd(2) ? "rise" : "fall", 1 + rnd(30));
	snprintf(t->body, sizeof(t->body),
	    "Shares of %s traded at %u.%02u at midday, %u percent from their "
	    "close of the day before, while the index of the exchange stood at "
	    "%u points and %u thousand papers had changed hands.",
	    name, rnd(400), rnd(100), 1 + rnd(30), 3000 + rnd(9000), rnd(900));
}

/* *t as another site has it. */
static void
republish(struct text *t)
{
	size_t len = strlen(t->body);

	if (rnd(2) == 0)
		put_words(t->title, sizeof(t->title), &events[t->event], 9);
	switch (rnd(4)) {
	case 0: /* cut */
		t->body[len * (40 + rnd(50)) / 100] = '\0';
		break;
	case 1: /* the site's own words around it */
		if (len + 160 < sizeof(t->body))
			strcat(t->body,
			    " Subscribe to our newsletter and follow this site "
			    "for the best of the day. All rights reserved.");
		break;
	case 2: /* edited */
		for (size_t i = 0; i < 3 && len > 40; i++)
			t->body[rnd((uint32_t)len)] = 'e';
		break;
	default:
		break;
	}
}

/* The next item of the stream; `of` gets the id of what it copies, or "". */
static struct item *
next_item(char *of)
{
	static const struct item_limits limits = { 4096, 65536, 65536 };
	struct text *t = &recent[made % RECENT];
	struct item *it = item_new();
	uint32_t kind = rnd(100);
	char url[80], feed[32];

	of[0] = '\0';
	if (made > RECENT && kind < 30) {
		const struct text *old =
		    &recent[(made - 1 - zipf(RECENT - 1)) % RECENT];

		snprintf(of, 64, "%s", old->id);
		*t = *old;
		republish(t);
	} else if (kind < 35) {
		write_template(t);
	} else {
		write_text(t);
	}
	snprintf(url, sizeof(url), "https://site%u.example/news/%zu", rnd(1500),
	    made);
	snprintf(feed, sizeof(feed), "feed%u", rnd(2000));
	snprintf(t->id, sizeof(t->id), "urn:wiresift:%016zx", made);
	made++;
	it->id = arena_strdup(it->arena, t->id);
	it->title = arena_strdup(it->arena, t->title);
	it->summary = arena_strdup(it->arena, t->body);
	it->feed = it->feed_name = arena_strdup(it->arena, feed);
	it->url = it->canonical = arena_strdup(it->arena, url);
	it->identity = hash_str(&hash_key_fixed, t->id);
	it->content = hash_str(&hash_key_fixed, t->body);
	item_make_text(it, &limits);
	return it;
}

struct figures {
	double lookup_us, insert_us, rate, bytes;
	size_t copies;
};

static struct signature *
sign(struct item *it)
{
	return signature_make(
	    it, tokens_make(it->arena, it, NULL), &hash_key_fixed);
}

/* Up to n items without looking: the generator knows what is a copy. */
static void
preload(struct copies *c, size_t n, int64_t *now)
{
	while (copies_len(c) < n) {
		struct copies_match m = { .relation = RELATION_NEW };
		struct item *it = next_item(m.of);
		struct signature *s = sign(it);

		if (m.of[0] != '\0')
			m.relation = RELATION_COPY;
		snprintf(m.story, sizeof(m.story), "%s", it->id);
		*now += copies_len(c) % 8 == 0;
		copies_insert(c, it, s, *now, &m);
		signature_free(s);
		item_free(it);
	}
}

static void
measure_once(struct copies *c, int64_t *now, struct figures *f)
{
	static struct item *items[MEASURED];
	static struct signature *sigs[MEASURED];
	static struct copies_match m[MEASURED];
	double t0, looked = 0.0, inserted = 0.0;
	char of[64];

	for (size_t i = 0; i < MEASURED; i++) {
		items[i] = next_item(of);
		sigs[i] = sign(items[i]);
	}
	f->copies = 0;
	*now += 1;
	for (size_t i = 0; i < MEASURED; i++) {
		t0 = cpu_s();
		copies_lookup(c, items[i], sigs[i], *now, &m[i]);
		looked += cpu_s() - t0;
		t0 = cpu_s();
		copies_insert(c, items[i], sigs[i], *now, &m[i]);
		inserted += cpu_s() - t0;
		f->copies += m[i].relation == RELATION_COPY;
	}
	f->lookup_us = looked / MEASURED * 1e6;
	f->insert_us = inserted / MEASURED * 1e6;
	f->rate = MEASURED / (looked + inserted);
	for (size_t i = 0; i < MEASURED; i++) {
		signature_free(sigs[i]);
		item_free(items[i]);
	}
}

/* Others may run on the machine: the best of some rounds. */
static void
measure(struct copies *c, int64_t *now, struct figures *f)
{
	struct figures one = *f;
	size_t copies = 0;

	f->rate = 0.0;
	for (int i = 0; i < ROUNDS; i++) {
		measure_once(c, now, &one);
		copies += one.copies;
		if (one.rate > f->rate)
			*f = one;
	}
	f->copies = copies;
}

static size_t
free_bytes(void)
{
	return (size_t)sysconf(_SC_AVPHYS_PAGES) *
	       (size_t)sysconf(_SC_PAGESIZE);
}

static const char *
verdict(bool good)
{
	return good ? "PASS" : "FAIL";
}

static bool
grow(const size_t *sizes, size_t nsizes)
{
	struct copies_params p = copies_params_default;
	struct figures f = { 0 }, first = { 0 };
	struct copies *c;
	int64_t now = START;
	size_t rss;
	bool good = true;

	p.max_items = 2000000;
	c = copies_new(&p);
	malloc_trim(0);
	rss = rss_bytes();
	for (size_t i = 0; i < nsizes; i++) {
		bool ok;

		if (free_bytes() < sizes[i] * 6000) {
			printf("%8zu items: not enough memory is free, "
			       "stopped\n",
			    sizes[i]);
			break;
		}
		preload(c, sizes[i], &now);
		malloc_trim(0);
		f.bytes = (double)(rss_bytes() - rss) / (double)copies_len(c);
		measure(c, &now, &f);
		if (i == 0)
			first = f;
		/* The first size bears the fixed tables, the last the growth
		 * alone. */
		ok = (sizes[i] > REBUILT || f.rate >= FLOOR_RATE) &&
		     (sizes[i] <= all_sizes[0] || f.bytes <= FLOOR_BYTES) &&
		     f.lookup_us <= FLOOR_GROWTH * first.lookup_us;
		good &= ok;
		printf("%8zu items: %6.0f items/s, lookup %5.1f us (x %.2f), "
		       "insert %5.1f us, %5.0f bytes/item, %zu of %d copies  "
		       "%s\n",
		    sizes[i], f.rate, f.lookup_us,
		    f.lookup_us / first.lookup_us, f.insert_us, f.bytes,
		    f.copies, ROUNDS * MEASURED, verdict(ok));
		fflush(stdout);
	}
	copies_free(c);
	malloc_trim(0);
	return good;
}

/* --- the desk: start and commit --- */

static struct decided *
next_decided(const struct hash_key *key, char *of)
{
	struct decided *dd = xcalloc(1, sizeof(*dd));

	dd->item = next_item(of);
	dd->sig = signature_make(
	    dd->item, tokens_make(dd->item->arena, dd->item, NULL), key);
	dd->rules = "";
	dd->topics.v = arena_calloc(dd->item->arena, 1, sizeof(*dd->topics.v));
	dd->topics.n = 1;
	dd->topics.v[0].topic = "all";
	dd->topics.v[0].level = TOPIC_ABOUT;
	return dd;
}

/* n rows as the daemon leaves them: texts, and what came of their stories. */
static int
write_rows(struct desk *dk, size_t n, int64_t now)
{
	struct journal *j = dk->journal;

	for (size_t i = 0; i < n; i++) {
		struct related rel = { .match.relation = RELATION_NEW };
		struct decided *dd = next_decided(&j->key, rel.match.of);
		int64_t at = now - (int64_t)((n - i) / 8);
		const char *text = dd->item->id;

		if (rel.match.of[0] != '\0') {
			rel.match.relation = RELATION_COPY;
			text = rel.match.of;
		}
		snprintf(
		    rel.match.cluster, sizeof(rel.match.cluster), "%s", text);
		snprintf(rel.match.story, sizeof(rel.match.story), "%s", text);
		snprintf(rel.match.reason, sizeof(rel.match.reason),
		    "%s w=1.00 c=1.00 t=1.00 r=1.00 o=1.00 nc=0.00 ld=1.00",
		    text == dd->item->id ? "event" : "contained");
		relate_account(dk->ledger, dd, 100, at, &rel);
		ledger_apply(dk->ledger, &rel.account);
		if (i % 2000 == 0 && j->ops->begin(j) == -1)
			return -1;
		if (commit_remember(j, dk->copies, dd, at, &rel) == -1)
			return -1;
		if ((i % 2000 == 1999 || i + 1 == n) && j->ops->commit(j) == -1)
			return -1;
		decided_free(dd);
	}
	return 0;
}

/* One poll of as many items as a poll may have. */
static double
commit_large(struct desk *dk)
{
	static char key[] = "https://site1.example/feed";
	struct config_feed cf = { .key = key, .name = key };
	struct desk_feed f = { .key = key, .config = &cf };
	struct poll_done done = { .feed = key, .items = 2000 };
	char of[64];
	double t0;
	int rc;

	done.state.outcome = POLL_OK;
	f.collect.n = 2000;
	f.collect.v = xcalloc(f.collect.n, sizeof(*f.collect.v));
	for (size_t i = 0; i < f.collect.n; i++)
		f.collect.v[i] = next_decided(&dk->journal->key, of);
	t0 = cpu_s();
	rc = commit_poll(dk, &f, &done);
	t0 = cpu_s() - t0;
	collect_clear(&f.collect);
	return rc == 0 ? t0 : -1.0;
}

static void
print_restart(size_t n, double took)
{
	/* A smaller number shows what a part of the floor would be. */
	double floor_s = FLOOR_REBUILD * (double)n / REBUILT;

	printf("%8zu items: rebuilt from the store in %.2f s, of %.2f s  %s\n",
	    n, took, floor_s, verdict(took > 0.0 && took <= floor_s));
}

static bool
restart(size_t n)
{
	struct config config = { .copy_window_s = 259200,
		.copy_max_items = 1000000,
		.archive_keep_s = 604800,
		.archive_max_bytes = 1 << 30 };
	struct journal_params jp = { .archive_keep_s = 604800,
		.archive_max_bytes = 1 << 30,
		.journal_keep_s = 604800,
		.copy_window_s = 259200 };
	struct desk dk = { .config = &config };
	char dir[] = "/tmp/wiresift-bench-XXXXXX", path[64], why[256], cmd[80];
	double t0, took = -1.0, best = -1.0;

	if (mkdtemp(dir) == NULL)
		return false;
	tally_init(&dk.tally);
	snprintf(path, sizeof(path), "%s/db", dir);
	jp.path = path;
	dk.journal = journal_open_sqlite(&jp, why, sizeof(why));
	if (dk.journal == NULL || commit_rebuild_copies(&dk) == -1 ||
	    write_rows(&dk, n, time(NULL)) == -1)
		goto out;
	for (int i = 0; i < (n < REBUILT ? ROUNDS : 1); i++) {
		t0 = cpu_s();
		if (commit_rebuild_copies(&dk) == -1 ||
		    copies_len(dk.copies) != n)
			goto out;
		t0 = cpu_s() - t0;
		took = took < 0.0 ? t0 : MIN(took, t0);
	}
	print_restart(n, took);
	for (int i = 0; i < ROUNDS; i++) {
		double one = commit_large(&dk);

		if (best < 0.0 || one < best)
			best = one;
	}
	printf("    2000 items in one poll committed in %.0f ms\n", best * 1e3);
out:
	if (dk.journal != NULL)
		dk.journal->ops->close(dk.journal);
	copies_free(dk.copies);
	ledger_free(dk.ledger);
	tally_fini(&dk.tally);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	return system(cmd) == 0 && took > 0.0 &&
	       took <= FLOOR_REBUILD * (double)n / REBUILT;
}

/* --- real items --- */

static struct item *
item_of_line(const char *line, int64_t *at)
{
	static const struct item_limits limits = { 4096, 65536, 65536 };
	json_t *j = json_loads(line, 0, NULL);
	struct item *it = item_new();
	const char *s[5] = { "", "", "", "", "" };
	static const char *const keys[] = { "id", "url", "title",
		"content_html", "content_text" };
	const char *feed = NULL;
	char id[40];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *v = json_string_value(json_object_get(j, keys[i]));

		s[i] = arena_strdup(it->arena, v != NULL ? v : "");
	}
	feed = json_string_value(
	    json_object_get(json_object_get(j, "_wiresift"), "feed"));
	it->feed = it->feed_name =
	    arena_strdup(it->arena, feed != NULL ? feed : "");
	snprintf(id, sizeof(id), "urn:wiresift:%016llx",
	    (unsigned long long)hash_str(&hash_key_fixed, s[0]));
	it->id = arena_strdup(it->arena, id);
	it->url = it->canonical = s[1];
	it->title = s[2];
	it->summary = s[3][0] != '\0' ? s[3] : s[4];
	it->identity = hash_str(&hash_key_fixed, s[0]);
	it->content = it->identity;
	item_make_text(it, &limits);
	*at += 30; /* as many a day as there are */
	json_decref(j);
	return it;
}

/* A file of JSON Feed items, one a line, all remembered. */
static void
real(const char *path)
{
	struct copies_params p = copies_params_default;
	struct copies *c;
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t size = 0, n = 0, from = 0;
	double t0, took = 0.0, looked = 0.0;
	int64_t now = START;

	if (f == NULL) {
		printf("%s cannot be read\n", path);
		return;
	}
	p.window_s = 30 * 86400 * 4;
	p.max_items = 2000000;
	c = copies_new(&p);
	while (getline(&line, &size, f) != -1) {
		struct item *it = item_of_line(line, &now);
		struct signature *s = sign(it);
		struct copies_match m;

		t0 = cpu_s();
		copies_lookup(c, it, s, now, &m);
		looked += cpu_s() - t0;
		copies_insert(c, it, s, now, &m);
		took += cpu_s() - t0;
		signature_free(s);
		item_free(it);
		if (++n % 20000 == 0) {
			printf("%8zu real items remembered: %6.0f items/s, "
			       "lookup %5.1f us\n",
			    copies_len(c), (double)(n - from) / took,
			    looked / (double)(n - from) * 1e6);
			from = n;
			took = looked = 0.0;
		}
	}
	free(line);
	fclose(f);
	copies_free(c);
}

/* All of it; or "lookup SIZE...", "start SIZE", "real". */
int
main(int argc, char **argv)
{
	const char *path = getenv("WIRESIFT_BENCH_ITEMS");
	const char *only = argc > 1 ? argv[1] : "";
	size_t sizes[8], n = 0;
	bool good = true;

	for (int i = 2; i < argc && n < ARRAY_LEN(sizes); i++)
		sizes[n++] = strtoul(argv[i], NULL, 10);
	make_words();
	for (size_t i = 0; i < EVENTS; i++)
		make_event(&events[i]);
	if (only[0] == '\0')
		good &= grow(all_sizes, ARRAY_LEN(all_sizes));
	else if (strcmp(only, "lookup") == 0)
		good &= grow(sizes, n);
	if (only[0] == '\0' || strcmp(only, "start") == 0)
		good &= restart(n > 0 ? sizes[0] : REBUILT);
	if (path != NULL && (only[0] == '\0' || strcmp(only, "real") == 0))
		real(path);
	return good ? 0 : 1;
}
