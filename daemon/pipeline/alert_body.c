/* alert_body.c - what an alert says, and whom it concerns. */
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"
#include "item/item_json.h"
#include "pipeline/alert_priv.h"

int64_t
alert_age(int64_t now, int64_t t)
{
	return t > now ? 0 : now - t;
}

void
alert_span(uint64_t seconds, char *out, size_t size)
{
	static const struct {
		uint64_t s;
		char unit;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t at = 0;

	snprintf(out, size, "0s");
	for (size_t i = 0; i < ARRAY_LEN(units) && at + 1 < size; i++) {
		if (seconds < units[i].s)
			continue;
		at += (size_t)snprintf(out + at, size - at, "%llu%c",
		    (unsigned long long)(seconds / units[i].s), units[i].unit);
		seconds %= units[i].s;
	}
}

const char *
alert_trigger(const struct alert_rule *r)
{
	if (r->origins > 0)
		return "origins";
	if (r->items > 0)
		return "items";
	return r->rate > 0 ? "rate" : "every";
}

void
alert_add_name(json_t *list, const char *name)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		if (strcmp(json_string_value(v), name) == 0)
			return;
	}
	json_array_append_new(list, json_string(name));
}

bool
alert_wants(
    const struct alert_rule *r, const struct alert_news *n, json_t *names)
{
	bool any = false;

	for (size_t i = 0; i < n->ntopics; i++) {
		const struct alert_topic *t = &n->topics[i];

		for (size_t k = 0; k < r->ntopics; k++) {
			if (t->level < r->min || t->level == TOPIC_NONE ||
			    !topic_glob_match(r->topics[k], t->name))
				continue;
			any = true;
			if (names != NULL)
				alert_add_name(names, t->name);
			break;
		}
	}
	return any;
}

json_t *
alert_body(const struct alert_rule *r, const char *reason, const char *why,
    int64_t now)
{
	json_t *o = json_pack(
	    "{s:s, s:s, s:s}", "name", r->name, "reason", reason, "why", why);
	json_t *to = json_array();

	item_put_time(o, "at", now);
	for (size_t i = 0; i < r->nto; i++)
		json_array_append_new(to, json_string(r->to[i]));
	json_object_set_new(o, "to", to);
	return o;
}

json_t *
alert_link(const struct alert_news *n)
{
	json_t *o = json_object();

	item_put_str(o, "id", n->id);
	item_put_str(o, "url", n->url);
	if (n->title != NULL)
		json_object_set_new(o, "title",
		    json_stringn(n->title,
			utf8_cut(n->title,
			    MIN(strlen(n->title), (size_t)ALERT_TITLE))));
	item_put_str(o, "feed", n->feed);
	item_put_str(o, "origin", n->origin);
	return o;
}

json_t *
alert_test_frame(const struct alert_rule *r, int64_t now)
{
	json_t *topics = json_array();
	char why[256], title[256];
	json_t *o;

	snprintf(
	    why, sizeof(why), "a test by the operator: nothing has happened");
	snprintf(title, sizeof(title), "Test of the alert %.200s", r->name);
	o = alert_body(r, "test", why, now);
	json_object_set_new(o, "test", json_true());
	item_put_str(o, "title", title);
	for (size_t i = 0; i < r->ntopics; i++)
		json_array_append_new(topics, json_string(r->topics[i]));
	json_object_set_new(o, "topics", topics);
	json_object_set_new(o, "story", json_null());
	json_object_set_new(o, "url", json_null());
	json_object_set_new(o, "origins", json_array());
	json_object_set_new(o, "items", json_integer(0));
	json_object_set_new(o, "links", json_array());
	return json_pack("{s:o}", "alert", o);
}
