/*
 * backtest - what a changed rule set gains and loses on old items.
 *
 * Both rule sets decide about each item, by the daemon's own code; so a
 * difference comes from the rules alone, not from what was decided then.
 */
#ifndef TOOLS_BACKTEST_H
#define TOOLS_BACKTEST_H

#include <jansson.h>
#include <stddef.h>

struct config;
struct decided;
struct diags;
struct item;
struct backtest; /* opaque */

/*
 * One topic of one item that has another level now, borrowed for the call:
 * {"change":"gained"|"lost","topic","from","to","score_from","score_to",
 * "threshold","id","title","url","feed","feed_name","published",
 * "because":SIGNAL|null,"lacking":TEXT|null}. "because" is the strongest
 * signal of the rules that give more: the new ones' of what is gained, the
 * old ones' of what is lost.
 */
typedef void backtest_cb(void *cookie, json_t *change);

/* Both sets are borrowed. */
struct backtest *backtest_new(const struct config *from,
    const struct config *to, backtest_cb *cb, void *cookie);
void backtest_free(struct backtest *bt);

/*
 * An item, made or decoded and not yet decided about; ownership passes. `id`
 * is what the change calls it (NULL = its own). `only`: the topic globs its
 * feed is restricted to, NULL-terminated; NULL = all.
 */
void backtest_item(struct backtest *bt, struct item *it, const char *id,
    const char *const *only);
/* The same for an item that the old rules have just decided about, without
 * any restriction; borrowed. */
void backtest_decided(
    struct backtest *bt, const struct decided *dd, const char *id);

size_t backtest_items(const struct backtest *bt);
size_t backtest_lost(const struct backtest *bt); /* changes for the worse */
/*
 * {"NAME":{"same","gained","lost","matched"}} of every topic of either set:
 * how many items have the same level above none, a higher, a lower one, and
 * how many have one at all with the new rules.
 */
json_t *backtest_topics(const struct backtest *bt);
/* Warn of topics of the new rules that match more than 5 % of what was seen,
 * once that is enough to tell. */
void backtest_lint(const struct backtest *bt, struct diags *ds);

#endif
