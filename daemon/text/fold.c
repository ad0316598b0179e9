/* fold.c - folding tables, filled from utf8proc where a text needs them. */
#include "text/fold.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#include "base/macros.h"
#include "base/utf8.h"

struct range {
	uint32_t from, to;
};

/* Combining marks that are spelling aids: they fold to nothing. */
static const struct range marks_off[] = {
	{ 0x0300, 0x036f }, /* Latin, Greek, Cyrillic */
	{ 0x0483, 0x0489 }, /* Cyrillic */
	{ 0x0591, 0x05c7 }, /* Hebrew points */
	{ 0x0610, 0x061a }, /* Arabic signs */
	{ 0x064b, 0x065f }, /* tashkeel, madda and hamza above */
	{ 0x0670, 0x0670 },
	{ 0x06d6, 0x06ed }, /* Quranic signs */
	{ 0x08d3, 0x08ff },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff },
	{ 0xfe00, 0xfe0f }, /* variation selectors */
	{ 0xfe20, 0xfe2f },
};

/* Scripts that write without blanks: words are cut into pairs. */
static const struct range unspaced[] = {
	{ 0x0e00, 0x0eff }, /* Thai, Lao */
	{ 0x1000, 0x109f }, /* Myanmar */
	{ 0x1780, 0x17ff }, /* Khmer */
	{ 0x2e80, 0x2fdf }, /* radicals */
	{ 0x3005, 0x3007 },
	{ 0x3040, 0x30ff }, /* kana */
	{ 0x31f0, 0x31ff },
	{ 0x3400, 0x4dbf },
	{ 0x4e00, 0x9fff },
	{ 0xf900, 0xfaff },
	{ 0xff66, 0xff9f }, /* half-width kana */
	{ 0x20000, 0x3ffff },
};

static const uint32_t apostrophes[] = { '\'', 0x00b4, 0x02bb, 0x02bc, 0x2018,
	0x2019, 0x201b, 0xff07 };

static const uint32_t stops[] = { '.', '!', '?', 0x061f, 0x06d4, 0x0964, 0x0965,
	0x1362, 0x2026, 0x203c, 0x203d, 0x2047, 0x2048, 0x2049, 0x3002, 0xff01,
	0xff0e, 0xff1f, 0xff61 };

static const uint32_t gaps[] = { ';', ':', '|', 0x00b7, 0x061b, 0x2014, 0x2015,
	0x2022, 0x2023, 0x203a, 0x2043, 0x25a0, 0x25aa, 0x25cf, 0xff1a,
	0xff1b };

/* Letters that no decomposition reaches. */
static const struct {
	uint32_t cp;
	const char *to;
} spellings[] = {
	{ 0x00d8, "o" },
	{ 0x00f8, "o" },
	{ 0x00c6, "ae" },
	{ 0x00e6, "ae" },
	{ 0x0152, "oe" },
	{ 0x0153, "oe" },
	{ 0x00d0, "d" },
	{ 0x00f0, "d" },
	{ 0x0110, "d" },
	{ 0x0111, "d" },
	{ 0x00de, "th" },
	{ 0x00fe, "th" },
	{ 0x0126, "h" },
	{ 0x0127, "h" },
	{ 0x0131, "i" },
	{ 0x0141, "l" },
	{ 0x0142, "l" },
	{ 0x0166, "t" },
	{ 0x0167, "t" },
	{ 0x0671, "\330\247" }, /* alef wasla: alef */
	{ 0x0649, "\331\212" }, /* alef maksura: yeh */
	{ 0x06cc, "\331\212" }, /* Farsi yeh: yeh */
	{ 0x06a9, "\331\203" }, /* keheh: kaf */
	{ 0x0629, "\331\207" }, /* teh marbuta: heh */
	{ 0x06c1, "\331\207" }, /* heh goal: heh */
	{ 0x06d5, "\331\207" },
};

struct fold_info fold_table[0x10000];

static bool
in_ranges(const struct range *r, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++) {
		if (r[i].from <= cp && cp <= r[i].to)
			return true;
	}
	return false;
}

static bool
in_list(const uint32_t *v, size_t n, uint32_t cp)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i] == cp)
			return true;
	}
	return false;
}

static const char *
spelling_of(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		if (spellings[i].cp == cp)
			return spellings[i].to;
	}
	return NULL;
}

static uint8_t
mark_class(uint32_t cp)
{
	if (in_ranges(marks_off, ARRAY_LEN(marks_off), cp))
		return FOLD_DROP;
	return FOLD_LETTER;
}

