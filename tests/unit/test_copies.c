/* test_copies.c - copies are linked, other things are not. */
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

static const struct item_limits limits = { 4096, 65536, 65536 };

/* A text stage and an identity, as the gatherer makes them. */
static struct item *
item_of(const char *feed, const char *id, const char *url, const char *title,
    const char *text)
{
	struct item *it = item_new();
	char all[8192];

	snprintf(all, sizeof(all), "%s\n%s", title, text);
	it->title = title;
	it->summary = text;
	it->feed = it->feed_name = feed;
	it->id = id;
	it->canonical = url;
	it->identity = hash_str(&hash_key_fixed, id);
	it->content = hash_str(&hash_key_fixed, all);
	item_make_text(it, &limits);
	return it;
}

static struct copies *
copies_small(void)
{
	struct copies_params p = copies_params_default;

	p.max_items = 100;
	return copies_new(&p);
}

static void
see(struct copies *c, struct item *it, int64_t now, bool keep,
    struct copies_match *m)
{
	struct tokens *tk = tokens_make(it->arena, it, NULL);
	struct signature *s = signature_make(it, tk, &hash_key_fixed);

	copies_expire(c, now);
	copies_lookup(c, it, s, now, m);
	if (keep)
		copies_insert(c, it, s, now, m);
	signature_free(s);
	item_free(it);
}

#define LAMP                                                                   \
	"Engineers relit the lighthouse at Skerry Point on Tuesday after a "   \
	"storm had darkened it for nine days, the harbour trust of Veldmark "  \
	"said, and pilots called the repair quicker than feared."

/* Each row: what comes second, and how it stands to LAMP. */
static const struct {
	const char *name, *url, *title, *text;
	enum relation relation;
	bool same_story;
} rows[] = {
	{ "the same text", "https://b.example/1",
	    "Skerry Point lighthouse relit", LAMP, RELATION_COPY, true },
	{ "another title", "https://b.example/1",
	    "Nine dark days end off Veldmark coast", LAMP, RELATION_COPY,
	    true },
	{ "cut short", "https://b.example/1", "Skerry Point lighthouse relit",
	    "Engineers relit the lighthouse at Skerry Point on Tuesday after a "
	    "storm had darkened it for nine\xe2\x80\xa6",
	    RELATION_COPY, true },
	{ "with a dateline and furniture", "https://b.example/1",
	    "Skerry Point lighthouse relit - B Example",
	    "<p>VELDMARK (AP) \xe2\x80\x94 " LAMP "</p><p>Related</p>"
	    "<p>Ten best harbours to visit this summer</p>",
	    RELATION_COPY, true },
	{ "at the same address", "https://a.example/1", "Lamp is lit again", "",
	    RELATION_COPY, true },
	{ "another headline of a live page", "https://a.example/1",
	    "Live updates: ferries wait off Ostrava", "", RELATION_UPDATE,
	    true },
	{ "something else", "https://b.example/2",
	    "Cheese fair opens in Ostrava",
	    "Four hundred makers show their cheeses in the old hall this week, "
	    "among them a blue one from goats that graze on dunes.",
	    RELATION_NEW, false },
};

static void
copies_are_linked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct copies *c = copies_small();
		struct copies_match m;

		see(c,
		    item_of("a", "id-a", "https://a.example/1",
			"Skerry Point lighthouse relit", LAMP),
		    0, true, &m);
		assert_int_equal(m.relation, RELATION_NEW);
		assert_string_equal(m.story, "id-a");
		see(c,
		    item_of("https://b.example/feed", "id-b", rows[i].url,
			rows[i].title, rows[i].text),
		    HOUR, true, &m);
		print_message("%s: %s %s\n", rows[i].name,
		    relation_name(m.relation), m.reason);
		assert_int_equal(m.relation, rows[i].relation);
		assert_string_equal(
		    m.story, rows[i].same_story ? "id-a" : "id-b");
		assert_string_equal(
		    m.of, rows[i].relation != RELATION_NEW ? "id-a" : "");
		copies_free(c);
	}
}

