/* mime.c - text as mail, safe for any text. */
#include "sink/mime.h"

#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#define LINE_MAX_QP 75 /* RFC 2045: 76 with the soft break's "=" */
#define PLAIN_MAX 900  /* RFC 5322: 998 a line */
/* Of text in an encoded word: 52 of Base64 in 64 in all, so that even behind
 * a name of 11 a line has at most 76 (RFC 2047, 2). */
#define WORD_BYTES 39

static bool
is_plain(const char *s)
{
	if (strlen(s) > PLAIN_MAX || strstr(s, "=?") != NULL)
		return false;
	for (; *s != '\0'; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

static void
base64(struct strbuf *out, const char *p, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < len; i += 3) {
		size_t n = MIN(len - i, 3U);
		uint32_t v = 0;

		for (size_t k = 0; k < 3; k++)
			v = v << 8 | (k < n ? (unsigned char)p[i + k] : 0);
		for (size_t k = 0; k < 4; k++)
			strbuf_putc(
			    out, k <= n ? digits[v >> (18 - 6 * k) & 63] : '=');
	}
}

void
mime_header(struct strbuf *out, const char *name, const char *text)
{
	size_t len = strlen(text), n;
	const char *sep = " ";

	strbuf_printf(out, "%s:", name);
	if (is_plain(text)) {
		strbuf_printf(out, " %s\r\n", text);
		return;
	}
	for (; len > 0; text += n, len -= n) {
		n = utf8_cut(text, MIN(len, (size_t)WORD_BYTES));
		n = n == 0 ? MIN(len, (size_t)WORD_BYTES) : n;
		strbuf_printf(out, "%s=?UTF-8?B?", sep);
		base64(out, text, n);
		strbuf_puts(out, "?=");
		sep = "\r\n ";
	}
	strbuf_puts(out, "\r\n");
}

void
mime_date(struct strbuf *out, int64_t wall_s)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t t = (time_t)wall_s;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL)
		return;
	strbuf_printf(out, "Date: %s, %02d %s %d %02d:%02d:%02d +0000\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
mime_quoted(struct strbuf *out, const char *text, size_t len)
{
	size_t col = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		bool last = i + 1 == len || text[i + 1] == '\n';
		bool plain = c >= ' ' && c <= '~' && c != '=' &&
			     !(c == ' ' && last) && !(c == '.' && col == 0);

		if (c == '\n') {
			strbuf_puts(out, "\r\n");
			col = 0;
			continue;
		}
		if (col + (plain ? 1U : 3U) > LINE_MAX_QP) {
			strbuf_puts(out, "=\r\n");
			col = 0;
			plain = plain && c != '.';
		}
		if (plain)
			strbuf_putc(out, (char)c);
		else
			strbuf_printf(out, "=%02X", c);
		col += plain ? 1 : 3;
	}
	if (col > 0 || len == 0)
		strbuf_puts(out, "\r\n");
}
