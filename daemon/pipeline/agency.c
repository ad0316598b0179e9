/* agency.c - the news agencies, and how they are credited. */
#include "pipeline/agency.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"

#define LETTERS 4 /* bytes of "MENA" */

const struct agency agencies[] = {
	{ "AP", { "AP", "Associated Press" }, "apnews.com", AGENCY_RUNNING },
	{ "Reuters", { "Reuters", "REUTERS", "Thomson Reuters" }, "reuters.com",
	    AGENCY_RUNNING },
	{ "AFP", { "AFP", "Agence France-Presse", "Agence France Presse" },
	    "afp.com", AGENCY_RUNNING },
	{ "UPI", { "UPI", "United Press International" }, "upi.com", 0 },
	{ "dpa", { "dpa", "DPA", "Deutsche Presse-Agentur", "dpa-AFX" },
	    "dpa.com", 0 },
	{ "EFE", { "EFE" }, "efe.com", 0 },
	{ "ANSA", { "ANSA" }, "ansa.it", 0 },
	{ "Xinhua", { "Xinhua", "XINHUA" }, "xinhuanet.com", 0 },
	{ "TASS", { "TASS", "ITAR-TASS" }, "tass.com", 0 },
	{ "Interfax", { "Interfax" }, "interfax.com", 0 },
	{ "RIA Novosti", { "RIA Novosti" }, "ria.ru", 0 },
	{ "Kyodo", { "Kyodo", "KYODO", "Kyodo News", "KYODO NEWS" },
	    "kyodonews.net", 0 },
	{ "Jiji", { "Jiji Press", "Jiji" }, "jiji.com", 0 },
	{ "Yonhap", { "Yonhap" }, "yna.co.kr", 0 },
	{ "PTI", { "PTI", "Press Trust of India" }, "ptinews.com",
	    AGENCY_BARE },
	{ "ANI", { "ANI", "Asian News International" }, "aninews.in",
	    AGENCY_BARE },
	{ "IANS", { "IANS", "Indo-Asian News Service" }, "ians.in",
	    AGENCY_BARE },
	{ "PA", { "PA Media", "Press Association" }, "pa.media", 0 },
	{ "AAP", { "AAP", "Australian Associated Press" }, "aap.com.au", 0 },
	{ "CP", { "The Canadian Press", "Canadian Press" },
	    "thecanadianpress.com", 0 },
	{ "Anadolu", { "AA", "Anadolu Agency", "Anadolu", "Anadolu Ajansı" },
	    "aa.com.tr", AGENCY_SHORT },
	{ "IRNA", { "IRNA" }, "irna.ir", 0 },
	{ "SANA", { "SANA" }, "sana.sy", AGENCY_SHORT },
	{ "INA", { "INA", "Iraqi News Agency" }, "ina.iq", AGENCY_SHORT },
	{ "KUNA", { "KUNA" }, "kuna.net.kw", 0 },
	{ "SPA", { "SPA", "Saudi Press Agency" }, "spa.gov.sa", AGENCY_SHORT },
	{ "WAM", { "WAM" }, "wam.ae", AGENCY_SHORT },
	{ "MENA", { "MENA" }, "mena.org.eg", AGENCY_SHORT },
	{ "APP", { "APP", "Associated Press of Pakistan" }, "app.com.pk",
	    AGENCY_SHORT },
	{ "Bloomberg", { "Bloomberg", "Bloomberg News" }, "bloomberg.com", 0 },
	{ "CNN", { "CNN", "CNN Wire", "The-CNN-Wire", "Cable News Network" },
	    "cnn.com", 0 },
};
const size_t agencies_len = ARRAY_LEN(agencies);

/* "AP Sports Writer": what ends the name of a person's place of work. */
static const char *const titles[] = { "Agency", "Bureau", "Business",
	"Correspondent", "Correspondents", "Desk", "Editor", "News", "Newsroom",
	"Newswire", "Reporter", "Reporters", "Service", "Sports", "Staff",
	"staff", "Team", "Wire", "Writer", "Writers" };

