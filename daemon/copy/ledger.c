/* ledger.c - what was told so far of each text and each story. */
#include "copy/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/arena.h"
#include "base/hmap.h"
#include "base/xmalloc.h"

#define MAX_ORIGINS 200 /* of a story; more are not counted */

struct story {
	char *id;
	struct story *into; /* the story that it was joined to */
	uint32_t refs;      /* texts, and stories joined to it */
	int64_t since;
	uint64_t items;
	struct ledger_topic *topics;
	struct ledger_origin *origins;
	size_t ntopics, norigins;
};

struct text {
	TAILQ_ENTRY(text) link; /* by their last item */
	char *id;
	struct story *story;
	int64_t last;
	uint32_t weight;
	const char *origin;
	bool agency;
	struct ledger_topic *topics;
	size_t ntopics;
};

struct ledger {
	struct hmap *texts, *stories, *names;
	TAILQ_HEAD(, text) order;
	uint32_t window_s;
	size_t max_texts, njoined;
};

struct ledger *
ledger_new(uint32_t window_s, size_t max_texts)
{
	struct ledger *l = xcalloc(1, sizeof(*l));

	l->texts = hmap_new();
	l->stories = hmap_new();
	l->names = hmap_new();
	TAILQ_INIT(&l->order);
	l->window_s = window_s;
	l->max_texts = max_texts;
	return l;
}

static void
story_unref(struct ledger *l, struct story *st)
{
	while (st != NULL && --st->refs == 0) {
		struct story *into = st->into;

		(void)hmap_del(l->stories, st->id);
		l->njoined -= into != NULL;
		free(st->id);
		free(st->topics);
		free(st->origins);
		free(st);
		st = into;
	}
}

static void
drop_first(struct ledger *l)
{
	struct text *t = TAILQ_FIRST(&l->order);

	TAILQ_REMOVE(&l->order, t, link);
	(void)hmap_del(l->texts, t->id);
	story_unref(l, t->story);
	free(t->id);
	free(t->topics);
	free(t);
}

void
ledger_free(struct ledger *l)
{
	if (l == NULL)
		return;
	while (!TAILQ_EMPTY(&l->order))
		drop_first(l);
	hmap_free(l->texts, NULL);
	hmap_free(l->stories, NULL);
	hmap_free(l->names, free);
	free(l);
}

void
ledger_expire(struct ledger *l, int64_t now)
{
	const int64_t window = l->window_s;
	struct text *t;

	while ((t = TAILQ_FIRST(&l->order)) != NULL) {
		if (t->last > now + window) /* the clock was wrong */
			t->last = now;
		if (t->last >= now - window)
			break;
		drop_first(l);
	}
}

size_t
ledger_texts(const struct ledger *l)
{
	return hmap_len(l->texts);
}

size_t
ledger_stories(const struct ledger *l)
{
	return hmap_len(l->stories) - l->njoined;
}

/* What it was joined to, at last. */
static struct story *
root(struct story *st)
{
	while (st != NULL && st->into != NULL)
		st = st->into;
	return st;
}

/* Names of topics and origins are few, and kept for good. */
static const char *
name_of(struct ledger *l, const char *s)
{
	char *kept = hmap_get(l->names, s);

	if (kept == NULL) {
		kept = xstrdup(s);
		(void)hmap_put(l->names, s, kept);
	}
	return kept;
}

/* --- considering --- */

/* A growing list of topics or origins; there is room for all. */
static void
add_topic(struct ledger_topic *v, size_t *n, const struct ledger_topic *t)
{
	for (size_t i = 0; i < *n; i++) {
		if (strcmp(v[i].name, t->name) != 0)
			continue;
		if (t->level >= v[i].level) {
			v[i].level = t->level;
			v[i].score = t->score;
		}
		return;
	}
	v[(*n)++] = *t;
}

static bool
add_origin(struct ledger_change *c, const char *name, uint32_t texts)
{
	if (name[0] == '\0')
		return false;
	for (size_t i = 0; i < c->norigins; i++) {
		if (strcmp(c->origins[i].name, name) == 0) {
			c->origins[i].texts += texts;
			return false;
		}
	}
	if (c->norigins == MAX_ORIGINS)
		return false;
	c->origins[c->norigins++] = (struct ledger_origin){ name, texts };
	return true;
}

/* A text was credited to somebody else: one less. */
static bool
take_origin(struct ledger_change *c, const char *name)
{
	for (size_t i = 0; i < c->norigins; i++) {
		struct ledger_origin *o = &c->origins[i];

		if (strcmp(o->name, name) != 0)
			continue;
		if (--o->texts > 0)
			return false;
		memmove(o, o + 1, (c->norigins - i - 1) * sizeof(*o));
		c->norigins--;
		return true;
	}
	return false;
}

