/* test_report.c - diag and log. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/diag.h"
#include "base/log.h"

static void
diag_prints_the_parts_that_are_known(void **state)
{
	static const struct {
		const char *file;
		unsigned int line, col;
		const char *want;
	} rows[] = {
		{ "a.yaml", 3, 9, "a.yaml:3:9: no such key" },
		{ "a.yaml", 3, 0, "a.yaml:3: no such key" },
		{ "a.yaml", 0, 9, "a.yaml: no such key" },
		{ NULL, 3, 9, "3:9: no such key" },
		{ NULL, 0, 0, "no such key" },
	};
	char out[64];
	struct diag d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		diag_set(&d, rows[i].file, rows[i].line, rows[i].col,
		    "no such %s", "key");
		assert_string_equal(
		    diag_str(&d, out, sizeof(out)), rows[i].want);
	}
	assert_string_equal(diag_str(&d, out, 5), "no s");
	diag_set(NULL, NULL, 0, 0, "nobody listens");
}

static void
diag_cuts_long_text_between_code_points(void **state)
{
	char text[1001];
	struct diag d;

	(void)state;
	for (size_t i = 0; i < 500; i++)
		memcpy(text + 2 * i, "\xc3\xa9", 3);
	diag_set(&d, text, 0, 0, "%s", text);
	assert_int_equal(strlen(d.msg), 510);
}

static void
diags_keep_some_and_count_all(void **state)
{
	struct diags ds;

	(void)state;
	diags_init(&ds, 5);
	for (unsigned int i = 1; i <= 20; i++)
		diags_add(&ds, i % 2 ? DIAG_ERROR : DIAG_WARNING, "f", i, 1,
		    "fault %u", i);
	assert_int_equal(ds.n, 5);
	assert_int_equal(ds.errors, 10);
	assert_int_equal(ds.warnings, 10);
	assert_string_equal(ds.v[0].msg, "fault 1");
	assert_string_equal(ds.v[4].msg, "fault 9"); /* errors first */
	diags_fini(&ds);
}

static void
diag_suggests_the_nearest_word_only(void **state)
{
	static const char *const words[] = { "every", "name", "url", "topics",
		"min_interval", NULL };
	static const struct {
		const char *got, *want;
	} rows[] = {
		{ "evry", "every" },
		{ "eveyr", "every" },
		{ "topic", "topics" },
		{ "mininterval", "min_interval" },
		{ "zzz", NULL },
		{ "ur", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *s = diag_suggest(rows[i].got, words);

		if (rows[i].want == NULL)
			assert_null(s);
		else
			assert_string_equal(s, rows[i].want);
	}
}

static char hooked[4096];
static enum log_level hooked_level;

static void
hook_cb(void *cookie, enum log_level level, const char *line)
{
	assert_ptr_equal(cookie, hooked);
	snprintf(hooked, sizeof(hooked), "%s", line);
	hooked_level = level;
}

static void
log_escapes_what_could_forge_a_line(void **state)
{
	char big[5000];

	(void)state;
	log_set_hook(hook_cb, hooked);
	log_info("feed=%s ok", "a\nb\x1b[1m\xff\xe2\x80\xae\xc3\xa9");
	assert_string_equal(
	    hooked, "feed=a\\x0ab\\x1b[1m\\xff\\xe2\\x80\\xae\xc3\xa9 ok");
	errno = ENOENT;
	log_warn("file=%s", "x");
	assert_string_equal(hooked, "file=x: No such file or directory");
	assert_int_equal(errno, ENOENT);
	assert_int_equal(hooked_level, LOG_LEVEL_WARN);
	log_debug("not at this level");
	assert_int_equal(hooked_level, LOG_LEVEL_WARN);
	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_at(LOG_LEVEL_ERROR, "%s", big);
	assert_int_equal(strlen(hooked), 2048);
	log_set_hook(NULL, NULL);
}

static void
log_goes_to_stderr_in_one_line(void **state)
{
	int p[2], saved = dup(STDERR_FILENO);
	char got[200];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(p), 0);
	dup2(p[1], STDERR_FILENO);
	log_init("desk", LOG_LEVEL_DEBUG);
	log_warnx("feed=a status=503 backing off");
	log_debug("seen");
	dup2(saved, STDERR_FILENO);
	n = read(p[0], got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got, "warn desk: feed=a status=503 backing off\n"
				 "debug desk: seen\n");
	close(p[0]);
	close(p[1]);
	close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diag_prints_the_parts_that_are_known),
		cmocka_unit_test(diag_cuts_long_text_between_code_points),
		cmocka_unit_test(diags_keep_some_and_count_all),
		cmocka_unit_test(diag_suggests_the_nearest_word_only),
		cmocka_unit_test(log_escapes_what_could_forge_a_line),
		cmocka_unit_test(log_goes_to_stderr_in_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