/* The class by Unicode's general category and the tables above. */
static uint8_t
classify(uint32_t cp)
{
	if (in_list(apostrophes, ARRAY_LEN(apostrophes), cp))
		return FOLD_APOSTROPHE;
	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_LM:
		/* Tatweel, and the half rings of transliterated Arabic. */
		if (cp == 0x0640 || (cp >= 0x02b0 && cp <= 0x02ff))
			return FOLD_DROP;
		break;
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LO:
		break;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ME:
		if (mark_class(cp) == FOLD_DROP)
			return FOLD_DROP;
		break;
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return FOLD_DIGIT;
	case UTF8PROC_CATEGORY_CF:
		return FOLD_DROP;
	default:
		return FOLD_SEPARATOR;
	}
	if (in_ranges(unspaced, ARRAY_LEN(unspaced), cp))
		return FOLD_UNSPACED;
	return FOLD_LETTER;
}

static bool
is_digit_category(uint32_t cp)
{
	return utf8proc_category((utf8proc_int32_t)cp) == UTF8PROC_CATEGORY_ND;
}

/*
 * Decimal digits stand in blocks of ten that begin at a multiple of ten
 * digits: count back to the start of the run.
 */
static char
digit_value(uint32_t cp)
{
	uint32_t run = 0;

	while (run < cp && run < 100 && is_digit_category(cp - run - 1))
		run++;
	return (char)('0' + run % 10);
}

/* Append `cp`, already decomposed, to out unless it folds to nothing. */
static size_t
put_part(uint32_t cp, char *out, size_t n)
{
	const char *to = spelling_of(cp);
	char buf[4];
	size_t len;
	uint8_t cls;

	if (to != NULL) {
		len = strlen(to);
		if (n + len > FOLD_MAX)
			return n;
		memcpy(out + n, to, len);
		return n + len;
	}
	cls = classify(cp);
	if (cls == FOLD_DROP || cls == FOLD_SEPARATOR || cls == FOLD_APOSTROPHE)
		return n;
	if (is_digit_category(cp)) {
		buf[0] = digit_value(cp);
		len = 1;
	} else {
		len = utf8_encode(cp, buf);
	}
	if (n + len > FOLD_MAX)
		return n;
	memcpy(out + n, buf, len);
	return n + len;
}

size_t
fold_long(uint32_t cp, char out[FOLD_MAX])
{
	const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPAT |
				      UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD;
	utf8proc_int32_t v[FOLD_MAX];
	utf8proc_ssize_t n, kept = 0;
	size_t len = 0;
	int last = 0;

	if (spelling_of(cp) != NULL)
		return put_part(cp, out, 0);
	n = utf8proc_decompose_char(
	    (utf8proc_int32_t)cp, v, FOLD_MAX, how, &last);
	if (n < 0 || n > FOLD_MAX)
		return 0;
	for (utf8proc_ssize_t i = 0; i < n; i++) {
		if (mark_class((uint32_t)v[i]) != FOLD_DROP)
			v[kept++] = v[i];
	}
	/* What remains (kana voicing, Hangul) goes together again. */
	n = utf8proc_normalize_utf32(
	    v, kept, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
	for (utf8proc_ssize_t i = 0; i < n; i++)
		len = put_part((uint32_t)v[i], out, len);
	return len;
}

static uint8_t
flags_of(uint32_t cp, uint8_t cls)
{
	const utf8proc_property_t *prop =
	    utf8proc_get_property((utf8proc_int32_t)cp);
	uint8_t flags = 0;

	switch (utf8proc_category((utf8proc_int32_t)cp)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LT:
		flags |= FOLD_UPPER;
		break;
	case UTF8PROC_CATEGORY_LL:
		flags |= FOLD_LOWER;
		break;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
		flags |= FOLD_COMPOSE;
		break;
	default:
		break;
	}
	/* Jamo and singletons: rare, and NFC is cheap then. */
	if ((cp >= 0x1100 && cp <= 0x11ff) || prop->comp_exclusion)
		flags |= FOLD_COMPOSE;
	if (cls == FOLD_SEPARATOR) {
		if (in_list(stops, ARRAY_LEN(stops), cp))
			flags |= FOLD_STOP | FOLD_GAP;
		else if (in_list(gaps, ARRAY_LEN(gaps), cp))
			flags |= FOLD_GAP;
	}
	return flags;
}

static struct fold_info
look_up(uint32_t cp)
{
	struct fold_info fi;
	char out[FOLD_MAX];
	size_t len;

	memset(&fi, 0, sizeof(fi));
	fi.cls = classify(cp);
	fi.flags = flags_of(cp, fi.cls);
	if (fi.cls == FOLD_LETTER || fi.cls == FOLD_DIGIT ||
	    fi.cls == FOLD_UNSPACED) {
		len = fold_long(cp, out);
		if (len > sizeof(fi.utf8)) {
			fi.flags |= FOLD_LONG;
		} else {
			memcpy(fi.utf8, out, len);
			fi.len = (uint8_t)len;
		}
	}
	return fi;
}

struct fold_info
fold_look_up(uint32_t cp)
{
	struct fold_info fi = look_up(cp);

	if (cp < ARRAY_LEN(fold_table))
		fold_table[cp] = fi;
	return fi;
}
