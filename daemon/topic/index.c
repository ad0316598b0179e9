/* index.c - tables from token hashes to the words of all terms. */
#include <libstemmer.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/hmap.h"
#include "base/xmalloc.h"
#include "text/token.h"
#include "topic/index.h"

#define STEM_LANGS 8
#define STEM_MEMO 4096 /* entries, a power of two */
#define ARABIC_FORMS 10
#define ARABIC_LETTER 2 /* bytes */
#define CHUNK 64        /* tokens looked up side by side */

struct atom {
	uint64_t key;  /* what its table looks up */
	uint64_t caps; /* EXACT: the folded word, for all-capitals fields */
	uint8_t kind, lang, word_len;
	bool arabic;
};

/*
 * Open addressing, equal keys allowed; a bit map turns most words away. What
 * a word asks for next stands beside it: a look-up is one cache line.
 */
struct slot {
	uint64_t key;
	uint32_t atom; /* ATOM_NO = free */
	uint32_t tries;
};

struct tab {
	struct slot *slots;
	uint64_t *bits;
	uint64_t bits_mask;
	uint32_t size; /* slots */
	size_t n;
};

struct stem_lang {
	char lang[8];
	struct sb_stemmer *stemmer;
	struct {
		uint64_t fold, stem;
	} * memo; /* a cache: the one thing that look-ups write */
};

struct index {
	struct atom *atoms; /* until built */
	uint8_t *kinds;     /* of the atoms, once built */
	uint8_t *word_lens;
	size_t natoms, size;
	struct hmap *seen; /* identity -> number + 1, until built */
	struct tab fold, arabic, exact, caps, stem, prefix;
	/* Lengths of prefixes that begin with these bytes, as bits. */
	uint32_t *prefix2; /* 2 and 3 bytes; by the first 2 */
	uint64_t *prefix4; /* 4 and more; by the first 4 */
	uint64_t prefix4_mask;
	struct stem_lang langs[STEM_LANGS];
	size_t nlangs;
};

struct index *
index_new(void)
{
	struct index *ix = xcalloc(1, sizeof(*ix));

	ix->seen = hmap_new();
	return ix;
}

static void
tab_fini(struct tab *t)
{
	free(t->slots);
	free(t->bits);
}

void
index_free(struct index *ix)
{
	if (ix == NULL)
		return;
	hmap_free(ix->seen, NULL);
	tab_fini(&ix->fold);
	tab_fini(&ix->arabic);
	tab_fini(&ix->exact);
	tab_fini(&ix->caps);
	tab_fini(&ix->stem);
	tab_fini(&ix->prefix);
	for (size_t i = 0; i < ix->nlangs; i++) {
		sb_stemmer_delete(ix->langs[i].stemmer);
		free(ix->langs[i].memo);
	}
	free(ix->prefix2);
	free(ix->prefix4);
	free(ix->atoms);
	free(ix->kinds);
	free(ix->word_lens);
	free(ix);
}

/* --- stems -------------------------------------------------------------- */

bool
index_has_stemmer(const char *lang)
{
	struct sb_stemmer *s = sb_stemmer_new(lang, NULL);

	sb_stemmer_delete(s);
	return s != NULL;
}

/* Number of the language, or -1 when libstemmer does not know it. */
static int
index_stem_lang(struct index *ix, const char *lang)
{
	struct stem_lang *sl;
	struct sb_stemmer *s;

	for (size_t i = 0; i < ix->nlangs; i++) {
		if (strcmp(ix->langs[i].lang, lang) == 0)
			return (int)i;
	}
	if (ix->nlangs == STEM_LANGS || strlen(lang) >= sizeof(sl->lang) ||
	    (s = sb_stemmer_new(lang, NULL)) == NULL)
		return -1;
	sl = &ix->langs[ix->nlangs];
	strcpy(sl->lang, lang);
	sl->stemmer = s;
	sl->memo = xcalloc(STEM_MEMO, sizeof(*sl->memo));
	return (int)ix->nlangs++;
}

static uint64_t
index_stem(
    const struct stem_lang *sl, size_t number, const char *word, size_t len)
{
	const sb_symbol *s;

	/* The cast: sb_symbol is unsigned char. */
	s = sb_stemmer_stem(
	    sl->stemmer, (const sb_symbol *)word, (int)MIN(len, 255));
	if (s == NULL)
		return 0;
	return hash_mix(
	    token_hash((const char *)s, (size_t)sb_stemmer_length(sl->stemmer)),
	    number + 1);
}

