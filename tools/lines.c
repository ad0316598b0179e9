/* lines.c - one line after the other of a file or pipe, with a limit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xmalloc.h"
#include "lines.h"

struct lines {
	int fd;
	bool eof;
	bool skipping; /* inside a line that is too long */
	unsigned int number;
	size_t max;
	char *buf;   /* buf[from .. to) is read and not yet given */
	size_t size; /* allocated; one byte is kept for the NUL */
	size_t from, to;
	size_t looked; /* from buf[from]: bytes without a newline */
};

struct lines *
lines_new(int fd, size_t max_line_bytes)
{
	struct lines *ls = xcalloc(1, sizeof(*ls));

	ls->fd = fd;
	ls->max = max_line_bytes;
	ls->size = (size_t)128 << 10;
	ls->buf = xmalloc(ls->size);
	return ls;
}

void
lines_free(struct lines *ls)
{
	if (ls == NULL)
		return;
	free(ls->buf);
	free(ls);
}

/* Read more: 1, 0 at the end, -1. */
static int
fill(struct lines *ls)
{
	ssize_t n;

	if (ls->eof)
		return 0;
	if (ls->from > 0) {
		memmove(ls->buf, ls->buf + ls->from, ls->to - ls->from);
		ls->to -= ls->from;
		ls->from = 0;
	}
	if (ls->size - ls->to < (size_t)64 << 10) {
		ls->size *= 2; /* stays under 2 * (max + 64 KiB) */
		ls->buf = xreallocarray(ls->buf, ls->size, 1);
	}
	do
		n = read(ls->fd, ls->buf + ls->to, ls->size - ls->to - 1);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		ls->to += (size_t)n;
	ls->eof = n == 0;
	return n > 0 ? 1 : (int)n;
}

/* A line of `len` bytes begins at `from`; the next one at from + step. */
static int
give(struct lines *ls, size_t len, size_t step, char **line, size_t *out_len)
{
	*line = ls->buf + ls->from;
	ls->from += step;
	ls->looked = 0;
	ls->number++;
	if (len > 0 && (*line)[len - 1] == '\r')
		len--;
	(*line)[len] = '\0';
	*out_len = len;
	if (ls->skipping || len > ls->max) {
		ls->skipping = false;
		errno = EMSGSIZE;
		return -1;
	}
	return 1;
}

int
lines_next(struct lines *ls, char **line, size_t *len)
{
	for (;;) {
		size_t have = ls->to - ls->from;
		char *p = ls->buf + ls->from;
		char *nl = memchr(p + ls->looked, '\n', have - ls->looked);
		int rv;

		if (nl != NULL)
			return give(ls, (size_t)(nl - p), (size_t)(nl - p) + 1,
			    line, len);
		ls->looked = have;
		if (have > ls->max) {
			ls->skipping = true;
			ls->from = ls->to;
			ls->looked = 0;
		}
		if ((rv = fill(ls)) == -1)
			return -1;
		if (rv == 0) {
			have = ls->to - ls->from;
			if (have == 0 && !ls->skipping)
				return 0;
			return give(ls, have, have, line, len);
		}
	}
}

unsigned int
lines_number(const struct lines *ls)
{
	return ls->number;
}
