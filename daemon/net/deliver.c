/* deliver.c - send one message out: an HTTP POST, or a mail by SMTP. */
#include "net/deliver.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "feed/plan.h"
#include "net/evcurl.h"
#include "net/pin.h"
#include "net/resolver.h"
#include "net/response.h"

#define MAX_HEADER_BYTES ((size_t)64 << 10)
#define MAX_ANSWER_BYTES ((uint64_t)1 << 20) /* nobody reads more of a body */
#define SAID 100 /* bytes of a refusal's body that are worth telling */
#define LOW_SPEED_BYTES_S 64L

struct deliverer {
	struct event_base *base;
	struct resolver *resolver;
	/* Connections are guarded when they are opened: those that may go
	 * anywhere are not shared with those that may not. */
	struct evcurl *open, *guarded;
	char *user_agent, *ca_file;
};

struct delivery_flight {
	struct deliverer *dl;
	struct delivery d;
	delivery_cb *cb;
	void *cookie;
	struct event *timer; /* begins, then is the deadline */
	bool begun, in_curl, blocked;
	struct event *report; /* a mail's process tells how it went */
	pid_t pid;
	char *host;
	uint16_t port;
	struct resolver_query *query;
	CURL *easy;
	CURLU *curlu;
	CURLSH *share; /* a DNS table of its own: nobody else's pins */
	struct curl_slist *headers, *pins, *rcpt;
	struct response rsp;
	size_t sent;
	uint64_t answered; /* bytes of the answer's body */
	char said[SAID + 1];
	size_t nsaid;
	char errbuf[CURL_ERROR_SIZE];
};

void
deliverer_set(struct deliverer *dl, const char *user_agent, const char *ca_file)
{
	free(dl->user_agent);
	free(dl->ca_file);
	dl->user_agent = xstrdup(user_agent);
	dl->ca_file = ca_file != NULL ? xstrdup(ca_file) : NULL;
}

struct deliverer *
deliverer_new(struct event_base *base, struct resolver *r,
    const char *user_agent, const char *ca_file)
{
	const struct evcurl_params p = { .max_connections = 64,
		.max_cached = 16 };
	struct deliverer *dl = xcalloc(1, sizeof(*dl));

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		abort();
	dl->base = base;
	dl->resolver = r;
	deliverer_set(dl, user_agent, ca_file);
	dl->open = evcurl_new(base, &p);
	dl->guarded = evcurl_new(base, &p);
	return dl;
}

void
deliverer_free(struct deliverer *dl)
{
	if (dl == NULL)
		return;
	evcurl_free(dl->open);
	evcurl_free(dl->guarded);
	free(dl->user_agent);
	free(dl->ca_file);
	free(dl);
}

static struct evcurl *
evcurl_of(const struct delivery_flight *f)
{
	return f->d.allow_private ? f->dl->open : f->dl->guarded;
}

/* Its process is of no more use: a mail that is not whole is none. */
static void
mail_over(struct delivery_flight *f)
{
	if (f->report != NULL) {
		close(event_get_fd(f->report));
		event_free(f->report);
		f->report = NULL;
	}
	if (f->pid > 0) {
		(void)kill(f->pid, SIGKILL);
		(void)waitpid(f->pid, NULL, 0);
	}
	f->pid = 0;
}

static void
flight_free(struct delivery_flight *f)
{
	resolver_cancel(f->query);
	mail_over(f);
	if (f->in_curl)
		evcurl_stop(evcurl_of(f), f->easy);
	if (f->easy != NULL) {
		/* The share must not outlive its last user. */
		curl_easy_setopt(f->easy, CURLOPT_SHARE, NULL);
		curl_easy_cleanup(f->easy);
	}
	if (f->share != NULL)
		(void)curl_share_cleanup(f->share);
	curl_slist_free_all(f->headers);
	curl_slist_free_all(f->pins);
	curl_slist_free_all(f->rcpt);
	curl_url_cleanup(f->curlu);
	response_fini(&f->rsp);
	event_free(f->timer);
	free(f->host);
	free(f);
}

static void
flight_cancel(struct delivery_flight *f)
{
	if (f != NULL)
		flight_free(f);
}

/* Over: tell, and `f` is gone. */
static void finish(struct delivery_flight *f, struct delivery_answer *a,
    const char *fmt, ...) PRINTF_LIKE(3, 4);
