/* repair.c - close, quote and escape what a damaged document left open. */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "feed/prolog.h"
#include "feed/repair.h"
#include "feed/repair_text.h"

#define STACK_MAX 300    /* deeper than a parser goes */
#define NAME_MAX_LEN 128 /* of an element or attribute */
#define ATTR_MAX 64      /* of one element; the rest is left out */
#define QUOTE_AHEAD 512  /* a quote is looked for so far behind a "<" */
#define TEXT_MAX ((size_t)64 << 10)   /* of text at one time */
#define VALUE_MAX ((size_t)256 << 10) /* of an attribute */
#define TAG_OUT_MAX ((size_t)1 << 20) /* no further attributes behind it */
#define TOKEN_OUT_MAX ((size_t)24 << 20)

struct open_elem {
	const char *name; /* as written */
	size_t len;
};

struct repair {
	struct repair_text *rt;
	const struct prolog *pl;
	const char *end;
	struct open_elem stack[STACK_MAX];
	size_t depth;
	bool root_ended;
	/* How many open elements have a name with this hash. */
	uint16_t open_names[256];
	/* Terminators that are known not to come any more. */
	bool no_comment_end, no_pi_end, no_cdata_end;
	const char *cdata_end; /* the next one, once it was looked for */
};

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_name(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == ':';
}

static size_t
read_name(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && n < NAME_MAX_LEN && is_name(p[n]))
		n++;
	return n;
}

static const char *
local_of(const char *name, size_t len, size_t *local_len)
{
	const char *colon = memrchr(name, ':', len);

	if (colon == NULL) {
		*local_len = len;
		return name;
	}
	*local_len = len - (size_t)(colon + 1 - name);
	return colon + 1;
}

static bool
in_list(const char *const *list, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(list[i]) == len &&
		    strncasecmp(list[i], name, len) == 0)
			return true;
	}
	return false;
}

/* HTML elements without an end tag, but those that feeds use otherwise. */
static bool
is_void(const char *name, size_t len)
{
	static const char *const names[] = { "br", "hr", "img", "input", "wbr",
		"area", "embed", "param", "col", "meta" };

	return in_list(names, ARRAY_LEN(names), name, len);
}

/* HTML elements that end where the next of their name begins. */
static bool
ends_itself(const char *name, size_t len)
{
	static const char *const names[] = { "p", "li", "td", "th", "tr", "dt",
		"dd", "option" };

	return in_list(names, ARRAY_LEN(names), name, len);
}

static bool
is_item(const char *name, size_t len)
{
	static const char *const names[] = { "item", "entry" };

	name = local_of(name, len, &len);
	return in_list(names, ARRAY_LEN(names), name, len);
}

/* Elements of an item that hold a line of text, no other of these. */
static bool
is_leaf(const char *name, size_t len)
{
	static const char *const names[] = { "title", "link", "guid", "pubDate",
		"comments", "category", "dc:creator", "dc:date", "updated",
		"published" };

	return in_list(names, ARRAY_LEN(names), name, len);
}

static uint8_t
hash_name(const char *name, size_t len)
{
	uint32_t h = 0;

	for (size_t i = 0; i < len; i++)
		h = h * 33 + ((unsigned char)name[i] | 0x20u);
	return (uint8_t)(h ^ h >> 8);
}

static bool
same_name(const struct open_elem *o, const char *name, size_t len)
{
	return o->len == len && strncasecmp(o->name, name, len) == 0;
}

static void
close_top(struct repair *r)
{
	struct open_elem *o = &r->stack[--r->depth];

	(void)strbuf_puts(&r->rt->out, "</");
	(void)strbuf_append(&r->rt->out, o->name, o->len);
	(void)strbuf_putc(&r->rt->out, '>');
	r->open_names[hash_name(o->name, o->len)]--;
	if (r->depth == 0)
		r->root_ended = true;
}

static void
close_down_to(struct repair *r, size_t depth)
{
	while (r->depth > depth)
		close_top(r);
}

/* Index of the innermost open element of a name, or SIZE_MAX. */
static size_t
find_open(const struct repair *r, const char *name, size_t len)
{
	if (r->open_names[hash_name(name, len)] == 0)
		return SIZE_MAX;
	for (size_t i = r->depth; i-- > 0;) {
		if (same_name(&r->stack[i], name, len))
			return i;
	}
	return SIZE_MAX;
}

/* p is at "</". */
static const char *
end_tag(struct repair *r, const char *p)
{
	const char *gt;
	size_t n = read_name(p + 2, r->end), i = find_open(r, p + 2, n);

	/* A cut-off end tag at the very end still says what it closes. */
	gt = p + 2 + n;
	while (gt < r->end && *gt != '>' && *gt != '<')
		gt++;
	if (n > 0 && i != SIZE_MAX)
		close_down_to(r, i);
	return gt < r->end && *gt == '>' ? gt + 1 : gt;
}