/* Credits of pictures, in the languages of the agencies above. */
static const char *const pictures[] = { "alamy", "bild", "foto", "fotos",
	"getty", "graphic", "graphics", "illustration", "image", "images",
	"imagem", "imagen", "photo", "photos", "photograph", "photographer",
	"photographs", "photography", "pic", "pics", "picture", "pictures",
	"shutterstock", "video", "videos" };

/* After these comes who helped; what is in front stands. */
static const char *const helped[] = { "additional reporting", "with reporting",
	"with files", "with inputs", "with input", "with material",
	"with contributions" };

/* Who helped stands in front of these. */
static const char *const contributed[] = { "contributed", "contributing",
	"contribution", "contributions" };

/* Groups of a byline, and what is inside one: a person's or a house's name.
 * "Agence France-Presse" keeps its hyphen. */
static const char *const group_ends[] = { ",", " and ", " & ", " for ",
	" with ", ". " };
static const char *const name_ends[] = { "/", "(", ")", "[", "]", ":", " - ",
	" via ", " | ", "\xe2\x80\x93", "\xe2\x80\x94" };
static const char *const part_ends[] = { ";", "|", "\n" };

bool
agency_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* The next whole words `w` in [p, end), any case; NULL: not there. */
static const char *
find_fold(const char *p, const char *end, const char *w)
{
	const char *start = p;
	size_t n = strlen(w);

	for (; p < end && (size_t)(end - p) >= n; p++) {
		if ((p == start || !agency_word_byte(p[-1])) &&
		    strncasecmp(p, w, n) == 0 &&
		    (p + n == end || !agency_word_byte(p[n])))
			return p;
	}
	return NULL;
}

/* The first place in [p, end) of any of the n words; `end`: of none. */
static const char *
find_any(const char *p, const char *end, const char *const *words, size_t n)
{
	const char *first = end;

	for (size_t i = 0; i < n; i++) {
		const char *at = find_fold(p, first, words[i]);

		if (at != NULL)
			first = at;
	}
	return first;
}

bool
agency_is_picture(const char *p, const char *end)
{
	return find_any(p, end, pictures, ARRAY_LEN(pictures)) != end;
}

const char *
agency_helpers(const char *p, const char *end)
{
	if (find_any(p, end, contributed, ARRAY_LEN(contributed)) != end)
		return p;
	return find_any(p, end, helped, ARRAY_LEN(helped));
}

const struct agency *
agency_named(const char *p, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(agencies); i++) {
		for (size_t j = 0; j < AGENCY_WORDS; j++) {
			const char *w = agencies[i].words[j];

			if (w != NULL && strlen(w) == len &&
			    memcmp(w, p, len) == 0)
				return &agencies[i];
		}
	}
	return NULL;
}

const struct agency *
agency_at(const char *p, const char *end, size_t *len)
{
	const struct agency *ag = NULL;
	size_t room = (size_t)(end - p);

	*len = 0;
	for (size_t i = 0; i < ARRAY_LEN(agencies) * AGENCY_WORDS; i++) {
		const struct agency *row = &agencies[i / AGENCY_WORDS];
		const char *w = row->words[i % AGENCY_WORDS];
		size_t n = w != NULL ? strlen(w) : 0;

		/* "Associated Press of Pakistan" is not the AP. */
		if (n <= *len || n > room || memcmp(p, w, n) != 0 ||
		    (n < room && agency_word_byte(p[n])))
			continue;
		ag = row;
		*len = n;
	}
	return ag;
}

bool
agency_is_letters(const struct agency *ag, size_t len)
{
	return (ag->flags & AGENCY_SHORT) != 0 && len <= LETTERS;
}

const struct agency *
agency_of_host(const char *host, size_t len)
{
	for (size_t i = 0; len > 0 && i < ARRAY_LEN(agencies); i++) {
		size_t n = strlen(agencies[i].host);

		if (len >= n &&
		    strncasecmp(host + len - n, agencies[i].host, n) == 0 &&
		    (len == n || host[len - n - 1] == '.'))
			return &agencies[i];
	}
	return NULL;
}

