/*
 * poll - one poll of one feed: its state before, its outcome and state after,
 * and the frames of the link between desk and gatherer.
 *
 * The link is NDJSON, one kind key a frame, a line at most LINK_MAX_LINE:
 *
 *   desk -> gatherer
 *     {"config":{"rev":N,"index":I,"gatherers":K,"key":HEX}}
 *         with SCM_RIGHTS: a sealed memfd, config_encode_gatherer() in it;
 *         sent by a sendmsg() of its own. "key": the journal's hash key, 32
 *         hex digits (k[0] then k[1]), of identities and signatures
 *     {"assign":{"feeds":[FEED...]}}   FEED = config_feed_encode() + "next_s"
 *         (wall seconds of the next poll; 0 = as soon as spread allows)
 *         + "generation"
 *     {"unassign":{"feeds":[KEY...]}}
 *     {"poll":{...}}                   poll_job_encode()
 *     {"committed":{"feed":KEY,"serial":N}}
 *     {"refused":{"feed":KEY,"serial":N,"retry_s":N}}
 *     {"pollnow":{"feeds":[KEY...]}}   poll as soon as politeness allows
 *     {"pause":{"on":BOOL}}   {"drain":{}}
 *   gatherer -> desk
 *     {"ready":{"rev":N}}              this configuration is in force
 *     {"want":{"feed":KEY,"generation":N}}   is due: send its `poll`
 *     {"begin":{"feed":KEY,"serial":N}}  bytes are about to be parsed
 *     {"item":{"feed":KEY,"serial":N,"item":DECIDED}}   decided_encode()
 *     {"polled":{...}}                 poll_done_encode(); closes the poll
 *     {"stats":{...}}                  every 5 s; free-form counters
 *     {"log":{"level":N,"line":TEXT}}
 *     {"drained":{}}
 */
#ifndef PIPELINE_POLL_H
#define PIPELINE_POLL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;

#define LINK_MAX_LINE ((size_t)4 << 20)
#define LINK_MAX_POLLS                                                         \
	8 /* `polled` and not answered yet, a gatherer; those
				   still being fetched do not count */
#define POLL_MAX_ITEMS 2000
#define POLL_MAX_BYTES ((size_t)32 << 20)
#define POLL_VALIDATOR_MAX 256 /* bytes, visible ASCII and blank */

enum poll_outcome {
	POLL_OK,         /* 200 parsed, or a file read */
	POLL_UNCHANGED,  /* 304, or the same bytes as before */
	POLL_DAMAGED,    /* parsed with a fault; items delivered */
	POLL_NOT_XML,    /* bytes that are no markup at all */
	POLL_NOT_A_FEED, /* well-formed, but no feed */
	POLL_EMPTY,      /* no bytes */
	POLL_TOO_LARGE,
	POLL_TIMEOUT,
	POLL_DNS,
	POLL_CONNECT,
	POLL_TLS,
	POLL_PROTOCOL,   /* broken HTTP, body cut short */
	POLL_HTTP_ERROR, /* status 4xx, 5xx */
	POLL_GONE,       /* 410 */
	POLL_THROTTLED,  /* 429, or 503 with Retry-After */
	POLL_REDIRECT,   /* too many, or to where we do not go */
	POLL_BLOCKED_ADDRESS,
	POLL_BAD_URL,
	POLL_NO_FILE, /* file: feed that cannot be read */
	POLL_CRASHED, /* its parser died three times (set by the desk) */
	POLL_REFUSED, /* the desk could not commit */
	POLL_OUTCOME_COUNT
};
const char *poll_outcome_name(enum poll_outcome o); /* "ok", "not_xml", ... */
bool poll_outcome_parse(const char *s, enum poll_outcome *o);
bool poll_outcome_good(enum poll_outcome o); /* OK, UNCHANGED, DAMAGED */

/* One remembered item of a feed. */
struct seen {
	uint64_t identity; /* keyed hash */
	uint64_t content;  /* keyed hash of title and text */
	int64_t last;      /* seconds when last in the document */
	uint32_t revision; /* 0: it was passed over, and stays so */
};

/* What the desk keeps of a feed; commits with its items. */
struct feed_state {
	const char *etag, *last_modified;   /* byte for byte; NULL = none */
	const char *validators_url;         /* the URL that gave them */
	uint64_t body_hash;                 /* of the last body, 0 = none */
	int64_t last_attempt, last_success; /* seconds, 0 = never */
	int64_t next;                       /* wall seconds of the next poll */
	const char *next_why;      /* "interval", "max-age", "backoff", ... */
	uint32_t failures;         /* in a row */
	enum poll_outcome outcome; /* of the last attempt */
	uint32_t http_status;      /* 0 = none */
	const char *why;           /* a sentence for the last fault, or NULL */
	const char *title;         /* the feed's own */
	const char *moved_to;      /* 301/308 candidate */
	uint32_t moved_count;
	uint64_t items, bytes, polls; /* totals */

	/* What the plan of the next poll needs again; 0 and NULL = none. */
	const char *url;          /* configured URL or path that all this is of;
				another one now: all but totals is void */
	uint32_t interval_s;      /* adaptive interval so far */
	uint32_t ttl_s, period_s; /* the document's ttl and sy:update* */
	uint32_t skip_hours, skip_days; /* bits, as in struct feed_doc */

	/* Whether it is well (health.h); 0 = nothing known. */
	uint32_t health;               /* enum feed_health */
	int64_t health_since;          /* when that changed to or from ok */
	int64_t bad_since;             /* the first fault of those in a row */
	int64_t news_first, news_last; /* when new items were first, last */
	uint32_t gap_s;     /* longest pause between such polls, of late */
	uint32_t doc_items; /* of this poll's document; not stored */

	const char *furniture; /* furniture_save(), or NULL */

	struct seen *seen;
	size_t nseen;
};

/* "poll": a feed's state on its way to the gatherer. */
struct poll_job {
	const char *feed;
	uint32_t serial;     /* counts polls of this feed in this run */
	uint32_t generation; /* of the assignment; stale ones are dropped */
	uint32_t rev;        /* configuration */
	/* The time by which something is too old (steady_now()); 0 = the wall
	 * clock. */
	int64_t aged;
	struct feed_state state;
};

/* "polled": the end of a poll; its items went before, one frame each. */
struct poll_done {
	const char *feed;
	uint32_t serial, generation, rev;
	uint32_t items; /* `item` frames that belong to it */
	struct feed_state state;
};

json_t *poll_job_encode(const struct poll_job *p);
struct poll_job *poll_job_decode(struct arena *a, const json_t *j);
json_t *poll_done_encode(const struct poll_done *p);
struct poll_done *poll_done_decode(struct arena *a, const json_t *j);

/* The seen set as one blob for the store (24 to 28 bytes an item; versioned).
 * malloc'd. Decode: -1 when damaged; memory in `a`. */
void *seen_pack(const struct seen *s, size_t n, size_t *len);
int seen_unpack(struct arena *a, const void *p, size_t len, struct seen **s,
    size_t *n) MUST_CHECK;

#endif