/* What a new element ends by its coming. */
static void
make_room(struct repair *r, const char *name, size_t len)
{
	const struct open_elem *top;

	if (is_item(name, len)) {
		for (size_t i = r->depth; i-- > 1;) {
			if (is_item(r->stack[i].name, r->stack[i].len)) {
				close_down_to(r, i);
				break;
			}
		}
		return;
	}
	if (r->depth < 2)
		return;
	top = &r->stack[r->depth - 1];
	if (ends_itself(name, len) && same_name(top, name, len))
		close_top(r);
	else if ((is_leaf(name, len) ||
		     (len == 11 &&
			 strncasecmp(name, "description", len) == 0)) &&
		 is_leaf(top->name, top->len))
		close_top(r);
}

struct attr {
	const char *name, *value;
	size_t name_len, value_len;
};

/* Where an unquoted or unclosed value ends. */
static const char *
bare_value_end(const char *p, const char *end)
{
	while (p < end && !is_blank(*p) && *p != '>' && *p != '<' &&
	       !(*p == '/' && p + 1 < end && p[1] == '>'))
		p++;
	return p;
}

/* A value at p with its quote; returns what follows. */
static const char *
quoted_value(const char *p, const char *end, struct attr *a)
{
	const char *q = p + 1, *stop = end, *lt = NULL;

	for (; q < stop && *q != *p; q++) {
		if (*q == '<' && lt == NULL) {
			lt = q;
			stop = MIN(end, q + QUOTE_AHEAD);
		}
	}
	/* Behind a "<" the quote must look like one that ends a value. */
	if (q < stop && lt != NULL && q + 1 < end && !is_blank(q[1]) &&
	    q[1] != '>' && q[1] != '/')
		q = stop;
	a->value = p + 1;
	if (q < stop) {
		a->value_len = (size_t)(q - p - 1);
		return q + 1;
	}
	q = bare_value_end(p + 1, end);
	a->value_len = (size_t)(q - p - 1);
	return q;
}

/* The next attribute at p; NULL at the tag's end. *odd: no "=". */
static const char *
next_attr(const char *p, const char *end, struct attr *a, bool *odd)
{
	while (p < end && *p != '>' && *p != '<' &&
	       !(*p == '/' && p + 1 < end && p[1] == '>') && !is_letter(*p))
		p++;
	if (p == end || !is_letter(*p))
		return NULL;
	a->name = p;
	a->name_len = read_name(p, end);
	p += a->name_len;
	while (p < end && is_blank(*p))
		p++;
	*odd = p == end || *p != '=';
	if (*odd) {
		a->value = a->name;
		a->value_len = a->name_len;
		return p;
	}
	p++;
	while (p < end && is_blank(*p))
		p++;
	if (p < end && (*p == '"' || *p == '\''))
		return quoted_value(p, end, a);
	a->value = p;
	p = bare_value_end(p, end);
	a->value_len = (size_t)(p - a->value);
	return p;
}

/* Read a tag's attributes; returns where it ends, the different ones in v. */
static const char *
read_attrs(const char *p, const char *end, struct attr v[ATTR_MAX], size_t *n,
    bool *odd)
{
	const char *next;
	struct attr a;
	bool bare;

	*n = 0;
	*odd = false;
	while ((next = next_attr(p, end, &a, &bare)) != NULL) {
		size_t i = 0;

		p = next;
		*odd = *odd || bare;
		while (
		    i < *n && !(v[i].name_len == a.name_len &&
				  memcmp(v[i].name, a.name, a.name_len) == 0))
			i++;
		if (i == *n && *n < ATTR_MAX)
			v[(*n)++] = a;
	}
	while (p < end && *p != '>' && *p != '<' &&
	       !(*p == '/' && p + 1 < end && p[1] == '>'))
		p++;
	return p;
}

/* p is at "<" and a letter. */
static const char *
start_tag(struct repair *r, const char *p)
{
	struct strbuf *out = &r->rt->out;
	struct attr v[ATTR_MAX];
	const char *name = p + 1, *q;
	size_t len = read_name(name, r->end), n, start;
	bool odd, empty;

	q = read_attrs(name + len, r->end, v, &n, &odd);
	if (q == r->end)
		return r->end; /* the document was cut off in it */
	if (*q == '<' && (odd || n == 0)) {
		/* "x <y and <b>": no tag at all. */
		if (r->depth > 0)
			(void)strbuf_puts(out, "&lt;");
		return p + 1;
	}
	make_room(r, name, len);
	if (r->root_ended)
		return r->end;
	start = out->len;
	(void)strbuf_putc(out, '<');
	(void)strbuf_append(out, name, len);
	for (size_t i = 0; i < n && out->len - start < TAG_OUT_MAX; i++) {
		(void)strbuf_putc(out, ' ');
		(void)strbuf_append(out, v[i].name, v[i].name_len);
		(void)strbuf_puts(out, "=\"");
		repair_chars(out, r->pl, v[i].value,
		    utf8_cut(v[i].value, MIN(v[i].value_len, VALUE_MAX)), true);
		(void)strbuf_putc(out, '"');
	}
	empty = *q == '/';
	if (empty || (r->depth > 0 && is_void(name, len))) {
		(void)strbuf_puts(out, "/>");
		r->root_ended = r->root_ended || r->depth == 0;
	} else {
		(void)strbuf_putc(out, '>');
		r->stack[r->depth++] = (struct open_elem){ name, len };
		r->open_names[hash_name(name, len)]++;
	}
	if (*q == '<')
		return q;
	return q + (empty ? 2 : 1);
}

