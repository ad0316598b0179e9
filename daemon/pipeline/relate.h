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

struct copies;
struct decided;

/* What the desk decided; strings are inside. */
struct related {
	struct copies_match match;
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
 * The frame without its cursor: {"item":{JSON Feed item with tags, topics,
 * relation, copy_of, story, origin under _wiresift}} (DESIGN.md, 5); with
 * `_wiresift.explain` when `dd` has evidence. May be longer than a line of
 * the protocol: record_encode() cuts it.
 */
json_t *relate_frame(const struct decided *dd, const struct related *r);
/* {"decision":{...}} of `wiresift replay --all` (DESIGN.md, 6). */
json_t *relate_decision(
    const struct decided *dd, const struct related *r, const char *input_id);

#endif
