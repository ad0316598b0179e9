/* lookback_item.c - an archived item becomes a record of one topic, once. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "config/config.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "desk/committing.h"
#include "desk/lookback.h"
#include "desk/parts.h"
#include "feed/feed.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"
#include "store/journal.h"

#define SAME_ID_MAX 64 /* rows of one id or address that are looked at */

struct look {
	struct committing *cm;
	const struct archived *row;
	const char *topic;
	struct version v;
	struct related rel;
	bool lonely; /* it was a copy, of a text that is forgotten */
};

/* A feed that is restricted to other topics never has this one. */
static bool
is_allowed(const struct desk *dk, const char *feed, const char *topic)
{
	const struct desk_feed *f = feed_find(dk, feed);

	if (f == NULL || f->config->topics == NULL)
		return true;
	for (size_t i = 0; i < f->config->ntopics; i++)
		if (topic_glob_match(f->config->topics[i], topic))
			return true;
	return false;
}

static struct decided *
decide(const struct look *lk)
{
	const struct desk *dk = lk->cm->dk;
	const char *only[] = { lk->topic, NULL };
	const struct classify_params p = { .topics = dk->config->topics,
		.limits = &feed_limits_default.item,
		.key = lk->cm->j->key,
		.only = only };
	json_t *j = json_loadb(lk->row->json, lk->row->json_len, 0, NULL);
	struct diag d;
	struct item *it = j != NULL ? item_decode(j, &d) : NULL;

	json_decref(j);
	/* What was passed over would not have been sent with the topic. */
	if (it == NULL || it->id == NULL || it->passed_over != NULL) {
		item_free(it);
		return NULL;
	}
	return classify_item(it, &p);
}

static int
newest_cb(void *cookie, const struct archived *a)
{
	const struct look *lk = cookie;

	if (strcmp(a->item_id, lk->row->item_id) != 0)
		return 0; /* another one at its address */
	return a->id == lk->row->id ? 1 : 2;
}

/* 1 = it is the newest version of its item, 2 = it is not, -1. */
static int
is_newest(struct look *lk)
{
	struct journal *j = lk->cm->j;
	int rc = j->ops->find_archived(
	    j, lk->row->item_id, SAME_ID_MAX, newest_cb, lk);

	return rc == 0 ? 1 : rc;
}

static const struct topic_result *
result_of(const struct decided *dd, const char *topic)
{
	for (size_t i = 0; i < dd->topics.n; i++)
		if (strcmp(dd->topics.v[i].topic, topic) == 0 &&
		    dd->topics.v[i].level > TOPIC_NONE)
			return &dd->topics.v[i];
	return NULL;
}

/* The topics that it was told for, and behind them the one looked back for. */
static void
add_told(struct decided *dd, const struct version *v,
    const struct topic_result *mine)
{
	struct arena *a = dd->item->arena;
	struct topic_result *out =
	    arena_calloc(a, v->ntopics + 1, sizeof(*out));
	size_t n = 0;

	for (size_t i = 0; i < v->ntopics; i++) {
		const struct journal_topic *t = &v->topics[i];

		if (t->level > TOPIC_NONE && strcmp(t->name, mine->topic) != 0)
			out[n++] = (struct topic_result){
				.topic = arena_strdup(a, t->name),
				.level = t->level,
				.score = t->score,
			};
	}
	out[n++] = *mine;
	dd->topics = (struct topic_results){ out, n };
}

/* As it was told before, if it was; else as its text is found to be. */
static void
relate(struct look *lk, const struct decided *dd)
{
	struct committing *cm = lk->cm;
	const json_t *before = relate_item_of(lk->v.frame);
	struct related *rel = &lk->rel;
	const char *reason;

	relate_item(cm->dk->copies, dd, cm->aged, rel);
	if (before != NULL) {
		lk->lonely = rel->match.relation != RELATION_COPY &&
			     rel->match.relation != RELATION_KNOWN;
		relate_again(rel, before);
		lk->lonely &= rel->match.relation == RELATION_COPY;
		reason = json_string_value(json_object_get(
		    json_object_get(before, "_wiresift"), "reason"));
		snprintf(rel->match.reason, sizeof(rel->match.reason), "%s",
		    reason != NULL ? reason : "");
	} else if (rel->match.relation == RELATION_KNOWN) {
		/* The index has it, the journal does not: it was told, and
		 * that has been dropped. */
		rel->match.relation = RELATION_NEW;
		rel->match.of[0] = '\0';
	}
	relate_account(cm->dk->ledger, dd, cm->weight, cm->aged, rel);
	if (lk->lonely && rel->accounted) /* nobody had the text for this */
		rel->account.fresh[dd->topics.n - 1] = 1;
}

