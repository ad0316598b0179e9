/* origin.c - who wrote a text: an agency, or the publisher himself. */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/url.h"
#include "item/item.h"
#include "pipeline/agency.h"
#include "pipeline/origin.h"

#define DATELINE_LINES 12  /* furniture may stand in front */
#define DATELINE_BYTES 110 /* "SHARM EL-SHEIKH, Egypt, Jan. 27 (AP) -" */
#define LEAD_BYTES 500     /* where a rewrite names its source */
#define TAIL_BYTES 400     /* where the signature stands */
#define TAIL_LINES 3       /* where the line of copyright stands */
#define NAME_BYTES 40      /* a last line that is only a name */
#define BYLINE_BYTES 80    /* a last line "By Jane Doe, Reuters" */

/* A dash of a dateline: -, --, _, en, em, horizontal bar, or a colon; EFE
 * has a full stop in front. */
static bool
is_dash(const char *p)
{
	while (*p == ' ' || *p == '.')
		p++;
	return *p == '-' || *p == '_' || *p == ':' ||
	       strncmp(p, "\xe2\x80\x93", 3) == 0 ||
	       strncmp(p, "\xe2\x80\x94", 3) == 0 ||
	       strncmp(p, "\xe2\x80\x95", 3) == 0;
}

/* Small words inside the names of places and dates. */
static bool
is_particle(const char *p, size_t len)
{
	static const char *const words[] = { "al", "and", "de", "del", "el",
		"la", "le", "of", "on", "the" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (strlen(words[i]) == len && memcmp(words[i], p, len) == 0)
			return true;
	}
	return false;
}

/* What stands before "(AP)": nothing, or a place and perhaps a date, each
 * word with a capital or a digit, but for a month after its day ("5 ene").
 * A sentence is none. *dated: there is a digit. */
static bool
is_place(const char *p, const char *end, bool *dated)
{
	bool day = false;

	*dated = false;
	while (p < end) {
		bool digit = isdigit((unsigned char)*p);
		size_t len = 0;

		while (p + len < end && strchr(" ,./-[]", p[len]) == NULL)
			len++;
		if (len > 0 && !isupper((unsigned char)*p) && !digit && !day &&
		    (unsigned char)*p < 0x80 && !is_particle(p, len))
			return false;
		if (len > 0)
			day = digit;
		*dated |= digit;
		p += len + 1;
	}
	return true;
}

/* "BEIRUT (AP) - ", "LONDON, Jan 5 (Reuters) - ", "(AFP/Reuters) - ", and
 * without a dash "New Delhi, Jan 5 (PTI) The". */
static const struct agency *
bracket_in(const char *line, size_t len)
{
	const char *end = line + MIN(len, DATELINE_BYTES);
	const char *open = memchr(line, '(', (size_t)(end - line));
	const char *close, *stop;
	const struct agency *ag;
	bool dated;

	if (open == NULL || !is_place(line, open, &dated))
		return NULL;
	close = memchr(open, ')', (size_t)(line + len - open));
	if (close == NULL || close - open > 40)
		return NULL;
	stop = memchr(open, '/', (size_t)(close - open));
	if (stop == NULL)
		stop = close;
	ag = agency_named(open + 1, (size_t)(stop - open - 1));
	if (ag == NULL || is_dash(close + 1))
		return ag;
	return (ag->flags & AGENCY_BARE) != 0 && dated && close[1] == ' '
		   ? ag
		   : NULL;
}

/* "MOSCOW, January 5. /TASS/. Talks began." */
static const struct agency *
slashes_in(const char *line, size_t len)
{
	const char *end = line + MIN(len, DATELINE_BYTES);
	const char *open = memchr(line, '/', (size_t)(end - line)), *close;
	bool dated;

	if (open == NULL || open == line || !is_place(line, open, &dated))
		return NULL;
	close = memchr(open + 1, '/', (size_t)(line + len - open - 1));
	if (close == NULL || (close[1] != '.' && !is_dash(close + 1)))
		return NULL;
	return agency_named(open + 1, (size_t)(close - open - 1));
}

