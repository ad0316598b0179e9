/* exec.c - a program of the operator's that gets a frame a line. */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "sink/child.h"
#include "sink/courier.h"

#define SAID_MAX 1000    /* bytes of one line that it says */
#define SAID_A_MINUTE 20 /* lines that go to our log */
#define LIVED_MS 1000    /* who dies sooner is not started again at once */
#define LOOK_MAX_MS 100U /* between two looks whether it has read */
#define GRACE_MS 200     /* for who was not told to leave before */

enum exec_state {
	EXEC_IDLE,
	EXEC_WRITING, /* some of the line is still here */
	EXEC_UNREAD,  /* all is in the pipe: has it been read? */
	EXEC_UNACKED  /* its cursor has to come back */
};

struct exec {
	const struct sink_context *sc;
	struct courier *courier;
	const struct config_sink *config; /* the courier's */
	struct child_user user;
	struct child child;
	int64_t spawned_ms;
	char how[96]; /* the last one ended */
	struct event *ev_in, *ev_out, *ev_err, *ev_chld;
	struct event *look;  /* at the pipe */
	struct event *timer; /* its time for this line is over */
	struct frame_reader *out, *err;
	int64_t minute_ms;
	uint32_t said, spawns;

	enum exec_state state;
	uint32_t look_ms;
	struct strbuf line;
	size_t written;
	char cursor[CURSOR_MAX];
};

static void
free_event(struct event **ev)
{
	if (*ev != NULL)
		event_free(*ev);
	*ev = NULL;
}

/* The child is gone or to go: nothing of it is looked at any more. */
static void
forget_child(struct exec *x)
{
	free_event(&x->ev_in);
	free_event(&x->ev_out);
	free_event(&x->ev_err);
	frame_reader_free(x->out);
	frame_reader_free(x->err);
	x->out = x->err = NULL;
}

static void
settle(struct exec *x, enum courier_outcome outcome, const char *why)
{
	if (x->state == EXEC_IDLE)
		return;
	x->state = EXEC_IDLE;
	event_del(x->look);
	event_del(x->timer);
	courier_done(x->courier, outcome, 0, why);
}

static void
say(struct exec *x, const char *line)
{
	int64_t now = clock_mono_ms();

	if (now - x->minute_ms >= 60000) {
		x->minute_ms = now;
		x->said = 0;
	}
	if (x->said++ < SAID_A_MINUTE)
		log_warnx("sink=%s says: %.*s", courier_name(x->courier),
		    SAID_MAX, line);
}

static void
err_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct exec *x = cookie;
	enum frame_status fs = frame_reader_fill(x->err, fd);
	char *line;
	size_t len;

	(void)what;
	while (frame_reader_next(x->err, &line, &len) == FRAME_OK)
		say(x, line);
	if (frame_reader_next(x->err, &line, &len) == FRAME_LONG) {
		frame_reader_free(x->err);
		x->err = frame_reader_new(SAID_MAX * 4);
	}
	if (fs == FRAME_EOF || fs == FRAME_ERROR)
		event_del(x->ev_err);
}

/* Lines of its stdout: the cursors of what it has dealt with. */
static void
out_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct exec *x = cookie;
	enum frame_status fs = frame_reader_fill(x->out, fd);
	enum frame_status next;
	char *line;
	size_t len;

	(void)what;
	while ((next = frame_reader_next(x->out, &line, &len)) == FRAME_OK)
		if (x->state == EXEC_UNACKED && strcmp(line, x->cursor) == 0)
			settle(x, COURIER_TAKEN, "");
	if (next == FRAME_LONG) {
		frame_reader_free(x->out);
		x->out = frame_reader_new(SAID_MAX * 4);
	}
	if (fs == FRAME_EOF || fs == FRAME_ERROR)
		event_del(x->ev_out);
}

static void
chld_cb(evutil_socket_t sig, short what, void *cookie)
{
	struct exec *x = cookie;

	(void)sig;
	(void)what;
	if (!child_ended(&x->child, x->how, sizeof(x->how)))
		return;
	if (x->out != NULL && x->state == EXEC_UNACKED)
		out_cb(x->child.out, 0, x); /* its last words */
	if (x->err != NULL)
		err_cb(x->child.err, 0, x);
	forget_child(x);
	child_close(&x->child);
	log_warnx("sink=%s %s", courier_name(x->courier), x->how);
	settle(x, COURIER_TROUBLE, x->how);
}

