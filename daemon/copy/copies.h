/*
 * copies - recognise syndicated copies of an item already seen.
 *
 * Pure: no I/O, no clock, no log. The caller supplies `now` and journals.
 * Lookup remembers nothing; only what is durable is inserted.
 */
#ifndef COPY_COPIES_H
#define COPY_COPIES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/macros.h"

struct arena;
struct copies; /* opaque: the index over the window */
struct item;
struct signature; /* opaque: what copy detection keeps of a text */
struct strbuf;
struct tokens;

enum relation {
	RELATION_NEW,    /* first sighting, or another report of a story */
	RELATION_COPY,   /* one text republished */
	RELATION_UPDATE, /* a newer version of a text */
	RELATION_EMBEDS, /* contains another item among other matter */
	RELATION_KNOWN,  /* this very item again */
};
const char *relation_name(enum relation r); /* "new" ... */
bool relation_parse(const char *s, enum relation *r);

struct copies_params {
	uint32_t window_s;   /* remember an item this long, seconds, > 0 */
	uint32_t max_items;  /* hard cap on remembered items, > 0 */
	size_t max_bytes;    /* of memory for them; 0 = no cap */
	uint32_t max_verify; /* candidates compared per item, > 0 */
	struct hash_key key; /* of signatures; must match theirs */
};
extern const struct copies_params copies_params_default;

#define COPIES_MAX_ALSO 2

struct copies_match {
	enum relation relation;
	char of[64];      /* id of the original (COPY), of the version before
			   (UPDATE), of the item contained (EMBEDS); "" */
	char story[64];   /* story it belongs to; never "" */
	char reason[96];  /* "same-url", "same-text", "contained w=.93", ... */
	char origin[64];  /* who wrote the text, as its copies tell: an agency
			    that one of them credits, else the origin of the
			    first; "" unless COPY or UPDATE */
	char cluster[64]; /* the cluster of copies it goes to: the id of the
			     original; its own where it begins one */
	/* Other stories that it is a report of as well: they are one. */
	char also[COPIES_MAX_ALSO][64];
	uint8_t nalso;
};

/*
 * The signature of an item from its tokens; malloc'd, caller frees. Never
 * NULL. Made in the gatherer, once.
 */
struct signature *signature_make(
    const struct item *it, const struct tokens *tk, const struct hash_key *key);
void signature_free(struct signature *s);
/* For the link and the store: a versioned string form and back. NULL when it
 * is damaged or of another version. */
json_t *signature_encode(const struct signature *s);
struct signature *signature_decode(const json_t *j);

/* Copies *p. NULL and errno EINVAL when a parameter is out of range. */
struct copies *copies_new(const struct copies_params *p);
void copies_free(struct copies *c);

/*
 * Compare `it` and `s` (borrowed) with what is remembered at `now`, seconds,
 * and fill *m. Remembers nothing: asking twice answers the same.
 */
void copies_lookup(const struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, struct copies_match *m);
/*
 * Remember `it` as decided by *m (of an earlier lookup, or read back from the
 * journal at start). `s` is copied. Call only for what is durable.
 */
void copies_insert(struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, const struct copies_match *m);
/*
 * The same for the store: what copies_insert() would remember of a decided
 * item that was just looked up. -1 when `out` is full.
 */
int copies_pack(const struct copies *c, const struct item *it,
    const struct signature *s, const struct copies_match *m,
    struct strbuf *out) MUST_CHECK;
/*
 * Remember what was packed, in the order in which it was. False when it is
 * damaged, of another version or another key: then it is not.
 */
bool copies_unpack(struct copies *c, const void *data, size_t len, int64_t now,
    const struct copies_match *m);
/*
 * The counts of words, by which words are weighed: they are older than what
 * is remembered, so the store has them too. Loaded into an empty index, before
 * what is unpacked; then an index decides as the one did that packed. Due:
 * when the last ones kept (or loaded) are so old that it is time.
 */
bool copies_counts_due(const struct copies *c, int64_t now);
void copies_counts_save(struct copies *c, int64_t now, struct strbuf *out);
bool copies_counts_load(
    struct copies *c, const void *data, size_t len, int64_t now);

/*
 * Drop what left the window at `now`; cheap when there is nothing. Nothing
 * else is dropped for its age: give it a clock that does not jump ahead. One
 * that goes back by more than the window makes all of this very moment.
 */
void copies_expire(struct copies *c, int64_t now);
size_t copies_len(const struct copies *c);

struct copies_stats {
	size_t items, bytes; /* remembered, and memory for it, about */
	uint64_t evicted;    /* forgotten before their time, for either cap */
	uint64_t evicted_bytes; /* for max_bytes: what came in a twelfth of
				   the window each time, or a sixth of all */
	int64_t oldest;         /* when the oldest arrived; 0 = there is none */
};
void copies_stats(const struct copies *c, struct copies_stats *st);

#endif
