/* metrics.c - the desk's numbers for Prometheus and its kin. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "config/config.h"
#include "copy/copies.h"
#include "desk/openmetrics.h"
#include "desk/parts.h"
#include "store/journal.h"

/* A topic is two series: beyond so many they are told in one sum. */
#define MAX_TOPICS 1000
#define MAX_FEED_LAGS 1000 /* a feed is one, if it has a lag at all */
#define OTHER "_other"

static void
put_build(struct desk *dk, struct strbuf *out)
{
	static const char *const states[] = { "starting", "running", "paused",
		"degraded", "stopping" };

	om_family(out, "wiresift_build", OM_INFO, NULL, "The program.");
	om_uint(out, "wiresift_build", "_info", 1, "version", WIRESIFT_VERSION,
	    OM_NO_MORE);
	om_family(out, "wiresift_state", OM_GAUGE, NULL,
	    "1 for the state that the daemon is in.");
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		om_uint(out, "wiresift_state", "",
		    strcmp(states[i], status_word(dk)) == 0, "state", states[i],
		    OM_NO_MORE);
}

static void
put_config(struct desk *dk, struct strbuf *out)
{
	om_gauge(out, "wiresift_config_revision", NULL,
	    "Number of the configuration in force, from 1 at the start.",
	    dk->rev);
	om_gauge(out, "wiresift_config_last_reload_successful", NULL,
	    "1 if the last reload was taken, 0 if the old one stays.",
	    dk->config_error[0] == '\0');
	om_gauge(out, "wiresift_config_loaded_timestamp_seconds", "seconds",
	    "When the configuration in force was loaded.",
	    (double)dk->config_loaded);
	om_family(out, "wiresift_config_reloads", OM_COUNTER, NULL,
	    "Reloads since the start.");
	om_uint(out, "wiresift_config_reloads", "_total", dk->tally.reloads,
	    "result", "taken", OM_NO_MORE);
	om_uint(out, "wiresift_config_reloads", "_total",
	    dk->tally.reloads_failed, "result", "refused", OM_NO_MORE);
}

static void
put_feeds(struct desk *dk, struct strbuf *out)
{
	struct status_counts n = status_count_feeds(dk);

	om_family(out, "wiresift_feeds", OM_GAUGE, NULL,
	    "Feeds by how their last poll went.");
	om_uint(out, "wiresift_feeds", "", n.ok, "state", "ok", OM_NO_MORE);
	om_uint(out, "wiresift_feeds", "", n.failing, "state", "failing",
	    OM_NO_MORE);
	om_uint(out, "wiresift_feeds", "", n.unpolled, "state", "unpolled",
	    OM_NO_MORE);
	om_gauge(out, "wiresift_feeds_polling", NULL,
	    "Feeds whose poll is under way.", (double)n.polling);
	om_family(out, "wiresift_polls", OM_COUNTER, NULL,
	    "Polls committed since the start, by outcome.");
	for (int i = 0; i < POLL_OUTCOME_COUNT; i++)
		om_uint(out, "wiresift_polls", "_total", dk->tally.polls[i],
		    "outcome", poll_outcome_name((enum poll_outcome)i),
		    OM_NO_MORE);
	om_counter(out, "wiresift_feed_states_damaged", NULL,
	    "States of feeds that the store gave back damaged.",
	    dk->tally.salvaged);
	om_counter(out, "wiresift_commits_failed", NULL,
	    "Polls that could not be committed.", dk->tally.commits_failed);
}

