/* item.c - an empty item, and the end of one. */
#include "base/arena.h"
#include "item/item.h"

struct item *
item_new(void)
{
	struct arena *a = arena_new(0);
	struct item *it = arena_calloc(a, 1, sizeof(*it));

	it->arena = a;
	it->published = ITEM_NO_TIME;
	it->updated = ITEM_NO_TIME;
	it->created = ITEM_NO_TIME;
	return it;
}

void
item_free(struct item *it)
{
	if (it != NULL)
		arena_free(it->arena); /* the struct lives in it */
}
