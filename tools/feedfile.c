/*
 * feedfile.c - written news: one file a feed, shown bit by bit.
 *
 * A file is blocks of "key: value" lines, an empty line and text, parted by
 * lines "%%". The first block is the feed (title, link, format, slow; with
 * format "raw" its text is the document). Each other block is an item (title,
 * link, guid, author, after in seconds) with its HTML body. Items are written
 * oldest first; `after` below 0 means that it was there before the start.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fsutil.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "feedserver.h"

#define FILE_MAX ((size_t)1024 * 1024)

struct block {
	const char *title, *link, *guid, *author, *format, *slow, *after;
	const char *body;
};

static const struct {
	const char *key;
	size_t offset;
} keys[] = {
	{ "title", offsetof(struct block, title) },
	{ "link", offsetof(struct block, link) },
	{ "guid", offsetof(struct block, guid) },
	{ "author", offsetof(struct block, author) },
	{ "format", offsetof(struct block, format) },
	{ "slow", offsetof(struct block, slow) },
	{ "after", offsetof(struct block, after) },
};

/* Set the key of `line`; false when there is no such key. */
static bool
block_key(struct block *b, char *line)
{
	char *colon = strchr(line, ':');

	if (colon == NULL)
		return false;
	*colon = '\0';
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strcmp(keys[i].key, line) == 0) {
			const char *value = colon + 1 + strspn(colon + 1, " ");

			memcpy(
			    (char *)b + keys[i].offset, &value, sizeof(value));
			return true;
		}
	*colon = ':';
	return false;
}

/* Cut the next block off *rest. 1, 0 at the end, -1 on a bad line. */
static int
block_next(char **rest, struct block *b, const char *path)
{
	char *line, *end;

	if (*rest == NULL)
		return 0;
	memset(b, 0, sizeof(*b));
	while ((line = strsep(rest, "\n")) != NULL && *line != '\0') {
		if (line[0] == '#' || block_key(b, line))
			continue;
		fprintf(stderr, "%s: \"%s\": a known key was expected\n", path,
		    line);
		return -1;
	}
	b->body = *rest != NULL ? *rest : "";
	if (*rest != NULL && strncmp(*rest, "%%\n", 3) == 0) {
		b->body = "";
		*rest += 3;
	} else if (*rest != NULL && (end = strstr(*rest, "\n%%\n")) != NULL) {
		end[1] = '\0';
		*rest = end + 4;
	} else {
		*rest = NULL;
	}
	return 1;
}

static void
news_add(struct news *ne, const struct block *b)
{
	struct news_item *it;

	ne->items = xreallocarray(ne->items, ne->n + 1, sizeof(*it));
	it = &ne->items[ne->n++];
	it->title = b->title;
	it->link = b->link;
	it->guid = b->guid != NULL ? b->guid : b->link;
	it->author = b->author;
	it->body = b->body;
	it->after_s = b->after != NULL ? strtoll(b->after, NULL, 10) : -3600;
}

struct news *
news_load(const char *path)
{
	const char *base = strrchr(path, '/');
	struct news *ne = xcalloc(1, sizeof(*ne));
	struct strbuf sb;
	struct block b = { 0 };
	char *rest;
	int rv;

	strbuf_init(&sb, FILE_MAX);
	if (fs_read(path, &sb) == -1) {
		perror(path);
		strbuf_fini(&sb);
		free(ne);
		return NULL;
	}
	base = base != NULL ? base + 1 : path;
	ne->name = xstrndup(base, strcspn(base, "."));
	ne->text = rest = strbuf_take(&sb);
	rv = block_next(&rest, &b, path);
	ne->title = b.title != NULL ? b.title : ne->name;
	ne->link = b.link != NULL ? b.link : "http://demo.invalid/";
	ne->atom = b.format != NULL && strcmp(b.format, "atom") == 0;
	if (b.format != NULL && strcmp(b.format, "raw") == 0)
		ne->raw = b.body;
	if (b.slow != NULL)
		ne->slow_s = (unsigned int)strtoul(b.slow, NULL, 10);
	while (rv == 1 && (rv = block_next(&rest, &b, path)) == 1)
		news_add(ne, &b);
	if (rv == -1) {
		news_free(ne);
		return NULL;
	}
	return ne;
}

