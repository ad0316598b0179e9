/*
 * plan - when to poll a feed again, and why then.
 *
 * Pure. Takes the outcome of a poll, what the server and the document asked
 * for, and what the configuration allows. Hints only ever lengthen a pause,
 * and max_s bounds them all: a feed is never given up, but one that is gone.
 */
#ifndef FEED_PLAN_H
#define FEED_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

/* 9999-12-31T23:59:59Z: the feed is gone, only a person asks again. */
#define PLAN_NEVER INT64_C(253402300799)
/* So many equal permanent redirects in a row make the new address ours. */
#define PLAN_MOVES 5

enum plan_event {
	PLAN_NEWS,      /* a document with new or changed items */
	PLAN_SAME,      /* good, but nothing new */
	PLAN_FAILED,    /* no document */
	PLAN_THROTTLED, /* 429, 503: the server wants rest */
	PLAN_GONE,      /* 410 */
};

/* Headers as they came, each may be NULL. */
struct plan_headers {
	const char *cache_control, *expires, *date, *age, *retry_after;
};

/* What the last document said (struct feed_doc); 0 = nothing. */
struct plan_hints {
	uint32_t ttl_s, period_s;
	uint32_t skip_hours, skip_days; /* bits */
};

struct plan_input {
	enum plan_event event;
	int64_t now;      /* seconds since the epoch */
	uint32_t every_s; /* > 0 */
	bool adaptive;    /* every_s is only the first interval */
	uint32_t min_s, max_s;
	uint32_t interval_s; /* plan.interval_s of the poll before; 0 = none */
	uint32_t failures;   /* in a row, with this one; 0 if it was good */
	bool gone_before;    /* the poll before said 410 too */
	struct plan_headers headers;
	struct plan_hints hints;
	uint64_t seed; /* of the jitter; another one for each poll */
};

struct plan {
	int64_t delay_ms;    /* from now; of no meaning with PLAN_NEVER */
	int64_t next;        /* seconds since the epoch, rounded up */
	const char *why;     /* "interval", "adaptive", "max-age", "expires",
			     "ttl", "update-period", "min-interval",
			     "skip-hours", "skip-days", "retry-after",
			     "backoff", "gone?", "gone" */
	uint32_t interval_s; /* adaptive; 0 when it is not */
	int64_t retry_s;     /* what Retry-After said, capped; 0 = nothing */
};

void plan_next(const struct plan_input *in, struct plan *out);

/*
 * How often in a row a feed's URL was answered by a permanent redirect to
 * `now` (NULL = by none), when it was `count` times to `before` until this
 * poll, a good one.
 */
uint32_t plan_moves(const char *before, uint32_t count, const char *now);

/* Seconds that a response stays fresh (RFC 9111, 4.2); *why is set when > 0:
 * "max-age" or "expires". */
int64_t plan_freshness(
    const struct plan_headers *h, int64_t now, const char **why);
/* Seconds that a Retry-After asks for; 0 when it says nothing sensible. */
int64_t plan_retry_after(const struct plan_headers *h, int64_t now);

#endif
