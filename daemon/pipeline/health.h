/*
 * health - is a feed well? What it was before, how this poll went, and now.
 *
 * Pure: no I/O, no clock, no log. A feed that is gone, failing, silent
 * against its own rhythm or suddenly without items becomes an item of the
 * built-in topic _health, and its recovery another one of the same story.
 */
#ifndef PIPELINE_HEALTH_H
#define PIPELINE_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct decided;
struct feed_state;
struct hash_key;
struct related;

#define HEALTH_TOPIC "_health"

/* feed_state.health; numbers are those of the database. */
enum feed_health {
	HEALTH_OK,
	HEALTH_GONE,    /* 410 */
	HEALTH_FAILING, /* nothing but faults, for some polls and some time */
	HEALTH_SILENT,  /* nothing new for much longer than is usual */
	HEALTH_EMPTY,   /* it had items, and has none */
	HEALTH_COUNT
};

/* A feed fails when so many polls in a row did, for failing_after_s. */
#define HEALTH_FAILURES 3
/* Its rhythm is known after this time with items, and this many times its
 * longest pause of late: a week with its weekend. */
#define HEALTH_LEARN_S (8 * 86400)
#define HEALTH_PAUSES 3
/* Half of a long pause is forgotten in about this time. */
#define HEALTH_FORGET_S (14 * 86400)
/* A feed that was empty so lately is one that is so at times: no news. */
#define HEALTH_EMPTY_S (7 * 86400)

struct health_params {
	uint32_t failing_after_s; /* UINT32_MAX = never tell */
	uint32_t silent_after_s;  /* at least, whatever the rhythm; the same */
};

const char *health_name(uint32_t h); /* "ok", "gone", "failing", ... */

/*
 * Judge the state after a poll, *st, whose fields of health are still those
 * before it, and bring them up to date. `news`: the poll brought new or
 * changed items. True when st->health changed: tell it.
 */
bool health_judge(struct feed_state *st, bool news, int64_t now,
    const struct health_params *p);

struct health_subject {
	const char *feed, *name, *url; /* key, for show, NULL for a file */
	const struct hash_key *key;    /* of identities */
};

/*
 * The item that tells of a change from `before` (its health and since when)
 * to st->health, decided, and its relation: all items of an episode share a
 * story. The caller frees it with decided_free().
 */
struct decided *health_report(const struct health_subject *s,
    const struct feed_state *st, uint32_t before, int64_t before_since,
    int64_t now, struct related *rel) MUST_CHECK;

#endif
