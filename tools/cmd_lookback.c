/* cmd_lookback.c - what a topic would have matched of what is archived. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/plural.h"
#include "base/xmalloc.h"
#include "client.h"
#include "config/config.h"
#include "config/schema.h"
#include "feed/feed.h"
#include "item/item.h"
#include "item/item_json.h"
#include "lookback.h"
#include "pipeline/classify.h"
#include "show.h"
#include "wiresift.h"

#define DEFAULT_SINCE_S ((uint64_t)7 * 86400)
#define MAX_FAULTS 200

struct lookback {
	const char *topic, *config, *socket;
	int64_t since;
	bool json;
	struct config *rules; /* that the daemon runs with */
	size_t items, found, damaged;
};

static void
print_match(struct lookback *lb, const struct item *it, int64_t at,
    const struct topic_result *r)
{
	char iso[CLOCK_ISO_LEN];
	json_t *j;

	lb->found++;
	clock_iso(at, iso);
	if (lb->json) {
		j = json_pack("{s:s, s:s, s:I, s:s, s:s}", "topic", r->topic,
		    "level", topic_level_name(r->level), "score",
		    (json_int_t)r->score, "id", it->id, "received", iso);
		item_put_time(j, "published", it->published);
		item_put_str(j, "title", it->title_text);
		item_put_str(j, "url", it->url);
		item_put_str(j, "feed", it->feed);
		j = json_pack("{s:o}", "lookback", j);
		cmd_print_json(j);
		json_decref(j);
		return;
	}
	printf("%s %-8s %3d  ", iso, topic_level_name(r->level), r->score);
	tool_print(stdout, it->title_text);
	fputs("\n    ", stdout);
	tool_print(stdout, it->url != NULL ? it->url : it->id);
	putchar('\n');
}

/* A feed that is restricted to other topics never has this one. */
static bool
is_allowed(const struct lookback *lb, const json_t *globs)
{
	const json_t *el;
	size_t i;

	if (!json_is_array(globs))
		return true;
	json_array_foreach(globs, i, el)
	{
		if (json_is_string(el) &&
		    topic_glob_match(json_string_value(el), lb->topic))
			return true;
	}
	return false;
}

static void
look_at(struct lookback *lb, const json_t *row)
{
	const char *only[] = { lb->topic, NULL };
	const struct classify_params p = { .topics = lb->rules->topics,
		.limits = &feed_limits_default.item,
		.key = hash_key_fixed,
		.only = only,
		.bare = true };
	struct decided *dd;
	struct item *it;
	struct diag d;

	lb->items++;
	it = item_decode(json_object_get(row, "item"), &d);
	if (it == NULL || it->id == NULL) {
		item_free(it);
		lb->damaged++;
		return;
	}
	if (!is_allowed(lb, json_object_get(row, "only"))) {
		item_free(it);
		return;
	}
	dd = classify_item(it, &p);
	for (size_t i = 0; i < dd->topics.n; i++)
		if (dd->topics.v[i].level > TOPIC_NONE)
			print_match(lb, dd->item,
			    json_integer_value(json_object_get(row, "at")),
			    &dd->topics.v[i]);
	decided_free(dd);
}

static int
look_back(struct lookback *lb)
{
	json_t *after = json_null(), *page;
	const json_t *row, *next;
	size_t i;
	int code;

	for (;;) {
		page = control_ask(NULL, lb->socket, "archive",
		    json_pack("{s:I, s:o}", "since", (json_int_t)lb->since,
			"after", after),
		    &code);
		if (page == NULL)
			return code;
		json_array_foreach(json_object_get(page, "items"), i, row)
		    look_at(lb, row);
		next = json_object_get(page, "after");
		after = json_is_string(next)
			    ? json_string(json_string_value(next))
			    : NULL;
		json_decref(page);
		if (after == NULL)
			return TOOL_OK;
	}
}

