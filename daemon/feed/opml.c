/* opml.c - subscription lists (OPML 1.0 and 2.0) in and out. */
#include <expat.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "feed/opml.h"

#define SEP '\x01' /* no XML name can hold it */
#define TITLE_MAX 1024

struct opml_reader {
	XML_Parser xp;
	struct arena *a;
	struct opml *o;
	struct hmap *urls;                   /* seen already */
	size_t room;                         /* of o->feeds */
	const char *folders[OPML_MAX_DEPTH]; /* NULL where none begins */
	unsigned int depth;
	bool root_seen, in_title;
	struct strbuf title;
	const char *fault; /* set once; the parser is stopped then */
};

static void
reader_stop(struct opml_reader *r, const char *fault)
{
	if (r->fault == NULL)
		r->fault = fault;
	XML_StopParser(r->xp, XML_FALSE);
}

/* Attribute names are matched without case: "xmlurl" is met in the wild. */
static const char *
attr_get(const char **attrs, const char *name)
{
	for (size_t i = 0; attrs[i] != NULL; i += 2)
		if (strcasecmp(attrs[i], name) == 0 && attrs[i + 1][0] != '\0')
			return attrs[i + 1];
	return NULL;
}

static uint32_t
parse_seconds(const char *s)
{
	uint32_t n = 0;

	if (s == NULL)
		return 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		if (n > 10000000)
			return 0;
		n = n * 10 + (uint32_t)(*s - '0');
	}
	return *s == '\0' ? n : 0;
}

static const char *
join_folders(const struct opml_reader *r)
{
	const char *path = NULL;

	for (unsigned int i = 0; i < r->depth; i++) {
		if (r->folders[i] == NULL)
			continue;
		path = path == NULL
			   ? r->folders[i]
			   : arena_printf(r->a, "%s/%s", path, r->folders[i]);
	}
	return path;
}

static void
add_feed(struct opml_reader *r, const char *url, const char **attrs)
{
	struct opml *o = r->o;
	struct opml_feed *f;
	const char *name = attr_get(attrs, "title");
	const char *private = attr_get(attrs, OPML_NS "\x01private");

	if (hmap_get(r->urls, url) != NULL) {
		o->repeated++;
		return;
	}
	if (o->nfeeds == OPML_MAX_FEEDS) {
		reader_stop(r, "too many feeds; at most 50,000 in one list");
		return;
	}
	if (o->nfeeds == r->room) {
		size_t more = r->room == 0 ? 64 : r->room * 2;

		o->feeds = arena_grow(r->a, o->feeds,
		    r->room * sizeof(*o->feeds), more * sizeof(*o->feeds));
		r->room = more;
	}
	if (name == NULL)
		name = attr_get(attrs, "text");
	hmap_put(r->urls, url, r);
	f = &o->feeds[o->nfeeds++];
	*f = (struct opml_feed){
		.url = arena_strdup(r->a, url),
		.name = arena_strdup(r->a, name),
		.folder = join_folders(r),
		.id = arena_strdup(r->a, attr_get(attrs, OPML_NS "\x01id")),
		.language = arena_strdup(r->a, attr_get(attrs, "language")),
		.topics =
		    arena_strdup(r->a, attr_get(attrs, OPML_NS "\x01topics")),
		.every_s = parse_seconds(attr_get(attrs, OPML_NS "\x01"
								 "every")),
		.first_fetch =
		    arena_strdup(r->a, attr_get(attrs, OPML_NS "\x01"
							       "first_fetch")),
		.max_age =
		    arena_strdup(r->a, attr_get(attrs, OPML_NS "\x01max_age")),
		.allow_private = private != NULL && strcmp(private, "yes") == 0,
		.line = (unsigned int)XML_GetCurrentLineNumber(r->xp),
	};
}

static void XMLCALL
opml_start_cb(void *cookie, const XML_Char *name, const XML_Char **attrs)
{
	struct opml_reader *r = cookie;
	const char *url;

	if (r->fault != NULL)
		return;
	if (!r->root_seen) {
		r->root_seen = true;
		if (strcasecmp(name, "opml") != 0) {
			reader_stop(
			    r, "no OPML; its first element is not opml");
			return;
		}
	}
	if (r->depth == OPML_MAX_DEPTH) {
		reader_stop(r, "nested too deep; at most 64 elements");
		return;
	}
	r->folders[r->depth] = NULL;
	r->in_title = r->depth == 2 && strcasecmp(name, "title") == 0;
	if (strcasecmp(name, "outline") == 0) {
		url = attr_get(attrs, "xmlUrl");
		if (url != NULL && url_is_http(url))
			add_feed(r, url, attrs);
		else if (url == NULL)
			r->folders[r->depth] =
			    arena_strdup(r->a, attr_get(attrs, "text"));
	}
	r->depth++;
}

static void XMLCALL
opml_end_cb(void *cookie, const XML_Char *name)
{
	struct opml_reader *r = cookie;

	(void)name;
	if (r->fault != NULL)
		return;
	r->in_title = false;
	r->depth--;
}

static void XMLCALL
opml_text_cb(void *cookie, const XML_Char *text, int len)
{
	struct opml_reader *r = cookie;

	/* A title past its limit is cut, that is all. */
	if (r->fault == NULL && r->in_title &&
	    strbuf_append(&r->title, text, (size_t)len) == -1)
		r->in_title = false;
}

