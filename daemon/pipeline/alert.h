/*
 * alert - when is it time to wake somebody: rules over decided items.
 *
 * Pure: no I/O, no clock, no log; `now` is seconds by which ages are judged.
 * Every decided item is shown to the engine. For each alert it remembers the
 * stories of its topics, who wrote of them and when, and whether it was told.
 * Copies of a text are never another origin, and never another story.
 *
 * What comes of it goes out by a struct of functions: alerts to be journaled,
 * and rows of state that belong into the same transaction. When one of them
 * fails the engine is ahead of the store: make a new one from its rows.
 */
#ifndef PIPELINE_ALERT_H
#define PIPELINE_ALERT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "topic/topic.h"

struct alerts; /* opaque */

enum alert_then { ALERT_THEN_DIGEST, ALERT_THEN_DROP };
enum alert_zone { ALERT_ZONE_LOCAL, ALERT_ZONE_UTC };

#define ALERT_MAX_ITEMS 200  /* of `items`: their times are remembered */
#define ALERT_MAX_ORIGINS 50 /* of `origins` */

/* One alert as it is configured. */
struct alert_rule {
	const char *name;
	const char **topics; /* globs */
	size_t ntopics;
	enum topic_level min;

	/* Exactly one of these four is set. */
	uint32_t origins;  /* so many origins of a story */
	uint32_t items;    /* so many items of a story, copies too */
	uint32_t rate;     /* so many times what its topic has usually */
	bool every;        /* each story */
	uint32_t within_s; /* 0 = however long it takes; of `rate` > 0 */
	uint32_t at_least; /* of `rate`: texts */
	uint32_t learn_s;  /* of `rate`: what is usual takes so long to know */

	/* The same story again; both 0 = never. */
	uint32_t again_after_s, again_grew;
	uint32_t cooldown_s; /* between two alerts of this name */
	bool quiet;
	uint32_t quiet_from, quiet_to; /* minutes of the day */
	enum alert_then quiet_then;
	enum alert_zone zone;
	uint32_t digest_every_s; /* 0 = none */
	bool digest_daily;
	uint32_t digest_at; /* minute of the day */
	const char **to;    /* names of sinks */
	size_t nto;
};

struct alert_topic {
	const char *name;
	enum topic_level level;
};

/* An item as it was decided; all strings may be NULL but story, cluster. */
struct alert_news {
	const char *id, *url, *title, *feed, *origin;
	const char *story;         /* its name of now */
	const char *cluster;       /* its text: the id of the original */
	const char *const *joined; /* stories that are this one now */
	size_t njoined;
	bool copy; /* a text that was seen before */
	bool edit; /* an item that was seen before */
	bool old;  /* of a look back: joins stories, and counts for nothing */
	const struct alert_topic *topics;
	size_t ntopics;
};

/* An alert to be told. */
struct alert_fired {
	const struct alert_rule *rule;
	json_t *frame;     /* {"alert":{...}}; owned by who receives it */
	const char *story; /* NULL = of none, or of several */
};

struct alert_out {
	int (*fire)(void *cookie, const struct alert_fired *f);
	/* The row (alert, subject) is now this; NULL = there is none. */
	int (*keep)(void *cookie, const char *alert, const char *subject,
	    const json_t *state);
	void *cookie;
};

/* An item before it is applied to the ledger; all is borrowed from these two,
 * memory in the item's arena. */
struct decided;
struct related;
void alert_news_of(
    struct alert_news *n, const struct decided *dd, const struct related *rel);

struct alerts *alerts_new(void);
void alerts_free(struct alerts *al);
/*
 * Take these rules, which must live until the next call. State stays with an
 * alert's name; that of names which are gone is forgotten, in the store with
 * the next transaction.
 */
void alerts_configure(
    struct alerts *al, const struct alert_rule *const *rules, size_t n);
/* A row as it was kept, after alerts_configure(). */
void alerts_restore(struct alerts *al, const char *alert, const char *subject,
    const json_t *state, int64_t now);

int alerts_see(struct alerts *al, const struct alert_news *n, int64_t now,
    const struct alert_out *out) MUST_CHECK;
/* Is there something for alerts_tick() to do? It costs little to ask. */
bool alerts_due(const struct alerts *al, int64_t now);
/* What time alone brings: digests, ends of pauses; and forgetting. */
int alerts_tick(
    struct alerts *al, int64_t now, const struct alert_out *out) MUST_CHECK;

/* The frame of a test of this alert. A new reference. */
json_t *alert_test_frame(const struct alert_rule *r, int64_t now);
/* The name of what makes it fire: "origins", "items", "rate", "every". */
const char *alert_trigger(const struct alert_rule *r);
/* What is known of each alert, as status tells it. A new reference. */
json_t *alerts_status(const struct alerts *al, int64_t now);

#endif
