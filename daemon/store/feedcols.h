/* feedcols - the columns of a feed's state: one row each, the whole truth. */
#ifndef STORE_FEEDCOLS_H
#define STORE_FEEDCOLS_H

#include <stddef.h>

struct arena;
struct feed_state;

enum feedcol_type { FEEDCOL_TEXT, FEEDCOL_64, FEEDCOL_32, FEEDCOL_OUTCOME };

struct feedcol {
	const char *name;
	enum feedcol_type type;
	size_t offset; /* in struct feed_state */
};
extern const struct feedcol feedcols[];
extern const size_t feedcols_len;
/* Columns from here on came after schema 1: while they are 0 or NULL they
 * are not in a row's sum, so that older rows keep theirs. */
#define FEEDCOLS_FIRST 24

/* *dst becomes a copy of *src with memory in `a`. */
void feed_state_copy(
    struct arena *a, struct feed_state *dst, const struct feed_state *src);

#endif
