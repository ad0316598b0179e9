/*
 * front - how much of the front of a list, oldest first, may go.
 *
 * Pure. Only from the front, so that what stays has no gap: up to the first
 * entry that is young enough or still needed, if all are within their size;
 * beyond that the oldest go whoever needs them.
 *
 * Entries stand in the order in which they were committed, whatever the clock
 * said. A time that has not come yet is of a clock that was wrong: such an
 * entry is as old as the next one whose time has come. So it neither holds up
 * those behind it until its date, nor goes before them.
 */
#ifndef STORE_FRONT_H
#define STORE_FRONT_H

#include <stdbool.h>
#include <stdint.h>

struct front {
	int64_t young;  /* from this time on an entry stays */
	int64_t now;    /* times after it have not come yet */
	uint64_t keep;  /* from this number on it stays, too */
	uint64_t max;   /* bytes that may be left; UINT64_MAX = any */
	uint64_t bytes; /* in: of all; then of what is behind `seen` */
	uint64_t last;  /* up to here it may go; 0 = nothing may */
	uint64_t left;  /* in: as bytes; then of what is behind `last` */
	uint64_t seen;  /* the last that was walked over; 0 = none */
};

/* The next entry: its number (> 0), time and size. false = it stays. */
bool front_see(struct front *f, uint64_t n, int64_t at, uint64_t bytes);
/* The last ones seen wait for the next whose time has come ... */
bool front_waits(const struct front *f);
/* ... and this is its time. */
void front_next(struct front *f, int64_t at);

#endif
