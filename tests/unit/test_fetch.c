/* test_fetch.c - what servers do, on purpose or not, ends with a name. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "net/fetch.h"
#include "net/hosts.h"
#include "net/resolver.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
#define MAX_BODY 100000
#define PUBLIC_ADDR "198.41.0.4" /* ours in a network namespace */

/* What the server answers to a path; then it hangs up unless told. */
static const struct page {
	const char *path;
	const char *head; /* %u = our port */
	const char *body; /* with endless: sent for ever */
	size_t len;       /* 0: strlen(body) */
	enum { HANG_UP, ENDLESS, STALL } then;
} pages[] = {
	{ "/plain", OK_HEAD "Content-Length: 5\r\n\r\n", "hello", 0, HANG_UP },
	{ "/validators",
	    OK_HEAD "ETag:  W/\"x, \\\"y\" \r\n"
		    "Last-Modified: Sat, 27 Jan 2024 10:00:00 +0000\r\n"
		    "Content-Length: 2\r\n\r\n",
	    "ok", 0, HANG_UP },
	{ "/304", "HTTP/1.1 304 Not Modified\r\nETag: \"n\"\r\n\r\n", "", 0,
	    HANG_UP },
	{ "/404", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\n", "no", 0,
	    HANG_UP },
	{ "/410", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", "", 0,
	    HANG_UP },
	{ "/429",
	    "HTTP/1.1 429 Slow\r\nRetry-After: 4\r\nContent-Length: "
	    "0\r\n\r\n",
	    "", 0, HANG_UP },
	{ "/503", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "", 0,
	    HANG_UP },
	{ "/503-later",
	    "HTTP/1.1 503 Busy\r\nRetry-After: 4\r\nContent-Length: "
	    "0\r\n\r\n",
	    "", 0, HANG_UP },
	{ "/206", "HTTP/1.1 206 Part\r\nContent-Length: 2\r\n\r\n", "no", 0,
	    HANG_UP },
	{ "/301",
	    "HTTP/1.1 301 M\r\nLocation: /308\r\nContent-Length: 0\r\n\r\n", "",
	    0, HANG_UP },
	{ "/308",
	    "HTTP/1.1 308 M\r\nLocation: /302\r\nContent-Length: 0\r\n\r\n", "",
	    0, HANG_UP },
	{ "/302",
	    "HTTP/1.1 302 M\r\nLocation: plain\r\nContent-Length: 0\r\n\r\n",
	    "", 0, HANG_UP },
	{ "/loop",
	    "HTTP/1.1 301 M\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
	    "", 0, HANG_UP },
	{ "/long-redirect", "HTTP/1.1 302 M\r\nLocation: /plain\r\n\r\n",
	    "endless page of a redirect", 0, ENDLESS },
	{ "/long-404", "HTTP/1.1 404 No\r\n\r\n", "endless error page", 0,
	    ENDLESS },
	{ "/to-file", "HTTP/1.1 302 M\r\nLocation: file:///etc/passwd\r\n\r\n",
	    "", 0, HANG_UP },
	{ "/to-gopher",
	    "HTTP/1.1 302 M\r\nLocation: gopher://127.0.0.1/1\r\n\r\n", "", 0,
	    HANG_UP },
	{ "/to-nothing", "HTTP/1.1 302 M\r\n\r\n", "", 0, HANG_UP },
	{ "/to-loopback",
	    "HTTP/1.1 301 M\r\nLocation: http://127.0.0.1:%u/plain\r\n\r\n", "",
	    0, HANG_UP },
	{ "/to-metadata",
	    "HTTP/1.1 302 M\r\nLocation: http://169.254.169.254/\r\n\r\n", "",
	    0, HANG_UP },
	{ "/to-mapped",
	    "HTTP/1.1 302 M\r\nLocation: http://[::ffff:10.0.0.1]/\r\n\r\n", "",
	    0, HANG_UP },
	{ "/to-octal",
	    "HTTP/1.1 302 M\r\nLocation: http://0177.1:%u/plain\r\n\r\n", "", 0,
	    HANG_UP },
	{ "/to-number",
	    "HTTP/1.1 302 M\r\nLocation: http://2130706433:%u/plain\r\n\r\n",
	    "", 0, HANG_UP },
	{ "/to-localhost",
	    "HTTP/1.1 302 M\r\nLocation: http://localhost:%u/plain\r\n\r\n", "",
	    0, HANG_UP },
	{ "/to-rebound",
	    "HTTP/1.1 302 M\r\nLocation: http://inner.test:%u/plain\r\n\r\n",
	    "", 0, HANG_UP },
	{ "/cut", OK_HEAD "Content-Length: 50\r\n\r\n", "half of it", 0,
	    HANG_UP },
	{ "/bad-chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
	    "zz\r\nno\r\n", 0, HANG_UP },
	{ "/negative", OK_HEAD "Content-Length: -5\r\n\r\n", "", 0, HANG_UP },
	{ "/http09", "just text, no HTTP\n", "", 0, HANG_UP },
	{ "/nothing", "", "", 0, HANG_UP },
	{ "/no-gzip", OK_HEAD "Content-Encoding: gzip\r\n\r\n", "not gzip", 0,
	    HANG_UP },
	{ "/no-brotli", OK_HEAD "Content-Encoding: br\r\n\r\n", "<rss/>", 0,
	    HANG_UP },
	{ "/gzip-gzip", OK_HEAD "Content-Encoding: gzip, gzip\r\n\r\n", "x", 0,
	    HANG_UP },
	{ "/gzip-twice",
	    OK_HEAD "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n",
	    "x", 0, HANG_UP },
	{ "/te-gzip", OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", "x",
	    0, HANG_UP },
	{ "/endless", OK_HEAD "\r\n", "<item>never ends</item>", 0, ENDLESS },
	{ "/chunks", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n",
	    "4\r\nwxyz\r\n", 0, ENDLESS },
	{ "/trailers", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\n",
	    "X-Trailer: for ever and ever\r\n", 0, ENDLESS },
	{ "/headers", OK_HEAD, "X-Header: for ever and ever\r\n", 0, ENDLESS },
	{ "/one-header", OK_HEAD "X-Long: ", "aaaaaaaaaaaaaaaaaaaaaaaa", 0,
	    ENDLESS },
	{ "/1xx", "HTTP/1.1 100 Continue\r\n\r\n",
	    "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", 0, ENDLESS },
	{ "/stall-head", OK_HEAD, "", 0, STALL },
	{ "/stall-body", OK_HEAD "Content-Length: 50\r\n\r\n", "begun", 0,
	    STALL },
	{ "/cookie", OK_HEAD "Set-Cookie: id=1\r\nContent-Length: 2\r\n\r\n",
	    "ok", 0, HANG_UP },
};

