/*
 * evcurl - libcurl's multi interface on a libevent base.
 *
 * Runs transfers that its caller has set up and tells when each is over.
 * Knows nothing of HTTP.
 */
#ifndef NET_EVCURL_H
#define NET_EVCURL_H

#include <curl/curl.h>
#include <stdint.h>

#include "base/macros.h"

struct event_base;
struct evcurl; /* opaque: one multi handle, so one connection cache */

struct evcurl_params {
	long max_connections; /* open ones, > 0 */
	long max_cached;      /* idle ones kept for reuse */
};

struct evcurl *evcurl_new(
    struct event_base *base, const struct evcurl_params *p);
/* All transfers must have ended or been stopped. */
void evcurl_free(struct evcurl *ec);

/* From the loop, never from inside a libcurl call; the transfer is over and
 * the handle is the caller's again. */
typedef void evcurl_done_cb(void *cookie, CURLcode rc);

/* Run `easy` (borrowed until it is done or stopped; CURLOPT_PRIVATE is used
 * here). -1 when libcurl refuses it. */
int evcurl_start(
    struct evcurl *ec, CURL *easy, evcurl_done_cb *cb, void *cookie) MUST_CHECK;
/* Break it off: the callback is not called. Not from a libcurl callback. */
void evcurl_stop(struct evcurl *ec, CURL *easy);

#endif
