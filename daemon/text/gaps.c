/* gaps.c - what stands between two words: sentences, lines, gaps. */
#include <string.h>

#include "base/macros.h"
#include "text/chars.h"
#include "text/scan.h"

const uint8_t chars_ascii[256] = {
	['A' ... 'Z'] = A_UPPER,
	['a' ... 'z'] = A_LOWER,
	['0' ... '9'] = A_DIGIT,
	['\n'] = A_NEWLINE,
	['.'] = A_STOP,
	['!'] = A_STOP,
	['?'] = A_STOP,
	[';'] = A_GAP,
	[':'] = A_GAP,
	['|'] = A_GAP,
	['-'] = A_DASH,
	[0x80 ... 0xff] = A_HIGH,
};

/*
 * Words whose dot is no stop, in order. Before a number only: months and
 * "No."; before a small letter any word's dot is none.
 */
#define ABBREVIATION_MAX 6 /* bytes of the longest */
static const struct {
	char word[ABBREVIATION_MAX + 1];
	bool number;
} abbreviations[] = {
	{ "adm", false },
	{ "amb", false },
	{ "apr", true },
	{ "aug", true },
	{ "brig", false },
	{ "capt", false },
	{ "cmdr", false },
	{ "col", false },
	{ "cpl", false },
	{ "dec", true },
	{ "dr", false },
	{ "feb", true },
	{ "fig", true },
	{ "ft", false },
	{ "gen", false },
	{ "gov", false },
	{ "hon", false },
	{ "jan", true },
	{ "jr", false },
	{ "lt", false },
	{ "maj", false },
	{ "mar", true },
	{ "messrs", false },
	{ "mr", false },
	{ "mrs", false },
	{ "ms", false },
	{ "mt", false },
	{ "no", true },
	{ "nov", true },
	{ "oct", true },
	{ "prof", false },
	{ "rep", false },
	{ "reps", false },
	{ "rev", false },
	{ "sen", false },
	{ "sens", false },
	{ "sep", true },
	{ "sept", true },
	{ "sgt", false },
	{ "sr", false },
	{ "st", false },
	{ "vs", false },
};

/* Those of a letter begin at letters[letter]; filled once. */
static uint8_t letters['z' - 'a' + 2];

static void
letters_make(void)
{
	size_t i = 0;

	for (int c = 'a'; c <= 'z'; c++) {
		letters[c - 'a'] = (uint8_t)i;
		while (i < ARRAY_LEN(abbreviations) &&
		       abbreviations[i].word[0] == c)
			i++;
	}
	letters['z' - 'a' + 1] = (uint8_t)i;
}

/* Is the word that ends at p one whose dot is no stop before `next`? */
static bool
is_abbreviation(const struct scan *sc, const char *p, const char *next)
{
	const struct tokens *tk = sc->tk;
	const struct token *t;
	const char *word;

	if (tk->n == 0)
		return false;
	t = &tk->v[tk->n - 1];
	if (t->field != sc->field || sc->text + t->off + t->len != p)
		return false;
	if (t->len == 1 && (t->marks & TOKEN_CAPITAL))
		return true; /* an initial */
	if (t->word_len > ABBREVIATION_MAX)
		return false;
	word = sc->words + t->word;
	if (word[0] < 'a' || word[0] > 'z')
		return false;
	if (letters['z' - 'a' + 1] == 0)
		letters_make();
	for (size_t i = letters[word[0] - 'a']; i < letters[word[0] - 'a' + 1];
	     i++) {
		if (strcmp(abbreviations[i].word, word) == 0)
			return !abbreviations[i].number ||
			       is_digit(next, sc->end);
	}
	return false;
}

/* The next character behind blanks, closing quotes and brackets. */
static const char *
behind_closers(const char *p, const char *end)
{
	const char *stop = end - p > 24 ? p + 24 : end;

	while (p < stop) {
		struct fold_info fi;
		uint32_t cp;
		size_t len;

		if (kind_at(p) != A_HIGH) {
			if (kind_at(p) != A_BLANK && kind_at(p) != A_DASH)
				return p;
			p++;
			continue;
		}
		len = fold_decode(p, end, &cp);
		fi = fold_info(cp);
		if (fi.cls != FOLD_SEPARATOR && fi.cls != FOLD_APOSTROPHE)
			return p;
		if (fi.flags & (FOLD_STOP | FOLD_GAP))
			return p;
		p += len;
	}
	return p;
}

void
gaps_see_stop(struct scan *sc, const char *p, size_t len)
{
	const char *next = p + len, *behind;

	if (next < sc->end && is_word(next, sc->end)) {
		/* "amazon.com" goes on; "talks.The" lacks a blank. */
		if (!is_upper(next, sc->end) || p == sc->text ||
		    !is_lower(p - 1, sc->end))
			return;
		sc->pending |= TOKEN_GAP | TOKEN_SENTENCE;
		return;
	}
	behind = behind_closers(next, sc->end);
	if (*p == '.' && is_abbreviation(sc, p, behind))
		return;
	sc->pending |= TOKEN_GAP;
	if (!is_lower(behind, sc->end))
		sc->pending |= TOKEN_SENTENCE;
}

/* A dash between blanks, or a double one, parts what a hyphen joins. */
static void
see_dash(struct scan *sc, const char *p, size_t len)
{
	const char *next = p + len;
	bool blank_before = p == sc->text || p[-1] == ' ' || p[-1] == '\n';
	bool blank_behind = next == sc->end || *next == ' ' || *next == '\n';

	if ((blank_before && blank_behind) || (next < sc->end && *next == '-'))
		sc->pending |= TOKEN_GAP;
}

size_t
gaps_see(struct scan *sc, const char *p)
{
	struct fold_info fi;
	uint32_t cp;
	size_t len;

	switch (kind_at(p)) {
	case A_NEWLINE:
		sc->pending |= TOKEN_GAP | TOKEN_SENTENCE | TOKEN_PARAGRAPH;
		return 1;
	case A_STOP:
		gaps_see_stop(sc, p, 1);
		return 1;
	case A_GAP:
		/* 7:30 is no list. */
		if (p == sc->text || !is_digit(p - 1, sc->end) ||
		    !is_digit(p + 1, sc->end))
			sc->pending |= TOKEN_GAP;
		return 1;
	case A_DASH:
		see_dash(sc, p, 1);
		return 1;
	case A_HIGH:
		len = fold_decode(p, sc->end, &cp);
		fi = fold_info(cp);
		if (fi.flags & FOLD_STOP)
			gaps_see_stop(sc, p, len);
		else if (fi.flags & FOLD_GAP)
			sc->pending |= TOKEN_GAP;
		else if (cp == 0x2013)
			see_dash(sc, p, len);
		return len;
	default:
		return 1;
	}
}
