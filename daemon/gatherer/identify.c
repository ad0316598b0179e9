/* identify.c - who the items of one document are. */
#include "gatherer/identify.h"

#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "base/hmap.h"
#include "base/macros.h"
#include "gatherer/remember.h"
#include "item/item.h"
#include "pipeline/classify.h"

struct identify {
	struct hmap *guids;   /* by identity: the first item that has it */
	struct hmap *pages;   /* by canonical URL: the same */
	struct hmap *crowded; /* pages that items of different guids have */
	struct remember *r;
};

static bool
has_both(const struct item *it)
{
	return it->guid != NULL && it->guid[0] != '\0' && it->canonical != NULL;
}

/* Find what items have in common. */
static void
look(struct identify *id, struct item *it)
{
	struct item *other;

	if (!has_both(it))
		return;
	other = hmap_get64(id->guids, it->identity);
	if (other == NULL)
		(void)hmap_put64(id->guids, it->identity, it);
	else if (strcmp(it->canonical, other->canonical) != 0 &&
		 it->content != other->content)
		remember_mark(id->r, it->identity ^ REMEMBER_SHARED);
	other = hmap_get(id->pages, it->canonical);
	if (other == NULL)
		(void)hmap_put(id->pages, it->canonical, it);
	else if (it->identity != other->identity)
		(void)hmap_put(id->crowded, it->canonical, it);
}

/* Is it better known by its page than by its guid? */
static bool
goes_by_page(const struct identify *id, const struct item *it)
{
	if (!has_both(it))
		return false;
	if (remember_marked(id->r, it->identity ^ REMEMBER_SHARED))
		return true;
	return remember_marked(id->r, REMEMBER_CHURN) &&
	       !remember_knows(id->r, it) &&
	       hmap_get(id->crowded, it->canonical) == NULL;
}

/*
 * The last item of a document that was cut off: its link may be half of one.
 * If it is nobody that we know, it is news when it comes whole, or when
 * another follows it; else it would come again under another name.
 */
static bool
is_cut(const struct remember *r, struct item *const *items, size_t n)
{
	return remember_is_damaged(r) && n > 1 && items[n - 1]->truncated;
}

void
identify_document(struct item *const *items, size_t n, const char *feed,
    const char *feed_name, const struct classify_params *p, struct remember *r)
{
	struct identify id = { hmap_new(), hmap_new(), hmap_new(), r };

	for (size_t i = 0; i < n; i++)
		classify_identify(items[i], feed, feed_name, p);
	for (size_t i = 0; i < n - is_cut(r, items, n); i++)
		look(&id, items[i]);
	for (size_t i = 0; i < n; i++) {
		struct item *it = items[i];
		uint64_t by_guid = it->identity;

		if (!goes_by_page(&id, it))
			continue;
		it->guid = NULL;
		classify_identify(it, feed, feed_name, p);
		/* It may have been here when its guid was still believed. */
		remember_rename(r, by_guid, it);
	}
	if (is_cut(r, items, n) && !remember_knows(r, items[n - 1]))
		items[--n]->identity = REMEMBER_NOBODY;
	for (size_t i = 0; i < n; i++)
		remember_see(r, items[i]);
	hmap_free(id.guids, NULL);
	hmap_free(id.pages, NULL);
	hmap_free(id.crowded, NULL);
}
