/* window.c - how long items are remembered, and how much room they take. */
#include <stdbool.h>
#include <stdlib.h>

#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/candidates.h"
#include "copy/copies.h"
#include "copy/remembered.h"
#include "copy/shelf.h"
#include "copy/story.h"

#define POSITIONS 0x7fffffffU /* see postings.h */
#define CLUSTER_BYTES 240     /* of an item's cluster and its names, about */
#define GENERATIONS 12        /* of a window; bytes are made room for by one */
#define GIVE_BACK 4           /* items given back when one comes */
#define GIVE_BACK_POLL 256    /* and at each look at the clock */

/* The board of `pos`. */
static void
board_free(struct copies *c, uint32_t pos)
{
	struct entry **b = remembered_board(c, pos);

	free(*b);
	*b = NULL;
}

/* What the oldest that is forgotten took, but the shelf, goes back. */
static void
give_back_one(struct copies *c)
{
	struct entry *e = remembered_at(c, c->kept);
	struct cluster *cl = e->cluster;

	if (cl->first == c->kept)
		cl->first = e->next;
	if (cl->first_full == c->kept)
		cl->first_full = e->next_full;
	stories_unref(c->stories, cl);
	if (++c->kept % REMEMBERED_BOARD == 0)
		board_free(c, c->kept - 1);
}

static void
give_back(struct copies *c, uint32_t most)
{
	if (c->kept == c->tail)
		return;
	while (c->kept < c->tail && most-- > 0)
		give_back_one(c);
	shelf_release(c->shelf, c->kept);
}

/* Nothing below `pos` is remembered. */
static void
forget(struct copies *c, uint32_t pos)
{
	c->tail = pos;
	candidates_expire(c->index, pos);
}

void
window_clear(struct copies *c)
{
	forget(c, c->head);
	give_back(c, UINT32_MAX);
	board_free(c, c->head);
}

uint32_t
remembered_first(const struct copies *c, struct cluster *cl)
{
	while (cl->first < c->tail)
		cl->first = remembered_at(c, cl->first)->next;
	return cl->first;
}

uint32_t
remembered_first_full(const struct copies *c, struct cluster *cl)
{
	while (cl->first_full != 0 && cl->first_full < c->tail)
		cl->first_full = remembered_at(c, cl->first_full)->next_full;
	return cl->first_full;
}

/* The oldest that came at `since` or later: they stand by time. */
static uint32_t
first_since(const struct copies *c, int64_t since)
{
	uint32_t low = c->tail, high = c->head;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (remembered_at(c, mid)->arrived < since)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The clock was wrong when these came: as if they came now. */
static void
come_now(struct copies *c, int64_t now)
{
	for (uint32_t p = first_since(c, now); p < c->head; p++)
		remembered_at(c, p)->arrived = now;
}

void
copies_expire(struct copies *c, int64_t now)
{
	int64_t window = c->params.window_s;

	if (c->tail < c->head &&
	    remembered_at(c, c->head - 1)->arrived > now + window)
		come_now(c, now);
	if (c->tail < c->head &&
	    remembered_at(c, c->tail)->arrived < now - window)
		forget(c, first_since(c, now - window));
	give_back(c, GIVE_BACK_POLL);
}

/* --- room --- */

size_t
window_bytes(const struct copies *c)
{
	return shelf_bytes(c->shelf) + candidates_bytes(c->index) +
	       c->nboards * sizeof(struct entry *) +
	       (size_t)(c->head - c->kept) *
		   (sizeof(struct entry) + CLUSTER_BYTES);
}

/*
 * The oldest part of the window goes, and with it not too few items nor, when
 * many came in that time, too many.
 */
static void
evict_generation(struct copies *c)
{
	int64_t span = MAX(c->params.window_s / GENERATIONS, 1);
	int64_t oldest = remembered_at(c, c->tail)->arrived;
	uint32_t n = (uint32_t)copies_len(c), most = n / 6 + 1;
	uint32_t pos = first_since(c, (oldest / span + 1) * span) - c->tail;

	pos = c->tail + MIN(MAX(pos, n / 24 + 1), most);
	c->last_evicted = pos - c->tail;
	c->since_evicted = 0;
	c->evicted += c->last_evicted;
	c->evicted_bytes += c->last_evicted;
	forget(c, pos);
}

/*
 * Is it time for the oldest generation to go? An eighth is for what comes
 * until then: what a generation took is used again as others come, so the next
 * one goes when as many came, and sooner the less of that eighth is left.
 */
static bool
no_room(const struct copies *c)
{
	size_t max = c->params.max_bytes, spare = max / 8, bytes, left;

	if (max == 0 || copies_len(c) < 2)
		return false;
	bytes = window_bytes(c);
	left = max - MIN(bytes, max);
	return left <= spare && (uint64_t)c->since_evicted * spare >=
				    (uint64_t)c->last_evicted * left;
}

/* More boards; only the pointers to them move. */
static void
grow(struct copies *c)
{
	size_t n = c->nboards * 2;
	struct entry **boards = xcalloc(n, sizeof(struct entry *));
	uint32_t last = (c->head - 1) / REMEMBERED_BOARD;

	for (uint32_t i = c->kept / REMEMBERED_BOARD; i <= last; i++)
		boards[i & (n - 1)] = c->boards[i & (c->nboards - 1)];
	free(c->boards);
	c->boards = boards;
	c->nboards = n;
}

/* The board where the next one stands. */
static void
board_for_next(struct copies *c)
{
	struct entry **b;

	if (c->head / REMEMBERED_BOARD - c->kept / REMEMBERED_BOARD ==
	    c->nboards)
		grow(c);
	b = remembered_board(c, c->head);
	if (*b == NULL)
		*b = xcalloc(REMEMBERED_BOARD, sizeof(**b));
}

void
window_make_room(struct copies *c)
{
	if (copies_len(c) >= c->params.max_items) {
		uint32_t n = (uint32_t)copies_len(c) - c->params.max_items + 1;

		c->evicted += n;
		forget(c, c->tail + n);
	}
	c->since_evicted++;
	if (no_room(c))
		evict_generation(c);
	give_back(c, GIVE_BACK);
	if (c->head == POSITIONS) { /* after decades: begin anew */
		window_clear(c);
		candidates_free(c->index);
		c->index = candidates_new(&c->params.key);
		c->head = c->tail = c->kept = 1;
	}
	board_for_next(c);
}
