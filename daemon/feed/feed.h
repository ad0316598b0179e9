/*
 * feed - the bytes of a feed document to items.
 *
 * Pure: no I/O, no clock, no log, no network; external entities are never
 * read. Whole documents only (charset and repair need all of it). Every pass
 * is bounded by the limits; input never ends the process.
 */
#ifndef FEED_FEED_H
#define FEED_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "item/item.h"

enum feed_format {
	FEED_UNKNOWN,
	FEED_RSS090,
	FEED_RSS091,  /* Userland's */
	FEED_RSS091N, /* Netscape's */
	FEED_RSS092,
	FEED_RSS093,
	FEED_RSS094,
	FEED_RSS10,
	FEED_RSS20,
	FEED_RSS, /* RSS of an unknown version */
	FEED_ATOM01,
	FEED_ATOM02,
	FEED_ATOM03,
	FEED_ATOM10,
	FEED_ATOM,
	FEED_JSON1,
	FEED_JSON11,
};

enum feed_status {
	FEED_OK,         /* read from the first byte to the last */
	FEED_DAMAGED,    /* items are there; `why` tells the fault and line */
	FEED_NOT_A_FEED, /* well-formed or not: nothing of a feed in it */
	FEED_EMPTY,      /* no bytes but white space */
	FEED_TOO_LARGE,  /* a limit (size, depth, names) was passed */
};

struct feed_limits {
	size_t max_body_bytes;      /* 16 MiB */
	size_t max_converted_bytes; /* after charset conversion, 48 MiB */
	size_t max_items;           /* 2,000: the newest ones are kept */
	unsigned int max_depth;     /* 256 elements */
	struct item_limits item;
};

/* What came with the bytes. Borrowed; every string may be NULL. */
struct feed_input {
	const char *body;
	size_t len;
	const char *url;              /* address after redirects */
	const char *content_type;     /* header value, with charset */
	const char *content_location; /* header value */
	const char *content_language; /* header value */
};

struct feed_doc {
	struct arena *arena; /* of the feed's own strings below */
	enum feed_format format;
	enum feed_status status;
	char why[160];        /* when not FEED_OK: "fault at line N" */
	const char *encoding; /* charset the bytes were read as, lower case */

	const char *title, *link, *id, *description, *language, *author;
	int64_t published, updated, created; /* seconds, ITEM_NO_TIME */
	struct item_person *authors;
	size_t nauthors;
	struct item_tag *tags;
	size_t ntags;
	struct item_link *links;
	size_t nlinks;

	/* Publisher's hints for polling; 0 or empty when absent. */
	uint32_t ttl_s;
	uint32_t update_period_s;     /* sy:updatePeriod / updateFrequency */
	const char *ttl_text;         /* as written */
	uint32_t skip_hours;          /* bit h = hour h GMT */
	uint8_t skip_days;            /* bit 0 = Sunday ... bit 6 = Saturday */
	const char **skip_hours_text; /* as written, for `wiresift parse` */
	size_t nskip_hours;
	const char **skip_days_text;
	size_t nskip_days;
	const char *newlocation; /* the document says it moved */

	struct item **items; /* in document order, each owns its arena */
	size_t nitems;
	size_t dropped; /* items left out: older than max_items others */
};

extern const struct feed_limits feed_limits_default;

/*
 * Parse. Never NULL: a document that is no feed has no items and says why.
 * Items hold what the publisher gave; text stage and ids are still to come.
 */
struct feed_doc *feed_parse(
    const struct feed_input *in, const struct feed_limits *limits) MUST_CHECK;
void feed_doc_free(struct feed_doc *doc); /* with the items still in it */
/* Take items[i]: the slot becomes NULL, the caller frees the item. */
struct item *feed_doc_take(struct feed_doc *doc, size_t i);

/*
 * Load iconv's modules now: for a process that soon may open no more files.
 * Without it, documents in other charsets than UTF-8, UTF-16 and windows-1252
 * are read as windows-1252 there.
 */
void feed_charsets_load(void);

const char *feed_format_name(enum feed_format f); /* "rss20", "atom10", ... */
const char *feed_status_name(enum feed_status s); /* "ok", "damaged", ... */
/* The neutral document that `wiresift parse` prints. A new reference. */
json_t *feed_doc_to_json(const struct feed_doc *doc);

#endif
