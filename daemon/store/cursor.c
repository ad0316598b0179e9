/* cursor.c - a reader's place as text: epoch in base 36, ':', sequence. */
#include <stdio.h>

#include "store/journal.h"

static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

void
cursor_format(uint64_t epoch, uint64_t seq, char out[CURSOR_MAX])
{
	char rev[16]; /* 13 digits hold 64 bits */
	size_t n = 0, i = 0;

	do {
		rev[n++] = digits[epoch % 36];
		epoch /= 36;
	} while (epoch != 0);
	while (n > 0)
		out[i++] = rev[--n];
	snprintf(out + i, CURSOR_MAX - i, ":%llu", (unsigned long long)seq);
}

/* Read digits of `base` up to `end`; false when there is none or too many. */
static bool
number(const char **s, char end, uint64_t base, uint64_t *out)
{
	const char *p = *s;

	*out = 0;
	for (; *p != end; p++) {
		uint64_t d;

		if (*p >= '0' && *p <= '9')
			d = (uint64_t)(*p - '0');
		else if (*p >= 'a' && *p <= 'z')
			d = (uint64_t)(*p - 'a') + 10;
		else
			return false;
		if (d >= base || *out > (UINT64_MAX - d) / base)
			return false;
		*out = *out * base + d;
	}
	if (p == *s)
		return false;
	*s = p;
	return true;
}

bool
cursor_parse(const char *s, uint64_t *epoch, uint64_t *seq)
{
	if (!number(&s, ':', 36, epoch))
		return false;
	s++;
	/* Sequences live in SQLite's signed 64 bits. */
	return number(&s, '\0', 10, seq) && *seq <= INT64_MAX;
}
