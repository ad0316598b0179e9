/* item_json.c - an item as JSON Feed 1.1, both ways, and JSON as one line. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "item/item.h"
#include "item/item_json.h"

/* --- helpers of both forms --- */

void
item_put_str(json_t *o, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, key, json_string(value));
}

void
item_put_time(json_t *o, const char *key, int64_t seconds)
{
	char iso[CLOCK_ISO_LEN];

	if (seconds == ITEM_NO_TIME)
		return;
	clock_iso(seconds, iso);
	item_put_str(o, key, iso);
}

const char *
item_get_str(struct arena *a, const json_t *o, const char *key)
{
	return arena_strdup(a, json_string_value(json_object_get(o, key)));
}

/* --- to JSON Feed --- */

static json_t *
authors_to_json(const struct item *it)
{
	json_t *v = json_array();

	for (size_t i = 0; i < it->nauthors; i++) {
		json_t *o = json_object();

		item_put_str(o, "name", it->authors[i].name);
		item_put_str(o, "url", it->authors[i].url);
		if (json_object_size(o) > 0)
			json_array_append_new(v, o);
		else
			json_decref(o);
	}
	return v;
}

static json_t *
attachments_to_json(const struct item *it)
{
	json_t *v = json_array();

	for (size_t i = 0; i < it->nenclosures; i++) {
		const struct item_enclosure *e = &it->enclosures[i];
		json_t *o;

		if (e->url == NULL)
			continue;
		o = json_object();
		item_put_str(o, "url", e->url);
		/* mime_type is required by the format. */
		item_put_str(o, "mime_type",
		    e->type != NULL ? e->type : "application/octet-stream");
		if (e->length != NULL && strtoll(e->length, NULL, 10) > 0)
			json_object_set_new(o, "size_in_bytes",
			    json_integer(strtoll(e->length, NULL, 10)));
		json_array_append_new(v, o);
	}
	return v;
}

static json_t *
tags_to_json(const struct item *it)
{
	json_t *v = json_array();

	for (size_t i = 0; i < it->ntags; i++) {
		const struct item_tag *t = &it->tags[i];
		const char *word = t->label != NULL ? t->label : t->term;

		if (word != NULL)
			json_array_append_new(v, json_string(word));
	}
	return v;
}

static void
put_unless_empty(json_t *o, const char *key, json_t *array)
{
	if (json_array_size(array) > 0)
		json_object_set_new(o, key, array);
	else
		json_decref(array);
}

static json_t *
own_to_json(const struct item *it)
{
	json_t *o = json_object();

	item_put_str(o, "feed", it->feed);
	item_put_str(o, "feed_name", it->feed_name);
	if (it->received != 0)
		item_put_time(o, "received", it->received);
	if (it->revision != 0)
		json_object_set_new(o, "revision", json_integer(it->revision));
	if (it->truncated)
		json_object_set_new(o, "truncated", json_true());
	item_put_str(o, "guid", it->guid);
	put_unless_empty(o, "tags", tags_to_json(it));
	return o;
}

json_t *
item_to_json(const struct item *it)
{
	json_t *o = json_object();
	const char *title = it->title_text != NULL ? it->title_text : it->title;

	item_put_str(o, "id", it->id != NULL ? it->id : it->guid);
	item_put_str(o, "url", it->url);
	item_put_str(o, "title", title);
	item_put_str(o, "content_text", it->text != NULL ? it->text : "");
	item_put_str(o, "summary", it->summary);
	item_put_str(o, "language", it->language);
	item_put_time(o, "date_published", it->published);
	item_put_time(o, "date_modified", it->updated);
	put_unless_empty(o, "authors", authors_to_json(it));
	put_unless_empty(o, "attachments", attachments_to_json(it));
	if (it->nthumbnails > 0)
		item_put_str(o, "image", it->thumbnails[0]);
	json_object_set_new(o, "_wiresift", own_to_json(it));
	return o;
}

