/* span.c - join, window and subtract lists of matches. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "text/token.h"
#include "topic/rules.h"
#include "topic/set.h"
#include "topic/span.h"

void
spans_add(struct arena *a, struct spans *l, struct span sp)
{
	if (l->n == l->size) {
		size_t size = l->size == 0 ? 4 : l->size * 2;

		l->v = arena_grow(
		    a, l->v, l->size * sizeof(*l->v), size * sizeof(*l->v));
		l->size = size;
	}
	l->v[l->n++] = sp;
}

/* Start up, then end down: walked backwards, the shortest comes first. */
static int
span_cmp(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;

	if (a->s != b->s)
		return a->s < b->s ? -1 : 1;
	if (a->e != b->e)
		return a->e > b->e ? -1 : 1;
	return (a->caps < b->caps) - (a->caps > b->caps);
}

void
spans_by_start(struct spans *l)
{
	for (size_t i = 1; i < l->n; i++) {
		if (span_cmp(&l->v[i - 1], &l->v[i]) > 0) {
			qsort(l->v, l->n, sizeof(*l->v), span_cmp);
			return;
		}
	}
}

void
spans_minimal(struct spans *l)
{
	uint32_t least = UINT32_MAX;
	size_t at = l->n;

	spans_by_start(l);
	for (size_t i = l->n; i-- > 0;) {
		if (l->v[i].e < least) {
			least = l->v[i].e;
			l->v[--at] = l->v[i];
		}
	}
	l->n -= at;
	if (at > 0)
		memmove(l->v, l->v + at, l->n * sizeof(*l->v));
}

bool
span_fits(const struct tokens *tk, uint32_t s, uint32_t e, int32_t within)
{
	const struct token *a = &tk->v[s], *b = &tk->v[e];

	switch (within) {
	case RULES_WITHIN_SENTENCE:
		return a->sentence == b->sentence;
	case RULES_WITHIN_PARAGRAPH:
		return a->paragraph == b->paragraph;
	case WITHIN_FIELD:
		return a->field == b->field;
	default:
		return a->field == b->field &&
		       b->pos - a->pos < (uint32_t)within;
	}
}

/* End up, then start up. */
static int
behind_cmp(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;

	if (a->e != b->e)
		return a->e < b->e ? -1 : 1;
	if (a->s != b->s)
		return a->s < b->s ? -1 : 1;
	return (a->caps > b->caps) - (a->caps < b->caps);
}

void
spans_by_end(struct spans *l)
{
	for (size_t i = 1; i < l->n; i++) {
		if (behind_cmp(&l->v[i - 1], &l->v[i]) > 0) {
			qsort(l->v, l->n, sizeof(*l->v), behind_cmp);
			return;
		}
	}
}

/* The shortest of `prev`, up to i, that ends at most `gap` words before b. */
static const struct span *
join_best(const struct tokens *tk, const struct spans *prev, size_t i,
    const struct span *b, uint32_t gap)
{
	const struct token *t = &tk->v[b->s];
	const struct span *best = NULL;

	for (i++; i-- > 0;) {
		const struct span *f = &prev->v[i];
		const struct token *e = &tk->v[f->e];

		if (f->e >= b->s || e->sentence != t->sentence ||
		    t->pos - e->pos > gap + 1)
			break;
		if (best == NULL || f->s > best->s)
			best = f;
	}
	return best;
}

void
spans_join(const struct tokens *tk, struct arena *a, const struct spans *prev,
    const struct spans *next, uint32_t gap, struct spans *out)
{
	size_t i = 0;

	for (size_t j = 0; j < next->n && prev->n > 0; j++) {
		const struct span *b = &next->v[j], *f;

		while (i + 1 < prev->n && prev->v[i + 1].e < b->s)
			i++;
		f = join_best(tk, prev, i, b, gap);
		if (f != NULL)
			spans_add(a, out,
			    (struct span){ f->s, b->e, f->caps | b->caps });
	}
	spans_by_end(out);
}

static int
end_cmp(const void *pa, const void *pb)
{
	const struct span *a = *(const struct span *const *)pa;
	const struct span *b = *(const struct span *const *)pb;

	return (a->e > b->e) - (a->e < b->e);
}

