/* scan.c - cut one text into tokens. */
#include "text/scan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/macros.h"
#include "text/block.h"
#include "text/chars.h"
#include "text/wordhash.h"

#define FIELD_APART (1 << 20) /* positions from one field to the next */

/* A word on its way. */
struct word {
	const char *from; /* first byte in the text */
	size_t start, n;  /* of its folded form in words */
	uint32_t letters, uppers, digits;
	bool capital, changed; /* folded bytes differ from those in the text */
	bool skipped;          /* dots, commas, apostrophes left out */
	bool compose, full;
};

/* What stands between two parts of a word. */
enum joint { JOINT_END, JOINT_JOIN };

void
scan_init(struct scan *sc, struct arena *a, struct tokens *tk, size_t bytes,
    size_t max)
{
	memset(sc, 0, sizeof(*sc));
	sc->a = a;
	sc->tk = tk;
	sc->max = max;
	sc->size = MIN(bytes / 5 + 32, max);
	sc->words_size = bytes + bytes / 4 + 2 * SCAN_WORD_MAX;
	tk->v = arena_alloc(a, sc->size * sizeof(*tk->v));
	sc->words = arena_alloc(a, sc->words_size);
	tk->words = sc->words;
}

void
scan_make_room(struct scan *sc)
{
	struct tokens *tk = sc->tk;
	size_t more;

	if (tk->n == sc->size) {
		more = sc->size * 2;
		tk->v = arena_grow(sc->a, tk->v, sc->size * sizeof(*tk->v),
		    more * sizeof(*tk->v));
		sc->size = more;
	}
	if (tk->words_len + SCAN_WORD_ROOM > sc->words_size) {
		more = sc->words_size * 2 + SCAN_WORD_ROOM;
		sc->words = arena_grow(sc->a, sc->words, sc->words_size, more);
		sc->words_size = more;
		tk->words = sc->words;
	}
}

/* The word as written, for =Exact terms: joiners out, composed. */
static uint64_t
exact_hash(const struct word *w, size_t len)
{
	char buf[2 * SCAN_WORD_MAX];
	utf8proc_uint8_t *nfc;
	size_t n = 0, cut = MIN(len, sizeof(buf) - 1);
	uint64_t h;

	if (!w->skipped && !w->compose)
		return word_hash(w->from, len);
	for (const char *p = w->from, *end = p + cut; p < end;) {
		uint32_t cp;
		size_t step = fold_decode(p, end, &cp);

		if (cp != '.' && cp != ',' &&
		    fold_info(cp).cls != FOLD_APOSTROPHE) {
			memcpy(buf + n, p, step);
			n += step;
		}
		p += step;
	}
	buf[n] = '\0';
	if (!w->compose ||
	    (nfc = utf8proc_NFC((utf8proc_uint8_t *)buf)) == NULL)
		return word_hash(buf, n);
	h = word_hash((const char *)nfc, strlen((const char *)nfc));
	free(nfc);
	return h;
}

/* A decimal point is part of the number, a thousands comma is not. */
static uint64_t
exact_of(const struct word *w, const struct token *t)
{
	if (!w->changed || w->digits == w->n)
		return t->fold;
	if (w->full || (w->letters == 0 && w->digits > 0))
		return t->fold;
	return exact_hash(w, t->len);
}

/* Close word `w`, whose last byte is before `to`. */
static void
emit(struct scan *sc, const struct word *w, const char *to)
{
	struct tokens *tk = sc->tk;
	struct token *t;

	if (w->n == 0 || tk->n >= sc->max)
		return;
	sc->words[w->start + w->n] = '\0';
	tk->words_len = w->start + w->n + 1;
	t = &tk->v[tk->n++];
	t->off = (uint32_t)(w->from - sc->text);
	t->len = (uint32_t)(to - w->from);
	t->word = (uint32_t)w->start;
	t->word_len = (uint16_t)w->n;
	t->fold = word_hash(sc->words + w->start, w->n);
	t->exact = exact_of(w, t);
	scan_place(sc, t);
	if (w->capital)
		t->marks |= TOKEN_CAPITAL;
	if (w->digits > 0 && w->letters == 0)
		t->marks |= TOKEN_NUMBER;
	if (w->letters < 2)
		return;
	if (w->uppers == w->letters) {
		t->marks |= TOKEN_UPPER;
		sc->upper_words++;
	} else {
		sc->lower_words++;
	}
}

static void
word_begin(struct scan *sc, struct word *w, const char *p)
{
	memset(w, 0, sizeof(*w));
	scan_room(sc);
	w->from = p;
	w->start = sc->tk->words_len;
}

static void
word_put(struct scan *sc, struct word *w, const char *s, size_t len)
{
	if (w->n + len > SCAN_WORD_MAX) {
		w->full = true;
		return;
	}
	memcpy(sc->words + w->start + w->n, s, len);
	w->n += len;
}