static void
put_topics(struct desk *dk, struct strbuf *out)
{
	const struct topic_set *ts = dk->config->topics;
	size_t n = topic_set_len(ts);
	struct tally_topic other = { 0 };

	om_gauge(out, "wiresift_topics", NULL, "Topics configured.", (double)n);
	om_family(out, "wiresift_topic_matches", OM_COUNTER, NULL,
	    "Matches since the start, by topic and level; an item of two "
	    "topics counts for both.");
	for (size_t i = 0; i < n; i++) {
		const char *name = topic_set_name(ts, i);
		struct tally_topic t = tally_topic(&dk->tally, name);

		if (i >= MAX_TOPICS) {
			other.about += t.about;
			other.mentions += t.mentions;
			continue;
		}
		om_uint(out, "wiresift_topic_matches", "_total", t.about,
		    "topic", name, "level", "about", OM_NO_MORE);
		om_uint(out, "wiresift_topic_matches", "_total", t.mentions,
		    "topic", name, "level", "mentions", OM_NO_MORE);
	}
	if (n <= MAX_TOPICS)
		return;
	om_uint(out, "wiresift_topic_matches", "_total", other.about, "topic",
	    OTHER, "level", "about", OM_NO_MORE);
	om_uint(out, "wiresift_topic_matches", "_total", other.mentions,
	    "topic", OTHER, "level", "mentions", OM_NO_MORE);
}

static void
put_lag(const struct tally *t, struct strbuf *out)
{
	uint64_t sum = 0;
	char le[16];

	om_family(out, "wiresift_item_lag_seconds", OM_HISTOGRAM, "seconds",
	    "From an item's date of publication to its commit, by which it is "
	    "delivered; without what a feed had when it was new.");
	for (size_t i = 0; i < TALLY_LAGS; i++) {
		sum += t->lag[i];
		snprintf(le, sizeof(le), "%" PRIu32 ".0", tally_lag_ends[i]);
		om_uint(out, "wiresift_item_lag_seconds", "_bucket", sum, "le",
		    le, OM_NO_MORE);
	}
	om_uint(out, "wiresift_item_lag_seconds", "_bucket", t->lags, "le",
	    "+Inf", OM_NO_MORE);
	om_uint(
	    out, "wiresift_item_lag_seconds", "_count", t->lags, OM_NO_MORE);
	om_real(
	    out, "wiresift_item_lag_seconds", "_sum", t->lag_sum, OM_NO_MORE);
}

static void
put_feed_lags(const struct desk *dk, struct strbuf *out)
{
	const struct desk_feed *f;
	size_t n = 0;

	om_family(out, "wiresift_feed_lag_seconds", OM_GAUGE, "seconds",
	    "The same of one feed: the median of its last 15 items that had a "
	    "date.");
	TAILQ_FOREACH (f, &dk->feed_list, all) {
		int64_t median = tally_feed_median(&f->lag);

		if (median >= 0 && n++ < MAX_FEED_LAGS)
			om_uint(out, "wiresift_feed_lag_seconds", "",
			    (uint64_t)median, "feed", f->key, "name",
			    f->config->name, OM_NO_MORE);
	}
}

static void
put_items(struct desk *dk, struct strbuf *out)
{
	static const char *const relations[TALLY_RELATIONS] = {
		[RELATION_NEW] = "new",
		[RELATION_COPY] = "copy",
		[RELATION_UPDATE] = "update",
		[RELATION_EMBEDS] = "embeds",
		[RELATION_KNOWN] = "known",
	};
	struct copies_stats st;

	om_counter(out, "wiresift_items", NULL,
	    "New items of feeds since the start, matched or not.",
	    dk->count.items);
	om_family(out, "wiresift_matches", OM_COUNTER, NULL,
	    "Items with a topic since the start, by how they stand to what is "
	    "known.");
	for (int i = 0; i < RELATION_KNOWN; i++)
		om_uint(out, "wiresift_matches", "_total",
		    dk->tally.relations[i], "relation", relations[i],
		    OM_NO_MORE);
	om_counter(out, "wiresift_looked_back", NULL,
	    "Items of the archive delivered for a topic since the start.",
	    dk->count.looked_back);
	copies_stats(dk->copies, &st);
	om_gauge(out, "wiresift_copies_remembered", NULL,
	    "Items that new ones are compared with.", (double)st.items);
	om_gauge(out, "wiresift_copies_bytes", "bytes", "Memory of these.",
	    (double)st.bytes);
	om_counter(out, "wiresift_copies_evicted", NULL,
	    "Items forgotten before their time, for want of room.", st.evicted);
	put_lag(&dk->tally, out);
	put_feed_lags(dk, out);
}

