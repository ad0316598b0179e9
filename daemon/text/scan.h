/*
 * scan - cut one text into tokens; the inner part of token.c.
 *
 * Rules are in token.h. The scanner writes to arrays in an arena and stops
 * quietly at its limit of tokens.
 */
#ifndef TEXT_SCAN_H
#define TEXT_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "text/token.h"

struct tail_range;

struct scan {
	struct arena *a;
	struct tokens *tk;
	size_t size;        /* tokens allocated */
	size_t max;         /* tokens allowed */
	char *words;        /* folded words */
	size_t words_size;  /* bytes allocated */
	uint32_t lead_left; /* words of the lead still to come */
	uint32_t pos, sentence, paragraph;
	uint8_t pending; /* marks of the next token */

	/* The text being scanned. */
	const char *text, *end;
	uint8_t field, zone;
	const struct tail_range *tail; /* rest of the furniture, in order */
	size_t ntail;
	size_t upper_words, lower_words; /* of two letters and more */
};

void scan_init(struct scan *sc, struct arena *a, struct tokens *tk,
    size_t bytes, size_t max);
/* Tokens of `text` at the end of the list, all in `zone` but the tail. */
void scan_text(
    struct scan *sc, enum field f, enum zone z, const char *text, size_t len);

/* gaps.c: one character between words at p is noted; its length. */
size_t gaps_see(struct scan *sc, const char *p);
/* A stop of `len` bytes at p: note whether it ends a sentence. */
void gaps_see_stop(struct scan *sc, const char *p, size_t len);

#endif
