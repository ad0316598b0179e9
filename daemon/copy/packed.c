/* packed.c - what copies remember, for the store and back. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "copy/doc.h"
#include "copy/remembered.h"
#include "copy/story.h"
#include "copy/weight.h"
#include "item/item.h"

#define PACKED_VERSION 4
#define COUNTS_ITEMS 20000 /* counted since the counts were kept */
#define COUNTS_PARTS 12    /* or so much of the window has gone */

/* Then id, origin, words, weights: the lengths tell. Of this machine. */
struct packed {
	uint8_t version, agency, marks, dateline;
	uint16_t ntitle, nbody, nid, norigin;
	uint32_t body_words, number;
	uint64_t check, serial;
	uint64_t url, site, identity, content, feed;
	uint64_t title_hash, body_hash, anti;
};

/* Under another key nothing would be found. */
static uint64_t
packed_check(const struct copies *c)
{
	return hash_mix(c->params.key.k[0], c->params.key.k[1]);
}

/* Its cluster's origin when it has come, as stories_credit() sees it. */
static void
origin_then(const struct copies *c, const struct item *it,
    const struct copies_match *m, struct particulars *p)
{
	const char *name = m->cluster[0] != '\0'          ? m->cluster
			   : m->relation == RELATION_COPY ? m->of
							  : it->id;
	const struct cluster *cl = stories_find(c->stories, name, c->tail);

	p->origin = it->origin;
	p->agency = it->origin_agency;
	if (cl != NULL && cl->origin != NULL &&
	    (p->origin == NULL || cl->agency || !p->agency)) {
		p->origin = cl->origin;
		p->agency = cl->agency;
	}
}

int
copies_pack(const struct copies *c, const struct item *it,
    const struct signature *s, const struct copies_match *m, struct strbuf *out)
{
	struct particulars p;
	struct entry e;
	struct packed head;

	origin_then(c, it, m, &p);
	remembered_identify(c, it, &e);
	head = (struct packed){
		.version = PACKED_VERSION,
		.agency = p.agency,
		.marks = s->marks,
		.dateline = s->agency,
		.ntitle = s->ntitle,
		.nbody = s->nbody,
		.nid = (uint16_t)MIN(strlen(it->id), UINT16_MAX),
		.norigin = (uint16_t)(p.origin != NULL
					  ? MIN(strlen(p.origin), UINT16_MAX)
					  : 0),
		.body_words = s->body_words,
		.number = s->number,
		.check = packed_check(c),
		.serial = weights_serial(c->weights),
		.url = e.url,
		.site = e.site,
		.identity = e.identity,
		.content = e.content,
		.feed = e.feed,
		.title_hash = s->title_hash,
		.body_hash = s->body_hash,
		.anti = s->anti,
	};
	(void)remembered_weigh(c, s);
	(void)strbuf_append(out, (const char *)&head, sizeof(head));
	(void)strbuf_append(out, it->id, head.nid);
	if (head.norigin > 0)
		(void)strbuf_append(out, p.origin, head.norigin);
	(void)strbuf_append(out, (const char *)s->words,
	    ((size_t)s->ntitle + s->nbody) * sizeof(s->words[0]));
	(void)strbuf_append(
	    out, (const char *)c->latest->idf, (size_t)s->ntitle + s->nbody);
	return strbuf_over(out) ? -1 : 0;
}

/* The text's part of what was packed. */
static void
get_signature(const struct packed *h, const char *words, struct signature *s)
{
	*s = (struct signature){
		.title_hash = h->title_hash,
		.body_hash = h->body_hash,
		.anti = h->anti,
		.agency = h->dateline,
		.body_words = h->body_words,
		.number = h->number,
		.ntitle = h->ntitle,
		.nbody = h->nbody,
		.marks = h->marks,
	};
	memcpy(s->words, words,
	    ((size_t)h->ntitle + h->nbody) * sizeof(s->words[0]));
}

bool
copies_unpack(struct copies *c, const void *data, size_t len, int64_t now,
    const struct copies_match *m)
{
	const char *at = data, *id, *origin, *words;
	struct packed h;
	struct particulars p;
	union {
		struct signature s;
		char bytes[sizeof(struct signature) +
			   sizeof(uint32_t) *
			       (SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY)];
	} room;
	struct entry e = { .arrived = now };
	struct doc *d;
	size_t n;

	if (len < sizeof(h))
		return false;
	memcpy(&h, at, sizeof(h));
	n = (size_t)h.ntitle + h.nbody;
	if (h.version != PACKED_VERSION || h.check != packed_check(c) ||
	    h.ntitle > SIGNATURE_MAX_TITLE || h.nbody > SIGNATURE_MAX_BODY ||
	    len != sizeof(h) + h.nid + h.norigin + 5 * n ||
	    m->relation == RELATION_KNOWN)
		return false;
	id = at + sizeof(h);
	origin = id + h.nid;
	words = origin + h.norigin;
	e.url = h.url;
	e.site = h.site;
	e.identity = h.identity;
	e.content = h.content;
	e.feed = h.feed;
	p = (struct particulars){
		.id = xstrndup(id, h.nid),
		.origin = h.norigin > 0 ? xstrndup(origin, h.norigin) : NULL,
		.agency = h.agency != 0,
		.serial = h.serial,
	};
	get_signature(&h, words, &room.s);
	d = doc_make(&room.s, c->weights,
	    (const uint8_t *)words + n * sizeof(room.s.words[0]));
	remembered_add(c, &e, d, &p, m);
	doc_free(d);
	free((void *)(uintptr_t)p.id);
	free((void *)(uintptr_t)p.origin);
	return true;
}

bool
copies_counts_due(const struct copies *c, int64_t now)
{
	uint64_t serial = weights_serial(c->weights);

	return serial >= c->counts_serial + COUNTS_ITEMS ||
	       (serial > c->counts_serial &&
		   (now < c->counts_at ||
		       now - c->counts_at >=
			   (int64_t)c->params.window_s / COUNTS_PARTS));
}

void
copies_counts_save(struct copies *c, int64_t now, struct strbuf *out)
{
	weights_save(c->weights, out);
	c->counts_serial = weights_serial(c->weights);
	c->counts_at = now;
}

bool
copies_counts_load(struct copies *c, const void *data, size_t len, int64_t now)
{
	if (!weights_load(c->weights, data, len))
		return false;
	c->counts_serial = weights_serial(c->weights);
	c->counts_at = now;
	return true;
}
