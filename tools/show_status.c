/* show_status.c - the daemon's state as one page for people. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/plural.h"
#include "item/item.h"
#include "item/item_json.h"
#include "show.h"
#include "store/journal.h"
#include "wiresift.h"

#define LABEL 15 /* columns before the value of a line */

struct page {
	FILE *f;
	const json_t *j;
	int64_t now;
	bool color;
};

static json_int_t
get_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static int64_t
get_time(const json_t *o, const char *key)
{
	int64_t t = item_time_parse(show_str(o, key));

	return t == ITEM_NO_TIME ? 0 : t;
}

static void
label(const struct page *pg, const char *text)
{
	fprintf(pg->f, "%-*s", LABEL, text);
}

/* What wants an eye: red where there are colours. */
static void
alarm_text(const struct page *pg, const char *text)
{
	fputs(pg->color ? "\033[1;31m" : "", pg->f);
	tool_print(pg->f, text);
	fputs(pg->color ? "\033[0m" : "", pg->f);
}

static void
good_or_alarm(const struct page *pg, const char *word, bool good)
{
	if (good)
		tool_print(pg->f, word);
	else
		alarm_text(pg, word);
}

/* "4.2 MiB" */
static void
show_bytes(FILE *f, json_int_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes;
	size_t i = 0;

	for (; v >= 1024 && i + 1 < ARRAY_LEN(units); i++)
		v /= 1024;
	fprintf(f, "%.*f %s", i == 0 ? 0 : 1, v, units[i]);
}

/* "3 feeds", "1 feed" */
static void
show_count(FILE *f, json_int_t n, const char *one)
{
	char many[PLURAL_MAX];

	snprintf(many, sizeof(many), "%ss", one);
	fputs(PLURAL(n, one, many), f);
}

/* --- the lines of the page --- */

static void
show_head(const struct page *pg)
{
	const char *state = show_str(pg->j, "state");
	const char *why = show_str(pg->j, "why");
	int64_t since = get_time(pg->j, "since");

	fputs("wiresift ", pg->f);
	tool_print(pg->f, show_str(pg->j, "version"));
	fputs(": ", pg->f);
	good_or_alarm(pg, state, strcmp(state, "running") == 0);
	if (since > 0) {
		fputs(", up ", pg->f);
		show_span(pg->f, pg->now - since);
	}
	fprintf(
	    pg->f, ", pid %" JSON_INTEGER_FORMAT "\n", get_int(pg->j, "pid"));
	if (why[0] != '\0') {
		label(pg, "");
		alarm_text(pg, why);
		fputc('\n', pg->f);
	}
}

static void
show_config(const struct page *pg, const json_t *c)
{
	int64_t loaded = get_time(c, "loaded");

	label(pg, "configuration");
	tool_print(pg->f, show_str(c, "file"));
	fprintf(pg->f, ", revision %" JSON_INTEGER_FORMAT, get_int(c, "rev"));
	if (loaded > 0) {
		fputs(", loaded ", pg->f);
		show_span(pg->f, pg->now - loaded);
		fputs(" ago", pg->f);
	}
	fputc('\n', pg->f);
	if (show_str(c, "error")[0] == '\0')
		return;
	label(pg, "");
	alarm_text(pg, "a newer one was refused: ");
	alarm_text(pg, show_str(c, "error"));
	fputc('\n', pg->f);
}

static void
show_topics(const struct page *pg, const json_t *n)
{
	label(pg, "topics");
	fprintf(pg->f, "%" JSON_INTEGER_FORMAT "\n", json_integer_value(n));
}

