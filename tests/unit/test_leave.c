/* test_leave.c - sinks whose programs go do so together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/macros.h"
#include "config/config.h"
#include "desk/parts.h"
#include "sink/sink.h"

/* A sink whose program ends at one of the steps, or has none. */
struct fake {
	struct sink s; /* first */
	int ends_at;   /* the step; -1 = there is no program */
};

static char seen[256]; /* "a0 b0 a1": each step of each, once */

static bool
fake_leave(struct sink *s, const struct config_sink *c, enum sink_leave step)
{
	struct fake *f = (struct fake *)s;
	char what[8];

	if (f->ends_at < (int)step)
		return false; /* gone */
	snprintf(what, sizeof(what), "%s%s%d ", s->name, c != NULL ? "+" : "",
	    (int)step);
	if (strstr(seen, what) == NULL)
		strcat(seen, what);
	return f->ends_at > (int)step;
}

static const struct sink_ops fake_ops = { .leave = fake_leave };
static const struct sink_ops plain_ops = { .leave = NULL };

static const struct {
	const char *name;
	int ends_at[3];
	bool keep_b; /* its name is in the new configuration */
	const char *want;
} rows[] = {
	{ "none has a program", { -1, -1, -1 }, false, "" },
	{ "a closed input is enough", { 0, 0, 0 }, false, "a0 b0 c0 " },
	{ "deaf ones are urged and killed together", { 2, 2, 2 }, false,
	    "a0 b0 c0 a1 b1 c1 a2 b2 c2 " },
	{ "who is gone is left alone", { 0, 2, 1 }, false,
	    "a0 b0 c0 b1 c1 b2 " },
	{ "who stays is asked with what it will be", { 0, 1, 0 }, true,
	    "a0 b+0 c0 b+1 " },
};

static void
programs_go_step_by_step_all_at_once(void **state)
{
	struct config_sink sink = { .name = "b" };
	struct config c = { .sinks = &sink };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fake f[3];
		struct sink plain = { .ops = &plain_ops, .name = "p" };
		struct sink *sinks[] = { &f[0].s, NULL, &f[1].s, &plain,
			&f[2].s };
		static const char *const names[] = { "a", "b", "c" };

		print_message("%s\n", rows[i].name);
		for (size_t k = 0; k < ARRAY_LEN(f); k++)
			f[k] = (struct fake){ { &fake_ops, names[k] },
				rows[i].ends_at[k] };
		seen[0] = '\0';
		c.nsinks = rows[i].keep_b ? 1 : 0;
		desk_sinks_leave(sinks, ARRAY_LEN(sinks), &c, 0);
		assert_string_equal(seen, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_go_step_by_step_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
