/*
 * recent - the newest records with their frames, shared by all subscribers.
 *
 * Filled once after each commit, so that a hundred live subscribers cost one
 * read and one encoding. Who is further behind reads the journal itself.
 */
#ifndef SINK_RECENT_H
#define SINK_RECENT_H

#include <stddef.h>
#include <stdint.h>

#include "store/journal.h"

struct recent; /* opaque */

struct recent_entry {
	struct record r;   /* a copy */
	const char *frame; /* with newline, without evidence; NULL if damaged */
	size_t frame_len;
};

/* At most `max_records` and `max_bytes` (of frames and bodies). */
struct recent *recent_new(
    struct journal *j, size_t max_records, size_t max_bytes);
void recent_free(struct recent *rc);
/* Take in what was committed since the last call. */
void recent_advance(struct recent *rc);
/* The record `seq`, or NULL when it is not among the newest. */
const struct recent_entry *recent_get(const struct recent *rc, uint64_t seq);

#endif