/* Without white space, full stops, and "By" and "The" in front. */
static void
strip(const char **p, const char **end)
{
	static const char *const leads[] = { "by ", "the ", "from ",
		"source " };
	size_t i = 0;

	while (*end > *p && strchr(" \t.\"'", (*end)[-1]) != NULL)
		(*end)--;
	while (*p < *end && strchr(" \t\"'", **p) != NULL)
		(*p)++;
	while (i < ARRAY_LEN(leads)) {
		size_t n = strlen(leads[i]);

		if ((size_t)(*end - *p) > n &&
		    strncasecmp(*p, leads[i], n) == 0) {
			*p += n;
			i = 0;
		} else
			i++;
	}
}

static bool
is_title(const char *p, const char *end)
{
	const char *last = memrchr(p, ' ', (size_t)(end - p));

	last = last == NULL ? p : last + 1;
	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		if (strlen(titles[i]) == (size_t)(end - last) &&
		    memcmp(titles[i], last, (size_t)(end - last)) == 0)
			return true;
	}
	return false;
}

/* At the front of [p, end), and nothing but a title behind it. */
static const struct agency *
titled_at(const char *p, const char *end, size_t *len)
{
	const struct agency *ag = agency_at(p, end, len);

	if (ag == NULL || p + *len == end)
		return ag;
	return p[*len] == ' ' && !agency_is_letters(ag, *len) &&
		       is_title(p + *len + 1, end)
		   ? ag
		   : NULL;
}

const struct agency *
agency_titled(const char *p, const char *end)
{
	const struct agency *ag = agency_named(p, (size_t)(end - p));
	size_t len;

	if (ag != NULL)
		return ag; /* "The Canadian Press" has its article */
	strip(&p, &end);
	return titled_at(p, end, &len);
}

/* One name of a byline: "AP", "Jane Doe AP Sports Writer", "afp". */
static const struct agency *
credited(const char *p, const char *end)
{
	const struct agency *ag = agency_titled(p, end);
	size_t len;

	if (ag != NULL)
		return ag;
	strip(&p, &end);
	for (size_t i = 0; i < ARRAY_LEN(agencies); i++) {
		const char *w = agencies[i].words[0];

		if ((agencies[i].flags & AGENCY_RUNNING) != 0 &&
		    strlen(w) == (size_t)(end - p) &&
		    strncasecmp(w, p, strlen(w)) == 0)
			return &agencies[i];
	}
	while ((p = memchr(p, ' ', (size_t)(end - p))) != NULL) {
		ag = titled_at(++p, end, &len);
		if (ag != NULL && !agency_is_letters(ag, len))
			return ag;
	}
	return NULL;
}

/* The first place of any of the n strings; *skip: its length. */
static const char *
cut_at(const char *p, const char *end, const char *const *ends, size_t n,
    size_t *skip)
{
	const char *first = end;

	*skip = 0;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(ends[i]);
		const char *at = memmem(p, (size_t)(first - p), ends[i], len);

		if (at != NULL) {
			first = at;
			*skip = len;
		}
	}
	return first;
}

static const struct agency *
in_group(const char *p, const char *end)
{
	for (size_t skip; p < end;) {
		const char *to =
		    cut_at(p, end, name_ends, ARRAY_LEN(name_ends), &skip);
		const struct agency *ag = credited(p, to);

		if (ag != NULL)
			return ag;
		p = to + skip;
	}
	return NULL;
}

/* Up to the first word of pictures: what follows names photographers. */
static const struct agency *
in_part(const char *p, const char *end)
{
	end = agency_helpers(p, end);
	for (size_t skip; p < end;) {
		const char *to =
		    cut_at(p, end, group_ends, ARRAY_LEN(group_ends), &skip);
		const struct agency *ag;

		if (agency_is_picture(p, to))
			return NULL;
		if ((ag = in_group(p, to)) != NULL)
			return ag;
		p = to + skip;
	}
	return NULL;
}

const struct agency *
agency_of_byline(const char *p, const char *end)
{
	for (size_t skip; p < end;) {
		const char *to =
		    cut_at(p, end, part_ends, ARRAY_LEN(part_ends), &skip);
		const struct agency *ag = in_part(p, to);

		if (ag != NULL)
			return ag;
		p = to + skip;
	}
	return NULL;
}
