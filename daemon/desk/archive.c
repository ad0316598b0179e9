/* archive.c - what `wiresift backtest` asks for: old items, and the rules. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "desk/control.h"
#include "desk/parts.h"
#include "store/journal.h"

/* A page is small, so that the loop soon serves the others again: it ends
 * with the item by which it passes PAGE_BYTES. */
#define PAGE_ITEMS 500
#define PAGE_BYTES ((size_t)512 << 10)

struct page {
	const struct desk *dk;
	json_t *list;
	size_t bytes;
	struct archive_place last;
	bool full;
};

/* The topics that its feed is restricted to, or null. */
static json_t *
only_of(const struct desk *dk, const char *feed)
{
	const struct desk_feed *f = feed_find(dk, feed);
	json_t *globs;

	if (f == NULL || f->config->topics == NULL)
		return json_null();
	globs = json_array();
	for (size_t i = 0; i < f->config->ntopics; i++)
		json_array_append_new(globs, json_string(f->config->topics[i]));
	return globs;
}

static int
page_cb(void *cookie, const struct archived *a)
{
	struct page *pg = cookie;
	json_t *item = json_loadb(a->json, a->json_len, 0, NULL);

	pg->last = (struct archive_place){ a->at, a->id };
	pg->bytes += a->json_len;
	pg->full = pg->bytes >= PAGE_BYTES;
	if (item != NULL)
		json_array_append_new(pg->list,
		    json_pack("{s:s, s:s, s:I, s:o, s:o}", "id", a->item_id,
			"feed", a->feed, "at", (json_int_t)a->at, "only",
			only_of(pg->dk, a->feed), "item", item));
	return pg->full;
}

/* Where the page begins: "after" of the page before, or at "since". */
static bool
get_place(const json_t *args, struct archive_place *p)
{
	const json_t *after = json_object_get(args, "after");
	const char *text = json_string_value(after);
	int end = 0;

	if (text != NULL)
		return sscanf(text, "%" SCNd64 ":%" SCNd64 "%n", &p->at, &p->id,
			   &end) == 2 &&
		       text[end] == '\0';
	p->at = json_integer_value(json_object_get(args, "since"));
	p->id = 0; /* rows count from 1 */
	return after == NULL || json_is_null(after);
}

json_t *
archive_page(struct desk *dk, const json_t *args, const char **fault)
{
	struct page pg = { .dk = dk };
	struct archive_place after;
	json_int_t limit = json_integer_value(json_object_get(args, "limit"));
	char place[64] = "";

	if (!get_place(args, &after)) {
		*fault = "archive needs \"after\" as the page before said it";
		return NULL;
	}
	limit = limit <= 0 ? PAGE_ITEMS : MIN(limit, PAGE_ITEMS);
	pg.list = json_array();
	pg.last = after;
	if (dk->journal->ops->page_archived(
		dk->journal, &after, (size_t)limit, page_cb, &pg) == -1) {
		json_decref(pg.list);
		*fault = NULL;
		return NULL;
	}
	/* An empty page may be one of damaged items, and not the last. */
	if (pg.last.at != after.at || pg.last.id != after.id)
		snprintf(place, sizeof(place), "%" PRId64 ":%" PRId64,
		    pg.last.at, pg.last.id);
	return json_pack("{s:I, s:o, s:o}", "rev", (json_int_t)dk->rev, "items",
	    pg.list, "after",
	    place[0] != '\0' ? json_string(place) : json_null());
}

json_t *
archive_rules(const struct desk *dk)
{
	const struct config *c = dk->config;
	size_t bytes = 0;
	json_t *j;

	for (size_t i = 0; i < c->ntopic_files; i++)
		bytes += c->topic_files[i].len;
	/* Escaped, a byte may take six. */
	if (bytes > CONTROL_MAX_REPLY / 8)
		return NULL;
	j = config_encode_gatherer(c);
	json_object_set_new(j, "rev", json_integer((json_int_t)dk->rev));
	return j;
}
