/* alert_rate.c - a topic has more news than it usually has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hmap.h"
#include "base/plural.h"
#include "base/xmalloc.h"
#include "item/item_json.h"
#include "pipeline/alert_priv.h"

#define MAX_STEPS 1000000 /* buckets passed at once: years */

void
alert_rate_free(void *p)
{
	struct alert_rate *rt = p;

	free(rt->topic);
	json_decref(rt->links);
	free(rt);
}

static int64_t
width_of(const struct alert_rule *r)
{
	return MAX((int64_t)r->within_s / ALERT_BUCKETS, (int64_t)1);
}

static struct alert_rate *
rate_get(struct alert *a, const char *topic, int64_t now)
{
	struct alert_rate *rt = hmap_get(a->rates, topic);

	if (rt != NULL)
		return rt;
	rt = xcalloc(1, sizeof(*rt));
	rt->topic = xstrdup(topic);
	rt->links = json_array();
	rt->from = now;
	(void)hmap_put(a->rates, topic, rt);
	return rt;
}

/*
 * Bring it up to `now`. A bucket that leaves the window goes into what is
 * usual; so a surge does not raise the bar for itself. Where nobody watched
 * (`watched` false: the daemon was off) nothing is learnt.
 */
static void
rate_advance(struct alert_rate *rt, const struct alert_rule *r, int64_t now,
    bool watched)
{
	int64_t width = width_of(r);

	if (rt->from > now)
		rt->from = now; /* the clock went back */
	for (int i = 0; rt->from + width <= now && i < MAX_STEPS; i++) {
		rt->cur = (rt->cur + 1) % ALERT_BUCKETS;
		if (watched) {
			double part;

			rt->observed_s += (double)width;
			part = (double)width /
			       MIN(MAX(rt->observed_s - r->within_s,
				       (double)width),
				   (double)ALERT_BASE_S);
			if (rt->observed_s > (double)r->within_s)
				rt->base +=
				    part *
				    ((double)rt->counts[rt->cur] - rt->base);
		}
		rt->counts[rt->cur] = 0;
		rt->from += width;
	}
	if (rt->from + width <= now)
		rt->from = now;
}

static uint32_t
rate_sum(const struct alert_rate *rt)
{
	uint32_t n = 0;

	for (size_t i = 0; i < ALERT_BUCKETS; i++)
		n += rt->counts[i];
	return n;
}

static double
usually(const struct alert_rate *rt)
{
	return rt->base * ALERT_BUCKETS;
}

/* So many texts of the window are too many. */
static double
threshold(const struct alert_rate *rt, const struct alert_rule *r)
{
	double t = usually(rt) * r->rate;

	return MAX(t, (double)r->at_least);
}

static json_t *
rate_body(const struct alert_rule *r, const struct alert_rate *rt, int64_t now)
{
	char why[300], title[300], span[40];
	uint32_t n = rate_sum(rt);
	json_t *o, *origins = json_array();
	const json_t *v;
	size_t i;

	alert_span(r->within_s, span, sizeof(span));
	snprintf(why, sizeof(why), "%s within %s, usually %.1f",
	    PLURAL(n, "text", "texts"), span, usually(rt));
	snprintf(title, sizeof(title), "%.150s: %.100s", rt->topic, why);
	o = alert_body(r, rt->hot ? "again" : "rate", why, now);
	json_object_set_new(o, "topics", json_pack("[s]", rt->topic));
	json_object_set_new(o, "story", json_null());
	item_put_str(o, "title", title);
	json_object_set_new(o, "url", json_null());
	json_array_foreach(rt->links, i, v)
	{
		const char *s = json_string_value(json_object_get(v, "origin"));

		if (s != NULL && s[0] != '\0')
			alert_add_name(origins, s);
	}
	json_object_set_new(o, "origins", origins);
	json_object_set_new(o, "items", json_integer((json_int_t)n));
	json_object_set_new(o, "usually", json_real(usually(rt)));
	json_object_set_new(o, "links", json_deep_copy(rt->links));
	return o;
}

/* A surge is told once; again only if it grows on, by the rule. */
static bool
rate_fires(const struct alert_rule *r, struct alert_rate *rt, int64_t now)
{
	double n = (double)rate_sum(rt), bar = threshold(rt, r);

	if (rt->hot && n * 2 < bar)
		rt->hot = false;
	if (rt->observed_s < (double)r->learn_s || n < bar)
		return false;
	if (!rt->hot)
		return true;
	return (r->again_after_s > 0 || r->again_grew > 0) &&
	       alert_age(now, rt->fired) >= r->again_after_s &&
	       rt->texts >= rt->texts_then + MAX(r->again_grew, 1U);
}

