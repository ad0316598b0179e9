/* links.c - relative links in HTML, made absolute. */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "feed/parser.h"

/* The attributes of HTML whose value is an address. */
static const char *const link_attrs[] = { "href", "src", "cite", "action",
	"longdesc", "poster", "background", "codebase", "usemap", "data",
	"profile" };

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_link_attr(const char *p, size_t len)
{
	if (len < 3 || strchr("hscalpbudHSCALPBUD", p[0]) == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(link_attrs); i++) {
		if (strlen(link_attrs[i]) == len &&
		    strncasecmp(link_attrs[i], p, len) == 0)
			return true;
	}
	return false;
}

/* Absolute already, or nothing that has a base. */
static bool
needs_no_base(const char *p, size_t len)
{
	size_t n = 0;

	while (n < len &&
	       ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z') ||
		   (p[n] >= '0' && p[n] <= '9') || p[n] == '+' || p[n] == '-' ||
		   p[n] == '.'))
		n++;
	return len == 0 || (n > 0 && n < len && p[n] == ':');
}

struct attr {
	const char *name;
	size_t name_len;
	const char *value; /* without quotes; NULL: none */
	size_t value_len;
	const char *from, *end; /* of value with its quotes */
};

/* The next attribute of a tag at p; NULL at its end. */
static const char *
next_attr(const char *p, const char *end, struct attr *a)
{
	while (p < end && (is_blank(*p) || *p == '/'))
		p++;
	if (p == end || *p == '>')
		return NULL;
	a->name = p;
	a->value = NULL;
	while (p < end && !is_blank(*p) && *p != '=' && *p != '>' &&
	       (*p != '/' || p == a->name))
		p++;
	a->name_len = (size_t)(p - a->name);
	while (p < end && is_blank(*p))
		p++;
	if (p == end || *p != '=') {
		/* "=" first: a name by HTML's rules; go on behind it. */
		return a->name_len == 0 ? p + 1 : p;
	}
	p++;
	while (p < end && is_blank(*p))
		p++;
	a->from = p;
	if (p < end && (*p == '"' || *p == '\'')) {
		const char *q = memchr(p + 1, *p, (size_t)(end - p - 1));

		if (q == NULL)
			return NULL;
		a->value = p + 1;
		a->value_len = (size_t)(q - p - 1);
		p = q + 1;
	} else {
		a->value = p;
		while (p < end && !is_blank(*p) && *p != '>')
			p++;
		a->value_len = (size_t)(p - a->value);
	}
	a->end = p;
	return p;
}

/* Write the value's absolute form in quotes. False: leave it as it is. */
static bool
put_resolved(struct strbuf *out, const char *base, const struct attr *a)
{
	struct strbuf ref, abs;
	bool ok;

	strbuf_init(&ref, URL_MAX);
	strbuf_init(&abs, URL_MAX);
	ok = strbuf_append(&ref, a->value, a->value_len) == 0 &&
	     url_resolve(&abs, base, ref.data) == 0 &&
	     memchr(abs.data, '"', abs.len) == NULL;
	if (ok) {
		(void)strbuf_putc(out, '"');
		(void)strbuf_append(out, abs.data, abs.len);
		(void)strbuf_putc(out, '"');
	}
	strbuf_fini(&ref);
	strbuf_fini(&abs);
	return ok;
}

/* A value that seen from `base` means something else. */
static bool
is_relative_link(const struct attr *a)
{
	const char *p = a->value;
	size_t len = a->value_len;

	if (p == NULL || !is_link_attr(a->name, a->name_len))
		return false;
	while (len > 0 && is_blank(*p)) {
		p++;
		len--;
	}
	return !needs_no_base(p, len) && len <= URL_MAX;
}

/*
 * "<!" that begins no comment and no declaration: HTML would swallow all up
 * to the next ">", but whoever wrote it meant the two characters.
 */
static bool
is_stray_bang(const char *p, const char *end)
{
	return *p == '!' && p + 1 < end && p[1] != '-' && p[1] != '[' &&
	       (p[1] | 0x20) != 'd';
}

bool
links_resolve(
    struct strbuf *out, const char *base, const char *html, size_t len)
{
	const char *end = html + len, *p = html, *done = html, *next;
	struct attr a = { 0 };

	while ((p = memchr(p, '<', (size_t)(end - p))) != NULL) {
		p++;
		if (p < end && is_stray_bang(p, end)) {
			(void)strbuf_append(out, done, (size_t)(p - 1 - done));
			(void)strbuf_puts(out, "&lt;");
			done = p;
			continue;
		}
		if (base == NULL)
			continue;
		if (p == end ||
		    !((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z')))
			continue;
		while (p < end && !is_blank(*p) && *p != '>' && *p != '/')
			p++;
		for (; (next = next_attr(p, end, &a)) != NULL; p = next) {
			if (!is_relative_link(&a))
				continue;
			(void)strbuf_append(out, done, (size_t)(a.from - done));
			done = put_resolved(out, base, &a) ? a.end : a.from;
		}
	}
	if (done == html)
		return false;
	(void)strbuf_append(out, done, (size_t)(end - done));
	return true;
}
