/* remember.c - which items of a document its feed has shown before. */
#include "gatherer/remember.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hmap.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "pipeline/poll.h"

/* Texts shorter than this (title and text) may be equal by chance: "Photo of
 * the day". */
#define CHURN_MIN_BYTES 40

struct entry {
	struct seen seen;
	bool old;     /* was in the set before */
	bool present; /* its identity is in this document */
	bool judged;
};

struct remember {
	struct entry *v;
	size_t n, room;
	struct hmap *by_identity; /* values: index + 1 */
	struct hmap *by_content;  /* of old entries */
	int64_t now;
	int64_t prev_doc; /* when the document before was read */
	int64_t current;  /* when it was last known to be unchanged */
};

static void *
index_value(size_t i)
{
	return (void *)(uintptr_t)(i + 1);
}

static struct entry *
entry_find(const struct remember *r, const struct hmap *m, uint64_t key)
{
	uintptr_t i = (uintptr_t)hmap_get64(m, key);

	return i != 0 ? &r->v[i - 1] : NULL;
}

static struct entry *
entry_add(struct remember *r, const struct seen *s)
{
	if (r->n == r->room) {
		r->room = r->room * 2 + 64;
		r->v = xreallocarray(r->v, r->room, sizeof(*r->v));
	}
	r->v[r->n] = (struct entry){ .seen = *s };
	(void)hmap_put64(r->by_identity, s->identity, index_value(r->n));
	return &r->v[r->n++];
}

struct remember *
remember_new(const struct feed_state *before, int64_t now)
{
	struct remember *r = xcalloc(1, sizeof(*r));

	r->by_identity = hmap_new();
	r->by_content = hmap_new();
	for (size_t i = 0; i < before->nseen; i++) {
		const struct seen *s = &before->seen[i];

		if (entry_find(r, r->by_identity, s->identity) != NULL)
			continue;
		entry_add(r, s)->old = true;
		(void)hmap_put64(
		    r->by_content, s->content, index_value(r->n - 1));
		r->prev_doc = MAX(r->prev_doc, s->last);
	}
	r->now = MAX(now, r->prev_doc); /* a clock may be set back */
	r->current = MAX(r->prev_doc, before->last_success);
	return r;
}

void
remember_free(struct remember *r)
{
	if (r == NULL)
		return;
	hmap_free(r->by_identity, NULL);
	hmap_free(r->by_content, NULL);
	free(r->v);
	free(r);
}

void
remember_see(struct remember *r, const struct item *it)
{
	struct entry *e = entry_find(r, r->by_identity, it->identity);

	if (e != NULL)
		e->present = true;
}

bool
remember_knows(const struct remember *r, const struct item *it)
{
	const struct entry *e = entry_find(r, r->by_identity, it->identity);

	return e != NULL && e->old;
}

/*
 * The same text under a new identity: some publishers change guids or links
 * at each poll. It is the old item when that one has just left the document
 * and this one does not claim to be younger.
 */
static struct entry *
remember_churned(struct remember *r, const struct item *it)
{
	struct entry *e = entry_find(r, r->by_content, it->content);

	if (e == NULL || e->present || e->judged || e->seen.last != r->prev_doc)
		return NULL;
	if (it->published != ITEM_NO_TIME && it->published > r->current)
		return NULL;
	if (strlen(it->title_text) + strlen(it->text) < CHURN_MIN_BYTES)
		return NULL;
	return e;
}

enum remembered_as
remember_judge(struct remember *r, const struct item *it, uint32_t *revision)
{
	struct entry *e = entry_find(r, r->by_identity, it->identity);
	struct seen s = { .identity = it->identity,
		.content = it->content,
		.last = r->now,
		.revision = 1 };

	if (e == NULL && (e = remember_churned(r, it)) != NULL) {
		e->seen.identity = it->identity;
		(void)hmap_put64(r->by_identity, it->identity,
		    index_value((size_t)(e - r->v)));
	}
	if (e == NULL) {
		entry_add(r, &s)->judged = true;
		*revision = 1;
		return REMEMBERED_NEW;
	}
	*revision = e->seen.revision;
	if (e->judged)
		return REMEMBERED_KNOWN;
	e->judged = true;
	e->seen.last = MAX(e->seen.last, r->now);
	if (e->seen.content == it->content)
		return REMEMBERED_KNOWN;
	e->seen.content = it->content;
	if (e->seen.revision > 0)
		e->seen.revision++;
	*revision = e->seen.revision;
	return REMEMBERED_UPDATED;
}

void
remember_pass_over(struct remember *r, const struct item *it)
{
	struct entry *e = entry_find(r, r->by_identity, it->identity);

	if (e != NULL)
		e->seen.revision = 0;
}

static int
by_last_down(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->last < y->last) - (x->last > y->last);
}

struct seen *
remember_result(struct remember *r, bool whole, struct arena *a, size_t *n)
{
	struct seen *v = arena_calloc(a, r->n + 1, sizeof(*v));

	*n = 0;
	for (size_t i = 0; i < r->n; i++) {
		struct seen *s = &r->v[i].seen;

		/* What the document before held was shown as long as that one
		 * stood; and still is if this one tells only a part. */
		if (s->last == r->prev_doc && !r->v[i].judged)
			s->last = whole ? r->current : MAX(r->now, s->last);
		if (s->last >= r->now - REMEMBER_S)
			v[(*n)++] = *s;
	}
	if (*n > REMEMBER_MAX) {
		qsort(v, *n, sizeof(*v), by_last_down);
		*n = REMEMBER_MAX;
	}
	return v;
}
