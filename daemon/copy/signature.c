/* signature.c - what copy detection keeps of a text. */
#include "copy/signature.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/lexicon.h"
#include "copy/weight.h"
#include "item/item.h"
#include "text/token.h"

#define LEAD_WORDS 40     /* where opposites are looked for */
#define DATELINE_BYTES 90 /* a dateline is not longer */
#define NUMBER_DIGITS 6   /* an article's number has so many or more */

/* Title prefixes that say how, not what. */
static const struct {
	const char *word;
	bool update;
} prefixes[] = {
	{ "update", true },
	{ "updated", true },
	{ "corrected", true },
	{ "correction", true },
	{ "refile", true },
	{ "recasts", true },
	{ "breaking", false },
	{ "exclusive", false },
	{ "watch", false },
	{ "video", false },
	{ "wrapup", true },
	{ "analysis", false },
	{ "opinion", false },
	{ "explainer", false },
	{ "factbox", false },
	{ "urgent", false },
	{ "just in", false },
};

/* Tokens of the title that count: [*from, *to). */
static void
title_bounds(const struct item *it, const struct tokens *tk, size_t *from,
    size_t *to, uint8_t *marks)
{
	const char *text = tk->text[FIELD_TITLE];

	*from = tk->first[FIELD_TITLE];
	*to = tk->first[FIELD_BODY];
	/* What the feed's titles share is no part of this one. */
	while (*from < *to && tk->v[*from].zone == ZONE_TAIL)
		++*from;
	while (*from < *to && tk->v[*to - 1].zone == ZONE_TAIL)
		--*to;
	for (size_t i = 0; i < ARRAY_LEN(prefixes) && *from < *to; i++) {
		const struct token *t = &tk->v[*from];
		size_t next = *from + 1;

		if (strcmp(tk->words + t->word, prefixes[i].word) != 0)
			continue;
		/* "UPDATE 2-Talks begin" */
		if (prefixes[i].update && next < *to &&
		    (tk->v[next].marks & TOKEN_NUMBER))
			next++;
		t = &tk->v[next - 1];
		if (next >= *to ||
		    strchr(":-|", text[t->off + t->len]) == NULL ||
		    text[t->off + t->len] == '\0')
			break;
		*from = next;
		if (prefixes[i].update)
			*marks |= SIGNATURE_UPDATE;
		break;
	}
	/* " - Site": up to four words, one of them in the feed's name. */
	for (size_t n = 1; n <= 4 && *to - *from > n + 2; n++) {
		const struct token *t = &tk->v[*to - n];
		bool known = false;

		if (!(t->marks & TOKEN_GAP) || t->off < 2 ||
		    text[t->off - 1] != ' ')
			continue;
		for (size_t i = *to - n; i < *to; i++) {
			const char *word = tk->words + tk->v[i].word;

			known |=
			    tk->v[i].word_len >= 2 &&
			    ((it->feed != NULL &&
				 strcasestr(it->feed, word) != NULL) ||
				(it->feed_name != NULL &&
				    strcasestr(it->feed_name, word) != NULL));
		}
		if (known)
			*to -= n;
		break;
	}
}

/*
 * How many bytes of the body are a dateline: "BAGHDAD (AP) - ", "PARIS: ".
 * It begins with a word in capitals or has an agency in brackets.
 */
static size_t
dateline_len(const struct tokens *tk, size_t first, uint8_t *agency)
{
	static const char *const ends[] = { "\342\200\224", "\342\200\223",
		" - ", " -- ", ") -", ": " };
	const char *text = tk->text[FIELD_BODY] + tk->v[first].off,
		   *best = NULL;
	char head[DATELINE_BYTES + 1];
	size_t len = strlen(text);
	bool capitals = (tk->v[first].marks & TOKEN_UPPER) != 0;

	len = MIN(len, DATELINE_BYTES);
	memcpy(head, text, len);
	head[len] = '\0';
	head[strcspn(head, "\n")] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		const char *p = strstr(head, ends[i]);

		if (p == NULL || (best != NULL && p >= best))
			continue;
		if (ends[i][0] == ':' && (!capitals || p - head > 30))
			continue;
		best = p;
	}
	*agency = 0;
	for (size_t i = first;
	     i < tk->first[FIELD_URL] && i < first + 14 && *agency == 0; i++) {
		const struct token *t = &tk->v[i];

		if (best == NULL ||
		    t->off >= tk->v[first].off + (best - head) + 2)
			break;
		if (t->off > 0 && tk->text[FIELD_BODY][t->off - 1] == '(')
			*agency = lexicon_agency(tk->words + t->word);
	}
	if (best == NULL || (!capitals && *agency == 0))
		return 0;
	return (size_t)(best - head);
}

