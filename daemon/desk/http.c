/* http.c - metrics and health over HTTP, for this machine alone. */
#include "desk/http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/listenat.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/unixsock.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/openmetrics.h"
#include "desk/parts.h"

#define MAX_HEADERS 8192 /* bytes of a request */
#define MAX_BODY 1024
#define IDLE_S 10
#define ACCEPT_PAUSE_MS 100
#define SWEEP_MS 250
#define SAY_AGAIN_MS 60000 /* that nobody can be accepted */

/* A connection, as long as its bufferevent lives. */
struct http_client {
	LIST_ENTRY(http_client) entry;
	struct bufferevent *bev; /* a reference of ours */
	struct event *deadline;
};

struct http {
	LIST_ENTRY(http) entry;
	struct desk *dk;
	struct evhttp *eh;
	struct evconnlistener *listener;
	struct event *again;
	struct unixsock us;
	bool bound; /* `us` is ours */
	bool tcp;   /* so that browsers can come */
	LIST_HEAD(http_clients, http_client) clients;
	size_t nclients;
	struct event *sweep;
	bool full;    /* the listener rests */
	int64_t said; /* monotonic ms: that nobody could be accepted; 0 */
};

/* All of them: a listener that fails does not know whose it is. */
static LIST_HEAD(, http) all = LIST_HEAD_INITIALIZER(all);

/* --- pages --- */

static void
put_header(struct evhttp_request *req, const char *name, const char *value)
{
	(void)evhttp_add_header(
	    evhttp_request_get_output_headers(req), name, value);
}

void
http_reply(struct evhttp_request *req, int code, const char *reason,
    const char *type, const char *body, size_t len)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(req);
	char length[32];

	snprintf(length, sizeof(length), "%zu", len);
	put_header(req, "Content-Type", type);
	put_header(req, "Content-Length", length);
	put_header(req, "X-Content-Type-Options", "nosniff");
	put_header(req, "Connection", "close");
	if (evhttp_request_get_command(req) != EVHTTP_REQ_HEAD)
		(void)evbuffer_add(out, body, len);
	evhttp_send_reply(req, code, reason, NULL);
}

static void
reply_text(
    struct evhttp_request *req, int code, const char *reason, const char *text)
{
	put_header(req, "Cache-Control", "no-store");
	http_reply(
	    req, code, reason, "text/plain; charset=utf-8", text, strlen(text));
}

static void
page_metrics(struct desk *dk, struct evhttp_request *req)
{
	struct strbuf sb;

	strbuf_init(&sb, METRICS_MAX);
	metrics_write(dk, &sb);
	put_header(req, "Cache-Control", "no-store");
	if (strbuf_over(&sb))
		reply_text(req, 500, "Internal Server Error",
		    "the metrics are over 4 MiB\n");
	else
		http_reply(req, 200, "OK", OPENMETRICS_TYPE, sb.data, sb.len);
	strbuf_fini(&sb);
}

static void
reply_state(
    struct desk *dk, struct evhttp_request *req, bool good, const char *why)
{
	json_t *j = json_pack("{s:s, s:s?, s:s?}", "state", status_word(dk),
	    "why", why, "config_error",
	    dk->config_error[0] != '\0' ? dk->config_error : NULL);
	char *text = json_dumps(j, JSON_COMPACT);

	json_decref(j);
	put_header(req, "Cache-Control", "no-store");
	if (text == NULL)
		reply_text(req, 500, "Internal Server Error", "");
	else
		http_reply(req, good ? 200 : 503,
		    good ? "OK" : "Service Unavailable", "application/json",
		    text, strlen(text));
	free(text);
}

static void
page_health(struct desk *dk, struct evhttp_request *req)
{
	bool degraded = dk->state == DESK_DEGRADED;

	reply_state(dk, req, !degraded && dk->state != DESK_STOPPING,
	    degraded ? dk->trouble : NULL);
}

static void
page_ready(struct desk *dk, struct evhttp_request *req)
{
	const char *why = dk->state == DESK_DEGRADED ? dk->trouble : NULL;
	bool ready = dk->state == DESK_RUNNING;

	for (size_t i = 0; i < dk->ngatherers; i++) {
		if (dk->gatherers[i].state == GATHERER_READY)
			continue;
		ready = false;
		if (why == NULL)
			why = "a gatherer is not at work yet";
	}
	reply_state(dk, req, ready, why);
}

static bool
serves_metrics(const struct config *c)
{
	return c->http_metrics;
}

static bool
serves_health(const struct config *c)
{
	return c->http_health;
}

