/* charset_guess.c - the charset of bytes that say nothing of themselves. */
#include <stdint.h>
#include <string.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "feed/charset.h"

#define GUESS_BYTES 16384 /* looked at, at most */

/* Code points that a text in the script is mostly made of. */
struct range {
	uint32_t from, to;
};

static const struct {
	const char *name;
	struct range common[3]; /* each such character speaks for it */
	const char *frequent;   /* and each of these once more */
} candidates[] = {
	{ "euc-jp", { { 0x3041, 0x30fe }, { 0x4e00, 0x9fff } },
	    "のにはをたがでてとしれさある" },
	{ "shift_jis", { { 0x3041, 0x30fe }, { 0x4e00, 0x9fff } },
	    "のにはをたがでてとしれさある" },
	{ "euc-kr", { { 0xac00, 0xd7a3 } }, "이다의는에을가고지한" },
	{ "big5", { { 0x4e00, 0x9fff }, { 0xff01, 0xff5e } },
	    "的一是不了在人有我他這中大來們個" },
	{ "gb18030", { { 0x4e00, 0x9fff }, { 0xff01, 0xff5e } },
	    "的一是不了在人有我他这中大来们个" },
	{ "windows-1251", { { 0x430, 0x44f } }, "оеаинтсрвл" },
	{ "koi8-r", { { 0x430, 0x44f } }, "оеаинтсрвл" },
	{ "iso-8859-5", { { 0x430, 0x44f } }, "оеаинтсрвл" },
	{ "windows-1253", { { 0x3b1, 0x3ce } }, "αοιετνσ" },
	{ "windows-1255", { { 0x5d0, 0x5ea } }, "יוהלאתרמ" },
	{ "windows-1256", { { 0x621, 0x64a } }, "اليمنرتبو" },
	{ "windows-874", { { 0xe01, 0xe3a }, { 0xe40, 0xe4e } }, "านรกอเง" },
};

/* Is `cp` among the characters of `set`? */
static bool
in_set(const char *set, uint32_t cp)
{
	char c[5];
	size_t n = utf8_encode(cp, c);

	return memmem(set, strlen(set), c, n) != NULL;
}

/*
 * Hundredths a character: how much like the language of candidate `i` the
 * text reads. Every other letter beyond ASCII speaks against it.
 */
static long
likeness(size_t i, const char *p, size_t len)
{
	const char *end = p + len;
	long score = 0, letters = 0;
	uint32_t cp;

	while (p < end) {
		bool common = false;

		p += utf8_decode(p, end, &cp);
		if (cp < 0x80 || cp == 0xa0 || (cp >= 0x2010 && cp < 0x2040) ||
		    (cp >= 0x3000 && cp < 0x3020))
			continue;
		letters++;
		for (size_t r = 0; r < ARRAY_LEN(candidates[i].common); r++)
			common =
			    common || (cp >= candidates[i].common[r].from &&
					  cp <= candidates[i].common[r].to);
		score += common ? 60 : -100;
		if (common && in_set(candidates[i].frequent, cp))
			score += 100;
	}
	return letters == 0 ? 0 : score / letters;
}

/*
 * Latin letters beyond ASCII stand alone between others; in every other
 * script and in all charsets of several bytes they stand together.
 */
static bool
looks_latin(const char *p, size_t len)
{
	size_t high = 0, joined = 0;

	for (size_t i = 0; i < len; i++) {
		if ((p[i] & 0x80) == 0)
			continue;
		high++;
		joined += (i > 0 && (p[i - 1] & 0x80) != 0) ||
			  (i + 1 < len && (p[i + 1] & 0x80) != 0);
	}
	return joined * 2 < high;
}

const char *
charset_guess(const char *p, size_t len)
{
	const char *best = "windows-1252";
	long best_score = 55; /* less is chance, or Latin letters */
	const char *first = p;

	/* Begin where it is not ASCII. */
	while (first < p + len && (*first & 0x80) == 0)
		first++;
	len = MIN(len - (size_t)(first - p), (size_t)GUESS_BYTES);
	if (looks_latin(first, len))
		return best;
	for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
		struct strbuf sb;
		long bad, score;

		strbuf_init(&sb, (size_t)GUESS_BYTES * 4);
		bad = charset_convert(
		    &sb, charset_iconv_name(candidates[i].name), first, len);
		score =
		    bad == -1 ? -1 : likeness(i, sb.data, sb.len) - bad * 20;
		if (score > best_score) {
			best_score = score;
			best = candidates[i].name;
		}
		strbuf_fini(&sb);
	}
	return best;
}
