/* test_strings.c - strbuf, utf8 and clock. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/utf8.h"

static void
strbuf_refuses_what_would_pass_its_limit(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 8);
	assert_string_equal(sb.data, "");
	assert_int_equal(strbuf_puts(&sb, "12345"), 0);
	assert_int_equal(strbuf_printf(&sb, "%d", 6789), -1);
	assert_true(strbuf_over(&sb));
	assert_string_equal(sb.data, "12345");
	assert_int_equal(strbuf_printf(&sb, "%s", "678"), 0);
	assert_int_equal(strbuf_putc(&sb, '9'), -1);
	assert_int_equal(strbuf_append(&sb, "", 0), 0);
	assert_int_equal(sb.len, 8);
	strbuf_reset(&sb);
	assert_false(strbuf_over(&sb));
	strbuf_fini(&sb);
}

static void
strbuf_cuts_drops_and_hands_over(void **state)
{
	struct strbuf sb;
	char *s;

	(void)state;
	strbuf_init(&sb, SIZE_MAX);
	free(strbuf_take(&sb));
	for (int i = 0; i < 1000; i++)
		strbuf_puts(&sb, "abcdefgh");
	strbuf_drop(&sb, 7994);
	assert_string_equal(sb.data, "cdefgh");
	strbuf_trunc(&sb, 99);
	strbuf_trunc(&sb, 3);
	strbuf_put_utf8(&sb, 0x20ac);
	s = strbuf_take(&sb);
	assert_string_equal(s, "cde\xe2\x82\xac");
	free(s);
	assert_int_equal(sb.len, 0);
	strbuf_drop(&sb, 5);
	strbuf_fini(&sb);
}

#define R "\xef\xbf\xbd"

/* Each row is a sequence, whether it is valid, and its repaired form. */
static const struct {
	const char *name, *in, *repaired;
	bool valid;
} utf8_rows[] = {
	{ "empty", "", "", true },
	{ "ascii, long", "plain old words, more of them", NULL, true },
	{ "two, three, four bytes", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
	    NULL, true },
	{ "last code point", "\xf4\x8f\xbf\xbf", NULL, true },
	{ "lone continuation", "a\x80z", "a" R "z", false },
	{ "overlong slash", "\xc0\xaf", R R, false },
	{ "overlong of three", "\xe0\x80\xaf", R R R, false },
	{ "surrogate", "\xed\xa0\x80", R R R, false },
	{ "past 10FFFF", "\xf4\x90\x80\x80", R R R R, false },
	{ "cut short at the end", "x\xe2\x82", "x" R, false },
	{ "cut short of four", "\xf0\x9f\x98 y", R " y", false },
	{ "Latin-1", "caf\xe9 au lait, please", "caf" R " au lait, please",
	    false },
};

static void
utf8_repair_replaces_each_maximal_subpart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(utf8_rows); i++) {
		const char *in = utf8_rows[i].in, *want = utf8_rows[i].repaired;
		struct strbuf sb;

		strbuf_init(&sb, 1000);
		print_message("%s\n", utf8_rows[i].name);
		assert_int_equal(
		    utf8_valid(in, strlen(in)), utf8_rows[i].valid);
		assert_int_equal(utf8_repair(&sb, in, strlen(in)), 0);
		assert_string_equal(sb.data, want != NULL ? want : in);
		strbuf_fini(&sb);
	}
}

static void
utf8_encode_and_decode_agree_on_every_scalar(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x110000; cp++) {
		bool scalar = cp < 0xd800 || (cp > 0xdfff && cp <= 0x10ffff);
		uint32_t back;
		char b[4];
		size_t n = utf8_encode(cp, b);

		assert_int_equal(utf8_decode(b, b + n, &back), n);
		assert_int_equal(back, scalar ? cp : UTF8_REPLACEMENT);
	}
}

static void
utf8_cut_never_halves_a_code_point(void **state)
{
	static const char s[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z";
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		assert_int_equal(utf8_cut(s, i), want[i]);
}

static void
utf8_for_terminal_lets_nothing_move_the_cursor(void **state)
{
	static const struct {
		const char *in, *out;
		bool keep_nl;
	} rows[] = {
		{ "a\nb\tc", "a\nb\tc", true },
		{ "a\nb", "a" R "b", false },
		{ "\x1b[2J\x07\r", R "[2J" R R, true },
		{ "\xc2\x9b"
		  "31m\x7f",
		    R "31m" R, true },
		{ "\xe2\x80\xae"
		  "evil\xe2\x81\xa6",
		    R "evil" R, true },
		{ "\xe2\x80\xa8", R, true },
		{ "bad \xff", "bad " R, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf sb;

		strbuf_init(&sb, 100);
		assert_int_equal(utf8_for_terminal(&sb, rows[i].in,
				     strlen(rows[i].in), rows[i].keep_nl),
		    0);
		assert_string_equal(sb.data, rows[i].out);
		strbuf_fini(&sb);
	}
}

static void
clock_iso_writes_rfc3339(void **state)
{
	static const struct {
		int64_t t;
		const char *iso;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 1706349600, "2024-01-27T10:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ INT64_MAX, "9999-12-31T23:59:59Z" },
		{ INT64_MIN, "0001-01-01T00:00:00Z" },
	};
	char s[CLOCK_ISO_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		clock_iso(rows[i].t, s);
		assert_string_equal(s, rows[i].iso);
	}
	assert_true(clock_wall() > 1700000000);
	assert_true(clock_mono_ms() <= clock_mono_ms());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strbuf_refuses_what_would_pass_its_limit),
		cmocka_unit_test(strbuf_cuts_drops_and_hands_over),
		cmocka_unit_test(utf8_repair_replaces_each_maximal_subpart),
		cmocka_unit_test(utf8_encode_and_decode_agree_on_every_scalar),
		cmocka_unit_test(utf8_cut_never_halves_a_code_point),
		cmocka_unit_test(
		    utf8_for_terminal_lets_nothing_move_the_cursor),
		cmocka_unit_test(clock_iso_writes_rfc3339),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
