/* control.c - questions and orders of people, one line each. */
#include <errno.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/frame.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/unixsock.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/control.h"
#include "desk/parts.h"
#include "store/journal.h"

#define MAX_CLIENTS 64
#define MAX_FAULTS 100
#define MAX_EXPLAIN 20 /* items an explain shows */
#define ACCEPT_PAUSE_MS 100
#define SAY_AGAIN_MS 60000             /* that nobody can be accepted */
#define STEP_BYTES ((size_t)256 << 10) /* of answers in one turn */

struct client {
	TAILQ_ENTRY(client) entry;
	struct control *ct;
	int fd;
	struct unixsock_peer peer;
	struct frame_reader *reader;
	struct frame_writer *writer;
	struct event *rd, *wr;
	bool closing; /* after what is queued */
};

struct control {
	struct desk *dk;
	struct unixsock us;
	struct event *ev, *again;
	TAILQ_HEAD(client_list, client) clients; /* longest silent first */
	size_t nclients;
	int64_t said; /* monotonic ms: that nobody could be accepted; 0 */
};

static json_t *
error(const char *code, const char *message)
{
	return json_pack(
	    "{s:{s:s, s:s}}", "error", "code", code, "message", message);
}

static json_t *
ok(json_t *value)
{
	return json_pack("{s:o}", "ok", value);
}

static json_t *
do_status(struct desk *dk, const json_t *args)
{
	(void)args;
	return ok(status_desk(dk));
}

static json_t *
do_feeds(struct desk *dk, const json_t *args)
{
	json_t *j =
	    status_feeds(dk, json_string_value(json_object_get(args, "match")));

	/* When nobody is polled no time of a next poll holds. */
	json_object_set_new(j, "state", json_string(status_word(dk)));
	json_object_set_new(j, "polling", json_boolean(desk_polling(dk)));
	return ok(j);
}

struct explaining {
	json_t *list;
	uint64_t epoch;
};

static int
explain_cb(void *cookie, const struct archived *a)
{
	struct explaining *ex = cookie;
	char cursor[CURSOR_MAX] = "";
	json_t *item = json_loadb(a->json, a->json_len, 0, NULL);

	if (a->seq > 0)
		cursor_format(ex->epoch, a->seq, cursor);
	json_array_append_new(ex->list,
	    json_pack("{s:s, s:s, s:s?, s:s?, s:I, s:o, s:o}", "id", a->item_id,
		"feed", a->feed, "url", a->url, "canonical", a->canonical, "at",
		(json_int_t)a->at, "cursor",
		a->seq > 0 ? json_string(cursor) : json_null(), "item",
		item != NULL ? item : json_null()));
	return 0;
}

static json_t *
do_explain(struct desk *dk, const json_t *args)
{
	const char *id = json_string_value(json_object_get(args, "id"));
	struct explaining ex = { .epoch = dk->journal->epoch };
	struct strbuf url;
	int rc;

	if (id == NULL)
		return error("bad_request", "explain needs \"id\"");
	/* URLs are found in the form under which feeds' links are equal. */
	strbuf_init(&url, URL_MAX * 2);
	if (url_is_http(id) && url_canonical(&url, id) == 0)
		id = url.data;
	ex.list = json_array();
	rc = dk->journal->ops->find_archived(
	    dk->journal, id, MAX_EXPLAIN, explain_cb, &ex);
	strbuf_fini(&url);
	if (rc == -1) {
		json_decref(ex.list);
		return error("store", dk->journal->error);
	}
	if (json_array_size(ex.list) == 0) {
		json_decref(ex.list);
		return error("not_found", "no such item in the archive");
	}
	return ok(json_pack("{s:o}", "items", ex.list));
}

static json_t *
do_archive(struct desk *dk, const json_t *args)
{
	const char *fault;
	json_t *page = archive_page(dk, args, &fault);

	if (page != NULL)
		return ok(page);
	return fault != NULL ? error("bad_request", fault)
			     : error("store", dk->journal->error);
}

static json_t *
do_rules(struct desk *dk, const json_t *args)
{
	json_t *j = archive_rules(dk);

	(void)args;
	return j != NULL ? ok(j)
			 : error("too_large", "the rules are over 8 MiB");
}