static void
put_store(struct desk *dk, struct strbuf *out)
{
	struct journal *j = dk->journal;
	uint64_t oldest = 0, newest = 0;
	struct journal_sizes sz;

	(void)j->ops->bounds(j, &oldest, &newest);
	j->ops->sizes(j, &sz);
	om_gauge(out, "wiresift_store_bytes", "bytes",
	    "The database and its log on disk.", (double)j->ops->bytes(j));
	om_gauge(out, "wiresift_journal_bytes", "bytes",
	    "Records of the journal, what journal.max bounds.",
	    (double)sz.records);
	om_gauge(out, "wiresift_archive_bytes", "bytes",
	    "Items of the archive, what archive.max bounds.",
	    (double)sz.archive);
	om_gauge(out, "wiresift_journal_oldest_sequence", NULL,
	    "The oldest record kept.", (double)oldest);
	om_gauge(out, "wiresift_journal_newest_sequence", NULL,
	    "The newest record.", (double)newest);
	om_gauge(out, "wiresift_clock_doubted", NULL,
	    "1 while the wall clock is not believed.",
	    steady_doubts(&dk->steady));
}

/* What a family of sinks takes from the status of each. */
static const struct sink_family {
	const char *name, *help, *key;
	bool text; /* a cursor or a word, not a number */
} sink_families[] = {
	{ "wiresift_sink_up", "1 if the sink has no trouble.", "state", true },
	{ "wiresift_sink_lag_records",
	    "Records that the sink has still to look at; of a socket, its "
	    "slowest subscriber.",
	    "lag", false },
	{ "wiresift_sink_cursor_sequence",
	    "The last record that the sink is through with.", "cursor", true },
	{ "wiresift_sink_subscribers", "Clients connected.", "subscribers",
	    false },
};

static double
sink_value(const struct sink_family *fam, const json_t *v)
{
	uint64_t epoch, seq = 0;

	if (!fam->text)
		return (double)json_integer_value(v);
	if (strcmp(fam->key, "state") == 0)
		return strcmp(json_string_value(v), "ok") == 0;
	(void)cursor_parse(json_string_value(v), &epoch, &seq);
	return (double)seq;
}

static void
put_sinks(struct desk *dk, struct strbuf *out)
{
	json_t *list = status_sinks(dk), *s;
	size_t i, k;

	for (k = 0; k < ARRAY_LEN(sink_families); k++) {
		const struct sink_family *fam = &sink_families[k];

		om_family(out, fam->name, OM_GAUGE, NULL, fam->help);
		json_array_foreach(list, i, s)
		{
			const json_t *v = json_object_get(s, fam->key);

			if (fam->text ? !json_is_string(v)
				      : !json_is_integer(v))
				continue;
			om_real(out, fam->name, "", sink_value(fam, v), "sink",
			    json_string_value(json_object_get(s, "name")),
			    "kind",
			    json_string_value(json_object_get(s, "kind")),
			    OM_NO_MORE);
		}
	}
	json_decref(list);
}

static void
put_alerts(struct desk *dk, struct strbuf *out)
{
	static const struct {
		const char *name, *key, *help;
		enum om_type type;
	} fams[] = {
		{ "wiresift_alerts", "told", "Times that an alert was told.",
		    OM_COUNTER },
		{ "wiresift_alerts_dropped", "dropped",
		    "Times that it was not, for want of room.", OM_COUNTER },
		{ "wiresift_alerts_held", "held",
		    "Alerts that wait for a digest.", OM_GAUGE },
	};
	json_t *list = desk_alerts_status(dk), *a;
	size_t i;

	for (size_t k = 0; k < ARRAY_LEN(fams); k++) {
		om_family(out, fams[k].name, fams[k].type, NULL, fams[k].help);
		json_array_foreach(list, i, a) om_uint(out, fams[k].name,
		    fams[k].type == OM_COUNTER ? "_total" : "",
		    (uint64_t)json_integer_value(
			json_object_get(a, fams[k].key)),
		    "alert", json_string_value(json_object_get(a, "name")),
		    OM_NO_MORE);
	}
	json_decref(list);
}

static double
gatherer_up(const struct gatherer *g)
{
	return g->state == GATHERER_READY;
}

static double
gatherer_restarts(const struct gatherer *g)
{
	return g->restarts;
}

