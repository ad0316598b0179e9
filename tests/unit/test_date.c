/* test_date.c - the dates that feeds contain become seconds, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/macros.h"
#include "feed/date.h"
#include "item/item.h"

/* Each row is one way to write an instant. */
static const struct {
	const char *text, *iso;
} rows[] = {
	{ "Sat, 27 Jan 2024 10:00:00 +0000", "2024-01-27T10:00:00Z" },
	{ "Sat, 27 Jan 2024 10:00:00 GMT", "2024-01-27T10:00:00Z" },
	{ "Sat, 27 Jan 2024 10:00:00 EST", "2024-01-27T15:00:00Z" },
	{ "27 Jan 24 10:00 PDT", "2024-01-27T17:00:00Z" },
	{ "Sat,27 January 2024 1:02:03 -0130", "2024-01-27T02:32:03Z" },
	{ "Sat, 27 Jan 2024", "2024-01-27T00:00:00Z" },
	{ "Saturday, January 27, 2024 at 3:30 pm", "2024-01-27T15:30:00Z" },
	{ "Jan 27, 2024 12:05 a.m.", "2024-01-27T00:05:00Z" },
	{ "Sat, 27 Jan 2024 10:00:00 GMT+02:00", "2024-01-27T08:00:00Z" },
	{ "Sat, 27 Jan 2024 10:00:00 Etc/GMT", "2024-01-27T10:00:00Z" },
	{ "Sat, 27 Jan 2024 10:00:00 XYZ", "2024-01-27T10:00:00Z" },
	{ "Sat, 27 Jan 99 10:00:00 GMT", "1999-01-27T10:00:00Z" },
	{ "Sat, 27 Jan 104 10:00:00 GMT", "2004-01-27T10:00:00Z" },
	{ "Sat, 27 Jan 2024 24:00:00 GMT", "2024-01-28T00:00:00Z" },
	{ "Sat Jan  7 10:00:00 2024", "2024-01-07T10:00:00Z" },
	{ "Sat Jan 27 10:00:00 PST 2024", "2024-01-27T18:00:00Z" },
	{ "Sat Jan 27 2024 10:00:00 GMT+0100 (CET)", "2024-01-27T09:00:00Z" },
	{ "2024-01-27T10:00:00Z", "2024-01-27T10:00:00Z" },
	{ "2024-01-27T10:00:00.123456+05:30", "2024-01-27T04:30:00Z" },
	{ "2024-01-27 10:00:00", "2024-01-27T10:00:00Z" },
	{ "2024-01-27 10:00:00 +0200", "2024-01-27T08:00:00Z" },
	{ "2024-01-27T10:00Z", "2024-01-27T10:00:00Z" },
	{ "20240127T100000Z", "2024-01-27T10:00:00Z" },
	{ "20240127", "2024-01-27T00:00:00Z" },
	{ "2024-1-7", "2024-01-07T00:00:00Z" },
	{ "2024-01", "2024-01-01T00:00:00Z" },
	{ "2024", "2024-01-01T00:00:00Z" },
	{ "2024-027", "2024-01-27T00:00:00Z" },
	{ "24027", "2024-01-27T00:00:00Z" },
	{ "24-01-27", "2024-01-27T00:00:00Z" },
	{ "-2401", "2024-01-01T00:00:00Z" },
	{ "Sat, 2024/01/27 10:00:00 EST", "2024-01-27T15:00:00Z" },
	{ "27.01.2024 10:00", "2024-01-27T10:00:00Z" },
	{ "1/27/2024 10:00", "2024-01-27T10:00:00Z" },
	{ "27/1/2024", "2024-01-27T00:00:00Z" },
	{ "1706349600", "2024-01-27T10:00:00Z" },
	{ "1706349600000", "2024-01-27T10:00:00Z" },
	{ "  2024-01-27T10:00:00Z\n", "2024-01-27T10:00:00Z" },
	{ "Sa., 27 Januar 2024 10:00:00 MEZ", "2024-01-27T09:00:00Z" },
	{ "mar. 5 mars 2024 10:00 CET", "2024-03-05T09:00:00Z" },
	{ "Mar, 7 mai 2024 10:00:00 +0000", "2024-05-07T10:00:00Z" },
	{ "sáb, 27 ene 2024 10:00:00 -0300", "2024-01-27T13:00:00Z" },
	{ "Сб, 27 Янв 2024 10:00:00 +0300", "2024-01-27T07:00:00Z" },
	{ "Σαβ, 27 Ιαν 2024 10:00:00 EET", "2024-01-27T08:00:00Z" },
	{ "2024-január-27T9:15+01:00", "2024-01-27T08:15:00Z" },
	{ "sob, 27 sty 2024 10:00:00 +0100", "2024-01-27T09:00:00Z" },
	{ "Paz, 27 Oca 2024 10:00:00 +0300", "2024-01-27T07:00:00Z" },
	{ "27 يناير 2024 10:00", "2024-01-27T10:00:00Z" },
	{ "2024년 01월 27일 19:00:00", "2024-01-27T10:00:00Z" },
	{ "2024-01-27 오후 07:00:00", "2024-01-27T10:00:00Z" },
	{ "2024年01月27日 10:00:00", "2024-01-27T10:00:00Z" },
	{ "Mon, 01 Jan 1 00:00:00 GMT", "2001-01-01T00:00:00Z" },
};

static void
every_form_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char iso[CLOCK_ISO_LEN] = "none";
		int64_t t = date_parse(rows[i].text);

		if (t != ITEM_NO_TIME)
			clock_iso(t, iso);
		print_message("%s\n", rows[i].text);
		assert_string_equal(iso, rows[i].iso);
	}
}

static void
what_is_no_date_gives_no_time(void **state)
{
	static const char *const bad[] = { "", "   ", "yesterday", "12", "Jan",
		"2024-13-40T99:99:99Z", "0000-00-00", "99999999999999999999",
		"27 Jan", "10:00", "1.2.3.4.5.6",
		"Sat, 27 Jan 2024 61:61:61 GMT" };

	(void)state;
	assert_true(date_parse(NULL) == ITEM_NO_TIME);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		print_message("%s\n", bad[i]);
		assert_true(date_parse(bad[i]) == ITEM_NO_TIME);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(what_is_no_date_gives_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
