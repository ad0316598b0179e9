/* lang.c - in which language is a text? */
#include "text/lang.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "text/token.h"

#define SAMPLE 300 /* tokens looked at */

/* Scripts that decide. A text is in one when most of its words are. */
static const struct {
	uint32_t from, to;
	char lang[4];
} scripts[] = {
	{ 0x0370, 0x03ff, "el" },
	{ 0x0400, 0x052f, "ru" },
	{ 0x0530, 0x058f, "hy" },
	{ 0x0590, 0x05ff, "he" },
	{ 0x0600, 0x06ff, "ar" },
	{ 0x0900, 0x097f, "hi" },
	{ 0x0980, 0x09ff, "bn" },
	{ 0x0b80, 0x0bff, "ta" },
	{ 0x0e00, 0x0e7f, "th" },
	{ 0x10a0, 0x10ff, "ka" },
	{ 0x1100, 0x11ff, "ko" },
	{ 0x3040, 0x30ff, "ja" },
	{ 0x4e00, 0x9fff, "zh" },
	{ 0xac00, 0xd7af, "ko" },
};

/* Letters that one language of a script has and its commonest has not. */
static const struct {
	char of[4], to[4];
	uint32_t letters[8];
} splits[] = {
	{ "ar", "fa", { 0x067e, 0x0686, 0x0698, 0x06af } },
	{ "ar", "ur", { 0x0679, 0x0688, 0x0691, 0x06ba, 0x06d2 } },
	{ "ru", "uk", { 0x0456, 0x0457, 0x0454, 0x0491 } },
	{ "zh", "ja", { 0x306e, 0x306b, 0x306f, 0x3092, 0x304c } },
};

/* Commonest words, folded. A word of several languages counts for each. */
static const struct {
	char lang[4];
	const char *words;
} stops[] = {
	{ "en",
	    "the of and to in a is that for on it with as was at by from "
	    "has have be are said after his its over will not this but who" },
	{ "fr", "le la les de des du et en un une est que dans pour sur au aux "
		"par il qui ne pas avec son sont ce plus ont apres selon" },
	{ "de",
	    "der die das und in den von zu mit ist des im auf fur nicht ein "
	    "eine als auch dem sich hat nach bei aus am wird sie er es" },
	{ "es", "el la los las de y en que un una por con del se su para al lo "
		"como mas ha es fue son sobre entre tras este segun" },
	{ "it",
	    "il la le gli i di e che in un una per con del della dei nel si "
	    "non da sono e piu ha alla al dal come anche dopo" },
	{ "pt", "o a os as de e que em um uma do da dos das no na por com para "
		"se nao ao mais foi sao pelo pela como apos" },
	{ "nl", "de het een en van in is dat op te voor met zijn niet aan er "
		"om ook als bij door naar uit heeft worden werd" },
	{ "sv", "och att det som en pa ar av for med till den har inte om ett "
		"i fran men sig efter var kan vid" },
	{ "da", "og at det som en pa er af for med til den har ikke om et i "
		"fra men sig efter var kan ved" },
	{ "no", "og at det som en pa er av for med til den har ikke om et i "
		"fra men seg etter var kan ved" },
	{ "pl", "i w na z do nie to ze sie jest o jak po od przez dla za przy "
		"oraz przed byl ktory" },
	{ "tr", "ve bir bu icin ile da de olarak daha cok olan gibi ise sonra "
		"kadar oldu turkiye" },
	{ "id", "yang dan di dari untuk dengan pada ini itu dalam tidak akan "
		"ke oleh telah juga kata" },
	{ "ro", "si de in la a cu pe din care pentru este nu mai un o au fost "
		"ca prin dupa" },
};

#define LANGS ARRAY_LEN(stops)

#define SLOTS 2048 /* a power of two, several times the words */
#define WORDS_MAX 600

/* Counters for eight languages: a machine register. */
typedef uint16_t counts __attribute__((vector_size(16)));
_Static_assert(LANGS <= 2 * sizeof(counts) / sizeof(uint16_t), "counts");

/*
 * The words by their hashes, open addressing; filled once. What a word adds
 * stands apart, so that the look-up of a word that is none touches little.
 */
static struct {
	uint64_t fold[SLOTS]; /* 0 = free */
	uint16_t word[SLOTS]; /* index in `adds`; 0 adds nothing */
	counts adds[WORDS_MAX][2];
	uint16_t n;
} table;

static size_t
table_slot(uint64_t fold)
{
	size_t i = (size_t)fold & (SLOTS - 1);

	while ((table.fold[i] != 0) & (table.fold[i] != fold))
		i = (i + 1) & (SLOTS - 1);
	return i;
}

static void
table_make(void)
{
	uint16_t n = 0;

	for (size_t l = 0; l < LANGS; l++) {
		for (const char *p = stops[l].words; *p != '\0';) {
			size_t len = strcspn(p, " ");
			size_t i = table_slot(token_hash(p, len));

			if (table.fold[i] == 0 && n + 1 < WORDS_MAX) {
				table.fold[i] = token_hash(p, len);
				table.word[i] = ++n;
			}
			table.adds[table.word[i]][l / 8][l % 8] = 1;
			p += len + (p[len] == ' ');
		}
	}
	table.n = n;
}

