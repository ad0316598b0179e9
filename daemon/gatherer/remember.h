/*
 * remember - which items of a document its feed has shown before.
 *
 * Pure. The seen set of a feed holds each item's identity and the hash of
 * its text. An item that a document leaves out is not forgotten: documents
 * are truncated, reordered, and answered by caches that are behind.
 *
 *     r = remember_new(state, now);
 *     remember_see(r, it) for each item, then remember_judge(r, it) for each
 *     set = remember_result(r, whole, arena, &n);
 */
#ifndef GATHERER_REMEMBER_H
#define GATHERER_REMEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct feed_state;
struct item;
struct remember; /* opaque */

#define REMEMBER_MAX 10000          /* items of a feed */
#define REMEMBER_S (30 * 24 * 3600) /* after the last document with it */

/* An identity that is none: such an item is never news, nor remembered. */
#define REMEMBER_NOBODY 0

/* Marks: what else is known of a feed, for as long as the feed is. */
#define REMEMBER_CHURN UINT64_C(0x636875726e) /* its guids do not last */
#define REMEMBER_SHARED                                                        \
	UINT64_C(0x736861726564) /* ^ identity: several have it */

enum remembered_as {
	REMEMBERED_NEW,
	REMEMBERED_KNOWN,   /* the same text as before, or twice in here */
	REMEMBERED_UPDATED, /* a known item with another text */
};

/* `before` is borrowed for the call only; `now` in seconds. */
struct remember *remember_new(const struct feed_state *before, int64_t now);
void remember_free(struct remember *r);
/* First round: this item is in the document. */
void remember_see(struct remember *r, const struct item *it);
/* Marks share the set with the items. */
void remember_mark(struct remember *r, uint64_t mark);
bool remember_marked(const struct remember *r, uint64_t mark);
/* An item that was known as `identity`, of the same text, now is `it`. */
void remember_rename(
    struct remember *r, uint64_t identity, const struct item *it);
/* The document is damaged: a known item that is cut short is no edit. */
void remember_damaged(struct remember *r);
bool remember_is_damaged(const struct remember *r);
/* Was it there before this document? */
bool remember_knows(const struct remember *r, const struct item *it);
/* Second round, in the order of the first: what is it? Sets *revision, 0 for
 * an item that was passed over once. */
enum remembered_as remember_judge(
    struct remember *r, const struct item *it, uint32_t *revision);
/* The item, just judged to be new, is no news, nor will its edits be. */
void remember_pass_over(struct remember *r, const struct item *it);
/*
 * The set after this document, memory in `a`. `whole`: it is known to hold
 * all that the feed shows now, so that what is missing may grow old.
 */
struct seen *remember_result(
    struct remember *r, bool whole, struct arena *a, size_t *n);

#endif
