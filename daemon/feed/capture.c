/* capture.c - gather the text of one element, with the markup in it. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/htmlent.h"
#include "base/macros.h"
#include "base/utf8.h"
#include "feed/base64.h"
#include "feed/parser.h"

/* The limit is passed, or the buffer has to grow. */
static __attribute__((noinline)) void
put_slow(struct feed_parser *fp, const char *s, size_t len)
{
	struct strbuf *sb = &fp->text;

	if (sb->len + len > fp->cap.limit) {
		len = fp->cap.limit > sb->len ? fp->cap.limit - sb->len : 0;
		fp->cap.over = true;
	}
	(void)strbuf_append(sb, s, len);
}

/*
 * Append what fits; the rest of the element's text is dropped. The NUL behind
 * is put once, by capture_finish().
 */
static inline void
put(struct feed_parser *fp, const char *s, size_t len)
{
	struct strbuf *sb = &fp->text;

	if (sb->len + len <= fp->cap.limit && sb->len + len < sb->size) {
		memcpy(sb->data + sb->len, s, len);
		sb->len += len;
	} else {
		put_slow(fp, s, len);
	}
}

static void
put_escaped(struct feed_parser *fp, const char *s, size_t len, bool quotes)
{
	const char *end = s + len, *from = s;

	for (; s < end; s++) {
		const char *to;

		if (*s == '&')
			to = "&amp;";
		else if (*s == '<')
			to = "&lt;";
		else if (*s == '>')
			to = "&gt;";
		else if (*s == '"' && quotes)
			to = "&quot;";
		else
			continue;
		put(fp, from, (size_t)(s - from));
		put(fp, to, strlen(to));
		from = s + 1;
	}
	put(fp, from, (size_t)(end - from));
}

static void
finish_tag(struct feed_parser *fp)
{
	if (fp->cap.open_tag)
		put(fp, ">", 1);
	fp->cap.open_tag = false;
}

void
capture_text(struct feed_parser *fp, const char *s, size_t len)
{
	if (fp->cap.elem == NULL || fp->cap.over)
		return;
	if (fp->cap.markup) {
		finish_tag(fp);
		put_escaped(fp, s, len, false);
	} else {
		put(fp, s, len);
	}
}

/* Expat splits text at entities and at buffer ends: append, never assign. */
static void XMLCALL
text_cb(void *cookie, const XML_Char *s, int len)
{
	struct feed_parser *fp = cookie;

	if (fp->stopped != FEED_OK)
		return;
	/* A reference to one character comes alone. */
	if (len == 2 && (s[0] == '\xc2' || s[0] == '\xc3'))
		fp->cap.odd = true;
	capture_text(fp, s, (size_t)len);
}

#define PLAIN "text/plain"
#define HTML "text/html"
#define XHTML "application/xhtml+xml"

/* Atom's words for types, and the types that are met most. */
static const struct {
	const char *word, *type;
} known_types[] = {
	{ "html", HTML },
	{ "text", PLAIN },
	{ "xhtml", XHTML },
	{ "plain", PLAIN },
	{ HTML, HTML },
	{ PLAIN, PLAIN },
	{ XHTML, XHTML },
};

static bool
is_atom(const struct feed_parser *fp)
{
	switch (fp->doc->format) {
	case FEED_ATOM01:
	case FEED_ATOM02:
	case FEED_ATOM03:
	case FEED_ATOM10:
	case FEED_ATOM:
		return true;
	default:
		return false;
	}
}

static bool
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), t = strlen(tail);

	return n >= t && strcmp(s + n - t, tail) == 0;
}

static bool
is_html(const char *type)
{
	return strcmp(type, "text/html") == 0 ||
	       strcmp(type, "application/xhtml+xml") == 0;
}

