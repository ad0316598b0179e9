/* webhook.c - each frame posted by HTTP, signed, in order. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/delivery.h"
#include "base/fsutil.h"
#include "base/hash.h"
#include "base/hmac.h"
#include "base/log.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "item/item.h"
#include "sink/courier.h"
#include "sink/gist.h"
#include "sink/secret.h"

#define HEADERS_MAX 64
#define MESSAGE_MAX 600 /* bytes of text in a push */

struct webhook {
	const struct sink_context *sc;
	struct courier *courier;
	const struct config_webhook *config; /* the courier's */
	struct delivery_flight *flight;
	struct strbuf body;
	char *url;                  /* that is posted to */
	char *topic;                /* ntfy's, or NULL */
	char *headers[HEADERS_MAX]; /* of the request under way */
	size_t nheaders;
};

/*
 * Statuses that are about this one request (RFC 9110, 15.5). Others of 4xx
 * are about the address, the key or the moment: nobody else's record would
 * fare better, so they are trouble, not a refusal.
 */
static bool
refuses_record(uint32_t status)
{
	static const uint32_t them[] = { 400, 406, 411, 412, 413, 414, 415, 416,
		417, 422, 431 };

	for (size_t i = 0; i < ARRAY_LEN(them); i++)
		if (them[i] == status)
			return true;
	return false;
}

static void
drop_headers(struct webhook *w)
{
	while (w->nheaders > 0)
		free(w->headers[--w->nheaders]);
	w->headers[0] = NULL;
}

static void
done_cb(void *cookie, const struct delivery_answer *a)
{
	struct webhook *w = cookie;

	w->flight = NULL;
	drop_headers(w);
	if (a->good)
		courier_done(w->courier, COURIER_TAKEN, 0, a->why);
	else
		courier_done(w->courier,
		    refuses_record(a->status) ? COURIER_REFUSED
					      : COURIER_TROUBLE,
		    a->retry_after_s, a->why);
}

static void
add_header(struct webhook *w, char *line)
{
	if (w->nheaders + 1 < HEADERS_MAX) {
		w->headers[w->nheaders++] = line;
		w->headers[w->nheaders] = NULL;
	} else
		free(line);
}

/* The lines of headers_file. */
static int
add_secret_headers(struct webhook *w, char *why, size_t size)
{
	struct strbuf text;
	char *save, *line;

	strbuf_init(&text, SECRET_MAX);
	if (secret_read(w->config->headers_file, &text, why, size) == -1) {
		strbuf_fini(&text);
		return -1;
	}
	for (line = strtok_r(text.data, "\r\n", &save); line != NULL;
	     line = strtok_r(NULL, "\r\n", &save))
		if (strchr(line, ':') != NULL && line[0] != '#')
			add_header(w, xstrdup(line));
	secret_wipe(&text);
	return 0;
}

static int
sign(struct webhook *w, char *why, size_t size)
{
	char hex[SHA256_HEX];
	struct strbuf key;

	strbuf_init(&key, SECRET_MAX);
	if (secret_read(w->config->secret_file, &key, why, size) == -1) {
		strbuf_fini(&key);
		return -1;
	}
	hmac_sha256_hex(key.data, key.len, w->body.data, w->body.len, hex);
	secret_wipe(&key);
	add_header(w, xasprintf("X-Wiresift-Signature: sha256=%s", hex));
	return 0;
}

static int
make_headers(struct webhook *w, const struct letter *l, char *why, size_t size)
{
	const struct config_webhook *c = w->config;

	add_header(
	    w, xasprintf("Content-Type: application/%s",
		   c->batch > 1 && c->batch_form == BATCH_NDJSON ? "x-ndjson"
								 : "json"));
	if (c->batch > 1 && l->n > 0) /* its last, and what is in it */
		add_header(w, xasprintf("Idempotency-Key: %s-%zu-%016" PRIx64,
				  l->cursor, l->n,
				  hash_bytes(&hash_key_fixed, l->frame.data,
				      l->frame.len)));
	else
		add_header(w, xasprintf("Idempotency-Key: %s%s", l->cursor,
				  l->at_ms == 0 ? "-gap" : ""));
	for (size_t i = 0; i < c->nheaders; i++)
		add_header(w, xstrdup(c->headers[i]));
	if (c->headers_file != NULL && add_secret_headers(w, why, size) == -1)
		return -1;
	return c->secret_file != NULL ? sign(w, why, size) : 0;
}

/* What ntfy wants: one JSON object with the name of its topic in it. */
static json_t *
ntfy_body(const struct webhook *w, const struct gist *g, const char *message,
    const char *tags)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:[]}", "topic", w->topic,
	    "title", g->title.data, "message", message, "priority",
	    g->urgent  ? 5
	    : g->about ? 3
		       : 2,
	    "tags");
	struct strbuf sb;
	char *save, *tag;

	if (g->url != NULL)
		json_object_set_new(o, "click", json_string(g->url));
	strbuf_init(&sb, 4096);
	strbuf_puts(&sb, tags);
	for (tag = strtok_r(sb.data, ",", &save); tag != NULL;
	     tag = strtok_r(NULL, ",", &save))
		json_array_append_new(
		    json_object_get(o, "tags"), json_string(tag));
	strbuf_fini(&sb);
	return o;
}

static json_t *
apprise_body(const struct gist *g, const char *message)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "title", g->title.data, "body",
	    message, "type", g->urgent ? "warning" : "info", "format", "text");
}