/*
 * The shortest window that begins with the first of the heads: it ends where
 * `need` lists, the first one's included, have had a span. False at the end.
 */
static bool
window_next(const struct spans *lists, size_t k, size_t need, size_t *at,
    const struct span **heads, struct span *out)
{
	size_t n = 0, first = SIZE_MAX;
	const struct span *f = NULL;
	bool skipped = false;

	for (size_t i = 0; i < k; i++) {
		const struct span *h;

		if (at[i] == lists[i].n)
			continue;
		h = heads[n++] = &lists[i].v[at[i]];
		if (f == NULL || h->s < f->s) {
			f = h;
			first = i;
		}
	}
	if (n < need || f == NULL)
		return false;
	if (need < n)
		qsort(heads, n, sizeof(*heads), end_cmp);
	*out = *f;
	for (size_t i = 0, got = 1; got < need; i++) {
		/* Once: two of the lists may be the same list. */
		if (heads[i] == f && !skipped) {
			skipped = true;
			continue;
		}
		/* No head is NULL. NOLINTNEXTLINE(clang-analyzer-core.*) */
		out->e = MAX(out->e, heads[i]->e);
		out->caps |= heads[i]->caps;
		got++;
	}
	at[first]++;
	return true;
}

void
spans_window(const struct tokens *tk, struct arena *a,
    const struct spans *lists, size_t k, size_t need, int32_t within,
    struct spans *out)
{
	size_t *at = arena_calloc(a, k, sizeof(*at));
	const struct span **heads = arena_calloc(a, k, sizeof(*heads));
	struct span w;

	while (window_next(lists, k, need, at, heads, &w)) {
		if (span_fits(tk, w.s, w.e, within))
			spans_add(a, out, w);
	}
	spans_minimal(out);
}

void
spans_ordered(const struct tokens *tk, struct arena *a,
    const struct spans *lists, size_t k, int32_t within, struct spans *out)
{
	size_t *at = arena_calloc(a, k, sizeof(*at));

	for (; at[0] < lists[0].n; at[0]++) {
		struct span w = lists[0].v[at[0]];

		for (size_t i = 1; i < k; i++) {
			const struct spans *l = &lists[i];

			while (at[i] < l->n && l->v[at[i]].s <= w.e)
				at[i]++;
			if (at[i] == l->n)
				goto done;
			w.e = l->v[at[i]].e;
			w.caps |= l->v[at[i]].caps;
		}
		if (span_fits(tk, w.s, w.e, within))
			spans_add(a, out, w);
	}
done:
	spans_minimal(out);
}

/* First of `l` that starts at or behind position p of w's field. */
static size_t
first_near(const struct tokens *tk, const struct spans *l, const struct span *w,
    int32_t within)
{
	const struct token *e = &tk->v[w->e];
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		const struct token *t = &tk->v[l->v[mid].s];
		bool before;

		if (within == RULES_WITHIN_SENTENCE)
			before = t->sentence < e->sentence;
		else if (within == RULES_WITHIN_PARAGRAPH)
			before = t->paragraph < e->paragraph;
		else if (within == WITHIN_FIELD)
			before = t->field < e->field;
		else
			before = t->pos + (uint32_t)within <= e->pos;
		if (before)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
not_near(const struct tokens *tk, const struct span *w,
    const struct spans * not, int32_t within)
{
	/* Behind the window's start, the first is the best one: stop there. */
	for (size_t i = first_near(tk, not, w, within); i < not ->n; i++) {
		uint32_t s = MIN(w->s, not ->v[i].s);
		uint32_t e = MAX(w->e, not ->v[i].e);

		if (span_fits(tk, s, e, within))
			return false;
		if (not ->v[i].s >= w->s)
			break;
	}
	return true;
}

void
spans_without(const struct tokens *tk, struct spans *l,
    const struct spans * not, int32_t within)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++) {
		if (not_near(tk, &l->v[i], not, within))
			l->v[n++] = l->v[i];
	}
	l->n = n;
}