static void
kill_child(struct exec *x, int grace_ms)
{
	forget_child(x);
	child_stop(&x->child, grace_ms, grace_ms);
}

static void
timer_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct exec *x = cookie;
	const char *why = x->state == EXEC_UNACKED
			      ? "the program does not tell that it is done"
			      : "the program does not read";

	(void)fd;
	(void)what;
	kill_child(x, 0);
	settle(x, COURIER_TROUBLE, why);
}

static void
look_again(struct exec *x)
{
	struct timeval tv = { 0, (suseconds_t)x->look_ms * 1000 };

	event_add(x->look, &tv);
	x->look_ms = MIN(x->look_ms == 0 ? 1 : x->look_ms * 2, LOOK_MAX_MS);
}

/* What has been read from the pipe has reached it. */
static void
look_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct exec *x = cookie;
	int unread = 0;

	(void)fd;
	(void)what;
	if (x->state != EXEC_UNREAD)
		return;
	if (ioctl(x->child.in, FIONREAD, &unread) == 0 && unread == 0)
		settle(x, COURIER_TAKEN, "");
	else
		look_again(x);
}

static void
write_more(struct exec *x)
{
	ssize_t n;

	while (x->written < x->line.len) {
		n = write(x->child.in, x->line.data + x->written,
		    x->line.len - x->written);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN) {
			event_add(x->ev_in, NULL);
			return;
		}
		if (n == -1) { /* EPIPE: it closed its input or is dying */
			if (!child_ended(&x->child, x->how, sizeof(x->how)))
				snprintf(x->how, sizeof(x->how),
				    "the program has closed its input");
			kill_child(x, 0);
			settle(x, COURIER_TROUBLE, x->how);
			return;
		}
		x->written += (size_t)n;
	}
	x->state = x->config->ack ? EXEC_UNACKED : EXEC_UNREAD;
	x->look_ms = 0;
	if (x->state == EXEC_UNREAD)
		look_again(x);
}

static void
in_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct exec *x = cookie;

	(void)fd;
	(void)what;
	if (x->state == EXEC_WRITING)
		write_more(x);
}

static int
start_child(struct exec *x, char *why, size_t size)
{
	struct event_base *base = x->sc->base;

	if (x->spawned_ms > 0 && clock_mono_ms() - x->spawned_ms < LIVED_MS) {
		/* It died as soon as it lived: not over and over. */
		snprintf(why, size, "%s",
		    x->how[0] != '\0' ? x->how : "the program was stopped");
		x->spawned_ms = 0;
		return -1;
	}
	if (child_spawn(&x->child, x->config->exec, &x->user,
		courier_name(x->courier), x->config->ack, why, size) == -1)
		return -1;
	x->spawned_ms = clock_mono_ms();
	/* Whose rights it has explains most of what fails in it. */
	if (x->spawns++ == 0 && x->user.change)
		log_info("sink=%s the program runs as user %s",
		    courier_name(x->courier),
		    x->config->user != NULL ? x->config->user : "nobody");
	x->how[0] = '\0';
	x->ev_in = event_new(base, x->child.in, EV_WRITE, in_cb, x);
	x->err = frame_reader_new(SAID_MAX * 4);
	x->ev_err =
	    event_new(base, x->child.err, EV_READ | EV_PERSIST, err_cb, x);
	event_add(x->ev_err, NULL);
	if (x->child.out == -1)
		return 0;
	x->out = frame_reader_new(SAID_MAX * 4);
	x->ev_out =
	    event_new(base, x->child.out, EV_READ | EV_PERSIST, out_cb, x);
	event_add(x->ev_out, NULL);
	return 0;
}

static void
exec_send(void *self, const struct letter *l)
{
	struct exec *x = self;
	struct timeval tv = { .tv_sec = x->config->ack_timeout_s };
	char why[200] = "";

	if (x->child.pid == 0 && start_child(x, why, sizeof(why)) == -1) {
		courier_done(x->courier, COURIER_TROUBLE, 0, why);
		return;
	}
	strbuf_reset(&x->line);
	strbuf_append(&x->line, l->frame.data, l->frame.len);
	strbuf_putc(&x->line, '\n');
	memcpy(x->cursor, l->cursor, sizeof(x->cursor));
	x->written = 0;
	x->state = EXEC_WRITING;
	event_add(x->timer, &tv);
	write_more(x);
}

