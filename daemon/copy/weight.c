/* weight.c - how much a word tells. */
#include "copy/weight.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/lexicon.h"

#define PRIOR_DOCS 1000.0F  /* the prior counts as that many documents */
#define PRIOR_UNKNOWN 0.35F /* of them, for a word that is not in it */
#define COUNTERS (1U << 19) /* a power of two */
#define OLD_DOCS 100000.0F  /* then all counts are halved */

#define SAME_SLOTS 1024 /* a power of two, several times the lexicon */

struct weights {
	float docs;
	struct {
		uint32_t word, as;
		bool used, number;
	} same[SAME_SLOTS];
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
	size_t n = stem_len(word, len), digits = 0;

	/* "75m", "25th", "2bn": the number is what counts. */
	while (digits < len && word[digits] >= '0' && word[digits] <= '9')
		digits++;
	if (digits > 0 && len - digits <= 2)
		n = digits;
	/* raise, raised, raises are one; so are rais and raise. */
	if (n > 4 && word[n - 1] == 'e')
		n--;
	return (uint32_t)(hash_bytes(key, word, n) >> 34);
}

static uint32_t
same_slot(const struct weights *w, uint32_t word)
{
	uint32_t i = word & (SAME_SLOTS - 1);

	while (w->same[i].used && w->same[i].word != word)
		i = (i + 1) & (SAME_SLOTS - 1);
	return i;
}

static void
make_same(struct weights *w, const struct hash_key *key)
{
	const char *as, *p;

	for (size_t i = 0; lexicon_same(i, &as, &p); i++) {
		while (*p != '\0') {
			size_t len = strcspn(p, " ");
			uint32_t word = word_hash(key, p, len);
			uint32_t at = same_slot(w, word);

			w->same[at].used = true;
			w->same[at].word = word;
			w->same[at].as = word_hash(key, as, strlen(as));
			w->same[at].number = *as >= '0' && *as <= '9';
			p += len + (p[len] == ' ');
		}
	}
}

uint32_t
weights_same(const struct weights *w, uint32_t word, bool *number)
{
	uint32_t at = same_slot(w, word);

	if (!w->same[at].used)
		return word;
	*number |= w->same[at].number;
	return w->same[at].as;
}

struct weights *
weights_new(const struct hash_key *key)
{
	struct weights *w = xcalloc(1, sizeof(*w));

	make_same(w, key);

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
