/* test_copies_window.c - what copies remember, for how long, and again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "copy/candidates.h"
#include "copy/copies.h"
#include "copy/doc.h"
#include "copy/postings.h"
#include "copy/signature.h"
#include "copy/weight.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"

#define HOUR 3600
#define WINDOW (10 * HOUR)
#define STREAM 900
#define STEP (3 * 60) /* seconds between two items: 200 in a window */

static uint64_t seed = 88172645463325252u;

static uint32_t
rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static const struct item_limits limits = { 4096, 65536, 65536 };

static struct item *
item_of(const char *feed, const char *id, const char *title, const char *text,
    const char *origin)
{
	struct item *it = item_new();
	struct arena *a = it->arena;
	char url[80];

	snprintf(url, sizeof(url), "https://%s.example/%s", feed, id);
	it->title = arena_strdup(a, title);
	it->summary = arena_strdup(a, text);
	it->feed = it->feed_name = arena_strdup(a, feed);
	it->id = arena_strdup(a, id);
	it->canonical = arena_strdup(a, url);
	it->identity = hash_str(&hash_key_fixed, id);
	it->content = hash_str(&hash_key_fixed, text);
	if (origin[0] != '\0') {
		it->origin = arena_strdup(a, origin);
		it->origin_agency = strcmp(origin, "AP") == 0;
	}
	item_make_text(it, &limits);
	return it;
}

/* Words of our own; many are told of again, so that some texts are near. */
static void
put_words(char *out, size_t size, size_t n, uint32_t subject)
{
	static const char *const glue[] = { "the", "of", "in", "said", "and" };
	size_t len = 0;

	for (size_t i = 0; i < n && len + 24 < size; i++) {
		uint32_t kind = rnd(10);
		uint32_t w =
		    kind < 5 ? subject * 40 + rnd(30) : 100000 + rnd(3000);
		int k = kind < 2 ? snprintf(out + len, size - len, "%s ",
				       glue[rnd(ARRAY_LEN(glue))])
				 : snprintf(out + len, size - len, "wo%crd%x ",
				       'a' + (int)(w % 26), w);

		len += (size_t)k;
	}
}

/* One of a stream with copies, versions and reports of the same. */
static struct item *
stream_item(size_t i)
{
	static char texts[64][1800], titles[64][200];
	static const char *const origins[] = { "", "AP", "site-a", "" };
	char id[32], feed[16];
	uint32_t kind = rnd(10), at = (uint32_t)i % 64;

	if (i > 64 && kind < 4) {
		uint32_t old = rnd(64);

		memcpy(texts[at], texts[old], sizeof(texts[at]));
		memcpy(titles[at], titles[old], sizeof(titles[at]));
		if (kind < 2)
			put_words(titles[at], sizeof(titles[at]), 8, old);
		if (kind == 1)
			texts[at][strlen(texts[at]) / 2] = '\0';
	} else {
		uint32_t subject = rnd(40);

		put_words(titles[at], sizeof(titles[at]), 8, subject);
		put_words(texts[at], sizeof(texts[at]), rnd(4) == 0 ? 160 : 40,
		    subject);
	}
	/* Some come again, with another text. */
	snprintf(id, sizeof(id), "item-%zu",
	    rnd(20) == 0 && i > 0 ? i - 1 - rnd(MIN((uint32_t)i, 90)) : i);
	snprintf(feed, sizeof(feed), "feed%u", rnd(30));
	return item_of(feed, id, titles[at], texts[at], origins[rnd(4)]);
}

/* What a store would have. */
struct store {
	struct {
		char *data;
		size_t len;
		int64_t at;
		struct copies_match match;
	} rows[STREAM];
	size_t n;
	struct strbuf counts;
};

static struct copies *
window_of(uint32_t max_items)
{
	struct copies_params p = copies_params_default;

	p.window_s = WINDOW;
	p.max_items = max_items;
	return copies_new(&p);
}

/* Look it up, remember it in the index and, as the desk does, the store. */
static void
see(struct copies *c, struct store *st, struct item *it, int64_t now,
    struct copies_match *m)
{
	struct tokens *tk = tokens_make(it->arena, it, NULL);
	struct signature *s = signature_make(it, tk, &hash_key_fixed);
	struct strbuf sb;

