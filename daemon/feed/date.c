/* date.c - read a date as feeds write it: two fast forms, ISO, free text. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "feed/date.h"
#include "feed/date_names.h"
#include "item/item.h"

#define DATE_MAX 128 /* bytes looked at; no date is longer */

struct when {
	int year, month, day, hour, minute, second;
	int zone; /* minutes east of UTC */
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Days from 1970-01-01 to the first of a month of the Gregorian calendar. */
static int64_t
days_before(int year, int month)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* A day past the end of its month runs into the next one. */
static int64_t
when_seconds(const struct when *w)
{
	if (w->year < 1 || w->year > 9999 || w->month < 1 || w->month > 12 ||
	    w->day < 1 || w->day > 366 || w->hour < 0 || w->hour > 24 ||
	    w->minute < 0 || w->minute > 59 || w->second < 0 || w->second > 60)
		return ITEM_NO_TIME;
	return (days_before(w->year, w->month) + w->day - 1) * 86400 +
	       w->hour * 3600 + w->minute * 60 + w->second - w->zone * 60;
}

/* RFC 2822 as it stood: from 90 on the last century. */
static int
full_year(int n, size_t digits)
{
	if (digits <= 2)
		return n + (n < 90 ? 2000 : 1900);
	/* "104" is what a program prints that forgot to add 1900. */
	return digits == 3 ? n + 1900 : n;
}

/* Read exactly n digits. */
static bool
digits(const char *s, size_t n, int *out)
{
	*out = 0;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(s[i]))
			return false;
		*out = *out * 10 + (s[i] - '0');
	}
	return true;
}

/* ":hh", "hh:mm", "hhmm" behind a sign, at *s; moves *s. */
static bool
read_offset(const char **s, int *minutes)
{
	const char *p = *s;
	int sign = *p == '-' ? -1 : 1, h, m = 0;

	p++;
	if (digits(p, 2, &h))
		p += 2;
	else if (digits(p, 1, &h))
		p++;
	else
		return false;
	if (*p == ':' && digits(p + 1, 2, &m))
		p += 3;
	else if (digits(p, 2, &m))
		p += 2;
	else
		m = 0;
	if (h > 26 || m > 59)
		return false;
	*minutes = sign * (h * 60 + m);
	*s = p;
	return true;
}

/* "Sat, 27 Jan 2024 10:00:00 +0000" or with a named zone: most of RSS. */
static bool
fast_rfc822(const char *s, struct when *w)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const char *m;

	if (strnlen(s, 29) < 29 || s[3] != ',' || s[4] != ' ' || s[7] != ' ' ||
	    s[11] != ' ' || s[16] != ' ' || s[19] != ':' || s[22] != ':' ||
	    s[25] != ' ' || !digits(s + 5, 2, &w->day) ||
	    !digits(s + 12, 4, &w->year) || !digits(s + 17, 2, &w->hour) ||
	    !digits(s + 20, 2, &w->minute) || !digits(s + 23, 2, &w->second))
		return false;
	m = memmem(names, sizeof(names) - 1, s + 8, 3);
	if (m == NULL || (m - names) % 3 != 0)
		return false;
	w->month = (int)(m - names) / 3 + 1;
	s += 26;
	if (strcmp(s, "GMT") == 0)
		return true;
	return (*s == '+' || *s == '-') && read_offset(&s, &w->zone) &&
	       *s == '\0';
}

/* "2024-01-27T10:00:00Z" or with fraction and offset: most of Atom. */
static bool
fast_rfc3339(const char *s, struct when *w)
{
	if (strnlen(s, 20) < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' ||
	    s[13] != ':' || s[16] != ':' || !digits(s, 4, &w->year) ||
	    !digits(s + 5, 2, &w->month) || !digits(s + 8, 2, &w->day) ||
	    !digits(s + 11, 2, &w->hour) || !digits(s + 14, 2, &w->minute) ||
	    !digits(s + 17, 2, &w->second))
		return false;
	s += 19;
	if (*s == '.') {
		do
			s++;
		while (is_digit(*s));
	}
	if (strcmp(s, "Z") == 0)
		return true;
	return (*s == '+' || *s == '-') && read_offset(&s, &w->zone) &&
	       *s == '\0';
}

/*
 * ISO 8601's many dates, tried in this order. Y four digits of a year, y two,
 * M two of a month, m one, D a day, O day of the year; "?" makes the "-"
 * before it optional.
 */
static const char *const iso_forms[] = { "Y-?M-?D", "Y-0M-?D", "Y-m-D", "Y-M-d",
	"Y-m-d", "Y-?O", "Y-M", "y-?M-?D", "y-?O", "Y", "-y-?M", "-y" };

