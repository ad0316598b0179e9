/* alert.c - the engine: items in, alerts out, state by the names of alerts. */
#include "pipeline/alert.h"

#include <stdlib.h>
#include <string.h>

#include "base/hmap.h"
#include "base/xmalloc.h"
#include "item/item_json.h"
#include "pipeline/alert_priv.h"

static struct alert *
alert_make(const char *name)
{
	struct alert *a = xcalloc(1, sizeof(*a));

	a->name = xstrdup(name);
	a->stories = hmap_new();
	a->rates = hmap_new();
	a->held = json_array();
	TAILQ_INIT(&a->list);
	return a;
}

static void
alert_forget(struct alert *a)
{
	hmap_free(a->stories, alert_story_free);
	hmap_free(a->rates, alert_rate_free);
	json_decref(a->held);
	free(a->name);
	free(a);
}

struct alerts *
alerts_new(void)
{
	return xcalloc(1, sizeof(struct alerts));
}

void
alerts_free(struct alerts *al)
{
	if (al == NULL)
		return;
	for (size_t i = 0; i < al->n; i++)
		alert_forget(al->v[i]);
	free(al->v);
	free(al);
}

static struct alert *
find(const struct alerts *al, const char *name)
{
	for (size_t i = 0; i < al->n; i++)
		if (strcmp(al->v[i]->name, name) == 0)
			return al->v[i];
	return NULL;
}

static struct alert *
get(struct alerts *al, const char *name)
{
	struct alert *a = find(al, name);

	if (a != NULL)
		return a;
	a = alert_make(name);
	al->v = xreallocarray(al->v, al->n + 1, sizeof(struct alert *));
	al->v[al->n++] = a;
	return a;
}

void
alerts_configure(
    struct alerts *al, const struct alert_rule *const *rules, size_t n)
{
	for (size_t i = 0; i < al->n; i++)
		al->v[i]->rule = NULL;
	for (size_t i = 0; i < n; i++)
		get(al, rules[i]->name)->rule = rules[i];
}

void
alerts_restore(struct alerts *al, const char *alert, const char *subject,
    const json_t *state, int64_t now)
{
	struct alert *a = get(al, alert); /* one that is gone, to drop it */

	if (subject[0] == '\0')
		alert_load(a, state);
	else if (strncmp(subject, "s:", 2) == 0)
		alert_story_load(a, subject + 2, state, now);
	else if (strncmp(subject, "t:", 2) == 0)
		alert_rate_load(a, subject + 2, state, now);
}

/* --- stories --- */

static int
story_keep(const struct alert *a, const struct alert_story *s, const char *id,
    const struct alert_out *out)
{
	char *subject = xasprintf("s:%s", id);
	json_t *o = s != NULL ? alert_story_save(s) : NULL;
	int rc = out->keep(out->cookie, a->name, subject, o);

	json_decref(o);
	free(subject);
	return rc;
}

static int
story_forget(
    struct alert *a, struct alert_story *s, const struct alert_out *out)
{
	int rc = story_keep(a, NULL, s->id, out);

	alert_story_drop(a, s);
	return rc;
}

/* Two stories have turned out to be one. */
static int
join(struct alert *a, const struct alert_news *n, int64_t now,
    const struct alert_out *out)
{
	for (size_t i = 0; i < n->njoined; i++) {
		struct alert_story *from = hmap_get(a->stories, n->joined[i]);
		struct alert_story *s;

		if (from == NULL || strcmp(n->joined[i], n->story) == 0)
			continue;
		s = alert_story_get(a, n->story, now);
		if (story_keep(a, NULL, from->id, out) == -1)
			return -1;
		alert_story_join(a, s, from);
	}
	return 0;
}

static int
story_see(struct alert *a, const struct alert_news *n, int64_t now,
    const struct alert_out *out)
{
	bool wanted = !n->old && alert_wants(a->rule, n, NULL);
	struct alert_story *s;

	if (n->njoined > 0 && join(a, n, now, out) == -1)
		return -1;
	if (!wanted && n->njoined == 0)
		return 0;
	s = wanted ? alert_story_get(a, n->story, now)
		   : hmap_get(a->stories, n->story);
	if (s == NULL)
		return 0;
	if (n->old)
		return story_keep(a, s, s->id, out);
	if (wanted)
		alert_story_note(a, s, n, now);
	if (hmap_len(a->stories) > ALERT_STORIES &&
	    story_forget(a, TAILQ_FIRST(&a->list), out) == -1)
		return -1;
	if (alert_story_judge(a, s, now, out) == -1)
		return -1;
	return story_keep(a, s, s->id, out);
}