struct maker {
	const struct tokens *tk;
	const struct hash_key *key;
	struct signature *s;
	uint64_t hash;
	size_t n, max;
	uint32_t *out;
};

static void
put_word(struct maker *mk, const struct token *t)
{
	uint32_t h;

	mk->hash = hash_mix(mk->hash, t->fold);
	if (mk->n == mk->max)
		return;
	h = word_hash(mk->key, mk->tk->words + t->word, t->word_len)
	    << WORD_MARKS;
	if (mk->tk->words[t->word] >= '0' && mk->tk->words[t->word] <= '9')
		h |= WORD_NUMBER;
	else if ((t->marks & (TOKEN_CAPITAL | TOKEN_SENTENCE |
				 TOKEN_ALLCAPS_FIELD)) == TOKEN_CAPITAL)
		h |= WORD_CAPITAL;
	mk->out[mk->n++] = h;
}

static void
see_anti(struct signature *s, const struct token *t)
{
	const struct lexeme *lex = lexicon_find(t->fold);

	if (lex != NULL && lex->anti >= 0)
		s->anti |= (uint64_t)1 << lex->anti;
}

/*
 * A word of a title that comes every day makes it one of a series. "live" is
 * such a word only as a label ("Live: ...", "... - live", "live updates"): a
 * "live-action" film and "should live" are none.
 */
static bool
is_generic(const struct maker *mk, size_t i, size_t to)
{
	const struct token *t = &mk->tk->v[i];
	const struct lexeme *lex = lexicon_find(t->fold), *next;

	if (lex == NULL || !lex->generic)
		return false;
	if (strcmp(mk->tk->words + t->word, "live") != 0)
		return true;
	if (i + 1 == to || (t[1].marks & TOKEN_GAP))
		return true;
	next = lexicon_find(t[1].fold);
	return (next != NULL && next->generic) ||
	       strcmp(mk->tk->words + t[1].word, "score") == 0 ||
	       strcmp(mk->tk->words + t[1].word, "scores") == 0 ||
	       strcmp(mk->tk->words + t[1].word, "coverage") == 0;
}

static void
make_title(struct maker *mk, const struct item *it)
{
	struct signature *s = mk->s;
	size_t from, to;

	title_bounds(it, mk->tk, &from, &to, &s->marks);
	if (mk->tk->generic_title) {
		/* It makes no two texts alike. */
		s->marks |= SIGNATURE_GENERIC;
		to = from;
	}
	mk->max = SIGNATURE_MAX_TITLE;
	for (size_t i = from; i < to; i++) {
		put_word(mk, &mk->tk->v[i]);
		see_anti(s, &mk->tk->v[i]);
		if (is_generic(mk, i, to))
			s->marks |= SIGNATURE_GENERIC;
	}
	s->ntitle = (uint16_t)mk->n;
	s->title_hash = mk->n > 0 ? hash_mix(mk->hash, mk->key->k[0]) : 0;
}

/*
 * Where the address that begins at `off` ends; `off` when none does. Links
 * below a text ("Article URL: https://...") are no words of it.
 */
static uint32_t
skip_address(const char *text, uint32_t off)
{
	const char *s = text + off;

	if (strncmp(s, "https://", 8) != 0 && strncmp(s, "http://", 7) != 0)
		return off;
	return off + (uint32_t)strcspn(s, " \t\r\n\"<>");
}

static void
make_body(struct maker *mk)
{
	const struct tokens *tk = mk->tk;
	struct signature *s = mk->s;
	size_t first = tk->first[FIELD_BODY], seen = 0;
	uint32_t skip = 0;

	mk->out = s->words + s->ntitle;
	mk->n = 0;
	mk->max = SIGNATURE_MAX_BODY;
	mk->hash = 0;
	while (first < tk->first[FIELD_URL] && tk->v[first].zone == ZONE_TAIL)
		first++;
	if (first < tk->first[FIELD_URL])
		skip = tk->v[first].off +
		       (uint32_t)dateline_len(tk, first, &s->agency);
	for (size_t i = first; i < tk->first[FIELD_URL]; i++) {
		const struct token *t = &tk->v[i];

		if (t->zone == ZONE_TAIL || t->off < skip)
			continue;
		skip = skip_address(tk->text[FIELD_BODY], t->off);
		if (t->off < skip)
			continue;
		put_word(mk, t);
		if (seen++ < LEAD_WORDS)
			see_anti(s, t);
	}
	s->nbody = (uint16_t)mk->n;
	s->body_words = (uint32_t)seen;
	s->body_hash = seen > 0 ? hash_mix(mk->hash, mk->key->k[0]) : 0;
}