/* The record: told for the last of its topics, the others were before. */
static int
append(struct look *lk, const struct decided *dd, uint64_t *seq)
{
	const struct related *rel = &lk->rel;
	size_t n = dd->topics.n;
	struct journal_topic *v = arena_calloc(dd->item->arena, n, sizeof(*v));
	struct record r = {
		.at_ms = lk->cm->now_ms,
		.kind = RECORD_ITEM,
		.feed = dd->item->feed,
		.item_id = dd->item->id,
		.lang = dd->item->language,
		.story = rel->match.story,
		.relation = rel->match.relation,
		.origin = relate_origin(dd, rel),
		.origins = rel->accounted ? (uint32_t)rel->account.norigins : 0,
		.topics = v,
		.ntopics = n,
	};
	json_t *frame = relate_frame(dd, rel);
	json_t *own =
	    json_object_get(json_object_get(frame, "item"), "_wiresift");

	for (size_t i = 0; i < n; i++) {
		const struct topic_result *t = &dd->topics.v[i];
		const struct journal_topic *was =
		    version_topic(&lk->v, t->topic);

		v[i] = (struct journal_topic){
			.name = t->topic,
			.level = t->level,
			.score = t->score,
			.fresh = was != NULL ? was->fresh : 0,
		};
	}
	if (rel->accounted)
		v[n - 1].fresh = rel->account.fresh[n - 1];
	v[n - 1].looked_back = true;
	json_object_set_new(own, "looked_back", json_pack("[s]", lk->topic));
	return committing_append(lk->cm, &r, frame, seq);
}

/* Write it, and remember it as a match of now. */
static int
put(struct look *lk, const struct decided *dd, bool alerts)
{
	struct committing *cm = lk->cm;
	struct desk *dk = cm->dk;
	struct related *rel = &lk->rel;
	uint64_t seq;

	relate(lk, dd);
	if (append(lk, dd, &seq) == -1)
		return -1;
	if (seq == 0)
		return 0;
	/* That a story of days ago has grown is no news; its name is. */
	if (rel->accounted && rel->account.njoined > 0 &&
	    committing_story(cm, dd, rel) == -1)
		return -1;
	if (alerts_commit_item(dk, dd, rel, cm->now_ms, cm->aged, !alerts) ==
		-1 ||
	    commit_remember(cm->j, dk->copies, dd, cm->aged, rel) == -1)
		return -1;
	relate_remember(dk->copies, dd, cm->aged, rel);
	if (rel->accounted)
		ledger_apply(dk->ledger, &rel->account);
	cm->matches++;
	return 1;
}

/* It matches: has it been told for this topic, and can that be known? */
static enum lookback_fate
tell_once(struct look *lk, struct decided *dd, const struct topic_result *mine,
    bool alerts)
{
	const struct journal_topic *t;
	uint64_t oldest, newest;
	struct journal *j = lk->cm->j;
	int rc = is_newest(lk);

	if (rc == -1 || j->ops->bounds(j, &oldest, &newest) == -1)
		return LOOKBACK_FAILED;
	if (rc == 2)
		return LOOKBACK_NO_MATCH; /* the newest one decides */
	if (committing_version(lk->cm, dd->item->id, &lk->v) == -1)
		return LOOKBACK_FAILED;
	t = version_topic(&lk->v, lk->topic);
	if (t != NULL && t->level > TOPIC_NONE)
		return LOOKBACK_TOLD;
	if (lk->v.a == NULL && lk->row->seq > 0 && lk->row->seq < oldest)
		return LOOKBACK_UNKNOWN;
	add_told(dd, &lk->v, mine);
	rc = put(lk, dd, alerts);
	return rc == -1  ? LOOKBACK_FAILED
	       : rc == 1 ? LOOKBACK_NEW
			 : LOOKBACK_NO_MATCH;
}

enum lookback_fate
lookback_item(struct committing *cm, const struct archived *row,
    const char *topic, bool alerts)
{
	struct look lk = { .cm = cm, .row = row, .topic = topic };
	const struct desk_feed *f = feed_find(cm->dk, row->feed);
	const struct topic_result *mine;
	enum lookback_fate fate = LOOKBACK_NO_MATCH;
	struct decided *dd;

	if (!is_allowed(cm->dk, row->feed, topic) || (dd = decide(&lk)) == NULL)
		return LOOKBACK_NO_MATCH;
	cm->weight = f != NULL ? f->config->weight : 0;
	if ((mine = result_of(dd, topic)) != NULL)
		fate = tell_once(&lk, dd, mine, alerts);
	version_fini(&lk.v);
	decided_free(dd);
	return fate;
}
