/* fetch.c - one URL to its bytes, or to a fault with a name. */
#include "net/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include "base/url.h"
#include "base/xmalloc.h"
#include "net/evcurl.h"
#include "net/fetch_easy.h"
#include "net/hop.h"
#include "net/hosts.h"
#include "net/resolver.h"

#define BLOCKED                                                                \
	"%s has an address of no public network, and the feed has no "         \
	"allow_private: true"

static void fetch_hop(struct fetch *f);

struct fetcher *
fetcher_new(struct event_base *base, const struct fetcher_params *p)
{
	struct fetcher *fr = xcalloc(1, sizeof(*fr));
	struct evcurl_params ep = {
		.max_connections = (long)p->max_fetches * 2,
		.max_cached = (long)p->max_fetches,
	};

	fr->base = base;
	fr->p = *p;
	fr->p.user_agent = fr->user_agent = xstrdup(p->user_agent);
	if (p->ca_file != NULL)
		fr->p.ca_file = fr->ca_file = xstrdup(p->ca_file);
	fr->open = evcurl_new(base, &ep);
	fr->guarded = evcurl_new(base, &ep);
	TAILQ_INIT(&fr->crowd);
	return fr;
}

void
fetcher_free(struct fetcher *fr)
{
	if (fr == NULL)
		return;
	while (fr->npool > 0)
		curl_easy_cleanup(fr->pool[--fr->npool]);
	evcurl_free(fr->open);
	evcurl_free(fr->guarded);
	free(fr->user_agent);
	free(fr->ca_file);
	free(fr);
}

const char *
fetch_validator(const char *s)
{
	size_t len = 0;

	if (s == NULL || *s == '\0')
		return NULL;
	for (; s[len] != '\0'; len++)
		if (len == POLL_VALIDATOR_MAX || s[len] < ' ' || s[len] > '~')
			return NULL;
	return s;
}

/* Give a place for a large body to who waits longest. */
static void
fetcher_large_free(struct fetcher *fr)
{
	struct fetch *f = TAILQ_FIRST(&fr->crowd);

	if (f == NULL) {
		fr->large--;
		return;
	}
	TAILQ_REMOVE(&fr->crowd, f, link);
	f->large = true;
	f->state = FETCH_BEGIN;
	event_active(f->timer, EV_TIMEOUT, 1);
}

void
fetch_result_drop_body(struct fetch_result *res)
{
	free(res->body);
	res->body = NULL;
	res->len = 0;
	if (res->large)
		fetcher_large_free(res->fetcher);
	res->large = false;
}

void
fetch_result_free(struct fetch_result *res)
{
	if (res == NULL)
		return;
	fetch_result_drop_body(res);
	for (size_t i = 0; i < HEADER_COUNT; i++)
		free(res->headers[i]);
	free(res->url);
	free(res->moved_to);
	free(res);
}

static void
fetch_free(struct fetch *f)
{
	hop_end(f);
	if (f->large)
		fetcher_large_free(f->fetcher);
	hosts_end(f->turn);
	response_fini(&f->rsp);
	event_free(f->timer);
	free(f->etag);
	free(f->last_modified);
	free(f->validators_url);
	free(f->url);
	free(f->host);
	free(f->moved_to);
	free(f);
}

static struct evcurl *
fetch_evcurl(const struct fetch *f)
{
	return f->allow_private ? f->fetcher->open : f->fetcher->guarded;
}

/* Stop waiting, for whatever it is. */
static void
fetch_stop(struct fetch *f)
{
	resolver_cancel(f->query);
	f->query = NULL;
	if (f->state == FETCH_HTTP)
		evcurl_stop(fetch_evcurl(f), f->easy);
	if (f->state == FETCH_LARGE)
		TAILQ_REMOVE(&f->fetcher->crowd, f, link);
}

void
fetch_cancel(struct fetch *f)
{
	if (f == NULL)
		return;
	fetch_stop(f);
	fetch_free(f);
}

/* Over: hand the result out. `f` is gone afterwards. */
static void fetch_finish(struct fetch *f, enum poll_outcome outcome,
    const char *fmt, ...) PRINTF_LIKE(3, 4);
static void
fetch_finish(struct fetch *f, enum poll_outcome outcome, const char *fmt, ...)
{
	struct fetch_result *res = xcalloc(1, sizeof(*res));
	fetch_cb *cb = f->cb;
	void *cookie = f->cookie;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(res->why, sizeof(res->why), fmt, ap);
	va_end(ap);
	response_hide(res->why, sizeof(res->why));
	res->outcome = outcome;
	res->status = f->rsp.status;
	res->wire_bytes = f->wire_bytes;
	res->fetcher = f->fetcher;
	res->url = f->url;
	f->url = NULL;
	memcpy(res->headers, f->rsp.headers, sizeof(res->headers));
	memset(f->rsp.headers, 0, sizeof(f->rsp.headers));
	if (poll_outcome_good(outcome)) {
		res->moved_to = f->moved_to;
		f->moved_to = NULL;
	}
	if (outcome == POLL_OK || outcome == POLL_PROTOCOL) {
		res->len = f->rsp.body.len;
		res->body = strbuf_take(&f->rsp.body);
		res->large = f->large;
		f->large = false;
	}
	fetch_free(f);
	cb(cookie, res);
}

