/* tail.c - which parts of a body are furniture. */
#include "text/tail.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "text/block.h"
#include "text/chars.h"
#include "text/fold.h"
#include "text/furniture.h"
#include "text/tail_table.h"
#include "text/token.h"

#define CLOSING_MAX 440    /* bytes at the end of a line that are searched */
#define KEY_MAX 160        /* bytes of a folded line that are compared */
#define PREFIX_BYTES 60    /* of a longer line, for its first words */
#define HEADING_WORDS 8    /* a heading is not longer */
#define PROSE_WORDS 12     /* a sentence of an article, not a headline */
#define PARAGRAPH_WORDS 20 /* two of these in a row: the article goes on */
#define LONG_WORDS 45      /* one of these is enough */
#define WORDS_ENOUGH 60    /* nobody counts further */
#define FURNITURE_WORDS 30 /* a line that advertises is not longer */

struct line {
	uint32_t from, to;
	uint32_t words;
	bool stop;  /* ends with sentence punctuation */
	bool prose; /* reads like part of an article */
	bool tail;
	bool bullet;
};

struct lines {
	const char *text;
	struct line *v;
	size_t n;
};

/* The table's lines, folded as texts are, by hash; filled once. */
#define TABLE_SLOTS 2048 /* a power of two, several times the lines */
static struct {
	uint64_t hash;
	unsigned int kinds; /* bits of enum tail_kind; 0 = free */
} table[TABLE_SLOTS];
static bool table_ready;

/*
 * The words of s folded, one blank between them, cut at KEY_MAX - 1 bytes.
 * *colon is where the part before the first ":", dash or the like ends in
 * key, 0 if there is none.
 */
static size_t
line_key(const char *s, size_t len, char key[KEY_MAX], size_t *colon)
{
	const char *end = s + len;
	bool blank = false;
	size_t n = 0;

	*colon = 0;
	while (s < end) {
		struct fold_info fi;
		uint32_t cp;

		if (*s == ' ') {
			blank = n > 0;
			s++;
			continue;
		}
#ifdef __SSE2__
		if (end - s >= BLOCK && n + 2 * BLOCK < KEY_MAX &&
		    is_ascii_word(s)) {
			struct block b = block_read(s);

			if (blank)
				key[n++] = ' ';
			blank = false;
			memcpy(key + n, &b.folded, BLOCK);
			n += block_run(&b);
			s += block_run(&b);
			continue;
		}
#endif
		s += fold_decode(s, end, &cp);
		fi = fold_info(cp);
		if (fi.cls == FOLD_DROP || fi.cls == FOLD_APOSTROPHE)
			continue;
		if (fi.cls == FOLD_SEPARATOR) {
			blank = n > 0;
			if (*colon == 0 && n > 0 &&
			    ((fi.flags & FOLD_GAP) || cp == 0x2013 ||
				cp == '>' || cp == 0xbb || cp == '-'))
				*colon = n;
			continue;
		}
		if (n + 1 + sizeof(fi.utf8) >= KEY_MAX)
			break;
		if (blank)
			key[n++] = ' ';
		blank = false;
		memcpy(key + n, fi.utf8, fi.len);
		n += fi.len;
	}
	key[n] = '\0';
	return n;
}

/* The slot of `h`, or the free one where it would stand. */
static size_t
table_slot(uint64_t h)
{
	size_t i = (size_t)h & (TABLE_SLOTS - 1);

	while (table[i].kinds != 0 && table[i].hash != h)
		i = (i + 1) & (TABLE_SLOTS - 1);
	return i;
}

static void
table_make(void)
{
	char key[KEY_MAX];
	size_t len, colon, at;

	for (size_t i = 0; i < tail_rows_len; i++) {
		for (const char *p = tail_rows[i].lines; *p != '\0';) {
			size_t width = strcspn(p, "|");

			len = line_key(p, width, key, &colon);
			at = table_slot(token_hash(key, len));
			table[at].hash = token_hash(key, len);
			table[at].kinds |= 1U << tail_rows[i].kind;
			p += width + (p[width] == '|');
		}
	}
	table_ready = true;
}

/* The kinds (bits of enum tail_kind) under which this key is known. */
static unsigned int
table_find(const char *key, size_t len)
{
	if (!table_ready)
		table_make();
	return table[table_slot(token_hash(key, len))].kinds;
}

static bool
ends_sentence(const char *s, size_t len)
{
	static const char *const stops[] = { "\342\200\235", "\342\200\246",
		"\342\200\231", "\343\200\202", "\330\237", "\340\245\244" };

	if (len == 0)
		return false;
	if ((unsigned char)s[len - 1] < 0x80)
		return s[len - 1] != '\0' && strchr(".!?\")]", s[len - 1]);
	for (size_t i = 0; i < ARRAY_LEN(stops); i++) {
		size_t n = strlen(stops[i]);

		if (len >= n && memcmp(s + len - n, stops[i], n) == 0)
			return true;
	}
	return false;
}

