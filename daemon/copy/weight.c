/* weight.c - how much a word tells. */
#include "copy/weight.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "copy/lexicon.h"

#define PRIOR_DOCS 1000.0F  /* the prior counts as that many documents */
#define PRIOR_UNKNOWN 0.35F /* of them, for a word that is not in it */
#define COUNTERS (1U << 20) /* a power of two */
#define OLD_DOCS 100000     /* then all counts are halved */

/*
 * A counter has the tier of the prior it is in, 1 and up, above its count: one
 * look into memory for both.
 */
#define TIER_SHIFT 28
#define COUNT_MAX ((1U << TIER_SHIFT) - 1)
#define COUNT(c) ((c)&COUNT_MAX)
#define TIERS 16
#define FEW_DOCS 256

/* Saved: this, docs, serial, a check of the key, then (gap, count)... */
#define SAVED_VERSION 1
#define SAVED_HEAD 25

#define SAME_SLOTS 1024 /* a power of two, several times the lexicon */

struct weights {
	struct hash_key key;
	uint64_t serial; /* documents counted, ever */
	uint32_t docs;   /* those in the counts */
	float log_docs;  /* of them and the prior's */
	struct {
		uint32_t word, as;
		bool used, number;
	} same[SAME_SLOTS];
	float prior[TIERS];          /* documents of a tier, with the unknown */
	float logs[TIERS][FEW_DOCS]; /* logarithms of it and a few */
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
	/* Transliterated: Samawah and Samawa, Zelenskyy and Zelensky. */
	if (n > 4 && (memcmp(word + n - 2, "ah", 2) == 0 ||
			 memcmp(word + n - 2, "yy", 2) == 0))
		n--;
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

static void
set_docs(struct weights *w, uint32_t docs)
{
	w->docs = docs;
	w->log_docs = logf(PRIOR_DOCS + (float)docs);
}

struct weights *
weights_new(const struct hash_key *key)
{
	struct weights *w = xcalloc(1, sizeof(*w));

	w->key = *key;
	make_same(w, key);
	set_docs(w, 0);
	w->prior[0] = PRIOR_UNKNOWN;
	for (uint32_t i = 0; i < weight_tiers_len; i++) {
		w->prior[i + 1] =
		    PRIOR_UNKNOWN + weight_tiers[i].df * PRIOR_DOCS;
		for (const char *p = weight_tiers[i].words; *p != '\0';) {
			size_t len = strcspn(p, " ");
			uint32_t at = word_hash(key, p, len) & (COUNTERS - 1);

			/* Tiers go down: the first one that has it counts. */
			if (w->df[at] == 0)
				w->df[at] = (i + 1) << TIER_SHIFT;
			p += len + (p[len] == ' ');
		}
	}
	for (size_t i = 0; i < TIERS; i++) {
		for (size_t n = 0; n < FEW_DOCS; n++)
			w->logs[i][n] = logf(w->prior[i] + (float)n);
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
	uint32_t c = w->df[hash & (COUNTERS - 1)];
	uint32_t tier = c >> TIER_SHIFT, n = COUNT(c);
	float log_df =
	    n < FEW_DOCS ? w->logs[tier][n] : logf(w->prior[tier] + (float)n);
	float idf = w->log_docs - log_df;

	return MIN(MAX(idf, 0.0F), WEIGHT_MAX);
}

void
weights_expect(const struct weights *w, uint32_t hash)
{
	__builtin_prefetch(&w->df[hash & (COUNTERS - 1)]);
}

void
weights_count_word(struct weights *w, uint32_t hash)
{
	uint32_t *c = &w->df[hash & (COUNTERS - 1)];

	*c += COUNT(*c) < COUNT_MAX;
}

/* Halved by number, not by the day: it comes out the same after a restart. */
void
weights_count_doc(struct weights *w)
{
	w->serial++;
	set_docs(w, w->docs + 1);
	if (w->docs < OLD_DOCS)
		return;
	set_docs(w, w->docs / 2);
	for (size_t i = 0; i < COUNTERS; i++)
		w->df[i] -= COUNT(w->df[i]) - COUNT(w->df[i]) / 2;
}

uint64_t
weights_serial(const struct weights *w)
{
	return w->serial;
}

void
weights_skip(struct weights *w, uint64_t serial)
{
	w->serial = MAX(w->serial, serial);
}

/* --- saved --- */

static void
put_number(struct strbuf *out, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		(void)strbuf_putc(out, (char)(v >> 8 * i));
}

static void
put_varint(struct strbuf *out, uint32_t v)
{
	for (; v >= 128; v >>= 7)
		(void)strbuf_putc(out, (char)(v | 128));
	(void)strbuf_putc(out, (char)v);
}

static uint64_t
get_number(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	for (int i = bytes; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static bool
get_varint(const unsigned char **p, const unsigned char *end, uint32_t *v)
{
	*v = 0;
	for (int shift = 0; *p < end && shift < 32; shift += 7) {
		unsigned char b = *(*p)++;

		*v |= (uint32_t)(b & 127) << shift;
		if (b < 128)
			return true;
	}
	return false;
}

/* Counts are of no use under another key. */
static uint64_t
key_check(const struct weights *w)
{
	return hash_str(&w->key, "counts of words");
}

void
weights_save(const struct weights *w, struct strbuf *out)
{
	uint32_t gap = 0;

	put_number(out, SAVED_VERSION, 1);
	put_number(out, w->docs, 8);
	put_number(out, w->serial, 8);
	put_number(out, key_check(w), 8);
	for (size_t i = 0; i < COUNTERS; i++, gap++) {
		if (COUNT(w->df[i]) == 0)
			continue;
		put_varint(out, gap);
		put_varint(out, COUNT(w->df[i]));
		gap = 0;
	}
}

/* The counters of `p`; with w NULL only looked at. */
static bool
load_counts(struct weights *w, const unsigned char *p, const unsigned char *end)
{
	uint64_t at = 0;

	while (p < end) {
		uint32_t gap, n;

		if (!get_varint(&p, end, &gap) || !get_varint(&p, end, &n) ||
		    n == 0 || n > COUNT_MAX || (at += gap) >= COUNTERS)
			return false;
		if (w != NULL)
			w->df[at] += n;
	}
	return true;
}

bool
weights_load(struct weights *w, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t docs, serial;

	if (len < SAVED_HEAD || p[0] != SAVED_VERSION ||
	    get_number(p + 17, 8) != key_check(w))
		return false;
	docs = get_number(p + 1, 8);
	serial = get_number(p + 9, 8);
	if (docs >= OLD_DOCS || serial < docs ||
	    !load_counts(NULL, p + SAVED_HEAD, p + len))
		return false;
	for (size_t i = 0; i < COUNTERS; i++)
		w->df[i] -= COUNT(w->df[i]);
	(void)load_counts(w, p + SAVED_HEAD, p + len);
	w->serial = serial;
	set_docs(w, (uint32_t)docs);
	return true;
}