/* "AP \xe2\x80\x94 Talks began.": a dash, and no poll ("AP-NORC") and no
 * picture ("AFP - Photo by"). */
static const struct agency *
bare_in(const char *line, size_t len)
{
	const char *end = line + len, *p, *word;
	size_t n;
	const struct agency *ag = agency_at(line, end, &n);

	p = line + n;
	if (ag == NULL || agency_is_letters(ag, n) || *p != ' ' ||
	    strspn(p, " .") != strspn(p, " ") || !is_dash(p))
		return NULL;
	while (p < end && !agency_word_byte(*p))
		p++;
	for (word = p; p < end && agency_word_byte(*p);)
		p++;
	return agency_is_picture(word, p) ? NULL : ag;
}

static const struct agency *
by_dateline(const char *text)
{
	for (int i = 0; i < DATELINE_LINES && *text != '\0'; i++) {
		size_t len = strcspn(text, "\n");
		const struct agency *ag;

		if ((ag = bracket_in(text, len)) != NULL ||
		    (ag = slashes_in(text, len)) != NULL ||
		    (ag = bare_in(text, len)) != NULL)
			return ag;
		text += len + (text[len] == '\n');
	}
	return NULL;
}

/* The next whole word `w` in [p, end), or NULL. */
static const char *
find_word(const char *p, const char *end, const char *w)
{
	size_t n = strlen(w);
	const char *start = p;

	while ((p = memmem(p, (size_t)(end - p), w, n)) != NULL) {
		if ((p == start || !agency_word_byte(p[-1])) &&
		    !agency_word_byte(p[n]))
			return p;
		p++;
	}
	return NULL;
}

static const struct agency *
by_author(const struct item *it)
{
	for (size_t i = 0; i < it->nauthors; i++) {
		const char *name = it->authors[i].name;
		const struct agency *ag;

		if (name != NULL &&
		    (ag = agency_of_byline(name, name + strlen(name))) != NULL)
			return ag;
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

		if (strncmp(p, verbs[i], n) == 0 && !agency_word_byte(p[n]))
			return true;
	}
	return false;
}

/* "..., the Associated Press reported." in the lead. */
static const struct agency *
by_credit(const char *text)
{
	const char *end = text + strnlen(text, LEAD_BYTES);

	for (size_t i = 0; i < agencies_len * AGENCY_WORDS; i++) {
		const struct agency *ag = &agencies[i / AGENCY_WORDS];
		const char *w = ag->words[i % AGENCY_WORDS], *p = text;

		if (w == NULL || (ag->flags & AGENCY_RUNNING) == 0)
			continue;
		while ((p = find_word(p, end, w)) != NULL) {
			p += strlen(w);
			if (says_reported(p))
				return ag;
		}
	}
	return NULL;
}

/* Behind the sign of copyright near the front, its year and article; NULL:
 * there is none. */
static const char *
past_copyright(const char *p, const char *end)
{
	static const char *const signs[] = { "\xc2\xa9", "Copyright",
		"COPYRIGHT", "(c) ", "(C) " };
	static const char *const articles[] = { "by ", "The ", "the " };
	const char *at = NULL;

	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		size_t n = strlen(signs[i]);
		const char *sign =
		    memmem(p, (size_t)MIN(end - p, NAME_BYTES), signs[i], n);

		if (sign != NULL && (at == NULL || sign + n > at))
			at = sign + n;
	}
	while (at != NULL && at < end &&
	       (strchr(" ,.:-", *at) != NULL || isdigit((unsigned char)*at)))
		at++;
	for (size_t i = 0; at != NULL && i < ARRAY_LEN(articles); i++) {
		size_t n = strlen(articles[i]);

		if ((size_t)(end - at) > n && strncmp(at, articles[i], n) == 0)
			at += n;
	}
	return at;
}

/* "Copyright 2026 The Associated Press. All rights reserved.", "(c) AFP": who
 * owns the text. "© Reuters/Jane Doe" is below a picture. */
