/* figures.c - which figures moved from one text to the other? */
#include <string.h>

#include "base/macros.h"
#include "copy/doc.h"
#include "copy/verdict.h"

#define FIGURES 4     /* at one place in a text */
#define ODD 4         /* words there that one text lacks */
#define FIRST_RARE 14 /* rare words of title or lead, about */

/* A rare word that both texts have, and the numbers between it and the next. */
struct figures {
	uint32_t word, next; /* 0 = the text begins or ends */
	uint32_t of[FIGURES];
	uint16_t n, at, odd; /* numbers, place, words that the other lacks */
};

static bool
is_number(const struct doc *d, uint32_t word)
{
	for (uint16_t i = 0; i < d->nnumbers; i++) {
		if (d->numbers[i] == word)
			return true;
	}
	return false;
}

/* Those of d, in order; met[j] tells whether the other has the word there. */
static size_t
figures_of(const struct doc *d, const bool *met, struct figures *out)
{
	size_t n = 0;

	memset(&out[0], 0, sizeof(out[0]));
	for (uint16_t i = 0; i < d->nrare; i++) {
		struct figures *fg = &out[n];

		if (is_number(d, d->rare[i])) {
			if (fg->n < FIGURES)
				fg->of[fg->n] = d->rare[i];
			fg->n++;
		} else if (met[i]) {
			fg->next = d->rare[i];
			n++;
			memset(&out[n], 0, sizeof(out[n]));
			out[n].word = d->rare[i];
			out[n].at = i;
		} else
			fg->odd++;
	}
	return n + 1;
}

static uint32_t
times(const struct doc *d, uint32_t word)
{
	uint32_t n = 0;

	for (uint16_t i = 0; i < d->nrare; i++)
		n += d->rare[i] == word;
	return n;
}

/*
 * How many of the figures at one place differ; FIGURES + 1: another place.
 * Where the lesser text has a figure no more often than the other, it stands
 * elsewhere there.
 */
static uint16_t
figures_differ(const struct figures *x, const struct figures *y,
    const struct doc *less, const struct doc *more)
{
	uint16_t differ = 0;

	if (x->word != y->word || x->next != y->next || x->n != y->n ||
	    x->n > FIGURES || x->odd + y->odd > ODD)
		return FIGURES + 1;
	for (uint16_t i = 0; i < x->n; i++) {
		if (x->of[i] == y->of[i])
			continue;
		if (times(less, x->of[i]) <= times(more, x->of[i]))
			return FIGURES + 1;
		differ++;
	}
	return differ;
}

void
features_figures(const struct doc *a, const struct doc *b, const bool *met_a,
    const bool *met_b, struct features *f)
{
	const struct doc *less = a->nrare < b->nrare ? a : b;
	const struct doc *more = less == a ? b : a;
	struct figures x[DOC_MAX_RARE + 1], y[DOC_MAX_RARE + 1];
	size_t nx = figures_of(less, less == a ? met_a : met_b, x);
	size_t ny = figures_of(more, less == a ? met_b : met_a, y);

	for (size_t i = 0; i < nx; i++) {
		uint16_t least = FIGURES + 1;

		for (size_t j = 0; j < ny && x[i].n > 0 && least > 0; j++)
			least = MIN(
			    least, figures_differ(&x[i], &y[j], less, more));
		if (least > FIGURES)
			continue;
		f->stayed += (uint32_t)(x[i].n - least);
		f->moved += least;
		f->moved_first |= least > 0 && x[i].at < FIRST_RARE;
	}
}
