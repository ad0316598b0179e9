/* cmd_check.c - is the configuration sound, do the rules' tests hold? */
#include <getopt.h>
#include <stdlib.h>

#include "base/fsutil.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "topic/cases.h"
#include "topic/rules.h"
#include "topic/topic.h"
#include "wiresift.h"

#define MAX_CASE_LINE ((size_t)64 << 10)

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

int
cmd_check(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "tap", no_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct check ck = { .tap = false };
	const struct topic_case_ops ops = { read_cb, result_cb, &ck };
	size_t failed, ncases = 0, ntodo = 0;
	const char *path = NULL;
	struct config *c;
	int ch, code;

	while ((ch = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			path = optarg;
			break;
		case 't':
			ck.tap = true;
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
	strbuf_init(&ck.line, MAX_CASE_LINE);
	failed = topic_run_cases(c->topics, c->rules, &ops, &ncases, &ntodo);
	if (ck.tap)
		printf("1..%zu\n", ncases);
	else {
		printf("%s: %zu feeds, %zu sinks, %zu topics, %zu lists, "
		       "%zu cases: %zu ok",
		    c->file != NULL ? c->file : "configuration", c->nfeeds,
		    c->nsinks, c->rules->ntopics, c->rules->nlists, ncases,
		    ncases - failed - ntodo);
		if (failed > 0)
			printf(", %zu FAILED", failed);
		if (ntodo > 0)
			printf(", %zu to do", ntodo);
		putchar('\n');
	}
	strbuf_fini(&ck.line);
	config_free(c);
	return tool_flush(failed > 0 ? TOOL_NO : TOOL_OK);
}
