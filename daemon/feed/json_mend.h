/*
 * json_mend - what publishers' templates do to JSON, undone. Pure, one walk.
 */
#ifndef FEED_JSON_MEND_H
#define FEED_JSON_MEND_H

#include <stddef.h>

#include "base/macros.h"

struct strbuf;

/* Append the text without "\u0000" in its strings. 0, or -1 at the limit. */
int json_drop_nul(struct strbuf *out, const char *p, size_t len) MUST_CHECK;

/*
 * Append the text, mended: control characters in strings become blanks,
 * escapes that JSON does not know lose their backslash, halves of a
 * surrogate pair become U+FFFD, commas before a closing bracket go. At most
 * 2 * len bytes. 0, or -1 at the limit.
 */
int json_mend(struct strbuf *out, const char *p, size_t len) MUST_CHECK;

#endif
