/* jsonfeed.c - JSON Feed 1.0 and 1.1 to items. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "feed/date.h"
#include "feed/feed.h"
#include "feed/json_mend.h"
#include "feed/jsonfeed.h"
#include "feed/newest.h"

/* A tree costs some 100 bytes a value: so many are enough for any feed. */
#define VALUES_MAX 200000
#define LIST_MAX 512
#define BARE_MAX 1024 /* bytes of a number or a word */
/* What is longer is too much to hold twice: its whole items are kept. */
#define MEND_MAX ((size_t)8 << 20)

struct json_feed {
	struct feed_doc *doc;
	const struct feed_limits *limits;
	const char *base; /* or NULL */
	struct arena *a;  /* of what is being built */
	bool cut;         /* a field passed its limit */
};

/* What a walk over the bytes, without a tree, finds out. */
struct scan {
	size_t values;
	size_t last_item_end; /* behind the last "}" two levels deep; 0 none */
	size_t bare;          /* longest run of what is no string, no blank */
	bool nul;             /* a string may hold "\u0000" */
};

static void
scan_json(struct scan *sc, const char *p, size_t len)
{
	unsigned int depth = 0;
	bool quoted = false;
	size_t from = 0; /* of the run */

	memset(sc, 0, sizeof(*sc));
	for (size_t i = 0; i < len; i++) {
		char c = p[i];

		if (quoted) {
			if (c == '\\') {
				i++;
				if (len - i >= 5 &&
				    memcmp(p + i, "u0000", 5) == 0)
					sc->nul = true;
			} else if (c == '"') {
				quoted = false;
				from = i + 1;
			}
			continue;
		}
		if (strchr("\"{}[],: \t\r\n", c) != NULL) {
			sc->bare = MAX(sc->bare, i - from);
			from = i + 1;
		}
		if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			depth++;
			sc->values++;
		} else if (c == '}' || c == ']') {
			depth -= depth > 0;
			if (c == '}' && depth == 2)
				sc->last_item_end = i + 1;
		} else if (c == ',') {
			sc->values++;
		}
	}
	if (!quoted)
		sc->bare = MAX(sc->bare, len - MIN(from, len));
}

/* A string of valid UTF-8 without NUL, at most `max` bytes; NULL if none. */
static const char *
text(struct json_feed *jf, const json_t *o, const char *key, size_t max)
{
	const json_t *v = json_object_get(o, key);
	const char *s;
	size_t len;

	if (json_is_integer(v))
		return arena_printf(
		    jf->a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	if (!json_is_string(v))
		return NULL;
	s = json_string_value(v);
	len = strlen(s);
	while (len > 0 && strchr(" \t\r\n", *s) != NULL) {
		s++;
		len--;
	}
	while (len > 0 && strchr(" \t\r\n", s[len - 1]) != NULL)
		len--;
	if (len > max) {
		len = utf8_cut(s, max);
		jf->cut = true;
	}
	return len == 0 ? NULL : arena_strndup(jf->a, s, len);
}

static const char *
field(struct json_feed *jf, const json_t *o, const char *key)
{
	return text(jf, o, key, jf->limits->item.max_field_bytes);
}

static const char *
title(struct json_feed *jf, const json_t *o)
{
	const char *s = text(jf, o, "title", jf->limits->item.max_title_bytes);
	struct strbuf sb;

	/* JSON Feed's titles are plain; everywhere else they are HTML. */
	if (s == NULL || strpbrk(s, "<&") == NULL)
		return s;
	strbuf_init(&sb, jf->limits->item.max_title_bytes * 5);
	for (; *s != '\0'; s++) {
		if (*s == '<')
			(void)strbuf_puts(&sb, "&lt;");
		else if (*s == '&')
			(void)strbuf_puts(&sb, "&amp;");
		else
			(void)strbuf_putc(&sb, *s);
	}
	s = arena_strndup(jf->a, sb.data, sb.len);
	strbuf_fini(&sb);
	return s;
}

/* An address, absolute where there is a base. */
static const char *
address(struct json_feed *jf, const json_t *o, const char *key)
{
	const char *s = text(jf, o, key, URL_MAX);
	struct strbuf sb;

	if (s == NULL || jf->base == NULL)
		return s;
	strbuf_init(&sb, URL_MAX);
	if (url_resolve(&sb, jf->base, s) == 0)
		s = arena_strndup(jf->a, sb.data, sb.len);
	strbuf_fini(&sb);
	return s;
}

static int64_t
date(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s == NULL ? ITEM_NO_TIME : date_parse(s);
}

static void
add_person(
    struct json_feed *jf, const json_t *o, struct item_person *v, size_t *n)
{
	struct item_person p = { field(jf, o, "name"), NULL,
		address(jf, o, "url") };

	if (json_is_string(o))
		p.name = arena_strdup(jf->a, json_string_value(o));
	if (p.name != NULL || p.url != NULL)
		v[(*n)++] = p;
}

/* 1.1 has `authors`, 1.0 had `author`. */
static struct item_person *
people(struct json_feed *jf, const json_t *o, size_t *n)
{
	const json_t *list = json_object_get(o, "authors");
	const json_t *one = json_object_get(o, "author");
	size_t max = MIN(json_array_size(list), (size_t)LIST_MAX);
	struct item_person *v = arena_calloc(jf->a, max + 1, sizeof(*v));

	*n = 0;
	for (size_t i = 0; i < max; i++)
		add_person(jf, json_array_get(list, i), v, n);
	if (*n == 0 && one != NULL)
		add_person(jf, one, v, n);
	return v;
}

static struct item_tag *
tags(struct json_feed *jf, const json_t *o, size_t *n)
{
	const json_t *list = json_object_get(o, "tags");
	size_t max = MIN(json_array_size(list), (size_t)LIST_MAX);
	struct item_tag *v = arena_calloc(jf->a, max + 1, sizeof(*v));

	*n = 0;
	for (size_t i = 0; i < max; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s != NULL && *s != '\0')
			v[(*n)++].term = arena_strdup(jf->a, s);
	}
	return v;
}

