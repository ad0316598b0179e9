/*
 * chars - what the characters of a text are to the scanner; inner part.
 *
 * ASCII by a table, the rest by fold.h. Pointers are into the text scanned,
 * `end` is its end; a look behind the end answers no.
 */
#ifndef TEXT_CHARS_H
#define TEXT_CHARS_H

#include <stdbool.h>
#include <stdint.h>

#include "text/fold.h"

enum ascii_kind {
	A_BLANK, /* separates, and no more */
	A_UPPER,
	A_LOWER,
	A_DIGIT,
	A_NEWLINE,
	A_STOP, /* . ! ? */
	A_GAP,  /* ; : | */
	A_DASH,
	A_HIGH, /* first byte of a longer code point */
};

extern const uint8_t chars_ascii[256]; /* enum ascii_kind of each byte */

static inline uint8_t
kind_at(const char *p)
{
	return chars_ascii[(unsigned char)*p];
}

/* Letters and digits fold by setting one bit. */
static inline bool
is_ascii_word(const char *p)
{
	return kind_at(p) != A_BLANK && kind_at(p) <= A_DIGIT;
}

static inline bool
is_upper(const char *p, const char *end)
{
	return p < end && kind_at(p) == A_UPPER;
}

static inline bool
is_digit(const char *p, const char *end)
{
	return p < end && kind_at(p) == A_DIGIT;
}

static inline bool
is_letter(const char *p, const char *end)
{
	uint32_t cp;

	if (p >= end)
		return false;
	if (kind_at(p) == A_UPPER || kind_at(p) == A_LOWER)
		return true;
	if (kind_at(p) != A_HIGH)
		return false;
	(void)fold_decode(p, end, &cp);
	return fold_info(cp).cls == FOLD_LETTER;
}

static inline bool
is_word(const char *p, const char *end)
{
	return is_digit(p, end) || is_letter(p, end);
}

static inline bool
is_lower(const char *p, const char *end)
{
	uint32_t cp;

	if (p >= end)
		return false;
	if (kind_at(p) != A_HIGH)
		return kind_at(p) == A_LOWER;
	(void)fold_decode(p, end, &cp);
	return (fold_info(cp).flags & FOLD_LOWER) != 0;
}

#endif
