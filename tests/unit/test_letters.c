/* test_letters.c - signatures, mails and gists of what sinks send out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/hmac.h"
#include "base/strbuf.h"
#include "sink/feedfile.h"
#include "sink/gist.h"
#include "sink/mime.h"
#include "store/journal.h"

/* RFC 4231, test cases 2 and 6 (a key longer than a block). */
static void
hmac_is_the_standards(void **state)
{
	static const char long_text[] =
	    "Test Using Larger Than Block-Size Key - Hash Key First";
	char key[131], hex[SHA256_HEX];

	(void)state;
	hmac_sha256_hex("Jefe", 4, "what do ya want for nothing?", 28, hex);
	assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c7"
				 "5a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	hmac_sha256_hex(
	    key, sizeof(key), long_text, sizeof(long_text) - 1, hex);
	assert_string_equal(hex, "60e431591ee0b67f0d8a26aacbf5b77f"
				 "8e0bc6213728c5140546040f0ee37f54");
}

/* Lines end with CRLF, none is too long, none but the folded begin anew. */
static void
check_header(const char *made, const char *name)
{
	const char *p = made, *end;

	assert_int_equal(strncmp(made, name, strlen(name)), 0);
	while (*p != '\0') {
		end = strstr(p, "\r\n");
		assert_non_null(end);
		assert_true(end - p <= 998);
		for (; p < end; p++)
			assert_true(*p >= ' ' && *p <= '~');
		p = end + 2;
		if (*p != '\0')
			assert_int_equal(*p, ' ');
	}
}

static void
headers_cannot_be_forged(void **state)
{
	static const char *const texts[] = { "plain", "a\r\nBcc: x@y",
		"a\nBcc: x@y", "=?UTF-8?Q?forged?=", "\xd9\x83\xd8\xa7\xd9\x8a",
		"a\xff\xfe", "\x01\x7f", "" };
	char long_text[4000];
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		strbuf_reset(&sb);
		mime_header(&sb, "Subject", texts[i]);
		print_message("%s", sb.data);
		check_header(sb.data, "Subject: ");
		assert_null(strstr(sb.data, "\nBcc"));
	}
	/* Characters of two bytes: each word holds whole ones. */
	for (size_t i = 0; i + 1 < sizeof(long_text); i += 2)
		memcpy(long_text + i, "\xd9\x83", 2);
	long_text[sizeof(long_text) - 2] = '\0';
	strbuf_reset(&sb);
	mime_header(&sb, "Subject", long_text);
	check_header(sb.data, "Subject: ");
	for (const char *p = sb.data; (p = strstr(p, "\r\n")) != NULL; p += 2)
		assert_true(p == sb.data || p[-1] == '=');
	strbuf_fini(&sb);
}

static void
bodies_stay_whole(void **state)
{
	static const struct {
		const char *text, *made;
	} rows[] = {
		{ "", "\r\n" },
		{ "a\nb", "a\r\nb\r\n" },
		{ ".\n..a", "=2E\r\n=2E.a\r\n" },
		{ "end \nx", "end=20\r\nx\r\n" },
		{ "a=b\r", "a=3Db=0D\r\n" },
		{ "\xd9\x83", "=D9=83\r\n" },
	};
	struct strbuf sb;
	char long_text[1000];

	(void)state;
	strbuf_init(&sb, 1 << 16);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		strbuf_reset(&sb);
		mime_quoted(&sb, rows[i].text, strlen(rows[i].text));
		assert_string_equal(sb.data, rows[i].made);
	}
	memset(long_text, '.', sizeof(long_text));
	strbuf_reset(&sb);
	mime_quoted(&sb, long_text, sizeof(long_text));
	for (const char *p = sb.data, *end; *p != '\0'; p = end + 2) {
		end = strstr(p, "\r\n");
		assert_non_null(end);
		assert_true(end - p <= 76);
		assert_true(*p != '.');
	}
	strbuf_fini(&sb);
}

static void
dates_are_those_of_mail(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 100);
	mime_date(&sb, 1707394241);
	assert_string_equal(
	    sb.data, "Date: Thu, 08 Feb 2024 12:10:41 +0000\r\n");
	strbuf_fini(&sb);
}

