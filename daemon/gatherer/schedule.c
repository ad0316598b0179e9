/* schedule.c - when a feed is due, and whose turn it is. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hmap.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "gatherer/parts.h"
#include "gatherer/uplink.h"
#include "net/hosts.h"

/* Overdue feeds begin so far apart: after a start, or a long sleep. */
#define SPREAD_MS 100
#define NOT_IN_HEAP SIZE_MAX

/* --- the heap of due times --- */

static bool
heap_before(const struct gatherer *g, size_t a, size_t b)
{
	return g->heap[a]->due_ms < g->heap[b]->due_ms;
}

static void
heap_swap(struct gatherer *g, size_t a, size_t b)
{
	struct watch *w = g->heap[a];

	g->heap[a] = g->heap[b];
	g->heap[b] = w;
	g->heap[a]->heap_at = a;
	g->heap[b]->heap_at = b;
}

static void
heap_settle(struct gatherer *g, size_t i)
{
	while (i > 0 && heap_before(g, i, (i - 1) / 2)) {
		heap_swap(g, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < g->nheap && heap_before(g, child + 1, child))
			child++;
		if (child >= g->nheap || !heap_before(g, child, i))
			return;
		heap_swap(g, i, child);
		i = child;
	}
}

static void
heap_remove(struct watch *w)
{
	struct gatherer *g = w->g;
	size_t i = w->heap_at;

	if (i == NOT_IN_HEAP)
		return;
	g->nheap--;
	if (i != g->nheap) {
		heap_swap(g, i, g->nheap);
		heap_settle(g, i);
	}
	w->heap_at = NOT_IN_HEAP;
}

static void
heap_insert(struct watch *w)
{
	struct gatherer *g = w->g;

	heap_remove(w);
	if (g->nheap == g->heap_room) {
		g->heap_room = g->heap_room * 2 + 64;
		g->heap = xreallocarray(
		    g->heap, g->heap_room, sizeof(struct watch *));
	}
	g->heap[g->nheap] = w;
	w->heap_at = g->nheap++;
	heap_settle(g, w->heap_at);
}

/* --- from due to wanted --- */

static bool
schedule_may_run(const struct gatherer *g)
{
	return !g->paused && !g->draining && !g->restart;
}

static void
schedule_arm(struct gatherer *g)
{
	struct timeval tv = { 0 };
	int64_t ms;

	if (g->nheap == 0 || !schedule_may_run(g)) {
		(void)evtimer_del(g->due);
		return;
	}
	ms = MAX(g->heap[0]->due_ms - clock_mono_ms(), 0);
	tv.tv_sec = ms / 1000;
	tv.tv_usec = ms % 1000 * 1000;
	(void)evtimer_add(g->due, &tv);
}

/* Where it waits for a place. */
static struct watch_queue *
slot_queue(const struct watch *w)
{
	return w->proven ? &w->g->slots : &w->g->trials;
}

/*
 * Who is next to be fetched, NULL = nobody may. Hosts that do not answer keep
 * their places until they time out: a quarter of all is for feeds that did
 * answer, so that two hundred dead ones make none of them late.
 */
static struct watch *
next_for_slot(const struct gatherer *g)
{
	unsigned int max = g->setup->config->max_fetches;
	unsigned int trials = MAX(max - (max + 3) / 4, 1);
	struct watch *w = TAILQ_FIRST(&g->slots);

	if (g->open >= max)
		return NULL;
	if (w == NULL && g->on_trial < trials)
		w = TAILQ_FIRST(&g->trials);
	return w;
}

static void
want(struct watch *w)
{
	w->state = WATCH_WANT;
	w->g->open++;
	w->on_trial = !w->proven;
	w->g->on_trial += w->on_trial;
	gatherer_watch_loop(w->g);
	uplink_send(w->g->uplink,
	    json_pack("{s:{s:s, s:I}}", "want", "feed", w->cf->key,
		"generation", (json_int_t)w->generation));
}

static void
queue_for_slot(struct watch *w)
{
	w->state = WATCH_SLOT;
	TAILQ_INSERT_TAIL(slot_queue(w), w, queue);
	schedule_run(w->g);
}

static void
schedule_turn_cb(void *cookie)
{
	struct watch *w = cookie;

	queue_for_slot(w);
}

