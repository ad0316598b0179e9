/* main.c - wiresiftd: the desk, or with --gatherer one of its gatherers. */
#include <event2/event.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/xmalloc.h"
#include "desk/desk.h"
#include "gatherer/gatherer.h"

#define LINK_FD 3 /* where the desk puts its end of the link */
#define DEFAULT_CONFIG WIRESIFT_SYSCONFDIR "/wiresift/wiresift.yaml"

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "once", no_argument, NULL, '1' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void
usage(FILE *f)
{
	fputs("usage: wiresiftd [-c FILE] [--once] [--version]\n", f);
}

static void *
library_realloc(void *p, size_t size)
{
	return xreallocarray(p, 1, size > 0 ? size : 1);
}

/*
 * libevent and jansson go on with half a thing when memory is out, and their
 * callers here do not look: they get ours, which end the process.
 */
static void
share_allocator(void)
{
	event_set_mem_functions(xmalloc, library_realloc, free);
	json_set_alloc_funcs(xmalloc, free);
}

int
main(int argc, char **argv)
{
	const char *config = DEFAULT_CONFIG;
	bool once = false;
	int ch;

	share_allocator();
	/* Alone and first: started by the desk, never by people. */
	if (argc == 2 && strcmp(argv[1], "--gatherer") == 0)
		return gatherer_main(LINK_FD);
	while ((ch = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		switch (ch) {
		case 'c':
			config = optarg;
			break;
		case '1':
			once = true;
			break;
		case 'V':
			printf("wiresiftd %s\n", WIRESIFT_VERSION);
			return EX_OK;
		case 'h':
			usage(stdout);
			return EX_OK;
		default:
			usage(stderr);
			return EX_USAGE;
		}
	}
	if (optind != argc) {
		usage(stderr);
		return EX_USAGE;
	}
	return desk_run(config, once);
}
