/* doc.c - one document through charset, prolog, parser and repair. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "feed/charset.h"
#include "feed/feed.h"
#include "feed/jsonfeed.h"
#include "feed/prolog.h"
#include "feed/repair.h"
#include "feed/xml.h"

const struct feed_limits feed_limits_default = {
	.max_body_bytes = (size_t)16 << 20,
	.max_converted_bytes = (size_t)48 << 20,
	.max_items = 2000,
	.max_depth = 256,
	.item = {
		.max_title_bytes = 4096,
		.max_text_bytes = (size_t)256 << 10,
		.max_field_bytes = (size_t)1 << 20,
	},
};

static struct feed_doc *
doc_new(void)
{
	struct feed_doc *doc = xcalloc(1, sizeof(*doc));

	doc->arena = arena_new(0);
	doc->published = ITEM_NO_TIME;
	doc->updated = ITEM_NO_TIME;
	doc->created = ITEM_NO_TIME;
	return doc;
}

void
feed_doc_free(struct feed_doc *doc)
{
	if (doc == NULL)
		return;
	for (size_t i = 0; i < doc->nitems; i++)
		item_free(doc->items[i]);
	free(doc->items);
	arena_free(doc->arena);
	free(doc);
}

struct item *
feed_doc_take(struct feed_doc *doc, size_t i)
{
	struct item *it = doc->items[i];

	doc->items[i] = NULL;
	return it;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\0' || (c >= '\t' && c <= '\r');
}

/* What lets us fetch the document is no part of its links. */
static const char *
public_url(struct feed_doc *doc, const char *url)
{
	struct strbuf sb, bare;

	strbuf_init(&sb, 2 * URL_MAX);
	strbuf_init(&bare, 2 * URL_MAX);
	if (url_redact(&sb, url)) {
		if (!url_drop_user(&bare, sb.data))
			strbuf_puts(&bare, sb.data);
		url = arena_strndup(doc->arena, bare.data, bare.len);
	}
	strbuf_fini(&bare);
	strbuf_fini(&sb);
	return url;
}

/*
 * The address that relative links are seen from: Content-Location where it
 * is a usable one, or else where the document came from.
 */
static const char *
base_address(struct feed_doc *doc, const struct feed_input *in)
{
	const char *url = in->url != NULL && in->url[0] != '\0'
			      ? public_url(doc, in->url)
			      : NULL;
	struct strbuf sb;

	if (in->content_location == NULL || in->content_location[0] == '\0')
		return url;
	strbuf_init(&sb, URL_MAX);
	if (url_resolve(&sb, url, in->content_location) == 0 &&
	    url_is_http(sb.data))
		url = arena_strndup(doc->arena, sb.data, sb.len);
	strbuf_fini(&sb);
	return url;
}

/* A reading that failed leaves its reason only. */
static struct feed_doc *
start_again(struct feed_doc *doc)
{
	struct feed_doc *again = doc_new();

	memcpy(again->why, doc->why, sizeof(again->why));
	feed_doc_free(doc);
	return again;
}

/*
 * One reading of the text. 0: done. -1: not well-formed; *pl and *job are
 * filled for the repair.
 */
static int
read_once(struct feed_doc *doc, const struct charset_text *t,
    const struct feed_input *in, const struct feed_limits *limits,
    struct prolog *pl, struct xml_job *job)
{
	prolog_read(pl, t->p, t->len);
	if (pl->root == t->len) {
		doc->status = FEED_NOT_A_FEED;
		snprintf(doc->why, sizeof(doc->why), "no element in it");
		return t->unchecked ? -1 : 0;
	}
	*job = (struct xml_job){
		.p = t->p + pl->root,
		.len = t->len - pl->root,
		.cut_at = SIZE_MAX,
		.line = pl->line,
		.base = base_address(doc, in),
		.language = in->content_language,
		.netscape = pl->netscape,
	};
	return xml_read(doc, job, limits);
}

/*
 * The document as it is, and once more repaired if it is not well-formed.
 * What Expat said of the first reading is what the feed's owner should mend.
 */
