/*
 * outcome - an item held against those remembered, and what comes of it; the
 * inner part of copies_lookup().
 */
#ifndef COPY_OUTCOME_H
#define COPY_OUTCOME_H

#include <stddef.h>
#include <stdint.h>

#include "copy/copies.h"
#include "copy/verdict.h"

struct cluster;
struct copies;
struct entry;
struct item;

/* One comparison and what came of it. */
struct outcome {
	enum verdict verdict;
	float score;
	const char *why;
	struct features f;
	uint32_t pos; /* of the older one */
};

/* The focus of c, which is `me`, with the one at `pos`. */
void outcome_compare(const struct copies *c, const struct entry *me,
    int64_t now, uint32_t pos, struct outcome *out);
/* Fill *m, which says "new", from the best of all[n]; they are changed. */
void outcome_decide(const struct copies *c, const struct item *it,
    const struct entry *me, int64_t now, struct outcome *all, size_t n,
    struct copies_match *m);

void match_set(
    struct copies_match *m, enum relation r, const char *of, const char *story);
/* It is the cluster's text: so is its writer. */
void match_origin(struct copies_match *m, const struct cluster *cl);

#endif