static const struct page {
	const char *path;
	bool (*served)(const struct config *c);
	void (*show)(struct desk *dk, struct evhttp_request *req);
} pages[] = {
	{ "/metrics", serves_metrics, page_metrics },
	{ "/healthz", serves_health, page_health },
	{ "/readyz", serves_health, page_ready },
};

/* "127.0.0.1:9180", "[::1]", "localhost:80": with or without its port. */
static bool
host_is_local(const char *host)
{
	char name[64];
	size_t n;

	if (host == NULL)
		return true; /* HTTP/1.0: no browser */
	n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	if (n >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)n, host);
	return strcasecmp(name, "localhost") == 0 ||
	       strcmp(name, "[::1]") == 0 ||
	       (strncmp(name, "127.", 4) == 0 &&
		   strspn(name, "0123456789.") == strlen(name));
}

/* --- connections --- */

/*
 * evhttp counts no connections and knows only pauses, no end. So both are
 * ours: we hold a reference to each connection's bufferevent, and evhttp has
 * let go of one when its callbacks are gone.
 */
static void
sweep(struct http *h)
{
	struct http_client *cl, *next;
	bufferevent_event_cb event;
	bufferevent_data_cb rd, wr;
	void *user;

	LIST_FOREACH_SAFE (cl, &h->clients, entry, next) {
		bufferevent_getcb(cl->bev, &rd, &wr, &event, &user);
		if (user != NULL)
			continue;
		LIST_REMOVE(cl, entry);
		event_free(cl->deadline);
		(void)bufferevent_decref(cl->bev);
		free(cl);
		h->nclients--;
	}
	if (h->listener != NULL && h->full && h->nclients < HTTP_MAX_CLIENTS) {
		h->full = false;
		(void)evconnlistener_enable(h->listener);
	}
}

static void
sweep_cb(evutil_socket_t fd, short what, void *cookie)
{
	static const struct timeval soon = { .tv_usec = SWEEP_MS * 1000 };
	struct http *h = cookie;

	(void)fd;
	(void)what;
	sweep(h);
	if (h->nclients > 0)
		event_add(h->sweep, &soon);
}

/* An answer is written: its connection goes in a moment. */
static void
written_cb(struct evhttp_request *req, void *cookie)
{
	static const struct timeval now = { 0 };
	struct http *h = cookie;

	(void)req;
	event_add(h->sweep, &now);
}

/* Who is still here is cut, whatever he is at: evhttp frees it. */
static void
deadline_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct http_client *cl = cookie;

	(void)fd;
	(void)what;
	bufferevent_trigger_event(
	    cl->bev, BEV_EVENT_EOF | BEV_EVENT_READING, 0);
}

static struct bufferevent *
client_cb(struct event_base *base, void *cookie)
{
	static const struct timeval end = { .tv_sec = HTTP_DEADLINE_S };
	static const struct timeval soon = { .tv_usec = SWEEP_MS * 1000 };
	struct http *h = cookie;
	struct http_client *cl = xcalloc(1, sizeof(*cl));

	cl->bev = bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	cl->deadline = evtimer_new(base, deadline_cb, cl);
	if (cl->bev == NULL || cl->deadline == NULL)
		log_fatalx(71, "http: out of memory");
	bufferevent_incref(cl->bev);
	LIST_INSERT_HEAD(&h->clients, cl, entry);
	event_add(cl->deadline, &end);
	if (!event_pending(h->sweep, EV_TIMEOUT, NULL))
		event_add(h->sweep, &soon);
	if (++h->nclients == HTTP_MAX_CLIENTS) {
		h->full = true;
		(void)evconnlistener_disable(h->listener);
	}
	return cl->bev;
}

/* Out of descriptors the listener stays ready: rest, never spin. */
static void
accept_error_cb(struct evconnlistener *l, void *cookie)
{
	static const struct timeval pause = { .tv_usec =
						  ACCEPT_PAUSE_MS * 1000 };
	int err = errno;
	int64_t now = clock_mono_ms();
	struct http *h;

	(void)cookie; /* evhttp's */
	(void)evconnlistener_disable(l);
	LIST_FOREACH (h, &all, entry) {
		if (h->listener != l)
			continue;
		event_add(h->again, &pause);
		if (h->said != 0 && now - h->said < SAY_AGAIN_MS)
			continue;
		h->said = now;
		errno = err;
		log_warn("http accept");
	}
}

static void
again_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct http *h = cookie;

	(void)fd;
	(void)what;
	if (!h->full)
		(void)evconnlistener_enable(h->listener);
}

