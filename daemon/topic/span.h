/*
 * span - lists of matches as stretches of tokens, and how they combine.
 *
 * A list is sorted and minimal: no span contains another, so starts and ends
 * both rise, and every operation here is one walk along its lists (after
 * Clarke, Cormack and Burkowski's minimal intervals, as in Lucene).
 */
#ifndef TOPIC_SPAN_H
#define TOPIC_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct tokens;

struct span {
	uint32_t s, e; /* first and last token */
	uint32_t caps; /* 1: rests on case in an all-capitals field */
};

struct spans {
	struct span *v;
	size_t n, size;
};

void spans_add(struct arena *a, struct spans *l, struct span sp);
/* Sort, and drop every span that contains another. */
void spans_minimal(struct spans *l);

/* Does the stretch from token s to e keep to `within` (set.h)? */
bool span_fits(const struct tokens *tk, uint32_t s, uint32_t e, int32_t within);

/*
 * `next` behind `prev`, with at most `gap` words between, in one sentence:
 * the shortest for each of `next`. For the inside of a phrase, so the lists
 * need not be minimal: `prev` and `out` are sorted by end, `next` by start.
 */
void spans_join(const struct tokens *tk, struct arena *a,
    const struct spans *prev, const struct spans *next, uint32_t gap,
    struct spans *out);
void spans_by_end(struct spans *l);
void spans_by_start(struct spans *l);

/* Stretches that hold spans of `need` of the k lists and fit `within`. */
void spans_window(const struct tokens *tk, struct arena *a,
    const struct spans *lists, size_t k, size_t need, int32_t within,
    struct spans *out);
/* The same for all k lists, one strictly behind the other. */
void spans_ordered(const struct tokens *tk, struct arena *a,
    const struct spans *lists, size_t k, int32_t within, struct spans *out);
/* Take out each span of `l` that fits `within` together with one of `not`. */
void spans_without(const struct tokens *tk, struct spans *l,
    const struct spans * not, int32_t within);

#endif
