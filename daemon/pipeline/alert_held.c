/* alert_held.c - now or later: pauses, quiet hours, digests. */
#include <stdio.h>
#include <string.h>

#include "base/plural.h"
#include "item/item_json.h"
#include "pipeline/alert_priv.h"

static daytime_offset *
zone_of(const struct alert_rule *r)
{
	return r->zone == ALERT_ZONE_UTC ? daytime_utc : daytime_local;
}

bool
alert_is_quiet(const struct alert_rule *r, int64_t now)
{
	return r->quiet &&
	       daytime_within(r->quiet_from, r->quiet_to, now, zone_of(r));
}

static bool
has_digest(const struct alert_rule *r)
{
	return r->digest_every_s > 0 || r->digest_daily;
}

int64_t
alert_held_due(const struct alert *a, int64_t now)
{
	const struct alert_rule *r = a->rule;
	int64_t t = MIN(a->held_since, now);

	if (json_array_size(a->held) == 0)
		return INT64_MAX;
	if (r->digest_daily)
		t = daytime_next(r->digest_at, t, zone_of(r));
	else if (r->digest_every_s > 0)
		t += r->digest_every_s - t % r->digest_every_s;
	if (r->cooldown_s > 0 && a->last > 0)
		t = MAX(t, MIN(a->last, now) + r->cooldown_s);
	if (r->quiet_then == ALERT_THEN_DIGEST && alert_is_quiet(r, t))
		t = daytime_next(r->quiet_to, t, zone_of(r));
	return t;
}

static int
emit(struct alert *a, json_t *body, const char *story, int64_t now,
    const struct alert_out *out)
{
	const struct alert_fired f = { .rule = a->rule,
		.frame = json_pack("{s:o}", "alert", body),
		.story = story };

	a->last = now;
	a->told++;
	return out->fire(out->cookie, &f);
}

/* In a digest an alert is one line: who wrote what may be asked for. */
static json_t *
brief(json_t *body)
{
	static const char *const out[] = { "name", "to", "links" };

	for (size_t i = 0; i < ARRAY_LEN(out); i++)
		json_object_del(body, out[i]);
	return body;
}

/* A story is held once, as it is now. */
static void
hold(struct alert *a, json_t *body, const char *story, int64_t now)
{
	const json_t *v;
	size_t i;

	if (json_array_size(a->held) == 0)
		a->held_since = now;
	body = brief(body);
	json_array_foreach(a->held, i, v)
	{
		const char *held =
		    json_string_value(json_object_get(v, "story"));

		if (story != NULL && held != NULL && strcmp(held, story) == 0) {
			json_array_set_new(a->held, i, body);
			return;
		}
	}
	if (json_array_size(a->held) < ALERT_HELD) {
		json_array_append_new(a->held, body);
		return;
	}
	a->held_more++;
	json_decref(body);
}

int
alert_deliver(struct alert *a, json_t *body, const char *story, int64_t now,
    const struct alert_out *out)
{
	const struct alert_rule *r = a->rule;
	bool quiet = alert_is_quiet(r, now);
	int rc = 0;

	a->last = MIN(a->last, now); /* the clock went back */
	if (quiet && r->quiet_then == ALERT_THEN_DROP) {
		a->dropped++;
		json_decref(body);
	} else if (quiet || has_digest(r) || json_array_size(a->held) > 0 ||
		   (a->last > 0 && now - a->last < r->cooldown_s)) {
		hold(a, body, story, now);
	} else {
		rc = emit(a, body, story, now, out);
	}
	return rc == -1 ? -1 : alert_keep(a, out);
}

/* What several alerts have of a list of names, each once. */
static json_t *
names_of(const json_t *held, const char *key)
{
	json_t *all = json_array();
	const json_t *v, *name;
	size_t i, k;

	json_array_foreach(held, i, v)
	{
		json_array_foreach(json_object_get(v, key), k, name)
		    alert_add_name(all, json_string_value(name));
	}
	return all;
}

static json_t *
digest_body(const struct alert *a, int64_t now)
{
	const struct alert_rule *r = a->rule;
	uint64_t n = json_array_size(a->held) + a->held_more;
	const json_t *only = json_array_size(a->held) == 1
				 ? json_array_get(a->held, 0)
				 : NULL,
		     *v;
	json_int_t items = 0;
	char why[200], title[300], span[40];
	json_t *o;
	size_t i;

	json_array_foreach(a->held, i, v) items +=
	    json_integer_value(json_object_get(v, "items"));
	alert_span((uint64_t)alert_age(now, a->held_since), span, sizeof(span));
	snprintf(why, sizeof(why), "held for up to %s: %s", span,
	    PLURAL(n, "alert", "alerts"));
	o = alert_body(r, "digest", why, now);
	json_object_set_new(o, "topics", names_of(a->held, "topics"));
	json_object_set(
	    o, "story", only != NULL ? json_object_get(only, "story") : NULL);
	if (only != NULL) {
		json_object_set(o, "title", json_object_get(only, "title"));
		json_object_set(o, "url", json_object_get(only, "url"));
	} else {
		snprintf(title, sizeof(title), "%.200s: %llu alerts", r->name,
		    (unsigned long long)n);
		item_put_str(o, "title", title);
		json_object_set_new(o, "story", json_null());
		json_object_set_new(o, "url", json_null());
	}
	json_object_set_new(o, "origins", names_of(a->held, "origins"));
	json_object_set_new(o, "items", json_integer(items));
	json_object_set(o, "digest", a->held);
	if (a->held_more > 0)
		json_object_set_new(
		    o, "more", json_integer((json_int_t)a->held_more));
	return o;
}

int
alert_held_release(struct alert *a, int64_t now, const struct alert_out *out)
{
	json_t *body;

	if (alert_held_due(a, now) > now)
		return 0;
	if (alert_is_quiet(a->rule, now))
		return 0; /* due long ago, and quiet again */
	body = digest_body(a, now);
	json_decref(a->held);
	a->held = json_array();
	a->held_more = 0;
	a->held_since = 0;
	if (emit(a, body, NULL, now, out) == -1)
		return -1;
	return alert_keep(a, out);
}

int
alert_keep(const struct alert *a, const struct alert_out *out)
{
	json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I, s:O}", "last",
	    (json_int_t)a->last, "told", (json_int_t)a->told, "held_since",
	    (json_int_t)a->held_since, "held_more", (json_int_t)a->held_more,
	    "dropped", (json_int_t)a->dropped, "held", a->held);
	int rc = out->keep(out->cookie, a->name, "", o);

	json_decref(o);
	return rc;
}

void
alert_load(struct alert *a, const json_t *j)
{
	json_t *held = json_object_get(j, "held");

	a->last = json_integer_value(json_object_get(j, "last"));
	a->told = (uint64_t)json_integer_value(json_object_get(j, "told"));
	a->held_since = json_integer_value(json_object_get(j, "held_since"));
	a->held_more =
	    (uint64_t)json_integer_value(json_object_get(j, "held_more"));
	a->dropped =
	    (uint64_t)json_integer_value(json_object_get(j, "dropped"));
	if (json_is_array(held)) {
		json_decref(a->held);
		a->held = json_deep_copy(held);
	}
}
