/*
 * committing - what those who append items to the journal share: polls
 * (commit.c) and looks back over the archive (lookback_item.c).
 *
 * All of it belongs into a transaction that is open. -1 means that the store
 * is in trouble: the caller rolls back, and the indexes are stale.
 */
#ifndef DESK_COMMITTING_H
#define DESK_COMMITTING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "copy/copies.h"

struct arena;
struct decided;
struct desk;
struct journal;
struct journal_topic;
struct record;
struct related;

/* A match of the poll under way: counted when it is committed. */
struct told {
	const struct decided *dd;
	enum relation relation;
};

/* A poll, or a piece of the archive, on its way into the journal. */
struct committing {
	struct desk *dk;
	struct journal *j;
	int64_t now, now_ms;
	int64_t aged;    /* desk_aged_now() */
	uint32_t weight; /* of the feed */
	bool doubtful;   /* its state is new, or was damaged */
	size_t matches;
	struct told *told; /* room for every item of the poll */
	size_t ntold;
	struct strbuf line, body, explain;
};

void committing_init(struct committing *cm, struct desk *dk);
void committing_fini(struct committing *cm);

/* An item as it was told the last time. */
struct version {
	struct arena *a; /* NULL = it never was */
	json_t *frame;   /* NULL = it can no longer be read */
	const struct journal_topic *topics;
	size_t ntopics;
};

/* The newest one of the item, into an empty *v. */
int committing_version(
    struct committing *cm, const char *item_id, struct version *v) MUST_CHECK;
void version_fini(struct version *v);
/* NULL = it was not told for that topic. */
const struct journal_topic *version_topic(
    const struct version *v, const char *name);

/* Encode the frame (taken) and append; *seq gets its number, 0 if it cannot
 * be a record. */
int committing_append(struct committing *cm, struct record *r, json_t *frame,
    uint64_t *seq) MUST_CHECK;
/* What an item did to its story, told behind it. */
int committing_story(struct committing *cm, const struct decided *dd,
    const struct related *rel) MUST_CHECK;

#endif
