/*
 * fuzz_feed.c - any bytes through the feed parser, and what must hold then.
 *
 * The first byte picks what came with the document. Beside not crashing:
 * items are within the limits, and all strings are valid UTF-8 (jansson
 * refuses others). Charset and repair by themselves: fuzz_charset.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "feed/feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	feed_charsets_load();
	return 0;
}

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
check_item(const struct item *it, const struct feed_limits *limits)
{
	must(it->title == NULL ||
		 strlen(it->title) <= limits->item.max_title_bytes * 5,
	    "a title's limit");
	must(it->nauthors <= 512 && it->ntags <= 512 && it->nlinks <= 512,
	    "limits of lists");
	must(
	    it->summary == NULL || utf8_valid(it->summary, strlen(it->summary)),
	    "a summary is UTF-8");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { NULL, "text/xml",
		"application/rss+xml; charset=gb2312",
		"text/xml; charset='iso-2022-jp'", "application/feed+json",
		"application/xml; charset=utf-16" };
	struct feed_limits limits = feed_limits_default;
	struct feed_input in = { 0 };
	struct feed_doc *doc;
	json_t *j;

	if (size == 0)
		return 0;
	in.body = (const char *)data + 1;
	in.len = size - 1;
	in.content_type = types[data[0] % ARRAY_LEN(types)];
	if ((data[0] & 0x40) != 0)
		in.url = "http://example.com/a/feed";
	if ((data[0] & 0x80) != 0)
		in.content_location = "../b/";
	limits.max_items = 50;
	limits.item.max_field_bytes = 2000;
	limits.item.max_title_bytes = 200;
	doc = feed_parse(&in, &limits);
	must(doc->nitems <= limits.max_items, "the limit of items");
	for (size_t i = 0; i < doc->nitems; i++)
		check_item(doc->items[i], &limits);
	j = feed_doc_to_json(doc);
	must(json_array_size(json_object_get(j, "entries")) == doc->nitems,
	    "every item has a JSON form");
	json_decref(j);
	feed_doc_free(doc);
	return 0;
}
