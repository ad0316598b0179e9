/*
 * strbuf - a growing byte string with a limit from birth.
 *
 * Always NUL-terminated behind `len`; may hold NULs. An append that would
 * pass the limit changes nothing but the `over` mark and answers -1: callers
 * that build a text bit by bit may look at strbuf_over() once, at the end.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct strbuf {
	char *data;   /* never NULL after strbuf_init() */
	size_t len;   /* bytes used, without the NUL */
	size_t size;  /* bytes allocated */
	size_t limit; /* len never passes this */
	bool over;    /* an append was refused */
};

void strbuf_init(struct strbuf *sb, size_t limit_bytes);
void strbuf_fini(struct strbuf *sb);
/* Empty it and clear `over`; the memory stays. */
void strbuf_reset(struct strbuf *sb);
/* Each returns 0, or -1 when the limit would be passed. */
int strbuf_append(struct strbuf *sb, const char *p, size_t len);
int strbuf_puts(struct strbuf *sb, const char *s);
int strbuf_putc(struct strbuf *sb, char c);
int strbuf_printf(struct strbuf *sb, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Append code point `cp` as UTF-8; no valid scalar value gives U+FFFD. */
int strbuf_put_utf8(struct strbuf *sb, uint32_t cp);
/* Shorten to `len` bytes; longer than it is changes nothing. */
void strbuf_trunc(struct strbuf *sb, size_t len);
/* Drop `n` bytes at the front. */
void strbuf_drop(struct strbuf *sb, size_t n);
/* Hand the string over: the caller frees it, the buffer is empty again. */
char *strbuf_take(struct strbuf *sb);
bool strbuf_over(const struct strbuf *sb);

#endif
