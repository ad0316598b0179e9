/* cmd_alert.c - alert list, alert test NAME: what may wake somebody. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "client.h"
#include "show.h"
#include "store/journal.h"
#include "wiresift.h"

#define WAIT_S 10 /* for sinks to take a test */
#define PAUSE_MS 200

static json_int_t
get_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void
show_one(const json_t *a)
{
	const json_t *v;
	size_t i;

	tool_print(stdout, show_str(a, "name"));
	printf(" (%s) told %" JSON_INTEGER_FORMAT, show_str(a, "trigger"),
	    get_int(a, "told"));
	if (show_str(a, "last")[0] != '\0')
		printf(", last %s", show_str(a, "last"));
	if (json_is_true(json_object_get(a, "quiet")))
		printf(", quiet now");
	if (get_int(a, "held") > 0)
		printf(", %" JSON_INTEGER_FORMAT " held until %s",
		    get_int(a, "held"), show_str(a, "next"));
	if (get_int(a, "dropped") > 0)
		printf(", %" JSON_INTEGER_FORMAT " dropped",
		    get_int(a, "dropped"));
	printf("; to");
	json_array_foreach(json_object_get(a, "to"), i, v)
	{
		fputs(i == 0 ? " " : ", ", stdout);
		tool_print(stdout, json_string_value(v));
	}
	putchar('\n');
}

static int
list(const struct status_options *o)
{
	const json_t *alerts, *a;
	json_t *j;
	size_t i;
	int code;

	if ((j = control_ask(o->config, o->socket, "alerts", NULL, &code)) ==
	    NULL)
		return code;
	alerts = json_object_get(j, "alerts");
	if (o->json)
		cmd_print_json(j);
	else if (json_array_size(alerts) == 0)
		puts("no alerts are configured");
	else
		json_array_foreach(alerts, i, a) show_one(a);
	json_decref(j);
	return tool_flush(TOOL_OK);
}

static const json_t *
sink_of(const json_t *status, const char *name)
{
	const json_t *v;
	size_t i;

	json_array_foreach(json_object_get(status, "sinks"), i, v)
	{
		if (strcmp(show_str(v, "name"), name) == 0)
			return v;
	}
	return NULL;
}

/* What became of the test in a sink. */
enum taken { TAKEN, TAKEN_NOT, TAKEN_NEVER };

static enum taken
taken_by(const json_t *sink, const char *cursor)
{
	uint64_t epoch, seq, sink_epoch, at;

	if (sink == NULL || strcmp(show_str(sink, "last_skipped"), cursor) == 0)
		return TAKEN_NEVER;
	if (strcmp(show_str(sink, "kind"), "socket") == 0)
		return TAKEN;
	return cursor_parse(cursor, &epoch, &seq) &&
		       cursor_parse(
			   show_str(sink, "cursor"), &sink_epoch, &at) &&
		       at >= seq
		   ? TAKEN
		   : TAKEN_NOT;
}

static const char *
in_words(const json_t *sink, enum taken t, char *text, size_t size)
{
	const char *why = show_str(sink, "error");

	if (sink == NULL)
		return "gone";
	if (t == TAKEN_NEVER)
		return "refused it";
	if (t == TAKEN_NOT) {
		snprintf(text, size, "has not taken it yet%s%.200s",
		    why[0] != '\0' ? ": " : "", why);
		return text;
	}
	if (strcmp(show_str(sink, "kind"), "socket") != 0)
		return "took it";
	snprintf(text, size, "offers it to %s",
	    PLURAL(get_int(sink, "subscribers"), "subscriber", "subscribers"));
	return text;
}

/* Ask until every sink has it or time is over; the last status. */
static json_t *
wait_for_sinks(const struct status_options *o, const json_t *told, int *code)
{
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	int64_t end = clock_mono_ms() + WAIT_S * 1000;
	const json_t *v;
	json_t *st;

	for (;;) {
		bool open = false;
		size_t i;

		st = control_ask(o->config, o->socket, "status", NULL, code);
		json_array_foreach(json_object_get(told, "to"), i, v) open |=
		    taken_by(sink_of(st, json_string_value(v)),
			show_str(told, "cursor")) == TAKEN_NOT;
		if (st == NULL || !open || clock_mono_ms() >= end)
			return st;
		json_decref(st);
		nanosleep(&pause, NULL);
	}
}

static int
test(const struct status_options *o, const char *name)
{
	json_t *told, *st, *sinks = json_array();
	const json_t *v;
	int code, result = TOOL_OK;
	size_t i;

	told = control_ask(o->config, o->socket, "alert_test",
	    json_pack("{s:s}", "alert", name), &code);
	st = told != NULL ? wait_for_sinks(o, told, &code) : NULL;
	if (st == NULL) {
		json_decref(told);
		json_decref(sinks);
		return code;
	}
	json_array_foreach(json_object_get(told, "to"), i, v)
	{
		const char *to = json_string_value(v);
		const json_t *sink = sink_of(st, to);
		enum taken t = taken_by(sink, show_str(told, "cursor"));
		char text[300];
		const char *words = in_words(sink, t, text, sizeof(text));

		if (t != TAKEN)
			result = TOOL_NO;
		json_array_append_new(
		    sinks, json_pack("{s:s, s:b, s:s}", "name", to, "taken",
			       (int)(t == TAKEN), "says", words));
		if (o->json)
			continue;
		tool_print(stdout, to);
		printf(" (%s) ", show_str(sink, "kind"));
		tool_print(stdout, words);
		putchar('\n');
	}
	json_object_set(told, "sinks", sinks);
	if (o->json)
		cmd_print_json(told);
	json_decref(sinks);
	json_decref(st);
	json_decref(told);
	return tool_flush(result);
}

int
cmd_alert(int argc, char **argv)
{
	struct status_options o;

	if (cmd_status_options(argc, argv, &o) == -1)
		return tool_usage();
	argc -= optind;
	argv += optind;
	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return list(&o);
	if (argc == 2 && strcmp(argv[0], "test") == 0)
		return test(&o, argv[1]);
	return tool_usage();
}
