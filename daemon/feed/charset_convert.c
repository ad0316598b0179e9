/* charset_convert.c - bytes of any charset to UTF-8, never failing. */
#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/htmlent.h"
#include "base/macros.h"
#include "base/utf8.h"
#include "feed/charset.h"
#include "feed/feed.h"

/*
 * Labels whose text is in a larger charset than they say (the WHATWG's
 * Encoding Standard, 4.2). Names of iconv(3); windows-1252, which it lacks a
 * few bytes of, and UTF-16 and UTF-32 are converted here.
 */
static const struct {
	const char *label, *name;
} supersets[] = {
	{ "ascii", "windows-1252" },
	{ "us-ascii", "windows-1252" },
	{ "ansi_x3.4-1968", "windows-1252" },
	{ "iso-8859-1", "windows-1252" },
	{ "iso8859-1", "windows-1252" },
	{ "iso_8859-1", "windows-1252" },
	{ "iso-88591", "windows-1252" },
	{ "latin1", "windows-1252" },
	{ "latin-1", "windows-1252" },
	{ "l1", "windows-1252" },
	{ "cp1252", "windows-1252" },
	{ "cp-1252", "windows-1252" },
	{ "x-cp1252", "windows-1252" },
	{ "windows1252", "windows-1252" },
	{ "ansi", "windows-1252" },
	{ "iso-8859-9", "CP1254" },
	{ "iso8859-9", "CP1254" },
	{ "latin5", "CP1254" },
	{ "iso-8859-11", "CP874" },
	{ "tis-620", "CP874" },
	{ "tis620", "CP874" },
	{ "windows-874", "CP874" },
	{ "gb2312", "GB18030" },
	{ "gb_2312-80", "GB18030" },
	{ "euc-cn", "GB18030" },
	{ "x-gbk", "GB18030" },
	{ "gbk", "GB18030" },
	{ "cp936", "GB18030" },
	{ "big5", "BIG5-HKSCS" },
	{ "big-5", "BIG5-HKSCS" },
	{ "x-x-big5", "BIG5-HKSCS" },
	{ "cp950", "BIG5-HKSCS" },
	{ "shift_jis", "CP932" },
	{ "shift-jis", "CP932" },
	{ "sjis", "CP932" },
	{ "x-sjis", "CP932" },
	{ "windows-31j", "CP932" },
	{ "ms_kanji", "CP932" },
	{ "x-euc-jp", "EUC-JP" },
	{ "eucjp", "EUC-JP" },
	{ "euc-kr", "CP949" },
	{ "ks_c_5601-1987", "CP949" },
	{ "ksc5601", "CP949" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "logical", "ISO-8859-8" },
	{ "koi8", "KOI8-R" },
	{ "x-mac-roman", "MACINTOSH" },
	{ "x-mac-cyrillic", "MAC-CYRILLIC" },
	{ "utf16", "utf-16" },
	{ "utf_16", "utf-16" },
	{ "u16", "utf-16" },
	{ "ucs-2", "utf-16" },
	{ "utf32", "utf-32" },
	{ "utf_32", "utf-32" },
	{ "utf8", "utf-8" },
	{ "utf_8", "utf-8" },
	{ "x-utf-8", "utf-8" },
	{ "unicode-1-1-utf-8", "utf-8" },
};

const char *
charset_iconv_name(const char *label)
{
	for (size_t i = 0; i < ARRAY_LEN(supersets); i++) {
		if (strcasecmp(label, supersets[i].label) == 0)
			return supersets[i].name;
	}
	return label;
}

static long
from_cp1252(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len, *q;

	while (p < end) {
		for (q = p; q < end && (*q & 0x80) == 0; q++)
			;
		if (strbuf_append(out, p, (size_t)(q - p)) == -1)
			return 0;
		if (q == end)
			break;
		if (strbuf_put_utf8(out, htmlent_cp1252((uint8_t)*q)) == -1)
			return 0;
		p = q + 1;
	}
	return 0;
}

/* One unit of `width` bytes at p. */
static uint32_t
unit(const uint8_t *p, size_t width, bool big)
{
	uint32_t v = 0;

	for (size_t i = 0; i < width; i++)
		v = v << 8 | p[big ? i : width - 1 - i];
	return v;
}