static double
gatherer_silence(const struct gatherer *g)
{
	return g->heard == 0 ? 0 : (double)(clock_mono_ms() - g->heard) / 1e3;
}

static double
stat_of(const struct gatherer *g, const char *key)
{
	return (double)json_integer_value(json_object_get(g->stats, key));
}

static double
gatherer_stall(const struct gatherer *g)
{
	return stat_of(g, "stall_ms") / 1e3;
}

static double
gatherer_rss(const struct gatherer *g)
{
	return stat_of(g, "max_rss_kib") * 1024;
}

static double
gatherer_polls(const struct gatherer *g)
{
	return g->uncommitted;
}

static const struct {
	const char *name, *unit, *help;
	double (*value)(const struct gatherer *g);
	enum om_type type;
} gatherer_families[] = {
	{ "wiresift_gatherer_up", NULL, "1 if the process is at work.",
	    gatherer_up, OM_GAUGE },
	{ "wiresift_gatherer_restarts", NULL,
	    "Times that the process was started anew.", gatherer_restarts,
	    OM_COUNTER },
	{ "wiresift_gatherer_silence_seconds", "seconds",
	    "Since the process was last heard; it is ended at 30.",
	    gatherer_silence, OM_GAUGE },
	{ "wiresift_gatherer_stall_seconds", "seconds",
	    "The longest that its loop stood still, in its last 5 s.",
	    gatherer_stall, OM_GAUGE },
	{ "wiresift_gatherer_max_resident_bytes", "bytes",
	    "The most memory that the process ever held.", gatherer_rss,
	    OM_GAUGE },
	{ "wiresift_gatherer_polls", NULL, "Polls under way.", gatherer_polls,
	    OM_GAUGE },
};

static void
put_gatherers(struct desk *dk, struct strbuf *out)
{
	char index[16];

	for (size_t k = 0; k < ARRAY_LEN(gatherer_families); k++) {
		enum om_type type = gatherer_families[k].type;

		om_family(out, gatherer_families[k].name, type,
		    gatherer_families[k].unit, gatherer_families[k].help);
		for (size_t i = 0; i < dk->ngatherers; i++) {
			const struct gatherer *g = &dk->gatherers[i];

			snprintf(index, sizeof(index), "%" PRIu32, g->index);
			om_real(out, gatherer_families[k].name,
			    type == OM_COUNTER ? "_total" : "",
			    gatherer_families[k].value(g), "gatherer", index,
			    OM_NO_MORE);
		}
	}
}

static double
resident_bytes(void)
{
	unsigned long long size, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static double
open_files(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n > 3 ? (double)(n - 3) : 0; /* ".", ".." and its own */
}

static void
put_process(struct desk *dk, struct strbuf *out)
{
	struct rusage ru = { 0 };

	(void)getrusage(RUSAGE_SELF, &ru);
	om_family(out, "process_cpu_seconds", OM_COUNTER, "seconds",
	    "Processor time of the desk, without gatherers.");
	om_real(out, "process_cpu_seconds", "_total",
	    (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
		(double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6,
	    OM_NO_MORE);
	om_gauge(out, "process_resident_memory_bytes", "bytes",
	    "Memory that the desk holds, without gatherers.", resident_bytes());
	om_gauge(out, "process_open_fds", NULL, "Open files of the desk.",
	    open_files());
	om_gauge(out, "process_start_time_seconds", "seconds",
	    "When the daemon was started.", (double)dk->since);
	om_gauge(out, "wiresift_loop_late_seconds", "seconds",
	    "How late the loop's own timer came, at worst, in its last whole "
	    "5 s.",
	    (double)dk->tally.late_window / 1e3);
	om_gauge(out, "wiresift_loop_late_max_seconds", "seconds",
	    "The same since the start.", (double)dk->tally.late_max / 1e3);
}

void
metrics_write(struct desk *dk, struct strbuf *out)
{
	static void (*const parts[])(struct desk *, struct strbuf *) = {
		put_build, put_config, put_feeds, put_items, put_topics,
		put_store, put_sinks, put_alerts, put_gatherers, put_process
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		parts[i](dk, out);
	om_end(out);
}
