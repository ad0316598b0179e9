/* wordhash - token_hash() in line, for the scanner's loops; inner part. */
#ifndef TEXT_WORDHASH_H
#define TEXT_WORDHASH_H

#include <stddef.h>
#include <stdint.h>

/* The inlined form: words are short, a call would cost more than the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t
word_hash(const char *word, size_t len)
{
	return XXH3_64bits(word, len);
}

/* The same for a word of 1 to 16 bytes; its caller is `flatten`. */
static inline uint64_t
word_hash_short(const char *word, size_t len)
{
	if (len == 0 || len > 16)
		__builtin_unreachable();
	return XXH3_64bits(word, len);
}

#endif
