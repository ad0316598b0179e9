/* clock.c - the two clocks. */
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/macros.h"

#define ISO_MIN (-62135596800LL) /* 0001-01-01T00:00:00Z */
#define ISO_MAX 253402300799LL   /* 9999-12-31T23:59:59Z */

static int64_t
clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t
clock_wall(void)
{
	return clock_wall_ms() / 1000;
}

int64_t
clock_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
clock_boot(void)
{
	return clock_ms(CLOCK_BOOTTIME) / 1000;
}

void
clock_iso(int64_t wall_s, char out[CLOCK_ISO_LEN])
{
	time_t t = (time_t)MIN(MAX(wall_s, ISO_MIN), ISO_MAX);
	char buf[80];
	struct tm tm;

	gmtime_r(&t, &tm);
	snprintf(buf, sizeof(buf), "%04d-%02d-%02dT%02d:%02d:%02dZ",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
	snprintf(out, CLOCK_ISO_LEN, "%.*s", CLOCK_ISO_LEN - 1, buf);
}
