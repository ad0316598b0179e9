/* item_codec.c - an item whole, for the gatherer's link and the archive. */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "item/item.h"
#include "item/item_json.h"

/*
 * A record's fields as rows: the encoder and the decoder walk the same
 * tables, so neither can forget one. Absent values are not written.
 */
enum kind { STR, BOOL, TIME, U32, U64, END };

struct row {
	const char *key;
	enum kind kind;
	size_t offset;
};

#define ROW(type, member, kind)                                                \
	{                                                                      \
#member, kind, offsetof(struct type, member)                   \
	}

static const struct row item_rows[] = {
	ROW(item, guid, STR),
	ROW(item, guid_is_permalink, BOOL),
	ROW(item, url, STR),
	ROW(item, title, STR),
	ROW(item, summary, STR),
	ROW(item, language, STR),
	ROW(item, comments, STR),
	ROW(item, summary_type, STR),
	ROW(item, published, TIME),
	ROW(item, updated, TIME),
	ROW(item, created, TIME),
	ROW(item, title_text, STR),
	ROW(item, text, STR),
	ROW(item, truncated, BOOL),
	ROW(item, id, STR),
	ROW(item, feed, STR),
	ROW(item, feed_name, STR),
	ROW(item, canonical, STR),
	ROW(item, origin, STR),
	ROW(item, origin_agency, BOOL),
	ROW(item, received, U64),
	ROW(item, revision, U32),
	ROW(item, passed_over, STR),
	ROW(item, furniture, STR),
	ROW(item, identity, U64),
	ROW(item, content, U64),
	{ NULL, END, 0 },
};

static const struct row person_rows[] = {
	ROW(item_person, name, STR),
	ROW(item_person, email, STR),
	ROW(item_person, url, STR),
	{ NULL, END, 0 },
};

static const struct row tag_rows[] = {
	ROW(item_tag, term, STR),
	ROW(item_tag, scheme, STR),
	ROW(item_tag, label, STR),
	{ NULL, END, 0 },
};

static const struct row link_rows[] = {
	ROW(item_link, href, STR),
	ROW(item_link, rel, STR),
	ROW(item_link, type, STR),
	ROW(item_link, title, STR),
	ROW(item_link, hreflang, STR),
	ROW(item_link, length, STR),
	{ NULL, END, 0 },
};

static const struct row enclosure_rows[] = {
	ROW(item_enclosure, url, STR),
	ROW(item_enclosure, type, STR),
	ROW(item_enclosure, length, STR),
	{ NULL, END, 0 },
};

static const struct row content_rows[] = {
	ROW(item_content, value, STR),
	ROW(item_content, type, STR),
	ROW(item_content, language, STR),
	ROW(item_content, src, STR),
	{ NULL, END, 0 },
};

static const struct row source_rows[] = {
	ROW(item_source, title, STR),
	ROW(item_source, url, STR),
	ROW(item_source, id, STR),
	ROW(item_source, link, STR),
	ROW(item_source, author, STR),
	ROW(item_source, updated, TIME),
	{ NULL, END, 0 },
};

/* The lists of an item: pointer, number, size of one, its rows. */
static const struct list {
	const char *key;
	size_t ptr, count, size;
	const struct row *rows;
} lists[] = {
	{ "contents", offsetof(struct item, contents),
	    offsetof(struct item, ncontents), sizeof(struct item_content),
	    content_rows },
	{ "authors", offsetof(struct item, authors),
	    offsetof(struct item, nauthors), sizeof(struct item_person),
	    person_rows },
	{ "tags", offsetof(struct item, tags), offsetof(struct item, ntags),
	    sizeof(struct item_tag), tag_rows },
	{ "links", offsetof(struct item, links), offsetof(struct item, nlinks),
	    sizeof(struct item_link), link_rows },
	{ "enclosures", offsetof(struct item, enclosures),
	    offsetof(struct item, nenclosures), sizeof(struct item_enclosure),
	    enclosure_rows },
};

static void
encode_row(json_t *o, const struct row *r, const char *base)
{
	const void *p = base + r->offset;

	switch (r->kind) {
	case STR:
		item_put_str(o, r->key, *(const char *const *)p);
		break;
	case BOOL:
		if (*(const bool *)p)
			json_object_set_new(o, r->key, json_true());
		break;
	case TIME:
		if (*(const int64_t *)p != ITEM_NO_TIME)
			json_object_set_new(
			    o, r->key, json_integer(*(const int64_t *)p));
		break;
	case U32:
		json_object_set_new(
		    o, r->key, json_integer(*(const uint32_t *)p));
		break;
	case U64: /* the same bits; jansson's integers have a sign */
		json_object_set_new(
		    o, r->key, json_integer(*(const json_int_t *)p));
		break;
	case END:
		break;
	}
}

