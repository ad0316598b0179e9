/* cmd_tail.c - follow the stream of matches. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "client.h"
#include "show.h"
#include "wiresift.h"

#define RETRY_MIN_MS 250
#define RETRY_MAX_MS 5000
#define HEARTBEAT_S 15
/* The server breaks its silence every HEARTBEAT_S: this long says that the
 * other side hangs. */
#define SILENCE_MS (4 * HEARTBEAT_S * 1000)

struct tail {
	json_t *topics; /* globs; NULL = the server's default */
	const char *config, *sock, *min, *cursor_file;
	char *after; /* cursor of the last frame seen; NULL = live */
	char *saved; /* what the cursor file holds */
	bool copies, raw, explain, once;
	long left; /* items still wanted; < 0 = all */
	int retry_ms;
};

/* --- the cursor's file --- */

static void
read_cursor(struct tail *t)
{
	struct strbuf sb;

	strbuf_init(&sb, 128);
	if (fs_read(t->cursor_file, &sb) == -1) {
		if (errno != ENOENT)
			tool_warn("%s", t->cursor_file);
	} else {
		sb.data[strcspn(sb.data, " \t\r\n")] = '\0';
		if (sb.data[0] != '\0' && t->after == NULL)
			t->after = xstrdup(sb.data);
	}
	strbuf_fini(&sb);
}

/* Aside and renamed: a cursor is there whole or as it was. */
static void
write_cursor(struct tail *t)
{
	char *tmp;
	int fd;

	if (t->cursor_file == NULL || t->after == NULL ||
	    (t->saved != NULL && strcmp(t->saved, t->after) == 0))
		return;
	tmp = xasprintf("%s.new", t->cursor_file);
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd == -1 || fs_write_all(fd, t->after, strlen(t->after)) == -1 ||
	    fs_write_all(fd, "\n", 1) == -1 ||
	    rename(tmp, t->cursor_file) == -1)
		tool_warn("%s", t->cursor_file);
	if (fd != -1)
		close(fd);
	free(tmp);
	free(t->saved);
	t->saved = xstrdup(t->after);
}

/* --- frames --- */

enum next { GO_ON, AGAIN, DONE, REFUSED };

/* Kinds that are of use to a program behind a pipe; the others are about
 * this connection. */
static bool
is_news(const json_t *frame)
{
	static const char *const kinds[] = { "item", "story", "update", "alert",
		"gap" };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (json_object_get(frame, kinds[i]) != NULL)
			return true;
	}
	return false;
}

static enum next
tail_refused(const json_t *e)
{
	tool_warnx("%s: %s", show_str(e, "code"), show_str(e, "message"));
	return json_is_false(json_object_get(e, "fatal")) ? GO_ON : REFUSED;
}

static enum next
tail_frame(struct tail *t, const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	const json_t *bye = json_object_get(j, "bye");
	const json_t *error = json_object_get(j, "error");
	const char *cursor = json_string_value(json_object_get(j, "cursor"));
	enum next next = GO_ON;

	if (is_news(j)) {
		if (t->raw)
			printf("%.*s\n", (int)len, line);
		else
			show_frame(stdout, j);
		if ((json_object_get(j, "item") != NULL ||
			json_object_get(j, "update") != NULL) &&
		    t->left > 0 && --t->left == 0)
			next = DONE;
	}
	if (cursor != NULL) {
		free(t->after);
		t->after = xstrdup(cursor);
	}
	if (bye != NULL &&
	    (t->once || strcmp(show_str(bye, "reason"), "limit") == 0))
		next = DONE;
	else if (bye != NULL) {
		json_int_t ms =
		    json_integer_value(json_object_get(bye, "retry_ms"));

		if (ms > 0 && ms < 60000)
			t->retry_ms = (int)ms;
		next = AGAIN;
	}
	if (error != NULL)
		next = tail_refused(error);
	json_decref(j);
	return next;
}

static json_t *
subscription(const struct tail *t)
{
	json_t *o = json_object();

	json_object_set_new(o, "heartbeat", json_integer(HEARTBEAT_S));
	if (t->topics != NULL)
		json_object_set(o, "topics", t->topics);
	if (t->after != NULL)
		json_object_set_new(o, "after", json_string(t->after));
	if (t->min != NULL)
		json_object_set_new(o, "min", json_string(t->min));
	if (t->copies)
		json_object_set_new(o, "copies", json_string("all"));
	if (t->explain)
		json_object_set_new(o, "explain", json_true());
	if (t->once)
		json_object_set_new(o, "follow", json_false());
	return json_pack("{s:o}", "subscribe", o);
}

/* Until the connection ends. Output goes out before its cursor is kept. */
static enum next
tail_stream(struct tail *t, struct client *cl)
{
	json_t *q = subscription(t);
	/* When that fails the other side is gone, but may have said why. */
	enum next next =
	    client_send(cl, q) == 0 || errno == EPIPE ? GO_ON : AGAIN;
	char *line;
	size_t len;

	json_decref(q);
	while (next == GO_ON) {
		enum client_status st = client_line(cl, 0, &line, &len);

		if (st == CLIENT_IDLE) {
			if (tool_flush(TOOL_OK) != TOOL_OK)
				return REFUSED;
			write_cursor(t);
			st = client_line(cl, SILENCE_MS, &line, &len);
		}
		if (st != CLIENT_LINE) {
			next = AGAIN;
			break;
		}
		t->retry_ms = RETRY_MIN_MS;
		next = tail_frame(t, line, len);
	}
	if (tool_flush(TOOL_OK) == TOOL_OK)
		write_cursor(t);
	return next;
}

