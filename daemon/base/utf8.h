/* utf8 - decode, check and repair UTF-8 (RFC 3629). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define UTF8_REPLACEMENT 0xfffdU

struct strbuf;

/*
 * Decode the code point at p (p < end) into *cp and return its length in
 * bytes. A bad sequence gives U+FFFD and the length of its longest valid
 * start, at least 1 (Unicode, "maximal subpart"), so a loop always advances.
 */
size_t utf8_decode(const char *p, const char *end, uint32_t *cp);
/* Encode `cp` into out[4], return 1 to 4; surrogates and > 10FFFF: U+FFFD. */
size_t utf8_encode(uint32_t cp, char out[4]);
bool utf8_valid(const char *p, size_t len);
/* Largest length <= len that does not cut a code point of valid UTF-8. */
size_t utf8_cut(const char *p, size_t len);
/* Append p with every bad sequence as U+FFFD. 0, or -1 at sb's limit. */
int utf8_repair(struct strbuf *sb, const char *p, size_t len);
/* C0, DEL, C1, bidi controls, U+2028/9: can forge a line or a screen. */
bool utf8_is_unsafe(uint32_t cp);
/*
 * Append p for a terminal: what is unsafe (but newline and tab when
 * `keep_nl`) becomes U+FFFD. 0, or -1 at sb's limit.
 */
int utf8_for_terminal(
    struct strbuf *sb, const char *p, size_t len, bool keep_nl);

#endif
