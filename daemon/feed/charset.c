/* charset.c - which charset a document is in: mark, header, declaration. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "feed/charset.h"

/* Byte order marks, and "<" or "<?" in the wide charsets and in EBCDIC. */
static const struct {
	const char *bytes;
	size_t len, skip;
	const char *name;
} marks[] = {
	{ "\x00\x00\xfe\xff", 4, 4, "utf-32be" },
	{ "\xff\xfe\x00\x00", 4, 4, "utf-32le" },
	{ "\x00\x00\x00<", 4, 0, "utf-32be" },
	{ "<\x00\x00\x00", 4, 0, "utf-32le" },
	{ "\xfe\xff", 2, 2, "utf-16be" },
	{ "\xff\xfe", 2, 2, "utf-16le" },
	{ "\x00<\x00", 3, 0, "utf-16be" },
	{ "<\x00", 2, 0, "utf-16le" },
	{ "\xef\xbb\xbf", 3, 3, "utf-8" },
	{ "\x4c\x6f\xa7\x94", 4, 0, "ibm037" },
};

/* Copy a label in lower case; anything but a name's characters ends it. */
static void
label_copy(char out[CHARSET_NAME_MAX], const char *p, const char *end)
{
	size_t n = 0;

	while (p < end && strchr(" \t\"'", *p) != NULL)
		p++;
	for (; p < end && n < CHARSET_NAME_MAX - 1; p++) {
		char c = *p;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '-' || c == '_' || c == '.' || c == ':'))
			break;
		out[n++] = c;
	}
	out[n] = '\0';
}

/* charset of a Content-Type value; "" when it has none. */
static void
label_of_header(char out[CHARSET_NAME_MAX], const char *value)
{
	const char *p;

	out[0] = '\0';
	p = value == NULL ? NULL : strcasestr(value, "charset");
	if (p == NULL)
		return;
	p += strlen("charset");
	p += strspn(p, " \t");
	if (*p == '=')
		label_copy(out, p + 1, p + strlen(p));
}

/* encoding of the XML declaration, looked for in the first 1,024 bytes. */
static void
label_of_declaration(char out[CHARSET_NAME_MAX], const char *p, size_t len)
{
	const char *end = p + MIN(len, (size_t)1024), *q;

	out[0] = '\0';
	p = memmem(p, (size_t)(end - p), "<?xml", 5);
	if (p == NULL)
		return;
	q = memmem(p, (size_t)(end - p), "?>", 2);
	if (q == NULL)
		q = end;
	p = memmem(p, (size_t)(q - p), "encoding", 8);
	if (p == NULL)
		return;
	p += 8;
	while (p < q && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '='))
		p++;
	label_copy(out, p, q);
}

/* How many good sequences of several bytes, and how many bad bytes. */
static void
count_utf8(const char *p, size_t len, size_t *good, size_t *bad)
{
	const char *end = p + len;
	uint32_t cp;

	*good = *bad = 0;
	while (p < end) {
		size_t n;

		if ((*p & 0x80) == 0) {
			p++;
			continue;
		}
		n = utf8_decode(p, end, &cp);
		/* U+FFFD itself is three bytes; a bad start is shorter. */
		if (cp == UTF8_REPLACEMENT &&
		    memcmp(p, "\xef\xbf\xbd", MIN(n, (size_t)3)) != 0)
			(*bad)++;
		else
			(*good)++;
		p += n;
	}
}

static bool
is_ascii(const char *p, size_t len)
{
	uint64_t word;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&word, p + i, 8);
		if ((word & 0x8080808080808080U) != 0)
			return false;
	}
	for (; i < len; i++) {
		if ((p[i] & 0x80) != 0)
			return false;
	}
	return true;
}

static void
set_name(struct charset_text *t, const char *name)
{
	snprintf(t->name, sizeof(t->name), "%s", name);
}

/* Read as `label`; false when nobody knows it. */
static bool
convert(struct charset_text *t, const char *label, const char *p, size_t len,
    long *bad)
{
	strbuf_reset(&t->buf);
	*bad = charset_convert(&t->buf, charset_iconv_name(label), p, len);
	if (*bad == -1)
		return false;
	t->p = t->buf.data;
	t->len = t->buf.len;
	t->cut = strbuf_over(&t->buf);
	t->damaged = *bad > 0;
	set_name(t, label);
	return true;
}

static bool
is_utf8_label(const char *label)
{
	return strcmp(label, "utf-8") == 0 ||
	       strcmp(charset_iconv_name(label), "utf-8") == 0;
}

