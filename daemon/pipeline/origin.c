/* origin.c - who wrote a text: an agency, or the publisher himself. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/url.h"
#include "item/item.h"
#include "pipeline/origin.h"

#define MAX_WORDS 4
#define DATELINE_LINES 12  /* furniture may stand in front */
#define DATELINE_BYTES 110 /* "SHARM EL-SHEIKH, Egypt, Jan. 27 (AP) -" */
#define LEAD_BYTES 500     /* where a rewrite names its source */
#define TAIL_BYTES 400     /* where the credit line stands */

/* An agency under the names that datelines, credits and addresses use. */
static const struct agency {
	const char *name;
	const char *words[MAX_WORDS]; /* exact, as written */
	const char *host;
} agencies[] = {
	{ "AP", { "AP", "Associated Press" }, "apnews.com" },
	{ "Reuters", { "Reuters", "REUTERS", "Thomson Reuters" },
	    "reuters.com" },
	{ "AFP", { "AFP", "Agence France-Presse", "Agence France Presse" },
	    "afp.com" },
	{ "UPI", { "UPI", "United Press International" }, "upi.com" },
	{ "dpa", { "dpa", "DPA", "Deutsche Presse-Agentur" }, "dpa.com" },
	{ "EFE", { "EFE" }, "efe.com" },
	{ "ANSA", { "ANSA" }, "ansa.it" },
	{ "Xinhua", { "Xinhua", "XINHUA" }, "xinhuanet.com" },
	{ "TASS", { "TASS" }, "tass.com" },
	{ "Interfax", { "Interfax" }, "interfax.com" },
	{ "RIA Novosti", { "RIA Novosti" }, "ria.ru" },
	{ "Kyodo", { "Kyodo", "KYODO", "Kyodo News" }, "kyodonews.net" },
	{ "Jiji", { "Jiji Press", "Jiji" }, "jiji.com" },
	{ "Yonhap", { "Yonhap" }, "yna.co.kr" },
	{ "PTI", { "PTI", "Press Trust of India" }, "ptinews.com" },
	{ "ANI", { "ANI", "Asian News International" }, "aninews.in" },
	{ "IANS", { "IANS" }, "ians.in" },
	{ "PA", { "PA Media", "Press Association" }, "pa.media" },
	{ "AAP", { "AAP", "Australian Associated Press" }, "aap.com.au" },
	{ "CP", { "The Canadian Press", "Canadian Press" },
	    "thecanadianpress.com" },
	{ "Anadolu", { "AA", "Anadolu Agency", "Anadolu" }, "aa.com.tr" },
	{ "IRNA", { "IRNA" }, "irna.ir" },
	{ "SANA", { "SANA" }, "sana.sy" },
	{ "INA", { "INA", "Iraqi News Agency" }, "ina.iq" },
	{ "KUNA", { "KUNA" }, "kuna.net.kw" },
	{ "SPA", { "SPA", "Saudi Press Agency" }, "spa.gov.sa" },
	{ "WAM", { "WAM" }, "wam.ae" },
	{ "MENA", { "MENA" }, "mena.org.eg" },
	{ "APP", { "APP", "Associated Press of Pakistan" }, "app.com.pk" },
	{ "Bloomberg", { "Bloomberg", "Bloomberg News" }, "bloomberg.com" },
};

/* Datelines use letters that are words of their own elsewhere ("AA", "SPA"):
 * only these may be recognised in running text. */
#define RUNNING_TEXT 3 /* AP, Reuters, AFP: the rows above */

static const struct agency *
agency_named(const char *p, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(agencies); i++) {
		for (size_t j = 0; j < MAX_WORDS; j++) {
			const char *w = agencies[i].words[j];

			if (w != NULL && strlen(w) == len &&
			    memcmp(w, p, len) == 0)
				return &agencies[i];
		}
	}
	return NULL;
}

/* A dash of a dateline: -, --, en, em, horizontal bar, or a colon. */
static bool
is_dash(const char *p)
{
	while (*p == ' ')
		p++;
	return *p == '-' || *p == ':' || strncmp(p, "\xe2\x80\x93", 3) == 0 ||
	       strncmp(p, "\xe2\x80\x94", 3) == 0 ||
	       strncmp(p, "\xe2\x80\x95", 3) == 0;
}

/* Small words inside the names of places. */
static bool
is_particle(const char *p, size_t len)
{
	static const char *const words[] = { "al", "and", "de", "del", "el",
		"la", "of", "on", "the" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i]) == len && memcmp(words[i], p, len) == 0)
			return true;
	}
	return false;
}

/* What stands before "(AP)": nothing, or a place and perhaps a date, each
 * word with a capital or a digit. A sentence is none. */
static bool
is_place(const char *p, const char *end)
{
	while (p < end) {
		size_t len = 0;

		while (p + len < end && strchr(" ,./-", p[len]) == NULL)
			len++;
		if (len > 0 && !isupper((unsigned char)*p) &&
		    !isdigit((unsigned char)*p) && (unsigned char)*p < 0x80 &&
		    !is_particle(p, len))
			return false;
		p += len + 1;
	}
	return true;
}

/* "BEIRUT (AP) - ", "LONDON, Jan 5 (Reuters) - ", "(AFP/Reuters) - ". */
static const struct agency *
dateline_in(const char *line, size_t len)
{
	const char *end = line + MIN(len, DATELINE_BYTES);
	const char *open = memchr(line, '(', (size_t)(end - line));
	const char *close, *stop;

	if (open == NULL || !is_place(line, open))
		return NULL;
	close = memchr(open, ')', (size_t)(line + len - open));
	if (close == NULL || close - open > 40 || !is_dash(close + 1))
		return NULL;
	stop = memchr(open, '/', (size_t)(close - open));
	if (stop == NULL)
		stop = close;
	return agency_named(open + 1, (size_t)(stop - open - 1));
}

