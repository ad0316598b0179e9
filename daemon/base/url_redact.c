/* url_redact.c - URLs as they may be shown: without what lets one in. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"

#define HIDDEN "***"
#define KEY_MAX 64 /* bytes of a query key that are looked at */

/* URLs in values of URLs in values are looked at; beyond, all is hidden. */
#define NESTED_MAX 3

/* Query keys whose value lets its holder in: the whole key, or its end as in
 * feed_token, X-Amz-Signature, clientSecret. In lower case. */
static const char *const secret_keys[] = { "auth", "hash", "jwt", "key", "pass",
	"pwd", "sid", "sig" };
static const char *const secret_ends[] = { "-key", "_key", "_pass", "accesskey",
	"apikey", "authkey", "passkey", "passphrase", "passwd", "password",
	"secret", "sessid", "sessionid", "signature", "token" };

static bool redact(struct strbuf *out, const char *s, int nested);

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A key or value as a server reads it; false if it is longer than `max`. */
static bool
unescape(const char *p, size_t len, char *out, size_t max, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < len; i++) {
		char c = p[i];

		if (*n == max)
			return false;
		if (c == '%' && i + 2 < len && hex_digit(p[i + 1]) >= 0 &&
		    hex_digit(p[i + 2]) >= 0) {
			c = (char)(hex_digit(p[i + 1]) << 4 |
				   hex_digit(p[i + 2]));
			i += 2;
		}
		out[(*n)++] = c;
	}
	return true;
}

/* In lower case, without what some servers pass over around it: "+token",
 * and of auth[token] what is within. Its length. */
