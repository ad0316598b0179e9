/*
 * request - what a client of the stream socket says, one line at a time.
 *
 * Pure. {"subscribe":{...}} or {} (everything, live), {"ack":CURSOR},
 * {"forget":NAME}, {"client_ping":...}; other kinds are for later versions and
 * are ignored, and so are unknown keys of a subscription.
 */
#ifndef SINK_REQUEST_H
#define SINK_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "sink/sink.h"

struct arena;

#define REQUEST_MAX_LINE 4096 /* bytes, without the newline */
#define REQUEST_MAX_TOPICS 64
#define REQUEST_MAX_HEARTBEAT 3600 /* seconds */

enum request_start {
	START_LIVE,   /* nothing said: from now on, or from where it is */
	START_OLDEST, /* "oldest": everything kept */
	START_NEWEST, /* "newest": from now on */
	START_AFTER,  /* a cursor */
	START_SINCE   /* a time */
};

enum request_kind {
	REQUEST_NOTHING, /* a line to ignore */
	REQUEST_SUBSCRIBE,
	REQUEST_ACK,    /* epoch, seq */
	REQUEST_FORGET, /* name */
	REQUEST_PING,
};

struct request {
	enum request_kind kind;
	struct sink_filter filter;
	const char *name;          /* NULL = nobody keeps its place */
	bool ack;                  /* it will acknowledge */
	const char *const *fields; /* members of items; NULL = all */
	enum request_start start;
	uint64_t epoch, seq; /* of START_AFTER, REQUEST_ACK */
	int64_t since_ms;    /* of START_SINCE */
	bool gap_to_newest;  /* on_gap: newest */
	bool explain;
	bool follow;
	uint64_t limit;      /* items; 0 = no limit */
	int64_t heartbeat_s; /* 0 = none; -1 = not said */
};

struct request_error {
	char code[24]; /* "bad-json", "bad-request", "unknown-topic", ... */
	char message[256];
};

/*
 * Read one line into *rq; strings are in `a`. `base` is the filter where the
 * client says nothing; `names` (NULL = do not check) the topics there are.
 * -1 with *err.
 */
int request_parse(const char *line, size_t len, struct arena *a,
    const struct sink_filter *base, const char *const *names,
    struct request *rq, struct request_error *err) MUST_CHECK;

#endif
