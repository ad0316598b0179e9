/*
 * hash - keyed 64-bit hashes (XXH3, seeded and finished with the key).
 *
 * Keyed, because feeds choose what we hash: without the key nobody can make
 * two texts collide on purpose. The key lives with what was hashed: random
 * for tables in memory, stored in the database for what the journal keeps,
 * fixed for replay and tests.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct hash_key {
	uint64_t k[2];
};

/* All-zero key: replay, tests, anything that must repeat. */
extern const struct hash_key hash_key_fixed;

/* Fill with getrandom(2); ends the process if the kernel has none. */
void hash_key_random(struct hash_key *key);
uint64_t hash_bytes(const struct hash_key *key, const void *p, size_t len);
uint64_t hash_str(const struct hash_key *key, const char *s);
/* Mix two values into one (order counts). */
uint64_t hash_mix(uint64_t a, uint64_t b);
/* 32 lower-case hex digits and a NUL: XXH3-128 of p, unkeyed; for ids. */
void hash_hex128(const void *p, size_t len, char out[33]);

#endif
