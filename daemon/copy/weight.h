/*
 * weight - how much a word tells: its inverse document frequency.
 *
 * A prior of common English words (weight_prior.c) that counts as a thousand
 * documents, and counts of what was inserted, halved when they grow old.
 */
#ifndef COPY_WEIGHT_H
#define COPY_WEIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hash_key;
struct strbuf;
struct weights; /* opaque */

#define WEIGHT_MAX 8.0F /* of a word never seen */

struct weights *weights_new(const struct hash_key *key);
void weights_free(struct weights *w);
/* Natural logarithm of documents over those with the word; 0 to MAX. */
float weights_get(const struct weights *w, uint32_t word_hash);
/* Soon asked for: have the memory brought near. */
void weights_expect(const struct weights *w, uint32_t word_hash);
/* A document is counted by its distinct words, then itself. */
void weights_count_word(struct weights *w, uint32_t word_hash);
void weights_count_doc(struct weights *w);
/* How many documents were counted, ever: grows by one each. */
uint64_t weights_serial(const struct weights *w);
/* The next one is `serial`, those before being lost; never goes back. */
void weights_skip(struct weights *w, uint64_t serial);

/*
 * The counts for the store, and back: with them come the documents counted
 * (serial). False when they are damaged, of another version or another key;
 * then nothing is changed.
 */
void weights_save(const struct weights *w, struct strbuf *out);
bool weights_load(struct weights *w, const void *data, size_t len);

/* A word of a text (folded) as signatures carry it, without marks. */
uint32_t word_hash(const struct hash_key *key, const char *word, size_t len);

/*
 * The word that this one stands for (lexicon.h), itself mostly; *number is
 * set when that is a number.
 */
uint32_t weights_same(
    const struct weights *w, uint32_t word_hash, bool *number);

/* The prior: lines of common words, the n-th tier in `df` of documents. */
struct weight_tier {
	float df;
	const char *words;
};
extern const struct weight_tier weight_tiers[];
extern const size_t weight_tiers_len;

#endif
