/* slow_tokens.c - a tokeniser to compare the fast one with. */
#include "slow_tokens.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/arena.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "text/fold.h"
#include "text/token.h"

#define WORD_MAX 256
#define FIELD_APART (1u << 20)

struct at { /* one code point */
	uint32_t cp;
	size_t len;
	struct fold_info fi;
};

struct slow {
	const char *text, *end;
	struct token *v;
	char (*word)[WORD_MAX + 1]; /* of each token */
	size_t n;
	uint8_t pending;
	uint32_t pos, sentence, paragraph;
	bool upper_words, lower_words;
	size_t uppers; /* words of capitals */
};

struct word {
	const char *from;
	char out[WORD_MAX + 1];
	size_t n, letters, uppers, digits;
	bool capital, changed, skipped, compose, full;
};

/* --- characters ---------------------------------------------------------- */

static struct at
at(const struct slow *s, const char *p)
{
	struct at a = { 0 };

	a.fi.cls = FOLD_SEPARATOR;
	if (p < s->end) {
		a.len = utf8_decode(p, s->end, &a.cp);
		a.fi = fold_info(a.cp);
	}
	return a;
}

static bool
letter(const struct slow *s, const char *p)
{
	return at(s, p).fi.cls == FOLD_LETTER;
}

static bool
ascii_in(const struct slow *s, const char *p, char from, char to)
{
	return p >= s->text && p < s->end && *p >= from && *p <= to;
}

static bool
digit(const struct slow *s, const char *p)
{
	return ascii_in(s, p, '0', '9');
}

static bool
word_char(const struct slow *s, const char *p)
{
	return digit(s, p) || letter(s, p);
}

static bool
ascii_word(const struct slow *s, const char *p)
{
	return digit(s, p) || ascii_in(s, p, 'a', 'z') ||
	       ascii_in(s, p, 'A', 'Z');
}

/* --- words --------------------------------------------------------------- */

static void
put(struct word *w, const char *s, size_t len)
{
	if (w->n + len > WORD_MAX) {
		w->full = true;
		return;
	}
	memcpy(w->out + w->n, s, len);
	w->n += len;
}

static void
put_ascii(struct word *w, char c)
{
	if (w->n == WORD_MAX) {
		w->full = true;
		return;
	}
	w->out[w->n++] = (char)(c | 0x20);
	if (c >= '0' && c <= '9')
		w->digits++;
	else
		w->letters++;
	if (c >= 'A' && c <= 'Z') {
		w->uppers++;
		w->changed = true;
	}
}

static void
put_wide(struct word *w, const struct at *a)
{
	char out[FOLD_MAX];

	w->changed = true;
	w->compose |= (a->fi.flags & FOLD_COMPOSE) != 0;
	if (a->fi.cls == FOLD_DROP)
		return;
	if (a->fi.cls == FOLD_DIGIT) {
		w->digits++;
	} else {
		w->capital |= w->letters == 0 && (a->fi.flags & FOLD_UPPER);
		w->letters++;
		w->uppers += (a->fi.flags & FOLD_UPPER) != 0;
	}
	put(w, out, fold_long(a->cp, out));
}

static uint64_t
exact(const struct slow *s, const struct word *w, const struct token *t)
{
	char buf[2 * WORD_MAX];
	const char *p = w->from, *stop = p + t->len;
	utf8proc_uint8_t *nfc;
	size_t n = 0;
	uint64_t h;

	if (!w->changed || w->digits == w->n || w->full ||
	    (w->letters == 0 && w->digits > 0))
		return t->fold;
	if (!w->skipped && !w->compose)
		return token_hash(p, t->len);
	if (t->len > sizeof(buf) - 1)
		stop = p + sizeof(buf) - 1;
	while (p < stop) {
		uint32_t cp;
		size_t len = utf8_decode(p, stop, &cp);

		if (cp != '.' && cp != ',' &&
		    fold_info(cp).cls != FOLD_APOSTROPHE) {
			memcpy(buf + n, p, len);
			n += len;
		}
		p += len;
	}
	buf[n] = '\0';
	(void)s;
	if (!w->compose ||
	    (nfc = utf8proc_NFC((const utf8proc_uint8_t *)buf)) == NULL)
		return token_hash(buf, n);
	h = token_hash((const char *)nfc, strlen((const char *)nfc));
	free(nfc);
	return h;
}

