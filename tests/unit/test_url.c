/* test_url.c - URLs are split, resolved, canonicalised and redacted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/strbuf.h"
#include "base/url.h"

static const struct {
	const char *base, *ref, *want; /* want NULL: refused */
} resolve_rows[] = {
	/* RFC 3986, 5.4. */
	{ "http://a/b/c/d;p?q", "g:h", "g:h" },
	{ "http://a/b/c/d;p?q", "g", "http://a/b/c/g" },
	{ "http://a/b/c/d;p?q", "./g", "http://a/b/c/g" },
	{ "http://a/b/c/d;p?q", "g/", "http://a/b/c/g/" },
	{ "http://a/b/c/d;p?q", "/g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "//g", "http://g" },
	{ "http://a/b/c/d;p?q", "?y", "http://a/b/c/d;p?y" },
	{ "http://a/b/c/d;p?q", "g?y", "http://a/b/c/g?y" },
	{ "http://a/b/c/d;p?q", "#s", "http://a/b/c/d;p?q#s" },
	{ "http://a/b/c/d;p?q", "g#s", "http://a/b/c/g#s" },
	{ "http://a/b/c/d;p?q", "g?y#s", "http://a/b/c/g?y#s" },
	{ "http://a/b/c/d;p?q", ";x", "http://a/b/c/;x" },
	{ "http://a/b/c/d;p?q", "", "http://a/b/c/d;p?q" },
	{ "http://a/b/c/d;p?q", ".", "http://a/b/c/" },
	{ "http://a/b/c/d;p?q", "./", "http://a/b/c/" },
	{ "http://a/b/c/d;p?q", "..", "http://a/b/" },
	{ "http://a/b/c/d;p?q", "../g", "http://a/b/g" },
	{ "http://a/b/c/d;p?q", "../..", "http://a/" },
	{ "http://a/b/c/d;p?q", "../../../g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "/./g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "/../g", "http://a/g" },
	{ "http://a/b/c/d;p?q", "g.", "http://a/b/c/g." },
	{ "http://a/b/c/d;p?q", "..g", "http://a/b/c/..g" },
	{ "http://a/b/c/d;p?q", "./g/.", "http://a/b/c/g/" },
	{ "http://a/b/c/d;p?q", "g;x=1/../y", "http://a/b/c/y" },
	{ "http://a/b/c/d;p?q", "g?y/./x", "http://a/b/c/g?y/./x" },
	/* What feeds contain. */
	{ "http://a", "g", "http://a/g" },
	{ "http://a/x", "  \n g h \t", "http://a/g%20h" },
	{ "http://a/x", "http://b/c\n/d", "http://b/c/d" },
	{ "http://a/x", "caf\xc3\xa9", "http://a/caf%C3%A9" },
	{ "http://a/x", "%7Ebob", "http://a/%7Ebob" },
	{ "http://a/x", "HTTP://B/", "http://B/" },
	{ "http://[::1]:80/x", "y", "http://[::1]:80/y" },
	{ "http://a/x", "mailto:x@y.example", "mailto:x@y.example" },
	{ "http://a/x", "tag:y,2024:z", "tag:y,2024:z" },
	{ NULL, " /rel ", "/rel" },
	{ "", "rel", "rel" },
	{ "urn:x", "rel", "rel" },
	{ "http://a/x",
	    "b\x01"
	    "c",
	    NULL },
};

static void
references_resolve_against_their_base(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, URL_MAX);
	for (size_t i = 0; i < ARRAY_LEN(resolve_rows); i++) {
		int rv;

		strbuf_reset(&sb);
		rv =
		    url_resolve(&sb, resolve_rows[i].base, resolve_rows[i].ref);
		if (resolve_rows[i].want == NULL) {
			assert_int_equal(rv, -1);
			assert_int_equal(sb.len, 0);
			continue;
		}
		assert_int_equal(rv, 0);
		assert_string_equal(sb.data, resolve_rows[i].want);
	}
	strbuf_fini(&sb);
}

