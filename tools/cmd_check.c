/* cmd_check.c - is the configuration sound, do the rules' tests hold? */
#include <getopt.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/fsutil.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "topic/cases.h"
#include "topic/lint.h"
#include "topic/rules.h"
#include "topic/topic.h"
#include "wiresift.h"

#define MAX_CASE_LINE ((size_t)64 << 10)
#define MAX_WARNINGS 100

struct check {
	bool tap;
	size_t number;
	struct strbuf line;
};

static int
read_cb(void *cookie, const char *from, const char *path, struct strbuf *out)
{
	char *full = fs_relative(from, path);
	int rv = fs_read(full, out);

	(void)cookie;
	free(full);
	return rv;
}

static void
result_cb(void *cookie, const struct topic_case_result *r)
{
	struct check *ck = cookie;

	ck->number++;
	strbuf_reset(&ck->line);
	if (ck->tap) {
		topic_case_tap(&ck->line, ck->number, r);
		tool_print_lines(stdout, ck->line.data);
	} else if (!r->ok && !r->todo) {
		strbuf_printf(&ck->line, "%s:%u:%u: ", r->test->mark.file,
		    r->test->mark.line, r->test->mark.col);
		topic_case_tell(&ck->line, r);
		fflush(stdout);
		tool_print_lines(stderr, ck->line.data);
	}
}

/* What is allowed and still looks like a mistake; never a failure. */
static void
print_lint(const struct config *c, bool tap)
{
	struct diags ds;
	char line[800];

	diags_init(&ds, MAX_WARNINGS);
	if (c->nsinks > 0 && c->file != NULL)
		config_check_feeds(c, &ds);
	config_check_contact(c, &ds);
	config_check_files(c, &ds);
	topic_lint(c->rules, &ds);
	for (size_t i = 0; i < ds.n; i++) {
		diag_str(&ds.v[i], line, sizeof(line));
		if (tap)
			printf("# warning: %s\n", line);
		else
			fprintf(stderr, "warning: %s\n", line);
	}
	if (ds.warnings > ds.n)
		fprintf(stderr, "... and %s more\n",
		    PLURAL(ds.warnings - ds.n, "warning", "warnings"));
	diags_fini(&ds);
}

/* How far a match in one place alone can bring each topic. */
static void
print_ceilings(const struct config *c)
{
	for (size_t i = 0; i < c->rules->ntopics; i++) {
		const struct rules_topic *t = &c->rules->topics[i];
		struct topic_ceiling most = topic_ceiling(t);

		printf("%s: about from %d, mentions from %d; at most %d by "
		       "the title, %d by the lead, %d by the body\n",
		    t->name, t->threshold, t->mention, most.title, most.lead,
		    most.body);
	}
}

int
cmd_check(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "tap", no_argument, NULL, 't' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct check ck = { .tap = false };
	const struct topic_case_ops ops = { read_cb, result_cb, &ck };
	size_t failed, ncases = 0, ntodo = 0;
	const char *path = NULL;
	struct config *c;
	bool verbose = false;
	int ch, code;

	while ((ch = getopt_long(argc, argv, "c:v", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			path = optarg;
			break;
		case 't':
			ck.tap = true;
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return tool_usage();
		}
	}
	/* A file may stand alone too: wiresift check FILE */
	if (path == NULL && argc - optind == 1)
		path = argv[optind++];
	if (optind != argc)
		return tool_usage();
	if ((c = tool_config(path, &code)) == NULL) {
		if (ck.tap)
			puts("Bail out! the configuration does not load");
		return tool_flush(code);
	}
	print_lint(c, ck.tap);
	strbuf_init(&ck.line, MAX_CASE_LINE);
	failed = topic_run_cases(c->topics, c->rules, &ops, &ncases, &ntodo);
	if (ck.tap)
		printf("1..%zu\n", ncases);
	else {
		printf("%s: %s, %s, %s, %s, %s: %zu ok",
		    c->file != NULL ? c->file : "configuration",
		    PLURAL(c->nfeeds, "feed", "feeds"),
		    PLURAL(c->nsinks, "sink", "sinks"),
		    PLURAL(c->rules->ntopics, "topic", "topics"),
		    PLURAL(c->rules->nlists, "list", "lists"),
		    PLURAL(ncases, "case", "cases"), ncases - failed - ntodo);
		if (failed > 0)
			printf(", %zu FAILED", failed);
		if (ntodo > 0)
			printf(", %zu to do", ntodo);
		putchar('\n');
		if (verbose)
			print_ceilings(c);
	}
	strbuf_fini(&ck.line);
	config_free(c);
	return tool_flush(failed > 0 ? TOOL_NO : TOOL_OK);
}
