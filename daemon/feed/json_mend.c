/* json_mend.c - what publishers' templates do to JSON, undone. */
#include <stdbool.h>
#include <string.h>

#include "base/strbuf.h"
#include "feed/json_mend.h"

#define FFFD "\\ufffd"

struct mend {
	struct strbuf *out;
	const char *p, *end;
};

int
json_drop_nul(struct strbuf *out, const char *p, size_t len)
{
	const char *end = p + len, *from = p;

	for (; p < end; p++) {
		if (*p != '\\')
			continue;
		/* A backslash outside of a string is an error anyway. */
		if (end - p >= 6 && memcmp(p + 1, "u0000", 5) == 0) {
			strbuf_append(out, from, (size_t)(p - from));
			from = p + 6;
		}
		p += end - p >= 6 && from == p + 6 ? 5 : 1;
	}
	if (from < end)
		strbuf_append(out, from, (size_t)(end - from));
	return strbuf_over(out) ? -1 : 0;
}

/* The four digits at p as a number; -1 if they are not there. */
static long
hex4(const char *p, const char *end)
{
	long v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v * 16 + ((c | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* "\uXXXX" at m->p: both halves of a pair, or what stands for one. */
static void
mend_unicode(struct mend *m)
{
	long v = hex4(m->p + 2, m->end), low;

	if (v == -1) {
		m->p++; /* the backslash is none */
		return;
	}
	if (v >= 0xd800 && v < 0xdc00 && m->end - m->p >= 12 &&
	    m->p[6] == '\\' && m->p[7] == 'u') {
		low = hex4(m->p + 8, m->end);
		if (low >= 0xdc00 && low < 0xe000) {
			strbuf_append(m->out, m->p, 12);
			m->p += 12;
			return;
		}
	}
	if (v >= 0xd800 && v < 0xe000)
		strbuf_puts(m->out, FFFD);
	else if (v != 0)
		strbuf_append(m->out, m->p, 6);
	m->p += 6;
}

/* A string from behind its opening quote to behind its closing one. */
static void
mend_string(struct mend *m)
{
	while (m->p < m->end) {
		unsigned char c = (unsigned char)*m->p;

		if (c == '\\' && m->end - m->p >= 2) {
			char e = m->p[1];

			if (e == 'u') {
				mend_unicode(m);
			} else if (e != '\0' && strchr("\"\\/bfnrt", e)) {
				strbuf_append(m->out, m->p, 2);
				m->p += 2;
			} else {
				m->p++;
			}
			continue;
		}
		m->p++;
		if (c == '\\')
			continue; /* the last byte */
		strbuf_putc(m->out, c < 0x20 ? ' ' : (char)c);
		if (c == '"')
			return;
	}
}

static bool
blank_or_comma(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',';
}

/* At a comma: a run of commas and blanks, without the commas if a bracket
 * closes behind it. Looked at once, however long it is. */
static void
mend_commas(struct mend *m)
{
	const char *from = m->p;
	bool keep;

	while (m->p < m->end && blank_or_comma(*m->p))
		m->p++;
	keep = m->p == m->end || (*m->p != '}' && *m->p != ']');
	for (; from < m->p; from++) {
		if (keep || *from != ',')
			strbuf_putc(m->out, *from);
	}
}

int
json_mend(struct strbuf *out, const char *p, size_t len)
{
	struct mend m = { out, p, p + len };

	while (m.p < m.end) {
		char c = *m.p;

		if (c == ',') {
			mend_commas(&m);
			continue;
		}
		m.p++;
		strbuf_putc(out, c);
		if (c == '"')
			mend_string(&m);
	}
	return strbuf_over(out) ? -1 : 0;
}
