/* cmd_top.c - how the daemon is, every two seconds. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xmalloc.h"
#include "client.h"
#include "show.h"
#include "wiresift.h"

#define EVERY_S 2

/* From the top left; each line loses its old rest, the page what is below. */
static void
repaint(const char *page)
{
	fputs("\033[H", stdout);
	for (const char *nl; (nl = strchr(page, '\n')) != NULL; page = nl + 1)
		printf("%.*s\033[K\n", (int)(nl - page), page);
	fputs("\033[J", stdout);
}

static void
show_page(const json_t *status, bool people)
{
	char *page = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&page, &len);

	if (f == NULL)
		return;
	show_status(
	    f, status, clock_wall(), people && getenv("NO_COLOR") == NULL);
	fclose(f);
	if (people)
		repaint(page);
	else
		printf("%s\n", page);
	free(page);
}

int
cmd_top(int argc, char **argv)
{
	struct status_options o;
	bool people, first = true;
	int code = TOOL_OK;
	char *socket;

	if (cmd_status_options(argc, argv, &o) == -1 || optind != argc)
		return tool_usage();
	people = tool_for_people() && !o.json;
	/* Found once: a fault of the configuration is told once. */
	socket = o.socket != NULL ? xstrdup(o.socket)
				  : client_socket_path(o.config, true);
	for (;;) {
		json_t *j = control_ask(NULL, socket, "status", NULL, &code);

		if (j == NULL && (first || code != TOOL_UNAVAILABLE))
			break;
		if (first && people)
			fputs("\033[2J", stdout);
		first = false;
		if (j != NULL && o.json)
			cmd_print_json(j);
		else if (j != NULL)
			show_page(j, people);
		json_decref(j);
		if ((code = tool_flush(TOOL_OK)) != TOOL_OK)
			break;
		sleep(EVERY_S);
	}
	free(socket);
	return code;
}