int
alerts_see(struct alerts *al, const struct alert_news *n, int64_t now,
    const struct alert_out *out)
{
	for (size_t i = 0; i < al->n; i++) {
		struct alert *a = al->v[i];
		int rc = 0;

		if (a->rule == NULL)
			continue;
		if (a->rule->rate == 0)
			rc = story_see(a, n, now, out);
		else if (!n->copy && !n->edit && !n->old)
			rc = alert_rate_see(a, n, now, out);
		if (rc == -1)
			return -1;
	}
	return 0;
}

/* --- time --- */

static bool
is_old(const struct alert *a, const struct alert_story *s, int64_t now)
{
	int64_t keep = MAX((int64_t)ALERT_KEEP_S, (int64_t)a->rule->within_s);

	keep = MAX(keep, (int64_t)a->rule->again_after_s);
	return alert_age(now, s->at) > keep;
}

static bool
pending_due(const struct alert *a, int64_t now)
{
	const struct alert_story *s;

	if (a->npending == 0)
		return false;
	TAILQ_FOREACH (s, &a->list, entry)
		if (s->pending &&
		    alert_age(now, s->fired) >= a->rule->again_after_s)
			return true;
	return false;
}

static bool
rates_due(const struct alert *a, int64_t now)
{
	return a->rule->rate > 0 && hmap_len(a->rates) > 0 &&
	       (now < a->rates_kept ||
		   now - a->rates_kept >= ALERT_RATES_KEEP_S);
}

bool
alerts_due(const struct alerts *al, int64_t now)
{
	for (size_t i = 0; i < al->n; i++) {
		const struct alert *a = al->v[i];

		if (a->rule == NULL)
			return true; /* to be forgotten */
		if ((!TAILQ_EMPTY(&a->list) &&
			is_old(a, TAILQ_FIRST(&a->list), now)) ||
		    (alert_held_due(a, now) <= now &&
			!alert_is_quiet(a->rule, now)) ||
		    pending_due(a, now) || rates_due(a, now))
			return true;
	}
	return false;
}

/* Its rows go, and it. */
static int
drop_gone(struct alerts *al, size_t i, const struct alert_out *out)
{
	struct alert *a = al->v[i];

	if (out->keep(out->cookie, a->name, NULL, NULL) == -1)
		return -1;
	alert_forget(a);
	al->v[i] = al->v[--al->n];
	return 0;
}

static int
tick_stories(struct alert *a, int64_t now, const struct alert_out *out)
{
	struct alert_story *s;

	while ((s = TAILQ_FIRST(&a->list)) != NULL && is_old(a, s, now))
		if (story_forget(a, s, out) == -1)
			return -1;
	if (!pending_due(a, now))
		return 0;
	TAILQ_FOREACH (s, &a->list, entry) {
		if (!s->pending)
			continue;
		if (alert_story_judge(a, s, now, out) == -1 ||
		    story_keep(a, s, s->id, out) == -1)
			return -1;
	}
	return 0;
}

int
alerts_tick(struct alerts *al, int64_t now, const struct alert_out *out)
{
	for (size_t i = al->n; i-- > 0;) {
		struct alert *a = al->v[i];

		if (a->rule == NULL) {
			if (drop_gone(al, i, out) == -1)
				return -1;
			continue;
		}
		if (tick_stories(a, now, out) == -1 ||
		    alert_held_release(a, now, out) == -1 ||
		    (rates_due(a, now) && alert_rates_keep(a, now, out) == -1))
			return -1;
	}
	return 0;
}

/* --- status --- */

static json_t *
status_of(const struct alert *a, int64_t now)
{
	const struct alert_rule *r = a->rule;
	int64_t due = alert_held_due(a, now);
	uint64_t held = json_array_size(a->held) + a->held_more;
	json_t *o = json_pack("{s:s, s:s, s:I, s:b, s:I, s:I, s:I, s:I}",
	    "name", a->name, "trigger", alert_trigger(r), "told",
	    (json_int_t)a->told, "quiet", (int)alert_is_quiet(r, now), "held",
	    (json_int_t)held, "dropped", (json_int_t)a->dropped, "stories",
	    (json_int_t)hmap_len(a->stories), "waiting",
	    (json_int_t)a->npending);
	json_t *to = json_array();

	for (size_t i = 0; i < r->nto; i++)
		json_array_append_new(to, json_string(r->to[i]));
	json_object_set_new(o, "to", to);
	json_object_set_new(o, "last", json_null());
	json_object_set_new(o, "next", json_null());
	if (a->last > 0)
		item_put_time(o, "last", a->last);
	if (due != INT64_MAX)
		item_put_time(o, "next", MAX(due, now));
	return o;
}

json_t *
alerts_status(const struct alerts *al, int64_t now)
{
	json_t *list = json_array();

	for (size_t i = 0; i < al->n; i++)
		if (al->v[i]->rule != NULL)
			json_array_append_new(list, status_of(al->v[i], now));
	return list;
}
