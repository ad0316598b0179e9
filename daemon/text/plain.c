/* plain.c - words of plain ASCII, most of most texts, sixteen bytes a step. */
#include <string.h>

#include "text/block.h"
#include "text/chars.h"
#include "text/scan.h"
#include "text/wordhash.h"

#ifdef __SSE2__

/*
 * Does a word of n bytes end before byte c? An apostrophe, a longer code
 * point, a dot behind one letter and what may stand in a number may join.
 */
static inline bool
ends_plainly(char c, size_t n, unsigned int last_digit)
{
	switch (c) {
	case ' ':
		return true;
	case '\'':
		return false;
	case '.':
		return n > 1 && !last_digit;
	case ',':
		return !last_digit;
	default:
		return (unsigned char)c < 0x80;
	}
}

/* word_hash() of the first n bytes, all in one register. */
static inline uint64_t
plain_hash(__m128i v, size_t n)
{
	static const char masks[2 * BLOCK] = { [0 ... BLOCK - 1] = -1 };
	__m128i mask;

	memcpy(&mask, masks + BLOCK - n, sizeof(mask));
	v = _mm_and_si128(v, mask);
	return word_mix((uint64_t)_mm_cvtsi128_si64(v),
	    (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(v, v)));
}

/* The word of n bytes at p, whose block is `b`. */
static inline void
plain_emit(struct scan *sc, const char *p, size_t n, const struct block *b)
{
	struct tokens *tk = sc->tk;
	char *word = sc->words + tk->words_len;
	unsigned int all = (1U << n) - 1, uppers = b->uppers & all;
	unsigned int letters = all & ~b->digits;
	struct token *t = &tk->v[tk->n++];

	memcpy(word, &b->folded, BLOCK);
	word[n] = '\0';
	t->off = (uint32_t)(p - sc->text);
	t->len = (uint32_t)n;
	t->word = (uint32_t)tk->words_len;
	t->word_len = (uint16_t)n;
	tk->words_len += n + 1;
	t->fold = plain_hash(b->folded, n);
	t->exact = plain_hash(b->written, n);
	scan_place(sc, t);
	if (uppers & 1)
		t->marks |= TOKEN_CAPITAL;
	if (letters == 0)
		t->marks |= TOKEN_NUMBER;
	if ((letters & (letters - 1)) == 0)
		return; /* fewer than two */
	if (uppers == letters) {
		t->marks |= TOKEN_UPPER;
		sc->upper_words++;
	} else {
		sc->lower_words++;
	}
}

const char *
plain_words(struct scan *sc, const char *p)
{
	char padded[BLOCK];

	while (p < sc->end && sc->tk->n < sc->max) {
		const char *from = p;
		struct block b;
		size_t n;

		if (*p == ' ') {
			p++;
			continue;
		}
		if (sc->end - p < BLOCK) {
			memset(padded, 0, sizeof(padded));
			memcpy(padded, p, (size_t)(sc->end - p));
			from = padded;
		}
		b = block_read(from);
		n = block_run(&b);
		if (n == 0 || n == BLOCK ||
		    !ends_plainly(from[n], n, b.digits >> (n - 1) & 1))
			break;
		scan_room(sc);
		plain_emit(sc, p, n, &b);
		p += n;
	}
	return p;
}

#else

const char *
plain_words(struct scan *sc, const char *p)
{
	(void)sc;
	return p;
}

#endif
