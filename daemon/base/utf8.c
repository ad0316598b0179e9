/* utf8.c - decode, check and repair UTF-8 (RFC 3629). */
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"

/*
 * Well-formed sequences by their first byte (Unicode, table 3-7): length and
 * range of the second byte; later ones are 80..BF.
 */
static const struct {
	unsigned char first, last, len, low, high;
} rows[] = {
	{ 0xc2, 0xdf, 2, 0x80, 0xbf },
	{ 0xe0, 0xe0, 3, 0xa0, 0xbf },
	{ 0xe1, 0xec, 3, 0x80, 0xbf },
	{ 0xed, 0xed, 3, 0x80, 0x9f },
	{ 0xee, 0xef, 3, 0x80, 0xbf },
	{ 0xf0, 0xf0, 4, 0x90, 0xbf },
	{ 0xf1, 0xf3, 4, 0x80, 0xbf },
	{ 0xf4, 0xf4, 4, 0x80, 0x8f },
};

/* Bits of the first byte that belong to the code point, by length. */
static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };

/* Sets *bad when the sequence is none. */
static size_t
decode(
    const unsigned char *p, const unsigned char *end, uint32_t *cp, bool *bad)
{
	size_t r, i;
	uint32_t c;

	*bad = false;
	*cp = p[0];
	if (p[0] < 0x80)
		return 1;
	*bad = true;
	*cp = UTF8_REPLACEMENT;
	for (r = 0; r < ARRAY_LEN(rows); r++)
		if (p[0] >= rows[r].first && p[0] <= rows[r].last)
			break;
	if (r == ARRAY_LEN(rows))
		return 1;
	if (end - p < 2 || p[1] < rows[r].low || p[1] > rows[r].high)
		return 1;
	c = (uint32_t)(p[0] & first_bits[rows[r].len]) << 6 | (p[1] & 0x3f);
	for (i = 2; i < rows[r].len; i++) {
		if ((size_t)(end - p) <= i || (p[i] & 0xc0) != 0x80)
			return i;
		c = c << 6 | (p[i] & 0x3f);
	}
	*bad = false;
	*cp = c;
	return i;
}

size_t
utf8_decode(const char *p, const char *end, uint32_t *cp)
{
	bool bad;

	return decode(
	    (const unsigned char *)p, (const unsigned char *)end, cp, &bad);
}

size_t
utf8_encode(uint32_t cp, char out[4])
{
	if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		cp = UTF8_REPLACEMENT;
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

/* Length of the plain ASCII run at p, eight bytes a step. */
static size_t
ascii_run(const char *p, size_t len)
{
	size_t i = 0;
	uint64_t w;

	for (; len - i >= sizeof(w); i += sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if (w & 0x8080808080808080U)
			break;
	}
	while (i < len && !(p[i] & 0x80))
		i++;
	return i;
}

/* Length of the valid start of p. */
static size_t
valid_run(const char *p, size_t len)
{
	size_t i = 0, n;
	uint32_t cp;
	bool bad;

	while (i < len) {
		i += ascii_run(p + i, len - i);
		if (i == len)
			break;
		n = decode((const unsigned char *)p + i,
		    (const unsigned char *)p + len, &cp, &bad);
		if (bad)
			break;
		i += n;
	}
	return i;
}

bool
utf8_valid(const char *p, size_t len)
{
	return valid_run(p, len) == len;
}

size_t
utf8_cut(const char *p, size_t len)
{
	size_t back, need;

	for (back = 1; back <= 3 && back <= len; back++) {
		unsigned char c = (unsigned char)p[len - back];

		if ((c & 0xc0) == 0x80)
			continue;
		need = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		return need > back ? len - back : len;
	}
	return len;
}

int
utf8_repair(struct strbuf *sb, const char *p, size_t len)
{
	const char *end = p + len;
	uint32_t cp;
	size_t n;

	while (p < end) {
		n = valid_run(p, (size_t)(end - p));
		if (strbuf_append(sb, p, n) == -1)
			return -1;
		p += n;
		if (p == end)
			break;
		p += utf8_decode(p, end, &cp);
		if (strbuf_put_utf8(sb, UTF8_REPLACEMENT) == -1)
			return -1;
	}
	return 0;
}

bool
utf8_is_unsafe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x61c ||
	       cp == 0x200e || cp == 0x200f || (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

int
utf8_for_terminal(struct strbuf *sb, const char *p, size_t len, bool keep_nl)
{
	const char *end = p + len;
	uint32_t cp;

	while (p < end) {
		p += utf8_decode(p, end, &cp);
		if (utf8_is_unsafe(cp) &&
		    !(keep_nl && (cp == '\n' || cp == '\t')))
			cp = UTF8_REPLACEMENT;
		if (strbuf_put_utf8(sb, cp) == -1)
			return -1;
	}
	return 0;
}
