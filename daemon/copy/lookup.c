/* lookup.c - is an item among those remembered, or like one of them? */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "copy/candidates.h"
#include "copy/copies.h"
#include "copy/doc.h"
#include "copy/focus.h"
#include "copy/outcome.h"
#include "copy/remembered.h"
#include "copy/signature.h"
#include "copy/story.h"
#include "copy/weight.h"
#include "item/item.h"

#define OF_CLUSTER 4 /* texts of one that are compared */
#define AHEAD 2      /* docs that are brought near */
#define SAME_NAME 16 /* items of one name that are looked at */

/* The newest entry of this name; 0 if none. */
static uint32_t
newest(const struct copies *c, enum candidates_name kind, uint64_t value)
{
	uint32_t found[SAME_NAME];
	size_t n =
	    candidates_named(c->index, kind, value, found, ARRAY_LEN(found));

	for (size_t i = 0; i < n; i++) {
		const struct entry *e = remembered_at(c, found[i]);

		if ((kind == NAME_IDENTITY ? e->identity : e->url) == value)
			return found[i];
	}
	return 0;
}

void
outcome_compare(const struct copies *c, const struct entry *me, int64_t now,
    uint32_t pos, struct outcome *out)
{
	const struct entry *e = remembered_at(c, pos);

	out->pos = pos;
	features_compare(c->focus, e->doc, MAX(now - e->arrived, 0),
	    me->feed == e->feed, me->site != 0 && me->site == e->site, &out->f);
	out->verdict =
	    verdict_of(c->focus->d, e->doc, &out->f, &out->score, &out->why);
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
	e = remembered_at(c, pos);
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
	const struct doc *old = remembered_at(c, o->pos)->doc;
	bool bare = d->form == DOC_TITLE || old->form == DOC_TITLE;

	outcome_compare(c, me, now, o->pos, o);
	if (o->verdict == VERDICT_UPDATE && o->f.moved > 0)
		return;
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

/*
 * Of the best n, those to compare: `max` at most, and of each cluster a few,
 * as many versions of one text would crowd out all others. How many.
 */
static size_t
choose(const struct copies *c, uint32_t *best, size_t n, size_t max)
{
	const struct cluster *of[CANDIDATES_MAX];
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		remembered_expect(c, best[i]);
	for (size_t i = 0; i < n && kept < max; i++) {
		const struct cluster *cl = remembered_at(c, best[i])->cluster;
		size_t same = 0;

		for (size_t k = 0; k < kept; k++)
			same += of[k] == cl;
		if (same == OF_CLUSTER)
			continue;
		of[kept] = cl;
		best[kept++] = best[i];
	}
	return kept;
}

void
copies_lookup(const struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, struct copies_match *m)
{
	struct outcome all[CANDIDATES_MAX + 1];
	uint32_t best[CANDIDATES_MAX], by_url = 0;
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
	n = MIN(2 * c->params.max_verify, CANDIDATES_MAX);
	n = candidates_find(c->index, d, n, best);
	n = choose(c, best, n, c->params.max_verify);
	for (size_t i = 0; i < n; i++)
		doc_expect_head(remembered_at(c, best[i])->doc);
	if (me.url != 0)
		by_url = newest(c, NAME_URL, me.url);
	for (size_t i = 0; i < MIN(n, AHEAD); i++)
		doc_expect(remembered_at(c, best[i])->doc);
	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			doc_expect(remembered_at(c, best[i + AHEAD])->doc);
		outcome_compare(c, &me, now, best[i], &all[i]);
	}
	if (by_url != 0) {
		all[n].pos = by_url;
		see_same_url(c, it, d, &me, now, &all[n++]);
	}
	outcome_decide(c, it, &me, now, all, n, m);
}