static json_t *
do_show_config(struct desk *dk, const json_t *args)
{
	struct strbuf sb;
	json_t *reply;

	(void)args;
	strbuf_init(&sb, CONTROL_MAX_REPLY / 2);
	config_show(dk->config, &sb);
	reply = ok(json_pack("{s:s}", "yaml", sb.data));
	strbuf_fini(&sb);
	return reply;
}

static json_t *
fault_list(const struct diags *ds, enum diag_severity severity)
{
	json_t *list = json_array();
	char line[1024];

	for (size_t i = 0; i < ds->n; i++)
		if (ds->v[i].severity == severity)
			json_array_append_new(
			    list, json_string(
				      diag_str(&ds->v[i], line, sizeof(line))));
	return list;
}

static json_t *
do_reload(struct desk *dk, const json_t *args)
{
	struct strbuf restart;
	struct diags ds;
	json_t *reply;

	(void)args;
	diags_init(&ds, MAX_FAULTS);
	strbuf_init(&restart, 1024);
	if (desk_reload(dk, &ds, &restart) == 0) {
		reply = ok(json_pack("{s:I, s:o, s:s}", "rev",
		    (json_int_t)dk->rev, "warnings",
		    fault_list(&ds, DIAG_WARNING), "restart", restart.data));
	} else {
		reply = error("config", dk->config_error);
		json_object_set_new(json_object_get(reply, "error"), "faults",
		    fault_list(&ds, DIAG_ERROR));
	}
	strbuf_fini(&restart);
	diags_fini(&ds);
	return reply;
}

static json_t *
do_pause(struct desk *dk, const json_t *args)
{
	(void)args;
	desk_pause(dk, true);
	return ok(json_pack("{s:s}", "state", status_word(dk)));
}

static json_t *
do_resume(struct desk *dk, const json_t *args)
{
	(void)args;
	desk_pause(dk, false);
	return ok(json_pack("{s:s}", "state", status_word(dk)));
}

static json_t *
do_poll(struct desk *dk, const json_t *args)
{
	const char *what = json_string_value(json_object_get(args, "feed"));
	size_t n;

	if (what == NULL)
		return error("bad_request", "poll needs \"feed\"");
	if (!desk_polling(dk) && dk->paused)
		return error(
		    "busy", "polling is paused; `wiresift resume` first");
	if (!desk_polling(dk))
		return error("busy",
		    dk->state == DESK_DEGRADED
			? "polling is stopped: the store cannot be written"
			: "the daemon is stopping");
	if ((n = gatherers_poll_now(dk, what)) == 0)
		return error("not_found",
		    "no such feed; `wiresift feeds` tells their names");
	return ok(json_pack("{s:I}", "feeds", (json_int_t)n));
}

static json_t *
do_alerts(struct desk *dk, const json_t *args)
{
	(void)args;
	return ok(json_pack("{s:o}", "alerts", desk_alerts_status(dk)));
}

/* The fault is "no alert": which ones are there? */
static json_t *
no_alert(const struct desk *dk, const char *name)
{
	const struct config *c = dk->config;
	const char **names = xcalloc(c->nalerts + 1, sizeof(*names));
	const char *near;
	char text[300];

	for (size_t i = 0; i < c->nalerts; i++)
		names[i] = c->alerts[i].rule.name;
	near = diag_suggest(name, names);
	snprintf(text, sizeof(text), "no alert \"%.100s\"; %s%.100s", name,
	    near != NULL ? "did you mean " : "wiresift alert list tells them",
	    near != NULL ? near : "");
	free(names);
	return error("not_found", text);
}

