/*
 * xmalloc - allocation that succeeds or ends the process.
 *
 * Every size that input can steer is limited before it gets here, so running
 * out of memory is a bug or a starved machine; the journal makes a restart
 * safe, and going on with half a state does not.
 */
#ifndef BASE_XMALLOC_H
#define BASE_XMALLOC_H

#include <stddef.h>

#include "base/macros.h"

void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
/* Room for n objects of `size` bytes; an overflow ends the process. */
void *xreallocarray(void *p, size_t n, size_t size);
/* At a multiple of `align`, a power of two that divides `size`. */
void *xaligned_alloc(size_t align, size_t size);
char *xstrdup(const char *s);
/* At most `len` bytes of `s`, with a NUL behind. */
char *xstrndup(const char *s, size_t len);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
