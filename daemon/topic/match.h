/*
 * match - one item against the compiled terms; internal to topic/.
 *
 * Lives in the item's arena. Every node is worked out at most once.
 */
#ifndef TOPIC_MATCH_H
#define TOPIC_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topic/set.h"
#include "topic/span.h"

struct arena;
struct tokens;

struct imap { /* small numbers to pointers */
	uint32_t *key;
	void **val;
	size_t mask, n;
};

struct atom_hits { /* hits of one atom, a chain through match.next */
	uint32_t atom, first, last;
};

struct node_match {
	bool yes;
	struct spans spans; /* for NODE_SPANS */
};

struct match {
	const struct topic_set *ts;
	const struct tokens *tk;
	struct arena *a;
	struct hits hits;
	uint64_t *has;   /* a bit an atom; NULL: none was seen */
	uint32_t *seen;  /* the atom of each hit */
	uint32_t *tries; /* of each atom seen that has some */
	size_t ntries;
	uint32_t scans;          /* of all hits, for one atom */
	struct atom_hits *atoms; /* open addressing; made when first needed */
	size_t atoms_mask;
	uint32_t *next;    /* of a hit: the next of its atom, or HIT_NO */
	struct imap nodes; /* node -> struct node_match */
};

/* Look up all tokens of `tk`. */
void match_init(struct match *m, const struct topic_set *ts,
    const struct tokens *tk, struct arena *a);
const struct node_match *match_node(struct match *m, uint32_t id);
/* Only whether it has a match: stops as soon as that is known. */
bool match_yes(struct match *m, uint32_t id);

/* Bit of enum rules_in where token `i` stands; 0 for furniture. */
uint32_t match_in(const struct tokens *tk, uint32_t i);

/*
 * Where a node that has a match counts best: `boost` as of its zone, or 1
 * when it rests on case in an all-capitals field. A node without words (not,
 * "*") is `neutral`.
 */
struct match_best {
	int32_t boost;
	uint8_t zone;
	bool caps, neutral;
	struct span span; /* for NODE_SPANS */
};
struct match_best match_best(struct match *m, uint32_t id);

/* The words behind that: spans of the terms, added to `out`, not sorted. */
void match_words(struct match *m, uint32_t id, struct spans *out);

/*
 * Presearch: the topics that may match, in order; all other topics have level
 * none.
 */
struct candidates {
	uint32_t *v; /* in the item's arena */
	size_t n;
};
void match_candidates(struct match *m, struct candidates *out);

/* Does the item have this word? */
static inline bool
match_has(const struct match *m, uint32_t atom)
{
	return m->has != NULL && (m->has[atom / 64] >> (atom % 64) & 1);
}

void *imap_get(const struct imap *im, uint32_t key);
void imap_put(struct arena *a, struct imap *im, uint32_t key, void *val);

#endif