/* Wide charsets without their zero bytes are a lie. */
static bool
is_usable_label(const char *label)
{
	return label[0] != '\0' && !is_utf8_label(label) &&
	       strncmp(charset_iconv_name(label), "utf-16", 6) != 0 &&
	       strncmp(charset_iconv_name(label), "utf-32", 6) != 0;
}

/* Bytes that are no valid UTF-8 as a whole. */
static void
read_odd(struct charset_text *t, const char *p, size_t len, const char *http,
    const char *decl)
{
	const char *labels[2] = { http, decl }, *best = NULL;
	long bad, least = -1;
	size_t good8, bad8;
	bool said_utf8 = is_utf8_label(http) || is_utf8_label(decl);

	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		if (!is_usable_label(labels[i]) ||
		    (i == 1 && strcmp(labels[0], labels[1]) == 0) ||
		    !convert(t, labels[i], p, len, &bad))
			continue;
		if (bad == 0)
			return;
		if (least == -1 || bad < least) {
			least = bad;
			best = labels[i];
		}
	}
	count_utf8(p, len, &good8, &bad8);
	if (good8 > 0 && good8 >= bad8 &&
	    (best == NULL || (size_t)least > bad8)) {
		strbuf_reset(&t->buf);
		(void)utf8_repair(&t->buf, p, len);
		t->p = t->buf.data;
		t->len = t->buf.len;
		t->cut = strbuf_over(&t->buf);
		t->damaged = true;
		set_name(t, "utf-8");
		return;
	}
	if (best == NULL)
		best = said_utf8 ? "windows-1252" : charset_guess(p, len);
	if (!convert(t, best, p, len, &bad))
		(void)convert(t, "windows-1252", p, len, &bad);
}

/* What the label of plain ASCII says; RFC 3023 for text types without one. */
static void
name_ascii(struct charset_text *t, const char *http, const char *decl,
    const char *content_type)
{
	if (http[0] != '\0')
		set_name(t, http);
	else if (content_type != NULL &&
		 strncasecmp(content_type, "text/", 5) == 0)
		set_name(t, "us-ascii");
	else if (decl[0] != '\0')
		set_name(t, decl);
	else
		set_name(t, "utf-8");
}

/* Escapes make ASCII bytes other characters: ISO-2022, HZ, UTF-7. */
static bool
is_shifting(const char *label)
{
	return strncmp(label, "iso-2022-", 9) == 0 ||
	       strcmp(label, "hz-gb-2312") == 0 || strcmp(label, "utf-7") == 0;
}

/* 0 when a mark or the wide form of "<" settled it. */
static int
read_marked(struct charset_text *t, const char **p, size_t *len)
{
	long bad;

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (*len < marks[i].len ||
		    memcmp(*p, marks[i].bytes, marks[i].len) != 0)
			continue;
		*p += marks[i].skip;
		*len -= marks[i].skip;
		if (strcmp(marks[i].name, "utf-8") == 0) {
			set_name(t, "utf-8");
			return -1;
		}
		return convert(t, marks[i].name, *p, *len, &bad) ? 0 : -1;
	}
	return -1;
}

void
charset_read(struct charset_text *t, const char *body, size_t len,
    const char *content_type, size_t max_converted_bytes, bool trust)
{
	char http[CHARSET_NAME_MAX], decl[CHARSET_NAME_MAX];
	long bad;

	memset(t, 0, sizeof(*t));
	strbuf_init(&t->buf, max_converted_bytes);
	if (read_marked(t, &body, &len) == 0)
		return;
	t->p = body;
	t->len = len;
	label_of_header(http, content_type);
	label_of_declaration(decl, body, len);
	if (is_shifting(http) && convert(t, http, body, len, &bad))
		return;
	if (is_shifting(decl) && convert(t, decl, body, len, &bad))
		return;
	t->p = body;
	t->len = len;
	if (trust && (http[0] == '\0' || is_utf8_label(http)) &&
	    (decl[0] == '\0' || is_utf8_label(decl))) {
		set_name(t, "utf-8");
		t->unchecked = true;
		return;
	}
	if (is_ascii(body, len)) {
		if (t->name[0] == '\0')
			name_ascii(t, http, decl, content_type);
	} else if (utf8_valid(body, len)) {
		set_name(t, "utf-8");
	} else {
		read_odd(t, body, len, http, decl);
	}
}

void
charset_fini(struct charset_text *t)
{
	strbuf_fini(&t->buf);
}
