/* postings.c - an inverted index of short lists. */
#include "copy/postings.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/macros.h"
#include "base/xmalloc.h"

#define SHARDS_LOG2 10
#define SHARDS (1U << SHARDS_LOG2) /* by the first bits of the key */
/* Of shard i: no two grow at one time, so that memory grows evenly. */
#define FIRST_SLOTS(i) (16 + (uint32_t)(i) / 64)
#define SWEPT 8 /* slots looked at with every fourth addition */
#define SWEEP_AT 4
#define AHEAD 8         /* slots whose lists are brought near */
#define FEW 3           /* things of a small chunk */
#define MANY 14         /* of a large one: with its head a cache line */
#define SEGMENT_LOG2 14 /* chunks of a segment */
#define SEGMENT (1U << SEGMENT_LOG2)
#define LINE 64
#define KEPT_CHUNKS (POSTINGS_LIST_MAX / MANY + 1)

/* What a slot or a chunk refers to: a thing itself, or a chunk by number. */
#define REF_CHUNK 0x80000000U
#define REF_LARGE 0x40000000U
#define REF_NUMBER 0x3fffffffU

struct slot {
	uint32_t key, ref; /* ref 0 = free */
};

struct shard {
	struct slot *v;
	uint32_t size, used;
	uint32_t hand, due; /* next to be swept, and in how many additions */
	uint32_t swept;     /* the tail when the last round began */
	uint32_t begun;     /* and this one */
};

/* Two to FEW things, oldest first, then 0; free ones are chained. */
struct small {
	uint32_t thing[FEW];
	uint32_t next;
};

/* The newer end of a list; those before it are full. */
struct large {
	uint32_t next; /* the older rest: number + 1, or 0 */
	uint32_t n;
	uint32_t thing[MANY];
};

/* Chunks by number, in segments that never move, at the lines of the cache. */
struct pool {
	void **segments;
	size_t nsegments, used; /* chunks ever given out */
	uint32_t free;          /* number + 1 of the first free one, or 0 */
};

struct postings {
	struct shard shards[SHARDS];
	struct pool small, large;
	uint32_t tail; /* things below are dead */
	size_t bytes;  /* of it and its slots */
};

struct postings *
postings_new(void)
{
	struct postings *ix = xcalloc(1, sizeof(*ix));

	for (size_t i = 0; i < SHARDS; i++) {
		struct shard *sh = &ix->shards[i];

		sh->size = FIRST_SLOTS(i);
		sh->v = xcalloc(sh->size, sizeof(*sh->v));
		ix->bytes += sh->size * sizeof(*sh->v);
	}
	ix->bytes += sizeof(*ix);
	ix->tail = 1;
	return ix;
}

static void
pool_fini(struct pool *p)
{
	for (size_t i = 0; i < p->nsegments; i++)
		free(p->segments[i]);
	free(p->segments);
}

void
postings_free(struct postings *ix)
{
	if (ix == NULL)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		free(ix->shards[i].v);
	pool_fini(&ix->small);
	pool_fini(&ix->large);
	free(ix);
}

/* --- chunks --- */

static struct small *
small_at(const struct postings *ix, uint32_t number)
{
	return (struct small *)ix->small.segments[number >> SEGMENT_LOG2] +
	       number % SEGMENT;
}

static struct large *
large_at(const struct postings *ix, uint32_t number)
{
	return (struct large *)ix->large.segments[number >> SEGMENT_LOG2] +
	       number % SEGMENT;
}

/* One more, when none is free; answers its number. */
static uint32_t
pool_take(struct pool *p, size_t chunk)
{
	if (p->used == p->nsegments * SEGMENT) {
		p->segments = xreallocarray(
		    p->segments, p->nsegments + 1, sizeof(*p->segments));
		p->segments[p->nsegments++] =
		    xaligned_alloc(LINE, SEGMENT * chunk);
	}
	return (uint32_t)p->used++;
}

static uint32_t
small_new(struct postings *ix)
{
	uint32_t i = ix->small.free;

	if (i == 0)
		return pool_take(&ix->small, sizeof(struct small));
	ix->small.free = small_at(ix, i - 1)->next;
	return i - 1;
}

static uint32_t
large_new(struct postings *ix)
{
	uint32_t i = ix->large.free;

	if (i == 0)
		return pool_take(&ix->large, sizeof(struct large));
	ix->large.free = large_at(ix, i - 1)->next;
	return i - 1;
}

static void
small_free(struct postings *ix, uint32_t number)
{
	small_at(ix, number)->next = ix->small.free;
	ix->small.free = number + 1;
}

/* It and what is older. */
static void
large_free(struct postings *ix, uint32_t number)
{
	uint32_t at = number + 1, next;

	for (; at != 0; at = next) {
		struct large *lg = large_at(ix, at - 1);

		next = lg->next;
		lg->next = ix->large.free;
		ix->large.free = at;
	}
}

static uint32_t
small_len(const struct small *sm)
{
	return sm->thing[FEW - 1] != 0 ? FEW : FEW - 1;
}

