/* copies.c - recognise syndicated copies of an item already seen. */
#include "copy/copies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/doc.h"
#include "copy/postings.h"
#include "copy/signature.h"
#include "copy/story.h"
#include "copy/verdict.h"
#include "copy/weight.h"
#include "item/item.h"

#define FEW_SHINGLES 60 /* with fewer all are keys, else one in four */
#define KEY_WORDS 12    /* heaviest words that are keys */
#define VOTE_SHINGLE 1.0F
#define VOTE_WORD 1.5F
#define VOTE_TITLE 6.0F
#define VOTE_MIN 1.0F
#define MAX_VERIFY 64 /* the most that max_verify may be */

enum key_kind {
	KEY_SHINGLE = 1,
	KEY_WORD,
	KEY_TITLE,
	KEY_BODY,
	KEY_URL,
	KEY_IDENTITY,
};

/* One remembered item. */
struct entry {
	struct doc *doc;
	struct cluster *cluster;
	char *id;
	char *of; /* what its decision named, "" if nothing */
	uint64_t url, site, identity, content, feed;
	int64_t arrived;
};

struct copies {
	struct copies_params params;
	struct weights *weights;
	struct postings *index;
	struct stories *stories;
	/* Positions grow from 1; entries stand at position % size. */
	struct entry *ring;
	size_t size;
	uint32_t head, tail; /* next to give, oldest remembered */
	float *votes;        /* by place in the ring; all 0 between lookups */
};

const struct copies_params copies_params_default = {
	.window_s = 72 * 3600,
	.max_items = 300000,
	.max_verify = 24,
};

static const char *const names[] = {
	[RELATION_NEW] = "new",
	[RELATION_COPY] = "copy",
	[RELATION_UPDATE] = "update",
	[RELATION_EMBEDS] = "embeds",
	[RELATION_KNOWN] = "known",
};

const char *
relation_name(enum relation r)
{
	return names[r];
}

bool
relation_parse(const char *s, enum relation *r)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], s) == 0) {
			*r = (enum relation)i;
			return true;
		}
	}
	return false;
}

