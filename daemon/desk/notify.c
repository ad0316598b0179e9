/* notify.c - tell the service manager how we are; take its sockets. */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "desk/notify.h"

#define PATIENCE_MS 250 /* for what the manager must hear */

struct notify {
	struct event *watchdog;
	char **names; /* of the sockets */
	int nfds;
	int *lent; /* the copy of each that was taken; -1 = none */
};

/*
 * As sd_notify(3), but the loop never waits for a manager that does not read:
 * a status or a sign of life that does not go now is dropped, what `must` be
 * heard is waited for a little.
 */
static void
tell(const char *text, bool must)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct pollfd pfd = { .events = POLLOUT };
	socklen_t len;

	if (path == NULL || strlen(path) >= sizeof(sa.sun_path) ||
	    (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(sa.sun_path, path, strlen(path) + 1);
	len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		sa.sun_path[0] = '\0'; /* abstract */
	pfd.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (pfd.fd == -1)
		return;
	if (connect(pfd.fd, (struct sockaddr *)&sa, len) == 0 &&
	    send(pfd.fd, text, strlen(text), MSG_NOSIGNAL) == -1 &&
	    errno == EAGAIN && must && poll(&pfd, 1, PATIENCE_MS) == 1)
		(void)send(pfd.fd, text, strlen(text), MSG_NOSIGNAL);
	close(pfd.fd);
}

static void
watchdog_cb(evutil_socket_t fd, short what, void *cookie)
{
	(void)fd;
	(void)what;
	(void)cookie;
	tell("WATCHDOG=1", false);
}

static void
watchdog_start(struct notify *n, struct event_base *base)
{
	uint64_t usec = 0;
	struct timeval tv;

	if (sd_watchdog_enabled(0, &usec) <= 0 || usec == 0)
		return;
	usec /= 3; /* twice may be late before it bites */
	tv.tv_sec = (time_t)(usec / 1000000);
	tv.tv_usec = (suseconds_t)(usec % 1000000);
	n->watchdog = event_new(base, -1, EV_PERSIST, watchdog_cb, n);
	event_add(n->watchdog, &tv);
}

struct notify *
notify_new(struct event_base *base)
{
	struct notify *n = xcalloc(1, sizeof(*n));

	n->nfds = sd_listen_fds_with_names(1, &n->names);
	if (n->nfds < 0)
		n->nfds = 0;
	n->lent = xcalloc((size_t)n->nfds + 1, sizeof(*n->lent));
	for (int i = 0; i < n->nfds; i++)
		n->lent[i] = -1;
	watchdog_start(n, base);
	return n;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	for (int i = 0; i < n->nfds; i++) {
		close(SD_LISTEN_FDS_START + i);
		free(n->names[i]);
	}
	free(n->names);
	free(n->lent);
	if (n->watchdog != NULL)
		event_free(n->watchdog);
	free(n);
}

static bool
is_at(int fd, const char *path)
{
	struct sockaddr_un sa = { 0 };
	socklen_t len = sizeof(sa) - 1; /* a path may lack its end */

	return getsockname(fd, (struct sockaddr *)&sa, &len) == 0 &&
	       sa.sun_family == AF_UNIX && strcmp(sa.sun_path, path) == 0;
}

/* Who took it has it still: nothing tells us when it is closed. */
static bool
is_lent(const struct notify *n, int i)
{
	struct stat ours, theirs;

	return n->lent[i] != -1 && fstat(SD_LISTEN_FDS_START + i, &ours) == 0 &&
	       fstat(n->lent[i], &theirs) == 0 &&
	       ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

int
notify_take_fd(struct notify *n, const char *name, const char *path)
{
	int found = -1;

	for (int i = 0; i < n->nfds; i++) {
		if (is_lent(n, i))
			continue;
		if (path != NULL && is_at(SD_LISTEN_FDS_START + i, path)) {
			found = i;
			break;
		}
		if (found == -1 && strcmp(n->names[i], name) == 0)
			found = i;
	}
	if (found == -1)
		return -1;
	n->lent[found] = fcntl(SD_LISTEN_FDS_START + found, F_DUPFD_CLOEXEC, 0);
	return n->lent[found];
}

void
notify_tell_unused(const struct notify *n)
{
	for (int i = 0; i < n->nfds; i++)
		if (!is_lent(n, i))
			log_warnx("socket=%s systemd listens there, but "
				  "nothing is configured for it: who connects "
				  "waits in vain",
			    n->names[i]);
}

void
notify_ready(void)
{
	tell("READY=1", true);
}

void
notify_reloading(void)
{
	struct timespec ts;
	char text[96];

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
	tell(text, true);
}

void
notify_stopping(void)
{
	tell("STOPPING=1", true);
}

void
notify_busy(void)
{
	tell("EXTEND_TIMEOUT_USEC=30000000\nWATCHDOG=1", false);
}

void
notify_status(const char *fmt, ...)
{
	char line[512] = "STATUS=";
	size_t n = strlen(line);
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line + n, sizeof(line) - n, fmt, ap);
	va_end(ap);
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	tell(line, false);
}
