/* resolver.c - host names to addresses, without ever blocking the loop. */
#include "net/resolver.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hmap.h"
#include "base/macros.h"
#include "base/xmalloc.h"

#define NAME_MAX_BYTES 253   /* RFC 1035, 2.3.4, as text */
#define REMEMBER_MAX 4096    /* names; past it the idle ones are forgotten */
#define FILES_CHECK_MS 10000 /* look for a changed resolv.conf this often */

struct resolver_query {
	TAILQ_ENTRY(resolver_query) link;
	struct name *name;
	uint32_t round;
	resolver_cb *cb;
	void *cookie;
};

/* What is known of a name, or is being asked. */
struct name {
	struct resolver *resolver; /* NULL once it is forgotten */
	TAILQ_HEAD(, resolver_query) queries;
	struct evdns_getaddrinfo_request *req;
	bool asking;         /* evdns will still call back */
	bool delivering;     /* callbacks run: nothing is asked just now */
	int64_t until_ms;    /* `answer` is good so long; 0 = there is none */
	uint32_t round;      /* of answering: a query asked in a callback waits
				for the next one */
	struct event *timer; /* the deadline while asking, else "answer now" */
	struct resolver_answer answer;
	char host[NAME_MAX_BYTES + 1];
};

struct stamp {
	dev_t dev;
	ino_t ino;
	int64_t mtime_s;
	int64_t size;
};

struct resolver {
	struct event_base *base;
	struct evdns_base *dns;
	struct hmap *names;
	char *resolv_conf, *hosts;
	bool own_servers; /* from the configuration: resolv.conf is unused */
	bool stale;       /* a new resolv.conf cannot be read */
	struct stamp resolv_stamp, hosts_stamp;
	int64_t checked_ms;
	uint32_t timeout_ms, keep_ms;
};

static const struct {
	const char *key, *value;
} dns_options[] = {
	/* Mixed case in questions breaks some servers (libevent#97). */
	{ "randomize-case:", "0" },
	{ "timeout:", "2" }, /* seconds until a question is sent again */
	{ "attempts:", "4" },
	/* A name that nobody answers must not take the server down for the
	 * other names, nor fill a short queue. */
	{ "max-timeouts:", "255" },
	{ "max-inflight:", "4096" },
	/* Wait so long for AAAA when A is there, and the other way round. */
	{ "getaddrinfo-allow-skew:", "1" },
};

const char *
resolver_status_text(enum resolver_status s)
{
	switch (s) {
	case RESOLVER_OK:
		return "has an address";
	case RESOLVER_NO_NAME:
		return "no such host name";
	case RESOLVER_FAILED:
		return "no name server gave an answer";
	case RESOLVER_TIMEOUT:
		return "no name server answered in time";
	}
	return "";
}

static struct stamp
stamp_of(const char *path)
{
	struct stamp s = { 0 };
	struct stat st;

	if (stat(path, &st) == 0) {
		s.dev = st.st_dev;
		s.ino = st.st_ino;
		s.mtime_s = st.st_mtim.tv_sec;
		s.size = st.st_size;
	}
	return s;
}

static bool
stamp_equal(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino &&
	       a->mtime_s == b->mtime_s && a->size == b->size;
}

/* Missing files are files without entries; unreadable ones are neither. */
static bool
file_readable(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return errno == ENOENT;
	close(fd);
	return true;
}

bool
resolver_is_stale(const struct resolver *r)
{
	return r->stale;
}

static void
resolver_read_files(struct resolver *r, bool servers, bool hosts)
{
	if (servers && !r->own_servers) {
		(void)evdns_base_clear_nameservers_and_suspend(r->dns);
		(void)evdns_base_resolv_conf_parse(
		    r->dns, DNS_OPTION_NAMESERVERS, r->resolv_conf);
		(void)evdns_base_resume(r->dns);
	}
	if (hosts) {
		evdns_base_clear_host_addresses(r->dns);
		(void)evdns_base_load_hosts(r->dns, r->hosts);
	}
}

/* Networks change under a daemon that runs for months. */
static void
resolver_check_files(struct resolver *r)
{
	int64_t now = clock_mono_ms();
	struct stamp rs, hs;
	bool servers, hosts;

	if (r->checked_ms != 0 && now - r->checked_ms < FILES_CHECK_MS)
		return;
	rs = stamp_of(r->resolv_conf);
	hs = stamp_of(r->hosts);
	if (r->checked_ms != 0 && !r->own_servers &&
	    !file_readable(r->resolv_conf)) {
		r->stale = !stamp_equal(&rs, &r->resolv_stamp);
		rs = r->resolv_stamp;
	}
	servers = r->checked_ms == 0 || !stamp_equal(&rs, &r->resolv_stamp);
	hosts = r->checked_ms == 0 ||
		(!stamp_equal(&hs, &r->hosts_stamp) && file_readable(r->hosts));
	r->resolv_stamp = rs;
	r->hosts_stamp = hs;
	r->checked_ms = now;
	resolver_read_files(r, servers, hosts);
}

