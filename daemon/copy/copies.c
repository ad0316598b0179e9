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
#include "copy/story.h"
#include "copy/weight.h"
#include "item/item.h"

#define POSITIONS 0x7fffffffU /* see postings.h */
#define ENTRY_BYTES 400       /* of ids and clusters, about */

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
	c->latest = xcalloc(1, sizeof(*c->latest));
	c->focus = xcalloc(1, sizeof(*c->focus));
	c->size = 256;
	c->ring = xcalloc(c->size, sizeof(*c->ring));
	c->head = c->tail = 1;
	return c;
}

static void
drop_oldest(struct copies *c)
{
	struct entry *e = remembered_at(c, c->tail);
	struct cluster *cl = e->cluster;

	cl->first = e->next; /* the oldest of all is the oldest of its own */
	if (cl->first_full == c->tail)
		cl->first_full = e->next_full;
	stories_unref(c->stories, cl);
	c->doc_bytes -= doc_size(e->doc);
	doc_free(e->doc);
	free(e->id);
	free(e->of);
	memset(e, 0, sizeof(*e));
	c->tail++;
}

void
copies_free(struct copies *c)
{
	if (c == NULL)
		return;
	while (c->tail < c->head)
		drop_oldest(c);
	weights_free(c->weights);
	candidates_free(c->index);
	stories_free(c->stories);
	doc_free(c->latest->doc);
	free(c->latest);
	free(c->focus);
	free(c->ring);
	free(c);
}

/* The clock was wrong when these came: as if they came now. */
static void
come_now(struct copies *c, int64_t now)
{
	for (uint32_t p = c->tail; p < c->head; p++)
		remembered_at(c, p)->arrived =
		    MIN(remembered_at(c, p)->arrived, now);
}

void
copies_expire(struct copies *c, int64_t now)
{
	uint32_t before = c->tail;
	int64_t window = c->params.window_s;

	if (c->tail < c->head &&
	    remembered_at(c, c->head - 1)->arrived - window > now)
		come_now(c, now);
	while (c->tail < c->head &&
	       remembered_at(c, c->tail)->arrived + window < now)
		drop_oldest(c);
	if (c->tail != before)
		candidates_expire(c->index, c->tail);
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

static void
grow(struct copies *c)
{
	size_t size = c->size * 2;
	struct entry *ring = xcalloc(size, sizeof(*ring));

	for (uint32_t p = c->tail; p < c->head; p++)
		ring[p & (size - 1)] = *remembered_at(c, p);
	free(c->ring);
	c->ring = ring;
	c->size = size;
}

/* The cluster of a decided item, with a reference. */
static struct cluster *
cluster_for(struct copies *c, const char *item_id, const struct copies_match *m)
{
	const char *id = m->relation == RELATION_COPY ? m->of : item_id;

	if (m->cluster[0] != '\0')
		id = m->cluster;
	return stories_ref(
	    c->stories, id, m->story[0] != '\0' ? m->story : item_id);
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

/* Room for one more at c->head. */
static void
make_room(struct copies *c)
{
	uint32_t before = c->tail;

	for (; copies_len(c) >= c->params.max_items; c->evicted++)
		drop_oldest(c);
	if (c->tail != before)
		candidates_expire(c->index, c->tail);
	if (c->head == POSITIONS) { /* after decades: begin anew */
		while (c->tail < c->head)
			drop_oldest(c);
		candidates_free(c->index);
		c->index = candidates_new(&c->params.key);
		c->head = c->tail = 1;
	}
	if (c->head - c->tail == c->size)
		grow(c);
}

void
remembered_add(struct copies *c, const struct entry *given, struct doc *d,
    const struct particulars *p, const struct copies_match *m)
{
	struct entry *e;

	make_room(c);
	e = remembered_at(c, c->head);
	*e = *given;
	/* In the order in which they came, whatever the clock did. */
	if (c->tail < c->head)
		e->arrived =
		    MAX(e->arrived, remembered_at(c, c->head - 1)->arrived);
	e->doc = d;
	e->id = xstrdup(p->id);
	e->of = xstrdup(m->of);
	e->cluster = cluster_for(c, p->id, m);
	c->doc_bytes += doc_size(d);
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
	(void)remembered_weigh(c, s);
	remembered_add(c, &e, c->latest->doc, &p, m);
	c->latest->doc = NULL;
}

void
copies_stats(const struct copies *c, struct copies_stats *st)
{
	size_t n = copies_len(c);

	*st = (struct copies_stats){
		.items = n,
		.bytes = c->doc_bytes + candidates_bytes(c->index) +
			 c->size * sizeof(struct entry) + n * ENTRY_BYTES,
		.evicted = c->evicted,
		.oldest = n > 0 ? remembered_at(c, c->tail)->arrived : 0,
	};
}