static uint64_t
index_stem_memo(const struct stem_lang *sl, size_t number,
    const struct token *t, const char *word)
{
	size_t at = t->fold & (STEM_MEMO - 1);

	if (sl->memo[at].fold != t->fold) {
		sl->memo[at].stem = index_stem(sl, number, word, t->word_len);
		sl->memo[at].fold = t->fold;
	}
	return sl->memo[at].stem;
}

/* --- Arabic ------------------------------------------------------------- */

static bool
is_arabic(const char *w, size_t len)
{
	return len >= 2 && (unsigned char)w[0] >= 0xd8 &&
	       (unsigned char)w[0] <= 0xdb;
}

static bool
letter_in(const char *w, size_t len, size_t at, const char *set)
{
	if (at + ARABIC_LETTER > len)
		return false;
	for (; *set != '\0'; set += ARABIC_LETTER) {
		if (memcmp(w + at, set, ARABIC_LETTER) == 0)
			return true;
	}
	return false;
}

static bool
has_article(const char *w, size_t len, size_t at)
{
	return letter_in(w, len, at, "ا") &&
	       letter_in(w, len, at + ARABIC_LETTER, "ل");
}

struct forms {
	size_t at[ARABIC_FORMS], n;
	size_t len; /* of the whole word */
};

/* Three letters must stay, else the word is all stem. */
static void
forms_add(struct forms *f, size_t at)
{
	if (f->len >= at + 3 * ARABIC_LETTER && f->n < ARABIC_FORMS)
		f->at[f->n++] = at;
}

/*
 * Where a word may begin when its proclitics are taken off: conjunction (و ف),
 * preposition (ب ل ك), article (ال, and لل for ل with it).
 */
static void
arabic_forms(const char *w, size_t len, struct forms *f)
{
	size_t starts[2] = { 0, ARABIC_LETTER }, nstarts = 1;

	f->len = len;
	f->at[0] = 0;
	f->n = 1;
	if (letter_in(w, len, 0, "وف")) {
		forms_add(f, ARABIC_LETTER);
		nstarts = 2;
	}
	for (size_t i = 0; i < nstarts; i++) {
		size_t s = starts[i], p = s + ARABIC_LETTER;

		if (has_article(w, len, s) ||
		    (letter_in(w, len, s, "ل") && letter_in(w, len, p, "ل")))
			forms_add(f, s + 2 * ARABIC_LETTER);
		if (letter_in(w, len, s, "بلك")) {
			forms_add(f, p);
			if (has_article(w, len, p))
				forms_add(f, p + 2 * ARABIC_LETTER);
		}
	}
}

/* A term's word without the article, as the forms above are compared. */
static size_t
arabic_base(const char *w, size_t len)
{
	if (has_article(w, len, 0) && len >= 5 * ARABIC_LETTER)
		return 2 * ARABIC_LETTER;
	return 0;
}

/* --- building ----------------------------------------------------------- */

uint32_t
index_atom(struct index *ix, enum atom_kind kind, const char *folded,
    uint64_t exact, const char *lang)
{
	size_t len = strlen(folded), base;
	struct atom at = { .kind = (uint8_t)kind };
	uint64_t identity;
	uintptr_t known;
	int l;

	at.arabic = is_arabic(folded, len) &&
		    (kind == ATOM_FOLD || kind == ATOM_PREFIX);
	base = at.arabic ? arabic_base(folded, len) : 0;
	if (kind == ATOM_EXACT) {
		at.key = exact;
		at.caps = token_hash(folded, len);
	} else if (kind == ATOM_STEM) {
		if ((l = index_stem_lang(ix, lang)) == -1)
			return ATOM_NO;
		at.lang = (uint8_t)l;
		at.key = index_stem(&ix->langs[l], (size_t)l, folded, len);
	} else {
		at.key = token_hash(folded + base, len - base);
	}
	at.word_len = (uint8_t)MIN(len - base, 255);
	if (kind == ATOM_PREFIX &&
	    (len - base < PREFIX_MIN_BYTES || len - base > PREFIX_MAX_BYTES))
		return ATOM_NO;

	identity = hash_mix(at.key, ((uint64_t)kind << 8) + at.arabic);
	known = (uintptr_t)hmap_get64(ix->seen, identity);
	if (known != 0)
		return (uint32_t)(known - 1);
	if (ix->natoms == ix->size) {
		ix->size = ix->size == 0 ? 64 : ix->size * 2;
		ix->atoms =
		    xreallocarray(ix->atoms, ix->size, sizeof(*ix->atoms));
	}
	if (kind == ATOM_PREFIX) {
		/* The bytes are needed once more, by index_build(). */
		memcpy(&at.caps, folded + base, MIN(len - base, 8));
	}
	ix->atoms[ix->natoms++] = at;
	hmap_put64(ix->seen, identity, (void *)(uintptr_t)ix->natoms);
	return (uint32_t)(ix->natoms - 1);
}

