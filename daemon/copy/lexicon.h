/*
 * lexicon - words that mean another word, an opposite, or an agency.
 *
 * Pure tables. Number words become digits, names of peoples their countries,
 * so that a reworded copy keeps its facts; opposites tell two templates apart
 * ("raises", "cuts").
 */
#ifndef COPY_LEXICON_H
#define COPY_LEXICON_H

#include <stddef.h>
#include <stdint.h>

struct lexeme {
	const char *as; /* stands for this word; NULL = itself */
	int8_t anti;    /* side of an opposite: 2 * pair, or + 1; -1 = none */
	int8_t generic; /* in a title: makes it one of a series */
};

/* What is known of a folded word by its token_hash(); NULL = nothing. */
const struct lexeme *lexicon_find(uint64_t fold);

/* 1 and up for an agency's name (folded), 0 if it is none. */
uint8_t lexicon_agency(const char *word);

#endif
