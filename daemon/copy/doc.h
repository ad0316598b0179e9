/*
 * doc - a signature made ready for comparing: sorted, weighted lists.
 *
 * One malloc'd block each. Weights are those at the time it was made, in
 * sixteenths of a nat.
 */
#ifndef COPY_DOC_H
#define COPY_DOC_H

#include <stddef.h>
#include <stdint.h>

struct signature;
struct weights;

#define DOC_LEAD_SHINGLES 50
#define DOC_MAX_RARE 400
#define DOC_FULL_WORDS 120 /* a body with so many words is a full text */
#define DOC_TITLE_WORDS 6  /* one with fewer is a title only */

enum doc_form { DOC_TITLE, DOC_SUMMARY, DOC_FULL };

#define DOC_FACT 0x8000U /* mark on a weight: a name or a number of the body */
#define DOC_WEIGHT(x) ((uint16_t)((x) & ~DOC_FACT))

/* Six bytes: there are many. */
struct weighted {
	uint32_t hash;
	uint16_t weight;
} __attribute__((packed));

struct doc {
	uint64_t title_hash, body_hash, anti;
	struct weighted *shingles; /* of the body; sorted by hash, distinct */
	struct weighted *words;    /* of title and body: weight = tf * idf,
				      with DOC_FACT */
	struct weighted *title;    /* distinct words of the title, sorted */
	uint32_t *lead;            /* first shingles of the body, sorted */
	uint32_t *rare;            /* rare words and numbers, in order */
	uint32_t *numbers;         /* distinct, sorted; of title and body */
	uint32_t *title_numbers;
	uint32_t *pairs; /* of words in a row in the title, sorted */
	float shingle_mass, word_norm, title_mass, fact_mass;
	uint16_t nshingles, nwords, ntitle, nlead, nrare;
	uint16_t nnumbers, ntitle_numbers, npairs;
	uint32_t body_words;
	uint32_t number; /* of the article in its address, hashed; 0 = none */
	uint8_t form, marks, agency;
};

/*
 * The weights of the words of s, in order, into idf[]: of title and body. A
 * doc made of them is the same for ever.
 */
void doc_weigh(
    const struct signature *s, const struct weights *w, uint8_t *idf);
struct doc *doc_make(
    const struct signature *s, const struct weights *w, const uint8_t *idf);
void doc_free(struct doc *d);
/* The same doc at `room`, aligned, of doc_size() bytes. */
struct doc *doc_copy(const struct doc *d, void *room);
/* Soon compared: have it brought near, first its head, then the lists. */
void doc_expect_head(const struct doc *d);
void doc_expect(const struct doc *d);
/* Bytes it takes. */
size_t doc_size(const struct doc *d);

#endif
