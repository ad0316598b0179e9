/* lookback.c - orders a look back, and tells how far it is. */
#include "lookback.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/plural.h"
#include "client.h"
#include "show.h"
#include "wiresift.h"

#define ASK_MS 250

static json_int_t
get_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

static void
print_names(const char *before, const json_t *list)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		fputs(i == 0 ? before : ", ", stdout);
		tool_print(stdout, json_string_value(v));
	}
}

static void
print_walk(const json_t *w)
{
	printf("%s: %" JSON_INTEGER_FORMAT " of %s delivered",
	    show_str(w, "state"), get_int(w, "delivered"),
	    PLURAL(get_int(w, "looked"), "archived item", "archived items"));
	print_names(" to ", json_object_get(w, "to"));
	print_names("; not to ", json_object_get(w, "not_to"));
	if (json_array_size(json_object_get(w, "not_to")) > 0)
		fputs(" (lookbacks)", stdout);
	putchar('\n');
	if (get_int(w, "before") > 0)
		printf("%" JSON_INTEGER_FORMAT " had been delivered before\n",
		    get_int(w, "before"));
	if (get_int(w, "unknown") > 0)
		printf("%s left out: the journal no longer tells whether "
		       "that was delivered before (journal.keep)\n",
		    PLURAL(get_int(w, "unknown"), "item is", "items are"));
	if (show_str(w, "why")[0] != '\0') {
		tool_print(stdout, show_str(w, "why"));
		putchar('\n');
	}
}

static void
print_progress(const json_t *w)
{
	bool waits = json_is_true(json_object_get(w, "waits"));

	fprintf(stderr,
	    "\r%3" JSON_INTEGER_FORMAT " %%  %" JSON_INTEGER_FORMAT
	    " delivered%-24s",
	    get_int(w, "percent"), get_int(w, "delivered"),
	    waits ? ", waits for polls" : "");
	fflush(stderr);
}

/* The one of the topic; NULL with *code. */
static json_t *
ask(const struct lookback_delivery *d, const char *verb, json_t *args,
    int *code)
{
	json_t *j = control_ask(NULL, d->socket, verb, args, code), *w;

	w = json_incref(json_array_get(json_object_get(j, "lookbacks"), 0));
	if (j != NULL && w == NULL) {
		tool_warnx("the daemon's answer is not understood");
		*code = TOOL_SOFTWARE;
	}
	json_decref(j);
	return w;
}

static bool
is_running(const json_t *w)
{
	return strcmp(show_str(w, "state"), "running") == 0;
}

static int
over(const struct lookback_delivery *d, json_t *w)
{
	int code = get_int(w, "delivered") > 0 ? TOOL_OK : TOOL_NO;

	if (is_running(w))
		code = TOOL_OK;
	else if (strcmp(show_str(w, "state"), "failed") == 0)
		code = TOOL_SOFTWARE;
	if (d->json) {
		json_t *line = json_pack("{s:O}", "lookback", w);

		cmd_print_json(line);
		json_decref(line);
	} else
		print_walk(w);
	json_decref(w);
	return code;
}

int
lookback_deliver(const struct lookback_delivery *d)
{
	const struct timespec pause = { .tv_nsec = ASK_MS * 1000000L };
	bool people = isatty(STDERR_FILENO) && !d->json;
	int code;
	json_t *w = ask(d, "lookback",
	    json_pack("{s:s, s:I, s:b, s:b}", "topic", d->topic, "since",
		(json_int_t)d->since, "alerts", d->alerts, "again", d->again),
	    &code);

	if (w != NULL && people && d->wait && is_running(w))
		fputs("the daemon goes on if you leave\n", stderr);
	while (w != NULL && d->wait && is_running(w)) {
		if (people)
			print_progress(w);
		json_decref(w);
		nanosleep(&pause, NULL);
		w = ask(d, "lookbacks", json_pack("{s:s}", "topic", d->topic),
		    &code);
	}
	if (people && d->wait)
		fputs("\r\033[K", stderr);
	return w != NULL ? over(d, w) : code;
}

int
lookback_stop(const struct lookback_delivery *d)
{
	int code;
	json_t *w = ask(
	    d, "lookback_stop", json_pack("{s:s}", "topic", d->topic), &code);

	return w != NULL ? over(d, w) : code;
}
