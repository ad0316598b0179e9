/* revise.c - an edited item: what has changed, and does it matter? */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "item/item_json.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"

#define MAX_NUMBERS 8   /* that a frame names, each way */
#define NUMBER_BYTES 24 /* longer ones are no figures */
/* So many words, and so small a part of the text, are a minor edit. */
#define MINOR_WORDS 12
#define MINOR_SHARE 20

const json_t *
relate_item_of(const json_t *frame)
{
	const json_t *update = json_object_get(frame, "update");

	return json_object_get(update != NULL ? update : frame, "item");
}

enum topic_level
relate_level(const json_t *item, const char *topic)
{
	const json_t *own = json_object_get(item, "_wiresift");
	const json_t *t =
	    json_object_get(json_object_get(own, "topics"), topic);
	const char *s = json_string_value(json_object_get(t, "level"));
	enum topic_level level;

	if (s == NULL || !topic_level_parse(s, &level))
		return TOPIC_NONE;
	return level;
}

void
relate_again(struct related *r, const json_t *before)
{
	static const char *const of[] = { [RELATION_COPY] = "copy_of",
		[RELATION_UPDATE] = "update_of",
		[RELATION_EMBEDS] = "embeds" };
	const json_t *own = json_object_get(before, "_wiresift");
	const char *s = json_string_value(json_object_get(own, "relation"));
	const char *story = json_string_value(json_object_get(own, "story"));
	struct copies_match *m = &r->match;

	r->again = true;
	if (s == NULL || !relation_parse(s, &m->relation))
		m->relation = RELATION_NEW;
	m->of[0] = '\0';
	if (m->relation < ARRAY_LEN(of) && of[m->relation] != NULL &&
	    (s = json_string_value(json_object_get(own, of[m->relation]))) !=
		NULL)
		snprintf(m->of, sizeof(m->of), "%s", s);
	if (story != NULL)
		snprintf(m->story, sizeof(m->story), "%s", story);
	snprintf(m->reason, sizeof(m->reason), "same-item, new text");
}

/* --- words --- */

struct word {
	uint64_t hash;
	char number[NUMBER_BYTES]; /* "" = it is a word */
};

struct words {
	struct word *v;
	size_t n, size;
	size_t marks; /* words that tell of a correction */
};

static bool
is_mark(const char *w, size_t len)
{
	static const char *const marks[] = { "correction", "corrected",
		"corrects", "clarification", "retracted", "retraction" };

	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		if (strlen(marks[i]) == len && memcmp(marks[i], w, len) == 0)
			return true;
	}
	return false;
}

static void
add_word(struct words *ws, const char *w, size_t len)
{
	struct word *word;

	if (ws->n == ws->size) {
		ws->size = ws->size == 0 ? 256 : ws->size * 2;
		ws->v = xreallocarray(ws->v, ws->size, sizeof(*ws->v));
	}
	word = &ws->v[ws->n++];
	word->hash = hash_bytes(&hash_key_fixed, w, len);
	word->number[0] = '\0';
	if (isdigit((unsigned char)w[0]) && len < NUMBER_BYTES) {
		memcpy(word->number, w, len);
		word->number[len] = '\0';
	}
	ws->marks += is_mark(w, len);
}

/*
 * Words in small letters (ASCII). "1,034" and "3.5" are one number; a point
 * or comma between digits goes, or stays, with it.
 */
static void
add_text(struct words *ws, const char *s)
{
	char *buf = xmalloc(strlen(s) + 1);

	while (*s != '\0') {
		size_t len = 0;

		for (; *s != '\0'; s++) {
			unsigned char c = (unsigned char)*s;

			if (c >= 0x80 || isalnum(c))
				buf[len++] = (char)(c < 0x80 ? tolower(c) : c);
			else if (len > 0 &&
				 isdigit((unsigned char)buf[len - 1]) &&
				 isdigit((unsigned char)s[1]) &&
				 (c == ',' || c == '.')) {
				if (c == '.')
					buf[len++] = '.';
			} else
				break;
		}
		if (len > 0)
			add_word(ws, buf, len);
		while (*s != '\0' && (unsigned char)*s < 0x80 &&
		       !isalnum((unsigned char)*s))
			s++;
	}
	free(buf);
}

