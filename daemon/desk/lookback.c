/* lookback.c - walks over the archive: begun, stepped, kept, told of. */
#include "desk/lookback.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/committing.h"
#include "desk/parts.h"
#include "item/item_json.h"
#include "store/journal.h"

#define ROW "_lookback" /* of the store's table of alerts */
#define STEP_MS 20      /* of work, then PAUSE_MS for the others */
#define PAUSE_MS 80
#define STEP_ITEMS 500
#define STEP_TOLD 20 /* 200 a second at most */
#define KEEP_MS 2000 /* a place behind which nothing was told */
#define WAIT_MS 500  /* for polls under way, for the store */
#define MAX_WALKS 1000
/* Starts that get nowhere: what it meets there ends the daemon. */
#define MAX_DEATHS 8

enum walk_state { WALK_RUNNING, WALK_DONE, WALK_STOPPED, WALK_FAILED };
static const char *const state_names[] = { "running", "done", "stopped",
	"failed" };

struct walk {
	TAILQ_ENTRY(walk) entry;
	char *topic;
	enum walk_state state;
	char why[160];
	struct archive_place place; /* behind it nothing has been looked at */
	int64_t since, started, ended; /* seconds; ended 0 = under way */
	uint64_t looked, told, before, unknown;
	bool alerts;
	uint32_t deaths;
	uint32_t rev;    /* polls of older configurations are waited for */
	int64_t kept_ms; /* monotonic: when it was stored */
	bool waits;      /* for polls under way */
};

struct lookbacks {
	struct desk *dk;
	struct event *timer;
	TAILQ_HEAD(, walk) walks;
	size_t n;
};

/* --- the store --- */

static json_t *
walk_encode(const struct walk *w)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
			 "s:I, s:b, s:I}",
	    "state", state_names[w->state], "why", w->why, "at",
	    (json_int_t)w->place.at, "id", (json_int_t)w->place.id, "since",
	    (json_int_t)w->since, "started", (json_int_t)w->started, "ended",
	    (json_int_t)w->ended, "looked", (json_int_t)w->looked, "told",
	    (json_int_t)w->told, "before", (json_int_t)w->before, "unknown",
	    (json_int_t)w->unknown, "alerts", w->alerts, "deaths",
	    (json_int_t)w->deaths);
}