static void XMLCALL
opml_entity_cb(void *cookie, const XML_Char *name, int is_param,
    const XML_Char *value, int value_len, const XML_Char *base,
    const XML_Char *system_id, const XML_Char *public_id,
    const XML_Char *notation)
{
	(void)name, (void)is_param, (void)value, (void)value_len, (void)base;
	(void)system_id, (void)public_id, (void)notation;
	reader_stop(cookie, "declares an entity; remove its DOCTYPE");
}

static void
set_fault(const struct opml_reader *r, const char *file, struct diag *d)
{
	unsigned int line = (unsigned int)XML_GetCurrentLineNumber(r->xp);
	unsigned int col = (unsigned int)XML_GetCurrentColumnNumber(r->xp) + 1;

	if (r->fault != NULL)
		diag_set(d, file, line, col, "%s", r->fault);
	else
		diag_set(d, file, line, col, "%s; well-formed XML was expected",
		    XML_ErrorString(XML_GetErrorCode(r->xp)));
}

struct opml *
opml_parse(struct arena *a, const char *file, const char *bytes, size_t len,
    struct diag *d)
{
	struct opml_reader r = { .a = a };
	struct opml *o = NULL;

	if (len > OPML_MAX_BYTES) {
		diag_set(d, file, 0, 0, "%zu bytes; at most 8 MiB", len);
		return NULL;
	}
	r.o = arena_calloc(a, 1, sizeof(*r.o));
	r.urls = hmap_new();
	strbuf_init(&r.title, TITLE_MAX);
	r.xp = XML_ParserCreateNS(NULL, SEP);
	XML_SetUserData(r.xp, &r);
	XML_SetElementHandler(r.xp, opml_start_cb, opml_end_cb);
	XML_SetCharacterDataHandler(r.xp, opml_text_cb);
	XML_SetEntityDeclHandler(r.xp, opml_entity_cb);
	if (XML_Parse(r.xp, bytes, (int)len, 1) != XML_STATUS_OK)
		set_fault(&r, file, d);
	else
		o = r.o;
	if (o != NULL && r.title.len > 0)
		o->title = arena_strdup(a, r.title.data);
	XML_ParserFree(r.xp);
	strbuf_fini(&r.title);
	hmap_free(r.urls, NULL);
	return o;
}

/* Append `s` for content or a quoted attribute. */
static void
put_escaped(struct strbuf *out, const char *s)
{
	static const struct {
		char c;
		const char *ref;
	} refs[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" },
		{ '"', "&quot;" }, { '\n', "&#10;" }, { '\t', "&#9;" } };

	for (; *s != '\0'; s++) {
		const char *ref = NULL;

		for (size_t i = 0; i < ARRAY_LEN(refs); i++)
			if (refs[i].c == *s)
				ref = refs[i].ref;
		if (ref != NULL)
			strbuf_puts(out, ref);
		else if ((unsigned char)*s >= 0x20)
			strbuf_putc(out, *s);
	}
}

/* Append ` name="value"`; nothing when value is NULL. */
static void
put_attr(struct strbuf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	strbuf_printf(out, " %s=\"", name);
	put_escaped(out, value);
	strbuf_putc(out, '"');
}

static void
put_feed(struct strbuf *out, const struct opml_feed *f, const char *indent)
{
	char every[16];

	strbuf_printf(out, "%s<outline type=\"rss\"", indent);
	put_attr(out, "text", f->name != NULL ? f->name : f->url);
	put_attr(out, "title", f->name);
	put_attr(out, "xmlUrl", f->url);
	put_attr(out, "language", f->language);
	put_attr(out, "wiresift:id", f->id);
	if (f->every_s > 0) {
		snprintf(every, sizeof(every), "%u", f->every_s);
		put_attr(out, "wiresift:every", every);
	}
	put_attr(out, "wiresift:first_fetch", f->first_fetch);
	put_attr(out, "wiresift:max_age", f->max_age);
	put_attr(out, "wiresift:topics", f->topics);
	put_attr(out, "wiresift:private", f->allow_private ? "yes" : NULL);
	strbuf_puts(out, "/>\n");
}

int
opml_write(struct strbuf *out, const struct opml *o)
{
	const char *folder = NULL;

	strbuf_puts(out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<opml version=\"2.0\" xmlns:wiresift=\"" OPML_NS "\">\n"
	    "<head><title>");
	put_escaped(out, o->title != NULL ? o->title : "wiresift");
	strbuf_puts(out, "</title></head>\n<body>\n");
	for (size_t i = 0; i < o->nfeeds; i++) {
		const char *here = o->feeds[i].folder;

		/* Neighbours in one folder share one outline around them. */
		if (folder != NULL &&
		    (here == NULL || strcmp(here, folder) != 0)) {
			strbuf_puts(out, "  </outline>\n");
			folder = NULL;
		}
		if (here != NULL && folder == NULL) {
			strbuf_puts(out, "  <outline");
			put_attr(out, "text", here);
			strbuf_puts(out, ">\n");
			folder = here;
		}
		put_feed(out, &o->feeds[i], folder != NULL ? "    " : "  ");
	}
	if (folder != NULL)
		strbuf_puts(out, "  </outline>\n");
	strbuf_puts(out, "</body>\n</opml>\n");
	return strbuf_over(out) ? -1 : 0;
}
