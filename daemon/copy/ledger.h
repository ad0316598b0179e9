/*
 * ledger - what was told so far of each text and each story.
 *
 * Pure: no I/O, no clock, no log. A text is a cluster of copies, named by its
 * original; a story is one event's texts. The ledger knows which topics a
 * text was told for, what its most trusted feed was, and who wrote the texts
 * of a story: ten sites with one agency's text are one origin.
 *
 * An item is considered, which changes nothing; what comes of it is a
 * ledger_change, a few names and sums that hold the state afterwards. It is
 * applied, and journaled with the item. Applying the changes of the window in
 * their order makes the same ledger again.
 *
 * Stories that turn out to be one are joined: the older one keeps its name,
 * the other's name leads to it.
 */
#ifndef COPY_LEDGER_H
#define COPY_LEDGER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "copy/copies.h"

struct arena;
struct ledger; /* opaque */
struct strbuf;

struct ledger_topic {
	const char *name;
	uint8_t level; /* enum topic_level */
	int32_t score; /* at that level */
};

struct ledger_origin {
	const char *name;
	uint32_t texts; /* of the story, by it */
};

/* An item, and how it stands to others. */
struct ledger_news {
	const struct copies_match *match;
	const char *origin; /* who wrote it; "" = unknown */
	bool agency;        /* an agency that it credits */
	uint32_t weight;    /* trust in its feed */
	bool again;         /* an edited item: it was counted before */
	const struct ledger_topic *topics;
	size_t ntopics;
};

/* What it changes; strings live in the arena, or as long as the ledger. */
struct ledger_change {
	/* Its text afterwards. */
	const char *cluster;
	uint32_t weight;    /* the highest so far */
	const char *origin; /* "" = unknown */
	bool agency;
	struct ledger_topic *topics; /* each at its highest level */
	size_t ntopics;
	/* Its story afterwards. */
	const char *story;
	int64_t since, at; /* seconds: its first item, this one */
	uint64_t items;
	struct ledger_topic *story_topics;
	size_t nstory_topics;
	struct ledger_origin *origins;
	size_t norigins;
	const char *joined[COPIES_MAX_ALSO + 1]; /* stories that are it now */
	size_t njoined;
	/* What is new about that; not journaled. */
	bool grew;      /* the story has one origin more */
	bool preferred; /* a copy, of a feed more trusted than those before */
	uint8_t *fresh; /* for each topic of the news: journal_topic.fresh */
};

/* A text is forgotten `window_s` after its last item, and when there are more
 * than `max_texts`. */
struct ledger *ledger_new(uint32_t window_s, size_t max_texts);
void ledger_free(struct ledger *l);
void ledger_consider(const struct ledger *l, const struct ledger_news *n,
    int64_t now, struct arena *a, struct ledger_change *c);
void ledger_apply(struct ledger *l, const struct ledger_change *c);
void ledger_expire(struct ledger *l, int64_t now);
size_t ledger_texts(const struct ledger *l);
size_t ledger_stories(const struct ledger *l);

/* For the store, as text. `at` is not in it. -1 when `out` is full, and when it
 * is damaged. */
int ledger_pack(const struct ledger_change *c, struct strbuf *out) MUST_CHECK;
int ledger_unpack(struct arena *a, const char *text, int64_t at,
    struct ledger_change *c) MUST_CHECK;
/* What the store had before: a JSON object. */
int ledger_decode(struct arena *a, const json_t *j, int64_t at,
    struct ledger_change *c) MUST_CHECK;

/*
 * {"story":{"id","why","items","origins","topics","since"}} and "joined" if
 * there are: the frame that tells of a change which grew or joined.
 */
json_t *ledger_story_frame(const struct ledger_change *c, const char *item_id);
/* All of it as JSON, in one order: what a restart must find again. */
json_t *ledger_dump(const struct ledger *l);

#endif
