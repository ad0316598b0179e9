/*
 * feedserver.c - serve feeds on loopback for the demo and for load.
 *
 *	wiresift-feedserver [-n HOSTS] [-p PORT] [-w PORTFILE] DIR
 *	wiresift-feedserver [-n HOSTS] [-p PORT] [-w PORTFILE]
 *	    -l FEEDS:ITEMS_PER_S
 *
 * DIR/NAME.news is served as /NAME, made feed N as /load/N, on the addresses
 * 127.0.0.1 to 127.0.0.HOSTS: who polls is polite to each host. Port 0, the
 * default, takes a free one; PORTFILE gets its number when the server is
 * ready. SIGINT and SIGTERM end it.
 */
#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "feedserver.h"

#define DOC_MAX ((size_t)4 * 1024 * 1024)

struct server {
	struct event_base *base;
	struct news **news;
	size_t n;
	struct load load; /* feeds 0: none */
	int64_t start;    /* epoch seconds */
	int64_t start_ms; /* of the steady clock */
	bool stopping;
};

/* A slow answer on its way: half of the document, a wait, the rest. */
struct slow {
	struct server *server;
	struct evhttp_request *req;
	struct event *timer;
	struct strbuf doc;
	struct timeval wait;
	enum { SLOW_FIRST, SLOW_REST } state;
};

static void
slow_free(struct slow *sl)
{
	event_free(sl->timer);
	strbuf_fini(&sl->doc);
	free(sl);
}

/*
 * The client has gone. libevent parts an unanswered request from its
 * connection then, and it is ours to free; at the server's end it frees both.
 */
static void
slow_close_cb(struct evhttp_connection *con, void *cookie)
{
	struct slow *sl = cookie;

	(void)con;
	if (!sl->server->stopping &&
	    evhttp_request_get_connection(sl->req) == NULL)
		evhttp_request_free(sl->req);
	slow_free(sl);
}

static void
slow_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct slow *sl = cookie;
	struct evbuffer *piece = evbuffer_new();
	size_t half = sl->doc.len / 2;

	(void)fd;
	(void)what;
	if (sl->state == SLOW_FIRST) {
		evhttp_send_reply_start(sl->req, HTTP_OK, "OK");
		evbuffer_add(piece, sl->doc.data, half);
		evhttp_send_reply_chunk(sl->req, piece);
		sl->state = SLOW_REST;
		evtimer_add(sl->timer, &sl->wait);
	} else {
		evbuffer_add(piece, sl->doc.data + half, sl->doc.len - half);
		evhttp_send_reply_chunk(sl->req, piece);
		evhttp_connection_set_closecb(
		    evhttp_request_get_connection(sl->req), NULL, NULL);
		evhttp_send_reply_end(sl->req);
		slow_free(sl);
	}
	evbuffer_free(piece);
}

static void
reply_slowly(struct server *sv, struct evhttp_request *req, struct strbuf *doc,
    unsigned int wait_s)
{
	struct slow *sl = xcalloc(1, sizeof(*sl));
	size_t len = doc->len;

	sl->server = sv;
	sl->req = req;
	strbuf_init(&sl->doc, DOC_MAX);
	strbuf_append(&sl->doc, doc->data, len);
	sl->wait.tv_sec = wait_s;
	sl->timer = evtimer_new(sv->base, slow_cb, sl);
	evtimer_add(sl->timer, &sl->wait);
	evhttp_connection_set_closecb(
	    evhttp_request_get_connection(req), slow_close_cb, sl);
}

static void
reply(struct server *sv, struct evhttp_request *req, struct strbuf *doc,
    const char *etag, unsigned int slow_s)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(req);
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);
	const char *have = evhttp_find_header(in, "If-None-Match");
	struct evbuffer *body;

	evhttp_add_header(out, "ETag", etag);
	if (have != NULL && strcmp(have, etag) == 0) {
		evhttp_send_reply(req, HTTP_NOTMODIFIED, "Not Modified", NULL);
		return;
	}
	evhttp_add_header(out, "Content-Type", "application/xml");
	if (slow_s > 0) {
		reply_slowly(sv, req, doc, slow_s);
		return;
	}
	body = evbuffer_new();
	evbuffer_add(body, doc->data, doc->len);
	evhttp_send_reply(req, HTTP_OK, "OK", body);
	evbuffer_free(body);
}

static void
request_cb(struct evhttp_request *req, void *cookie)
{
	struct server *sv = cookie;
	const char *path =
	    evhttp_uri_get_path(evhttp_request_get_evhttp_uri(req));
	int64_t ms = clock_mono_ms() - sv->start_ms;
	struct strbuf doc;
	char etag[64];
	char *end;

	strbuf_init(&doc, DOC_MAX);
	if (path != NULL && strncmp(path, "/load/", 6) == 0) {
		unsigned long n = strtoul(path + 6, &end, 10);

		if (n < sv->load.feeds) {
			load_write(
			    &sv->load, (unsigned int)n, sv->start, ms, &doc);
			snprintf(etag, sizeof(etag), "\"%llu\"",
			    (unsigned long long)load_shown(
				&sv->load, (unsigned int)n, ms));
			reply(sv, req, &doc, etag, 0);
			goto out;
		}
	}
	for (size_t i = 0; path != NULL && i < sv->n; i++) {
		const struct news *ne = sv->news[i];

		if (strcmp(ne->name, path + 1) != 0)
			continue;
		news_write(ne, sv->start, ms / 1000, &doc);
		snprintf(etag, sizeof(etag), "\"%s-%zu\"", ne->name,
		    news_shown(ne, ms / 1000));
		reply(sv, req, &doc, etag, ne->slow_s);
		goto out;
	}
	evhttp_send_error(req, HTTP_NOTFOUND, NULL);
out:
	strbuf_fini(&doc);
}

