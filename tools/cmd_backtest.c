/* cmd_backtest.c - try changed rules on what has come in. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backtest.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "client.h"
#include "config/config.h"
#include "config/schema.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "replay.h"
#include "show.h"
#include "wiresift.h"

#define DEFAULT_SINCE_S ((uint64_t)7 * 86400)
#define MAX_FAULTS 200
#define MAX_SHOWN 1000 /* changes that people are shown */
#define MAX_ONLY 256   /* topic globs of a feed */

struct run {
	const char *config, *socket, *items;
	int64_t since; /* seconds since the epoch */
	bool json;
	struct config *from;
	struct config_trial to;
	struct backtest *bt;
	json_t *shown; /* changes, for people */
	size_t gained, lost;
};

static void
change_cb(void *cookie, json_t *change)
{
	struct run *r = cookie;

	if (strcmp(show_str(change, "change"), "gained") == 0)
		r->gained++;
	else
		r->lost++;
	if (r->json)
		cmd_print_json(change);
	else if (json_array_size(r->shown) < MAX_SHOWN)
		json_array_append(r->shown, change);
}

/* --- the two rule sets --- */

/* The rules that the daemon runs with, which need not be those on disk. */
static int
rules_of_daemon(struct run *r)
{
	struct diags ds;
	json_t *j;
	int code;

	j = control_ask(r->config, r->socket, "rules", NULL, &code);
	if (j == NULL)
		return code;
	diags_init(&ds, MAX_FAULTS);
	r->from = config_decode_gatherer(j, &ds);
	json_decref(j);
	if (r->from == NULL) {
		tool_warnx("the daemon's rules are not understood: is it of "
			   "another version?");
		tool_faults(&ds);
		code = TOOL_SOFTWARE;
	}
	diags_fini(&ds);
	return code;
}

/* No topic files given: what a reload would change. */
static int
rules_to_try(struct run *r, const char *const *paths, size_t n)
{
	struct diags ds;
	int code = TOOL_OK;

	if (n == 0) {
		r->to.config = tool_config(r->config, &code);
		return code;
	}
	for (size_t i = 0; i < n; i++) {
		if (access(paths[i], R_OK) == -1) {
			tool_warn("%s", paths[i]);
			return TOOL_NO_FILE;
		}
	}
	diags_init(&ds, MAX_FAULTS);
	if (config_try_topics(&r->to, r->from, paths, n, &ds) == -1)
		code = TOOL_BAD_CONFIG;
	tool_faults(&ds);
	diags_fini(&ds);
	return code;
}

/* --- items --- */

static int
try_archived(struct run *r, const json_t *row)
{
	const json_t *globs = json_object_get(row, "only"), *el;
	const char *only[MAX_ONLY + 1] = { NULL };
	struct item *it;
	struct diag d;
	size_t i, n = 0;

	it = item_decode(json_object_get(row, "item"), &d);
	if (it == NULL || it->id == NULL) {
		item_free(it);
		tool_warnx("a damaged item of the archive is left out");
		return TOOL_BAD_INPUT;
	}
	json_array_foreach(globs, i, el)
	{
		if (json_is_string(el) && n < MAX_ONLY)
			only[n++] = json_string_value(el);
	}
	backtest_item(r->bt, it, NULL, json_is_array(globs) ? only : NULL);
	return TOOL_OK;
}

static int
try_archive(struct run *r)
{
	int code = TOOL_OK, got;
	json_t *after = json_null();

	for (;;) {
		const json_t *el, *next;
		json_t *page;
		size_t i;

		page = control_ask(NULL, r->socket, "archive",
		    json_pack("{s:I, s:o}", "since", (json_int_t)r->since,
			"after", after),
		    &got);
		if (page == NULL)
			return got;
		json_array_foreach(json_object_get(page, "items"), i, el)
		{
			if ((got = try_archived(r, el)) != TOOL_OK)
				code = got;
		}
		next = json_object_get(page, "after");
		if (!json_is_string(next)) {
			json_decref(page);
			return code;
		}
		after = json_string(json_string_value(next));
		json_decref(page);
	}
}

static void
replayed_cb(void *cookie, const struct replay_result *res)
{
	struct run *r = cookie;

	if (res->dd != NULL) /* else the same item once more */
		backtest_decided(r->bt, res->dd,
		    show_str(json_object_get(res->decision, "decision"), "id"));
}

