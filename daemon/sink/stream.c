/* stream.c - the socket sink: listens, accepts, and steps its subscribers. */
#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/unixsock.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "sink/named.h"
#include "sink/recent.h"
#include "sink/subscriber.h"

#define STREAM_MODE 0660
#define STREAM_GROUP "wiresift"
#define ACCEPTS_A_WAKE 16
#define ACCEPT_PAUSE_MS 100 /* when there are no descriptors left */
#define SAY_AGAIN_MS 60000  /* and that is told once in so long */
/* Doubled by the kernel, which cuts what is sent into halves of that: with
 * their headers these fit 8 KiB, and who does not read costs 24 KiB. */
#define SEND_BUFFER 7936
#define SAVE_MS 100 /* acks that come so close share a commit */

struct stream;

struct client {
	LIST_ENTRY(client) entry;
	struct stream *st;
	struct subscriber *sub;
	struct event *read, *write;
	uid_t uid;
};

struct stream {
	struct sink sink; /* first */
	const struct sink_context *sc;
	char *name, *path;
	struct unixsock us;
	struct arena *a; /* of env.filter's strings */
	struct sub_env env;
	LIST_HEAD(, client) clients;
	uint32_t nclients;
	uint64_t accepted, refused;
	int64_t said; /* monotonic ms: that nobody could be accepted; 0 */
	struct event *listen, *resume, *wake, *tick, *save;
};

static void
client_free(struct client *c)
{
	LIST_REMOVE(c, entry);
	c->st->nclients--;
	event_free(c->read);
	event_free(c->write);
	subscriber_free(c->sub);
	free(c);
}

/* Places of names moved: one commit for all that move in a short while. */
static void
save_soon(struct stream *st)
{
	struct timeval soon = { 0, SAVE_MS * 1000 };

	if (named_dirty(st->env.named) &&
	    !event_pending(st->save, EV_TIMEOUT, NULL))
		event_add(st->save, &soon);
}

/* Step it, and wait for what it wants. The client may be gone afterwards. */
static void
client_run(struct client *c)
{
	struct stream *st = c->st;

	switch (subscriber_step(c->sub, clock_mono_ms())) {
	case SUB_READ:
	case SUB_WAKE:
		event_del(c->write);
		if (subscriber_reads(c->sub))
			event_add(c->read, NULL);
		else
			event_del(c->read);
		break;
	case SUB_WRITE:
		event_del(c->read);
		event_add(c->write, NULL);
		break;
	case SUB_GONE:
		client_free(c);
		break;
	}
	save_soon(st);
}

static void
client_read_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct client *c = cookie;

	(void)fd;
	(void)what;
	subscriber_readable(c->sub);
	client_run(c);
}

static void
client_write_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct client *c = cookie;

	(void)fd;
	(void)what;
	client_run(c);
}

/* Users other than root and ourselves share the room. */
static bool
too_many_of(const struct stream *st, uid_t uid)
{
	const struct client *c;
	uint32_t n = 0;

	if (uid == 0 || uid == geteuid() || st->sc->max_per_uid == 0)
		return false;
	LIST_FOREACH (c, &st->clients, entry)
		n += c->uid == uid;
	return n > st->sc->max_per_uid;
}

static void
client_new(struct stream *st, int fd)
{
	struct client *c = xcalloc(1, sizeof(*c));
	struct unixsock_peer peer;
	int size = SEND_BUFFER;

	/* Without it the kernel would charge us 170 KiB for each idler. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	c->st = st;
	c->sub = subscriber_new(&st->env, fd, clock_mono_ms());
	c->read = event_new(
	    st->sc->base, fd, EV_READ | EV_PERSIST, client_read_cb, c);
	c->write = event_new(
	    st->sc->base, fd, EV_WRITE | EV_PERSIST, client_write_cb, c);
	if (c->read == NULL || c->write == NULL)
		log_fatalx(71, "sink=%s out of memory", st->name);
	/* A sink of this name at another path, closed by the reload that
	 * opened this one, may have kept places after we read them. */
	if (st->accepted == 0) {
		named_free(st->env.named);
		st->env.named = named_new(st->sc->journal, st->name);
	}
	LIST_INSERT_HEAD(&st->clients, c, entry);
	st->nclients++;
	st->accepted++;
	c->uid = (uid_t)-1;
	if (unixsock_peer(fd, &peer) == 0) {
		c->uid = peer.uid;
		log_debug("sink=%s uid=%u pid=%d subscriber %llu connected",
		    st->name, (unsigned int)peer.uid, (int)peer.pid,
		    (unsigned long long)st->accepted);
	}
	subscriber_set_uid(c->sub, c->uid);
	if (st->nclients > st->sc->max_subscribers || too_many_of(st, c->uid)) {
		st->refused++;
		subscriber_error(c->sub, "too-many-subscribers",
		    st->nclients > st->sc->max_subscribers
			? "no room for another subscriber now "
			  "(max_subscribers)"
			: "this user has too many connections already "
			  "(max_subscribers_per_uid)");
	}
	client_run(c);
}

