/*
 * frame - lines of bounded length over a descriptor, without blocking.
 *
 * Knows no event loop: the caller waits for readiness and calls. Used for
 * the link between desk and gatherer, for both sockets, and by the command.
 */
#ifndef BASE_FRAME_H
#define BASE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"

enum frame_status {
	FRAME_OK,    /* a line is there */
	FRAME_AGAIN, /* not yet: wait for the descriptor */
	FRAME_EOF,   /* closed; a last piece without newline is dropped */
	FRAME_LONG,  /* a line passed the limit; the reader is finished */
	FRAME_ERROR, /* errno */
};

struct frame_reader; /* opaque */

struct frame_reader *frame_reader_new(size_t max_line_bytes);
void frame_reader_free(struct frame_reader *fr);
/*
 * Read what is there (one read(2) of up to 64 KiB): FRAME_OK when bytes came,
 * else AGAIN, EOF or ERROR.
 */
enum frame_status frame_reader_fill(struct frame_reader *fr, int fd);
/*
 * The same from a UNIX socket, by recvmsg(2): *passed becomes the descriptor
 * that came along with these bytes (close-on-exec, the caller's), or -1.
 */
enum frame_status frame_reader_fill_passed(
    struct frame_reader *fr, int fd, int *passed);
/*
 * Next whole line of what was read, without its newline (and CR); valid until
 * the next call. OK, AGAIN (call fill) or LONG. Each byte is looked at once.
 */
enum frame_status frame_reader_next(
    struct frame_reader *fr, char **line, size_t *len);

struct frame_writer; /* opaque */

/* `max_bytes` pending at most. */
struct frame_writer *frame_writer_new(size_t max_bytes);
void frame_writer_free(struct frame_writer *fw);
/*
 * Queue a line; the newline is added. -1 (ENOBUFS) when it would not fit, or
 * (EINVAL) when it holds a newline.
 */
int frame_writer_put(
    struct frame_writer *fw, const char *line, size_t len) MUST_CHECK;
/*
 * Write what goes: OK when empty, AGAIN when some is left, ERROR. The process
 * must ignore SIGPIPE.
 */
enum frame_status frame_writer_flush(struct frame_writer *fw, int fd);
size_t frame_writer_pending(const struct frame_writer *fw);

#endif