static int
tail_run(struct tail *t, const char *sock)
{
	enum next next = AGAIN;
	bool met = false;

	t->retry_ms = RETRY_MIN_MS;
	while (next == AGAIN) {
		struct client *cl = client_open(sock);

		if (cl == NULL && !met)
			return client_unreachable(sock);
		if (cl != NULL) {
			met = true;
			next = tail_stream(t, cl);
			client_close(cl);
		}
		if (next == AGAIN) {
			usleep((useconds_t)t->retry_ms * 1000);
			t->retry_ms = MIN(t->retry_ms * 2, RETRY_MAX_MS);
		}
	}
	return next == REFUSED ? TOOL_NO : TOOL_OK;
}

static void
add_topic(struct tail *t, const char *glob)
{
	if (t->topics == NULL)
		t->topics = json_array();
	json_array_append_new(t->topics, json_string(glob));
}

/* False: wrong usage. */
static bool
tail_option(struct tail *t, int ch, const char *arg)
{
	char *end;

	switch (ch) {
	case 'c':
		t->config = arg;
		return true;
	case 's':
		t->sock = arg;
		return true;
	case 't':
		add_topic(t, arg);
		return true;
	case 'a':
		free(t->after);
		t->after = xstrdup(arg);
		return true;
	case 'f':
		t->cursor_file = arg;
		return true;
	case 'm':
		t->min = arg;
		return true;
	case 'n':
		t->left = strtol(arg, &end, 10);
		return *end == '\0' && t->left >= 1;
	default:
		return ch == 0; /* a flag, which getopt_long has set */
	}
}

int
cmd_tail(int argc, char **argv)
{
	int copies = 0, explain = 0, once = 0, raw = !tool_for_people();
	const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ "topic", required_argument, NULL, 't' },
		{ "after", required_argument, NULL, 'a' },
		{ "cursor-file", required_argument, NULL, 'f' },
		{ "min", required_argument, NULL, 'm' },
		{ "copies", no_argument, &copies, 1 },
		{ "explain", no_argument, &explain, 1 },
		{ "json", no_argument, &raw, 1 },
		{ "text", no_argument, &raw, 0 },
		{ "once", no_argument, &once, 1 },
		{ "limit", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	struct tail t = { .left = -1 };
	char *found = NULL;
	int ch, code = TOOL_OK;

	while (code == TOOL_OK &&
	       (ch = getopt_long(argc, argv, "c:s:t:n:", longs, NULL)) != -1) {
		if (!tail_option(&t, ch, optarg))
			code = tool_usage();
	}
	if (code == TOOL_OK) {
		/* Globs may also stand alone: tail us-strikes 'militia-*' */
		for (; optind < argc; optind++)
			add_topic(&t, argv[optind]);
		t.copies = copies == 1;
		t.raw = raw == 1;
		t.explain = explain == 1 || !t.raw;
		t.once = once == 1;
		if (t.cursor_file != NULL)
			read_cursor(&t);
		if (t.sock == NULL)
			t.sock = found = client_socket_path(t.config, false);
		code = tail_run(&t, t.sock);
	}
	json_decref(t.topics);
	free(t.after);
	free(t.saved);
	free(found);
	return code;
}

/* The daemon's answer to {"forget":NAME} on the stream socket. */
static int
forget(struct client *cl, const char *name)
{
	json_t *q = json_pack("{s:s}", "forget", name), *j, *e;
	int code = TOOL_UNAVAILABLE;
	char *line;
	size_t len;

	if (client_send(cl, q) == -1)
		tool_warn("the daemon is gone");
	json_decref(q);
	while (code == TOOL_UNAVAILABLE &&
	       client_line(cl, SILENCE_MS, &line, &len) == CLIENT_LINE) {
		j = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
		if (json_object_get(j, "forgotten") != NULL)
			code = TOOL_OK;
		else if ((e = json_object_get(j, "error")) != NULL) {
			tool_warnx("%s", show_str(e, "message"));
			code = TOOL_NO;
		}
		json_decref(j);
	}
	return code;
}

int
cmd_forget(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "socket", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const char *config = NULL, *sock = NULL;
	char *found = NULL;
	struct client *cl;
	int ch, code = TOOL_UNAVAILABLE;

	while ((ch = getopt_long(argc, argv, "c:s:", longs, NULL)) != -1) {
		if (ch == 'c')
			config = optarg;
		else if (ch == 's')
			sock = optarg;
		else
			return tool_usage();
	}
	if (argc - optind != 1)
		return tool_usage();
	if (sock == NULL)
		sock = found = client_socket_path(config, false);
	if ((cl = client_open(sock)) == NULL)
		code = client_unreachable(sock);
	else {
		code = forget(cl, argv[optind]);
		client_close(cl);
	}
	free(found);
	return code;
}