static void
emit(struct slow *s, struct word *w, const char *to)
{
	struct token *t = &s->v[s->n];

	if (w->n == 0)
		return;
	w->out[w->n] = '\0';
	memcpy(s->word[s->n++], w->out, w->n + 1);
	t->off = (uint32_t)(w->from - s->text);
	t->len = (uint32_t)(to - w->from);
	t->word_len = (uint16_t)w->n;
	t->fold = token_hash(w->out, w->n);
	t->exact = exact(s, w, t);
	t->field = FIELD_BODY;
	t->zone = ZONE_BODY;
	t->marks = s->pending;
	t->sentence = s->sentence += (s->pending & TOKEN_SENTENCE) != 0;
	t->paragraph = s->paragraph += (s->pending & TOKEN_PARAGRAPH) != 0;
	t->pos = s->pos += s->pending & TOKEN_GAP ? 2 : 1;
	s->pending = 0;
	if (w->capital)
		t->marks |= TOKEN_CAPITAL;
	if (w->digits > 0 && w->letters == 0)
		t->marks |= TOKEN_NUMBER;
	if (w->letters >= 2 && w->uppers == w->letters) {
		t->marks |= TOKEN_UPPER;
		s->uppers++;
	} else if (w->letters >= 2) {
		s->lower_words = true;
	}
}

static void
begin(const struct slow *s, struct word *w, const char *p)
{
	memset(w, 0, sizeof(*w));
	w->from = p;
	w->capital = ascii_in(s, p, 'A', 'Z');
}

/* --- what joins ---------------------------------------------------------- */

static bool
elision(const struct word *w)
{
	static const char heads[] = " all c d dall dell j jusqu l lorsqu m n "
				    "nell puisqu qu quest s sull t un ";
	char key[WORD_MAX + 3];

	snprintf(key, sizeof(key), " %.*s ", (int)w->n, w->out);
	return strstr(heads, key) != NULL;
}

/* Does an apostrophe of `len` bytes at p join? *on is where to go on. */
static bool
apostrophe_joins(const struct slow *s, struct word *w, const char *p,
    size_t len, const char **on)
{
	const char *next = p + len;

	*on = next;
	if (w->n == 0 || !letter(s, next))
		return false;
	if ((*next == 's' || *next == 'S') && !word_char(s, next + 1)) {
		*on = next + 1;
		return false;
	}
	if (elision(w) && letter(s, next + 1))
		return false;
	w->skipped = w->changed = true;
	return true;
}

/* Does a dot or a comma at p stand in a number? */
static bool
number_joins(const struct slow *s, struct word *w, const char *p)
{
	if (p == w->from || !digit(s, p - 1) || !digit(s, p + 1))
		return false;
	if (*p == '.') {
		put(w, ".", 1);
		return true;
	}
	if (!digit(s, p + 2) || !digit(s, p + 3) || digit(s, p + 4))
		return false;
	w->skipped = w->changed = true;
	return true;
}

/* The word at p; answers where scanning goes on. */
static const char *
word(struct slow *s, const char *p)
{
	const char *on = p;
	struct word w;

	begin(s, &w, p);
	for (;;) {
		struct at a;

		while (ascii_word(s, on))
			put_ascii(&w, *on++);
		p = on;
		a = at(s, p);
		if (p == s->end)
			break;
		if (a.fi.cls == FOLD_APOSTROPHE) {
			if (*p != '\'' && (unsigned char)*p < 0x80)
				break;
			if (!apostrophe_joins(s, &w, p, a.len, &on))
				break;
		} else if (*p == '.' || *p == ',') {
			if (!number_joins(s, &w, p))
				break;
			on = p + 1;
		} else if ((unsigned char)*p >= 0x80 &&
			   (a.fi.cls == FOLD_LETTER || a.fi.cls == FOLD_DIGIT ||
			       a.fi.cls == FOLD_DROP)) {
			put_wide(&w, &a);
			on = p + a.len;
		} else {
			break;
		}
	}
	emit(s, &w, p);
	return on;
}

