/*
 * parser - what is known while one XML document is read. Only for the files
 * of this folder.
 *
 * The feed itself, each item and an item's source are all built in a struct
 * item, called the record, because they share most of their elements.
 */
#ifndef FEED_PARSER_H
#define FEED_PARSER_H

#include <expat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "feed/elem.h"
#include "feed/feed.h"
#include "feed/newest.h"

struct arena;

#define PARSER_DEPTH 256    /* elements, the most that limits may allow */
#define PARSER_PREFIXES 64  /* xmlns:... at one time */
#define PARSER_NAMES 16384  /* different names in one document */
#define RECORD_LIST_MAX 512 /* authors, tags, links, ... of one record */

enum field {
	FIELD_TITLE,
	FIELD_URL,
	FIELD_GUID,
	FIELD_SUMMARY,
	FIELD_LANGUAGE,
	FIELD_N,
};

struct record {
	struct item *it;
	uint8_t rank[FIELD_N];
	bool has_link;        /* a link of its own came before the guid */
	const char *subtitle; /* itunes' and the like: if nothing better */
	const char *author;   /* of a source */
	size_t nwebmasters;   /* persons only taken if there are no others */
	struct item_person *webmasters;
};

struct frame {
	const struct elem *elem; /* NULL: not ours */
	const char *base;        /* xml:base in force, or NULL */
	const char *lang;        /* xml:lang in force, or NULL */
	uint8_t ctx;             /* of its children */
	uint8_t ns;              /* of names without prefix */
	uint8_t nprefixes;       /* declared outside of it */
};

struct prefix {
	char name[24];
	uint8_t len;
	uint8_t ns;
};

/* The element whose text is being gathered. */
struct capture {
	const struct elem *elem; /* NULL: none */
	unsigned int depth;
	const char *type;   /* media type, lower case; of markup only */
	char type_text[64]; /* holds the uncommon ones */
	bool typed;         /* the document says so */
	bool base64;
	bool markup;   /* text is markup now: escape what comes */
	bool over;     /* the limit cut it */
	bool open_tag; /* "<br" is written, its ">" not yet */
	bool odd;      /* a number gave one of U+0080 to U+00FF */
	size_t limit;
};

struct feed_parser {
	XML_Parser xp;
	const struct feed_limits *limits;
	struct feed_doc *doc;
	struct elem_index index;

	struct newest newest; /* the items so far */
	struct record feed, item, source;
	struct record *rec; /* the one that is being built */
	struct item_person person;
	bool have_person;
	struct item_tag tag; /* attributes of the category that is open */
	bool permalink;      /* of the guid that is open */
	bool guid_is_atom;   /* an atom:id: never a permalink by itself */
	bool netscape;       /* the DOCTYPE is Netscape's */
	const char *source_url;
	struct item_link *link; /* waits for its text; NULL: none */
	const char *content_src;
	unsigned int nodd_dates; /* tried so far */
	unsigned int sy_period_s, sy_frequency;
	const char *page_base; /* address of the document, or NULL */

	struct frame frames[PARSER_DEPTH + 2];
	unsigned int depth;
	struct prefix prefixes[PARSER_PREFIXES];
	uint8_t nprefixes;
	bool root_seen;  /* a feed's root element */
	bool root_ended; /* nothing behind it is read */
	char root_name[32];

	enum ns elem_ns; /* of the element that just began */
	bool odd_bytes;  /* the document has U+0080 to U+00FF in it */
	struct capture cap;
	struct strbuf text, tmp;

	uint64_t names[1024]; /* a bit for each hash of a name seen */
	unsigned int nnames;
	size_t cut_at;  /* bytes from here on were made up by repair */
	size_t skipped; /* bytes before here that Expat was not given */

	enum feed_status stopped; /* FEED_OK while it runs */
	const char *stop_why;
	bool too_deep; /* perhaps only for want of end tags */
};

/* Stop reading: `why` is static. What is finished stays. */
void parser_stop(
    struct feed_parser *fp, enum feed_status status, const char *why);

/* Attribute by local name in either case, or NULL. */
const char *parser_attr(const char **atts, const char *name);
/* Absolute form of a reference seen from here, in the record's arena. */
const char *parser_url(struct feed_parser *fp, const char *ref);
/* In the record's arena. */
char *parser_dup(struct feed_parser *fp, const char *s, size_t len);

/* capture.c: text of one element. */
void capture_begin(
    struct feed_parser *fp, const struct elem *e, const char **atts);
/* A child of a captured element; false when it is ours after all. */
bool capture_child(struct feed_parser *fp, const char *name, const char **atts);
void capture_child_end(struct feed_parser *fp, const char *name);
/* Hands the finished text to the element's end(). */
void capture_finish(struct feed_parser *fp);
void capture_drop(struct feed_parser *fp);
/* Text that did not come by Expat; nothing happens if none is wanted. */
void capture_text(struct feed_parser *fp, const char *s, size_t len);

/* record.c: fields and lists of records. */
bool record_takes(struct record *r, enum field f, uint8_t rank, bool last);
void record_add_person(struct feed_parser *fp, const struct item_person *p);
void record_add_tag(struct feed_parser *fp, const struct item_tag *t);
struct item_link *record_add_link(
    struct feed_parser *fp, const struct item_link *l);
void record_add_enclosure(
    struct feed_parser *fp, const struct item_enclosure *e);
void record_add_content(struct feed_parser *fp, const struct item_content *c);
void record_add_thumbnail(struct feed_parser *fp, const char *url);
void record_begin_item(struct feed_parser *fp);
/* `whole`: its end tag was there. */
void record_end_item(struct feed_parser *fp, bool whole);
void record_end_feed(struct feed_parser *fp);

/* person.c: "Name (mail)" and its like into parts, in the arena. */
void person_split(
    struct arena *a, const char *text, size_t len, struct item_person *p);

/*
 * links.c: relative links in HTML made absolute (base may be NULL), "<!" that
 * is text escaped; false: nothing to do.
 */
bool links_resolve(
    struct strbuf *out, const char *base, const char *html, size_t len);

#endif
