/* cmd_status.c - how the daemon is. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "client.h"
#include "item/item.h"
#include "show.h"
#include "wiresift.h"

/* Shared with feeds: `-c FILE`, `-s SOCKET`, `--json`. -1 on bad usage. */
int
cmd_status_options(int argc, char **argv, struct status_options *o)
{
	const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "json", no_argument, NULL, 'j' },
		{ strcmp(argv[0], "status") == 0 ? "metrics" : NULL,
		    no_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	int ch;

	*o = (struct status_options){ NULL, NULL, false, false };
	while ((ch = getopt_long(argc, argv, "c:s:", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->socket = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'm':
			o->metrics = true;
			break;
		default:
			return -1;
		}
	}
	return 0;
}

void
cmd_print_json(const json_t *j)
{
	char *s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

	puts(s != NULL ? s : "null");
	free(s);
}

/* What a scraper reads, without the http listener. */
static int
metrics(const struct status_options *o)
{
	int code;
	json_t *j = control_ask(o->config, o->socket, "metrics", NULL, &code);

	if (j == NULL)
		return code;
	fputs(show_str(j, "text"), stdout);
	json_decref(j);
	return tool_flush(TOOL_OK);
}

int
cmd_status(int argc, char **argv)
{
	struct status_options o;
	json_t *j;
	int code;

	if (cmd_status_options(argc, argv, &o) == -1 || optind != argc ||
	    (o.metrics && o.json))
		return tool_usage();
	if (o.metrics)
		return metrics(&o);
	j = control_ask(o.config, o.socket, "status", NULL, &code);
	if (j == NULL)
		return code;
	if (o.json)
		cmd_print_json(j);
	else if (tool_for_people())
		show_status(
		    stdout, j, clock_wall(), getenv("NO_COLOR") == NULL);
	else
		show_tree(stdout, j, 0);
	json_decref(j);
	return tool_flush(TOOL_OK);
}