static const struct {
	const char *a, *b;
	bool same;
} canonical_rows[] = {
	{ "http://www.news.example/a/", "https://news.example/a", true },
	{ "http://News.Example:80/a", "https://news.example:443/a", true },
	{ "https://m.news.example/a", "https://www.news.example/a", true },
	{ "https://news.example/a/amp/", "https://news.example/a", true },
	{ "https://news.example/a?utm_source=x&utm_medium=rss",
	    "https://news.example/a", true },
	{ "https://news.example/a?at_medium=RSS&at_campaign=KARANGA",
	    "https://news.example/a", true },
	{ "https://news.example/a?ns_mchannel=rss&ns_campaign=1490&ito=1490",
	    "https://news.example/a", true },
	{ "https://news.example/a?mod=rss&CMP=share&ref=home&"
	  "traffic_source=rss",
	    "https://news.example/a", true },
	{ "https://news.example/a?source=rss_world", "https://news.example/a",
	    true },
	{ "https://news.example/a?source=parliament", "https://news.example/a",
	    false },
	{ "https://news.example/a?b=1&a=2", "https://news.example/a?a=2&b=1",
	    true },
	{ "https://news.example/a?b=1&amp;a=2",
	    "https://news.example/a?a=2&b=1", true },
	{ "https://news.example/a#comments", "https://news.example/a", true },
	{ "https://news.example/#!/a", "https://news.example/#!/b", false },
	{ "https://news.example/%7ebob", "https://news.example/~bob", true },
	{ "https://news.example/caf\xc3\xa9", "https://news.example/caf%c3%a9",
	    true },
	{ "https://news.example/x/../a", "https://news.example/a", true },
	{ "https://news.example", "https://news.example/", true },
	/* What carries identity stays. */
	{ "https://tube.example/watch?v=1", "https://tube.example/watch?v=2",
	    false },
	{ "https://news.example/?p=1", "https://news.example/?p=2", false },
	{ "https://news.example/s?id=1", "https://news.example/s?id=2", false },
	{ "https://news.example/s?story=1", "https://news.example/s", false },
	{ "https://news.example/a%2Fb", "https://news.example/a/b", false },
	{ "https://news.example/A", "https://news.example/a", false },
	{ "https://m.co/a", "https://co/a", false },
	{ "https://news.example:8080/a", "https://news.example/a", false },
};

static void
links_to_one_article_have_one_canonical_form(void **state)
{
	struct strbuf a, b;

	(void)state;
	strbuf_init(&a, URL_MAX);
	strbuf_init(&b, URL_MAX);
	for (size_t i = 0; i < ARRAY_LEN(canonical_rows); i++) {
		strbuf_reset(&a);
		strbuf_reset(&b);
		assert_int_equal(url_canonical(&a, canonical_rows[i].a), 0);
		assert_int_equal(url_canonical(&b, canonical_rows[i].b), 0);
		if (canonical_rows[i].same)
			assert_string_equal(a.data, b.data);
		else
			assert_string_not_equal(a.data, b.data);
		/* Canonical once is canonical. */
		strbuf_reset(&b);
		assert_int_equal(url_canonical(&b, a.data), 0);
		assert_string_equal(a.data, b.data);
	}
	strbuf_fini(&a);
	strbuf_fini(&b);
}

static void
what_is_no_http_url_has_no_canonical_form(void **state)
{
	static const char *const rows[] = { "", "/a", "urn:a:b", "ftp://a/b",
		"http://", "http:///a", "mailto:a@b", "http://a\x7f/",
		"http://p:  //    ", "http://p:80x/" };
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, URL_MAX);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(url_canonical(&sb, rows[i]), -1);
	assert_int_equal(sb.len, 0);
	strbuf_fini(&sb);
}

static void
a_url_longer_than_the_limit_is_refused(void **state)
{
	static char s[URL_MAX + 64];
	struct strbuf sb;
	struct url u;

	(void)state;
	memset(s, 'a', sizeof(s) - 1);
	memcpy(s, "http://h/", 9);
	strbuf_init(&sb, (size_t)2 * URL_MAX);
	assert_int_equal(url_split(s, &u), -1);
	assert_int_equal(url_resolve(&sb, NULL, s), -1);
	assert_int_equal(url_canonical(&sb, s), -1);
	/* It fits as given, but not when encoded. */
	memset(s + 9, '"', sizeof(s) - 10);
	s[URL_MAX - 10] = '\0';
	assert_int_equal(url_resolve(&sb, NULL, s), -1);
	assert_int_equal(sb.len, 0);
	strbuf_fini(&sb);
}