static bool
lone_letter(const struct slow *s, const char *p)
{
	return (ascii_in(s, p, 'a', 'z') || ascii_in(s, p, 'A', 'Z')) &&
	       !word_char(s, p + 1);
}

static size_t
dotted(const struct slow *s, const char *p)
{
	size_t i = 0, letters = 0;

	while (lone_letter(s, p + i)) {
		letters++;
		i++;
		if (p + i >= s->end || p[i] != '.')
			break;
		i++;
	}
	return letters >= 2 ? i : 0;
}

static const char *
pairs(struct slow *s, const char *p)
{
	bool first = true;

	for (;;) {
		struct at a = at(s, p), b = at(s, p + a.len);
		bool pair = b.fi.cls == FOLD_UNSPACED;
		struct word w;

		if (!pair && !first)
			return p + a.len;
		begin(s, &w, p);
		put_wide(&w, &a);
		if (pair)
			put_wide(&w, &b);
		emit(s, &w, p + a.len + (pair ? b.len : 0));
		p += a.len;
		if (!pair)
			return p;
		first = false;
	}
}

/* --- what stands between ------------------------------------------------- */

static bool
abbreviation(const struct slow *s, const char *p, const char *next)
{
	static const char any[] = " adm amb brig capt cmdr col cpl dr ft gen "
				  "gov hon jr lt maj messrs mr mrs ms mt prof "
				  "rep reps rev sen sens sgt sr st vs ";
	static const char dated[] = " apr aug dec feb fig jan mar no nov oct "
				    "sep sept ";
	const struct token *t;
	char key[WORD_MAX + 3];

	if (s->n == 0)
		return false;
	t = &s->v[s->n - 1];
	if (s->text + t->off + t->len != p)
		return false;
	if (t->len == 1 && (t->marks & TOKEN_CAPITAL))
		return true;
	snprintf(key, sizeof(key), " %s ", s->word[s->n - 1]);
	return strstr(any, key) != NULL ||
	       (strstr(dated, key) != NULL && digit(s, next));
}

static const char *
behind(const struct slow *s, const char *p)
{
	const char *stop = s->end - p > 24 ? p + 24 : s->end;

	while (p < stop) {
		struct at a = at(s, p);

		if (a.cp == '\n' || (a.fi.flags & (FOLD_STOP | FOLD_GAP)) ||
		    (a.fi.cls != FOLD_SEPARATOR && a.fi.cls != FOLD_APOSTROPHE))
			break;
		p += a.len;
	}
	return p;
}

static void
stop(struct slow *s, const char *p, size_t len)
{
	const char *next = p + len, *then;

	if (word_char(s, next)) {
		if (ascii_in(s, next, 'A', 'Z') && ascii_in(s, p - 1, 'a', 'z'))
			s->pending |= TOKEN_GAP | TOKEN_SENTENCE;
		return;
	}
	then = behind(s, next);
	if (*p == '.' && abbreviation(s, p, then))
		return;
	s->pending |= TOKEN_GAP;
	if (!(at(s, then).fi.flags & FOLD_LOWER))
		s->pending |= TOKEN_SENTENCE;
}

static void
dash(struct slow *s, const char *p, size_t len)
{
	const char *next = p + len;
	bool before = p == s->text || p[-1] == ' ' || p[-1] == '\n';
	bool after = next >= s->end || *next == ' ' || *next == '\n';

	if ((before && after) || (next < s->end && *next == '-'))
		s->pending |= TOKEN_GAP;
}