static size_t
bullet_len(const char *s, size_t len)
{
	static const char *const bullets[] = { "- ", "* ", "\342\200\242",
		"\342\226\252", "\342\227\217", "\302\267", "\342\200\223 " };

	if (is_ascii_word(s))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(bullets); i++) {
		size_t n = strlen(bullets[i]);

		if (len > n && memcmp(s, bullets[i], n) == 0)
			return n;
	}
	return 0;
}

/*
 * Words by blanks, up to what anybody asks for; for scripts without blanks by
 * the long characters.
 */
static uint32_t
count_words(const char *s, size_t len)
{
	uint32_t words = 1, high = 0;
	size_t i = 0;

#ifdef __SSE2__
	for (; i + BLOCK <= len && words <= WORDS_ENOUGH; i += BLOCK) {
		const __m128i blanks = _mm_set1_epi8(' ');
		const __m128i longs = _mm_set1_epi8((char)0xe0);
		__m128i v;

		memcpy(&v, s + i, sizeof(v));
		words += block_count(
		    (unsigned int)_mm_movemask_epi8(_mm_cmpeq_epi8(v, blanks)));
		high += block_count((unsigned int)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(_mm_max_epu8(v, longs), v)));
	}
#endif
	for (; i < len && words <= WORDS_ENOUGH; i++) {
		words += s[i] == ' ';
		high += (unsigned char)s[i] >= 0xe0;
	}
	return words < high / 4 ? high / 4 : words;
}

static void
lines_split(struct lines *ls, struct arena *a, const char *text, size_t len)
{
	size_t n = 1, at = 0;

	for (const char *p = text;
	     (p = memchr(p, '\n', (size_t)(text + len - p))) != NULL; p++)
		n++;
	ls->text = text;
	ls->v = arena_calloc(a, n, sizeof(*ls->v));
	ls->n = 0;
	while (at < len) {
		const char *nl = memchr(text + at, '\n', len - at);
		size_t end = nl != NULL ? (size_t)(nl - text) : len;
		struct line *l;

		if (end > at) {
			l = &ls->v[ls->n++];
			l->from = (uint32_t)at;
			l->to = (uint32_t)end;
			l->words = count_words(text + at, end - at);
			l->stop = ends_sentence(text + at, end - at);
			l->bullet = bullet_len(text + at, end - at) > 0;
			l->prose = l->words >= 2 * PROSE_WORDS ||
				   (l->words >= PROSE_WORDS && l->stop);
		}
		at = end + 1;
	}
}

/* "Follow the Mail on Google News": a platform says it all. */
static bool
is_follow(const char *key)
{
	static const char *const places[] = { " on google news", " on twitter",
		" on facebook", " on x", " on instagram", " on telegram",
		" on whatsapp", " on linkedin", " on youtube" };

	if (strncmp(key, "follow ", 7) != 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (strstr(key, places[i]) != NULL)
			return true;
	}
	return false;
}

/* A line that is furniture wherever it stands. */
static bool
is_furniture_line(const char *key, size_t len, size_t colon, uint32_t words)
{
	size_t at = 0;

	if (words > FURNITURE_WORDS || len == 0)
		return false;
	if (colon > 0 && words <= FURNITURE_WORDS &&
	    (table_find(key, colon) & (1U << TAIL_LABEL)))
		return true;
	/* Prefixes of up to five words. */
	for (int w = 0; w < 5 && at < len; w++) {
		at += strcspn(key + at + (w > 0), " ") + (w > 0);
		if (table_find(key, at) & (1U << TAIL_PREFIX))
			return true;
	}
	if (table_find(key, len) & (1U << TAIL_LINE))
		return true;
	return is_follow(key) && words <= 15;
}

/* Where the article goes on behind the heading in line `h`; n if nowhere. */
static size_t
resumes_at(const struct lines *ls, size_t h, bool had_prose)
{
	for (size_t i = h + 1; i < ls->n; i++) {
		const struct line *l = &ls->v[i];
		bool next = i + 1 < ls->n && ls->v[i + 1].prose &&
			    ls->v[i + 1].words >= PARAGRAPH_WORDS &&
			    !ls->v[i + 1].bullet;

		if (!l->prose || l->bullet)
			continue;
		if (!had_prose || (l->words >= LONG_WORDS && l->stop))
			return i;
		if (l->words >= PARAGRAPH_WORDS && l->stop && next)
			return i;
	}
	return ls->n;
}

/*
 * Before the first prose: breadcrumbs, the title again, and what the table
 * knows as leading.
 */
static bool
is_leading(const struct lines *ls, const struct line *l, const char *key,
    size_t len, const char *title)
{
	const char *s = ls->text + l->from;

	if (*title != '\0' && strcmp(key, title) == 0)
		return true;
	if (l->words <= FURNITURE_WORDS && !l->stop &&
	    memchr(s, '>', l->to - l->from) != NULL)
		return true;
	return len > 0 && (table_find(key, len) & (1U << TAIL_LEADING));
}

