/* daytime.c - times of the day, where clocks are changed too. */
#include "base/daytime.h"

#include <time.h>

#define DAY_S 86400

int32_t
daytime_utc(int64_t t)
{
	(void)t;
	return 0;
}

int32_t
daytime_local(int64_t t)
{
	time_t tt = (time_t)t;
	struct tm tm;

	return localtime_r(&tt, &tm) != NULL ? (int32_t)tm.tm_gmtoff : 0;
}

bool
daytime_parse(const char *s, uint32_t *minute)
{
	uint32_t part[2] = { 0, 0 };

	for (int i = 0; i < 2; i++) {
		if (i == 1 && *s++ != ':')
			return false;
		for (int k = 0; k < 2; k++, s++) {
			if (*s < '0' || *s > '9')
				return false;
			part[i] = part[i] * 10 + (uint32_t)(*s - '0');
		}
	}
	*minute = part[0] * 60 + part[1];
	return *s == '\0' && part[0] < 24 && part[1] < 60;
}

/* Seconds since the zone's midnight. */
static int64_t
second_of_day(int64_t now, daytime_offset *zone)
{
	int64_t s = (now + zone(now)) % DAY_S;

	return s < 0 ? s + DAY_S : s;
}

bool
daytime_within(uint32_t from, uint32_t to, int64_t now, daytime_offset *zone)
{
	int64_t m = second_of_day(now, zone) / 60;

	if (from <= to)
		return m >= from && m < to;
	return m >= from || m < to;
}

int64_t
daytime_next(uint32_t minute, int64_t now, daytime_offset *zone)
{
	int64_t want = (int64_t)minute * 60;
	int64_t wait = want - second_of_day(now, zone);
	int64_t t, moved;

	if (wait <= 0)
		wait += DAY_S;
	t = now + wait;
	/* Clocks that are changed on the way: put it right by as much. */
	if ((moved = zone(t) - zone(now)) == 0)
		return t;
	t -= moved;
	/* Left out: the second guess lies before the change again. */
	if (zone(t) == zone(now) && moved > 0)
		t += moved;
	return t > now ? t : t + DAY_S;
}