static int
take_rules(struct lookback *lb)
{
	const char *near, **names;
	struct diags ds;
	size_t n;
	json_t *j;
	int code;

	if ((j = control_ask(NULL, lb->socket, "rules", NULL, &code)) == NULL)
		return code;
	diags_init(&ds, MAX_FAULTS);
	lb->rules = config_decode_gatherer(j, &ds);
	json_decref(j);
	diags_fini(&ds);
	if (lb->rules == NULL) {
		tool_warnx("the daemon's rules are not understood: is it of "
			   "another version?");
		return TOOL_SOFTWARE;
	}
	n = topic_set_len(lb->rules->topics);
	names = xcalloc(n + 1, sizeof(*names));
	for (size_t i = 0; i < n; i++) {
		names[i] = topic_set_name(lb->rules->topics, i);
		if (strcmp(names[i], lb->topic) == 0)
			code = -1;
	}
	near = diag_suggest(lb->topic, names);
	if (code != -1)
		tool_warnx("the daemon has no topic \"%s\"%s%s; a new one "
			   "needs a reload",
		    lb->topic, near != NULL ? ", did you mean " : "",
		    near != NULL ? near : "");
	free(names);
	return code == -1 ? TOOL_OK : TOOL_NO;
}

static int
run(struct lookback *lb)
{
	char *found = NULL;
	int code;

	if (lb->socket == NULL)
		lb->socket = found = client_socket_path(lb->config, true);
	code = take_rules(lb);
	if (code == TOOL_OK && lb->rules != NULL)
		code = look_back(lb);
	if (code == TOOL_OK) {
		if (!lb->json)
			printf("%zu of %s\n", lb->found,
			    PLURAL(
				lb->items, "archived item", "archived items"));
		if (lb->damaged > 0)
			tool_warnx("%s left out",
			    PLURAL(lb->damaged,
				"damaged item of the archive is",
				"damaged items of the archive are"));
		code = lb->damaged > 0 ? TOOL_BAD_INPUT
		       : lb->found > 0 ? TOOL_OK
				       : TOOL_NO;
	}
	config_free(lb->rules);
	free(found);
	return tool_flush(code);
}

/* Options that only make sense together. */
static int
deliver(struct lookback *lb, struct lookback_delivery *d)
{
	char *found = NULL;
	int code;

	if (lb->socket == NULL)
		lb->socket = found = client_socket_path(lb->config, true);
	d->socket = lb->socket;
	d->topic = lb->topic;
	d->since = lb->since;
	d->json = lb->json;
	code = d->stop ? lookback_stop(d) : lookback_deliver(d);
	free(found);
	return tool_flush(code);
}

int
cmd_lookback(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "since", required_argument, NULL, 'S' },
		{ "json", no_argument, NULL, 'j' },
		{ "text", no_argument, NULL, 't' },
		{ "deliver", no_argument, NULL, 'd' },
		{ "alerts", no_argument, NULL, 'a' },
		{ "again", no_argument, NULL, 'g' },
		{ "no-wait", no_argument, NULL, 'w' },
		{ "stop", no_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	struct lookback lb = { .json = !tool_for_people() };
	struct lookback_delivery d = { .wait = true };
	bool on = false;
	uint64_t s = DEFAULT_SINCE_S;
	int64_t now = clock_wall();
	int ch;

	while ((ch = getopt_long(argc, argv, "c:s:", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			lb.config = optarg;
			break;
		case 's':
			lb.socket = optarg;
			break;
		case 'S':
			if (strcmp(optarg, "all") == 0)
				s = UINT64_MAX;
			else if (!schema_duration(optarg, &s)) {
				tool_warnx("--since: expected a length of time "
					   "as \"7d\" or \"12h\", or \"all\"");
				return tool_usage();
			}
			break;
		case 'j':
			lb.json = true;
			break;
		case 't':
			lb.json = false;
			break;
		case 'd':
			on = true;
			break;
		case 'a':
			d.alerts = true;
			break;
		case 'g':
			d.again = true;
			break;
		case 'w':
			d.wait = false;
			break;
		case 'x':
			d.stop = true;
			break;
		default:
			return tool_usage();
		}
	}
	if (argc - optind != 1 || (!on && (d.alerts || d.again || !d.wait)) ||
	    (on && d.stop))
		return tool_usage();
	lb.topic = argv[optind];
	lb.since = s < (uint64_t)now ? now - (int64_t)s : 0;
	if (on || d.stop)
		return deliver(&lb, &d);
	return run(&lb);
}
