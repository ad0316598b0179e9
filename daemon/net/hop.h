/*
 * hop - one request of a fetch: what it asks, and what it may connect to.
 *
 * Private to fetch.c, which moves a fetch from hop to hop.
 */
#ifndef NET_HOP_H
#define NET_HOP_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "net/fetch.h"
#include "net/response.h"

struct event;
struct evcurl;
struct resolver_answer;
struct resolver_query;

#define FETCHER_POOL_MAX 32

enum fetch_state {
	FETCH_BEGIN, /* the first hop is still to be taken */
	FETCH_TURN,  /* waits for its turn at another host */
	FETCH_NAME,  /* waits for the resolver */
	FETCH_HTTP,  /* libcurl has it */
	FETCH_LARGE, /* waits for a place for a large body */
};

struct fetch {
	struct fetcher *fetcher;
	fetch_cb *cb;
	void *cookie;
	enum fetch_state state;
	struct event *timer;     /* begins the fetch, then is its deadline */
	TAILQ_ENTRY(fetch) link; /* in FETCH_LARGE */

	char *etag, *last_modified, *validators_url;
	bool allow_private;
	struct hosts_turn *turn;

	char *url; /* of this hop */
	char *host;
	uint16_t port;
	bool https;
	uint32_t hops;
	bool permanent; /* only 301 and 308 so far */
	char *moved_to;

	struct resolver_query *query;
	CURL *easy;
	CURLU *curlu;
	CURLSH *share; /* a DNS table of its own: nobody else's pins */
	struct curl_slist *headers, *pins;
	struct response rsp;
	uint64_t wire_bytes;
	char errbuf[CURL_ERROR_SIZE];
	bool conditional; /* this hop was asked with validators */
	bool blocked;     /* the guard refused an address libcurl wanted */
	bool wire_over;   /* more bytes on the wire than allowed */
	bool crowded;     /* no place for a large body */
	bool large;       /* has one */
};

struct fetcher {
	struct event_base *base;
	struct fetcher_params p;
	char *user_agent, *ca_file;
	/* Feeds that may use private addresses share no connection with
	 * those that may not: a reused connection is not guarded again. */
	struct evcurl *open, *guarded;
	CURL *pool[FETCHER_POOL_MAX];
	size_t npool;
	uint32_t large;            /* places taken */
	TAILQ_HEAD(, fetch) crowd; /* waiting for one */
};

/* Read f->url into f->curlu, host and port. False: nothing we fetch. */
bool hop_parse_url(struct fetch *f) MUST_CHECK;
/*
 * Tell libcurl the addresses, so that what was checked is what is used and
 * it never asks a name server (its own resolver would block the loop). False
 * when none of them may be used.
 */
bool hop_pin(struct fetch *f, const struct resolver_answer *a) MUST_CHECK;
/* Make f->easy ready to start. */
void hop_set_up(struct fetch *f);
/* Give back what the hop used; libcurl has let go of it. */
void hop_end(struct fetch *f);

#endif