static void
between(struct slow *s, const char *p, const struct at *a)
{
	if (a->cp == '\n')
		s->pending |= TOKEN_GAP | TOKEN_SENTENCE | TOKEN_PARAGRAPH;
	else if (a->fi.flags & FOLD_STOP)
		stop(s, p, a->len);
	else if (*p == ';' || *p == ':' || *p == '|')
		s->pending |=
		    digit(s, p - 1) && digit(s, p + 1) ? 0 : TOKEN_GAP;
	else if (a->fi.flags & FOLD_GAP)
		s->pending |= TOKEN_GAP;
	else if (a->cp == '-' || a->cp == 0x2013)
		dash(s, p, a->len);
}

/* "U.S." at p, `len` bytes of it, and a possessive behind. */
static const char *
dotted_word(struct slow *s, const char *p, size_t len)
{
	struct word w;
	struct at a;

	begin(s, &w, p);
	for (size_t i = 0; i < len; i++) {
		if (p[i] != '.')
			put_ascii(&w, p[i]);
	}
	w.skipped = w.changed = true;
	emit(s, &w, p + len);
	if (p[len - 1] == '.' && !w.capital)
		stop(s, p + len - 1, 1);
	p += len;
	a = at(s, p);
	if (p < s->end && a.fi.cls == FOLD_APOSTROPHE && p + a.len < s->end &&
	    (p[a.len] | 0x20) == 's' && !word_char(s, p + a.len + 1))
		p += a.len + 1;
	return p;
}

static void
scan(struct slow *s)
{
	const char *p = s->text;

	s->pending = TOKEN_GAP | TOKEN_SENTENCE | TOKEN_PARAGRAPH;
	s->pos = FIELD_BODY * FIELD_APART;
	while (p < s->end) {
		struct at a = at(s, p);
		size_t len;

		if (a.fi.cls == FOLD_UNSPACED) {
			p = pairs(s, p);
		} else if (a.fi.cls == FOLD_LETTER || a.fi.cls == FOLD_DIGIT) {
			len = p + 1 < s->end && p[1] == '.' ? dotted(s, p) : 0;
			p = len > 0 ? dotted_word(s, p, len) : word(s, p);
		} else {
			between(s, p, &a);
			p += a.len;
		}
	}
	if (s->uppers < 3 || s->lower_words)
		return;
	for (size_t i = 0; i < s->n; i++)
		s->v[i].marks |= TOKEN_ALLCAPS_FIELD;
}

static void
expect(const struct slow *s, size_t i, bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "token %zu: another %s in \"%s\"\n", i, what, s->text);
	abort();
}

void
slow_tokens_check(const char *text, size_t len)
{
	struct arena *a = arena_new(0);
	const struct tokens *tk = tokens_of_text(a, FIELD_BODY, text, len);
	struct slow s = { .text = text, .end = text + len };

	s.v = xcalloc(len + 1, sizeof(*s.v));
	s.word = xcalloc(len + 1, sizeof(*s.word));
	scan(&s);
	expect(&s, s.n, tk->n == s.n, "number of tokens");
	for (size_t i = 0; i < s.n; i++) {
		const struct token *x = &tk->v[i], *y = &s.v[i];

		expect(&s, i, x->off == y->off && x->len == y->len, "place");
		expect(&s, i,
		    x->word_len == y->word_len &&
			strcmp(tk->words + x->word, s.word[i]) == 0,
		    "word");
		expect(&s, i, x->fold == y->fold, "folded hash");
		expect(&s, i, x->exact == y->exact, "exact hash");
		expect(&s, i, x->marks == y->marks, "marks");
		expect(&s, i, x->pos == y->pos, "position");
		expect(&s, i,
		    x->sentence == y->sentence && x->paragraph == y->paragraph,
		    "sentence");
		expect(
		    &s, i, x->zone == y->zone && x->field == y->field, "zone");
	}
	free(s.v);
	free(s.word);
	arena_free(a);
}
