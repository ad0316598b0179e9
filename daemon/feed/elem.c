/* elem.c - the table of elements and namespaces, and its look-up. */
#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "feed/elem.h"
#include "feed/fields.h"

#define HTML "text/html"
#define XHTML "application/xhtml+xml"
#define MARKUP (ELEM_TEXT | ELEM_MARKUP)
#define IN_ITEM CTXB(CTX_ITEM)
#define IN_FEED CTXB(CTX_FEED)
#define IN_MEDIA (CTXB(CTX_ITEM) | CTXB(CTX_MEDIA))

/*
 * Ranks: 4 the format's own element, 3 Dublin Core, 2 and 1 modules that tell
 * the same less well. Atom's elements work in RSS, and the other way round,
 * because feeds mix them.
 */
static const struct elem elems[] = {
	/* roots and containers */
	{ "rss", NS_CORE, CTXB(CTX_DOC), 0, CTX_DOC, 0, NULL, root_rss, NULL },
	{ "rdf", NS_CORE | NSB(NS_RDF), CTXB(CTX_DOC), 0, CTX_DOC, 0, NULL,
	    root_rdf, NULL },
	{ "feed", NS_CORE, CTXB(CTX_DOC), 0, CTX_FEED, 0, NULL, root_atom,
	    NULL },
	{ "channel", NS_CORE, CTXB(CTX_DOC), 0, CTX_FEED, 0, NULL, root_channel,
	    NULL },
	{ "redirect", NS_CORE, CTXB(CTX_DOC), 0, CTX_DOC, 0, NULL, NULL, NULL },
	{ "item", NS_CORE, CTXB(CTX_DOC) | IN_FEED | CTXB(CTX_IGNORE), 0,
	    CTX_ITEM, 0, NULL, root_item, root_item_end },
	{ "entry", NS_CORE, CTXB(CTX_DOC) | IN_FEED | CTXB(CTX_IGNORE), 0,
	    CTX_ITEM, 0, NULL, root_item, root_item_end },
	{ "source", NS_CORE, IN_ITEM, ELEM_TEXT | ELEM_CHILDREN, CTX_SOURCE, 0,
	    NULL, root_source, root_source_end },

	/* title and text */
	{ "title", NS_CORE, CTX_REC, MARKUP | ELEM_TITLE, 0, 4, NULL, NULL,
	    field_title },
	{ "title", NSB(NS_DC) | NSB(NS_DCTERMS), CTX_REC, MARKUP | ELEM_TITLE,
	    0, 3, HTML, NULL, field_title },
	{ "title", NSB(NS_ITUNES), IN_ITEM, MARKUP | ELEM_TITLE, 0, 2, HTML,
	    NULL, field_title },
	{ "title", NSB(NS_MEDIA), IN_MEDIA, MARKUP | ELEM_TITLE, 0, 1, HTML,
	    NULL, field_title },
	{ "subtitle", NS_CORE, IN_FEED | CTXB(CTX_SOURCE), MARKUP, 0, 4, NULL,
	    NULL, field_summary },
	{ "tagline", NS_CORE, IN_FEED | CTXB(CTX_SOURCE), MARKUP, 0, 4, NULL,
	    NULL, field_summary },
	{ "description", NS_CORE, CTX_REC, MARKUP | ELEM_BODY, 0, 4, HTML, NULL,
	    field_summary },
	{ "abstract", NS_CORE, CTX_REC, MARKUP | ELEM_BODY, 0, 4, HTML, NULL,
	    field_summary },
	{ "summary", NS_CORE, CTX_REC, MARKUP | ELEM_BODY, 0, 4, NULL, NULL,
	    field_summary },
	{ "description", NSB(NS_DC) | NSB(NS_DCTERMS), CTX_REC,
	    MARKUP | ELEM_BODY, 0, 3, HTML, NULL, field_summary },
	{ "abstract", NSB(NS_DCTERMS), CTX_REC, MARKUP | ELEM_BODY, 0, 3, HTML,
	    NULL, field_summary },
	{ "summary", NSB(NS_ITUNES), IN_ITEM, MARKUP | ELEM_BODY, 0, 2, HTML,
	    NULL, field_summary },
	{ "summary", NSB(NS_ITUNES), IN_FEED, MARKUP | ELEM_BODY, 0, 1, HTML,
	    NULL, field_summary },
	{ "subtitle", NSB(NS_ITUNES), IN_ITEM, MARKUP | ELEM_BODY, 0, 1, HTML,
	    NULL, field_summary },
	{ "subtitle", NSB(NS_ITUNES), IN_FEED, MARKUP | ELEM_BODY, 0, 2, HTML,
	    NULL, field_summary },
	{ "description", NSB(NS_MEDIA), IN_MEDIA, MARKUP | ELEM_BODY, 0, 1,
	    HTML, NULL, field_summary },
	{ "encoded", NSB(NS_CONTENT), IN_ITEM, MARKUP | ELEM_BODY, 0, 4, HTML,
	    field_content_start, field_content },
	{ "content", NS_CORE, IN_ITEM, MARKUP | ELEM_BODY, 0, 4, NULL,
	    field_content_start, field_content },
	{ "fullitem", NS_CORE, IN_ITEM, MARKUP | ELEM_BODY, 0, 4, HTML,
	    field_content_start, field_content },
	{ "body", NS_CORE | NSB(NS_XHTML), IN_ITEM, MARKUP | ELEM_BODY, 0, 4,
	    XHTML, field_content_start, field_content },

	/* links and identity */
	{ "link", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, link_start,
	    link_end },
	{ "guid", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, guid_start,
	    guid_end },
	{ "id", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, guid_start, guid_end },
	{ "identifier", NSB(NS_DC) | NSB(NS_DCTERMS), IN_ITEM, ELEM_TEXT, 0, 1,
	    NULL, NULL, identifier_end },
	{ "comments", NS_CORE, IN_ITEM, ELEM_TEXT, 0, 4, NULL, NULL,
	    field_comments },
	{ "enclosure", NS_CORE, IN_ITEM, 0, CTX_IGNORE, 4, NULL,
	    enclosure_start, NULL },
	{ "thumbnail", NSB(NS_MEDIA), IN_MEDIA, ELEM_TEXT, 0, 4, NULL,
	    thumbnail_start, thumbnail_end },
	{ "group", NSB(NS_MEDIA), IN_MEDIA, 0, CTX_MEDIA, 0, NULL, NULL, NULL },
	{ "content", NSB(NS_MEDIA), IN_MEDIA, 0, CTX_MEDIA, 0, NULL, NULL,
	    NULL },

	/* times */
	{ "pubdate", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, NULL,
	    field_published },
	{ "published", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, NULL,
	    field_published },
	{ "issued", NS_CORE | NSB(NS_DCTERMS), CTX_REC, ELEM_TEXT, 0, 4, NULL,
	    NULL, field_published },
	{ "updated", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, NULL,
	    field_updated },
	{ "modified", NS_CORE | NSB(NS_DCTERMS), CTX_REC, ELEM_TEXT, 0, 4, NULL,
	    NULL, field_updated },
	{ "lastbuilddate", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, NULL,
	    field_updated },
	{ "date", NS_CORE | NSB(NS_DC) | NSB(NS_DCTERMS), CTX_REC, ELEM_TEXT, 0,
	    4, NULL, NULL, field_updated },
	{ "created", NS_CORE | NSB(NS_DCTERMS), CTX_REC, ELEM_TEXT, 0, 4, NULL,
	    NULL, field_created },

	/* people */
	{ "author", NS_CORE, CTX_REC, ELEM_TEXT | ELEM_CHILDREN, CTX_PERSON, 4,
	    NULL, NULL, author_end },
	{ "author", NSB(NS_DC) | NSB(NS_ITUNES), CTX_REC,
	    ELEM_TEXT | ELEM_CHILDREN, CTX_PERSON, 3, NULL, NULL, author_end },
	{ "creator", NSB(NS_DC) | NSB(NS_DCTERMS), CTX_REC,
	    ELEM_TEXT | ELEM_CHILDREN, CTX_PERSON, 3, NULL, NULL, author_end },
	{ "managingeditor", NS_CORE, IN_FEED, ELEM_TEXT | ELEM_CHILDREN,
	    CTX_PERSON, 4, NULL, NULL, author_end },
	{ "webmaster", NS_CORE, IN_FEED, ELEM_TEXT, 0, 1, NULL, NULL,
	    webmaster_end },
	{ "name", NS_CORE, CTXB(CTX_PERSON), ELEM_TEXT, 0, 4, NULL, NULL,
	    person_name },
	{ "email", NS_CORE, CTXB(CTX_PERSON), ELEM_TEXT, 0, 4, NULL, NULL,
	    person_email },
	{ "uri", NS_CORE, CTXB(CTX_PERSON), ELEM_TEXT, 0, 4, NULL, NULL,
	    person_url },
	{ "url", NS_CORE, CTXB(CTX_PERSON), ELEM_TEXT, 0, 4, NULL, NULL,
	    person_url },
	{ "homepage", NS_CORE, CTXB(CTX_PERSON), ELEM_TEXT, 0, 4, NULL, NULL,
	    person_url },

	/* subjects */
	{ "category", NS_CORE, CTX_REC, ELEM_TEXT, 0, 4, NULL, category_start,
	    category_end },
	{ "subject", NSB(NS_DC) | NSB(NS_DCTERMS), CTX_REC, ELEM_TEXT, 0, 3,
	    NULL, category_start, category_end },
	{ "category", NSB(NS_MEDIA), IN_MEDIA | IN_FEED, ELEM_TEXT, 0, 2, NULL,
	    category_start, category_end },
	{ "category", NSB(NS_ITUNES), CTX_REC | CTXB(CTX_TAG), 0, CTX_TAG, 2,
	    NULL, itunes_category_start, NULL },
	{ "keywords", NS_CORE | NSB(NS_ITUNES) | NSB(NS_MEDIA),
	    CTX_REC | CTXB(CTX_MEDIA), ELEM_TEXT, 0, 2, NULL, NULL,
	    keywords_end },
	{ "tags", NS_CORE, CTX_REC, ELEM_TEXT, 0, 2, NULL, NULL, keywords_end },
	{ "language", NS_CORE | NSB(NS_DC) | NSB(NS_DCTERMS), CTX_REC,
	    ELEM_TEXT, 0, 4, NULL, NULL, field_language },

	/* hints for polling */
	{ "ttl", NS_CORE, IN_FEED, ELEM_TEXT, 0, 0, NULL, NULL, hint_ttl },
	{ "skiphours", NS_CORE, IN_FEED, 0, CTX_SKIP, 0, NULL, NULL, NULL },
	{ "skipdays", NS_CORE, IN_FEED, 0, CTX_SKIP, 0, NULL, NULL, NULL },
	{ "hour", NS_CORE, CTXB(CTX_SKIP), ELEM_TEXT, 0, 0, NULL, NULL,
	    hint_hour },
	{ "day", NS_CORE, CTXB(CTX_SKIP), ELEM_TEXT, 0, 0, NULL, NULL,
	    hint_day },
	{ "updateperiod", NSB(NS_SY), IN_FEED, ELEM_TEXT, 0, 0, NULL, NULL,
	    hint_period },
	{ "updatefrequency", NSB(NS_SY), IN_FEED, ELEM_TEXT, 0, 0, NULL, NULL,
	    hint_frequency },
	{ "newlocation", NS_CORE, CTXB(CTX_DOC) | IN_FEED, ELEM_TEXT, 0, 0,
	    NULL, NULL, hint_newlocation },
	{ "new-feed-url", NSB(NS_ITUNES), IN_FEED, ELEM_TEXT, 0, 0, NULL, NULL,
	    hint_newlocation },
};