/* What a callback of ours has found wrong. False: nothing. */
static bool
fetch_own_fault(struct fetch *f)
{
	const struct fetcher_params *p = &f->fetcher->p;

	if (f->rsp.fault == RESPONSE_HEADERS_TOO_LARGE)
		fetch_finish(f, POLL_TOO_LARGE, "headers of more than %u bytes",
		    p->max_header_bytes);
	else if (f->rsp.fault == RESPONSE_BODY_TOO_LARGE || f->wire_over)
		fetch_finish(f, POLL_TOO_LARGE,
		    "a body of more than %llu bytes",
		    (unsigned long long)p->max_body_bytes);
	else if (f->rsp.fault == RESPONSE_CODINGS)
		fetch_finish(f, POLL_PROTOCOL,
		    "more codings than one, or one we did not ask for");
	else
		return false;
	return true;
}

/* Take the hop that a redirect asks for. */
static void
fetch_redirect(struct fetch *f)
{
	const char *location = f->rsp.headers[HEADER_LOCATION];
	struct strbuf to;
	uint32_t status = f->rsp.status;

	strbuf_init(&to, URL_MAX);
	if (f->hops >= f->fetcher->p.max_redirects) {
		fetch_finish(f, POLL_REDIRECT, "more than %u redirects",
		    f->fetcher->p.max_redirects);
	} else if (url_resolve(&to, f->url, location) == -1 ||
		   !url_is_http(to.data)) {
		fetch_finish(f, POLL_REDIRECT,
		    "status %u leads to what is no http URL", status);
	} else if (f->https && strncasecmp(to.data, "https:", 6) != 0) {
		fetch_finish(f, POLL_REDIRECT,
		    "status %u leads from https to http", status);
	} else {
		f->hops++;
		f->permanent = f->permanent && response_is_permanent(&f->rsp);
		free(f->url);
		f->url = strbuf_take(&to);
		if (f->permanent) {
			free(f->moved_to);
			f->moved_to = xstrdup(f->url);
		}
		fetch_hop(f);
	}
	strbuf_fini(&to);
}

/* A whole response: what does its status mean? */
static void
fetch_answered(struct fetch *f)
{
	uint32_t status = f->rsp.status;
	bool later = f->rsp.headers[HEADER_RETRY_AFTER] != NULL;

	if (response_is_redirect(&f->rsp))
		fetch_redirect(f);
	else if (status >= 200 && status <= 299 && status != 206)
		fetch_finish(f, POLL_OK, "%s", "");
	else if (status == 304 && f->conditional)
		fetch_finish(f, POLL_UNCHANGED, "%s", "");
	else if (status == 410)
		fetch_finish(f, POLL_GONE, "status 410: gone for good");
	else if (status == 429 || (status == 503 && later))
		fetch_finish(f, POLL_THROTTLED, "status %u: ask later", status);
	else if (status >= 400)
		fetch_finish(f, POLL_HTTP_ERROR, "status %u", status);
	else if (status >= 301 && status <= 308 && status != 304) {
		strbuf_reset(&f->rsp.body);
		fetch_finish(f, POLL_PROTOCOL,
		    "status %u without a Location, or with one too long",
		    status);
	} else {
		strbuf_reset(&f->rsp.body);
		fetch_finish(
		    f, POLL_PROTOCOL, "status %u was not asked for", status);
	}
}

static void
fetch_failed(struct fetch *f, CURLcode rc, const char *detail)
{
	const struct fetch_meaning *m = fetch_easy_meaning(rc);
	bool partial = rc == CURLE_PARTIAL_FILE || rc == CURLE_RECV_ERROR ||
		       rc == CURLE_HTTP2_STREAM;

	if (f->blocked && rc == CURLE_COULDNT_CONNECT) {
		fetch_finish(f, POLL_BLOCKED_ADDRESS, BLOCKED, f->host);
		return;
	}
	/* Of a body that breaks off, what came is worth reading. */
	if (!partial || f->rsp.status != 200)
		strbuf_reset(&f->rsp.body);
	if (*detail != '\0')
		fetch_finish(f, m->outcome, "%s: %s", m->why, detail);
	else
		fetch_finish(f, m->outcome, "%s", m->why);
}

