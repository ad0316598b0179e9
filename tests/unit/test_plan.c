/* test_plan.c - the next poll comes when server, document and we agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "feed/plan.h"

#define NOW 1706349600 /* Saturday, 2024-01-27 10:00:00 GMT */
#define DATE_NOW "Sat, 27 Jan 2024 10:00:00 GMT"
#define HOUR 3600
#define DAY 86400

/* Each row is one poll; the pause must be in [from, to] for any jitter. */
static const struct {
	const char *name;
	enum plan_event event;
	uint32_t every, min, max, failures;
	struct plan_headers h;
	struct plan_hints hints;
	double from, to;
	const char *why;
} rows[] = {
	{ "plain interval", PLAN_SAME, 600, 60, DAY, 0, { 0 }, { 0 }, 540, 660,
	    "interval" },
	{ "news change nothing", PLAN_NEWS, 600, 60, DAY, 0, { 0 }, { 0 }, 540,
	    660, "interval" },
	{ "the floor holds", PLAN_SAME, 10, 60, DAY, 0, { 0 }, { 0 }, 60, 66,
	    "min-interval" },
	{ "interval at the floor is never under it", PLAN_SAME, 60, 60, DAY, 0,
	    { 0 }, { 0 }, 60, 66, "interval" },
	{ "max-age lengthens", PLAN_SAME, 1, 1, DAY, 0,
	    { .cache_control = "public, max-age=5" }, { 0 }, 5, 5.5,
	    "max-age" },
	{ "max-age never shortens", PLAN_SAME, 600, 1, DAY, 0,
	    { .cache_control = "max-age=5" }, { 0 }, 540, 660, "interval" },
	{ "age counts", PLAN_SAME, 1, 1, DAY, 0,
	    { .cache_control = "MAX-AGE=\"5\" , public", .age = "3" }, { 0 }, 2,
	    2.2, "max-age" },
	{ "older than its max-age", PLAN_SAME, 60, 1, DAY, 0,
	    { .cache_control = "max-age=5", .age = "30" }, { 0 }, 54, 66,
	    "interval" },
	{ "no-cache beats max-age", PLAN_SAME, 60, 1, DAY, 0,
	    { .cache_control = "no-cache, max-age=5000" }, { 0 }, 54, 66,
	    "interval" },
	{ "s-maxage is for others", PLAN_SAME, 60, 1, DAY, 0,
	    { .cache_control = "s-maxage=5000" }, { 0 }, 54, 66, "interval" },
	{ "max-age of nonsense", PLAN_SAME, 60, 1, DAY, 0,
	    { .cache_control = "max-age=soon, ,;=" }, { 0 }, 54, 66,
	    "interval" },
	{ "expires against their date", PLAN_SAME, 1, 1, DAY, 0,
	    { .expires = "Sat, 27 Jan 2024 12:00:07 GMT",
		.date = "Sat, 27 Jan 2024 12:00:00 GMT" },
	    { 0 }, 7, 7.7, "expires" },
	{ "expires without date", PLAN_SAME, 1, 1, DAY, 0,
	    { .expires = "Sat, 27 Jan 2024 10:00:09 GMT" }, { 0 }, 9, 9.9,
	    "expires" },
	{ "expires 0", PLAN_SAME, 60, 1, DAY, 0, { .expires = "0" }, { 0 }, 54,
	    66, "interval" },
	{ "max-age beats expires", PLAN_SAME, 1, 1, DAY, 0,
	    { .cache_control = "max-age=3",
		.expires = "Sat, 27 Jan 2024 11:00:00 GMT" },
	    { 0 }, 3, 3.3, "max-age" },
	{ "hints are capped", PLAN_SAME, 1, 1, 3, 0,
	    { .cache_control = "max-age=31536000" }, { 0 }, 3, 3.3, "max-age" },
	{ "a number beyond all bounds", PLAN_SAME, 1, 1, DAY, 0,
	    { .cache_control = "max-age=99999999999999999999999" }, { 0 }, DAY,
	    1.1 * DAY, "max-age" },
	{ "ttl", PLAN_SAME, 1, 1, DAY, 0, { 0 }, { .ttl_s = 60 }, 60, 66,
	    "ttl" },
	{ "sy:updatePeriod", PLAN_NEWS, 1, 1, DAY, 0, { 0 },
	    { .period_s = 600 }, 600, 660, "update-period" },
	{ "the longest demand names the reason", PLAN_SAME, 1, 1, DAY, 0,
	    { .cache_control = "max-age=70" }, { .ttl_s = 60, .period_s = 80 },
	    80, 88, "update-period" },
	{ "this hour is skipped", PLAN_SAME, 60, 1, DAY, 0, { 0 },
	    { .skip_hours = 1 << 10 }, HOUR, HOUR + 360, "skip-hours" },
	{ "another hour is skipped", PLAN_SAME, 60, 1, DAY, 0, { 0 },
	    { .skip_hours = 1 << 9 | 1 << 11 }, 54, 66, "interval" },
	{ "night is skipped", PLAN_SAME, 12 * HOUR, 1, DAY, 0, { 0 },
	    { .skip_hours = 0xf0001f }, 19 * HOUR, 19 * HOUR + 360,
	    "skip-hours" },
	{ "all hours are skipped: nonsense", PLAN_SAME, 60, 1, DAY, 0, { 0 },
	    { .skip_hours = 0xffffff }, 54, 66, "interval" },
	{ "the day is skipped", PLAN_SAME, 60, 1, DAY, 0, { 0 },
	    { .skip_days = 1 << 6 }, 14 * HOUR, 14 * HOUR + 360, "skip-days" },
	{ "six days are skipped, a day is the cap", PLAN_SAME, 60, 1, DAY, 0,
	    { 0 }, { .skip_days = 0x7f & ~(1 << 5) }, DAY, DAY, "skip-days" },
	{ "all days are skipped: nonsense", PLAN_SAME, 60, 1, DAY, 0, { 0 },
	    { .skip_days = 0x7f }, 54, 66, "interval" },
	{ "first fault", PLAN_FAILED, 10, 1, DAY, 1, { 0 }, { 0 }, 9, 11,
	    "backoff" },
	{ "second fault", PLAN_FAILED, 10, 1, DAY, 2, { 0 }, { 0 }, 18, 22,
	    "backoff" },
	{ "fourth fault", PLAN_FAILED, 10, 1, DAY, 4, { 0 }, { 0 }, 72, 88,
	    "backoff" },
	{ "millionth fault", PLAN_FAILED, 10, 1, DAY, 1000000, { 0 }, { 0 },
	    0.9 * DAY, 1.1 * DAY, "backoff" },
	{ "faults do not look at skipped hours", PLAN_FAILED, 10, 1, DAY, 1,
	    { 0 }, { .skip_hours = 1 << 10, .ttl_s = 5000 }, 9, 11, "backoff" },
	{ "503 that says when", PLAN_THROTTLED, 10, 1, DAY, 1,
	    { .retry_after = "40" }, { 0 }, 40, 44, "retry-after" },
	{ "sooner than we would", PLAN_THROTTLED, 600, 1, DAY, 3,
	    { .retry_after = "4" }, { 0 }, 4, 4.4, "retry-after" },
	{ "but not under the floor", PLAN_THROTTLED, 600, 60, DAY, 1,
	    { .retry_after = "4" }, { 0 }, 60, 66, "retry-after" },
	{ "a date, by their clock", PLAN_THROTTLED, 1, 1, DAY, 1,
	    { .retry_after = "Sat, 27 Jan 2024 12:00:04 GMT",
		.date = "Sat, 27 Jan 2024 12:00:00 GMT" },
	    { 0 }, 4, 4.4, "retry-after" },
	{ "a date without theirs", PLAN_THROTTLED, 1, 1, DAY, 1,
	    { .retry_after = "Sat, 27 Jan 2024 10:00:04 GMT" }, { 0 }, 4, 4.4,
	    "retry-after" },
	{ "a date that is past", PLAN_THROTTLED, 10, 1, DAY, 1,
	    { .retry_after = "Sat, 27 Jan 2024 09:00:00 GMT" }, { 0 }, 9, 11,
	    "backoff" },
	{ "a thousand million seconds", PLAN_THROTTLED, 10, 1, DAY, 1,
	    { .retry_after = "1000000000" }, { 0 }, DAY, 1.1 * DAY,
	    "retry-after" },
	{ "a negative one", PLAN_THROTTLED, 10, 1, DAY, 2,
	    { .retry_after = "-1" }, { 0 }, 18, 22, "backoff" },
	{ "a word", PLAN_THROTTLED, 10, 1, DAY, 2, { .retry_after = "soon" },
	    { 0 }, 18, 22, "backoff" },
	{ "429 with max-age alone", PLAN_THROTTLED, 10, 1, DAY, 1,
	    { .cache_control = "max-age=100" }, { 0 }, 100, 110, "max-age" },
	{ "404 with Retry-After", PLAN_FAILED, 10, 1, DAY, 1,
	    { .retry_after = "100" }, { 0 }, 100, 110, "retry-after" },
	{ "gone, for now", PLAN_GONE, 10, 1, DAY, 1, { 0 }, { 0 }, 0.9 * DAY,
	    1.1 * DAY, "gone?" },
	{ "gone, confirmed soon where max_interval is short", PLAN_GONE, 1, 1,
	    3, 1, { 0 }, { 0 }, 2.7, 3.3, "gone?" },
};

