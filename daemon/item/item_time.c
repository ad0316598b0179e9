/* item_time.c - RFC 3339 date-times of our own JSON, to seconds. */
#include <ctype.h>
#include <string.h>

#include "item/item.h"
#include "item/item_json.h"

/* Exactly `n` digits at *p to *v; *p moves behind them. */
static bool
digits(const char **p, int n, int *v)
{
	*v = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (!isdigit((unsigned char)**p))
			return false;
		*v = *v * 10 + (**p - '0');
	}
	return true;
}

static bool
expect(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

/* Days since the epoch of a Gregorian date (Howard Hinnant's formula). */
static int64_t
days_of(int y, int m, int d)
{
	int64_t era, yoe, doy, doe;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

/* "Z", "+hh:mm" or "+hhmm"; nothing is UTC too. Seconds east of UTC. */
static bool
zone(const char **p, int *east_s)
{
	int h, m, sign;

	*east_s = 0;
	if (**p == '\0')
		return true;
	if (**p == 'Z' || **p == 'z')
		return *++*p == '\0';
	if (**p != '+' && **p != '-')
		return false;
	sign = *(*p)++ == '-' ? -1 : 1;
	if (!digits(p, 2, &h))
		return false;
	if (**p == ':')
		(*p)++;
	if (!digits(p, 2, &m) || h > 23 || m > 59)
		return false;
	*east_s = sign * (h * 3600 + m * 60);
	return **p == '\0';
}

int64_t
item_time_parse(const char *s)
{
	static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30,
		31, 30, 31 };
	int y, mo, d, h = 0, mi = 0, sec = 0, east_s = 0;

	if (!digits(&s, 4, &y) || !expect(&s, '-') || !digits(&s, 2, &mo) ||
	    !expect(&s, '-') || !digits(&s, 2, &d) || y < 1 || mo < 1 ||
	    mo > 12 || d < 1 || d > month_days[mo - 1])
		return ITEM_NO_TIME;
	if (*s != '\0') {
		if (strchr("Tt ", *s++) == NULL || !digits(&s, 2, &h) ||
		    !expect(&s, ':') || !digits(&s, 2, &mi) || h > 24 ||
		    mi > 59)
			return ITEM_NO_TIME;
		if (expect(&s, ':') && (!digits(&s, 2, &sec) || sec > 60))
			return ITEM_NO_TIME;
		if (expect(&s, '.')) {
			while (isdigit((unsigned char)*s))
				s++;
		}
		if (!zone(&s, &east_s))
			return ITEM_NO_TIME;
	}
	return days_of(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec - east_s;
}
