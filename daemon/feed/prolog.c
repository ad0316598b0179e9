/* prolog.c - find the root element of a feed behind whatever precedes it. */
#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "feed/prolog.h"

/* Looked for behind an element that is none of a feed's, at most this far. */
#define JUNK_MAX ((size_t)256 * 1024)

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
	       c == ':' || (c & 0x80) != 0;
}

/* Behind `what`, or NULL. */
static const char *
behind(const char *p, const char *end, const char *what)
{
	size_t n = strlen(what);

	p = memmem(p, (size_t)(end - p), what, n);
	return p == NULL ? NULL : p + n;
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

/* No markup, and no reference but to a character by its number. */
static bool
is_flat(const char *p, size_t len)
{
	const char *end = p + len;

	if (len > PROLOG_ENTITY_MAX || memchr(p, '<', len) != NULL ||
	    memchr(p, '%', len) != NULL)
		return false;
	for (; (p = memchr(p, '&', (size_t)(end - p))) != NULL; p++) {
		if (p + 1 == end || p[1] != '#')
			return false;
	}
	return true;
}

/* "<!ENTITY name "value">": keep it when it is flat. p is behind ENTITY. */
static void
note_entity(struct prolog *pl, const char *p, const char *end)
{
	struct prolog_entity e;
	const char *q;

	p = skip_blanks(p, end);
	e.name = p;
	while (p < end && is_name(*p))
		p++;
	e.name_len = (size_t)(p - e.name);
	p = skip_blanks(p, end);
	if (e.name_len == 0 || p == end || (*p != '"' && *p != '\''))
		return;
	q = memchr(p + 1, *p, (size_t)(end - p - 1));
	if (q == NULL)
		return;
	e.value = p + 1;
	e.value_len = (size_t)(q - p - 1);
	if (pl->nentities < PROLOG_ENTITIES && is_flat(e.value, e.value_len))
		pl->entities[pl->nentities++] = e;
}

/* Behind a declaration's ">", quotes stepped over. NULL: it never ends. */
static const char *
skip_declaration(const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '>')
			return p + 1;
		if (*p == '"' || *p == '\'') {
			p = memchr(p + 1, *p, (size_t)(end - p - 1));
			if (p == NULL)
				return NULL;
		}
	}
	return NULL;
}

/* Behind the "]" of an internal subset; p is behind its "[". */
static const char *
read_subset(struct prolog *pl, const char *p, const char *end)
{
	while (p != NULL && p < end) {
		if (*p == ']')
			return p + 1;
		if (*p != '<') {
			p++;
		} else if (end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
			p = behind(p + 4, end, "-->");
		} else {
			if (end - p > 8 && strncasecmp(p, "<!ENTITY", 8) == 0)
				note_entity(pl, p + 8, end);
			p = skip_declaration(p + 1, end);
		}
	}
	return NULL;
}

/* p is at "<!DOCTYPE". Behind it, or NULL when it is not closed. */
static const char *
read_doctype(struct prolog *pl, const char *p, const char *end)
{
	const char *from = p;

	for (p += 2; p != NULL && p < end; p++) {
		if (*p == '"' || *p == '\'') {
			p = memchr(p + 1, *p, (size_t)(end - p - 1));
			if (p == NULL)
				return NULL;
		} else if (*p == '[') {
			p = read_subset(pl, p + 1, end);
			if (p == NULL)
				return NULL;
			p--;
		} else if (*p == '>') {
			pl->netscape = memmem(from, (size_t)(p - from),
					   "etscape", 7) != NULL;
			return p + 1;
		}
	}
	return NULL;
}

/* Is the element at p (behind "<") one that feeds begin with? */
static bool
is_feed_root(const char *p, const char *end, bool first)
{
	static const struct {
		const char *name;
		bool alone; /* only as the very first element */
	} roots[] = {
		{ "rss", false },
		{ "feed", false },
		{ "rdf", false },
		{ "channel", false },
		{ "entry", true },
		{ "item", true },
		{ "redirect", true },
	};
	const char *local = p;

	while (p < end && is_name(*p)) {
		if (*p == ':')
			local = p + 1;
		p++;
	}
	if (p == end || !(is_blank(*p) || *p == '>' || *p == '/'))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(roots); i++) {
		if (strlen(roots[i].name) == (size_t)(p - local) &&
		    strncasecmp(roots[i].name, local, (size_t)(p - local)) == 0)
			return first || !roots[i].alone;
	}
	return false;
}

/* Step over what begins with "<!" or "<?" at p. */
static const char *
skip_other(struct prolog *pl, const char *p, const char *end)
{
	const char *q;

	if (p[1] == '?')
		q = behind(p + 2, end, "?>");
	else if (end - p >= 4 && memcmp(p, "<!--", 4) == 0)
		q = behind(p + 4, end, "-->");
	else if (end - p >= 9 && strncasecmp(p, "<!DOCTYPE", 9) == 0)
		q = read_doctype(pl, p, end);
	else
		q = memchr(p, '>', (size_t)(end - p));
	return q;
}

void
prolog_read(struct prolog *pl, const char *p, size_t len)
{
	const char *start = p, *end = p + len, *other = NULL;
	size_t broken = 0;

	memset(pl, 0, sizeof(*pl));
	pl->root = len;
	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL && p + 1 < end) {
		if (p[1] == '!' || p[1] == '?') {
			const char *q =
			    broken < 8 ? skip_other(pl, p, end) : NULL;

			/* One without end is no more than its two bytes. */
			broken += q == NULL;
			p = q == NULL ? p + 2 : q;
			continue;
		}
		if (is_feed_root(p + 1, end, other == NULL)) {
			pl->root = (size_t)(p - start);
			break;
		}
		if (other == NULL && is_name(p[1]))
			other = p;
		if (other != NULL && (size_t)(p - other) > JUNK_MAX)
			break;
		p++;
	}
	if (pl->root == len && other != NULL)
		pl->root = (size_t)(other - start);
	pl->line = 1;
	for (p = start;
	     (p = memchr(p, '\n', pl->root - (size_t)(p - start))) != NULL; p++)
		pl->line++;
}