static void
schedule_begin(struct watch *w)
{
	heap_remove(w);
	if (w->host == NULL) {
		w->state = WATCH_SLOT;
		TAILQ_INSERT_TAIL(slot_queue(w), w, queue);
		return;
	}
	w->state = WATCH_TURN;
	w->turn = hosts_ask(w->g->hosts, w->host, schedule_turn_cb, w);
}

void
schedule_run(struct gatherer *g)
{
	int64_t now = clock_mono_ms();
	struct watch *w;

	if (!schedule_may_run(g) || g->setup == NULL)
		return;
	while (g->nheap > 0 && g->heap[0]->due_ms <= now)
		schedule_begin(g->heap[0]);
	while ((w = next_for_slot(g)) != NULL) {
		TAILQ_REMOVE(slot_queue(w), w, queue);
		want(w);
	}
	schedule_arm(g);
}

void
schedule_at(struct watch *w, int64_t due_ms)
{
	w->state = WATCH_IDLE;
	w->due_ms = due_ms;
	heap_insert(w);
	schedule_arm(w->g);
}

void
schedule_never(struct watch *w)
{
	w->state = WATCH_IDLE;
	heap_remove(w);
}

void
schedule_now(struct watch *w)
{
	if (w->state == WATCH_IDLE)
		schedule_at(w, clock_mono_ms());
}

/* --- the feeds --- */

static void
watch_free(void *p)
{
	struct watch *w = p;

	heap_remove(w);
	switch (w->state) {
	case WATCH_SLOT:
		TAILQ_REMOVE(slot_queue(w), w, queue);
		break;
	case WATCH_COMMIT:
		w->g->uncommitted--;
		break;
	case WATCH_IDLE:
	case WATCH_TURN:
		break;
	default:
		visit_drop(w);
		break;
	}
	hosts_end(w->turn);
	arena_free(w->arena);
	free(w);
}

/* Wall time to the monotonic clock. What is overdue is spread. */
static int64_t
due_of(struct gatherer *g, const struct watch *w, int64_t next_s)
{
	int64_t now = clock_mono_ms(), wait;
	int64_t longest = (int64_t)g->setup->config->max_interval_s * 1000;
	int64_t every = (int64_t)w->cf->every_s * 1000;

	wait = next_s * 1000 - clock_wall_ms();
	/* A clock that was wrong when it was stored must not stop a feed. */
	wait = MIN(wait, MAX(longest, every) * 11 / 10);
	if (wait > 0)
		return now + wait;
	if (g->spread_ms < now || (every > 0 && g->spread_ms > now + every))
		g->spread_ms = now;
	g->spread_ms += SPREAD_MS;
	return g->spread_ms - SPREAD_MS;
}

void
schedule_assign(struct gatherer *g, struct arena *a,
    const struct config_feed *cf, uint32_t generation, int64_t next_s,
    bool proven)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	struct strbuf host;

	schedule_unassign(g, cf->key);
	w->g = g;
	w->arena = a;
	w->cf = cf;
	w->generation = generation;
	w->proven = proven;
	w->heap_at = NOT_IN_HEAP;
	strbuf_init(&host, URL_MAX);
	if (cf->url != NULL && url_host_key(&host, cf->url) == 0)
		w->host = arena_strdup(a, host.data);
	strbuf_fini(&host);
	(void)hmap_put(g->watches, cf->key, w);
	if (next_s < PLAN_NEVER)
		schedule_at(w, due_of(g, w, next_s));
}

void
schedule_unassign(struct gatherer *g, const char *key)
{
	struct watch *w = hmap_del(g->watches, key);

	if (w != NULL)
		watch_free(w);
}

struct watch *
schedule_find(const struct gatherer *g, const char *key)
{
	return key != NULL ? hmap_get(g->watches, key) : NULL;
}

void
schedule_stop_all(struct gatherer *g)
{
	size_t pos = 0;
	void *p;

	(void)evtimer_del(g->due);
	while (hmap_next(g->watches, &pos, NULL, NULL, &p)) {
		struct watch *w = p;

		if (w->state == WATCH_SLOT)
			TAILQ_REMOVE(slot_queue(w), w, queue);
		else if (w->state == WATCH_WANT || w->state == WATCH_FETCH ||
			 w->state == WATCH_READY)
			visit_drop(w);
		else if (w->state != WATCH_TURN)
			continue;
		hosts_end(w->turn);
		w->turn = NULL;
		w->state = WATCH_IDLE;
	}
}

void
schedule_free(struct gatherer *g)
{
	hmap_free(g->watches, watch_free);
	free(g->heap);
}
