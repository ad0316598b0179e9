/* token.c - an item's fields as tokens. */
#include "text/token.h"

#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "item/item.h"
#include "text/furniture.h"
#include "text/lang.h"
#include "text/parts.h"
#include "text/scan.h"
#include "text/tail.h"
#include "text/wordhash.h"

#define MAX_TOKENS 40000
#define LEAD_WORDS 60

uint64_t
token_hash(const char *word, size_t len)
{
	return word_hash(word, len);
}

static const char *
or_empty(const char *s)
{
	return s != NULL ? s : "";
}

/* Strings on a line each; `get` answers the i-th, NULL when absent. */
static const char *
join_lines(struct arena *a, const struct item *it, size_t n,
    const char *(*get)(const struct item *, size_t))
{
	size_t len = 1, at = 0;
	const char *s;
	char *out;

	for (size_t i = 0; i < n; i++)
		len += strlen(or_empty(get(it, i))) + 1;
	out = arena_alloc(a, len);
	for (size_t i = 0; i < n; i++) {
		if ((s = get(it, i)) == NULL)
			continue;
		if (at > 0)
			out[at++] = '\n';
		memcpy(out + at, s, strlen(s));
		at += strlen(s);
	}
	out[at] = '\0';
	return out;
}

static const char *
author_name(const struct item *it, size_t i)
{
	return it->authors[i].name;
}

static const char *
tag_term(const struct item *it, size_t i)
{
	return it->tags[i].label != NULL ? it->tags[i].label : it->tags[i].term;
}

static const char *
feed_word(const struct item *it, size_t i)
{
	return i == 0 ? it->feed_name : it->feed;
}

/* The texts of all fields; what is not there is "". */
static void
fill_texts(struct arena *a, const struct item *it, struct tokens *tk)
{
	tk->text[FIELD_TITLE] = or_empty(it->title_text);
	tk->text[FIELD_BODY] = or_empty(it->text);
	tk->text[FIELD_URL] = or_empty(it->url);
	tk->text[FIELD_FEED] = join_lines(a, it, 2, feed_word);
	tk->text[FIELD_AUTHOR] = join_lines(a, it, it->nauthors, author_name);
	tk->text[FIELD_TAG] = join_lines(a, it, it->ntags, tag_term);
}

/* From a closing phrase to the end of its line all is furniture. */
static void
close_lines(struct tokens *tk)
{
	const char *text = tk->text[FIELD_BODY], *end = text + strlen(text);
	uint32_t closed = UINT32_MAX; /* paragraph */

	for (size_t i = tk->first[FIELD_BODY]; i < tk->first[FIELD_URL]; i++) {
		struct token *t = &tk->v[i];

		if (t->zone == ZONE_TAIL)
			continue;
		if (t->paragraph != closed) {
			if (!(t->marks & TOKEN_CAPITAL) ||
			    !tail_closes(text + t->off, text, end))
				continue;
			closed = t->paragraph;
		}
		t->zone = ZONE_TAIL;
	}
}

struct tokens *
tokens_make(
    struct arena *a, const struct item *it, const struct token_params *p)
{
	static const uint8_t zones[FIELD_COUNT] = {
		[FIELD_TITLE] = ZONE_TITLE,
		[FIELD_BODY] = ZONE_LEAD,
		[FIELD_URL] = ZONE_META,
		[FIELD_FEED] = ZONE_META,
		[FIELD_AUTHOR] = ZONE_META,
		[FIELD_TAG] = ZONE_META,
	};
	struct tokens *tk = arena_calloc(a, 1, sizeof(*tk));
	size_t len[FIELD_COUNT], bytes = 0;
	struct tail_range *title, *generic;
	struct tail tail;
	size_t ntitle;
	struct scan sc;

	fill_texts(a, it, tk);
	for (int f = 0; f < FIELD_COUNT; f++)
		bytes += len[f] = strlen(tk->text[f]);
	tail_find(a, tk->text[FIELD_TITLE], tk->text[FIELD_BODY],
	    len[FIELD_BODY], it->furniture, &tail);
	ntitle = furniture_ranges(
	    a, it->furniture, FURNITURE_TITLE, len[FIELD_TITLE], &title);
	tk->generic_title =
	    furniture_ranges(a, it->furniture, FURNITURE_GENERIC,
		len[FIELD_TITLE], &generic) > 0;
	tk->tail_lines = tail.lines;
	tk->learned_lines = tail.learned;
	tk->tail_heading = tail.heading;
	scan_init(&sc, a, tk, bytes,
	    p != NULL && p->max_tokens > 0 ? p->max_tokens : MAX_TOKENS);
	sc.lead_left =
	    p != NULL && p->lead_words > 0 ? p->lead_words : LEAD_WORDS;
	for (int f = 0; f < FIELD_COUNT; f++) {
		tk->first[f] = tk->n;
		sc.tail = f == FIELD_TITLE ? title : tail.v;
		sc.ntail = f == FIELD_TITLE  ? ntitle
			   : f == FIELD_BODY ? tail.n
					     : 0;
		scan_text(&sc, (enum field)f, zones[f], tk->text[f], len[f]);
	}
	tk->first[FIELD_COUNT] = tk->n;
	close_lines(tk);
	tk->generic_title |= parts_generic_title(tk);
	parts_find(a, tk);
	lang_detect(tk, it->language, tk->lang);
	return tk;
}

struct tokens *
tokens_of_text(struct arena *a, enum field f, const char *text, size_t len)
{
	struct tokens *tk = arena_calloc(a, 1, sizeof(*tk));
	struct scan sc;

	scan_init(&sc, a, tk, len, MAX_TOKENS);
	for (int i = 0; i < FIELD_COUNT; i++)
		tk->text[i] = "";
	tk->text[f] = text;
	scan_text(&sc, f, ZONE_BODY, text, len);
	for (int i = (int)f + 1; i <= FIELD_COUNT; i++)
		tk->first[i] = tk->n;
	return tk;
}

const char *
token_fold(struct arena *a, const char *word, size_t len)
{
	const struct tokens *tk = tokens_of_text(a, FIELD_BODY, word, len);

	return tk->n > 0 ? tk->words + tk->v[0].word : "";
}
