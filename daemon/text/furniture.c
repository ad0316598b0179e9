/* furniture.c - lines that a feed repeats in text after text. */
#include "text/furniture.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "item/item.h"
#include "text/furniture_priv.h"
#include "text/tail.h"

#define ITEM_LINES 200    /* of one item that are looked at */
#define LINE_MAX_WORDS 40 /* longer ones are articles */
#define PROSE_WORDS 24    /* a sentence even without its stop */
#define SENTENCE_WORDS 5
#define LEARN_TEXTS 3
#define LEARN_PROSE 5  /* and a fourth of the texts since it came up */
#define LEFT_WORDS 8   /* enough of an item when its furniture is gone, */
#define MARKS_MAX 4096 /* bytes */

struct line {
	const char *p;
	size_t len;
	uint32_t words;
	bool prose, marked;
	uint32_t hash;
};

struct lines {
	struct line v[ITEM_LINES];
	size_t n;
	size_t own; /* the first that may be furniture is behind it */
};

/* By blanks; for scripts without blanks by the long characters. */
static uint32_t
count_words(const char *s, size_t len)
{
	uint32_t words = 1, high = 0;

	for (size_t i = 0; i < len; i++) {
		words += s[i] == ' ';
		high += (unsigned char)s[i] >= 0xe0;
	}
	return MAX(words, high / 4);
}

static bool
ends_sentence(const char *s, size_t len)
{
	static const char *const closers[] = { "\"", "'", ")", "\342\200\235",
		"\342\200\231", "\302\273" };
	static const char *const stops[] = { ".", "!", "?", "\343\200\202",
		"\330\237", "\340\245\244" };

	for (size_t i = 0; i < ARRAY_LEN(closers); i++) {
		size_t n = strlen(closers[i]);

		if (len > n && memcmp(s + len - n, closers[i], n) == 0)
			len -= n;
	}
	for (size_t i = 0; i < ARRAY_LEN(stops); i++) {
		size_t n = strlen(stops[i]);

		if (len >= n && memcmp(s + len - n, stops[i], n) == 0)
			return true;
	}
	return false;
}

/* False when the text is one line, and has no furniture of its own. */
static bool
lines_split(const struct furniture *f, const struct item *it, struct lines *ls)
{
	const char *p = it->text, *nl;

	ls->n = ls->own = 0;
	if (strchr(p, '\n') == NULL)
		return false;
	for (; *p != '\0' && ls->n < ITEM_LINES; p = nl + (*nl == '\n')) {
		struct line *l = &ls->v[ls->n];

		nl = strchrnul(p, '\n');
		if (nl == p)
			continue;
		l->p = p;
		l->len = (size_t)(nl - p);
		l->words = count_words(p, l->len);
		l->prose =
		    l->words >= PROSE_WORDS ||
		    (l->words >= SENTENCE_WORDS && ends_sentence(p, l->len));
		l->marked = false;
		l->hash = (uint32_t)hash_bytes(&f->key, p, l->len);
		ls->n++;
	}
	return ls->n > 1;
}

/* May line i be furniture, as far as this one item can tell? */
static bool
may_be(const struct lines *ls, size_t i, const struct item *it)
{
	const struct line *l = &ls->v[i];

	if (i == 0 || l->words > LINE_MAX_WORDS)
		return false;
	if (strlen(it->title_text) == l->len &&
	    memcmp(it->title_text, l->p, l->len) == 0)
		return false;
	if (!l->prose)
		return true;
	for (size_t k = 0; k < i; k++) {
		if (ls->v[k].prose)
			return true;
	}
	return false; /* the first sentence: its lead */
}

static const struct known_line *
line_find(const struct furniture *f, uint32_t hash)
{
	for (size_t i = 0; i < f->nlines; i++) {
		if (f->lines[i].hash == hash)
			return &f->lines[i];
	}
	return NULL;
}

static bool
is_learned(const struct furniture *f, uint32_t hash)
{
	const struct known_line *k = line_find(f, hash);

	return k != NULL && k->learned;
}

