/* record.c - fields and lists of the feed, an item, a source. */
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "feed/parser.h"

/* May a field of this rank be put? Remembers it. `last`: equals replace. */
bool
record_takes(struct record *r, enum field f, uint8_t rank, bool last)
{
	if (rank < r->rank[f] || (rank == r->rank[f] && !last))
		return false;
	r->rank[f] = rank;
	return true;
}

/* Room for one more in a list of *n; NULL when it is long enough. */
static void *
push(struct arena *a, void *list, size_t *n, size_t size)
{
	void **v = list;
	char *p = *v;

	if (*n >= RECORD_LIST_MAX)
		return NULL;
	if ((*n & (*n - 1)) == 0)
		p = arena_grow(a, p, *n * size, MAX(*n * 2, (size_t)1) * size);
	*v = p;
	return p + (*n)++ * size;
}

/* Equal, or both absent. */
static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void
record_add_person(struct feed_parser *fp, const struct item_person *p)
{
	struct item *it = fp->rec->it;
	struct item_person *slot;

	if ((p->name == NULL && p->email == NULL && p->url == NULL) ||
	    it->nauthors >= RECORD_LIST_MAX)
		return;
	for (size_t i = 0; i < it->nauthors; i++) {
		if (same(it->authors[i].name, p->name) &&
		    same(it->authors[i].email, p->email) &&
		    same(it->authors[i].url, p->url))
			return;
	}
	slot = push(it->arena, &it->authors, &it->nauthors, sizeof(*slot));
	if (slot != NULL)
		*slot = *p;
}

void
record_add_tag(struct feed_parser *fp, const struct item_tag *t)
{
	struct item *it = fp->rec->it;
	struct item_tag *slot;

	if ((t->term == NULL && t->scheme == NULL && t->label == NULL) ||
	    it->ntags >= RECORD_LIST_MAX)
		return;
	for (size_t i = 0; i < it->ntags; i++) {
		if (same(it->tags[i].term, t->term) &&
		    same(it->tags[i].scheme, t->scheme) &&
		    same(it->tags[i].label, t->label))
			return;
	}
	slot = push(it->arena, &it->tags, &it->ntags, sizeof(*slot));
	if (slot != NULL)
		*slot = *t;
}

struct item_link *
record_add_link(struct feed_parser *fp, const struct item_link *l)
{
	struct item *it = fp->rec->it;
	struct item_link *slot =
	    push(it->arena, &it->links, &it->nlinks, sizeof(*slot));

	if (slot != NULL)
		*slot = *l;
	return slot;
}

void
record_add_enclosure(struct feed_parser *fp, const struct item_enclosure *e)
{
	struct item *it = fp->rec->it;
	struct item_enclosure *slot =
	    push(it->arena, &it->enclosures, &it->nenclosures, sizeof(*slot));

	if (slot != NULL)
		*slot = *e;
}

void
record_add_content(struct feed_parser *fp, const struct item_content *c)
{
	struct item *it = fp->rec->it;
	struct item_content *slot =
	    push(it->arena, &it->contents, &it->ncontents, sizeof(*slot));

	if (slot != NULL)
		*slot = *c;
}

void
record_add_thumbnail(struct feed_parser *fp, const char *url)
{
	struct item *it = fp->rec->it;
	const char **slot =
	    push(it->arena, &it->thumbnails, &it->nthumbnails, sizeof(*slot));

	if (slot != NULL)
		*slot = url;
}

void
record_begin_item(struct feed_parser *fp)
{
	memset(&fp->item, 0, sizeof(fp->item));
	fp->item.it = item_new();
	fp->rec = &fp->item;
}

/* Of too many items the newest stay. */
static void
keep_item(struct feed_parser *fp, struct item *it)
{
	struct item *out =
	    newest_offer(&fp->newest, it, MAX(it->published, it->updated));

	if (out == NULL)
		return;
	item_free(out);
	fp->doc->dropped++;
}

void
record_end_item(struct feed_parser *fp, bool whole)
{
	struct item *it = fp->item.it;

	fp->item.it = NULL;
	fp->rec = &fp->feed;
	if (!whole) {
		/* Cut off: without identity it would come again as new. */
		if (it->guid == NULL && it->url == NULL) {
			item_free(it);
			return;
		}
		it->truncated = true;
	}
	if (it->url == NULL && it->guid != NULL && !it->guid_is_permalink &&
	    fp->item.rank[FIELD_GUID] == 4 && fp->guid_is_atom &&
	    url_is_http(it->guid))
		it->url = it->guid;
	if (it->summary == NULL)
		it->summary = fp->item.subtitle;
	keep_item(fp, it);
}

static void
hand_items(struct feed_parser *fp)
{
	struct feed_doc *doc = fp->doc;
	struct newest *nw = &fp->newest;

	newest_sort(nw);
	doc->items = nw->n == 0 ? NULL : xcalloc(nw->n, sizeof(*doc->items));
	doc->nitems = nw->n;
	for (size_t i = 0; i < nw->n; i++)
		doc->items[i] = nw->v[i].what;
	nw->n = 0;
}

/* Copy what the feed's record gathered to the document. */
void
record_end_feed(struct feed_parser *fp)
{
	struct feed_doc *doc = fp->doc;
	struct item *it = fp->feed.it;

	fp->rec = &fp->feed;
	for (size_t i = 0; it->nauthors == 0 && i < fp->feed.nwebmasters; i++)
		record_add_person(fp, &fp->feed.webmasters[i]);
	doc->title = it->title;
	doc->link = it->url;
	doc->id = it->guid;
	doc->description = it->summary;
	doc->language = it->language;
	doc->published = it->published;
	doc->updated = it->updated;
	doc->created = it->created;
	doc->authors = it->authors;
	doc->nauthors = it->nauthors;
	doc->tags = it->tags;
	doc->ntags = it->ntags;
	doc->links = it->links;
	doc->nlinks = it->nlinks;
	hand_items(fp);
	for (size_t i = 0; i < doc->nitems; i++) {
		if (doc->items[i]->language == NULL && doc->language != NULL)
			doc->items[i]->language =
			    arena_strdup(doc->items[i]->arena, doc->language);
	}
}
