/* story.c - clusters of copies, and the stories they tell. */
#include "copy/story.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/hmap.h"
#include "base/xmalloc.h"

#define MAPS 64 /* that grow each by itself: none takes long to */

struct stories {
	struct hmap *maps[MAPS]; /* clusters by id */
};

static struct hmap *
map_of(const struct stories *st, const char *id)
{
	return st->maps[hash_str(&hash_key_fixed, id) % MAPS];
}

static void
cluster_free(void *p)
{
	struct cluster *cl = p;

	free(cl->id);
	free(cl->story);
	free(cl->origin);
	free(cl);
}

struct stories *
stories_new(void)
{
	struct stories *st = xcalloc(1, sizeof(*st));

	for (size_t i = 0; i < MAPS; i++)
		st->maps[i] = hmap_new();
	return st;
}

void
stories_free(struct stories *st)
{
	if (st == NULL)
		return;
	for (size_t i = 0; i < MAPS; i++)
		hmap_free(st->maps[i], cluster_free);
	free(st);
}

struct cluster *
stories_find(const struct stories *st, const char *id, uint32_t tail)
{
	struct cluster *cl = hmap_get(map_of(st, id), id);

	return cl != NULL && cl->last >= tail ? cl : NULL;
}

struct cluster *
stories_ref(
    struct stories *st, const char *id, const char *story, uint32_t tail)
{
	struct cluster *cl = stories_find(st, id, tail), *old;

	if (cl == NULL) {
		cl = xcalloc(1, sizeof(*cl));
		cl->id = xstrdup(id);
		cl->story = xstrdup(story);
		old = hmap_put(map_of(st, id), id, cl);
		if (old != NULL)
			old->unlisted = true;
	}
	cl->refs++;
	return cl;
}

void
stories_credit(struct cluster *cl, const char *origin, bool agency)
{
	if (origin == NULL || (cl->origin != NULL && (cl->agency || !agency)))
		return;
	free(cl->origin);
	cl->origin = xstrdup(origin);
	cl->agency = agency;
}

void
stories_unref(struct stories *st, struct cluster *cl)
{
	if (--cl->refs > 0)
		return;
	if (!cl->unlisted)
		(void)hmap_del(map_of(st, cl->id), cl->id);
	cluster_free(cl);
}
