/* parts.c - where the parts of a live blog or newsletter begin. */
#include "text/parts.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/macros.h"
#include "text/token.h"

#define LEAST_PARTS 3
#define HEADING_WORDS 8
#define ENTRY_WORDS 6   /* of a newsletter; shorter lines go with the next */
#define MARKER_BYTES 80 /* from the start of the text */
#define LINES_MAX 2000

/* Folded words of titles that name a kind of text; one with "*" at least. */
static const char generics[] =
    " *live *blog *liveblog *updates *briefing *briefings *newsletter *digest "
    "*roundup *recap *headlines *overnight *happened *bulletin *wrap *news "
    "*glance *brief *edition *summary *events update latest morning evening "
    "afternoon night daily weekly weekend hourly top key main stories story "
    "things need know what whats happening we you your the a an of in to for "
    "on and at as it is from our all how today todays tonight yesterday this "
    "last week weeks day days world global here heres around five ten list "
    "report reports minute minutes first more so far am pm gmt bst "
    "monday tuesday wednesday thursday friday saturday sunday "
    "january february march april may june july august september october "
    "november december jan feb mar apr jun jul aug sep sept oct nov dec "
    "*\331\205\331\210\330\254\330\262 *\331\206\330\264\330\261\331\207 "
    "*\330\247\331\204\330\247\330\256\330\250\330\247\330\261 "
    "\330\247\331\204\331\212\331\210\331\205 ";

enum word_is { WORD_OTHER, WORD_USUAL, WORD_KIND };

/* The list by hash, open addressing; filled once. */
#define GENERIC_SLOTS 512 /* a power of two, several times the words */
static struct {
	uint64_t fold;
	enum word_is is; /* WORD_OTHER = free */
} generic_table[GENERIC_SLOTS];
static bool generic_ready;

static size_t
generic_slot(uint64_t fold)
{
	size_t i = (size_t)fold & (GENERIC_SLOTS - 1);

	while (
	    generic_table[i].is != WORD_OTHER && generic_table[i].fold != fold)
		i = (i + 1) & (GENERIC_SLOTS - 1);
	return i;
}

static void
generic_make(void)
{
	for (const char *p = generics + 1; *p != '\0';) {
		bool kind = *p == '*';
		size_t len = strcspn(p + kind, " "), at;
		uint64_t fold = token_hash(p + kind, len);

		at = generic_slot(fold);
		generic_table[at].fold = fold;
		generic_table[at].is = kind ? WORD_KIND : WORD_USUAL;
		p += kind + len + 1;
	}
	generic_ready = true;
}

bool
parts_generic_title(const struct tokens *tk)
{
	bool kind = false;

	if (!generic_ready)
		generic_make();
	for (size_t i = tk->first[FIELD_TITLE]; i < tk->first[FIELD_BODY];
	     i++) {
		const struct token *t = &tk->v[i];
		enum word_is is;

		if (t->zone == ZONE_TAIL || (t->marks & TOKEN_NUMBER))
			continue;
		is = generic_table[generic_slot(t->fold)].is;
		if (is == WORD_OTHER)
			return false;
		kind |= is == WORD_KIND;
	}
	return kind;
}

/* --- lines --- */

static bool
begins(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(end - p) >= n && strncasecmp(p, word, n) == 0 &&
	       (p + n == end || !isalnum((unsigned char)p[n]));
}

/* What may stand behind a time, so that 9.30 is one and no sum of money. */
static bool
is_time_mark(const char *p, const char *end)
{
	static const char *const marks[] = { "am", "pm", "a.m.", "p.m.", "gmt",
		"utc", "bst", "et", "est", "edt", "cet", "cest", "ast", "ist",
		"eet", "pt", "local time", "h" };

	if (p < end && *p == ' ')
		p++;
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (begins(p, end, marks[i]))
			return true;
	}
	return false;
}

/* "10:45 GMT - ...", "[14:02] ...", "9.30am", a bullet before it or not. */
static bool
begins_with_time(const char *p, const char *end)
{
	int hour = 0, digits = 0;
	char sep;

	while (p < end && !isalnum((unsigned char)*p) && digits++ < 4)
		p++;
	for (digits = 0; p < end && isdigit((unsigned char)*p); digits++)
		hour = hour * 10 + (*p++ - '0');
	if (digits < 1 || digits > 2 || hour > 24 || end - p < 3)
		return false;
	sep = *p++;
	if (strchr(":.h", sep) == NULL || p[0] < '0' || p[0] > '5' ||
	    !isdigit((unsigned char)p[1]))
		return false;
	p += 2;
	if (is_time_mark(p, end))
		return true;
	return sep == ':' && (p == end || !isalnum((unsigned char)*p));
}

struct line {
	size_t first, n; /* tokens */
	const char *p, *end;
	bool stop, time;
};

static bool
ends_sentence(const char *p, const char *end)
{
	while (end > p && strchr("\"')", end[-1]) != NULL)
		end--;
	return end > p && strchr(".!?", end[-1]) != NULL;
}