#define TIDE                                                                   \
	"Harbour dues for coasters fell to 41 crowns a ton on Monday, the "    \
	"port office of Veldmark said, from 44 crowns a week before, while "   \
	"berths for 17 ships stayed free at the northern quay."
#define SIGNED                                                                 \
	" Visit our shop for mugs and maps, join the friends of the coast, "   \
	"follow the keepers on every channel and write to us with your own "   \
	"pictures of lamps, bells and buoys from all over the northern sea."
#define OTHERS                                                                 \
	" In other news, the cheese fair of Ostrava opened its gates to four " \
	"hundred makers, the railway to Lund closes for nine nights of work, " \
	"and rain is on its way from the west with gusts and cold showers "    \
	"for the hills above the lake."

/* Each row: two items that look alike, of two feeds or of one. */
static const struct {
	const char *name;
	bool one_feed;
	const char *title_a, *a, *title_b, *b;
	enum relation relation;
} likes[] = {
	{ "a template with other figures", false, "Harbour dues fall", TIDE,
	    "Harbour dues fall",
	    "Harbour dues for coasters fell to 36 crowns a ton on Monday, the "
	    "port office of Veldmark said, from 39 crowns a week before, while "
	    "berths for 23 ships stayed free at the northern quay.",
	    RELATION_NEW },
	{ "a later version", false, "Harbour dues fall at Veldmark", TIDE,
	    "Harbour dues fall at Veldmark",
	    "Harbour dues for coasters fell to 41 crowns a ton on Monday, the "
	    "port office of Veldmark said, from 44 crowns a week before, while "
	    "berths for 23 ships stayed free at the northern quay.",
	    RELATION_UPDATE },
	{ "a template with an opposite", false, "Dues fall at Veldmark", TIDE,
	    "Dues rise at Veldmark",
	    "Harbour dues for coasters rose to 41 crowns a ton on Monday, the "
	    "port office of Veldmark said, from 44 crowns a week before, while "
	    "berths for 17 ships were taken at the northern quay.",
	    RELATION_NEW },
	{ "one feed's signature below two items", true, "Bells of the coast",
	    "How a bell is cast." SIGNED, "Buoys in the fog",
	    "Why they sing." SIGNED, RELATION_NEW },
	{ "a series with one heading", true, "Live blog",
	    "Lamps are lit at Skerry Point as the storm moves off.",
	    "Live blog",
	    "Cheese makers gather in Ostrava for the great autumn fair.",
	    RELATION_NEW },
	{ "a round-up", false, "Skerry Point lighthouse relit", LAMP,
	    "Five things today", LAMP OTHERS, RELATION_EMBEDS },
	{ "one headline, another summary", false,
	    "Nine dark days end as Skerry Point lighthouse is relit", LAMP,
	    "Nine dark days end as Skerry Point lighthouse is relit",
	    "Pilots praise a quick repair of the lighthouse.", RELATION_COPY },
};

static void
what_looks_alike_is_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(likes); i++) {
		struct copies *c = copies_small();
		struct copies_match m;

		see(c,
		    item_of("https://a.example/feed", "id-a",
			"https://a.example/1", likes[i].title_a, likes[i].a),
		    0, true, &m);
		see(c,
		    item_of(likes[i].one_feed ? "https://a.example/feed"
					      : "https://b.example/feed",
			"id-b",
			likes[i].one_feed ? "https://a.example/2"
					  : "https://b.example/2",
			likes[i].title_b, likes[i].b),
		    HOUR, true, &m);
		print_message("%s: %s %s\n", likes[i].name,
		    relation_name(m.relation), m.reason);
		assert_int_equal(m.relation, likes[i].relation);
		copies_free(c);
	}
}