/* Frames, also of kinds that nobody knows yet, and what is no frame. */
static void
every_frame_has_a_gist(void **state)
{
	static const struct {
		const char *frame, *kind, *title;
	} rows[] = {
		{ "{\"item\":{\"title\":\" A\\n\\tb \\u202e c \"},\"cursor\":"
		  "\"e:1\"}",
		    "item", "A b c" },
		{ "{\"item\":{},\"cursor\":\"e:1\"}", "item", "(no title)" },
		{ "{\"item\":{\"title\":7,\"content_text\":\"t\"}}", "item",
		    "t" },
		{ "{\"gap\":{\"lost\":12,\"reason\":\"retention\"}}", "gap",
		    "12 records cannot be had any more" },
		{ "{\"alert\":{\"name\":\"n\"}}", "alert", "n" },
		{ "{\"update\":{\"id\":\"x\",\"item\":{\"title\":\"t\"}}}",
		    "update", "Updated: t" },
		{ "{\"comet\":{\"id\":\"x\"}}", "comet", "comet: x" },
		{ "{\"cursor\":{}}", NULL, NULL },
		{ "[]", NULL, NULL },
		{ "{", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf sb;
		struct gist g;

		print_message("%s\n", rows[i].frame);
		if (!gist_init(&g, rows[i].frame, strlen(rows[i].frame))) {
			assert_null(rows[i].kind);
			continue;
		}
		assert_string_equal(g.kind, rows[i].kind);
		assert_string_equal(g.title.data, rows[i].title);
		strbuf_init(&sb, 1000);
		gist_topics(&g, ",", &sb);
		gist_text(&g, 100, &sb);
		gist_why(&g, &sb);
		strbuf_fini(&sb);
		gist_fini(&g);
	}
}

static void
a_gist_tells_source_topics_and_why(void **state)
{
	static const char frame[] =
	    "{\"item\":{\"title\":\"t\",\"url\":\"javascript:x\","
	    "\"content_text\":\"one two three\",\"_wiresift\":{\"feed_name\":"
	    "\"F\",\"origin\":\"O\",\"topics\":{\"a\":{\"level\":\"about\","
	    "\"score\":7},\"b\":{\"level\":\"mentions\",\"score\":1}},"
	    "\"explain\":{\"a\":{\"signals\":[{\"text\":\"q1\"},{\"text\":"
	    "\"q\\n2\"}]}}}},\"cursor\":\"e:1\"}";
	struct strbuf sb;
	struct gist g;

	(void)state;
	assert_true(gist_init(&g, frame, sizeof(frame) - 1));
	strbuf_init(&sb, 1000);
	assert_null(g.url); /* no link for a telephone to follow */
	assert_string_equal(g.source, "O");
	assert_true(g.about && !g.urgent);
	gist_topics(&g, ",", &sb);
	assert_string_equal(sb.data, "a,b");
	strbuf_reset(&sb);
	gist_text(&g, 8, &sb);
	assert_string_equal(sb.data, "one two\xe2\x80\xa6");
	strbuf_reset(&sb);
	gist_why(&g, &sb);
	assert_string_equal(
	    sb.data, "a (about, 7): q1; q 2\nb (mentions, 1)\n");
	strbuf_fini(&sb);
	gist_fini(&g);
}

static void
a_feed_stays_xml_and_json(void **state)
{
	static char body[] =
	    "{\"item\":{\"id\":\"urn:x:1\",\"title\":\"<a> & ]]> \\u0007"
	    "\\uffff\",\"url\":\"http://a.example/<script>\",\"_wiresift\":"
	    "{\"topics\":{\"t\":{}}}}}";
	struct record r = { .seq = 1,
		.at_ms = 1707394241000,
		.body = body,
		.body_len = sizeof(body) - 1 };
	struct feedfile ff;
	json_t *j;

	(void)state;
	feedfile_begin(&ff, "t", "https://n.example", r.at_ms);
	assert_int_equal(feedfile_add(&ff, &r), 0);
	r.kind = RECORD_STORY;
	assert_int_equal(feedfile_add(&ff, &r), 0);
	feedfile_end(&ff);
	assert_int_equal(ff.n, 1);
	assert_non_null(strstr(ff.atom.data, "&lt;a&gt; &amp; ]]&gt;"));
	assert_null(strstr(ff.atom.data, "\x07"));
	assert_null(strstr(ff.atom.data, "script"));
	assert_non_null(strstr(
	    ff.atom.data, "rel=\"self\" href=\"https://n.example/t.atom\""));
	assert_non_null(strstr(ff.atom.data, "<updated>2024-02-08T12:10:41Z<"));
	j = json_loadb(ff.json.data, ff.json.len, 0, NULL);
	assert_non_null(j);
	assert_int_equal(json_array_size(json_object_get(j, "items")), 1);
	json_decref(j);
	feedfile_fini(&ff);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_is_the_standards),
		cmocka_unit_test(headers_cannot_be_forged),
		cmocka_unit_test(bodies_stay_whole),
		cmocka_unit_test(dates_are_those_of_mail),
		cmocka_unit_test(every_frame_has_a_gist),
		cmocka_unit_test(a_gist_tells_source_topics_and_why),
		cmocka_unit_test(a_feed_stays_xml_and_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