/* The body's lines that are no furniture. */
static size_t
lines_of(struct arena *a, const struct tokens *tk, struct line **out)
{
	size_t n = 0, from = tk->first[FIELD_BODY], to = tk->first[FIELD_URL];
	const char *text = tk->text[FIELD_BODY];
	struct line *v;

	for (size_t i = from; i < to; i++)
		n += (tk->v[i].marks & TOKEN_PARAGRAPH) != 0;
	v = *out = arena_calloc(a, n + 1, sizeof(*v));
	n = 0;
	for (size_t i = from; i < to; i++) {
		const struct token *t = &tk->v[i];

		if (t->zone == ZONE_TAIL)
			continue;
		if (n == 0 || v[n - 1].end <= text + t->off) {
			const char *p = text + t->off;

			if (n == LINES_MAX)
				break;
			while (p > text && p[-1] != '\n')
				p--;
			v[n++] = (struct line){
				.first = i, .p = p, .end = strchrnul(p, '\n')
			};
		}
		v[n - 1].n++;
	}
	for (size_t i = 0; i < n; i++) {
		v[i].stop = ends_sentence(v[i].p, v[i].end);
		v[i].time = begins_with_time(v[i].p, v[i].end);
	}
	return n;
}

static bool
is_heading(const struct line *v, size_t n, size_t i)
{
	return v[i].n <= HEADING_WORDS && !v[i].stop && i + 1 < n &&
	       (v[i + 1].stop || v[i + 1].n > HEADING_WORDS);
}

/* --- parts --- */

/* "In today's newsletter: ..."; *also: it is about what the title is not. */
static bool
is_newsletter(const char *text, bool *also)
{
	static const char *const kinds[] = { "newsletter", "edition",
		"briefing", "email", "bulletin" };
	size_t len = strnlen(text, MARKER_BYTES);
	const char *p;

	*also = false;
	for (p = text; (p = memchr(p, 't', len - (size_t)(p - text))) != NULL;
	     p++) {
		const char *end = text + len, *word = p + 5;

		if (!begins(p, end, "today") || p == text || p[-1] != ' ')
			continue;
		if (word < end && *word == '\'')
			word++;
		else if (end - word >= 3 &&
			 memcmp(word, "\342\200\231", 3) == 0)
			word += 3;
		if (end - word < 2 || word[0] != 's' || word[1] != ' ')
			continue;
		for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
			if (!begins(word + 2, end, kinds[i]))
				continue;
			*also = begins(text, end, "also");
			return true;
		}
	}
	return false;
}

static void
add_part(struct tokens *tk, const struct line *l)
{
	if (tk->nparts < PARTS_MAX &&
	    (tk->nparts == 0 || tk->parts[tk->nparts - 1] < l->first))
		tk->parts[tk->nparts++] = (uint32_t)l->first;
}

static void
part_newsletter(struct tokens *tk, const struct line *v, size_t n)
{
	size_t headings = 0, entries = 0;
	bool open = false; /* a short line waits for its paragraph */

	for (size_t i = 0; i < n; i++) {
		headings += is_heading(v, n, i);
		entries += v[i].n >= ENTRY_WORDS;
	}
	if (headings < LEAST_PARTS && entries < LEAST_PARTS)
		return;
	for (size_t i = 0; i < n; i++) {
		if (headings >= LEAST_PARTS) {
			if (i == 0 || is_heading(v, n, i))
				add_part(tk, &v[i]);
			continue;
		}
		if (!open)
			add_part(tk, &v[i]);
		open = v[i].n < ENTRY_WORDS;
	}
}

/* Only the first part leads. */
static void
part_leads(struct tokens *tk)
{
	for (size_t i = tk->parts[1]; i < tk->first[FIELD_URL]; i++) {
		if (tk->v[i].zone == ZONE_LEAD)
			tk->v[i].zone = ZONE_BODY;
	}
}

void
parts_find(struct arena *a, struct tokens *tk)
{
	const char *text = tk->text[FIELD_BODY];
	bool lines = strchr(text, '\n') != NULL;
	size_t n, times = 0;
	struct line *v;

	bool newsletter = is_newsletter(text, &tk->apart);

	if (!lines && !tk->apart)
		return;
	n = lines_of(a, tk, &v);
	for (size_t i = 0; i < n; i++)
		times += v[i].time;
	if (n == 0 ||
	    (times < LEAST_PARTS && !newsletter && !parts_generic_title(tk))) {
		tk->apart = false;
		return;
	}
	tk->parts = arena_alloc(a, PARTS_MAX * sizeof(*tk->parts));
	if (times >= LEAST_PARTS) {
		for (size_t i = 0; i < n; i++) {
			if (i == 0 || v[i].time)
				add_part(tk, &v[i]);
		}
	} else {
		part_newsletter(tk, v, n);
	}
	if (tk->nparts == 0 && tk->apart)
		add_part(tk, &v[0]);
	if (tk->nparts > 1)
		part_leads(tk);
	else if (!tk->apart)
		tk->nparts = 0;
}
