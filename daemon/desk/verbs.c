/* verbs.c - what people ask and order over the control socket. */
#include "desk/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/unixsock.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/control.h"
#include "desk/lookback.h"
#include "desk/parts.h"
#include "store/journal.h"

#define MAX_FAULTS 100
#define MAX_EXPLAIN 20 /* items an explain shows */

json_t *
verb_error(const char *code, const char *message)
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
do_metrics(struct desk *dk, const json_t *args)
{
	struct strbuf sb;
	json_t *reply;

	(void)args;
	strbuf_init(&sb, METRICS_MAX);
	metrics_write(dk, &sb);
	reply = strbuf_over(&sb)
		    ? verb_error("too_large", "the metrics are over 4 MiB")
		    : ok(json_pack("{s:s}", "text", sb.data));
	strbuf_fini(&sb);
	return reply;
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
		return verb_error("bad_request", "explain needs \"id\"");
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
		return verb_error("store", dk->journal->error);
	}
	if (json_array_size(ex.list) == 0) {
		json_decref(ex.list);
		return verb_error("not_found", "no such item in the archive");
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
	return fault != NULL ? verb_error("bad_request", fault)
			     : verb_error("store", dk->journal->error);
}

static json_t *
do_rules(struct desk *dk, const json_t *args)
{
	json_t *j = archive_rules(dk);

	(void)args;
	return j != NULL ? ok(j)
			 : verb_error("too_large", "the rules are over 8 MiB");
}

static json_t *
one_lookback(const struct desk *dk, const char *topic)
{
	json_t *one = lookbacks_status(dk, topic), *list = json_array();

	if (one != NULL)
		json_array_append_new(list, one);
	return ok(json_pack("{s:o}", "lookbacks", list));
}

static json_t *
do_lookback(struct desk *dk, const json_t *args)
{
	const struct lookback_order o = {
		.topic = json_string_value(json_object_get(args, "topic")),
		.since = json_integer_value(json_object_get(args, "since")),
		.alerts = json_is_true(json_object_get(args, "alerts")),
		.again = json_is_true(json_object_get(args, "again")),
	};
	const char *code;
	char why[300];

	if (o.topic == NULL)
		return verb_error("bad_request", "lookback needs \"topic\"");
	if (lookback_begin(dk, &o, &code, why, sizeof(why)) == -1)
		return verb_error(code, why);
	return one_lookback(dk, o.topic);
}

static json_t *
do_lookback_stop(struct desk *dk, const json_t *args)
{
	const char *topic = json_string_value(json_object_get(args, "topic"));

	if (topic == NULL)
		return verb_error(
		    "bad_request", "lookback_stop needs \"topic\"");
	if (!lookback_stop(dk, topic))
		return verb_error(
		    "not_found", "no look back of it is under way");
	return one_lookback(dk, topic);
}

static json_t *
do_lookbacks(struct desk *dk, const json_t *args)
{
	const char *topic = json_string_value(json_object_get(args, "topic"));

	if (topic != NULL)
		return one_lookback(dk, topic);
	return ok(json_pack("{s:o}", "lookbacks", lookbacks_status(dk, NULL)));
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
		reply = verb_error("config", dk->config_error);
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
		return verb_error("bad_request", "poll needs \"feed\"");
	if (!desk_polling(dk) && dk->paused)
		return verb_error(
		    "busy", "polling is paused; `wiresift resume` first");
	if (!desk_polling(dk))
		return verb_error("busy",
		    dk->state == DESK_DEGRADED
			? "polling is stopped: the store cannot be written"
			: "the daemon is stopping");
	if ((n = gatherers_poll_now(dk, what)) == 0)
		return verb_error("not_found",
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
	snprintf(text, sizeof(text), "no alert \"%.100s\"; %s%.100s%s", name,
	    near != NULL ? "did you mean " : "wiresift alert list tells them",
	    near != NULL ? near : "", near != NULL ? "?" : "");
	free(names);
	return verb_error("not_found", text);
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
		return verb_error("bad_request", "alert_test needs \"alert\"");
	}
	if ((r = desk_alert_find(dk, name)) == NULL) {
		json_decref(to);
		return no_alert(dk, name);
	}
	if (dk->state != DESK_RUNNING || desk_alert_test(dk, r, &seq) == -1) {
		json_decref(to);
		return verb_error(
		    "store", dk->journal->error[0] != '\0'
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
	{ "metrics", false, do_metrics },
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
	{ "lookback", true, do_lookback },
	{ "lookback_stop", true, do_lookback_stop },
	{ "lookbacks", false, do_lookbacks },
};

/* Those there are, for who mistyped one. */
static json_t *
unknown_verb(void)
{
	struct strbuf sb;
	json_t *reply;

	strbuf_init(&sb, 1024);
	strbuf_puts(&sb, "no such verb; expected ");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		strbuf_printf(&sb, "%s%s",
		    i == 0                     ? ""
		    : i + 1 < ARRAY_LEN(verbs) ? ", "
					       : " or ",
		    verbs[i].name);
	reply = verb_error("unknown_verb", sb.data);
	strbuf_fini(&sb);
	return reply;
}

json_t *
verb_run(struct desk *dk, const struct unixsock_peer *peer, const char *name,
    const json_t *args)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		const struct verb *v = &verbs[i];

		if (strcmp(v->name, name) != 0)
			continue;
		if (v->changes && peer->uid != 0 && peer->uid != geteuid())
			return verb_error("denied",
			    "only root and the daemon's own user may do that");
		if (v->changes)
			log_info("uid=%u pid=%d control %s", peer->uid,
			    (int)peer->pid, name);
		return v->run(dk, args);
	}
	return unknown_verb();
}