size_t
index_len(const struct index *ix)
{
	return ix->natoms;
}

enum atom_kind
index_kind(const struct index *ix, uint32_t atom)
{
	return (enum atom_kind)ix->kinds[atom];
}

size_t
index_word_len(const struct index *ix, uint32_t atom)
{
	return ix->word_lens[atom];
}

static size_t
pow2_above(size_t n, size_t least)
{
	size_t p = least;

	while (p < n)
		p *= 2;
	return p;
}

static void
tab_init(struct tab *t, size_t n)
{
	size_t bits = pow2_above(n * 16, 512);

	/* Half full: a walk to a free slot is short. */
	t->n = n;
	t->size = (uint32_t)(n * 2 + 8);
	t->bits_mask = bits - 1;
	t->slots = xcalloc(t->size, sizeof(*t->slots));
	for (size_t i = 0; i < t->size; i++)
		t->slots[i].atom = ATOM_NO;
	t->bits = xcalloc(bits / 64, sizeof(*t->bits));
}

static inline uint32_t
tab_first(const struct tab *t, uint64_t key)
{
	return (uint32_t)((key >> 32) * t->size >> 32);
}

static inline uint32_t
tab_next(const struct tab *t, uint32_t i)
{
	return i + 1 == t->size ? 0 : i + 1;
}

static void
tab_put(struct tab *t, uint64_t key, uint32_t atom)
{
	uint32_t i = tab_first(t, key);
	uint64_t bit = key & t->bits_mask;

	t->bits[bit / 64] |= UINT64_C(1) << (bit % 64);
	while (t->slots[i].atom != ATOM_NO)
		i = tab_next(t, i);
	t->slots[i].key = key;
	t->slots[i].atom = atom;
	t->slots[i].tries = TRIES_NONE;
}

static struct tab *
index_tab(struct index *ix, const struct atom *at)
{
	switch ((enum atom_kind)at->kind) {
	case ATOM_FOLD:
		return at->arabic ? &ix->arabic : &ix->fold;
	case ATOM_EXACT:
		return &ix->exact;
	case ATOM_STEM:
		return &ix->stem;
	case ATOM_PREFIX:
		break;
	}
	return &ix->prefix;
}

static size_t
prefix2_slot(const char *w)
{
	/* Most bits of the two bytes; a clash costs one vain look-up. */
	return ((size_t)(unsigned char)w[0] * 33 + (unsigned char)w[1]) & 4095;
}

