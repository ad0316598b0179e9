/* replay.c - the daemon's decision path without the daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/hmap.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "feed/feed.h"
#include "item/item.h"
#include "pipeline/alert.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"
#include "replay.h"
#include "store/journal.h"
#include "text/furniture.h"
#include "text/html.h"
#include "topic/topic.h"

/* Items whose decision is remembered; past it the oldest is forgotten. */
#define MAX_KNOWN 1000000
/* Feeds whose furniture is learned; of more, the first. */
#define MAX_FEEDS 20000
#define REPLAY_WEIGHT 50 /* of a feed: the default */
#define YEAR_S ((int64_t)366 * 86400)

/* An item that has been decided: coming again, it is "known". */
struct known {
	TAILQ_ENTRY(known) link;
	uint64_t key;
	char *urn;      /* NULL when it had no topic: nothing refers to it, */
	char *id;       /* and its decision says nothing */
	char *decision; /* as printed */
};
TAILQ_HEAD(known_list, known);

struct replay {
	struct replay_options opt;
	struct classify_params classify;
	struct copies *copies;
	struct ledger *ledger;
	struct alerts *alerts; /* NULL = nobody asks for them */
	json_t *fired;         /* of the item under way: their frames */
	int64_t now;           /* seconds; the virtual clock */
	int64_t latest; /* a date past it is a mistake of the publisher */
	uint64_t seq;
	struct hmap *furniture;  /* struct furniture by feed */
	struct hmap *by_key;     /* struct known by hash of its identity */
	struct hmap *by_urn;     /* those with a topic, by our id */
	struct known_list known; /* oldest first */
	struct strbuf body;      /* scratch */
};

static void
make_alerts(struct replay *rp, const struct config *c)
{
	const struct alert_rule **rules =
	    xcalloc(c->nalerts + 1, sizeof(*rules));

	for (size_t i = 0; i < c->nalerts; i++)
		rules[i] = &c->alerts[i].rule;
	rp->alerts = alerts_new();
	alerts_configure(rp->alerts, rules, c->nalerts);
	free(rules);
}

struct replay *
replay_new(const struct config *c, const struct replay_options *o)
{
	struct replay *rp = xcalloc(1, sizeof(*rp));
	struct copies_params cp = copies_params_default;

	rp->opt = *o;
	rp->classify.topics = c->topics;
	rp->classify.limits = &feed_limits_default.item;
	rp->classify.key = hash_key_fixed;
	rp->classify.explain = o->explain;
	rp->classify.bare = true;
	cp.key = hash_key_fixed;
	if (c->copy_window_s > 0)
		cp.window_s = c->copy_window_s;
	if (c->copy_max_items > 0)
		cp.max_items = c->copy_max_items;
	cp.max_bytes = c->copy_max_bytes;
	rp->copies = copies_new(&cp);
	if (rp->copies == NULL)
		abort(); /* config's ranges are those of copies_new() */
	rp->ledger = ledger_new(cp.window_s, cp.max_items);
	rp->fired = json_array();
	if (o->alerts)
		make_alerts(rp, c);
	rp->now = 1;
	rp->latest = clock_wall() + YEAR_S;
	rp->furniture = hmap_new();
	rp->by_key = hmap_new();
	rp->by_urn = hmap_new();
	TAILQ_INIT(&rp->known);
	strbuf_init(&rp->body, RECORD_MAX_BYTES);
	return rp;
}

static void
known_free(struct known *k)
{
	free(k->urn);
	free(k->id);
	free(k->decision);
	free(k);
}

static void
free_furniture(void *f)
{
	furniture_free(f);
}

void
replay_free(struct replay *rp)
{
	struct known *k, *next;

	if (rp == NULL)
		return;
	TAILQ_FOREACH_SAFE (k, &rp->known, link, next)
		known_free(k);
	hmap_free(rp->furniture, free_furniture);
	hmap_free(rp->by_key, NULL);
	hmap_free(rp->by_urn, NULL);
	copies_free(rp->copies);
	ledger_free(rp->ledger);
	alerts_free(rp->alerts);
	json_decref(rp->fired);
	strbuf_fini(&rp->body);
	free(rp);
}

