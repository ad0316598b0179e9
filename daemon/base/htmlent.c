/* htmlent.c - look-up in the table of HTML's named character references. */
#include <string.h>

#include "base/htmlent.h"
#include "base/htmlent_table.h"

/* Index of the row with this name, or -1. */
static int
find(const char *name, size_t len)
{
	int lo, hi, mid, c;

	if (len == 0 || len > HTMLENT_NAME_MAX || name[0] < 'A' ||
	    name[0] > 'z')
		return -1;
	lo = first[name[0] - 'A'];
	hi = first[name[0] - 'A' + 1] - 1;
	while (lo <= hi) {
		mid = lo + (hi - lo) / 2;
		c = memcmp(rows[mid].name, name, MIN(len, rows[mid].len));
		if (c == 0)
			c = (int)rows[mid].len - (int)len;
		if (c == 0)
			return mid;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid - 1;
	}
	return -1;
}

const char *
htmlent_lookup(const char *name, size_t len)
{
	int i = find(name, len);

	return i == -1 ? NULL : rows[i].text;
}

const char *
htmlent_legacy(const char *s, size_t len, size_t *used)
{
	/* The longest of them is "frac12" and its like, 6 bytes. */
	for (size_t n = MIN(len, (size_t)6); n >= 2; n--) {
		int i = find(s, n);

		if (i != -1 && rows[i].legacy) {
			*used = n;
			return rows[i].text;
		}
	}
	return NULL;
}

uint32_t
htmlent_cp1252(uint32_t cp)
{
	static const uint16_t c1[32] = { 0x20ac, 0x81, 0x201a, 0x0192, 0x201e,
		0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152,
		0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d,
		0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153,
		0x9d, 0x017e, 0x0178 };

	return cp >= 0x80 && cp <= 0x9f ? c1[cp - 0x80] : cp;
}
