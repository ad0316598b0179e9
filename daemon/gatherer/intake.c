/* intake.c - which new items are news, and which are passed over. */
#include "gatherer/intake.h"

#include <stdlib.h>

#include "base/hmap.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "item/item.h"

struct rank {
	size_t item;  /* its index */
	size_t place; /* in the document, newest first */
	int64_t at;
};

static int64_t
item_date(const struct item *it)
{
	return MAX(it->published, it->updated); /* ITEM_NO_TIME is lowest */
}

static int
newest_first(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? 1 : -1;
	return (x->place > y->place) - (x->place < y->place);
}

static struct rank *
rank_items(struct item *const *items, size_t n, bool oldest_first)
{
	struct rank *v = xcalloc(n + 1, sizeof(*v));
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < n; i++) {
		size_t k = oldest_first ? n - 1 - i : i;
		int64_t date = item_date(items[k]);

		if (date != ITEM_NO_TIME)
			at = date;
		v[i] = (struct rank){ .item = k, .place = i, .at = at };
	}
	qsort(v, n, sizeof(*v), newest_first);
	return v;
}

void
intake_first(struct item *const *items, size_t n, bool oldest_first,
    size_t take, bool *skip)
{
	struct rank *v = rank_items(items, n, oldest_first);
	struct hmap *taken = hmap_new();
	size_t left = take;

	for (size_t i = 0; i < n; i++) {
		const struct item *it = items[v[i].item];
		bool again = hmap_get64(taken, it->identity) != NULL;

		skip[v[i].item] = left == 0 && !again;
		if (left == 0 || again)
			continue;
		(void)hmap_put64(taken, it->identity, v);
		left--;
	}
	hmap_free(taken, NULL);
	free(v);
}

void
intake_mended(struct item *const *items, size_t n, bool oldest_first,
    const bool *known, bool *skip)
{
	struct rank *v = rank_items(items, n, oldest_first);
	size_t from = n; /* the place behind the last known one */

	for (size_t i = 0; i < n; i++) {
		if (known[v[i].item])
			from = i + 1;
	}
	for (size_t i = from; i < n; i++)
		skip[v[i].item] = true;
	free(v);
}

bool
intake_is_old(const struct item *it, int64_t now, uint32_t max_age_s)
{
	int64_t at = item_date(it);

	return max_age_s != UINT32_MAX && at != ITEM_NO_TIME &&
	       at < now - (int64_t)max_age_s;
}