static uint64_t
prefix4_slot(const struct index *ix, const char *w)
{
	uint32_t v;

	memcpy(&v, w, sizeof(v));
	return ((v * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & ix->prefix4_mask;
}

static void
index_build_prefixes(struct index *ix)
{
	char w[8];

	ix->prefix4_mask = pow2_above(ix->prefix.n * 4, 256) - 1;
	ix->prefix2 = xcalloc(4096, sizeof(*ix->prefix2));
	ix->prefix4 = xcalloc(ix->prefix4_mask + 1, sizeof(*ix->prefix4));
	for (size_t i = 0; i < ix->natoms; i++) {
		const struct atom *at = &ix->atoms[i];

		if (at->kind != ATOM_PREFIX)
			continue;
		memcpy(w, &at->caps, sizeof(w));
		if (at->word_len < 4)
			ix->prefix2[prefix2_slot(w)] |= 1u << at->word_len;
		else
			ix->prefix4[prefix4_slot(ix, w)] |= UINT64_C(1)
							    << at->word_len;
	}
}

void
index_build(struct index *ix)
{
	struct tab *tabs[] = { &ix->fold, &ix->arabic, &ix->exact, &ix->caps,
		&ix->stem, &ix->prefix };

	for (size_t i = 0; i < ix->natoms; i++) {
		index_tab(ix, &ix->atoms[i])->n++;
		ix->caps.n += ix->atoms[i].kind == ATOM_EXACT;
	}
	for (size_t i = 0; i < ARRAY_LEN(tabs); i++)
		tab_init(tabs[i], tabs[i]->n);
	ix->kinds = xcalloc(ix->natoms + 1, sizeof(*ix->kinds));
	ix->word_lens = xcalloc(ix->natoms + 1, sizeof(*ix->word_lens));
	for (size_t i = 0; i < ix->natoms; i++) {
		const struct atom *at = &ix->atoms[i];

		ix->kinds[i] = at->kind;
		ix->word_lens[i] = at->word_len;
		tab_put(index_tab(ix, at), at->key, (uint32_t)i);
		if (at->kind == ATOM_EXACT)
			tab_put(&ix->caps, at->caps, (uint32_t)i);
	}
	index_build_prefixes(ix);
	hmap_free(ix->seen, NULL);
	ix->seen = NULL;
	free(ix->atoms);
	ix->atoms = NULL;
}

void
index_set_tries(struct index *ix, const uint32_t *off)
{
	struct tab *tabs[] = { &ix->fold, &ix->arabic, &ix->exact, &ix->caps,
		&ix->stem, &ix->prefix };

	for (size_t i = 0; i < ARRAY_LEN(tabs); i++) {
		for (size_t k = 0; k < tabs[i]->size; k++) {
			struct slot *s = &tabs[i]->slots[k];

			if (s->atom != ATOM_NO &&
			    off[s->atom] < off[s->atom + 1])
				s->tries = off[s->atom];
		}
	}
}

size_t
index_bytes(const struct index *ix)
{
	const struct tab *tabs[] = { &ix->fold, &ix->arabic, &ix->exact,
		&ix->caps, &ix->stem, &ix->prefix };
	size_t n = sizeof(*ix) + ix->natoms * 2 + 4096 * sizeof(*ix->prefix2) +
		   (ix->prefix4_mask + 1) * sizeof(*ix->prefix4) +
		   ix->nlangs * STEM_MEMO * sizeof(*ix->langs[0].memo);

	for (size_t i = 0; i < ARRAY_LEN(tabs); i++)
		n += tabs[i]->size * sizeof(struct slot) +
		     (tabs[i]->bits_mask + 1) / 8;
	return n;
}

/* --- looking up --------------------------------------------------------- */

struct lookup {
	const struct index *ix;
	struct arena *a;
	struct hits *out;
	uint32_t token;
};

static void
lookup_room(struct lookup *lk, size_t n)
{
	struct hits *h = lk->out;
	size_t size = MAX(h->size * 2, h->n + n + CHUNK);

	if (h->size - h->n >= n)
		return;
	h->v = arena_grow(
	    lk->a, h->v, h->size * sizeof(*h->v), size * sizeof(*h->v));
	h->size = size;
}

static inline void
lookup_add(struct lookup *lk, const struct slot *s)
{
	lookup_room(lk, 1);
	lk->out->v[lk->out->n++] = (struct hit){ s->atom, lk->token, s->tries };
}

static inline bool
tab_maybe(const struct tab *t, uint64_t key)
{
	uint64_t bit = key & t->bits_mask;

	return (t->bits[bit / 64] >> (bit % 64)) & 1;
}

static inline void
lookup_slots(struct lookup *lk, const struct tab *t, uint64_t key)
{
	for (uint32_t i = tab_first(t, key); t->slots[i].atom != ATOM_NO;
	     i = tab_next(t, i)) {
		if (t->slots[i].key == key)
			lookup_add(lk, &t->slots[i]);
	}
}

static inline void
lookup_tab(struct lookup *lk, const struct tab *t, uint64_t key)
{
	if (tab_maybe(t, key))
		lookup_slots(lk, t, key);
}

static void
lookup_prefixes(struct lookup *lk, const char *w, size_t len)
{
	const struct index *ix = lk->ix;
	uint64_t lengths;

	if (len < PREFIX_MIN_BYTES)
		return;
	lengths = ix->prefix2[prefix2_slot(w)];
	if (len >= 4)
		lengths |= ix->prefix4[prefix4_slot(ix, w)];
	while (lengths != 0) {
		size_t n = (size_t)__builtin_ctzll(lengths);

		lengths &= lengths - 1;
		if (n > len)
			break;
		lookup_tab(lk, &ix->prefix, token_hash(w, n));
	}
}

static void
lookup_arabic(struct lookup *lk, const char *w, size_t len)
{
	struct forms f;

	arabic_forms(w, len, &f);
	for (size_t i = 0; i < f.n; i++) {
		const char *form = w + f.at[i];

		lookup_tab(
		    lk, &lk->ix->arabic, token_hash(form, len - f.at[i]));
		if (lk->ix->prefix.n > 0)
			lookup_prefixes(lk, form, len - f.at[i]);
	}
}

/*
 * A folded word has one atom, and what the bit map lets through most often is
 * there, at the first place. There is room for the hit.
 */
static inline void
lookup_fold(
    struct lookup *lk, const struct tab *t, uint64_t key, uint32_t token)
{
	uint32_t i = tab_first(t, key);
	struct hits *h = lk->out;

	while (t->slots[i].key != key) {
		if (t->slots[i].atom == ATOM_NO)
			return;
		i = tab_next(t, i);
	}
	h->v[h->n] = (struct hit){ t->slots[i].atom, token, t->slots[i].tries };
	h->n += t->slots[i].atom != ATOM_NO;
}

/*
 * The folded words of all tokens. In three steps a chunk, so that the slots
 * of a large set, which are far away in memory, come at the same time.
 */
static void
lookup_folds(struct lookup *lk, const struct tokens *tk)
{
	const struct tab *t = &lk->ix->fold;
	uint32_t maybe[CHUNK] = { 0 };

	for (size_t from = 0; from < tk->n; from += CHUNK) {
		size_t to = MIN(from + CHUNK, tk->n), n = 0;

		for (size_t i = from; i < to; i++) {
			maybe[n] = (uint32_t)i;
			n += tab_maybe(t, tk->v[i].fold) &
			     (tk->v[i].zone != ZONE_TAIL);
		}
		for (size_t i = 0; i < n; i++)
			__builtin_prefetch(
			    &t->slots[tab_first(t, tk->v[maybe[i]].fold)]);
		lookup_room(lk, n);
		for (size_t i = 0; i < n; i++)
			lookup_fold(lk, t, tk->v[maybe[i]].fold, maybe[i]);
	}
}

/* What only some sets ask for: case, stems, prefixes, Arabic. */
static void
lookup_others(struct lookup *lk, const struct tokens *tk)
{
	const struct index *ix = lk->ix;

	for (size_t i = 0; i < tk->n; i++) {
		const struct token *t = &tk->v[i];
		const char *w = tk->words + t->word;

		if (t->zone == ZONE_TAIL)
			continue;
		lk->token = (uint32_t)i;
		if (ix->exact.n > 0) {
			if (t->marks & TOKEN_ALLCAPS_FIELD)
				lookup_tab(lk, &ix->caps, t->fold);
			else
				lookup_tab(lk, &ix->exact, t->exact);
		}
		for (size_t l = 0; l < ix->nlangs; l++)
			lookup_tab(lk, &ix->stem,
			    index_stem_memo(&ix->langs[l], l, t, w));
		if (is_arabic(w, t->word_len))
			lookup_arabic(lk, w, t->word_len);
		else if (ix->prefix.n > 0)
			lookup_prefixes(lk, w, t->word_len);
	}
}

void
index_lookup(const struct index *ix, const struct tokens *tk, struct arena *a,
    struct hits *out)
{
	struct lookup lk = { ix, a, out, 0 };

	memset(out, 0, sizeof(*out));
	lookup_folds(&lk, tk);
	if (ix->exact.n + ix->nlangs + ix->prefix.n + ix->arabic.n > 0)
		lookup_others(&lk, tk);
}