static int
try_file(struct run *r)
{
	struct replay_options opt = {
		.all = true, .cb = replayed_cb, .cookie = r
	};
	struct replay *rp = replay_new(r->from, &opt);
	int code = replay_file(rp, r->items);

	replay_free(rp);
	return code;
}

/* --- what came of it --- */

static void
print_summary(const struct run *r, const struct diags *ds)
{
	json_t *replaced = json_array(), *warnings = json_array(), *j;
	char line[1024];

	for (size_t i = 0; i < r->to.nreplaced; i++)
		json_array_append_new(replaced, json_string(r->to.replaced[i]));
	for (size_t i = 0; i < ds->n; i++)
		json_array_append_new(warnings,
		    json_string(diag_str(&ds->v[i], line, sizeof(line))));
	j = json_pack("{s:{s:I, s:s, s:s, s:o, s:I, s:o, s:I, s:I, s:o}}",
	    "backtest", "items", (json_int_t)backtest_items(r->bt),
	    "rules_from", topic_set_hash(r->from->topics), "rules_to",
	    topic_set_hash(r->to.config->topics), "replaced", replaced, "kept",
	    (json_int_t)r->to.kept, "topics", backtest_topics(r->bt), "gained",
	    (json_int_t)r->gained, "lost", (json_int_t)r->lost, "warnings",
	    warnings);
	cmd_print_json(j);
	json_decref(j);
}

static void
show_table(const struct run *r)
{
	json_t *topics = backtest_topics(r->bt), *t;
	size_t quiet = 0;
	const char *name;

	printf("%-28s %7s %7s %7s\n", "topic", "same", "gained", "lost");
	json_object_foreach(topics, name, t)
	{
		json_int_t same =
			       json_integer_value(json_object_get(t, "same")),
			   gained =
			       json_integer_value(json_object_get(t, "gained")),
			   lost =
			       json_integer_value(json_object_get(t, "lost"));

		if (same + gained + lost == 0) {
			quiet++;
			continue;
		}
		printf("%-28s %7" JSON_INTEGER_FORMAT " %7" JSON_INTEGER_FORMAT
		       " %7" JSON_INTEGER_FORMAT "\n",
		    name, same, gained, lost);
	}
	if (quiet > 0)
		printf("%s no match\n",
		    PLURAL(quiet, "topic had and has", "topics had and have"));
	json_decref(topics);
}

static void
show_change(const json_t *c)
{
	const json_t *because = json_object_get(c, "because");
	const char *name = show_str(c, "feed_name");
	bool lost = strcmp(show_str(c, "change"), "lost") == 0;
	struct strbuf feed;

	printf("\n%-6s ", show_str(c, "change"));
	tool_print(stdout, show_str(c, "topic"));
	printf(": %s %" JSON_INTEGER_FORMAT " -> %s %" JSON_INTEGER_FORMAT,
	    show_str(c, "from"),
	    json_integer_value(json_object_get(c, "score_from")),
	    show_str(c, "to"),
	    json_integer_value(json_object_get(c, "score_to")));
	fputs("\n  ", stdout);
	tool_print(stdout, show_str(c, "title"));
	fputs("\n    ", stdout);
	strbuf_init(&feed, URL_MAX);
	if (name[0] == '\0')
		name = show_str(c, "feed");
	/* The host of an address is shorter. */
	tool_print(stdout, url_host_key(&feed, name) == 0 ? feed.data : name);
	strbuf_fini(&feed);
	fputs("  ", stdout);
	tool_print(stdout, show_str(c, "url")[0] != '\0' ? show_str(c, "url")
							 : show_str(c, "id"));
	putchar('\n');
	if (json_is_object(because)) {
		printf("    %s ", lost ? "had" : "because");
		tool_print(stdout, show_str(because, "name"));
		printf(" +%" JSON_INTEGER_FORMAT " in the %s: \"",
		    json_integer_value(json_object_get(because, "points")),
		    show_str(because, "zone"));
		tool_print(stdout, show_str(because, "text"));
		puts("\"");
	}
	if (lost && show_str(c, "lacking")[0] != '\0') {
		fputs("    now ", stdout);
		tool_print(stdout, show_str(c, "lacking"));
		putchar('\n');
	}
}

