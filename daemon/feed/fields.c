/* fields.c - elements that are text or a time. */
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "feed/date.h"
#include "feed/fields.h"
#include "feed/parser.h"

void
field_title(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	if (len > 0 && record_takes(fp->rec, FIELD_TITLE, e->rank, false))
		fp->rec->it->title = parser_dup(fp, text, len);
}

static void
add_content(struct feed_parser *fp, const char *text, size_t len)
{
	struct item_content c = {
		.value = len > 0 ? parser_dup(fp, text, len) : NULL,
		.type = parser_dup(fp, fp->cap.type, strlen(fp->cap.type)),
		.src = fp->content_src,
	};
	const char *lang = fp->frames[fp->cap.depth].lang;

	if (lang != NULL)
		c.language = parser_dup(fp, lang, strlen(lang));
	record_add_content(fp, &c);
}

void
field_summary(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	struct record *r = fp->rec;

	if (len == 0)
		return;
	if (r == &fp->item && e->rank == 4 && r->rank[FIELD_SUMMARY] == 4) {
		/* description and summary: the second is as good as content. */
		fp->content_src = NULL;
		if (strcmp(r->it->summary, text) != 0)
			add_content(fp, text, len);
		return;
	}
	/* Of a feed the last one counts, of an item the first. */
	if (!record_takes(r, FIELD_SUMMARY, e->rank, r == &fp->feed))
		return;
	r->it->summary = parser_dup(fp, text, len);
	r->it->summary_type =
	    parser_dup(fp, fp->cap.type, strlen(fp->cap.type));
}

void
field_content_start(
    struct feed_parser *fp, const struct elem *e, const char **atts)
{
	const char *src = parser_attr(atts, "src");

	(void)e;
	fp->content_src = src == NULL ? NULL : parser_url(fp, src);
}

void
field_content(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (len > 0 || fp->content_src != NULL)
		add_content(fp, text, len);
}

void
field_comments(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	if (len > 0)
		fp->rec->it->comments = parser_url(fp, text);
}

void
field_language(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	if (len == 0 || !record_takes(fp->rec, FIELD_LANGUAGE, e->rank, true))
		return;
	fp->rec->it->language = parser_dup(fp, text, MIN(len, (size_t)64));
}

/* The last one that can be read counts. */
static void
set_time(int64_t *field, const char *text)
{
	int64_t t = date_parse(text);

	if (t != ITEM_NO_TIME)
		*field = t;
}

void
field_published(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	(void)len;
	set_time(&fp->rec->it->published, text);
}

void
field_updated(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	(void)len;
	set_time(&fp->rec->it->updated, text);
}

void
field_created(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	(void)len;
	set_time(&fp->rec->it->created, text);
}