/* --- what was seen --- */

static void
forget_oldest(struct replay *rp)
{
	struct known *k = TAILQ_FIRST(&rp->known);

	TAILQ_REMOVE(&rp->known, k, link);
	hmap_del64(rp->by_key, k->key);
	if (k->urn != NULL && hmap_get(rp->by_urn, k->urn) == k)
		hmap_del(rp->by_urn, k->urn);
	known_free(k);
}

static char *
dump(const json_t *j)
{
	return json_dumps(j, JSON_COMPACT);
}

static void
remember(struct replay *rp, uint64_t key, const struct decided *dd,
    const char *input_id, const json_t *decision)
{
	struct known *k = xcalloc(1, sizeof(*k));

	k->key = key;
	if (decision != NULL) {
		k->urn = xstrdup(dd->item->id);
		k->id = xstrdup(input_id);
		k->decision = dump(decision);
		hmap_put(rp->by_urn, k->urn, k);
	}
	hmap_put64(rp->by_key, key, k);
	TAILQ_INSERT_TAIL(&rp->known, k, link);
	if (hmap_len(rp->by_key) > MAX_KNOWN)
		forget_oldest(rp);
}

/* Our id at `key` of the decision becomes the input's own. */
static void
translate(struct replay *rp, json_t *o, const char *key)
{
	const char *urn = json_string_value(json_object_get(o, key));
	const struct known *k;

	if (urn != NULL && (k = hmap_get(rp->by_urn, urn)) != NULL)
		json_object_set_new(o, key, json_string(k->id));
}

static json_t *
make_decision(struct replay *rp, const struct decided *dd,
    const struct related *r, const char *input_id)
{
	json_t *j = relate_decision(dd, r, input_id);
	json_t *o = json_object_get(j, "decision");

	translate(rp, o, "copy_of");
	translate(rp, o, "update_of");
	translate(rp, o, "embeds");
	return j;
}

/* --- what comes out --- */

static bool
has_level(const struct decided *dd, enum topic_level level)
{
	for (size_t i = 0; i < dd->topics.n; i++) {
		if (dd->topics.v[i].level >= level)
			return true;
	}
	return false;
}

/* What a subscriber reads: the record's form, at most one line long. */
static void
cut_frame(struct replay *rp, json_t *frame)
{
	json_t *own =
	    json_object_get(json_object_get(frame, "item"), "_wiresift");
	json_t *explain = json_incref(json_object_get(own, "explain"));
	struct strbuf evidence;

	strbuf_reset(&rp->body);
	strbuf_init(&evidence, RECORD_MAX_BYTES);
	/* It shrinks the frame itself, and takes the evidence out. */
	if (record_encode(frame, &rp->body, &evidence) == 0 &&
	    evidence.len > 0 &&
	    rp->body.len + evidence.len + CURSOR_MAX + 32 < RECORD_MAX_BYTES)
		json_object_set(own, "explain", explain);
	json_decref(explain);
	strbuf_fini(&evidence);
}

/* A copy that is about a topic which its text was not about before. */
static bool
is_fresh(const struct decided *dd, const struct related *r)
{
	size_t n = 0;

	for (size_t i = 0; i < dd->topics.n && r->accounted; i++) {
		enum topic_level level = dd->topics.v[i].level;

		if (level > TOPIC_NONE && r->account.fresh[n++] > 0 &&
		    level == TOPIC_ABOUT)
			return true;
	}
	return false;
}

/* The frame of what goes out by default: about, the first of its copies. */
static json_t *
make_frame(struct replay *rp, const struct decided *dd, const struct related *r)
{
	char cursor[CURSOR_MAX];
	json_t *j;

	if (!has_level(dd, TOPIC_MENTIONS))
		return NULL;
	rp->seq++; /* the journal has mentions and copies too */
	if (!has_level(dd, TOPIC_ABOUT) ||
	    (r->match.relation == RELATION_COPY && !is_fresh(dd, r)))
		return NULL;
	j = relate_frame(dd, r);
	cut_frame(rp, j);
	cursor_format(0, rp->seq, cursor);
	json_object_set_new(j, "cursor", json_string(cursor));
	return j;
}

