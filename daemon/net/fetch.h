/*
 * fetch - one URL to its bytes, or to a fault with a name.
 *
 * Everything a server can do wrong or on purpose ends here, in bounded time
 * and memory: every hop is resolved by ourselves, checked by the guard and
 * pinned, redirects are followed by our own rules, body, headers and time
 * have limits.
 */
#ifndef NET_FETCH_H
#define NET_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/response.h"
#include "pipeline/poll.h"

struct event_base;
struct fetch;
struct fetcher; /* opaque: what fetches share */
struct hosts;
struct hosts_turn;
struct resolver;

struct fetcher_params {
	struct resolver *resolver; /* borrowed */
	struct hosts *hosts;       /* borrowed; turns for redirects to other
				      hosts. NULL = no politeness (tests) */
	const char *user_agent;    /* "wiresift/1.0 (+https://...)" */
	const char *ca_file;       /* NULL = the system's */
	uint64_t max_body_bytes;   /* decoded; also on the wire */
	uint32_t max_header_bytes; /* a response's, 1xx and trailers too */
	uint32_t max_redirects;
	uint32_t connect_timeout_ms;
	uint32_t timeout_ms;  /* all hops, names and waiting together */
	uint32_t low_speed_s; /* below 64 bytes/s for so long: timeout */
	uint32_t max_large;   /* bodies over 1 MiB in memory at once, > 0;
				  more of them wait */
	uint32_t max_fetches; /* at once; for connection limits */
};

/* Copies *p but what is borrowed. */
struct fetcher *fetcher_new(
    struct event_base *base, const struct fetcher_params *p);
/* All fetches must be over, and their results freed. */
void fetcher_free(struct fetcher *fr);

struct fetch_result {
	/*
	 * POLL_OK: a body is here. POLL_UNCHANGED: 304. POLL_PROTOCOL with a
	 * body: it was cut short, this is its beginning. Else a fault.
	 */
	enum poll_outcome outcome;
	char why[160];   /* a sentence for a fault; "" */
	uint32_t status; /* of the last response, 0 = none */
	char *body;
	size_t len;
	uint64_t wire_bytes; /* body bytes received, all hops */
	char *url;           /* that answered, after redirects */
	char *moved_to;      /* where 301 and 308 alone led to, before any
				other redirect; NULL = no such */
	char *headers[HEADER_COUNT]; /* trimmed values; NULL = absent */
	struct fetcher *fetcher;
	bool large; /* holds one of max_large */
};

struct fetch_request {
	const char *url;
	bool allow_private; /* addresses of no public network may be used */
	/* Sent to validators_url alone, byte for byte; each may be NULL. */
	const char *etag, *last_modified, *validators_url;
	struct hosts_turn *turn; /* at the URL's host; taken, may be NULL */
};

/* `res` is the callee's, to be freed with fetch_result_free(). */
typedef void fetch_cb(void *cookie, struct fetch_result *res);

/* Copies the request. `cb` is called once, from the loop, never from here. */
struct fetch *fetch_start(struct fetcher *fr, const struct fetch_request *rq,
    fetch_cb *cb, void *cookie);
/* Break it off: no callback. NULL is allowed. */
void fetch_cancel(struct fetch *f);
void fetch_result_free(struct fetch_result *res);
/* Give the body back early; the rest of the result stays. */
void fetch_result_drop_body(struct fetch_result *res);

/*
 * `s` as a validator that may be stored and sent: at most POLL_VALIDATOR_MAX
 * bytes of visible ASCII and blanks. NULL if it is not.
 */
const char *fetch_validator(const char *s);

#endif