struct server {
	struct event_base *base;
	struct evconnlistener *listener;
	uint16_t port;
	unsigned int requests;
	unsigned int inner;      /* connections to loopback */
	char last[4096];         /* head of the last request */
	const char *custom_head; /* answers every path when set */
	const char *custom_body;
	size_t custom_len;
};

/* One connection: a page that goes on while it is read. */
struct client {
	struct server *sv;
	const struct page *page;
};

static void
client_write_cb(struct bufferevent *bev, void *cookie)
{
	struct client *cl = cookie;

	if (cl->page == NULL || cl->page->then == STALL)
		return;
	if (cl->page->then == HANG_UP) {
		bufferevent_free(bev);
		free(cl);
		return;
	}
	for (int i = 0; i < 500; i++)
		bufferevent_write(bev, cl->page->body, strlen(cl->page->body));
}

static void
client_event_cb(struct bufferevent *bev, short what, void *cookie)
{
	(void)what;
	bufferevent_free(bev);
	free(cookie);
}

static const struct page *
page_find(const char *request)
{
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		size_t n = strlen(pages[i].path);

		if (strncmp(request + 4, pages[i].path, n) == 0 &&
		    request[4 + n] == ' ')
			return &pages[i];
	}
	return NULL;
}

static void
client_read_cb(struct bufferevent *bev, void *cookie)
{
	static const struct page hang_up = { .then = HANG_UP };
	struct client *cl = cookie;
	struct server *sv = cl->sv;
	struct evbuffer *in = bufferevent_get_input(bev);
	ev_ssize_t n;

	if (evbuffer_search(in, "\r\n\r\n", 4, NULL).pos == -1)
		return;
	n = evbuffer_remove(in, sv->last, sizeof(sv->last) - 1);
	sv->last[n] = '\0';
	sv->requests++;
	if (sv->custom_head != NULL) {
		cl->page = &hang_up;
		bufferevent_write(
		    bev, sv->custom_head, strlen(sv->custom_head));
		bufferevent_write(bev, sv->custom_body, sv->custom_len);
		return;
	}
	cl->page = page_find(sv->last);
	if (cl->page == NULL)
		fail_msg("no page for %s", sv->last);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	evbuffer_add_printf(
	    bufferevent_get_output(bev), cl->page->head, sv->port);
#pragma GCC diagnostic pop
	bufferevent_write(bev, cl->page->body, strlen(cl->page->body));
	if (cl->page->then == HANG_UP &&
	    evbuffer_get_length(bufferevent_get_output(bev)) == 0)
		client_write_cb(bev, cl);
}

