/* rules.c - the rules as written own one arena. */
#include "base/arena.h"
#include "topic/rules.h"

void
rules_free(struct rules *r)
{
	if (r != NULL)
		arena_free(r->arena); /* holds *r too */
}