/* --- learning --- */

/* What tells this text from others: title, first line, its sentences. */
static struct sighting
sighting_of(
    const struct furniture *f, const struct item *it, const struct lines *ls)
{
	struct sighting s = { 0 };
	uint64_t least[2] = { UINT64_MAX, UINT64_MAX };

	s.title = (uint16_t)hash_bytes(
	    &f->key, it->title_text, strlen(it->title_text));
	s.lead = (uint16_t)ls->v[0].hash;
	for (size_t i = 1; i + 1 < ls->n; i++) {
		const struct line *l = &ls->v[i];

		if (!l->prose || is_learned(f, l->hash))
			continue;
		for (unsigned int k = 0; k < 2; k++)
			least[k] = MIN(least[k], hash_mix(l->hash, k));
	}
	for (size_t k = 0; k < 2; k++) {
		if (least[k] != UINT64_MAX)
			s.sketch[k] = (uint16_t)(least[k] >> 48 | 1);
	}
	return s;
}

static bool
is_same_text(const struct sighting *a, const struct sighting *b)
{
	if (a->title == b->title || a->lead == b->lead)
		return true;
	for (size_t k = 0; k < 2; k++) {
		if (a->sketch[k] != 0 && a->sketch[k] == b->sketch[k])
			return true;
	}
	return false;
}

/* Room for one more: what was least seen, and longest ago, goes. */
static struct known_line *
line_add(struct furniture *f, uint32_t hash)
{
	struct known_line *worst = &f->lines[0];

	if (f->nlines < FURNITURE_MAX_LINES) {
		worst = &f->lines[f->nlines++];
	} else {
		for (size_t i = 1; i < f->nlines; i++) {
			struct known_line *k = &f->lines[i];
			unsigned int rank = k->learned ? UINT16_MAX : k->n;
			unsigned int worst_rank =
			    worst->learned ? UINT16_MAX : worst->n;

			if (rank < worst_rank ||
			    (rank == worst_rank && k->used < worst->used))
				worst = k;
		}
	}
	*worst = (struct known_line){ .hash = hash, .born = f->texts };
	return worst;
}

static void
see_line(struct furniture *f, uint32_t hash, bool prose,
    const struct sighting *s, int64_t now)
{
	struct known_line *k = NULL;

	for (size_t i = 0; i < f->nlines && k == NULL; i++) {
		if (f->lines[i].hash == hash)
			k = &f->lines[i];
	}
	if (k == NULL)
		k = line_add(f, hash);
	else if (furniture_is_stale(k, now / DAY_S))
		*k = (struct known_line){ .hash = hash, .born = f->texts };
	k->used = ++f->clock;
	k->day = (uint16_t)(now / DAY_S);
	if (k->learned)
		return;
	for (size_t i = 0; i < k->nseen; i++) {
		if (is_same_text(&k->seen[i], s))
			return;
	}
	k->seen[k->n % SIGHTINGS] = *s;
	k->nseen = (uint8_t)MIN(k->nseen + 1, SIGHTINGS);
	if (k->n < UINT16_MAX)
		k->n++;
	k->learned =
	    prose ? k->n >= LEARN_PROSE && k->n * 4U >= f->texts - k->born + 1
		  : k->n >= LEARN_TEXTS;
}

/* A title as a line of its own kind. */
static uint32_t
title_hash(const struct furniture *f, const struct item *it)
{
	return (uint32_t)(hash_bytes(&f->key, it->title_text,
			      strlen(it->title_text)) >>
			  32);
}

/* One title over three texts that begin differently, on three days, says
 * nothing of them. */
static void
learn_generic(struct furniture *f, const struct item *it, int64_t now)
{
	size_t len = strcspn(it->text, "\n");
	uint16_t lead = (uint16_t)hash_bytes(&f->key, it->text, len);
	struct sighting s = { .title = (uint16_t)(now / DAY_S), .lead = lead };

	if (len > 0 && it->title_text[0] != '\0')
		see_line(f, title_hash(f, it), false, &s, now);
}