/* A type as written, in lower case and without parameters. */
static const char *
type_of(struct capture *c, const char *type)
{
	for (size_t i = 0; i < ARRAY_LEN(known_types); i++) {
		if (strcasecmp(type, known_types[i].word) == 0)
			return known_types[i].type;
	}
	snprintf(c->type_text, sizeof(c->type_text), "%s", type);
	c->type_text[strcspn(c->type_text, "; \t")] = '\0';
	for (char *p = c->type_text; *p != '\0'; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	return strcmp(c->type_text, HTML) == 0 ? HTML : c->type_text;
}

/* Type and encoding of a construct that may hold markup. */
static void
capture_type(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	struct capture *c = &fp->cap;
	bool plain =
	    fp->elem_ns == NS_ATOM || (fp->elem_ns == NS_NONE && is_atom(fp));
	const char *type = NULL, *mode = NULL;

	if (atts[0] != NULL) {
		type = parser_attr(atts, "type");
		mode = parser_attr(atts, "mode");
	}
	c->typed = type != NULL && type[0] != '\0';
	if (c->typed)
		c->type = type_of(c, type);
	else if (plain)
		c->type = PLAIN;
	else
		c->type = e->type != NULL ? e->type : HTML;
	if (strncmp(c->type, "text/", 5) != 0 ||
	    strcmp(c->type, "text/xml") == 0)
		c->markup =
		    ends_with(c->type, "+xml") || ends_with(c->type, "/xml");
	c->base64 = (mode != NULL && strcasecmp(mode, "base64") == 0) ||
		    (c->typed && plain && !c->markup &&
			strncmp(c->type, "text/", 5) != 0);
	if (mode != NULL && strcasecmp(mode, "escaped") == 0)
		c->markup = false;
}

void
capture_begin(struct feed_parser *fp, const struct elem *e, const char **atts)
{
	struct capture *c = &fp->cap;

	c->elem = e;
	c->depth = fp->depth;
	c->typed = c->base64 = c->markup = false;
	c->over = c->open_tag = c->odd = false;
	c->limit = fp->limits->item.max_field_bytes;
	if ((e->flags & ELEM_TITLE) != 0)
		c->limit = fp->limits->item.max_title_bytes;
	if ((e->flags & ELEM_MARKUP) != 0)
		capture_type(fp, e, atts);
	fp->text.len = 0;
	XML_SetCharacterDataHandler(fp->xp, text_cb);
}

void
capture_drop(struct feed_parser *fp)
{
	if (fp->cap.elem == NULL)
		return;
	fp->cap.elem = NULL;
	XML_SetCharacterDataHandler(fp->xp, NULL);
}

/* Names as HTML knows them: without the prefix. */
static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

/* The text so far was plain; from now on it is markup. */
static void
turn_to_markup(struct feed_parser *fp)
{
	struct capture *c = &fp->cap;

	if (strcmp(c->type, PLAIN) == 0 && fp->text.len > 0) {
		size_t n = fp->text.len;

		strbuf_reset(&fp->tmp);
		(void)strbuf_append(&fp->tmp, fp->text.data, n);
		fp->text.len = 0;
		put_escaped(fp, fp->tmp.data, n, false);
	}
	c->markup = true;
	if (!c->typed || strcmp(c->type, HTML) != 0)
		c->type = XHTML;
}

static bool
is_link_attr(const char *name)
{
	return strcmp(name, "href") == 0 || strcmp(name, "src") == 0 ||
	       strcmp(name, "cite") == 0 || strcmp(name, "poster") == 0;
}

bool
capture_child(struct feed_parser *fp, const char *name, const char **atts)
{
	struct capture *c = &fp->cap;
	const char *inner = fp->frames[fp->depth].base;
	bool rebased = inner != fp->frames[c->depth].base;

	if ((c->elem->flags & ELEM_MARKUP) == 0)
		return (c->elem->flags & ELEM_CHILDREN) == 0;
	name = local_name(name);
	/* type="html" with its escaped text in a div: seen at Typepad. */
	if (!c->markup && c->typed && strcasecmp(name, "div") == 0)
		return true;
	if (!c->markup)
		turn_to_markup(fp);
	finish_tag(fp);
	put(fp, "<", 1);
	put(fp, name, strlen(name));
	for (; atts[0] != NULL; atts += 2) {
		const char *value = atts[1];

		if (strncmp(atts[0], "xmlns", 5) == 0 ||
		    strncmp(atts[0], "xml:", 4) == 0)
			continue;
		if (rebased && is_link_attr(atts[0]))
			value = parser_url(fp, value);
		put(fp, " ", 1);
		put(fp, local_name(atts[0]), strlen(local_name(atts[0])));
		put(fp, "=\"", 2);
		put_escaped(fp, value, strlen(value), true);
		put(fp, "\"", 1);
	}
	c->open_tag = true;
	return true;
}

/* HTML's elements that have no end tag. */
static bool
is_void(const char *name)
{
	static const char *const names[] = { "area", "base", "br", "col",
		"embed", "hr", "img", "input", "link", "meta", "param",
		"source", "track", "wbr" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcasecmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

void
capture_child_end(struct feed_parser *fp, const char *name)
{
	struct capture *c = &fp->cap;

	if (!c->markup || (c->elem->flags & ELEM_MARKUP) == 0)
		return;
	name = local_name(name);
	if (c->open_tag && is_void(name)) {
		put(fp, " />", 3);
		c->open_tag = false;
		return;
	}
	finish_tag(fp);
	put(fp, "</", 2);
	put(fp, name, strlen(name));
	put(fp, ">", 1);
}

/*
 * Characters 0x80 to 0x9f are windows-1252 that was declared as ISO-8859-1,
 * or written as a number (&#146;): nobody means a control character.
 */
static void
mend_c1(struct feed_parser *fp)
{
	struct strbuf *sb = &fp->text;
	const char *p = memchr(sb->data, 0xc2, sb->len);
	const char *from = sb->data, *end = sb->data + sb->len;
	bool found = false;

	for (; p != NULL; p = memchr(p + 1, 0xc2, (size_t)(end - p - 1))) {
		unsigned char c = p + 1 < end ? (unsigned char)p[1] : 0xff;

		if (c > 0x9f)
			continue;
		if (!found)
			strbuf_reset(&fp->tmp);
		found = true;
		(void)strbuf_append(&fp->tmp, from, (size_t)(p - from));
		(void)strbuf_put_utf8(&fp->tmp, htmlent_cp1252(c));
		from = p + 2;
	}
	if (!found)
		return;
	(void)strbuf_append(&fp->tmp, from, (size_t)(end - from));
	strbuf_reset(sb);
	(void)strbuf_append(sb, fp->tmp.data, fp->tmp.len);
}

/*
 * UTF-8 that was taken for ISO-8859-1 and encoded once more: every character
 * is below U+0100, and read as bytes they are UTF-8 again. No language looks
 * like that.
 */
static void
mend_doubled(struct feed_parser *fp)
{
	struct strbuf *sb = &fp->text;
	const char *p = sb->data, *end = p + sb->len;
	size_t wide = 0;

	/* The first byte of a character in UTF-8 became U+00C2 to U+00F4. */
	if (memchr(p, 0xc3, sb->len) == NULL)
		return;
	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x80)
			continue;
		if (c != 0xc2 && c != 0xc3)
			return;
		wide++;
		p++;
	}
	if (wide < 2)
		return;
	strbuf_reset(&fp->tmp);
	for (p = sb->data; p < end; p++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 0x80) {
			c = (unsigned char)(c << 6) |
			    ((unsigned char)p[1] & 0x3f);
			p++;
		}
		(void)strbuf_putc(&fp->tmp, (char)c);
	}
	if (!utf8_valid(fp->tmp.data, fp->tmp.len))
		return;
	strbuf_reset(sb);
	(void)strbuf_append(sb, fp->tmp.data, fp->tmp.len);
}