/* The run of ASCII letters and digits at p; answers where it ends. */
static const char *
word_ascii(struct scan *sc, struct word *w, const char *p)
{
	char *out = sc->words + w->start;

#ifdef __SSE2__
	while (sc->end - p >= BLOCK && w->n + BLOCK <= SCAN_WORD_MAX) {
		struct block b = block_read(p);
		size_t n = block_run(&b);
		unsigned int all = (1U << n) - 1, digits;

		memcpy(out + w->n, &b.folded, BLOCK);
		digits = block_count(b.digits & all);
		w->digits += digits;
		w->letters += (uint32_t)n - digits;
		w->uppers += block_count(b.uppers & all);
		w->changed = w->changed || (b.uppers & all) != 0;
		w->n += n;
		p += n;
		if (n < BLOCK)
			return p;
	}
#endif
	for (; p < sc->end && is_ascii_word(p); p++) {
		if (w->n == SCAN_WORD_MAX) {
			w->full = true; /* the rest of it is dropped */
			continue;
		}
		out[w->n++] = (char)(*p | 0x20);
		if (kind_at(p) == A_DIGIT)
			w->digits++;
		else
			w->letters++;
		if (kind_at(p) == A_UPPER) {
			w->uppers++;
			w->changed = true;
		}
	}
	return p;
}

static void
word_wide(struct scan *sc, struct word *w, uint32_t cp, struct fold_info fi)
{
	char out[FOLD_MAX];

	w->changed = true;
	if (fi.flags & FOLD_COMPOSE)
		w->compose = true;
	if (fi.cls == FOLD_DROP)
		return;
	if (fi.cls == FOLD_DIGIT) {
		w->digits++;
	} else {
		if (w->letters == 0 && (fi.flags & FOLD_UPPER))
			w->capital = true;
		w->letters++;
		w->uppers += (fi.flags & FOLD_UPPER) != 0;
	}
	if (fi.flags & FOLD_LONG)
		word_put(sc, w, out, fold_long(cp, out));
	else
		word_put(sc, w, fi.utf8, fi.len);
}

/* French and Italian articles and pronouns before an apostrophe. */
static bool
is_elision(const char *s, size_t n)
{
	static const char *const heads[] = { "all", "c", "d", "dall", "dell",
		"j", "jusqu", "l", "lorsqu", "m", "n", "nell", "puisqu", "qu",
		"quest", "s", "sull", "t", "un" };

	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		if (strlen(heads[i]) == n && memcmp(heads[i], s, n) == 0)
			return true;
	}
	return false;
}

/* An apostrophe of `len` bytes at p, behind a part of a word. */
static enum joint
joint_apostrophe(
    struct scan *sc, struct word *w, const char *p, size_t len, const char **on)
{
	const char *next = p + len;

	*on = next;
	if (w->n == 0 || !is_letter(next, sc->end))
		return JOINT_END;
	if ((*next == 's' || *next == 'S') && !is_word(next + 1, sc->end)) {
		*on = next + 1; /* possessive */
		return JOINT_END;
	}
	if (is_elision(sc->words + w->start, w->n) &&
	    is_letter(next + 1, sc->end))
		return JOINT_END;
	w->skipped = w->changed = true;
	return JOINT_JOIN;
}

/* "1.5" and "1,200"; *on is set only when they join. */
static enum joint
joint_number(struct scan *sc, struct word *w, const char *p, const char **on)
{
	const char *end = sc->end;

	if (p == w->from || !is_digit(p - 1, end) || !is_digit(p + 1, end))
		return JOINT_END;
	if (*p == '.') {
		word_put(sc, w, ".", 1);
		*on = p + 1;
		return JOINT_JOIN;
	}
	if (!is_digit(p + 2, end) || !is_digit(p + 3, end) ||
	    is_digit(p + 4, end))
		return JOINT_END;
	w->skipped = w->changed = true;
	*on = p + 1;
	return JOINT_JOIN;
}

/*
 * What follows the ASCII part of a word at p: does it go on? *on is where
 * scanning goes on in either case.
 */
static enum joint
word_joint(struct scan *sc, struct word *w, const char *p, const char **on)
{
	struct fold_info fi;
	uint32_t cp;
	size_t len;

	*on = p;
	if (*p == '\'')
		return joint_apostrophe(sc, w, p, 1, on);
	if (*p == '.' || *p == ',')
		return joint_number(sc, w, p, on);
	if (kind_at(p) != A_HIGH)
		return JOINT_END;
	len = fold_decode(p, sc->end, &cp);
	fi = fold_info(cp);
	switch (fi.cls) {
	case FOLD_LETTER:
	case FOLD_DIGIT:
	case FOLD_DROP:
		word_wide(sc, w, cp, fi);
		*on = p + len;
		return JOINT_JOIN;
	case FOLD_APOSTROPHE:
		return joint_apostrophe(sc, w, p, len, on);
	default:
		return JOINT_END;
	}
}

static bool
is_single(const char *p, const char *end)
{
	return p < end && (kind_at(p) == A_UPPER || kind_at(p) == A_LOWER) &&
	       !is_word(p + 1, end);
}

/*
 * Bytes of dotted letters at p ("U.S.", "p.m."), or 0. The last dot belongs
 * to it.
 */
