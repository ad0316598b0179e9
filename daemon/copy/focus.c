/* focus.c - a text made ready to be held against many. */
#include "copy/focus.h"

#include <string.h>

#include "base/macros.h"

#define WORD_BITS 30    /* of a word's hash: see word_hash() */
#define SHINGLE_BITS 32 /* and of a shingle's */

/* --- lists --- */

/* As many bits as are set seldom, and buckets of an entry or two. */
static void
list_set(
    struct focus_list *l, const struct weighted *v, size_t n, int hash_bits)
{
	int bits = 9, buckets;
	size_t b = 0;

	while (bits < FOCUS_BITS_LOG2 && (size_t)1 << (bits - 4) < n)
		bits++;
	buckets = bits - 4;
	l->v = v;
	l->n = n;
	l->bit_shift = hash_bits - bits;
	l->bucket_shift = hash_bits - buckets;
	memset(l->bits, 0, (size_t)1 << (bits - 3));
	for (size_t i = 0; i < n; i++) {
		uint32_t bit = v[i].hash >> l->bit_shift;
		size_t bucket = v[i].hash >> l->bucket_shift;

		l->bits[bit / 64] |= (uint64_t)1 << bit % 64;
		while (b <= bucket)
			l->start[b++] = (uint16_t)i;
	}
	while (b <= (size_t)1 << buckets)
		l->start[b++] = (uint16_t)n;
}

static bool
may_hold(const struct focus_list *l, uint32_t hash)
{
	uint32_t bit = hash >> l->bit_shift;

	return (l->bits[bit / 64] >> bit % 64 & 1) != 0;
}

/* Where it is, or FOCUS_NONE. */
static uint16_t
place_of(const struct focus_list *l, uint32_t hash)
{
	size_t bucket = hash >> l->bucket_shift;

	for (uint16_t i = l->start[bucket]; i < l->start[bucket + 1]; i++) {
		if (l->v[i].hash == hash)
			return i;
	}
	return FOCUS_NONE;
}

bool
focus_holds(const struct focus_list *l, uint32_t hash)
{
	return may_hold(l, hash) && place_of(l, hash) != FOCUS_NONE;
}

static void
clear_hits(struct focus_list *l)
{
	memset(l->hit, 0, (l->n + 63) / 64 * sizeof(l->hit[0]));
}

bool
focus_hit(const struct focus_list *l, uint16_t at)
{
	return at != FOCUS_NONE && (l->hit[at / 64] >> at % 64 & 1) != 0;
}

float
focus_shared(
    struct focus_list *l, const struct weighted *v, size_t len, uint32_t *n)
{
	uint32_t mass = 0;

	*n = 0;
	clear_hits(l);
	for (size_t j = 0; j < len; j++) {
		uint16_t at;

		if (!may_hold(l, v[j].hash) ||
		    (at = place_of(l, v[j].hash)) == FOCUS_NONE)
			continue;
		l->hit[at / 64] |= (uint64_t)1 << at % 64;
		mass += MIN(l->v[at].weight, v[j].weight);
		(*n)++;
	}
	return (float)mass;
}

/* Summed in the order of hashes, whichever text is the focus. */
float
focus_product(struct focus_list *l, const struct weighted *v, size_t len,
    struct focus_facts *facts)
{
	float sum = 0.0F;

	memset(facts, 0, sizeof(*facts));
	clear_hits(l);
	for (size_t j = 0; j < len; j++) {
		uint32_t x, y, told, heard;
		uint16_t at;

		if (!may_hold(l, v[j].hash) ||
		    (at = place_of(l, v[j].hash)) == FOCUS_NONE)
			continue;
		l->hit[at / 64] |= (uint64_t)1 << at % 64;
		x = DOC_WEIGHT(l->v[at].weight);
		y = DOC_WEIGHT(v[j].weight);
		sum += (float)x * (float)y;
		told = (l->v[at].weight & DOC_FACT) != 0;
		heard = (v[j].weight & DOC_FACT) != 0;
		facts->both += told & heard;
		facts->told += x * told;
		facts->heard += y * heard;
	}
	return sum;
}

/* --- rare words --- */

static uint32_t
slot_of(const struct focus_rare *r, uint32_t word)
{
	uint32_t i = word % FOCUS_RARE_SLOTS;

	while (r->slot[i] != 0 && r->word[r->slot[i] - 1] != word)
		i = (i + 1) % FOCUS_RARE_SLOTS;
	return i;
}

uint16_t
focus_rare(const struct focus_rare *r, uint32_t word)
{
	uint16_t found = r->slot[slot_of(r, word)];

	return found != 0 ? (uint16_t)(found - 1) : FOCUS_NONE;
}

static void
rare_set(struct focus_rare *r, const struct doc *d)
{
	memset(r->slot, 0, sizeof(r->slot));
	r->n = 0;
	for (uint16_t i = 0; i < d->nrare; i++) {
		uint32_t at = slot_of(r, d->rare[i]);

		if (r->slot[at] == 0) {
			r->word[r->n] = d->rare[i];
			r->first[r->n] = i;
			r->number[r->n] = false;
			r->slot[at] = ++r->n;
		}
		r->of[i] = (uint16_t)(r->slot[at] - 1);
	}
	for (uint16_t i = 0; i < d->nnumbers; i++) {
		uint16_t k = focus_rare(r, d->numbers[i]);

		if (k != FOCUS_NONE)
			r->number[k] = true;
	}
}

void
focus_set(struct focus *fo, const struct doc *d)
{
	fo->d = d;
	list_set(&fo->shingles, d->shingles, d->nshingles, SHINGLE_BITS);
	list_set(&fo->words, d->words, d->nwords, WORD_BITS);
	rare_set(&fo->rare, d);
	for (size_t i = 0; i < d->nlead; i++)
		fo->lead[i] = place_of(&fo->shingles, d->lead[i]);
	for (size_t i = 0; i < d->ntitle; i++)
		fo->title[i] = place_of(&fo->words, d->title[i].hash);
}
