/* wordhash - token_hash() in line, for the scanner's loops; inner part. */
#ifndef TEXT_WORDHASH_H
#define TEXT_WORDHASH_H

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The inlined form: words are short, a call would cost more than the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define WORD_SHORT 16 /* bytes */

/*
 * Of a word of up to sixteen bytes, the first eight and the others, zeros
 * behind: it has no NUL, so these are the word. A product of 128 bits folded
 * upon itself, as in wyhash; no branch asks for its length.
 */
static inline uint64_t
word_mix(uint64_t first, uint64_t second)
{
	unsigned __int128 m =
	    (unsigned __int128)(first ^ UINT64_C(0x2d358dccaa6c78a5)) *
	    (second ^ UINT64_C(0x8bb84b93962eacc9));

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t
word_load8(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline uint64_t
word_load4(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

/* Up to seven bytes, the middle ones read twice. */
static inline uint64_t
word_load_few(const char *p, size_t len)
{
	uint64_t v = 0;

	if (len >= 4)
		return word_load4(p) | word_load4(p + len - 4)
					   << (8 * (len - 4));
	for (size_t i = 0; i < len; i++)
		v |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return v;
}

static inline uint64_t
word_hash(const char *word, size_t len)
{
	if (len > WORD_SHORT)
		return XXH3_64bits(word, len);
	if (len < 8)
		return word_mix(word_load_few(word, len), 0);
	if (len == 8)
		return word_mix(word_load8(word), 0);
	return word_mix(
	    word_load8(word), word_load8(word + len - 8) >> (8 * (16 - len)));
}

#endif
