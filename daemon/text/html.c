/* html.c - HTML to plain text, in one pass. */
#include "text/html.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/htmlent.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "text/fold.h"

#define ENTITY_MAX 40 /* bytes between & and ; */

enum tag_kind {
	TAG_UNKNOWN,
	TAG_INLINE,
	TAG_BLOCK, /* begins and ends a line */
	TAG_CELL,  /* parts words, no more */
	TAG_VOID,  /* vanishes with all that is in it */
	TAG_PRE,
};

/* Elements by name, sorted. */
static const struct {
	const char *name;
	enum tag_kind kind;
} tags[] = {
	{ "a", TAG_INLINE },
	{ "abbr", TAG_INLINE },
	{ "address", TAG_BLOCK },
	{ "article", TAG_BLOCK },
	{ "aside", TAG_BLOCK },
	{ "b", TAG_INLINE },
	{ "big", TAG_INLINE },
	{ "blockquote", TAG_BLOCK },
	{ "body", TAG_BLOCK },
	{ "br", TAG_BLOCK },
	{ "button", TAG_CELL },
	{ "caption", TAG_BLOCK },
	{ "center", TAG_BLOCK },
	{ "cite", TAG_INLINE },
	{ "code", TAG_INLINE },
	{ "dd", TAG_BLOCK },
	{ "del", TAG_INLINE },
	{ "details", TAG_BLOCK },
	{ "div", TAG_BLOCK },
	{ "dl", TAG_BLOCK },
	{ "dt", TAG_BLOCK },
	{ "em", TAG_INLINE },
	{ "embed", TAG_INLINE },
	{ "fieldset", TAG_BLOCK },
	{ "figcaption", TAG_BLOCK },
	{ "figure", TAG_BLOCK },
	{ "font", TAG_INLINE },
	{ "footer", TAG_BLOCK },
	{ "form", TAG_BLOCK },
	{ "h1", TAG_BLOCK },
	{ "h2", TAG_BLOCK },
	{ "h3", TAG_BLOCK },
	{ "h4", TAG_BLOCK },
	{ "h5", TAG_BLOCK },
	{ "h6", TAG_BLOCK },
	{ "head", TAG_BLOCK },
	{ "header", TAG_BLOCK },
	{ "hr", TAG_BLOCK },
	{ "html", TAG_BLOCK },
	{ "i", TAG_INLINE },
	{ "iframe", TAG_VOID },
	{ "img", TAG_INLINE },
	{ "ins", TAG_INLINE },
	{ "li", TAG_BLOCK },
	{ "link", TAG_INLINE },
	{ "main", TAG_BLOCK },
	{ "mark", TAG_INLINE },
	{ "meta", TAG_INLINE },
	{ "nav", TAG_BLOCK },
	{ "noscript", TAG_VOID },
	{ "object", TAG_INLINE },
	{ "ol", TAG_BLOCK },
	{ "option", TAG_BLOCK },
	{ "p", TAG_BLOCK },
	{ "pre", TAG_PRE },
	{ "q", TAG_INLINE },
	{ "s", TAG_INLINE },
	{ "script", TAG_VOID },
	{ "section", TAG_BLOCK },
	{ "select", TAG_VOID },
	{ "small", TAG_INLINE },
	{ "span", TAG_INLINE },
	{ "strike", TAG_INLINE },
	{ "strong", TAG_INLINE },
	{ "style", TAG_VOID },
	{ "sub", TAG_INLINE },
	{ "summary", TAG_BLOCK },
	{ "sup", TAG_INLINE },
	{ "svg", TAG_VOID },
	{ "table", TAG_BLOCK },
	{ "tbody", TAG_BLOCK },
	{ "td", TAG_CELL },
	{ "template", TAG_VOID },
	{ "tfoot", TAG_BLOCK },
	{ "th", TAG_CELL },
	{ "thead", TAG_BLOCK },
	{ "time", TAG_INLINE },
	{ "title", TAG_BLOCK },
	{ "tr", TAG_BLOCK },
	{ "tt", TAG_INLINE },
	{ "u", TAG_INLINE },
	{ "ul", TAG_BLOCK },
	{ "video", TAG_INLINE },
	{ "wbr", TAG_INLINE },
};