struct resolver *
resolver_new(struct event_base *base, const struct resolver_params *p,
    char *why, size_t why_size)
{
	struct resolver *r = xcalloc(1, sizeof(*r));

	r->base = base;
	r->names = hmap_new();
	r->resolv_conf = xstrdup(
	    p->resolv_conf != NULL ? p->resolv_conf : "/etc/resolv.conf");
	r->hosts = xstrdup(p->hosts != NULL ? p->hosts : "/etc/hosts");
	r->timeout_ms = p->timeout_ms;
	r->keep_ms = p->keep_ms;
	r->own_servers = p->nnameservers > 0;
	r->dns = evdns_base_new(base, EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (r->dns == NULL) {
		snprintf(why, why_size, "evdns does not start");
		goto fail;
	}
	for (size_t i = 0; i < ARRAY_LEN(dns_options); i++) {
		(void)evdns_base_set_option(
		    r->dns, dns_options[i].key, dns_options[i].value);
	}
	for (size_t i = 0; i < p->nnameservers; i++) {
		if (evdns_base_nameserver_ip_add(r->dns, p->nameservers[i]) ==
		    0)
			continue;
		snprintf(why, why_size, "name server \"%s\" is no address",
		    p->nameservers[i]);
		goto fail;
	}
	resolver_check_files(r);
	return r;
fail:
	resolver_free(r);
	return NULL;
}

static void
name_free(struct name *nm)
{
	event_free(nm->timer);
	free(nm);
}

/* Out of the table; freed now, or when evdns has let go of it. */
static void
name_forget(struct name *nm)
{
	(void)hmap_del(nm->resolver->names, nm->host);
	nm->resolver = NULL;
	(void)event_del(nm->timer);
	if (nm->asking)
		evdns_getaddrinfo_cancel(nm->req);
	else
		name_free(nm);
}

/* Names that wait for nothing, or all of them. */
static void
resolver_forget(struct resolver *r, bool all)
{
	size_t pos = 0, n = 0, len = hmap_len(r->names);
	struct name **v = xreallocarray(NULL, len + 1, sizeof(struct name *));
	void *p;

	while (n < len && hmap_next(r->names, &pos, NULL, NULL, &p)) {
		struct name *nm = p;

		if (all || (!nm->asking && TAILQ_EMPTY(&nm->queries)))
			v[n++] = nm;
	}
	for (size_t i = 0; i < n; i++) {
		struct resolver_query *q;

		while ((q = TAILQ_FIRST(&v[i]->queries)) != NULL)
			resolver_cancel(q);
		name_forget(v[i]);
	}
	free(v);
}

void
resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	resolver_forget(r, true);
	/* Cancelled requests call back from the loop, and must have done so
	 * before their base goes (libevent#1278). */
	(void)event_base_loop(r->base, EVLOOP_NONBLOCK);
	if (r->dns != NULL)
		evdns_base_free(r->dns, 0);
	hmap_free(r->names, NULL);
	free(r->resolv_conf);
	free(r->hosts);
	free(r);
}

static void
name_arm(struct name *nm)
{
	uint32_t ms = nm->resolver->timeout_ms;
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	(void)evtimer_add(nm->timer, &tv);
}

static void name_ask(struct name *nm);

/* Give the answer to all who asked up to now; their callbacks may ask again,
 * or cancel others. */
static void
name_deliver(struct name *nm)
{
	struct resolver_answer a = nm->answer;
	struct resolver_query *q;

	nm->round++;
	nm->delivering = true;
	while (
	    (q = TAILQ_FIRST(&nm->queries)) != NULL && q->round != nm->round) {
		TAILQ_REMOVE(&nm->queries, q, link);
		q->cb(q->cookie, &a);
		free(q);
	}
	nm->delivering = false;
	if (nm->until_ms > clock_mono_ms()) {
		if (!TAILQ_EMPTY(&nm->queries))
			event_active(nm->timer, EV_TIMEOUT, 1);
	} else if (TAILQ_EMPTY(&nm->queries)) {
		name_forget(nm);
	} else if (nm->asking) {
		name_arm(nm); /* timed out, and asked for again */
	} else {
		name_ask(nm);
	}
}

static void
name_timer_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct name *nm = cookie;

	(void)fd;
	(void)what;
	if (nm->asking) {
		nm->answer.status = RESOLVER_TIMEOUT;
		nm->answer.naddrs = 0;
		nm->until_ms = 0;
	}
	name_deliver(nm);
}

static void
answer_add(struct resolver_answer *a, const struct sockaddr *sa, size_t len)
{
	if (a->naddrs == ARRAY_LEN(a->addrs) || len > sizeof(a->addrs[0]))
		return;
	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return;
	memset(&a->addrs[a->naddrs], 0, sizeof(a->addrs[0]));
	memcpy(&a->addrs[a->naddrs], sa, len);
	a->naddrs++;
}

static enum resolver_status
status_of_eai(int err)
{
	switch (err) {
	case 0:
		return RESOLVER_OK;
	case EVUTIL_EAI_NONAME:
	case EVUTIL_EAI_NODATA:
		return RESOLVER_NO_NAME;
	case EVUTIL_EAI_AGAIN: /* evdns: every attempt timed out */
		return RESOLVER_TIMEOUT;
	default:
		return RESOLVER_FAILED;
	}
}