static void
emit_known(struct replay *rp, const struct known *k, struct item *it,
    const char *input_id)
{
	struct replay_result res = { .dd = NULL };
	json_t *o;

	if (!rp->opt.all)
		return;
	if (k->decision != NULL)
		res.decision = json_loads(k->decision, JSON_ALLOW_NUL, NULL);
	else {
		/* It had no topic then, so it has none now. */
		struct decided dd = { .item = it };
		struct related r;

		relate_item(rp->copies, &dd, rp->now, &r);
		res.decision = relate_decision(&dd, &r, input_id);
	}
	if (res.decision == NULL)
		return;
	o = json_object_get(res.decision, "decision");
	json_object_set_new(o, "id", json_string(input_id));
	json_object_set_new(
	    o, "relation", json_string(relation_name(RELATION_KNOWN)));
	rp->opt.cb(rp->opt.cookie, &res);
	json_decref(res.decision);
}

/* What the item did to its story, told as on the socket. */
static void
emit_story(struct replay *rp, struct decided *dd, const struct related *r)
{
	struct replay_result res = { .dd = dd, .related = r };
	const struct ledger_change *c = &r->account;
	bool about = false;
	char cursor[CURSOR_MAX];

	if (!r->accounted || (!c->grew && c->njoined == 0))
		return;
	rp->seq++;
	for (size_t i = 0; i < c->nstory_topics; i++)
		about = about || c->story_topics[i].level == TOPIC_ABOUT;
	if (rp->opt.all || rp->opt.explain || !about)
		return;
	res.frame = ledger_story_frame(c, dd->item->id);
	cursor_format(0, rp->seq, cursor);
	json_object_set_new(res.frame, "cursor", json_string(cursor));
	rp->opt.cb(rp->opt.cookie, &res);
	json_decref(res.frame);
}

/* --- alerts --- */

static int
fire_cb(void *cookie, const struct alert_fired *f)
{
	struct replay *rp = cookie;

	return json_array_append_new(rp->fired, f->frame);
}

static int
keep_cb(
    void *cookie, const char *alert, const char *subject, const json_t *state)
{
	(void)cookie;
	(void)alert;
	(void)subject;
	(void)state;
	return 0; /* nothing survives us */
}

static void
emit_alerts(struct replay *rp)
{
	struct replay_result res = { .dd = NULL };
	char cursor[CURSOR_MAX];
	size_t i;

	json_array_foreach(rp->fired, i, res.frame)
	{
		cursor_format(0, ++rp->seq, cursor);
		json_object_set_new(res.frame, "cursor", json_string(cursor));
		rp->opt.cb(rp->opt.cookie, &res);
	}
	json_array_clear(rp->fired);
}

/* What time alone brings: digests, and ends of quiet hours. */
static void
tick_alerts(struct replay *rp)
{
	const struct alert_out out = { fire_cb, keep_cb, rp };

	if (rp->alerts == NULL || !alerts_due(rp->alerts, rp->now))
		return;
	if (alerts_tick(rp->alerts, rp->now, &out) == -1)
		abort(); /* neither of these two fails */
	emit_alerts(rp);
}

/* Before it is applied to the ledger. */
static void
see_alerts(struct replay *rp, const struct decided *dd, const struct related *r)
{
	const struct alert_out out = { fire_cb, keep_cb, rp };
	struct alert_news n;

	if (rp->alerts == NULL || !has_level(dd, TOPIC_MENTIONS))
		return;
	alert_news_of(&n, dd, r);
	if (alerts_see(rp->alerts, &n, rp->now, &out) == -1)
		abort();
}

static void
emit_new(
    struct replay *rp, uint64_t key, struct decided *dd, const char *input_id)
{
	struct replay_result res = { .dd = dd };
	bool matched = has_level(dd, TOPIC_MENTIONS);
	struct related r;

