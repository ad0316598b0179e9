/* test_feed_damage.c - damaged, mislabelled and hostile feeds still speak. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "feed/charset.h"
#include "feed/feed.h"
#include "feedfact.h"

#define RSS(x) "<rss version=\"2.0\"><channel>" x "</channel></rss>"
#define TWO(x)                                                                 \
	RSS("<item><title>" x "</title><guid>1</guid></item>"                  \
	    "<item><title>two</title><guid>2</guid></item>")
#define BODY(x)                                                                \
	RSS("<item><description>" x "</description><guid>1</guid></item>"      \
	    "<item><title>two</title><guid>2</guid></item>")
#define T0 "entries.0.title"
#define T1 "entries.1.title"
#define S0 "entries.0.summary"

static const struct feedfact damaged[] = {
	{ "a bare ampersand", TWO("AT&T & Co"), T0, "AT&T & Co" },
	{ "is told with its line", "\n\n<rss><channel><title>a & b</title>",
	    "why", "not well-formed (invalid token) at line 3" },
	{ "is told", TWO("a & b"), "status", "damaged" },
	{ "nothing wrong is not told", TWO("a"), "status", "ok" },
	{ "a name of HTML", TWO("a&nbsp;b&mdash;c"), T0, "a\u00a0b\u2014c" },
	{ "in an attribute",
	    RSS("<item><category domain='a&eacute;b'>x</category></item>"),
	    "entries.0.tags.0.scheme", "a\u00e9b" },
	{ "an unknown name", TWO("a &foo; b"), T0, "a &foo; b" },
	{ "a name without its semicolon", TWO("?a=1&copy=2"), T0,
	    "?a=1&copy=2" },
	{ "a reference to a control character", TWO("a&#11;b&#x1F;c"), T0,
	    "abc" },
	{ "a control character", TWO("a\x0b\x08z"), T0, "az" },
	{ "a bare less-than", TWO("Oil < $70 and x<y"), T0,
	    "Oil < $70 and x<y" },
	{ "unclosed HTML", BODY("a <b>b<br> c"), T1, "two" },
	{ "crossed HTML", BODY("<b><i>a</b></i>"), S0, "<b><i>a</i></b>" },
	{ "a stray end tag", BODY("a</p> b"), S0, "a b" },
	{ "]]> in text", BODY("a ]]> b"), S0, "a ]]> b" },
	{ "a control character that parts ]] and >",
	    "<rss><item><guid>1</guid>"
	    "<title>x & <![CDATA[a ]]\x01> b]]></title>",
	    "entries.0.title", "x & a ]] > b" },
	{ "CDATA in CDATA", BODY("<![CDATA[a <![CDATA[b]]> c]]>"), T1, "two" },
	{ "CDATA that never ends", BODY("<![CDATA[a"), T1, "two" },
	{ "text around CDATA", BODY("a <![CDATA[<i>]]>b<![CDATA[&]]> c"), S0,
	    "a <i>b& c" },
	{ "CDATA with carriage returns", BODY("<![CDATA[a\r\nb]]>"), S0,
	    "a\nb" },
	{ "a comment's CDATA is none",
	    "<rss><channel><!-- <![CDATA[ --><title><![CDATA[a]]></title>"
	    "<!-- ]]> --></channel></rss>",
	    "feed.title", "a" },
	{ "lines are counted over CDATA",
	    "<rss><channel><title><![CDATA[a\n\nb]]></title>\n&x;</channel>"
	    "</rss>",
	    "why", "undefined entity at line 4" },
	{ "a byte in CDATA that is no UTF-8", BODY("<![CDATA[a\xff z]]>"), S0,
	    "a\u00ff z" },
	{ "an unquoted attribute",
	    RSS("<item><guid isPermaLink=false>http://e/</guid></item>"),
	    "entries.0.link", NULL },
	{ "an attribute twice",
	    RSS("<item><guid isPermaLink='false' isPermaLink='true'>http://e/"
		"</guid></item>"),
	    "entries.0.link", NULL },
	{ "a quote that is missing",
	    RSS("<item><enclosure url=\"u type='t'/></item><item><title>two"
		"</title></item>"),
	    T1, "two" },
	{ "an item that is not closed",
	    RSS("<item><title>one</title><item><title>two</title></item>"), T1,
	    "two" },
	{ "a title that is not closed",
	    RSS("<item><title>one<link>http://e/1</link></item>"),
	    "entries.0.link", "http://e/1" },
	{ "nothing is closed",
	    "<rss><channel><item><title>one</title><link>u"
	    "</link>",
	    T0, "one" },
	{ "cut off in an end tag", "<rss><channel><title>t</title></channe",
	    "feed.title", "t" },
	{ "cut off in a title: without identity it is no item",
	    "<rss><channel><item><title>one", "entries", "[]" },
	{ "junk in front",
	    "<br />\n<b>Warning</b>: x in <b>f.php</b>\n" RSS(
		"<title>t</title>"),
	    "feed.title", "t" },
	{ "junk behind", RSS("<title>t</title>") "<script>x", "why",
	    "junk after document element at line 1" },
	{ "two declarations",
	    "<?xml version='1.0'?>\n<?xml version='1.0'?>" RSS(
		"<title>t</title>"),
	    "feed.title", "t" },
	{ "a prefix that is not declared",
	    RSS("<item><dc:creator>A</dc:creator></item>"), "entries.0.author",
	    "A" },
	{ "a flat entity of its own",
	    "<!DOCTYPE rss [<!ENTITY a 'x<y'><!ENTITY b 'b'>]>" TWO("&b;&a;"),
	    T0, "b&a;" },
	{ "an entity that refers to another is not expanded",
	    "<!DOCTYPE rss [<!ENTITY a 'lol'><!ENTITY b '&a;&a;'>]>" TWO("&b;"),
	    T0, "&b;" },
	{ "no file is read",
	    "<!DOCTYPE rss [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>" TWO(
		"x&a;y"),
	    T0, "x&a;y" },
};

static void
damaged_feeds_say_what_they_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damaged); i++)
		feedfact_check(&damaged[i], NULL);
}

/* Bytes, what came with them, and what they are. */
static const struct {
	const char *name, *content_type, *bytes;
	size_t len; /* 0: to the NUL */
	const char *text, *charset;
} charsets[] = {
	{ "UTF-8", NULL, "\xc3\xa9", 0, "\u00e9", "utf-8" },
	{ "a mark goes", NULL, "\xef\xbb\xbf\xc3\xa9", 0, "\u00e9", "utf-8" },
	{ "valid UTF-8 is UTF-8, whatever is said",
	    "text/xml; charset=iso-8859-1", "\xc3\xa9", 0, "\u00e9", "utf-8" },
	{ "the header", "text/xml; charset=\"windows-1251\"", "\xc8\xf0", 0,
	    "\u0418\u0440", "windows-1251" },
	{ "the declaration", NULL, "<?xml encoding='koi8-r'?>\xe9", 0,
	    "<?xml encoding='koi8-r'?>\u0418", "koi8-r" },
	{ "the header before the declaration", "a/b;charset=koi8-r",
	    "<?xml encoding='windows-1251'?>\xe9", 0,
	    "<?xml encoding='windows-1251'?>\u0418", "koi8-r" },
	{ "ISO-8859-1 means windows-1252", "a/b; charset=ISO-8859-1",
	    "\x93x\x94", 0, "\u201cx\u201d", "iso-8859-1" },
	{ "gb2312 means GB18030", "a/b; charset=gb2312", "\x95\x32\x82\x36", 0,
	    "\U00020000", "gb2312" },
	{ "ISO-2022-JP", "a/b; charset=iso-2022-jp", "\x1b$B%$\x1b(B", 0,
	    "\u30a4", "iso-2022-jp" },
	{ "UTF-16 with a mark", NULL, "\xff\xfe<\0\x3c\xd8\x01\xdc", 8,
	    "<\U0001f001", "utf-16le" },
	{ "UTF-16 without", NULL, "\0<\0a", 4, "<a", "utf-16be" },
	{ "UTF-32", NULL, "<\0\0\0a\0\0\0", 8, "<a", "utf-32le" },
	{ "one bad byte among good ones", "a/b; charset=utf-8",
	    "\xc3\xa9\xff\xc3\xa9", 0, "\u00e9\ufffd\u00e9", "utf-8" },
	{ "windows-1252 that says UTF-8", "a/b; charset=utf-8",
	    "L\x92Irak \x97 \xe9t\xe9", 0, "L\u2019Irak \u2014 \u00e9t\u00e9",
	    "windows-1252" },
	{ "UTF-16 that is none", "a/b; charset=utf-16", "abc", 0, "abc",
	    "utf-16" },
	{ "an unknown name", "a/b; charset=x-none", "\xe9", 0, "\u00e9",
	    "windows-1252" },
	{ "half a pair", NULL, "\xff\xfe\x3c\xd8", 4, "\ufffd", "utf-16le" },
};

