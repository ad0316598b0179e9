/* hash.c - keyed 64-bit hashes (XXH3). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/hash.h"

const struct hash_key hash_key_fixed = { { 0, 0 } };

void
hash_key_random(struct hash_key *key)
{
	ssize_t n;

	/* Up to 256 bytes come whole; it can only be interrupted early. */
	do
		n = getrandom(key, sizeof(*key), 0);
	while (n == -1 && errno == EINTR);
	if (n != (ssize_t)sizeof(*key)) {
		fputs("getrandom: no random numbers\n", stderr);
		_exit(EX_OSERR);
	}
}

/*
 * The seed makes collisions unknowable; the second word, mixed in at the end,
 * keeps hashes that get out from telling the seed.
 */
uint64_t
hash_bytes(const struct hash_key *key, const void *p, size_t len)
{
	return hash_mix(XXH3_64bits_withSeed(p, len, key->k[0]), key->k[1]);
}

uint64_t
hash_str(const struct hash_key *key, const char *s)
{
	return hash_bytes(key, s, strlen(s));
}

/* The finisher of MurmurHash3 around a sum in which the order counts. */
uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a ^ 0x9e3779b97f4a7c15U) * 0xc2b2ae3d27d4eb4fU + b;

	h = (h ^ h >> 33) * 0xff51afd7ed558ccdU;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53U;
	return h ^ h >> 33;
}

void
hash_hex128(const void *p, size_t len, char out[33])
{
	XXH128_hash_t h = XXH3_128bits(p, len);

	snprintf(out, 33, "%016llx%016llx", (unsigned long long)h.high64,
	    (unsigned long long)h.low64);
}