/*
 * Addresses without scheme, "www.", "/" and "#" at the end, in lower case:
 * feeds write them with all of these right and wrong.
 */
static const struct {
	const char *uri;
	enum ns ns;
} uris[] = {
	{ "w3.org/2005/atom", NS_ATOM },
	{ "purl.org/atom/ns", NS_ATOM },
	{ "purl.org/atom", NS_ATOM },
	{ "purl.org/pie", NS_ATOM },
	{ "purl.org/echo", NS_ATOM },
	{ "example.com/newformat", NS_ATOM },
	{ "example.com/necho", NS_ATOM },
	{ "uri/of/echo/namespace", NS_ATOM },
	{ "purl.org/rss/1.0", NS_RSS },
	{ "purl.org/net/rss1.1", NS_RSS },
	{ "purl.org/rss/2.0", NS_RSS },
	{ "my.netscape.com/rdf/simple/0.9", NS_RSS },
	{ "channel.netscape.com/rdf/simple/0.9", NS_RSS },
	{ "my.netscape.com/publish/formats/rss-0.91.dtd", NS_RSS },
	{ "purl.org/rss/1.0/modules/rss091", NS_RSS },
	{ "blogs.law.harvard.edu/tech/rss", NS_RSS },
	{ "cyber.law.harvard.edu/rss", NS_RSS },
	{ "rssboard.org/rss-specification", NS_RSS },
	{ "w3.org/1999/02/22-rdf-syntax-ns", NS_RDF },
	{ "purl.org/dc/elements/1.1", NS_DC },
	{ "purl.org/dc/elements/1.0", NS_DC },
	{ "purl.org/dc/terms", NS_DCTERMS },
	{ "purl.org/rss/1.0/modules/content", NS_CONTENT },
	{ "search.yahoo.com/mrss", NS_MEDIA },
	{ "video.search.yahoo.com/mrss", NS_MEDIA },
	{ "rssboard.org/media-rss", NS_MEDIA },
	{ "itunes.com/dtds/podcast-1.0.dtd", NS_ITUNES },
	{ "example.com/dtds/podcast-1.0.dtd", NS_ITUNES },
	{ "purl.org/rss/1.0/modules/syndication", NS_SY },
	{ "wellformedweb.org/commentapi", NS_WFW },
	{ "rssnamespace.org/feedburner/ext/1.0", NS_FEEDBURNER },
	{ "w3.org/1999/xhtml", NS_XHTML },
	{ "w3.org/xml/1998/namespace", NS_XML },
};