static int64_t
number(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

static void
walk_decode(struct walk *w, const json_t *j)
{
	const char *state = json_string_value(json_object_get(j, "state"));
	const char *why = json_string_value(json_object_get(j, "why"));

	w->state = WALK_DONE;
	for (size_t i = 0; state != NULL && i < ARRAY_LEN(state_names); i++)
		if (strcmp(state, state_names[i]) == 0)
			w->state = (enum walk_state)i;
	snprintf(w->why, sizeof(w->why), "%s", why != NULL ? why : "");
	w->place.at = number(j, "at");
	w->place.id = number(j, "id");
	w->since = number(j, "since");
	w->started = number(j, "started");
	w->ended = number(j, "ended");
	w->looked = (uint64_t)number(j, "looked");
	w->told = (uint64_t)number(j, "told");
	w->before = (uint64_t)number(j, "before");
	w->unknown = (uint64_t)number(j, "unknown");
	w->alerts = json_is_true(json_object_get(j, "alerts"));
	w->deaths = (uint32_t)number(j, "deaths");
}

/* In a transaction that is open. */
static int
walk_put(struct journal *j, struct walk *w)
{
	json_t *state = walk_encode(w);
	char *text = json_dumps(state, JSON_COMPACT);
	const struct alert_row row = { ROW, w->topic, text };
	int rc = j->ops->put_alert(j, &row);

	free(text);
	json_decref(state);
	w->kept_ms = clock_mono_ms();
	return rc;
}

static int
walk_keep(struct journal *j, struct walk *w)
{
	if (j->ops->begin(j) == -1)
		return -1;
	if (walk_put(j, w) == 0 && j->ops->commit(j) == 0)
		return 0;
	j->ops->rollback(j);
	return -1;
}

static struct walk *
walk_find(const struct lookbacks *lb, const char *topic)
{
	struct walk *w;

	TAILQ_FOREACH (w, &lb->walks, entry)
		if (strcmp(w->topic, topic) == 0)
			return w;
	return NULL;
}

static struct walk *
walk_add(struct lookbacks *lb, const char *topic)
{
	struct walk *w = xcalloc(1, sizeof(*w));

	w->topic = xstrdup(topic);
	TAILQ_INSERT_TAIL(&lb->walks, w, entry);
	lb->n++;
	return w;
}

/* --- steps --- */

struct step {
	struct committing cm;
	struct walk *w;
	int64_t until_ms;
	size_t rows;
	bool failed;
};

static int
row_cb(void *cookie, const struct archived *a)
{
	struct step *st = cookie;
	struct walk *w = st->w;

	switch (lookback_item(&st->cm, a, w->topic, w->alerts)) {
	case LOOKBACK_FAILED:
		st->failed = true;
		return 1;
	case LOOKBACK_NEW:
		w->told++;
		break;
	case LOOKBACK_TOLD:
		w->before++;
		break;
	case LOOKBACK_UNKNOWN:
		w->unknown++;
		break;
	case LOOKBACK_NO_MATCH:
		break;
	}
	w->looked++;
	w->place = (struct archive_place){ a->at, a->id };
	st->rows++;
	return st->cm.matches >= STEP_TOLD || clock_mono_ms() >= st->until_ms;
}

/* Do polls still decide by rules that did not have the topic? */
static bool
polls_wait(const struct desk *dk, uint32_t rev)
{
	const struct desk_feed *f;

	TAILQ_FOREACH (f, &dk->feed_list, all)
		if (f->in_flight && f->rev < rev)
			return true;
	return false;
}

static void
end(struct walk *w, enum walk_state state, const char *why)
{
	w->state = state;
	w->ended = clock_wall();
	snprintf(w->why, sizeof(w->why), "%s", why);
	if (state == WALK_FAILED)
		log_warnx("topic=%s look back failed: %s", w->topic, why);
	else
		log_info("topic=%s look back %s: %llu of %llu archived items "
			 "delivered",
		    w->topic, state_names[state], (unsigned long long)w->told,
		    (unsigned long long)w->looked);
}

/* A page of it in the transaction that is open: 0, or -1. */
static int
walk_page(struct desk *dk, struct walk *w, struct step *st)
{
	struct journal *j = dk->journal;
	struct archive_place from = w->place;
	bool waits;

	committing_init(&st->cm, dk);
	/* Asked before looking: what they commit is looked at then. */
	waits = polls_wait(dk, w->rev);
	if (j->ops->page_archived(j, &from, STEP_ITEMS, row_cb, st) == -1)
		st->failed = true;
	if (!st->failed && st->rows == 0) {
		w->waits = waits;
		if (!waits)
			end(w, WALK_DONE, "");
	}
	committing_fini(&st->cm);
	return st->failed ? -1 : 0;
}

/* True = it got on; false = wait a little. */
static bool
walk_step(struct desk *dk, struct walk *w)
{
	struct journal *j = dk->journal;
	struct step st = { .w = w, .until_ms = clock_mono_ms() + STEP_MS };
	const struct walk was = *w;
	int rc;

	if ((dk->copies_stale && commit_rebuild_copies(dk) == -1) ||
	    (dk->alerts_stale && desk_alerts_load(dk) == -1) ||
	    j->ops->begin(j) == -1) {
		desk_degrade(dk);
		return false;
	}
	rc = walk_page(dk, w, &st);
	if (rc == 0 && st.rows > 0)
		w->deaths = 0;
	/* A place costs a sync: only when it is worth one. */
	if (rc == 0 && w->state == WALK_RUNNING && st.cm.matches == 0 &&
	    w->deaths == was.deaths && clock_mono_ms() - w->kept_ms < KEEP_MS) {
		j->ops->rollback(j);
		return st.rows > 0;
	}
	if (rc == 0 && walk_put(j, w) == 0 && j->ops->commit(j) == 0) {
		dk->count.looked_back += st.cm.matches;
		if (st.cm.matches > 0)
			desk_wake_sinks(dk);
		return st.rows > 0;
	}
	log_warnx("topic=%s look back: %s", w->topic, j->error);
	j->ops->rollback(j);
	*w = was;
	dk->copies_stale = dk->alerts_stale = true;
	desk_degrade(dk);
	return false;
}

static struct walk *
next_walk(const struct lookbacks *lb)
{
	struct walk *w;

	TAILQ_FOREACH (w, &lb->walks, entry)
		if (w->state == WALK_RUNNING)
			return w;
	return NULL;
}

static void
timer_in(struct lookbacks *lb, int ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	event_add(lb->timer, &tv);
}

static bool
has_topic(const struct desk *dk, const char *topic)
{
	for (size_t i = 0; dk->topic_names[i] != NULL; i++)
		if (strcmp(dk->topic_names[i], topic) == 0)
			return true;
	return false;
}

static void
step_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct lookbacks *lb = cookie;
	struct desk *dk = lb->dk;
	struct walk *w = next_walk(lb);
	bool on = false;

	(void)fd;
	(void)what;
	if (w == NULL || dk->state == DESK_STOPPING)
		return;
	if (dk->state == DESK_RUNNING) {
		if (has_topic(dk, w->topic)) {
			on = walk_step(dk, w);
		} else {
			end(w, WALK_STOPPED, "the topic is gone");
			(void)walk_keep(dk->journal, w);
		}
	}
	/* Take turns: the others are not to wait for one that waits. */
	TAILQ_REMOVE(&lb->walks, w, entry);
	TAILQ_INSERT_TAIL(&lb->walks, w, entry);
	if (next_walk(lb) != NULL)
		timer_in(
		    lb, on || w->state != WALK_RUNNING ? PAUSE_MS : WAIT_MS);
}