/*
 * The number that the site gave the article, by which it lives on under
 * other words ("/world/talks-begin-4097646"): the last run of digits in the
 * path that is long enough and no date (202401, 20240131).
 */
static uint32_t
article_number(const struct hash_key *key, const char *url)
{
	const char *found = NULL;
	size_t len = 0, end;

	if (url == NULL)
		return 0;
	end = strcspn(url, "?#");
	for (size_t i = 0; i < end;) {
		size_t n = strspn(url + i, "0123456789");

		n = MIN(n, end - i);
		/* "kb5031455" is what it is about. */
		if (n >= NUMBER_DIGITS &&
		    (i == 0 || !isalnum((unsigned char)url[i - 1])) &&
		    !isalnum((unsigned char)url[i + n]) &&
		    !((n == 6 || n == 8) &&
			(strncmp(url + i, "20", 2) == 0 ||
			    strncmp(url + i, "19", 2) == 0))) {
			found = url + i;
			len = n;
		}
		i += n > 0 ? n : 1;
	}
	if (found == NULL)
		return 0;
	return (uint32_t)(hash_bytes(key, found, len) | 1);
}

struct signature *
signature_make(
    const struct item *it, const struct tokens *tk, const struct hash_key *key)
{
	size_t max = MIN(tk->n, SIGNATURE_MAX_TITLE + SIGNATURE_MAX_BODY);
	struct signature *s =
	    xcalloc(1, sizeof(*s) + max * sizeof(s->words[0]));
	struct maker mk = { .tk = tk, .key = key, .s = s, .out = s->words };

	s->number = article_number(key, it->canonical);
	make_title(&mk, it);
	make_body(&mk);
	/* A body that is the title again says nothing new. */
	if (s->nbody == s->ntitle &&
	    memcmp(s->words, s->words + s->ntitle,
		s->ntitle * sizeof(s->words[0])) == 0) {
		s->nbody = 0;
		s->body_words = 0;
		s->body_hash = 0;
	}
	return s;
}

void
signature_free(struct signature *s)
{
	free(s);
}

/* Wire form: a version, the fixed part and the words, little-endian hex. */
static void
put_hex(char *out, const void *p, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = p;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[b[i] >> 4];
		out[2 * i + 1] = digits[b[i] & 15];
	}
	out[2 * len] = '\0';
}

static int
get_hex(void *p, const char *s, size_t len)
{
	unsigned char *b = p;

	for (size_t i = 0; i < 2 * len; i++) {
		int v = s[i] >= '0' && s[i] <= '9'   ? s[i] - '0'
			: s[i] >= 'a' && s[i] <= 'f' ? s[i] - 'a' + 10
						     : -1;

		if (v == -1)
			return -1;
		b[i / 2] = (unsigned char)(i % 2 ? b[i / 2] | v : v << 4);
	}
	return 0;
}

static size_t
signature_size(size_t words)
{
	return sizeof(struct signature) + words * sizeof(uint32_t);
}

json_t *
signature_encode(const struct signature *s)
{
	size_t size = signature_size((size_t)s->ntitle + s->nbody);
	char *out = xmalloc(4 + 2 * size);
	json_t *j;

	out[0] = 's';
	out[1] = (char)('0' + SIGNATURE_VERSION);
	out[2] = ':';
	put_hex(out + 3, s, size);
	j = json_string(out);
	free(out);
	return j;
}

struct signature *
signature_decode(const json_t *j)
{
	const char *text = json_string_value(j);
	size_t len = json_string_length(j), size;
	struct signature *s;

	if (text == NULL || len < 3 + 2 * signature_size(0) || text[0] != 's' ||
	    text[1] != '0' + SIGNATURE_VERSION || text[2] != ':' ||
	    len % 2 == 0)
		return NULL;
	size = (len - 3) / 2;
	s = xmalloc(size);
	if (get_hex(s, text + 3, size) == -1 ||
	    s->ntitle > SIGNATURE_MAX_TITLE || s->nbody > SIGNATURE_MAX_BODY ||
	    size != signature_size((size_t)s->ntitle + s->nbody)) {
		free(s);
		return NULL;
	}
	return s;
}
