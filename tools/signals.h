/*
 * signals - how often each signal of a rule set alone fires on items.
 *
 * A signal that is in one item of twenty says nothing about a topic: its
 * points are in every score, and the others' must be that much higher.
 */
#ifndef TOOLS_SIGNALS_H
#define TOOLS_SIGNALS_H

#include <stddef.h>

struct arena;
struct diags;
struct rules;
struct signals; /* opaque */
struct tokens;

/* `r` is borrowed. Only signals that speak for a topic are watched. */
struct signals *signals_new(const struct rules *r);
void signals_free(struct signals *sg);
/* One more item; scratch memory in `a`. */
void signals_count(
    struct signals *sg, const struct tokens *tokens, struct arena *a);
/* Warn, with their places, of those that fired on more than `percent` of
 * `items`. */
void signals_lint(const struct signals *sg, size_t items, unsigned int percent,
    struct diags *ds);

#endif
