/* mem_state.c - lists that roll back, and rows as they were before. */
#include "store/mem_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hmap.h"
#include "base/xmalloc.h"

void
mem_list_add(struct mem_list *l, void *p)
{
	if (l->n == l->size) {
		l->size = l->size == 0 ? 64 : l->size * 2;
		l->v = xreallocarray(l->v, l->size, sizeof(*l->v));
	}
	l->v[l->n++] = p;
}

void
mem_list_drop_front(struct mem_list *l, size_t n, void (*drop)(void *))
{
	for (size_t i = 0; i < n; i++)
		drop(l->v[i]);
	if (n > 0)
		memmove(l->v, l->v + n, (l->n - n) * sizeof(*l->v));
	l->n -= n;
	l->committed = l->n;
}

void
mem_list_rollback(struct mem_list *l, void (*drop)(void *))
{
	while (l->n > l->committed)
		drop(l->v[--l->n]);
}

void
mem_list_fini(struct mem_list *l, void (*drop)(void *))
{
	l->committed = 0;
	mem_list_rollback(l, drop);
	free(l->v);
}

int
mem_fail(struct mem_journal *mj, const char *words)
{
	snprintf(mj->j.error, sizeof(mj->j.error), "%s", words);
	errno = EINVAL;
	return -1;
}

/* Forget the old values (commit) or put them back (rollback). */
void
mem_undo_all(struct mem_journal *mj, bool back)
{
	while (mj->nundo > 0) {
		struct mem_undo *u = &mj->undo[--mj->nundo];

		if (back)
			u->drop(u->old != NULL
				    ? hmap_put(u->map, u->key, u->old)
				    : hmap_del(u->map, u->key));
		else
			u->drop(u->old);
		free(u->key);
	}
}

/* NULL takes the key away. */
void
mem_put(struct mem_journal *mj, struct hmap *map, const char *key, void *value,
    void (*drop)(void *))
{
	void *old =
	    value != NULL ? hmap_put(map, key, value) : hmap_del(map, key);

	if (mj->nundo == mj->undo_size) {
		mj->undo_size = mj->undo_size == 0 ? 16 : mj->undo_size * 2;
		mj->undo =
		    xreallocarray(mj->undo, mj->undo_size, sizeof(*mj->undo));
	}
	mj->undo[mj->nundo++] =
	    (struct mem_undo){ map, xstrdup(key), old, drop };
}
