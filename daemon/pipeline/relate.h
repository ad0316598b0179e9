/*
 * relate - the desk's pure half: a decided item to its record.
 *
 * No I/O, no clock, no log.
 */
#ifndef PIPELINE_RELATE_H
#define PIPELINE_RELATE_H

#include <jansson.h>
#include <stdint.h>

#include "base/macros.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "topic/topic.h"

struct copies;
struct decided;

/* What the desk decided; strings are inside. */
struct related {
	struct copies_match match;
	bool again;     /* an edit of an item that was told before */
	bool accounted; /* relate_account() has filled this: */
	struct ledger_change account;
};

/*
 * How `dd` stands to what is known at `now` (seconds). Items without a topic
 * never enter the index: their relation is RELATION_NEW, their story their
 * own id. Remembers nothing; relate_remember() does, after the commit.
 */
void relate_item(const struct copies *c, const struct decided *dd, int64_t now,
    struct related *out);
void relate_remember(struct copies *c, const struct decided *dd, int64_t now,
    const struct related *r);

/*
 * What it changes in the ledger, for a feed of this weight: fills r->account
 * and gives the match its story's name of now. Memory in the item's arena, or
 * the ledger's until it changes. Nothing for items without a topic.
 */
void relate_account(const struct ledger *l, const struct decided *dd,
    uint32_t weight, int64_t now, struct related *r);
/*
 * It is an edit of `before`, an item as a frame has it: it keeps its relation
 * and its story.
 */
void relate_again(struct related *r, const json_t *before);

/*
 * The frame without its cursor: {"item":{JSON Feed item with tags, topics,
 * relation, copy_of, story, origin under _wiresift}} (DESIGN.md, 5); with
 * `_wiresift.explain` when `dd` has evidence. May be longer than a line of
 * the protocol: record_encode() cuts it.
 */
json_t *relate_frame(const struct decided *dd, const struct related *r);
/*
 * {"update":{id, revision, changed, gained, lost, significance, was, numbers,
 * item}} of an edit of `before`; "item" is that of relate_frame().
 */
json_t *relate_update(
    const json_t *before, const struct decided *dd, const struct related *r);
/* Who wrote it, as frames tell. */
const char *relate_origin(const struct decided *dd, const struct related *r);
/* The item in the frame of an item or update; NULL if there is none. */
const json_t *relate_item_of(const json_t *frame);
/* Which level it had, by its frame. */
enum topic_level relate_level(const json_t *item, const char *topic);
/* {"decision":{...}} of `wiresift replay --all` (DESIGN.md, 6). */
json_t *relate_decision(
    const struct decided *dd, const struct related *r, const char *input_id);

#endif
