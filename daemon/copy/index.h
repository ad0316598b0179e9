/*
 * index - which remembered things share keys with this one? Newest first.
 *
 * Things are numbers that grow (positions); the oldest go first and all at
 * once their keys are gone with them, since a posting below the tail is dead
 * wherever it is met. Nothing is searched for to be deleted.
 */
#ifndef COPY_INDEX_H
#define COPY_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct index; /* opaque */

#define INDEX_LIST_MAX 400 /* newest things of one key that are looked at */

struct index *index_new(void);
void index_free(struct index *ix);
/* Thing `thing` (not below the last one added) has key `key`. */
void index_add(struct index *ix, uint32_t key, uint32_t thing);
/* Forget all things below `thing`. */
void index_expire(struct index *ix, uint32_t thing);
/* The newest things with `key`, at most `max`; answers how many. */
size_t index_get(
    const struct index *ix, uint32_t key, uint32_t *things, size_t max);
size_t index_bytes(const struct index *ix);

#endif
