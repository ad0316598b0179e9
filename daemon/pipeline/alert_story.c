/* alert_story.c - what an alert remembers of a story, and when it tells it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hmap.h"
#include "base/plural.h"
#include "base/xmalloc.h"
#include "item/item_json.h"
#include "pipeline/alert_priv.h"

void
alert_story_free(void *p)
{
	struct alert_story *s = p;

	for (size_t i = 0; i < s->ntexts; i++) {
		free(s->texts[i].cluster);
		free(s->texts[i].origin);
	}
	free(s->texts);
	free(s->times);
	free(s->id);
	free(s->title);
	free(s->url);
	json_decref(s->topics);
	json_decref(s->links);
	json_decref(s->latest);
	free(s);
}

static void
set_pending(struct alert *a, struct alert_story *s, bool on)
{
	a->npending += (size_t)(on && !s->pending);
	a->npending -= (size_t)(!on && s->pending);
	s->pending = on;
}

void
alert_story_drop(struct alert *a, struct alert_story *s)
{
	set_pending(a, s, false);
	TAILQ_REMOVE(&a->list, s, entry);
	(void)hmap_del(a->stories, s->id);
	alert_story_free(s);
}

struct alert_story *
alert_story_get(struct alert *a, const char *id, int64_t now)
{
	struct alert_story *s = hmap_get(a->stories, id);

	if (s != NULL)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->id = xstrdup(id);
	s->since = s->at = now;
	s->topics = json_array();
	s->links = json_array();
	(void)hmap_put(a->stories, id, s);
	TAILQ_INSERT_TAIL(&a->list, s, entry);
	return s;
}

/* Room for one more at the end of texts: the oldest goes when it is full. */
static struct alert_text *
text_add(struct alert_story *s)
{
	if (s->texts == NULL)
		s->texts = xcalloc(ALERT_TEXTS, sizeof(*s->texts));
	if (s->ntexts == ALERT_TEXTS) {
		free(s->texts[0].cluster);
		free(s->texts[0].origin);
		memmove(&s->texts[0], &s->texts[1],
		    (ALERT_TEXTS - 1) * sizeof(*s->texts));
		s->ntexts--;
	}
	return &s->texts[s->ntexts++];
}

/*
 * Its text: a new one, or one that is known and whose author may have come
 * out meanwhile. True when it is new.
 */
static bool
note_text(struct alert_story *s, const struct alert_news *n, int64_t now)
{
	const char *origin = n->origin != NULL ? n->origin : "";
	struct alert_text *t;

	for (size_t i = 0; i < s->ntexts; i++) {
		t = &s->texts[i];
		if (strcmp(t->cluster, n->cluster) != 0)
			continue;
		if (origin[0] != '\0' && strcmp(t->origin, origin) != 0) {
			free(t->origin);
			t->origin = xstrdup(origin);
		}
		return false;
	}
	t = text_add(s);
	t->cluster = xstrdup(n->cluster);
	t->origin = xstrdup(origin);
	t->at = now;
	return true;
}

static void
note_time(struct alert_story *s, size_t max, int64_t now)
{
	if (max == 0)
		return;
	if (s->times == NULL)
		s->times = xcalloc(ALERT_MAX_ITEMS, sizeof(*s->times));
	if (s->ntimes >= max) {
		size_t drop = s->ntimes - max + 1;

		memmove(s->times, s->times + drop,
		    (s->ntimes - drop) * sizeof(*s->times));
		s->ntimes -= drop;
	}
	s->times[s->ntimes++] = now;
}

void
alert_story_note(struct alert *a, struct alert_story *s,
    const struct alert_news *n, int64_t now)
{
	const struct alert_rule *r = a->rule;

	s->at = now;
	TAILQ_REMOVE(&a->list, s, entry);
	TAILQ_INSERT_TAIL(&a->list, s, entry);
	(void)alert_wants(r, n, s->topics);
	if (s->title == NULL && n->title != NULL)
		s->title = xstrdup(n->title);
	if (s->url == NULL && n->url != NULL)
		s->url = xstrdup(n->url);
	if (note_text(s, n, now)) {
		json_decref(s->latest);
		s->latest = alert_link(n);
		if (json_array_size(s->links) < ALERT_LINKS)
			json_array_append(s->links, s->latest);
	}
	/* An edit counts when its item did not concern us before. */
	if (n->edit && s->items > 0)
		return;
	s->items++;
	note_time(s, MIN(r->items, (uint32_t)ALERT_MAX_ITEMS), now);
}

