/*
 * classify - the gatherer's pure half: bytes or an item to a decided item.
 *
 * No I/O, no clock, no log. replay, explain, golden tests, fuzzers and the
 * gatherer all call this.
 */
#ifndef PIPELINE_CLASSIFY_H
#define PIPELINE_CLASSIFY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/macros.h"
#include "copy/copies.h"
#include "topic/topic.h"

struct arena;
struct diag;
struct furniture;
struct item;
struct tokens;

/* An item with its decision; what travels from gatherer to desk. */
struct decided {
	struct item *item;           /* owned */
	struct topic_results topics; /* memory in item->arena */
	struct signature *sig;       /* owned; NULL when no topic matched */
	const char *rules;           /* topic_set_hash() at the time */
	struct tokens *tokens;       /* in item->arena; NULL after travelling */
};

struct classify_params {
	const struct topic_set *topics; /* borrowed */
	const struct item_limits *limits;
	struct hash_key key;     /* of identities and signatures */
	const char *const *only; /* topic globs of the feed; NULL = all */
	bool explain;            /* evidence of all topics, misses too */
	const struct furniture *furniture; /* of its feed; NULL: what the
					      item says itself */
	bool bare; /* not even the evidence of matches */
};

/*
 * Who is this item? Fill id, feed, canonical, identity and content of `it`
 * (text stage done here if it is not yet), and origin. `feed` is copied.
 * Identity: (feed, guid); without guid the canonical URL; without both the
 * title and text. `id` is "urn:wiresift:" + 32 hex of (feed, identity),
 * unkeyed: stable over databases.
 */
void classify_identify(struct item *it, const char *feed, const char *feed_name,
    const struct classify_params *p);

/*
 * Decide about `it` (ownership passes to the result, on every path): text,
 * tokens, topics, and the signature if a topic matched (or with explain).
 */
struct decided *classify_item(struct item *it, const struct classify_params *p);
void decided_free(struct decided *d);

/* For the link; decode answers NULL with *d. */
json_t *decided_encode(const struct decided *dd);
struct decided *decided_decode(const json_t *j, struct diag *d);

#endif
