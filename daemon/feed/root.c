/* root.c - the elements that hold others, and the hints for polling. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "feed/date.h"
#include "feed/fields.h"
#include "feed/parser.h"

static const struct {
	const char *version;
	enum feed_format format;
} rss_versions[] = {
	{ "0.90", FEED_RSS090 },
	{ "0.91", FEED_RSS091 },
	{ "0.92", FEED_RSS092 },
	{ "0.93", FEED_RSS093 },
	{ "0.94", FEED_RSS094 },
	{ "1.0", FEED_RSS10 },
};

void
root_rss(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *version = parser_attr(atts, "version");

	(void)e;
	fp->root_seen = true;
	fp->doc->format = FEED_RSS;
	if (version == NULL)
		return;
	if (strncmp(version, "2.", 2) == 0 || strcmp(version, "2") == 0)
		fp->doc->format = FEED_RSS20;
	for (size_t i = 0; i < ARRAY_LEN(rss_versions); i++) {
		if (strcmp(version, rss_versions[i].version) == 0)
			fp->doc->format = rss_versions[i].format;
	}
	if (fp->doc->format == FEED_RSS091 && fp->netscape)
		fp->doc->format = FEED_RSS091N;
}

void
root_rdf(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	(void)e;
	fp->root_seen = true;
	fp->doc->format = FEED_RSS10;
	for (; atts[0] != NULL; atts += 2) {
		if (strncmp(atts[0], "xmlns", 5) == 0 &&
		    strstr(atts[1], "netscape.com/rdf/simple/0.9") != NULL)
			fp->doc->format = FEED_RSS090;
	}
}

void
root_atom(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *version = parser_attr(atts, "version");

	(void)e;
	fp->root_seen = true;
	fp->doc->format = FEED_ATOM;
	for (const char **a = atts; a[0] != NULL; a += 2) {
		if (strncmp(a[0], "xmlns", 5) == 0 &&
		    strcasestr(a[1], "w3.org/2005/atom") != NULL)
			fp->doc->format = FEED_ATOM10;
	}
	if (fp->doc->format == FEED_ATOM10 || version == NULL)
		return;
	if (strcmp(version, "0.1") == 0)
		fp->doc->format = FEED_ATOM01;
	else if (strcmp(version, "0.2") == 0)
		fp->doc->format = FEED_ATOM02;
	else if (strcmp(version, "0.3") == 0)
		fp->doc->format = FEED_ATOM03;
}

void
root_channel(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	(void)e;
	(void)atts;
	fp->root_seen = true;
	if (fp->doc->format == FEED_UNKNOWN)
		fp->doc->format = FEED_RSS;
}

/* No more items are kept, or one stands in another: let it pass by. */
static void
pass_item(struct feed_parser *fp)
{
	fp->frames[fp->depth].elem = NULL;
	fp->frames[fp->depth].ctx = CTX_IGNORE;
}

void
root_item(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *about;

	if (fp->item.it != NULL) {
		pass_item(fp);
		return;
	}
	if (newest_is_closed(&fp->newest)) {
		fp->doc->dropped++;
		pass_item(fp);
		return;
	}
	fp->root_seen = true;
	if (fp->doc->format == FEED_UNKNOWN)
		fp->doc->format = e->name[0] == 'e' ? FEED_ATOM : FEED_RSS;
	if (fp->doc->format == FEED_ATOM && fp->elem_ns == NS_ATOM)
		fp->doc->format = FEED_ATOM10;
	record_begin_item(fp);
	about = parser_attr(atts, "about");
	if (about != NULL && about[0] != '\0' &&
	    record_takes(&fp->item, FIELD_GUID, 2, false))
		fp->item.it->guid = parser_dup(fp, about, strlen(about));
	if (fp->frames[fp->depth].lang != fp->frames[0].lang &&
	    fp->frames[fp->depth].lang != NULL)
		fp->item.it->language =
		    parser_dup(fp, fp->frames[fp->depth].lang,
			strlen(fp->frames[fp->depth].lang));
}

void
root_item_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	XML_Index at = XML_GetCurrentByteIndex(fp->xp);
	size_t off = at < 0 ? 0 : (size_t)at + fp->skipped;

	(void)e;
	(void)text;
	(void)len;
	if (fp->item.it != NULL)
		record_end_item(fp, off < fp->cut_at);
}