static void
server_accept_cb(struct evconnlistener *l, evutil_socket_t fd,
    struct sockaddr *sa, int len, void *cookie)
{
	struct client *cl = calloc(1, sizeof(*cl));
	struct bufferevent *bev;

	struct sockaddr_in here = { 0 };
	socklen_t here_len = sizeof(here);

	(void)l;
	(void)sa;
	(void)len;
	cl->sv = cookie;
	(void)getsockname(fd, (struct sockaddr *)&here, &here_len);
	if (ntohl(here.sin_addr.s_addr) >> 24 == 127)
		cl->sv->inner++;
	bev = bufferevent_socket_new(cl->sv->base, fd, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(
	    bev, client_read_cb, client_write_cb, client_event_cb, cl);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

struct fixture {
	struct event_base *base;
	struct server sv;
	struct resolver *r;
	struct hosts *hosts;
	struct fetcher *fr;
	struct fetch_result *res;
	char url[300];
};

static bool have_netns;
static char hosts_path[] = "/tmp/test_fetch.XXXXXX";

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	static const char *const servers[] = { "127.0.0.1:1" };
	struct resolver_params rp = { .nameservers = servers,
		.nnameservers = 1,
		.hosts = hosts_path,
		.timeout_ms = 300 };
	struct fetcher_params fp = { .user_agent =
					 "wiresift/1.0 (+https://example.org)",
		.max_body_bytes = MAX_BODY,
		.max_header_bytes = 65536,
		.max_redirects = 5,
		.connect_timeout_ms = 1000,
		.timeout_ms = 3000,
		.low_speed_s = 1,
		.max_large = 2,
		.max_fetches = 64 };
	char why[100];

	f->base = event_base_new();
	f->sv.base = f->base;
	if (!have_netns)
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->sv.listener =
	    evconnlistener_new_bind(f->base, server_accept_cb, &f->sv,
		LEV_OPT_CLOSE_ON_FREE, 64, (struct sockaddr *)&in, sizeof(in));
	assert_non_null(f->sv.listener);
	getsockname(evconnlistener_get_fd(f->sv.listener),
	    (struct sockaddr *)&in, &len);
	f->sv.port = ntohs(in.sin_port);
	fp.resolver = f->r = resolver_new(f->base, &rp, why, sizeof(why));
	fp.hosts = f->hosts = hosts_new(f->base, 0);
	f->fr = fetcher_new(f->base, &fp);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	fetch_result_free(f->res);
	fetcher_free(f->fr);
	hosts_free(f->hosts);
	resolver_free(f->r);
	evconnlistener_free(f->sv.listener);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	event_base_free(f->base);
	free(f);
	return 0;
}

static void
fetched_cb(void *cookie, struct fetch_result *res)
{
	struct fixture *f = cookie;

	f->res = res;
	event_base_loopbreak(f->base);
}

static struct fetch_result *
fetch_it(struct fixture *f, const struct fetch_request *rq)
{
	fetch_result_free(f->res);
	f->res = NULL;
	assert_non_null(fetch_start(f->fr, rq, fetched_cb, f));
	assert_null(f->res);
	event_base_dispatch(f->base);
	assert_non_null(f->res);
	return f->res;
}

static struct fetch_result *
fetch_page(struct fixture *f, const char *path, bool private)
{
	struct fetch_request rq = { .url = f->url, .allow_private = private };

	if (path[0] == '/')
		snprintf(f->url, sizeof(f->url), "http://%s:%u%s",
		    private ? "127.0.0.1" : PUBLIC_ADDR, f->sv.port, path);
	else
		snprintf(f->url, sizeof(f->url), "%s", path);
	return fetch_it(f, &rq);
}

static const struct {
	const char *path;
	enum poll_outcome outcome;
	uint32_t status;
	const char *body; /* NULL: none */
	const char *why;
} rows[] = {
	{ "/plain", POLL_OK, 200, "hello", "" },
	{ "/302", POLL_OK, 200, "hello", "" },
	{ "/long-redirect", POLL_OK, 200, "hello", "" },
	{ "/304", POLL_PROTOCOL, 304, "", "status 304 was not asked for" },
	{ "/206", POLL_PROTOCOL, 206, "", "status 206 was not asked for" },
	{ "/404", POLL_HTTP_ERROR, 404, NULL, "status 404" },
	{ "/long-404", POLL_HTTP_ERROR, 404, NULL, "status 404" },
	{ "/410", POLL_GONE, 410, NULL, "gone for good" },
	{ "/429", POLL_THROTTLED, 429, NULL, "ask later" },
	{ "/503", POLL_HTTP_ERROR, 503, NULL, "status 503" },
	{ "/503-later", POLL_THROTTLED, 503, NULL, "ask later" },
	{ "/loop", POLL_REDIRECT, 301, NULL, "more than 5 redirects" },
	{ "/to-file", POLL_REDIRECT, 302, NULL, "no http URL" },
	{ "/to-gopher", POLL_REDIRECT, 302, NULL, "no http URL" },
	{ "/to-nothing", POLL_PROTOCOL, 302, "", "302 without a Location" },
	{ "/cut", POLL_PROTOCOL, 200, "half of it", "cut short" },
	{ "/bad-chunk", POLL_PROTOCOL, 200, "", "framing" },
	{ "/negative", POLL_PROTOCOL, 200, "", "no HTTP" },
	{ "/http09", POLL_PROTOCOL, 0, "", "" },
	{ "/nothing", POLL_PROTOCOL, 0, "", "sent nothing" },
	{ "/no-gzip", POLL_PROTOCOL, 200, "", "Content-Encoding" },
	{ "/no-brotli", POLL_PROTOCOL, 200, "", "Content-Encoding" },
	{ "/gzip-gzip", POLL_PROTOCOL, 200, "", "more codings" },
	{ "/gzip-twice", POLL_PROTOCOL, 200, "", "more codings" },
	{ "/te-gzip", POLL_PROTOCOL, 200, "", "more codings" },
	{ "/endless", POLL_TOO_LARGE, 200, NULL, "a body of more than" },
	{ "/chunks", POLL_TOO_LARGE, 200, NULL, "a body of more than" },
	{ "/trailers", POLL_TOO_LARGE, 200, NULL, "headers of more than" },
	{ "/headers", POLL_TOO_LARGE, 200, NULL, "headers of more than" },
	{ "/one-header", POLL_PROTOCOL, 200, "", "header line" },
	{ "/1xx", POLL_TOO_LARGE, 103, NULL, "headers of more than" },
	{ "/stall-head", POLL_TIMEOUT, 200, NULL, "too slow" },
	{ "/stall-body", POLL_TIMEOUT, 200, NULL, "too slow" },
	{ "http://127.0.0.1:1/", POLL_CONNECT, 0, NULL, "not accept" },
	{ "http://missing.test/", POLL_DNS, 0, NULL, "missing.test: " },
	{ "gopher://127.0.0.1/", POLL_BAD_URL, 0, NULL, "no http URL" },
	{ "http://", POLL_BAD_URL, 0, NULL, "no http URL" },
	{ "http://a b/", POLL_BAD_URL, 0, NULL, "no http URL" },
};

static void
every_answer_has_its_outcome_in_bounded_time(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = clock_mono_ms();
		const struct fetch_result *res =
		    fetch_page(f, rows[i].path, true);

		ms = clock_mono_ms() - ms;
		if (res->outcome != rows[i].outcome ||
		    res->status != rows[i].status ||
		    strstr(res->why, rows[i].why) == NULL)
			fail_msg("%s: %s, status %u: %s", rows[i].path,
			    poll_outcome_name(res->outcome), res->status,
			    res->why);
		if (rows[i].body == NULL)
			assert_null(res->body);
		else
			assert_string_equal(res->body, rows[i].body);
		print_message("%-14s %-12s %4lld ms  %s\n", rows[i].path,
		    poll_outcome_name(res->outcome), (long long)ms, res->why);
		assert_true(ms < 3500);
	}
}