static int
by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int
by_text_time(const void *a, const void *b)
{
	const struct alert_text *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

static void
join_texts(struct alert_story *s, struct alert_story *from)
{
	for (size_t i = 0; i < from->ntexts; i++) {
		struct alert_text *t = &from->texts[i];
		bool known = false;

		for (size_t k = 0; k < s->ntexts && !known; k++)
			known = strcmp(s->texts[k].cluster, t->cluster) == 0;
		if (known) {
			free(t->cluster);
			free(t->origin);
		} else {
			*text_add(s) = *t;
		}
	}
	from->ntexts = 0;
	if (s->ntexts > 1)
		qsort(s->texts, s->ntexts, sizeof(*s->texts), by_text_time);
}

static void
join_times(
    struct alert *a, struct alert_story *s, const struct alert_story *from)
{
	size_t max = MIN(a->rule->items, (uint32_t)ALERT_MAX_ITEMS);

	for (size_t i = 0; i < from->ntimes; i++) {
		note_time(s, max, from->times[i]);
		qsort(s->times, s->ntimes, sizeof(*s->times), by_time);
	}
}

/* The older of two knows what it was called first. */
static void
take_head(struct alert_story *s, struct alert_story *from)
{
	char *title = s->title, *url = s->url;

	if (s->title != NULL && from->since >= s->since)
		return;
	if (from->title == NULL)
		return;
	s->title = from->title;
	s->url = from->url;
	from->title = title;
	from->url = url;
}

void
alert_story_join(
    struct alert *a, struct alert_story *s, struct alert_story *from)
{
	const json_t *v;
	size_t i;

	take_head(s, from);
	join_texts(s, from);
	join_times(a, s, from);
	json_array_foreach(from->topics, i, v)
	    alert_add_name(s->topics, json_string_value(v));
	json_array_foreach(from->links, i, v)
	{
		if (json_array_size(s->links) < ALERT_LINKS)
			json_array_append(
			    s->links, json_array_get(from->links, i));
	}
	if (s->latest == NULL || from->at > s->at) {
		json_decref(s->latest);
		s->latest = json_incref(from->latest);
	}
	s->since = MIN(s->since, from->since);
	s->items += from->items;
	s->fires += from->fires;
	s->fired = MAX(s->fired, from->fired);
	/* What was told of each was told. */
	s->items_then += from->items_then;
	s->origins_then = MAX(s->origins_then, from->origins_then);
	set_pending(a, s, s->pending || from->pending);
	alert_story_drop(a, from);
}

size_t
alert_story_origins(
    const struct alert_story *s, uint32_t within_s, int64_t now, json_t *names)
{
	const char *seen[ALERT_TEXTS];
	size_t n = 0, k;

	for (size_t i = 0; i < s->ntexts; i++) {
		const struct alert_text *t = &s->texts[i];

		if (t->origin[0] == '\0' ||
		    (within_s > 0 && alert_age(now, t->at) > within_s))
			continue;
		for (k = 0; k < n && strcmp(seen[k], t->origin) != 0; k++)
			;
		if (k < n)
			continue;
		seen[n++] = t->origin;
		if (names != NULL)
			json_array_append_new(names, json_string(t->origin));
	}
	return n;
}

static uint64_t
items_within(const struct alert_story *s, uint32_t within_s, int64_t now)
{
	uint64_t n = 0;

	if (within_s == 0)
		return s->items;
	for (size_t i = 0; i < s->ntimes; i++)
		n += alert_age(now, s->times[i]) <= within_s;
	return n;
}

static bool
is_reached(const struct alert_rule *r, const struct alert_story *s, int64_t now)
{
	if (r->origins > 0)
		return alert_story_origins(s, r->within_s, now, NULL) >=
		       r->origins;
	if (r->items > 0)
		return items_within(s, r->within_s, now) >= r->items;
	return r->every;
}

/* Has it grown enough since it was told? */
static bool
has_grown(const struct alert_rule *r, const struct alert_story *s, int64_t now)
{
	uint64_t is = s->items, was = s->items_then;

	if (r->again_after_s == 0 && r->again_grew == 0)
		return false;
	if (r->items == 0) {
		is = alert_story_origins(s, 0, now, NULL);
		was = s->origins_then;
	}
	return is >= was + MAX(r->again_grew, 1U);
}

/* In words: why now. */
static void
say_why(const struct alert_rule *r, const struct alert_story *s, int64_t now,
    char *why, size_t size)
{
	char within[40] = "", ago[40];
	size_t n = alert_story_origins(s, r->within_s, now, NULL);

	if (r->within_s > 0)
		alert_span(r->within_s, within, sizeof(within));
	if (s->fires > 0) {
		alert_span(
		    (uint64_t)alert_age(now, s->fired), ago, sizeof(ago));
		snprintf(why, size,
		    "it has grown to %s and %s since it was told %s ago",
		    PLURAL(alert_story_origins(s, 0, now, NULL), "origin",
			"origins"),
		    PLURAL(s->items, "item", "items"), ago);
	} else if (r->origins > 0) {
		snprintf(why, size, "%s%s%s", PLURAL(n, "origin", "origins"),
		    within[0] != '\0' ? " within " : "", within);
	} else if (r->items > 0) {
		snprintf(why, size, "%s%s%s",
		    PLURAL(items_within(s, r->within_s, now), "item", "items"),
		    within[0] != '\0' ? " within " : "", within);
	} else {
		snprintf(why, size, "a new story");
	}
}

/* What it is called: as it began, and once that was told as it is now. */
static void
put_head(json_t *o, const struct alert_story *s)
{
	const char *title = s->title, *url = s->url;

	if (s->fires > 0 && s->latest != NULL) {
		title = json_string_value(json_object_get(s->latest, "title"));
		url = json_string_value(json_object_get(s->latest, "url"));
	}
	json_object_set_new(
	    o, "title", title != NULL ? json_string(title) : json_null());
	json_object_set_new(
	    o, "url", url != NULL ? json_string(url) : json_null());
}

static json_t *
story_body(const struct alert_rule *r, const struct alert_story *s, int64_t now)
{
	json_t *names = json_array(), *o;
	char why[200];

	say_why(r, s, now, why, sizeof(why));
	o = alert_body(r, s->fires > 0 ? "again" : alert_trigger(r), why, now);
	json_object_set(o, "topics", s->topics);
	item_put_str(o, "story", s->id);
	put_head(o, s);
	(void)alert_story_origins(s, 0, now, names);
	json_object_set_new(o, "origins", names);
	json_object_set_new(o, "items", json_integer((json_int_t)s->items));
	json_object_set_new(o, "links", json_deep_copy(s->links));
	item_put_time(o, "first_seen", s->since);
	if (s->fires > 0)
		json_object_set_new(
		    o, "told_before", json_integer((json_int_t)s->fires));
	return o;
}

int
alert_story_judge(struct alert *a, struct alert_story *s, int64_t now,
    const struct alert_out *out)
{
	const struct alert_rule *r = a->rule;
	json_t *body;

	set_pending(a, s, false);
	if (s->fires == 0 ? !is_reached(r, s, now) : !has_grown(r, s, now))
		return 0;
	if (s->fires > 0 && alert_age(now, s->fired) < r->again_after_s) {
		set_pending(a, s, true);
		return 0;
	}
	body = story_body(r, s, now);
	s->fires++;
	s->fired = now;
	s->items_then = s->items;
	s->origins_then = alert_story_origins(s, 0, now, NULL);
	return alert_deliver(a, body, s->id, now, out);
}

/* --- as it is kept --- */

json_t *
alert_story_save(const struct alert_story *s)
{
	json_t *texts = json_array(), *times = json_array();
	json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
	    "since", (json_int_t)s->since, "at", (json_int_t)s->at, "items",
	    (json_int_t)s->items, "fires", (json_int_t)s->fires, "fired",
	    (json_int_t)s->fired, "items_then", (json_int_t)s->items_then,
	    "origins_then", (json_int_t)s->origins_then, "pending",
	    (int)s->pending);

	for (size_t i = 0; i < s->ntexts; i++)
		json_array_append_new(
		    texts, json_pack("[s, s, I]", s->texts[i].cluster,
			       s->texts[i].origin, (json_int_t)s->texts[i].at));
	for (size_t i = 0; i < s->ntimes; i++)
		json_array_append_new(
		    times, json_integer((json_int_t)s->times[i]));
	json_object_set_new(o, "texts", texts);
	json_object_set_new(o, "times", times);
	json_object_set(o, "topics", s->topics);
	json_object_set(o, "links", s->links);
	if (s->latest != NULL)
		json_object_set(o, "latest", s->latest);
	item_put_str(o, "title", s->title);
	item_put_str(o, "url", s->url);
	return o;
}