/* One frame as it is; with batches, an array or lines. */
static void
put_frames(struct webhook *w, const struct letter *l)
{
	const struct config_webhook *c = w->config;
	bool array = c->batch > 1 && c->batch_form == BATCH_ARRAY;

	if (array)
		strbuf_putc(&w->body, '[');
	strbuf_append(&w->body, l->frame.data, l->frame.len);
	for (size_t i = 0; array && i < w->body.len; i++)
		if (w->body.data[i] == '\n') /* none is inside a frame */
			w->body.data[i] = ',';
	if (c->batch > 1)
		strbuf_putc(&w->body, array ? ']' : '\n');
}

/* The body: the frame, or a short form of it. False: nothing to be sent. */
static bool
make_body(struct webhook *w, const struct letter *l)
{
	const struct config_webhook *c = w->config;
	struct strbuf message, tags;
	struct gist g;
	json_t *o;

	strbuf_reset(&w->body);
	if (c->form == TEMPLATE_NONE) {
		put_frames(w, l);
		return true;
	}
	if (!gist_init(&g, l->frame.data, l->frame.len))
		return false;
	strbuf_init(&message, 8192);
	strbuf_init(&tags, 4096);
	if (g.source != NULL)
		strbuf_printf(&message, "%s: ", g.source);
	gist_text(&g, MESSAGE_MAX, &message);
	if (g.url != NULL && c->form == TEMPLATE_APPRISE)
		strbuf_printf(&message, "\n%s", g.url);
	if (message.len == 0)
		strbuf_puts(&message, g.title.data);
	gist_topics(&g, ",", &tags);
	o = c->form == TEMPLATE_NTFY ? ntfy_body(w, &g, message.data, tags.data)
				     : apprise_body(&g, message.data);
	if (o != NULL)
		(void)item_json_line(&w->body, o);
	json_decref(o);
	strbuf_fini(&message);
	strbuf_fini(&tags);
	gist_fini(&g);
	return w->body.len > 0;
}

static void
webhook_send(void *self, const struct letter *l)
{
	struct webhook *w = self;
	struct delivery d = { .url = w->url,
		.allow_private = w->config->allow_private,
		.timeout_ms = w->config->timeout_s * 1000,
		.headers = (const char *const *)w->headers };
	char why[200] = "";

	if (!make_body(w, l)) {
		courier_done(
		    w->courier, COURIER_REFUSED, 0, "the frame has no gist");
		return;
	}
	if (make_headers(w, l, why, sizeof(why)) == -1) {
		drop_headers(w);
		courier_done(w->courier, COURIER_TROUBLE, 0, why);
		return;
	}
	d.body = w->body.data;
	d.len = w->body.len;
	w->flight =
	    w->sc->net->start(w->sc->net_cookie(w->sc->cookie), &d, done_cb, w);
}

static void
webhook_cancel(void *self)
{
	struct webhook *w = self;

	w->sc->net->cancel(w->flight);
	w->flight = NULL;
	drop_headers(w);
}

/* ntfy takes JSON at its root only: the topic moves from URL to body. */
static void
webhook_reload(void *self, const struct config_sink *c)
{
	struct webhook *w = self;
	struct url u;
	const char *end, *p;

	w->config = &c->webhook;
	free(w->url);
	free(w->topic);
	w->url = xstrdup(c->webhook.url);
	w->topic = NULL;
	if (c->webhook.form != TEMPLATE_NTFY || url_split(w->url, &u) == -1)
		return;
	end = u.path + u.path_len;
	for (p = end; p > u.path && p[-1] != '/'; p--)
		continue;
	w->topic = xstrndup(p, (size_t)(end - p));
	w->url[p - w->url] = '\0';
}

static void
webhook_status(void *self, json_t *o)
{
	struct webhook *w = self;
	struct strbuf sb;

	/* The path is the secret of many services. */
	strbuf_init(&sb, URL_MAX);
	if (url_show_host(&sb, w->config->url))
		json_object_set_new(o, "path", json_string(sb.data));
	strbuf_fini(&sb);
}

static void
webhook_free(void *self, bool shutdown)
{
	struct webhook *w = self;

	(void)shutdown;
	drop_headers(w);
	strbuf_fini(&w->body);
	free(w->url);
	free(w->topic);
	free(w);
}

static const struct courier_ops webhook_ops = {
	.kind = "webhook",
	.batches = true,
	.save_ms = 200,
	.send = webhook_send,
	.cancel = webhook_cancel,
	.reload = webhook_reload,
	.status = webhook_status,
	.free = webhook_free,
};

/* A secret that cannot be read is better told at once. */
static int
check_secrets(const struct config_webhook *c, char *why, size_t size)
{
	if (c->secret_file != NULL && secret_check(c->secret_file, why, size))
		return -1;
	return c->headers_file != NULL &&
		       secret_check(c->headers_file, why, size)
		   ? -1
		   : 0;
}

struct sink *
sink_webhook_new(const struct sink_context *sc, const struct config_sink *c,
    char *why, size_t why_size)
{
	struct webhook *w;
	struct sink *s;

	if (check_secrets(&c->webhook, why, why_size) == -1)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->sc = sc;
	strbuf_init(&w->body, 2 * RECORD_MAX_BYTES + 4096);
	s = courier_new(sc, c, &webhook_ops, w, why, why_size);
	if (s == NULL)
		webhook_free(w, false);
	else
		w->courier = courier_of(s);
	return s;
}
