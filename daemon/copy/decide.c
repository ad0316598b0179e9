/* decide.c - what a newcomer is, from all that it was compared with. */
#include <stdio.h>
#include <string.h>

#include "base/macros.h"
#include "copy/copies.h"
#include "copy/doc.h"
#include "copy/focus.h"
#include "copy/outcome.h"
#include "copy/remembered.h"
#include "copy/story.h"
#include "copy/verdict.h"
#include "item/item.h"

/*
 * The item that newcomers are held against: a full text leads better than the
 * summary that came first.
 */
static uint32_t
leader_of(const struct copies *c, struct cluster *cl)
{
	uint32_t full = remembered_first_full(c, cl);

	return full != 0 ? full : remembered_first(c, cl);
}

/*
 * A copy joins a cluster when the leader agrees, or two members do: else one
 * odd member would chain what does not belong together.
 */
static bool
cluster_agrees(const struct copies *c, const struct entry *me, int64_t now,
    const struct outcome *best, const struct outcome *all, size_t n)
{
	struct cluster *cl = remembered_at(c, best->pos)->cluster;
	struct outcome leader;
	size_t members = 0;

	if (leader_of(c, cl) == best->pos)
		return true;
	for (size_t i = 0; i < n; i++) {
		members += all[i].verdict == VERDICT_COPY &&
			   remembered_at(c, all[i].pos)->cluster == cl;
	}
	if (members >= 2)
		return true;
	outcome_compare(c, me, now, leader_of(c, cl), &leader);
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
	const struct cluster *cl = remembered_at(c, best->pos)->cluster;
	const struct cluster *seen = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct cluster *other =
		    remembered_at(c, all[i].pos)->cluster;

		if (all[i].verdict != VERDICT_STORY || other == cl ||
		    other == seen)
			continue;
		if (seen != NULL)
			return true;
		seen = other;
	}
	return false;
}

/* A newer version by what it tells, or by the site itself. */
static bool
is_revision(const struct outcome *o)
{
	return o->verdict == VERDICT_UPDATE &&
	       (o->f.moved > 0 || o->f.same_feed);
}

/*
 * Is the cluster's text known in an older version, of which this is a newer
 * one? What was cut from the older lacks what is new; so a copy of the cut
 * alone it is not.
 */
static bool
is_newer(const struct copies *c, const struct entry *me, int64_t now,
    const struct outcome *copy, const struct outcome *all, size_t n)
{
	const struct entry *e = remembered_at(c, copy->pos);
	uint32_t leader = leader_of(c, e->cluster);
	bool seen = leader == copy->pos;
	struct outcome first;

	for (size_t i = 0; i < n; i++) {
		const struct entry *other = remembered_at(c, all[i].pos);

		seen |= all[i].pos == leader;
		if (other->cluster == e->cluster && is_revision(&all[i]) &&
		    other->doc->body_words >= e->doc->body_words / 2)
			return true;
	}
	if (seen)
		return false;
	outcome_compare(c, me, now, leader, &first);
	return is_revision(&first);
}

void
match_set(
    struct copies_match *m, enum relation r, const char *of, const char *story)
{
	m->relation = r;
	snprintf(m->of, sizeof(m->of), "%s", of);
	snprintf(m->story, sizeof(m->story), "%s", story);
}

/* It is the cluster's text: so is its writer. */
void
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
		const struct cluster *cl =
		    remembered_at(c, all[i].pos)->cluster;
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
	const struct cluster *cl = remembered_at(c, o->pos)->cluster;
	struct cluster *first = stories_find(c->stories, cl->story, c->tail);
	struct outcome like;
	int64_t age;

	if (first == cl)
		return true;
	if (first == NULL)
		return false; /* out of the window */
	age = now - remembered_at(c, remembered_first(c, first))->arrived;
	if (age <= STORY_OPEN_S)
		return true;
	if (age > STORY_END_S || (age > STORY_LIKE_S && o->f.c < STORY_MUCH))
		return false;
	outcome_compare(c, me, now, leader_of(c, first), &like);
	return like.f.c >= STORY_LIKE;
}

/*
 * Two stories are one when an item is a version of a text of each, or a
 * report of several texts of each, which are still open to it: less than that
 * chains what is only near.
 */
static void
find_also(const struct copies *c, const struct entry *me, int64_t now,
    const struct outcome *best, const struct outcome *all, size_t n,
    struct copies_match *m)
{
	bool text = best->verdict >= VERDICT_UPDATE;
	bool enough = enough_of(c, all, n, m->story);

	if (best->verdict == VERDICT_EMBEDS || (!text && !enough))
		return;
	for (size_t i = 0; i < n && m->nalso < COPIES_MAX_ALSO; i++) {
		const char *story =
		    remembered_at(c, all[i].pos)->cluster->story;

		if (all[i].verdict == VERDICT_NONE ||
		    all[i].verdict == VERDICT_EMBEDS ||
		    strcmp(story, m->story) == 0 || in_also(m, story))
			continue;
		if ((text && all[i].verdict >= VERDICT_UPDATE) ||
		    (enough && enough_of(c, all, n, story) &&
			story_holds(c, me, now, &all[i])))
			snprintf(m->also[m->nalso++], sizeof(m->also[0]), "%s",
			    story);
	}
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
		const char *story = remembered_at(c, best->pos)->cluster->story;

		for (size_t i = 0; i < n; i++) {
			if (strcmp(remembered_at(c, all[i].pos)->cluster->story,
				story) == 0)
				all[i].verdict = VERDICT_NONE;
		}
		best = best_of(all, n);
	}
	return best;
}

/* Fill *m from the best of the outcomes. */
void
outcome_decide(const struct copies *c, const struct item *it,
    const struct entry *me, int64_t now, struct outcome *all, size_t n,
    struct copies_match *m)
{
	const struct outcome *best;
	const struct entry *e;

	for (size_t i = 0; i < n; i++) {
		if (all[i].verdict == VERDICT_COPY &&
		    (!cluster_agrees(c, me, now, &all[i], all, n) ||
			(verdict_by_headline(c->focus->d,
			     remembered_at(c, all[i].pos)->doc, &all[i].f) &&
			    many_tell(c, &all[i], all, n))))
			all[i].verdict = VERDICT_STORY;
	}
	for (size_t i = 0; i < n; i++) {
		if (all[i].verdict == VERDICT_COPY && !all[i].f.same_body &&
		    is_newer(c, me, now, &all[i], all, n)) {
			all[i].verdict = VERDICT_UPDATE;
			all[i].score = 0.0F;
		}
	}
	best = best_that_holds(c, me, now, all, n);
	if (best == NULL || best->verdict == VERDICT_NONE)
		return;
	e = remembered_at(c, best->pos);
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
	find_also(c, me, now, best, all, n, m);
}
