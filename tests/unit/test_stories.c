/* test_stories.c - newer versions of a text, and how long a story is open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/macros.h"
#include "copy/copies.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"

#define HOUR 3600
#define MINUTE 60

static const struct item_limits limits = { 4096, 65536, 65536 };

/* An item of the feed of that name, as the gatherer makes them. */
static void
see(struct copies *c, const char *feed, const char *id, const char *title,
    const char *text, int64_t now, struct copies_match *m)
{
	struct item *it = item_new();
	struct arena *a = it->arena;
	struct tokens *tk;
	struct signature *s;
	char url[80];

	snprintf(url, sizeof(url), "https://%s.example/%s", feed, id);
	it->title = arena_strdup(a, title);
	it->summary = arena_strdup(a, text);
	it->feed = it->feed_name = arena_strdup(a, feed);
	it->id = arena_strdup(a, id);
	it->canonical = arena_strdup(a, url);
	it->identity = hash_str(&hash_key_fixed, id);
	it->content = hash_str(&hash_key_fixed, text);
	item_make_text(it, &limits);
	tk = tokens_make(a, it, NULL);
	s = signature_make(it, tk, &hash_key_fixed);
	copies_expire(c, now);
	copies_lookup(c, it, s, now, m);
	copies_insert(c, it, s, now, m);
	signature_free(s);
	item_free(it);
}

/* --- newer versions --- */

#define FIRE(dead, hurt, saved, more)                                          \
	dead " people died and " hurt " were hurt when the ferry Ostrava "     \
	     "Queen caught fire off Veldmark on Tuesday, the harbour trust "   \
	     "said. Lifeboats took " saved " passengers to Skerry Point, "     \
	     "where a school was opened for them." more
#define ALL                                                                    \
	" \"We saw the smoke from the mole and rowed,\" said the pilot Arno "  \
	"Lindqvist. The Queen had been in dock until the spring for new "      \
	"boilers."
#define TITLE "Three dead as ferry burns off Veldmark"

/* What comes after FIRE("Three", "12", "140", ALL) at site a. */
static const struct {
	const char *name, *feed, *title, *text;
	int minutes;
	enum relation relation;
} versions[] = {
	{ "the toll rose, at the same site", "a",
	    "Seven dead as ferry burns off Veldmark",
	    FIRE("Seven", "19", "140", ALL), 120, RELATION_UPDATE },
	{ "the toll rose, in another paper", "b",
	    "Seven dead as ferry burns off Veldmark",
	    FIRE("Seven", "19", "140", ALL), 120, RELATION_UPDATE },
	{ "it rose in the text only", "b", TITLE,
	    FIRE("Three", "19", "155", ALL), 120, RELATION_UPDATE },
	{ "a new lead on the old text", "a", TITLE " coast",
	    "Prosecutors in Veldmark opened an inquiry against the owners of "
	    "the line and searched their offices at the old mole. " FIRE(
		"Three", "12", "140", ALL),
	    180, RELATION_UPDATE },
	{ "its title says so", "b", "UPDATE 2-" TITLE,
	    FIRE("Three", "12", "140",
		ALL " An inquiry was opened by the prosecutors."),
	    120, RELATION_UPDATE },
	{ "the same in another paper", "b", TITLE,
	    FIRE("Three", "12", "140", ALL), 120, RELATION_COPY },
	{ "a cut copy with fewer figures", "b", TITLE,
	    FIRE("Three", "12", "140", ""), 120, RELATION_COPY },
	{ "words for figures", "b", "3 dead as ferry burns off Veldmark",
	    FIRE("3", "twelve", "140", ALL), 120, RELATION_COPY },
	{ "another title over the same figures", "b",
	    "Ostrava Queen burns, school takes in passengers",
	    FIRE("Three", "12", "140", ALL), 120, RELATION_COPY },
};

static void
a_newer_version_is_an_update_and_no_copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct copies *c = copies_new(&copies_params_default);
		struct copies_match m;

		see(c, "a", "first", TITLE, FIRE("Three", "12", "140", ALL), 0,
		    &m);
		see(c, versions[i].feed, "second", versions[i].title,
		    versions[i].text, versions[i].minutes * MINUTE, &m);
		print_message("%s: %s %s\n", versions[i].name,
		    relation_name(m.relation), m.reason);
		assert_int_equal(m.relation, versions[i].relation);
		assert_string_equal(m.of, "first");
		assert_string_equal(m.story, "first");
		copies_free(c);
	}
}

/* Where only what was cut from the old text is near, it is a copy of it. */
static void
an_update_is_none_by_the_cut_of_the_old_version(void **state)
{
	struct copies *c = copies_new(&copies_params_default);
	struct copies_match m;

	(void)state;
	see(c, "a", "first", TITLE, FIRE("Three", "12", "140", ALL), 0, &m);
	see(c, "b", "cut", TITLE,
	    "Lifeboats took 140 passengers to Skerry Point, where a school "
	    "was opened for them." ALL,
	    HOUR, &m);
	assert_int_equal(m.relation, RELATION_COPY);
	see(c, "c", "second", "Seven dead as ferry burns off Veldmark",
	    FIRE("Seven", "19", "140", ALL), 2 * HOUR, &m);
	assert_int_equal(m.relation, RELATION_UPDATE);
	/* Late copies of each are that one's. */
	see(c, "d", "late", TITLE, FIRE("Three", "12", "140", ALL), 3 * HOUR,
	    &m);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.of, "first");
	see(c, "e", "later", "Seven dead as ferry burns off Veldmark",
	    FIRE("Seven", "19", "140", ALL), 4 * HOUR, &m);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.of, "second");
	copies_free(c);
}

