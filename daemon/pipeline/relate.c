/* relate.c - the desk's pure half: a decided item to its record. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "item/item.h"
#include "item/item_json.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"

static bool
has_topic(const struct decided *dd)
{
	for (size_t i = 0; i < dd->topics.n; i++) {
		if (dd->topics.v[i].level > TOPIC_NONE)
			return true;
	}
	return false;
}

void
relate_item(const struct copies *c, const struct decided *dd, int64_t now,
    struct related *out)
{
	memset(out, 0, sizeof(*out));
	if (dd->sig != NULL && has_topic(dd)) {
		copies_lookup(c, dd->item, dd->sig, now, &out->match);
		return;
	}
	out->match.relation = RELATION_NEW;
	snprintf(out->match.story, sizeof(out->match.story), "%s",
	    dd->item->id != NULL ? dd->item->id : "");
}

void
relate_remember(struct copies *c, const struct decided *dd, int64_t now,
    const struct related *r)
{
	if (dd->sig != NULL && has_topic(dd))
		copies_insert(c, dd->item, dd->sig, now, &r->match);
}

/* A copy has the origin of its cluster's text, unless it credits one. */
static const char *
origin_of(const struct decided *dd, const struct copies_match *m)
{
	const struct item *it = dd->item;

	if (m->origin[0] != '\0' && !it->origin_agency)
		return m->origin;
	return it->origin != NULL ? it->origin : "";
}

void
relate_account(const struct ledger *l, const struct decided *dd,
    uint32_t weight, int64_t now, struct related *r)
{
	struct ledger_news n = { .match = &r->match,
		.origin = origin_of(dd, &r->match),
		.agency = dd->item->origin_agency,
		.weight = weight,
		.again = r->again };
	struct ledger_topic *v;

	if (dd->sig == NULL || !has_topic(dd))
		return;
	v = arena_calloc(dd->item->arena, dd->topics.n, sizeof(*v));
	for (size_t i = 0; i < dd->topics.n; i++) {
		const struct topic_result *t = &dd->topics.v[i];

		if (t->level > TOPIC_NONE)
			v[n.ntopics++] = (struct ledger_topic){ t->topic,
				(uint8_t)t->level, t->score };
	}
	n.topics = v;
	ledger_consider(l, &n, now, dd->item->arena, &r->account);
	r->accounted = true;
	snprintf(
	    r->match.story, sizeof(r->match.story), "%s", r->account.story);
}

const char *
relate_origin(const struct decided *dd, const struct related *r)
{
	return origin_of(dd, &r->match);
}

/* --- frames --- */

static json_t *
topics_json(const struct decided *dd)
{
	json_t *o = json_object();

	for (size_t i = 0; i < dd->topics.n; i++) {
		const struct topic_result *r = &dd->topics.v[i];

		if (r->level == TOPIC_NONE)
			continue;
		json_object_set_new(o, r->topic,
		    json_pack("{s:s, s:i}", "level", topic_level_name(r->level),
			"score", (int)r->score));
	}
	return o;
}

/* The evidence of the topics it matched, where it was kept; else NULL. */
static json_t *
explain_json(const struct decided *dd)
{
	json_t *o = NULL, *one;

	for (size_t i = 0; i < dd->topics.n; i++) {
		struct topic_results r = { &dd->topics.v[i], 1 };

		if (r.v->level == TOPIC_NONE || r.v->nevidence == 0)
			continue;
		one = topic_results_to_json(&r, NULL, true);
		if (o == NULL)
			o = json_object();
		json_object_update(o, one);
		json_decref(one);
	}
	return o;
}

/* JSON Feed's own tags: the topics it is about. */
static json_t *
tags_json(const struct decided *dd)
{
	json_t *v = json_array();

	for (size_t i = 0; i < dd->topics.n; i++) {
		if (dd->topics.v[i].level == TOPIC_ABOUT)
			json_array_append_new(
			    v, json_string(dd->topics.v[i].topic));
	}
	return v;
}

static json_t *
string_or_null(bool have, const char *s)
{
	return have && s[0] != '\0' ? json_string(s) : json_null();
}

/* copy_of, update_of, embeds: one of them is set, the first is always there.
 */
static void
put_relation(json_t *o, const struct copies_match *m)
{
	item_put_str(o, "relation", relation_name(m->relation));
	json_object_set_new(
	    o, "copy_of", string_or_null(m->relation == RELATION_COPY, m->of));
	if (m->relation == RELATION_UPDATE)
		item_put_str(o, "update_of", m->of);
	if (m->relation == RELATION_EMBEDS)
		item_put_str(o, "embeds", m->of);
	item_put_str(o, "story", m->story);
}

/* What its story has come to, and what of a copy is new all the same. */
static void
put_account(json_t *o, const struct decided *dd, const struct related *r)
{
	const struct ledger_change *c = &r->account;
	json_t *fresh;
	size_t n = 0;

	if (!r->accounted)
		return;
	json_object_set_new(o, "origins",
	    json_integer((json_int_t)MAX(c->norigins, (size_t)1)));
	if (r->match.relation != RELATION_COPY)
		return;
	if (c->preferred)
		json_object_set_new(o, "preferred", json_true());
	fresh = json_array();
	for (size_t i = 0; i < dd->topics.n; i++) {
		if (dd->topics.v[i].level > TOPIC_NONE && c->fresh[n++] > 0)
			json_array_append_new(
			    fresh, json_string(dd->topics.v[i].topic));
	}
	if (json_array_size(fresh) > 0)
		json_object_set(o, "fresh", fresh);
	json_decref(fresh);
}

json_t *
relate_frame(const struct decided *dd, const struct related *r)
{
	json_t *item = item_to_json(dd->item);
	json_t *own = json_object_get(item, "_wiresift"), *explain;

	json_object_set_new(item, "tags", tags_json(dd));
	json_object_set_new(own, "topics", topics_json(dd));
	put_relation(own, &r->match);
	item_put_str(own, "origin", origin_of(dd, &r->match));
	put_account(own, dd, r);
	if (r->match.reason[0] != '\0')
		item_put_str(own, "reason", r->match.reason);
	if ((explain = explain_json(dd)) != NULL) {
		item_put_str(own, "rules", dd->rules);
		json_object_set_new(own, "explain", explain);
	}
	return json_pack("{s:o}", "item", item);
}

json_t *
relate_decision(
    const struct decided *dd, const struct related *r, const char *input_id)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", json_string(input_id));
	json_object_set_new(o, "url",
	    dd->item->url != NULL ? json_string(dd->item->url) : json_null());
	json_object_set_new(o, "topics", topics_json(dd));
	put_relation(o, &r->match);
	item_put_str(o, "origin", origin_of(dd, &r->match));
	return json_pack("{s:o}", "decision", o);
}