/* evcurl: the hop is over. */
static void
fetch_done_cb(void *cookie, CURLcode rc)
{
	struct fetch *f = cookie;
	curl_off_t wire = 0;
	char detail[CURL_ERROR_SIZE] = "";

	(void)curl_easy_getinfo(f->easy, CURLINFO_SIZE_DOWNLOAD_T, &wire);
	f->wire_bytes += (uint64_t)wire;
	if (rc == CURLE_PEER_FAILED_VERIFICATION ||
	    rc == CURLE_SSL_CONNECT_ERROR)
		snprintf(detail, sizeof(detail), "%s", f->errbuf);
	f->state = FETCH_BEGIN;
	hop_end(f);
	if (fetch_own_fault(f))
		return;
	if (f->crowded) {
		f->state = FETCH_LARGE;
		(void)evtimer_del(f->timer);
		TAILQ_INSERT_TAIL(&f->fetcher->crowd, f, link);
		return;
	}
	/* The body of a redirect or an error may end as it likes. */
	if (rc == CURLE_OK ||
	    (f->rsp.head_whole && (f->rsp.status < 200 || f->rsp.status > 299)))
		fetch_answered(f);
	else
		fetch_failed(f, rc, detail);
}

static void
fetch_named_cb(void *cookie, const struct resolver_answer *a)
{
	struct fetch *f = cookie;

	f->query = NULL;
	if (a->status != RESOLVER_OK) {
		fetch_finish(f, POLL_DNS, "%s: %s", f->host,
		    resolver_status_text(a->status));
		return;
	}
	if (!hop_pin(f, a)) {
		fetch_finish(f, POLL_BLOCKED_ADDRESS, BLOCKED, f->host);
		return;
	}
	hop_set_up(f);
	f->state = FETCH_HTTP;
	if (evcurl_start(fetch_evcurl(f), f->easy, fetch_done_cb, f) == -1) {
		f->state = FETCH_BEGIN;
		fetch_finish(f, POLL_PROTOCOL, "libcurl does not start");
	}
}

static void
fetch_ask_name(struct fetch *f)
{
	f->state = FETCH_NAME;
	f->query =
	    resolver_ask(f->fetcher->p.resolver, f->host, fetch_named_cb, f);
}

static void
fetch_turn_cb(void *cookie)
{
	struct fetch *f = cookie;

	fetch_ask_name(f);
}

/* True when the turn at the hop's host is ours already. */
static bool
fetch_has_turn(struct fetch *f)
{
	struct hosts *hosts = f->fetcher->p.hosts;
	struct strbuf key;
	bool has = true;

	if (hosts == NULL)
		return true;
	strbuf_init(&key, URL_MAX);
	if (url_host_key(&key, f->url) == 0 &&
	    (f->turn == NULL ||
		strcmp(key.data, hosts_turn_key(f->turn)) != 0)) {
		hosts_end(f->turn);
		f->turn = hosts_ask(hosts, key.data, fetch_turn_cb, f);
		has = false;
	}
	strbuf_fini(&key);
	return has;
}

/* Take the next hop: read its URL, wait for the host, resolve, ask. */
static void
fetch_hop(struct fetch *f)
{
	response_fini(&f->rsp);
	response_init(&f->rsp, f->fetcher->p.max_header_bytes,
	    f->fetcher->p.max_body_bytes);
	f->blocked = f->wire_over = f->crowded = false;
	if (!hop_parse_url(f)) {
		fetch_finish(f, f->hops > 0 ? POLL_REDIRECT : POLL_BAD_URL,
		    "no http URL that can be fetched");
		return;
	}
	f->state = FETCH_TURN;
	if (fetch_has_turn(f))
		fetch_ask_name(f);
}

static void
fetch_timer_cb(evutil_socket_t fd, short what, void *cookie)
{
	static const char *const waiting[] = {
		[FETCH_TURN] = "waiting for a turn at the host",
		[FETCH_NAME] = "waiting for the name server",
		[FETCH_HTTP] = "waiting for the server",
	};
	struct fetch *f = cookie;
	uint32_t ms = f->fetcher->p.timeout_ms;
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)fd;
	(void)what;
	if (f->state == FETCH_BEGIN) {
		(void)evtimer_add(f->timer, &tv);
		fetch_hop(f);
		return;
	}
	fetch_stop(f);
	strbuf_reset(&f->rsp.body);
	fetch_finish(f, POLL_TIMEOUT, "no end after %u s, %s", ms / 1000,
	    waiting[f->state]);
}

static char *
copy_or_null(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

struct fetch *
fetch_start(struct fetcher *fr, const struct fetch_request *rq, fetch_cb *cb,
    void *cookie)
{
	struct fetch *f = xcalloc(1, sizeof(*f));

	f->fetcher = fr;
	f->cb = cb;
	f->cookie = cookie;
	f->url = xstrdup(rq->url);
	f->etag = copy_or_null(fetch_validator(rq->etag));
	f->last_modified = copy_or_null(fetch_validator(rq->last_modified));
	f->validators_url = copy_or_null(rq->validators_url);
	f->allow_private = rq->allow_private;
	f->turn = rq->turn;
	f->permanent = true;
	response_init(&f->rsp, 0, 0);
	f->timer = evtimer_new(fr->base, fetch_timer_cb, f);
	event_active(f->timer, EV_TIMEOUT, 1);
	return f;
}
