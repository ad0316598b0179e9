/* fuzz_json.c - any bytes as a JSON Feed, and what mending makes of JSON. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "feed/feed.h"
#include "feed/json_mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Or each guess at a charset loads iconv's modules: ten times slower. */
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

/* What is JSON stays JSON, of the same value; it never grows past its
 * limit, and mended twice is mended once. */
static void
check_mend(const char *p, size_t len)
{
	json_t *before = json_loadb(p, len, 0, NULL), *after;
	struct strbuf once, twice;

	strbuf_init(&once, len * 2 + 16);
	strbuf_init(&twice, len * 4 + 16);
	must(json_mend(&once, p, len) == 0, "the limit of mending");
	must(json_mend(&twice, once.data, once.len) == 0, "the limit again");
	must(once.len == twice.len &&
		 memcmp(once.data, twice.data, once.len) == 0,
	    "mended is mended");
	after = json_loadb(once.data, once.len, 0, NULL);
	if (before != NULL)
		must(after != NULL && json_equal(before, after),
		    "mending changes what was sound");
	json_decref(before);
	json_decref(after);
	strbuf_fini(&once);
	strbuf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed_limits limits = feed_limits_default;
	struct feed_input in = { .body = (const char *)data,
		.len = size,
		.url = "http://example.com/feed.json",
		.content_type = "application/feed+json" };
	struct feed_doc *doc;
	json_t *j;

	limits.max_items = 8;
	limits.item.max_title_bytes = 64;
	limits.item.max_field_bytes = 256;
	check_mend(in.body, in.len);
	doc = feed_parse(&in, &limits);
	must(doc->nitems <= limits.max_items, "the limit of items");
	for (size_t i = 0; i < doc->nitems; i++) {
		const struct item *it = doc->items[i];

		must(it->title == NULL || strlen(it->title) <= 64 * 5,
		    "a title's limit");
		must(it->summary == NULL || strlen(it->summary) <= 256,
		    "a field's limit");
	}
	j = feed_doc_to_json(doc);
	must(json_array_size(json_object_get(j, "entries")) == doc->nitems,
	    "every item has a JSON form");
	json_decref(j);
	feed_doc_free(doc);
	return 0;
}
