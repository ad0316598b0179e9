/* weight.c - how much a word tells. */
#include "copy/weight.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/xmalloc.h"

#define PRIOR_DOCS 1000.0F  /* the prior counts as that many documents */
#define PRIOR_UNKNOWN 0.35F /* of them, for a word that is not in it */
#define COUNTERS (1U << 19) /* a power of two */
#define OLD_DOCS 100000.0F  /* then all counts are halved */

struct weights {
	float docs;
	float prior[COUNTERS]; /* documents of the prior, less the unknown */
	uint32_t df[COUNTERS];
};

static bool
is_vowel(char c)
{
	return strchr("aeiouy", c) != NULL;
}

/*
 * Length of the word without its English ending: plural s, ed, ing. Light on
 * purpose: names and other languages lose little, numbers nothing.
 */
static size_t
stem_len(const char *s, size_t n)
{
	if (n > 3 && s[n - 1] == 's' && strchr("sui", s[n - 2]) == NULL) {
		if (n > 5 && s[n - 2] == 'e' && strchr("sxh", s[n - 3]) != NULL)
			return n - 2; /* clashes */
		return n - 1;
	}
	if (n > 5 && memcmp(s + n - 2, "ed", 2) == 0 && !is_vowel(s[n - 3]))
		n -= 2;
	else if (n > 6 && memcmp(s + n - 3, "ing", 3) == 0)
		n -= 3;
	else
		return n;
	if (n > 3 && s[n - 1] == s[n - 2] && strchr("lsz", s[n - 1]) == NULL)
		n--; /* stopped */
	return n;
}

uint32_t
word_hash(const struct hash_key *key, const char *word, size_t len)
{
	size_t n = stem_len(word, len);

	/* raise, raised, raises are one; so are rais and raise. */
	if (n > 4 && word[n - 1] == 'e')
		n--;
	return (uint32_t)(hash_bytes(key, word, n) >> 34);
}

struct weights *
weights_new(const struct hash_key *key)
{
	struct weights *w = xcalloc(1, sizeof(*w));

	for (size_t i = 0; i < weight_tiers_len; i++) {
		for (const char *p = weight_tiers[i].words; *p != '\0';) {
			size_t len = strcspn(p, " ");
			uint32_t at = word_hash(key, p, len) & (COUNTERS - 1);
			float docs = weight_tiers[i].df * PRIOR_DOCS;

			w->prior[at] = MAX(w->prior[at], docs);
			p += len + (p[len] == ' ');
		}
	}
	return w;
}

void
weights_free(struct weights *w)
{
	free(w);
}

float
weights_get(const struct weights *w, uint32_t hash)
{
	uint32_t at = hash & (COUNTERS - 1);
	float df = PRIOR_UNKNOWN + w->prior[at] + (float)w->df[at];
	float idf = logf((PRIOR_DOCS + w->docs) / df);

	return MIN(MAX(idf, 0.0F), WEIGHT_MAX);
}

void
weights_count_word(struct weights *w, uint32_t hash)
{
	w->df[hash & (COUNTERS - 1)]++;
}

void
weights_count_doc(struct weights *w)
{
	w->docs += 1.0F;
	if (w->docs < OLD_DOCS)
		return;
	w->docs /= 2.0F;
	for (size_t i = 0; i < COUNTERS; i++)
		w->df[i] /= 2;
}
