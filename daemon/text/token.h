/*
 * token - an item's fields as folded words with places; made once an item.
 *
 * Pure. Topics and copy detection share one token list. A token is a maximal
 * run of letters, marks and digits; everything else separates. Fixed rules
 * (wiresift-topics.5 says them to users):
 *  - folded: NFKC, case folded, accents off, Arabic alef, yeh, teh marbuta
 *    unified, tashkeel and tatweel off, digits of all scripts to 0..9; half
 *    rings of transliterations go; o-slash is o, ae, oe, ss, th as spelt;
 *  - dotted letters join: "U.S." is the token "US" and ends no sentence;
 *    small ones do too ("p.m." is "pm"), and may end one;
 *  - possessive 's and s' apostrophes go: "Iraq's" is "Iraq";
 *  - an inner apostrophe joins ("don't" folds to "dont"), except behind a
 *    French or Italian article or pronoun ("l'Irak" is two words); inner .
 *    and , join digits ("1,200" and "1.5" are one token each, folded without
 *    the comma);
 *  - scripts without blanks (CJK, Thai, ...): one token a character pair
 *    (overlapping bigrams), a lone character as it is;
 *  - . ! ? ; : | an ellipsis, a dash between blanks and a new line leave a
 *    position gap, so that a phrase never crosses them; comma, hyphen,
 *    apostrophe, quote and brackets don't. A dot behind a title, an initial,
 *    or a month before its day, and one inside a word ("amazon.com") is none;
 *  - a sentence begins behind . ! ? unless a small letter follows, and on
 *    each line.
 */
#ifndef TEXT_TOKEN_H
#define TEXT_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct item;

enum field { /* where a text stands */
	FIELD_TITLE,
	FIELD_BODY,
	FIELD_URL,
	FIELD_FEED,
	FIELD_AUTHOR,
	FIELD_TAG,
	FIELD_COUNT
};

enum zone { /* what it counts as; title, lead and body may score */
	ZONE_TITLE,
	ZONE_LEAD, /* first 60 words of the body */
	ZONE_BODY,
	ZONE_TAIL, /* furniture: invisible to rules and copies */
	ZONE_META, /* url, feed, author, tag: only by `in:` */
	ZONE_COUNT
};

enum token_mark {
	TOKEN_UPPER = 1 << 0,         /* two or more letters, all capitals */
	TOKEN_CAPITAL = 1 << 1,       /* first letter a capital */
	TOKEN_ALLCAPS_FIELD = 1 << 2, /* stands in an all-capitals field */
	TOKEN_NUMBER = 1 << 3,        /* only digits (with . ,) */
	TOKEN_GAP = 1 << 4,           /* a phrase may not cross to this token */
	TOKEN_SENTENCE = 1 << 5,      /* first of its sentence */
	TOKEN_PARAGRAPH = 1 << 6,     /* first of its paragraph (line) */
};

struct token {
	uint64_t fold;  /* hash of the folded word */
	uint64_t exact; /* hash of the word as written (dots joined, NFC) */
	uint32_t off;   /* first byte in the field's text */
	uint32_t len;   /* bytes there, dots included */
	uint32_t pos;   /* position for gaps and windows; counts words, +1 at a
			   TOKEN_GAP; every field begins at a multiple apart */
	uint32_t sentence;  /* number over all fields */
	uint32_t paragraph; /* number over all fields */
	uint32_t word;      /* offset of the folded word in `words` */
	uint16_t word_len;
	uint8_t field, zone, marks;
};

struct tokens {
	struct token *v;
	size_t n;
	const char *words; /* folded words, each NUL-terminated */
	size_t words_len;
	const char *text[FIELD_COUNT]; /* the texts the offsets point into */
	size_t first[FIELD_COUNT + 1]; /* v[first[f]] .. v[first[f+1]-1] */
	uint32_t tail_lines;           /* body lines that are furniture */
	/* Where the item's parts begin, as indices in `v`; 0 = it is one. What
	 * stands before the first belongs to none (parts.h). */
	uint32_t *parts, nparts;
	bool apart;               /* the title is a part of its own */
	bool generic_title;       /* it says nothing of this text */
	uint32_t learned_lines;   /* of these, known from the feed */
	const char *tail_heading; /* heading that began the tail, or NULL */
	char lang[4];             /* detected or given: "en", "ar", "" */
};

struct token_params {
	size_t max_tokens;   /* over all fields; 0 = 40,000 */
	uint32_t lead_words; /* 0 = 60 */
};

/* Hash of a folded or exact word as tokens carry it (fixed key: rules are
 * compiled once, texts cannot choose the terms). */
uint64_t token_hash(const char *word, size_t len);

/*
 * All fields of `it` (title_text and text must be made), in field order. The
 * result lives in `a`, and points into the item's strings.
 */
struct tokens *tokens_make(
    struct arena *a, const struct item *it, const struct token_params *p);
/*
 * One text as one field; for rule terms and tests: same rules, no zones
 * (everything ZONE_BODY).
 */
struct tokens *tokens_of_text(
    struct arena *a, enum field f, const char *text, size_t len);
/* Fold one word to out (arena); "" when nothing is left of it. */
const char *token_fold(struct arena *a, const char *word, size_t len);

#endif
