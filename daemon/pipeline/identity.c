/* identity.c - who an item is, and whether its text has changed. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/origin.h"
#include "text/html.h"

#define NAME_MAX_BYTES ((size_t)1 << 20) /* a guid is bounded by its parser */

/* --- the text without its noise --- */

/* Counters beside a text: "12 comments", "Comments (12)", "1,034 views". */
static bool
is_counted(const char *p, size_t len)
{
	static const char *const words[] = { "comment", "comments", "like",
		"likes", "replies", "retweets", "view", "views" };

	if (len < 4 || len > 8 || strchr("clrv", *p) == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i]) == len && memcmp(words[i], p, len) == 0)
			return true;
	}
	return false;
}

static bool
is_number(const char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)p[i]))
			return false;
	}
	return len > 0;
}

/* Bytes of the separator at p, 0 if there is none: white space, ASCII
 * punctuation, and general punctuation (U+2000 to U+203F), U+00A0. */
static inline size_t
separator(const char *p)
{
	unsigned char c = (unsigned char)p[0];

	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
		return 0;
	if (c < 0x80)
		return c >= '0' && c <= '9' ? 0 : 1;
	if (c == 0xe2 && (unsigned char)p[1] == 0x80)
		return p[2] != '\0' ? 3 : 2;
	if (c == 0xc2 && (unsigned char)p[1] == 0xa0)
		return 2;
	return 0;
}

/*
 * Write the words of `s` to `out`, one blank before each, in lower case
 * (ASCII: a change of case alone is no news), and return the end of it. A
 * counter's number is left out. At most 2 * strlen(s) bytes.
 */
static char *
put_words(char *out, const char *s)
{
	bool prev_number = false, prev_counted = false;
	char *prev = out; /* where the word before began */

	while (*s != '\0') {
		size_t n = separator(s);
		char *start = out;
		bool number;

		if (n > 0) {
			s += n;
			continue;
		}
		*out++ = ' ';
		while (*s != '\0' && separator(s) == 0) {
			char c = *s++;

			/* "1,034" is one number. */
			if (isdigit((unsigned char)c) && s[0] == ',' &&
			    isdigit((unsigned char)s[1]))
				s++;
			*out++ = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		}
		number = is_number(start + 1, (size_t)(out - start) - 1);
		if (number && prev_counted) {
			out = start;
			prev_counted = false;
			continue;
		}
		prev_counted = is_counted(start + 1, (size_t)(out - start) - 1);
		if (prev_counted && prev_number) {
			memmove(prev, start, (size_t)(out - start));
			out -= start - prev;
			start = prev;
		}
		prev = start;
		prev_number = number;
	}
	return out;
}

/* The words of title and text, apart by a newline; malloc'd. */
static char *
make_words(const struct item *it, size_t *len)
{
	size_t title = strlen(it->title_text), text = strlen(it->text);
	char *words = xmalloc(2 * (title + text) + 2), *end;

	end = put_words(words, it->title_text);
	*end++ = '\n';
	end = put_words(end, it->text);
	*len = (size_t)(end - words);
	return words;
}

/* --- who it is --- */

/* Does the link itself point at this very fragment? Then it is a place (a
 * post of a thread), not the count of an article's editions. */
static bool
link_has_fragment(const struct item *it, const struct url *g)
{
	struct url u;

	return it->url != NULL && url_split(it->url, &u) == 0 &&
	       u.fragment_len == g->fragment_len &&
	       memcmp(u.fragment, g->fragment, g->fragment_len) == 0;
}

/*
 * A guid that is a URL: without tracking parameters, and without a fragment
 * of only digits, by which some publishers count editions ("...#3", seen at
 * the BBC since 2023). Another fragment is part of the name.
 */
static void
put_guid(struct strbuf *out, const struct item *it)
{
	struct url g;

	strbuf_puts(out, "g:");
	if (it->canonical != NULL && strcmp(it->guid, it->url) == 0) {
		/* The usual case, and no need to do it twice. */
		strbuf_puts(out, it->canonical);
		if (url_split(it->guid, &g) == -1)
			return;
	} else if (url_split(it->guid, &g) == -1 ||
		   url_canonical(out, it->guid) == -1) {
		const char *p = it->guid;
		size_t len;

		while (isspace((unsigned char)*p))
			p++;
		len = strlen(p);
		while (len > 0 && isspace((unsigned char)p[len - 1]))
			len--;
		strbuf_append(out, p, len);
		return;
	}
	if (g.fragment_len == 0 || g.fragment[0] == '!')
		return;
	if (is_number(g.fragment, g.fragment_len) && !link_has_fragment(it, &g))
		return;
	strbuf_putc(out, '#');
	strbuf_append(out, g.fragment, g.fragment_len);
}

static const char *
make_canonical(const struct item *it)
{
	const char *canonical = NULL;
	struct strbuf sb;

	if (it->url == NULL)
		return NULL;
	strbuf_init(&sb, URL_MAX);
	if (url_canonical(&sb, it->url) == 0)
		canonical = arena_strndup(it->arena, sb.data, sb.len);
	strbuf_fini(&sb);
	return canonical;
}

/* A link is handed to many: not with a name and password in it. */
static void
drop_user(struct item *it)
{
	struct strbuf sb;

	if (it->url == NULL || strchr(it->url, '@') == NULL)
		return;
	strbuf_init(&sb, URL_MAX);
	if (url_drop_user(&sb, it->url))
		it->url = arena_strndup(it->arena, sb.data, sb.len);
	strbuf_fini(&sb);
}

void
classify_identify(struct item *it, const char *feed, const char *feed_name,
    const struct classify_params *p)
{
	struct strbuf name;
	char *words, hex[33];
	size_t words_len;

	item_make_text(it, p->limits);
	it->feed = arena_strdup(it->arena, feed);
	it->feed_name = arena_strdup(it->arena, feed_name);
	drop_user(it);
	it->canonical = make_canonical(it);
	origin_find(it);

	words = make_words(it, &words_len);
	it->content = hash_bytes(&p->key, words, words_len);

	/* The feed's key and the name in it, apart by a NUL. */
	strbuf_init(&name, 4 * NAME_MAX_BYTES);
	strbuf_puts(&name, feed);
	strbuf_putc(&name, '\0');
	if (it->guid != NULL && it->guid[0] != '\0')
		put_guid(&name, it);
	else if (it->canonical != NULL) {
		strbuf_puts(&name, "u:");
		strbuf_puts(&name, it->canonical);
	} else {
		strbuf_puts(&name, "t:");
		strbuf_append(&name, words, words_len);
	}
	it->identity = hash_bytes(&p->key, name.data, name.len);
	hash_hex128(name.data, name.len, hex);
	it->id = arena_printf(it->arena, "urn:wiresift:%s", hex);
	strbuf_fini(&name);
	free(words);
}
