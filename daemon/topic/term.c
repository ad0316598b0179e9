/* term.c - parse one term: words, alternatives, gaps, marks. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "topic/rules.h"
#include "topic/set.h"
#include "topic/term.h"

#define TERM_DEFAULT_GAP 3

struct term_parser {
	struct arena *a;
	const struct rules_mark *mark;
	const char *text; /* the whole term, for messages */
	struct diags *ds;
};

static int
term_fault(const struct term_parser *tp, const char *what, const char *expected)
{
	diags_add(tp->ds, DIAG_ERROR, tp->mark->file, tp->mark->line,
	    tp->mark->col, "%s in term \"%.80s\"; %s", what, tp->text,
	    expected);
	return -1;
}

/* "..", "..N": 1 with the gap, 0 when it is a word, -1 for a fault. */
static int
term_gap(const struct term_parser *tp, const char *s, size_t len, uint32_t *gap)
{
	uint32_t n = 0;

	if (len < 2 || s[0] != '.' || s[1] != '.')
		return 0;
	if (len == 2) {
		*gap = TERM_DEFAULT_GAP;
		return 1;
	}
	for (size_t i = 2; i < len; i++) {
		if (!isdigit((unsigned char)s[i]) || n > CODE_MAX_GAP)
			return term_fault(tp, "bad gap",
			    "write \"..\" or \"..N\", N from 1 to 200");
		n = n * 10 + (uint32_t)(s[i] - '0');
	}
	if (n < 1 || n > CODE_MAX_GAP)
		return term_fault(
		    tp, "bad gap", "write \"..\" or \"..N\", N from 1 to 200");
	*gap = n;
	return 1;
}

/* One alternative with its mark: =Exact, ~stem, prefix*, plain. */
static int
term_word(const struct term_parser *tp, const char *s, size_t len,
    struct term_word *w)
{
	char mark = '\0';

	if (len > 0 && (s[0] == '=' || s[0] == '~')) {
		mark = s[0];
		s++;
		len--;
	}
	if (len == 0)
		return term_fault(tp, "empty alternative",
		    "write a word on both sides of \"|\" and behind a mark");
	w->kind = mark == '='   ? ATOM_EXACT
		  : mark == '~' ? ATOM_STEM
				: ATOM_FOLD;
	if (s[0] == '*')
		return term_fault(tp, "leading \"*\"",
		    "only word ends may be open: \"prefix*\"");
	if (s[len - 1] == '*') {
		if (mark != '\0')
			return term_fault(tp, "two marks on one word",
			    "use one of =Exact, ~stem, prefix*");
		w->kind = ATOM_PREFIX;
		len--;
	}
	if (memchr(s, '*', len) != NULL)
		return term_fault(tp, "\"*\" inside a word",
		    "only word ends may be open: \"prefix*\"");
	if (s[0] == '$')
		return term_fault(tp, "list inside a term",
		    "a list stands alone: $name, as an entry of its own");
	if (s[0] == '=' || s[0] == '~')
		return term_fault(tp, "two marks on one word",
		    "use one of =Exact, ~stem, prefix*");
	w->text = arena_strndup(tp->a, s, len);
	return 0;
}

static int
term_slot(const struct term_parser *tp, const char *s, size_t len,
    struct term_slot *slot)
{
	const char *end = s + len, *bar;
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '|';
	if (n > CODE_MAX_ALTS)
		return term_fault(tp, "too many alternatives",
		    "at most 4096; make a list of it");
	slot->words = arena_calloc(tp->a, n, sizeof(*slot->words));
	for (slot->nwords = 0; slot->nwords < n; slot->nwords++) {
		bar = memchr(s, '|', (size_t)(end - s));
		if (bar == NULL)
			bar = end;
		if (term_word(tp, s, (size_t)(bar - s),
			&slot->words[slot->nwords]) == -1)
			return -1;
		s = bar + 1;
	}
	return 0;
}

int
term_parse(struct arena *a, const char *text, const struct rules_mark *mark,
    struct term *out, struct diags *ds)
{
	struct term_parser tp = { a, mark, text, ds };
	const char *s = text;
	uint32_t gap = 0;
	int is_gap;

	out->slots = arena_calloc(a, CODE_MAX_SLOTS, sizeof(*out->slots));
	out->nslots = 0;
	for (;;) {
		size_t len;

		s += strspn(s, " \t\r\n");
		len = strcspn(s, " \t\r\n");
		if (len == 0)
			break;
		if (gap == 0 && out->nslots > 0)
			is_gap = term_gap(&tp, s, len, &gap);
		else
			is_gap = s[0] == '.' && s[1] == '.'
				     ? term_fault(&tp,
					   "gap without a word before it",
					   "gaps stand between words")
				     : 0;
		if (is_gap == -1)
			return -1;
		s += len;
		if (is_gap)
			continue;
		if (out->nslots == CODE_MAX_SLOTS)
			return term_fault(
			    &tp, "too many words", "at most 32 in one term");
		out->slots[out->nslots].gap = gap;
		if (term_slot(&tp, s - len, len, &out->slots[out->nslots]) ==
		    -1)
			return -1;
		out->nslots++;
		gap = 0;
	}
	if (out->nslots == 0)
		return term_fault(&tp, "no word", "write at least one word");
	if (gap != 0)
		return term_fault(
		    &tp, "gap at the end", "gaps stand between words");
	return 0;
}