static void
show_feeds(const struct page *pg, const json_t *n)
{
	char failing[64];

	label(pg, "feeds");
	fprintf(pg->f,
	    "%" JSON_INTEGER_FORMAT ": %" JSON_INTEGER_FORMAT " good",
	    get_int(n, "total"), get_int(n, "ok"));
	if (get_int(n, "failing") > 0) {
		snprintf(failing, sizeof(failing),
		    "%" JSON_INTEGER_FORMAT " failing", get_int(n, "failing"));
		fputs(", ", pg->f);
		alarm_text(pg, failing);
	}
	if (get_int(n, "unpolled") > 0)
		fprintf(pg->f, ", %" JSON_INTEGER_FORMAT " not polled yet",
		    get_int(n, "unpolled"));
	fprintf(pg->f, "; %" JSON_INTEGER_FORMAT " being polled\n",
	    get_int(n, "polling"));
}

static void
show_of(const struct page *pg, json_int_t n, json_int_t max)
{
	show_bytes(pg->f, n);
	fputs(" of ", pg->f);
	show_bytes(pg->f, max);
}

static void
show_journal(const struct page *pg, const json_t *o)
{
	const json_t *held = json_object_get(o, "held_by");
	uint64_t epoch, oldest = 0, newest = 0, n = 0;

	if (cursor_parse(show_str(o, "oldest"), &epoch, &oldest) &&
	    cursor_parse(show_str(o, "newest"), &epoch, &newest) &&
	    oldest > 0 && newest >= oldest)
		n = newest - oldest + 1;
	label(pg, "journal");
	show_count(pg->f, (json_int_t)n, "record");
	if (n > 0) {
		fputs(", newest ", pg->f);
		tool_print(pg->f, show_str(o, "newest"));
	}
	fputc('\n', pg->f);
	label(pg, "store");
	show_bytes(pg->f, get_int(o, "bytes"));
	fputs(" in ", pg->f);
	tool_print(pg->f, show_str(o, "path"));
	if (json_object_get(o, "record_bytes") != NULL) {
		fputs("; records ", pg->f);
		show_of(
		    pg, get_int(o, "record_bytes"), get_int(o, "record_max"));
		fputs(", archive ", pg->f);
		show_of(
		    pg, get_int(o, "archive_bytes"), get_int(o, "archive_max"));
	}
	fputc('\n', pg->f);
	if (json_is_object(held)) {
		label(pg, "held");
		show_count(pg->f, get_int(held, "records"), "record");
		fputs(" from ", pg->f);
		tool_print(pg->f, show_str(held, "from"));
		fputs(" for ", pg->f);
		tool_print(pg->f, show_str(held, "sink"));
		fputc('\n', pg->f);
	}
}

static void
show_lag(const struct page *pg, const json_t *o)
{
	if (!json_is_object(o))
		return;
	label(pg, "lag");
	fputs("items came ", pg->f);
	show_span(pg->f, get_int(o, "last"));
	fputs(" after their publication, ", pg->f);
	show_span(pg->f, get_int(o, "median"));
	fputs(" by the median of the last\n", pg->f);
}

static void
show_http(const struct page *pg, const json_t *v)
{
	if (!json_is_string(v))
		return;
	label(pg, "http");
	tool_print(pg->f, json_string_value(v));
	fputc('\n', pg->f);
}

static void
show_remembered(const struct page *pg, const json_t *n)
{
	const json_t *c = json_object_get(pg->j, "copies");

	label(pg, "remembered");
	show_count(pg->f, json_integer_value(n), "item");
	fputs(" to find copies of", pg->f);
	if (json_is_object(c)) {
		fputs(" in ", pg->f);
		show_bytes(pg->f, get_int(c, "bytes"));
	}
	if (get_int(c, "evicted") > 0) {
		fputs(", ", pg->f);
		show_count(pg->f, get_int(c, "evicted"), "item");
		alarm_text(pg, get_int(c, "evicted_bytes") > 0
				   ? " went early (copies: max_bytes)"
				   : " went early (copies: max_items)");
	}
	fputc('\n', pg->f);
}

