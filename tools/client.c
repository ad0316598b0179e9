/* client.c - a blocking connection to one of the daemon's sockets. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frame.h"
#include "base/fsutil.h"
#include "base/xmalloc.h"
#include "client.h"
#include "wiresift.h"

#define ANSWER_MS 60000 /* a reload of many rules takes its time */

struct client {
	int fd;
	struct frame_reader *in;
	struct frame_writer *out;
};

struct client *
client_open(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct client *cl;
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return NULL;
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == -1 ||
	    fs_set_nonblock(fd) == -1) {
		int saved = errno;

		close(fd);
		errno = saved;
		return NULL;
	}
	cl = xcalloc(1, sizeof(*cl));
	cl->fd = fd;
	cl->in = frame_reader_new(CLIENT_MAX_LINE);
	cl->out = frame_writer_new(CLIENT_MAX_LINE);
	return cl;
}

int
client_unreachable(const char *path)
{
	const struct passwd *user;
	const struct group *group;
	struct stat st;

	if (errno != EACCES && errno != EPERM) {
		tool_warn("%s: the daemon is not there", path);
		return TOOL_UNAVAILABLE;
	}
	if (stat(path, &st) == -1) {
		tool_warn("%s: you may not connect to the daemon", path);
		return TOOL_NO_PERMISSION;
	}
	user = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	if ((st.st_mode & S_IWGRP) != 0 && group != NULL)
		tool_warnx("%s: you may not connect to the daemon; expected "
			   "a member of the group %s, or root",
		    path, group->gr_name);
	else
		tool_warnx("%s: you may not connect to the daemon; expected "
			   "the user %s, or root",
		    path, user != NULL ? user->pw_name : "of the socket");
	return TOOL_NO_PERMISSION;
}

void
client_close(struct client *cl)
{
	if (cl == NULL)
		return;
	close(cl->fd);
	frame_reader_free(cl->in);
	frame_writer_free(cl->out);
	free(cl);
}

/* Wait for `events`: 1, 0 when the time is over, -1. */
static int
wait_for(int fd, short events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };
	int rv;

	do
		rv = poll(&p, 1, timeout_ms);
	while (rv == -1 && errno == EINTR);
	return rv;
}

/* A closed pipe on stdout may end us, a daemon that went away may not. */
static enum frame_status
flush_quietly(struct client *cl)
{
	enum frame_status st;

	signal(SIGPIPE, SIG_IGN);
	st = frame_writer_flush(cl->out, cl->fd);
	signal(SIGPIPE, SIG_DFL);
	return st;
}

int
client_send(struct client *cl, const json_t *j)
{
	char *s = json_dumps(j, JSON_COMPACT);
	enum frame_status st;
	int rv;

	if (s == NULL) {
		errno = EINVAL;
		return -1;
	}
	rv = frame_writer_put(cl->out, s, strlen(s));
	free(s);
	if (rv == -1)
		return -1;
	while ((st = flush_quietly(cl)) == FRAME_AGAIN) {
		if (wait_for(cl->fd, POLLOUT, ANSWER_MS) != 1) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return st == FRAME_OK ? 0 : -1;
}

enum client_status
client_line(struct client *cl, int timeout_ms, char **line, size_t *len)
{
	int64_t end = timeout_ms < 0 ? 0 : clock_mono_ms() + timeout_ms;

	for (;;) {
		enum frame_status st = frame_reader_next(cl->in, line, len);
		int64_t left = -1;

		if (st == FRAME_OK)
			return CLIENT_LINE;
		if (st == FRAME_LONG)
			return CLIENT_GARBAGE;
		if (timeout_ms >= 0)
			left = MAX(end - clock_mono_ms(), 0);
		if (wait_for(cl->fd, POLLIN, (int)left) == 0)
			return CLIENT_IDLE;
		st = frame_reader_fill(cl->in, cl->fd);
		if (st == FRAME_EOF || st == FRAME_ERROR)
			return CLIENT_CLOSED;
	}
}

/* --- the control socket --- */

/* {"error":{"code":..,"message":..}} to an exit code, and to stderr. */
static int
tell_error(const json_t *e)
{
	static const struct {
		const char *code;
		int exit;
	} codes[] = {
		{ "bad_request", TOOL_USAGE },
		{ "config", TOOL_BAD_CONFIG },
		{ "no_archive", TOOL_BAD_CONFIG },
		{ "not_found", TOOL_NO },
		{ "unknown_verb", TOOL_USAGE },
	};
	const json_t *faults = json_object_get(e, "faults"), *el;
	size_t i;
	const char *code = json_string_value(json_object_get(e, "code"));
	const char *text = json_string_value(json_object_get(e, "message"));

	/* The message is the first of the faults, if there are some. */
	if (json_array_size(faults) > 0)
		text = "refused, the old configuration stays in force:";
	fputs("wiresift: ", stderr);
	tool_print_lines(stderr, text != NULL ? text : "refused");
	fputc('\n', stderr);
	json_array_foreach(faults, i, el)
	{
		if (json_is_string(el))
			tool_print(stderr, json_string_value(el));
		fputc('\n', stderr);
	}
	for (i = 0; code != NULL && i < ARRAY_LEN(codes); i++) {
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].exit;
	}
	return TOOL_NO;
}

static json_t *
take_answer(const char *line, size_t len, int *code)
{
	json_t *j = json_loadb(line, len, JSON_ALLOW_NUL, NULL), *ok;
	const json_t *e = json_object_get(j, "error");

	ok = json_incref(json_object_get(j, "ok"));
	if (ok == NULL && e != NULL)
		*code = tell_error(e);
	else if (ok == NULL) {
		tool_warnx("the daemon's answer is not understood");
		*code = TOOL_SOFTWARE;
	}
	json_decref(j);
	return ok;
}

json_t *
control_ask(const char *path, const char *socket, const char *verb,
    json_t *args, int *code)
{
	char *sock =
	    socket != NULL ? xstrdup(socket) : client_socket_path(path, true);
	json_t *q = json_object(), *ok = NULL;
	struct client *cl = client_open(sock);
	char *line;
	size_t len;

	json_object_set_new(q, verb, args != NULL ? args : json_object());
	*code = TOOL_OK;
	/* A daemon that hangs up at once may have said why. */
	if (cl == NULL || (client_send(cl, q) == -1 && errno != EPIPE)) {
		*code = client_unreachable(sock);
	} else if (client_line(cl, ANSWER_MS, &line, &len) != CLIENT_LINE) {
		tool_warnx("%s: no answer", sock);
		*code = TOOL_UNAVAILABLE;
	} else
		ok = take_answer(line, len, code);
	client_close(cl);
	json_decref(q);
	free(sock);
	return ok;
}
