/* jsonfeed - JSON Feed 1.0 and 1.1 (jsonfeed.org) to items. */
#ifndef FEED_JSONFEED_H
#define FEED_JSONFEED_H

#include <stddef.h>

struct feed_doc;
struct feed_limits;

/* Fill *doc (empty before) from UTF-8; `base` may be NULL. */
void jsonfeed_read(struct feed_doc *doc, const char *p, size_t len,
    const char *base, const struct feed_limits *limits);

#endif