	copies_expire(c, now);
	copies_lookup(c, it, s, now, m);
	if (m->relation != RELATION_KNOWN) {
		strbuf_init(&sb, 1 << 16);
		assert_int_equal(copies_pack(c, it, s, m, &sb), 0);
		copies_insert(c, it, s, now, m);
		if (st != NULL) {
			st->rows[st->n].len = sb.len;
			st->rows[st->n].data = strbuf_take(&sb);
			st->rows[st->n].at = now;
			st->rows[st->n++].match = *m;
		}
		strbuf_fini(&sb);
	}
	if (st != NULL && copies_counts_due(c, now)) {
		strbuf_reset(&st->counts);
		copies_counts_save(c, now, &st->counts);
	}
	signature_free(s);
}

static struct copies *
restart(const struct store *st, int64_t now, uint32_t max_items)
{
	struct copies *c = window_of(max_items);

	if (st->counts.len > 0)
		assert_true(copies_counts_load(
		    c, st->counts.data, st->counts.len, now));
	for (size_t i = 0; i < st->n; i++) {
		if (st->rows[i].at >= now - WINDOW)
			assert_true(
			    copies_unpack(c, st->rows[i].data, st->rows[i].len,
				st->rows[i].at, &st->rows[i].match));
	}
	return c;
}

static void
store_free(struct store *st)
{
	for (size_t i = 0; i < st->n; i++)
		free(st->rows[i].data);
	strbuf_fini(&st->counts);
	free(st);
}

/* Each row: how much fits, and after how many items it is restarted. */
static void
decisions_after_a_restart_are_those_without_one(void **state)
{
	static const struct {
		uint32_t max_items;
		size_t at[2];
	} rows[] = { { 10000, { 150, 700 } }, { 10000, { 431, 640 } },
		{ 90, { 500, 501 } } };
	size_t linked = 0;

	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		struct store *st = xcalloc(1, sizeof(*st));
		struct copies *c = window_of(rows[r].max_items), *again = NULL;
		int64_t now = 1700000000;

		strbuf_init(&st->counts, 16 << 20);
		for (size_t i = 0; i < STREAM; i++) {
			struct item *it = stream_item(i);
			struct copies_match a, b;

			if (i == rows[r].at[0] || i == rows[r].at[1]) {
				copies_free(again);
				again = restart(st, now, rows[r].max_items);
				copies_expire(c, now);
				assert_int_equal(
				    copies_len(again), copies_len(c));
			}
			now += rnd(2 * STEP);
			if (again != NULL) {
				see(again, NULL, it, now, &b);
				see(c, st, it, now, &a);
				assert_int_equal(a.relation, b.relation);
				assert_string_equal(a.of, b.of);
				assert_string_equal(a.story, b.story);
				assert_string_equal(a.reason, b.reason);
				assert_string_equal(a.origin, b.origin);
				linked += a.relation != RELATION_NEW;
			} else {
				see(c, st, it, now, &a);
			}
			item_free(it);
		}
		copies_free(c);
		copies_free(again);
		store_free(st);
	}
	assert_true(linked > 300);
}

#define ALIKE 1200 /* texts */
#define HELD 250   /* of them at a time */
#define FOUND 16

/* Words in fours; how many texts have one changes with the time. */
static struct doc *
alike_doc(uint32_t i, const struct weights *w)
{
	static union {
		struct signature s;
		char bytes[sizeof(struct signature) +
			   sizeof(uint32_t) *
			       (SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY)];
	} room;
	struct signature *s = &room.s;
	uint8_t idf[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];

	memset(&room, 0, sizeof(room));
	for (uint32_t k = 0; k < 280; k++) {
		uint64_t often = 2 + hash_mix(k / 4, i / 300) % 30;

		if (hash_mix(k / 4, i) % often < 2)
			s->words[s->nbody++] = (k + 1) * 0x01000193U >> 4;
	}
	s->body_words = s->nbody;
	s->title_hash = i + 1;
	doc_weigh(s, w, idf);
	return doc_make(s, w, idf);
}

/*
 * Many are about as near, so that the order of the votes shows: in one index
 * are the lists of all that came, in the other of those only that live.
 */
