/* xml.c - Expat's calls to elements of feeds: names, frames, limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "feed/cdata.h"
#include "feed/parser.h"
#include "feed/xml.h"

/*
 * Expat copies each piece it is given: so much stays in the cache. Between
 * two pieces a token that never ends is found.
 */
#define CHUNK ((size_t)64 * 1024)
#define TOKEN_MAX ((size_t)1024 * 1024)

void
parser_stop(struct feed_parser *fp, enum feed_status status, const char *why)
{
	if (fp->stopped != FEED_OK)
		return;
	fp->stopped = status;
	fp->stop_why = why;
	XML_StopParser(fp->xp, XML_FALSE);
}

const char *
parser_attr(const char **atts, const char *name)
{
	for (; atts[0] != NULL; atts += 2) {
		const char *a = atts[0], *colon;

		/* Most names differ in their first letter, have no colon. */
		if ((a[0] | 0x20) == (name[0] | 0x20) &&
		    strcasecmp(a, name) == 0)
			return atts[1];
		colon = strchr(a, ':');
		if (colon != NULL && strcasecmp(colon + 1, name) == 0)
			return atts[1];
	}
	return NULL;
}

char *
parser_dup(struct feed_parser *fp, const char *s, size_t len)
{
	char *p = arena_alloc(fp->rec->it->arena, len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

/* True for "scheme:" at the start, as in http:, mailto:, tag:. */
static bool
has_scheme(const char *s)
{
	size_t n = 0;

	while ((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= 'A' && s[n] <= 'Z') ||
	       (s[n] >= '0' && s[n] <= '9') || s[n] == '+' || s[n] == '-' ||
	       s[n] == '.')
		n++;
	return n > 0 && s[n] == ':';
}

/* "&amp;" that is left in an address was escaped twice. In place; for what
 * is no longer than an address. */
static size_t
unescape_twice(char *s, size_t len)
{
	char *p = s, *end = s + len, *q;

	while ((q = memmem(p, (size_t)(end - p), "&amp;", 5)) != NULL) {
		p = q + 1;
		memmove(p, q + 5, (size_t)(end - (q + 5)));
		end -= 4;
	}
	*end = '\0';
	return (size_t)(end - s);
}

const char *
parser_url(struct feed_parser *fp, const char *ref)
{
	const char *base = fp->frames[fp->depth].base;
	struct strbuf sb;
	const char *out;
	size_t len;

	while (*ref == ' ' || (*ref >= '\t' && *ref <= '\r'))
		ref++;
	len = strlen(ref);
	while (len > 0 && (ref[len - 1] == ' ' ||
			      (ref[len - 1] >= '\t' && ref[len - 1] <= '\r')))
		len--;
	if (len <= URL_MAX && memmem(ref, len, "&amp;", 5) != NULL) {
		char *copy = parser_dup(fp, ref, len);

		len = unescape_twice(copy, len);
		ref = copy;
	}
	if (base == NULL || has_scheme(ref) || len > URL_MAX)
		return parser_dup(fp, ref, len);
	strbuf_init(&sb, URL_MAX);
	if (url_resolve(&sb, base, ref) == 0)
		out = parser_dup(fp, sb.data, sb.len);
	else
		out = parser_dup(fp, ref, len);
	strbuf_fini(&sb);
	return out;
}

/* Count different names, roughly: Expat never forgets one. */
static void
note_name(struct feed_parser *fp, uint32_t hash)
{
	uint32_t h = hash ^ hash >> 16;
	uint64_t bit = (uint64_t)1 << (h & 63);
	uint64_t *word = &fp->names[(h >> 6) % ARRAY_LEN(fp->names)];

	if ((*word & bit) != 0)
		return;
	*word |= bit;
	if (++fp->nnames > PARSER_NAMES)
		parser_stop(fp, FEED_TOO_LARGE, "too many different names");
}

static uint32_t
name_hash(const char *name)
{
	uint32_t h = ELEM_HASH_START;

	for (; *name != '\0'; name++)
		h = elem_hash(h, *name);
	return h;
}

static void
bind_prefix(
    struct feed_parser *fp, const char *prefix, const char *uri, bool is_root_s)
{
	size_t len = strlen(prefix);
	enum ns ns = ns_of_uri(uri);
	struct prefix *px;

	if (fp->nprefixes == PARSER_PREFIXES || len >= sizeof(px->name))
		return;
	if (ns == NS_OTHER)
		ns = is_root_s ? NS_NONE : ns_of_prefix(prefix, len);
	px = &fp->prefixes[fp->nprefixes++];
	memcpy(px->name, prefix, len + 1);
	px->len = (uint8_t)len;
	px->ns = (uint8_t)ns;
}

static enum ns
ns_of(const struct feed_parser *fp, const char *prefix, size_t len)
{
	for (size_t i = fp->nprefixes; i-- > 0;) {
		const struct prefix *px = &fp->prefixes[i];

		if (px->len == len && memcmp(px->name, prefix, len) == 0)
			return px->ns;
	}
	return ns_of_prefix(prefix, len);
}

/* xml:base only counts where it makes a usable address. */
static const char *
base_of(struct feed_parser *fp, const char *outer, const char *ref)
{
	struct strbuf sb;
	const char *out = outer;

	strbuf_init(&sb, URL_MAX);
	if (url_resolve(&sb, outer, ref) == 0 && url_is_http(sb.data))
		out = arena_strndup(fp->doc->arena, sb.data, sb.len);
	strbuf_fini(&sb);
	return out;
}

static const char *
language_of(struct feed_parser *fp, const char *value)
{
	char *s = arena_strndup(fp->doc->arena, value, strnlen(value, 64));

	for (char *p = s; *p != '\0'; p++) {
		if (*p == '_')
			*p = '-';
	}
	return s[0] == '\0' ? NULL : s;
}

/* What an element's attributes change for it and all that is inside. */
static void
frame_attributes(struct feed_parser *fp, struct frame *f, const char *name,
    const char **atts)
{
	bool root = fp->depth == 1;

	for (; atts[0] != NULL; atts += 2) {
		const char *a = atts[0];

		note_name(fp, name_hash(a));
		if (a[0] != 'x')
			continue;
		if (strcmp(a, "xmlns") == 0) {
			enum ns ns = ns_of_uri(atts[1]);

			if (root && ns == NS_OTHER)
				ns = NS_NONE;
			f->ns = (uint8_t)ns;
		} else if (strncmp(a, "xmlns:", 6) == 0) {
			size_t n = strlen(a + 6);
			/* NOLINTNEXTLINE(bugprone-not-null-*): strings */
			bool own = strncmp(name, a + 6, n) == 0;

			bind_prefix(
			    fp, a + 6, atts[1], root && own && name[n] == ':');
		} else if (strcmp(a, "xml:base") == 0) {
			f->base = base_of(fp, f->base, atts[1]);
		} else if (strcmp(a, "xml:lang") == 0) {
			f->lang = language_of(fp, atts[1]);
			if (root && f->lang != NULL) {
				fp->feed.it->language = f->lang;
				fp->feed.rank[FIELD_LANGUAGE] = 1;
			}
		}
	}
}

/* The table's row for a name, here; fills its namespace. */
static const struct elem *
find_elem(struct feed_parser *fp, const struct frame *f, enum ctx where,
    const char *name, enum ns *ns)
{
	uint32_t h = ELEM_HASH_START;
	const char *local = name;
	const struct elem *e;

	for (const char *p = name; *p != '\0'; p++) {
		if (*p == ':') {
			local = p + 1;
			h = ELEM_HASH_START;
			continue;
		}
		h = elem_hash(h, *p);
	}
	note_name(fp, h);
	*ns =
	    local == name ? f->ns : ns_of(fp, name, (size_t)(local - name) - 1);
	e = elem_find(&fp->index, h, *ns, where);
	if (e == NULL)
		note_name(fp, h);
	return e;
}

static void XMLCALL
start_cb(void *cookie, const XML_Char *name, const XML_Char **atts)
{
	struct feed_parser *fp = cookie;
	struct frame *f, *outer = &fp->frames[fp->depth];
	enum ns ns;

	if (fp->stopped != FEED_OK)
		return;
	if (fp->depth >= fp->limits->max_depth || fp->depth >= PARSER_DEPTH) {
		fp->too_deep = true;
		parser_stop(fp, FEED_TOO_LARGE, "elements nested too deep");
		return;
	}
	f = &fp->frames[++fp->depth];
	*f = *outer;
	f->elem = NULL;
	f->nprefixes = fp->nprefixes;
	if (fp->depth == 1)
		snprintf(fp->root_name, sizeof(fp->root_name), "%s", name);
	if (atts[0] != NULL)
		frame_attributes(fp, f, name, atts);
	if (fp->cap.elem != NULL && capture_child(fp, name, atts)) {
		note_name(fp, name_hash(name));
		return;
	}
	f->elem = find_elem(fp, f, outer->ctx, name, &ns);
	f->ctx = CTX_IGNORE;
	if (f->elem == NULL)
		return;
	capture_drop(fp);
	f->ctx = f->elem->inside;
	fp->elem_ns = ns;
	if ((f->elem->flags & ELEM_TEXT) != 0)
		capture_begin(fp, f->elem, atts);
	if (f->elem->start != NULL)
		f->elem->start(fp, f->elem, atts);
}

static void XMLCALL
end_cb(void *cookie, const XML_Char *name)
{
	struct feed_parser *fp = cookie;
	struct frame *f = &fp->frames[fp->depth];

	if (fp->stopped != FEED_OK)
		return;
	if (fp->cap.elem != NULL && fp->depth > fp->cap.depth)
		capture_child_end(fp, name);
	else if (fp->cap.elem != NULL)
		capture_finish(fp);
	else if (f->elem != NULL && f->elem->end != NULL)
		f->elem->end(fp, f->elem, NULL, 0);
	fp->nprefixes = f->nprefixes;
	if (--fp->depth == 0) {
		fp->root_ended = true;
		XML_StopParser(fp->xp, XML_FALSE);
	}
}

/* Is a character of U+0080 to U+00FF in it? 0xc2 and 0xc3 begin them. */
static bool
has_latin(const char *p, size_t len)
{
	return memchr(p, 0xc2, len) != NULL || memchr(p, 0xc3, len) != NULL;
}

static void
parser_init(struct feed_parser *fp, struct feed_doc *doc,
    const struct xml_job *job, const struct feed_limits *limits)
{
	fp->doc = doc;
	fp->limits = limits;
	newest_init(&fp->newest, limits->max_items);
	fp->cut_at = job->cut_at;
	fp->netscape = job->netscape;
	elem_index_init(&fp->index);
	fp->odd_bytes = has_latin(job->p, job->len);
	fp->feed.it = arena_calloc(doc->arena, 1, sizeof(struct item));
	fp->feed.it->arena = doc->arena;
	fp->feed.it->published = ITEM_NO_TIME;
	fp->feed.it->updated = ITEM_NO_TIME;
	fp->feed.it->created = ITEM_NO_TIME;
	fp->rec = &fp->feed;
	fp->page_base = job->base;
	fp->frames[0].base = job->base;
	fp->frames[0].ctx = CTX_DOC;
	if (job->language != NULL) {
		fp->frames[0].lang = language_of(fp, job->language);
		fp->feed.it->language = fp->frames[0].lang;
	}
	strbuf_init(&fp->text, limits->item.max_field_bytes * 6 + 1024);
	strbuf_init(&fp->tmp, limits->item.max_field_bytes * 6 + 1024);
	fp->xp = XML_ParserCreate("UTF-8");
	if (fp->xp == NULL)
		abort(); /* out of memory, as in xmalloc */
	XML_SetUserData(fp->xp, fp);
	XML_SetElementHandler(fp->xp, start_cb, end_cb);
}

static void
parser_fini(struct feed_parser *fp)
{
	item_free(fp->item.it);
	newest_fini(&fp->newest);
	strbuf_fini(&fp->text);
	strbuf_fini(&fp->tmp);
	XML_ParserFree(fp->xp);
}

/* Where in the job's text Expat stands: it is not given all of it. */
static size_t
position(const struct feed_parser *fp)
{
	XML_Index at = XML_GetCurrentByteIndex(fp->xp);

	return (at < 0 ? 0 : (size_t)at) + fp->skipped;
}

/* Feed [off, to), looking out for a token that does not end. */
static enum XML_Status
feed_range(
    struct feed_parser *fp, const struct xml_job *job, size_t off, size_t to)
{
	enum XML_Status rv = XML_STATUS_OK;

	do {
		size_t n = MIN(to - off, CHUNK);

		rv = XML_Parse(
		    fp->xp, job->p + off, (int)n, off + n == job->len);
		off += n;
		if (rv == XML_STATUS_OK && off < job->len &&
		    off - MIN(position(fp), off) > TOKEN_MAX)
			parser_stop(fp, FEED_TOO_LARGE, "a tag without end");
	} while (rv == XML_STATUS_OK && off < to && fp->stopped == FEED_OK);
	return rv;
}

/*
 * Most of a feed is text in CDATA sections, which need no parsing: where
 * Expat has taken in all before one, the section's text goes straight to the
 * capture, and Expat never hears of it. What stands in a comment or a tag is
 * told by Expat's position; what is no clean text is Expat's to judge. Behind
 * "]]>" no section is open, so none is taken for another's text.
 */
static enum XML_Status
feed_all(struct feed_parser *fp, const struct xml_job *job)
{
	const char *end = job->p + job->len, *s, *stop;
	size_t off = 0, at;
	enum XML_Status rv;

	while ((s = cdata_find(job->p + off, end)) != NULL &&
	       (stop = cdata_end(s + 9, end)) != NULL) {
		at = (size_t)(s - job->p);
		if (at > off) {
			rv = feed_range(fp, job, off, at);
			if (rv != XML_STATUS_OK || fp->stopped != FEED_OK)
				return rv;
		}
		off = (size_t)(stop + 3 - job->p);
		if (at > 0 && position(fp) == at &&
		    cdata_is_clean(s + 9, (size_t)(stop - s) - 9)) {
			capture_text(fp, s + 9, (size_t)(stop - s) - 9);
			fp->skipped += off - at;
			continue;
		}
		rv = feed_range(fp, job, at, off);
		if (rv != XML_STATUS_OK || fp->stopped != FEED_OK)
			return rv;
	}
	return feed_range(fp, job, off, job->len);
}

/* Behind the root only white space, comments and instructions may stand. */
static bool
junk_follows(const struct xml_job *job, size_t at)
{
	const char *p = job->p + at, *end = job->p + job->len;

	/* `at` is where the end tag begins. */
	p = memchr(p, '>', (size_t)(end - p));
	if (p == NULL)
		return false;
	for (p++; p < end; p++) {
		if (*p == '<' && p + 1 < end && (p[1] == '!' || p[1] == '?')) {
			p = memchr(p, '>', (size_t)(end - p));
			if (p == NULL)
				return true;
		} else if (strchr(" \t\r\n", *p) == NULL) {
			return true;
		}
	}
	return false;
}

/* The line that Expat's position is in. */
static unsigned long
line_at(const struct xml_job *job, size_t at)
{
	const char *p = job->p, *end = p + MIN(at, job->len);
	unsigned long line = job->line;

	for (; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
		line++;
	return line;
}

static int
judge(struct feed_parser *fp, enum XML_Status rv, const struct xml_job *job)
{
	struct feed_doc *doc = fp->doc;
	const char *why = NULL;
	size_t at = position(fp);
	int ret = 0;

	if (fp->stopped != FEED_OK) {
		doc->status = fp->stopped;
		why = fp->stop_why;
		ret = fp->too_deep ? -1 : 0;
	} else if (fp->root_ended) {
		if (junk_follows(job, at)) {
			doc->status = FEED_DAMAGED;
			why = "junk after document element";
		}
	} else if (rv != XML_STATUS_OK) {
		doc->status = FEED_DAMAGED;
		why = XML_ErrorString(XML_GetErrorCode(fp->xp));
		ret = -1;
	}
	if (why != NULL)
		snprintf(doc->why, sizeof(doc->why), "%s at line %lu", why,
		    line_at(job, at));
	return ret;
}

int
xml_read(struct feed_doc *doc, const struct xml_job *job,
    const struct feed_limits *limits)
{
	struct feed_parser *fp = xcalloc(1, sizeof(*fp));
	enum XML_Status rv;
	int ret;

	parser_init(fp, doc, job, limits);
	rv = feed_all(fp, job);
	ret = judge(fp, rv, job);
	capture_drop(fp);
	if (fp->item.it != NULL)
		record_end_item(fp, false);
	record_end_feed(fp);
	if (!fp->root_seen && doc->nitems == 0 && doc->newlocation == NULL &&
	    ret == 0 && doc->status != FEED_TOO_LARGE) {
		doc->status = FEED_NOT_A_FEED;
		snprintf(doc->why, sizeof(doc->why), "the root element is <%s>",
		    fp->root_name);
	}
	parser_fini(fp);
	free(fp);
	return ret;
}
