/*
 * elem - the elements that feeds consist of: one table, looked up by name.
 */
#ifndef FEED_ELEM_H
#define FEED_ELEM_H

#include <stddef.h>
#include <stdint.h>

struct feed_parser;

/* Namespaces that mean something here; every address of one is one. */
enum ns {
	NS_NONE, /* none, or the root element's own unknown one */
	NS_RSS,  /* RSS 0.90, 1.0 and the addresses RSS 2.0 was put under */
	NS_ATOM,
	NS_RDF,
	NS_DC,
	NS_DCTERMS,
	NS_CONTENT,
	NS_MEDIA,
	NS_ITUNES,
	NS_SY,
	NS_WFW,
	NS_FEEDBURNER,
	NS_XHTML,
	NS_XML,
	NS_OTHER, /* not ours: ignored with all that is in it */
};
#define NSB(n) ((uint16_t)(1u << (n)))
#define NS_CORE (NSB(NS_NONE) | NSB(NS_RSS) | NSB(NS_ATOM))

/* Where in the document an element stands. */
enum ctx {
	CTX_DOC, /* above the channel */
	CTX_FEED,
	CTX_ITEM,
	CTX_SOURCE, /* Atom's source element, and RSS's */
	CTX_PERSON,
	CTX_MEDIA, /* media:group, media:content */
	CTX_SKIP,  /* skipHours, skipDays */
	CTX_TAG,   /* in itunes:category */
	CTX_IGNORE,
};
#define CTXB(c) ((uint16_t)(1u << (c)))
#define CTX_REC (CTXB(CTX_FEED) | CTXB(CTX_ITEM) | CTXB(CTX_SOURCE))

enum elem_flag {
	ELEM_TEXT = 1,     /* its text is wanted */
	ELEM_MARKUP = 2,   /* ... and markup in it is part of the text */
	ELEM_CHILDREN = 4, /* known children take the place of its text */
	ELEM_TITLE = 8,    /* the shorter limit holds */
	ELEM_BODY = 16,    /* its type is kept beside it */
};

struct elem {
	const char *name; /* local name, lower case */
	uint16_t ns;      /* NSB() of those it may have */
	uint16_t where;   /* CTXB() of the parents it may have */
	uint8_t flags;
	uint8_t inside;   /* context of its children */
	uint8_t rank;     /* the higher rank keeps the field */
	const char *type; /* of ELEM_MARKUP without a type; NULL by format */
	void (*start)(
	    struct feed_parser *fp, const struct elem *e, const char **atts);
	/* text: trimmed, with a NUL behind; NULL when children took over. */
	void (*end)(struct feed_parser *fp, const struct elem *e, char *text,
	    size_t len);
};

/* Hash of a local name, the same for both cases of ASCII. */
static inline uint32_t
elem_hash(uint32_t h, char c)
{
	return (h ^ ((unsigned char)c | 0x20u)) * 16777619u;
}
#define ELEM_HASH_START 2166136261u

#define ELEM_SLOTS 1024
struct elem_index {
	uint32_t hash[256];       /* of each row's name */
	uint8_t slot[ELEM_SLOTS]; /* row + 1; 0 is empty */
};

void elem_index_init(struct elem_index *ix);
/*
 * The row for the hash of a local name, or NULL. Names are not compared: one
 * that was made to have another's hash is taken for that, and does no harm.
 */
const struct elem *elem_find(
    const struct elem_index *ix, uint32_t hash, enum ns ns, enum ctx where);

enum ns ns_of_uri(const char *uri);
/* By what a prefix usually stands for; NS_OTHER when for nothing. */
enum ns ns_of_prefix(const char *prefix, size_t len);

#endif
