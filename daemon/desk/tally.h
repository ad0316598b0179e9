/*
 * tally - what the desk counts since its start, for status and metrics.
 *
 * Counts what is committed, never what was tried. Lag: from the publication
 * of an item (its own date) to the commit by which it is delivered; items of
 * a feed's first document are old by nature and are not measured.
 */
#ifndef DESK_TALLY_H
#define DESK_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "copy/copies.h"
#include "pipeline/poll.h"

struct decided;
struct hmap;

#define TALLY_RELATIONS (RELATION_KNOWN + 1)
#define TALLY_LAGS 11 /* upper ends of the histogram; then comes the rest */
extern const uint32_t tally_lag_ends[TALLY_LAGS]; /* seconds, rising */

struct tally_topic {
	uint64_t about, mentions;
};

/* Of one feed: its last lags. */
#define TALLY_FEED_LAGS 15
struct tally_feed {
	uint32_t last_s, recent[TALLY_FEED_LAGS];
	uint32_t n; /* ever */
};

struct tally {
	uint64_t polls[POLL_OUTCOME_COUNT];
	uint64_t relations[TALLY_RELATIONS]; /* of matches */
	struct hmap *topics;                 /* name -> struct tally_topic */
	uint64_t lag[TALLY_LAGS + 1], lags;
	double lag_sum;           /* seconds */
	struct tally_feed recent; /* of all feeds */
	uint64_t salvaged;        /* states of feeds that were damaged */
	uint64_t commits_failed, reloads, reloads_failed;
	/* How late the loop's own timer came, ms: of now, of the last whole
	 * window, and ever. */
	int64_t late, late_window, late_max;
};

void tally_init(struct tally *t);
void tally_fini(struct tally *t);
/* A match is committed, as this relation. */
void tally_match(
    struct tally *t, const struct decided *dd, enum relation relation);
/* An item published at `published` (ITEM_NO_TIME = unknown) is committed at
 * `now`, both in seconds. */
void tally_lag(
    struct tally *t, struct tally_feed *f, int64_t published, int64_t now);
/* The middle one of the last lags, in seconds; -1 = there is none. */
int64_t tally_feed_median(const struct tally_feed *f);
/* Zeroes when it never matched. */
struct tally_topic tally_topic(const struct tally *t, const char *name);

#endif
