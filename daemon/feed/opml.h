/*
 * opml - subscription lists (OPML 1.0 and 2.0) in and out.
 *
 * Pure. Settings that OPML has no word for travel as attributes of our own
 * namespace, so that a list comes back as it went; other readers ignore them.
 */
#ifndef FEED_OPML_H
#define FEED_OPML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct diag;
struct strbuf;

#define OPML_MAX_BYTES ((size_t)8 << 20)
#define OPML_MAX_FEEDS 50000
#define OPML_MAX_DEPTH 64

/* The namespace of our attributes: id, every, first_fetch, max_age, topics,
 * private. */
#define OPML_NS "https://wiresift.example/ns/opml"

struct opml_feed {
	const char *url;    /* xmlUrl, never NULL */
	const char *name;   /* title, else text; NULL if none */
	const char *folder; /* outlines around it, "News/Middle East"; NULL */
	const char *id;     /* wiresift:id; NULL */
	const char *language;
	const char *topics; /* wiresift:topics, globs separated by blanks */
	uint32_t every_s;   /* wiresift:every, seconds; 0 = not given */
	/* As wiresift.yaml has them ("latest:3", "30d"), unchecked; NULL. */
	const char *first_fetch; /* wiresift:first_fetch */
	const char *max_age;     /* wiresift:max_age */
	bool allow_private;      /* wiresift:private="yes" */
	unsigned int line;       /* where it stands, from 1 */
};

struct opml {
	const char *title; /* head/title; NULL */
	struct opml_feed *feeds;
	size_t nfeeds;
	size_t repeated; /* outlines left out: their url stood before */
};

/*
 * Read a list. Memory is in `a`. NULL with *d (line and column) when it is no
 * well-formed OPML, too large or too deep. Entity declarations are refused.
 * Outlines without xmlUrl are folders; a url that comes twice counts once.
 */
struct opml *opml_parse(struct arena *a, const char *file, const char *bytes,
    size_t len, struct diag *d) MUST_CHECK;

/* Append the list as OPML 2.0. 0, or -1 at the limit of `out`. */
int opml_write(struct strbuf *out, const struct opml *o) MUST_CHECK;

#endif