static struct feed_doc *
read_xml(struct feed_doc *doc, struct charset_text *t,
    const struct feed_input *in, const struct feed_limits *limits)
{
	struct prolog pl;
	struct xml_job job = { 0 };
	struct repair_text rt;
	char why[sizeof(doc->why)];

	if (read_once(doc, t, in, limits, &pl, &job) == 0)
		return doc;
	doc = start_again(doc);
	if (t->unchecked) {
		/* Perhaps it is no UTF-8 at all. */
		const char *p = t->p;

		charset_fini(t);
		charset_read(t, in->body, in->len, in->content_type,
		    limits->max_converted_bytes, false);
		if (t->p != p) {
			if (read_once(doc, t, in, limits, &pl, &job) == 0)
				return doc;
			doc = start_again(doc);
		}
	}
	if (pl.root == t->len) {
		doc->status = FEED_NOT_A_FEED;
		return doc;
	}
	memcpy(why, doc->why, sizeof(why));
	repair_run(&rt, job.p, job.len, &pl,
	    MIN(limits->max_converted_bytes, job.len * 2 + ((size_t)1 << 20)));
	job.base = base_address(doc, in);
	job.p = rt.out.data;
	job.len = rt.out.len;
	job.cut_at = rt.cut_at;
	/* By construction this is well-formed; if not, its start is kept. */
	if (xml_read(doc, &job, limits) == 0 && doc->status == FEED_OK)
		doc->status = FEED_DAMAGED;
	if (doc->status == FEED_DAMAGED)
		memcpy(doc->why, why, sizeof(why));
	repair_fini(&rt);
	return doc;
}

static struct feed_doc *
read_text(struct feed_doc *doc, const struct feed_input *in,
    const struct feed_limits *limits)
{
	struct charset_text t;
	size_t lead = 0;

	charset_read(&t, in->body, in->len, in->content_type,
	    limits->max_converted_bytes, true);
	while (lead < t.len && is_blank(t.p[lead]))
		lead++;
	if (lead < t.len && (t.p[lead] == '{' || t.p[lead] == '[')) {
		charset_fini(&t);
		charset_read(&t, in->body, in->len, in->content_type,
		    limits->max_converted_bytes, false);
		jsonfeed_read(doc, t.p, t.len, base_address(doc, in), limits);
	} else if (lead == t.len) {
		doc->status = FEED_EMPTY;
		snprintf(doc->why, sizeof(doc->why), "nothing in it");
	} else {
		doc = read_xml(doc, &t, in, limits);
	}
	doc->encoding = arena_strdup(doc->arena, t.name);
	if (doc->status == FEED_OK && (t.damaged || t.cut)) {
		doc->status = t.cut ? FEED_TOO_LARGE : FEED_DAMAGED;
		snprintf(
		    doc->why, sizeof(doc->why), "bytes that are no %s", t.name);
	}
	charset_fini(&t);
	return doc;
}

struct feed_doc *
feed_parse(const struct feed_input *in, const struct feed_limits *limits)
{
	struct feed_doc *doc = doc_new();

	if (in->len > limits->max_body_bytes) {
		doc->status = FEED_TOO_LARGE;
		snprintf(doc->why, sizeof(doc->why), "%zu bytes", in->len);
		return doc;
	}
	return read_text(doc, in, limits);
}

/* In the order of enum feed_format. */
static const char *const format_names[] = { "", "rss090", "rss091u", "rss091n",
	"rss092", "rss093", "rss094", "rss10", "rss20", "rss", "atom01",
	"atom02", "atom03", "atom10", "atom", "json1", "json11" };

const char *
feed_format_name(enum feed_format f)
{
	return (size_t)f < ARRAY_LEN(format_names) ? format_names[f] : "";
}

/* In the order of enum feed_status. */
static const char *const status_names[] = { "ok", "damaged", "not_a_feed",
	"empty", "too_large" };

const char *
feed_status_name(enum feed_status s)
{
	return (size_t)s < ARRAY_LEN(status_names) ? status_names[s] : "";
}
