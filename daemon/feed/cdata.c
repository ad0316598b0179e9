/* cdata.c - look at CDATA sections without a parser. */
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "feed/cdata.h"

static const char start[] = "<![CDATA[";

const char *
cdata_find(const char *p, const char *end)
{
	const char *from = p;

	/* "[" is rare in feeds, "<" is not. */
	while ((p = memchr(p, '[', (size_t)(end - p))) != NULL) {
		if (p - from >= 2 && p[-2] == '<' && p[-1] == '!' &&
		    end - p >= 7 && memcmp(p - 2, start, 9) == 0)
			return p - 2;
		p++;
	}
	return NULL;
}

const char *
cdata_end(const char *p, const char *end)
{
	for (; (p = memchr(p, ']', (size_t)(end - p))) != NULL; p++) {
		if (end - p >= 3 && p[1] == ']' && p[2] == '>')
			return p;
	}
	return NULL;
}

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

bool
cdata_is_clean(const char *p, size_t len)
{
	const char *end = p + len;

	while (p < end) {
		uint64_t w;
		uint32_t cp;
		size_t n;

		if (end - p >= 8) {
			memcpy(&w, p, 8);
			/* All eight are ASCII and none is below 0x20. */
			if (((w | (w - ONES * 0x20)) & HIGHS) == 0) {
				p += 8;
				continue;
			}
		}
		if ((*p & 0x80) == 0) {
			if (*p < 0x20 && *p != '\n' && *p != '\t')
				return false;
			p++;
			continue;
		}
		n = utf8_decode(p, end, &cp);
		if ((cp == UTF8_REPLACEMENT &&
			(n != 3 || memcmp(p, "\xef\xbf\xbd", 3) != 0)) ||
		    cp == 0xfffe || cp == 0xffff)
			return false;
		p += n;
	}
	return true;
}
