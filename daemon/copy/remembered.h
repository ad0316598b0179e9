/*
 * remembered - what the copy index is made of; the inner part of copies.h.
 */
#ifndef COPY_REMEMBERED_H
#define COPY_REMEMBERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "copy/copies.h"
#include "copy/signature.h"

struct candidates;
struct cluster;
struct doc;
struct focus;
struct shelf;
struct stories;
struct weights;

#define REMEMBERED_BOARD 256 /* entries of a board */

/* One remembered item. */
struct entry {
	const struct doc *doc; /* on the shelf, with id and of */
	struct cluster *cluster;
	const char *id;
	const char *of; /* what its decision named, "" if nothing */
	uint64_t url, site, identity, content, feed;
	int64_t arrived;
	uint32_t next, next_full; /* members of its cluster; 0 = the last */
};

/*
 * The doc of the last lookup: what is looked up is remembered next, mostly,
 * with nothing counted in between.
 */
struct latest {
	struct doc *doc; /* NULL = none */
	uint64_t serial; /* of the counts it was made with */
	uint32_t nidf;
	uint8_t idf[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
};

struct copies {
	struct copies_params params;
	struct weights *weights;
	struct candidates *index;
	struct stories *stories;
	struct shelf *shelf;
	/*
	 * Positions grow from 1; entries stand in boards that never move, a
	 * board at (position / size) % nboards. What is below the tail is not
	 * remembered any more; what it took is given back a few items at a
	 * time, so that no call takes long.
	 */
	struct entry **boards; /* NULL = it is not there */
	size_t nboards;        /* a power of two */
	uint32_t head, tail;   /* next to give, oldest remembered */
	uint32_t kept;         /* oldest whose memory was not given back */
	struct latest *latest;
	struct focus *focus;             /* on what is looked up */
	uint64_t counts_serial;          /* of the counts kept last */
	int64_t counts_at;               /* and when; 0 = never */
	uint64_t evicted, evicted_bytes; /* see copies_stats */
	uint32_t last_evicted;           /* items of the last generation that
					    went for its bytes */
	uint32_t since_evicted;          /* items that came after it */
};

/* What an item is remembered by, beside its text. */
struct particulars {
	const char *id, *origin; /* origin NULL = unknown */
	bool agency;             /* the origin is one */
	uint64_t serial;         /* of the counts, when it came */
};

static inline struct entry **
remembered_board(const struct copies *c, uint32_t pos)
{
	return &c->boards[pos / REMEMBERED_BOARD & (c->nboards - 1)];
}

static inline struct entry *
remembered_at(const struct copies *c, uint32_t pos)
{
	return *remembered_board(c, pos) + pos % REMEMBERED_BOARD;
}

/* Soon asked for: have the memory brought near. */
static inline void
remembered_expect(const struct copies *c, uint32_t pos)
{
	const struct entry *e = remembered_at(c, pos);

	__builtin_prefetch(e);
	__builtin_prefetch((const char *)(e + 1) - 1);
}

/* The identifying hashes of an item into *e; the rest is 0. */
void remembered_identify(
    const struct copies *c, const struct item *it, struct entry *e);
/* The doc of s, by the counts of this moment; it stays in c->latest. */
const struct doc *remembered_weigh(
    const struct copies *c, const struct signature *s);
/* Remember *given with its doc. */
void remembered_add(struct copies *c, const struct entry *given,
    const struct doc *d, const struct particulars *p,
    const struct copies_match *m);
/* The oldest items of a cluster that lives; 0 = it has no full text. */
uint32_t remembered_first(const struct copies *c, struct cluster *cl);
uint32_t remembered_first_full(const struct copies *c, struct cluster *cl);

/* --- the window --- */

/* Room for one more at c->head. */
void window_make_room(struct copies *c);
/* Forget all and give it back. */
void window_clear(struct copies *c);
size_t window_bytes(const struct copies *c);

#endif