static void
what_is_dead_has_no_say_in_what_is_compared(void **state)
{
	struct weights *w = weights_new(&hash_key_fixed);
	struct candidates *all = candidates_new(&hash_key_fixed);
	struct candidates *alive = candidates_new(&hash_key_fixed);
	size_t full = 0;

	(void)state;
	for (uint32_t i = 0; i < ALIKE; i++) {
		struct doc *d = alike_doc(i, w);
		uint32_t a[FOUND], b[FOUND], pos = i + 1;

		candidates_add(all, d, pos);
		if (pos > HELD)
			candidates_expire(all, pos - HELD);
		if (pos == ALIKE / 2) {
			candidates_expire(alive, pos - HELD);
			for (uint32_t p = pos - HELD; p < pos; p++) {
				struct doc *old = alike_doc(p - 1, w);

				candidates_add(alive, old, p);
				doc_free(old);
			}
		}
		if (pos >= ALIKE / 2) {
			size_t n = candidates_find(all, d, FOUND, a);

			candidates_add(alive, d, pos);
			candidates_expire(alive, pos - HELD);
			assert_int_equal(
			    candidates_find(alive, d, FOUND, b), n);
			for (size_t k = 0; k < n; k++)
				assert_int_equal(a[k], b[k]);
			full += n == FOUND;
		}
		doc_free(d);
	}
	assert_true(full > ALIKE / 4);
	candidates_free(all);
	candidates_free(alive);
	weights_free(w);
}

static void
what_is_packed_and_damaged_is_refused(void **state)
{
	struct store *st = xcalloc(1, sizeof(*st));
	struct copies *c = window_of(100), *other;
	struct copies_params p = copies_params_default;
	struct item *it = stream_item(0);
	struct copies_match m;
	char *data;
	size_t len;

	(void)state;
	strbuf_init(&st->counts, 16 << 20);
	see(c, st, it, 5, &m);
	len = st->rows[0].len;
	for (size_t cut = 0; cut < len; cut++) {
		/* Of its own size, so that the sanitizer sees the end. */
		data = xmalloc(cut + 1);
		memcpy(data, st->rows[0].data, cut);
		assert_false(copies_unpack(c, data, cut, 5, &m));
		free(data);
	}
	data = st->rows[0].data;
	data[0]++;
	assert_false(copies_unpack(c, data, len, 5, &m));
	data[0]--;
	p.key.k[0] = 7;
	other = copies_new(&p);
	assert_false(copies_unpack(other, data, len, 5, &m));
	assert_int_equal(copies_len(other), 0);
	assert_true(copies_unpack(c, data, len, 5, &m));
	copies_free(other);
	copies_free(c);
	store_free(st);
	item_free(it);
}

static void
the_oldest_go_when_it_is_full_and_that_is_counted(void **state)
{
	struct copies *c = window_of(50);
	struct copies_stats stats;
	struct copies_match m;

	(void)state;
	for (size_t i = 0; i < 80; i++) {
		char id[16], text[400];
		struct item *it;

		snprintf(id, sizeof(id), "%zu", i);
		put_words(text, sizeof(text), 40, 1000 + (uint32_t)i);
		it = item_of("f", id, id, text, "");
		see(c, NULL, it, (int64_t)i, &m);
		item_free(it);
	}
	copies_stats(c, &stats);
	assert_int_equal(stats.items, 50);
	assert_int_equal(stats.evicted, 30);
	assert_int_equal(stats.oldest, 30);
	assert_true(stats.bytes > 50 * 300);
	copies_free(c);
}

#define LAMP                                                                   \
	"Engineers relit the lighthouse at Skerry Point on Tuesday after a "   \
	"storm had darkened it for nine days, the harbour trust of Veldmark "  \
	"said, and pilots called the repair quicker than feared."

/* The clock stood a year ahead, and was put right. */
static void
a_clock_put_back_loses_nothing_and_keeps_nothing_for_ever(void **state)
{
	const int64_t right = 1700000000, wrong = right + 365 * 24 * HOUR;
	struct copies *c = window_of(50);
	struct copies_match m;
	struct item *it;

	(void)state;
	it = item_of("a", "1", "Lighthouse relit", LAMP, "");
	see(c, NULL, it, wrong, &m);
	item_free(it);
	it = item_of("b", "2", "Lamp burns again", LAMP, "");
	see(c, NULL, it, right, &m);
	item_free(it);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.of, "1");
	copies_expire(c, right + WINDOW);
	assert_int_equal(copies_len(c), 2);
	copies_expire(c, right + WINDOW + 1);
	assert_int_equal(copies_len(c), 0);
	copies_free(c);
}

#define KEYS 400
#define ADDS 60000

