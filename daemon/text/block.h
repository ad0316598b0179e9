/* block - sixteen bytes of ASCII at once; the inner part of the scanner. */
#ifndef TEXT_BLOCK_H
#define TEXT_BLOCK_H

#ifdef __SSE2__

#include <emmintrin.h>
#include <stddef.h>
#include <string.h>

#define BLOCK 16 /* bytes */

/* What sixteen bytes are, a bit each. */
struct block {
	__m128i written;
	__m128i folded; /* capitals made small, the rest as it is */
	unsigned int words, uppers, digits; /* words: letters and digits */
};

/* Bytes from `first` on, `n` of them. */
static inline __m128i
block_in_range(__m128i v, char first, int n)
{
	/* v - first < n, unsigned, by a signed comparison moved down. */
	v = _mm_sub_epi8(v, _mm_set1_epi8((char)(first ^ -128)));
	return _mm_cmplt_epi8(v, _mm_set1_epi8((char)(-128 + n)));
}

static inline struct block
block_read(const char *p)
{
	const __m128i small = _mm_set1_epi8(0x20);
	struct block b;
	__m128i v, alpha, digit, upper;

	memcpy(&v, p, sizeof(v));
	alpha = block_in_range(_mm_or_si128(v, small), 'a', 26);
	digit = block_in_range(v, '0', 10);
	upper = _mm_andnot_si128(v, _mm_and_si128(alpha, small));
	b.written = v;
	b.folded = _mm_or_si128(v, upper);
	b.words = (unsigned int)_mm_movemask_epi8(_mm_or_si128(alpha, digit));
	b.digits = (unsigned int)_mm_movemask_epi8(digit);
	/* The bit 0x20 of a byte becomes its sign. */
	b.uppers = (unsigned int)_mm_movemask_epi8(_mm_slli_epi16(upper, 2));
	return b;
}

/* Letters and digits that a block begins with. */
static inline size_t
block_run(const struct block *b)
{
	return (size_t)__builtin_ctz(~b->words);
}

static inline unsigned int
block_count(unsigned int bits)
{
	bits -= bits >> 1 & 0x5555;
	bits = (bits & 0x3333) + (bits >> 2 & 0x3333);
	bits = (bits + (bits >> 4)) & 0x0f0f;
	return (bits + (bits >> 8)) & 0x1f;
}

#endif

#endif