static const char *
script_of(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		if (scripts[i].from <= cp && cp <= scripts[i].to)
			return scripts[i].lang;
	}
	return "";
}

/* Does any word hold a letter that makes `lang` another one? */
static const char *
split_lang(const struct tokens *tk, size_t n, const char *lang)
{
	for (size_t i = 0; i < ARRAY_LEN(splits); i++) {
		size_t hits = 0;

		if (strcmp(splits[i].of, lang) != 0)
			continue;
		for (size_t t = 0; t < n; t++) {
			const char *p = tk->words + tk->v[t].word;
			const char *end = p + tk->v[t].word_len;
			uint32_t cp;

			for (; p < end; p += utf8_decode(p, end, &cp)) {
				(void)utf8_decode(p, end, &cp);
				for (size_t l = 0; l < 8; l++)
					hits += cp != 0 &&
						splits[i].letters[l] == cp;
			}
		}
		if (hits * 10 > n)
			return splits[i].to;
	}
	return lang;
}

/* Are the folded words of the first n tokens all ASCII? */
static bool
all_ascii(const struct tokens *tk, size_t n)
{
	const char *p, *end;
	uint64_t seen = 0, v;

	if (n == 0)
		return true;
	p = tk->words + tk->v[0].word;
	end = tk->words + tk->v[n - 1].word + tk->v[n - 1].word_len;
	for (; end - p >= (ptrdiff_t)sizeof(v); p += sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		seen |= v;
	}
	for (; p < end; p++)
		seen |= (unsigned char)*p;
	return (seen & UINT64_C(0x8080808080808080)) == 0;
}

/* The language by script, "" for Latin or a mixture, among n tokens. */
static const char *
by_script(const struct tokens *tk, size_t n)
{
	size_t count[ARRAY_LEN(scripts)] = { 0 }, best = 0, words = 0;

	if (all_ascii(tk, n))
		return "";
	for (size_t t = 0; t < n; t++) {
		const char *p = tk->words + tk->v[t].word, *lang;
		uint32_t cp;

		if (tk->v[t].marks & TOKEN_NUMBER)
			continue;
		words++;
		if ((unsigned char)*p < 0xcd)
			continue; /* below U+0340: Latin */
		(void)utf8_decode(p, p + tk->v[t].word_len, &cp);
		lang = cp < 0x0370 ? "" : script_of(cp);
		for (size_t i = 0; *lang != '\0' && i < ARRAY_LEN(scripts); i++)
			count[i] += scripts[i].lang == lang;
	}
	for (size_t i = 1; i < ARRAY_LEN(scripts); i++) {
		if (count[i] > count[best])
			best = i;
	}
	if (count[best] * 2 <= words)
		return "";
	return split_lang(tk, n, scripts[best].lang);
}

static const char *
by_words(const struct tokens *tk, size_t n)
{
	size_t best = 0, second = 1;
	counts low = { 0 }, high = { 0 };
	uint16_t count[16];

	if (table.n == 0)
		table_make();
	/* Without a branch: which word is a common one cannot be foretold. */
	for (size_t t = 0; t < n; t++) {
		const counts *add =
		    table.adds[table.word[table_slot(tk->v[t].fold)]];

		low += add[0];
		high += add[1];
	}
	memcpy(count, &low, sizeof(low));
	memcpy(count + 8, &high, sizeof(high));
	for (size_t i = 1; i < LANGS; i++) {
		if (count[i] > count[best]) {
			second = best;
			best = i;
		} else if (second == best || count[i] > count[second]) {
			second = i;
		}
	}
	if (count[best] < 2 || count[best] * 12u < n ||
	    count[best] == count[second])
		return "";
	return stops[best].lang;
}

/* The primary subtag in small letters; "" when it is not of 2 or 3. */
static void
primary_subtag(const char *given, char lang[4])
{
	size_t n = 0;

	memset(lang, 0, 4);
	if (given == NULL)
		return;
	while ((given[n] >= 'a' && given[n] <= 'z') ||
	       (given[n] >= 'A' && given[n] <= 'Z'))
		n++;
	if (n < 2 || n > 3 ||
	    (given[n] != '\0' && given[n] != '-' && given[n] != '_'))
		return;
	for (size_t i = 0; i < n; i++)
		lang[i] = (char)(given[i] | 0x20);
}

static bool
is_latin(const char *lang)
{
	static const char *const others[] = { "am", "be", "bg", "ckb", "fas",
		"kk", "kn", "mk", "ml", "mn", "mr", "my", "ne", "ps", "sd",
		"si", "sr", "te", "ug", "uk", "ur", "fa", "yi" };

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (strcmp(others[i], lang) == 0)
			return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
		if (strcmp(scripts[i].lang, lang) == 0)
			return false;
	}
	return true;
}

void
lang_detect(const struct tokens *tk, const char *given, char lang[4])
{
	size_t n = MIN(tk->first[FIELD_URL], SAMPLE);
	const char *found;

	primary_subtag(given, lang);
	found = by_script(tk, n);
	if (*found == '\0' && lang[0] == '\0')
		found = by_words(tk, n);
	if (*found != '\0' && (lang[0] == '\0' || is_latin(lang))) {
		memset(lang, 0, 4);
		memcpy(lang, found, strlen(found));
	}
}