static const struct {
	const char *prefix;
	enum ns ns;
} prefixes[] = {
	{ "atom", NS_ATOM },
	{ "atom10", NS_ATOM },
	{ "a10", NS_ATOM },
	{ "rss", NS_RSS },
	{ "rdf", NS_RDF },
	{ "dc", NS_DC },
	{ "dcterms", NS_DCTERMS },
	{ "dct", NS_DCTERMS },
	{ "content", NS_CONTENT },
	{ "media", NS_MEDIA },
	{ "itunes", NS_ITUNES },
	{ "sy", NS_SY },
	{ "wfw", NS_WFW },
	{ "feedburner", NS_FEEDBURNER },
	{ "xhtml", NS_XHTML },
	{ "xml", NS_XML },
};

_Static_assert(ARRAY_LEN(elems) < 255, "a slot holds a row in one byte");

void
elem_index_init(struct elem_index *ix)
{
	memset(ix->slot, 0, sizeof(ix->slot));
	for (size_t i = 0; i < ARRAY_LEN(elems); i++) {
		uint32_t h = ELEM_HASH_START;

		for (const char *p = elems[i].name; *p != '\0'; p++)
			h = elem_hash(h, *p);
		ix->hash[i] = h;
		while (ix->slot[h % ELEM_SLOTS] != 0)
			h++;
		ix->slot[h % ELEM_SLOTS] = (uint8_t)(i + 1);
	}
}

