/*
 * newest - the newest items of a document that has too many.
 *
 * Pure, and bounded: it holds `max` entries, however many it is offered. The
 * newest are those with the latest dates; an entry without a date has that
 * of the dated one before it. Where dates are equal, or there are none, the
 * document's order tells: the newest come first in it, unless its first date
 * is earlier than its last. Only for the files of this folder.
 */
#ifndef FEED_NEWEST_H
#define FEED_NEWEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct newest_rank {
	void *what;
	int64_t at;   /* seconds; ITEM_NO_TIME = no date yet in the document */
	size_t place; /* in the document */
};

struct newest {
	struct newest_rank *v; /* once full: a heap, the oldest on top */
	size_t n, max;
	size_t offered;
	int64_t first, last; /* dates in the document so far */
	bool oldest_first;   /* decided when it is full */
};

void newest_init(struct newest *nw, size_t max);
void newest_fini(struct newest *nw);
/*
 * The next of the document, dated `at` or ITEM_NO_TIME. Returns what is left
 * out now: NULL while there is room, `what` itself when it is too old.
 */
void *newest_offer(struct newest *nw, void *what, int64_t at);
/* Full, and no date seen so far: what is to come will be left out unless it
 * is the first one with a date. */
bool newest_is_closed(const struct newest *nw);
/* Put v[0..n) in document order; nothing may be offered after that. */
void newest_sort(struct newest *nw);

#endif