static size_t
dotted_len(const char *p, const char *end)
{
	size_t i = 0, letters = 0;

	while (is_single(p + i, end)) {
		letters++;
		i++;
		if (p + i == end || p[i] != '.')
			break;
		i++;
	}
	return letters >= 2 ? i : 0;
}

/* Bytes of an apostrophe and "s" that stand alone at p, or 0. */
static size_t
possessive_len(const char *p, const char *end)
{
	uint32_t cp;
	size_t len;

	if (p >= end)
		return 0;
	len = fold_decode(p, end, &cp);
	if (fold_info(cp).cls != FOLD_APOSTROPHE || p + len >= end ||
	    (p[len] | 0x20) != 's' || is_word(p + len + 1, end))
		return 0;
	return len + 1;
}

/* "U.S." at p, `len` bytes: one word; its dot ends no sentence. */
static const char *
scan_dotted(struct scan *sc, const char *p, size_t len)
{
	struct word w;

	word_begin(sc, &w, p);
	w.capital = kind_at(p) == A_UPPER;
	for (size_t i = 0; i < len; i++) {
		if (p[i] != '.')
			(void)word_ascii(sc, &w, p + i);
	}
	w.skipped = w.changed = true;
	emit(sc, &w, p + len);
	/* Small ones may: "at 9 p.m. The talks". */
	if (p[len - 1] == '.' && !w.capital)
		gaps_see_stop(sc, p + len - 1, 1);
	return p + len + possessive_len(p + len, sc->end);
}

static const char *
scan_word(struct scan *sc, const char *p)
{
	struct word w;
	const char *on = p;
	size_t dotted;

	if (p + 1 < sc->end && p[1] == '.' &&
	    (dotted = dotted_len(p, sc->end)) > 0)
		return scan_dotted(sc, p, dotted);
	word_begin(sc, &w, p);
	w.capital = kind_at(p) == A_UPPER;
	for (;;) {
		p = word_ascii(sc, &w, on);
		on = p;
		if (p == sc->end || *p == ' ' ||
		    word_joint(sc, &w, p, &on) == JOINT_END)
			break;
	}
	emit(sc, &w, p);
	return on;
}

/*
 * A run of a script without blanks at p: one token a pair of letters, a lone
 * letter as it is.
 */
static const char *
scan_unspaced(struct scan *sc, const char *p)
{
	const char *first = p;

	for (;;) {
		struct fold_info fi[2];
		uint32_t cp[2];
		struct word w;
		const char *second;
		size_t len;
		bool pair = false;

		second = p + fold_decode(p, sc->end, &cp[0]);
		fi[0] = fold_info(cp[0]);
		len = 0;
		if (second < sc->end) {
			len = fold_decode(second, sc->end, &cp[1]);
			fi[1] = fold_info(cp[1]);
			pair = fi[1].cls == FOLD_UNSPACED;
		}
		if (!pair && p != first)
			return second; /* the last letter is in a pair */
		word_begin(sc, &w, p);
		word_wide(sc, &w, cp[0], fi[0]);
		if (pair)
			word_wide(sc, &w, cp[1], fi[1]);
		emit(sc, &w, pair ? second + len : second);
		if (!pair)
			return second;
		p = second;
	}
}

/* Capitals throughout say nothing about names: mark the field. */
static void
mark_allcaps(struct scan *sc, size_t first)
{
	if (sc->upper_words < 3 || sc->lower_words > 0)
		return;
	for (size_t i = first; i < sc->tk->n; i++)
		sc->tk->v[i].marks |= TOKEN_ALLCAPS_FIELD;
}

static bool
starts_word(const struct scan *sc, const char *p, bool *pairs)
{
	struct fold_info fi;
	uint32_t cp;

	*pairs = false;
	if (is_ascii_word(p))
		return true;
	if (kind_at(p) != A_HIGH)
		return false;
	(void)fold_decode(p, sc->end, &cp);
	fi = fold_info(cp);
	*pairs = fi.cls == FOLD_UNSPACED;
	return *pairs || fi.cls == FOLD_LETTER || fi.cls == FOLD_DIGIT;
}

void
scan_text(
    struct scan *sc, enum field f, enum zone z, const char *text, size_t len)
{
	size_t first = sc->tk->n;
	const char *p = text;
	bool pairs;

	sc->text = text;
	sc->end = text + len;
	sc->field = (uint8_t)f;
	sc->zone = (uint8_t)z;
	sc->pos = (uint32_t)f * FIELD_APART;
	sc->pending = TOKEN_GAP | TOKEN_SENTENCE | TOKEN_PARAGRAPH;
	sc->upper_words = sc->lower_words = 0;
	for (;;) {
		p = plain_words(sc, p);
		if (p >= sc->end || sc->tk->n >= sc->max)
			break;
		if (*p == ' ')
			p++;
		else if (!starts_word(sc, p, &pairs))
			p += gaps_see(sc, p);
		else if (pairs)
			p = scan_unspaced(sc, p);
		else
			p = scan_word(sc, p);
	}
	mark_allcaps(sc, first);
}
