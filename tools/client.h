/*
 * client - a blocking connection to one of the daemon's sockets: one JSON
 * object a line, both ways.
 */
#ifndef TOOLS_CLIENT_H
#define TOOLS_CLIENT_H

#include <jansson.h>
#include <stdbool.h>

#include "base/macros.h"

/* A list of many feeds or of archived items comes in one line. */
#define CLIENT_MAX_LINE ((size_t)64 << 20)

struct client; /* opaque */

/* Connect. NULL with errno. */
struct client *client_open(const char *path) MUST_CHECK;
/* errno of client_open() in words, on stderr; the exit code. */
int client_unreachable(const char *path);
void client_close(struct client *cl);
/* Send one object, waiting until it is gone. -1 with errno. */
int client_send(struct client *cl, const json_t *j) MUST_CHECK;

enum client_status {
	CLIENT_LINE,    /* *line is valid until the next call */
	CLIENT_IDLE,    /* nothing came in time */
	CLIENT_CLOSED,  /* the other side is gone */
	CLIENT_GARBAGE, /* a line too long */
};
/* The next line; waits at most timeout_ms (-1 = for ever, 0 = not). */
enum client_status client_line(
    struct client *cl, int timeout_ms, char **line, size_t *len);

/*
 * One question to the control socket of configuration `path` (NULL = the
 * default one; `socket` overrides it). The answer's "ok" value, to be
 * released; or NULL with *code, the fault being on stderr already. `args` is
 * taken and may be NULL.
 */
json_t *control_ask(const char *path, const char *socket, const char *verb,
    json_t *args, int *code);

/*
 * The stream or control socket that the configuration names (malloc'd); the
 * built-in path when there is no configuration. A fault in it is told, and no
 * reason not to ask the daemon, which runs with an older one: then the control
 * socket is the one that the file names all the same, else the built-in path.
 */
char *client_socket_path(const char *config_path, bool control);

#endif
