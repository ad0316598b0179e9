/* control.c - questions and orders of people, one line each. */
#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/unixsock.h"
#include "base/xmalloc.h"
#include "desk/control.h"
#include "desk/parts.h"
#include "desk/verbs.h"

#define MAX_CLIENTS 64
#define ACCEPT_PAUSE_MS 100
#define SAY_AGAIN_MS 60000             /* that nobody can be accepted */
#define STEP_BYTES ((size_t)256 << 10) /* of answers in one turn */

struct client {
	TAILQ_ENTRY(client) entry;
	struct control *ct;
	int fd;
	struct unixsock_peer peer;
	struct frame_reader *reader;
	struct frame_writer *writer;
	struct event *rd, *wr;
	bool closing; /* after what is queued */
};

struct control {
	struct desk *dk;
	struct unixsock us;
	struct event *ev, *again;
	TAILQ_HEAD(client_list, client) clients; /* longest silent first */
	size_t nclients;
	int64_t said; /* monotonic ms: that nobody could be accepted; 0 */
};

static json_t *
answer(const struct client *cl, const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, 0, NULL);
	void *it = json_object_iter(j);
	json_t *reply;

	if (it == NULL || json_object_size(j) != 1 ||
	    !json_is_object(json_object_iter_value(it)))
		reply = verb_error(
		    "bad_request", "expected {\"VERB\":{ARGUMENTS}}");
	else
		reply = verb_run(cl->ct->dk, &cl->peer,
		    json_object_iter_key(it), json_object_iter_value(it));
	json_decref(j);
	return reply;
}

static void
client_free(struct client *cl)
{
	TAILQ_REMOVE(&cl->ct->clients, cl, entry);
	cl->ct->nclients--;
	event_free(cl->rd);
	event_free(cl->wr);
	frame_reader_free(cl->reader);
	frame_writer_free(cl->writer);
	close(cl->fd);
	free(cl);
}

static void
client_reply(struct client *cl, json_t *reply)
{
	char *text = json_dumps(reply, JSON_COMPACT);

	json_decref(reply);
	if (text == NULL ||
	    frame_writer_put(cl->writer, text, strlen(text)) == -1)
		cl->closing = true;
	free(text);
}

/* Write what goes. False when the client is gone. */
static bool
client_flush(struct client *cl)
{
	switch (frame_writer_flush(cl->writer, cl->fd)) {
	case FRAME_OK:
		event_del(cl->wr);
		if (!cl->closing)
			return true;
		break;
	case FRAME_AGAIN:
		event_add(cl->wr, NULL);
		return true;
	default:
		break;
	}
	client_free(cl);
	return false;
}

/* Answer the lines that are there, as long as the answers are taken; after
 * some, let the others of the loop run. */
static void
client_lines(struct client *cl)
{
	enum frame_status st = FRAME_AGAIN;
	size_t bytes = 0, len;
	char *line;

	while (frame_writer_pending(cl->writer) == 0 && !cl->closing) {
		if (bytes >= STEP_BYTES) {
			event_add(cl->wr, NULL); /* it is ready: next turn */
			return;
		}
		st = frame_reader_next(cl->reader, &line, &len);
		if (st == FRAME_LONG) {
			client_reply(cl,
			    verb_error("bad_request", "a line of over 64 KiB"));
			cl->closing = true;
		}
		if (st != FRAME_OK)
			break;
		client_reply(cl, answer(cl, line, len));
		bytes += frame_writer_pending(cl->writer);
		if (!client_flush(cl))
			return;
	}
	if (cl->closing)
		(void)client_flush(cl);
}

static void
client_read_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct client *cl = cookie;

	(void)what;
	switch (frame_reader_fill(cl->reader, fd)) {
	case FRAME_OK:
		TAILQ_REMOVE(&cl->ct->clients, cl, entry);
		TAILQ_INSERT_TAIL(&cl->ct->clients, cl, entry);
		client_lines(cl);
		break;
	case FRAME_AGAIN:
		break;
	default:
		client_free(cl);
		break;
	}
}

static void
client_write_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct client *cl = cookie;

	(void)fd;
	(void)what;
	if (client_flush(cl) && frame_writer_pending(cl->writer) == 0)
		client_lines(cl);
}

static void
client_new(struct control *ct, int fd)
{
	struct client *cl;
	struct unixsock_peer peer;

	if (unixsock_peer(fd, &peer) == -1) {
		close(fd);
		return;
	}
	/* Who sits here and says nothing must not lock the operator out. */
	if (ct->nclients == MAX_CLIENTS)
		client_free(TAILQ_FIRST(&ct->clients));
	cl = xcalloc(1, sizeof(*cl));
	cl->ct = ct;
	cl->fd = fd;
	cl->peer = peer;
	cl->reader = frame_reader_new(CONTROL_MAX_LINE);
	cl->writer = frame_writer_new(CONTROL_MAX_REPLY);
	cl->rd = event_new(
	    ct->dk->base, fd, EV_READ | EV_PERSIST, client_read_cb, cl);
	cl->wr = event_new(
	    ct->dk->base, fd, EV_WRITE | EV_PERSIST, client_write_cb, cl);
	event_add(cl->rd, NULL);
	TAILQ_INSERT_TAIL(&ct->clients, cl, entry);
	ct->nclients++;
}

/* Out of descriptors the listener stays ready: rest, never spin. */
static void
accept_cb(evutil_socket_t fd, short what, void *cookie)
{
	static const struct timeval pause = { .tv_usec =
						  ACCEPT_PAUSE_MS * 1000 };
	struct control *ct = cookie;
	int cfd = unixsock_accept(&ct->us);
	int64_t now;

	(void)fd;
	(void)what;
	if (cfd != -1) {
		client_new(ct, cfd);
		return;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	now = clock_mono_ms();
	if (ct->said == 0 || now - ct->said >= SAY_AGAIN_MS) {
		log_warn("control accept");
		ct->said = now;
	}
	event_del(ct->ev);
	event_add(ct->again, &pause);
}

static void
again_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct control *ct = cookie;

	(void)fd;
	(void)what;
	event_add(ct->ev, NULL);
}

struct control *
control_new(struct desk *dk, const char *path, int listen_fd, char *why,
    size_t why_size)
{
	struct control *ct = xcalloc(1, sizeof(*ct));
	int rc;

	ct->dk = dk;
	TAILQ_INIT(&ct->clients);
	if (listen_fd != -1)
		rc = unixsock_adopt(&ct->us, listen_fd, why, why_size);
	else
		rc = unixsock_listen(
		    &ct->us, path, 0660, "wiresift", why, why_size);
	if (rc == -1) {
		free(ct);
		return NULL;
	}
	ct->ev =
	    event_new(dk->base, ct->us.fd, EV_READ | EV_PERSIST, accept_cb, ct);
	ct->again = evtimer_new(dk->base, again_cb, ct);
	event_add(ct->ev, NULL);
	return ct;
}

void
control_free(struct control *ct)
{
	struct client *cl, *next;

	if (ct == NULL)
		return;
	TAILQ_FOREACH_SAFE (cl, &ct->clients, entry, next)
		client_free(cl);
	event_free(ct->ev);
	event_free(ct->again);
	unixsock_close(&ct->us);
	free(ct);
}