static void
validators_go_back_byte_for_byte_and_only_home(void **state)
{
	struct fixture *f = *state;
	struct fetch_result *res = fetch_page(f, "/validators", true);
	struct fetch_request rq = { .url = f->url, .allow_private = true };
	char etag[100], modified[100], home[300];

	assert_string_equal(res->headers[HEADER_ETAG], "W/\"x, \\\"y\"");
	snprintf(etag, sizeof(etag), "%s", res->headers[HEADER_ETAG]);
	snprintf(modified, sizeof(modified), "%s",
	    res->headers[HEADER_LAST_MODIFIED]);
	snprintf(home, sizeof(home), "http://127.0.0.1:%u/304", f->sv.port);
	rq.etag = etag;
	rq.last_modified = modified;
	rq.validators_url = home;
	assert_int_equal(fetch_it(f, &rq)->outcome, POLL_OK);
	assert_null(strstr(f->sv.last, "If-None-Match"));
	assert_null(strstr(f->sv.last, "If-Modified-Since"));
	rq.url = home;
	res = fetch_it(f, &rq);
	assert_int_equal(res->outcome, POLL_UNCHANGED);
	assert_string_equal(res->headers[HEADER_ETAG], "\"n\"");
	assert_non_null(
	    strstr(f->sv.last, "\r\nIf-None-Match: W/\"x, \\\"y\"\r\n"));
	assert_non_null(strstr(f->sv.last,
	    "\r\nIf-Modified-Since: Sat, 27 Jan 2024 10:00:00 +0000\r\n"));
}

