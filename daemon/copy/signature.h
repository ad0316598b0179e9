/*
 * signature - what copy detection keeps of a text; the inner part.
 *
 * The words of title and body in order, as keyed hashes with two marks, and
 * what identifies the item. Furniture, datelines, title prefixes and the name
 * of the site behind the title are left out. Everything else (doc.h) is made
 * of it where counts of words are known.
 */
#ifndef COPY_SIGNATURE_H
#define COPY_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "copy/copies.h"

#define SIGNATURE_VERSION 4
#define SIGNATURE_MAX_TITLE 64
#define SIGNATURE_MAX_BODY 1500

enum word_mark {
	WORD_NUMBER = 1 << 0,
	WORD_CAPITAL = 1 << 1, /* no sentence begins with it: a name */
};
#define WORD_MARKS 2U /* bits of a word that are marks */
#define WORD_HASH(w) ((w) >> WORD_MARKS)

enum signature_mark {
	SIGNATURE_UPDATE = 1 << 0,  /* "UPDATE 2-", "CORRECTED" before it */
	SIGNATURE_GENERIC = 1 << 1, /* live blog, briefing: a rolling text */
	SIGNATURE_VIDEO = 1 << 2,
};

struct signature {
	uint64_t title_hash, body_hash; /* of all words; 0 = none */
	uint64_t anti;       /* bits of lexeme.anti in title and lead */
	uint8_t agency;      /* lexicon_agency() of the dateline */
	uint32_t body_words; /* before the cap */
	uint32_t number;     /* hash of the article's number in its address;
				0 = none */
	uint16_t ntitle, nbody;
	uint8_t marks;
	uint32_t words[]; /* title, then body */
};

#endif