static void
load_lists(struct alert_story *s, const json_t *j)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(j, "texts"), i, v)
	{
		const char *cluster = json_string_value(json_array_get(v, 0));
		const char *origin = json_string_value(json_array_get(v, 1));
		struct alert_text *t;

		if (cluster == NULL || origin == NULL)
			continue;
		t = text_add(s);
		*t = (struct alert_text){ xstrdup(cluster), xstrdup(origin),
			json_integer_value(json_array_get(v, 2)) };
	}
	json_array_foreach(json_object_get(j, "times"), i, v)
	    note_time(s, ALERT_MAX_ITEMS, json_integer_value(v));
	json_array_foreach(json_object_get(j, "topics"), i, v)
	{
		if (json_is_string(v))
			alert_add_name(s->topics, json_string_value(v));
	}
	if (json_is_array(v = json_object_get(j, "links"))) {
		json_decref(s->links);
		s->links = json_deep_copy(v);
	}
	if (json_is_object(v = json_object_get(j, "latest")))
		s->latest = json_deep_copy(v);
}

static int64_t
get_int(const json_t *j, const char *key)
{
	return json_integer_value(json_object_get(j, key));
}

void
alert_story_load(struct alert *a, const char *id, const json_t *j, int64_t now)
{
	struct alert_story *s = alert_story_get(a, id, now);
	const char *title = json_string_value(json_object_get(j, "title"));
	const char *url = json_string_value(json_object_get(j, "url"));

	s->since = get_int(j, "since");
	s->at = get_int(j, "at");
	s->items = (uint64_t)get_int(j, "items");
	s->fires = (uint32_t)get_int(j, "fires");
	s->fired = get_int(j, "fired");
	s->items_then = (uint64_t)get_int(j, "items_then");
	s->origins_then = (uint64_t)get_int(j, "origins_then");
	s->title = title != NULL ? xstrdup(title) : NULL;
	s->url = url != NULL ? xstrdup(url) : NULL;
	load_lists(s, j);
	set_pending(a, s, json_is_true(json_object_get(j, "pending")));
}
