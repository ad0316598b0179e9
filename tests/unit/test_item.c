/* test_item.c - items keep everything on their way through JSON. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "item/item.h"
#include "item/item_json.h"

static struct item *
full_item(void)
{
	struct item *it = item_new();
	struct arena *a = it->arena;

	it->guid = "tag:x.example,2024:1";
	it->guid_is_permalink = true;
	it->url = "https://x.example/1?utm_source=a";
	it->title = "<b>Talks</b> begin";
	it->summary = "Short.";
	it->summary_type = "text/html";
	it->language = "en";
	it->comments = "https://x.example/1#c";
	it->published = 1706349600;
	it->updated = 0;
	it->contents = arena_calloc(a, 2, sizeof(*it->contents));
	it->contents[0] =
	    (struct item_content){ "<p>Long.</p>", "text/html", "en", NULL };
	it->contents[1] = (struct item_content){ NULL, "image/png", NULL,
		"https://x.example/i.png" };
	it->ncontents = 2;
	it->authors = arena_calloc(a, 1, sizeof(*it->authors));
	it->authors[0] = (struct item_person){ "A. B.", "ab@x.example", NULL };
	it->nauthors = 1;
	it->tags = arena_calloc(a, 1, sizeof(*it->tags));
	it->tags[0] = (struct item_tag){ "world", "s", "World" };
	it->ntags = 1;
	it->links = arena_calloc(a, 1, sizeof(*it->links));
	it->links[0] = (struct item_link){ .href = it->url, .rel = "self" };
	it->nlinks = 1;
	it->enclosures = arena_calloc(a, 1, sizeof(*it->enclosures));
	it->enclosures[0] =
	    (struct item_enclosure){ "https://x.example/a.mp3", NULL, "123" };
	it->nenclosures = 1;
	it->thumbnails = arena_calloc(a, 1, sizeof(*it->thumbnails));
	it->thumbnails[0] = "https://x.example/t.jpg";
	it->nthumbnails = 1;
	it->source = arena_calloc(a, 1, sizeof(*it->source));
	it->source->title = "Wire";
	it->source->updated = ITEM_NO_TIME;
	it->title_text = "Talks begin";
	it->text = "Long.";
	it->truncated = true;
	it->id = "urn:wiresift:00112233445566778899aabbccddeeff";
	it->feed = "https://x.example/rss";
	it->feed_name = "x";
	it->canonical = "https://x.example/1";
	it->origin = "AP";
	it->origin_agency = true;
	it->received = 1706349999;
	it->revision = 3;
	it->passed_over = "older than max_age";
	it->identity = UINT64_MAX - 5;
	it->content = 7;
	return it;
}

static void
nothing_is_lost_on_the_link(void **state)
{
	struct item *it = full_item(), *back;
	json_t *j = item_encode(it), *again;
	struct diag d;

	(void)state;
	back = item_decode(j, &d);
	assert_non_null(back);
	again = item_encode(back);
	assert_true(json_equal(j, again));
	assert_true(back->identity == UINT64_MAX - 5);
	assert_true(back->updated == 0);
	assert_true(back->created == ITEM_NO_TIME);
	assert_true(back->source->updated == ITEM_NO_TIME);
	assert_string_equal(back->contents[1].src, "https://x.example/i.png");
	assert_string_equal(back->thumbnails[0], "https://x.example/t.jpg");
	assert_string_equal(back->passed_over, "older than max_age");
	json_decref(j);
	json_decref(again);
	item_free(it);
	item_free(back);
}

static void
a_field_of_the_wrong_type_is_refused_by_name(void **state)
{
	static const struct {
		const char *json, *names;
	} rows[] = {
		{ "[]", "object" },
		{ "{\"guid\":1}", "guid" },
		{ "{\"published\":\"x\"}", "published" },
		{ "{\"revision\":-1}", "revision" },
		{ "{\"authors\":{}}", "authors" },
		{ "{\"authors\":[{\"name\":1}]}", "name" },
		{ "{\"thumbnails\":[1]}", "thumbnail" },
		{ "{\"source\":{\"title\":1}}", "title" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *j = json_loads(rows[i].json, 0, NULL);
		struct diag d;

		assert_non_null(j);
		assert_null(item_decode(j, &d));
		assert_non_null(strstr(d.msg, rows[i].names));
		json_decref(j);
	}
}

static void
what_we_write_as_json_feed_comes_back(void **state)
{
	struct item *it = full_item(), *back;
	json_t *j = item_to_json(it), *again, *own;
	struct diag d;

	(void)state;
	own = json_object_get(j, "_wiresift");
	assert_string_equal(
	    json_string_value(json_object_get(j, "date_published")),
	    "2024-01-27T10:00:00Z");
	assert_string_equal(
	    json_string_value(json_object_get(j, "title")), "Talks begin");
	assert_string_equal(
	    json_string_value(json_object_get(own, "feed")), it->feed);
	assert_null(json_object_get(j, "tags"));
	back = item_from_json(j, &d);
	assert_non_null(back);
	assert_string_equal(back->id, it->id);
	assert_string_equal(back->guid, it->guid);
	assert_string_equal(back->tags[0].term, "World");
	assert_true(back->received == it->received);
	assert_true(back->truncated);
	back->title_text = back->title;
	back->text = back->contents[0].value;
	again = item_to_json(back);
	assert_true(json_equal(j, again));
	json_decref(j);
	json_decref(again);
	item_free(it);
	item_free(back);
}

static struct item *
from_text(const char *text)
{
	json_t *j = json_loads(text, JSON_DECODE_ANY, NULL);
	struct item *it;
	struct diag d;

	assert_non_null(j);
	it = item_from_json(j, &d);
	json_decref(j);
	return it;
}

static void
a_publishers_json_feed_item_is_read(void **state)
{
	struct item *it =
	    from_text("{\"id\":12,\"title\":\"T\",\"content_html\":\"<p>h\","
		      "\"content_text\":\"t\",\"author\":{\"name\":\"N\"},"
		      "\"tags\":[\"a\",1,\"b\"],\"attachments\":[{},"
		      "{\"url\":\"u\",\"size_in_bytes\":5}],"
		      "\"date_published\":\"2023-10-01T02:00:26+02:00\","
		      "\"date_modified\":7,\"language\":null}");

	(void)state;
	assert_non_null(it);
	assert_string_equal(it->guid, "12");
	assert_null(it->id);
	assert_int_equal(it->ncontents, 1);
	assert_string_equal(it->contents[0].value, "t");
	assert_string_equal(it->contents[0].type, "text/plain");
	assert_string_equal(it->authors[0].name, "N");
	assert_int_equal(it->ntags, 2);
	assert_int_equal(it->nenclosures, 1);
	assert_string_equal(it->enclosures[0].length, "5");
	assert_true(it->published == 1696118426);
	assert_true(it->updated == ITEM_NO_TIME);
	assert_null(it->language);
	assert_null(it->title_text);
	item_free(it);
	assert_null(from_text("3"));
	assert_null(from_text("{\"id\":{}}"));
	assert_null(from_text("{\"title\":[]}"));
	it = from_text("{\"id\":\"\"}");
	assert_null(it->guid);
	item_free(it);
}

static void
a_line_of_json_shows_no_control_characters(void **state)
{
	/* DEL, C1 (NEL), ALM, RLO, LS, BOM-free text around. */
	static const char raw[] = "a\x7f"
				  "b\xc2\x85\xd8\x9c\xe2\x80\xae"
				  "\xe2\x80\xa8\xe2\x80\x94\xc3\xa9";
	json_t *j = json_pack("{s:s}", "k", raw), *back;
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 1 << 16);
	assert_int_equal(item_json_line(&sb, j), 0);
	assert_string_equal(sb.data,
	    "{\"k\":\"a\\u007fb\\u0085\\u061c\\u202e\\u2028"
	    "\xe2\x80\x94\xc3\xa9\"}");
	back = json_loads(sb.data, 0, NULL);
	assert_true(json_equal(j, back));
	json_decref(j);
	json_decref(back);
	strbuf_fini(&sb);
}

static void
rfc_3339_times_are_read(void **state)
{
	static const struct {
		const char *s;
		int64_t want;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2024-02-29T23:59:59Z", 1709251199 },
		{ "2023-10-01T00:00:26+00:00", 1696118426 },
		{ "2023-09-30T19:00:26.123-0500", 1696118426 },
		{ "2023-10-01", 1696118400 },
		{ "2023-10-01 00:00", 1696118400 },
		{ "0001-01-01T00:00:00Z", -62135596800 },
		{ "2023-13-01", ITEM_NO_TIME },
		{ "2023-10-01T00:00:26+00:0", ITEM_NO_TIME },
		{ "2023-10-01T00:00:26Zx", ITEM_NO_TIME },
		{ "yesterday", ITEM_NO_TIME },
		{ "", ITEM_NO_TIME },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_true(item_time_parse(rows[i].s) == rows[i].want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_on_the_link),
		cmocka_unit_test(a_field_of_the_wrong_type_is_refused_by_name),
		cmocka_unit_test(what_we_write_as_json_feed_comes_back),
		cmocka_unit_test(a_publishers_json_feed_item_is_read),
		cmocka_unit_test(a_line_of_json_shows_no_control_characters),
		cmocka_unit_test(rfc_3339_times_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
