/* fields_link.c - elements that are links, identity, people, subjects. */
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/url.h"
#include "feed/fields.h"
#include "feed/parser.h"

/* An attribute in the record's arena; NULL stays NULL. */
static const char *
dup_attr(struct feed_parser *fp, const char **atts, const char *name)
{
	const char *v = parser_attr(atts, name);

	return v == NULL ? NULL : parser_dup(fp, v, strlen(v));
}

/* An address in an attribute: Atom says href, others url. */
static const char *
href_of(const char **atts)
{
	const char *v = parser_attr(atts, "href");

	return v != NULL ? v : parser_attr(atts, "url");
}

static bool
is_page_type(const char *type)
{
	return type == NULL || strcasecmp(type, "text/html") == 0 ||
	       strcasecmp(type, "html") == 0 ||
	       strcasecmp(type, "application/xhtml+xml") == 0 ||
	       strcasecmp(type, "xhtml") == 0;
}

/*
 * How much a link is the page of the record: RSS's own above Atom's
 * alternate above an alternate of another type; 0 not at all. Above those
 * two is only what the guid stands for, rank 1.
 */
static uint8_t
page_rank(const struct feed_parser *fp, const struct item_link *l)
{
	if (strcasecmp(l->rel, "alternate") != 0)
		return 0;
	if (!is_page_type(l->type))
		return 2;
	return fp->elem_ns == NS_ATOM ? 3 : 4;
}

void
link_start(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	struct item_link l = {
		.rel = dup_attr(fp, atts, "rel"),
		.type = dup_attr(fp, atts, "type"),
		.title = dup_attr(fp, atts, "title"),
		.hreflang = dup_attr(fp, atts, "hreflang"),
		.length = dup_attr(fp, atts, "length"),
	};
	const char *href = href_of(atts), *uri = parser_attr(atts, "uri");
	uint8_t rank;

	(void)e;
	if (l.rel == NULL)
		l.rel = "alternate";
	if (href != NULL)
		l.href = parser_url(fp, href);
	else if (uri != NULL)
		l.href = parser_url(fp, uri); /* unless there is a text */
	fp->link = record_add_link(fp, &l);
	if (href == NULL)
		return; /* its text will tell */
	capture_drop(fp);
	if (strcasecmp(l.rel, "enclosure") == 0 && fp->rec == &fp->item) {
		struct item_enclosure enc = { l.href, l.type, l.length };

		record_add_enclosure(fp, &enc);
	}
	rank = page_rank(fp, &l);
	if (rank > 0 && l.href[0] != '\0' &&
	    record_takes(fp->rec, FIELD_URL, rank, rank == 4)) {
		fp->rec->it->url = l.href;
		fp->rec->has_link = true;
	}
}

void
link_end(struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	struct item_link *l = fp->link;
	uint8_t rank;

	(void)e;
	if (text == NULL || l == NULL)
		return; /* href said it */
	fp->link = NULL;
	if (len > 0)
		l->href = parser_url(fp, text);
	if (l->href == NULL)
		return;
	if (strcasecmp(l->rel, "enclosure") == 0 && fp->rec == &fp->item) {
		struct item_enclosure enc = { l->href, l->type, l->length };

		record_add_enclosure(fp, &enc);
	}
	rank = page_rank(fp, l);
	if (rank > 0 && record_takes(fp->rec, FIELD_URL, rank, true)) {
		fp->rec->it->url = l->href;
		fp->rec->has_link = true;
	}
}

void
guid_start(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *v = parser_attr(atts, "isPermaLink");

	fp->guid_is_atom = e->name[0] == 'i';
	fp->permalink =
	    !fp->guid_is_atom && (v == NULL || strcasecmp(v, "true") == 0);
}

/*
 * A guid is kept as it is, but one that is plainly a path of the site is
 * made whole. Anything else may be moved to another host and stay the same.
 */
static const char *
guid_value(struct feed_parser *fp, const char *text, size_t len)
{
	if ((fp->permalink || fp->guid_is_atom) &&
	    (text[0] == '/' || strncmp(text, "./", 2) == 0 ||
		strncmp(text, "../", 3) == 0))
		return parser_url(fp, text);
	return parser_dup(fp, text, len);
}