/* --- from JSON Feed --- */

/* JSON Feed 1.0 had one `author`; 1.1 has `authors`. */
static void
authors_from_json(struct item *it, const json_t *j)
{
	const json_t *v = json_object_get(j, "authors"), *one, *el;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) == 0) {
		one = json_object_get(j, "author");
		if (!json_is_object(one))
			return;
		it->authors = arena_calloc(it->arena, 1, sizeof(*it->authors));
		it->authors[0].name = item_get_str(it->arena, one, "name");
		it->authors[0].url = item_get_str(it->arena, one, "url");
		it->nauthors = 1;
		return;
	}
	it->authors =
	    arena_calloc(it->arena, json_array_size(v), sizeof(*it->authors));
	json_array_foreach(v, i, el)
	{
		struct item_person *p = &it->authors[it->nauthors];

		if (!json_is_object(el))
			continue;
		p->name = item_get_str(it->arena, el, "name");
		p->url = item_get_str(it->arena, el, "url");
		it->nauthors++;
	}
}

static void
attachments_from_json(struct item *it, const json_t *v)
{
	const json_t *el;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) == 0)
		return;
	it->enclosures = arena_calloc(
	    it->arena, json_array_size(v), sizeof(*it->enclosures));
	json_array_foreach(v, i, el)
	{
		struct item_enclosure *e = &it->enclosures[it->nenclosures];
		const json_t *size = json_object_get(el, "size_in_bytes");

		e->url = item_get_str(it->arena, el, "url");
		if (e->url == NULL)
			continue;
		e->type = item_get_str(it->arena, el, "mime_type");
		if (json_is_integer(size))
			e->length = arena_printf(it->arena,
			    "%" JSON_INTEGER_FORMAT, json_integer_value(size));
		it->nenclosures++;
	}
}

/* The publisher's tags: under _wiresift where we wrote the item. */
static void
tags_from_json(struct item *it, const json_t *v)
{
	const json_t *el;
	size_t i;

	if (!json_is_array(v) || json_array_size(v) == 0)
		return;
	it->tags =
	    arena_calloc(it->arena, json_array_size(v), sizeof(*it->tags));
	json_array_foreach(v, i, el)
	{
		if (json_is_string(el))
			it->tags[it->ntags++].term =
			    arena_strdup(it->arena, json_string_value(el));
	}
}

static void
own_from_json(struct item *it, const json_t *own)
{
	const char *received =
	    json_string_value(json_object_get(own, "received"));
	const char *guid = item_get_str(it->arena, own, "guid");

	it->feed = item_get_str(it->arena, own, "feed");
	it->feed_name = item_get_str(it->arena, own, "feed_name");
	if (received != NULL && item_time_parse(received) != ITEM_NO_TIME)
		it->received = item_time_parse(received);
	it->revision =
	    (uint32_t)json_integer_value(json_object_get(own, "revision"));
	it->truncated = json_is_true(json_object_get(own, "truncated"));
	if (it->revision != 0) {
		/* Ours: `id` is the one we gave, guid the publisher's. */
		it->id = it->guid;
		it->guid = guid;
	}
}

static void
contents_from_json(struct item *it, const json_t *j)
{
	const char *text = item_get_str(it->arena, j, "content_text");
	const char *html = item_get_str(it->arena, j, "content_html");
	const char *value = text != NULL ? text : html;

	if (value == NULL)
		return;
	it->contents = arena_calloc(it->arena, 1, sizeof(*it->contents));
	it->contents[0].value = value;
	it->contents[0].type = text != NULL ? "text/plain" : "text/html";
	it->ncontents = 1;
}