static int
by_hash(const void *a, const void *b)
{
	const struct word *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static void
name_number(json_t *list, const char *number)
{
	const json_t *el;
	size_t i;

	json_array_foreach(list, i, el)
	{
		if (strcmp(json_string_value(el), number) == 0)
			return;
	}
	if (i < MAX_NUMBERS)
		json_array_append_new(list, json_string(number));
}

/*
 * Words of `a` that `b` lacks, counted one by one; *numbers of them are
 * numbers that it has nowhere. Both are sorted.
 */
static size_t
lacking(const struct words *a, const struct words *b, json_t *numbers)
{
	size_t n = 0;

	for (size_t i = 0, k = 0; i < a->n; i++) {
		bool elsewhere;

		while (k < b->n && b->v[k].hash < a->v[i].hash)
			k++;
		if (k < b->n && b->v[k].hash == a->v[i].hash) {
			k++;
			continue;
		}
		n++;
		elsewhere = k > 0 && b->v[k - 1].hash == a->v[i].hash;
		if (a->v[i].number[0] != '\0' && !elsewhere)
			name_number(numbers, a->v[i].number);
	}
	return n;
}

static void
words_of(struct words *ws, const json_t *item, bool text)
{
	const char *s = json_string_value(json_object_get(item, "title"));

	memset(ws, 0, sizeof(*ws));
	if (s != NULL)
		add_text(ws, s);
	s = json_string_value(json_object_get(item, "content_text"));
	if (text && s != NULL)
		add_text(ws, s);
	if (ws->n > 0)
		qsort(ws->v, ws->n, sizeof(*ws->v), by_hash);
}

/* How much of it is other words: "title" alone, or all of it. */
static size_t
compare(const json_t *before, const json_t *now, bool text, json_t *gone,
    json_t *come, size_t *total, bool *corrects)
{
	struct words a, b;
	size_t n;

	words_of(&a, before, text);
	words_of(&b, now, text);
	n = lacking(&a, &b, gone) + lacking(&b, &a, come);
	*total = a.n + b.n;
	*corrects = b.marks > a.marks;
	free(a.v);
	free(b.v);
	return n;
}

/* Sets numbers, too, where they differ. */
static const char *
significance(json_t *o, const json_t *before, const json_t *now)
{
	json_t *gone = json_array(), *come = json_array();
	size_t total, words, title;
	bool corrects, ignore;
	const char *s;

	title = compare(before, now, false, gone, come, &total, &ignore);
	json_array_clear(gone);
	json_array_clear(come);
	words = compare(before, now, true, gone, come, &total, &corrects);
	if (corrects)
		s = "correction";
	else if (json_array_size(gone) + json_array_size(come) > 0)
		s = "number";
	else if (title > 0)
		s = "title";
	else if (words > MINOR_WORDS || words * MINOR_SHARE > total)
		s = "text";
	else
		s = "minor";
	if (json_array_size(gone) + json_array_size(come) > 0)
		json_object_set_new(o, "numbers",
		    json_pack("{s:O, s:O}", "gone", gone, "new", come));
	json_decref(gone);
	json_decref(come);
	return s;
}

/* --- the frame --- */

static void
put_changed(json_t *o, const json_t *before, const json_t *now)
{
	static const char *const keys[] = { "title", "content_text", "summary",
		"url", "authors", "language", "date_published", "date_modified",
		"attachments", "image" };
	json_t *changed = json_array(), *was = json_object();

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		json_t *a = json_object_get(before, keys[i]);
		json_t *b = json_object_get(now, keys[i]);

		if (a == b || (a != NULL && b != NULL && json_equal(a, b)))
			continue;
		json_array_append_new(changed, json_string(keys[i]));
		/* Texts are long; what a line of news shows is not. */
		if (a != NULL && strcmp(keys[i], "content_text") != 0 &&
		    strcmp(keys[i], "summary") != 0)
			json_object_set(was, keys[i], a);
	}
	json_object_set_new(o, "changed", changed);
	if (json_object_size(was) > 0)
		json_object_set(o, "was", was);
	json_decref(was);
}

/* Topics whose level rose, and fell. */
static void
put_topics(json_t *o, json_t *before, json_t *now)
{
	json_t *gained = json_array(), *lost = json_array(), *t;
	json_t *sides[2] = {
		json_object_get(json_object_get(now, "_wiresift"), "topics"),
		json_object_get(json_object_get(before, "_wiresift"), "topics"),
	};
	const char *name;

	json_object_foreach(sides[0], name, t)
	{
		if (relate_level(now, name) > relate_level(before, name))
			json_array_append_new(gained, json_string(name));
	}
	json_object_foreach(sides[1], name, t)
	{
		if (relate_level(now, name) < relate_level(before, name))
			json_array_append_new(lost, json_string(name));
	}
	json_object_set_new(o, "gained", gained);
	json_object_set_new(o, "lost", lost);
}

json_t *
relate_update(
    const json_t *before, const struct decided *dd, const struct related *r)
{
	json_t *frame = relate_frame(dd, r), *o = json_object();
	json_t *item = json_object_get(frame, "item");
	json_t *old = json_deep_copy(before);

	item_put_str(o, "id", dd->item->id);
	json_object_set_new(o, "revision", json_integer(dd->item->revision));
	put_changed(o, old, item);
	put_topics(o, old, item);
	item_put_str(o, "significance", significance(o, old, item));
	json_object_set(o, "item", item);
	json_decref(old);
	json_decref(frame);
	return json_pack("{s:o}", "update", o);
}
