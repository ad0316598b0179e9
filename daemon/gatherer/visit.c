/* visit.c - one poll, from its frame to its commit. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fsutil.h"
#include "base/log.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "gatherer/parts.h"
#include "gatherer/sandbox.h"
#include "gatherer/uplink.h"
#include "net/fetch.h"
#include "net/hosts.h"
#include "pipeline/classify.h"

/* Items wait here while the link has so much to write. */
#define LINK_FULL_BYTES ((size_t)1 << 20)

/* A document that takes more CPU time than this, and a second a MiB, has
 * found a loop in a parser: it may crash us, not stop us. */
#define PARSE_CPU_S 10

static void
visit_free(struct visit *v)
{
	if (v == NULL)
		return;
	fetch_cancel(v->fetch);
	fetch_result_free(v->res);
	strbuf_fini(&v->file);
	for (size_t i = v->sent; i < v->nitems; i++)
		free(v->lines[i]);
	free(v->lines);
	setup_unref(v->setup);
	arena_free(v->arena);
	free(v);
}

/* The place among the fetches is free again. */
static void
visit_close(struct watch *w)
{
	visit_free(w->visit);
	w->visit = NULL;
	w->g->open--;
	w->g->on_trial -= w->on_trial;
	w->on_trial = false;
}

void
visit_drop(struct watch *w)
{
	struct gatherer *g = w->g;

	if (w->state == WATCH_READY)
		TAILQ_REMOVE(&g->ready, w, queue);
	if (g->delivering == w)
		g->delivering = NULL;
	visit_close(w);
	event_active(g->work, EV_TIMEOUT, 1);
}

static void
visit_ready(struct watch *w)
{
	w->state = WATCH_READY;
	TAILQ_INSERT_TAIL(&w->g->ready, w, queue);
	event_active(w->g->work, EV_TIMEOUT, 1);
}

static void
visit_fetched_cb(void *cookie, struct fetch_result *res)
{
	struct watch *w = cookie;
	struct visit *v = w->visit;

	v->fetch = NULL;
	v->res = res;
	v->body = res->body;
	v->len = res->len;
	v->whole = res->outcome == POLL_OK && res->status != 226;
	visit_ready(w);
}

/* A file that cannot be read is told by digest(): there is no body. */
static void
visit_read_file(struct watch *w)
{
	struct visit *v = w->visit;
	enum poll_outcome *outcome = &v->state.outcome;

	*outcome = POLL_OK;
	if (fs_read(w->cf->file, &v->file) == 0) {
		v->body = v->file.data;
		v->len = v->file.len;
		v->whole = true;
	} else if (errno == EFBIG) {
		*outcome = POLL_TOO_LARGE;
		v->state.why = "the file is larger than max_body";
	} else {
		*outcome = POLL_NO_FILE;
		v->state.why = arena_strdup(v->arena, strerror(errno));
	}
	visit_ready(w);
}

static void
visit_fetch(struct watch *w)
{
	struct visit *v = w->visit;
	const struct feed_state *st = &v->state;
	bool moved = st->moved_to != NULL && st->moved_count >= PLAN_MOVES;
	struct fetch_request rq = {
		.url = moved ? st->moved_to : w->cf->url,
		.allow_private =
		    w->cf->allow_private || v->setup->config->allow_private,
		.etag = st->etag,
		.last_modified = st->last_modified,
		.validators_url = st->validators_url,
		.turn = w->turn,
	};

	w->turn = NULL; /* the fetch has it now */
	v->fetch = fetch_start(v->setup->fetcher, &rq, visit_fetched_cb, w);
}

/* What is known of another URL says nothing about this one. */
static void
visit_check_url(const struct watch *w, struct feed_state *st)
{
	const char *url = w->cf->url != NULL ? w->cf->url : w->cf->file;

	if (st->url != NULL && strcmp(st->url, url) != 0) {
		struct feed_state fresh = {
			.polls = st->polls,
			.items = st->items,
			.bytes = st->bytes,
			.health = st->health,
			.health_since = st->health_since,
			.bad_since = st->bad_since,
			.news_first = st->news_first,
			.news_last = st->news_last,
			.gap_s = st->gap_s,
			.seen = st->seen,
			.nseen = st->nseen,
		};

		*st = fresh;
	}
	st->url = url;
}