/* Rows 9, 10, 11, 12, 16, 17, 18, 19, 20, 22 of the table of manners. */
static void
each_hint_and_fault_gives_its_pause(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct plan_input in = { .event = rows[i].event,
			.now = NOW,
			.every_s = rows[i].every,
			.min_s = rows[i].min,
			.max_s = rows[i].max,
			.failures = rows[i].failures,
			.headers = rows[i].h,
			.hints = rows[i].hints };

		for (in.seed = 0; in.seed < 200; in.seed++) {
			struct plan p;
			double s;

			plan_next(&in, &p);
			s = (double)p.delay_ms / 1000;
			if (s < rows[i].from - 0.002 || s > rows[i].to + 0.002)
				fail_msg("%s: %.3f s", rows[i].name, s);
			if (strcmp(p.why, rows[i].why) != 0)
				fail_msg("%s: %s", rows[i].name, p.why);
			assert_true(p.next - NOW >= p.delay_ms / 1000);
			assert_true(p.next - NOW <= p.delay_ms / 1000 + 1);
		}
	}
}

/* Row 22. */
static void
jitter_spreads_over_its_whole_range(void **state)
{
	struct plan_input in = { .now = NOW,
		.event = PLAN_SAME,
		.every_s = 1000,
		.min_s = 1,
		.max_s = DAY };
	unsigned int buckets[10] = { 0 };

	(void)state;
	for (in.seed = 0; in.seed < 1000; in.seed++) {
		struct plan p;

		plan_next(&in, &p);
		buckets[(p.delay_ms - 900000) / 20001]++;
	}
	for (size_t i = 0; i < ARRAY_LEN(buckets); i++)
		assert_true(buckets[i] > 60 && buckets[i] < 140);
}