static void
finish(
    struct delivery_flight *f, struct delivery_answer *a, const char *fmt, ...)
{
	delivery_cb *cb = f->cb;
	void *cookie = f->cookie;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->why, sizeof(a->why), fmt, ap);
	va_end(ap);
	response_hide(a->why, sizeof(a->why));
	flight_free(f);
	cb(cookie, a);
}

static void
fail(struct delivery_flight *f, const char *why)
{
	struct delivery_answer a = { .status = 0 };

	finish(f, &a, "%s", why);
}

/* The last look at an address before it is used, in every try. */
static curl_socket_t
socket_cb(void *cookie, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct delivery_flight *f = cookie;

	return pin_socket(purpose, addr, f->d.allow_private, &f->blocked);
}

static size_t
header_cb(char *p, size_t size, size_t n, void *cookie)
{
	struct delivery_flight *f = cookie;

	if (f->d.from != NULL)
		return size * n; /* SMTP's lines come here, too */
	return response_header_line(&f->rsp, p, size * n) == 0 ? size * n : 0;
}

static size_t
body_cb(char *p, size_t size, size_t n, void *cookie)
{
	struct delivery_flight *f = cookie;
	size_t len = size * n;

	for (size_t i = 0; i < len && f->nsaid < SAID; i++)
		f->said[f->nsaid++] = p[i];
	f->answered += len;
	return f->answered > MAX_ANSWER_BYTES ? 0 : len;
}

static size_t
read_cb(char *p, size_t size, size_t n, void *cookie)
{
	struct delivery_flight *f = cookie;
	size_t len = MIN(size * n, f->d.len - f->sent);

	memcpy(p, f->d.body + f->sent, len);
	f->sent += len;
	return len;
}

/* libcurl's own reading of the URL is the one that counts. */
static bool
parse_url(struct delivery_flight *f)
{
	char *host = NULL, *port = NULL;
	bool fine;

	f->curlu = curl_url();
	fine = curl_url_set(f->curlu, CURLUPART_URL, f->d.url,
		   CURLU_URLENCODE) == CURLUE_OK &&
	       curl_url_get(f->curlu, CURLUPART_HOST, &host, CURLU_PUNYCODE) ==
		   CURLUE_OK &&
	       curl_url_get(f->curlu, CURLUPART_PORT, &port,
		   CURLU_DEFAULT_PORT) == CURLUE_OK &&
	       strchr(host, '%') == NULL;
	if (fine) {
		f->port = (uint16_t)strtoul(port, NULL, 10);
		f->host = host[0] == '[' ? xstrndup(host + 1, strlen(host) - 2)
					 : xstrdup(host);
	}
	curl_free(host);
	curl_free(port);
	return fine;
}

static void
set_up_common(struct delivery_flight *f)
{
	CURL *easy = f->easy;

	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(
	    easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (f->dl->ca_file != NULL)
		curl_easy_setopt(easy, CURLOPT_CAINFO, f->dl->ca_file);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->errbuf);
	curl_easy_setopt(easy, CURLOPT_CURLU, f->curlu);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, socket_cb);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, header_cb);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body_cb);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
	f->share = curl_share_init();
	curl_share_setopt(f->share, CURLSHOPT_SHARE, (int)CURL_LOCK_DATA_DNS);
	curl_easy_setopt(easy, CURLOPT_SHARE, f->share);
	curl_easy_setopt(easy, CURLOPT_RESOLVE, f->pins);
}

static void
set_up_post(struct delivery_flight *f)
{
	CURL *easy = f->easy;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_BYTES_S);
	curl_easy_setopt(
	    easy, CURLOPT_LOW_SPEED_TIME, (long)f->d.timeout_ms / 1000);
	curl_easy_setopt(
	    easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, f->dl->user_agent);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, f->d.body);
	curl_easy_setopt(
	    easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)f->d.len);
	for (size_t i = 0; f->d.headers != NULL && f->d.headers[i] != NULL; i++)
		f->headers = curl_slist_append(f->headers, f->d.headers[i]);
	/* No round trip before the body. */
	f->headers = curl_slist_append(f->headers, "Expect:");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, f->headers);
}

