/* test_health.c - a feed's trouble is told once, and so is its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/macros.h"
#include "copy/copies.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/health.h"
#include "pipeline/poll.h"
#include "pipeline/relate.h"

#define T0 1700000000
#define HOUR 3600
#define DAY 86400

static const struct health_params params = { HOUR, DAY };
static const struct health_params never = { UINT32_MAX, UINT32_MAX };

/* One poll: when, how, and what is told afterwards; -1 = nothing. */
struct poll {
	int64_t at; /* minutes */
	char kind;  /* n news, u unchanged, o no news, e empty, f fault,
		       g gone, c crashed */
	int told;
};

static const struct {
	const char *name;
	const struct health_params *p;
	struct poll polls[12];
} rows[] = {
	{ "all is well", &params,
	    { { 0, 'n', -1 }, { 15, 'u', -1 }, { 30, 'n', -1 } } },
	{ "three failures and an hour", &params,
	    { { 0, 'n', -1 }, { 15, 'f', -1 }, { 30, 'f', -1 }, { 45, 'f', -1 },
		{ 75, 'f', HEALTH_FAILING }, { 99, 'f', -1 },
		{ 120, 'u', HEALTH_OK }, { 135, 'u', -1 } } },
	{ "an hour, but two failures", &params,
	    { { 0, 'f', -1 }, { 90, 'f', -1 }, { 180, 'n', -1 } } },
	{ "a good poll begins the count anew", &params,
	    { { 0, 'f', -1 }, { 30, 'f', -1 }, { 60, 'o', -1 }, { 65, 'f', -1 },
		{ 70, 'f', -1 }, { 80, 'f', -1 } } },
	{ "410 at once, and back", &params,
	    { { 0, 'n', -1 }, { 15, 'g', HEALTH_GONE }, { 30, 'g', -1 },
		{ 45, 'f', -1 }, { 400, 'f', -1 }, { 500, 'n', HEALTH_OK } } },
	{ "failing, then gone: one episode", &params,
	    { { 0, 'f', -1 }, { 60, 'f', -1 }, { 90, 'f', HEALTH_FAILING },
		{ 95, 'g', HEALTH_GONE }, { 99, 'n', HEALTH_OK } } },
	{ "a document that ends the parser", &params,
	    { { 0, 'n', -1 }, { 15, 'c', HEALTH_FAILING } } },
	{ "no items any more, and again some", &params,
	    { { 0, 'n', -1 }, { 15, 'e', HEALTH_EMPTY }, { 30, 'u', -1 },
		{ 45, 'e', -1 }, { 60, 'o', HEALTH_OK } } },
	{ "one fault does not end that", &params,
	    { { 0, 'n', -1 }, { 15, 'e', HEALTH_EMPTY }, { 30, 'f', -1 },
		{ 45, 'e', -1 } } },
	{ "never had items", &params, { { 0, 'e', -1 }, { 15, 'e', -1 } } },
	{ "empty at times", &params,
	    { { 0, 'n', -1 }, { 15, 'e', HEALTH_EMPTY }, { 30, 'n', HEALTH_OK },
		{ 45, 'e', -1 }, { 30 + 8 * 1440, 'n', -1 },
		{ 45 + 8 * 1440, 'e', HEALTH_EMPTY } } },
	{ "not asked for: failing", &never,
	    { { 0, 'f', -1 }, { 99, 'f', -1 }, { 999, 'f', -1 },
		{ 9999, 'c', -1 } } },
};

static void
take_poll(struct feed_state *st, char kind)
{
	static struct seen seen[1];

	st->outcome = kind == 'u'   ? POLL_UNCHANGED
		      : kind == 'g' ? POLL_GONE
		      : kind == 'c' ? POLL_CRASHED
		      : kind == 'f' ? POLL_TIMEOUT
				    : POLL_OK;
	st->doc_items = kind == 'n' || kind == 'o';
	st->failures = poll_outcome_good(st->outcome) ? 0 : st->failures + 1;
	if (kind == 'n') {
		st->seen = seen;
		st->nseen = 1;
	}
}

static void
each_trouble_is_told_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct feed_state st = { 0 };
		const struct poll *p = rows[i].polls;

		for (size_t k = 0; k < 12 && p[k].kind != '\0'; k++) {
			bool told;

			take_poll(&st, p[k].kind);
			told = health_judge(&st, p[k].kind == 'n',
			    T0 + p[k].at * 60, rows[i].p);
			if ((told ? (int)st.health : -1) != p[k].told)
				fail_msg("%s: minute %lld: %s%s", rows[i].name,
				    (long long)p[k].at,
				    told ? "told " : "not told ",
				    health_name(st.health));
		}
	}
}

/* Poll each hour for some hours; news when the rhythm says so. */
static int64_t
hours(struct feed_state *st, int64_t from, int64_t n, bool (*news)(int64_t),
    const struct health_params *p)
{
	for (int64_t h = from; h < from + n; h++) {
		bool is = news != NULL && news(h);

		take_poll(st, is ? 'n' : 'u');
		if (health_judge(st, is, T0 + h * HOUR, p))
			return h - from;
	}
	return -1;
}

/* Day and night. */
static bool
agency(int64_t h)
{
	return h % 2 == 0;
}

