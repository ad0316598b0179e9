/* doc.c - a signature made ready for comparing. */
#include "copy/doc.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/signature.h"
#include "copy/weight.h"

#define SHORT_LIST 16
#define SHORT_U32 64
#define BUCKETS_LOG2 10
#define WORD_BITS 30    /* of a word's hash: see word_hash() */
#define SHINGLE_BITS 32 /* and of a shingle's */
#define CACHE_LINE 64
#define SHINGLE 3      /* words */
#define RARE_WEIGHT 72 /* 4.5 nats: a rare word */
#define RARE_PLACES 6  /* of one rare word */
#define UNIT 16.0F     /* of a weight */

/* Room while a doc is made; then all lists move into its own block. */
struct making {
	uint32_t raw[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	uint32_t word[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY]; /* folded */
	bool number[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	bool name[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	uint8_t idf[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	struct weighted shingles[SIGNATURE_MAX_BODY];
	struct weighted words[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	struct weighted title[SIGNATURE_MAX_TITLE];
	struct weighted sorted[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	uint8_t places[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	uint32_t lead[DOC_LEAD_SHINGLES];
	uint32_t rare[DOC_MAX_RARE];
	uint32_t numbers[SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY];
	uint32_t title_numbers[SIGNATURE_MAX_TITLE];
	uint32_t pairs[SIGNATURE_MAX_TITLE];
};

static void
insertion_sort(struct weighted *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct weighted x = v[i];
		size_t at = i;

		for (; at > 0 && v[at - 1].hash > x.hash; at--)
			v[at] = v[at - 1];
		v[at] = x;
	}
}

/* How many buckets, as a power of two, for a list of n. */
static int
buckets_for(size_t n)
{
	return n <= 96 ? 6 : n <= 384 ? 8 : BUCKETS_LOG2;
}

/*
 * By hash. Hashes of so many bits are even over their range, so that all but
 * short lists fall into order by their high bits but for a few places; the
 * same word many times is no harm.
 */
static void
sort_weighted(struct weighted *v, size_t n, int bits, struct weighted *room)
{
	uint16_t first[(1 << BUCKETS_LOG2) + 1];
	int log2 = buckets_for(n), shift = bits - log2;

	if (n > SHORT_LIST) {
		memset(first, 0, sizeof(first[0]) * (((size_t)1 << log2) + 1));
		for (size_t i = 0; i < n; i++)
			first[(v[i].hash >> shift) + 1]++;
		for (size_t i = 1; i <= (size_t)1 << log2; i++)
			first[i] = (uint16_t)(first[i] + first[i - 1]);
		for (size_t i = 0; i < n; i++)
			room[first[v[i].hash >> shift]++] = v[i];
		memcpy(v, room, n * sizeof(*v));
	}
	insertion_sort(v, n);
}

static int
u32_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Most lists are short, and qsort(3) calls back. */
static void
sort_u32(uint32_t *v, size_t n)
{
	if (n > SHORT_U32) {
		qsort(v, n, sizeof(*v), u32_cmp);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		uint32_t x = v[i];
		size_t at = i;

		for (; at > 0 && v[at - 1] > x; at--)
			v[at] = v[at - 1];
		v[at] = x;
	}
}

static uint16_t
sort_distinct(uint32_t *v, size_t n)
{
	size_t kept = 0;

	sort_u32(v, n);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || v[kept - 1] != v[i])
			v[kept++] = v[i];
	}
	return (uint16_t)kept;
}

/* Sort by hash; equal ones become one. */
static uint16_t
distinct(struct making *mk, struct weighted *v, size_t n, int bits)
{
	size_t kept = 0;

	sort_weighted(v, n, bits, mk->sorted);
	for (size_t i = 0; i < n; i++) {
		if (kept == 0 || v[kept - 1].hash != v[i].hash)
			v[kept++] = v[i];
	}
	return (uint16_t)kept;
}

/* Three words in a row; short bodies have what they have. */
static void
make_shingles(struct making *mk, struct doc *d, size_t from, size_t n)
{
	size_t nsh = n >= SHINGLE ? n - SHINGLE + 1 : 0;

	for (size_t i = 0; i < nsh; i++) {
		const uint32_t *w = mk->raw + from + i;
		const uint8_t *idf = mk->idf + from + i;
		uint64_t h = hash_mix(hash_mix(w[0], w[1]), w[2]);

		mk->shingles[i].hash = (uint32_t)(h >> 32);
		mk->shingles[i].weight = (uint16_t)(idf[0] + idf[1] + idf[2]);
		if (i < DOC_LEAD_SHINGLES)
			mk->lead[i] = mk->shingles[i].hash;
	}
	d->nlead = sort_distinct(mk->lead, MIN(nsh, DOC_LEAD_SHINGLES));
	d->nshingles = distinct(mk, mk->shingles, nsh, SHINGLE_BITS);
	for (size_t i = 0; i < d->nshingles; i++)
		d->shingle_mass += (float)mk->shingles[i].weight;
}

/*
 * Term counts weighted: (1 + log tf) * idf. Names are told by their capitals,
 * which all the words of a title may have.
 */
static void
make_words(struct making *mk, struct doc *d, size_t ntitle, size_t n)
{
	struct weighted *v = mk->words;
	float norm = 0.0F;
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		bool fact = i >= ntitle && (mk->number[i] || mk->name[i]);

		v[i].hash = mk->word[i];
		v[i].weight = (uint16_t)(mk->idf[i] | (fact ? DOC_FACT : 0));
	}
	sort_weighted(v, n, WORD_BITS, mk->sorted);
	for (size_t i = 0, next; i < n; i = next) {
		float x = (float)DOC_WEIGHT(v[i].weight);
		uint32_t fact = v[i].weight & DOC_FACT;

		for (next = i + 1; next < n && v[next].hash == v[i].hash;)
			fact |= v[next++].weight & DOC_FACT;
		if (next - i > 1)
			x = roundf(x * (1.0F + logf((float)(next - i))));
		v[kept].hash = v[i].hash;
		v[kept++].weight = (uint16_t)((uint32_t)x | fact);
		norm += x * x;
		d->fact_mass += fact != 0 ? x : 0.0F;
	}
	d->nwords = (uint16_t)kept;
	d->word_norm = sqrtf(norm);
}

static void
make_title(struct making *mk, struct doc *d, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		mk->title[i].hash = mk->word[i];
		mk->title[i].weight = mk->idf[i];
	}
	d->ntitle = distinct(mk, mk->title, n, WORD_BITS);
	for (size_t i = 0; i < d->ntitle; i++)
		d->title_mass += (float)mk->title[i].weight;
	for (size_t i = 0; i + 1 < n; i++)
		mk->pairs[i] = (uint32_t)hash_mix(mk->raw[i], mk->raw[i + 1]);
	d->npairs = sort_distinct(mk->pairs, n > 0 ? n - 1 : 0);
}

/* Where a word of the text is among the distinct ones. */
static size_t
word_at(const struct making *mk, size_t n, uint32_t word)
{
	const struct weighted *v = mk->words;

	/* No branch: which half it is in cannot be foretold. */
	for (size_t half; n > 1; n -= half) {
		half = n / 2;
		v = v[half].hash <= word ? v + half : v;
	}
	return (size_t)(v - mk->words);
}

/*
 * Rare words and numbers in the order in which the text tells them; one that
 * comes often says little by its place.
 */
static void
make_rare(struct making *mk, struct doc *d, size_t from, size_t n)
{
	for (size_t i = from; i < from + n && d->nrare < DOC_MAX_RARE; i++) {
		size_t at;

		if (mk->idf[i] < RARE_WEIGHT && !mk->number[i])
			continue;
		at = word_at(mk, d->nwords, mk->word[i]);
		if (mk->places[at] == RARE_PLACES)
			continue;
		mk->places[at]++;
		mk->rare[d->nrare++] = mk->word[i];
	}
}

static void
make_numbers(struct making *mk, struct doc *d, size_t ntitle, size_t n)
{
	size_t all = 0, title = 0;

	for (size_t i = 0; i < n; i++) {
		if (!mk->number[i])
			continue;
		mk->numbers[all++] = mk->word[i];
		if (i < ntitle)
			mk->title_numbers[title++] = mk->word[i];
	}
	d->nnumbers = sort_distinct(mk->numbers, all);
	d->ntitle_numbers = sort_distinct(mk->title_numbers, title);
}

size_t
doc_size(const struct doc *d)
{
	return sizeof(*d) +
	       ((size_t)d->nshingles + d->nwords + d->ntitle) *
		   sizeof(struct weighted) +
	       ((size_t)d->nlead + d->nrare + d->nnumbers + d->ntitle_numbers +
		   d->npairs) *
		   sizeof(uint32_t);
}

/* The lists of *d, which has their lengths, in the room behind it. */
static void
set_lists(struct doc *d)
{
	/* Those of four bytes first: what is packed may lie anywhere. */
	d->lead = (uint32_t *)(d + 1);
	d->rare = d->lead + d->nlead;
	d->numbers = d->rare + d->nrare;
	d->title_numbers = d->numbers + d->nnumbers;
	d->pairs = d->title_numbers + d->ntitle_numbers;
	d->shingles = (struct weighted *)(d->pairs + d->npairs);
	d->words = d->shingles + d->nshingles;
	d->title = d->words + d->nwords;
}

/* *d with its lists, in one block. */
static struct doc *
pack(const struct doc *d, const struct making *mk)
{
	struct doc *out = xmalloc(doc_size(d));

	*out = *d;
	set_lists(out);
	memcpy(out->lead, mk->lead, d->nlead * sizeof(*out->lead));
	memcpy(out->rare, mk->rare, d->nrare * sizeof(*out->rare));
	memcpy(out->numbers, mk->numbers, d->nnumbers * sizeof(*out->numbers));
	memcpy(out->title_numbers, mk->title_numbers,
	    d->ntitle_numbers * sizeof(*out->title_numbers));
	memcpy(out->pairs, mk->pairs, d->npairs * sizeof(*out->pairs));
	memcpy(
	    out->shingles, mk->shingles, d->nshingles * sizeof(*out->shingles));
	memcpy(out->words, mk->words, d->nwords * sizeof(*out->words));
	memcpy(out->title, mk->title, d->ntitle * sizeof(*out->title));
	return out;
}

struct doc *
doc_copy(const struct doc *d, void *room)
{
	struct doc *out = memcpy(room, d, doc_size(d));

	set_lists(out);
	return out;
}

void
doc_weigh(const struct signature *s, const struct weights *w, uint8_t *idf)
{
	size_t n = (size_t)s->ntitle + s->nbody;
	bool number = false; /* of no interest here */

	for (size_t i = 0; i < n; i++)
		weights_expect(w, WORD_HASH(s->words[i]));
	for (size_t i = 0; i < n; i++) {
		uint32_t word =
		    weights_same(w, WORD_HASH(s->words[i]), &number);

		idf[i] = (uint8_t)(weights_get(w, word) * UNIT);
	}
}

struct doc *
doc_make(const struct signature *s, const struct weights *w, const uint8_t *idf)
{
	struct making room, *mk = &room;
	size_t n = (size_t)s->ntitle + s->nbody;
	struct doc d;

	memset(&d, 0, sizeof(d));
	d.title_hash = s->title_hash;
	d.body_hash = s->body_hash;
	d.anti = s->anti;
	d.marks = s->marks;
	d.agency = s->agency;
	d.body_words = s->body_words;
	d.number = s->number;
	d.form = s->body_words >= DOC_FULL_WORDS   ? DOC_FULL
		 : s->body_words < DOC_TITLE_WORDS ? DOC_TITLE
						   : DOC_SUMMARY;
	memcpy(mk->idf, idf, n);
	for (size_t i = 0; i < n; i++) {
		mk->raw[i] = WORD_HASH(s->words[i]);
		mk->number[i] = (s->words[i] & WORD_NUMBER) != 0;
		mk->name[i] = (s->words[i] & WORD_CAPITAL) != 0;
		mk->word[i] = weights_same(w, mk->raw[i], &mk->number[i]);
	}
	make_title(mk, &d, s->ntitle);
	make_shingles(mk, &d, s->ntitle, s->nbody);
	make_words(mk, &d, s->ntitle, n);
	memset(mk->places, 0, d.nwords);
	make_rare(mk, &d, s->ntitle, s->nbody);
	if (d.form != DOC_FULL)
		make_rare(mk, &d, 0, s->ntitle);
	make_numbers(mk, &d, s->ntitle, n);
	return pack(&d, mk);
}

void
doc_free(struct doc *d)
{
	free(d);
}

void
doc_expect_head(const struct doc *d)
{
	for (size_t at = 0; at < sizeof(*d); at += CACHE_LINE)
		__builtin_prefetch((const char *)d + at);
}

void
doc_expect(const struct doc *d)
{
	const char *at = (const char *)(d + 1);
	const char *end = (const char *)(d->title + d->ntitle);

	for (; at < end; at += CACHE_LINE)
		__builtin_prefetch(at);
}
