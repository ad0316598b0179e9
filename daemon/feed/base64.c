/* base64.c - decode base64 text. */
#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"
#include "feed/base64.h"

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

int
base64_decode(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len;
	uint32_t bits = 0;
	unsigned int n = 0;

	for (; p < end && *p != '='; p++) {
		int v = value_of(*p);

		if (v == -1) {
			if (strchr(" \t\r\n", *p) != NULL)
				continue;
			return -1;
		}
		bits = bits << 6 | (uint32_t)v;
		if (++n % 4 == 0) {
			char b[3] = { (char)(bits >> 16), (char)(bits >> 8),
				(char)bits };

			(void)strbuf_append(out, b, 3);
		}
	}
	if (n % 4 == 1)
		return -1;
	if (n % 4 == 2)
		(void)strbuf_putc(out, (char)(bits >> 4));
	if (n % 4 == 3) {
		(void)strbuf_putc(out, (char)(bits >> 10));
		(void)strbuf_putc(out, (char)(bits >> 2));
	}
	return 0;
}
