/* repair_text - characters and references, made fit for XML. */
#ifndef FEED_REPAIR_TEXT_H
#define FEED_REPAIR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct prolog;
struct strbuf;

/*
 * Append text with "<", ">", bare "&" and (in an attribute) quotes escaped,
 * HTML's and the document's own flat entities put in, unknown ones spelled
 * out, and without what XML forbids.
 */
void repair_chars(struct strbuf *out, const struct prolog *pl, const char *p,
    size_t len, bool attribute);
/* The same for CDATA, where a "&" is itself: only forbidden ones go. */
void repair_cdata(struct strbuf *out, const char *p, size_t len);

#endif