/* The same sentences each day, about another day. */
static void
a_daily_report_is_no_update_of_the_one_before(void **state)
{
	struct copies *c = copies_new(&copies_params_default);
	struct copies_match m;

	(void)state;
	see(c, "a", "first", "River levels at Skerry Point",
	    "The gauge at Skerry Point showed 212 centimetres on Tuesday "
	    "morning, and the upper weir of Veldmark stood at 87. Skippers of "
	    "barges may load to 80 per cent.",
	    0, &m);
	see(c, "a", "second", "River levels at Skerry Point",
	    "The gauge at Skerry Point showed 230 centimetres on Wednesday "
	    "morning, and the upper weir of Veldmark stood at 91. Skippers of "
	    "barges may load to 80 per cent.",
	    24 * HOUR, &m);
	assert_int_equal(m.relation, RELATION_NEW);
	copies_free(c);
}

/* --- how long a story is open --- */

#define WORDS 10 /* and two of the title: all are keys of the index */

/*
 * A text of WORDS words that are nowhere else, but `a` of them are the first
 * ones of family A, `b` of B; stride is odd and turns their order, so that
 * never three are in a row as elsewhere.
 */
static void
report(struct copies *c, const char *id, int a, int b, int stride, int64_t now,
    struct copies_match *m)
{
	char text[1024] = "", title[64];

	for (int i = 0; i < WORDS; i++) {
		int k = i * stride % WORDS;
		size_t len = strlen(text);

		if (k < a)
			snprintf(text + len, sizeof(text) - len, "alk%cor ",
			    'a' + k);
		else if (k < a + b)
			snprintf(text + len, sizeof(text) - len, "bru%cin ",
			    'a' + k - a);
		else
			snprintf(text + len, sizeof(text) - len, "%s%cul ", id,
			    'a' + k);
	}
	snprintf(title, sizeof(title), "%stitle %shead", id, id);
	see(c, id, id, title, text, now, m);
}

/*
 * First comes a text of A words. At `bridge` hours one of it and B words, then
 * at `at` one with so many A and B words: is it of the story?
 */
static const struct {
	const char *name;
	double bridge;
	int kept; /* A words of the bridge */
	double at;
	int a, b;
	bool same;
} bounds[] = {
	/* Like the bridge only. */
	{ "open to all, until 8 hours", 4, 5, 7.9, 0, 5, true },
	{ "closed to what is unlike its beginning", 4, 5, 8.1, 0, 5, false },
	/* Like the beginning too. */
	{ "open to what is like its beginning", 6, 5, 12, 2, 5, true },
	{ "until 30 hours", 20, 8, 29.9, 6, 0, true },
	{ "then to what is much like one of its texts", 26, 9, 31, 6, 1, true },
	{ "and not to what is a little so", 26, 9, 31, 4, 0, false },
	{ "which it was until then", 26, 9, 29.9, 4, 0, true },
	{ "until 48 hours", 28, 9, 47.9, 8, 1, true },
	{ "closed to all", 28, 9, 48.1, 8, 1, false },
};

static void
a_story_closes_by_and_by(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
		struct copies *c = copies_new(&copies_params_default);
		struct copies_match m;

		report(c, "first", WORDS, 0, 1, 0, &m);
		report(c, "bridge", bounds[i].kept, WORDS - bounds[i].kept, 7,
		    (int64_t)(bounds[i].bridge * HOUR), &m);
		print_message("%s: bridge %s;", bounds[i].name, m.reason);
		assert_string_equal(m.story, "first");
		report(c, "last", bounds[i].a, bounds[i].b, 3,
		    (int64_t)(bounds[i].at * HOUR), &m);
		print_message(" last %s %s\n", m.story, m.reason);
		assert_string_equal(m.story, bounds[i].same ? "first" : "last");
		copies_free(c);
	}
}

/* Three texts of A end a story of that time, three of B begin one. */
static const char *
joined(double hours)
{
	static const int strides[] = { 7, 3, 9 };
	struct copies *c = copies_new(&copies_params_default);
	static struct copies_match m;
	char id[8];

	report(c, "first", WORDS, 0, 1, 0, &m);
	for (size_t i = 0; i < ARRAY_LEN(strides); i++) {
		snprintf(id, sizeof(id), "old%zu", i);
		report(c, id, 9, 0, strides[i], 35 * HOUR, &m);
		assert_string_equal(m.story, "first");
	}
	for (size_t i = 0; i < ARRAY_LEN(strides); i++) {
		snprintf(id, sizeof(id), "new%zu", i);
		report(c, id, 0, WORDS, strides[i], 47 * HOUR, &m);
		assert_string_equal(m.story, "new0");
	}
	report(c, "both", 5, 5, 1, (int64_t)(hours * HOUR), &m);
	assert_string_equal(m.story, "new0");
	copies_free(c);
	return m.nalso > 0 ? m.also[0] : "";
}

static void
a_closed_story_is_not_joined_with_an_open_one(void **state)
{
	(void)state;
	assert_string_equal(joined(47.9), "first");
	assert_string_equal(joined(48.1), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_newer_version_is_an_update_and_no_copy),
		cmocka_unit_test(
		    an_update_is_none_by_the_cut_of_the_old_version),
		cmocka_unit_test(a_daily_report_is_no_update_of_the_one_before),
		cmocka_unit_test(a_story_closes_by_and_by),
		cmocka_unit_test(a_closed_story_is_not_joined_with_an_open_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