void
news_free(struct news *ne)
{
	if (ne == NULL)
		return;
	free(ne->items);
	free(ne->text);
	free(ne->name);
	free(ne);
}

size_t
news_shown(const struct news *ne, int64_t elapsed_s)
{
	size_t n = 0;

	for (size_t i = 0; i < ne->n; i++)
		n += ne->items[i].after_s <= elapsed_s;
	return n;
}

void
news_write(
    const struct news *ne, int64_t start, int64_t elapsed_s, struct strbuf *out)
{
	if (ne->raw != NULL) {
		strbuf_puts(out, ne->raw);
		return;
	}
	doc_open(out, ne->atom, ne->title, ne->link);
	for (size_t i = ne->n; i-- > 0;) {
		const struct news_item *it = &ne->items[i];

		if (it->after_s <= elapsed_s)
			doc_item(out, ne->atom, it, start + it->after_s);
	}
	doc_close(out, ne->atom);
}

static void
put_escaped(struct strbuf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '&')
			strbuf_puts(out, "&amp;");
		else if (*s == '<')
			strbuf_puts(out, "&lt;");
		else if (*s == '>')
			strbuf_puts(out, "&gt;");
		else
			strbuf_putc(out, *s);
	}
}

static void
put_element(
    struct strbuf *out, const char *open, const char *text, const char *close)
{
	if (text == NULL)
		return;
	strbuf_puts(out, open);
	put_escaped(out, text);
	strbuf_puts(out, close);
}

void
doc_open(struct strbuf *out, bool atom, const char *title, const char *link)
{
	strbuf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (atom) {
		strbuf_puts(
		    out, "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
		put_element(out, "<title>", title, "</title>\n");
		put_element(out, "<id>", link, "</id>\n");
		return;
	}
	strbuf_puts(out,
	    "<rss version=\"2.0\" "
	    "xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n<channel>\n");
	put_element(out, "<title>", title, "</title>\n");
	put_element(out, "<link>", link, "</link>\n");
}

void
doc_item(
    struct strbuf *out, bool atom, const struct news_item *it, int64_t date)
{
	char iso[CLOCK_ISO_LEN], rfc822[64];
	time_t t = (time_t)date;
	struct tm tm;

	if (atom) {
		clock_iso(date, iso);
		strbuf_puts(out, "<entry>\n");
		put_element(out, "<id>", it->guid, "</id>\n");
		put_element(out, "<title>", it->title, "</title>\n");
		strbuf_printf(out, "<link href=\"%s\"/>\n", it->link);
		strbuf_printf(out, "<updated>%s</updated>\n", iso);
		put_element(
		    out, "<author><name>", it->author, "</name></author>\n");
		put_element(out, "<content type=\"html\">", it->body,
		    "</content>\n</entry>\n");
		return;
	}
	gmtime_r(&t, &tm);
	strftime(rfc822, sizeof(rfc822), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	strbuf_puts(out, "<item>\n");
	put_element(out, "<title>", it->title, "</title>\n");
	put_element(out, "<link>", it->link, "</link>\n");
	put_element(out, "<guid isPermaLink=\"false\">", it->guid, "</guid>\n");
	strbuf_printf(out, "<pubDate>%s</pubDate>\n", rfc822);
	put_element(out, "<dc:creator>", it->author, "</dc:creator>\n");
	put_element(
	    out, "<description>", it->body, "</description>\n</item>\n");
}

void
doc_close(struct strbuf *out, bool atom)
{
	strbuf_puts(out, atom ? "</feed>\n" : "</channel>\n</rss>\n");
}