static void
show_all(const struct run *r)
{
	const json_t *el;
	size_t i, all = r->gained + r->lost;

	printf("%s, %zu gained, %zu lost",
	    PLURAL(backtest_items(r->bt), "item", "items"), r->gained, r->lost);
	if (strcmp(topic_set_hash(r->from->topics),
		topic_set_hash(r->to.config->topics)) == 0)
		fputs("; the rules are the same", stdout);
	putchar('\n');
	for (i = 0; i < r->to.nreplaced; i++) {
		fputs("in place of ", stdout);
		tool_print(stdout, r->to.replaced[i]);
		putchar('\n');
	}
	if (r->to.kept > 0)
		printf("with %s of the rules in force\n",
		    PLURAL(r->to.kept, "other file", "other files"));
	putchar('\n');
	show_table(r);
	json_array_foreach(r->shown, i, el) show_change(el);
	if (all > json_array_size(r->shown))
		printf("\n%zu more; with --json there are all\n",
		    all - json_array_size(r->shown));
}

static int
finish(struct run *r, int code)
{
	struct diags ds;

	if (backtest_items(r->bt) == 0) {
		if (code == TOOL_OK)
			tool_warnx("there are no items%s",
			    r->items == NULL ? " in the archive since then"
					     : "");
		return code == TOOL_OK ? TOOL_NO : code;
	}
	diags_init(&ds, MAX_FAULTS);
	backtest_lint(r->bt, &ds);
	if (r->json)
		print_summary(r, &ds);
	else
		show_all(r);
	tool_faults(&ds);
	diags_fini(&ds);
	if (code == TOOL_OK && r->lost > 0)
		code = TOOL_NO;
	return code;
}

static int
run(struct run *r, const char *const *paths, size_t n)
{
	char *found = NULL;
	int code = TOOL_OK;

	if (r->items != NULL)
		r->from = tool_config(r->config, &code);
	else {
		/* Found once, not once a page. */
		if (r->socket == NULL)
			r->socket = found = client_socket_path(r->config, true);
		code = rules_of_daemon(r);
	}
	if (code == TOOL_OK)
		code = rules_to_try(r, paths, n);
	if (code == TOOL_OK) {
		r->shown = json_array();
		r->bt = backtest_new(r->from, r->to.config, change_cb, r);
		code = r->items != NULL ? try_file(r) : try_archive(r);
		if (code == TOOL_OK || code == TOOL_BAD_INPUT)
			code = finish(r, code);
	}
	backtest_free(r->bt);
	json_decref(r->shown);
	config_free(r->to.config);
	config_free(r->from);
	free(found);
	return tool_flush(code);
}

/* "7d" before now, or "all". */
static bool
parse_since(const char *text, int64_t now, int64_t *since)
{
	uint64_t s;

	if (strcmp(text, "all") == 0)
		*since = 0;
	else if (schema_duration(text, &s))
		*since = s < (uint64_t)now ? now - (int64_t)s : 0;
	else
		return false;
	return true;
}

int
cmd_backtest(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "since", required_argument, NULL, 'S' },
		{ "items", required_argument, NULL, 'i' },
		{ "json", no_argument, NULL, 'j' },
		{ "text", no_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct run r = { .json = !tool_for_people(),
		.since = clock_wall() - (int64_t)DEFAULT_SINCE_S };
	bool dated = false;
	int ch;

	while ((ch = getopt_long(argc, argv, "c:s:", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			r.config = optarg;
			break;
		case 's':
			r.socket = optarg;
			break;
		case 'S':
			dated = true;
			if (parse_since(optarg, clock_wall(), &r.since))
				break;
			tool_warnx("--since: expected a length of time as "
				   "\"7d\" or \"12h\", or \"all\"");
			return tool_usage();
		case 'i':
			r.items = optarg;
			break;
		case 'j':
			r.json = true;
			break;
		case 't':
			r.json = false;
			break;
		default:
			return tool_usage();
		}
	}
	if (r.items != NULL && (dated || r.socket != NULL))
		return tool_usage();
	return run(
	    &r, (const char *const *)&argv[optind], (size_t)(argc - optind));
}
