/* url_canonical.c - the form under which links to one article are equal. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "base/url.h"

#define MAX_PARAMS 64 /* a query with more keeps the first ones, sorted */

/*
 * Query keys that say where a reader came from, not what he reads. Seen in
 * feeds of 300 publishers, autumn 2023, and in the documentation of the
 * counters that set them.
 */
static const char *const tracking_keys[] = { "_ga", "_gl", "abcmp", "adobe_mc",
	"af", "algtrack", "amp", "cmp", "cmpid", "dclid", "dicbo", "ecid",
	"echobox", "emc", "fbclid", "feature", "ftag", "gbraid", "gclid",
	"gclsrc", "guccounter", "icid", "igsh", "igshid",
	"ignorescrollposition", "intcid", "intcmp", "ito", "li_fat_id", "maca",
	"mbid", "mc_cid", "mc_eid", "mkt_tok", "mod", "msclkid", "ncid", "ocid",
	"outputtype", "partner", "rcid", "ref", "ref_src", "ref_url",
	"referrer", "rss", "s_cid", "sc_src", "sh", "share", "smid", "smtyp",
	"soc_src", "soc_trk", "spm", "sref", "srsltid", "taid", "tblci",
	"traffic_source", "ttclid", "twclid", "usqp", "wbraid", "wprov",
	"wt.mc_id", "wt.rss_f", "xtor", "yclid", "zanpid" };

static const char *const tracking_prefixes[] = { "at_", "gaa_", "guce_", "hsa_",
	"itm_", "mtm_", "ns_", "pk_", "piwik_", "sc_c", "stm_", "utm_", "vero_",
	"oly_", "__hs", "_hs", "ga_" };

/* Keys that track only with certain values: "source=rss", "from=twitter". */
static const char *const source_keys[] = { "src", "source", "from", "via",
	"channel", "feed", "medium", "campaign", "cid" };
static const char *const source_values[] = { "rss", "feed", "atom", "twitter",
	"facebook", "email", "newsletter", "social", "whatsapp" };

/* Host prefixes of one article's other faces. */
static const char *const host_prefixes[] = { "www.", "m.", "amp.", "mobile.",
	"rss." };

struct param {
	const char *p;
	size_t len;
};

static bool
in_list(const char *const *list, size_t n, const char *p, size_t len)
{
	for (size_t i = 0; i < n; i++) {
		if (strlen(list[i]) == len && strncasecmp(list[i], p, len) == 0)
			return true;
	}
	return false;
}

static bool
has_source_value(const char *p, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(source_values); i++) {
		size_t n = strlen(source_values[i]);

		for (size_t off = 0; off + n <= len; off++) {
			if (strncasecmp(p + off, source_values[i], n) == 0)
				return true;
		}
	}
	return false;
}

static bool
is_tracking(const char *p, size_t len)
{
	const char *eq = memchr(p, '=', len);
	size_t klen = eq != NULL ? (size_t)(eq - p) : len;

	if (in_list(tracking_keys, ARRAY_LEN(tracking_keys), p, klen))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(tracking_prefixes); i++) {
		size_t n = strlen(tracking_prefixes[i]);

		if (klen > n && strncasecmp(p, tracking_prefixes[i], n) == 0)
			return true;
	}
	return eq != NULL &&
	       in_list(source_keys, ARRAY_LEN(source_keys), p, klen) &&
	       has_source_value(eq + 1, len - klen - 1);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_unreserved(unsigned char c)
{
	return c < 0x80 &&
	       (isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~');
}

/* RFC 3986, 6.2.2: decode what need not be encoded, the rest in capitals. */
static void
put_normal(struct strbuf *out, const char *p, size_t len)
{
	static const char hex[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)p[i];
		bool coded = false;
		size_t run = 0;

		while (
		    i + run < len && is_unreserved((unsigned char)p[i + run]))
			run++;
		if (run > 0) {
			strbuf_append(out, p + i, run);
			i += run - 1;
			continue;
		}
		if (c == '%' && i + 2 < len && hex_value(p[i + 1]) >= 0 &&
		    hex_value(p[i + 2]) >= 0) {
			c = (unsigned char)(hex_value(p[i + 1]) * 16 +
					    hex_value(p[i + 2]));
			coded = true;
			i += 2;
		}
		if (is_unreserved(c) || (!coded && c > 0x20 && c < 0x7f &&
					    strchr("\"<>\\^`{|}", c) == NULL)) {
			strbuf_putc(out, (char)c);
			continue;
		}
		strbuf_putc(out, '%');
		strbuf_putc(out, hex[c >> 4]);
		strbuf_putc(out, hex[c & 15]);
	}
}