/* Row 16. */
static void
a_second_410_ends_it(void **state)
{
	struct plan_input in = { .now = NOW,
		.event = PLAN_GONE,
		.every_s = 600,
		.max_s = DAY,
		.failures = 2,
		.gone_before = true };
	struct plan p;

	(void)state;
	plan_next(&in, &p);
	assert_true(p.next == PLAN_NEVER);
	assert_string_equal(p.why, "gone");
}

/* Row 24. */
static void
an_adaptive_interval_follows_the_news(void **state)
{
	struct plan_input in = { .now = NOW,
		.event = PLAN_SAME,
		.adaptive = true,
		.every_s = 900,
		.min_s = 2,
		.max_s = 40 };
	struct plan p;

	(void)state;
	plan_next(&in, &p);
	assert_int_equal(p.interval_s, 40);
	assert_string_equal(p.why, "adaptive");
	in.event = PLAN_NEWS;
	for (int i = 0; i < 10; i++) {
		in.interval_s = p.interval_s;
		plan_next(&in, &p);
	}
	assert_int_equal(p.interval_s, 2);
	in.event = PLAN_SAME;
	in.interval_s = p.interval_s;
	plan_next(&in, &p);
	assert_int_equal(p.interval_s, 3);
	in.event = PLAN_FAILED;
	in.failures = 1;
	in.interval_s = p.interval_s;
	plan_next(&in, &p);
	assert_int_equal(p.interval_s, 3);
}

/* Row 13. */
static void
equal_permanent_redirects_are_counted(void **state)
{
	(void)state;
	assert_int_equal(plan_moves(NULL, 0, "http://b/"), 1);
	assert_int_equal(plan_moves("http://b/", 1, "http://b/"), 2);
	assert_int_equal(plan_moves("http://b/", 4, "http://c/"), 1);
	assert_int_equal(plan_moves("http://b/", 4, NULL), 0);
	assert_int_equal(
	    plan_moves("http://b/", UINT32_MAX, "http://b/"), UINT32_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_hint_and_fault_gives_its_pause),
		cmocka_unit_test(jitter_spreads_over_its_whole_range),
		cmocka_unit_test(a_second_410_ends_it),
		cmocka_unit_test(an_adaptive_interval_follows_the_news),
		cmocka_unit_test(equal_permanent_redirects_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
