/*
 * resolver - host names to addresses, without ever blocking the loop.
 *
 * libcurl's own resolver blocks its caller for seconds (reliability of the
 * whole daemon hangs on this), so names are asked here by evdns: A and AAAA
 * at once over UDP, /etc/hosts first. No search domains: a feed's host is
 * meant as it is written. Answers are remembered for a short time, negative
 * ones too, and equal questions share one lookup.
 */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct event_base;
struct resolver; /* opaque */
struct resolver_query;

#define RESOLVER_MAX_ADDRS 8

enum resolver_status {
	RESOLVER_OK,
	RESOLVER_NO_NAME, /* no such name, or it has no address */
	RESOLVER_FAILED,  /* the name server says it cannot tell */
	RESOLVER_TIMEOUT, /* nobody answered in time */
};

struct resolver_answer {
	enum resolver_status status;
	struct sockaddr_storage addrs[RESOLVER_MAX_ADDRS]; /* port 0 */
	size_t naddrs; /* 0 unless RESOLVER_OK */
};

struct resolver_params {
	const char *const *nameservers; /* "ADDR[:PORT]" */
	size_t nnameservers;            /* 0: those of resolv_conf */
	const char *resolv_conf; /* NULL = /etc/resolv.conf; re-read when it
				    changes */
	const char *hosts;       /* NULL = /etc/hosts; likewise */
	uint32_t timeout_ms;     /* of a whole lookup, > 0 */
	uint32_t keep_ms;        /* remember an answer; 0 = never */
};

/* NULL and `why` when a name server's address is none. */
struct resolver *resolver_new(struct event_base *base,
    const struct resolver_params *p, char *why, size_t why_size);
/* Open queries are dropped, their callbacks are not called. */
void resolver_free(struct resolver *r);

/*
 * True when resolv.conf has been replaced by one that we may not read (a
 * confined process): the old name servers are still in use.
 */
bool resolver_is_stale(const struct resolver *r);

typedef void resolver_cb(void *cookie, const struct resolver_answer *a);

/*
 * Ask for `host` (a name or a numeric address, in ASCII). `cb` is called
 * exactly once, from the loop, never from inside this call; the query is gone
 * then.
 */
struct resolver_query *resolver_ask(
    struct resolver *r, const char *host, resolver_cb *cb, void *cookie);
/* The callback will not be called; NULL is allowed. */
void resolver_cancel(struct resolver_query *q);

const char *resolver_status_text(enum resolver_status s);

#endif
