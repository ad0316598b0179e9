/* wiresift.c - the command: picks the verb and runs it. */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "wiresift.h"

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *usage;
	const char *help;
} verbs[] = {
	{ "alert", cmd_alert, "[-c FILE] [--json] list | test NAME",
	    "what was told by alerts; try one" },
	{ "backtest", cmd_backtest,
	    "[-c FILE] [-s SOCKET] [--since TIME | --items FILE]\n"
	    "           [--json | --text] [TOPICS.yaml]...",
	    "what changed rules gain and lose on old items" },
	{ "check", cmd_check, "[-v] [-c FILE] [--tap]",
	    "check configuration and rules, run the rules' tests" },
	{ "explain", cmd_explain,
	    "[-c FILE] [--json] ID | URL | FILE | --text TEXT",
	    "why an item matches, or does not" },
	{ "feeds", cmd_feeds, "[-c FILE] [--json]",
	    "each feed: last poll, next poll and why" },
	{ "forget", cmd_forget, "[-c FILE] [-s SOCKET] NAME",
	    "drop the place that is kept for a named subscriber" },
	{ "lookback", cmd_lookback,
	    "[-c FILE] [-s SOCKET] [--since TIME] [--json | --text]\n"
	    "           [--deliver [--alerts] [--again] [--no-wait] | --stop] "
	    "TOPIC",
	    "what a topic matches of what is archived" },
	{ "opml", cmd_opml, "import FILE | [-c FILE] [--with-secrets] export",
	    "subscriptions in and out as OPML" },
	{ "parse", cmd_parse, "FILE [URL [CONTENT-TYPE]]",
	    "one feed document as neutral JSON" },
	{ "pause", cmd_pause, "[-c FILE]", "stop polling" },
	{ "poll", cmd_poll, "[-c FILE] FEED", "poll a feed now" },
	{ "reload", cmd_reload, "[-c FILE]",
	    "load configuration and rules again" },
	{ "replay", cmd_replay,
	    "[-c FILE] [--all | --alerts] [--explain] FILE...",
	    "decide about feed documents or NDJSON, offline" },
	{ "resume", cmd_resume, "[-c FILE]", "poll again after pause" },
	{ "show-config", cmd_show_config, "[-c FILE]",
	    "every key with its value in force" },
	{ "status", cmd_status, "[-c FILE] [--json | --metrics]",
	    "how the daemon is" },
	{ "tail", cmd_tail,
	    "[-c FILE] [--topic GLOB]... [--after CURSOR]\n"
	    "           [--cursor-file FILE] [--min LEVEL] [--copies] "
	    "[--explain]\n"
	    "           [--once] [--limit N] [--json | --text]",
	    "follow the stream of matches" },
	{ "top", cmd_top, "[-c FILE] [-s SOCKET] [--json]",
	    "how the daemon is, every two seconds" },
};

static const struct verb *verb; /* the one that runs; for messages */

/* --- what the verbs share --- */

void
tool_warnx(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "wiresift %s: ", verb != NULL ? verb->name : "");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void
tool_warn(const char *fmt, ...)
{
	char text[1024];
	int saved = errno;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tool_warnx("%s: %s", text, strerror(saved));
}

int
tool_usage(void)
{
	fprintf(stderr, "usage: wiresift %s%s%s\n", verb->name,
	    verb->usage[0] != '\0' ? " " : "", verb->usage);
	return TOOL_USAGE;
}

bool
tool_for_people(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

int
tool_flush(int code)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		if (errno != EPIPE)
			tool_warn("stdout");
		return TOOL_IO;
	}
	return code;
}

static void
print_safe(FILE *f, const char *s, bool keep_nl)
{
	struct strbuf sb;

	strbuf_init(&sb, (size_t)1 << 22);
	utf8_for_terminal(&sb, s, strlen(s), keep_nl);
	fputs(sb.data, f);
	strbuf_fini(&sb);
}

void
tool_print(FILE *f, const char *s)
{
	print_safe(f, s, false);
}

void
tool_print_lines(FILE *f, const char *s)
{
	print_safe(f, s, true);
}

/* --- choosing --- */

static int
usage(FILE *f)
{
	fprintf(f, "usage: wiresift VERB [ARGUMENTS]\n\n");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		fprintf(f, "  %-12s %s\n", verbs[i].name, verbs[i].help);
	fprintf(f, "\nwiresift VERB -h tells a verb's arguments; the manual "
		   "is wiresift(1).\n");
	return f == stdout ? TOOL_OK : TOOL_USAGE;
}

static int
unknown(const char *name)
{
	const char *names[ARRAY_LEN(verbs) + 1];
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		names[i] = verbs[i].name;
	names[ARRAY_LEN(verbs)] = NULL;
	near = diag_suggest(name, names);
	fprintf(stderr, "wiresift: no verb \"");
	tool_print(stderr, name);
	if (near != NULL)
		fprintf(stderr, "\"; did you mean %s?\n", near);
	else
		fprintf(stderr, "\"; wiresift help lists them\n");
	return TOOL_USAGE;
}

int
main(int argc, char **argv)
{
	/* A reader that goes away must end us quietly, wherever we write;
	 * what ignores SIGPIPE above us (a service, some shells) is undone. */
	signal(SIGPIPE, SIG_DFL);
	if (argc < 2)
		return usage(stderr);
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return usage(stdout);
	if (strcmp(argv[1], "--version") == 0 ||
	    strcmp(argv[1], "version") == 0) {
		printf("wiresift %s\n", WIRESIFT_VERSION);
		return tool_flush(TOOL_OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(argv[1], verbs[i].name) != 0)
			continue;
		verb = &verbs[i];
		if (argc > 2 && (strcmp(argv[2], "-h") == 0 ||
				    strcmp(argv[2], "--help") == 0)) {
			printf("usage: wiresift %s%s%s\n  %s\n", verb->name,
			    verb->usage[0] != '\0' ? " " : "", verb->usage,
			    verb->help);
			return TOOL_OK;
		}
		return verb->run(argc - 1, argv + 1);
	}
	return unknown(argv[1]);
}
