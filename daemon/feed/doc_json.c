/* doc_json.c - the neutral JSON form of a feed, for `wiresift parse`. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/macros.h"
#include "feed/feed.h"

static void
set(json_t *o, const char *key, const char *value)
{
	if (value != NULL)
		json_object_set_new(o, key, json_string(value));
}

/* Years before 1000 are not padded: so has it the neutral form. */
static void
set_time(json_t *o, const char *key, int64_t t)
{
	time_t when = (time_t)t;
	struct tm tm;
	char text[40];

	if (t == ITEM_NO_TIME || gmtime_r(&when, &tm) == NULL)
		return;
	snprintf(text, sizeof(text), "%d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	set(o, key, text);
}

/* One object with the strings that are there. */
struct pair {
	const char *key, *value;
};

static json_t *
strings(const struct pair *pairs, size_t n)
{
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++)
		set(o, pairs[i].key, pairs[i].value);
	return o;
}

static void
set_people(json_t *o, const struct item_person *v, size_t n)
{
	json_t *list;
	char text[512];

	if (n == 0)
		return;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		struct pair p[] = { { "name", v[i].name },
			{ "email", v[i].email }, { "url", v[i].url } };

		json_array_append_new(list, strings(p, ARRAY_LEN(p)));
	}
	json_object_set_new(o, "authors", list);
	if (v[0].name != NULL && v[0].email != NULL) {
		snprintf(text, sizeof(text), "%.240s (%.240s)", v[0].name,
		    v[0].email);
		set(o, "author", text);
	} else {
		set(o, "author", v[0].name != NULL ? v[0].name : v[0].email);
	}
}

static void
set_tags(json_t *o, const struct item_tag *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		struct pair p[] = { { "term", v[i].term },
			{ "scheme", v[i].scheme }, { "label", v[i].label } };

		json_array_append_new(list, strings(p, ARRAY_LEN(p)));
	}
	json_object_set_new(o, "tags", list);
}

static void
set_links(json_t *o, const struct item_link *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		struct pair p[] = { { "href", v[i].href }, { "rel", v[i].rel },
			{ "type", v[i].type }, { "title", v[i].title },
			{ "hreflang", v[i].hreflang },
			{ "length", v[i].length } };

		json_array_append_new(list, strings(p, ARRAY_LEN(p)));
	}
	json_object_set_new(o, "links", list);
}

static void
set_contents(json_t *o, const struct item *it)
{
	json_t *list = json_array();

	for (size_t i = 0; i < it->ncontents; i++) {
		const struct item_content *c = &it->contents[i];
		struct pair p[] = { { "value", c->value }, { "type", c->type },
			{ "language", c->language }, { "src", c->src } };

		json_array_append_new(list, strings(p, ARRAY_LEN(p)));
	}
	json_object_set_new(o, "content", list);
}

static void
set_media(json_t *o, const struct item *it)
{
	json_t *list = json_array();

	for (size_t i = 0; i < it->nenclosures; i++) {
		const struct item_enclosure *e = &it->enclosures[i];
		struct pair p[] = { { "url", e->url }, { "type", e->type },
			{ "length", e->length } };

		json_array_append_new(list, strings(p, ARRAY_LEN(p)));
	}
	json_object_set_new(o, "enclosures", list);
	list = json_array();
	for (size_t i = 0; i < it->nthumbnails; i++) {
		struct pair p[] = { { "url", it->thumbnails[i] } };

		json_array_append_new(list, strings(p, ARRAY_LEN(p)));
	}
	json_object_set_new(o, "media_thumbnails", list);
}

static json_t *
source_json(const struct item_source *s)
{
	struct pair p[] = { { "title", s->title }, { "link", s->link },
		{ "id", s->id }, { "url", s->url }, { "author", s->author } };
	json_t *o = strings(p, ARRAY_LEN(p));

	set_time(o, "updated", s->updated);
	return o;
}

static json_t *
entry_json(const struct item *it)
{
	json_t *o = json_object();

	set(o, "title", it->title);
	set(o, "link", it->url);
	set(o, "id", it->guid);
	json_object_set_new(
	    o, "id_is_permalink", json_boolean(it->guid_is_permalink));
	set(o, "summary", it->summary);
	set(o, "language", it->language);
	set(o, "comments", it->comments);
	set_time(o, "published", it->published);
	set_time(o, "updated", it->updated);
	set_time(o, "created", it->created);
	set_people(o, it->authors, it->nauthors);
	set_tags(o, it->tags, it->ntags);
	set_links(o, it->links, it->nlinks);
	set_contents(o, it);
	set_media(o, it);
	if (it->source != NULL)
		json_object_set_new(o, "source", source_json(it->source));
	return o;
}

static void
set_texts(json_t *o, const char *key, const char *const *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(v[i]));
	json_object_set_new(o, key, list);
}

static json_t *
feed_json(const struct feed_doc *doc)
{
	json_t *o = json_object();

	set(o, "title", doc->title);
	set(o, "link", doc->link);
	set(o, "id", doc->id);
	set(o, "description", doc->description);
	set(o, "language", doc->language);
	set_time(o, "published", doc->published);
	set_time(o, "updated", doc->updated);
	set_time(o, "created", doc->created);
	set_people(o, doc->authors, doc->nauthors);
	set_tags(o, doc->tags, doc->ntags);
	set_links(o, doc->links, doc->nlinks);
	set(o, "ttl", doc->ttl_text);
	set_texts(o, "skip_hours", doc->skip_hours_text, doc->nskip_hours);
	set_texts(o, "skip_days", doc->skip_days_text, doc->nskip_days);
	set(o, "newlocation", doc->newlocation);
	return o;
}

json_t *
feed_doc_to_json(const struct feed_doc *doc)
{
	json_t *o = json_object(), *entries = json_array();

	set(o, "version", feed_format_name(doc->format));
	set(o, "encoding", doc->encoding);
	set(o, "status", feed_status_name(doc->status));
	if (doc->status != FEED_OK)
		set(o, "why", doc->why);
	json_object_set_new(o, "feed", feed_json(doc));
	for (size_t i = 0; i < doc->nitems; i++) {
		if (doc->items[i] != NULL)
			json_array_append_new(
			    entries, entry_json(doc->items[i]));
	}
	json_object_set_new(o, "entries", entries);
	return o;
}