static void
the_same_item_is_known_or_updated(void **state)
{
	struct copies *c = copies_small();
	struct copies_match m;

	(void)state;
	see(c, item_of("a", "id", NULL, "Lamp", LAMP), 0, true, &m);
	see(c, item_of("a", "id", NULL, "Lamp", LAMP), 10, false, &m);
	assert_int_equal(m.relation, RELATION_KNOWN);
	assert_string_equal(m.story, "id");
	see(c, item_of("a", "id", NULL, "Lamp", LAMP " More."), 20, true, &m);
	assert_int_equal(m.relation, RELATION_UPDATE);
	assert_string_equal(m.of, "id");
	assert_string_equal(m.story, "id");
	see(c, item_of("b", "id", NULL, "Lamp", LAMP), 30, false, &m);
	assert_int_equal(m.relation, RELATION_COPY);
	copies_free(c);
}

static void
looking_remembers_nothing(void **state)
{
	struct copies *c = copies_small();
	struct copies_match m, again;

	(void)state;
	see(c, item_of("a", "1", NULL, "Lamp", LAMP), 0, true, &m);
	see(c, item_of("b", "2", NULL, "Lamp", LAMP), 1, false, &m);
	see(c, item_of("b", "2", NULL, "Lamp", LAMP), 1, false, &again);
	assert_int_equal(copies_len(c), 1);
	assert_memory_equal(&m, &again, sizeof(m));
	copies_free(c);
}

static void
the_window_forgets(void **state)
{
	struct copies *c = copies_small();
	struct copies_match m;

	(void)state;
	see(c, item_of("a", "1", NULL, "Lamp", LAMP), 0, true, &m);
	copies_expire(c, 72 * HOUR);
	assert_int_equal(copies_len(c), 1);
	copies_expire(c, 72 * HOUR + 1);
	assert_int_equal(copies_len(c), 0);
	see(c, item_of("b", "2", NULL, "Lamp", LAMP), 73 * HOUR, true, &m);
	assert_int_equal(m.relation, RELATION_NEW);
	assert_string_equal(m.story, "2");
	copies_free(c);
}

static void
a_cluster_keeps_its_name_when_its_original_is_gone(void **state)
{
	struct copies *c = copies_small();
	struct copies_match m;

	(void)state;
	see(c, item_of("a", "1", NULL, "Lamp", LAMP), 0, true, &m);
	see(c, item_of("b", "2", NULL, "Lamp", LAMP), 60 * HOUR, true, &m);
	see(c, item_of("c", "3", NULL, "Lamp", LAMP), 100 * HOUR, true, &m);
	assert_int_equal(copies_len(c), 2);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.of, "1");
	copies_free(c);
}

static void
items_are_capped(void **state)
{
	struct copies_params p = copies_params_default;
	struct copies_match m;
	struct copies *c;
	char id[16];

	(void)state;
	p.max_items = 5;
	c = copies_new(&p);
	for (int i = 0; i < 600; i++) {
		snprintf(id, sizeof(id), "%d", i);
		see(c, item_of("a", id, NULL, id, LAMP), i, true, &m);
	}
	assert_int_equal(copies_len(c), 5);
	copies_free(c);
	p.max_items = 0;
	assert_null(copies_new(&p));
}

static void
signatures_survive_the_journal(void **state)
{
	struct item *it = item_of("a", "1", NULL, "Lamp", LAMP);
	struct tokens *tk = tokens_make(it->arena, it, NULL);
	struct signature *s = signature_make(it, tk, &hash_key_fixed), *back;
	json_t *j = signature_encode(s), *j2;

	(void)state;
	back = signature_decode(j);
	assert_non_null(back);
	j2 = signature_encode(back);
	assert_true(json_equal(j, j2));
	json_decref(j2);
	j2 = json_string("s1:00");
	assert_null(signature_decode(j2));
	json_decref(j2);
	j2 = json_stringn(json_string_value(j), json_string_length(j) - 8);
	assert_null(signature_decode(j2));
	assert_null(signature_decode(NULL));
	json_decref(j2);
	json_decref(j);
	signature_free(s);
	signature_free(back);
	item_free(it);
}