static void
show_alerts(const struct page *pg, const json_t *list)
{
	json_int_t told = 0, held = 0;
	const json_t *a;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	json_array_foreach(list, i, a)
	{
		told += get_int(a, "told");
		held += get_int(a, "held");
	}
	label(pg, "alerts");
	fprintf(pg->f,
	    "%zu: %" JSON_INTEGER_FORMAT " told, %" JSON_INTEGER_FORMAT
	    " held\n",
	    json_array_size(list), told, held);
}

/* Only those that somebody may want to know of. */
static void
show_lookbacks(const struct page *pg, const json_t *list)
{
	const json_t *w;
	size_t i;

	json_array_foreach(list, i, w)
	{
		const char *state = show_str(w, "state");
		bool runs = strcmp(state, "running") == 0;

		if (!runs && strcmp(state, "failed") != 0)
			continue;
		label(pg, "look back");
		tool_print(pg->f, show_str(w, "topic"));
		if (runs)
			fprintf(pg->f,
			    " %" JSON_INTEGER_FORMAT
			    " %%, %" JSON_INTEGER_FORMAT " delivered\n",
			    get_int(w, "percent"), get_int(w, "delivered"));
		else {
			fputs(" failed: ", pg->f);
			tool_print(pg->f, show_str(w, "why"));
			fputc('\n', pg->f);
		}
	}
}

static void
show_counters(const struct page *pg, const json_t *o)
{
	label(pg, "since start");
	show_count(pg->f, get_int(o, "polls"), "poll");
	fputs(", ", pg->f);
	show_count(pg->f, get_int(o, "items"), "new item");
	fputs(", ", pg->f);
	fprintf(pg->f, "%" JSON_INTEGER_FORMAT " match%s\n",
	    get_int(o, "matches"), get_int(o, "matches") == 1 ? "" : "es");
}

static void
show_gatherers(const struct page *pg, const json_t *list)
{
	const json_t *g;
	size_t i;

	json_array_foreach(list, i, g)
	{
		const char *state = show_str(g, "state");

		label(pg, i == 0 ? "gatherers" : "");
		fprintf(
		    pg->f, "#%" JSON_INTEGER_FORMAT " ", get_int(g, "index"));
		good_or_alarm(pg, state, strcmp(state, "ready") == 0);
		fprintf(pg->f, ", pid %" JSON_INTEGER_FORMAT ", ",
		    get_int(g, "pid"));
		show_count(pg->f, get_int(g, "feeds"), "feed");
		fputs(", ", pg->f);
		show_count(pg->f, get_int(g, "uncommitted"), "poll");
		fputs(" under way", pg->f);
		if (get_int(g, "restarts") > 0) {
			fputs(", ", pg->f);
			show_count(pg->f, get_int(g, "restarts"), "restart");
		}
		fputc('\n', pg->f);
	}
}