static const struct agency *
by_dateline(const char *text)
{
	for (int i = 0; i < DATELINE_LINES && *text != '\0'; i++) {
		size_t len = strcspn(text, "\n");
		const struct agency *ag = dateline_in(text, len);

		if (ag != NULL)
			return ag;
		text += len + (text[len] == '\n');
	}
	return NULL;
}

static bool
is_word_byte(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* The next whole word `w` in [p, end), or NULL. */
static const char *
find_word(const char *p, const char *end, const char *w)
{
	size_t n = strlen(w);
	const char *start = p;

	while ((p = memmem(p, (size_t)(end - p), w, n)) != NULL) {
		if ((p == start || !is_word_byte(p[-1])) && !is_word_byte(p[n]))
			return p;
		p++;
	}
	return NULL;
}

/* "Reuters", "The Associated Press", "By Jane Doe, AP", "AFP News". */
static const struct agency *
by_author(const struct item *it)
{
	for (size_t i = 0; i < it->nauthors; i++) {
		const char *name = it->authors[i].name;

		if (name == NULL)
			continue;
		for (size_t j = 0; j < ARRAY_LEN(agencies); j++) {
			for (size_t k = 0; k < MAX_WORDS; k++) {
				const char *w = agencies[j].words[k];

				if (w != NULL &&
				    find_word(name, name + strlen(name), w) !=
					NULL)
					return &agencies[j];
			}
		}
	}
	return NULL;
}

static const struct agency *
by_host(const char *host, size_t len)
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

/* After the name: it told the news. "told Reuters" is a source's choice. */
static bool
says_reported(const char *p)
{
	static const char *const verbs[] = { " reported", " reports",
		" has reported", " news agency reported", " news agency said" };

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		size_t n = strlen(verbs[i]);

		if (strncmp(p, verbs[i], n) == 0 && !is_word_byte(p[n]))
			return true;
	}
	return false;
}

/* "..., the Associated Press reported." in the lead. */
static const struct agency *
by_credit(const char *text)
{
	const char *end = text + strnlen(text, LEAD_BYTES);

	for (size_t i = 0; i < RUNNING_TEXT; i++) {
		for (size_t j = 0; j < MAX_WORDS; j++) {
			const char *w = agencies[i].words[j], *p = text;

			if (w == NULL)
				continue;
			while ((p = find_word(p, end, w)) != NULL) {
				p += strlen(w);
				if (says_reported(p))
					return &agencies[i];
			}
		}
	}
	return NULL;
}

/* A last line that is only a name: "Reuters", "(AFP)", "Source: AP". */
static const struct agency *
by_last_line(const char *text)
{
	static const char *const leads[] = { "Source: ", "Source : ", "By ",
		"The ", "\xe2\x80\x94 ", "\xe2\x80\x93 ", "- ", "(", "[" };
	const char *end = text + strlen(text), *p;

	while (end > text && strchr(" \n.)]", end[-1]) != NULL)
		end--;
	p = memrchr(text, '\n', (size_t)(end - text));
	p = p == NULL ? text : p + 1;
	if (p == text || end - p > 40)
		return NULL; /* the only line is the text itself */
	for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
		size_t n = strlen(leads[i]);

		if ((size_t)(end - p) > n && strncmp(p, leads[i], n) == 0)
			p += n;
	}
	return agency_named(p, (size_t)(end - p));
}

/* "(Reporting by A; Editing by B)" is how Reuters signs. */
static bool
is_signed_by_reuters(const char *text)
{
	size_t len = strlen(text);
	const char *tail = text + (len > TAIL_BYTES ? len - TAIL_BYTES : 0);
	const char *p = strstr(tail, "(Reporting by ");

	return p != NULL && strstr(p, "diting by ") != NULL;
}

static const struct agency *
find_agency(const struct item *it, const char *text, const struct url *u)
{
	const struct agency *ag;

	if ((ag = by_dateline(text)) != NULL || (ag = by_author(it)) != NULL ||
	    (ag = by_host(u->host, u->host_len)) != NULL ||
	    (ag = by_last_line(text)) != NULL || (ag = by_credit(text)) != NULL)
		return ag;
	return is_signed_by_reuters(text) ? agency_named("Reuters", 7) : NULL;
}

static const char *
publisher(const struct item *it, const struct url *u)
{
	const char *host = u->host;
	size_t len = u->host_len;

	if (it->feed_name != NULL && it->feed_name[0] != '\0' &&
	    (it->feed == NULL || strcmp(it->feed_name, it->feed) != 0))
		return it->feed_name;
	if (len == 0)
		return it->feed != NULL ? it->feed : "";
	if (len > 4 && strncasecmp(host, "www.", 4) == 0) {
		host += 4;
		len -= 4;
	}
	return arena_strndup(it->arena, host, len);
}

void
origin_find(struct item *it)
{
	const char *link = it->canonical != NULL ? it->canonical : it->url;
	const struct agency *ag;
	struct url u;

	if (link == NULL || url_split(link, &u) == -1 || u.host == NULL)
		memset(&u, 0, sizeof(u));
	ag = find_agency(it, it->text != NULL ? it->text : "", &u);
	it->origin_agency = ag != NULL;
	it->origin = ag != NULL ? ag->name : publisher(it, &u);
}
