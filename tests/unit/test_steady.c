/* test_steady.c - a wall clock that jumps is not believed for a day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/steady.h"

#define T0 INT64_C(1700000000)
#define HOUR 3600
#define DAY (24 * HOUR)
#define YEAR (365 * DAY)

/* Each row: what has happened so far, in seconds from T0, and what is told
 * then. `boot` counts real seconds, `wall` what the clock says beside it. */
struct step {
	int64_t boot, wall, told;
	bool doubt;
};

static const struct {
	const char *name;
	struct step steps[6];
} rows[] = {
	{ "time passes",
	    { { 60, 60, 60, false }, { 7 * DAY, 7 * DAY, 7 * DAY, false } } },
	{ "small corrections are taken",
	    { { 60, 65, 65, false }, { 120, -300, -300, false },
		{ 180, 180, 180, false } } },
	{ "a year ahead for an hour",
	    { { 60, YEAR, 60, true }, { HOUR, YEAR + HOUR - 60, HOUR, true },
		{ HOUR + 60, HOUR + 60, HOUR + 60, false } } },
	{ "a year ahead for good: believed after a day",
	    { { 60, YEAR, 60, true },
		{ DAY - HOUR, YEAR + DAY - HOUR - 60, DAY - HOUR, true },
		{ DAY + HOUR, YEAR + DAY + HOUR - 60, YEAR + DAY + HOUR - 60,
		    false } } },
	{ "a second jump begins anew",
	    { { 60, YEAR, 60, true },
		{ DAY - HOUR, 2 * YEAR, DAY - HOUR, true },
		{ DAY + HOUR, 2 * YEAR + 2 * HOUR, DAY + HOUR, true },
		{ 2 * DAY, 2 * YEAR + DAY + HOUR, 2 * YEAR + DAY + HOUR,
		    false } } },
	{ "an hour back: nothing is older than it was",
	    { { 60, -HOUR, -HOUR, true }, { 120, -HOUR + 60, -HOUR + 60, true },
		{ 180, 180, 180, false } } },
	{ "a year back for good",
	    { { 60, -YEAR, -YEAR, true },
		{ DAY + 60, DAY - YEAR, DAY - YEAR, false },
		{ 2 * DAY, 2 * DAY - YEAR - 60, 2 * DAY - YEAR - 60,
		    false } } },
};

static void
a_jump_is_believed_when_it_has_stood_for_a_day(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct steady_kept none = { 0 };
		struct steady s;

		print_message("%s\n", rows[i].name);
		steady_init(&s, &none, T0, 1000);
		assert_int_equal(steady_now(&s, T0, 1000), T0);
		for (const struct step *st = rows[i].steps; st->boot > 0;
		     st++) {
			assert_int_equal(
			    steady_now(&s, T0 + st->wall, 1000 + st->boot),
			    T0 + st->told);
			assert_int_equal(steady_doubts(&s), st->doubt);
		}
	}
}

/* A restart: what was kept, and the wall clock that it finds. */
static const struct {
	const char *name;
	struct steady_kept kept;
	int64_t wall, told;
} restarts[] = {
	{ "a first start", { 0, 0, 0 }, T0, T0 },
	{ "a minute off", { T0, T0, 0 }, T0 + 60, T0 + 60 },
	{ "a night off", { T0, T0, 0 }, T0 + DAY / 2, T0 + DAY / 2 },
	{ "a year off, or a wrong clock", { T0, T0, 0 }, T0 + YEAR, T0 },
	{ "a clock without battery", { T0, T0, 0 }, 100, 100 },
	{ "a doubt goes on over a night", { T0, T0 + YEAR + HOUR, T0 + YEAR },
	    T0 + YEAR + DAY, T0 + YEAR + DAY },
	{ "a doubt of an hour is no more than that",
	    { T0, T0 + YEAR + HOUR, T0 + YEAR }, T0 + YEAR + 2 * HOUR, T0 },
	{ "the clock was set right while we were off",
	    { T0, T0 + YEAR + HOUR, T0 + YEAR }, T0 + 2 * HOUR, T0 + 2 * HOUR },
	{ "another jump while we were off", { T0, T0 + YEAR + HOUR, T0 + YEAR },
	    T0 + 3 * YEAR, T0 },
};

static void
a_restart_goes_on_with_what_was_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(restarts); i++) {
		struct steady s;

		print_message("%s\n", restarts[i].name);
		steady_init(&s, &restarts[i].kept, restarts[i].wall, 5);
		assert_int_equal(
		    steady_now(&s, restarts[i].wall, 5), restarts[i].told);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_jump_is_believed_when_it_has_stood_for_a_day),
		cmocka_unit_test(a_restart_goes_on_with_what_was_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