static void
requests_tell_who_asks_and_nothing_more(void **state)
{
	static const char *const absent[] = { "Cookie:", "Referer:", "Range:",
		"If-", "A-IM", "Authorization:", "Proxy" };
	struct fixture *f = *state;

	fetch_page(f, "/cookie", true);
	fetch_page(f, "/302", true);
	assert_non_null(strstr(f->sv.last,
	    "\r\nUser-Agent: wiresift/1.0 (+https://example.org)\r\n"));
	assert_non_null(strstr(f->sv.last, "\r\nAccept: application/atom"));
	assert_non_null(strstr(f->sv.last, "\r\nAccept-Encoding: gzip"));
	for (size_t i = 0; i < ARRAY_LEN(absent); i++)
		assert_null(strstr(f->sv.last, absent[i]));
}

/* Rows 13, 14: and none that comes behind a temporary one. */
static void
only_leading_permanent_redirects_move_a_feed(void **state)
{
	struct fixture *f = *state;
	struct fetch_result *res = fetch_page(f, "/301", true);

	assert_int_equal(res->outcome, POLL_OK);
	assert_non_null(strstr(res->url, "/plain"));
	assert_non_null(strstr(res->moved_to, "/302"));
	assert_null(fetch_page(f, "/302", true)->moved_to);
	assert_null(fetch_page(f, "/loop", true)->moved_to);
}

static const struct {
	const char *path; /* "/x": at a public address of ours */
	enum poll_outcome outcome;
	uint32_t requests; /* that reach the server */
} guard_rows[] = {
	{ "http://127.0.0.1:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://localhost:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://127.1:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://0x7f.1:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://0177.0.0.01:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://2130706433:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://0:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://[::1]:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://[::ffff:127.0.0.1]:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://[::127.0.0.1]:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://inner.test:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://[fe80::1%%25lo]:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://10.0.0.1:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://127.0.0.1.:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://x:y@127.0.0.1:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
	{ "http://%%31%%32%%37.0.0.1:%u/plain", POLL_BLOCKED_ADDRESS, 0 },
};

static void
no_spelling_of_a_private_address_is_connected(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(guard_rows); i++) {
		char url[200];
		const struct fetch_result *res;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(url, sizeof(url), guard_rows[i].path, f->sv.port);
#pragma GCC diagnostic pop
		res = fetch_page(f, url, false);
		if (res->outcome != guard_rows[i].outcome)
			fail_msg("%s: %s: %s", url,
			    poll_outcome_name(res->outcome), res->why);
		assert_int_equal(f->sv.requests, 0);
	}
}

