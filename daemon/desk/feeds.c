/* feeds.c - the desk's feeds: what the configuration says, what is known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/parts.h"
#include "pipeline/classify.h"
#include "store/journal.h"

struct desk_feed *
feed_find(const struct desk *dk, const char *key)
{
	return hmap_get(dk->feeds, key);
}

void
collect_clear(struct collect *c)
{
	for (size_t i = 0; i < c->n; i++)
		decided_free(c->v[i]);
	free(c->v);
	*c = (struct collect){ 0 };
}

void
feed_reset(struct desk_feed *f)
{
	if (f->in_flight && f->gatherer != NULL)
		f->gatherer->uncommitted--;
	f->in_flight = false;
	collect_clear(&f->collect);
}

bool
feed_is_named(const struct desk_feed *f, const char *what)
{
	const struct config_feed *cf = f->config;

	return strcmp(f->key, what) == 0 || topic_glob_match(what, f->key) ||
	       topic_glob_match(what, cf->name) ||
	       (cf->url != NULL && strcmp(cf->url, what) == 0);
}

/* Where it is: the URL, or the path of a file. */
static const char *
feed_place(const struct config_feed *cf)
{
	return cf->url != NULL ? cf->url : cf->file;
}

void
feed_summarise(struct desk_feed *f, const struct feed_state *st)
{
	struct feed_summary *s = &f->sum;

	s->last_attempt = st->last_attempt;
	s->last_success = st->last_success;
	s->next = st->next;
	/* What another URL has earned says nothing about this one. */
	if (st->url != NULL && strcmp(st->url, feed_place(f->config)) != 0)
		s->next = 0;
	snprintf(s->next_why, sizeof(s->next_why), "%s",
	    st->next_why != NULL ? st->next_why : "");
	snprintf(s->why, sizeof(s->why), "%s", st->why != NULL ? st->why : "");
	s->failures = st->failures;
	s->http_status = st->http_status;
	s->outcome = st->outcome;
	s->items = st->items;
	s->polls = st->polls;
	s->health = st->health;
	s->health_since = st->health_since;
}

static int
summary_cb(void *cookie, const char *feed, const struct feed_state *st)
{
	struct desk *dk = cookie;
	struct desk_feed *f = feed_find(dk, feed);

	if (f != NULL)
		feed_summarise(f, st);
	return 0;
}

void
feeds_load_summaries(struct desk *dk)
{
	if (dk->journal->ops->each_feed(dk->journal, summary_cb, dk) == -1)
		log_warnx(
		    "cannot read the feeds' states: %s", dk->journal->error);
}

/* One that a reload brings (back): the store may know it. */
static void
load_summary(struct desk *dk, struct desk_feed *f)
{
	struct arena *a = arena_new(0);
	struct feed_state st;
	struct journal *j = dk->journal;

	if (j->ops->get_feed(j, a, f->key, &st) == 1)
		feed_summarise(f, &st);
	arena_free(a);
}

/* Settings that failed have changed: they may be why it failed. */
static void
forgive(struct desk_feed *f, const struct config_feed *cf)
{
	switch (f->sum.outcome) {
	case POLL_GONE:
	case POLL_THROTTLED:
	case POLL_CRASHED:
		break; /* that was no setting */
	default:
		if (!poll_outcome_good(f->sum.outcome))
			f->sum.next = 0;
		break;
	}
	if (strcmp(feed_place(f->config), feed_place(cf)) != 0)
		f->sum.next = 0;
}

static struct desk_feed *
feed_new(struct desk *dk, const char *key)
{
	struct desk_feed *f = xcalloc(1, sizeof(*f));

	f->key = xstrdup(key);
	(void)hmap_put(dk->feeds, key, f);
	TAILQ_INSERT_TAIL(&dk->feed_list, f, all);
	dk->nfeeds++;
	return f;
}

static void
feed_drop(struct desk *dk, struct desk_feed *f)
{
	assign_take_back(f);
	collect_clear(&f->collect);
	(void)hmap_del(dk->feeds, f->key);
	TAILQ_REMOVE(&dk->feed_list, f, all);
	dk->nfeeds--;
	free(f->key);
	free(f);
}

/* Do both say the same to a gatherer? */
static bool
same_feed(const struct config_feed *a, const struct config_feed *b)
{
	json_t *ja = config_feed_encode(a), *jb = config_feed_encode(b);
	bool same = json_equal(ja, jb) != 0;

	json_decref(ja);
	json_decref(jb);
	return same;
}

/* A setting of all feeds that a blocked one may have waited for. */
static bool
is_let_in(const struct desk *dk, const struct desk_feed *f)
{
	return dk->config->allow_private &&
	       f->sum.outcome == POLL_BLOCKED_ADDRESS && f->sum.next > 0;
}

static void
feed_take(struct desk *dk, const struct config_feed *cf)
{
	struct desk_feed *f = feed_find(dk, cf->key);
	bool fresh = f == NULL;

	if (fresh)
		f = feed_new(dk, cf->key);
	else if (!same_feed(f->config, cf) || is_let_in(dk, f)) {
		assign_take_back(f);
		forgive(f, cf);
	}
	f->config = cf;
	f->kept = true;
	if (fresh && dk->state != DESK_STARTING)
		load_summary(dk, f);
	if (f->gatherer == NULL)
		assign_feed(dk, f);
}

void
feeds_apply(struct desk *dk)
{
	struct desk_feed *f, *next;

	TAILQ_FOREACH (f, &dk->feed_list, all)
		f->kept = false;
	for (size_t i = 0; i < dk->config->nfeeds; i++)
		feed_take(dk, &dk->config->feeds[i]);
	TAILQ_FOREACH_SAFE (f, &dk->feed_list, all, next) {
		if (!f->kept)
			feed_drop(dk, f);
	}
	for (size_t i = 0; i < dk->ngatherers; i++)
		assign_more(&dk->gatherers[i]);
}

void
feeds_free(struct desk *dk)
{
	struct desk_feed *f, *next;

	TAILQ_FOREACH_SAFE (f, &dk->feed_list, all, next)
		feed_drop(dk, f);
	hmap_free(dk->feeds, NULL);
}
