/* newest.c - the newest items of a document that has too many. */
#include <stdlib.h>

#include "base/macros.h"
#include "base/xmalloc.h"
#include "feed/newest.h"
#include "item/item.h"

void
newest_init(struct newest *nw, size_t max)
{
	*nw = (struct newest){
		.max = max, .first = ITEM_NO_TIME, .last = ITEM_NO_TIME
	};
}

void
newest_fini(struct newest *nw)
{
	free(nw->v);
	nw->v = NULL;
}

static bool
is_older(const struct newest *nw, const struct newest_rank *a,
    const struct newest_rank *b)
{
	if (a->at != b->at)
		return a->at < b->at;
	return nw->oldest_first ? a->place < b->place : a->place > b->place;
}

static void
sift_down(struct newest *nw, size_t i)
{
	struct newest_rank moved = nw->v[i];
	size_t child;

	while ((child = 2 * i + 1) < nw->n) {
		if (child + 1 < nw->n &&
		    is_older(nw, &nw->v[child + 1], &nw->v[child]))
			child++;
		if (!is_older(nw, &nw->v[child], &moved))
			break;
		nw->v[i] = nw->v[child];
		i = child;
	}
	nw->v[i] = moved;
}

/* There are more than we keep: from now on the oldest has to go. */
static void
make_heap(struct newest *nw)
{
	nw->oldest_first = nw->first < nw->last;
	/* What stands before the first date is at the newest end, or at the
	 * oldest one. */
	for (size_t i = 0; i < nw->n && nw->v[i].at == ITEM_NO_TIME; i++) {
		if (nw->first != ITEM_NO_TIME && !nw->oldest_first)
			nw->v[i].at = INT64_MAX;
	}
	for (size_t i = nw->n / 2; i-- > 0;)
		sift_down(nw, i);
}

void *
newest_offer(struct newest *nw, void *what, int64_t at)
{
	struct newest_rank r = { what, at, nw->offered++ };

	if (at != ITEM_NO_TIME) {
		if (nw->first == ITEM_NO_TIME)
			nw->first = at;
		nw->last = at;
	}
	r.at = nw->last;
	if (nw->n < nw->max) {
		if ((nw->n & (nw->n - 1)) == 0)
			nw->v = xreallocarray(
			    nw->v, MAX(nw->n * 2, (size_t)1), sizeof(*nw->v));
		nw->v[nw->n++] = r;
		return NULL;
	}
	if (nw->n == 0)
		return what;
	if (r.place == nw->max)
		make_heap(nw);
	if (is_older(nw, &r, &nw->v[0]))
		return what;
	what = nw->v[0].what;
	nw->v[0] = r;
	sift_down(nw, 0);
	return what;
}

bool
newest_is_closed(const struct newest *nw)
{
	return nw->n == nw->max && nw->first == ITEM_NO_TIME;
}

static int
by_place(const void *a, const void *b)
{
	const struct newest_rank *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

void
newest_sort(struct newest *nw)
{
	if (nw->offered > nw->max && nw->n > 0)
		qsort(nw->v, nw->n, sizeof(*nw->v), by_place);
}
