/* status.c - what the daemon tells about itself. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/plural.h"
#include "config/config.h"
#include "copy/copies.h"
#include "desk/lookback.h"
#include "desk/notify.h"
#include "desk/parts.h"
#include "pipeline/health.h"
#include "store/journal.h"

static json_t *
time_or_null(int64_t s)
{
	char iso[CLOCK_ISO_LEN];

	if (s <= 0)
		return json_null();
	clock_iso(s, iso);
	return json_string(iso);
}

static json_t *
text_or_null(const char *s)
{
	return s != NULL && s[0] != '\0' ? json_string(s) : json_null();
}

/* From publication to commit, in seconds; null when nothing was measured. */
static json_t *
status_lag(const struct tally_feed *f)
{
	if (f->n == 0)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "last", (json_int_t)f->last_s,
	    "median", (json_int_t)tally_feed_median(f), "items",
	    (json_int_t)f->n);
}

const char *
status_word(const struct desk *dk)
{
	switch (dk->state) {
	case DESK_STARTING:
		return "starting";
	case DESK_DEGRADED:
		return "degraded";
	case DESK_STOPPING:
		return "stopping";
	case DESK_RUNNING:
		break;
	}
	return dk->paused ? "paused" : "running";
}

struct status_counts
status_count_feeds(const struct desk *dk)
{
	struct status_counts n = { .total = dk->nfeeds };
	const struct desk_feed *f;

	TAILQ_FOREACH (f, &dk->feed_list, all) {
		if (f->sum.polls == 0)
			n.unpolled++;
		else if (poll_outcome_good(f->sum.outcome))
			n.ok++;
		else
			n.failing++;
		n.polling += f->in_flight;
	}
	return n;
}

static json_t *
status_gatherers(const struct desk *dk)
{
	static const char *const words[] = { "down", "starting", "ready" };
	json_t *list = json_array();

	for (size_t i = 0; i < dk->ngatherers; i++) {
		const struct gatherer *g = &dk->gatherers[i];

		json_array_append_new(
		    list, json_pack("{s:I, s:I, s:s, s:I, s:I, s:I, s:O?}",
			      "index", (json_int_t)g->index, "pid",
			      (json_int_t)g->pid, "state", words[g->state],
			      "feeds", (json_int_t)g->nfeeds, "uncommitted",
			      (json_int_t)g->uncommitted, "restarts",
			      (json_int_t)g->restarts, "stats", g->stats));
	}
	return list;
}

/* Who keeps the oldest record from going; null when nobody has to read. */
static json_t *
status_held(const struct desk *dk, uint64_t newest)
{
	const char *who = NULL;
	uint64_t need = desk_sinks_need(dk, &who);
	char from[CURSOR_MAX];

	if (need > newest)
		return json_null();
	cursor_format(dk->journal->epoch, need, from);
	return json_pack("{s:s, s:s, s:I}", "sink", who, "from", from,
	    "records", (json_int_t)newest - (json_int_t)need + 1);
}

static json_t *
status_journal(const struct desk *dk)
{
	struct journal *j = dk->journal;
	uint64_t oldest = 0, newest = 0;
	char a[CURSOR_MAX], b[CURSOR_MAX];
	struct journal_sizes sz;

	(void)j->ops->bounds(j, &oldest, &newest);
	j->ops->sizes(j, &sz);
	cursor_format(j->epoch, oldest, a);
	cursor_format(j->epoch, newest, b);
	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
	    "path", dk->config->store, "oldest", a, "newest", b, "bytes",
	    (json_int_t)j->ops->bytes(j), "record_bytes",
	    (json_int_t)sz.records, "record_max",
	    (json_int_t)dk->config->journal_max_bytes, "keep_s",
	    (json_int_t)dk->config->journal_keep_s, "archive_bytes",
	    (json_int_t)sz.archive, "archive_max",
	    (json_int_t)dk->config->archive_max_bytes, "held_by",
	    status_held(dk, newest));
}

json_t *
status_sinks(const struct desk *dk)
{
	json_t *list = json_array();

	for (size_t i = 0; i < dk->nsinks; i++) {
		json_t *j;

		if (dk->sinks[i] == NULL)
			continue;
		j = dk->sinks[i]->ops->status(dk->sinks[i]);
		json_object_set_new(
		    j, "name", json_string(dk->config->sinks[i].name));
		json_object_set_new(
		    j, "kind", json_string(dk->sinks[i]->ops->kind));
		json_array_append_new(list, j);
	}
	return list;
}

static json_t *
status_config(const struct desk *dk)
{
	return json_pack("{s:s, s:I, s:o, s:o}", "file", dk->config->file,
	    "rev", (json_int_t)dk->rev, "loaded",
	    time_or_null(dk->config_loaded), "error",
	    text_or_null(dk->config_error));
}

