/* alerts.c - the engine of alerts among the desk's transactions. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/parts.h"
#include "pipeline/alert.h"
#include "store/journal.h"
#include "store/record.h"

/* A transaction that is open. */
struct telling {
	struct journal *j;
	int64_t now_ms;
	uint64_t seq; /* of the last alert */
	size_t told;
};

/* The names of sinks, a line each; NULL = for nobody. */
static const char *
lines_of(struct arena *a, const char *const *names, size_t n)
{
	const char *lines = NULL;

	for (size_t i = 0; i < n; i++)
		lines = i == 0 ? arena_strdup(a, names[i])
			       : arena_printf(a, "%s\n%s", lines, names[i]);
	return lines;
}

static void
topics_of(struct record *r, struct arena *a, const json_t *frame)
{
	const json_t *list =
	    json_object_get(json_object_get(frame, "alert"), "topics");
	size_t n = MIN(json_array_size(list), (size_t)RECORD_MAX_TOPICS);
	struct journal_topic *v = arena_calloc(a, n, sizeof(*v));

	for (size_t i = 0; i < n; i++) {
		v[i].name = json_string_value(json_array_get(list, i));
		v[i].level = TOPIC_ABOUT;
	}
	r->topics = v;
	r->ntopics = n;
}

static int
fire_cb(void *cookie, const struct alert_fired *f)
{
	struct telling *t = cookie;
	struct arena *a = arena_new(0);
	struct strbuf body, none;
	struct record r = {
		.at_ms = t->now_ms,
		.kind = RECORD_ALERT,
		.relation = RELATION_NEW,
		.item_id = f->rule->name,
		.story = f->story,
		.to = lines_of(a, f->rule->to, f->rule->nto),
	};
	int rc = 0;

	strbuf_init(&body, RECORD_MAX_BYTES);
	strbuf_init(&none, RECORD_MAX_BYTES);
	topics_of(&r, a, f->frame);
	if (record_encode(f->frame, &body, &none) == -1) {
		log_warnx("alert=%s is too long for a record", f->rule->name);
	} else {
		r.body = body.data;
		r.body_len = body.len;
		rc = t->j->ops->append(t->j, &r);
		t->seq = r.seq;
		t->told += rc == 0;
	}
	json_decref(f->frame);
	strbuf_fini(&body);
	strbuf_fini(&none);
	arena_free(a);
	return rc;
}

static int
keep_cb(
    void *cookie, const char *alert, const char *subject, const json_t *state)
{
	struct telling *t = cookie;
	char *text = state != NULL ? json_dumps(state, JSON_COMPACT) : NULL;
	const struct alert_row row = { alert, subject, text };
	int rc = t->j->ops->put_alert(t->j, &row);

	free(text);
	return rc;
}

static struct alert_out
out_of(struct telling *t)
{
	return (struct alert_out){ fire_cb, keep_cb, t };
}

int
alerts_commit_item(struct desk *dk, const struct decided *dd,
    const struct related *rel, int64_t now_ms, int64_t aged, bool old)
{
	struct telling t = { .j = dk->journal, .now_ms = now_ms };
	const struct alert_out out = out_of(&t);
	struct alert_news n;

	if (dk->config->nalerts == 0)
		return 0;
	alert_news_of(&n, dd, rel);
	n.old = old;
	return alerts_see(dk->alerts, &n, aged, &out);
}

void
desk_alerts_configure(struct desk *dk)
{
	const struct config *c = dk->config;
	const struct alert_rule **rules =
	    xcalloc(c->nalerts + 1, sizeof(*rules));

	for (size_t i = 0; i < c->nalerts; i++)
		rules[i] = &c->alerts[i].rule;
	alerts_configure(dk->alerts, rules, c->nalerts);
	free(rules);
}

static int
row_cb(void *cookie, const struct alert_row *r)
{
	struct desk *dk = cookie;
	json_t *state;

	if (r->alert[0] == '_')
		return 0; /* no alert's */
	state = json_loads(r->state, 0, NULL);
	if (json_is_object(state))
		alerts_restore(
		    dk->alerts, r->alert, r->subject, state, desk_aged_now(dk));
	else
		log_warnx("alert=%s its state cannot be read", r->alert);
	json_decref(state);
	return 0;
}

int
desk_alerts_load(struct desk *dk)
{
	alerts_free(dk->alerts);
	dk->alerts = alerts_new();
	desk_alerts_configure(dk);
	dk->alerts_stale = true;
	if (dk->journal->ops->each_alert(dk->journal, row_cb, dk) == -1)
		return -1;
	dk->alerts_stale = false;
	return 0;
}

/* A transaction of alerts alone: 0, or -1 and the store is in trouble. */
static int
commit_alone(struct desk *dk, const struct telling *t, bool good)
{
	struct journal *j = dk->journal;

	if (good && j->ops->commit(j) == 0) {
		if (t->told > 0)
			desk_wake_sinks(dk);
		return 0;
	}
	log_warnx("alerts: %s", j->error);
	j->ops->rollback(j);
	dk->alerts_stale = true;
	desk_degrade(dk);
	return -1;
}

void
desk_alerts_tick(struct desk *dk)
{
	struct telling t = { .j = dk->journal, .now_ms = clock_wall_ms() };
	const struct alert_out out = out_of(&t);
	int64_t now = desk_aged_now(dk);
	int rc;

	if (dk->state != DESK_RUNNING ||
	    (dk->alerts_stale && desk_alerts_load(dk) == -1) ||
	    !alerts_due(dk->alerts, now))
		return;
	rc = t.j->ops->begin(t.j);
	if (rc == 0)
		rc = alerts_tick(dk->alerts, now, &out);
	(void)commit_alone(dk, &t, rc == 0);
}

json_t *
desk_alerts_status(struct desk *dk)
{
	return alerts_status(dk->alerts, desk_aged_now(dk));
}

const struct alert_rule *
desk_alert_find(const struct desk *dk, const char *name)
{
	for (size_t i = 0; i < dk->config->nalerts; i++)
		if (strcmp(dk->config->alerts[i].rule.name, name) == 0)
			return &dk->config->alerts[i].rule;
	return NULL;
}

int
desk_alert_test(struct desk *dk, const struct alert_rule *rule, uint64_t *seq)
{
	struct telling t = { .j = dk->journal, .now_ms = clock_wall_ms() };
	const struct alert_fired f = { .rule = rule,
		.frame = alert_test_frame(rule, t.now_ms / 1000) };
	int rc = t.j->ops->begin(t.j);

	if (rc == -1)
		json_decref(f.frame);
	else
		rc = fire_cb(&t, &f);
	rc = commit_alone(dk, &t, rc == 0);
	*seq = t.seq;
	return rc;
}
