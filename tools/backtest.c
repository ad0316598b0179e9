/* backtest.c - what a changed rule set gains and loses on old items. */
#include <stdlib.h>
#include <string.h>

#include "backtest.h"
#include "signals.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "feed/feed.h"
#include "item/item.h"
#include "item/item_json.h"
#include "pipeline/classify.h"
#include "topic/rules.h"
#include "topic/topic.h"

#define LINT_MIN_ITEMS 100 /* fewer tell nothing about a share */
#define LINT_MAX_PERCENT 5

enum side { FROM, TO };

struct tally {
	const char *name; /* lives in one of the sets */
	bool there[2];    /* defined by that side */
	size_t same, gained, lost, matched;
	/* Of the item under way. */
	bool touched;
	enum topic_level level[2];
};

struct backtest {
	struct classify_params classify; /* with the old rules */
	const struct config *config[2];
	struct tally *tallies;
	size_t ntallies;
	struct hmap *by_name;
	struct tally **touched; /* by the item under way */
	size_t ntouched;
	size_t items, lost;
	struct signals *signals; /* of the new rules */
	backtest_cb *cb;
	void *cookie;
};

static void
add_topics(struct backtest *bt, enum side side)
{
	const struct topic_set *ts = bt->config[side]->topics;

	for (size_t i = 0; i < topic_set_len(ts); i++) {
		const char *name = topic_set_name(ts, i);
		struct tally *t = hmap_get(bt->by_name, name);

		if (t == NULL) {
			t = &bt->tallies[bt->ntallies++];
			t->name = name;
			hmap_put(bt->by_name, name, t);
		}
		t->there[side] = true;
	}
}

struct backtest *
backtest_new(const struct config *from, const struct config *to,
    backtest_cb *cb, void *cookie)
{
	struct backtest *bt = xcalloc(1, sizeof(*bt));
	size_t room = topic_set_len(from->topics) + topic_set_len(to->topics);

	bt->config[FROM] = from;
	bt->config[TO] = to;
	bt->classify.topics = from->topics;
	bt->classify.limits = &feed_limits_default.item;
	bt->classify.key = hash_key_fixed;
	bt->classify.bare = true;
	bt->tallies = xcalloc(room + 1, sizeof(*bt->tallies));
	bt->touched = xcalloc(room + 1, sizeof(struct tally *));
	bt->by_name = hmap_new();
	bt->cb = cb;
	bt->cookie = cookie;
	add_topics(bt, FROM);
	add_topics(bt, TO);
	bt->signals = signals_new(to->rules);
	return bt;
}

void
backtest_free(struct backtest *bt)
{
	if (bt == NULL)
		return;
	signals_free(bt->signals);
	hmap_free(bt->by_name, NULL);
	free(bt->tallies);
	free(bt->touched);
	free(bt);
}

/* --- one item --- */

static void
note(struct backtest *bt, const struct topic_results *r, enum side side)
{
	for (size_t i = 0; i < r->n; i++) {
		struct tally *t = hmap_get(bt->by_name, r->v[i].topic);

		if (t == NULL || r->v[i].level == TOPIC_NONE)
			continue;
		if (!t->touched) {
			t->touched = true;
			bt->touched[bt->ntouched++] = t;
			t->level[FROM] = t->level[TO] = TOPIC_NONE;
		}
		t->level[side] = r->v[i].level;
	}
}

static const struct topic_result *
result_of(const struct topic_results *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->v[i].topic, name) == 0)
			return &r->v[i];
	}
	return NULL;
}

static json_t *
strongest(const struct topic_result *r)
{
	const struct topic_evidence *best = NULL;

	for (size_t i = 0; r != NULL && i < r->nevidence; i++) {
		const struct topic_evidence *e = &r->evidence[i];

		if (e->points > 0 && (best == NULL || e->points > best->points))
			best = e;
	}
	if (best == NULL)
		return json_null();
	return json_pack("{s:s, s:I, s:s, s:s?}", "name", best->signal,
	    "points", (json_int_t)best->points, "zone",
	    topic_zone_name(best->zone), "text", best->quote);
}

/* What keeps it from being `about` with the new rules. */
static json_t *
lacking(const struct tally *t, const struct topic_result *now)
{
	if (!t->there[TO])
		return json_string("the new rules have no such topic");
	if (now == NULL || now->lacking == NULL)
		return json_null();
	return json_string(now->lacking);
}