static void
secrets_do_not_reach_the_log(void **state)
{
	static const struct {
		const char *url, *want;
	} rows[] = {
		{ "https://u:p@h.example/f?token=abc&x=1#t",
		    "https://***@h.example/f?token=***&x=1#t" },
		{ "https://h.example/f?x=1&API_KEY=z",
		    "https://h.example/f?x=1&API_KEY=***" },
		{ "https://h.example:8/f", "https://h.example:8/f" },
		{ "https://h.example/#access_token=k",
		    "https://h.example/#access_token=***" },
		{ "http://user@h.example/", "http://***@h.example/" },
		{ "http://a:b@c@h.example/", "http://***@h.example/" },
		{ "http://u:p@[::1]:8/x", "http://***@[::1]:8/x" },
		{ "//u:p@h.example/x", "//***@h.example/x" },
		/* The keys, and what servers take for the same. */
		{ "http://h/?key=a;sig=b", "http://h/?key=***;sig=***" },
		{ "http://h/?auth=a&hash=b&pass=c&pwd=d",
		    "http://h/?auth=***&hash=***&pass=***&pwd=***" },
		{ "http://h/?apikey=a&secret=b",
		    "http://h/?apikey=***&secret=***" },
		{ "http://h/?password=a=b", "http://h/?password=***" },
		{ "http://h/?feed_token=a&clientSecret=b",
		    "http://h/?feed_token=***&clientSecret=***" },
		{ "http://h/?X-Api-Key=a&access_key=b&monkey=c",
		    "http://h/?X-Api-Key=***&access_key=***&monkey=c" },
		{ "http://h/?X-Amz-Signature=a",
		    "http://h/?X-Amz-Signature=***" },
		{ "http://h/?to%6Ben=a", "http://h/?to%6Ben=***" },
		{ "http://h/?%74%4fKEN=a", "http://h/?%74%4fKEN=***" },
		{ "http://h/?Bugzilla_api_key=a&api-key=b&access_key=c",
		    "http://h/?Bugzilla_api_key=***&api-key=***&"
		    "access_key=***" },
		{ "http://h/?passkey=a&authkey=b&torrent_pass=c&jwt=d",
		    "http://h/?passkey=***&authkey=***&torrent_pass=***&"
		    "jwt=***" },
		{ "http://h/?PHPSESSID=a&sessionid=b",
		    "http://h/?PHPSESSID=***&sessionid=***" },
		{ "http://h/?auth[token]=a&key%5B%5D=b&token+=c",
		    "http://h/?auth[token]=***&key%5B%5D=***&token+=***" },
		/* A bridge of feeds is told the other document's. */
		{ "http://h/?u=http://a:b@c/&n=1", "http://h/?u=***&n=1" },
		{ "http://h/?u=http%3A%2F%2Fa%3ab%40c%2F", "http://h/?u=***" },
		{ "http://h/?u=http%3A%2F%2Fc%2F%3Ftoken%3Db#x",
		    "http://h/?u=***#x" },
		{ "http://h/?u=http://a/?u=http://b/?u=http://c/?u=http://d/",
		    "http://h/?u=***" },
		/* A password with a slash. */
		{ "http://u:p/q@h/f", "http://***@h/f" },
		/* What is none. */
		{ "http://h/?u=http%3A%2F%2Fc%2Ff&n=1",
		    "http://h/?u=http%3A%2F%2Fc%2Ff&n=1" },
		{ "http://h:80/a@b", "http://h:80/a@b" },
		{ "http://h/?keyword=a&author=b&user=c&tokens=d",
		    "http://h/?keyword=a&author=b&user=c&tokens=d" },
		{ "http://h/?token=&key", "http://h/?token=&key" },
		{ "http://h/a@b", "http://h/a@b" },
		{ "http://h/?%zz=a&%6=b", "http://h/?%zz=a&%6=b" },
		/* Where "http://" was forgotten. */
		{ "user:password@h/f", "user:***@h/f" },
		{ "http://h/\n?token=a", "(no URL)" },
	};
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, URL_MAX);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		strbuf_reset(&sb);
		assert_int_equal(url_redact(&sb, rows[i].url),
		    strcmp(rows[i].url, rows[i].want) != 0);
		assert_string_equal(sb.data, rows[i].want);
	}
	strbuf_fini(&sb);
}

static void
secrets_are_found_in_a_text(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "feed=http://u:p@h/f status=404",
		    "feed=http://***@h/f status=404" },
		{ "\"https://h/?key=a\", <http://h/?b=c>, ftp://x:y@z",
		    "\"https://h/?key=***\", <http://h/?b=c>, ftp://***@z" },
		{ "http://h/?token=a", "http://h/?token=***" },
		{ "a :// b", "a :// b" },
		{ "://", "://" },
		{ "", "" },
		{ "HTTP://h/ as it is", "HTTP://h/ as it is" },
	};
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, URL_MAX);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		strbuf_reset(&sb);
		url_redact_text(&sb, rows[i].text);
		assert_string_equal(sb.data, rows[i].want);
	}
	strbuf_fini(&sb);
}

static void
a_link_can_do_without_a_user(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, URL_MAX);
	assert_true(url_drop_user(&sb, "http://u:p@h.example:8/a?token=b#c"));
	assert_string_equal(sb.data, "http://h.example:8/a?token=b#c");
	strbuf_reset(&sb);
	assert_false(url_drop_user(&sb, "http://h.example/a@b"));
	assert_int_equal(sb.len, 0);
	strbuf_fini(&sb);
}

static void
the_host_key_is_host_and_odd_port(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, URL_MAX);
	assert_int_equal(url_host_key(&sb, "HTTP://u@WWW.A.example:80/"), 0);
	assert_string_equal(sb.data, "www.a.example");
	strbuf_reset(&sb);
	assert_int_equal(url_host_key(&sb, "https://a.example:80/"), 0);
	assert_string_equal(sb.data, "a.example:80");
	strbuf_reset(&sb);
	assert_int_equal(url_host_key(&sb, "http://[::1]:8080/"), 0);
	assert_string_equal(sb.data, "[::1]:8080");
	assert_int_equal(url_host_key(&sb, "file:/x"), -1);
	strbuf_fini(&sb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(references_resolve_against_their_base),
		cmocka_unit_test(links_to_one_article_have_one_canonical_form),
		cmocka_unit_test(what_is_no_http_url_has_no_canonical_form),
		cmocka_unit_test(a_url_longer_than_the_limit_is_refused),
		cmocka_unit_test(secrets_do_not_reach_the_log),
		cmocka_unit_test(secrets_are_found_in_a_text),
		cmocka_unit_test(a_link_can_do_without_a_user),
		cmocka_unit_test(the_host_key_is_host_and_odd_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