static const struct agency *
copyright_in(const char *p, const char *end)
{
	const char *at = past_copyright(p, end);
	const struct agency *ag;
	size_t n;

	if (at == NULL || agency_is_picture(p, end) ||
	    agency_helpers(p, end) != end)
		return NULL;
	ag = agency_at(at, end, &n);
	if (ag == NULL || agency_is_letters(ag, n) || at[n] == '/')
		return NULL;
	return ag;
}

/* A line that is only a name: "Reuters", "(AFP)", "Source: AP", "CNN Wire";
 * or a byline: "By AP Staff", "By Jane Doe, Reuters". */
static const struct agency *
name_in(const char *p, const char *end)
{
	static const char *const leads[] = { "Source: ", "Source : ", "The ",
		"\xe2\x80\x94 ", "\xe2\x80\x93 ", "- ", "(", "[" };

	if (strncmp(p, "By ", 3) == 0 && end - p <= BYLINE_BYTES && *end != '.')
		return agency_of_byline(p, end);
	if (end - p > NAME_BYTES)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
		size_t n = strlen(leads[i]);

		if ((size_t)(end - p) > n && strncmp(p, leads[i], n) == 0)
			p += n;
	}
	return agency_titled(p, end);
}

/* The last lines, but not the first: that is the text itself. */
static const struct agency *
by_last_lines(const char *text)
{
	const char *end = text + strlen(text), *p;

	for (int i = 0; i < TAIL_LINES; i++, end = p - 1) {
		const struct agency *ag;

		while (end > text && strchr(" \n.)]", end[-1]) != NULL)
			end--;
		p = memrchr(text, '\n', (size_t)(end - text));
		if (p == NULL)
			return NULL;
		p++;
		if ((ag = copyright_in(p, end)) != NULL ||
		    (i == 0 && (ag = name_in(p, end)) != NULL))
			return ag;
	}
	return NULL;
}

/* Reuters is named on a line that is about no picture and no helper. */
static bool
names_reuters(const char *text)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		const char *end = text + (len = strcspn(text, "\n"));

		if ((find_word(text, end, "Reuters") != NULL ||
			find_word(text, end, "REUTERS") != NULL) &&
		    !agency_is_picture(text, end) &&
		    agency_helpers(text, end) == end)
			return true;
	}
	return false;
}

/*
 * "(Reporting by A; Editing by B)" is how Reuters signs. Without the brackets
 * others sign so too: then the text must name Reuters ("told Reuters").
 */
static bool
is_signed_by_reuters(const char *text)
{
	static const char *const starts[] = { "Reporting by ",
		"Reporting and writing by ", "Writing by ",
		"Additional reporting by " };
	size_t len = strlen(text);
	const char *tail = text + (len > TAIL_BYTES ? len - TAIL_BYTES : 0);

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		const char *p = strstr(tail, starts[i]);

		if (p == NULL || strstr(p, "diting by ") == NULL)
			continue;
		return (p > text && p[-1] == '(') || names_reuters(text);
	}
	return false;
}

/* The wire's folder of a site: ".../wires/ap/article-1.html". */
static const struct agency *
by_path(const struct url *u)
{
	static const char *const folders[] = { "/wires/", "/wire/",
		"/agencies/" };

	for (size_t i = 0; u->path_len > 0 && i < ARRAY_LEN(folders); i++) {
		const char *p = memmem(
		    u->path, u->path_len, folders[i], strlen(folders[i]));
		size_t len;

		if (p == NULL)
			continue;
		p += strlen(folders[i]);
		len = strcspn(p, "/?#");
		for (size_t j = 0; p[len] == '/' && j < agencies_len; j++) {
			if (strlen(agencies[j].name) == len &&
			    strncasecmp(agencies[j].name, p, len) == 0)
				return &agencies[j];
		}
	}
	return NULL;
}

static const struct agency *
find_agency(const struct item *it, const char *text, const struct url *u)
{
	const struct agency *ag;

	if ((ag = by_dateline(text)) != NULL || (ag = by_author(it)) != NULL ||
	    (ag = agency_of_host(u->host, u->host_len)) != NULL ||
	    (ag = by_path(u)) != NULL || (ag = by_last_lines(text)) != NULL ||
	    (ag = by_credit(text)) != NULL)
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
