/* link.c - frames between the desk and one gatherer. */
#include <errno.h>
#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/xmalloc.h"
#include "desk/link.h"
#include "pipeline/poll.h"

#define LINK_QUEUE_MAX ((size_t)64 << 20)
#define LINK_FLUSH_MS 5000
#define LINK_LINES_MAX 64 /* handled before other events get their turn */

struct link {
	int fd;
	bool down;
	struct frame_reader *reader;
	struct frame_writer *writer;
	struct event *rd, *wr, *more;
	const struct link_ops *ops;
	void *cookie;
};

static void
link_down(struct link *lk, const char *why)
{
	if (lk->down)
		return;
	lk->down = true;
	event_del(lk->rd);
	event_del(lk->wr);
	event_del(lk->more);
	lk->ops->down(lk->cookie, why);
}

/* One line: an object with one key, the kind. */
static void
link_line(struct link *lk, const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, 0, NULL);
	void *it = json_object_iter(j);

	if (it == NULL)
		link_down(lk, "a frame that is no object with a kind");
	else
		lk->ops->frame(lk->cookie, json_object_iter_key(it),
		    json_object_iter_value(it), len);
	json_decref(j);
}

/* Lines that were read already; true when there may be more of them. */
static bool
link_lines(struct link *lk)
{
	enum frame_status st = FRAME_OK;
	char *line;
	size_t len;

	for (int i = 0; i < LINK_LINES_MAX && !lk->down; i++) {
		st = frame_reader_next(lk->reader, &line, &len);
		if (st != FRAME_OK)
			break;
		link_line(lk, line, len);
	}
	if (st == FRAME_LONG)
		link_down(lk, "a frame over the limit");
	return st == FRAME_OK && !lk->down;
}

static void
link_read_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct link *lk = cookie;

	if ((what & EV_READ) != 0) {
		switch (frame_reader_fill(lk->reader, fd)) {
		case FRAME_EOF:
			link_down(lk, "closed");
			return;
		case FRAME_ERROR:
			link_down(lk, strerror(errno));
			return;
		default:
			break;
		}
	}
	if (link_lines(lk))
		event_active(lk->more, EV_TIMEOUT, 0);
}

static void
link_flush(struct link *lk)
{
	switch (frame_writer_flush(lk->writer, lk->fd)) {
	case FRAME_OK:
		event_del(lk->wr);
		lk->ops->room(lk->cookie);
		break;
	case FRAME_AGAIN:
		event_add(lk->wr, NULL);
		break;
	default:
		link_down(lk, strerror(errno));
		break;
	}
}

static void
link_write_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct link *lk = cookie;

	(void)fd;
	(void)what;
	link_flush(lk);
}

struct link *
link_new(
    struct event_base *base, int fd, const struct link_ops *ops, void *cookie)
{
	struct link *lk = xcalloc(1, sizeof(*lk));

	lk->fd = fd;
	lk->ops = ops;
	lk->cookie = cookie;
	lk->reader = frame_reader_new(LINK_MAX_LINE);
	lk->writer = frame_writer_new(LINK_QUEUE_MAX);
	lk->rd = event_new(base, fd, EV_READ | EV_PERSIST, link_read_cb, lk);
	lk->wr = event_new(base, fd, EV_WRITE | EV_PERSIST, link_write_cb, lk);
	lk->more = event_new(base, -1, EV_TIMEOUT, link_read_cb, lk);
	event_add(lk->rd, NULL);
	return lk;
}

void
link_free(struct link *lk)
{
	if (lk == NULL)
		return;
	event_free(lk->rd);
	event_free(lk->wr);
	event_free(lk->more);
	frame_reader_free(lk->reader);
	frame_writer_free(lk->writer);
	close(lk->fd);
	free(lk);
}

static void
link_put(struct link *lk, json_t *frame)
{
	char *line = json_dumps(frame, JSON_COMPACT);

	json_decref(frame);
	if (!lk->down && line != NULL &&
	    frame_writer_put(lk->writer, line, strlen(line)) == -1)
		link_down(lk, "does not read");
	free(line);
}

void
link_send(struct link *lk, json_t *frame)
{
	link_put(lk, frame);
	/* Written from the loop: many frames share a write. */
	if (!lk->down)
		event_add(lk->wr, NULL);
}

/* Wait until all is written, so that the descriptor goes with its frame. */
static int
link_flush_wait(struct link *lk)
{
	int64_t end = clock_mono_ms() + LINK_FLUSH_MS;
	struct pollfd pfd = { .fd = lk->fd, .events = POLLOUT };
	enum frame_status st;

	while ((st = frame_writer_flush(lk->writer, lk->fd)) == FRAME_AGAIN) {
		int64_t left = end - clock_mono_ms();

		if (left <= 0 || poll(&pfd, 1, (int)left) == -1)
			return -1;
	}
	return st == FRAME_OK ? 0 : -1;
}

/* What was written before may fill the socket's buffer. */
static ssize_t
link_sendmsg_wait(struct link *lk, const struct msghdr *msg)
{
	int64_t end = clock_mono_ms() + LINK_FLUSH_MS;
	struct pollfd pfd = { .fd = lk->fd, .events = POLLOUT };
	ssize_t n;

	while ((n = sendmsg(lk->fd, msg, MSG_NOSIGNAL)) == -1 &&
	       (errno == EAGAIN || errno == EINTR)) {
		int64_t left = end - clock_mono_ms();

		if (left <= 0 ||
		    (poll(&pfd, 1, (int)left) == -1 && errno != EINTR))
			return -1;
	}
	return n;
}

void
link_send_fd(struct link *lk, json_t *frame, int fd)
{
	char *line = json_dumps(frame, JSON_COMPACT);
	size_t len = strlen(line);
	union {
		struct cmsghdr h;
		char space[CMSG_SPACE(sizeof(int))];
	} ctl;
	struct iovec iov = { .iov_base = line, .iov_len = len + 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &ctl,
		.msg_controllen = sizeof(ctl.space) };

	json_decref(frame);
	line[len] = '\n';
	memset(&ctl, 0, sizeof(ctl));
	ctl.h.cmsg_level = SOL_SOCKET;
	ctl.h.cmsg_type = SCM_RIGHTS;
	ctl.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&ctl.h), &fd, sizeof(fd));
	if (!lk->down && (link_flush_wait(lk) == -1 ||
			     link_sendmsg_wait(lk, &msg) != (ssize_t)(len + 1)))
		link_down(lk, "does not read");
	free(line);
}

void
link_drain(struct link *lk)
{
	while (!lk->down) {
		while (link_lines(lk))
			;
		if (lk->down ||
		    frame_reader_fill(lk->reader, lk->fd) != FRAME_OK)
			return;
	}
}

size_t
link_pending(const struct link *lk)
{
	return frame_writer_pending(lk->writer);
}