void
furniture_learn(
    struct furniture *f, const struct item *it, const char *site, int64_t now)
{
	struct lines ls;
	struct sighting s;
	bool closing = true; /* no sentence that may be its own is behind */

	furniture_learn_title(f, it, site);
	learn_generic(f, it, now);
	if (!lines_split(f, it, &ls))
		return;
	f->texts++;
	s = sighting_of(f, it, &ls);
	for (size_t i = ls.n; i-- > 1;) {
		const struct line *l = &ls.v[i];

		if (may_be(&ls, i, it) && (!l->prose || closing))
			see_line(f, l->hash, l->prose, &s, now);
		if (l->prose && !is_learned(f, l->hash))
			closing = false;
	}
}

/* --- marking --- */

/* Never most of an item, unless enough of it is left. */
static bool
leaves_enough(const struct lines *ls)
{
	uint32_t all = 0, left = 0;

	for (size_t i = 0; i < ls->n; i++) {
		all += ls->v[i].words;
		left += ls->v[i].marked ? 0 : ls->v[i].words;
	}
	return left >= LEFT_WORDS || left * 4 >= all;
}

static void
put_range(struct strbuf *sb, char field, size_t from, size_t to)
{
	(void)strbuf_printf(
	    sb, "%s%c%zu-%zu", sb->len > 0 ? "," : "", field, from, to);
}

static void
mark_body(const struct furniture *f, const struct item *it, struct strbuf *sb)
{
	struct lines ls;
	bool any = false;

	if (f->nlines == 0 || !lines_split(f, it, &ls))
		return;
	for (size_t i = 1; i < ls.n; i++) {
		ls.v[i].marked =
		    may_be(&ls, i, it) && is_learned(f, ls.v[i].hash);
		any |= ls.v[i].marked;
	}
	if (!any || !leaves_enough(&ls))
		return;
	for (size_t i = 1; i < ls.n; i++) {
		size_t from = i;

		if (!ls.v[i].marked)
			continue;
		while (i + 1 < ls.n && ls.v[i + 1].marked)
			i++;
		put_range(sb, FURNITURE_BODY, (size_t)(ls.v[from].p - it->text),
		    (size_t)(ls.v[i].p - it->text) + ls.v[i].len);
	}
}

void
furniture_mark(const struct furniture *f, struct item *it)
{
	struct strbuf sb;
	size_t from, to, len = strlen(it->title_text);

	strbuf_init(&sb, MARKS_MAX);
	furniture_title_bounds(f, it->title_text, &from, &to);
	if (from > 0)
		put_range(&sb, FURNITURE_TITLE, 0, from);
	if (to < len)
		put_range(&sb, FURNITURE_TITLE, to, len);
	if (len > 0 && is_learned(f, title_hash(f, it)))
		put_range(&sb, FURNITURE_GENERIC, 0, len);
	mark_body(f, it, &sb);
	it->furniture = sb.len > 0 && !strbuf_over(&sb)
			    ? arena_strndup(it->arena, sb.data, sb.len)
			    : NULL;
	strbuf_fini(&sb);
}

size_t
furniture_ranges(struct arena *a, const char *marks, char field, size_t len,
    struct tail_range **out)
{
	size_t n = 0, room = 1;
	uint32_t end = 0;

	*out = NULL;
	if (marks == NULL)
		return 0;
	for (const char *p = marks; *p != '\0'; p++)
		room += *p == ',';
	*out = arena_alloc(a, room * sizeof(**out));
	for (const char *p = marks; *p != '\0'; p += *p == ',') {
		char kind = *p++, *next;
		unsigned long from = strtoul(p, &next, 10), to = 0;

		if (*next == '-')
			to = strtoul(next + 1, &next, 10);
		if (kind == field && from < to && to <= len && from >= end) {
			(*out)[n].from = (uint32_t)from;
			(*out)[n++].to = end = (uint32_t)to;
		}
		if (*next != ',')
			break;
		p = next;
	}
	return n;
}
