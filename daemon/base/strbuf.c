/* strbuf.c - a growing byte string with a limit from birth. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "base/xmalloc.h"

#define STRBUF_FIRST ((size_t)64)

/* What an empty buffer points to; nothing but a NUL is ever written to it. */
static char strbuf_none[1];

void
strbuf_init(struct strbuf *sb, size_t limit_bytes)
{
	memset(sb, 0, sizeof(*sb));
	sb->data = strbuf_none;
	sb->limit = MIN(limit_bytes, SIZE_MAX / 4);
}

void
strbuf_fini(struct strbuf *sb)
{
	if (sb->size > 0)
		free(sb->data);
	strbuf_init(sb, sb->limit);
}

void
strbuf_reset(struct strbuf *sb)
{
	sb->len = 0;
	sb->over = false;
	sb->data[0] = '\0';
}

/* Make room for `add` bytes and a NUL. */
static int
strbuf_room(struct strbuf *sb, size_t add)
{
	size_t need, size;

	if (add > sb->limit - sb->len) {
		sb->over = true;
		return -1;
	}
	need = sb->len + add + 1;
	if (need <= sb->size)
		return 0;
	size = MAX(sb->size * 2, STRBUF_FIRST);
	size = MAX(MIN(size, sb->limit + 1), need);
	sb->data = xreallocarray(sb->size > 0 ? sb->data : NULL, size, 1);
	sb->size = size;
	return 0;
}

int
strbuf_append(struct strbuf *sb, const char *p, size_t len)
{
	if (len == 0)
		return 0;
	if (strbuf_room(sb, len) == -1)
		return -1;
	memcpy(sb->data + sb->len, p, len);
	sb->len += len;
	sb->data[sb->len] = '\0';
	return 0;
}

int
strbuf_puts(struct strbuf *sb, const char *s)
{
	return strbuf_append(sb, s, strlen(s));
}

int
strbuf_putc(struct strbuf *sb, char c)
{
	return strbuf_append(sb, &c, 1);
}

int
strbuf_printf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || strbuf_room(sb, (size_t)n) == -1) {
		sb->over = true;
		return -1;
	}
	va_start(ap, fmt);
	vsnprintf(sb->data + sb->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	sb->len += (size_t)n;
	return 0;
}

int
strbuf_put_utf8(struct strbuf *sb, uint32_t cp)
{
	char b[4];

	return strbuf_append(sb, b, utf8_encode(cp, b));
}

void
strbuf_trunc(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	sb->len = len;
	sb->data[len] = '\0';
}

void
strbuf_drop(struct strbuf *sb, size_t n)
{
	n = MIN(n, sb->len);
	if (n == 0)
		return;
	memmove(sb->data, sb->data + n, sb->len - n + 1);
	sb->len -= n;
}

char *
strbuf_take(struct strbuf *sb)
{
	char *s = sb->size > 0 ? sb->data : xstrdup("");

	strbuf_init(sb, sb->limit);
	return s;
}

bool
strbuf_over(const struct strbuf *sb)
{
	return sb->over;
}