static void
request_cb(struct evhttp_request *req, void *cookie)
{
	struct http *h = cookie;
	enum evhttp_cmd_type cmd = evhttp_request_get_command(req);
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri != NULL ? evhttp_uri_get_path(uri) : NULL;
	const struct page *pg = NULL;

	for (size_t i = 0; path != NULL && i < ARRAY_LEN(pages); i++)
		if (strcmp(pages[i].path, path) == 0 &&
		    pages[i].served(h->dk->config))
			pg = &pages[i];
	evhttp_request_set_on_complete_cb(req, written_cb, h);
	if (h->tcp && !host_is_local(evhttp_find_header(
			  evhttp_request_get_input_headers(req), "Host"))) {
		reply_text(
		    req, 403, "Forbidden", "the Host is not this machine's\n");
	} else if (cmd != EVHTTP_REQ_GET && cmd != EVHTTP_REQ_HEAD) {
		put_header(req, "Allow", "GET, HEAD");
		reply_text(
		    req, 405, "Method Not Allowed", "expected GET or HEAD\n");
	} else if (pg == NULL && path != NULL && h->dk->config->http_feeds &&
		   http_feed(h->dk, req, path)) {
		return;
	} else if (pg == NULL) {
		reply_text(req, 404, "Not Found", "no such page\n");
	} else {
		pg->show(h->dk, req);
	}
}

/* --- start and end --- */

static int
adopt(struct http *h, int fd, char *why, size_t why_size)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	    listenat_is_local((struct sockaddr *)&ss) &&
	    evutil_make_socket_nonblocking(fd) == 0) {
		h->tcp = ss.ss_family != AF_UNIX;
		return fd;
	}
	snprintf(why, why_size,
	    "the socket of systemd is not of this machine "
	    "alone; expected a UNIX or loopback address");
	close(fd);
	return -1;
}

static int
open_listener(
    struct http *h, const char *where, int fd, char *why, size_t why_size)
{
	struct listenat la;

	if (fd != -1)
		return adopt(h, fd, why, why_size);
	if (!listenat_parse(where, &la, why, why_size))
		return -1;
	if (la.path != NULL) {
		if (unixsock_listen(
			&h->us, la.path, 0660, "wiresift", why, why_size) == -1)
			return -1;
		h->bound = true;
		return h->us.fd;
	}
	h->tcp = true;
	if ((fd = listenat_open(&la)) == -1)
		snprintf(why, why_size, "%s: %s", where, strerror(errno));
	return fd;
}

struct http *
http_new(struct desk *dk, const char *listen, int fd, char *why, size_t size)
{
	struct http *h = xcalloc(1, sizeof(*h));

	h->dk = dk;
	LIST_INIT(&h->clients);
	if ((fd = open_listener(h, listen, fd, why, size)) == -1) {
		free(h);
		return NULL;
	}
	h->eh = evhttp_new(dk->base);
	h->listener = evconnlistener_new(
	    dk->base, NULL, NULL, h->bound ? 0 : LEV_OPT_CLOSE_ON_FREE, 0, fd);
	h->again = evtimer_new(dk->base, again_cb, h);
	h->sweep = evtimer_new(dk->base, sweep_cb, h);
	if (h->eh == NULL || h->listener == NULL || h->again == NULL ||
	    h->sweep == NULL)
		log_fatalx(71, "http: out of memory");
	evhttp_set_max_headers_size(h->eh, MAX_HEADERS);
	evhttp_set_max_body_size(h->eh, MAX_BODY);
	evhttp_set_timeout(h->eh, IDLE_S);
	evhttp_set_allowed_methods(h->eh, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD |
					      EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
					      EVHTTP_REQ_DELETE);
	evhttp_set_gencb(h->eh, request_cb, h);
	evhttp_set_bevcb(h->eh, client_cb, h);
	if (evhttp_bind_listener(h->eh, h->listener) == NULL)
		log_fatalx(71, "http: out of memory");
	/* After it: evhttp sets its own callbacks. */
	evconnlistener_set_error_cb(h->listener, accept_error_cb);
	LIST_INSERT_HEAD(&all, h, entry);
	return h;
}

void
http_free(struct http *h)
{
	if (h == NULL)
		return;
	LIST_REMOVE(h, entry);
	event_free(h->again);
	h->listener = NULL; /* evhttp's */
	evhttp_free(h->eh);
	sweep(h);
	event_free(h->sweep);
	if (h->bound)
		unixsock_close(&h->us);
	free(h);
}