static void
decode_base64(struct feed_parser *fp)
{
	struct strbuf *sb = &fp->text;

	strbuf_reset(&fp->tmp);
	if (base64_decode(&fp->tmp, sb->data, sb->len) == -1)
		return;
	strbuf_reset(sb);
	/* Pictures and the like say nothing in a text. */
	if (utf8_valid(fp->tmp.data, fp->tmp.len) &&
	    memchr(fp->tmp.data, '\0', fp->tmp.len) == NULL)
		(void)strbuf_append(sb, fp->tmp.data, fp->tmp.len);
}

/* Titles have no type beside them: they are HTML always. */
static void
plain_to_html(struct feed_parser *fp)
{
	size_t n = fp->text.len;

	if (memchr(fp->text.data, '&', n) == NULL &&
	    memchr(fp->text.data, '<', n) == NULL)
		return;
	strbuf_reset(&fp->tmp);
	(void)strbuf_append(&fp->tmp, fp->text.data, n);
	fp->text.len = 0;
	fp->cap.limit = fp->cap.limit * 5;
	put_escaped(fp, fp->tmp.data, n, false);
	fp->text.data[fp->text.len] = '\0';
}

static void
finish_markup(struct feed_parser *fp)
{
	struct capture *c = &fp->cap;
	const char *base = fp->frames[c->depth].base;

	if (c->base64) {
		decode_base64(fp);
		mend_c1(fp);
	}
	if (strcmp(c->type, PLAIN) == 0 && (c->elem->flags & ELEM_BODY) == 0)
		plain_to_html(fp);
	if (is_html(c->type)) {
		strbuf_reset(&fp->tmp);
		if (links_resolve(
			&fp->tmp, base, fp->text.data, fp->text.len)) {
			strbuf_reset(&fp->text);
			(void)strbuf_append(
			    &fp->text, fp->tmp.data, fp->tmp.len);
		}
	}
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

void
capture_finish(struct feed_parser *fp)
{
	struct capture *c = &fp->cap;
	struct strbuf *sb = &fp->text;
	const struct elem *e = c->elem;
	char *s;
	size_t len;

	finish_tag(fp);
	if (c->over) {
		sb->len = utf8_cut(sb->data, sb->len);
		if (fp->item.it != NULL)
			fp->item.it->truncated = true;
	}
	if (sb->size > 0)
		sb->data[sb->len] = '\0';
	if (sb->len > 0) {
		if (fp->odd_bytes || c->odd) {
			mend_c1(fp);
			mend_doubled(fp);
		}
		if ((e->flags & ELEM_MARKUP) != 0)
			finish_markup(fp);
	}
	s = sb->data;
	len = sb->len;
	while (len > 0 && is_blank(*s)) {
		s++;
		len--;
	}
	while (len > 0 && is_blank(s[len - 1]))
		len--;
	if (sb->size > 0)
		s[len] = '\0';
	if (e->end != NULL)
		e->end(fp, e, s, len);
	capture_drop(fp);
}