static void
set_up_mail(struct delivery_flight *f)
{
	CURL *easy = f->easy;
	char *from = xasprintf("<%s>", f->d.from);

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from);
	free(from);
	for (size_t i = 0; f->d.to[i] != NULL; i++) {
		char *to = xasprintf("<%s>", f->d.to[i]);

		f->rcpt = curl_slist_append(f->rcpt, to);
		free(to);
	}
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, f->rcpt);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_cb);
	curl_easy_setopt(easy, CURLOPT_READDATA, f);
	curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)f->d.len);
	if (f->d.user != NULL)
		curl_easy_setopt(easy, CURLOPT_USERNAME, f->d.user);
	if (f->d.password != NULL)
		curl_easy_setopt(easy, CURLOPT_PASSWORD, f->d.password);
	if (f->d.tls == DELIVERY_TLS_MUST)
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (f->d.tls == DELIVERY_TLS_TRY) {
		/* Better than plain text, which is what it would be else. */
		curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_TRY);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	}
}

/* Did the mail server refuse us, rather than this message? */
static bool
is_login(CURLcode rc, uint32_t status)
{
	return rc == CURLE_LOGIN_DENIED || rc == CURLE_USE_SSL_FAILED ||
	       status == 421 || status == 530 || status == 534 ||
	       status == 535 || status == 538;
}

static void
answered(struct delivery_flight *f, CURLcode rc, struct delivery_answer *a)
{
	const struct plan_headers h = {
		.retry_after = f->rsp.headers[HEADER_RETRY_AFTER]
	};
	bool whole = rc == CURLE_OK || f->rsp.head_whole;
	bool flooded = f->rsp.fault == RESPONSE_HEADERS_TOO_LARGE;

	/* Its first line is an answer, however long the rest: who said 200 has
	 * it, and would get it again for ever. */
	if (flooded)
		a->status = f->rsp.status;
	if ((whole || flooded) && a->status >= 200 && a->status <= 299) {
		a->good = true;
		finish(f, a, "%s",
		    flooded ? "its answers have headers of over 64 KiB" : "");
	} else if (flooded) {
		finish(
		    f, a, "status %u, with headers of over 64 KiB", a->status);
	} else if (whole && a->status != 0) {
		a->retry_after_s = (uint32_t)MIN(
		    MAX(plan_retry_after(&h, clock_wall()), 0), UINT32_MAX);
		finish(f, a, "status %u%s%s", a->status,
		    f->nsaid > 0 ? ": " : "", f->said);
	} else {
		a->status = 0;
		finish(f, a, "%s",
		    f->errbuf[0] != '\0' ? f->errbuf : curl_easy_strerror(rc));
	}
}

/* It is over, with that status of the other side. */
static void
settle(struct delivery_flight *f, CURLcode rc, long code)
{
	struct delivery_answer a = { .status = code > 0 ? (uint32_t)code : 0 };

	if (f->blocked && rc == CURLE_COULDNT_CONNECT) {
		fail(f, "an address of no public network; allow_private lets "
			"it through");
	} else if (f->d.from == NULL) {
		answered(f, rc, &a);
	} else if (rc == CURLE_OK) {
		a.good = true;
		finish(f, &a, "%s", "");
	} else {
		a.login = is_login(rc, a.status);
		/* Before MAIL the code is of a greeting, which refuses no
		 * message. */
		if (a.status < 400)
			a.status = 0;
		finish(f, &a, "%s",
		    f->errbuf[0] != '\0' ? f->errbuf : curl_easy_strerror(rc));
	}
}

static void
done_cb(void *cookie, CURLcode rc)
{
	struct delivery_flight *f = cookie;
	long code = 0;

	f->in_curl = false;
	(void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &code);
	settle(f, rc, code);
}

/* What a mail's process tells before it ends: less than a pipe takes. */
struct report {
	CURLcode rc;
	long code;
	bool blocked;
	char errbuf[CURL_ERROR_SIZE];
};