const struct elem *
elem_find(
    const struct elem_index *ix, uint32_t hash, enum ns ns, enum ctx where)
{
	uint8_t row;

	for (uint32_t h = hash; (row = ix->slot[h % ELEM_SLOTS]) != 0; h++) {
		const struct elem *e = &elems[row - 1];

		if (ix->hash[row - 1] == hash &&
		    (e->where & CTXB(where)) != 0 && (e->ns & NSB(ns)) != 0)
			return e;
	}
	return NULL;
}

enum ns
ns_of_uri(const char *uri)
{
	size_t len;

	if (strncasecmp(uri, "http://", 7) == 0)
		uri += 7;
	else if (strncasecmp(uri, "https://", 8) == 0)
		uri += 8;
	if (strncasecmp(uri, "www.", 4) == 0)
		uri += 4;
	len = strlen(uri);
	while (len > 0 && (uri[len - 1] == '/' || uri[len - 1] == '#'))
		len--;
	if (len == 0)
		return NS_NONE;
	for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
		if (strlen(uris[i].uri) == len &&
		    strncasecmp(uris[i].uri, uri, len) == 0)
			return uris[i].ns;
	}
	/* Userland had an address for each version, and people made more. */
	if (strncasecmp(uri, "backend.userland.com/rss", 24) == 0)
		return NS_RSS;
	return NS_OTHER;
}

enum ns
ns_of_prefix(const char *prefix, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		if (strlen(prefixes[i].prefix) == len &&
		    strncasecmp(prefixes[i].prefix, prefix, len) == 0)
			return prefixes[i].ns;
	}
	return NS_OTHER;
}
