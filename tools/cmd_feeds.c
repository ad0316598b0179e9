/* cmd_feeds.c - each feed: how its last poll went, when the next one is. */
#include <getopt.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/plural.h"
#include "client.h"
#include "item/item.h"
#include "item/item_json.h"
#include "show.h"
#include "wiresift.h"

/* A time as a number of seconds or as RFC 3339; 0 = never. */
static int64_t
time_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);
	int64_t t;

	if (json_is_number(v))
		return (int64_t)json_number_value(v);
	t = item_time_parse(show_str(o, key));
	return t == ITEM_NO_TIME ? 0 : t;
}

static void
show_ago(const json_t *feed, const char *key, int64_t now)
{
	int64_t t = time_of(feed, key);

	if (t == 0) {
		fputs("never", stdout);
		return;
	}
	show_span(stdout, now - t);
	fputs(" ago", stdout);
}

static void
show_next(const json_t *feed, int64_t now, const char *stopped)
{
	int64_t next = time_of(feed, "next");

	fputs(", next poll ", stdout);
	if (stopped[0] != '\0') {
		fputs("not while the daemon is ", stdout);
		tool_print(stdout, stopped);
		fputc('\n', stdout);
		return;
	} else if (json_is_true(json_object_get(feed, "polling")) ||
		   next <= now) {
		fputs("now", stdout);
	} else {
		fputs("in ", stdout);
		show_span(stdout, next - now);
	}
	if (show_str(feed, "next_why")[0] != '\0') {
		fputs(" (", stdout);
		tool_print(stdout, show_str(feed, "next_why"));
		fputc(')', stdout);
	}
	fputc('\n', stdout);
}

/* `stopped`: the daemon's state when it polls nobody, or "". */
static void
show_feed(const json_t *feed, int64_t now, const char *stopped)
{
	const json_t *lag = json_object_get(feed, "lag");
	const char *name = show_str(feed, "name");

	tool_print(stdout, name[0] != '\0' ? name : show_str(feed, "key"));
	fputs("  ", stdout);
	tool_print(stdout, show_str(feed, "outcome"));
	if (json_integer_value(json_object_get(feed, "http_status")) > 0)
		printf(" %" JSON_INTEGER_FORMAT,
		    json_integer_value(json_object_get(feed, "http_status")));
	if (json_integer_value(json_object_get(feed, "failures")) > 0)
		printf(", %s", PLURAL(json_integer_value(
					  json_object_get(feed, "failures")),
				   "failure", "failures in a row"));
	if (json_integer_value(json_object_get(feed, "items")) > 0)
		printf(", %s",
		    PLURAL(json_integer_value(json_object_get(feed, "items")),
			"item", "items"));
	fputs("\n    ", stdout);
	tool_print(
	    stdout, show_str(feed,
			json_object_get(feed, "url") != NULL ? "url" : "file"));
	if (show_str(feed, "health")[0] != '\0' &&
	    strcmp(show_str(feed, "health"), "ok") != 0) {
		fputs("\n    ", stdout);
		tool_print(stdout, show_str(feed, "health"));
		fputs(" since ", stdout);
		show_span(stdout, now - time_of(feed, "health_since"));
	}
	fputs("\n    last success ", stdout);
	show_ago(feed, "last_success", now);
	fputs(", last attempt ", stdout);
	show_ago(feed, "last_attempt", now);
	show_next(feed, now, stopped);
	if (json_is_object(lag)) {
		fputs("    items came ", stdout);
		show_span(
		    stdout, json_integer_value(json_object_get(lag, "last")));
		fputs(" after their publication, ", stdout);
		show_span(
		    stdout, json_integer_value(json_object_get(lag, "median")));
		fputs(" by the median of the last\n", stdout);
	}
	if (show_str(feed, "why")[0] != '\0') {
		fputs("    ", stdout);
		tool_print(stdout, show_str(feed, "why"));
		fputc('\n', stdout);
	}
}

int
cmd_feeds(int argc, char **argv)
{
	struct status_options o;
	const char *stopped = "";
	const json_t *list;
	json_t *j;
	size_t i;
	int code;

	if (cmd_status_options(argc, argv, &o) == -1 || optind != argc)
		return tool_usage();
	j = control_ask(o.config, o.socket, "feeds", NULL, &code);
	if (j == NULL)
		return code;
	list = json_is_array(j) ? j : json_object_get(j, "feeds");
	if (json_is_false(json_object_get(j, "polling")))
		stopped = show_str(j, "state");
	if (o.json)
		cmd_print_json(j);
	else {
		for (i = 0; i < json_array_size(list); i++)
			show_feed(
			    json_array_get(list, i), clock_wall(), stopped);
	}
	code = json_array_size(list) == 0 && !o.json ? TOOL_NO : TOOL_OK;
	json_decref(j);
	return tool_flush(code);
}
