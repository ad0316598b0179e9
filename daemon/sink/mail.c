/* mail.c - each match is a mail, sent by SMTP, in order. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/delivery.h"
#include "base/url.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "sink/courier.h"
#include "sink/gist.h"
#include "sink/mime.h"
#include "sink/secret.h"

#define MAIL_MAX ((size_t)256 << 10)
#define TEXT_MAX ((size_t)4000) /* bytes of the article */

struct mail {
	const struct sink_context *sc;
	struct courier *courier;
	const struct config_mail *config; /* the courier's */
	struct delivery_flight *flight;
	struct strbuf message, text, password;
};

static void
done_cb(void *cookie, const struct delivery_answer *a)
{
	struct mail *m = cookie;
	bool refused = a->status >= 500 && a->status <= 599 && !a->login;
	char why[256];

	m->flight = NULL;
	secret_wipe(&m->password);
	if (a->good) {
		courier_done(m->courier, COURIER_TAKEN, 0, "");
		return;
	}
	if (a->status > 0)
		snprintf(why, sizeof(why), "status %u: %s", a->status, a->why);
	else
		snprintf(why, sizeof(why), "%s", a->why);
	courier_done(
	    m->courier, refused ? COURIER_REFUSED : COURIER_TROUBLE, 0, why);
}

/* Stable, so that a mail that comes again can be seen to. */
static void
put_message_id(struct mail *m, const struct letter *l)
{
	const char *name = courier_name(m->courier);

	strbuf_printf(&m->message, "Message-ID: <%s%.*s.%s.",
	    l->at_ms == 0 ? "gap." : "", (int)strcspn(l->cursor, ":"),
	    l->cursor, strchr(l->cursor, ':') + 1);
	for (; *name != '\0'; name++)
		strbuf_putc(&m->message,
		    isalnum((unsigned char)*name) || *name == '-' ? *name
								  : '_');
	strbuf_printf(
	    &m->message, "@%s>\r\n", strrchr(m->config->from, '@') + 1);
}

static void
put_headers(struct mail *m, const struct letter *l, const struct gist *g)
{
	const struct config_mail *c = m->config;
	struct strbuf *out = &m->message, sb;
	const char *story = gist_own(g, "story");

	strbuf_init(&sb, 16384);
	strbuf_printf(out, "From: <%s>\r\nTo: ", c->from);
	for (size_t i = 0; i < c->nto; i++)
		strbuf_printf(out, "%s<%s>", i > 0 ? ",\r\n " : "", c->to[i]);
	strbuf_puts(out, "\r\n");
	if (c->subject != NULL)
		strbuf_printf(&sb, "%s ", c->subject);
	strbuf_append(&sb, g->title.data, g->title.len);
	mime_header(out, "Subject", sb.data);
	mime_date(out, l->at_ms > 0 ? l->at_ms / 1000 : clock_wall());
	put_message_id(m, l);
	/* Mail programs then show a story as one thread. */
	if (story != NULL && strspn(story, "abcdefghijklmnopqrstuvwxyz"
					   "0123456789-") == strlen(story))
		strbuf_printf(out, "References: <story.%.100s@%s>\r\n", story,
		    strrchr(c->from, '@') + 1);
	strbuf_reset(&sb);
	gist_topics(g, ", ", &sb);
	if (sb.len > 0)
		mime_header(out, "X-Wiresift-Topics", sb.data);
	strbuf_printf(out,
	    "X-Wiresift-Cursor: %s\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
	    l->cursor);
	strbuf_fini(&sb);
}

static void
put_line(struct strbuf *out, const char *label, const char *value)
{
	if (value != NULL)
		strbuf_printf(out, "%s: %s\n", label, value);
}

static void
put_text(struct mail *m, const struct letter *l, const struct gist *g)
{
	const char *text =
	    json_string_value(json_object_get(g->body, "content_text"));
	struct strbuf *out = &m->text, raw;
	size_t len;

	strbuf_init(&raw, MAIL_MAX);
	strbuf_printf(&raw, "%s\n\n", g->title.data);
	put_line(&raw, "Source", g->source);
	put_line(&raw, "Feed", gist_own(g, "feed_name"));
	put_line(&raw, "Published",
	    json_string_value(json_object_get(g->body, "date_published")));
	put_line(&raw, "Link", g->url);
	put_line(&raw, "Reason", gist_own(g, "reason"));
	if (strcmp(g->kind, "alert") == 0) {
		strbuf_putc(&raw, '\n');
		gist_alert(g, &raw);
	}
	if (text != NULL && text[0] != '\0') {
		len = strlen(text);
		strbuf_putc(&raw, '\n');
		strbuf_append(&raw, text, utf8_cut(text, MIN(len, TEXT_MAX)));
		strbuf_puts(&raw, len > TEXT_MAX ? "\xe2\x80\xa6\n" : "\n");
	}
	strbuf_puts(&raw, "\nWhy:\n");
	len = raw.len;
	gist_why(g, &raw);
	if (raw.len == len)
		strbuf_trunc(&raw, len - strlen("\nWhy:\n"));
	strbuf_printf(&raw, "\n-- \nwiresift, sink %s, cursor %s\n",
	    courier_name(m->courier), l->cursor);
	strbuf_reset(out);
	(void)utf8_for_terminal(out, raw.data, raw.len, true);
	strbuf_fini(&raw);
}