static size_t
read_key(const char *p, size_t len, char out[KEY_MAX])
{
	size_t n;

	if (!unescape(p, len, out, KEY_MAX, &n))
		return 0;
	for (size_t i = 0; i < n; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
	while (n > 0 && strchr("[]+ =", out[n - 1]) != NULL)
		n--;
	return n;
}

static bool
is_secret(const char *key, size_t len)
{
	char k[KEY_MAX];
	size_t n = read_key(key, len, k), w;

	for (size_t i = 0; i < ARRAY_LEN(secret_keys); i++) {
		if (strlen(secret_keys[i]) == n &&
		    memcmp(secret_keys[i], k, n) == 0)
			return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(secret_ends); i++) {
		w = strlen(secret_ends[i]);
		if (n >= w && memcmp(secret_ends[i], k + n - w, w) == 0)
			return true;
	}
	return false;
}

/* The URL of another document, as proxies and bridges of feeds take it: does
 * it hold a secret? */
static bool
holds_secret(const char *p, size_t len, int nested)
{
	struct strbuf value, shown;
	char *room = xmalloc(len + 1);
	bool holds = false;
	size_t n;

	if (unescape(p, len, room, len, &n) && memmem(room, n, "://", 3)) {
		strbuf_init(&value, n + 1);
		strbuf_init(&shown, 4 * n + 64);
		strbuf_append(&value, room, n);
		holds = nested == NESTED_MAX ||
			redact(&shown, value.data, nested + 1);
		strbuf_fini(&shown);
		strbuf_fini(&value);
	}
	free(room);
	return holds;
}

/* The values of a query or fragment. True: one was hidden. */
static bool
redact_query(struct strbuf *out, const char *p, size_t len, int nested)
{
	const char *end = p + len, *eq, *stop;
	bool hid = false;

	while (p < end) {
		for (stop = p; stop < end && *stop != '&' && *stop != ';';)
			stop++;
		eq = memchr(p, '=', (size_t)(stop - p));
		if (eq != NULL && eq + 1 < stop &&
		    (is_secret(p, (size_t)(eq - p)) ||
			holds_secret(
			    eq + 1, (size_t)(stop - eq - 1), nested))) {
			strbuf_append(out, p, (size_t)(eq - p) + 1);
			strbuf_puts(out, HIDDEN);
			hid = true;
		} else
			strbuf_append(out, p, (size_t)(stop - p));
		if (stop < end)
			strbuf_putc(out, *stop);
		p = stop + 1;
	}
	return hid;
}

/* "me" and "my" of http://me:my/password@host: no port, but its beginning. */
static bool
is_cut_user(const struct url *u)
{
	for (size_t i = 0; i < u->port_len; i++)
		if (!isdigit((unsigned char)u->port[i]))
			return memchr(u->path, '@', u->path_len) != NULL;
	return false;
}

/* What is before the @ where there is no host, as in user:password@host, of
 * which "http://" was forgotten. */
static bool
redact_path(struct strbuf *out, const struct url *u, bool bare)
{
	const char *at = bare ? memrchr(u->path, '@', u->path_len) : NULL;
	const char *from = at != NULL ? at : u->path;

	if (at != NULL)
		strbuf_puts(out, HIDDEN);
	strbuf_append(out, from, (size_t)(u->path + u->path_len - from));
	return at != NULL;
}

static bool
redact(struct strbuf *out, const char *s, int nested)
{
	bool hid = false;
	struct url u;

	if (url_split(s, &u) == -1) {
		strbuf_puts(out, "(no URL)");
		return true;
	}
	if (u.scheme != NULL) {
		strbuf_append(out, u.scheme, u.scheme_len);
		strbuf_putc(out, ':');
	}
	if (u.host != NULL && is_cut_user(&u)) {
		strbuf_puts(out, "//");
		u.host = NULL;
	} else if (u.host != NULL) {
		hid = u.userinfo != NULL;
		strbuf_puts(out, hid ? "//" HIDDEN "@" : "//");
		strbuf_append(out, u.host, (size_t)(u.path - u.host));
	}
	hid |= redact_path(out, &u, u.host == NULL);
	if (u.query != NULL) {
		strbuf_putc(out, '?');
		hid |= redact_query(out, u.query, u.query_len, nested);
	}
	if (u.fragment != NULL) {
		strbuf_putc(out, '#');
		hid |= redact_query(out, u.fragment, u.fragment_len, nested);
	}
	return hid;
}

bool
url_redact(struct strbuf *out, const char *s)
{
	return redact(out, s, 0);
}

static bool
ends_url(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f || c == '"' || c == '<' ||
	       c == '>';
}

void
url_redact_text(struct strbuf *out, const char *text)
{
	const char *p = text, *mark, *from, *end;
	struct strbuf one, shown;

	strbuf_init(&one, URL_MAX + 1);
	strbuf_init(&shown, 2 * URL_MAX);
	while ((mark = strstr(p, "://")) != NULL) {
		for (from = mark; from > p && isalnum((unsigned char)from[-1]);)
			from--;
		for (end = mark; *end != '\0' && !ends_url(*end);)
			end++;
		strbuf_reset(&one);
		strbuf_reset(&shown);
		strbuf_append(out, p, (size_t)(from - p));
		if (strbuf_append(&one, from, (size_t)(end - from)) == -1 ||
		    url_redact(&shown, one.data))
			strbuf_append(out, shown.data, shown.len);
		else
			strbuf_append(out, one.data, one.len);
		p = end;
	}
	strbuf_puts(out, p);
	strbuf_fini(&one);
	strbuf_fini(&shown);
}

bool
url_drop_user(struct strbuf *out, const char *s)
{
	struct url u;

	if (url_split(s, &u) == -1 || u.userinfo == NULL)
		return false;
	strbuf_append(out, s, (size_t)(u.userinfo - s));
	strbuf_puts(out, u.host);
	return true;
}

bool
url_show_host(struct strbuf *out, const char *s)
{
	struct url u;

	if (url_split(s, &u) == -1 || u.scheme == NULL || u.host == NULL)
		return false;
	strbuf_append(out, u.scheme, u.scheme_len);
	strbuf_puts(out, "://");
	strbuf_append(out, u.host, u.host_len);
	if (u.port_len > 0) {
		strbuf_putc(out, ':');
		strbuf_append(out, u.port, u.port_len);
	}
	return true;
}