static long
from_wide(struct strbuf *out, const char *s, size_t len, size_t width, bool big)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + len / width * width;
	long bad = 0;

	while (p < end) {
		uint32_t cp = unit(p, width, big), low;

		p += width;
		if (width == 2 && cp >= 0xd800 && cp < 0xdc00 && p < end &&
		    (low = unit(p, 2, big)) >= 0xdc00 && low < 0xe000) {
			cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
			p += 2;
		}
		bad += (cp >= 0xd800 && cp < 0xe000) || cp > 0x10ffff;
		if (strbuf_put_utf8(out, cp) == -1)
			break;
	}
	return bad + (len % width != 0);
}

static long
from_iconv(struct strbuf *out, iconv_t cd, const char *p, size_t len)
{
	char chunk[16384];
	/* iconv(3) takes char **, and does not write there. */
	union {
		const char *c;
		char *v;
	} in = { .c = p };
	size_t left = len;
	long bad = 0;
	bool flush = false;

	for (;;) {
		char *o = chunk;
		size_t room = sizeof(chunk);
		size_t rv = flush ? iconv(cd, NULL, NULL, &o, &room)
				  : iconv(cd, &in.v, &left, &o, &room);

		if (strbuf_append(out, chunk, sizeof(chunk) - room) == -1 ||
		    flush)
			break;
		if (rv != (size_t)-1) {
			flush = true;
		} else if (errno != E2BIG) {
			/* No character here: one byte on. */
			bad++;
			if (left == 0 ||
			    strbuf_put_utf8(out, UTF8_REPLACEMENT) == -1)
				break;
			in.v++;
			left--;
		}
	}
	return bad;
}

long
charset_convert(
    struct strbuf *out, const char *charset, const char *p, size_t len)
{
	iconv_t cd;
	long bad;
	size_t start = out->len;

	if (strcasecmp(charset, "windows-1252") == 0)
		return from_cp1252(out, p, len);
	if (strcasecmp(charset, "utf-16le") == 0 ||
	    strcasecmp(charset, "utf-16") == 0)
		return from_wide(out, p, len, 2, false);
	if (strcasecmp(charset, "utf-16be") == 0)
		return from_wide(out, p, len, 2, true);
	if (strcasecmp(charset, "utf-32le") == 0)
		return from_wide(out, p, len, 4, false);
	if (strcasecmp(charset, "utf-32be") == 0 ||
	    strcasecmp(charset, "utf-32") == 0)
		return from_wide(out, p, len, 4, true);
	cd = iconv_open("UTF-8", charset);
	if (cd == (iconv_t)-1)
		return -1;
	bad = from_iconv(out, cd, p, len);
	iconv_close(cd);
	/* Some modules make what is no scalar value: nothing bad goes on. */
	if (!utf8_valid(out->data + start, out->len - start)) {
		size_t n = out->len;
		char *raw = strbuf_take(out);

		(void)utf8_repair(out, raw, n);
		free(raw);
		bad++;
	}
	return bad;
}

void
feed_charsets_load(void)
{
	static const char *const names[] = { "CP1250", "CP1251", "CP1253",
		"CP1254", "CP1255", "CP1256", "CP1257", "CP1258", "CP874",
		"ISO-8859-2", "ISO-8859-3", "ISO-8859-4", "ISO-8859-5",
		"ISO-8859-6", "ISO-8859-7", "ISO-8859-8", "ISO-8859-10",
		"ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "ISO-8859-16",
		"KOI8-R", "KOI8-U", "IBM866", "IBM037", "MACINTOSH",
		"MAC-CYRILLIC", "GB18030", "HZ", "BIG5-HKSCS", "EUC-JP",
		"CP932", "ISO-2022-JP", "CP949", "ISO-2022-KR", "EUC-TW",
		"UTF-7" };
	static iconv_t held[ARRAY_LEN(names)];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (held[i] == NULL || held[i] == (iconv_t)-1)
			held[i] = iconv_open("UTF-8", names[i]);
	}
}