void
visit_start(struct watch *w, struct arena *a, const struct poll_job *job)
{
	struct visit *v = xcalloc(1, sizeof(*v));

	v->arena = a;
	v->job = job;
	v->setup = w->g->setup;
	setup_ref(v->setup);
	v->state = job->state;
	strbuf_init(&v->file, v->setup->config->max_body_bytes);
	visit_check_url(w, &v->state);
	w->visit = v;
	w->state = WATCH_FETCH;
	if (w->cf->file != NULL)
		visit_read_file(w);
	else
		visit_fetch(w);
}

static void
send_polled(struct gatherer *g, const struct visit *v)
{
	struct poll_done done = {
		.feed = v->job->feed,
		.serial = v->job->serial,
		.generation = v->job->generation,
		.rev = v->job->rev,
		.items = (uint32_t)v->nitems,
		.state = v->state,
	};

	uplink_send(
	    g->uplink, json_pack("{s:o}", "polled", poll_done_encode(&done)));
}

/* Hand over what the link takes; at the end the poll is closed. */
static void
visit_deliver(struct watch *w)
{
	struct gatherer *g = w->g;
	struct visit *v = w->visit;

	while (v->sent < v->nitems) {
		if (uplink_pending(g->uplink) > LINK_FULL_BYTES)
			return; /* gatherer_room_cb() goes on */
		uplink_send_line(g->uplink, v->lines[v->sent++]);
	}
	send_polled(g, v);
	g->count.polls++;
	g->count.items += v->nitems;
	w->serial = v->job->serial;
	w->state = WATCH_COMMIT;
	g->delivering = NULL;
	g->uncommitted++;
	visit_close(w);
}

/* 429: the host has had enough of us, not only this feed. */
static void
hold_host(struct watch *w, const struct plan *plan)
{
	const struct fetch_result *res = w->visit->res;
	struct strbuf key;

	if (res == NULL || res->status != 429)
		return;
	strbuf_init(&key, URL_MAX);
	if (url_host_key(&key, res->url) == 0) {
		hosts_hold(w->g->hosts, key.data, plan->delay_ms);
		log_info("feed=%s host=%s hold_s=%lld status 429", w->cf->key,
		    key.data, (long long)plan->delay_ms / 1000);
	}
	strbuf_fini(&key);
}

static void
visit_digest(struct watch *w)
{
	struct visit *v = w->visit;
	struct plan plan;

	sandbox_limit_cpu(PARSE_CPU_S + (unsigned int)(v->len >> 20));
	digest(w->g, w->cf, v, clock_wall_ms(), &plan);
	sandbox_limit_cpu(0);
	if (v->state.outcome == POLL_THROTTLED)
		hold_host(w, &plan);
	w->proven = poll_outcome_good(v->state.outcome);
	w->never = plan.next == PLAN_NEVER;
	w->due_ms = clock_mono_ms() + plan.delay_ms;
	w->state = WATCH_DELIVER;
	fetch_result_free(v->res);
	v->res = NULL;
	visit_deliver(w);
}

/*
 * Before bytes are parsed the desk must know whose they are: should they
 * crash us, it is this feed that gets the blame.
 */
static void
visit_begin(struct watch *w)
{
	struct gatherer *g = w->g;

	if (digest_needs_parser(w->visit)) {
		uplink_send(g->uplink,
		    json_pack("{s:{s:s, s:I}}", "begin", "feed", w->cf->key,
			"serial", (json_int_t)w->visit->job->serial));
		uplink_flush(g->uplink);
	}
	w->visit->begun = true;
}

void
visit_work(struct gatherer *g)
{
	struct watch *w = g->delivering;

	if (w == NULL) {
		w = TAILQ_FIRST(&g->ready);
		if (w == NULL || g->uncommitted >= LINK_MAX_POLLS)
			return;
		TAILQ_REMOVE(&g->ready, w, queue);
		w->state = WATCH_DELIVER;
		g->delivering = w;
	}
	if (!w->visit->begun)
		visit_begin(w);
	if (uplink_pending(g->uplink) > 0)
		return; /* gatherer_room_cb() goes on */
	if (w->visit->lines == NULL)
		visit_digest(w);
	else
		visit_deliver(w);
	if (g->delivering == NULL)
		event_active(g->work, EV_TIMEOUT, 1);
}

void
visit_answered(struct watch *w, int64_t retry_s)
{
	w->g->uncommitted--;
	w->state = WATCH_IDLE;
	if (retry_s > 0)
		schedule_at(w, clock_mono_ms() + retry_s * 1000);
	else if (w->never)
		schedule_never(w);
	else
		schedule_at(w, w->due_ms);
	event_active(w->g->work, EV_TIMEOUT, 1);
}
