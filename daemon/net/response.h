/*
 * response - an HTTP response as it comes in: its limits, the headers we
 * keep, its body.
 *
 * Pure; fed by libcurl's callbacks, or by a test.
 */
#ifndef NET_RESPONSE_H
#define NET_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/strbuf.h"

/* Headers that are kept. */
enum response_header {
	HEADER_AGE,
	HEADER_CACHE_CONTROL,
	HEADER_CONTENT_ENCODING,
	HEADER_CONTENT_LANGUAGE,
	HEADER_CONTENT_LOCATION,
	HEADER_CONTENT_TYPE,
	HEADER_DATE,
	HEADER_ETAG,
	HEADER_EXPIRES,
	HEADER_LAST_MODIFIED,
	HEADER_LOCATION,
	HEADER_RETRY_AFTER,
	HEADER_TRANSFER_ENCODING,
	HEADER_COUNT
};

enum response_fault {
	RESPONSE_FINE,
	RESPONSE_HEADERS_TOO_LARGE,
	RESPONSE_BODY_TOO_LARGE,
	RESPONSE_CODINGS, /* codings that we did not ask for */
};

struct response {
	uint32_t status; /* of the last status line; 0 = none yet */
	bool head_whole; /* the final head has ended: the rest is body and
			     trailers */
	size_t header_bytes, max_header_bytes; /* 1xx and trailers count */
	char *headers[HEADER_COUNT]; /* trimmed values; NULL = absent */
	struct strbuf body;          /* decoded */
	uint64_t skipped_bytes;      /* body of a status that needs none */
	enum response_fault fault;
};

void response_init(
    struct response *r, size_t max_header_bytes, size_t max_body_bytes);
void response_fini(struct response *r);

/* One line of a head or trailer with its line end. 0, or -1 with r->fault. */
int response_header_line(
    struct response *r, const char *p, size_t len) MUST_CHECK;
/*
 * Bytes of the body. 0, or -1: with r->fault, or because nobody needs more of
 * it (a redirect's or an error's) and fault stays RESPONSE_FINE.
 */
int response_body(struct response *r, const char *p, size_t len) MUST_CHECK;

/* 301, 302, 303, 307 or 308 with a Location. */
bool response_is_redirect(const struct response *r);
bool response_is_permanent(const struct response *r); /* 301, 308 */

/* Make a reason fit to be told, in its place: printable ASCII only, for
 * certificates and bodies are quoted, and no secrets in URLs. */
void response_hide(char *why, size_t size);

#endif