/* Match one form at s; returns what follows it, or NULL. */
static const char *
iso_form(const char *form, const char *s, struct when *w)
{
	*w = (struct when){ .month = 1, .day = 1 };
	for (; *form != '\0'; form++) {
		int n = 0;
		size_t len = 2;

		switch (*form) {
		case '-':
			if (*s == '-')
				s++;
			else if (form[1] != '?')
				return NULL;
			if (form[1] == '?')
				form++;
			continue;
		case '0':
			if (*s++ != '0')
				return NULL;
			continue;
		case 'Y':
			len = 4;
			break;
		case 'O':
			len = 3;
			break;
		case 'm':
		case 'd':
			len = 1;
			break;
		default:
			break;
		}
		if (!digits(s, len, &n))
			return NULL;
		s += len;
		if (*form == 'Y')
			w->year = n;
		else if (*form == 'y')
			w->year = 2000 + n;
		else if (*form == 'M' || *form == 'm')
			w->month = n;
		else
			w->day = n;
		if (n == 0 || w->month > 12 || (*form == 'D' && n > 31) ||
		    (*form == 'O' && n > 366)) {
			if (*form != 'y')
				return NULL;
		}
	}
	return s;
}

/* "T10:14:55.5", " 10:14", "T101455", then a zone; all of it or nothing. */
static bool
iso_time(const char *s, struct when *w)
{
	char name[8];
	size_t n = 0, h;

	if (*s == 't' || is_space(*s))
		s += strspn(s, "t \t\r\n");
	else if (*s != '\0' && *s != 'z')
		return false;
	if (is_digit(*s)) {
		h = is_digit(s[1]) ? 2 : 1;
		if (!digits(s, h, &w->hour))
			return false;
		s += h;
		s += *s == ':';
		if (!digits(s, 2, &w->minute))
			return false;
		s += 2;
		if ((*s == ':' && is_digit(s[1])) || is_digit(*s)) {
			s += *s == ':';
			h = is_digit(s[1]) ? 2 : 1;
			if (!digits(s, h, &w->second))
				return false;
			s += h;
		}
		if ((*s == '.' || *s == ',') && is_digit(s[1])) {
			s++;
			s += strspn(s, "0123456789");
		}
	}
	s += strspn(s, " ");
	if (*s == '+' || *s == '-')
		return read_offset(&s, &w->zone) && *s == '\0';
	while (s[n] >= 'a' && s[n] <= 'z' && n < sizeof(name) - 1) {
		name[n] = s[n];
		n++;
	}
	name[n] = '\0';
	return s[n] == '\0' && (n == 0 || date_zone_of(name, &w->zone));
}

static bool
iso_date(const char *s, struct when *w)
{
	const char *rest;

	for (size_t i = 0; i < ARRAY_LEN(iso_forms); i++) {
		rest = iso_form(iso_forms[i], s, w);
		if (rest != NULL && iso_time(rest, w))
			return true;
	}
	return false;
}

/* What free text has told so far. */
struct words {
	int num[4]; /* numbers that are no time, no zone */
	size_t len[4];
	size_t n;
	char sep;        /* what stood between the first two */
	size_t month_at; /* how many numbers stood before the month's name */
	int month;
	bool have_time;
	char half;
	bool korean;
};

/* A number, or a time that begins with it. NULL: nonsense. */
static const char *
free_number(const char *s, struct words *fw, struct when *w)
{
	size_t n = strspn(s, "0123456789");
	int v = 0;

	if (s[n] == ':' && !fw->have_time && n <= 2) {
		(void)digits(s, n, &w->hour);
		s += n + 1;
		n = MIN(strspn(s, "0123456789"), (size_t)2);
		(void)digits(s, n, &w->minute);
		s += n;
		if (*s == ':') {
			s++;
			n = MIN(strspn(s, "0123456789"), (size_t)2);
			(void)digits(s, n, &w->second);
			s += n;
		}
		if (*s == '.')
			s += 1 + strspn(s + 1, "0123456789");
		fw->have_time = true;
		return s;
	}
	if (fw->n == ARRAY_LEN(fw->num) || n > 4)
		return NULL;
	(void)digits(s, n, &v);
	fw->num[fw->n] = v;
	fw->len[fw->n] = n;
	fw->n++;
	s += n;
	if (fw->n == 1)
		fw->sep = *s;
	return s;
}

/* A word: month, zone (behind a time), half of the day; others say nothing. */
static const char *
free_word(const char *s, struct words *fw, struct when *w)
{
	char word[48];
	size_t n = 0;
	int month;
	char half;

	while (((s[n] >= 'a' && s[n] <= 'z') || (s[n] & 0x80) != 0) &&
	       n < sizeof(word) - 1) {
		word[n] = s[n];
		n++;
	}
	word[n] = '\0';
	if (strncmp(word, "년", 3) == 0)
		fw->korean = true;
	half = date_half_of(word);
	if (half != 0) {
		fw->half = half;
		fw->korean = fw->korean || (unsigned char)word[0] == 0xec;
	} else if (fw->have_time && date_zone_of(word, &w->zone)) {
		/* Behind "GMT" and "UTC" an offset may follow. */
	} else if ((month = date_month_of(word)) != 0) {
		/* The last one: "mar. 5 mai" is a Tuesday in May. */
		fw->month = month;
		fw->month_at = fw->n;
	}
	return s + n;
}