/* Neighbours in one shard, and keys that never come again. */
static uint32_t
random_key(uint32_t i)
{
	uint32_t k = rnd(rnd(3) ? 20 : KEYS);

	return rnd(4) ? k * 0x01000193U : i * 2654435761U;
}

/* Against a plain list of what was added. */
static void
postings_are_the_newest_of_a_key(void **state)
{
	static struct {
		uint32_t key, thing;
	} all[ADDS];
	struct postings *ix = postings_new();
	uint32_t tail = 1, got[POSTINGS_LIST_MAX];
	size_t full = 0;

	(void)state;
	for (size_t i = 0; i < ADDS; i++) {
		uint32_t k, n = 0, len = 0;

		all[i].key = random_key((uint32_t)i);
		all[i].thing = (uint32_t)i / 10 + 1;
		postings_add(ix, all[i].key, all[i].thing);
		if (all[i].thing > tail + 800)
			postings_expire(ix, tail = all[i].thing - 600);
		if (i % 97 != 0)
			continue;
		k = all[i - rnd((uint32_t)MIN(i, 9000) + 1)].key;
		len = (uint32_t)postings_read(
		    ix, postings_find(ix, k), got, ARRAY_LEN(got));
		for (size_t j = i + 1; j-- > 0 && n < POSTINGS_LIST_MAX;) {
			if (all[j].key != k)
				continue;
			if (all[j].thing < tail)
				break;
			assert_true(n < len);
			assert_int_equal(got[n], all[j].thing);
			n++;
		}
		assert_int_equal(n, len);
	}
	/* Dead keys are taken back: when the lists of the others are full, it
	 * does not grow with what goes through. */
	for (uint32_t i = ADDS; i < 15 * ADDS; i++) {
		postings_add(ix, random_key(i), i / 10 + 1);
		if (i / 10 > tail + 800)
			postings_expire(ix, tail = i / 10 - 600);
		if (i == 8 * ADDS)
			full = postings_bytes(ix);
	}
	assert_true(postings_bytes(ix) <= full * 11 / 10);
	postings_free(ix);
}

static void
counts_come_back_from_the_store(void **state)
{
	struct hash_key other = { { 1, 2 } };
	struct weights *a = weights_new(&hash_key_fixed);
	struct weights *b = weights_new(&hash_key_fixed);
	struct weights *c = weights_new(&other);
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 16 << 20);
	/* Over the number at which they are halved. */
	for (uint32_t i = 0; i < 150000; i++) {
		for (int k = 0; k < 3; k++)
			weights_count_word(a, rnd(rnd(2) ? 500 : 1U << 30));
		weights_count_doc(a);
	}
	weights_save(a, &sb);
	assert_false(weights_load(c, sb.data, sb.len));
	assert_false(weights_load(b, sb.data, 24));
	assert_false(weights_load(b, sb.data, sb.len - 1));
	assert_int_equal(weights_serial(b), 0);
	assert_true(weights_load(b, sb.data, sb.len));
	assert_int_equal(weights_serial(b), 150000);
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t word = i < 600 ? i : rnd(1U << 30);

		assert_true(weights_get(a, word) >= weights_get(b, word) &&
			    weights_get(a, word) <= weights_get(b, word));
	}
	strbuf_fini(&sb);
	weights_free(a);
	weights_free(b);
	weights_free(c);
}

/* As a row of the store with a flipped bit may tell. */
static void
a_time_that_cannot_be_is_now(void **state)
{
	struct copies *c = window_of(100);
	struct item *it = item_of("f", "a", "A red kite", "It flew.", "");
	struct copies_match m;

	(void)state;
	see(c, NULL, it, INT64_MAX, &m);
	item_free(it);
	copies_expire(c, 1000);
	assert_int_equal(copies_len(c), 1);
	copies_expire(c, 1000 + WINDOW + 1);
	assert_int_equal(copies_len(c), 0);
	copies_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    decisions_after_a_restart_are_those_without_one),
		cmocka_unit_test(what_is_dead_has_no_say_in_what_is_compared),
		cmocka_unit_test(what_is_packed_and_damaged_is_refused),
		cmocka_unit_test(
		    the_oldest_go_when_it_is_full_and_that_is_counted),
		cmocka_unit_test(
		    a_clock_put_back_loses_nothing_and_keeps_nothing_for_ever),
		cmocka_unit_test(postings_are_the_newest_of_a_key),
		cmocka_unit_test(counts_come_back_from_the_store),
		cmocka_unit_test(a_time_that_cannot_be_is_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
