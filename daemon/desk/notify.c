/* notify.c - tell the service manager how we are; take its sockets. */
#include <event2/event.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "desk/notify.h"

struct notify {
	struct event *watchdog;
	char **names; /* of the sockets; freed ones stay "" */
	int nfds;
	bool *taken;
};

static void
watchdog_cb(evutil_socket_t fd, short what, void *cookie)
{
	(void)fd;
	(void)what;
	(void)cookie;
	(void)sd_notify(0, "WATCHDOG=1");
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
	n->taken = xcalloc((size_t)n->nfds + 1, sizeof(*n->taken));
	watchdog_start(n, base);
	return n;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	for (int i = 0; i < n->nfds; i++) {
		if (!n->taken[i]) {
			log_warnx("socket=%s nobody is configured for it",
			    n->names[i]);
			close(SD_LISTEN_FDS_START + i);
		}
		free(n->names[i]);
	}
	free(n->names);
	free(n->taken);
	if (n->watchdog != NULL)
		event_free(n->watchdog);
	free(n);
}

int
notify_take_fd(struct notify *n, const char *name)
{
	for (int i = 0; i < n->nfds; i++) {
		if (!n->taken[i] && strcmp(n->names[i], name) == 0) {
			n->taken[i] = true;
			return SD_LISTEN_FDS_START + i;
		}
	}
	return -1;
}

void
notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void
notify_reloading(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void
notify_status(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			*p = ' ';
	(void)sd_notifyf(0, "STATUS=%s", line);
}
