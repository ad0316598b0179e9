/* hop.c - one request of a fetch. */
#include "net/hop.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/url.h"
#include "base/xmalloc.h"
#include "net/fetch_easy.h"
#include "net/pin.h"

#define LARGE_BYTES ((size_t)1 << 20)
#define ACCEPT                                                                 \
	"Accept: application/atom+xml, application/rss+xml, "                  \
	"application/rdf+xml;q=0.9, application/feed+json, "                   \
	"application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"

/* CURLOPT_OPENSOCKETFUNCTION: the last look at an address before it is used,
 * in every hop and every try. */
static curl_socket_t
hop_socket_cb(void *cookie, curlsocktype purpose, struct curl_sockaddr *addr)
{
	struct fetch *f = cookie;

	return pin_socket(purpose, addr, f->allow_private, &f->blocked);
}

static size_t
hop_header_cb(char *p, size_t size, size_t n, void *cookie)
{
	struct fetch *f = cookie;

	return response_header_line(&f->rsp, p, size * n) == 0 ? size * n : 0;
}

/* May this body grow past LARGE_BYTES? */
static bool
hop_may_be_large(struct fetch *f)
{
	struct fetcher *fr = f->fetcher;

	if (f->large)
		return true;
	if (fr->large >= fr->p.max_large) {
		f->crowded = true;
		return false;
	}
	fr->large++;
	f->large = true;
	return true;
}

static size_t
hop_body_cb(char *p, size_t size, size_t n, void *cookie)
{
	struct fetch *f = cookie;
	size_t len = size * n;

	if (f->rsp.body.len + len > LARGE_BYTES && !hop_may_be_large(f))
		return 0;
	return response_body(&f->rsp, p, len) == 0 ? len : 0;
}

/* Counts what the decoders have not seen: a body that decodes to nothing. */
static int
hop_progress_cb(void *cookie, curl_off_t total, curl_off_t now,
    curl_off_t up_total, curl_off_t up_now)
{
	struct fetch *f = cookie;

	(void)total;
	(void)up_total;
	(void)up_now;
	f->wire_over = (uint64_t)now > f->fetcher->p.max_body_bytes;
	return f->wire_over ? 1 : 0;
}

static CURL *
hop_easy(struct fetch *f)
{
	struct fetcher *fr = f->fetcher;
	CURL *easy = fr->npool > 0 ? fr->pool[--fr->npool] : curl_easy_init();

	if (easy == NULL)
		abort();
	f->errbuf[0] = '\0';
	fetch_easy_limits(easy, &fr->p);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->errbuf);
	curl_easy_setopt(easy, CURLOPT_CURLU, f->curlu);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, hop_socket_cb);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, hop_header_cb);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, hop_body_cb);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, hop_progress_cb);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, f);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	f->share = curl_share_init();
	curl_share_setopt(f->share, CURLSHOPT_SHARE, (int)CURL_LOCK_DATA_DNS);
	curl_easy_setopt(easy, CURLOPT_SHARE, f->share);
	return easy;
}

static void
hop_add_header(struct fetch *f, const char *name, const char *value)
{
	char *line = xasprintf("%s: %s", name, value);

	f->headers = curl_slist_append(f->headers, line);
	free(line);
}

/* Validators go to the URL that gave them and nowhere else. */
static void
hop_set_headers(struct fetch *f)
{
	f->headers = curl_slist_append(NULL, ACCEPT);
	f->conditional = f->validators_url != NULL &&
			 strcmp(f->url, f->validators_url) == 0 &&
			 (f->etag != NULL || f->last_modified != NULL);
	if (f->conditional && f->etag != NULL) {
		hop_add_header(f, "If-None-Match", f->etag);
		/* Only what is new is enough (RFC 3229). */
		hop_add_header(f, "A-IM", "feed");
	}
	if (f->conditional && f->last_modified != NULL)
		hop_add_header(f, "If-Modified-Since", f->last_modified);
	curl_easy_setopt(f->easy, CURLOPT_HTTPHEADER, f->headers);
}

bool
hop_pin(struct fetch *f, const struct resolver_answer *a)
{
	size_t n;

	f->pins = pin_addresses(f->host, f->port, a, f->allow_private, &n);
	return n > 0;
}

void
hop_set_up(struct fetch *f)
{
	f->easy = hop_easy(f);
	hop_set_headers(f);
	curl_easy_setopt(f->easy, CURLOPT_RESOLVE, f->pins);
}

void
hop_end(struct fetch *f)
{
	struct fetcher *fr = f->fetcher;

	if (f->easy != NULL) {
		curl_easy_reset(f->easy);
		/* The share must not outlive its last user. */
		curl_easy_setopt(f->easy, CURLOPT_SHARE, NULL);
		if (fr->npool < FETCHER_POOL_MAX)
			fr->pool[fr->npool++] = f->easy;
		else
			curl_easy_cleanup(f->easy);
	}
	f->easy = NULL;
	if (f->share != NULL)
		(void)curl_share_cleanup(f->share);
	f->share = NULL;
	curl_slist_free_all(f->headers);
	curl_slist_free_all(f->pins);
	f->headers = f->pins = NULL;
	curl_url_cleanup(f->curlu);
	f->curlu = NULL;
}

/* libcurl's own reading of the URL is the one that counts: nobody then sees
 * another host in it than we have checked. */
bool
hop_parse_url(struct fetch *f)
{
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool fine;

	f->curlu = curl_url();
	fine =
	    curl_url_set(f->curlu, CURLUPART_URL, f->url, CURLU_URLENCODE) ==
		CURLUE_OK &&
	    curl_url_get(f->curlu, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(f->curlu, CURLUPART_HOST, &host, CURLU_PUNYCODE) ==
		CURLUE_OK &&
	    curl_url_get(f->curlu, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
		CURLUE_OK &&
	    url_is_http(f->url) && strchr(host, '%') == NULL;
	if (fine) {
		size_t len = strlen(host);

		f->https = strcasecmp(scheme, "https") == 0;
		f->port = (uint16_t)strtoul(port, NULL, 10);
		free(f->host);
		f->host = host[0] == '[' ? xstrndup(host + 1, len - 2)
					 : xstrdup(host);
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return fine;
}
