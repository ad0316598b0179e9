/*
 * item - one news record, from the parser to the journal.
 *
 * An item lives in one arena, which also holds the struct itself: item_free()
 * frees all of it. Every string is valid UTF-8 without NUL; NULL = absent.
 * Text limits are those of struct item_limits, applied where it is made.
 */
#ifndef ITEM_ITEM_H
#define ITEM_ITEM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct diag;
struct hash_key;
struct strbuf;

#define ITEM_NO_TIME INT64_MIN /* a date that is absent or unreadable */

struct item_person {
	const char *name, *email, *url;
};
struct item_tag {
	const char *term, *scheme, *label;
};
struct item_link {
	const char *href, *rel, *type, *title, *hreflang, *length;
};
struct item_enclosure {
	const char *url, *type, *length; /* length as given, decimal bytes */
};
struct item_content {
	const char *value; /* HTML or text, by `type` */
	const char *type;  /* media type: text/html, text/plain, ... */
	const char *language, *src;
};
struct item_source {
	const char *title, *url, *id, *link, *author;
	int64_t updated; /* seconds, or ITEM_NO_TIME */
};

struct item {
	struct arena *arena; /* owns everything below and the struct */

	/* As the publisher gave it. */
	const char *guid; /* guid, atom:id, JSON Feed id; NULL if none */
	bool guid_is_permalink;
	const char *url;     /* absolute link of the article; NULL if none */
	const char *title;   /* may hold HTML, see title_text */
	const char *summary; /* HTML or text */
	const char *language;
	const char *comments;
	const char *summary_type;            /* media type of `summary` */
	int64_t published, updated, created; /* seconds, or ITEM_NO_TIME */
	struct item_content *contents;
	size_t ncontents;
	struct item_person *authors;
	size_t nauthors;
	struct item_tag *tags;
	size_t ntags;
	struct item_link *links;
	size_t nlinks;
	struct item_enclosure *enclosures;
	size_t nenclosures;
	const char **thumbnails;
	size_t nthumbnails;
	struct item_source *source; /* NULL if none */

	/* Made by the text stage; byte offsets of evidence point here. */
	const char *title_text; /* plain, one line; "" at least */
	/* Plain, blocks on lines of their own; "" at least: the longest of
	 * contents, else summary. */
	const char *text;
	bool truncated; /* `text` or a field was cut at its limit */

	/* Made by the gatherer. */
	const char *id;   /* ours: stable for (feed, identity) */
	const char *feed; /* key of the feed it came from */
	const char *feed_name;
	const char *canonical;   /* url_canonical() of url; NULL if none */
	int64_t received;        /* seconds */
	uint32_t revision;       /* from 1 */
	const char *passed_over; /* why it is no news: archived, never sent;
				   NULL for what is */
	const char *furniture;   /* what the feed repeats (furniture.h): "t" or
				   "b" for title or text, then bytes from-to,
				   with commas between; NULL for nothing */
	const char *origin;      /* who wrote it: an agency, else a publisher */
	bool origin_agency;      /* it credits an agency */
	uint64_t identity; /* keyed hash of what identifies it in the feed */
	uint64_t content;  /* keyed hash of title and text: noise-free */
};

struct item_limits {
	size_t max_title_bytes; /* 4 KiB */
	size_t max_text_bytes;  /* 256 KiB */
	size_t max_field_bytes; /* 1 MiB: any other one field */
};

/* An empty item in an arena of its own, dates ITEM_NO_TIME. */
struct item *item_new(void);
void item_free(struct item *it);

/*
 * The JSON Feed 1.1 item for subscribers and files (DESIGN.md, 5): id, url,
 * title, content_text, summary, language, dates as RFC 3339, authors, tags
 * (the publisher's tags go to _wiresift.tags), attachments, and what the
 * gatherer made under _wiresift (feed, received, revision). The caller adds
 * topics, story and the like under "_wiresift". A new reference; never NULL.
 */
json_t *item_to_json(const struct item *it);
/*
 * An item from JSON Feed: what item_to_json() made (all of it comes back), a
 * publisher's own item, or a line of NDJSON given to replay. content_text
 * wins over content_html (kept in `contents`); a text stage is still to run
 * when title_text is NULL afterwards. NULL and *d filled (file unset) when it
 * is not an object or a field has the wrong type. Wrong types of fields we
 * can do without are skipped.
 */
struct item *item_from_json(const json_t *j, struct diag *d);

/*
 * The one object that the gatherer's link and the archive carry: exactly the
 * fields above, nothing lost. `item_decode` answers NULL with *d.
 */
json_t *item_encode(const struct item *it);
struct item *item_decode(const json_t *j, struct diag *d);

/* Compact JSON with C1, DEL, bidi controls and U+2028/9 as \uXXXX too. */
int item_json_line(struct strbuf *out, const json_t *j);

#endif
