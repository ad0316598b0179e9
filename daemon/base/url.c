/* url.c - split and resolve URLs (RFC 3986). */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "base/url.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool
is_scheme_char(char c)
{
	return isalnum((unsigned char)c) || c == '+' || c == '-' || c == '.';
}

/* Narrow [*p, *end) to what stands between outer white space. */
static void
trim(const char **p, const char **end)
{
	while (*p < *end && is_blank(**p))
		(*p)++;
	while (*end > *p && is_blank((*end)[-1]))
		(*end)--;
}

/* userinfo@host:port; an IPv6 address keeps its brackets. */
static void
split_authority(struct url *u, const char *p, const char *end)
{
	const char *at = memrchr(p, '@', (size_t)(end - p));
	const char *colon;

	if (at != NULL) {
		u->userinfo = p;
		u->userinfo_len = (size_t)(at - p);
		p = at + 1;
	}
	colon = memrchr(p, ':', (size_t)(end - p));
	if (colon != NULL &&
	    memchr(colon, ']', (size_t)(end - colon)) == NULL) {
		u->port = colon + 1;
		u->port_len = (size_t)(end - u->port);
		end = colon;
	}
	u->host = p;
	u->host_len = (size_t)(end - p);
}

static const char *
split_scheme(struct url *u, const char *p, const char *end)
{
	const char *q = p;

	if (p == end || !isalpha((unsigned char)*p))
		return p;
	while (q < end && is_scheme_char(*q))
		q++;
	if (q == end || *q != ':')
		return p;
	u->scheme = p;
	u->scheme_len = (size_t)(q - p);
	return q + 1;
}

static int
split_range(const char *p, const char *end, struct url *u)
{
	const char *q;

	memset(u, 0, sizeof(*u));
	trim(&p, &end);
	if (end - p > URL_MAX)
		return -1;
	for (q = p; q < end; q++) {
		if ((unsigned char)*q < 0x20 || *q == 0x7f)
			return -1;
	}
	p = split_scheme(u, p, end);
	if ((q = memchr(p, '#', (size_t)(end - p))) != NULL) {
		u->fragment = q + 1;
		u->fragment_len = (size_t)(end - u->fragment);
		end = q;
	}
	if ((q = memchr(p, '?', (size_t)(end - p))) != NULL) {
		u->query = q + 1;
		u->query_len = (size_t)(end - u->query);
		end = q;
	}
	if (end - p >= 2 && p[0] == '/' && p[1] == '/') {
		p += 2;
		if ((q = memchr(p, '/', (size_t)(end - p))) == NULL)
			q = end;
		split_authority(u, p, q);
		p = q;
	}
	u->path = p;
	u->path_len = (size_t)(end - p);
	return 0;
}

int
url_split(const char *s, struct url *u)
{
	return split_range(s, s + strlen(s), u);
}

/* --- resolving (RFC 3986, 5.2) --- */

/* Append p with what may not stand in a URL as %XX; "%" stays as it is. */
static void
put_quoted(struct strbuf *out, const char *p, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c > 0x20 && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL)
			continue;
		strbuf_append(out, p + from, i - from);
		from = i + 1;
		strbuf_putc(out, '%');
		strbuf_putc(out, hex[c >> 4]);
		strbuf_putc(out, hex[c & 15]);
	}
	strbuf_append(out, p + from, len - from);
}

/* RFC 3986, 5.2.4, in place behind `start`; the path begins with "/". */
static void
remove_dot_segments(struct strbuf *out, size_t start)
{
	char *const base = out->data + start;
	const char *p = base;
	char *w = base;

	while (*p != '\0') {
		const char *next = strchrnul(p + 1, '/');
		size_t len = (size_t)(next - p); /* with its leading "/" */
		bool one = len == 2 && p[1] == '.';
		bool two = len == 3 && p[1] == '.' && p[2] == '.';

		if (two) {
			while (w > base && *--w != '/')
				;
		}
		if (!one && !two) {
			memmove(w, p, len);
			w += len;
		} else if (*next == '\0')
			*w++ = '/';
		p = next;
	}
	strbuf_trunc(out, (size_t)(w - out->data));
}

static void
put_path(struct strbuf *out, const struct url *base, const struct url *ref)
{
	size_t start = out->len;

	if (ref->path_len > 0 && ref->path[0] != '/') {
		/* Merge: the base's path up to its last "/". */
		const char *slash = memrchr(base->path, '/', base->path_len);

		if (slash == NULL)
			strbuf_putc(out, '/');
		else
			put_quoted(
			    out, base->path, (size_t)(slash - base->path) + 1);
	}
	put_quoted(out, ref->path, ref->path_len);
	if (out->len > start && out->data[start] == '/')
		remove_dot_segments(out, start);
}

static void
put_authority(struct strbuf *out, const struct url *u)
{
	strbuf_puts(out, "//");
	if (u->userinfo != NULL) {
		put_quoted(out, u->userinfo, u->userinfo_len);
		strbuf_putc(out, '@');
	}
	/* A host with bytes above 0x7f is an IDN: the fetcher encodes it. */
	strbuf_append(out, u->host, u->host_len);
	if (u->port_len > 0) {
		strbuf_putc(out, ':');
		strbuf_append(out, u->port, u->port_len);
	}
}

