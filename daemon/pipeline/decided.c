/* decided.c - a decided item as JSON, for the gatherer's link. */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "item/item_json.h"
#include "pipeline/classify.h"
#include "text/token.h"

/* --- out --- */

static json_t *
encode_evidence(const struct topic_evidence *e)
{
	json_t *o = json_object(), *spans = json_array();

	item_put_str(o, "signal", e->signal);
	json_object_set_new(o, "weight", json_integer(e->weight));
	json_object_set_new(o, "boost", json_integer(e->boost));
	json_object_set_new(o, "points", json_integer(e->points));
	json_object_set_new(o, "zone", json_integer(e->zone));
	if (e->caps)
		json_object_set_new(o, "caps", json_true());
	for (size_t i = 0; i < e->nspans; i++)
		json_array_append_new(spans,
		    json_pack("[iiII]", (int)e->spans[i].field,
			(int)e->spans[i].zone, (json_int_t)e->spans[i].off,
			(json_int_t)e->spans[i].len));
	json_object_set_new(o, "spans", spans);
	item_put_str(o, "quote", e->quote);
	return o;
}

static json_t *
encode_result(const struct topic_result *r)
{
	json_t *o = json_object(), *v;

	item_put_str(o, "topic", r->topic);
	item_put_str(o, "level", topic_level_name(r->level));
	json_object_set_new(o, "score", json_integer(r->score));
	json_object_set_new(o, "threshold", json_integer(r->threshold));
	json_object_set_new(o, "mention", json_integer(r->mention));
	json_object_set_new(o, "require", json_boolean(r->require_ok));
	json_object_set_new(o, "excluded", json_boolean(r->excluded));
	item_put_str(o, "lacking", r->lacking);
	if (r->nevidence == 0)
		return o;
	v = json_array();
	for (size_t i = 0; i < r->nevidence; i++)
		json_array_append_new(v, encode_evidence(&r->evidence[i]));
	json_object_set_new(o, "evidence", v);
	return o;
}

json_t *
decided_encode(const struct decided *dd)
{
	json_t *o = json_object(), *topics = json_array();

	json_object_set_new(o, "item", item_encode(dd->item));
	for (size_t i = 0; i < dd->topics.n; i++)
		json_array_append_new(topics, encode_result(&dd->topics.v[i]));
	json_object_set_new(o, "topics", topics);
	item_put_str(o, "rules", dd->rules);
	if (dd->sig != NULL)
		json_object_set_new(o, "sig", signature_encode(dd->sig));
	return o;
}

/* --- back --- */

/* An integer of `o` within [min, max] to *v; -1 when it is none. */
static int
get_int(const json_t *o, const char *key, json_int_t min, json_int_t max,
    json_int_t *v)
{
	const json_t *j = json_object_get(o, key);

	*v = json_integer_value(j);
	return json_is_integer(j) && *v >= min && *v <= max ? 0 : -1;
}

static int
decode_spans(struct arena *a, const json_t *v, struct topic_evidence *e)
{
	const json_t *el;
	size_t i;

	if (!json_is_array(v))
		return -1;
	e->spans = arena_calloc(a, json_array_size(v) + 1, sizeof(*e->spans));
	json_array_foreach(v, i, el)
	{
		json_int_t n[4];

		for (size_t k = 0; k < ARRAY_LEN(n); k++) {
			const json_t *j = json_array_get(el, k);

			n[k] = json_integer_value(j);
			if (!json_is_integer(j) || n[k] < 0 ||
			    n[k] > UINT32_MAX)
				return -1;
		}
		if (n[0] >= FIELD_COUNT || n[1] >= ZONE_COUNT)
			return -1;
		e->spans[i] = (struct topic_span){ (uint8_t)n[0], (uint8_t)n[1],
			(uint32_t)n[2], (uint32_t)n[3] };
	}
	e->nspans = json_array_size(v);
	return 0;
}

static int
decode_evidence(struct arena *a, const json_t *o, struct topic_evidence *e)
{
	json_int_t weight, boost, points, zone;

	if (get_int(o, "weight", INT32_MIN, INT32_MAX, &weight) == -1 ||
	    get_int(o, "boost", INT32_MIN, INT32_MAX, &boost) == -1 ||
	    get_int(o, "points", INT32_MIN, INT32_MAX, &points) == -1 ||
	    get_int(o, "zone", 0, ZONE_COUNT - 1, &zone) == -1)
		return -1;
	e->signal = item_get_str(a, o, "signal");
	e->weight = (int32_t)weight;
	e->boost = (int32_t)boost;
	e->points = (int32_t)points;
	e->zone = (uint8_t)zone;
	e->caps = json_is_true(json_object_get(o, "caps"));
	e->quote = item_get_str(a, o, "quote");
	return decode_spans(a, json_object_get(o, "spans"), e);
}

static int
decode_result(struct arena *a, const json_t *o, struct topic_result *r)
{
	const char *level = json_string_value(json_object_get(o, "level"));
	const json_t *v = json_object_get(o, "evidence"), *el;
	json_int_t score, threshold, mention;
	size_t i;

	r->topic = item_get_str(a, o, "topic");
	if (r->topic == NULL || level == NULL ||
	    !topic_level_parse(level, &r->level) ||
	    get_int(o, "score", INT32_MIN, INT32_MAX, &score) == -1 ||
	    get_int(o, "threshold", INT32_MIN, INT32_MAX, &threshold) == -1 ||
	    get_int(o, "mention", INT32_MIN, INT32_MAX, &mention) == -1)
		return -1;
	r->score = (int32_t)score;
	r->threshold = (int32_t)threshold;
	r->mention = (int32_t)mention;
	r->require_ok = json_is_true(json_object_get(o, "require"));
	r->excluded = json_is_true(json_object_get(o, "excluded"));
	r->lacking = item_get_str(a, o, "lacking");
	if (v == NULL)
		return 0;
	if (!json_is_array(v))
		return -1;
	r->evidence =
	    arena_calloc(a, json_array_size(v) + 1, sizeof(*r->evidence));
	json_array_foreach(v, i, el)
	{
		if (decode_evidence(a, el, &r->evidence[i]) == -1)
			return -1;
	}
	r->nevidence = json_array_size(v);
	return 0;
}

static int
decode_topics(struct arena *a, const json_t *v, struct topic_results *out)
{
	const json_t *el;
	size_t i;

	if (!json_is_array(v))
		return -1;
	out->v = arena_calloc(a, json_array_size(v) + 1, sizeof(*out->v));
	json_array_foreach(v, i, el)
	{
		if (decode_result(a, el, &out->v[i]) == -1)
			return -1;
	}
	out->n = json_array_size(v);
	return 0;
}

struct decided *
decided_decode(const json_t *j, struct diag *d)
{
	const json_t *sig = json_object_get(j, "sig");
	struct decided *dd;
	struct item *it;

	if ((it = item_decode(json_object_get(j, "item"), d)) == NULL)
		return NULL;
	dd = xcalloc(1, sizeof(*dd));
	dd->item = it;
	if (decode_topics(
		it->arena, json_object_get(j, "topics"), &dd->topics) == -1) {
		diag_set(d, NULL, 0, 0, "topics are damaged");
		goto bad;
	}
	dd->rules = item_get_str(it->arena, j, "rules");
	if (sig != NULL && (dd->sig = signature_decode(sig)) == NULL) {
		diag_set(d, NULL, 0, 0, "the signature is damaged");
		goto bad;
	}
	return dd;
bad:
	decided_free(dd);
	return NULL;
}
