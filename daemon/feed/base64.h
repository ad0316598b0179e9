/* base64 - decode what Atom 0.3 and 1.0 put into text (RFC 4648). */
#ifndef FEED_BASE64_H
#define FEED_BASE64_H

#include <stddef.h>

#include "base/macros.h"

struct strbuf;

/* Append; white space is skipped. -1 when it is no base64. */
int base64_decode(struct strbuf *out, const char *p, size_t len) MUST_CHECK;

#endif
