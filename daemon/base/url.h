/*
 * url - split, resolve, canonicalise and redact URLs (RFC 3986).
 *
 * Pure. Works on what feeds contain: bytes above 0x7f are allowed and
 * percent-encoded, outer white space is dropped, nothing is ever fetched.
 */
#ifndef BASE_URL_H
#define BASE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct strbuf;

#define URL_MAX 8192 /* bytes; longer ones are refused everywhere */

struct url { /* views into the string that was split */
	const char *scheme, *userinfo, *host, *port, *path, *query, *fragment;
	size_t scheme_len, userinfo_len, host_len, port_len, path_len,
	    query_len, fragment_len;
	/* A part that is absent is NULL; path is never NULL. */
};

/* Split any URI reference. -1 when `s` has control bytes or is too long. */
int url_split(const char *s, struct url *u) MUST_CHECK;
/*
 * Append the absolute form of `ref` seen from `base` (RFC 3986, 5.2); base
 * NULL or "" or not hierarchical: `ref` as it is, trimmed. 0, or -1 when it
 * is no URL or too long (nothing is appended then).
 */
int url_resolve(
    struct strbuf *out, const char *base, const char *ref) MUST_CHECK;
/*
 * Append the form under which two feeds' links to one article are equal:
 * scheme http and https are one ("https"), host in lower case without
 * "www.", "m.", "amp." in front, default port gone, path without trailing "/"
 * and "/amp", percent-encoding normalised, fragment gone (but "#!"), query
 * sorted without tracking parameters (utm_*, at_*, fbclid, gclid, mod, cmp,
 * ref, traffic_source, ...: the table in url_canonical.c). A query key that
 * carries identity (id, v, p, story, ...) always stays. 0; -1 when it is no
 * absolute http(s) URL (nothing is appended then).
 */
int url_canonical(struct strbuf *out, const char *s) MUST_CHECK;
/* True for an absolute http or https URL with a host. */
bool url_is_http(const char *s);
/*
 * Append `s` as it may be shown: userinfo and the values of keys like token,
 * key, auth, sig, password (the tables in url_redact.c) as "***". Whatever a
 * person or another program sees of a URL that was configured goes through
 * this. True when something was hidden.
 */
bool url_redact(struct strbuf *out, const char *s);
/* A text, with each URL in it as url_redact() shows it. */
void url_redact_text(struct strbuf *out, const char *text);
/* Append scheme, host and port alone: a URL whose path is the secret. False,
 * nothing appended: it has no host. */
bool url_show_host(struct strbuf *out, const char *s);
/* Append `s` without userinfo. False, nothing appended: it has none. */
bool url_drop_user(struct strbuf *out, const char *s);
/* Lower-case host[:port] of an http(s) URL, the key of politeness. */
int url_host_key(struct strbuf *out, const char *s) MUST_CHECK;

#endif
