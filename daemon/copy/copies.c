/* copies.c - recognise syndicated copies of an item already seen. */
#include "copy/copies.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/candidates.h"
#include "copy/doc.h"
#include "copy/focus.h"
#include "copy/remembered.h"
#include "copy/signature.h"
#include "copy/story.h"
#include "copy/verdict.h"
#include "copy/weight.h"
#include "item/item.h"

#define MAX_VERIFY CANDIDATES_MAX /* the most that max_verify may be */
#define POSITIONS 0x7fffffffU     /* see postings.h */
#define ENTRY_BYTES 400           /* of ids and clusters, about */
#define AHEAD 2                   /* docs that are brought near */
#define SAME_NAME 16              /* items of one name that are looked at */

const struct copies_params copies_params_default = {
	.window_s = 72 * 3600,
	.max_items = 300000,
	.max_verify = 16,
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
	c->index = candidates_new(&p->key);
	c->stories = stories_new();
	c->latest = xcalloc(1, sizeof(*c->latest));
	c->focus = xcalloc(1, sizeof(*c->focus));
	c->size = 256;
	c->ring = xcalloc(c->size, sizeof(*c->ring));
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
	struct cluster *cl = e->cluster;

	cl->first = e->next; /* the oldest of all is the oldest of its own */
	if (cl->first_full == c->tail)
		cl->first_full = e->next_full;
	stories_unref(c->stories, cl);
	c->doc_bytes -= doc_size(e->doc);
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
	candidates_free(c->index);
	stories_free(c->stories);
	doc_free(c->latest->doc);
	free(c->latest);
	free(c->focus);
	free(c->ring);
	free(c);
}

/* The clock was wrong when these came: as if they came now. */
static void
come_now(struct copies *c, int64_t now)
{
	for (uint32_t p = c->tail; p < c->head; p++)
		entry_at(c, p)->arrived = MIN(entry_at(c, p)->arrived, now);
}

void
copies_expire(struct copies *c, int64_t now)
{
	uint32_t before = c->tail;
	int64_t window = c->params.window_s;

	if (c->tail < c->head &&
	    entry_at(c, c->head - 1)->arrived - window > now)
		come_now(c, now);
	while (
	    c->tail < c->head && entry_at(c, c->tail)->arrived + window < now)
		drop_oldest(c);
	if (c->tail != before)
		candidates_expire(c->index, c->tail);
}

size_t
copies_len(const struct copies *c)
{
	return c->head - c->tail;
}

void
remembered_identify(
    const struct copies *c, const struct item *it, struct entry *e)
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