/* What the writer does before the next visible character. */
enum space { SPACE_NONE, SPACE_BLANK, SPACE_LINE };

struct html {
	struct strbuf *out;
	size_t start; /* where our text begins in out */
	const char *p, *end;
	enum space space;
	bool one_line;   /* lines become blanks */
	bool keep_lines; /* a newline in the source is one */
	bool plain;      /* no tags, no entities */
	/* Looked for once in vain: not looked for again (linear time). */
	bool no_quote[2], no_gt;
};

static enum tag_kind
tag_kind(const char *name, size_t len)
{
	size_t low = 0, high = ARRAY_LEN(tags);

	while (low < high) {
		size_t mid = (low + high) / 2;
		int d = strncasecmp(name, tags[mid].name, len);

		if (d == 0 && tags[mid].name[len] != '\0')
			d = -1;
		if (d == 0)
			return tags[mid].kind;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return TAG_UNKNOWN;
}

static void
see_space(struct html *h, enum space s)
{
	if (s > h->space)
		h->space = s;
}

/* The blank or the new line that is due before visible text. */
static void
put_space(struct html *h)
{
	if (h->space == SPACE_NONE)
		return;
	if (h->out->len > h->start)
		(void)strbuf_putc(h->out,
		    h->space == SPACE_LINE && !h->one_line ? '\n' : ' ');
	h->space = SPACE_NONE;
}

/* Blank, line, dropped, or itself? Sets *to to what is to be written. */
enum visible { VISIBLE, VISIBLE_BLANK, VISIBLE_LINE, VISIBLE_NOT };

static enum visible
visible(uint32_t cp)
{
	if (cp <= ' ') {
		return cp == '\n' || cp == '\r' ? VISIBLE_LINE
		       : cp == ' ' || cp == '\t' || cp == '\f' || cp == '\v'
			   ? VISIBLE_BLANK
			   : VISIBLE_NOT;
	}
	if (cp < 0x7f || (cp > 0xad && cp < 0x2000))
		return cp == 0x061c || cp == 0x180e ? VISIBLE_NOT : VISIBLE;
	if (cp == 0xa0 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f ||
	    cp == 0x205f || cp == 0x3000)
		return VISIBLE_BLANK;
	if (cp == 0x2028 || cp == 0x2029 || cp == 0x85)
		return VISIBLE_LINE;
	if (cp == 0x7f || cp == 0xad || (cp >= 0x200b && cp <= 0x200f) ||
	    (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
	    cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb))
		return VISIBLE_NOT;
	return VISIBLE;
}

static void
put_cp(struct html *h, uint32_t cp)
{
	/* Raw C1 controls are windows-1252 that went wrong. */
	cp = htmlent_cp1252(cp);
	switch (visible(cp)) {
	case VISIBLE_BLANK:
		see_space(h, SPACE_BLANK);
		break;
	case VISIBLE_LINE:
		see_space(h, h->keep_lines ? SPACE_LINE : SPACE_BLANK);
		break;
	case VISIBLE_NOT:
		break;
	case VISIBLE:
		if (cp >= 0x80 && cp <= 0x9f)
			break; /* one without a meaning */
		put_space(h);
		(void)strbuf_put_utf8(h->out, cp);
		break;
	}
}

/* Bytes that are copied in runs: 0x21 to 0x7e but "<" and "&". */
static bool
is_run(unsigned char c)
{
	return c > ' ' && c < 0x7f && c != '<' && c != '&';
}

static void
put_run(struct html *h)
{
	const char *from = h->p;

	while (h->p < h->end && is_run((unsigned char)*h->p))
		h->p++;
	put_space(h);
	(void)strbuf_append(h->out, from, (size_t)(h->p - from));
}

/* A code point above ASCII at h->p. */
static void
put_wide(struct html *h)
{
	uint32_t cp;
	size_t len = fold_decode(h->p, h->end, &cp);

	if (cp > 0xad && (cp < 0x2000 || (cp > 0x206f && cp < 0xfe00)) &&
	    cp != 0x061c && cp != 0x180e && cp != 0x3000) {
		put_space(h);
		(void)strbuf_append(h->out, h->p, len);
	} else {
		put_cp(h, cp);
	}
	h->p += len;
}

/* A numeric reference behind "&#"; its length, or 0. */
static size_t
numeric(const char *p, const char *end, uint32_t *cp)
{
	const char *from = p;
	uint32_t base = 10, v = 0;
	int digits = 0;

	if (p < end && (*p == 'x' || *p == 'X')) {
		base = 16;
		p++;
	}
	for (; p < end && isxdigit((unsigned char)*p); p++, digits++) {
		uint32_t d = *p <= '9' ? (uint32_t)(*p - '0')
				       : (uint32_t)((*p | 0x20) - 'a' + 10);

		if (d >= base)
			break;
		if (v <= 0x10ffff)
			v = v * base + d;
	}
	if (digits == 0)
		return 0;
	if (p < end && *p == ';')
		p++;
	*cp = v;
	return (size_t)(p - from);
}

/* Write UTF-8 that an entity stands for. */
static void
put_text(struct html *h, const char *s)
{
	const char *end = s + strlen(s);
	uint32_t cp;

	while (s < end) {
		s += fold_decode(s, end, &cp);
		put_cp(h, cp);
	}
}

/*
 * The text of the reference behind "&" at p: written, and its length with ";"
 * answered; 0 when it is none. `strict` wants the semicolon.
 */
static size_t
reference(struct html *h, const char *p, bool strict)
{
	const char *semi, *text;
	size_t len = (size_t)(h->end - p), used;
	uint32_t cp;

	if (len > 1 && *p == '#') {
		used = numeric(p + 1, h->end, &cp);
		if (used == 0 || (strict && p[used] != ';'))
			return 0;
		put_cp(h, cp == 0 || cp > 0x10ffff ? UTF8_REPLACEMENT : cp);
		return used + 1;
	}
	semi = memchr(p, ';', MIN(len, ENTITY_MAX));
	if (semi != NULL &&
	    (text = htmlent_lookup(p, (size_t)(semi - p))) != NULL) {
		put_text(h, text);
		return (size_t)(semi - p) + 1;
	}
	if (strict || (text = htmlent_legacy(p, len, &used)) == NULL)
		return 0;
	put_text(h, text);
	return used;
}

static void
see_reference(struct html *h)
{
	const char *p = h->p + 1;
	size_t used;

	/* Escaped twice, or more often: each layer is one "amp;". */
	for (int layer = 0; layer < 3; layer++) {
		if (h->end - p < 4 || strncmp(p, "amp;", 4) != 0)
			break;
		used = reference(h, p + 4, true);
		if (used > 0) {
			h->p = p + 4 + used;
			return;
		}
		if (h->end - p < 8 || strncmp(p + 4, "amp;", 4) != 0)
			break;
		p += 4;
	}
	p = h->p + 1;
	used = reference(h, p, false);
	if (used == 0)
		put_cp(h, '&');
	h->p = p + used;
}

/* Behind the next ">" from p; the end when there is none. */
static const char *
behind_gt(struct html *h, const char *p)
{
	const char *gt = NULL;

	if (!h->no_gt)
		gt = memchr(p, '>', (size_t)(h->end - p));
	if (gt == NULL) {
		h->no_gt = true;
		return h->end;
	}
	return gt + 1;
}

/* Behind the tag whose name ends at p: a ">" in quotes is none. */
static const char *
behind_tag(struct html *h, const char *p)
{
	const char *from = p;

	while (p < h->end && *p != '>') {
		int q = *p == '"' ? 0 : *p == '\'' ? 1 : -1;
		const char *close = NULL;

		/* A quote opens a value behind "=" only. */
		if (q == -1 || p == from || (p[-1] != '=' && p[-1] != ' ')) {
			p++;
			continue;
		}
		if (!h->no_quote[q])
			close = memchr(p + 1, *p, (size_t)(h->end - p - 1));
		if (close == NULL) {
			h->no_quote[q] = true;
			return behind_gt(h, from);
		}
		p = close + 1;
	}
	return p < h->end ? p + 1 : h->end;
}

static const char *
behind_comment(struct html *h, const char *p)
{
	const char *close;

	if (h->end - p >= 1 && *p == '>')
		return p + 1; /* <!--> */
	close = memmem(p, (size_t)(h->end - p), "-->", 3);
	return close != NULL ? close + 3 : h->end;
}

/* Behind the end tag of `name`; the end when it is never closed. */
static const char *
behind_element(struct html *h, const char *p, const char *name, size_t len)
{
	while (
	    p < h->end && (p = memchr(p, '<', (size_t)(h->end - p))) != NULL) {
		if ((size_t)(h->end - p) > len + 2 && p[1] == '/' &&
		    strncasecmp(p + 2, name, len) == 0 &&
		    !isalnum((unsigned char)p[2 + len]))
			return behind_gt(h, p);
		p++;
	}
	return h->end;
}

/* "<" at h->p: a tag, a comment, or just itself. */
static void
see_tag(struct html *h)
{
	const char *p = h->p + 1, *name;
	bool closing = false;
	size_t len = 0;

	if (h->end - p >= 3 && memcmp(p, "!--", 3) == 0) {
		h->p = behind_comment(h, p + 3);
		return;
	}
	if (p < h->end && (*p == '!' || *p == '?')) {
		h->p = behind_gt(h, p);
		return;
	}
	if (p < h->end && *p == '/') {
		closing = true;
		p++;
	}
	if (p == h->end || !isalpha((unsigned char)*p)) {
		put_cp(h, '<');
		h->p++;
		return;
	}
	name = p;
	while (p < h->end && isalnum((unsigned char)*p))
		p++;
	len = (size_t)(p - name);
	h->p = behind_tag(h, p);
	switch (tag_kind(name, len)) {
	case TAG_BLOCK:
		see_space(h, SPACE_LINE);
		break;
	case TAG_CELL:
		see_space(h, SPACE_BLANK);
		break;
	case TAG_PRE:
		see_space(h, SPACE_LINE);
		h->keep_lines = !closing;
		break;
	case TAG_VOID:
		if (!closing && h->p[-1] == '>' && h->p[-2] != '/')
			h->p = behind_element(h, h->p, name, len);
		break;
	default:
		break;
	}
}

static void
html_run(struct html *h)
{
	while (h->p < h->end && !strbuf_over(h->out)) {
		unsigned char c = (unsigned char)*h->p;

		if (is_run(c)) {
			put_run(h);
		} else if (c == ' ') {
			see_space(h, SPACE_BLANK);
			h->p++;
		} else if (c >= 0x80) {
			put_wide(h);
		} else if (c == '<' && !h->plain) {
			see_tag(h);
		} else if (c == '&' && !h->plain) {
			see_reference(h);
		} else {
			put_cp(h, c);
			h->p++;
		}
	}
	/* What was cut may end in a blank. */
	while (h->out->len > h->start &&
	       (h->out->data[h->out->len - 1] == ' ' ||
		   h->out->data[h->out->len - 1] == '\n'))
		strbuf_trunc(h->out, h->out->len - 1);
}

void
html_to_text(struct strbuf *out, const char *html, size_t len)
{
	struct html h = {
		.out = out, .start = out->len, .p = html, .end = html + len
	};

	html_run(&h);
}

void
html_to_line(struct strbuf *out, const char *html, size_t len)
{
	struct html h = { .out = out,
		.start = out->len,
		.p = html,
		.end = html + len,
		.one_line = true };

	html_run(&h);
}

void
text_normalise(struct strbuf *out, const char *text, size_t len)
{
	struct html h = { .out = out,
		.start = out->len,
		.p = text,
		.end = text + len,
		.keep_lines = true,
		.plain = true };

	html_run(&h);
}

bool
html_looks_like(const char *s, size_t len)
{
	const char *end = s + len;

	for (; s < end; s++) {
		const char *p = s + 1;
		size_t n = 0;

		if (*s == '&') {
			const char *semi =
			    memchr(p, ';', MIN((size_t)(end - p), ENTITY_MAX));

			if (semi == NULL)
				continue;
			if (*p == '#' ||
			    htmlent_lookup(p, (size_t)(semi - p)) != NULL)
				return true;
		}
		if (*s != '<' || p == end)
			continue;
		if (*p == '/')
			p++;
		while (p + n < end && isalnum((unsigned char)p[n]))
			n++;
		if (n > 0 && p + n < end && strchr(" \t\n/>", p[n]) != NULL &&
		    tag_kind(p, n) != TAG_UNKNOWN)
			return true;
	}
	return false;
}