/* The steps of RFC 3986, 5.2.2 and 5.3. */
static void
put_resolved(struct strbuf *out, const struct url *base, const struct url *ref)
{
	const struct url *top = ref->scheme != NULL ? ref : base;
	const struct url *auth =
	    ref->scheme != NULL || ref->host != NULL ? ref : base;
	const struct url *q;

	for (size_t i = 0; i < top->scheme_len; i++)
		strbuf_putc(out, (char)tolower((unsigned char)top->scheme[i]));
	strbuf_putc(out, ':');
	if (auth->host != NULL)
		put_authority(out, auth);
	if (auth == ref) {
		size_t start = out->len;

		put_quoted(out, ref->path, ref->path_len);
		if (ref->host != NULL && ref->path_len > 0)
			remove_dot_segments(out, start);
	} else if (ref->path_len == 0)
		put_quoted(out, base->path, base->path_len);
	else
		put_path(out, base, ref);
	q = ref->query == NULL && ref->path_len == 0 && auth != ref ? base
								    : ref;
	if (q->query != NULL) {
		strbuf_putc(out, '?');
		put_quoted(out, q->query, q->query_len);
	}
	if (ref->fragment != NULL) {
		strbuf_putc(out, '#');
		put_quoted(out, ref->fragment, ref->fragment_len);
	}
}

/* What may be the base of a relative reference. */
static bool
is_hierarchical(const struct url *u)
{
	return u->scheme != NULL &&
	       (u->host != NULL || (u->path_len > 0 && u->path[0] == '/'));
}

/* Links broken over lines are common: tab, CR and LF inside go away. */
static char *
unbreak(struct strbuf *tmp, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s != '\t' && *s != '\r' && *s != '\n')
			strbuf_putc(tmp, *s);
	}
	return tmp->data;
}

int
url_resolve(struct strbuf *out, const char *base, const char *ref)
{
	struct strbuf tmp, res;
	struct url b, r;
	int rv = -1;

	strbuf_init(&tmp, URL_MAX + 64);
	strbuf_init(&res, URL_MAX);
	ref = unbreak(&tmp, ref);
	if (strbuf_over(&tmp) || url_split(ref, &r) == -1)
		goto out;
	if (r.scheme != NULL && !is_hierarchical(&r)) {
		/* mailto:, urn:, tag:, data: have nothing to resolve. */
		const char *end = tmp.data + tmp.len;

		trim(&ref, &end);
		strbuf_append(&res, ref, (size_t)(end - ref));
	} else if (r.scheme != NULL)
		put_resolved(&res, &r, &r);
	else if (base != NULL && url_split(base, &b) == 0 &&
		 is_hierarchical(&b))
		put_resolved(&res, &b, &r);
	else {
		const char *end = tmp.data + tmp.len;

		trim(&ref, &end);
		strbuf_append(&res, ref, (size_t)(end - ref));
	}
	if (!strbuf_over(&res))
		rv = strbuf_append(out, res.data, res.len);
out:
	strbuf_fini(&tmp);
	strbuf_fini(&res);
	return rv;
}

/* --- small questions --- */

static bool
scheme_is(const struct url *u, const char *name)
{
	return u->scheme_len == strlen(name) &&
	       strncasecmp(u->scheme, name, u->scheme_len) == 0;
}

/* A name without brackets, or an address in them (RFC 3986, 3.2.2). */
static bool
host_is_sane(const struct url *u)
{
	size_t len = u->host_len;

	if (len > 2 && u->host[0] == '[' && u->host[len - 1] == ']') {
		for (size_t i = 1; i < len - 1; i++)
			/* A zone may follow the address (RFC 6874). */
			if (!isalnum((unsigned char)u->host[i]) &&
			    strchr(":.%-_~", u->host[i]) == NULL)
				return false;
		return true;
	}
	return len > 0 && memchr(u->host, ':', len) == NULL &&
	       memchr(u->host, '[', len) == NULL &&
	       memchr(u->host, ']', len) == NULL;
}

/* None, an empty one (RFC 3986, 3.2.3), or 1 to 65535. */
static bool
port_is_sane(const struct url *u)
{
	uint32_t port = 0;

	for (size_t i = 0; i < u->port_len; i++) {
		if (!isdigit((unsigned char)u->port[i]))
			return false;
		port = port * 10 + (uint32_t)(u->port[i] - '0');
		if (port > 65535)
			return false;
	}
	return u->port_len == 0 || port > 0;
}

bool
url_is_http(const char *s)
{
	struct url u;

	return url_split(s, &u) == 0 && u.scheme != NULL && host_is_sane(&u) &&
	       port_is_sane(&u) &&
	       (scheme_is(&u, "http") || scheme_is(&u, "https"));
}

int
url_host_key(struct strbuf *out, const char *s)
{
	struct url u;

	if (!url_is_http(s) || url_split(s, &u) == -1)
		return -1;
	for (size_t i = 0; i < u.host_len; i++)
		strbuf_putc(out, (char)tolower((unsigned char)u.host[i]));
	if (u.port_len > 0 &&
	    !(u.port_len == 2 && memcmp(u.port, "80", 2) == 0 &&
		scheme_is(&u, "http")) &&
	    !(u.port_len == 3 && memcmp(u.port, "443", 3) == 0 &&
		scheme_is(&u, "https"))) {
		strbuf_putc(out, ':');
		strbuf_append(out, u.port, u.port_len);
	}
	return strbuf_over(out) ? -1 : 0;
}