struct considering {
	const struct ledger_news *n;
	struct arena *a;
	const struct text *text;                    /* NULL = it begins one */
	struct story *stories[COPIES_MAX_ALSO + 1]; /* roots; first its own */
	size_t nstories;
	struct ledger_change *c;
};

static void
add_story(struct considering *co, struct story *st)
{
	if ((st = root(st)) == NULL)
		return;
	for (size_t i = 0; i < co->nstories; i++) {
		if (co->stories[i] == st)
			return;
	}
	co->stories[co->nstories++] = st;
}

/* The oldest keeps its name. */
static void
consider_story(struct considering *co, int64_t now)
{
	struct ledger_change *c = co->c;
	size_t oldest = 0, topics = co->n->ntopics;

	c->since = c->at = now;
	c->story = arena_strdup(co->a, co->n->match->story);
	for (size_t i = 0; i < co->nstories; i++) {
		const struct story *st = co->stories[i];
		const struct story *old = co->stories[oldest];

		topics += st->ntopics;
		c->items += st->items;
		if (st->since < old->since ||
		    (st->since == old->since && strcmp(st->id, old->id) < 0))
			oldest = i;
	}
	c->story_topics = arena_calloc(co->a, topics, sizeof(*c->topics));
	c->origins =
	    arena_calloc(co->a, MAX_ORIGINS, sizeof(struct ledger_origin));
	for (size_t i = 0; i < co->nstories; i++) {
		const struct story *st = co->stories[i];

		if (i == oldest) {
			c->story = st->id;
			c->since = st->since;
		} else
			c->joined[c->njoined++] = st->id;
		for (size_t k = 0; k < st->ntopics; k++)
			add_topic(
			    c->story_topics, &c->nstory_topics, &st->topics[k]);
		for (size_t k = 0; k < st->norigins; k++)
			add_origin(
			    c, st->origins[k].name, st->origins[k].texts);
	}
	for (size_t k = 0; k < co->n->ntopics; k++)
		add_topic(
		    c->story_topics, &c->nstory_topics, &co->n->topics[k]);
	c->items += !co->n->again;
}

/* An agency that one copy credits wrote all of them. */
static void
consider_origin(struct considering *co)
{
	const struct text *t = co->text;
	const struct ledger_news *n = co->n;
	struct ledger_change *c = co->c;
	bool gone;

	c->origin = t != NULL ? t->origin : "";
	c->agency = t != NULL && t->agency;
	if (t == NULL || c->origin[0] == '\0') {
		c->origin = n->origin;
		c->agency = n->agency;
		c->grew = add_origin(c, n->origin, 1) && co->nstories > 0;
	} else if (n->agency && !t->agency) {
		c->origin = n->origin;
		c->agency = true;
		gone = take_origin(c, t->origin);
		c->grew = add_origin(c, n->origin, 1) && !gone;
	}
}

static void
consider_topics(struct considering *co)
{
	const struct text *t = co->text;
	const struct ledger_news *n = co->n;
	struct ledger_change *c = co->c;
	size_t have = t != NULL ? t->ntopics : 0;
	bool copy = n->match->relation == RELATION_COPY;

	c->weight = n->weight;
	if (t != NULL && t->weight > c->weight)
		c->weight = t->weight;
	c->preferred = copy && t != NULL && n->weight > t->weight;
	c->topics = arena_calloc(co->a, have + n->ntopics, sizeof(*c->topics));
	c->fresh = arena_calloc(co->a, n->ntopics, sizeof(*c->fresh));
	if (have > 0)
		memcpy(c->topics, t->topics, have * sizeof(*c->topics));
	c->ntopics = have;
	for (size_t i = 0; i < n->ntopics; i++) {
		uint8_t before = 0;

		for (size_t k = 0; k < have && !c->preferred; k++) {
			if (strcmp(t->topics[k].name, n->topics[i].name) == 0)
				before = t->topics[k].level;
		}
		if (copy && t != NULL && n->topics[i].level > before)
			c->fresh[i] = (uint8_t)(1 + before);
		add_topic(c->topics, &c->ntopics, &n->topics[i]);
	}
}

void
ledger_consider(const struct ledger *l, const struct ledger_news *n,
    int64_t now, struct arena *a, struct ledger_change *c)
{
	const struct copies_match *m = n->match;
	struct considering co = { .n = n, .a = a, .c = c };

	memset(c, 0, sizeof(*c));
	c->cluster = arena_strdup(a, m->cluster);
	co.text = hmap_get(l->texts, m->cluster);
	add_story(&co,
	    co.text != NULL ? co.text->story : hmap_get(l->stories, m->story));
	for (uint8_t i = 0; i < m->nalso; i++)
		add_story(&co, hmap_get(l->stories, m->also[i]));
	consider_story(&co, now);
	consider_origin(&co);
	consider_topics(&co);
}

