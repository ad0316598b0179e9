/*
 * lexicon - words that mean another word, an opposite, or an agency.
 *
 * Pure tables. Number words become digits, names of peoples their countries,
 * so that a reworded copy keeps its facts; opposites tell two templates apart
 * ("raises", "cuts"), and so do the days of the week.
 */
#ifndef COPY_LEXICON_H
#define COPY_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEXICON_DAYS 56 /* above all sides of opposites */

struct lexeme {
	/* Side of an opposite: 2 * pair, or + 1; LEXICON_DAYS and up: a day of
	 * the week, from Sunday on; -1 = none. */
	int8_t anti;
	int8_t generic; /* in a title: makes it one of a series */
};

/* What is known of a folded word by its token_hash(); NULL = nothing. */
const struct lexeme *lexicon_find(uint64_t fold);

/*
 * The i-th list of words (folded, apart by blanks) that stand for *as; false
 * behind the last.
 */
bool lexicon_same(size_t i, const char **as, const char **words);

/* 1 and up for an agency's name (folded), 0 if it is none. */
uint8_t lexicon_agency(const char *word);

#endif
