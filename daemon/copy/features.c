/* features.c - what two texts share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "copy/doc.h"
#include "copy/verdict.h"

#define FEW 0.2F       /* shared so little, nothing comes of it */
#define PLACES 6       /* of one rare word that are tried */
#define NAME_WEIGHT 72 /* 4.5 nats: a word that names one thing */

static const struct weighted *
find(const struct weighted *v, size_t n, uint32_t hash)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (v[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	return low < n && v[low].hash == hash ? &v[low] : NULL;
}

/* Weight of what both lists hold, by the lesser weight; *n counts it. */
static float
shared_mass(const struct weighted *a, size_t na, const struct weighted *b,
    size_t nb, uint32_t *n)
{
	size_t i = 0, j = 0;
	float mass = 0.0F;

	*n = 0;
	while (i < na && j < nb) {
		uint32_t x = a[i].hash, y = b[j].hash;

		if (x == y) {
			mass += (float)MIN(a[i].weight, b[j].weight);
			(*n)++;
		}
		/* No branch: which side is behind cannot be foretold. */
		i += x <= y;
		j += y <= x;
	}
	return mass;
}

static float
ratio(float a, float b)
{
	return b > 0.0F ? a / b : 0.0F;
}

static uint32_t
shared_count(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	size_t i = 0, j = 0;
	uint32_t n = 0;

	while (i < na && j < nb) {
		uint32_t x = a[i], y = b[j];

		n += x == y;
		i += x <= y;
		j += y <= x;
	}
	return n;
}

static float
cosine(const struct doc *a, const struct doc *b)
{
	size_t i = 0, j = 0;
	float dot = 0.0F;

	while (i < a->nwords && j < b->nwords) {
		uint32_t x = a->words[i].hash, y = b->words[j].hash;

		if (x == y)
			dot += (float)a->words[i].weight *
			       (float)b->words[j].weight;
		i += x <= y;
		j += y <= x;
	}
	return ratio(dot, a->word_norm * b->word_norm);
}

/* Share of a's lead that stands anywhere in b's body. */
static float
lead_in(const struct doc *a, const struct doc *b)
{
	uint32_t hits = 0;

	for (size_t i = 0; i < a->nlead; i++)
		hits += find(b->shingles, b->nshingles, a->lead[i]) != NULL;
	return ratio((float)hits, (float)a->nlead);
}

static bool
holds(const uint32_t *v, size_t n, uint32_t x)
{
	size_t i = 0;

	/* Mostly it is not there: few branches. */
	for (; i + 8 <= n; i += 8) {
		const uint32_t *u = v + i;

		if ((u[0] == x) | (u[1] == x) | (u[2] == x) | (u[3] == x) |
		    (u[4] == x) | (u[5] == x) | (u[6] == x) | (u[7] == x))
			return true;
	}
	for (; i < n; i++) {
		if (v[i] == x)
			return true;
	}
	return false;
}

/* Which words a list may hold: says no for most that it does not. */
struct sieve {
	uint64_t bits[32];
};

static void
sieve_make(struct sieve *sv, const uint32_t *v, size_t n)
{
	memset(sv, 0, sizeof(*sv));
	for (size_t i = 0; i < n; i++)
		sv->bits[v[i] / 64 % 32] |= (uint64_t)1 << v[i] % 64;
}

static bool
sieve_may(const struct sieve *sv, uint32_t x)
{
	return (sv->bits[x / 64 % 32] >> x % 64 & 1) != 0;
}

/* Two texts and what their rare words may be. */
struct rares {
	const struct doc *a, *b;
	const struct sieve *sa, *sb;
};

/* Share of the numbers in a that are not in b. */
static float
missing(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	uint32_t gone = 0;

	for (size_t i = 0; i < na; i++)
		gone += !holds(b, nb, a[i]);
	return ratio((float)gone, (float)na);
}

static void
compare_numbers(const struct doc *a, const struct doc *b, struct features *f)
{
	const struct doc *less = a, *more = b;

	if (a->nwords > b->nwords) {
		less = b;
		more = a;
	}
	f->numbers = less->nnumbers;
	f->nc = missing(
	    less->numbers, less->nnumbers, more->numbers, more->nnumbers);
	f->swapped = f->nc > 0.0F && missing(more->numbers, more->nnumbers,
					 less->numbers, less->nnumbers) > 0.0F;
	f->tnc = 0.0F;
	if (a->ntitle_numbers > 0 && b->ntitle_numbers > 0)
		f->tnc = MIN(missing(a->title_numbers, a->ntitle_numbers,
				 b->numbers, b->nnumbers),
		    missing(b->title_numbers, b->ntitle_numbers, a->numbers,
			a->nnumbers));
}

/*
 * Are the rare words that a shares with b all over a, or in one place (a
 * list of names, a passage of background)? The poorest third's share of what
 * a third would have if they were even.
 */
static float
spread_of(const struct doc *a, const struct doc *b, const struct sieve *sb)
{
	uint32_t hits[3] = { 0, 0, 0 }, all = 0, least;

	for (size_t i = 0; i < a->nrare; i++) {
		if (!sieve_may(sb, a->rare[i]) ||
		    !holds(b->rare, b->nrare, a->rare[i]))
			continue;
		hits[3 * i / a->nrare]++;
		all++;
	}
	least = MIN(hits[0], MIN(hits[1], hits[2]));
	return ratio(3.0F * (float)least, (float)all);
}

/*
 * The longest common order of two lists of rare words: the longest rising
 * run of places in `b` met on the way through `a` (Hunt and Szymanski, with
 * a bound on the places of one word).
 */
static void
compare_order(const struct rares *p, struct features *f)
{
	const struct doc *a = p->a, *b = p->b;
	uint32_t ends[DOC_MAX_RARE + 1], n = 0, shared = 0;

	for (size_t i = 0; i < a->nrare; i++) {
		int tried = 0;

		if (!sieve_may(p->sb, a->rare[i]))
			continue;
		/* Later places first, so that one word extends once. */
		for (size_t j = b->nrare; j-- > 0 && tried < PLACES;) {
			uint32_t low = 0, high = n;

			if (b->rare[j] != a->rare[i])
				continue;
			tried++;
			while (low < high) {
				uint32_t mid = (low + high) / 2;

				if (ends[mid] < j)
					low = mid + 1;
				else
					high = mid;
			}
			ends[low] = (uint32_t)j;
			if (low == n)
				n++;
		}
		shared += tried > 0;
		f->kinds += tried > 0 && !holds(a->rare, i, a->rare[i]);
	}
	shared = MIN(shared, b->nrare);
	f->order = n;
	f->rare = shared;
	f->r = ratio((float)n, (float)MIN(a->nrare, b->nrare));
	f->o = ratio((float)n, (float)shared);
	f->spread = MIN(spread_of(a, b, p->sb), spread_of(b, a, p->sa));
}

/*
 * Are the rare words of a's beginning told in the first half of b? Two texts
 * with one background tell other things first.
 */
static float
lead_told(const struct doc *a, const struct doc *b, const struct sieve *sb)
{
	size_t n = (a->nrare + 2U) / 3, half = (b->nrare + 1U) / 2;
	uint32_t told = 0;

	for (size_t i = 0; i < n; i++)
		told += sieve_may(sb, a->rare[i]) &&
			holds(b->rare, half, a->rare[i]);
	return ratio((float)told, (float)n);
}

/* Share of the rare words of a, numbers aside, that b has. */
static float
names_told(const struct doc *a, const struct doc *b, const struct sieve *sb)
{
	uint32_t told = 0, all = 0;

	for (size_t i = 0; i < a->nrare; i++) {
		if (holds(a->numbers, a->nnumbers, a->rare[i]))
			continue;
		all++;
		told += sieve_may(sb, a->rare[i]) &&
			holds(b->rare, b->nrare, a->rare[i]);
	}
	return all > 0 ? ratio((float)told, (float)all) : 1.0F;
}

static void
compare_rare(const struct doc *a, const struct doc *b, struct features *f)
{
	struct sieve sa, sb;
	struct rares p = { a, b, &sa, &sb };

	sieve_make(&sa, a->rare, a->nrare);
	sieve_make(&sb, b->rare, b->nrare);
	compare_order(&p, f);
	f->lead = MIN(lead_told(a, b, &sb), lead_told(b, a, &sa));
	f->names = a->nrare <= b->nrare ? names_told(a, b, &sb)
					: names_told(b, a, &sa);
}

/* Does the title of a name something that is nowhere in b? */
static bool
names_other(const struct doc *a, const struct doc *b)
{
	for (size_t i = 0; i < a->ntitle; i++) {
		if (a->title[i].weight >= NAME_WEIGHT &&
		    find(b->words, b->nwords, a->title[i].hash) == NULL)
			return true;
	}
	return false;
}

/* Does one hold a side of an opposite and the other only the other side? */
static bool
opposed(uint64_t a, uint64_t b)
{
	const uint64_t ones = 0x5555555555555555U;
	uint64_t a1 = a & ones, a2 = a >> 1 & ones;
	uint64_t b1 = b & ones, b2 = b >> 1 & ones;

	return ((a1 & ~a2 & b2 & ~b1) | (a2 & ~a1 & b1 & ~b2)) != 0;
}

/*
 * The cheap ones first: most candidates share a few words and no more, and
 * for those the rest stays 0.
 */
void
features_compare(const struct doc *a, const struct doc *b, int64_t apart_s,
    bool same_feed, bool same_site, struct features *f)
{
	const struct doc *fuller = a->body_words >= b->body_words ? a : b;
	const struct doc *other = fuller == a ? b : a;
	uint32_t n;
	float mass;

	memset(f, 0, sizeof(*f));
	f->apart_s = apart_s;
	f->same_feed = same_feed;
	f->same_site = same_site;
	f->same_number = same_site && a->number != 0 && a->number == b->number;
	f->same_title = a->title_hash != 0 && a->title_hash == b->title_hash;
	f->same_body = a->body_hash != 0 && a->body_hash == b->body_hash;
	mass = shared_mass(
	    a->shingles, a->nshingles, b->shingles, b->nshingles, &f->m);
	f->w = ratio(mass, MIN(a->shingle_mass, b->shingle_mass));
	f->c = cosine(a, b);
	mass = shared_mass(a->title, a->ntitle, b->title, b->ntitle, &n);
	f->ts = ratio(mass, MAX(a->title_mass, b->title_mass));
	if (f->c < FEW && f->w < FEW && f->ts < 4 * FEW)
		return;
	n = shared_count(a->pairs, a->npairs, b->pairs, b->npairs);
	f->tb = ratio((float)n, (float)MAX(a->npairs, b->npairs));
	f->tp = ratio((float)n, (float)MIN(a->npairs, b->npairs));
	f->anti = opposed(a->anti, b->anti);
	f->elsewhere = names_other(a, b) && names_other(b, a);
	compare_numbers(a, b, f);
	if (f->w >= 0.15F) {
		f->hf = lead_in(fuller, other);
		f->h = MAX(f->hf, lead_in(other, fuller));
	}
	if (f->c >= FEW && MIN(a->nrare, b->nrare) > 0)
		compare_rare(a, b, f);
}