/* The answer stands: tell it from the loop, and remember it. */
static void
name_known(struct name *nm, enum resolver_status s)
{
	if (s == RESOLVER_OK && nm->answer.naddrs == 0)
		s = RESOLVER_NO_NAME;
	nm->answer.status = s;
	nm->until_ms = s == RESOLVER_OK || s == RESOLVER_NO_NAME
			   ? clock_mono_ms() + nm->resolver->keep_ms
			   : 0;
	event_active(nm->timer, EV_TIMEOUT, 1);
}

/* May be called from inside evdns_getaddrinfo() when the hosts file knows. */
static void
resolver_evdns_cb(int err, struct evutil_addrinfo *res, void *cookie)
{
	struct name *nm = cookie;

	nm->asking = false;
	nm->req = NULL;
	if (nm->resolver == NULL) {
		name_free(nm);
	} else {
		for (struct evutil_addrinfo *ai = res; ai != NULL;
		     ai = ai->ai_next)
			answer_add(&nm->answer, ai->ai_addr, ai->ai_addrlen);
		name_known(nm, status_of_eai(err));
	}
	if (res != NULL)
		evutil_freeaddrinfo(res);
}

static bool
host_is_local(const char *host)
{
	const char *dot = strrchr(host, '.');

	return strcmp(dot != NULL ? dot + 1 : host, "localhost") == 0;
}

/* Letters, digits, "-", "_" and dots; an IPv6 address has colons. */
static bool
host_is_name(const char *host)
{
	return host[0] != '\0' && host[0] != '.' &&
	       host[strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] ==
		   '\0' &&
	       strstr(host, "..") == NULL;
}

/* What needs no question: addresses, "localhost" (RFC 6761), nonsense. */
static bool
name_is_settled(struct name *nm)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	bool local = host_is_local(nm->host);

	if (local)
		in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (local || inet_pton(AF_INET, nm->host, &in.sin_addr) == 1)
		answer_add(&nm->answer, (struct sockaddr *)&in, sizeof(in));
	if (local)
		in6.sin6_addr = in6addr_loopback;
	if (local || inet_pton(AF_INET6, nm->host, &in6.sin6_addr) == 1)
		answer_add(&nm->answer, (struct sockaddr *)&in6, sizeof(in6));
	return nm->answer.naddrs > 0 || !host_is_name(nm->host);
}

static void
name_ask(struct name *nm)
{
	struct resolver *r = nm->resolver;
	struct evutil_addrinfo hints = { .ai_family = PF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_protocol = IPPROTO_TCP };
	struct evdns_getaddrinfo_request *req;

	nm->answer.naddrs = 0;
	nm->until_ms = 0;
	if (name_is_settled(nm)) {
		name_known(nm, RESOLVER_OK);
		return;
	}
	nm->asking = true;
	name_arm(nm);
	req = evdns_getaddrinfo(
	    r->dns, nm->host, NULL, &hints, resolver_evdns_cb, nm);
	if (nm->asking)
		nm->req = req;
}

static struct name *
name_new(struct resolver *r, const char *host)
{
	struct name *nm = xcalloc(1, sizeof(*nm));

	nm->resolver = r;
	TAILQ_INIT(&nm->queries);
	memcpy(nm->host, host, strlen(host) + 1);
	nm->timer = evtimer_new(r->base, name_timer_cb, nm);
	if (hmap_len(r->names) >= REMEMBER_MAX)
		resolver_forget(r, false);
	(void)hmap_put(r->names, nm->host, nm);
	return nm;
}

struct resolver_query *
resolver_ask(
    struct resolver *r, const char *host, resolver_cb *cb, void *cookie)
{
	struct resolver_query *q = xcalloc(1, sizeof(*q));
	char lower[NAME_MAX_BYTES + 1] = "";
	size_t len = strlen(host);
	struct name *nm;

	resolver_check_files(r);
	if (len > 0 && host[len - 1] == '.')
		len--; /* the root's dot */
	for (size_t i = 0; len <= NAME_MAX_BYTES && i < len; i++)
		lower[i] = (char)tolower((unsigned char)host[i]);
	nm = hmap_get(r->names, lower);
	if (nm == NULL)
		nm = name_new(r, lower);
	q->name = nm;
	q->round = nm->round;
	q->cb = cb;
	q->cookie = cookie;
	TAILQ_INSERT_TAIL(&nm->queries, q, link);
	if (nm->delivering)
		return q;
	if (nm->until_ms > clock_mono_ms())
		event_active(nm->timer, EV_TIMEOUT, 1);
	else if (!nm->asking && TAILQ_FIRST(&nm->queries) == q)
		name_ask(nm);
	return q;
}

void
resolver_cancel(struct resolver_query *q)
{
	if (q == NULL)
		return;
	TAILQ_REMOVE(&q->name->queries, q, link);
	free(q);
}
