/*
 * candidates - which remembered texts are worth comparing with this one?
 *
 * By shingles, heavy words and whole titles that both have. What a lookup
 * costs does not depend on how much is remembered: rare keys come first, and
 * it ends when it has seen so many postings.
 */
#ifndef COPY_CANDIDATES_H
#define COPY_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

struct candidates; /* opaque */
struct doc;
struct hash_key;

#define CANDIDATES_MAX 64 /* that may be asked for */

/* What identifies an item beside its text. */
enum candidates_name { NAME_URL, NAME_IDENTITY };

struct candidates *candidates_new(const struct hash_key *key);
void candidates_free(struct candidates *cd);
/* The text at `pos`; positions grow, see postings.h. */
void candidates_add(struct candidates *cd, const struct doc *d, uint32_t pos);
void candidates_add_name(struct candidates *cd, enum candidates_name kind,
    uint64_t value, uint32_t pos);
/* Forget all below `pos`. */
void candidates_expire(struct candidates *cd, uint32_t pos);
/* The `max` texts that share the most with d, best first; how many. */
size_t candidates_find(const struct candidates *cd, const struct doc *d,
    size_t max, uint32_t *best);
/* Those with that name, newest first, at most `max`; others may be in it. */
size_t candidates_named(const struct candidates *cd, enum candidates_name kind,
    uint64_t value, uint32_t *out, size_t max);
size_t candidates_bytes(const struct candidates *cd);

#endif