static void
charsets_are_found_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(charsets); i++) {
		struct charset_text t;
		size_t len = charsets[i].len;

		if (len == 0)
			len = strlen(charsets[i].bytes);
		charset_read(&t, charsets[i].bytes, len,
		    charsets[i].content_type, 1000, false);
		print_message("%s\n", charsets[i].name);
		assert_int_equal(t.len, strlen(charsets[i].text));
		assert_memory_equal(t.p, charsets[i].text, t.len);
		assert_string_equal(t.name, charsets[i].charset);
		charset_fini(&t);
	}
}

static void
charsets_are_guessed(void **state)
{
	/* The same few words in the charset of the row. */
	static const struct {
		const char *charset, *text;
	} rows[] = {
		{ "windows-1251",
		    "Переговоры о границе продолжатся во вторник" },
		{ "koi8-r", "Переговоры о границе продолжатся во вторник" },
		{ "windows-1253", "Οι συνομιλίες συνεχίζονται την Τρίτη" },
		{ "windows-1255", "השיחות על הגבול יימשכו ביום שלישי" },
		{ "euc-jp", "国境についての協議は火曜日も続けられます" },
		{ "shift_jis", "国境についての協議は火曜日も続けられます" },
		{ "big5", "關於邊界的會談將在星期二繼續進行的消息" },
		{ "windows-1252",
		    "Les négociations reprendront mardi à l'été" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf sb;

		strbuf_init(&sb, 4096);
		assert_int_equal(
		    feedfact_encode(&sb, rows[i].charset, rows[i].text), 0);
		print_message("%s\n", rows[i].charset);
		assert_string_equal(
		    charset_guess(sb.data, sb.len), rows[i].charset);
		strbuf_fini(&sb);
	}
}

static struct feed_doc *
parse(const struct strbuf *sb, const struct feed_limits *limits)
{
	struct feed_input in = { .body = sb->data, .len = sb->len };

	return feed_parse(&in, limits);
}

static void
limits_hold_and_what_came_before_stays(void **state)
{
	struct feed_limits limits = feed_limits_default;
	struct feed_doc *doc;
	struct strbuf sb;

	(void)state;
	limits.max_items = 3;
	limits.max_depth = 20;
	limits.item.max_title_bytes = 10;
	strbuf_init(&sb, 100000);
	(void)strbuf_puts(&sb, "<rss><channel>");
	for (int i = 0; i < 5; i++)
		(void)strbuf_printf(&sb,
		    "<item><title>%s</title><guid>%d</guid></item>",
		    "caf\u00e9caf\u00e9caf\u00e9", i);
	(void)strbuf_puts(&sb, "</channel></rss>");
	doc = parse(&sb, &limits);
	assert_int_equal(doc->nitems, 3);
	assert_int_equal(doc->dropped, 2);
	assert_string_equal(doc->items[0]->title, "caf\u00e9caf\u00e9");
	assert_true(doc->items[0]->truncated);
	feed_doc_free(doc);

	strbuf_reset(&sb);
	(void)strbuf_puts(&sb,
	    "<rss><channel><item><guid>1</guid></item><item><guid>2</guid>"
	    "<description>");
	for (int i = 0; i < 100; i++)
		(void)strbuf_puts(&sb, "<b>");
	doc = parse(&sb, &limits);
	assert_int_equal(doc->status, FEED_TOO_LARGE);
	assert_string_equal(doc->why, "elements nested too deep at line 1");
	assert_int_equal(doc->nitems, 2);
	assert_false(doc->items[0]->truncated);
	assert_true(doc->items[1]->truncated);
	feed_doc_free(doc);

	limits.max_body_bytes = 10;
	doc = parse(&sb, &limits);
	assert_int_equal(doc->status, FEED_TOO_LARGE);
	feed_doc_free(doc);
	strbuf_fini(&sb);
}

/*
 * Documents with more items than are kept: letters with the day they are
 * dated, "-" = undated; `kept` of four, in document order.
 */
static const struct {
	const char *name, *doc, *kept;
} crowds[] = {
	{ "newest first", "a9 b8 c7 d6 e5 f4", "abcd" },
	{ "oldest first", "a1 b2 c3 d4 e5 f6", "cdef" },
	{ "in no order", "a1 b9 c5 d7 e3 f8", "bcdf" },
	{ "without dates the top", "a- b- c- d- e- f-", "abcd" },
	{ "undated ones share the date before", "a1 b- c2 d- e3 f-", "cdef" },
	{ "undated at the top of newest first", "a- b9 c8 d7 e6 f5", "abcd" },
	{ "undated at the top of oldest first", "a- b1 c2 d3 e4 f5", "cdef" },
	{ "one day, newest first", "a9 b5 c5 d5 e5 f5", "abcd" },
	{ "one day, oldest first", "a4 b5 c5 d5 e5 f5", "cdef" },
	{ "not more than are kept", "a1 b2 c3 d4", "abcd" },
};

static void
crowd(struct strbuf *sb, const char *doc, bool json)
{
	static const char json_date[] =
	    ",\"date_published\":\"2024-01-0%cT00:00:00Z\"";
	static const char rss_date[] =
	    "<pubDate>0%c Jan 2024 00:00:00 GMT</pubDate>";

	strbuf_reset(sb);
	(void)strbuf_puts(sb, json ? "{\"items\":[0" : "<rss><channel>");
	for (const char *p = doc; *p != '\0'; p += p[2] == ' ' ? 3 : 2) {
		(void)strbuf_printf(sb,
		    json ? ",{\"id\":\"%c\"" : "<item><guid>%c</guid>", p[0]);
		if (p[1] != '-')
			(void)strbuf_printf(
			    sb, json ? json_date : rss_date, p[1]);
		(void)strbuf_puts(sb, json ? "}" : "</item>");
	}
	(void)strbuf_puts(sb, json ? "]}" : "</channel></rss>");
}

static void
of_too_many_items_the_newest_are_kept(void **state)
{
	struct feed_limits limits = feed_limits_default;
	struct strbuf sb;

	(void)state;
	limits.max_items = 4;
	strbuf_init(&sb, 100000);
	for (size_t i = 0; i < 2 * ARRAY_LEN(crowds); i++) {
		const char *doc = crowds[i / 2].doc;
		struct feed_doc *fd;
		char kept[8] = "";

		crowd(&sb, doc, i % 2 == 1);
		fd = parse(&sb, &limits);
		for (size_t k = 0; k < fd->nitems; k++)
			kept[k] = fd->items[k]->guid[0];
		if (strcmp(kept, crowds[i / 2].kept) != 0)
			fail_msg("%s: %s", crowds[i / 2].name, kept);
		assert_int_equal(fd->dropped, (strlen(doc) + 1) / 3 - 4);
		feed_doc_free(fd);
	}
	strbuf_fini(&sb);
}

/* Feeds list the newest first, and one without dates can say it no other way:
 * more items than are kept lose their end. */
static void
of_too_many_undated_items_the_first_are_kept(void **state)
{
	const size_t max = feed_limits_default.max_items;
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 1 << 20);
	for (int json = 0; json < 2; json++) {
		struct feed_doc *fd;
		char last[16];

		strbuf_reset(&sb);
		(void)strbuf_puts(
		    &sb, json ? "{\"items\":[0" : "<rss><channel>");
		for (size_t i = 1; i <= max + 100; i++)
			(void)strbuf_printf(&sb,
			    json ? ",{\"id\":\"%zu\"}"
				 : "<item><guid>%zu</guid></item>",
			    i);
		(void)strbuf_puts(&sb, json ? "]}" : "</channel></rss>");
		fd = parse(&sb, &feed_limits_default);
		assert_int_equal(fd->nitems, max);
		assert_int_equal(fd->dropped, 100);
		assert_string_equal(fd->items[0]->guid, "1");
		snprintf(last, sizeof(last), "%zu", max);
		assert_string_equal(fd->items[max - 1]->guid, last);
		feed_doc_free(fd);
	}
	strbuf_fini(&sb);
}

static void
an_item_can_be_taken(void **state)
{
	struct feed_input in = { .body = "<rss><item><guid>1</guid></item>" };
	struct feed_doc *doc;
	struct item *it;

	(void)state;
	in.len = strlen(in.body);
	doc = feed_parse(&in, &feed_limits_default);
	assert_int_equal(doc->nitems, 1);
	it = feed_doc_take(doc, 0);
	assert_null(doc->items[0]);
	feed_doc_free(doc);
	assert_string_equal(it->guid, "1");
	item_free(it);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_feeds_say_what_they_meant),
		cmocka_unit_test(charsets_are_found_out),
		cmocka_unit_test(charsets_are_guessed),
		cmocka_unit_test(limits_hold_and_what_came_before_stays),
		cmocka_unit_test(of_too_many_items_the_newest_are_kept),
		cmocka_unit_test(of_too_many_undated_items_the_first_are_kept),
		cmocka_unit_test(an_item_can_be_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
