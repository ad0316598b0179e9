/*
 * wiresift - what the verbs of the command share.
 *
 * A verb is one function in a file of its own, cmd_VERB.c. argv[0] is the
 * verb's name; options are read with getopt(3) from there. It returns the
 * exit code. wiresift.c holds the table of verbs.
 */
#ifndef TOOLS_WIRESIFT_H
#define TOOLS_WIRESIFT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/macros.h"

struct config;
struct diags;
struct strbuf;

/* Exit codes (DESIGN.md, 6; the numbers are those of sysexits.h). */
enum {
	TOOL_OK = 0,
	TOOL_NO = 1,             /* a negative answer */
	TOOL_USAGE = 64,         /* EX_USAGE */
	TOOL_BAD_INPUT = 65,     /* EX_DATAERR */
	TOOL_NO_FILE = 66,       /* EX_NOINPUT */
	TOOL_UNAVAILABLE = 69,   /* EX_UNAVAILABLE: the daemon is not there */
	TOOL_SOFTWARE = 70,      /* EX_SOFTWARE: an answer nobody understands */
	TOOL_IO = 74,            /* EX_IOERR: stdout cannot be written */
	TOOL_NO_PERMISSION = 77, /* EX_NOPERM: the socket is not for us */
	TOOL_BAD_CONFIG = 78,    /* EX_CONFIG */
};

int cmd_alert(int argc, char **argv);
int cmd_backtest(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_feeds(int argc, char **argv);
int cmd_lookback(int argc, char **argv);
int cmd_opml(int argc, char **argv);
int cmd_parse(int argc, char **argv);
int cmd_forget(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_poll(int argc, char **argv);
int cmd_reload(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_show_config(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_tail(int argc, char **argv);
int cmd_top(int argc, char **argv);

/* "wiresift VERB: text" to stderr. */
void tool_warnx(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The same with the words of errno. */
void tool_warn(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* The verb's line of usage to stderr; answers TOOL_USAGE. */
int tool_usage(void);
/* True when people read stdout: a terminal, and TERM is not "dumb". */
bool tool_for_people(void);
/* Flush stdout: `code`, or TOOL_IO (and a word) when it cannot be written. A
 * closed pipe ends the process quietly. */
int tool_flush(int code);

/* The configuration to use when -c is not given (malloc'd). */
char *tool_default_config(void);
/*
 * Load the configuration `path` (NULL = the default one) and print its faults
 * to stderr. NULL with *code: TOOL_NO_FILE or TOOL_BAD_CONFIG.
 */
struct config *tool_config(const char *path, int *code) MUST_CHECK;

/* Options that all verbs of the control socket share. */
struct status_options {
	const char *config, *socket; /* NULL = not given */
	bool json;
	bool metrics; /* status alone */
};
/* Read them; -1 when one is wrong. The arguments begin at optind then. */
int cmd_status_options(int argc, char **argv, struct status_options *o);
/* One line of JSON to stdout. */
void cmd_print_json(const json_t *j);

/* Print each fault to stderr, one a line. */
void tool_faults(const struct diags *ds);

/* Print `s` to `f`, safe for a terminal, on one line. */
void tool_print(FILE *f, const char *s);
/* The same, lines kept. */
void tool_print_lines(FILE *f, const char *s);

#endif
