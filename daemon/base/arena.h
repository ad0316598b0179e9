/*
 * arena - memory that is given back in one piece.
 *
 * One arena belongs to one item, document or request. Nothing in it is freed
 * alone. Out of memory ends the process, as in xmalloc.h.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/macros.h"

struct arena; /* opaque */

/* `first_bytes` is a guess of the need; 0 takes a default (4 KiB). */
struct arena *arena_new(size_t first_bytes);
/* Behave consistently with free(NULL). */
void arena_free(struct arena *a);
/* Forget everything, keep the largest block for the next use. */
void arena_reset(struct arena *a);

/* Aligned for any type, not cleared; `size` 0 gives a unique pointer. */
void *arena_alloc(struct arena *a, size_t size);
/* Cleared; an overflow of n * size ends the process. */
void *arena_calloc(struct arena *a, size_t n, size_t size);
/*
 * A block of `old` bytes grown to `size`; in place where it was the last one
 * given out, else copied (the old bytes stay taken until the arena goes).
 */
void *arena_grow(struct arena *a, void *p, size_t old, size_t size);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Bytes given out since the arena was new or reset. */
size_t arena_used(const struct arena *a);

#endif
