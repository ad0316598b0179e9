/* postings.c - an inverted index whose postings live in a ring. */
#include "copy/postings.h"

#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/xmalloc.h"

#define FIRST_POSTINGS 4096 /* powers of two */
#define FIRST_SLOTS 8192

struct posting {
	uint32_t thing;
	uint32_t next; /* serial of the one before with this key, or 0 */
};

/*
 * Postings have serials from 1 that never repeat within the ring's life: they
 * stand at serial % size. A serial below `tail` is dead.
 */
struct postings {
	struct posting *ring;
	size_t size;         /* postings allocated */
	uint32_t head, tail; /* next serial to give, oldest alive */
	struct {
		uint32_t key, serial; /* serial 0 = free */
	} * slots;
	size_t nslots, used; /* used: slots with a serial, dead ones too */
};

static void postings_rebuild(struct postings *ix, size_t size, size_t nslots);

struct postings *
postings_new(void)
{
	struct postings *ix = xcalloc(1, sizeof(*ix));

	ix->size = FIRST_POSTINGS;
	ix->ring = xcalloc(ix->size, sizeof(*ix->ring));
	ix->nslots = FIRST_SLOTS;
	ix->slots = xcalloc(ix->nslots, sizeof(*ix->slots));
	ix->head = ix->tail = 1;
	return ix;
}

void
postings_free(struct postings *ix)
{
	if (ix == NULL)
		return;
	free(ix->ring);
	free(ix->slots);
	free(ix);
}

static size_t
slot_of(const struct postings *ix, uint32_t key)
{
	size_t i = (key * 2654435761U) & (ix->nslots - 1);

	while (ix->slots[i].serial != 0 && ix->slots[i].key != key)
		i = (i + 1) & (ix->nslots - 1);
	return i;
}

static void
put(struct postings *ix, uint32_t key, uint32_t thing)
{
	size_t i = slot_of(ix, key);
	struct posting *p = &ix->ring[ix->head & (ix->size - 1)];

	if (ix->slots[i].serial == 0) {
		ix->used++;
		ix->slots[i].key = key;
	}
	p->thing = thing;
	p->next = ix->slots[i].serial >= ix->tail ? ix->slots[i].serial : 0;
	ix->slots[i].serial = ix->head++;
}

/* Serials anew from 1, and tables of a new size, without what is dead. */
static void
postings_rebuild(struct postings *ix, size_t size, size_t nslots)
{
	struct postings old = *ix;
	uint32_t *keys = xcalloc(old.size, sizeof(*keys));

	/* Postings do not know their key: find it from the lists. */
	for (size_t i = 0; i < old.nslots; i++) {
		uint32_t at = old.slots[i].serial;

		while (at >= old.tail && at != 0) {
			keys[at & (old.size - 1)] = old.slots[i].key;
			at = old.ring[at & (old.size - 1)].next;
		}
	}
	ix->size = size;
	ix->ring = xcalloc(size, sizeof(*ix->ring));
	ix->nslots = nslots;
	ix->slots = xcalloc(nslots, sizeof(*ix->slots));
	ix->head = ix->tail = 1;
	ix->used = 0;
	for (uint32_t at = old.tail; at < old.head; at++)
		put(ix, keys[at & (old.size - 1)],
		    old.ring[at & (old.size - 1)].thing);
	free(keys);
	free(old.ring);
	free(old.slots);
}

void
postings_add(struct postings *ix, uint32_t key, uint32_t thing)
{
	size_t alive = ix->head - ix->tail;

	if (alive == ix->size)
		postings_rebuild(ix, ix->size * 2, ix->nslots);
	else if (ix->head == UINT32_MAX)
		postings_rebuild(ix, ix->size, ix->nslots);
	/* At most two thirds full; dead keys may make up most of it. */
	if (ix->used * 3 >= ix->nslots * 2)
		postings_rebuild(ix, ix->size,
		    alive * 2 >= ix->nslots ? ix->nslots * 2 : ix->nslots);
	put(ix, key, thing);
}

void
postings_expire(struct postings *ix, uint32_t thing)
{
	while (ix->tail < ix->head &&
	       ix->ring[ix->tail & (ix->size - 1)].thing < thing)
		ix->tail++;
}

size_t
postings_get(
    const struct postings *ix, uint32_t key, uint32_t *things, size_t max)
{
	uint32_t at = ix->slots[slot_of(ix, key)].serial;
	size_t n = 0;

	while (at >= ix->tail && at != 0 && n < max) {
		const struct posting *p = &ix->ring[at & (ix->size - 1)];

		things[n++] = p->thing;
		at = p->next;
	}
	return n;
}

size_t
postings_bytes(const struct postings *ix)
{
	return ix->size * sizeof(*ix->ring) + ix->nslots * sizeof(*ix->slots);
}
