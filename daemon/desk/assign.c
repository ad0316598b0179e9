/* assign.c - which gatherer has a feed, and telling it so page by page. */
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "config/config.h"
#include "desk/link.h"
#include "desk/parts.h"
#include "feed/plan.h"

#define PAGE_FEEDS 64
#define IN_FLIGHT_MAX ((size_t)256 << 10) /* bytes of assignments queued */

/* By host, so that one gatherer sees all that politeness is about. */
struct gatherer *
assign_choose(struct desk *dk, const struct config_feed *cf)
{
	struct strbuf host;
	uint64_t h;

	strbuf_init(&host, URL_MAX);
	if (cf->url == NULL || url_host_key(&host, cf->url) == -1)
		strbuf_puts(&host, cf->key);
	h = hash_str(&hash_key_fixed, host.data);
	strbuf_fini(&host);
	return &dk->gatherers[h % dk->ngatherers];
}

static void
queue_assign(struct desk_feed *f)
{
	struct gatherer *g = f->gatherer;

	f->generation++;
	if (!f->to_assign)
		TAILQ_INSERT_TAIL(&g->to_assign, f, assign);
	f->to_assign = true;
}

void
assign_feed(struct desk *dk, struct desk_feed *f)
{
	f->gatherer = assign_choose(dk, f->config);
	f->gatherer->nfeeds++;
	queue_assign(f);
}

static void
unwant(struct desk_feed *f)
{
	if (f->wanted)
		TAILQ_REMOVE(&f->gatherer->wants, f, want);
	f->wanted = false;
}

void
assign_take_back(struct desk_feed *f)
{
	struct gatherer *g = f->gatherer;

	if (g == NULL)
		return;
	if (f->to_assign)
		TAILQ_REMOVE(&g->to_assign, f, assign);
	else if (g->link != NULL)
		link_send(g->link,
		    json_pack("{s:{s:[s]}}", "unassign", "feeds", f->key));
	f->to_assign = false;
	unwant(f);
	feed_reset(f);
	if (g->begun == f)
		g->begun = NULL;
	g->nfeeds--;
	f->gatherer = NULL;
}

/* Jitter makes a pause up to a tenth longer. */
static int64_t
with_jitter(int64_t seconds)
{
	return seconds + seconds / 10 + 1;
}

/*
 * Wall time of the next poll. A clock that was wrong once must not stop it:
 * no feed waits longer from now than it was to wait when that was planned.
 */
static json_int_t
next_poll(const struct desk *dk, const struct desk_feed *f)
{
	int64_t every = f->config->every_s;
	int64_t longest = MAX(dk->config->max_interval_s, every);
	int64_t last = clock_wall() + with_jitter(longest);

	if (f->sum.next >= PLAN_NEVER)
		return PLAN_NEVER; /* gone for good */
	/* `every` may be shorter now than when this was planned. */
	if (every > 0 && strcmp(f->sum.next_why, "interval") == 0)
		last = MIN(last, f->sum.last_attempt + with_jitter(every));
	if (f->sum.next > f->sum.last_attempt)
		last =
		    MIN(last, clock_wall() + f->sum.next - f->sum.last_attempt);
	return MIN(f->sum.next, last);
}

/* Has its host asked all of us for rest? */
static bool
is_held(const struct desk_feed *f)
{
	return f->sum.outcome == POLL_THROTTLED && f->sum.http_status == 429 &&
	       f->sum.next > 0 && f->config->url != NULL;
}

void
assign_holds(struct gatherer *g)
{
	json_t *list = json_array();
	const struct desk_feed *f;

	TAILQ_FOREACH (f, &g->dk->feed_list, all)
		if (f->gatherer == g && is_held(f))
			json_array_append_new(
			    list, json_pack("{s:s, s:I}", "url", f->config->url,
				      "until_s", next_poll(g->dk, f)));
	link_send(g->link, json_pack("{s:{s:o}}", "hold", "hosts", list));
}

static void
send_page(struct gatherer *g)
{
	json_t *feeds = json_array(), *keys = json_array();
	struct desk_feed *f;

	for (int i = 0; i < PAGE_FEEDS; i++) {
		json_t *j;

		if ((f = TAILQ_FIRST(&g->to_assign)) == NULL)
			break;
		TAILQ_REMOVE(&g->to_assign, f, assign);
		f->to_assign = false;
		j = config_feed_encode(f->config);
		json_object_set_new(
		    j, "next_s", json_integer(next_poll(g->dk, f)));
		json_object_set_new(j, "proven",
		    json_boolean(f->sum.last_success > 0 &&
				 poll_outcome_good(f->sum.outcome)));
		json_object_set_new(
		    j, "generation", json_integer(f->generation));
		json_array_append_new(feeds, j);
		json_array_append_new(keys, json_string(f->key));
	}
	link_send(g->link, json_pack("{s:{s:o}}", "assign", "feeds", feeds));
	if (g->dk->once)
		link_send(
		    g->link, json_pack("{s:{s:O}}", "pollnow", "feeds", keys));
	json_decref(keys);
}

void
assign_more(struct gatherer *g)
{
	while (g->link != NULL && g->state != GATHERER_DOWN &&
	       !TAILQ_EMPTY(&g->to_assign) &&
	       link_pending(g->link) < IN_FLIGHT_MAX)
		send_page(g);
}

void
assign_again(struct gatherer *g)
{
	struct desk_feed *f;

	TAILQ_FOREACH (f, &g->dk->feed_list, all) {
		if (f->gatherer != g)
			continue;
		unwant(f);
		feed_reset(f);
		queue_assign(f);
	}
	g->begun = NULL;
}