void
guid_end(struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	struct record *r = fp->rec;

	if (len == 0 || !record_takes(r, FIELD_GUID, e->rank, true))
		return;
	r->it->guid = guid_value(fp, text, len);
	r->it->guid_is_permalink = fp->permalink && !r->has_link;
	if (fp->permalink && url_is_http(r->it->guid) &&
	    record_takes(r, FIELD_URL, 1, false))
		r->it->url = r->it->guid;
}

void
identifier_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	if (len > 0 && record_takes(fp->rec, FIELD_GUID, e->rank, false))
		fp->rec->it->guid = parser_dup(fp, text, len);
}

void
enclosure_start(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *href = href_of(atts);
	struct item_enclosure enc = {
		.type = dup_attr(fp, atts, "type"),
		.length = dup_attr(fp, atts, "length"),
	};

	(void)e;
	if (href == NULL || href[0] == '\0')
		return;
	enc.url = parser_url(fp, href);
	record_add_enclosure(fp, &enc);
}

void
thumbnail_start(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *href = href_of(atts);

	(void)e;
	if (href == NULL)
		return;
	capture_drop(fp);
	record_add_thumbnail(fp, parser_url(fp, href));
}

void
thumbnail_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (len > 0)
		record_add_thumbnail(fp, parser_url(fp, text));
}

void
category_start(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	(void)e;
	fp->tag.term = dup_attr(fp, atts, "term");
	fp->tag.label = dup_attr(fp, atts, "label");
	fp->tag.scheme = dup_attr(fp, atts, "scheme");
	if (fp->tag.scheme == NULL)
		fp->tag.scheme = dup_attr(fp, atts, "domain");
	if (fp->tag.scheme == NULL && fp->elem_ns == NS_MEDIA)
		fp->tag.scheme = "http://search.yahoo.com/mrss/category_schema";
}

void
category_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	struct item_tag t = fp->tag;

	(void)e;
	if (len > 0 && t.term == NULL)
		t.term = parser_dup(fp, text, len);
	record_add_tag(fp, &t);
}

#define ITUNES_SCHEME "http://www.itunes.com/"

void
itunes_category_start(
    struct feed_parser *fp, const struct elem *e, const char **atts)
{
	struct item_tag t = { .term = dup_attr(fp, atts, "text") };

	(void)e;
	if (t.term == NULL)
		return;
	t.scheme = ITUNES_SCHEME;
	record_add_tag(fp, &t);
}

void
keywords_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	char *save = NULL;

	(void)e;
	(void)len;
	for (char *w = strtok_r(text, ",", &save); w != NULL;
	     w = strtok_r(NULL, ",", &save)) {
		struct item_tag t = { .scheme = NULL };
		size_t n;

		w += strspn(w, " \t\r\n");
		n = strlen(w);
		while (n > 0 && strchr(" \t\r\n", w[n - 1]) != NULL)
			n--;
		if (n == 0)
			continue;
		t.term = parser_dup(fp, w, n);
		if (fp->elem_ns == NS_ITUNES)
			t.scheme = ITUNES_SCHEME;
		record_add_tag(fp, &t);
	}
}

/* The children of Atom's author tell it, or else the text of RSS's does. */
void
author_end(struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (!fp->have_person && len > 0)
		person_split(fp->rec->it->arena, text, len, &fp->person);
	record_add_person(fp, &fp->person);
	fp->have_person = false;
	fp->person = (struct item_person){ 0 };
}

void
webmaster_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	struct record *r = fp->rec;

	(void)e;
	if (len == 0 || r->webmasters != NULL)
		return;
	r->webmasters = arena_calloc(r->it->arena, 1, sizeof(*r->webmasters));
	r->nwebmasters = 1;
	person_split(r->it->arena, text, len, r->webmasters);
}

void
person_name(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (len > 0)
		fp->person.name = parser_dup(fp, text, len);
	fp->have_person = true;
}

void
person_email(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (len > 0)
		fp->person.email = parser_dup(fp, text, len);
	fp->have_person = true;
}

void
person_url(struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (len > 0)
		fp->person.url = parser_url(fp, text);
	fp->have_person = true;
}
