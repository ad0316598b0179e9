/* test_identity.c - an item stays itself, whatever its publisher does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "item/item.h"
#include "pipeline/classify.h"

static const struct item_limits limits = { 4096, 1 << 18, 1 << 20 };

struct sample {
	const char *feed, *guid, *url, *title, *text;
};

static struct item *
identified(const struct sample *s, uint64_t key)
{
	struct classify_params p = { .limits = &limits, .key = { { key, 0 } } };
	struct item *it = item_new();

	it->guid = s->guid;
	it->url = s->url;
	it->title = s->title;
	it->summary = s->text;
	it->summary_type = "text/html";
	classify_identify(it, s->feed != NULL ? s->feed : "feed", "name", &p);
	return it;
}

/* Two sightings of what is, or is not, the same item. */
static const struct {
	const char *claim;
	bool same;
	struct sample a, b;
} rows[] = {
	{ "a guid keeps it", true,
	    { .guid = "g1",
		.url = "https://a.example/1",
		.title = "T",
		.text = "x" },
	    { .guid = "g1",
		.url = "https://a.example/2",
		.title = "New title",
		.text = "y" } },
	{ "another guid is another item", false,
	    { .guid = "g1", .url = "https://a.example/1" },
	    { .guid = "g2", .url = "https://a.example/1" } },
	{ "a guid says nothing across feeds", false,
	    { .feed = "f1", .guid = "g1" }, { .feed = "f2", .guid = "g1" } },
	{ "white space around a guid is none of it", true, { .guid = "g1" },
	    { .guid = " g1\n" } },
	{ "a count of editions is dropped", true,
	    { .guid = "https://b.example/news/uk-1#0",
		.url = "https://b.example/news/uk-1" },
	    { .guid = "https://b.example/news/uk-1#3",
		.url = "https://b.example/news/uk-1?at_medium=RSS" } },
	{ "and its first edition may have none", true,
	    { .guid = "https://b.example/news/uk-1" },
	    { .guid = "https://b.example/news/uk-1#1" } },
	{ "a named fragment is part of the guid", false,
	    { .guid = "https://b.example/live#post-1" },
	    { .guid = "https://b.example/live#post-2" } },
	{ "a post's number that the link has too is a place", false,
	    { .guid = "https://b.example/t/9#1",
		.url = "https://b.example/t/9#1" },
	    { .guid = "https://b.example/t/9#2",
		.url = "https://b.example/t/9#2" } },
	{ "tracking in a guid is no identity", true,
	    { .guid = "https://b.example/1?utm_source=rss" },
	    { .guid = "https://b.example/1?utm_source=feed&utm_medium=x" } },
	{ "nor is https", true, { .guid = "http://b.example/1" },
	    { .guid = "https://b.example/1" } },
	{ "a query that names the article is", false,
	    { .guid = "https://b.example/?p=1" },
	    { .guid = "https://b.example/?p=2" } },
	{ "without a guid the link counts", true,
	    { .url = "http://www.c.example/1?utm_source=x", .title = "T" },
	    { .url = "https://c.example/1/", .title = "Edited title" } },
	{ "an empty guid is none", true,
	    { .guid = "", .url = "https://c.example/1" },
	    { .url = "https://c.example/1" } },
	{ "without a link the text counts", true,
	    { .title = "T", .text = "x y" },
	    { .title = "T", .text = "<p>x  y</p>" } },
	{ "and another text is another item", false,
	    { .title = "T", .text = "x" }, { .title = "T", .text = "y" } },
};

static void
identity_survives_what_feeds_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct item *a = identified(&rows[i].a, 1);
		struct item *b = identified(&rows[i].b, 1);

		if ((a->identity == b->identity) != rows[i].same)
			fail_msg("%s", rows[i].claim);
		assert_int_equal(strcmp(a->id, b->id) == 0, rows[i].same);
		item_free(a);
		item_free(b);
	}
}

static const struct {
	bool same;
	const char *a_title, *a_text, *b_title, *b_text;
} content_rows[] = {
	{ true, "T", "One two.", "T", "<p>One\n  two.</p>" },
	{ true, "Talks begin", "x", "TALKS BEGIN", "x" },
	{ true, "T", "It\xe2\x80\x99s \xe2\x80\x9cnew\xe2\x80\x9d", "T",
	    "It's \"new\"" },
	{ true, "T", "x 12 comments", "T", "x 15 comments" },
	{ true, "T", "x<br>Views: 1,024", "T", "x<br>Views: 998" },
	{ true, "T", "x Comments (7)", "T", "x Comments (8)" },
	{ false, "T", "Four arrested", "T", "Seven arrested" },
	{ false, "T", "4 arrested", "T", "7 arrested" },
	{ false, "T", "bought 300 shares", "T", "bought 400 shares" },
	{ false, "T", "He will return", "T", "He will not return" },
	{ false, "Title", "x", "Other title", "x" },
	{ false, "a", "b c", "a b", "c" },
};

static void
only_news_changes_the_content(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(content_rows); i++) {
		struct sample sa = { .guid = "g",
			.title = content_rows[i].a_title,
			.text = content_rows[i].a_text };
		struct sample sb = { .guid = "g",
			.title = content_rows[i].b_title,
			.text = content_rows[i].b_text };
		struct item *a = identified(&sa, 1), *b = identified(&sb, 1);

		if ((a->content == b->content) != content_rows[i].same)
			fail_msg("%s | %s", content_rows[i].a_text,
			    content_rows[i].b_text);
		item_free(a);
		item_free(b);
	}
}

static void
hashes_are_keyed_and_ids_are_not(void **state)
{
	struct sample s = { "f", "g", "https://a.example/1?mod=rss", "T", "x" };
	struct item *a = identified(&s, 1), *b = identified(&s, 2);

	(void)state;
	assert_true(a->identity != b->identity);
	assert_true(a->content != b->content);
	assert_string_equal(a->id, b->id);
	assert_int_equal(strlen(a->id), strlen("urn:wiresift:") + 32);
	assert_string_equal(a->canonical, "https://a.example/1");
	assert_string_equal(a->feed_name, "name");
	item_free(a);
	item_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_survives_what_feeds_do),
		cmocka_unit_test(only_news_changes_the_content),
		cmocka_unit_test(hashes_are_keyed_and_ids_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
