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
	size_t judged;    /* items of this document, each once */
	size_t churned;   /* of them, those known by their text alone */
	bool damaged;     /* the document is */
	bool churns;      /* the feed is marked REMEMBER_CHURN */
};

#define MARK_REVISION UINT32_MAX /* the entry is a mark, no item */

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
		if (s->revision == MARK_REVISION)
			continue;
		(void)hmap_put64(
		    r->by_content, s->content, index_value(r->n - 1));
		r->prev_doc = MAX(r->prev_doc, s->last);
	}
	r->now = MAX(now, r->prev_doc); /* a clock may be set back */
	r->current = MAX(r->prev_doc, before->last_success);
	r->churns = remember_marked(r, REMEMBER_CHURN);
	return r;
}

void
remember_mark(struct remember *r, uint64_t mark)
{
	struct seen s = {
		.identity = mark, .last = r->now, .revision = MARK_REVISION
	};

	if (entry_find(r, r->by_identity, mark) == NULL)
		entry_add(r, &s);
}

bool
remember_marked(const struct remember *r, uint64_t mark)
{
	const struct entry *e = entry_find(r, r->by_identity, mark);

	return e != NULL && e->seen.revision == MARK_REVISION;
}

/* From now on the entry is known as `identity`. */
static void
entry_rename(struct remember *r, struct entry *e, uint64_t identity)
{
	e->seen.identity = identity;
	(void)hmap_put64(
	    r->by_identity, identity, index_value((size_t)(e - r->v)));
}

void
remember_rename(struct remember *r, uint64_t identity, const struct item *it)
{
	struct entry *e = entry_find(r, r->by_identity, identity);

	if (e != NULL && e->old && e->seen.content == it->content &&
	    entry_find(r, r->by_identity, it->identity) == NULL)
		entry_rename(r, e, it->identity);
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
remember_damaged(struct remember *r)
{
	r->damaged = true;
}

bool
remember_is_damaged(const struct remember *r)
{
	return r->damaged;
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

	if (e == NULL || e->present || e->judged)
		return NULL;
	/* Where guids never last, it may have been away for longer. */
	if (e->seen.last != r->prev_doc && !r->churns)
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

	if (it->identity == REMEMBER_NOBODY) {
		*revision = 0;
		return REMEMBERED_KNOWN;
	}
	if (e == NULL && (e = remember_churned(r, it)) != NULL) {
		entry_rename(r, e, it->identity);
		r->churned++;
	}
	if (e == NULL || !e->judged)
		r->judged++;
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
	if (e->seen.content == it->content || (r->damaged && it->truncated))
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

/* Those of this document before others that are as fresh. */
static int
by_last_down(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->seen.last != y->seen.last)
		return x->seen.last < y->seen.last ? 1 : -1;
	return (int)y->judged - (int)x->judged;
}

/* Does the feed make new guids for what it has shown before? Two items may
 * have been moved; most of a document is a habit. */
static bool
shows_churn(const struct remember *r)
{
	return r->churned >= 2 && r->churned * 2 >= r->judged;
}

struct seen *
remember_result(struct remember *r, bool whole, struct arena *a, size_t *n)
{
	struct seen *v;

	if (shows_churn(r))
		remember_mark(r, REMEMBER_CHURN);
	v = arena_calloc(a, r->n + 1, sizeof(*v));
	*n = 0;
	if (r->n > REMEMBER_MAX)
		qsort(r->v, r->n, sizeof(*r->v), by_last_down);
	for (size_t i = 0; i < r->n; i++) {
		struct seen *s = &r->v[i].seen;

		/* What the document before held was shown as long as that one
		 * stood; and still is if this one tells only a part. */
		if (s->revision == MARK_REVISION)
			s->last = MAX(r->now, s->last);
		else if (s->last == r->prev_doc && !r->v[i].judged)
			s->last = whole ? r->current : MAX(r->now, s->last);
		if (s->last >= r->now - REMEMBER_S && *n < REMEMBER_MAX)
			v[(*n)++] = *s;
	}
	return v;
}