/* Where `what` begins, from p on; *none remembers that it does not. */
static const char *
find(const struct repair *r, const char *p, const char *what, bool *none)
{
	const char *q = NULL;

	if (!*none)
		q = memmem(p, (size_t)(r->end - p), what, strlen(what));
	*none = q == NULL;
	return q;
}

/*
 * A CDATA section without end swallows the items that follow: if an item
 * begins in it after its own element's end, it ends at that end.
 */
static const char *
cdata_stop(const struct repair *r, const char *p, const char *stop)
{
	const struct open_elem *top = &r->stack[r->depth - 1];
	const char *q = p;
	bool seen = false;

	while (
	    (q = memchr(q, '<', (size_t)(stop - q))) != NULL && stop - q > 2) {
		size_t n;

		if (!seen && q[1] == '/' &&
		    read_name(q + 2, stop) == top->len &&
		    same_name(top, q + 2, top->len)) {
			p = q;
			seen = true;
		}
		n = read_name(q + 1, stop);
		if (seen && n > 0 && is_item(q + 1, n))
			return p;
		q++;
	}
	return NULL;
}

/* p is at "<![CDATA[". */
static const char *
cdata(struct repair *r, const char *p)
{
	const char *stop, *early;

	p += 9;
	if (r->cdata_end == NULL || r->cdata_end < p)
		r->cdata_end = find(r, p, "]]>", &r->no_cdata_end);
	stop = r->cdata_end == NULL ? r->end : r->cdata_end;
	early = cdata_stop(r, p, stop);
	(void)strbuf_puts(&r->rt->out, "<![CDATA[");
	repair_cdata(
	    &r->rt->out, p, (size_t)((early == NULL ? stop : early) - p));
	(void)strbuf_puts(&r->rt->out, "]]>");
	if (early != NULL)
		return early;
	return stop == r->end ? stop : stop + 3;
}

/* p is at "<!" or "<?": comments, instructions, declarations all go. */
static const char *
declaration(struct repair *r, const char *p)
{
	const char *q;

	if (r->end - p >= 9 && memcmp(p, "<![CDATA[", 9) == 0 && r->depth > 0)
		return cdata(r, p);
	if (r->end - p >= 4 && memcmp(p, "<!--", 4) == 0) {
		q = find(r, p + 4, "-->", &r->no_comment_end);
		return q == NULL ? p + 4 : q + 3;
	}
	if (p[1] == '?') {
		q = find(r, p + 2, "?>", &r->no_pi_end);
		return q == NULL ? p + 2 : q + 2;
	}
	q = p + 2;
	while (q < r->end && *q != '>' && *q != '<')
		q++;
	return q < r->end && *q == '>' ? q + 1 : q;
}

/* Where to part a long text: at no character, and at no reference. */
static const char *
text_piece(const char *p)
{
	size_t n = utf8_cut(p, TEXT_MAX);
	const char *amp = memrchr(p + n - 40, '&', 40);

	return amp != NULL ? amp : p + n;
}

static const char *
token(struct repair *r, const char *p)
{
	const char *q;

	if (*p != '<') {
		q = memchr(p, '<', (size_t)(r->end - p));
		if (q == NULL)
			q = r->end;
		if ((size_t)(q - p) > TEXT_MAX)
			q = text_piece(p);
		if (r->depth > 0)
			repair_chars(
			    &r->rt->out, r->pl, p, (size_t)(q - p), false);
		return q;
	}
	if (r->end - p >= 2 && is_letter(p[1]))
		return start_tag(r, p);
	if (r->end - p >= 2 && p[1] == '/')
		return end_tag(r, p);
	if (r->end - p >= 2 && (p[1] == '!' || p[1] == '?'))
		return declaration(r, p);
	if (r->depth > 0)
		(void)strbuf_puts(&r->rt->out, "&lt;");
	return p + 1;
}

void
repair_run(struct repair_text *rt, const char *p, size_t len,
    const struct prolog *pl, size_t max_bytes)
{
	struct repair r = { .rt = rt, .pl = pl, .end = p + len };

	/* Looked at between tokens, each of which is bounded. */
	strbuf_init(&rt->out, max_bytes + TOKEN_OUT_MAX);
	rt->cut_at = SIZE_MAX;
	while (p < r.end && !r.root_ended && r.depth < STACK_MAX &&
	       rt->out.len < max_bytes)
		p = token(&r, p);
	if (r.depth > 0)
		rt->cut_at = rt->out.len;
	close_down_to(&r, 0);
}

void
repair_fini(struct repair_text *rt)
{
	strbuf_fini(&rt->out);
}
