/* response.c - an HTTP response as it comes in. */
#include "net/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/url.h"
#include "base/xmalloc.h"

/* A body that nobody reads may be so long before we hang up. */
#define SKIP_MAX_BYTES ((uint64_t)64 * 1024)

static const struct {
	const char *name;
	size_t max;  /* bytes of the value; a longer one counts as absent */
	bool joined; /* lines of one name are one list (RFC 9110, 5.3) */
} kept[HEADER_COUNT] = {
	[HEADER_AGE] = { "Age", 64, false },
	[HEADER_CACHE_CONTROL] = { "Cache-Control", 1024, true },
	[HEADER_CONTENT_ENCODING] = { "Content-Encoding", 1024, true },
	[HEADER_CONTENT_LANGUAGE] = { "Content-Language", 256, false },
	[HEADER_CONTENT_LOCATION] = { "Content-Location", 8192, false },
	[HEADER_CONTENT_TYPE] = { "Content-Type", 1024, false },
	[HEADER_DATE] = { "Date", 256, false },
	[HEADER_ETAG] = { "ETag", 1024, false },
	[HEADER_EXPIRES] = { "Expires", 256, false },
	[HEADER_LAST_MODIFIED] = { "Last-Modified", 1024, false },
	[HEADER_LOCATION] = { "Location", 8192, false },
	[HEADER_RETRY_AFTER] = { "Retry-After", 256, false },
	[HEADER_TRANSFER_ENCODING] = { "Transfer-Encoding", 1024, true },
};

void
response_init(
    struct response *r, size_t max_header_bytes, size_t max_body_bytes)
{
	memset(r, 0, sizeof(*r));
	r->max_header_bytes = max_header_bytes;
	strbuf_init(&r->body, max_body_bytes);
}

static void
response_clear_headers(struct response *r)
{
	for (size_t i = 0; i < HEADER_COUNT; i++) {
		free(r->headers[i]);
		r->headers[i] = NULL;
	}
}

void
response_fini(struct response *r)
{
	response_clear_headers(r);
	strbuf_fini(&r->body);
}

static bool
is_ows(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* "HTTP/1.1 200 OK", "HTTP/2 200": a new head, also behind a 1xx. */
static void
response_status_line(struct response *r, const char *p, size_t len)
{
	const char *sp = memchr(p, ' ', len);

	response_clear_headers(r);
	r->status = 0;
	if (sp == NULL)
		return;
	for (size_t i = (size_t)(sp - p) + 1;
	     i < len && p[i] >= '0' && p[i] <= '9' && r->status < 1000; i++)
		r->status = r->status * 10 + (uint32_t)(p[i] - '0');
}

static void
response_keep(struct response *r, size_t i, const char *v, size_t len)
{
	char *old = r->headers[i];

	if (len > kept[i].max)
		return;
	if (old == NULL) {
		r->headers[i] = xstrndup(v, len);
	} else if (kept[i].joined && strlen(old) + len < kept[i].max) {
		r->headers[i] = xasprintf("%s, %.*s", old, (int)len, v);
		free(old);
	}
}

static void
response_field(struct response *r, const char *p, size_t len)
{
	const char *colon = memchr(p, ':', len), *v, *end = p + len;

	if (colon == NULL)
		return;
	for (v = colon + 1; v < end && is_ows(*v); v++)
		;
	while (end > v && is_ows(end[-1]))
		end--;
	if (memchr(v, '\0', (size_t)(end - v)) != NULL)
		return;
	for (size_t i = 0; i < HEADER_COUNT; i++) {
		size_t n = strlen(kept[i].name);

		if (n == (size_t)(colon - p) &&
		    strncasecmp(kept[i].name, p, n) == 0)
			response_keep(r, i, v, (size_t)(end - v));
	}
}

/*
 * One coding at most: libcurl would undo five of them, and each multiplies
 * what a small body can grow to.
 */
static bool
response_codings_fine(const struct response *r)
{
	const char *ce = r->headers[HEADER_CONTENT_ENCODING];
	const char *te = r->headers[HEADER_TRANSFER_ENCODING];

	if (ce != NULL && strchr(ce, ',') != NULL)
		return false;
	return te == NULL || strcasecmp(te, "chunked") == 0 ||
	       strcasecmp(te, "identity") == 0;
}

int
response_header_line(struct response *r, const char *p, size_t len)
{
	r->header_bytes += len;
	if (r->header_bytes > r->max_header_bytes) {
		r->fault = RESPONSE_HEADERS_TOO_LARGE;
		return -1;
	}
	if (r->head_whole)
		return 0; /* trailers are counted, not read */
	if (len > 5 && memcmp(p, "HTTP/", 5) == 0) {
		response_status_line(r, p, len);
		return 0;
	}
	if (len > 0 && p[0] != '\r' && p[0] != '\n') {
		response_field(r, p, len);
		return 0;
	}
	r->head_whole = r->status >= 200;
	if (!response_codings_fine(r)) {
		r->fault = RESPONSE_CODINGS;
		return -1;
	}
	return 0;
}

int
response_body(struct response *r, const char *p, size_t len)
{
	if (r->status < 200 || r->status > 299) {
		r->skipped_bytes += len;
		return r->skipped_bytes > SKIP_MAX_BYTES ? -1 : 0;
	}
	if (strbuf_append(&r->body, p, len) == -1) {
		r->fault = RESPONSE_BODY_TOO_LARGE;
		return -1;
	}
	return 0;
}

bool
response_is_redirect(const struct response *r)
{
	switch (r->status) {
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return r->headers[HEADER_LOCATION] != NULL;
	default:
		return false;
	}
}

bool
response_is_permanent(const struct response *r)
{
	return r->status == 301 || r->status == 308;
}

void
response_hide(char *why, size_t size)
{
	struct strbuf sb;

	strbuf_init(&sb, 4 * size);
	url_redact_text(&sb, why);
	snprintf(why, size, "%s", sb.data);
	strbuf_fini(&sb);
	for (char *p = why; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}
