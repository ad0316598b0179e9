/* test_remember.c - no item is repeated and none is lost, whatever the feed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/macros.h"
#include "gatherer/remember.h"
#include "item/item.h"
#include "pipeline/poll.h"

#define DAY 86400
#define T0 1700000000
#define LONG "A text that is long enough to be nobody else's by chance."

/* One poll: items as "identity content" letters, and what they must be. */
struct poll {
	int64_t at;        /* days after T0 */
	const char *doc;   /* "aA bB": identity a with content A */
	const char *want;  /* N, K, U for each */
	bool part;         /* a truncated document, or a 226 */
	int64_t published; /* days after T0; 0 = undated */
	bool short_texts;
};

#define P(day, has, is, ...)                                                   \
	{                                                                      \
		.at = (day), .doc = (has), .want = (is), ##__VA_ARGS__         \
	}

static const struct {
	const char *name;
	struct poll polls[8];
} rows[] = {
	{ "nothing is repeated", { P(0, "aA bB", "NN"), P(1, "aA bB", "KK"),
				     P(2, "cC aA bB", "NKK") } },
	{ "order means nothing",
	    { P(0, "aA bB cC", "NNN"), P(1, "cC aA bB", "KKK") } },
	{ "what left and comes back is known",
	    { P(0, "aA bB", "NN"), P(1, "bB", "K"), P(2, "aA bB", "KK") } },
	{ "an edit is an update", { P(0, "aA", "N"), P(1, "aB", "U"),
				      P(2, "aB", "K"), P(3, "aC", "U") } },
	{ "twice in a document is once", { P(0, "aA aA", "NK") } },
	{ "an empty document forgets nothing",
	    { P(0, "aA", "N"), P(1, "", ""), P(2, "aA", "K") } },
	{ "thirty days after it left it is forgotten",
	    { P(0, "aA bB", "NN"), P(1, "bB", "K"), P(32, "bB", "K"),
		P(33, "aA bB", "NK") } },
	{ "an item that stays in the document never is",
	    { P(0, "aA", "N"), P(29, "aA", "K"), P(58, "aA bB", "KN"),
		P(99, "aA bB", "KK"), P(100, "bB", "K"),
		P(101, "aA bB", "KK") } },
	{ "a part of a document lets nothing age",
	    { P(0, "aA bB", "NN"), P(1, "cC", "N", .part = true),
		P(40, "dD", "N", .part = true), P(60, "aA bB", "KK") } },
	{ "guids that change at each poll",
	    { P(0, "aA bB", "NN"), P(1, "cA dB", "KK"),
		P(2, "eA fB gG", "KKN") } },
	{ "the same words again beside the old item",
	    { P(0, "aA", "N"), P(1, "bA aA", "NK") } },
	{ "the same words, dated after the last poll",
	    { P(0, "aA", "N"), P(2, "bA", "N", .published = 1) } },
	{ "the same words, dated before",
	    { P(1, "aA", "N"), P(2, "bA", "K", .published = 1) } },
	{ "short texts may be equal by chance",
	    { P(0, "aA", "N", .short_texts = true),
		P(1, "bA", "N", .short_texts = true) } },
};

static void
judge_document(const char *name, const struct poll *p, struct feed_state *st,
    struct arena *a)
{
	int64_t now = T0 + p->at * DAY;
	struct remember *r = remember_new(st, now);
	struct item it = { .text = "" };

	it.title_text = p->short_texts ? "Photo" : LONG;
	it.published =
	    p->published > 0 ? T0 + p->published * DAY : ITEM_NO_TIME;
	for (int round = 0; round < 2; round++) {
		const char *doc = p->doc, *want = p->want;

		for (; *doc != '\0'; doc += doc[2] == ' ' ? 3 : 2, want++) {
			uint32_t revision = 0;

			it.identity = (uint64_t)doc[0];
			it.content = (uint64_t)doc[1];
			if (round == 0) {
				remember_see(r, &it);
			} else if ("NKU"[remember_judge(r, &it, &revision)] !=
				   *want) {
				fail_msg("%s, day %lld: item %c is not %c",
				    name, (long long)p->at, doc[0], *want);
			}
		}
	}
	st->seen = remember_result(r, !p->part, a, &st->nseen);
	st->last_success = now;
	remember_free(r);
}

static void
each_item_is_new_exactly_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena *a = arena_new(0);
		struct feed_state st = { 0 };

		for (const struct poll *p = rows[i].polls; p->doc != NULL; p++)
			judge_document(rows[i].name, p, &st, a);
		arena_free(a);
	}
}

static void
revisions_count_up(void **state)
{
	struct arena *a = arena_new(0);
	struct feed_state st = { 0 };
	struct item it = { .title_text = LONG, .text = "", .identity = 7 };
	uint32_t revision;

	(void)state;
	for (uint32_t i = 1; i < 6; i++) {
		struct remember *r = remember_new(&st, T0 + i);

		it.content = i;
		remember_see(r, &it);
		(void)remember_judge(r, &it, &revision);
		assert_int_equal(revision, i);
		st.seen = remember_result(r, true, a, &st.nseen);
		assert_int_equal(st.nseen, 1);
		remember_free(r);
	}
	arena_free(a);
}

static void
what_was_passed_over_stays_so(void **state)
{
	struct arena *a = arena_new(0);
	struct feed_state st = { 0 };
	struct item it = { .title_text = LONG, .text = "", .identity = 7 };

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct remember *r = remember_new(&st, T0 + i);
		uint32_t revision = 9;

		it.content = i;
		assert_int_equal(remember_judge(r, &it, &revision),
		    i == 0 ? REMEMBERED_NEW : REMEMBERED_UPDATED);
		assert_int_equal(revision, i == 0 ? 1 : 0);
		if (i == 0)
			remember_pass_over(r, &it);
		st.seen = remember_result(r, true, a, &st.nseen);
		remember_free(r);
	}
	arena_free(a);
}

static void
the_set_is_bounded_and_keeps_the_latest(void **state)
{
	struct arena *a = arena_new(0);
	struct feed_state st = { 0 };
	struct item it = { .title_text = "x", .text = "" };
	uint32_t revision;

	(void)state;
	for (uint64_t poll = 0; poll < 13; poll++) {
		struct remember *r = remember_new(&st, T0 + (int64_t)poll);

		for (uint64_t i = 0; i < 1000; i++) {
			it.identity = it.content = poll * 1000 + i + 1;
			assert_int_equal(
			    remember_judge(r, &it, &revision), REMEMBERED_NEW);
		}
		st.seen = remember_result(r, true, a, &st.nseen);
		st.last_success = T0 + (int64_t)poll;
		remember_free(r);
	}
	assert_int_equal(st.nseen, REMEMBER_MAX);
	for (size_t i = 0; i < st.nseen; i++)
		assert_true(st.seen[i].identity > 2000);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_item_is_new_exactly_once),
		cmocka_unit_test(revisions_count_up),
		cmocka_unit_test(what_was_passed_over_stays_so),
		cmocka_unit_test(the_set_is_bounded_and_keeps_the_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
