/* json.c - results as the JSON of the stream and of explain. */
#include <jansson.h>

#include "text/token.h"
#include "topic/topic.h"

static const char *const zone_names[ZONE_COUNT] = {
	[ZONE_TITLE] = "title",
	[ZONE_LEAD] = "lead",
	[ZONE_BODY] = "body",
	[ZONE_TAIL] = "tail",
	[ZONE_META] = "meta",
};

static const char *const field_names[FIELD_COUNT] = {
	[FIELD_TITLE] = "title",
	[FIELD_BODY] = "body",
	[FIELD_URL] = "url",
	[FIELD_FEED] = "feed",
	[FIELD_AUTHOR] = "author",
	[FIELD_TAG] = "tag",
};

const char *
topic_zone_name(uint8_t zone)
{
	return zone < ZONE_COUNT ? zone_names[zone] : "?";
}

/* Byte ranges, each with its field when it is not the body's text. */
static json_t *
spans_json(const struct topic_evidence *ev)
{
	json_t *spans = json_array();

	for (size_t i = 0; i < ev->nspans; i++) {
		const struct topic_span *sp = &ev->spans[i];
		json_t *one = json_array();

		json_array_append_new(one, json_integer(sp->off));
		json_array_append_new(
		    one, json_integer((json_int_t)sp->off + sp->len));
		if (sp->field != FIELD_BODY)
			json_array_append_new(
			    one, json_string(field_names[sp->field]));
		json_array_append_new(spans, one);
	}
	return spans;
}

static json_t *
evidence_json(const struct topic_evidence *ev)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(ev->signal));
	json_object_set_new(o, "points", json_integer(ev->points));
	json_object_set_new(o, "weight", json_integer(ev->weight));
	json_object_set_new(o, "boost", json_integer(ev->boost));
	json_object_set_new(o, "zone", json_string(topic_zone_name(ev->zone)));
	if (ev->caps)
		json_object_set_new(o, "caps", json_true());
	json_object_set_new(o, "spans", spans_json(ev));
	json_object_set_new(o, "text", json_string(ev->quote));
	return o;
}

static json_t *
result_json(
    const struct topic_result *r, const struct topic_set *ts, bool evidence)
{
	json_t *o = json_object(), *signals;

	json_object_set_new(
	    o, "level", json_string(topic_level_name(r->level)));
	json_object_set_new(o, "score", json_integer(r->score));
	if (!evidence)
		return o;
	json_object_set_new(o, "threshold", json_integer(r->threshold));
	json_object_set_new(o, "mention", json_integer(r->mention));
	if (ts != NULL)
		json_object_set_new(
		    o, "rules", json_string(topic_set_hash(ts)));
	if (r->lacking != NULL)
		json_object_set_new(o, "lacking", json_string(r->lacking));
	signals = json_array();
	for (size_t i = 0; i < r->nevidence; i++)
		json_array_append_new(signals, evidence_json(&r->evidence[i]));
	json_object_set_new(o, "signals", signals);
	return o;
}

json_t *
topic_results_to_json(
    const struct topic_results *r, const struct topic_set *ts, bool evidence)
{
	json_t *o = json_object();

	for (size_t i = 0; i < r->n; i++)
		json_object_set_new(
		    o, r->v[i].topic, result_json(&r->v[i], ts, evidence));
	return o;
}
