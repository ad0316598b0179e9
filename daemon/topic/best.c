/* best.c - where a match counts most, and its words. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "text/token.h"
#include "topic/match.h"

static const int32_t boosts[ZONE_COUNT] = {
	[ZONE_TITLE] = 3,
	[ZONE_LEAD] = 2,
	[ZONE_BODY] = 1,
	[ZONE_TAIL] = 1,
	[ZONE_META] = 1,
};

static struct match_best
best_of_spans(const struct match *m, const struct spans *l)
{
	struct match_best best = { 0 };

	for (size_t i = 0; i < l->n; i++) {
		uint8_t zone = m->tk->v[l->v[i].s].zone;
		int32_t boost = l->v[i].caps ? 1 : boosts[zone];

		if (boost <= best.boost)
			continue;
		best.boost = boost;
		best.zone = zone;
		best.caps = l->v[i].caps;
		best.span = l->v[i];
	}
	return best;
}

static int
best_cmp(const void *pa, const void *pb)
{
	const struct match_best *a = pa, *b = pb;

	return (a->boost < b->boost) - (a->boost > b->boost);
}

/*
 * Over the whole item a group counts as its weakest needed part: `all` as the
 * last of its parts, `any` as its first, `atleast n` as its nth.
 */
static struct match_best
best_of_group(struct match *m, const struct node *nd)
{
	const uint32_t *kids = m->ts->kids + nd->kids;
	struct match_best *v = arena_calloc(m->a, nd->nkids + 1, sizeof(*v));
	struct match_best neutral = {
		.boost = 1, .zone = ZONE_BODY, .neutral = true
	};
	uint32_t n = 0, nth;

	for (uint32_t i = 0; i < nd->nkids; i++) {
		struct match_best b;

		if (!match_yes(m, kids[i]))
			continue;
		b = match_best(m, kids[i]);
		if (!b.neutral)
			v[n++] = b;
	}
	if (n == 0)
		return neutral;
	qsort(v, n, sizeof(*v), best_cmp);
	nth = nd->op == NODE_ALL   ? n
	      : nd->op == NODE_ANY ? 1
				   : MIN(nd->need, n);
	return v[nth - 1];
}

struct match_best
match_best(struct match *m, uint32_t id)
{
	const struct node *nd = &m->ts->nodes[id];
	struct match_best neutral = {
		.boost = 1, .zone = ZONE_BODY, .neutral = true
	};

	if (nd->flags & NODE_SPANS)
		return best_of_spans(m, &match_node(m, id)->spans);
	if (nd->op == NODE_NOT || nd->op == NODE_EVERY)
		return neutral;
	return best_of_group(m, nd);
}

/* --- the words ---------------------------------------------------------- */

/* The first span of a list inside w, from token `from` on. */
static const struct span *
span_inside(const struct spans *l, const struct span *w, uint32_t from)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (l->v[mid].s < from)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->v[lo].e <= w->e ? &l->v[lo] : NULL;
}

static void
words_inside(
    struct match *m, uint32_t id, const struct span *w, struct spans *out)
{
	const struct node *nd = &m->ts->nodes[id];
	const uint32_t *kids = m->ts->kids + nd->kids;
	uint32_t from = w->s;
	const struct span *sp;

	if (nd->op == NODE_TERM) {
		spans_add(m->a, out, *w);
		return;
	}
	for (uint32_t i = 0; i < nd->nkids; i++) {
		sp = span_inside(&match_node(m, kids[i])->spans, w, from);
		if (sp == NULL)
			continue;
		words_inside(m, kids[i], sp, out);
		if (nd->op == NODE_ANY)
			return;
		if (nd->flags & NODE_ORDERED)
			from = sp->e + 1;
	}
}

void
match_words(struct match *m, uint32_t id, struct spans *out)
{
	const struct node *nd = &m->ts->nodes[id];
	const uint32_t *kids = m->ts->kids + nd->kids;

	if (nd->flags & NODE_SPANS) {
		struct match_best b = match_best(m, id);

		words_inside(m, id, &b.span, out);
		return;
	}
	if (nd->op == NODE_NOT || nd->op == NODE_EVERY)
		return;
	for (uint32_t i = 0; i < nd->nkids; i++) {
		if (match_yes(m, kids[i]))
			match_words(m, kids[i], out);
	}
}