static json_t *
encode_rows(const struct row *rows, const void *base)
{
	json_t *o = json_object();

	for (; rows->kind != END; rows++)
		encode_row(o, rows, base);
	return o;
}

json_t *
item_encode(const struct item *it)
{
	json_t *o = encode_rows(item_rows, it), *v;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct list *l = &lists[i];
		size_t n = *(const size_t *)((const char *)it + l->count);
		const char *el =
		    *(const char *const *)((const char *)it + l->ptr);

		if (n == 0)
			continue;
		v = json_array();
		for (; n > 0; n--, el += l->size)
			json_array_append_new(v, encode_rows(l->rows, el));
		json_object_set_new(o, l->key, v);
	}
	if (it->nthumbnails > 0) {
		v = json_array();
		for (size_t i = 0; i < it->nthumbnails; i++)
			json_array_append_new(
			    v, json_string(it->thumbnails[i]));
		json_object_set_new(o, "thumbnails", v);
	}
	if (it->source != NULL)
		json_object_set_new(
		    o, "source", encode_rows(source_rows, it->source));
	return o;
}

/* --- back --- */

static int
decode_row(struct arena *a, const json_t *v, const struct row *r, char *base)
{
	void *p = base + r->offset;

	switch (r->kind) {
	case STR:
		if (!json_is_string(v))
			return -1;
		*(const char **)p = arena_strdup(a, json_string_value(v));
		return 0;
	case BOOL:
		*(bool *)p = json_is_true(v);
		return json_is_boolean(v) ? 0 : -1;
	case TIME:
	case U64:
		*(int64_t *)p = json_integer_value(v);
		return json_is_integer(v) ? 0 : -1;
	case U32:
		*(uint32_t *)p = (uint32_t)json_integer_value(v);
		return json_is_integer(v) && json_integer_value(v) >= 0 &&
			       json_integer_value(v) <= UINT32_MAX
			   ? 0
			   : -1;
	case END:
		break;
	}
	return -1;
}

/* Unknown keys are ignored: a newer version may have written them. */
static int
decode_rows(struct arena *a, const json_t *o, const struct row *rows,
    void *base, struct diag *d)
{
	for (; rows->kind != END; rows++) {
		const json_t *v = json_object_get(o, rows->key);

		if (rows->kind == TIME)
			*(int64_t *)((char *)base + rows->offset) =
			    ITEM_NO_TIME;
		if (v == NULL || decode_row(a, v, rows, base) == 0)
			continue;
		diag_set(d, NULL, 0, 0, "%s has the wrong type", rows->key);
		return -1;
	}
	return 0;
}

static int
decode_list(
    struct item *it, const json_t *v, const struct list *l, struct diag *d)
{
	size_t n = json_array_size(v), i;
	const json_t *el;
	char *p;

	if (v == NULL)
		return 0;
	if (!json_is_array(v)) {
		diag_set(d, NULL, 0, 0, "%s is no list", l->key);
		return -1;
	}
	p = arena_calloc(it->arena, n + 1, l->size);
	*(char **)((char *)it + l->ptr) = p;
	*(size_t *)((char *)it + l->count) = n;
	json_array_foreach(v, i, el)
	{
		if (decode_rows(it->arena, el, l->rows, p + i * l->size, d) ==
		    -1)
			return -1;
	}
	return 0;
}

static int
decode_thumbnails(struct item *it, const json_t *v, struct diag *d)
{
	const json_t *el;
	size_t i;

	if (v == NULL)
		return 0;
	it->thumbnails = arena_calloc(
	    it->arena, json_array_size(v) + 1, sizeof(*it->thumbnails));
	json_array_foreach(v, i, el)
	{
		if (!json_is_string(el)) {
			diag_set(d, NULL, 0, 0, "a thumbnail is no text");
			return -1;
		}
		it->thumbnails[it->nthumbnails++] =
		    arena_strdup(it->arena, json_string_value(el));
	}
	return 0;
}

struct item *
item_decode(const json_t *j, struct diag *d)
{
	const json_t *source = json_object_get(j, "source");
	struct item *it;

	if (!json_is_object(j)) {
		diag_set(d, NULL, 0, 0, "no object; expected an item");
		return NULL;
	}
	it = item_new();
	if (decode_rows(it->arena, j, item_rows, it, d) == -1)
		goto bad;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (decode_list(it, json_object_get(j, lists[i].key), &lists[i],
			d) == -1)
			goto bad;
	}
	if (decode_thumbnails(it, json_object_get(j, "thumbnails"), d) == -1)
		goto bad;
	if (source != NULL) {
		it->source = arena_calloc(it->arena, 1, sizeof(*it->source));
		if (decode_rows(
			it->arena, source, source_rows, it->source, d) == -1)
			goto bad;
	}
	return it;
bad:
	item_free(it);
	return NULL;
}
