/* xml - drive Expat over one document's text. */
#ifndef FEED_XML_H
#define FEED_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct charset_text;
struct feed_doc;
struct feed_input;
struct feed_limits;

/* One reading of the text, which begins with the root element. */
struct xml_job {
	const char *p; /* UTF-8 */
	size_t len;
	size_t cut_at; /* closed by repair from here on; SIZE_MAX: nowhere */
	unsigned long line;   /* of p in the document, from 1 */
	const char *base;     /* its address, or NULL */
	const char *language; /* Content-Language, or NULL */
	bool netscape;        /* its DOCTYPE is that of RSS 0.91 by Netscape */
};

/*
 * Fill *doc (empty before). 0: read to the end of the root element, or
 * stopped by a limit (doc->status tells). -1: not well-formed, or nested too
 * deep, which may come of end tags that lack; `doc` holds what came before,
 * and doc->why what and where.
 */
int xml_read(struct feed_doc *doc, const struct xml_job *job,
    const struct feed_limits *limits) MUST_CHECK;

#endif
