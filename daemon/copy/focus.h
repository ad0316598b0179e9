/*
 * focus - a text made ready to be held against many.
 *
 * A list of the other text is gone through once, and for each of its entries
 * a bit tells most times that the focus does not have it: no merging. What
 * was found is left in `hit`, for the questions that follow about the same
 * pair.
 */
#ifndef COPY_FOCUS_H
#define COPY_FOCUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "copy/doc.h"
#include "copy/signature.h"

#define FOCUS_MOST (SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY)
#define FOCUS_BITS_LOG2 14
#define FOCUS_BUCKETS_LOG2 10
#define FOCUS_RARE_SLOTS 1024
#define FOCUS_NONE UINT16_MAX

/* A sorted list of distinct hashes. */
struct focus_list {
	const struct weighted *v;
	size_t n;
	int bit_shift, bucket_shift; /* of a hash, to its bit and bucket */
	uint64_t bits[(1 << FOCUS_BITS_LOG2) / 64];
	uint16_t start[(1 << FOCUS_BUCKETS_LOG2) + 1]; /* of a bucket in v */
	uint64_t hit[(FOCUS_MOST + 63) / 64]; /* also in the last list */
};

/* Rare words: each different one has a number. */
struct focus_rare {
	uint16_t n;
	uint16_t slot[FOCUS_RARE_SLOTS]; /* number + 1; 0 = free */
	uint32_t word[DOC_MAX_RARE];
	uint16_t first[DOC_MAX_RARE]; /* place of it */
	bool number[DOC_MAX_RARE];    /* is it in doc.numbers? */
	uint16_t of[DOC_MAX_RARE];    /* the number of the word at a place */
};

struct focus {
	const struct doc *d;
	struct focus_list shingles, words;
	struct focus_rare rare;
	/* Where the lead and the title are in shingles and words. */
	uint16_t lead[DOC_LEAD_SHINGLES], title[SIGNATURE_MAX_TITLE];
};

/* *d is borrowed for as long as *fo is used. */
void focus_set(struct focus *fo, const struct doc *d);
/* Weight of what both lists hold, by the lesser weight; *n counts it. */
float focus_shared(
    struct focus_list *l, const struct weighted *v, size_t len, uint32_t *n);
/* Of the names and numbers in the two bodies. */
struct focus_facts {
	uint32_t both;  /* that are facts of both */
	uint32_t told;  /* weight of the focus's that the other has */
	uint32_t heard; /* and of the other's that the focus has */
};
/* Sum of the products of the weights of what both hold. */
float focus_product(struct focus_list *l, const struct weighted *v, size_t len,
    struct focus_facts *facts);
bool focus_holds(const struct focus_list *l, uint32_t hash);
bool focus_hit(const struct focus_list *l, uint16_t at);
/* The number of a rare word, or FOCUS_NONE. */
uint16_t focus_rare(const struct focus_rare *r, uint32_t word);

#endif
