/* uplink.c - the gatherer's end of the link to the desk. */
#include "gatherer/uplink.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/frame.h"
#include "base/xmalloc.h"
#include "pipeline/poll.h"

/* Polls are handed over bit by bit, as the desk reads; past this it has
 * stopped reading. */
#define QUEUE_MAX_BYTES ((size_t)64 << 20)
#define LINES_A_TURN 64 /* then other events get their chance */

struct uplink {
	int fd;
	int passed; /* a descriptor whose frame has not been handled yet */
	bool down;
	struct frame_reader *reader;
	struct frame_writer *writer;
	struct event *rd, *wr;
	const struct uplink_ops *ops;
	void *cookie;
};

static void
uplink_down(struct uplink *ul, const char *why)
{
	if (ul->down)
		return;
	ul->down = true;
	(void)event_del(ul->rd);
	(void)event_del(ul->wr);
	ul->ops->down(ul->cookie, why);
}

static void
uplink_line(struct uplink *ul, const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, 0, NULL);
	void *it = json_object_iter(j);
	int fd = -1;

	if (it == NULL) {
		uplink_down(ul, "a frame that is no object with a kind");
	} else {
		/* Only one kind of frame has a descriptor with it. */
		if (strcmp(json_object_iter_key(it), "config") == 0) {
			fd = ul->passed;
			ul->passed = -1;
		}
		ul->ops->frame(ul->cookie, json_object_iter_key(it),
		    json_object_iter_value(it), fd);
	}
	json_decref(j);
}

static void
uplink_lines(struct uplink *ul)
{
	enum frame_status st = FRAME_OK;
	char *line;
	size_t len;
	int n = 0;

	while (!ul->down && n++ < LINES_A_TURN &&
	       (st = frame_reader_next(ul->reader, &line, &len)) == FRAME_OK)
		uplink_line(ul, line, len);
	if (st == FRAME_LONG)
		uplink_down(ul, "a frame over the limit");
	else if (st == FRAME_OK && !ul->down)
		event_active(ul->rd, EV_TIMEOUT, 1); /* there may be more */
}

static void
uplink_read_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct uplink *ul = cookie;
	int passed = -1;

	if (what & EV_READ) {
		switch (frame_reader_fill_passed(ul->reader, fd, &passed)) {
		case FRAME_EOF:
			uplink_down(ul, "closed");
			return;
		case FRAME_ERROR:
			uplink_down(ul, strerror(errno));
			return;
		default:
			break;
		}
		if (passed != -1 && ul->passed != -1)
			close(ul->passed);
		if (passed != -1)
			ul->passed = passed;
	}
	uplink_lines(ul);
}

void
uplink_flush(struct uplink *ul)
{
	if (ul->down)
		return;
	switch (frame_writer_flush(ul->writer, ul->fd)) {
	case FRAME_OK:
		(void)event_del(ul->wr);
		break;
	case FRAME_AGAIN:
		(void)event_add(ul->wr, NULL);
		break;
	default:
		uplink_down(ul, strerror(errno));
		break;
	}
}

static void
uplink_write_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct uplink *ul = cookie;

	(void)fd;
	(void)what;
	uplink_flush(ul);
	if (!ul->down && frame_writer_pending(ul->writer) == 0)
		ul->ops->room(ul->cookie);
}

struct uplink *
uplink_new(
    struct event_base *base, int fd, const struct uplink_ops *ops, void *cookie)
{
	struct uplink *ul = xcalloc(1, sizeof(*ul));

	ul->fd = fd;
	ul->passed = -1;
	ul->ops = ops;
	ul->cookie = cookie;
	ul->reader = frame_reader_new(LINK_MAX_LINE);
	ul->writer = frame_writer_new(QUEUE_MAX_BYTES);
	ul->rd = event_new(base, fd, EV_READ | EV_PERSIST, uplink_read_cb, ul);
	ul->wr =
	    event_new(base, fd, EV_WRITE | EV_PERSIST, uplink_write_cb, ul);
	(void)event_add(ul->rd, NULL);
	return ul;
}

void
uplink_free(struct uplink *ul)
{
	if (ul == NULL)
		return;
	event_free(ul->rd);
	event_free(ul->wr);
	frame_reader_free(ul->reader);
	frame_writer_free(ul->writer);
	if (ul->passed != -1)
		close(ul->passed);
	free(ul);
}

void
uplink_send(struct uplink *ul, json_t *frame)
{
	char *line = json_dumps(frame, JSON_COMPACT);

	json_decref(frame);
	uplink_send_line(ul, line);
}

void
uplink_send_line(struct uplink *ul, char *line)
{
	if (!ul->down && line != NULL &&
	    frame_writer_put(ul->writer, line, strlen(line)) == -1)
		uplink_down(ul, "the desk does not read");
	free(line);
	/* Written from the loop: many frames share a write. */
	if (!ul->down)
		(void)event_add(ul->wr, NULL);
}

size_t
uplink_pending(const struct uplink *ul)
{
	return frame_writer_pending(ul->writer);
}
