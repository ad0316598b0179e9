/* test_copies_room.c - the memory that remembered items may take. */
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
#include "copy/copies.h"
#include "copy/shelf.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"

#define HOUR 3600
#define WINDOW (12 * HOUR)
#define LARGE 1000000 /* bytes: more than a board has */

static struct copies *
room_of(size_t max_bytes)
{
	struct copies_params p = copies_params_default;

	p.window_s = WINDOW;
	p.max_bytes = max_bytes;
	return copies_new(&p);
}

/* A text of `n` words that only the number `about` has. */
static void
see(struct copies *c, const char *id, uint32_t about, size_t n, int64_t now,
    struct copies_match *m)
{
	static const struct item_limits limits = { 4096, 65536, 65536 };
	struct item *it = item_new();
	struct tokens *tk;
	struct signature *s;
	char text[8000], url[80];
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(
		    text + len, sizeof(text) - len, "w%xq%zu ", about, i);
	snprintf(url, sizeof(url), "https://site.example/%s", id);
	it->title = arena_strndup(it->arena, text, MIN(len, 60));
	it->summary = arena_strdup(it->arena, text);
	/* No two of one feed: it may repeat itself. */
	it->feed = it->feed_name = it->id = arena_strdup(it->arena, id);
	it->canonical = arena_strdup(it->arena, url);
	it->identity = hash_str(&hash_key_fixed, id);
	it->content = hash_str(&hash_key_fixed, text);
	item_make_text(it, &limits);
	tk = tokens_make(it->arena, it, NULL);
	s = signature_make(it, tk, &hash_key_fixed);
	copies_expire(c, now);
	copies_lookup(c, it, s, now, m);
	copies_insert(c, it, s, now, m);
	signature_free(s);
	item_free(it);
}

/* Texts grow longer on the way, and at last come so slowly that time tells. */
static void
memory_stays_below_its_cap_and_is_used(void **state)
{
	const size_t cap = 4 << 20;
	struct copies *c = room_of(cap);
	struct copies_stats st;
	struct copies_match m;
	size_t most = 0, fewest = SIZE_MAX;
	int64_t now = 1700000000;

	(void)state;
	for (uint32_t i = 0; i < 16000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%u", i);
		see(c, id, i, i < 8000 ? 30 : 60, now += 2, &m);
		assert_int_equal(m.relation, RELATION_NEW);
		copies_stats(c, &st);
		assert_true(st.bytes <= cap);
		assert_int_equal(st.evicted, st.evicted_bytes);
		if (st.evicted > 0) {
			most = MAX(most, st.bytes);
			fewest = MIN(fewest, st.items);
		}
		if (i % 100 == 99) { /* what is new is known */
			snprintf(id, sizeof(id), "again-%u", i);
			see(c, id, i - 20, i < 8020 ? 30 : 60, now, &m);
			assert_int_equal(m.relation, RELATION_COPY);
		}
	}
	print_message("at most %zu bytes, at least %zu items\n", most, fewest);
	assert_true(st.evicted > 3000);
	assert_true(most > cap * 8 / 10);
	assert_true(fewest > 300);
	copies_free(c);
}

/* What came in one twelfth of the window goes together. */
static void
a_generation_goes_whole_when_there_is_no_room(void **state)
{
	struct copies *c = room_of(1 << 20);
	struct copies_stats st = { 0 };
	struct copies_match m;
	const int64_t start = 1700000000 / HOUR * HOUR;
	int64_t now = start;

	(void)state;
	for (uint32_t i = 0; st.evicted == 0; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%u", i);
		see(c, id, i, 30, now += 60, &m);
		copies_stats(c, &st);
	}
	assert_true(now < start + WINDOW);
	assert_int_equal(st.oldest % HOUR, 0);
	assert_true(st.evicted >= HOUR / 60 - 1);
	copies_free(c);
}