/* A closing list of headlines: three bullets and more, to the end. */
static void
mark_closing_bullets(struct lines *ls)
{
	size_t from = ls->n;

	while (from > 0 && (ls->v[from - 1].tail || (ls->v[from - 1].bullet &&
							!ls->v[from - 1].stop)))
		from--;
	if (from == 0 || ls->n - from < 3)
		return;
	for (size_t i = from; i < ls->n; i++)
		ls->v[i].tail = true;
}

static void
mark_lines(
    struct arena *a, struct lines *ls, const char *title, struct tail *out)
{
	char key[KEY_MAX], title_key[KEY_MAX];
	bool had_prose = false, any_prose = false, keyed = false, before;
	size_t len, colon, resume;

	for (size_t i = 0; i < ls->n; i++)
		any_prose |= ls->v[i].prose;
	for (size_t i = 0; i < ls->n; i++) {
		struct line *l = &ls->v[i];
		const char *s = ls->text + l->from;
		size_t skip = bullet_len(s, l->to - l->from);

		if (l->words > FURNITURE_WORDS) {
			had_prose |= l->prose;
			continue;
		}
		len = line_key(s + skip, l->to - l->from - skip, key, &colon);
		if (len > 0 && l->words <= HEADING_WORDS &&
		    (table_find(key, len) & (1U << TAIL_HEADING))) {
			resume = resumes_at(ls, i, had_prose);
			if (out->heading == NULL && resume == ls->n)
				out->heading =
				    arena_strndup(a, s, l->to - l->from);
			for (; i < resume; i++)
				ls->v[i].tail = true;
			i--;
			continue;
		}
		before = any_prose && !had_prose && !l->prose;
		if (before && !keyed) {
			size_t unused;

			(void)line_key(
			    title, strlen(title), title_key, &unused);
			keyed = true;
		}
		l->tail = is_furniture_line(key, len, colon, l->words) ||
			  (before && is_leading(ls, l, key, len, title_key));
		had_prose |= l->prose && !l->tail;
	}
	mark_closing_bullets(ls);
}

static bool
begins(const char *p, const char *end, const char *phrase)
{
	size_t n = strlen(phrase);

	return *p == *phrase && (size_t)(end - p) >= n &&
	       strncasecmp(p, phrase, n) == 0;
}

/* "The post TITLE appeared first on SITE" at p? */
static bool
is_the_post(const char *p, const char *end)
{
	static const char first_on[] = " appeared first on ";

	return begins(p, end, "The post ") &&
	       memmem(p, (size_t)(end - p), first_on, sizeof(first_on) - 1) !=
		   NULL;
}

/*
 * Does a closing phrase begin at p, in a line that ends at `end`? Short ones
 * must end the line, since they may be words of the article too.
 */
static bool
is_closing(const char *p, const char *end)
{
	for (size_t i = 0; i < tail_closings_len; i++) {
		if (begins(p, end, tail_closings[i].phrase) &&
		    (size_t)(end - p) <=
			strlen(tail_closings[i].phrase) + tail_closings[i].more)
			return true;
	}
	return is_the_post(p, end);
}

bool
tail_closes(const char *p, const char *text, const char *end)
{
	const char *nl;

	if (strchr("ACRTW", *p) == NULL)
		return false;
	nl = memchr(p, '\n', (size_t)(end - p));
	if (nl != NULL)
		end = nl;
	if (end - p > CLOSING_MAX)
		return false;
	if (is_closing(p, end))
		return true;
	return p > text && (p[-1] == '(' || p[-1] == '[') &&
	       is_closing(p - 1, end);
}

static void
add_range(struct tail *out, uint32_t from, uint32_t to)
{
	if (from >= to)
		return;
	if (out->n > 0 && out->v[out->n - 1].to + 1 >= from) {
		out->v[out->n - 1].to = to;
		return;
	}
	out->v[out->n++] = (struct tail_range){ from, to };
}

/* Lines that the feed is known to repeat. */
static void
mark_learned(struct arena *a, struct lines *ls, size_t len, const char *marks,
    struct tail *out)
{
	struct tail_range *v;
	size_t n = furniture_ranges(a, marks, FURNITURE_BODY, len, &v), at = 0;

	for (size_t i = 0; i < ls->n; i++) {
		struct line *l = &ls->v[i];

		while (at < n && v[at].to < l->to)
			at++;
		if (at == n)
			return;
		if (v[at].from > l->from || l->tail)
			continue;
		l->tail = true;
		out->learned++;
	}
}

void
tail_find(struct arena *a, const char *title, const char *text, size_t len,
    const char *marks, struct tail *out)
{
	struct lines ls;

	memset(out, 0, sizeof(*out));
	if (len == 0)
		return;
	lines_split(&ls, a, text, len);
	mark_lines(a, &ls, title, out);
	if (marks != NULL)
		mark_learned(a, &ls, len, marks, out);
	out->v = arena_alloc(a, (ls.n + 1) * sizeof(*out->v));
	for (size_t i = 0; i < ls.n; i++) {
		const struct line *l = &ls.v[i];

		if (!l->tail)
			continue;
		out->lines++;
		add_range(out, l->from, l->to);
	}
}