/* The newest thing of a list. */
static uint32_t
newest(const struct postings *ix, uint32_t ref)
{
	const struct large *lg;
	const struct small *sm;

	if (!(ref & REF_CHUNK))
		return ref;
	if (ref & REF_LARGE) {
		lg = large_at(ix, ref & REF_NUMBER);
		return lg->thing[lg->n - 1];
	}
	sm = small_at(ix, ref & REF_NUMBER);
	return sm->thing[small_len(sm) - 1];
}

static void
ref_expect(const struct postings *ix, uint32_t ref)
{
	if ((ref & REF_CHUNK) && (ref & REF_LARGE))
		__builtin_prefetch(large_at(ix, ref & REF_NUMBER));
	else if (ref & REF_CHUNK)
		__builtin_prefetch(small_at(ix, ref & REF_NUMBER));
}

/* --- slots --- */

static uint32_t
home_of(const struct shard *sh, uint32_t key)
{
	return (uint32_t)((uint64_t)(key << SHARDS_LOG2) * sh->size >> 32);
}

/* Where the key is, or the free slot where it would be. */
static uint32_t
slot_of(const struct shard *sh, uint32_t key)
{
	uint32_t i = home_of(sh, key);

	while (sh->v[i].ref != 0 && sh->v[i].key != key)
		i = i + 1 == sh->size ? 0 : i + 1;
	return i;
}

static void
shard_grow(struct shard *sh)
{
	struct shard old = *sh;

	sh->size += sh->size / 2;
	sh->v = xcalloc(sh->size, sizeof(*sh->v));
	sh->hand = 0;
	sh->begun = 0;
	for (uint32_t i = 0; i < old.size; i++) {
		if (old.v[i].ref != 0)
			sh->v[slot_of(sh, old.v[i].key)] = old.v[i];
	}
	free(old.v);
}

/* Free slot i; those behind that were pushed on by it move up. */
static void
slot_delete(struct shard *sh, uint32_t i)
{
	uint32_t at = i;

	for (;;) {
		uint32_t home;

		at = at + 1 == sh->size ? 0 : at + 1;
		if (sh->v[at].ref == 0)
			break;
		home = home_of(sh, sh->v[at].key);
		/* Must it stay, its home being behind the hole? */
		if (i <= at ? i < home && home <= at : i < home || home <= at)
			continue;
		sh->v[i] = sh->v[at];
		i = at;
	}
	sh->v[i].ref = 0;
	sh->used--;
}

/* If all of slot i is dead, take it back with its chunks: another may be there
 * then. */
static bool
take_back(struct postings *ix, struct shard *sh, uint32_t i)
{
	uint32_t ref = sh->v[i].ref;

	if (ref == 0 || newest(ix, ref) >= ix->tail)
		return false;
	if ((ref & REF_CHUNK) && (ref & REF_LARGE))
		large_free(ix, ref & REF_NUMBER);
	else if (ref & REF_CHUNK)
		small_free(ix, ref & REF_NUMBER);
	slot_delete(sh, i);
	return true;
}

/* Take back a few slots and chunks of which all is dead. */
static void
sweep(struct postings *ix, struct shard *sh)
{
	if (sh->swept == ix->tail || ++sh->due < SWEEP_AT)
		return;
	sh->due = 0;
	for (int n = 0; n < SWEPT; n++) {
		if (sh->hand == 0 && n == 0)
			sh->begun = ix->tail;
		if (take_back(ix, sh, sh->hand))
			continue;
		if (++sh->hand == sh->size) {
			sh->hand = 0;
			sh->swept = sh->begun;
			return;
		}
	}
}

/*
 * A shard that is full: what is dead in it goes, all at once, before more
 * memory is taken. It takes about as long as to grow.
 */
static void
make_room(struct postings *ix, struct shard *sh)
{
	if (sh->swept != ix->tail) {
		for (uint32_t i = 0; i < sh->size; i++) {
			uint32_t ahead = i + AHEAD < sh->size ? i + AHEAD : i;

			ref_expect(ix, sh->v[ahead].ref);
			while (take_back(ix, sh, i))
				;
		}
		sh->hand = 0;
		sh->swept = ix->tail;
	}
	if ((uint64_t)sh->used * 5 >= (uint64_t)sh->size * 3) {
		ix->bytes -= sh->size * sizeof(*sh->v);
		shard_grow(sh);
		ix->bytes += sh->size * sizeof(*sh->v);
	}
}

/* --- lists --- */

/* A new chunk before the one of `ref`, without what is over the limit. */
static uint32_t
large_extend(struct postings *ix, uint32_t number)
{
	uint32_t i = large_new(ix), at = number + 1;
	struct large *lg = large_at(ix, i);

	lg->next = number + 1;
	lg->n = 0;
	for (int kept = 1; kept < KEPT_CHUNKS && at != 0; kept++)
		at = large_at(ix, at - 1)->next;
	if (at != 0 && large_at(ix, at - 1)->next != 0) {
		large_free(ix, large_at(ix, at - 1)->next - 1);
		large_at(ix, at - 1)->next = 0;
	}
	return i;
}

