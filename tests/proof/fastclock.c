/*
 * fastclock.c - time that passes FACTOR times as fast, for LD_PRELOAD.
 *
 * FASTCLOCK=FACTOR:WALL:MONO, the two clocks in nanoseconds at the moment when
 * both times are the same. All processes of a daemon that have it live in one
 * time: back-offs, retries and intervals of minutes pass in seconds, and what
 * waits for descriptors waits as much shorter.
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

#define NS 1000000000LL

static long long factor = 1, wall0, mono0;
static int (*real_clock)(clockid_t, struct timespec *);
static int (*real_epoll_wait)(int, struct epoll_event *, int, int);
static int (*real_poll)(struct pollfd *, nfds_t, int);

__attribute__((constructor)) static void
start(void)
{
	const char *s = getenv("FASTCLOCK");

	*(void **)&real_clock = dlsym(RTLD_NEXT, "clock_gettime");
	*(void **)&real_epoll_wait = dlsym(RTLD_NEXT, "epoll_wait");
	*(void **)&real_poll = dlsym(RTLD_NEXT, "poll");
	if (s != NULL &&
	    sscanf(s, "%lld:%lld:%lld", &factor, &wall0, &mono0) != 3)
		_Exit(97);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	bool wall = id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
	bool mono = id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE ||
		    id == CLOCK_MONOTONIC_RAW || id == CLOCK_BOOTTIME;
	long long zero = wall ? wall0 : mono0, now;
	int rc = real_clock(id, ts);

	if (rc == -1 || !(wall || mono))
		return rc;
	now = zero + (ts->tv_sec * NS + ts->tv_nsec - zero) * factor;
	ts->tv_sec = now / NS;
	ts->tv_nsec = now % NS;
	return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

static int
shorter(int ms)
{
	return ms <= 0 ? ms : (int)((ms + factor - 1) / factor);
}

int
epoll_wait(int fd, struct epoll_event *events, int n, int ms)
{
	return real_epoll_wait(fd, events, n, shorter(ms));
}

int
poll(struct pollfd *fds, nfds_t n, int ms)
{
	return real_poll(fds, n, shorter(ms));
}
