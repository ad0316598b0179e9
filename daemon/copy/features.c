/* features.c - what two texts share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "copy/doc.h"
#include "copy/focus.h"
#include "copy/lexicon.h"
#include "copy/verdict.h"

#define FEW 0.2F       /* shared so little, nothing comes of it */
#define NAMES_TOLD 7   /* names and numbers that both have: not so few */
#define PLACES 6       /* of one rare word that are tried */
#define ONE_TEXT 0.4F  /* as w: two versions of one text share more */
#define NAME_WEIGHT 72 /* 4.5 nats: a word that names one thing */

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

/* Share of the focus's lead that stands anywhere in the other's body. */
static float
lead_in_other(const struct focus *fo)
{
	uint32_t hits = 0;

	for (size_t i = 0; i < fo->d->nlead; i++)
		hits += focus_hit(&fo->shingles, fo->lead[i]);
	return ratio((float)hits, (float)fo->d->nlead);
}

/* And the other way round. */
static float
lead_in_focus(const struct focus *fo, const struct doc *b)
{
	uint32_t hits = 0;

	for (size_t i = 0; i < b->nlead; i++)
		hits += focus_holds(&fo->shingles, b->lead[i]);
	return ratio((float)hits, (float)b->nlead);
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

/* Share of the numbers in a that are not in b; both are sorted. */
static float
missing(const uint32_t *a, size_t na, const uint32_t *b, size_t nb)
{
	return ratio((float)(na - shared_count(a, na, b, nb)), (float)na);
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

/* The rare words of a text that the other has too. */
struct shared_rare {
	uint32_t all, thirds[3]; /* over the parts of the text */
	uint32_t told;           /* of its beginning, in the other's half */
};

static void
count_rare(struct shared_rare *s, size_t at, size_t n, bool told)
{
	s->all++;
	s->thirds[(3 * at >= n) + (3 * at >= 2 * n)]++;
	s->told += told && at < (n + 2) / 3;
}

/*
 * Are the rare words that a text shares all over it, or in one place (a list
 * of names, a passage of background)? The poorest third's share of what a
 * third would have if they were even.
 */
static float
spread_of(const struct shared_rare *s)
{
	uint32_t least = MIN(s->thirds[0], MIN(s->thirds[1], s->thirds[2]));

	return ratio(3.0F * (float)least, (float)s->all);
}

/*
 * Are the rare words of a text's beginning told in the first half of the
 * other? Two texts with one background tell other things first.
 */
static float
lead_told(const struct shared_rare *s, size_t n)
{
	size_t third = (n + 2) / 3;

	return ratio((float)s->told, (float)third);
}

/* Where the other text has the rare words of the focus. */
struct met {
	uint16_t newest[DOC_MAX_RARE], oldest[DOC_MAX_RARE]; /* by number */
	uint16_t rank[DOC_MAX_RARE];   /* among those first told, by number */
	uint16_t before[DOC_MAX_RARE]; /* by place in the other */
	uint16_t number[DOC_MAX_RARE]; /* the word's at that place */
};

static void
meet(const struct focus_rare *r, size_t half, const struct doc *b,
    struct met *mt, struct shared_rare *s, uint32_t *kinds)
{
	memset(mt->newest, 0xff, r->n * sizeof(mt->newest[0]));
	for (uint16_t j = 0; j < b->nrare; j++) {
		uint16_t k = focus_rare(r, b->rare[j]);

		mt->number[j] = k;
		if (k == FOCUS_NONE)
			continue;
		if (mt->newest[k] == FOCUS_NONE) {
			mt->oldest[k] = j;
			mt->rank[k] = (uint16_t)(*kinds)++;
		}
		mt->before[j] = mt->newest[k];
		mt->newest[k] = j;
		count_rare(s, j, b->nrare, r->first[k] < half);
	}
}

/* Lengthen one of the rising runs that end at ends[0] to ends[n - 1]. */
static uint32_t
run_on(uint16_t *ends, uint32_t n, uint16_t j)
{
	uint32_t low = 0, high = n;

	if (n == 0 || ends[n - 1] < j) {
		ends[n] = j;
		return n + 1;
	}
	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (ends[mid] < j)
			low = mid + 1;
		else
			high = mid;
	}
	ends[low] = j;
	return n;
}

/*
 * The longest common order of two lists of rare words: the longest rising
 * run of places in the other met on the way through the focus (Hunt and
 * Szymanski, with a bound on the places of one word).
 */
static uint32_t
longest_order(const struct focus *fo, const struct doc *b, const struct met *mt,
    struct shared_rare *s)
{
	uint16_t ends[DOC_MAX_RARE + 1];
	size_t na = fo->d->nrare, half = (b->nrare + 1U) / 2;
	uint32_t n = 0;

	for (size_t i = 0; i < na; i++) {
		uint16_t k = fo->rare.of[i], j = mt->newest[k];

		if (j == FOCUS_NONE)
			continue;
		count_rare(s, i, na, mt->oldest[k] < half);
		/* Later places first, so that one word extends once. */
		for (int tried = 0; j != FOCUS_NONE && tried < PLACES;
		     tried++, j = mt->before[j])
			n = run_on(ends, n, j);
	}
	return n;
}

/* Share of the rare words of the lesser text, numbers aside, that the other
 * has. */
static float
names_told(const struct focus *fo, const struct doc *b, const struct met *mt)
{
	const struct doc *a = fo->d;
	uint32_t told = 0, all = 0;

	for (size_t i = 0; a->nrare <= b->nrare && i < a->nrare; i++) {
		uint16_t k = fo->rare.of[i];

		all += !fo->rare.number[k];
		told += !fo->rare.number[k] && mt->newest[k] != FOCUS_NONE;
	}
	for (size_t j = 0; a->nrare > b->nrare && j < b->nrare; j++) {
		if (holds(b->numbers, b->nnumbers, b->rare[j]))
			continue;
		all++;
		told += mt->number[j] != FOCUS_NONE;
	}
	return all > 0 ? ratio((float)told, (float)all) : 1.0F;
}

/*
 * Do the two tell for the first time in one order what both tell? Spearman's
 * correlation of the ranks of the shared rare words: near 1 when one follows
 * the other, whatever it left out; two reports of one event have each their
 * own order.
 */
static float
telling_order(const struct focus_rare *r, const struct met *mt, uint32_t n)
{
	float kinds = (float)n, apart = 0.0F, rank = 0.0F;

	for (uint16_t k = 0; n > 1 && k < r->n; k++) {
		float by;

		if (mt->newest[k] == FOCUS_NONE)
			continue;
		by = rank - (float)mt->rank[k];
		apart += by * by;
		rank += 1.0F;
	}
	return n > 1 ? 1.0F - 6.0F * apart / (kinds * (kinds * kinds - 1.0F))
		     : 0.0F;
}

static void
compare_figures(const struct focus *fo, const struct doc *b,
    const struct met *mt, struct features *f)
{
	bool met_a[DOC_MAX_RARE], met_b[DOC_MAX_RARE];

	for (size_t i = 0; i < fo->d->nrare; i++)
		met_a[i] = mt->newest[fo->rare.of[i]] != FOCUS_NONE;
	for (size_t j = 0; j < b->nrare; j++)
		met_b[j] = mt->number[j] != FOCUS_NONE;
	features_figures(fo->d, b, met_a, met_b, f);
}

static void
compare_rare(const struct focus *fo, const struct doc *b, struct features *f)
{
	size_t na = fo->d->nrare, nb = b->nrare;
	struct shared_rare a_has = { 0 }, b_has = { 0 };
	struct met mt;

	meet(&fo->rare, (na + 1) / 2, b, &mt, &b_has, &f->kinds);
	f->order = longest_order(fo, b, &mt, &a_has);
	f->rare = MIN(a_has.all, (uint32_t)nb);
	f->r = ratio((float)f->order, (float)MIN(na, nb));
	f->o = ratio((float)f->order, (float)f->rare);
	f->spread = MIN(spread_of(&a_has), spread_of(&b_has));
	f->lead = MIN(lead_told(&a_has, na), lead_told(&b_has, nb));
	f->names = names_told(fo, b, &mt);
	f->telling = telling_order(&fo->rare, &mt, f->kinds);
	if (f->w >= ONE_TEXT)
		compare_figures(fo, b, &mt, f);
}

/* Is the i-th word of the title a rare one, and no number? */
static bool
is_name(const struct doc *d, size_t i)
{
	return d->title[i].weight >= NAME_WEIGHT &&
	       !holds(d->title_numbers, d->ntitle_numbers, d->title[i].hash);
}

/* Does the title of each name something that is nowhere in the other? */
static bool
names_others(const struct focus *fo, const struct doc *b)
{
	const struct doc *a = fo->d;
	bool other = false;

	for (size_t i = 0; i < a->ntitle && !other; i++)
		other = is_name(a, i) && !focus_hit(&fo->words, fo->title[i]);
	for (size_t i = 0; i < b->ntitle && other; i++) {
		if (is_name(b, i) && !focus_holds(&fo->words, b->title[i].hash))
			return true;
	}
	return false;
}

/* Does one hold a side of an opposite and the other only the other side? */
static bool
opposed(uint64_t a, uint64_t b)
{
	const uint64_t ones =
	    0x5555555555555555U & (((uint64_t)1 << LEXICON_DAYS) - 1);
	uint64_t a1 = a & ones, a2 = a >> 1 & ones;
	uint64_t b1 = b & ones, b2 = b >> 1 & ones;

	return ((a1 & ~a2 & b2 & ~b1) | (a2 & ~a1 & b1 & ~b2)) != 0;
}

/* Do both leads name days of the week, and none that both name? */
static bool
other_days(uint64_t a, uint64_t b)
{
	uint64_t of_a = a >> LEXICON_DAYS, of_b = b >> LEXICON_DAYS;

	return of_a != 0 && of_b != 0 && (of_a & of_b) == 0;
}

/*
 * The cheap ones first: most candidates share a few words and no more, and
 * for those the rest stays 0.
 */
void
features_compare(struct focus *fo, const struct doc *b, int64_t apart_s,
    bool same_feed, bool same_site, struct features *f)
{
	const struct doc *a = fo->d;
	struct focus_facts facts;
	uint32_t n;
	float mass, lead;
	bool names;

	memset(f, 0, sizeof(*f));
	f->apart_s = apart_s;
	f->same_feed = same_feed;
	f->same_site = same_site;
	f->same_number = same_site && a->number != 0 && a->number == b->number;
	f->same_title = a->title_hash != 0 && a->title_hash == b->title_hash;
	f->same_body = a->body_hash != 0 && a->body_hash == b->body_hash;
	mass = focus_shared(&fo->shingles, b->shingles, b->nshingles, &f->m);
	f->w = ratio(mass, MIN(a->shingle_mass, b->shingle_mass));
	f->c = ratio(focus_product(&fo->words, b->words, b->nwords, &facts),
	    a->word_norm * b->word_norm);
	f->both = facts.both;
	f->facts = MIN(ratio((float)facts.told, a->fact_mass),
	    ratio((float)facts.heard, b->fact_mass));
	mass = shared_mass(a->title, a->ntitle, b->title, b->ntitle, &n);
	f->ts = ratio(mass, MAX(a->title_mass, b->title_mass));
	/* Told in other words, a text has no more than its names. */
	names = f->facts >= 0.5F && f->both >= NAMES_TOLD;
	if (f->c < FEW && f->w < FEW && f->ts < 4 * FEW && !names)
		return;
	n = shared_count(a->pairs, a->npairs, b->pairs, b->npairs);
	f->tb = ratio((float)n, (float)MAX(a->npairs, b->npairs));
	f->tp = ratio((float)n, (float)MIN(a->npairs, b->npairs));
	f->anti = opposed(a->anti, b->anti);
	f->other_day = other_days(a->anti, b->anti);
	f->elsewhere = names_others(fo, b);
	compare_numbers(a, b, f);
	if (f->w >= 0.15F) {
		f->hf = lead_in_other(fo);
		lead = lead_in_focus(fo, b);
		f->h = MAX(f->hf, lead);
		if (a->body_words < b->body_words)
			f->hf = lead;
	}
	if ((f->c >= FEW || names) && MIN(a->nrare, b->nrare) > 0)
		compare_rare(fo, b, f);
}