static void
put_host(struct strbuf *out, const struct url *u)
{
	const char *p = u->host;
	size_t len = u->host_len;

	while (len > 1 && p[len - 1] == '.')
		len--;
	for (size_t i = 0; i < ARRAY_LEN(host_prefixes); i++) {
		size_t n = strlen(host_prefixes[i]);

		/* What is left must still be a name: "m.co" stays. */
		if (len > n && strncasecmp(p, host_prefixes[i], n) == 0 &&
		    memchr(p + n, '.', len - n) != NULL) {
			p += n;
			len -= n;
			i = (size_t)-1; /* "www.m.": from the top */
		}
	}
	for (size_t i = 0; i < len; i++)
		strbuf_putc(out, (char)tolower((unsigned char)p[i]));
	if (u->port_len > 0 &&
	    !(u->port_len == 2 && memcmp(u->port, "80", 2) == 0) &&
	    !(u->port_len == 3 && memcmp(u->port, "443", 3) == 0)) {
		strbuf_putc(out, ':');
		strbuf_append(out, u->port, u->port_len);
	}
}

static bool
ends_with(const struct strbuf *sb, size_t start, const char *tail)
{
	size_t n = strlen(tail);

	return sb->len >= start + n &&
	       memcmp(sb->data + sb->len - n, tail, n) == 0;
}

static void
put_path(struct strbuf *out, const char *p, size_t len)
{
	size_t start = out->len;

	put_normal(out, p, len);
	for (;;) {
		if (ends_with(out, start, "/"))
			strbuf_trunc(out, out->len - 1);
		else if (ends_with(out, start, "/amp"))
			strbuf_trunc(out, out->len - 4);
		else
			break;
	}
}

static int
param_cmp(const void *va, const void *vb)
{
	const struct param *a = va, *b = vb;
	int c = memcmp(a->p, b->p, MIN(a->len, b->len));

	if (c != 0)
		return c;
	return a->len < b->len ? -1 : a->len > b->len;
}

static void
put_query(struct strbuf *out, const char *query, size_t len)
{
	struct strbuf normal;
	const char *p, *end;
	struct param v[MAX_PARAMS];
	size_t n = 0;

	/* Before sorting: what is sorted must be what is written. */
	strbuf_init(&normal, 3 * URL_MAX);
	put_normal(&normal, query, len);
	p = normal.data;
	end = p + normal.len;
	while (p < end && n < MAX_PARAMS) {
		const char *amp = memchr(p, '&', (size_t)(end - p));

		if (amp == NULL)
			amp = end;
		/* "&amp;" that was escaped once too often. */
		while (amp - p > 4 && strncmp(p, "amp;", 4) == 0)
			p += 4;
		if (amp > p && !is_tracking(p, (size_t)(amp - p)))
			v[n++] = (struct param){ p, (size_t)(amp - p) };
		p = amp + 1;
	}
	qsort(v, n, sizeof(v[0]), param_cmp);
	for (size_t i = 0; i < n; i++) {
		strbuf_putc(out, i == 0 ? '?' : '&');
		strbuf_append(out, v[i].p, v[i].len);
	}
	strbuf_fini(&normal);
}

/* Does it need resolving first: broken over lines, or with dot segments? */
static bool
is_untidy(const char *s)
{
	return strpbrk(s, "\t\r\n") != NULL || strstr(s, "/.") != NULL;
}

/* A port that is no number leads nowhere, so it names nothing. */
static bool
has_port_number(const struct url *u)
{
	for (size_t i = 0; i < u->port_len; i++) {
		if (u->port[i] < '0' || u->port[i] > '9')
			return false;
	}
	return true;
}

int
url_canonical(struct strbuf *out, const char *s)
{
	struct strbuf abs, res;
	struct url u;
	int rv = -1;

	strbuf_init(&abs, URL_MAX);
	strbuf_init(&res, URL_MAX);
	if (is_untidy(s)) {
		if (url_resolve(&abs, NULL, s) == -1)
			goto out;
		s = abs.data;
	}
	if (!url_is_http(s) || url_split(s, &u) == -1 || !has_port_number(&u))
		goto out;
	strbuf_puts(&res, "https://");
	put_host(&res, &u);
	put_path(&res, u.path, u.path_len);
	if (u.query != NULL)
		put_query(&res, u.query, u.query_len);
	if (u.fragment_len > 0 && u.fragment[0] == '!') {
		strbuf_putc(&res, '#');
		put_normal(&res, u.fragment, u.fragment_len);
	}
	if (!strbuf_over(&res))
		rv = strbuf_append(out, res.data, res.len);
out:
	strbuf_fini(&abs);
	strbuf_fini(&res);
	return rv;
}