static void
attachments(struct json_feed *jf, const json_t *o, struct item *it)
{
	const json_t *list = json_object_get(o, "attachments");
	size_t max = MIN(json_array_size(list), (size_t)LIST_MAX);

	it->enclosures = arena_calloc(jf->a, max + 1, sizeof(*it->enclosures));
	for (size_t i = 0; i < max; i++) {
		const json_t *e = json_array_get(list, i);
		struct item_enclosure enc = { address(jf, e, "url"),
			field(jf, e, "mime_type"),
			field(jf, e, "size_in_bytes") };

		if (enc.url != NULL)
			it->enclosures[it->nenclosures++] = enc;
	}
}

static void
contents(struct json_feed *jf, const json_t *o, struct item *it)
{
	static const struct {
		const char *key, *type;
	} kinds[] = {
		{ "content_html", "text/html" },
		{ "content_text", "text/plain" },
	};

	it->contents =
	    arena_calloc(jf->a, ARRAY_LEN(kinds), sizeof(*it->contents));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *value = field(jf, o, kinds[i].key);

		if (value == NULL)
			continue;
		it->contents[it->ncontents++] = (struct item_content){
			.value = value,
			.type = kinds[i].type,
			.language = it->language,
		};
	}
}

static struct item *
read_item(struct json_feed *jf, const json_t *o)
{
	struct item *it = item_new();
	const char *image;

	jf->a = it->arena;
	jf->cut = false;
	it->guid = field(jf, o, "id");
	it->url = address(jf, o, "url");
	if (it->url == NULL)
		it->url = address(jf, o, "external_url");
	if (it->url == NULL && it->guid != NULL && url_is_http(it->guid))
		it->url = it->guid;
	it->title = title(jf, o);
	it->summary = field(jf, o, "summary");
	if (it->summary != NULL)
		it->summary_type = "text/plain";
	it->language = field(jf, o, "language");
	if (it->language == NULL && jf->doc->language != NULL)
		it->language = arena_strdup(jf->a, jf->doc->language);
	contents(jf, o, it);
	it->published = date(o, "date_published");
	it->updated = date(o, "date_modified");
	it->authors = people(jf, o, &it->nauthors);
	it->tags = tags(jf, o, &it->ntags);
	attachments(jf, o, it);
	image = address(jf, o, "image");
	if (image == NULL)
		image = address(jf, o, "banner_image");
	if (image != NULL) {
		it->thumbnails = arena_alloc(jf->a, sizeof(char *));
		it->thumbnails[it->nthumbnails++] = image;
	}
	it->truncated = jf->cut;
	return it;
}

/* Of too many items the newest are read. */
static void
read_items(struct json_feed *jf, const json_t *list)
{
	struct feed_doc *doc = jf->doc;
	struct newest nw;

	newest_init(&nw, jf->limits->max_items);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);

		if (!json_is_object(o))
			continue;
		if (newest_is_closed(&nw) ||
		    newest_offer(&nw, o,
			MAX(date(o, "date_published"),
			    date(o, "date_modified"))) != NULL)
			doc->dropped++;
	}
	newest_sort(&nw);
	doc->items = nw.n == 0 ? NULL : xcalloc(nw.n, sizeof(*doc->items));
	for (size_t i = 0; i < nw.n; i++)
		doc->items[doc->nitems++] = read_item(jf, nw.v[i].what);
	newest_fini(&nw);
}