	tick_alerts(rp);
	copies_expire(rp->copies, rp->now);
	ledger_expire(rp->ledger, rp->now);
	relate_item(rp->copies, dd, rp->now, &r);
	relate_account(rp->ledger, dd, REPLAY_WEIGHT, rp->now, &r);
	res.related = &r;
	if (matched || rp->opt.all)
		res.decision = make_decision(rp, dd, &r, input_id);
	remember(rp, key, dd, input_id, matched ? res.decision : NULL);
	see_alerts(rp, dd, &r);
	relate_remember(rp->copies, dd, rp->now, &r);
	if (r.accounted)
		ledger_apply(rp->ledger, &r.account);
	if (res.decision == NULL)
		return;
	if (!rp->opt.all)
		res.frame = make_frame(rp, dd, &r);
	if (rp->opt.explain) {
		json_t *o = json_object_get(res.decision, "decision");

		json_object_set_new(o, "explain",
		    topic_results_to_json(
			&dd->topics, rp->classify.topics, true));
		if (r.match.reason[0] != '\0')
			json_object_set_new(
			    o, "reason", json_string(r.match.reason));
	}
	rp->opt.cb(rp->opt.cookie, &res);
	json_decref(res.decision);
	json_decref(res.frame);
	emit_story(rp, dd, &r);
	emit_alerts(rp);
}

/* --- what goes in --- */

static void
advance_clock(struct replay *rp, const struct item *it)
{
	int64_t at =
	    it->published != ITEM_NO_TIME ? it->published : it->updated;

	if (at != ITEM_NO_TIME && at > rp->now && at <= rp->latest)
		rp->now = at;
}

void
replay_learn(
    struct replay *rp, struct item *it, const char *feed, const char *site)
{
	struct furniture *f = hmap_get(rp->furniture, feed);

	if (f == NULL) {
		if (hmap_len(rp->furniture) >= MAX_FEEDS)
			return;
		f = furniture_load(&rp->classify.key, NULL, rp->now);
		hmap_put(rp->furniture, feed, f);
	}
	item_make_text(it, rp->classify.limits);
	if (it->feed == NULL)
		it->feed = arena_strdup(it->arena, feed);
	furniture_learn(f, it, site, rp->now);
}

/* `key` 0: the item's identity in its feed is the key. Takes `it`. */
static void
replay_item(struct replay *rp, struct item *it, const char *feed,
    const char *feed_name, const char *given_id, uint64_t key, bool learn)
{
	const char *id = given_id;
	const struct known *k;

	advance_clock(rp, it);
	classify_identify(it, feed, feed_name, &rp->classify);
	it->received = rp->now;
	it->revision = 1;
	if (id == NULL)
		id = it->guid != NULL  ? it->guid
		     : it->url != NULL ? it->url
				       : it->id;
	if (key == 0)
		key = hash_str(&hash_key_fixed, it->id);
	k = hmap_get64(rp->by_key, key);
	if (k != NULL) {
		emit_known(rp, k, it, id);
		item_free(it);
	} else {
		struct decided *dd;

		if (learn && feed[0] != '\0')
			replay_learn(rp, it, feed, NULL);
		rp->classify.furniture = hmap_get(rp->furniture, feed);
		/* `id` may point into the item: it lives until the end. */
		dd = classify_item(it, &rp->classify);
		emit_new(rp, key, dd, id);
		decided_free(dd);
	}
}

void
replay_feed_item(struct replay *rp, struct item *it, const char *feed)
{
	replay_item(rp, it, feed, it->feed_name, NULL, 0, false);
}

int
replay_json(struct replay *rp, const json_t *j, char *why, size_t why_size)
{
	const json_t *inner = json_object_get(j, "item");
	const char *feed, *feed_name, *id;
	struct item *it;
	struct diag d;
	uint64_t key = 0;

	if (json_is_object(inner) && json_object_get(j, "id") == NULL)
		j = inner; /* a frame, as the file sink writes it */
	memset(&d, 0, sizeof(d));
	if ((it = item_from_json(j, &d)) == NULL) {
		snprintf(why, why_size, "%s", d.msg);
		return -1;
	}
	id = it->id != NULL ? it->id : it->guid;
	if (id != NULL)
		key = hash_str(&hash_key_fixed, id) | 1;
	feed = it->feed != NULL ? it->feed : "";
	feed_name = it->feed_name;
	replay_item(rp, it, feed, feed_name, id, key, true);
	return 0;
}