static void
all_that_left_the_window_goes_at_once_and_its_memory_soon(void **state)
{
	struct copies *c = room_of(0);
	struct copies_stats full, st;
	struct copies_match m;
	int64_t now = 1700000000;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%u", i);
		see(c, id, i, 40, now, &m);
	}
	copies_stats(c, &full);
	now += WINDOW + 1;
	copies_expire(c, now);
	copies_stats(c, &st);
	assert_int_equal(st.items, 0);
	assert_int_equal(st.oldest, 0);
	assert_int_equal(st.evicted, 0);
	/* No row is there for it, so it is new, whatever memory still holds. */
	see(c, "other", 2999, 40, now, &m);
	assert_int_equal(m.relation, RELATION_NEW);
	for (int i = 0; i < 12; i++)
		copies_expire(c, now);
	copies_stats(c, &st);
	assert_int_equal(st.items, 1);
	assert_true(st.bytes < full.bytes * 2 / 3);
	copies_free(c);
}

/*
 * A cluster that is dead but not given back: its name may come again, and
 * belongs to the new one when the old one goes.
 */
static void
a_name_that_comes_again_is_another_cluster(void **state)
{
	struct copies *c = room_of(0);
	struct copies_match m;
	int64_t now = 1700000000;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "%u", i);
		see(c, id, i, 40, now, &m);
	}
	now += WINDOW + 1;
	see(c, "999", 5999, 40, now, &m);
	assert_int_equal(m.relation, RELATION_NEW);
	for (int i = 0; i < 12; i++)
		copies_expire(c, now);
	see(c, "copy", 5999, 40, now, &m);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.cluster, "999");
	assert_string_equal(m.story, "999");
	now += WINDOW;
	see(c, "late", 5999, 40, now, &m);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.of, "999");
	copies_free(c);
}

/* The original is gone, its copy is there: they are held against that. */
static void
a_cluster_outlives_its_first_item(void **state)
{
	struct copies *c = room_of(0);
	struct copies_match m;
	const int64_t start = 1700000000;

	(void)state;
	see(c, "1", 7, 150, start, &m);
	see(c, "2", 7, 150, start + 10 * HOUR, &m);
	assert_string_equal(m.of, "1");
	see(c, "3", 7, 150, start + 21 * HOUR, &m);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.of, "1");
	see(c, "4", 7, 150, start + 40 * HOUR, &m);
	assert_int_equal(m.relation, RELATION_NEW);
	copies_free(c);
}

static void
a_shelf_gives_back_boards_whole_and_in_order(void **state)
{
	struct shelf *sh = shelf_new();
	static char *at[4000];
	size_t full, empty = shelf_bytes(sh);

	(void)state;
	for (uint32_t i = 0; i < ARRAY_LEN(at); i++) {
		at[i] = shelf_put(sh, i + 1, 1 + i % 3000);
		assert_int_equal((uintptr_t)at[i] % 16, 0);
		memset(at[i], (char)i, 1 + i % 3000);
	}
	full = shelf_bytes(sh);
	shelf_release(sh, 3001);
	assert_true(shelf_bytes(sh) < full / 2);
	for (uint32_t i = 3000; i < ARRAY_LEN(at); i++) {
		assert_int_equal(at[i][0], (char)i);
		assert_int_equal(at[i][i % 3000], (char)i);
	}
	shelf_release(sh, 5000);
	assert_true(shelf_bytes(sh) < empty + (1 << 19));
	memset(shelf_put(sh, 5000, LARGE), 1, LARGE);
	shelf_release(sh, 5001);
	assert_true(shelf_bytes(sh) < empty + (1 << 19));
	shelf_free(sh);
	shelf_free(NULL);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_stays_below_its_cap_and_is_used),
		cmocka_unit_test(a_generation_goes_whole_when_there_is_no_room),
		cmocka_unit_test(
		    all_that_left_the_window_goes_at_once_and_its_memory_soon),
		cmocka_unit_test(a_name_that_comes_again_is_another_cluster),
		cmocka_unit_test(a_cluster_outlives_its_first_item),
		cmocka_unit_test(a_shelf_gives_back_boards_whole_and_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