/* It may last, and it is tried ten times a second. With errno. */
static void
say_no_accept(struct stream *st)
{
	int64_t now = clock_mono_ms();

	if (st->said == 0 || now - st->said >= SAY_AGAIN_MS) {
		log_warn("sink=%s accept", st->name);
		st->said = now;
	}
}

/* Also called again and again by level-triggered readiness. */
static void
accept_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct stream *st = cookie;
	struct timeval pause = { 0, ACCEPT_PAUSE_MS * 1000 };

	(void)fd;
	(void)what;
	for (int i = 0; i < ACCEPTS_A_WAKE; i++) {
		int client = unixsock_accept(&st->us);

		if (client != -1) {
			client_new(st, client);
			continue;
		}
		if (errno == EINTR || errno == ECONNABORTED)
			continue;
		if (errno != EAGAIN) {
			/* The connection stays in the backlog: the listener
			 * would be ready at once again, for ever. */
			say_no_accept(st);
			event_del(st->listen);
			event_add(st->resume, &pause);
		}
		return;
	}
}

static void
resume_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct stream *st = cookie;

	(void)fd;
	(void)what;
	event_add(st->listen, NULL);
}

/* New records: step who waits for them; the others are on their way. */
static void
wake_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct stream *st = cookie;
	struct client *c, *next;

	(void)fd;
	(void)what;
	if (LIST_EMPTY(&st->clients))
		return;
	recent_advance(st->env.recent);
	LIST_FOREACH_SAFE (c, &st->clients, entry, next) {
		if (!event_pending(c->write, EV_WRITE, NULL))
			client_run(c);
	}
}

static void
save_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct stream *st = cookie;
	struct client *c, *next;

	(void)fd;
	(void)what;
	if (named_save(st->env.named) == -1)
		return; /* the next tick tries again */
	LIST_FOREACH_SAFE (c, &st->clients, entry, next) {
		subscriber_saved(c->sub);
		if (!event_pending(c->write, EV_WRITE, NULL))
			client_run(c);
	}
}

/* Those of a reload come behind the sinks' own. */
static void
take_limits(struct stream *st)
{
	st->env.heartbeat_s = st->sc->heartbeat_s;
	st->env.max_lines = st->sc->max_lines;
	st->env.max_stall_ms = (int64_t)st->sc->max_stall_s * 1000;
}

static void
tick_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct stream *st = cookie;
	struct client *c, *next;
	int64_t now = clock_mono_ms();

	(void)fd;
	(void)what;
	take_limits(st);
	LIST_FOREACH_SAFE (c, &st->clients, entry, next) {
		if (subscriber_tick(c->sub, now))
			client_run(c);
	}
	save_soon(st);
}

static void
stream_wake(struct sink *s)
{
	struct stream *st = (struct stream *)s;

	event_active(st->wake, EV_TIMEOUT, 0);
}

static bool
stream_caught_up(struct sink *s)
{
	(void)s;
	return true;
}

static uint64_t
stream_needs(struct sink *s)
{
	const struct stream *st = (struct stream *)s;

	/* Who has no name and is too late is told so by a gap. */
	return named_needs(st->env.named);
}

/* Topics other than all bound what can be asked for; the rest is default. */
static void
stream_reload(struct sink *s, const struct config_sink *c)
{
	struct stream *st = (struct stream *)s;
	struct arena *a = arena_new(0);
	struct sink_filter *f = &st->env.filter;

	sink_filter_of(f, a, c);
	f->feed_name = st->sc->feed_name;
	f->cookie = st->sc->cookie;
	if (f->topics != NULL &&
	    (f->topics[0] == NULL || strcmp(f->topics[0], "*") != 0 ||
		f->topics[1] != NULL))
		f->bound = f->topics;
	arena_free(st->a);
	st->a = a;
}

