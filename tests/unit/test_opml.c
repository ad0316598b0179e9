/* test_opml.c - subscription lists come in as they are and go out whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "feed/opml.h"

static struct opml *
parse(struct arena *a, const char *s, struct diag *d)
{
	return opml_parse(a, "t.opml", s, strlen(s), d);
}

#define LIST                                                                   \
	"<?xml version=\"1.0\"?>\n<opml version=\"1.0\" xmlns:w=\"" OPML_NS    \
	"\"><head><title>Desk &amp; night</title></head>\n<body>"              \
	"<outline text=\"World\"><outline text=\"Gulf\">"                      \
	"<outline type=\"rss\" text=\"Harbour &quot;Times&quot;\" "            \
	"xmlUrl=\"http://harbour.example/rss?a=1&amp;b=2\" "                   \
	"w:every=\"600\" w:first_fetch=\"all\" w:max_age=\"2d\" "              \
	"w:topics=\"us-* iraq\" w:private=\"yes\"/>\n"                         \
	"</outline></outline>"                                                 \
	"<outline title=\"Plain\" xmlurl=\"https://plain.example/f\"/>"        \
	"<outline text=\"again\" xmlUrl=\"https://plain.example/f\"/>"         \
	"<outline text=\"script\" xmlUrl=\"javascript:alert(1)\"/>"            \
	"</body></opml>"

static void
check_list(const struct opml *o)
{
	const struct opml_feed *f = o->feeds;

	assert_string_equal(o->title, "Desk & night");
	assert_int_equal(o->nfeeds, 2);
	assert_string_equal(f[0].url, "http://harbour.example/rss?a=1&b=2");
	assert_string_equal(f[0].name, "Harbour \"Times\"");
	assert_string_equal(f[0].folder, "World/Gulf");
	assert_string_equal(f[0].topics, "us-* iraq");
	assert_int_equal(f[0].every_s, 600);
	assert_string_equal(f[0].first_fetch, "all");
	assert_string_equal(f[0].max_age, "2d");
	assert_null(f[1].max_age);
	assert_true(f[0].allow_private);
	assert_string_equal(f[1].url, "https://plain.example/f");
	assert_string_equal(f[1].name, "Plain");
	assert_null(f[1].folder);
	assert_int_equal(f[1].every_s, 0);
}

static void
a_list_goes_out_and_comes_back_with_all_settings(void **state)
{
	struct arena *a = arena_new(0);
	struct strbuf out;
	struct diag d;
	struct opml *o = parse(a, LIST, &d);

	(void)state;
	assert_non_null(o);
	check_list(o);
	assert_int_equal(o->repeated, 1);
	strbuf_init(&out, OPML_MAX_BYTES);
	assert_int_equal(opml_write(&out, o), 0);
	o = parse(a, out.data, &d);
	assert_non_null(o);
	check_list(o);
	strbuf_fini(&out);
	arena_free(a);
}

/* Each row is a file that is no list we take, and the words of its fault. */
static const struct {
	const char *name, *text, *says;
} faults[] = {
	{ "not XML", "hello", "well-formed XML was expected" },
	{ "another document", "<rss/>", "no OPML" },
	{ "cut short", "<opml><body>", "well-formed XML was expected" },
	{ "an entity of its own", "<!DOCTYPE opml [<!ENTITY a \"b\">]><opml/>",
	    "declares an entity" },
};

static void
a_bad_list_is_refused_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct arena *a = arena_new(0);
		struct diag d = { 0 };

		print_message("%s\n", faults[i].name);
		assert_null(parse(a, faults[i].text, &d));
		assert_string_equal(d.file, "t.opml");
		assert_true(d.line > 0);
		assert_non_null(strstr(d.msg, faults[i].says));
		arena_free(a);
	}
}

static void
a_list_without_end_is_refused(void **state)
{
	struct arena *a = arena_new(0);
	struct strbuf sb;
	struct diag d;

	(void)state;
	strbuf_init(&sb, OPML_MAX_BYTES + 64);
	strbuf_puts(&sb, "<opml><body>");
	for (int i = 0; i < 100; i++)
		strbuf_puts(&sb, "<outline text='x'>");
	assert_null(opml_parse(a, "t", sb.data, sb.len, &d));
	assert_non_null(strstr(d.msg, "nested too deep"));

	strbuf_reset(&sb);
	strbuf_puts(&sb, "<opml><body>");
	for (int i = 0; i <= OPML_MAX_FEEDS; i++)
		strbuf_printf(
		    &sb, "<outline xmlUrl='http://a.example/%d'/>", i);
	strbuf_puts(&sb, "</body></opml>");
	assert_null(opml_parse(a, "t", sb.data, sb.len, &d));
	assert_non_null(strstr(d.msg, "too many feeds"));
	strbuf_fini(&sb);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_list_goes_out_and_comes_back_with_all_settings),
		cmocka_unit_test(a_bad_list_is_refused_with_its_place),
		cmocka_unit_test(a_list_without_end_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