static json_t *
do_alert_test(struct desk *dk, const json_t *args)
{
	const char *name = json_string_value(json_object_get(args, "alert"));
	const struct alert_rule *r;
	char cursor[CURSOR_MAX];
	json_t *to = json_array();
	uint64_t seq;

	if (name == NULL) {
		json_decref(to);
		return error("bad_request", "alert_test needs \"alert\"");
	}
	if ((r = desk_alert_find(dk, name)) == NULL) {
		json_decref(to);
		return no_alert(dk, name);
	}
	if (dk->state != DESK_RUNNING || desk_alert_test(dk, r, &seq) == -1) {
		json_decref(to);
		return error("store", dk->journal->error[0] != '\0'
					  ? dk->journal->error
					  : "the store cannot be written now");
	}
	for (size_t i = 0; i < r->nto; i++)
		json_array_append_new(to, json_string(r->to[i]));
	cursor_format(dk->journal->epoch, seq, cursor);
	return ok(json_pack(
	    "{s:s, s:s, s:o}", "alert", name, "cursor", cursor, "to", to));
}

static const struct verb {
	const char *name;
	bool changes; /* for root and our own uid alone */
	json_t *(*run)(struct desk *dk, const json_t *args);
} verbs[] = {
	{ "status", false, do_status },
	{ "feeds", false, do_feeds },
	{ "explain", false, do_explain },
	{ "archive", false, do_archive },
	{ "rules", false, do_rules },
	{ "show_config", false, do_show_config },
	{ "reload", true, do_reload },
	{ "pause", true, do_pause },
	{ "resume", true, do_resume },
	{ "poll", true, do_poll },
	{ "alerts", false, do_alerts },
	{ "alert_test", true, do_alert_test },
};

static json_t *
run_verb(const struct client *cl, const char *name, const json_t *args)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(v->name, name) != 0)
			continue;
		if (v->changes && cl->peer.uid != 0 &&
		    cl->peer.uid != geteuid())
			return error("denied",
			    "only root and the daemon's own user may do that");
		if (v->changes)
			log_info("uid=%u pid=%d control %s", cl->peer.uid,
			    (int)cl->peer.pid, name);
		return v->run(cl->ct->dk, args);
	}
	return error("unknown_verb",
	    "no such verb; expected status, feeds, explain, archive, rules, "
	    "show_config, alerts, reload, pause, resume, poll or alert_test");
}

static json_t *
answer(const struct client *cl, const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, 0, NULL);
	void *it = json_object_iter(j);
	json_t *reply;

	if (it == NULL || json_object_size(j) != 1 ||
	    !json_is_object(json_object_iter_value(it)))
		reply = error("bad_request", "expected {\"VERB\":{ARGUMENTS}}");
	else
		reply = run_verb(
		    cl, json_object_iter_key(it), json_object_iter_value(it));
	json_decref(j);
	return reply;
}

static void
client_free(struct client *cl)
{
	TAILQ_REMOVE(&cl->ct->clients, cl, entry);
	cl->ct->nclients--;
	event_free(cl->rd);
	event_free(cl->wr);
	frame_reader_free(cl->reader);
	frame_writer_free(cl->writer);
	close(cl->fd);
	free(cl);
}

static void
client_reply(struct client *cl, json_t *reply)
{
	char *text = json_dumps(reply, JSON_COMPACT);

	json_decref(reply);
	if (text == NULL ||
	    frame_writer_put(cl->writer, text, strlen(text)) == -1)
		cl->closing = true;
	free(text);
}

/* Write what goes. False when the client is gone. */
static bool
client_flush(struct client *cl)
{
	switch (frame_writer_flush(cl->writer, cl->fd)) {
	case FRAME_OK:
		event_del(cl->wr);
		if (!cl->closing)
			return true;
		break;
	case FRAME_AGAIN:
		event_add(cl->wr, NULL);
		return true;
	default:
		break;
	}
	client_free(cl);
	return false;
}

/* Answer the lines that are there, as long as the answers are taken; after
 * some, let the others of the loop run. */
static void
client_lines(struct client *cl)
{
	enum frame_status st = FRAME_AGAIN;
	size_t bytes = 0, len;
	char *line;

	while (frame_writer_pending(cl->writer) == 0 && !cl->closing) {
		if (bytes >= STEP_BYTES) {
			event_add(cl->wr, NULL); /* it is ready: next turn */
			return;
		}
		st = frame_reader_next(cl->reader, &line, &len);
		if (st == FRAME_LONG) {
			client_reply(
			    cl, error("bad_request", "a line of over 64 KiB"));
			cl->closing = true;
		}
		if (st != FRAME_OK)
			break;
		client_reply(cl, answer(cl, line, len));
		bytes += frame_writer_pending(cl->writer);
		if (!client_flush(cl))
			return;
	}
	if (cl->closing)
		(void)client_flush(cl);
}