struct copies *
copies_new(const struct copies_params *p)
{
	struct copies *c;

	if (p->window_s == 0 || p->max_items == 0 || p->max_verify == 0 ||
	    p->max_verify > MAX_VERIFY || p->max_items > 1U << 30) {
		errno = EINVAL;
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->params = *p;
	c->weights = weights_new(&p->key);
	c->index = postings_new();
	c->stories = stories_new();
	c->size = 256;
	c->ring = xcalloc(c->size, sizeof(*c->ring));
	c->votes = xcalloc(c->size, sizeof(*c->votes));
	c->head = c->tail = 1;
	return c;
}

static struct entry *
entry_at(const struct copies *c, uint32_t pos)
{
	return &c->ring[pos & (c->size - 1)];
}

static void
drop_oldest(struct copies *c)
{
	struct entry *e = entry_at(c, c->tail);

	if (e->cluster->leader == c->tail)
		e->cluster->leader = 0;
	stories_unref(c->stories, e->cluster);
	doc_free(e->doc);
	free(e->id);
	free(e->of);
	memset(e, 0, sizeof(*e));
	c->tail++;
}

void
copies_free(struct copies *c)
{
	if (c == NULL)
		return;
	while (c->tail < c->head)
		drop_oldest(c);
	weights_free(c->weights);
	postings_free(c->index);
	stories_free(c->stories);
	free(c->ring);
	free(c->votes);
	free(c);
}

void
copies_expire(struct copies *c, int64_t now)
{
	uint32_t before = c->tail;

	while (
	    c->tail < c->head &&
	    entry_at(c, c->tail)->arrived + (int64_t)c->params.window_s < now)
		drop_oldest(c);
	if (c->tail != before)
		postings_expire(c->index, c->tail);
}

size_t
copies_len(const struct copies *c)
{
	return c->head - c->tail;
}

static uint32_t
key_of(const struct copies *c, enum key_kind kind, uint64_t value)
{
	return (uint32_t)(hash_mix(hash_mix(c->params.key.k[1], kind), value) >>
			  32);
}

/* The identifying hashes of an item into *e. */
static void
identify(const struct copies *c, const struct item *it, struct entry *e)
{
	const struct hash_key *key = &c->params.key;
	const char *host;

	memset(e, 0, sizeof(*e));
	e->feed = hash_str(key, it->feed != NULL ? it->feed : "");
	e->identity = hash_mix(e->feed, it->identity);
	e->content = it->content;
	if (it->canonical == NULL)
		return;
	e->url = hash_str(key, it->canonical);
	/* Canonical URLs begin with "https://". */
	host = it->canonical + MIN(strlen(it->canonical), strlen("https://"));
	e->site = hash_bytes(key, host, strcspn(host, "/"));
}

/* The newest entry with this key for which `same` holds; 0 if none. */
static uint32_t
newest(const struct copies *c, enum key_kind kind, uint64_t value)
{
	uint32_t found[POSTINGS_LIST_MAX];
	size_t n = postings_get(
	    c->index, key_of(c, kind, value), found, ARRAY_LEN(found));

	for (size_t i = 0; i < n; i++) {
		const struct entry *e = entry_at(c, found[i]);

		if ((kind == KEY_IDENTITY ? e->identity : e->url) == value)
			return found[i];
	}
	return 0;
}

/* The heaviest words of a doc, KEY_WORDS at most, by their hashes. */
static size_t
key_words(const struct doc *d, uint32_t out[KEY_WORDS])
{
	uint32_t weight[KEY_WORDS];
	size_t n = 0;

	for (size_t i = 0; i < d->nwords; i++) {
		size_t at = n;

		if (n == KEY_WORDS && d->words[i].weight <= weight[n - 1])
			continue;
		if (n < KEY_WORDS)
			n++;
		else
			at = n - 1;
		while (at > 0 && weight[at - 1] < d->words[i].weight) {
			weight[at] = weight[at - 1];
			out[at] = out[at - 1];
			at--;
		}
		weight[at] = d->words[i].weight;
		out[at] = d->words[i].hash;
	}
	return n;
}

/* Call `each` for every key by which similar texts are found. */
static void
each_key(const struct copies *c, const struct doc *d,
    void (*each)(void *cookie, uint32_t key, float vote), void *cookie)
{
	uint32_t words[KEY_WORDS];
	size_t n = key_words(d, words);

	for (size_t i = 0; i < d->nshingles; i++) {
		uint32_t h = d->shingles[i].hash;

		if (d->nshingles < FEW_SHINGLES || h % 4 == 0)
			each(cookie, key_of(c, KEY_SHINGLE, h), VOTE_SHINGLE);
	}
	for (size_t i = 0; i < n; i++)
		each(cookie, key_of(c, KEY_WORD, words[i]), VOTE_WORD);
	if (d->title_hash != 0)
		each(cookie, key_of(c, KEY_TITLE, d->title_hash), VOTE_TITLE);
}

struct voting {
	const struct copies *c;
	uint32_t *touched;
	size_t n, size;
};

static void
vote_cb(void *cookie, uint32_t key, float vote)
{
	struct voting *v = cookie;
	const struct copies *c = v->c;
	uint32_t found[POSTINGS_LIST_MAX];
	size_t n = postings_get(c->index, key, found, ARRAY_LEN(found));

	vote /= 1.0F + 0.02F * (float)n;
	for (size_t i = 0; i < n; i++) {
		float *place = &c->votes[found[i] & (c->size - 1)];

		if (*place == 0.0F) {
			if (v->n == v->size) {
				v->size *= 2;
				v->touched = xreallocarray(
				    v->touched, v->size, sizeof(*v->touched));
			}
			v->touched[v->n++] = found[i];
		}
		*place += vote;
	}
}

/* The max_verify entries that share the most with d; answers how many. */
static size_t
candidates(const struct copies *c, const struct doc *d, uint32_t *best)
{
	struct voting v = { .c = c, .size = 1024 };
	float votes[MAX_VERIFY];
	size_t n = 0;

	v.touched = xreallocarray(NULL, v.size, sizeof(*v.touched));
	each_key(c, d, vote_cb, &v);
	for (size_t i = 0; i < v.n; i++) {
		float *place = &c->votes[v.touched[i] & (c->size - 1)];
		float vote = *place;
		size_t at = n;

		*place = 0.0F;
		if (vote < VOTE_MIN || (n == c->params.max_verify &&
					   (n == 0 || vote <= votes[n - 1])))
			continue;
		if (n < c->params.max_verify)
			n++;
		else
			at = n - 1;
		while (at > 0 && votes[at - 1] < vote) {
			votes[at] = votes[at - 1];
			best[at] = best[at - 1];
			at--;
		}
		votes[at] = vote;
		best[at] = v.touched[i];
	}
	free(v.touched);
	return n;
}

/* One comparison and what came of it. */
struct outcome {
	enum verdict verdict;
	float score;
	const char *why;
	struct features f;
	uint32_t pos; /* of the older one */
};

static void
compare(const struct copies *c, const struct doc *d, const struct entry *me,
    int64_t now, uint32_t pos, struct outcome *out)
{
	const struct entry *e = entry_at(c, pos);

	out->pos = pos;
	features_compare(d, e->doc, now - e->arrived, me->feed == e->feed,
	    me->site != 0 && me->site == e->site, &out->f);
	out->verdict = verdict_of(d, e->doc, &out->f, &out->score, &out->why);
}

/*
 * A copy joins a cluster when the leader agrees, or two members do: else one
 * odd member would chain what does not belong together.
 */
static bool
cluster_agrees(const struct copies *c, const struct doc *d,
    const struct entry *me, int64_t now, const struct outcome *best,
    const struct outcome *all, size_t n)
{
	const struct cluster *cl = entry_at(c, best->pos)->cluster;
	struct outcome leader;
	size_t members = 0;

	if (cl->leader == 0 || cl->leader == best->pos || cl->refs == 1)
		return true;
	for (size_t i = 0; i < n; i++) {
		members += all[i].verdict == VERDICT_COPY &&
			   entry_at(c, all[i].pos)->cluster == cl;
	}
	if (members >= 2)
		return true;
	compare(c, d, me, now, cl->leader, &leader);
	return leader.verdict == VERDICT_COPY;
}

static void
match_set(
    struct copies_match *m, enum relation r, const char *of, const char *story)
{
	m->relation = r;
	snprintf(m->of, sizeof(m->of), "%s", of);
	snprintf(m->story, sizeof(m->story), "%s", story);
}

/* It is the cluster's text: so is its writer. */
static void
match_origin(struct copies_match *m, const struct cluster *cl)
{
	snprintf(m->origin, sizeof(m->origin), "%s",
	    cl->origin != NULL ? cl->origin : "");
}

static void
match_reason(struct copies_match *m, const struct outcome *o)
{
	const struct features *f = &o->f;

	snprintf(m->reason, sizeof(m->reason),
	    "%s w=%.2f c=%.2f t=%.2f r=%.2f o=%.2f nc=%.2f ld=%.2f", o->why,
	    (double)f->w, (double)f->c, (double)f->ts, (double)f->r,
	    (double)f->o, (double)f->nc, (double)f->lead);
}

/* Distinct clusters of a story that say no less than "same event". */
static size_t
clusters_of(const struct copies *c, const struct outcome *all, size_t n,
    const char *story)
{
	const struct cluster *seen[2] = { NULL, NULL };
	size_t found = 0;

	for (size_t i = 0; i < n && found < ARRAY_LEN(seen); i++) {
		const struct cluster *cl = entry_at(c, all[i].pos)->cluster;

		if (all[i].verdict == VERDICT_NONE ||
		    all[i].verdict == VERDICT_EMBEDS || cl == seen[0] ||
		    strcmp(cl->story, story) != 0)
			continue;
		seen[found++] = cl;
	}
	return found;
}

static bool
in_also(const struct copies_match *m, const char *story)
{
	for (uint8_t i = 0; i < m->nalso; i++) {
		if (strcmp(m->also[i], story) == 0)
			return true;
	}
	return false;
}

/*
 * Two stories are one when an item is a version of a text of each, or a
 * report of two texts of each: less than that would chain events together.
 */
static void
find_also(const struct copies *c, const struct outcome *best,
    const struct outcome *all, size_t n, struct copies_match *m)
{
	bool text = best->verdict >= VERDICT_UPDATE;

	if (best->verdict == VERDICT_EMBEDS ||
	    (!text && clusters_of(c, all, n, m->story) < 2))
		return;
	for (size_t i = 0; i < n && m->nalso < COPIES_MAX_ALSO; i++) {
		const char *story = entry_at(c, all[i].pos)->cluster->story;

		if (all[i].verdict == VERDICT_NONE ||
		    all[i].verdict == VERDICT_EMBEDS ||
		    strcmp(story, m->story) == 0 || in_also(m, story))
			continue;
		if (text ? all[i].verdict >= VERDICT_UPDATE
			 : clusters_of(c, all, n, story) >= 2)
			snprintf(m->also[m->nalso++], sizeof(m->also[0]), "%s",
			    story);
	}
}

static const enum relation relations[] = {
	[VERDICT_NONE] = RELATION_NEW,
	[VERDICT_STORY] = RELATION_NEW,
	[VERDICT_EMBEDS] = RELATION_EMBEDS,
	[VERDICT_UPDATE] = RELATION_UPDATE,
	[VERDICT_COPY] = RELATION_COPY,
};

/* Fill *m from the best of the outcomes. */
static void
decide(const struct copies *c, const struct item *it, const struct doc *d,
    const struct entry *me, int64_t now, struct outcome *all, size_t n,
    struct copies_match *m)
{
	const struct outcome *best = NULL;
	const struct entry *e;

	for (size_t i = 0; i < n; i++) {
		if (all[i].verdict == VERDICT_COPY &&
		    !cluster_agrees(c, d, me, now, &all[i], all, n))
			all[i].verdict = VERDICT_STORY;
		if (best == NULL || all[i].verdict > best->verdict ||
		    (all[i].verdict == best->verdict &&
			all[i].score > best->score))
			best = &all[i];
	}
	if (best == NULL || best->verdict == VERDICT_NONE)
		return;
	e = entry_at(c, best->pos);
	match_reason(m, best);
	switch (best->verdict) {
	case VERDICT_COPY:
		match_set(m, RELATION_COPY, e->cluster->id, e->cluster->story);
		match_origin(m, e->cluster);
		snprintf(m->cluster, sizeof(m->cluster), "%s", e->cluster->id);
		break;
	case VERDICT_EMBEDS: /* a round-up is no report of the event */
		match_set(m, RELATION_EMBEDS, e->id, it->id);
		break;
	case VERDICT_STORY:
		match_set(m, RELATION_NEW, "", e->cluster->story);
		break;
	default:
		match_set(
		    m, relations[best->verdict], e->id, e->cluster->story);
		match_origin(m, e->cluster);
		break;
	}
	find_also(c, best, all, n, m);
}

/* The same item again, as it is or changed? */
static bool
is_again(const struct copies *c, const struct item *it, const struct entry *me,
    struct copies_match *m)
{
	uint32_t pos = newest(c, KEY_IDENTITY, me->identity);
	const struct entry *e;

	if (pos == 0)
		return false;
	e = entry_at(c, pos);
	if (e->content == it->content) {
		match_set(m, RELATION_KNOWN, e->of, e->cluster->story);
		snprintf(m->reason, sizeof(m->reason), "same-item");
	} else {
		match_set(m, RELATION_UPDATE, e->id, e->cluster->story);
		match_origin(m, e->cluster);
		snprintf(m->reason, sizeof(m->reason), "same-item, new text");
	}
	snprintf(m->cluster, sizeof(m->cluster), "%s", e->cluster->id);
	return true;
}

/* Two items at one address: a copy unless they tell different things. */
static void
see_same_url(const struct copies *c, const struct doc *d,
    const struct entry *me, int64_t now, struct outcome *o)
{
	const struct doc *old = entry_at(c, o->pos)->doc;

	compare(c, d, me, now, o->pos, o);
	if (o->f.same_body || o->f.same_title || o->f.c >= 0.35F ||
	    d->form == DOC_TITLE || old->form == DOC_TITLE) {
		o->verdict = VERDICT_COPY;
		o->why = "same-url";
		o->score += 2.0F;
	} else if (o->verdict < VERDICT_UPDATE) {
		o->verdict = VERDICT_UPDATE;
		o->why = "same-url, other text";
	}
}

void
copies_lookup(const struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, struct copies_match *m)
{
	struct outcome all[MAX_VERIFY + 1];
	uint32_t best[MAX_VERIFY], by_url = 0;
	struct entry me;
	struct doc *d;
	size_t n;

	memset(m, 0, sizeof(*m));
	match_set(m, RELATION_NEW, "", it->id);
	snprintf(m->cluster, sizeof(m->cluster), "%s", it->id);
	identify(c, it, &me);
	if (is_again(c, it, &me, m))
		return;
	d = doc_make(s, c->weights);
	n = candidates(c, d, best);
	if (me.url != 0)
		by_url = newest(c, KEY_URL, me.url);
	for (size_t i = 0; i < n; i++)
		compare(c, d, &me, now, best[i], &all[i]);
	if (by_url != 0) {
		all[n].pos = by_url;
		see_same_url(c, d, &me, now, &all[n++]);
	}
	decide(c, it, d, &me, now, all, n, m);
	doc_free(d);
}

struct adding {
	struct copies *c;
	uint32_t pos;
};

static void
add_cb(void *cookie, uint32_t key, float vote)
{
	struct adding *ad = cookie;

	(void)vote;
	postings_add(ad->c->index, key, ad->pos);
}

static void
grow(struct copies *c)
{
	size_t size = c->size * 2;
	struct entry *ring = xcalloc(size, sizeof(*ring));

	for (uint32_t p = c->tail; p < c->head; p++)
		ring[p & (size - 1)] = *entry_at(c, p);
	free(c->ring);
	free(c->votes);
	c->ring = ring;
	c->size = size;
	c->votes = xcalloc(size, sizeof(*c->votes));
}

/* The cluster of a decided item, with a reference. */
static struct cluster *
cluster_for(
    struct copies *c, const struct item *it, const struct copies_match *m)
{
	const char *id = m->relation == RELATION_COPY ? m->of : it->id;

	if (m->cluster[0] != '\0')
		id = m->cluster;
	return stories_ref(
	    c->stories, id, m->story[0] != '\0' ? m->story : it->id);
}

/* A full text leads better than the summary that came first. */
static void
see_leader(struct copies *c, struct cluster *cl, const struct doc *d)
{
	if (cl->leader == 0 ||
	    (entry_at(c, cl->leader)->doc->form != DOC_FULL &&
		d->form == DOC_FULL))
		cl->leader = c->head;
}

void
copies_insert(struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, const struct copies_match *m)
{
	struct adding ad;
	struct entry *e;

	if (m->relation == RELATION_KNOWN)
		return;
	copies_expire(c, now);
	while (copies_len(c) >= c->params.max_items)
		drop_oldest(c);
	postings_expire(c->index, c->tail);
	if (c->head - c->tail == c->size)
		grow(c);
	e = entry_at(c, c->head);
	identify(c, it, e);
	e->doc = doc_make(s, c->weights);
	e->id = xstrdup(it->id);
	e->of = xstrdup(m->of);
	e->arrived = now;
	e->cluster = cluster_for(c, it, m);
	stories_credit(e->cluster, it->origin, it->origin_agency);
	see_leader(c, e->cluster, e->doc);
	ad.c = c;
	ad.pos = c->head++;
	each_key(c, e->doc, add_cb, &ad);
	add_cb(&ad, key_of(c, KEY_IDENTITY, e->identity), 0);
	if (e->url != 0)
		add_cb(&ad, key_of(c, KEY_URL, e->url), 0);
	for (size_t i = 0; i < e->doc->nwords; i++)
		weights_count_word(c->weights, e->doc->words[i].hash);
	weights_count_doc(c->weights);
}