void
root_source(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *url = parser_attr(atts, "url");
	struct item *it;

	(void)e;
	memset(&fp->source, 0, sizeof(fp->source));
	it = arena_calloc(fp->item.it->arena, 1, sizeof(*it));
	it->arena = fp->item.it->arena;
	it->published = it->updated = it->created = ITEM_NO_TIME;
	fp->source.it = it;
	fp->rec = &fp->source;
	if (url != NULL)
		fp->source_url = parser_url(fp, url);
}

/* "Name (mail)", as feeds write an author in one text. */
static const char *
person_text(struct arena *a, const struct item_person *p)
{
	if (p->name != NULL && p->email != NULL)
		return arena_printf(a, "%s (%s)", p->name, p->email);
	return p->name != NULL ? p->name : p->email;
}

void
root_source_end(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	struct item *from = fp->source.it;
	struct item_source *s;

	(void)e;
	fp->rec = &fp->item;
	if (from == NULL)
		return;
	s = arena_calloc(from->arena, 1, sizeof(*s));
	s->title = from->title;
	if (len > 0 && s->title == NULL)
		s->title = parser_dup(fp, text, len);
	s->url = fp->source_url;
	s->id = from->guid;
	s->link = from->url;
	s->updated = from->updated;
	if (from->nauthors > 0)
		s->author = person_text(from->arena, &from->authors[0]);
	fp->item.it->source = s;
	fp->source.it = NULL;
	fp->source_url = NULL;
}

void
hint_ttl(struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	unsigned long v = strtoul(text, NULL, 10);

	(void)e;
	if (len == 0)
		return;
	fp->doc->ttl_text = parser_dup(fp, text, len);
	/* In minutes; a year is as good as for ever. */
	if (text[0] != '-')
		fp->doc->ttl_s = (uint32_t)MIN(v, 525600UL) * 60;
}

/* Append to a list of texts in the document's arena, 32 at most. */
static void
add_text(struct feed_parser *fp, const char ***list, size_t *n,
    const char *text, size_t len)
{
	if (*list == NULL)
		*list = arena_calloc(fp->doc->arena, 32, sizeof(const char *));
	if (*n < 32)
		(*list)[(*n)++] = parser_dup(fp, text, len);
}

void
hint_hour(struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	struct feed_doc *doc = fp->doc;
	char *end;
	unsigned long h = strtoul(text, &end, 10);

	(void)e;
	if (len == 0)
		return;
	add_text(fp, &doc->skip_hours_text, &doc->nskip_hours, text, len);
	/* Some number the hours from 1 to 24. */
	if (end != text && *end == '\0' && h <= 24)
		doc->skip_hours |= 1u << (h % 24);
}

void
hint_day(struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	static const char *const days[] = { "sun", "mon", "tue", "wed", "thu",
		"fri", "sat" };
	struct feed_doc *doc = fp->doc;

	(void)e;
	if (len == 0)
		return;
	add_text(fp, &doc->skip_days_text, &doc->nskip_days, text, len);
	for (unsigned int i = 0; i < ARRAY_LEN(days); i++) {
		if (strncasecmp(text, days[i], 3) == 0)
			doc->skip_days |= (uint8_t)(1u << i);
	}
}

/* sy: once in period / frequency; either may come first. */
static void
set_period(struct feed_parser *fp)
{
	unsigned int period = fp->sy_period_s;

	if (period == 0)
		period = 86400;
	fp->doc->update_period_s = period / MAX(fp->sy_frequency, 1u);
}

void
hint_period(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	static const struct {
		const char *word;
		unsigned int seconds;
	} periods[] = {
		{ "hourly", 3600 },
		{ "daily", 86400 },
		{ "weekly", 7 * 86400 },
		{ "monthly", 30 * 86400 },
		{ "yearly", 365 * 86400 },
	};

	(void)e;
	(void)len;
	for (size_t i = 0; i < ARRAY_LEN(periods); i++) {
		if (strcasecmp(text, periods[i].word) == 0) {
			fp->sy_period_s = periods[i].seconds;
			set_period(fp);
		}
	}
}

void
hint_frequency(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	unsigned long n = strtoul(text, NULL, 10);

	(void)e;
	(void)len;
	if (n == 0 || n > 86400)
		return;
	fp->sy_frequency = (unsigned int)n;
	set_period(fp);
}

void
hint_newlocation(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (len > 0)
		fp->doc->newlocation = parser_url(fp, text);
}
