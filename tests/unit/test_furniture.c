/* test_furniture.c - a feed's furniture is learned, its news never is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/macros.h"
#include "copy/copies.h"
#include "copy/signature.h"
#include "item/item.h"
#include "text/furniture.h"
#include "text/token.h"

#define NOW ((int64_t)1700000000)

static struct item *
an_item(const char *feed, const char *title, const char *text)
{
	struct item *it = item_new();

	it->feed = arena_strdup(it->arena, feed);
	it->title_text = arena_strdup(it->arena, title);
	it->text = arena_strdup(it->arena, text);
	return it;
}

struct text {
	const char *title, *text;
};

/* Learn from all, then mark the last: its marks, or "-". */
static const char *
marks_of_last(const char *feed, const char *site, const struct text *v,
    size_t n, int64_t step, char *out, size_t size)
{
	struct furniture *f = furniture_load(&hash_key_fixed, NULL, NOW);

	snprintf(out, size, "-");
	for (size_t i = 0; i < n && v[i].title != NULL; i++) {
		struct item *it = an_item(feed, v[i].title, v[i].text);

		furniture_learn(f, it, site, NOW + (int64_t)i * step);
		furniture_mark(f, it);
		snprintf(out, size, "%s",
		    it->furniture != NULL ? it->furniture : "-");
		item_free(it);
	}
	furniture_free(f);
	return out;
}

#define FEED "https://strikenews.example/rss"
#define SIGNUP "Sign up to our morning letter and never miss what matters."
#define BACKGROUND                                                             \
	"Militias have attacked the base more than a hundred times since "     \
	"autumn."

/* Each row is one feed; its last item is looked at. */
static const struct {
	const char *name;
	struct text v[8];
	const char *marks;
	int64_t step; /* seconds from one to the next; 0 = 600 */
} rows[] = {
	{ "a line under three titles is furniture",
	    { { "Rain floods the harbour", "Water rose.\nOur app is here" },
		{ "Mayor resigns over bridge", "She left.\nOur app is here" },
		{ "Bees return to the park", "They hum.\nOur app is here" } },
	    "b10-25", 0 },
	{ "under two it is not",
	    { { "Rain floods the harbour", "Water rose.\nOur app is here" },
		{ "Mayor resigns over bridge", "She left.\nOur app is here" } },
	    "-", 0 },
	{ "one item with new guids does not teach",
	    { { "Rain floods the harbour", "Water rose.\nUS strikes Syria" },
		{ "Rain floods the harbour", "Water rises.\nUS strikes Syria" },
		{ "Rain floods the harbour", "Rain fell.\nUS strikes Syria" },
		{ "Rain floods the harbour", "It fell.\nUS strikes Syria" } },
	    "-", 0 },
	{ "nor does one text with new titles",
	    { { "Rain floods the harbour", "Water rose.\nUS strikes Syria" },
		{ "Harbour under water", "Water rose.\nUS strikes Syria" },
		{ "Storm hits the coast", "Water rose.\nUS strikes Syria" },
		{ "Flood after the storm", "Water rose.\nUS strikes Syria" } },
	    "-", 0 },
	{ "nor do versions of one article, new title and lead each",
	    { { "Strike kills two", "Two died on Monday.\n" BACKGROUND
				    "\nUS strikes Syria\nMore came later." },
		{ "Strike kills three",
		    "Three died, police say.\n" BACKGROUND
		    "\nUS strikes Syria\nMore came later." },
		{ "Toll rises to four",
		    "Four are dead now.\n" BACKGROUND
		    "\nUS strikes Syria\nMore came later." },
		{ "Toll rises to five",
		    "Five are dead, it is said.\n" BACKGROUND
		    "\nUS strikes Syria\nMore came later." } },
	    "-", 0 },
	{ "a headline that comes daily stays news: it is the first line",
	    { { "Monday in brief", "Israeli strikes hit southern Lebanon" },
		{ "Tuesday in brief",
		    "Israeli strikes hit southern Lebanon\nMore tomorrow" },
		{ "Wednesday in brief",
		    "Israeli strikes hit southern Lebanon\nMore follows" },
		{ "Thursday in brief",
		    "Israeli strikes hit southern Lebanon\nMore soon" } },
	    "-", 0 },
	{ "an agency's background inside articles stays",
	    { { "Talks open", "They met today.\n" BACKGROUND "\nTea was had." },
		{ "Talks pause",
		    "They left early.\n" BACKGROUND "\nIt rained." },
		{ "Envoy flies in",
		    "He landed late.\n" BACKGROUND "\nHe waved at all." },
		{ "Base reopened", "Gates opened again.\n" BACKGROUND
				   "\nSoldiers were seen there." },
		{ "General retires", "He served for long.\n" BACKGROUND
				     "\nA band played for him." },
		{ "Prices fall", "Bread is cheaper.\n" BACKGROUND
				 "\nShops were full again." } },
	    "-", 0 },
	{ "a sentence that closes five of five texts goes",
	    { { "Rain floods the harbour", "Water rose in the town.\n" SIGNUP },
		{ "Mayor resigns", "She left her office today.\n" SIGNUP },
		{ "Bees return", "They hum in the park now.\n" SIGNUP },
		{ "Trams run late", "Wires came down at night.\n" SIGNUP },
		{ "Library opens", "Readers came in great number.\n" SIGNUP } },
	    "b30-88", 0 },
	{ "a title over three texts is generic",
	    { { "Photo of the day", "A kite over the harbour." },
		{ "Photo of the day", "A mill in the snow." },
		{ "Photo of the day", "A bee, very near." } },
	    "g0-16", 86400 },
	{ "one of a single day is not",
	    { { "Photo of the day", "A kite over the harbour." },
		{ "Photo of the day", "A mill in the snow." },
		{ "Photo of the day", "A bee, very near." } },
	    "-", 0 },
	{ "a title over one text three times is not",
	    { { "Photo of the day", "A kite over the harbour." },
		{ "Photo of the day", "A kite over the harbour." },
		{ "Photo of the day", "A kite over the harbour." } },
	    "-", 86400 },
	{ "never all of an item",
	    { { "Rain floods", "Home\nUS strikes Syria again\nSee all there is "
			       "to see on our pages about the weather" },
		{ "Mayor resigns",
		    "Office\nUS strikes Syria again\nSee all there is to see "
		    "on our pages about the weather" },
		{ "Bees return", "Park\nUS strikes Syria again\nSee all there "
				 "is to see on our pages about the weather" } },
	    "-", 0 },
};

