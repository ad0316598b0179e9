/*
 * fold - what one code point is in a word, and what it folds to.
 *
 * Folding is NFKC, full case folding, Latin, Greek, Cyrillic, Arabic and
 * Hebrew marks off, Arabic letters unified (alef, yeh, teh marbuta, kaf),
 * digits of every script to 0..9, and the few Latin letters without a
 * decomposition to their usual spelling (o for o-slash, ae, ss, th). Marks of
 * other scripts are part of their words and stay.
 */
#ifndef TEXT_FOLD_H
#define TEXT_FOLD_H

#include <stddef.h>
#include <stdint.h>

#include "base/utf8.h"

enum fold_class {
	FOLD_UNKNOWN, /* not looked up yet; never returned */
	FOLD_SEPARATOR,
	FOLD_LETTER,
	FOLD_DIGIT,
	FOLD_UNSPACED, /* letter of a script that writes without blanks */
	FOLD_DROP,     /* inside a word, and nothing: marks, soft hyphen */
	FOLD_APOSTROPHE,
};

enum fold_flag {
	FOLD_UPPER = 1 << 0,
	FOLD_LOWER = 1 << 1,
	FOLD_COMPOSE = 1 << 2, /* a word with it may not be in NFC */
	FOLD_LONG = 1 << 3,    /* does not fit: ask fold_long() */
	FOLD_STOP = 1 << 4,    /* separator: may end a sentence */
	FOLD_GAP = 1 << 5,     /* separator: a phrase does not cross it */
};

#define FOLD_MAX 64 /* bytes that one code point can become */

struct fold_info {
	uint8_t cls, flags;
	uint8_t len; /* bytes in utf8; 0 with FOLD_LONG */
	char utf8[5];
};

/* What was looked up; use fold_info(). */
extern struct fold_info fold_table[0x10000];
struct fold_info fold_look_up(uint32_t cp);

/* Looked up once and remembered, for U+0000 to U+FFFF. */
static inline struct fold_info
fold_info(uint32_t cp)
{
	if (cp < 0x10000 && fold_table[cp].cls != FOLD_UNKNOWN)
		return fold_table[cp];
	return fold_look_up(cp);
}

/* utf8_decode() with the usual cases in line. */
static inline size_t
fold_decode(const char *s, const char *end, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf && end - s >= 2 &&
	    (p[1] & 0xc0) == 0x80) {
		*cp = (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
		return 2;
	}
	if (p[0] > 0xe0 && p[0] <= 0xec && end - s >= 3 &&
	    (p[1] & 0xc0) == 0x80 && (p[2] & 0xc0) == 0x80) {
		*cp = (uint32_t)(p[0] & 0x0f) << 12 |
		      (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
		return 3;
	}
	return utf8_decode(s, end, cp);
}

/* The folded form of any length into out; returns its bytes. */
size_t fold_long(uint32_t cp, char out[FOLD_MAX]);

#endif
