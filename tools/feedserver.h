/*
 * feedserver - feeds to poll on loopback: the demo's, or a load of made ones.
 *
 * A news source answers what it shows at a moment, as a feed document. Two
 * kinds: written news files (feedfile.c), news made by the piece (feedload.c).
 */
#ifndef TOOLS_FEEDSERVER_H
#define TOOLS_FEEDSERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strbuf;

struct news_item {
	const char *guid, *link, *title, *author, *body; /* body: HTML */
	int64_t after_s; /* shown from then on, seconds after the start */
};

struct news {
	char *name; /* path on the server, without "/" */
	const char *title, *link;
	bool atom; /* else RSS 2.0 */
	unsigned int
	    slow_s;      /* wait before the first byte and before the last */
	const char *raw; /* served as it is instead of items; or NULL */
	struct news_item *items;
	size_t n;
	char *text; /* what the strings above point into */
};

/* NULL with a message on stderr when the file cannot be used. */
struct news *news_load(const char *path);
void news_free(struct news *ne);
/* Items shown `elapsed_s` after the start: what an ETag can be made of. */
size_t news_shown(const struct news *ne, int64_t elapsed_s);
/* The document at that time; `start` is the epoch second of the start. */
void news_write(const struct news *ne, int64_t start, int64_t elapsed_s,
    struct strbuf *out);

struct load {
	unsigned int feeds; /* > 0 */
	double items_per_s; /* over all feeds */
};

/* The newest item's number + 1 in feed `n` at `elapsed_ms`; 0 = none yet. */
uint64_t load_shown(const struct load *lo, unsigned int n, int64_t elapsed_ms);
/*
 * Feed `n` with its newest 30 items. Every fifth item repeats the text of
 * the one before it, which is another feed's; one in seven is about Iraq.
 */
void load_write(const struct load *lo, unsigned int n, int64_t start,
    int64_t elapsed_ms, struct strbuf *out);

/* The document's frame and one item, for both kinds. */
void doc_open(
    struct strbuf *out, bool atom, const char *title, const char *link);
void doc_item(
    struct strbuf *out, bool atom, const struct news_item *it, int64_t date);
void doc_close(struct strbuf *out, bool atom);

#endif
