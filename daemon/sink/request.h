/*
 * request - what a client of the stream socket says, one line at a time.
 *
 * Pure. {"subscribe":{...}} or {} (everything, live); other kinds are for
 * later versions and are ignored. In a subscription unknown keys are ignored
 * too, but those that the protocol defines and this version does not serve
 * are refused: ignoring a filter would send more than was asked for.
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
	START_AFTER   /* a cursor */
};

struct request {
	bool subscribe; /* false: a line to ignore */
	struct sink_filter filter;
	enum request_start start;
	uint64_t epoch, seq; /* of START_AFTER */
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