/* --- begin, go on, end --- */

static int
load_cb(void *cookie, const struct alert_row *r)
{
	struct lookbacks *lb = cookie;
	json_t *j;

	if (strcmp(r->alert, ROW) != 0)
		return 0;
	j = json_loads(r->state, 0, NULL);
	if (json_is_object(j)) {
		struct walk *w = walk_add(lb, r->subject);

		walk_decode(w, j);
		w->rev = lb->dk->rev; /* none is under way yet */
	}
	json_decref(j);
	return 0;
}

int
lookbacks_new(struct desk *dk)
{
	struct lookbacks *lb = xcalloc(1, sizeof(*lb));
	struct journal *j = dk->journal;
	struct walk *w;

	lb->dk = dk;
	TAILQ_INIT(&lb->walks);
	lb->timer = evtimer_new(dk->base, step_cb, lb);
	dk->lookbacks = lb;
	if (j->ops->each_alert(j, load_cb, lb) == -1) {
		log_warnx(
		    "store=%s look backs: %s", dk->config->store, j->error);
		return -1;
	}
	TAILQ_FOREACH (w, &lb->walks, entry) {
		if (w->state != WALK_RUNNING)
			continue;
		log_info("topic=%s look back goes on", w->topic);
		if (++w->deaths > MAX_DEATHS)
			end(w, WALK_FAILED,
			    "the daemon ended at one place of it again and "
			    "again");
		/* Its first step will meet the same, and degrade the desk. */
		if (walk_keep(j, w) == -1)
			log_warnx("topic=%s look back: %s", w->topic, j->error);
	}
	if (next_walk(lb) != NULL)
		timer_in(lb, 0);
	return 0;
}

void
lookbacks_free(struct desk *dk)
{
	struct lookbacks *lb = dk->lookbacks;
	struct walk *w;

	if (lb == NULL)
		return;
	dk->lookbacks = NULL;
	while ((w = TAILQ_FIRST(&lb->walks)) != NULL) {
		TAILQ_REMOVE(&lb->walks, w, entry);
		w->deaths = 0; /* it ends well */
		if (w->state == WALK_RUNNING && dk->state != DESK_DEGRADED)
			(void)walk_keep(dk->journal, w);
		free(w->topic);
		free(w);
	}
	event_free(lb->timer);
	free(lb);
}

/* The time of the oldest record that is kept. */
static int
first_cb(void *cookie, const struct record *r)
{
	int64_t *at = cookie;

	*at = r->at_ms / 1000;
	return 1;
}

static const char *
refuse(const struct desk *dk, const struct lookback_order *o,
    const struct walk *w, char *why, size_t size)
{
	const char *near = diag_suggest(o->topic, dk->topic_names);
	char iso[CLOCK_ISO_LEN];

	if (!has_topic(dk, o->topic)) {
		snprintf(why, size,
		    "no topic \"%.80s\"%s%.80s; a new one needs a reload",
		    o->topic, near != NULL ? ", did you mean " : "",
		    near != NULL ? near : "");
		return "not_found";
	}
	if (dk->config->archive_keep_s == 0 ||
	    dk->config->archive_max_bytes == 0) {
		snprintf(why, size,
		    "there is no archive: archive.keep or archive.max is 0");
		return "no_archive";
	}
	if (dk->state != DESK_RUNNING) {
		snprintf(why, size, "%s",
		    dk->state == DESK_DEGRADED
			? "the store cannot be written now"
			: "the daemon is stopping");
		return "busy";
	}
	if (w != NULL && w->state == WALK_DONE && !o->again) {
		clock_iso(w->ended, iso);
		snprintf(why, size,
		    "that was done at %s, %s delivered; --again looks for "
		    "what has come to match since",
		    iso, PLURAL(w->told, "item was", "items were"));
		return "done";
	}
	return NULL;
}