static json_t *
stream_status(struct sink *s)
{
	struct stream *st = (struct stream *)s;
	struct client *c;
	uint64_t lag = 0, oldest, newest = 0;

	LIST_FOREACH (c, &st->clients, entry)
		lag = MAX(lag, subscriber_lag(c->sub));
	(void)st->sc->journal->ops->bounds(st->sc->journal, &oldest, &newest);
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, "
	    "s:o}",
	    "name", st->name, "kind", "socket", "path", st->path, "state",
	    event_pending(st->listen, EV_READ, NULL) ? "ok" : "paused",
	    "subscribers", (json_int_t)st->nclients, "accepted",
	    (json_int_t)st->accepted, "refused", (json_int_t)st->refused,
	    "slow", (json_int_t)st->env.slow, "floods",
	    (json_int_t)st->env.floods, "frames", (json_int_t)st->env.frames,
	    "bytes", (json_int_t)st->env.bytes, "lag", (json_int_t)lag, "named",
	    named_status(st->env.named, newest));
}

static void
free_events(struct stream *st)
{
	struct event **evs[] = { &st->listen, &st->resume, &st->wake, &st->tick,
		&st->save };

	for (size_t i = 0; i < ARRAY_LEN(evs); i++) {
		if (*evs[i] != NULL)
			event_free(*evs[i]);
	}
}

static void
stream_free(struct stream *st)
{
	free_events(st);
	unixsock_close(&st->us);
	sub_env_fini(&st->env);
	arena_free(st->a);
	free(st->name);
	free(st->path);
	free(st);
}

static void
stream_close(struct sink *s, const char *reason)
{
	struct stream *st = (struct stream *)s;
	struct client *c, *next;
	int64_t now = clock_mono_ms();

	recent_advance(st->env.recent);
	LIST_FOREACH_SAFE (c, &st->clients, entry, next) {
		/* One more turn for what was committed last. */
		if (subscriber_step(c->sub, now) != SUB_GONE)
			subscriber_bye(c->sub, reason);
		client_free(c);
	}
	if (named_save(st->env.named) == -1)
		log_warnx("sink=%s places of named subscribers: %s", st->name,
		    st->sc->journal->error);
	stream_free(st);
}

static const struct sink_ops stream_ops = {
	.kind = "socket",
	.wake = stream_wake,
	.caught_up = stream_caught_up,
	.needs = stream_needs,
	.reload = stream_reload,
	.status = stream_status,
	.close = stream_close,
};

static void
make_events(struct stream *st)
{
	struct event_base *base = st->sc->base;
	struct timeval second = { 1, 0 };

	st->listen =
	    event_new(base, st->us.fd, EV_READ | EV_PERSIST, accept_cb, st);
	st->resume = evtimer_new(base, resume_cb, st);
	st->wake = evtimer_new(base, wake_cb, st);
	st->tick = event_new(base, -1, EV_PERSIST, tick_cb, st);
	st->save = evtimer_new(base, save_cb, st);
	if (st->listen == NULL || st->resume == NULL || st->wake == NULL ||
	    st->tick == NULL || st->save == NULL)
		log_fatalx(71, "sink=%s out of memory", st->name);
	event_add(st->listen, NULL);
	event_add(st->tick, &second);
}

struct sink *
sink_socket_new(const struct sink_context *sc, const struct config_sink *c,
    int listen_fd, char *why, size_t why_size)
{
	struct stream *st = xcalloc(1, sizeof(*st));
	int rc;

	if (listen_fd != -1)
		rc = unixsock_adopt(&st->us, listen_fd, why, why_size);
	else
		rc = unixsock_listen(&st->us, c->socket, STREAM_MODE,
		    STREAM_GROUP, why, why_size);
	if (rc == -1) {
		rc = errno;
		free(st);
		errno = rc;
		return NULL;
	}
	st->sc = sc;
	st->name = xstrdup(c->name);
	st->path = xstrdup(c->socket);
	st->sink = (struct sink){ &stream_ops, st->name };
	LIST_INIT(&st->clients);
	sub_env_init(&st->env, sc);
	st->env.named = named_new(sc->journal, st->name);
	stream_reload(&st->sink, c);
	take_limits(st);
	make_events(st);
	return &st->sink;
}