/* The list `ref` with `thing` as its newest. */
static uint32_t
list_add(struct postings *ix, uint32_t ref, uint32_t thing)
{
	uint32_t i;

	if (!(ref & REF_CHUNK)) { /* a single thing */
		i = small_new(ix);
		*small_at(ix, i) = (struct small){ { ref, thing, 0 }, 0 };
		return REF_CHUNK | i;
	}
	if (!(ref & REF_LARGE)) {
		struct small sm = *small_at(ix, ref & REF_NUMBER);

		if (sm.thing[FEW - 1] == 0) {
			small_at(ix, ref & REF_NUMBER)->thing[FEW - 1] = thing;
			return ref;
		}
		small_free(ix, ref & REF_NUMBER);
		i = large_new(ix);
		*large_at(ix, i) = (struct large){ .n = FEW };
		for (size_t k = 0; k < FEW; k++)
			large_at(ix, i)->thing[k] = sm.thing[k];
	} else {
		i = ref & REF_NUMBER;
		if (large_at(ix, i)->n == MANY)
			i = large_extend(ix, i);
	}
	large_at(ix, i)->thing[large_at(ix, i)->n++] = thing;
	return REF_CHUNK | REF_LARGE | i;
}

void
postings_add(struct postings *ix, uint32_t key, uint32_t thing)
{
	struct shard *sh = &ix->shards[key >> (32 - SHARDS_LOG2)];
	struct slot *s;

	sweep(ix, sh);
	if ((uint64_t)sh->used * 5 >= (uint64_t)sh->size * 4)
		make_room(ix, sh);
	s = &sh->v[slot_of(sh, key)];
	if (s->ref == 0) {
		sh->used++;
		*s = (struct slot){ key, thing };
	} else {
		s->ref = list_add(ix, s->ref, thing);
	}
}

void
postings_expire(struct postings *ix, uint32_t thing)
{
	ix->tail = MAX(ix->tail, thing);
}

void
postings_expect(const struct postings *ix, uint32_t key)
{
	const struct shard *sh = &ix->shards[key >> (32 - SHARDS_LOG2)];

	__builtin_prefetch(&sh->v[home_of(sh, key)]);
}

struct postings_list
postings_find(const struct postings *ix, uint32_t key)
{
	const struct shard *sh = &ix->shards[key >> (32 - SHARDS_LOG2)];
	struct postings_list l = { sh->v[slot_of(sh, key)].ref, 0, 0 };

	ref_expect(ix, l.ref);
	return l;
}

/* What lives of a chunk, and which is counted next. */
static void
count_large(
    const struct postings *ix, const struct large *lg, struct postings_list *l)
{
	uint32_t dead = 0;

	while (dead < lg->n && lg->thing[dead] < ix->tail)
		dead++;
	l->len = MIN(l->len + lg->n - dead, POSTINGS_LIST_MAX);
	/* What is older than a dead one is not read. */
	l->rest = dead > 0 || l->len == POSTINGS_LIST_MAX ? 0 : lg->next;
	if (l->rest != 0)
		__builtin_prefetch(large_at(ix, l->rest - 1));
}

void
postings_count(const struct postings *ix, struct postings_list *l)
{
	const struct small *sm;

	if (!(l->ref & REF_CHUNK)) {
		l->len = l->ref >= ix->tail;
	} else if (l->ref & REF_LARGE) {
		count_large(ix, large_at(ix, l->ref & REF_NUMBER), l);
	} else {
		sm = small_at(ix, l->ref & REF_NUMBER);
		for (size_t i = 0; i < FEW; i++)
			l->len += sm->thing[i] >= ix->tail;
	}
}

void
postings_follow(const struct postings *ix, struct postings_list *l)
{
	count_large(ix, large_at(ix, l->rest - 1), l);
}

size_t
postings_read(const struct postings *ix, struct postings_list l,
    uint32_t *things, size_t max)
{
	uint32_t at = (l.ref & REF_NUMBER) + 1, since = ix->tail;
	size_t n = 0;

	max = MIN(max, POSTINGS_LIST_MAX);
	if (!(l.ref & REF_CHUNK)) {
		if (l.ref >= since && max > 0)
			things[n++] = l.ref;
		return n;
	}
	if (!(l.ref & REF_LARGE)) {
		const struct small *sm = small_at(ix, l.ref & REF_NUMBER);

		for (size_t i = small_len(sm); i-- > 0 && n < max;) {
			if (sm->thing[i] >= since)
				things[n++] = sm->thing[i];
		}
		return n;
	}
	while (at != 0) {
		const struct large *lg = large_at(ix, at - 1);

		for (size_t i = lg->n; i-- > 0;) {
			if (lg->thing[i] < since || n == max)
				return n;
			things[n++] = lg->thing[i];
		}
		at = lg->next;
	}
	return n;
}

size_t
postings_bytes(const struct postings *ix)
{
	return ix->bytes + ix->small.used * sizeof(struct small) +
	       ix->large.used * sizeof(struct large);
}
