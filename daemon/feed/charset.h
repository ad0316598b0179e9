/*
 * charset - which charset a document's bytes are in, and their UTF-8.
 *
 * Settled before XML is looked at, from the byte order mark, the header, the
 * declaration and the bytes themselves, because each of the first three lies.
 */
#ifndef FEED_CHARSET_H
#define FEED_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

#define CHARSET_NAME_MAX 32

struct charset_text {
	const char *p; /* valid UTF-8; the caller's bytes or buf's */
	size_t len;
	bool cut;       /* conversion stopped at the limit */
	bool damaged;   /* bytes that were nothing became U+FFFD */
	bool unchecked; /* said to be UTF-8, and not looked at yet */
	char name[CHARSET_NAME_MAX]; /* what it was read as, lower case */
	struct strbuf buf;
};

/*
 * Fill *t. `content_type` may be NULL. Bytes that are UTF-8 already are not
 * copied: t->p then points into body. With `trust`, bytes that say they are
 * UTF-8, or say nothing, are believed (t->unchecked): Expat looks at each of
 * them anyway, so the check is only paid for documents that turn out bad.
 */
void charset_read(struct charset_text *t, const char *body, size_t len,
    const char *content_type, size_t max_converted_bytes, bool trust);
void charset_fini(struct charset_text *t);

/*
 * Convert with iconv(3), what is no character as U+FFFD. Returns how many
 * there were, or -1 when the charset is not known (nothing is appended).
 */
long charset_convert(
    struct strbuf *out, const char *charset, const char *p, size_t len);
/*
 * The likeliest charset of bytes that are no UTF-8 and say nothing about
 * themselves; windows-1252 when nothing is likelier. Static.
 */
const char *charset_guess(const char *p, size_t len);
/* The name iconv(3) knows for a label, with the superset that is meant. */
const char *charset_iconv_name(const char *label);

#endif