static void
lines_are_learned_where_it_is_safe(void **state)
{
	char out[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_string_equal(
		    marks_of_last(FEED, NULL, rows[i].v, ARRAY_LEN(rows[i].v),
			rows[i].step > 0 ? rows[i].step : 600, out,
			sizeof(out)),
		    rows[i].marks);
	}
}

/* Three items' titles, and what of the last is its site's. */
static const struct {
	const char *name, *site, *titles[6];
	const char *marks;
} titles[] = {
	{ "a site behind a bar", NULL,
	    { "Rain floods the harbour | Strike News",
		"Mayor resigns | Strike News", "Bees return | Strike News" },
	    "t11-25" },
	{ "a site before a bar", NULL,
	    { "Strike News | Rain floods the harbour",
		"Strike News | Mayor resigns", "Strike News | Bees return" },
	    "t0-14" },
	{ "a site before a colon, by the feed's own title", "The Fort",
	    { "The Fort: Rain floods the harbour", "The Fort: Mayor resigns",
		"The Fort: Bees return" },
	    "t0-10" },
	{ "a subject before a colon stays", "World",
	    { "Iraq: Rain floods the harbour", "Iraq: Mayor resigns",
		"Iraq: Bees return", "Iraq: Trams run late",
		"Iraq: Library opens" },
	    "-" },
	{ "two titles teach nothing", NULL,
	    { "Rain floods the harbour | Strike News",
		"Mayor resigns | Strike News" },
	    "-" },
	{ "one title three times teaches nothing", NULL,
	    { "Mayor resigns | Strike News", "Mayor resigns | Strike News",
		"Mayor resigns | Strike News" },
	    "-" },
	{ "what is half of the titles at least", NULL,
	    { "Rain floods the harbour - live", "Mayor resigns - live",
		"Bees return - live", "Trams run late - live",
		"Library opens - live" },
	    "t13-20" },
};

static void
site_names_are_learned_from_titles(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		struct text v[6] = { { NULL, NULL } };
		char out[100];

		print_message("%s\n", titles[i].name);
		for (size_t k = 0; k < 6; k++)
			v[k] = (struct text){ titles[i].titles[k], "" };
		assert_string_equal(marks_of_last(FEED, titles[i].site, v, 6,
					600, out, sizeof(out)),
		    titles[i].marks);
	}
}

static struct furniture *
taught(void)
{
	struct furniture *f = furniture_load(&hash_key_fixed, NULL, NOW);

	for (int i = 0; i < 3; i++) {
		char title[40], text[60];
		struct item *it;

		snprintf(title, sizeof(title), "Title %d | Strike News", i);
		snprintf(text, sizeof(text), "Lead %d.\nOur app is here", i);
		it = an_item(FEED, title, text);
		furniture_learn(f, it, NULL, NOW);
		item_free(it);
	}
	return f;
}