/* Row 15: by no spelling. */
static void
redirects_from_outside_lead_nowhere_inside(void **state)
{
	static const char *const paths[] = { "/to-loopback", "/to-metadata",
		"/to-mapped", "/to-octal", "/to-number", "/to-localhost",
		"/to-rebound" };
	struct fixture *f = *state;

	if (!have_netns)
		skip();
	assert_int_equal(fetch_page(f, "/plain", false)->outcome, POLL_OK);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		unsigned int before = f->sv.requests;
		const struct fetch_result *res = fetch_page(f, paths[i], false);

		if (res->outcome != POLL_BLOCKED_ADDRESS)
			fail_msg("%s: %s: %s", paths[i],
			    poll_outcome_name(res->outcome), res->why);
		assert_int_equal(f->sv.requests, before + 1);
		assert_null(res->moved_to);
	}
	/* Of a name's addresses only the public one is tried. */
	assert_int_equal(fetch_page(f, "http://mixed.test:1/", false)->outcome,
	    POLL_CONNECT);
}

/* A name server whose answers take turns: outside, inside, outside... */
struct rebinder {
	int fd;
	char addr[32];
	struct event *ev;
	unsigned int answers;
};

static void
rebinder_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct rebinder *rb = cookie;
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	uint8_t p[600],
	    a[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1 };
	ssize_t n = recvfrom(fd, p, 500, 0, (struct sockaddr *)&from, &len);
	size_t end = (size_t)n;

	(void)what;
	assert_true(n > 12);
	p[2] = 0x81;
	p[3] = 0x80;
	if (p[n - 3] == 1) { /* an A question */
		if (rb->answers++ % 2 == 0)
			inet_pton(AF_INET, PUBLIC_ADDR, a + 12);
		p[7] = 1;
		memcpy(p + end, a, sizeof(a));
		end += sizeof(a);
	}
	(void)sendto(fd, p, end, 0, (struct sockaddr *)&from, len);
}

static void
rebinder_start(struct rebinder *rb, struct event_base *base)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);

	memset(rb, 0, sizeof(*rb));
	rb->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(rb->fd, (struct sockaddr *)&in, len), 0);
	getsockname(rb->fd, (struct sockaddr *)&in, &len);
	snprintf(
	    rb->addr, sizeof(rb->addr), "127.0.0.1:%u", ntohs(in.sin_port));
	rb->ev = event_new(base, rb->fd, EV_READ | EV_PERSIST, rebinder_cb, rb);
	event_add(rb->ev, NULL);
}

static void
a_name_that_changes_sides_is_never_followed_inside(void **state)
{
	struct fixture *f = *state;
	struct rebinder rb;
	const char *servers[1];
	struct resolver_params rp = { .nameservers = servers,
		.nnameservers = 1,
		.hosts = "/dev/null",
		.timeout_ms = 2000 };
	struct fetcher_params fp = { .user_agent = "wiresift/1.0",
		.max_body_bytes = MAX_BODY,
		.max_header_bytes = 65536,
		.connect_timeout_ms = 2000,
		.timeout_ms = 5000,
		.low_speed_s = 2,
		.max_large = 2,
		.max_fetches = 8 };
	struct fetcher *keep = f->fr;
	unsigned int outside = 0, blocked = 0, turns;
	const char *prove = getenv("WIRESIFT_PROVE");
	char why[100], url[100];

	if (!have_netns)
		skip();
	rebinder_start(&rb, f->base);
	servers[0] = rb.addr;
	fp.resolver = resolver_new(f->base, &rp, why, sizeof(why));
	f->fr = fetcher_new(f->base, &fp);
	snprintf(url, sizeof(url), "http://turns.test:%u/plain", f->sv.port);
	turns = prove != NULL && strcmp(prove, "full") == 0 ? 1000 : 200;
	for (unsigned int i = 0; i < turns; i++) {
		enum poll_outcome o = fetch_page(f, url, false)->outcome;

		outside += o == POLL_OK;
		blocked += o == POLL_BLOCKED_ADDRESS;
	}
	print_message("%u outside, %u blocked\n", outside, blocked);
	assert_int_equal(outside, turns / 2);
	assert_int_equal(blocked, turns / 2);
	assert_int_equal(f->sv.inner, 0);
	fetch_result_free(f->res);
	f->res = NULL;
	fetcher_free(f->fr);
	resolver_free(fp.resolver);
	f->fr = keep;
	event_free(rb.ev);
	close(rb.fd);
}

