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
/* Drop what left the window at `now`; cheap when there is nothing. */
void copies_expire(struct copies *c, int64_t now);
size_t copies_len(const struct copies *c);

#endif
