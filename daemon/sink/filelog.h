/*
 * filelog - matches in a file, a frame a line, each exactly once.
 *
 * Knows no event loop: it is told when to go on. The place in the journal
 * and the length of the file are one row of the journal, written after the
 * lines are durable. What a crash leaves behind that length is cut off at
 * the next start and written again, so we must be the file's only writer
 * (it is locked), and a file is rotated by renaming it, never by copying.
 */
#ifndef SINK_FILELOG_H
#define SINK_FILELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "sink/sink.h"

struct filelog; /* opaque */

enum filelog_want {
	FILELOG_MORE,  /* call again: there is more to write */
	FILELOG_IDLE,  /* all that was committed is in the file, durable */
	FILELOG_RETRY, /* in trouble (disk full, ...): call again in a while */
};

struct filelog_stats {
	uint64_t lines;     /* written in this run */
	uint64_t gaps;      /* of them, gap lines */
	uint64_t repairs;   /* tails cut off */
	uint64_t files;     /* opened: 1 + rotations */
	uint64_t rotations; /* of them, by ourselves */
};

/*
 * Open, lock and repair `path` for the sink `name` (its row in the journal).
 * The filter is borrowed and may be changed between calls. NULL with errno
 * and `why` when the file cannot be had: EBUSY when another process has it.
 */
struct filelog *filelog_open(struct journal *j, const char *name,
    const char *path, const struct sink_filter *filter, char *why,
    size_t why_size) MUST_CHECK;
/* Rename the file to PATH.1 when it has `bytes`, PATH.1 to PATH.2, ..., so
 * that `keep` old ones stay; 0 bytes = never. */
void filelog_set_rotation(struct filelog *fl, uint64_t bytes, uint32_t keep);
/* Write and make durable the next lines, at most some 256 KiB. */
enum filelog_want filelog_step(struct filelog *fl);
/* Remember the place; the rest is written by the next run. */
void filelog_close(struct filelog *fl);

uint64_t filelog_seq(const struct filelog *fl);    /* last one dealt with */
uint64_t filelog_needs(const struct filelog *fl);  /* the journal must keep */
uint64_t filelog_offset(const struct filelog *fl); /* bytes that are durable */
const char *filelog_error(const struct filelog *fl); /* "" = none */
void filelog_stats_get(const struct filelog *fl, struct filelog_stats *st);

#endif
