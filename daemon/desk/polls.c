/* polls.c - the frames of a poll: asked for, begun, collected, committed. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/link.h"
#include "desk/parts.h"
#include "item/item.h"
#include "pipeline/classify.h"

#define RETRY_S 10 /* after a poll that could not be committed */

void
gatherer_violation(struct gatherer *g, const char *what)
{
	if (g->condemned)
		return; /* more of the same is on its way */
	g->condemned = true;
	log_warnx(
	    "gatherer=%u pid=%d %s, killing it", g->index, (int)g->pid, what);
	if (g->pid > 0)
		(void)kill(g->pid, SIGKILL);
}

/* The feed of a frame, if it is this gatherer's; NULL for a stale one. */
static struct desk_feed *
frame_feed(const struct gatherer *g, const json_t *value)
{
	const char *key = json_string_value(json_object_get(value, "feed"));
	struct desk_feed *f;

	if (key == NULL || (f = feed_find(g->dk, key)) == NULL ||
	    f->gatherer != g || f->to_assign)
		return NULL;
	return f;
}

/* The poll under way that a frame belongs to; NULL for a stale one. */
static struct desk_feed *
frame_poll(const struct gatherer *g, const json_t *value)
{
	struct desk_feed *f = frame_feed(g, value);
	json_int_t serial =
	    json_integer_value(json_object_get(value, "serial"));

	return f != NULL && f->in_flight && serial == f->serial ? f : NULL;
}

static void
send_poll(struct gatherer *g, struct desk_feed *f)
{
	struct desk *dk = g->dk;
	struct arena *a = arena_new(0);
	struct poll_job job = { .feed = f->key };
	json_t *j;

	if (feed_state_get(dk, a, f, &job.state) == -1) {
		/* It still waits for its answer, when we can read. */
		f->wanted = true;
		TAILQ_INSERT_HEAD(&g->wants, f, want);
		desk_degrade(dk);
		arena_free(a);
		return;
	}
	job.serial = ++f->serial;
	job.generation = f->generation;
	job.rev = f->rev = dk->rev;
	job.aged = desk_aged_now(dk);
	f->in_flight = true;
	g->uncommitted++;
	j = poll_job_encode(&job);
	link_send(g->link, json_pack("{s:o}", "poll", j));
	arena_free(a);
}

void
polls_serve(struct gatherer *g)
{
	struct desk_feed *f;

	while (desk_polling(g->dk) && g->link != NULL &&
	       g->uncommitted < g->dk->config->max_fetches + LINK_MAX_POLLS &&
	       (f = TAILQ_FIRST(&g->wants)) != NULL) {
		TAILQ_REMOVE(&g->wants, f, want);
		f->wanted = false;
		send_poll(g, f);
	}
}

static void
take_want(struct gatherer *g, const json_t *value, size_t len)
{
	struct desk_feed *f = frame_feed(g, value);
	json_int_t generation =
	    json_integer_value(json_object_get(value, "generation"));

	(void)len;
	/* One of an assignment before would be answered to nobody, and the
	 * poll be under way for ever. */
	if (f == NULL || f->wanted || f->in_flight || f->once_done ||
	    generation != f->generation)
		return;
	f->wanted = true;
	TAILQ_INSERT_TAIL(&g->wants, f, want);
	polls_serve(g);
}

static void
take_begin(struct gatherer *g, const json_t *value, size_t len)
{
	(void)len;
	g->begun = frame_poll(g, value);
}

static void
take_item(struct gatherer *g, const json_t *value, size_t len)
{
	struct desk_feed *f = frame_poll(g, value);
	struct decided *dd;
	struct collect *c;
	struct diag d;

	if (f == NULL)
		return;
	c = &f->collect;
	if (c->n == POLL_MAX_ITEMS || c->bytes + len > POLL_MAX_BYTES) {
		gatherer_violation(g, "sends more items than a poll may have");
		return;
	}
	dd = decided_decode(json_object_get(value, "item"), &d);
	if (dd == NULL || dd->item->id == NULL || dd->item->feed == NULL ||
	    strcmp(dd->item->feed, f->key) != 0) {
		decided_free(dd);
		gatherer_violation(g, "sends a damaged item");
		return;
	}
	if (c->n == c->room) {
		c->room = c->room == 0 ? 16 : c->room * 2;
		c->v = xreallocarray(c->v, c->room, sizeof(struct decided *));
	}
	c->v[c->n++] = dd;
	c->bytes += len;
}

