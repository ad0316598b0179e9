/*
 * replay - the daemon's decision path without the daemon.
 *
 * Items go in one after the other, decisions and frames come out by a
 * callback. The clock is the items' own: an item arrives at its publication
 * date, and the clock never goes back.
 */
#ifndef TOOLS_REPLAY_H
#define TOOLS_REPLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct config;
struct decided;
struct item;
struct related;
struct replay; /* opaque */

/* One input item, decided. Everything is borrowed for the call. */
struct replay_result {
	const struct decided *dd;      /* NULL for an item that was known */
	const struct related *related; /* NULL with it */
	json_t *decision; /* {"decision":{...}}; NULL for a story's frame */
	json_t *frame;    /* {"item":{...},"cursor":...} of what subscribers
			     get by default; else, and with `all`, NULL. A
			     {"story":{...}} that an item caused follows it */
};
typedef void replay_cb(void *cookie, const struct replay_result *r);

struct replay_options {
	bool all;     /* make decisions for items without a topic too */
	bool explain; /* with evidence */
	bool alerts;  /* the {"alert":{...}} frames that they would cause, as
			 results of their own */
	replay_cb *cb;
	void *cookie;
};

struct replay *replay_new(
    const struct config *c, const struct replay_options *o);
void replay_free(struct replay *rp);

/*
 * What the feed `feed` repeats around its items is learned from `it`, text
 * stage done here: call it for all items of a document before they go in.
 * `site` is the feed's title, or NULL. Items of JSON are learned from as they
 * go in, if they tell their feed.
 */
void replay_learn(
    struct replay *rp, struct item *it, const char *feed, const char *site);
/* An item of a feed document; ownership passes. `feed` is the feed's key. */
void replay_feed_item(struct replay *rp, struct item *it, const char *feed);
/* A JSON Feed item, or a frame that holds one. -1 and words in `why`. */
int replay_json(
    struct replay *rp, const json_t *j, char *why, size_t why_size) MUST_CHECK;

/* Whole inputs; faults go to stderr. The exit code of the worst. */
int replay_file(struct replay *rp, const char *path);

#endif