static void
relations_have_names(void **state)
{
	enum relation r;

	(void)state;
	assert_true(relation_parse("embeds", &r));
	assert_int_equal(r, RELATION_EMBEDS);
	assert_string_equal(relation_name(RELATION_KNOWN), "known");
	assert_false(relation_parse("nothing", &r));
}

/* Each row: the address and title under which an article comes again. */
static const struct {
	const char *name, *url, *title;
	enum relation relation;
} renamings[] = {
	{ "other words, one number",
	    "https://a.example/sea/lamp-of-skerry-point-is-back-4097646",
	    "Lamp of Skerry Point is back", RELATION_COPY },
	{ "another number",
	    "https://a.example/sea/lamp-of-skerry-point-is-back-4097651",
	    "Lamp of Skerry Point is back", RELATION_NEW },
	{ "the number on another site",
	    "https://b.example/sea/lamp-of-skerry-point-is-back-4097646",
	    "Lamp of Skerry Point is back", RELATION_NEW },
	{ "one number over something else",
	    "https://a.example/sea/cheese-fair-opens-4097646",
	    "Cheese fair opens in Ostrava", RELATION_NEW },
};

static void
a_renamed_article_is_a_copy_of_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(renamings); i++) {
		struct copies *c = copies_small();
		struct copies_match m;

		see(c,
		    item_of("a", "id-a",
			"https://a.example/sea/skerry-point-relit-4097646",
			"Skerry Point lamp relit", ""),
		    0, true, &m);
		see(c,
		    item_of(
			"a", "id-b", renamings[i].url, renamings[i].title, ""),
		    HOUR, true, &m);
		print_message("%s: %s %s\n", renamings[i].name,
		    relation_name(m.relation), m.reason);
		assert_int_equal(m.relation, renamings[i].relation);
		copies_free(c);
	}
}

static void
a_renamed_article_with_another_toll_is_an_update(void **state)
{
	struct copies *c = copies_small();
	struct copies_match m;

	(void)state;
	see(c,
	    item_of("a", "id-a", "https://a.example/sea/relit-4097646",
		"Skerry Point lamp relit, 3 hurt", ""),
	    0, true, &m);
	see(c,
	    item_of("a", "id-b", "https://a.example/sea/lamp-4097646",
		"Lamp of Skerry Point relit: 5 hurt", ""),
	    HOUR, true, &m);
	print_message("%s\n", m.reason);
	assert_int_equal(m.relation, RELATION_UPDATE);
	copies_free(c);
}

/* A day in the address is nobody's number. */
static void
a_date_is_no_article_number(void **state)
{
	struct copies *c = copies_small();
	struct copies_match m;

	(void)state;
	see(c,
	    item_of("a", "id-a", "https://a.example/20240131/relit",
		"Skerry Point lamp relit", ""),
	    0, true, &m);
	see(c,
	    item_of("a", "id-b", "https://a.example/20240131/back",
		"Lamp of Skerry Point is back", ""),
	    HOUR, true, &m);
	assert_int_equal(m.relation, RELATION_NEW);
	copies_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_are_linked),
		cmocka_unit_test(what_looks_alike_is_told_apart),
		cmocka_unit_test(the_same_item_is_known_or_updated),
		cmocka_unit_test(looking_remembers_nothing),
		cmocka_unit_test(the_window_forgets),
		cmocka_unit_test(
		    a_cluster_keeps_its_name_when_its_original_is_gone),
		cmocka_unit_test(items_are_capped),
		cmocka_unit_test(signatures_survive_the_journal),
		cmocka_unit_test(relations_have_names),
		cmocka_unit_test(a_renamed_article_is_a_copy_of_itself),
		cmocka_unit_test(
		    a_renamed_article_with_another_toll_is_an_update),
		cmocka_unit_test(a_date_is_no_article_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
