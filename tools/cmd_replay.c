/* cmd_replay.c - what would the daemon have decided? Offline. */
#include <getopt.h>
#include <stdlib.h>

#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "item/item.h"
#include "replay.h"
#include "show.h"
#include "wiresift.h"

#define MAX_LINE ((size_t)8 << 20)

struct output {
	struct strbuf line;
	bool all;
	bool people; /* somebody reads this on a terminal */
};

static void
output_cb(void *cookie, const struct replay_result *r)
{
	struct output *out = cookie;
	const json_t *j = out->all ? r->decision : r->frame;

	if (j == NULL)
		return;
	if (out->people && !out->all) {
		show_frame(stdout, j);
		return;
	}
	strbuf_reset(&out->line);
	if (item_json_line(&out->line, j) == -1 ||
	    strbuf_putc(&out->line, '\n') == -1) {
		tool_warnx(
		    "a line longer than %zu bytes is left out", MAX_LINE);
		return;
	}
	fwrite(out->line.data, 1, out->line.len, stdout);
}

int
cmd_replay(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "alerts", no_argument, NULL, 'A' },
		{ "all", no_argument, NULL, 'a' },
		{ "explain", no_argument, NULL, 'e' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct output out = { .people = tool_for_people() };
	struct replay_options opt = { .cb = output_cb, .cookie = &out };
	const char *path = NULL;
	struct replay *rp;
	struct config *c;
	int ch, code;

	while ((ch = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			path = optarg;
			break;
		case 'a':
			out.all = opt.all = true;
			break;
		case 'A':
			opt.alerts = true;
			break;
		case 'e':
			opt.explain = true;
			break;
		case 'j':
			out.people = false;
			break;
		default:
			return tool_usage();
		}
	}
	if (optind == argc || (out.all && opt.alerts))
		return tool_usage();
	if (out.people)
		opt.explain = true; /* the reason is part of the block */
	if ((c = tool_config(path, &code)) == NULL)
		return code;
	setvbuf(stdout, NULL, _IOFBF, (size_t)256 << 10);
	strbuf_init(&out.line, MAX_LINE);
	rp = replay_new(c, &opt);
	for (; optind < argc; optind++) {
		int got = replay_file(rp, argv[optind]);

		if (got != TOOL_OK)
			code = got;
	}
	replay_free(rp);
	strbuf_fini(&out.line);
	config_free(c);
	return tool_flush(code);
}