/* In the process of its own: nothing of ours but the pipe stays open. */
static void NORETURN
mail_process(struct delivery_flight *f, int out)
{
	struct report r = { .rc = CURLE_OK };

	/* The desk's handlers write to descriptors that are gone here. */
	for (int sig = 1; sig < NSIG; sig++)
		(void)signal(sig, sig == SIGPIPE ? SIG_IGN : SIG_DFL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (dup2(out, 3) == 3 && close_range(4, UINT32_MAX, 0) == 0) {
		curl_easy_setopt(
		    f->easy, CURLOPT_TIMEOUT_MS, (long)f->d.timeout_ms);
		r.rc = curl_easy_perform(f->easy);
		(void)curl_easy_getinfo(
		    f->easy, CURLINFO_RESPONSE_CODE, &r.code);
		r.blocked = f->blocked;
		memcpy(r.errbuf, f->errbuf, sizeof(r.errbuf));
		(void)!write(3, &r, sizeof(r));
	}
	_exit(0);
}

static void
report_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct delivery_flight *f = cookie;
	struct report r;
	ssize_t n = read(fd, &r, sizeof(r));

	(void)what;
	mail_over(f);
	if (n != (ssize_t)sizeof(r)) {
		fail(f, "the process that sends mails died");
		return;
	}
	f->blocked = r.blocked;
	memcpy(f->errbuf, r.errbuf, sizeof(f->errbuf));
	settle(f, r.rc, r.code);
}

/*
 * libcurl waits in loops of its own for a mail server's answers to the end of
 * a mail and to QUIT, and ends a mail that is given up as if it were whole:
 * a server that hangs would stop the desk. So a mail has its own process.
 */
static void
mail_start(struct delivery_flight *f)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) == -1) {
		fail(f, "no pipe for a mail");
		return;
	}
	if ((f->pid = fork()) == 0)
		mail_process(f, fds[1]);
	close(fds[1]);
	f->report = event_new(f->dl->base, fds[0], EV_READ, report_cb, f);
	if (f->pid == -1 || f->report == NULL) {
		if (f->report == NULL)
			close(fds[0]);
		fail(f, "no process for a mail");
		return;
	}
	event_add(f->report, NULL);
}

static void
named_cb(void *cookie, const struct resolver_answer *a)
{
	struct delivery_flight *f = cookie;
	size_t n = 0;

	f->query = NULL;
	if (a->status != RESOLVER_OK) {
		fail(f, resolver_status_text(a->status));
		return;
	}
	f->pins = pin_addresses(f->host, f->port, a, f->d.allow_private, &n);
	if (n == 0) {
		fail(f, "an address of no public network; allow_private lets "
			"it through");
		return;
	}
	if ((f->easy = curl_easy_init()) == NULL)
		abort();
	set_up_common(f);
	if (f->d.from != NULL) {
		set_up_mail(f);
		mail_start(f);
		return;
	}
	set_up_post(f);
	f->in_curl = true;
	if (evcurl_start(evcurl_of(f), f->easy, done_cb, f) == -1) {
		f->in_curl = false;
		fail(f, "libcurl does not start");
	}
}

static void
timer_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct delivery_flight *f = cookie;
	struct timeval tv = { .tv_sec = f->d.timeout_ms / 1000,
		.tv_usec = f->d.timeout_ms % 1000 * 1000 };

	(void)fd;
	(void)what;
	/* Who answered and does not come to an end has answered: a body that
	 * drips must not make the same letter come again and again. */
	if (f->begun && f->in_curl && f->d.from == NULL && f->rsp.head_whole) {
		struct delivery_answer a = { .status = f->rsp.status };

		answered(f, CURLE_OPERATION_TIMEDOUT, &a);
		return;
	}
	if (f->begun) {
		fail(f, f->in_curl || f->pid > 0
			    ? "no answer in time"
			    : "no answer of the name server in time");
		return;
	}
	f->begun = true;
	if (!parse_url(f)) {
		fail(f, "no URL that can be used");
		return;
	}
	(void)evtimer_add(f->timer, &tv);
	f->query = resolver_ask(f->dl->resolver, f->host, named_cb, f);
}

static struct delivery_flight *
flight_start(void *net, const struct delivery *d, delivery_cb *cb, void *cookie)
{
	struct delivery_flight *f = xcalloc(1, sizeof(*f));

	f->dl = net;
	f->d = *d;
	f->cb = cb;
	f->cookie = cookie;
	response_init(&f->rsp, MAX_HEADER_BYTES, 0);
	f->timer = evtimer_new(f->dl->base, timer_cb, f);
	event_active(f->timer, EV_TIMEOUT, 1);
	return f;
}

const struct delivery_ops deliver_ops = { flight_start, flight_cancel };