/* Half a line in its input is no line: it starts anew. */
static void
exec_cancel(void *self)
{
	struct exec *x = self;
	bool half = x->state == EXEC_WRITING && x->written > 0;

	x->state = EXEC_IDLE;
	event_del(x->look);
	event_del(x->timer);
	if (half)
		kill_child(x, 0);
}

static bool
same_program(const struct config_sink *a, const struct config_sink *b)
{
	bool same = a->nexec == b->nexec && a->ack == b->ack &&
		    (a->user == NULL) == (b->user == NULL) &&
		    (a->user == NULL || strcmp(a->user, b->user) == 0);

	for (size_t i = 0; same && i < a->nexec; i++)
		same = strcmp(a->exec[i], b->exec[i]) == 0;
	return same;
}

static void
exec_reload(void *self, const struct config_sink *c)
{
	struct exec *x = self;
	char why[200] = "";

	if (x->config != NULL && !same_program(x->config, c)) {
		kill_child(x, GRACE_MS);
		x->spawned_ms = 0;
		if (child_find_user(&x->user, c->user, why, sizeof(why)) == -1)
			log_warnx(
			    "sink=%s %s; it stays who it was", c->name, why);
	}
	x->config = c;
}

static void
exec_status(void *self, json_t *o)
{
	struct exec *x = self;

	json_object_set_new(o, "path", json_string(x->config->exec[0]));
	json_object_set_new(o, "pid",
	    x->child.pid > 0 ? json_integer(x->child.pid) : json_null());
	json_object_set_new(o, "starts", json_integer((json_int_t)x->spawns));
}

/* The program goes, unless it is that of a reload, too. */
static bool
exec_leave(void *self, const struct config_sink *c, enum sink_leave step)
{
	static const enum child_step steps[] = { [SINK_ASKED] = CHILD_HANG_UP,
		[SINK_URGED] = CHILD_TERM,
		[SINK_KILLED] = CHILD_KILL };
	struct exec *x = self;

	if (c != NULL && same_program(x->config, c))
		return false;
	forget_child(x);
	return child_leave(&x->child, steps[step]);
}

static void
exec_free(void *self, bool shutdown)
{
	struct exec *x = self;

	(void)shutdown; /* its grace is over: see exec_leave() */
	forget_child(x);
	child_stop(&x->child, 0, GRACE_MS);
	free_event(&x->ev_chld);
	free_event(&x->look);
	free_event(&x->timer);
	strbuf_fini(&x->line);
	free(x);
}

static const struct courier_ops exec_ops = {
	.kind = "exec",
	.save_ms = 200,
	.send = exec_send,
	.cancel = exec_cancel,
	.reload = exec_reload,
	.status = exec_status,
	.leave = exec_leave,
	.free = exec_free,
};

struct sink *
sink_exec_new(const struct sink_context *sc, const struct config_sink *c,
    char *why, size_t why_size)
{
	struct exec *x = xcalloc(1, sizeof(*x));
	struct sink *s;

	x->sc = sc;
	x->child = (struct child){ .in = -1, .out = -1, .err = -1 };
	strbuf_init(&x->line, RECORD_MAX_BYTES + 1024);
	x->ev_chld = evsignal_new(sc->base, SIGCHLD, chld_cb, x);
	x->look = evtimer_new(sc->base, look_cb, x);
	x->timer = evtimer_new(sc->base, timer_cb, x);
	event_add(x->ev_chld, NULL);
	if (access(c->exec[0], X_OK) == -1) {
		snprintf(
		    why, why_size, "%.120s: %s", c->exec[0], strerror(errno));
		exec_free(x, false);
		return NULL;
	}
	if (child_find_user(&x->user, c->user, why, why_size) == -1 ||
	    (s = courier_new(sc, c, &exec_ops, x, why, why_size)) == NULL) {
		exec_free(x, false);
		return NULL;
	}
	x->courier = courier_of(s);
	return s;
}