/* A number is taken as the text of it: some publishers' ids are numbers. */
static int
id_from_json(struct item *it, const json_t *id, struct diag *d)
{
	if (json_is_string(id))
		it->guid = arena_strdup(it->arena, json_string_value(id));
	else if (json_is_integer(id))
		it->guid = arena_printf(
		    it->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	else if (id != NULL && !json_is_null(id)) {
		diag_set(d, NULL, 0, 0, "id is no text; expected a string");
		return -1;
	}
	if (it->guid != NULL && it->guid[0] == '\0')
		it->guid = NULL;
	return 0;
}

static int64_t
time_from_json(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s != NULL ? item_time_parse(s) : ITEM_NO_TIME;
}

/* Fields that must be text if they are there at all. */
static int
check_types(const json_t *j, struct diag *d)
{
	static const char *const keys[] = { "url", "title", "content_text",
		"content_html" };

	if (!json_is_object(j)) {
		diag_set(d, NULL, 0, 0, "no object; expected a JSON Feed item");
		return -1;
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const json_t *v = json_object_get(j, keys[i]);

		if (v == NULL || json_is_null(v) || json_is_string(v))
			continue;
		diag_set(
		    d, NULL, 0, 0, "%s is no text; expected a string", keys[i]);
		return -1;
	}
	return 0;
}

struct item *
item_from_json(const json_t *j, struct diag *d)
{
	const json_t *own, *tags;
	struct item *it;

	if (check_types(j, d) == -1)
		return NULL;
	it = item_new();
	if (id_from_json(it, json_object_get(j, "id"), d) == -1) {
		item_free(it);
		return NULL;
	}
	it->url = item_get_str(it->arena, j, "url");
	it->title = item_get_str(it->arena, j, "title");
	it->summary = item_get_str(it->arena, j, "summary");
	if (it->summary != NULL)
		it->summary_type = "text/plain"; /* JSON Feed 1.1 */
	it->language = item_get_str(it->arena, j, "language");
	it->published = time_from_json(j, "date_published");
	it->updated = time_from_json(j, "date_modified");
	contents_from_json(it, j);
	authors_from_json(it, j);
	attachments_from_json(it, json_object_get(j, "attachments"));
	if (json_is_string(json_object_get(j, "image"))) {
		it->thumbnails =
		    arena_calloc(it->arena, 1, sizeof(*it->thumbnails));
		it->thumbnails[0] = item_get_str(it->arena, j, "image");
		it->nthumbnails = 1;
	}
	own = json_object_get(j, "_wiresift");
	own_from_json(it, own);
	tags = json_object_get(own, "tags");
	if (tags == NULL && it->id == NULL)
		tags = json_object_get(j, "tags");
	tags_from_json(it, tags);
	return it;
}

/* --- one line --- */

/*
 * Code points that a terminal or a careless reader of lines would act on.
 * They stand only inside strings, so the whole text may be searched.
 */
static bool
must_escape(uint32_t cp)
{
	return (cp >= 0x7f && cp <= 0x9f) || cp == 0x61c || cp == 0x200e ||
	       cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

/* First byte of any of them: 7F, C2 (C1), D8 (061C), E2 (the rest). */
static bool
may_escape(char c)
{
	return c == 0x7f || c == '\xc2' || c == '\xd8' || c == '\xe2';
}

static int
append_escaped(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len, *from = p;

	while (p < end) {
		uint32_t cp;
		size_t n;

		if (!may_escape(*p)) {
			p++;
			continue;
		}
		n = utf8_decode(p, end, &cp);
		if (must_escape(cp)) {
			if (strbuf_append(out, from, (size_t)(p - from)) ==
				-1 ||
			    strbuf_printf(out, "\\u%04x", cp) == -1)
				return -1;
			from = p + n;
		}
		p += n;
	}
	return strbuf_append(out, from, (size_t)(end - from));
}

int
item_json_line(struct strbuf *out, const json_t *j)
{
	char *s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
	size_t len = out->len;
	int rv;

	if (s == NULL)
		return -1;
	rv = append_escaped(out, s, strlen(s));
	if (rv == -1)
		strbuf_trunc(out, len);
	free(s);
	return rv;
}