static void
read_feed(struct json_feed *jf, const json_t *root)
{
	struct feed_doc *doc = jf->doc;
	const char *version;

	version = json_string_value(json_object_get(root, "version"));
	if (version == NULL && json_object_get(root, "items") == NULL) {
		doc->status = FEED_NOT_A_FEED;
		snprintf(doc->why, sizeof(doc->why),
		    "JSON without version and items");
		return;
	}
	doc->format = FEED_JSON1;
	if (version != NULL && strstr(version, "1.1") != NULL)
		doc->format = FEED_JSON11;
	doc->title = title(jf, root);
	doc->link = address(jf, root, "home_page_url");
	doc->id = address(jf, root, "feed_url");
	doc->description = field(jf, root, "description");
	doc->language = field(jf, root, "language");
	doc->authors = people(jf, root, &doc->nauthors);
	doc->tags = tags(jf, root, &doc->ntags);
	read_items(jf, json_object_get(root, "items"));
}

/* Up to the fault at `len`, or to where it was cut off: the items that are
 * whole. */
static json_t *
load_prefix(const char *p, size_t len)
{
	struct strbuf sb;
	struct scan sc;
	json_t *root = NULL;

	scan_json(&sc, p, len);
	if (sc.last_item_end == 0)
		return NULL;
	strbuf_init(&sb, sc.last_item_end + 2);
	if (strbuf_append(&sb, p, sc.last_item_end) == 0 &&
	    strbuf_puts(&sb, "]}") == 0)
		root =
		    json_loadb(sb.data, sb.len, JSON_DISABLE_EOF_CHECK, NULL);
	strbuf_fini(&sb);
	return root;
}

/* What a text editor or a template broke is mended, once; `at`: where the
 * fault is. */
static json_t *
load_mended(const char *p, size_t len, size_t at)
{
	struct strbuf sb;
	json_error_t err = { 0 };
	json_t *root = NULL;

	if (len > MEND_MAX)
		return load_prefix(p, MIN(at, len));
	strbuf_init(&sb, len * 2 + 16);
	if (json_mend(&sb, p, len) == 0)
		root =
		    json_loadb(sb.data, sb.len, JSON_DISABLE_EOF_CHECK, &err);
	if (root == NULL && sb.len > 0)
		root = load_prefix(
		    sb.data, MIN((size_t)MAX(err.position, 0), sb.len));
	strbuf_fini(&sb);
	return root;
}

/* The tree, or NULL and the document says why. */
static json_t *
load_json(struct feed_doc *doc, const char *p, size_t len, bool nul)
{
	json_error_t err = { 0 };
	struct strbuf sb;
	json_t *root;

	if (nul) {
		/* NUL ends a C string: it is left out, as in XML. */
		strbuf_init(&sb, len + 16);
		root = NULL;
		if (json_drop_nul(&sb, p, len) == 0)
			root = json_loadb(
			    sb.data, sb.len, JSON_DISABLE_EOF_CHECK, &err);
		strbuf_fini(&sb);
	} else {
		root = json_loadb(p, len, JSON_DISABLE_EOF_CHECK, &err);
	}
	if (root != NULL)
		return root;
	doc->status = FEED_DAMAGED;
	snprintf(doc->why, sizeof(doc->why), "%.100s at line %d", err.text,
	    err.line);
	root = load_mended(p, len, (size_t)MAX(err.position, 0));
	if (root == NULL)
		doc->status = FEED_NOT_A_FEED;
	return root;
}

void
jsonfeed_read(struct feed_doc *doc, const char *p, size_t len, const char *base,
    const struct feed_limits *limits)
{
	struct json_feed jf = {
		.doc = doc, .limits = limits, .base = base, .a = doc->arena
	};
	struct scan sc;
	json_t *root;

	scan_json(&sc, p, len);
	if (sc.values > VALUES_MAX) {
		doc->status = FEED_TOO_LARGE;
		snprintf(
		    doc->why, sizeof(doc->why), "%zu JSON values", sc.values);
		return;
	}
	if (sc.bare > BARE_MAX) {
		doc->status = FEED_TOO_LARGE;
		snprintf(doc->why, sizeof(doc->why), "a number of %zu digits",
		    sc.bare);
		return;
	}
	if ((root = load_json(doc, p, len, sc.nul)) == NULL)
		return;
	read_feed(&jf, root);
	json_decref(root);
}
