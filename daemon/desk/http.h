/*
 * http - metrics, health and feeds for programs of this machine.
 *
 * GET and HEAD of a fixed list of pages, by libevent's evhttp. One request a
 * connection, at most HTTP_MAX_CLIENTS connections, HTTP_DEADLINE_S each from
 * its first byte to its last. A page is named by a table or by a topic's
 * name, never by a path. Over TCP the Host must be this machine's too, so
 * that no page of the web can make a browser read here.
 *
 *   /metrics     OpenMetrics text
 *   /healthz     200, or 503 when the store cannot be written or we stop;
 *                {"state", "why", "config_error"}
 *   /readyz      200 when every gatherer is at work, else 503
 *   /feeds/TOPIC.atom, /feeds/TOPIC.json
 *                what a feed sink wrote; 304 for who has it
 */
#ifndef DESK_HTTP_H
#define DESK_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct desk;
struct evhttp_request;
struct http; /* opaque */

#define HTTP_MAX_CLIENTS 32
#define HTTP_DEADLINE_S 20

/* http_feed.c: is `path` a feed of a topic of ours? Then answer it. */
bool http_feed(struct desk *dk, struct evhttp_request *req, const char *path);
/* http.c: send `len` bytes. */
void http_reply(struct evhttp_request *req, int code, const char *reason,
    const char *type, const char *body, size_t len);

/* Listen where `listen` says (listenat.h), or on `fd` of systemd (-1 = none).
 * NULL and `why` on failure. */
struct http *http_new(struct desk *dk, const char *listen, int fd, char *why,
    size_t why_size) MUST_CHECK;
void http_free(struct http *h);

#endif