/* From eight to six, Monday to Friday. */
static bool
office(int64_t h)
{
	return h / 24 % 7 < 5 && h % 24 >= 8 && h % 24 < 18;
}

static bool
weekly(int64_t h)
{
	return h % (7 * 24) == 5;
}

static const struct {
	const char *name;
	bool (*news)(int64_t h);
	int64_t heard;       /* hours that it speaks */
	int64_t least, most; /* hours of silence until that is told */
} rhythms[] = {
	{ "an agency", agency, 30 * 24, 22, 26 },
	{ "an office", office, 42 * 24 - 54, 96, 200 },
	{ "a weekly", weekly, 70 * 24, 330, 350 },
	{ "too short to know", agency, 7 * 24, -1, -1 },
};

static void
silence_is_measured_by_the_feed_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rhythms); i++) {
		struct feed_state st = { 0 };
		int64_t n = rhythms[i].heard, after;

		after = hours(&st, 0, n, rhythms[i].news, &params);
		if (after != -1)
			fail_msg("%s: a false alarm in hour %lld",
			    rhythms[i].name, (long long)after);
		after = hours(&st, n, 60 * 24, NULL, &params);
		print_message("%s: told after %lld h\n", rhythms[i].name,
		    (long long)after);
		if (after < rhythms[i].least || after > rhythms[i].most)
			fail_msg("%s", rhythms[i].name);
		if (after == -1)
			continue;
		assert_int_equal(st.health, HEALTH_SILENT);
		take_poll(&st, 'n');
		assert_true(health_judge(
		    &st, true, T0 + (n + after + 1) * HOUR, &params));
		assert_int_equal(st.health, HEALTH_OK);
	}
}

static void
time_that_it_failed_is_no_silence(void **state)
{
	struct feed_state st = { 0 };
	int64_t h = 30 * 24;

	(void)state;
	assert_int_equal(hours(&st, 0, h, agency, &params), -1);
	for (int i = 0; i < 100; i++) {
		take_poll(&st, 'f');
		(void)health_judge(&st, false, T0 + (h + i) * HOUR, &params);
	}
	take_poll(&st, 'u');
	assert_true(health_judge(&st, false, T0 + (h + 100) * HOUR, &params));
	assert_int_equal(st.health, HEALTH_OK);
	assert_true(hours(&st, h + 101, 99, NULL, &params) > 20);
	assert_int_equal(st.health, HEALTH_SILENT);
}

static void
a_state_that_nobody_wrote_is_none(void **state)
{
	struct feed_state st = { .health = 77,
		.gap_s = UINT32_MAX,
		.news_first = INT64_MAX,
		.bad_since = INT64_MIN,
		.news_last = INT64_MIN };

	(void)state;
	take_poll(&st, 'o');
	(void)health_judge(&st, true, T0, &params);
	assert_true(st.health < HEALTH_COUNT);
	assert_string_equal(health_name(77), "?");
}

static void
an_episode_is_one_story(void **state)
{
	static const struct hash_key key = { { 1, 2 } };
	const struct health_subject s = { "http://f.test/x", "The F",
		"http://f.test/x", &key };
	struct feed_state st = { .health = HEALTH_FAILING,
		.health_since = T0,
		.bad_since = T0 - 7200,
		.failures = 4,
		.outcome = POLL_HTTP_ERROR,
		.http_status = 503,
		.why = "busy" };
	struct related a, b, c;
	struct decided *first, *end, *other;

	(void)state;
	first = health_report(&s, &st, HEALTH_OK, T0 - 99, T0, &a);
	assert_string_equal(first->item->title_text, "Feed failing: The F");
	assert_non_null(strstr(first->item->text,
	    "http://f.test/x\n4 polls in "
	    "a row failed since 2023-11-14 20:13 UTC; the last one: "
	    "http_error 503, busy."));
	assert_string_equal(first->topics.v[0].topic, HEALTH_TOPIC);
	assert_int_equal(first->topics.v[0].level, TOPIC_ABOUT);
	assert_string_equal(first->item->feed, s.feed);
	assert_string_equal(a.match.story, first->item->id);
	st.health = HEALTH_OK;
	st.health_since = T0 + 9000;
	end = health_report(&s, &st, HEALTH_FAILING, T0, T0 + 9000, &b);
	assert_string_equal(end->item->title_text, "Feed recovered: The F");
	assert_non_null(
	    strstr(end->item->text, "It was failing; that lasted 2 hours"));
	assert_string_equal(end->item->tags[0].term, "recovered");
	assert_string_equal(b.match.story, a.match.story);
	assert_string_not_equal(end->item->id, first->item->id);
	st.health = HEALTH_GONE;
	st.health_since = T0 + 99999;
	other = health_report(&s, &st, HEALTH_OK, T0, T0 + 99999, &c);
	assert_string_not_equal(c.match.story, a.match.story);
	decided_free(first);
	decided_free(end);
	decided_free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_trouble_is_told_once),
		cmocka_unit_test(silence_is_measured_by_the_feed_itself),
		cmocka_unit_test(time_that_it_failed_is_no_silence),
		cmocka_unit_test(a_state_that_nobody_wrote_is_none),
		cmocka_unit_test(an_episode_is_one_story),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
