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

/* So many dates of unusual forms are looked at in one document; each takes
 * up to 20 us. */
#define ODD_DATES_MAX 20000

/* "2024-..." is read at a glance, and so is "Tue, 05 Mar 2024 ...". */
static bool
is_usual_date(const char *s)
{
	while (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		s++;
	if (s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9')
		return strnlen(s, 5) == 5 && s[4] == '-';
	return strnlen(s, 7) == 7 && s[3] == ',' && s[4] == ' ' &&
	       s[5] >= '0' && s[5] <= '9';
}

/* The last one that can be read counts. */
static void
set_time(struct feed_parser *fp, int64_t *field, const char *text)
{
	int64_t t;

	if (!is_usual_date(text) && ++fp->nodd_dates > ODD_DATES_MAX)
		return;
	t = date_parse(text);
	if (t != ITEM_NO_TIME)
		*field = t;
}

void
field_published(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	(void)len;
	set_time(fp, &fp->rec->it->published, text);
}

void
field_updated(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	(void)len;
	set_time(fp, &fp->rec->it->updated, text);
}

void
field_created(
    struct feed_parser *fp, const struct elem *e, char *text, size_t len)
{
	(void)e;
	(void)len;
	set_time(fp, &fp->rec->it->created, text);
}