static void
client_read_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct client *cl = cookie;

	(void)what;
	switch (frame_reader_fill(cl->reader, fd)) {
	case FRAME_OK:
		TAILQ_REMOVE(&cl->ct->clients, cl, entry);
		TAILQ_INSERT_TAIL(&cl->ct->clients, cl, entry);
		client_lines(cl);
		break;
	case FRAME_AGAIN:
		break;
	default:
		client_free(cl);
		break;
	}
}

static void
client_write_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct client *cl = cookie;

	(void)fd;
	(void)what;
	if (client_flush(cl) && frame_writer_pending(cl->writer) == 0)
		client_lines(cl);
}

static void
client_new(struct control *ct, int fd)
{
	struct client *cl;
	struct unixsock_peer peer;

	if (unixsock_peer(fd, &peer) == -1) {
		close(fd);
		return;
	}
	/* Who sits here and says nothing must not lock the operator out. */
	if (ct->nclients == MAX_CLIENTS)
		client_free(TAILQ_FIRST(&ct->clients));
	cl = xcalloc(1, sizeof(*cl));
	cl->ct = ct;
	cl->fd = fd;
	cl->peer = peer;
	cl->reader = frame_reader_new(CONTROL_MAX_LINE);
	cl->writer = frame_writer_new(CONTROL_MAX_REPLY);
	cl->rd = event_new(
	    ct->dk->base, fd, EV_READ | EV_PERSIST, client_read_cb, cl);
	cl->wr = event_new(
	    ct->dk->base, fd, EV_WRITE | EV_PERSIST, client_write_cb, cl);
	event_add(cl->rd, NULL);
	TAILQ_INSERT_TAIL(&ct->clients, cl, entry);
	ct->nclients++;
}

/* Out of descriptors the listener stays ready: rest, never spin. */
static void
accept_cb(evutil_socket_t fd, short what, void *cookie)
{
	static const struct timeval pause = { .tv_usec =
						  ACCEPT_PAUSE_MS * 1000 };
	struct control *ct = cookie;
	int cfd = unixsock_accept(&ct->us);
	int64_t now;

	(void)fd;
	(void)what;
	if (cfd != -1) {
		client_new(ct, cfd);
		return;
	}
	if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
		return;
	now = clock_mono_ms();
	if (ct->said == 0 || now - ct->said >= SAY_AGAIN_MS) {
		log_warn("control accept");
		ct->said = now;
	}
	event_del(ct->ev);
	event_add(ct->again, &pause);
}

static void
again_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct control *ct = cookie;

	(void)fd;
	(void)what;
	event_add(ct->ev, NULL);
}

struct control *
control_new(struct desk *dk, const char *path, int listen_fd, char *why,
    size_t why_size)
{
	struct control *ct = xcalloc(1, sizeof(*ct));
	int rc;

	ct->dk = dk;
	TAILQ_INIT(&ct->clients);
	if (listen_fd != -1)
		rc = unixsock_adopt(&ct->us, listen_fd, why, why_size);
	else
		rc = unixsock_listen(
		    &ct->us, path, 0660, "wiresift", why, why_size);
	if (rc == -1) {
		free(ct);
		return NULL;
	}
	ct->ev =
	    event_new(dk->base, ct->us.fd, EV_READ | EV_PERSIST, accept_cb, ct);
	ct->again = evtimer_new(dk->base, again_cb, ct);
	event_add(ct->ev, NULL);
	return ct;
}

void
control_free(struct control *ct)
{
	struct client *cl, *next;

	if (ct == NULL)
		return;
	TAILQ_FOREACH_SAFE (cl, &ct->clients, entry, next)
		client_free(cl);
	event_free(ct->ev);
	event_free(ct->again);
	unixsock_close(&ct->us);
	free(ct);
}