static void
what_is_learned_outlives_a_poll(void **state)
{
	struct furniture *f = taught(), *again;
	struct arena *a = arena_new(0);
	const char *saved = furniture_save(f, a);
	struct item *it = an_item(FEED, "New one here | Strike News",
	    "A lead of its own.\nOur app is here");

	(void)state;
	assert_non_null(saved);
	again = furniture_load(&hash_key_fixed, saved, NOW + 86400);
	assert_string_equal(furniture_save(again, a), saved);
	furniture_mark(again, it);
	assert_string_equal(it->furniture, "t12-26,b19-34");
	furniture_free(again);
	/* Two months on nobody knows whether it still holds. */
	again = furniture_load(&hash_key_fixed, saved, NOW + 61 * 86400);
	furniture_mark(again, it);
	assert_string_equal(it->furniture, "t12-26");
	furniture_free(again);
	furniture_free(f);
	item_free(it);
	arena_free(a);
}

static void
a_damaged_state_is_none(void **state)
{
	struct furniture *f = taught();
	struct arena *a = arena_new(0);
	const char *saved = furniture_save(f, a);
	char *cut;

	(void)state;
	for (size_t len = 0; len < strlen(saved); len++) {
		struct furniture *g;

		cut = arena_strndup(a, saved, len);
		g = furniture_load(&hash_key_fixed, cut, NOW);
		assert_null(furniture_save(g, a));
		furniture_free(g);
		cut = arena_strdup(a, saved);
		cut[len] = 'z';
		g = furniture_load(&hash_key_fixed, cut, NOW);
		assert_null(furniture_save(g, a));
		furniture_free(g);
	}
	furniture_free(f);
	arena_free(a);
}

static void
a_flood_of_lines_leaves_what_was_learned(void **state)
{
	struct furniture *f = taught();
	struct arena *a = arena_new(0);
	struct item *it;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		char title[40], text[100];

		snprintf(title, sizeof(title), "Flood %d", i);
		snprintf(
		    text, sizeof(text), "Lead %d\nline a%d\nline b%d", i, i, i);
		it = an_item(FEED, title, text);
		furniture_learn(f, it, NULL, NOW);
		item_free(it);
	}
	assert_true(strlen(furniture_save(f, a)) <= 16384);
	it = an_item(FEED, "New", "A lead of its own.\nOur app is here");
	furniture_mark(f, it);
	assert_string_equal(it->furniture, "b19-34");
	item_free(it);
	arena_free(a);
	furniture_free(f);
}

static void
marks_are_invisible_to_rules_and_copies(void **state)
{
	struct item *plain = an_item(FEED, "Mayor resigns", "She left.");
	struct item *it = an_item(
	    FEED, "Mayor resigns | Strike News", "She left.\nUS strikes Syria");
	struct tokens *tk;
	struct signature *s, *t;

	(void)state;
	it->furniture = "t13-27,b10-26";
	tk = tokens_make(it->arena, it, NULL);
	for (size_t i = 0; i < tk->n; i++) {
		if (tk->v[i].field == FIELD_TITLE)
			assert_int_equal(tk->v[i].zone == ZONE_TAIL, i >= 2);
		if (tk->v[i].field == FIELD_BODY)
			assert_int_equal(
			    tk->v[i].zone == ZONE_TAIL, tk->v[i].off >= 10);
	}
	assert_int_equal(tk->learned_lines, 1);
	assert_int_equal(tk->tail_lines, 1);
	s = signature_make(it, tk, &hash_key_fixed);
	t = signature_make(
	    plain, tokens_make(plain->arena, plain, NULL), &hash_key_fixed);
	assert_true(s->title_hash == t->title_hash);
	assert_true(s->body_hash == t->body_hash);
	signature_free(s);
	signature_free(t);
	item_free(it);
	item_free(plain);
}

static void
marks_that_do_not_fit_are_left_out(void **state)
{
	static const struct {
		const char *marks;
		size_t n;
	} bad[] = { { "b0-5", 1 }, { "b0-5,b2-7", 1 }, { "b5-5", 0 },
		{ "b0-99", 0 }, { "t0-5", 0 }, { "b", 0 }, { "", 0 },
		{ "b1-2,,b3-4", 1 }, { "b0-5,t0-3,b6-8", 2 },
		{ "b99999999999999999999-5", 0 }, { "bx-y,b1-2", 0 } };
	struct arena *a = arena_new(0);
	struct tail_range *v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		print_message("%s\n", bad[i].marks);
		assert_int_equal(
		    furniture_ranges(a, bad[i].marks, FURNITURE_BODY, 10, &v),
		    bad[i].n);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_learned_where_it_is_safe),
		cmocka_unit_test(site_names_are_learned_from_titles),
		cmocka_unit_test(what_is_learned_outlives_a_poll),
		cmocka_unit_test(a_damaged_state_is_none),
		cmocka_unit_test(a_flood_of_lines_leaves_what_was_learned),
		cmocka_unit_test(marks_are_invisible_to_rules_and_copies),
		cmocka_unit_test(marks_that_do_not_fit_are_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