static bool
make_message(struct mail *m, const struct letter *l)
{
	struct gist g;
	bool fits;

	if (!gist_init(&g, l->frame.data, l->frame.len))
		return false;
	strbuf_reset(&m->message);
	put_headers(m, l, &g);
	put_text(m, l, &g);
	mime_quoted(&m->message, m->text.data, m->text.len);
	fits = !strbuf_over(&m->message);
	gist_fini(&g);
	return fits;
}

static enum delivery_tls
tls_of(const struct config_mail *c)
{
	switch (c->starttls) {
	case STARTTLS_REQUIRED:
		return DELIVERY_TLS_MUST;
	case STARTTLS_OPPORTUNISTIC:
		return DELIVERY_TLS_TRY;
	case STARTTLS_OFF:
		return DELIVERY_TLS_URL;
	case STARTTLS_AUTO:
		break;
	}
	return c->user != NULL ? DELIVERY_TLS_MUST : DELIVERY_TLS_TRY;
}

static void
mail_send(void *self, const struct letter *l)
{
	struct mail *m = self;
	const struct config_mail *c = m->config;
	bool smtps = strncmp(c->smtp, "smtps:", 6) == 0;
	struct delivery d = { .url = c->smtp,
		/* The operator names the server, and it is most often near:
		 * nothing of a feed has a say in it. */
		.allow_private = true,
		.timeout_ms = c->timeout_s * 1000,
		.from = c->from,
		.to = c->to,
		.user = c->user,
		.tls = smtps ? DELIVERY_TLS_URL : tls_of(c) };
	char why[200] = "";

	if (!make_message(m, l)) {
		courier_done(m->courier, COURIER_REFUSED, 0,
		    "no mail can be made of it");
		return;
	}
	if (c->password_file != NULL) {
		if (secret_read(c->password_file, &m->password, why,
			sizeof(why)) == -1) {
			courier_done(m->courier, COURIER_TROUBLE, 0, why);
			return;
		}
		d.password = m->password.data;
	}
	d.body = m->message.data;
	d.len = m->message.len;
	m->flight =
	    m->sc->net->start(m->sc->net_cookie(m->sc->cookie), &d, done_cb, m);
}

static void
mail_cancel(void *self)
{
	struct mail *m = self;

	m->sc->net->cancel(m->flight);
	m->flight = NULL;
	secret_wipe(&m->password);
}

static void
mail_reload(void *self, const struct config_sink *c)
{
	struct mail *m = self;

	m->config = &c->mail;
}

static void
mail_status(void *self, json_t *o)
{
	struct mail *m = self;

	json_object_set_new(o, "path", json_string(m->config->smtp));
}

static void
mail_free(void *self, bool shutdown)
{
	struct mail *m = self;

	(void)shutdown;
	strbuf_fini(&m->message);
	strbuf_fini(&m->text);
	secret_wipe(&m->password);
	free(m);
}

static const struct courier_ops mail_ops = {
	.kind = "mail",
	.explain = true,
	.send = mail_send,
	.cancel = mail_cancel,
	.reload = mail_reload,
	.status = mail_status,
	.free = mail_free,
};

struct sink *
sink_mail_new(const struct sink_context *sc, const struct config_sink *c,
    char *why, size_t why_size)
{
	struct mail *m;
	struct sink *s;

	if (c->mail.password_file != NULL &&
	    secret_check(c->mail.password_file, why, why_size) == -1)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->sc = sc;
	strbuf_init(&m->message, MAIL_MAX);
	strbuf_init(&m->text, MAIL_MAX / 4);
	strbuf_init(&m->password, SECRET_MAX);
	s = courier_new(sc, c, &mail_ops, m, why, why_size);
	if (s == NULL)
		mail_free(m, false);
	else
		m->courier = courier_of(s);
	return s;
}