static json_t *
make_change(const struct tally *t, const struct item *it, const char *id,
    const struct topic_results all[2])
{
	bool gained = t->level[TO] > t->level[FROM];
	const struct topic_result *now = result_of(&all[TO], t->name);
	const struct topic_result *was = result_of(&all[FROM], t->name);
	json_t *j = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "change",
	    gained ? "gained" : "lost", "topic", t->name, "from",
	    topic_level_name(t->level[FROM]), "to",
	    topic_level_name(t->level[TO]), "score_from",
	    (json_int_t)(was != NULL ? was->score : 0), "score_to",
	    (json_int_t)(now != NULL ? now->score : 0));

	json_object_set_new(j, "threshold",
	    now != NULL ? json_integer(now->threshold) : json_null());
	json_object_set_new(j, "id", json_string(id));
	json_object_set_new(j, "title", json_string(it->title_text));
	item_put_str(j, "url", it->url);
	item_put_str(j, "feed", it->feed);
	item_put_str(j, "feed_name", it->feed_name);
	item_put_time(j, "published", it->published);
	json_object_set_new(j, "because", strongest(gained ? now : was));
	json_object_set_new(j, "lacking", lacking(t, now));
	return j;
}

/* Changes are few: only they are evaluated for evidence. */
static void
tell_changes(struct backtest *bt, const struct decided *dd, const char *id,
    const char *const *only)
{
	struct topic_results all[2];

	for (int side = FROM; side <= TO; side++)
		topic_eval(bt->config[side]->topics, dd->tokens,
		    dd->item->arena, true, only, &all[side]);
	for (size_t i = 0; i < bt->ntouched; i++) {
		const struct tally *t = bt->touched[i];
		json_t *j;

		if (t->level[FROM] == t->level[TO])
			continue;
		j = make_change(t, dd->item, id, all);
		bt->cb(bt->cookie, j);
		json_decref(j);
	}
}

/* True when a level has changed. */
static bool
count(struct backtest *bt)
{
	bool changed = false;

	for (size_t i = 0; i < bt->ntouched; i++) {
		struct tally *t = bt->touched[i];

		t->matched += t->level[TO] > TOPIC_NONE;
		t->same += t->level[TO] == t->level[FROM];
		t->gained += t->level[TO] > t->level[FROM];
		t->lost += t->level[TO] < t->level[FROM];
		bt->lost += t->level[TO] < t->level[FROM];
		changed = changed || t->level[TO] != t->level[FROM];
	}
	return changed;
}

static void
compare(struct backtest *bt, const struct decided *dd, const char *id,
    const char *const *only)
{
	struct topic_results now;

	topic_eval(bt->config[TO]->topics, dd->tokens, dd->item->arena, false,
	    only, &now);
	signals_count(bt->signals, dd->tokens, dd->item->arena);
	bt->items++;
	bt->ntouched = 0;
	note(bt, &dd->topics, FROM);
	note(bt, &now, TO);
	if (count(bt))
		tell_changes(bt, dd, id != NULL ? id : dd->item->id, only);
	for (size_t i = 0; i < bt->ntouched; i++)
		bt->touched[i]->touched = false;
}

void
backtest_item(struct backtest *bt, struct item *it, const char *id,
    const char *const *only)
{
	struct decided *dd;

	bt->classify.only = only;
	dd = classify_item(it, &bt->classify);
	compare(bt, dd, id, only);
	decided_free(dd);
}

void
backtest_decided(struct backtest *bt, const struct decided *dd, const char *id)
{
	compare(bt, dd, id, NULL);
}

/* --- what came of it --- */

size_t
backtest_items(const struct backtest *bt)
{
	return bt->items;
}

size_t
backtest_lost(const struct backtest *bt)
{
	return bt->lost;
}

json_t *
backtest_topics(const struct backtest *bt)
{
	json_t *o = json_object();

	for (size_t i = 0; i < bt->ntallies; i++) {
		const struct tally *t = &bt->tallies[i];

		json_object_set_new(o, t->name,
		    json_pack("{s:I, s:I, s:I, s:I}", "same",
			(json_int_t)t->same, "gained", (json_int_t)t->gained,
			"lost", (json_int_t)t->lost, "matched",
			(json_int_t)t->matched));
	}
	return o;
}

void
backtest_lint(const struct backtest *bt, struct diags *ds)
{
	const struct rules *r = bt->config[TO]->rules;

	if (bt->items < LINT_MIN_ITEMS)
		return;
	for (size_t i = 0; i < r->ntopics; i++) {
		const struct rules_topic *rt = &r->topics[i];
		const struct tally *t = hmap_get(bt->by_name, rt->name);

		if (t == NULL ||
		    t->matched * 100 <= bt->items * LINT_MAX_PERCENT)
			continue;
		diags_add(ds, DIAG_WARNING, rt->mark.file, rt->mark.line,
		    rt->mark.col,
		    "topic \"%.80s\" matches %zu of %zu items, %.1f %%; "
		    "expected at most %d %% of them",
		    rt->name, t->matched, bt->items,
		    100.0 * (double)t->matched / (double)bt->items,
		    LINT_MAX_PERCENT);
	}
	signals_lint(bt->signals, bt->items, LINT_MAX_PERCENT, ds);
}
