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

struct atom_hits { /* tokens of one atom: tokens[off..off+n-1] */
	uint32_t atom, off, n;
};

struct node_match {
	bool yes;
	struct spans spans; /* for NODE_SPANS */
};

struct match {
	const struct topic_set *ts;
	const struct tokens *tk;
	struct arena *a;
	struct imap atoms; /* atom -> struct atom_hits */
	struct atom_hits *hit_atoms;
	size_t nhit_atoms;
	uint32_t *tokens;
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
 * Presearch: one bit a topic that may match, in `a`; all other topics have
 * level none.
 */
uint64_t *match_candidates(struct match *m);

void *imap_get(const struct imap *im, uint32_t key);
void imap_put(struct arena *a, struct imap *im, uint32_t key, void *val);

#endif