static void
a_proxy_in_the_environment_is_ignored(void **state)
{
	struct fixture *f = *state;

	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1/", 1);
	assert_int_equal(fetch_page(f, "/plain", true)->outcome, POLL_OK);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void
a_cancelled_fetch_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct fetch *open[3];
	struct fetch_request rq = { .url = f->url, .allow_private = true };

	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/stall-body",
	    f->sv.port);
	open[0] = fetch_start(f->fr, &rq, fetched_cb, f);
	for (int i = 0; i < 20; i++) {
		event_base_loop(f->base, EVLOOP_NONBLOCK);
		usleep(1000);
	}
	rq.url = "http://silent.test/";
	open[1] = fetch_start(f->fr, &rq, fetched_cb, f);
	event_base_loop(f->base, EVLOOP_NONBLOCK);
	open[2] = fetch_start(f->fr, &rq, fetched_cb, f);
	for (size_t i = 0; i < ARRAY_LEN(open); i++)
		fetch_cancel(open[i]);
	fetch_cancel(NULL);
	assert_int_equal(fetch_page(f, "/plain", true)->outcome, POLL_OK);
}

static void
what_is_no_validator_is_never_sent(void **state)
{
	char longest[POLL_VALIDATOR_MAX + 2];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[POLL_VALIDATOR_MAX] = '\0';
	assert_non_null(fetch_validator(longest));
	longest[POLL_VALIDATOR_MAX] = 'a';
	longest[POLL_VALIDATOR_MAX + 1] = '\0';
	assert_null(fetch_validator(longest));
	assert_non_null(fetch_validator("W/\"a b\""));
	assert_null(fetch_validator(""));
	assert_null(fetch_validator(NULL));
	assert_null(fetch_validator("\"a\"\r\nX-Evil: 1"));
	assert_null(fetch_validator("\"\x80\""));
	assert_null(fetch_validator("\"\t\""));
}

/* Ours alone: a public address on the loopback device. */
static bool
netns_enter(void)
{
	struct ifreq ifr = { .ifr_name = "lo:1" };
	struct sockaddr_in *in = (struct sockaddr_in *)&ifr.ifr_addr;
	int fd;
	bool fine;

	if (unshare(CLONE_NEWNET) == -1 &&
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1)
		return false;
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	in->sin_family = AF_INET;
	inet_pton(AF_INET, PUBLIC_ADDR, &in->sin_addr);
	fine = ioctl(fd, SIOCSIFADDR, &ifr) == 0;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "lo");
	ifr.ifr_flags = IFF_UP | IFF_RUNNING;
	fine = ioctl(fd, SIOCSIFFLAGS, &ifr) == 0 && fine;
	close(fd);
	return fine;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_answer_has_its_outcome_in_bounded_time),
		TEST(validators_go_back_byte_for_byte_and_only_home),
		TEST(requests_tell_who_asks_and_nothing_more),
		TEST(only_leading_permanent_redirects_move_a_feed),
		TEST(no_spelling_of_a_private_address_is_connected),
		TEST(redirects_from_outside_lead_nowhere_inside),
		TEST(a_name_that_changes_sides_is_never_followed_inside),
		TEST(a_proxy_in_the_environment_is_ignored),
		TEST(a_cancelled_fetch_leaves_nothing),
		cmocka_unit_test(what_is_no_validator_is_never_sent),
	};
	int fd = mkstemp(hosts_path), rc;

	signal(SIGPIPE, SIG_IGN);
	have_netns = netns_enter();
	dprintf(fd, "10.1.2.3 inner.test\n"
		    "127.0.0.1 mixed.test\n" PUBLIC_ADDR " mixed.test\n");
	close(fd);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	curl_global_cleanup();
	unlink(hosts_path);
	return rc;
}
