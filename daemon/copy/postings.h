/*
 * postings - which remembered things share keys with this one? Newest first.
 *
 * Things are numbers that grow (positions); the oldest go first and all at
 * once their keys are gone with them, since a posting below the tail is dead
 * wherever it is met. Nothing is searched for to be deleted.
 */
#ifndef COPY_POSTINGS_H
#define COPY_POSTINGS_H

#include <stddef.h>
#include <stdint.h>

struct postings; /* opaque */

#define POSTINGS_LIST_MAX 160 /* newest things of one key that are looked at */

struct postings *postings_new(void);
void postings_free(struct postings *ix);
/* Thing `thing` (not below the last one added) has key `key`. */
void postings_add(struct postings *ix, uint32_t key, uint32_t thing);
/* Forget all things below `thing`. */
void postings_expire(struct postings *ix, uint32_t thing);
/* The newest things with `key`, at most `max`; answers how many. */
size_t postings_get(
    const struct postings *ix, uint32_t key, uint32_t *things, size_t max);
size_t postings_bytes(const struct postings *ix);

#endif