/* The newest entry of this name; 0 if none. */
static uint32_t
newest(const struct copies *c, enum candidates_name kind, uint64_t value)
{
	uint32_t found[SAME_NAME];
	size_t n =
	    candidates_named(c->index, kind, value, found, ARRAY_LEN(found));

	for (size_t i = 0; i < n; i++) {
		const struct entry *e = entry_at(c, found[i]);

		if ((kind == NAME_IDENTITY ? e->identity : e->url) == value)
			return found[i];
	}
	return 0;
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
compare(const struct copies *c, const struct entry *me, int64_t now,
    uint32_t pos, struct outcome *out)
{
	const struct entry *e = entry_at(c, pos);

	out->pos = pos;
	features_compare(c->focus, e->doc, MAX(now - e->arrived, 0),
	    me->feed == e->feed, me->site != 0 && me->site == e->site, &out->f);
	out->verdict =
	    verdict_of(c->focus->d, e->doc, &out->f, &out->score, &out->why);
}

/*
 * The item that newcomers are held against: a full text leads better than the
 * summary that came first.
 */
static uint32_t
leader_of(const struct cluster *cl)
{
	return cl->first_full != 0 ? cl->first_full : cl->first;
}

/*
 * A copy joins a cluster when the leader agrees, or two members do: else one
 * odd member would chain what does not belong together.
 */
static bool
cluster_agrees(const struct copies *c, const struct entry *me, int64_t now,
    const struct outcome *best, const struct outcome *all, size_t n)
{
	const struct cluster *cl = entry_at(c, best->pos)->cluster;
	struct outcome leader;
	size_t members = 0;

	if (leader_of(cl) == best->pos)
		return true;
	for (size_t i = 0; i < n; i++) {
		members += all[i].verdict == VERDICT_COPY &&
			   entry_at(c, all[i].pos)->cluster == cl;
	}
	if (members >= 2)
		return true;
	compare(c, me, now, leader_of(cl), &leader);
	return leader.verdict == VERDICT_COPY;
}

/*
 * Do two others tell the event in their own words? Then an equal headline may
 * be chance.
 */
static bool
many_tell(const struct copies *c, const struct outcome *best,
    const struct outcome *all, size_t n)
{
	const struct cluster *cl = entry_at(c, best->pos)->cluster;
	const struct cluster *seen = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct cluster *other = entry_at(c, all[i].pos)->cluster;

		if (all[i].verdict != VERDICT_STORY || other == cl ||
		    other == seen)
			continue;
		if (seen != NULL)
			return true;
		seen = other;
	}
	return false;
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

/* Texts of two stories that say so before an item joins them. Of joins by two,
 * half were wrong on real items. */
#define JOIN_TEXTS 3

/* Do enough texts of a story say no less than "same event"? */
static bool
enough_of(const struct copies *c, const struct outcome *all, size_t n,
    const char *story)
{
	const struct cluster *seen[JOIN_TEXTS];
	size_t found = 0;

	for (size_t i = 0; i < n && found < JOIN_TEXTS; i++) {
		const struct cluster *cl = entry_at(c, all[i].pos)->cluster;
		size_t k = 0;

		if (all[i].verdict == VERDICT_NONE ||
		    all[i].verdict == VERDICT_EMBEDS ||
		    strcmp(cl->story, story) != 0)
			continue;
		while (k < found && seen[k] != cl)
			k++;
		if (k == found)
			seen[found++] = cl;
	}
	return found == JOIN_TEXTS;
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
 * report of several texts of each: less than that chains what is only near.
 */
static void
find_also(const struct copies *c, const struct outcome *best,
    const struct outcome *all, size_t n, struct copies_match *m)
{
	bool text = best->verdict >= VERDICT_UPDATE;
	bool enough = enough_of(c, all, n, m->story);

	if (best->verdict == VERDICT_EMBEDS || (!text && !enough))
		return;
	for (size_t i = 0; i < n && m->nalso < COPIES_MAX_ALSO; i++) {
		const char *story = entry_at(c, all[i].pos)->cluster->story;

		if (all[i].verdict == VERDICT_NONE ||
		    all[i].verdict == VERDICT_EMBEDS ||
		    strcmp(story, m->story) == 0 || in_also(m, story))
			continue;
		if ((text && all[i].verdict >= VERDICT_UPDATE) ||
		    (enough && enough_of(c, all, n, story)))
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

/*
 * How long a story is open: to all that is about the event; to what is also
 * like the text that began it; and to what is much like one of its texts too.
 * Seconds since that text came. Without a bound a war is one story.
 */
#define STORY_OPEN_S (8 * 3600)
#define STORY_LIKE_S (30 * 3600)
#define STORY_END_S (48 * 3600)
#define STORY_LIKE 0.13F /* cosine with the text that began it */
#define STORY_MUCH 0.30F /* and with the text of it that is nearest */

/* May an item that reports the event of this outcome join its story? */
static bool
story_holds(const struct copies *c, const struct entry *me, int64_t now,
    const struct outcome *o)
{
	const struct cluster *cl = entry_at(c, o->pos)->cluster;
	const struct cluster *first = stories_find(c->stories, cl->story);
	struct outcome like;
	int64_t age;

	if (first == cl)
		return true;
	if (first == NULL)
		return false; /* out of the window */
	age = now - entry_at(c, first->first)->arrived;
	if (age <= STORY_OPEN_S)
		return true;
	if (age > STORY_END_S || (age > STORY_LIKE_S && o->f.c < STORY_MUCH))
		return false;
	compare(c, me, now, leader_of(first), &like);
	return like.f.c >= STORY_LIKE;
}

static const struct outcome *
best_of(const struct outcome *all, size_t n)
{
	const struct outcome *best = NULL;

	for (size_t i = 0; i < n; i++) {
		if (best == NULL || all[i].verdict > best->verdict ||
		    (all[i].verdict == best->verdict &&
			all[i].score > best->score))
			best = &all[i];
	}
	return best;
}

/* The best outcome whose story the item may join, where it reports one. */
static const struct outcome *
best_that_holds(const struct copies *c, const struct entry *me, int64_t now,
    struct outcome *all, size_t n)
{
	const struct outcome *best = best_of(all, n);

	while (best != NULL && best->verdict == VERDICT_STORY &&
	       !story_holds(c, me, now, best)) {
		const char *story = entry_at(c, best->pos)->cluster->story;

		for (size_t i = 0; i < n; i++) {
			if (strcmp(entry_at(c, all[i].pos)->cluster->story,
				story) == 0)
				all[i].verdict = VERDICT_NONE;
		}
		best = best_of(all, n);
	}
	return best;
}

/* Fill *m from the best of the outcomes. */
static void
decide(const struct copies *c, const struct item *it, const struct entry *me,
    int64_t now, struct outcome *all, size_t n, struct copies_match *m)
{
	const struct outcome *best;
	const struct entry *e;

	for (size_t i = 0; i < n; i++) {
		if (all[i].verdict == VERDICT_COPY &&
		    (!cluster_agrees(c, me, now, &all[i], all, n) ||
			(verdict_by_headline(c->focus->d,
			     entry_at(c, all[i].pos)->doc, &all[i].f) &&
			    many_tell(c, &all[i], all, n))))
			all[i].verdict = VERDICT_STORY;
	}
	best = best_that_holds(c, me, now, all, n);
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
	uint32_t pos = newest(c, NAME_IDENTITY, me->identity);
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

/* A page that is written on for days, each time under a new title. */
static bool
is_live(const struct item *it, const struct doc *a, const struct doc *b)
{
	return ((a->marks | b->marks) & SIGNATURE_GENERIC) != 0 ||
	       strstr(it->canonical, "/live") != NULL;
}

/* Two items at one address: a copy unless they tell different things. */
static void
see_same_url(const struct copies *c, const struct item *it, const struct doc *d,
    const struct entry *me, int64_t now, struct outcome *o)
{
	const struct doc *old = entry_at(c, o->pos)->doc;
	bool bare = d->form == DOC_TITLE || old->form == DOC_TITLE;

	compare(c, me, now, o->pos, o);
	if (o->f.same_body || o->f.same_title || o->f.c >= 0.35F ||
	    (bare && (!is_live(it, d, old) || o->f.ts >= 0.25F))) {
		o->verdict = VERDICT_COPY;
		o->why = "same-url";
		o->score += 2.0F;
	} else if (o->verdict < VERDICT_UPDATE) {
		o->verdict = VERDICT_UPDATE;
		o->why = "same-url, other text";
	}
}

/* Is the latest doc that of s, by the counts of this moment? */
static bool
is_latest(const struct copies *c, const struct signature *s)
{
	const struct latest *l = c->latest;
	const struct doc *d = l->doc;

	return d != NULL && l->serial == weights_serial(c->weights) &&
	       l->nidf == (uint32_t)s->ntitle + s->nbody &&
	       d->title_hash == s->title_hash && d->body_hash == s->body_hash &&
	       d->body_words == s->body_words && d->anti == s->anti &&
	       d->marks == s->marks && d->agency == s->agency;
}

const struct doc *
remembered_weigh(const struct copies *c, const struct signature *s)
{
	struct latest *l = c->latest;

	if (is_latest(c, s))
		return l->doc;
	doc_free(l->doc);
	doc_weigh(s, c->weights, l->idf);
	l->doc = doc_make(s, c->weights, l->idf);
	l->nidf = (uint32_t)s->ntitle + s->nbody;
	l->serial = weights_serial(c->weights);
	return l->doc;
}

void
copies_lookup(const struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, struct copies_match *m)
{
	struct outcome all[MAX_VERIFY + 1];
	uint32_t best[MAX_VERIFY], by_url = 0;
	const struct doc *d;
	struct entry me;
	size_t n;

	memset(m, 0, sizeof(*m));
	match_set(m, RELATION_NEW, "", it->id);
	snprintf(m->cluster, sizeof(m->cluster), "%s", it->id);
	remembered_identify(c, it, &me);
	if (is_again(c, it, &me, m))
		return;
	d = remembered_weigh(c, s);
	focus_set(c->focus, d);
	n = candidates_find(c->index, d, c->params.max_verify, best);
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(entry_at(c, best[i])->doc);
	if (me.url != 0)
		by_url = newest(c, NAME_URL, me.url);
	for (size_t i = 0; i < MIN(n, AHEAD); i++)
		doc_expect(entry_at(c, best[i])->doc);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			doc_expect(entry_at(c, best[i + AHEAD])->doc);
		compare(c, &me, now, best[i], &all[i]);
	}
	if (by_url != 0) {
		all[n].pos = by_url;
		see_same_url(c, it, d, &me, now, &all[n++]);
	}
	decide(c, it, &me, now, all, n, m);
}

static void
grow(struct copies *c)
{
	size_t size = c->size * 2;
	struct entry *ring = xcalloc(size, sizeof(*ring));

	for (uint32_t p = c->tail; p < c->head; p++)
		ring[p & (size - 1)] = *entry_at(c, p);
	free(c->ring);
	c->ring = ring;
	c->size = size;
}

/* The cluster of a decided item, with a reference. */
static struct cluster *
cluster_for(struct copies *c, const char *item_id, const struct copies_match *m)
{
	const char *id = m->relation == RELATION_COPY ? m->of : item_id;

	if (m->cluster[0] != '\0')
		id = m->cluster;
	return stories_ref(
	    c->stories, id, m->story[0] != '\0' ? m->story : item_id);
}

/* The one at `pos` is the newest of its cluster. */
static void
join(struct copies *c, struct cluster *cl, uint32_t pos, bool full)
{
	if (cl->first == 0)
		cl->first = pos;
	else
		entry_at(c, cl->last)->next = pos;
	cl->last = pos;
	if (!full)
		return;
	if (cl->first_full == 0)
		cl->first_full = pos;
	else
		entry_at(c, cl->last_full)->next_full = pos;
	cl->last_full = pos;
}

/* Room for one more at c->head. */
static void
make_room(struct copies *c)
{
	uint32_t before = c->tail;

	for (; copies_len(c) >= c->params.max_items; c->evicted++)
		drop_oldest(c);
	if (c->tail != before)
		candidates_expire(c->index, c->tail);
	if (c->head == POSITIONS) { /* after decades: begin anew */
		while (c->tail < c->head)
			drop_oldest(c);
		candidates_free(c->index);
		c->index = candidates_new(&c->params.key);
		c->head = c->tail = 1;
	}
	if (c->head - c->tail == c->size)
		grow(c);
}

void
remembered_add(struct copies *c, const struct entry *given, struct doc *d,
    const struct particulars *p, const struct copies_match *m)
{
	struct entry *e;

	make_room(c);
	e = entry_at(c, c->head);
	*e = *given;
	/* In the order in which they came, whatever the clock did. */
	if (c->tail < c->head)
		e->arrived = MAX(e->arrived, entry_at(c, c->head - 1)->arrived);
	e->doc = d;
	e->id = xstrdup(p->id);
	e->of = xstrdup(m->of);
	e->cluster = cluster_for(c, p->id, m);
	c->doc_bytes += doc_size(d);
	stories_credit(e->cluster, p->origin, p->agency);
	join(c, e->cluster, c->head, d->form == DOC_FULL);
	candidates_add(c->index, d, c->head);
	candidates_add_name(c->index, NAME_IDENTITY, e->identity, c->head);
	if (e->url != 0)
		candidates_add_name(c->index, NAME_URL, e->url, c->head);
	c->head++;
	if (p->serial < weights_serial(c->weights))
		return; /* it is in the counts that were loaded */
	weights_skip(c->weights, p->serial);
	for (size_t i = 0; i < d->nwords; i++)
		weights_count_word(c->weights, d->words[i].hash);
	weights_count_doc(c->weights);
}

void
copies_insert(struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, const struct copies_match *m)
{
	const struct particulars p = {
		.id = it->id,
		.origin = it->origin,
		.agency = it->origin_agency,
		.serial = weights_serial(c->weights),
	};
	struct entry e;

	if (m->relation == RELATION_KNOWN)
		return;
	remembered_identify(c, it, &e);
	e.arrived = now;
	(void)remembered_weigh(c, s);
	remembered_add(c, &e, c->latest->doc, &p, m);
	c->latest->doc = NULL;
}

void
copies_stats(const struct copies *c, struct copies_stats *st)
{
	size_t n = copies_len(c);

	*st = (struct copies_stats){
		.items = n,
		.bytes = c->doc_bytes + candidates_bytes(c->index) +
			 c->size * sizeof(struct entry) + n * ENTRY_BYTES,
		.evicted = c->evicted,
		.oldest = n > 0 ? entry_at(c, c->tail)->arrived : 0,
	};
}
