/* frame.c - lines of bounded length over a descriptor, without blocking. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/xmalloc.h"

#define READ_STEP ((size_t)64 * 1024)
#define KEEP_MAX ((size_t)256 * 1024) /* an empty buffer keeps this much */

/* Bytes [start, end) of data are waiting. */
struct span {
	char *data;
	size_t size, start, end;
};

struct frame_reader {
	struct span sp;
	size_t scanned; /* no newline in [start, scanned) */
	size_t max;
	bool finished; /* a line was too long */
};

struct frame_writer {
	struct span sp;
	size_t max;
};

/* Make room for `add` bytes behind the end. */
static void
span_room(struct span *sp, size_t add)
{
	size_t len = sp->end - sp->start;

	if (len == 0 && sp->size > KEEP_MAX) {
		free(sp->data);
		sp->data = NULL;
		sp->size = 0;
	}
	if (sp->start > 0 && (len == 0 || sp->size - sp->end < add)) {
		if (len > 0)
			memmove(sp->data, sp->data + sp->start, len);
		sp->start = 0;
		sp->end = len;
	}
	if (sp->size - sp->end < add) {
		sp->size = MAX(sp->size + sp->size / 2, sp->end + add);
		sp->data = xreallocarray(sp->data, sp->size, 1);
	}
}

struct frame_reader *
frame_reader_new(size_t max_line_bytes)
{
	struct frame_reader *fr = xcalloc(1, sizeof(*fr));

	fr->max = max_line_bytes;
	return fr;
}

void
frame_reader_free(struct frame_reader *fr)
{
	if (fr == NULL)
		return;
	free(fr->sp.data);
	free(fr);
}

/* Make room for a read; not OK when it has to wait. */
static enum frame_status
reader_room(struct frame_reader *fr)
{
	struct span *sp = &fr->sp;
	size_t seen = fr->scanned - sp->start;

	if (fr->finished)
		return FRAME_LONG;
	/* Full of lines that nobody took yet: they come first. */
	if (sp->end - sp->start > fr->max + 2)
		return FRAME_AGAIN;
	span_room(sp, READ_STEP);
	fr->scanned = sp->start + seen;
	return FRAME_OK;
}

static enum frame_status
reader_took(struct frame_reader *fr, ssize_t n)
{
	if (n == 0)
		return FRAME_EOF;
	if (n == -1)
		return errno == EAGAIN ? FRAME_AGAIN : FRAME_ERROR;
	fr->sp.end += (size_t)n;
	return FRAME_OK;
}

enum frame_status
frame_reader_fill(struct frame_reader *fr, int fd)
{
	enum frame_status st = reader_room(fr);
	ssize_t n;

	if (st != FRAME_OK)
		return st;
	do
		n = read(fd, fr->sp.data + fr->sp.end, READ_STEP);
	while (n == -1 && errno == EINTR);
	return reader_took(fr, n);
}

/* The first descriptor of a message; more of them are closed. */
static int
message_descriptor(struct msghdr *msg)
{
	int passed = -1;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h != NULL;
	     h = CMSG_NXTHDR(msg, h)) {
		int v[4];
		size_t n;

		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		n = MIN(
		    (h->cmsg_len - CMSG_LEN(0)) / sizeof(int), ARRAY_LEN(v));
		memcpy(v, CMSG_DATA(h), n * sizeof(int));
		for (size_t i = 0; i < n; i++) {
			if (passed == -1)
				passed = v[i];
			else
				close(v[i]);
		}
	}
	return passed;
}

enum frame_status
frame_reader_fill_passed(struct frame_reader *fr, int fd, int *passed)
{
	enum frame_status st = reader_room(fr);
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(4 * sizeof(int))];
	} control;
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	*passed = -1;
	if (st != FRAME_OK)
		return st;
	iov.iov_base = fr->sp.data + fr->sp.end;
	iov.iov_len = READ_STEP;
	do {
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	} while (n == -1 && errno == EINTR);
	if (n > 0)
		*passed = message_descriptor(&msg);
	return reader_took(fr, n);
}

enum frame_status
frame_reader_next(struct frame_reader *fr, char **line, size_t *len)
{
	struct span *sp = &fr->sp;
	char *nl = NULL;
	size_t n;

	if (fr->finished)
		return FRAME_LONG;
	if (fr->scanned < sp->end)
		nl =
		    memchr(sp->data + fr->scanned, '\n', sp->end - fr->scanned);
	fr->scanned = nl != NULL ? (size_t)(nl - sp->data) : sp->end;
	n = fr->scanned - sp->start;
	/* A CR that may turn out to belong to the line's end is not counted. */
	if (n > 0 && sp->data[fr->scanned - 1] == '\r')
		n--;
	if (n > fr->max) {
		fr->finished = true;
		return FRAME_LONG;
	}
	if (nl == NULL)
		return FRAME_AGAIN;
	*line = sp->data + sp->start;
	*len = n;
	(*line)[n] = '\0';
	fr->scanned++;
	sp->start = fr->scanned;
	return FRAME_OK;
}

struct frame_writer *
frame_writer_new(size_t max_bytes)
{
	struct frame_writer *fw = xcalloc(1, sizeof(*fw));

	fw->max = max_bytes;
	return fw;
}

void
frame_writer_free(struct frame_writer *fw)
{
	if (fw == NULL)
		return;
	free(fw->sp.data);
	free(fw);
}

int
frame_writer_put(struct frame_writer *fw, const char *line, size_t len)
{
	struct span *sp = &fw->sp;
	size_t pending = sp->end - sp->start;

	if (len >= fw->max || pending > fw->max - len - 1) {
		errno = ENOBUFS;
		return -1;
	}
	if (memchr(line, '\n', len) != NULL) {
		errno = EINVAL;
		return -1;
	}
	span_room(sp, len + 1);
	memcpy(sp->data + sp->end, line, len);
	sp->data[sp->end + len] = '\n';
	sp->end += len + 1;
	return 0;
}

enum frame_status
frame_writer_flush(struct frame_writer *fw, int fd)
{
	struct span *sp = &fw->sp;
	ssize_t n;

	while (sp->start < sp->end) {
		n = write(fd, sp->data + sp->start, sp->end - sp->start);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno == EAGAIN ? FRAME_AGAIN : FRAME_ERROR;
		sp->start += (size_t)n;
	}
	sp->start = sp->end = 0;
	if (sp->size > KEEP_MAX) {
		free(sp->data);
		sp->data = NULL;
		sp->size = 0;
	}
	return FRAME_OK;
}

size_t
frame_writer_pending(const struct frame_writer *fw)
{
	return fw->sp.end - fw->sp.start;
}