/* Split free text into words and numbers. */
static bool
free_scan(const char *s, struct words *fw, struct when *w)
{
	while (s != NULL && *s != '\0') {
		if (is_digit(*s)) {
			s = free_number(s, fw, w);
		} else if ((*s == '+' || *s == '-') && fw->have_time &&
			   is_digit(s[1])) {
			if (!read_offset(&s, &w->zone))
				return false;
		} else if (((s[0] == 'a' || s[0] == 'p') && s[1] == '.' &&
			       s[2] == 'm')) {
			fw->half = s[0];
			s += 3;
		} else if ((*s >= 'a' && *s <= 'z') || (*s & 0x80) != 0) {
			s = free_word(s, fw, w);
		} else {
			s++;
		}
	}
	return s != NULL;
}

/* Day and year around a month's name: "4 Jan 2004", "Jan 4 2004". */
static bool
free_named(const struct words *fw, struct when *w)
{
	size_t y = fw->n - 1, d = 0;

	w->month = fw->month;
	if (fw->n < 1 || fw->n > 3)
		return false;
	if (fw->n == 1) { /* "January 2004" */
		if (fw->len[0] != 4)
			return false;
		w->day = 1;
		w->year = fw->num[0];
		return true;
	}
	if (fw->len[0] >= 3) { /* "2004 Jan 4" */
		y = 0;
		d = 1;
	} else if (fw->n == 3) {
		y = fw->len[1] >= 3 ? 1 : 2;
	}
	w->day = fw->num[d];
	w->year = full_year(fw->num[y], fw->len[y]);
	return true;
}

/* Three numbers: the year first or last, then what the sign says. */
static bool
free_numeric(const struct words *fw, struct when *w)
{
	int a, b;
	bool month_first;

	if (fw->n != 3)
		return false;
	if (fw->len[0] == 4) {
		w->year = fw->num[0];
		w->month = fw->num[1];
		w->day = fw->num[2];
		return true;
	}
	a = fw->num[0];
	b = fw->num[1];
	month_first = b > 12 || (a <= 12 && fw->sep == '/');
	w->month = month_first ? a : b;
	w->day = month_first ? b : a;
	w->year = full_year(fw->num[2], fw->len[2]);
	return true;
}

static bool
free_text(const char *s, struct when *w)
{
	struct words fw = { 0 };

	*w = (struct when){ 0 };
	if (!free_scan(s, &fw, w))
		return false;
	if (!(fw.month != 0 ? free_named(&fw, w) : free_numeric(&fw, w)))
		return false;
	if (fw.half == 'p' && w->hour < 12)
		w->hour += 12;
	else if (fw.half == 'a' && w->hour == 12)
		w->hour = 0;
	if (fw.korean && w->zone == 0)
		w->zone = 9 * 60;
	return true;
}

/* Seconds or milliseconds since the epoch, as some programs print. */
static bool
epoch(const char *s, int64_t *t)
{
	size_t n = strspn(s, "0123456789");
	int64_t v = 0;

	if (s[n] != '\0' || (n != 9 && n != 10 && n != 13))
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	*t = n == 13 ? v / 1000 : v;
	return true;
}

/* Trimmed and in lower case. False when it is longer than any date. */
static bool
fold(const char *s, char out[DATE_MAX])
{
	const char *end = s + strlen(s);
	size_t n = 0;
	uint32_t cp;

	while (is_space(*s))
		s++;
	while (end > s && is_space(end[-1]))
		end--;
	while (s < end) {
		if (n + 5 > DATE_MAX)
			return false;
		s += utf8_decode(s, end, &cp);
		if (cp == 0xa0 || cp == 0x202f)
			cp = ' ';
		n += utf8_encode(
		    (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp), out + n);
	}
	out[n] = '\0';
	return n > 0;
}

int64_t
date_parse(const char *s)
{
	char text[DATE_MAX];
	struct when w = { 0 };
	int64_t t;

	if (s == NULL)
		return ITEM_NO_TIME;
	if (fast_rfc3339(s, &w))
		return when_seconds(&w);
	w = (struct when){ 0 };
	if (fast_rfc822(s, &w))
		return when_seconds(&w);
	if (!fold(s, text))
		return ITEM_NO_TIME;
	if (iso_date(text, &w) && (t = when_seconds(&w)) != ITEM_NO_TIME)
		return t;
	if (epoch(text, &t))
		return t;
	if (free_text(text, &w))
		return when_seconds(&w);
	return ITEM_NO_TIME;
}