int
lookback_begin(struct desk *dk, const struct lookback_order *o,
    const char **code, char *why, size_t why_size)
{
	struct lookbacks *lb = dk->lookbacks;
	struct journal *j = dk->journal;
	struct walk *w = walk_find(lb, o->topic);
	bool fresh = w == NULL;
	int64_t kept = 0;
	uint64_t oldest = 0, newest;

	if ((*code = refuse(dk, o, w, why, why_size)) != NULL)
		return -1;
	if (w != NULL && w->state == WALK_RUNNING)
		return 0;
	*code = "store";
	snprintf(why, why_size, "%s", "the store cannot be read or written");
	if (j->ops->bounds(j, &oldest, &newest) == -1 ||
	    j->ops->read(j, 0, 1, first_cb, &kept) == -1)
		return -1;
	if (fresh && lb->n >= MAX_WALKS) {
		snprintf(why, why_size, "there were too many of them");
		return -1;
	}
	if (fresh)
		w = walk_add(lb, o->topic);
	/* What was told before, and is dropped, would be told twice. */
	if (fresh || oldest <= 1)
		kept = 0;
	w->state = WALK_RUNNING;
	w->why[0] = '\0';
	w->since = MAX(o->since, kept);
	w->place = (struct archive_place){ w->since, 0 };
	w->started = clock_wall();
	w->ended = 0;
	w->looked = w->told = w->before = w->unknown = 0;
	w->alerts = o->alerts;
	w->deaths = 0;
	w->rev = dk->rev;
	if (walk_keep(j, w) == -1) {
		end(w, WALK_STOPPED, "the store could not be written");
		desk_degrade(dk);
		return -1;
	}
	log_info("topic=%s look back begins", w->topic);
	timer_in(lb, 0);
	return 0;
}

bool
lookback_stop(struct desk *dk, const char *topic)
{
	struct walk *w = walk_find(dk->lookbacks, topic);

	if (w == NULL || w->state != WALK_RUNNING)
		return false;
	end(w, WALK_STOPPED, "by order");
	if (walk_keep(dk->journal, w) == -1)
		desk_degrade(dk);
	return true;
}

static void
put_time(json_t *o, const char *key, int64_t s)
{
	char iso[CLOCK_ISO_LEN];

	if (s > 0)
		clock_iso(s, iso);
	json_object_set_new(o, key, s > 0 ? json_string(iso) : json_null());
}

/* Names of the sinks that get it, and of those that are told nothing. */
static void
put_sinks(json_t *o, const struct desk *dk, const char *topic)
{
	json_t *to = json_array(), *not_to = json_array();

	for (size_t i = 0; i < dk->config->nsinks; i++) {
		const struct config_sink *c = &dk->config->sinks[i];
		bool wants = false;

		for (size_t k = 0; k < c->ntopics && !wants; k++)
			wants = topic_glob_match(c->topics[k], topic);
		if (wants)
			json_array_append_new(
			    config_sink_looks_back(c) ? to : not_to,
			    json_string(c->name));
	}
	json_object_set_new(o, "to", to);
	json_object_set_new(o, "not_to", not_to);
}

static json_t *
walk_status(const struct desk *dk, const struct walk *w)
{
	int64_t now = clock_wall(), past = w->place.at - w->since;
	int64_t all = MAX(now - w->since, (int64_t)1);
	json_t *o = json_pack("{s:s, s:s, s:s?, s:I, s:I, s:I, s:I, s:b, s:b}",
	    "topic", w->topic, "state", state_names[w->state], "why",
	    w->why[0] != '\0' ? w->why : NULL, "looked", (json_int_t)w->looked,
	    "delivered", (json_int_t)w->told, "before", (json_int_t)w->before,
	    "unknown", (json_int_t)w->unknown, "alerts", w->alerts, "waits",
	    w->waits && w->state == WALK_RUNNING);

	put_time(o, "since", w->since);
	put_time(o, "started", w->started);
	put_time(o, "ended", w->ended);
	json_object_set_new(o, "percent",
	    json_integer(w->state == WALK_DONE
			     ? 100
			     : MIN(MAX(past, (int64_t)0) * 100 / all, 99)));
	put_sinks(o, dk, w->topic);
	return o;
}

json_t *
lookbacks_status(const struct desk *dk, const char *topic)
{
	const struct walk *w;
	json_t *list;

	if (topic != NULL) {
		w = walk_find(dk->lookbacks, topic);
		return w != NULL ? walk_status(dk, w) : NULL;
	}
	list = json_array();
	TAILQ_FOREACH (w, &dk->lookbacks->walks, entry)
		json_array_append_new(list, walk_status(dk, w));
	return list;
}