/* What people want to read: faults, recoveries, and what came. */
static void
log_poll(const struct desk_feed *f, const struct feed_state *st, bool changed,
    uint64_t matches)
{
	enum log_level level = LOG_LEVEL_DEBUG;

	if (!poll_outcome_good(st->outcome))
		level = changed ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG;
	else if (matches > 0 || changed)
		level = LOG_LEVEL_INFO;
	log_at(level, "feed=%s outcome=%s status=%u items=%zu matches=%llu%s%s",
	    f->key, poll_outcome_name(st->outcome), st->http_status,
	    f->collect.n, (unsigned long long)matches,
	    st->why != NULL ? " " : "", st->why != NULL ? st->why : "");
}

static void
answer(struct gatherer *g, const struct desk_feed *f, bool committed)
{
	json_t *v = json_pack(
	    "{s:s, s:I}", "feed", f->key, "serial", (json_int_t)f->serial);

	if (!committed)
		json_object_set_new(v, "retry_s", json_integer(RETRY_S));
	link_send(g->link,
	    json_pack("{s:o}", committed ? "committed" : "refused", v));
}

/* A whole poll is there: commit it, answer, free its place. */
static void
close_poll(struct gatherer *g, struct desk_feed *f, struct poll_done *pd)
{
	struct desk *dk = g->dk;
	bool was_good = poll_outcome_good(f->sum.outcome);
	bool changed = f->sum.polls == 0 || f->sum.outcome != pd->state.outcome;
	uint64_t before = dk->count.matches;
	bool ok;

	if (was_good && poll_outcome_good(pd->state.outcome))
		changed = false; /* "ok" and "unchanged" take turns */
	ok = dk->state != DESK_DEGRADED && commit_poll(dk, f, pd) == 0;
	if (ok) {
		log_poll(f, &pd->state, changed, dk->count.matches - before);
		feed_summarise(f, &pd->state);
		f->strikes = 0;
		f->salvaged = false;
		f->once_done = dk->once;
		if (dk->once && !poll_outcome_good(pd->state.outcome))
			dk->exit_code = 1;
	}
	answer(g, f, ok);
	if (g->begun == f)
		g->begun = NULL;
	feed_reset(f);
	if (!ok) {
		desk_degrade(dk);
	} else {
		desk_prune_full(dk);
		desk_wake_sinks(dk);
	}
	polls_serve(g);
	desk_check_done(dk);
}

static void
take_polled(struct gatherer *g, const json_t *value, size_t len)
{
	struct desk_feed *f = frame_poll(g, value);
	struct poll_done *pd;
	struct arena *a;

	(void)len;
	if (f == NULL)
		return;
	a = arena_new(0);
	pd = poll_done_decode(a, value);
	if (pd == NULL || pd->items != f->collect.n)
		gatherer_violation(g, "closes a poll wrongly");
	else if (pd->generation == f->generation)
		close_poll(g, f, pd);
	arena_free(a);
}

static void
take_ready(struct gatherer *g, const json_t *value, size_t len)
{
	(void)len;
	g->state = GATHERER_READY;
	g->fruitless = 0;
	log_debug("gatherer=%u rev=%d ready", g->index,
	    (int)json_integer_value(json_object_get(value, "rev")));
}

static void
take_stats(struct gatherer *g, const json_t *value, size_t len)
{
	(void)len;
	json_decref(g->stats);
	g->stats = json_deep_copy(value);
}

static void
take_log(struct gatherer *g, const json_t *value, size_t len)
{
	json_int_t level = json_integer_value(json_object_get(value, "level"));
	const char *line = json_string_value(json_object_get(value, "line"));

	(void)len;
	if (line != NULL && level >= LOG_LEVEL_ERROR &&
	    level <= LOG_LEVEL_DEBUG)
		log_at((enum log_level)level, "%s", line);
	(void)g;
}

static void
take_drained(struct gatherer *g, const json_t *value, size_t len)
{
	(void)value;
	(void)len;
	g->drained = true;
	desk_check_done(g->dk);
}

static const struct {
	const char *kind;
	void (*take)(struct gatherer *g, const json_t *value, size_t len);
} frames[] = {
	{ "want", take_want },
	{ "begin", take_begin },
	{ "item", take_item },
	{ "polled", take_polled },
	{ "ready", take_ready },
	{ "stats", take_stats },
	{ "log", take_log },
	{ "drained", take_drained },
};

void
polls_frame(
    struct gatherer *g, const char *kind, const json_t *value, size_t len)
{
	if (g->condemned)
		return;
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		if (strcmp(frames[i].kind, kind) == 0) {
			frames[i].take(g, value, len);
			return;
		}
	}
	gatherer_violation(g, "sends a frame that nobody knows");
}
