/*
 * lookback - what a topic matches of the archive, delivered as its records.
 *
 * One walk a topic, from old to new, in steps that leave the loop to others
 * and tell a bounded number of matches a second. What a step appends commits
 * with the place behind it, so a crash repeats nothing. A match is told unless
 * the newest record of its item shows that it was told for the topic before;
 * it is no news: alerts see it only when they are asked to.
 */
#ifndef DESK_LOOKBACK_H
#define DESK_LOOKBACK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct archived;
struct committing;
struct desk;
struct lookbacks; /* opaque: all walks, those that ended too */

/* After the store is open: walks that were under way go on. -1, and told:
 * it cannot be read. */
int lookbacks_new(struct desk *dk) MUST_CHECK;
void lookbacks_free(struct desk *dk);

struct lookback_order {
	const char *topic;
	int64_t since; /* seconds: items received from then on */
	bool alerts;   /* they may fire */
	bool again;    /* although it was done before */
};
/* Begin, or let one that is under way go on. -1 with *code (of control.h) and
 * `why`. */
int lookback_begin(struct desk *dk, const struct lookback_order *o,
    const char **code, char *why, size_t why_size) MUST_CHECK;
/* End it where it is; what was told stays. False: none is under way. */
bool lookback_stop(struct desk *dk, const char *topic);
/* An array of all of them, or (`topic`) that one, NULL if there is none: as
 * control.h has them; a new reference. */
json_t *lookbacks_status(const struct desk *dk, const char *topic);

/* lookback_item.c: what became of one archived item. */
enum lookback_fate {
	LOOKBACK_NO_MATCH, /* nothing to tell */
	LOOKBACK_NEW,      /* told now */
	LOOKBACK_TOLD,     /* it was told for the topic before */
	LOOKBACK_UNKNOWN,  /* its record is no longer kept: nobody knows */
	LOOKBACK_FAILED    /* the store is in trouble: roll back */
};
enum lookback_fate lookback_item(struct committing *cm,
    const struct archived *row, const char *topic, bool alerts) MUST_CHECK;

#endif
