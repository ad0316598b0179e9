/* copies.c - what is remembered of the items of the window. */
#include "copy/copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/candidates.h"
#include "copy/doc.h"
#include "copy/focus.h"
#include "copy/remembered.h"
#include "copy/shelf.h"
#include "copy/story.h"
#include "copy/weight.h"
#include "item/item.h"

const struct copies_params copies_params_default = {
	.window_s = 72 * 3600,
	.max_items = 300000,
	.max_verify = 16,
};

static const char *const names[] = {
	[RELATION_NEW] = "new",
	[RELATION_COPY] = "copy",
	[RELATION_UPDATE] = "update",
	[RELATION_EMBEDS] = "embeds",
	[RELATION_KNOWN] = "known",
};

const char *
relation_name(enum relation r)
{
	return names[r];
}

bool
relation_parse(const char *s, enum relation *r)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i], s) == 0) {
			*r = (enum relation)i;
			return true;
		}
	}
	return false;
}

struct copies *
copies_new(const struct copies_params *p)
{
	struct copies *c;

	if (p->window_s == 0 || p->max_items == 0 || p->max_verify == 0 ||
	    p->max_verify > CANDIDATES_MAX || p->max_items > 1U << 30) {
		errno = EINVAL;
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->params = *p;
	c->weights = weights_new(&p->key);
	c->index = candidates_new(&p->key);
	c->stories = stories_new();
	c->shelf = shelf_new();
	c->latest = xcalloc(1, sizeof(*c->latest));
	c->focus = xcalloc(1, sizeof(*c->focus));
	c->nboards = 16;
	c->boards = xcalloc(c->nboards, sizeof(*c->boards));
	c->head = c->tail = c->kept = 1;
	return c;
}

void
copies_free(struct copies *c)
{
	if (c == NULL)
		return;
	window_clear(c);
	shelf_free(c->shelf);
	weights_free(c->weights);
	candidates_free(c->index);
	stories_free(c->stories);
	doc_free(c->latest->doc);
	free(c->latest);
	free(c->focus);
	free(c->boards);
	free(c);
}

size_t
copies_len(const struct copies *c)
{
	return c->head - c->tail;
}

void
remembered_identify(
    const struct copies *c, const struct item *it, struct entry *e)
{
	const struct hash_key *key = &c->params.key;
	const char *host;

	memset(e, 0, sizeof(*e));
	e->feed = hash_str(key, it->feed != NULL ? it->feed : "");
	e->identity = hash_mix(e->feed, it->identity);
	e->content = it->content;
	if (it->canonical == NULL)
		return;
	e->url = hash_str(key, it->canonical);
	/* Canonical URLs begin with "https://". */
	host = it->canonical + MIN(strlen(it->canonical), strlen("https://"));
	e->site = hash_bytes(key, host, strcspn(host, "/"));
}

/* The cluster of a decided item, with a reference. */
static struct cluster *
cluster_for(struct copies *c, const char *item_id, const struct copies_match *m)
{
	const char *id = m->relation == RELATION_COPY ? m->of : item_id;

	if (m->cluster[0] != '\0')
		id = m->cluster;
	return stories_ref(
	    c->stories, id, m->story[0] != '\0' ? m->story : item_id, c->tail);
}

/* The one at `pos` is the newest of its cluster. */
static void
join(struct copies *c, struct cluster *cl, uint32_t pos, bool full)
{
	if (cl->first == 0)
		cl->first = pos;
	else
		remembered_at(c, cl->last)->next = pos;
	cl->last = pos;
	if (!full)
		return;
	if (cl->first_full == 0)
		cl->first_full = pos;
	else
		remembered_at(c, cl->last_full)->next_full = pos;
	cl->last_full = pos;
}

/* Text with its ids, in one piece. */
static void
shelve(struct copies *c, struct entry *e, const struct doc *d, const char *id,
    const char *of)
{
	size_t size = doc_size(d), nid = strlen(id) + 1, nof = strlen(of) + 1;
	char *at = shelf_put(c->shelf, c->head, size + nid + nof);

	e->doc = doc_copy(d, at);
	e->id = memcpy(at + size, id, nid);
	e->of = memcpy(at + size + nid, of, nof);
}

void
remembered_add(struct copies *c, const struct entry *given, const struct doc *d,
    const struct particulars *p, const struct copies_match *m)
{
	struct entry *e;

	window_make_room(c);
	e = remembered_at(c, c->head);
	*e = *given;
	/* In the order in which they came, whatever the clock did. */
	if (c->tail < c->head)
		e->arrived =
		    MAX(e->arrived, remembered_at(c, c->head - 1)->arrived);
	shelve(c, e, d, p->id, m->of);
	e->cluster = cluster_for(c, p->id, m);
	stories_credit(e->cluster, p->origin, p->agency);
	join(c, e->cluster, c->head, d->form == DOC_FULL);
	candidates_add(c->index, d, c->head);
	candidates_add_name(c->index, NAME_IDENTITY, e->identity, c->head);
	if (e->url != 0)
		candidates_add_name(c->index, NAME_URL, e->url, c->head);
	c->head++;
	if (p->serial < weights_serial(c->weights))
		return; /* it is in the counts that were loaded */
	weights_skip(c->weights, p->serial);
	for (size_t i = 0; i < d->nwords; i++)
		weights_count_word(c->weights, d->words[i].hash);
	weights_count_doc(c->weights);
}

void
copies_insert(struct copies *c, const struct item *it,
    const struct signature *s, int64_t now, const struct copies_match *m)
{
	const struct particulars p = {
		.id = it->id,
		.origin = it->origin,
		.agency = it->origin_agency,
		.serial = weights_serial(c->weights),
	};
	struct entry e;

	if (m->relation == RELATION_KNOWN)
		return;
	remembered_identify(c, it, &e);
	e.arrived = now;
	remembered_add(c, &e, remembered_weigh(c, s), &p, m);
}

void
copies_stats(const struct copies *c, struct copies_stats *st)
{
	size_t n = copies_len(c);

	*st = (struct copies_stats){
		.items = n,
		.bytes = window_bytes(c),
		.evicted = c->evicted,
		.evicted_bytes = c->evicted_bytes,
		.oldest = n > 0 ? remembered_at(c, c->tail)->arrived : 0,
	};
}
