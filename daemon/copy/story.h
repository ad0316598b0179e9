/*
 * story - clusters of copies, and the stories they tell.
 *
 * A cluster is named for ever by the id of its first item, a story by that of
 * its first cluster. Both live while an item of theirs is remembered: `tail`
 * is the oldest that is. Those before it are let go of later, a few at a time.
 */
#ifndef COPY_STORY_H
#define COPY_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stories; /* opaque */

struct cluster {
	char *id;      /* of the original */
	char *story;   /* its story's id */
	char *origin;  /* who wrote its text; NULL = unknown */
	bool agency;   /* one of its items credits an agency */
	uint32_t refs; /* items that were not let go of */
	bool unlisted; /* dead, and another one may have its name */
	/* Positions of its items that were not let go of, oldest and newest;
	 * and of its full texts. 0 = none; else chained in copies.c. */
	uint32_t first, last, first_full, last_full;
};

struct stories *stories_new(void);
void stories_free(struct stories *st);
/* The cluster of that original; NULL when there is none that lives. */
struct cluster *stories_find(
    const struct stories *st, const char *id, uint32_t tail);
/* A reference to it; made with `story` when there is none. */
struct cluster *stories_ref(
    struct stories *st, const char *id, const char *story, uint32_t tail);
/* An item of it names its origin: an agency wins, else the first one. */
void stories_credit(struct cluster *cl, const char *origin, bool agency);
void stories_unref(struct stories *st, struct cluster *cl);

#endif