static void
show_sink(const struct page *pg, const json_t *s)
{
	const char *state = show_str(s, "state");

	tool_print(pg->f, show_str(s, "name"));
	fputs(" (", pg->f);
	tool_print(pg->f, show_str(s, "kind"));
	fputs(") ", pg->f);
	good_or_alarm(pg, state, strcmp(state, "ok") == 0);
	if (get_int(s, "lag") > 0) {
		fputs(", ", pg->f);
		show_count(pg->f, get_int(s, "lag"), "record");
		fputs(" behind", pg->f);
	} else
		fputs(", up to date", pg->f);
	if (json_object_get(s, "subscribers") != NULL) {
		fputs(", ", pg->f);
		show_count(pg->f, get_int(s, "subscribers"), "subscriber");
	}
	if (json_object_get(s, "lines") != NULL) {
		fputs(", ", pg->f);
		show_count(pg->f, get_int(s, "lines"), "line");
		fputs(" written", pg->f);
	}
	if (json_object_get(s, "delivered") != NULL)
		fprintf(pg->f, ", %lld delivered",
		    (long long)get_int(s, "delivered"));
	if (get_int(s, "skipped") > 0) {
		char words[48];

		snprintf(words, sizeof(words), "%lld skipped",
		    (long long)get_int(s, "skipped"));
		fputs(", ", pg->f);
		alarm_text(pg, words);
	}
	if (show_str(s, "path")[0] != '\0') {
		fputs(", ", pg->f);
		tool_print(pg->f, show_str(s, "path"));
	}
	fputc('\n', pg->f);
	if (show_str(s, "error")[0] != '\0') {
		label(pg, "");
		alarm_text(pg, show_str(s, "error"));
		if (get_int(s, "equal") > 1)
			fprintf(pg->f, ", the same %lld times since %s",
			    (long long)get_int(s, "equal"),
			    show_str(s, "failing_since"));
		if (show_str(s, "next_try")[0] != '\0') {
			fputs(", next try at ", pg->f);
			tool_print(pg->f, show_str(s, "next_try"));
		}
		fputc('\n', pg->f);
	}
	if (show_str(s, "note")[0] != '\0') {
		label(pg, "");
		alarm_text(pg, show_str(s, "note"));
		fputc('\n', pg->f);
	}
}

/* Those whose place the daemon keeps: who is away, and how far behind? */
static void
show_named(const struct page *pg, const json_t *list)
{
	const json_t *n;
	size_t i;

	json_array_foreach(list, i, n)
	{
		label(pg, "");
		fputs("  ", pg->f);
		tool_print(pg->f, show_str(n, "name"));
		fprintf(pg->f, " (uid %" JSON_INTEGER_FORMAT "), ",
		    get_int(n, "uid"));
		if (json_is_true(json_object_get(n, "connected")))
			fputs("connected", pg->f);
		else {
			fputs("away for ", pg->f);
			show_span(pg->f, pg->now - get_int(n, "seen"));
		}
		if (get_int(n, "lag") > 0) {
			fputs(", ", pg->f);
			show_count(pg->f, get_int(n, "lag"), "record");
			fputs(" behind", pg->f);
		}
		if (get_int(n, "unacked") > 0)
			fprintf(pg->f, ", %" JSON_INTEGER_FORMAT " unacked",
			    get_int(n, "unacked"));
		fputc('\n', pg->f);
	}
}

static void
show_sinks(const struct page *pg, const json_t *list)
{
	const json_t *s;
	size_t i;

	json_array_foreach(list, i, s)
	{
		label(pg, i == 0 ? "sinks" : "");
		show_sink(pg, s);
		show_named(pg, json_object_get(s, "named"));
	}
}

/* In the order of the page; NULL: the head has it. */
static const struct part {
	const char *key;
	void (*show)(const struct page *pg, const json_t *value);
} parts[] = {
	{ "version", NULL },
	{ "pid", NULL },
	{ "state", NULL },
	{ "why", NULL },
	{ "since", NULL },
	{ "config", show_config },
	{ "topics", show_topics },
	{ "feeds", show_feeds },
	{ "counters", show_counters },
	{ "lag", show_lag },
	{ "journal", show_journal },
	{ "remembered", show_remembered },
	{ "copies", NULL },
	{ "gatherers", show_gatherers },
	{ "alerts", show_alerts },
	{ "lookbacks", show_lookbacks },
	{ "sinks", show_sinks },
	{ "http", show_http },
};

void
show_status(FILE *f, const json_t *status, int64_t now, bool color)
{
	struct page pg = { f, status, now, color };
	json_t *rest = json_copy((json_t *)(uintptr_t)status);

	show_head(&pg);
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const json_t *v = json_object_get(status, parts[i].key);

		if (v != NULL && parts[i].show != NULL)
			parts[i].show(&pg, v);
		json_object_del(rest, parts[i].key);
	}
	/* What a newer daemon tells beyond that is not kept back. */
	show_tree(f, rest, 0);
	json_decref(rest);
}
