/* feedfact - what one document says of itself, by paths in its JSON form. */
#ifndef TESTS_FEEDFACT_H
#define TESTS_FEEDFACT_H

#include <stddef.h>

/* A row: in the document, the value at the path is `want` (NULL: absent). */
struct feedfact {
	const char *name; /* a claim */
	const char *body;
	const char *path; /* "entries.0.title" */
	const char *want;
};

/* Fail unless it holds; the document is taken to come from `url` (or NULL). */
void feedfact_check(const struct feedfact *f, const char *url);

struct strbuf;
/* UTF-8 text in another charset. 0, or -1 when it has no such characters. */
int feedfact_encode(struct strbuf *out, const char *charset, const char *text);

#endif
