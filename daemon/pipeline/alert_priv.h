/* alert_priv.h - the engine's state, shared by the alert_*.c files. */
#ifndef PIPELINE_ALERT_PRIV_H
#define PIPELINE_ALERT_PRIV_H

#include <sys/queue.h>

#include "base/daytime.h"
#include "pipeline/alert.h"

struct hmap;

#define ALERT_STORIES 5000     /* remembered of one alert */
#define ALERT_KEEP_S 259200    /* a story that nothing happens in: 72 h */
#define ALERT_TEXTS 64         /* of a story, the newest */
#define ALERT_LINKS 8          /* told of a story */
#define ALERT_HELD 200         /* told in one digest; more are counted */
#define ALERT_BUCKETS 12       /* of `within`, for a rate */
#define ALERT_BASE_S 604800    /* what is usual is of about a week */
#define ALERT_RATES_KEEP_S 600 /* rates are kept at least so often */
#define ALERT_TITLE 300        /* bytes of a title that is repeated */

/* A text of a story, and when its origin wrote it. */
struct alert_text {
	char *cluster, *origin; /* origin "" = unknown */
	int64_t at;
};

struct alert_story {
	TAILQ_ENTRY(alert_story) entry; /* longest silent first */
	char *id;
	int64_t since, at; /* first and last item */
	uint64_t items;
	struct alert_text *texts; /* oldest first */
	size_t ntexts;
	int64_t *times; /* of the last rule->items items, oldest first */
	size_t ntimes;
	char *title, *url;      /* of the first item; NULL */
	json_t *topics, *links; /* arrays */
	json_t *latest;         /* its newest text, as a link; NULL */
	uint32_t fires;         /* how often it was told */
	int64_t fired;          /* the last time */
	uint64_t items_then;    /* and what there was */
	uint64_t origins_then;
	bool pending; /* it has grown, but again.after is not over */
};
TAILQ_HEAD(alert_story_list, alert_story);

/* How often a topic has news. */
struct alert_rate {
	char *topic;
	int64_t from; /* where the newest bucket begins */
	uint32_t counts[ALERT_BUCKETS], cur;
	double base;       /* texts of a bucket, usually */
	double observed_s; /* how long that was watched */
	uint64_t texts;    /* ever */
	int64_t fired;
	uint64_t texts_then;
	bool hot;      /* told, and not over */
	json_t *links; /* the last texts */
};

struct alert {
	char *name;
	const struct alert_rule *rule; /* NULL = gone by a reload */
	struct hmap *stories;
	struct alert_story_list list;
	size_t npending;
	struct hmap *rates;
	int64_t rates_kept;
	/* The row "" */
	int64_t last;  /* when it was told last; 0 = never */
	uint64_t told; /* alerts in all */
	json_t *held;  /* array: what waits for the next digest */
	int64_t held_since;
	uint64_t held_more; /* that found no room */
	uint64_t dropped;   /* by quiet hours */
};

struct alerts {
	struct alert **v;
	size_t n;
};

/* How long ago; what lies ahead is now: the clock went back. */
int64_t alert_age(int64_t now, int64_t t);

/* alert_story.c */
void alert_story_free(void *p);
struct alert_story *alert_story_get(
    struct alert *a, const char *id, int64_t now);
void alert_story_drop(struct alert *a, struct alert_story *s);
/* The item is one of it. */
void alert_story_note(struct alert *a, struct alert_story *s,
    const struct alert_news *n, int64_t now);
/* All that `from` knows goes to `s`; `from` is dropped. */
void alert_story_join(
    struct alert *a, struct alert_story *s, struct alert_story *from);
/* Distinct origins whose texts came within `within_s` (0 = ever). */
size_t alert_story_origins(
    const struct alert_story *s, uint32_t within_s, int64_t now, json_t *names);
/* Tell it if it is time to. */
int alert_story_judge(struct alert *a, struct alert_story *s, int64_t now,
    const struct alert_out *out);
json_t *alert_story_save(const struct alert_story *s);
void alert_story_load(
    struct alert *a, const char *id, const json_t *j, int64_t now);

/* alert_rate.c */
void alert_rate_free(void *p);
int alert_rate_see(struct alert *a, const struct alert_news *n, int64_t now,
    const struct alert_out *out);
int alert_rates_keep(struct alert *a, int64_t now, const struct alert_out *out);
void alert_rate_load(
    struct alert *a, const char *topic, const json_t *j, int64_t now);

/* alert_held.c */
/* Now, later in a digest, or never: `body` (taken) of a story, or NULL. */
int alert_deliver(struct alert *a, json_t *body, const char *story, int64_t now,
    const struct alert_out *out);
/* When what is held goes out; INT64_MAX = nothing is held. */
int64_t alert_held_due(const struct alert *a, int64_t now);
bool alert_is_quiet(const struct alert_rule *r, int64_t now);
int alert_held_release(
    struct alert *a, int64_t now, const struct alert_out *out);
int alert_keep(const struct alert *a, const struct alert_out *out);
void alert_load(struct alert *a, const json_t *j);

/* alert_body.c */
/* {"name","reason","why",...}: what every alert has. `why` is copied. */
json_t *alert_body(const struct alert_rule *r, const char *reason,
    const char *why, int64_t now);
json_t *alert_link(const struct alert_news *n);
/* Is one of the item's topics the alert's? Their names go to `names`. */
bool alert_wants(
    const struct alert_rule *r, const struct alert_news *n, json_t *names);
/* "1h30m" */
void alert_span(uint64_t seconds, char *out, size_t size);
/* Add what `list` does not have. */
void alert_add_name(json_t *list, const char *name);

#endif