static json_t *
rate_save(const struct alert_rate *rt)
{
	json_t *counts = json_array();
	json_t *o = json_pack("{s:I, s:f, s:f, s:I, s:I, s:I, s:b, s:O}",
	    "from", (json_int_t)rt->from, "base", rt->base, "observed",
	    rt->observed_s, "texts", (json_int_t)rt->texts, "fired",
	    (json_int_t)rt->fired, "texts_then", (json_int_t)rt->texts_then,
	    "hot", (int)rt->hot, "links", rt->links);

	/* From the oldest to the newest. */
	for (uint32_t i = 1; i <= ALERT_BUCKETS; i++)
		json_array_append_new(counts,
		    json_integer(
			(json_int_t)rt->counts[(rt->cur + i) % ALERT_BUCKETS]));
	json_object_set_new(o, "counts", counts);
	return o;
}

static int
rate_keep(const struct alert *a, const struct alert_rate *rt,
    const struct alert_out *out)
{
	char *subject = xasprintf("t:%s", rt->topic);
	json_t *o = rate_save(rt);
	int rc = out->keep(out->cookie, a->name, subject, o);

	json_decref(o);
	free(subject);
	return rc;
}

static int
topic_see(struct alert *a, const char *topic, const struct alert_news *n,
    int64_t now, const struct alert_out *out)
{
	struct alert_rate *rt = rate_get(a, topic, now);
	json_t *body;

	rate_advance(rt, a->rule, now, true);
	rt->counts[rt->cur]++;
	rt->texts++;
	if (json_array_size(rt->links) == ALERT_LINKS)
		json_array_remove(rt->links, 0);
	json_array_append_new(rt->links, alert_link(n));
	if (rate_fires(a->rule, rt, now)) {
		body = rate_body(a->rule, rt, now);
		rt->hot = true;
		rt->fired = now;
		rt->texts_then = rt->texts;
		if (alert_deliver(a, body, NULL, now, out) == -1)
			return -1;
	}
	return rate_keep(a, rt, out);
}

int
alert_rate_see(struct alert *a, const struct alert_news *n, int64_t now,
    const struct alert_out *out)
{
	json_t *names = json_array();
	const json_t *v;
	size_t i;
	int rc = 0;

	(void)alert_wants(a->rule, n, names);
	json_array_foreach(names, i, v)
	{
		if (rc == 0)
			rc = topic_see(a, json_string_value(v), n, now, out);
	}
	json_decref(names);
	return rc;
}

/* Hours without news are learnt from too, and kept now and then. */
int
alert_rates_keep(struct alert *a, int64_t now, const struct alert_out *out)
{
	size_t pos = 0;
	void *v;

	a->rates_kept = now;
	while (hmap_next(a->rates, &pos, NULL, NULL, &v)) {
		struct alert_rate *rt = v;

		rate_advance(rt, a->rule, now, true);
		if (rate_keep(a, rt, out) == -1)
			return -1;
	}
	return 0;
}

void
alert_rate_load(
    struct alert *a, const char *topic, const json_t *j, int64_t now)
{
	struct alert_rate *rt = rate_get(a, topic, now);
	json_t *links = json_object_get(j, "links");

	for (uint32_t i = 0; i < ALERT_BUCKETS; i++)
		rt->counts[i] = (uint32_t)json_integer_value(
		    json_array_get(json_object_get(j, "counts"), i));
	rt->cur = ALERT_BUCKETS - 1;
	rt->from = json_integer_value(json_object_get(j, "from"));
	rt->base = json_number_value(json_object_get(j, "base"));
	rt->observed_s = json_number_value(json_object_get(j, "observed"));
	rt->texts = (uint64_t)json_integer_value(json_object_get(j, "texts"));
	rt->fired = json_integer_value(json_object_get(j, "fired"));
	rt->texts_then =
	    (uint64_t)json_integer_value(json_object_get(j, "texts_then"));
	rt->hot = json_is_true(json_object_get(j, "hot"));
	if (json_is_array(links)) {
		json_decref(rt->links);
		rt->links = json_deep_copy(links);
	}
	if (a->rule != NULL && a->rule->rate > 0)
		rate_advance(rt, a->rule, now, false);
}
