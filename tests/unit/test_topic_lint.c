/* test_topic_lint.c - mistakes are warned of, inline tests are run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/diag.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "config/rules_load.h"
#include "topic/cases.h"
#include "topic/lint.h"
#include "topic/rules.h"
#include "topic/topic.h"

static struct rules *
load(const char *text)
{
	struct rules_file f = { "t.yaml", text, strlen(text) };
	struct diags ds;
	struct rules *r;

	diags_init(&ds, 4);
	r = rules_load(&f, 1, &ds);
	if (r == NULL)
		fail_msg("%s", ds.v[0].msg);
	diags_fini(&ds);
	return r;
}

static const struct {
	const char *name, *rules, *warning;
} lints[] = {
	{ "all well", "topics: {t: {require: [a, bc*, ~d, =US]}}", NULL },
	{ "a list for nothing", "terms: {x: [a]}\ntopics: {t: {require: b}}",
	    "t.yaml:1:9: nothing uses list \"$x\"; use it or take it out" },
	{ "used by a list is used",
	    "terms: {x: [a], y: [$x]}\ntopics: {t: {require: $y}}", NULL },
	{ "twice the same", "topics: {t: {require: [a b, c, a b]}}",
	    "t.yaml:1:32: \"a b\" stands here a second time, beside \"a b\"" },
	{ "the same when folded", "topics: {t: {require: [Cafe, café]}}",
	    "t.yaml:1:30: \"café\" adds nothing: all it finds is found by "
	    "\"Cafe\"" },
	{ "in two groups is fine",
	    "topics: {t: {require: {all: [[a, b], [a, c]]}}}", NULL },
	{ "under a prefix", "topics: {t: {require: [Syria, syri*]}}",
	    "t.yaml:1:24: \"Syria\" adds nothing: all it finds is found by "
	    "\"syri*\"" },
	{ "a phrase with a word that is there alone",
	    "topics: {t: {require: [air strike, strike]}}",
	    "t.yaml:1:24: \"air strike\" adds nothing: all it finds is found "
	    "by \"strike\"" },
	{ "only when every alternative is",
	    "topics: {t: {require: [air strike|raid, strike]}}", NULL },
	{ "exact is no more than folded", "topics: {t: {require: [=US, us]}}",
	    NULL },
	{ "an acronym that is a word", "topics: {t: {require: [US]}}",
	    "t.yaml:1:24: \"US\" without \"=\" is also the common word "
	    "\"us\"" },
	{ "dots do not help", "topics: {t: {require: [U.S.]}}",
	    "t.yaml:1:24: \"U.S.\" without \"=\" is also the common word "
	    "\"us\"" },
	{ "NATO is no word", "topics: {t: {require: [NATO]}}", NULL },
	{ "out of reach",
	    "topics: {t: {score: [{name: s, weight: 3, any: a}, {name: u, "
	    "weight: 2, boost: off, any: b}]}}",
	    "t.yaml:1:10: topic \"t\" can never be about: its signals give at "
	    "most 11 of 12 points; lower the threshold or add signals" },
};

static void
mistakes_are_warned_of(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lints); i++) {
		struct rules *r = load(lints[i].rules);
		struct diags ds;
		char got[800] = "";

		diags_init(&ds, 4);
		topic_lint(r, &ds);
		if (ds.n > 0)
			diag_str(&ds.v[0], got, sizeof(got));
		assert_int_equal(ds.errors, 0);
		assert_string_equal(
		    got, lints[i].warning != NULL ? lints[i].warning : "");
		diags_fini(&ds);
		rules_free(r);
	}
}

static void
ceilings_add_up(void **state)
{
	struct rules *r = load("topics: {t: {score: ["
			       "{name: a, weight: 4, any: a},"
			       "{name: b, weight: 2, boost: off, any: b},"
			       "{name: c, weight: -9, any: c},"
			       "{name: d, weight: 1, any: d, in: title}]}}");
	struct topic_ceiling c = topic_ceiling(&r->topics[0]);

	(void)state;
	assert_int_equal(c.title, 17);
	assert_int_equal(c.lead, 10);
	assert_int_equal(c.body, 6);
	rules_free(r);
}

/* --- inline tests ------------------------------------------------------- */

static int
read_file(void *cookie, const char *from, const char *path, struct strbuf *out)
{
	(void)cookie;
	assert_string_equal(from, "t.yaml");
	if (strcmp(path, "there.txt") != 0)
		return -1;
	return strbuf_puts(out, "Iraq votes\nA long day.\nIn Basra.\n");
}

static void
put_result(void *cookie, const struct topic_case_result *r)
{
	struct strbuf *out = cookie;

	topic_case_tap(out, 1, r);
}

static void
inline_tests_tell_what_failed(void **state)
{
	static const char text[] =
	    "topics:\n"
	    "  t:\n"
	    "    require: Iraq\n"
	    "    tests:\n"
	    "      about:\n"
	    "        - Iraq votes\n"
	    "        - Syria votes\n"
	    "        - {title: x, body: \"the #1 in Iraq\"}\n"
	    "        - {file: there.txt}\n"
	    "        - {file: gone.txt}\n"
	    "      none: [\"Iraqis vote\", \"Iraq\"]\n"
	    "      todo: [Mesopotamia]\n";
	static const char want[] =
	    "ok 1 - t: about \"Iraq votes\"\n"
	    "not ok 1 - t: about \"Syria votes\"\n"
	    "# t.yaml:7:11: t is none (0/12), expected about; require FAILS: "
	    "\"Iraq\" has no match\n"
	    "ok 1 - t: about \"x\"\n"
	    "ok 1 - t: about \"there.txt\"\n"
	    "not ok 1 - t: about \"gone.txt\"\n"
	    "# t.yaml:10:11: cannot read the test's file gone.txt\n"
	    "ok 1 - t: none \"Iraqis vote\"\n"
	    "not ok 1 - t: none \"Iraq\"\n"
	    "# t.yaml:11:29: t is about (12/12), expected none\n"
	    "not ok 1 - t: about \"Mesopotamia\" # TODO\n"
	    "# t.yaml:12:14: t is none (0/12), expected about; require FAILS: "
	    "\"Iraq\" has no match\n";
	struct strbuf out;
	const struct topic_case_ops ops = { read_file, put_result, &out };
	struct rules *r = load(text);
	struct topic_set *ts;
	struct diags ds;
	size_t n, todo;

	(void)state;
	strbuf_init(&out, 65536);
	diags_init(&ds, 4);
	ts = topic_compile(r, NULL, &ds);
	assert_non_null(ts);
	assert_int_equal(topic_run_cases(ts, r, &ops, &n, &todo), 3);
	assert_int_equal(n, 8);
	assert_int_equal(todo, 1);
	assert_string_equal(out.data, want);
	topic_set_free(ts);
	rules_free(r);
	diags_fini(&ds);
	strbuf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_warned_of),
		cmocka_unit_test(ceilings_add_up),
		cmocka_unit_test(inline_tests_tell_what_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
