/* evcurl.c - libcurl's multi interface on a libevent base. */
#include "net/evcurl.h"

#include <event2/event.h>
#include <stdlib.h>

#include "base/xmalloc.h"

/* An idle connection older than this is not used again: servers and the NATs
 * between forget about it. */
#define CONNECTION_AGE_S 60

struct evcurl {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
};

/* One descriptor of libcurl's, with an event of its own: descriptors are
 * closed and their numbers used again without notice. */
struct ev_socket {
	struct evcurl *ec;
	struct event *ev;
};

struct transfer {
	evcurl_done_cb *cb;
	void *cookie;
};

/* The messages of libcurl are all read before the loop goes on. */
static void
evcurl_finish(struct evcurl *ec)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(ec->multi, &left)) != NULL) {
		CURL *easy = msg->easy_handle;
		CURLcode rc = msg->data.result;
		struct transfer *tr = NULL;
		struct transfer done;

		if (msg->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &tr);
		(void)curl_multi_remove_handle(ec->multi, easy);
		done = *tr;
		free(tr);
		done.cb(done.cookie, rc);
	}
}

static void
evcurl_socket_event_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct ev_socket *es = cookie;
	struct evcurl *ec = es->ec; /* `es` may be freed below */
	int mask = 0, running;

	if (what & EV_READ)
		mask |= CURL_CSELECT_IN;
	if (what & EV_WRITE)
		mask |= CURL_CSELECT_OUT;
	(void)curl_multi_socket_action(ec->multi, fd, mask, &running);
	evcurl_finish(ec);
}

static void
evcurl_timeout_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct evcurl *ec = cookie;
	int running;

	(void)fd;
	(void)what;
	(void)curl_multi_socket_action(
	    ec->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	evcurl_finish(ec);
}

/* CURLMOPT_TIMERFUNCTION: call back in timeout_ms; -1 cancels, 0 is legal. */
static int
evcurl_timer_cb(CURLM *multi, long timeout_ms, void *cookie)
{
	struct evcurl *ec = cookie;
	struct timeval tv;

	(void)multi;
	if (timeout_ms < 0)
		return evtimer_del(ec->timer);
	tv.tv_sec = timeout_ms / 1000;
	tv.tv_usec = timeout_ms % 1000 * 1000;
	/* Only arm: calling libcurl from its own callback would recurse. */
	return evtimer_add(ec->timer, &tv);
}

static void
ev_socket_free(struct ev_socket *es)
{
	if (es == NULL)
		return;
	event_free(es->ev);
	free(es);
}

/* CURLMOPT_SOCKETFUNCTION: what to wait for on `fd`. */
static int
evcurl_socket_cb(
    CURL *easy, curl_socket_t fd, int what, void *cookie, void *socket_cookie)
{
	struct evcurl *ec = cookie;
	struct ev_socket *es = socket_cookie;
	short events = EV_PERSIST;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		ev_socket_free(es);
		(void)curl_multi_assign(ec->multi, fd, NULL);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		events |= EV_READ;
	if (what != CURL_POLL_IN)
		events |= EV_WRITE;
	if (es == NULL) {
		es = xcalloc(1, sizeof(*es));
		es->ec = ec;
		es->ev =
		    event_new(ec->base, fd, events, evcurl_socket_event_cb, es);
		(void)curl_multi_assign(ec->multi, fd, es);
	} else {
		(void)event_del(es->ev);
		(void)event_assign(
		    es->ev, ec->base, fd, events, evcurl_socket_event_cb, es);
	}
	return event_add(es->ev, NULL);
}

struct evcurl *
evcurl_new(struct event_base *base, const struct evcurl_params *p)
{
	struct evcurl *ec = xcalloc(1, sizeof(*ec));
	CURLM *m = curl_multi_init();

	ec->base = base;
	ec->multi = m;
	ec->timer = evtimer_new(base, evcurl_timeout_cb, ec);
	if (m == NULL || ec->timer == NULL)
		abort();
	curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, evcurl_socket_cb);
	curl_multi_setopt(m, CURLMOPT_SOCKETDATA, ec);
	curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, evcurl_timer_cb);
	curl_multi_setopt(m, CURLMOPT_TIMERDATA, ec);
	curl_multi_setopt(
	    m, CURLMOPT_MAX_TOTAL_CONNECTIONS, p->max_connections);
	curl_multi_setopt(m, CURLMOPT_MAXCONNECTS, p->max_cached);
	curl_multi_setopt(m, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	return ec;
}

void
evcurl_free(struct evcurl *ec)
{
	if (ec == NULL)
		return;
	(void)curl_multi_cleanup(ec->multi);
	event_free(ec->timer);
	free(ec);
}

int
evcurl_start(struct evcurl *ec, CURL *easy, evcurl_done_cb *cb, void *cookie)
{
	struct transfer *tr = xcalloc(1, sizeof(*tr));

	tr->cb = cb;
	tr->cookie = cookie;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, tr);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)CONNECTION_AGE_S);
	if (curl_multi_add_handle(ec->multi, easy) != CURLM_OK) {
		free(tr);
		return -1;
	}
	return 0;
}

void
evcurl_stop(struct evcurl *ec, CURL *easy)
{
	struct transfer *tr = NULL;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &tr);
	(void)curl_multi_remove_handle(ec->multi, easy);
	free(tr);
}