/* --- applying --- */

static struct ledger_topic *
copy_topics(struct ledger *l, const struct ledger_topic *v, size_t n)
{
	struct ledger_topic *own = xcalloc(n + 1, sizeof(*own));

	for (size_t i = 0; i < n; i++) {
		own[i] = v[i];
		own[i].name = name_of(l, v[i].name);
	}
	return own;
}

static struct story *
apply_story(struct ledger *l, const struct ledger_change *c)
{
	struct story *st = root(hmap_get(l->stories, c->story));
	void *topics, *origins;

	if (st == NULL) {
		st = xcalloc(1, sizeof(*st));
		st->id = xstrdup(c->story);
		(void)hmap_put(l->stories, st->id, st);
	}
	st->since = c->since;
	st->items = c->items;
	/* What is taken over may be what the change points to. */
	topics = st->topics;
	st->topics = copy_topics(l, c->story_topics, c->nstory_topics);
	st->ntopics = c->nstory_topics;
	origins = st->origins;
	st->origins = xcalloc(c->norigins + 1, sizeof(*st->origins));
	for (size_t i = 0; i < c->norigins; i++) {
		st->origins[i] = c->origins[i];
		st->origins[i].name = name_of(l, c->origins[i].name);
	}
	st->norigins = c->norigins;
	free(topics);
	free(origins);
	return st;
}

static void
join(struct ledger *l, struct story *st, const char *id)
{
	struct story *other = root(hmap_get(l->stories, id));

	if (other == NULL || other == st)
		return;
	other->into = st;
	st->refs++;
	l->njoined++;
}

void
ledger_apply(struct ledger *l, const struct ledger_change *c)
{
	struct text *t = hmap_get(l->texts, c->cluster);
	struct story *st = apply_story(l, c);
	void *topics;

	for (size_t i = 0; i < c->njoined; i++)
		join(l, st, c->joined[i]);
	if (t == NULL) {
		t = xcalloc(1, sizeof(*t));
		t->id = xstrdup(c->cluster);
		(void)hmap_put(l->texts, t->id, t);
		t->story = st;
		st->refs++;
	} else
		TAILQ_REMOVE(&l->order, t, link);
	if (root(t->story) != st) { /* only damaged rows say so */
		st->refs++;
		story_unref(l, t->story);
		t->story = st;
	}
	TAILQ_INSERT_TAIL(&l->order, t, link);
	t->last = c->at;
	t->weight = c->weight;
	t->origin = name_of(l, c->origin);
	t->agency = c->agency;
	topics = t->topics;
	t->topics = copy_topics(l, c->topics, c->ntopics);
	t->ntopics = c->ntopics;
	free(topics);
	while (hmap_len(l->texts) > l->max_texts)
		drop_first(l);
}

/* --- to compare --- */

static json_t *
dump_topics(const struct ledger_topic *v, size_t n)
{
	json_t *o = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(o, v[i].name,
		    json_pack("[i, i]", (int)v[i].level, (int)v[i].score));
	return o;
}

json_t *
ledger_dump(const struct ledger *l)
{
	json_t *texts = json_object(), *stories = json_object(), *origins;
	const struct story *st;
	const struct text *t;
	void *value;

	for (size_t pos = 0; hmap_next(l->texts, &pos, NULL, NULL, &value);) {
		t = value;
		json_object_set_new(texts, t->id,
		    json_pack("{s:s, s:I, s:I, s:s, s:b, s:o}", "story",
			root(t->story)->id, "last", (json_int_t)t->last,
			"weight", (json_int_t)t->weight, "origin", t->origin,
			"agency", t->agency, "topics",
			dump_topics(t->topics, t->ntopics)));
	}
	for (size_t pos = 0; hmap_next(l->stories, &pos, NULL, NULL, &value);) {
		st = value;
		if (st->into != NULL)
			continue;
		origins = json_object();
		for (size_t i = 0; i < st->norigins; i++)
			json_object_set_new(origins, st->origins[i].name,
			    json_integer(st->origins[i].texts));
		json_object_set_new(stories, st->id,
		    json_pack("{s:I, s:I, s:o, s:o}", "since",
			(json_int_t)st->since, "items", (json_int_t)st->items,
			"origins", origins, "topics",
			dump_topics(st->topics, st->ntopics)));
	}
	return json_pack("{s:o, s:o}", "texts", texts, "stories", stories);
}
