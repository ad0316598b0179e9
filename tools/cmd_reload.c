/* cmd_reload.c - reload, pause, resume, poll FEED, show-config. */
#include <getopt.h>
#include <string.h>

#include "base/strbuf.h"
#include "client.h"
#include "config/config.h"
#include "show.h"
#include "wiresift.h"

/* Verbs that only ask the daemon to do something. */
static int
ask(int argc, char **argv, const char *verb, const char *arg_key)
{
	struct status_options o;
	json_t *args = NULL, *j;
	int code;

	if (cmd_status_options(argc, argv, &o) == -1 ||
	    argc - optind != (arg_key != NULL ? 1 : 0))
		return tool_usage();
	if (arg_key != NULL)
		args = json_pack("{s:s}", arg_key, argv[optind]);
	j = control_ask(o.config, o.socket, verb, args, &code);
	if (j == NULL)
		return code;
	if (o.json)
		cmd_print_json(j);
	else
		show_tree(stdout, j, 0);
	json_decref(j);
	return tool_flush(TOOL_OK);
}

int
cmd_reload(int argc, char **argv)
{
	return ask(argc, argv, "reload", NULL);
}

int
cmd_pause(int argc, char **argv)
{
	return ask(argc, argv, "pause", NULL);
}

int
cmd_resume(int argc, char **argv)
{
	return ask(argc, argv, "resume", NULL);
}

int
cmd_poll(int argc, char **argv)
{
	return ask(argc, argv, "poll", "feed");
}

/* With -c: that file, checked and complete with its defaults; without: what
 * the daemon runs with. */
int
cmd_show_config(int argc, char **argv)
{
	struct status_options o;
	struct strbuf sb;
	struct config *c;
	json_t *j;
	int code;

	if (cmd_status_options(argc, argv, &o) == -1 || optind != argc)
		return tool_usage();
	if (o.config == NULL || o.socket != NULL) {
		j = control_ask(o.config, o.socket, "show_config", NULL, &code);
		if (j == NULL)
			return code;
		if (json_is_string(j))
			fputs(json_string_value(j), stdout);
		else if (json_is_string(json_object_get(j, "yaml")))
			fputs(show_str(j, "yaml"), stdout);
		else
			show_tree(stdout, j, 0);
		json_decref(j);
		return tool_flush(TOOL_OK);
	}
	if ((c = tool_config(o.config, &code)) == NULL)
		return code;
	strbuf_init(&sb, (size_t)64 << 20);
	config_show(c, &sb);
	fwrite(sb.data, 1, sb.len, stdout);
	strbuf_fini(&sb);
	config_free(c);
	return tool_flush(TOOL_OK);
}