static json_t *
status_copies(const struct desk *dk)
{
	struct copies_stats st;

	copies_stats(dk->copies, &st);
	return json_pack("{s:I, s:I, s:o, s:I, s:I}", "items",
	    (json_int_t)st.items, "bytes", (json_int_t)st.bytes, "oldest",
	    time_or_null(st.oldest), "evicted", (json_int_t)st.evicted,
	    "evicted_bytes", (json_int_t)st.evicted_bytes);
}

json_t *
status_desk(struct desk *dk)
{
	struct status_counts n = status_count_feeds(dk);
	json_t *j =
	    json_pack("{s:s, s:I, s:s, s:o, s:o}", "version", WIRESIFT_VERSION,
		"pid", (json_int_t)getpid(), "state", status_word(dk), "why",
		text_or_null(dk->state == DESK_DEGRADED ? dk->trouble : NULL),
		"since", time_or_null(dk->since));

	json_object_set_new(j, "config", status_config(dk));
	json_object_set_new(j, "topics",
	    json_integer((json_int_t)topic_set_len(dk->config->topics)));
	json_object_set_new(j, "feeds",
	    json_pack("{s:I, s:I, s:I, s:I, s:I}", "total", (json_int_t)n.total,
		"ok", (json_int_t)n.ok, "failing", (json_int_t)n.failing,
		"unpolled", (json_int_t)n.unpolled, "polling",
		(json_int_t)n.polling));
	json_object_set_new(j, "gatherers", status_gatherers(dk));
	json_object_set_new(j, "journal", status_journal(dk));
	json_object_set_new(
	    j, "remembered", json_integer((json_int_t)copies_len(dk->copies)));
	json_object_set_new(j, "copies", status_copies(dk));
	json_object_set_new(j, "sinks", status_sinks(dk));
	json_object_set_new(j, "alerts", desk_alerts_status(dk));
	json_object_set_new(j, "lookbacks", lookbacks_status(dk, NULL));
	json_object_set_new(j, "lag", status_lag(&dk->tally.recent));
	json_object_set_new(j, "http", text_or_null(dk->config->http_listen));
	json_object_set_new(j, "counters",
	    json_pack("{s:I, s:I, s:I, s:I}", "polls",
		(json_int_t)dk->count.polls, "items",
		(json_int_t)dk->count.items, "matches",
		(json_int_t)dk->count.matches, "looked_back",
		(json_int_t)dk->count.looked_back));
	return j;
}

static json_t *
status_feed(const struct desk_feed *f)
{
	const struct feed_summary *s = &f->sum;
	const struct config_feed *c = f->config;
	json_t *j = json_pack("{s:s, s:s, s:s}", "key", f->key, "name", c->name,
	    c->url != NULL ? "url" : "file",
	    c->url != NULL ? c->shown : c->file);

	json_object_set_new(j, "outcome",
	    s->polls > 0 ? json_string(poll_outcome_name(s->outcome))
			 : json_null());
	json_object_set_new(j, "http_status",
	    s->http_status > 0 ? json_integer(s->http_status) : json_null());
	json_object_set_new(j, "why", text_or_null(s->why));
	json_object_set_new(j, "last_attempt", time_or_null(s->last_attempt));
	json_object_set_new(j, "last_success", time_or_null(s->last_success));
	json_object_set_new(j, "next", time_or_null(s->next));
	json_object_set_new(j, "next_why", text_or_null(s->next_why));
	json_object_set_new(j, "health", json_string(health_name(s->health)));
	json_object_set_new(j, "health_since", time_or_null(s->health_since));
	json_object_set_new(j, "failures", json_integer(s->failures));
	json_object_set_new(j, "items", json_integer((json_int_t)s->items));
	json_object_set_new(j, "polls", json_integer((json_int_t)s->polls));
	json_object_set_new(j, "lag", status_lag(&f->lag));
	json_object_set_new(j, "polling", json_boolean(f->in_flight));
	json_object_set_new(
	    j, "gatherer", json_integer((json_int_t)f->gatherer->index));
	return j;
}

json_t *
status_feeds(const struct desk *dk, const char *match)
{
	json_t *list = json_array();
	const struct desk_feed *f;

	TAILQ_FOREACH (f, &dk->feed_list, all)
		if (match == NULL || feed_is_named(f, match))
			json_array_append_new(list, status_feed(f));
	return json_pack("{s:o}", "feeds", list);
}

void
status_notify(struct desk *dk)
{
	struct status_counts n = status_count_feeds(dk);

	notify_status("%s%s%s, %s (%zu failing), %s%s%s", status_word(dk),
	    dk->state == DESK_DEGRADED ? ": " : "",
	    dk->state == DESK_DEGRADED ? dk->trouble : "",
	    PLURAL(n.total, "feed", "feeds"), n.failing,
	    PLURAL(dk->count.matches, "match", "matches"),
	    dk->config_error[0] != '\0' ? ", configuration refused: " : "",
	    dk->config_error);
}
