/* repair_text.c - references and forbidden characters in damaged text. */
#include <stdint.h>
#include <string.h>

#include "base/htmlent.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "feed/prolog.h"
#include "feed/repair_text.h"

#define REF_MAX 32 /* bytes of a name or number in a reference */

/* XML 1.0, production 2. */
static bool
is_xml_char(uint32_t cp)
{
	return cp == '\t' || cp == '\n' || cp == '\r' ||
	       (cp >= 0x20 && cp < 0xd800) || (cp >= 0xe000 && cp < 0xfffe) ||
	       (cp >= 0x10000 && cp <= 0x10ffff);
}

/* Bytes of a forbidden character at p of valid UTF-8; 0: it is allowed. */
static size_t
forbidden(const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;

	if (c < 0x20)
		return c == '\t' || c == '\n' || c == '\r' ? 0 : 1;
	/* U+FFFE and U+FFFF */
	if (c == 0xef && end - p >= 3 && (unsigned char)p[1] == 0xbf &&
	    (unsigned char)p[2] >= 0xbe)
		return 3;
	return 0;
}

static void
put_char(struct strbuf *out, char c)
{
	switch (c) {
	case '&':
		(void)strbuf_puts(out, "&amp;");
		break;
	case '<':
		(void)strbuf_puts(out, "&lt;");
		break;
	case '>':
		(void)strbuf_puts(out, "&gt;");
		break;
	case '"':
		(void)strbuf_puts(out, "&quot;");
		break;
	default:
		(void)strbuf_putc(out, c);
	}
}

/* A replacement text: every character of it is itself. */
static void
put_plain(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {
		size_t n = forbidden(p, end);

		if (n == 0)
			put_char(out, *p);
		p += n == 0 ? 1 : n;
	}
}

/* "#123" or "#x1f" at p; returns bytes used, 0 if it is no number. */
static size_t
number(const char *p, const char *end, uint32_t *cp)
{
	const char *q = p + 1;
	uint32_t base = 10, v = 0;
	size_t ndigits = 0;

	if (q < end && (*q == 'x' || *q == 'X')) {
		base = 16;
		q++;
	}
	for (; q < end && ndigits < REF_MAX; q++, ndigits++) {
		uint32_t d;

		if (*q >= '0' && *q <= '9')
			d = (uint32_t)(*q - '0');
		else if (base == 16 && (*q | 0x20) >= 'a' && (*q | 0x20) <= 'f')
			d = (uint32_t)((*q | 0x20) - 'a') + 10;
		else
			break;
		v = MIN(v * base + d, 0x110000U);
	}
	*cp = v;
	return ndigits == 0 ? 0 : (size_t)(q - p);
}

/* A number's character, if XML has it. */
static void
put_number(struct strbuf *out, uint32_t cp)
{
	if (is_xml_char(cp) && cp < 0x80)
		put_char(out, (char)cp);
	else if (is_xml_char(cp))
		(void)strbuf_put_utf8(out, htmlent_cp1252(cp));
}

/* A flat entity: plain text with numbers of characters in it. */
static void
put_own(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len, *from = p;
	uint32_t cp;
	size_t n;

	while ((p = memchr(p, '&', (size_t)(end - p))) != NULL) {
		n = number(p + 1, end, &cp);
		if (n == 0) {
			p++;
			continue;
		}
		put_plain(out, from, (size_t)(p - from));
		put_number(out, cp);
		p += n + 1;
		p += p < end && *p == ';';
		from = p;
	}
	put_plain(out, from, (size_t)(end - from));
}

static size_t
name_len(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && n < REF_MAX &&
	       ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= 'A' && p[n] <= 'Z') ||
		   (p[n] >= '0' && p[n] <= '9') || p[n] == '_' || p[n] == '-' ||
		   p[n] == '.'))
		n++;
	return n;
}

static const struct prolog_entity *
own_entity(const struct prolog *pl, const char *name, size_t len)
{
	for (size_t i = 0; i < pl->nentities; i++) {
		if (pl->entities[i].name_len == len &&
		    memcmp(pl->entities[i].name, name, len) == 0)
			return &pl->entities[i];
	}
	return NULL;
}

/*
 * A name's text. XHTML's DTD, which is what a document in XML can mean, has
 * other angle brackets than HTML5.
 */
static const char *
named(const char *name, size_t len)
{
	if (len == 4 && memcmp(name, "lang", 4) == 0)
		return "\xe2\x8c\xa9"; /* U+2329 */
	if (len == 4 && memcmp(name, "rang", 4) == 0)
		return "\xe2\x8c\xaa"; /* U+232A */
	return htmlent_lookup(name, len);
}

/* p is at "&". Appends what it stands for, returns how many bytes it took. */
static size_t
reference(
    struct strbuf *out, const struct prolog *pl, const char *p, const char *end)
{
	const struct prolog_entity *own;
	const char *text;
	uint32_t cp;
	size_t n;

	if (p + 1 < end && p[1] == '#' && (n = number(p + 1, end, &cp)) != 0) {
		n++;
		put_number(out, cp);
		return p + n < end && p[n] == ';' ? n + 1 : n;
	}
	n = name_len(p + 1, end);
	if (n > 0 && p + 1 + n < end && p[1 + n] == ';') {
		own = own_entity(pl, p + 1, n);
		text = named(p + 1, n);
		if (own != NULL) {
			put_own(out, own->value, own->value_len);
			return n + 2;
		}
		if (text != NULL) {
			put_plain(out, text, strlen(text));
			return n + 2;
		}
	}
	(void)strbuf_puts(out, "&amp;");
	return 1;
}

void
repair_chars(struct strbuf *out, const struct prolog *pl, const char *p,
    size_t len, bool attribute)
{
	const char *end = p + len, *from = p;

	while (p < end) {
		size_t bad = forbidden(p, end);

		if (bad == 0 && *p != '&' && *p != '<' && *p != '>' &&
		    !(attribute && *p == '"')) {
			p++;
			continue;
		}
		(void)strbuf_append(out, from, (size_t)(p - from));
		if (bad != 0) {
			p += bad;
		} else if (*p == '&') {
			p += reference(out, pl, p, end);
		} else {
			put_char(out, *p);
			p++;
		}
		from = p;
	}
	(void)strbuf_append(out, from, (size_t)(end - from));
}

void
repair_cdata(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len, *from = p;

	while (p < end) {
		size_t bad = forbidden(p, end);

		if (bad == 0) {
			p++;
			continue;
		}
		(void)strbuf_append(out, from, (size_t)(p - from));
		p += bad;
		from = p;
		/* Two halves of "]]>" must not meet. */
		if (out->len > 0 && out->data[out->len - 1] == ']')
			(void)strbuf_putc(out, ' ');
	}
	(void)strbuf_append(out, from, (size_t)(end - from));
}