static void
stop_cb(evutil_socket_t fd, short what, void *cookie)
{
	(void)fd;
	(void)what;
	event_base_loopbreak(cookie);
}

/* Every DIR/NAME.news. -1 when there is none or one is bad. */
static int
load_dir(struct server *sv, const char *dir)
{
	char *pattern = xasprintf("%s/*.news", dir);
	int rv = -1;
	glob_t g;

	if (glob(pattern, 0, NULL, &g) != 0) {
		fprintf(stderr, "%s: no news file\n", pattern);
		free(pattern);
		return -1;
	}
	sv->news = xcalloc(g.gl_pathc, sizeof(struct news *));
	for (size_t i = 0; i < g.gl_pathc; i++) {
		sv->news[sv->n] = news_load(g.gl_pathv[i]);
		if (sv->news[sv->n] == NULL)
			goto out;
		sv->n++;
	}
	rv = 0;
out:
	globfree(&g);
	free(pattern);
	return rv;
}

/* Listen on 127.0.0.1 to 127.0.0.`hosts`, on one port; the port, or 0. */
static unsigned int
bind_hosts(struct evhttp *http, unsigned int hosts, uint16_t port)
{
	struct sockaddr_in sin = { 0 };
	socklen_t len = sizeof(sin);

	for (unsigned int i = 1; i <= hosts; i++) {
		struct evhttp_bound_socket *bound;
		char addr[32];

		snprintf(addr, sizeof(addr), "127.0.0.%u", i);
		bound = evhttp_bind_socket_with_handle(http, addr, port);
		if (bound == NULL ||
		    getsockname(evhttp_bound_socket_get_fd(bound),
			(struct sockaddr *)&sin, &len) == -1) {
			perror(addr);
			return 0;
		}
		port = ntohs(sin.sin_port);
	}
	return port;
}

/* Say the port on stdout and in `portfile`, if there is one. */
static int
say_port(unsigned int port, const char *portfile)
{
	int rv = 0;
	char *tmp;
	FILE *f;

	printf("http://127.0.0.1:%u/\n", port);
	fflush(stdout);
	if (portfile == NULL)
		return 0;
	/* Whole or not there: somebody waits for it. */
	tmp = xasprintf("%s.new", portfile);
	f = fopen(tmp, "we");
	if (f == NULL || fprintf(f, "%u\n", port) < 0)
		rv = -1;
	if (f != NULL && fclose(f) == EOF)
		rv = -1;
	if (rv == 0)
		rv = rename(tmp, portfile);
	if (rv == -1)
		perror(portfile);
	free(tmp);
	return rv;
}

static int
serve(
    struct server *sv, unsigned int hosts, uint16_t port, const char *portfile)
{
	struct evhttp *http;
	struct event *on_int, *on_term;
	unsigned int bound;
	int rv = -1;

	sv->base = event_base_new();
	http = evhttp_new(sv->base);
	evhttp_set_gencb(http, request_cb, sv);
	on_int = evsignal_new(sv->base, SIGINT, stop_cb, sv->base);
	on_term = evsignal_new(sv->base, SIGTERM, stop_cb, sv->base);
	event_add(on_int, NULL);
	event_add(on_term, NULL);
	sv->start = clock_wall();
	sv->start_ms = clock_mono_ms();
	bound = bind_hosts(http, hosts, port);
	if (bound > 0 && say_port(bound, portfile) == 0)
		rv = event_base_dispatch(sv->base);
	sv->stopping = true;
	evhttp_free(http);
	event_free(on_int);
	event_free(on_term);
	event_base_free(sv->base);
	return rv;
}

int
main(int argc, char *argv[])
{
	struct server sv = { 0 };
	const char *portfile = NULL;
	unsigned long port = 0, hosts = 1;
	int ch, rv;

	while ((ch = getopt(argc, argv, "n:p:w:l:")) != -1) {
		if (ch == 'n')
			hosts = strtoul(optarg, NULL, 10);
		else if (ch == 'p')
			port = strtoul(optarg, NULL, 10);
		else if (ch == 'w')
			portfile = optarg;
		else if (ch != 'l' || sscanf(optarg, "%u:%lf", &sv.load.feeds,
					  &sv.load.items_per_s) != 2)
			goto usage;
	}
	if (port > 65535 || hosts < 1 || hosts > 254 ||
	    (optind == argc) == (sv.load.feeds == 0))
		goto usage;
	if (optind < argc && load_dir(&sv, argv[optind]) == -1)
		return EX_NOINPUT;
	rv = serve(&sv, (unsigned int)hosts, (uint16_t)port, portfile);
	for (size_t i = 0; i < sv.n; i++)
		news_free(sv.news[i]);
	free(sv.news);
	return rv == -1 ? EX_UNAVAILABLE : 0;
usage:
	fprintf(stderr,
	    "usage: wiresift-feedserver [-n HOSTS] [-p PORT] [-w PORTFILE] "
	    "DIR | -l FEEDS:ITEMS_PER_S\n");
	return EX_USAGE;
}
