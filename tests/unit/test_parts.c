/* test_parts.c - live blogs and newsletters fall into parts, stories don't. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/macros.h"
#include "item/item.h"
#include "text/parts.h"
#include "text/token.h"

static struct tokens *
tokens_of(struct item **out, const char *title, const char *text)
{
	struct item *it = item_new();

	it->title_text = arena_strdup(it->arena, title);
	it->text = arena_strdup(it->arena, text);
	*out = it;
	return tokens_make(it->arena, it, NULL);
}

#define PARA1 "Envoys of both sides met on Monday to speak about the border."
#define PARA2 "Rain fell on the harbour for nine hours without a break."
#define PARA3 "Bakers have asked the council for cheaper flour this winter."

static const struct {
	const char *name, *title, *text;
	uint32_t parts;
	bool apart;
} rows[] = {
	{ "times of day part a live blog", "Border talks: live",
	    "All of the day.\n10:45 GMT\n" PARA1 "\n10:20 GMT\n" PARA2
	    "\n9:58 GMT\n" PARA3,
	    4, false },
	{ "with a dash, in brackets, or with am", "Border talks",
	    "[14:02] " PARA1 "\n13.40 BST - " PARA2 "\n9.15am " PARA3, 3,
	    false },
	{ "two times are an agenda", "Border talks",
	    "10:45 " PARA1 "\n10:20 " PARA2 "\n" PARA3, 0, false },
	{ "sums and scores are no times", "Border talks",
	    "12.50 " PARA1 "\n3:2 " PARA2 "\n9.99 " PARA3 "\n44:10 " PARA1, 0,
	    false },
	{ "headed sections under a title that says nothing",
	    "What happened overnight",
	    "Border\n" PARA1 "\n" PARA1 "\nWeather\n" PARA2 "\nBread\n" PARA3,
	    3, false },
	{ "paragraphs under one", "Your Monday Briefing",
	    PARA1 "\n" PARA2 "\n" PARA3, 3, false },
	{ "a day's number is no word of a title", "News digest, 22 November",
	    PARA1 "\n" PARA2 "\n" PARA3, 3, false },
	{ "a text that calls itself a newsletter", "Envoys meet at the border",
	    "In today\342\200\231s newsletter: envoys met at the border\n" PARA1
	    "\n" PARA2 "\n" PARA3,
	    4, false },
	{ "what is also in it is not of the title", "Envoys meet",
	    "Also in today's newsletter, flour and rain in the harbour", 1,
	    true },
	{ "subheadings of one story part nothing", "Envoys meet at the border",
	    "Who came\n" PARA1 "\nWhat they said\n" PARA2 "\nAnd now\n" PARA3,
	    0, false },
	{ "nor do its paragraphs", "Envoys meet at the border",
	    PARA1 "\n" PARA2 "\n" PARA3, 0, false },
	{ "a generic word does not make a title generic",
	    "Morning talks at the border", PARA1 "\n" PARA2 "\n" PARA3, 0,
	    false },
	{ "one line is one part", "Morning briefing", PARA1 " " PARA2, 0,
	    false },
	{ "nothing at all", "", "", 0, false },
};

static void
parts_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct item *it;
		const struct tokens *tk =
		    tokens_of(&it, rows[i].title, rows[i].text);

		print_message("%s\n", rows[i].name);
		assert_int_equal(tk->nparts, rows[i].parts);
		assert_int_equal(tk->apart, rows[i].apart);
		for (uint32_t p = 0; p < tk->nparts; p++) {
			assert_true(tk->parts[p] >= tk->first[FIELD_BODY]);
			assert_true(tk->parts[p] < tk->first[FIELD_URL]);
		}
		/* A lead is a part's, and only the first one's. */
		for (size_t k = tk->first[FIELD_BODY];
		     tk->nparts > 1 && k < tk->first[FIELD_URL]; k++)
			assert_int_equal(tk->v[k].zone == ZONE_LEAD,
			    k < tk->parts[1] && tk->v[k].zone != ZONE_TAIL);
		item_free(it);
	}
}

static void
a_title_is_generic_or_not(void **state)
{
	static const struct {
		const char *title;
		bool generic;
	} t[] = { { "LIVE BLOG", true }, { "Morning briefing", true },
		{ "What happened overnight", true },
		{ "Monday Briefing", true }, { "What's News", true },
		{ "News wrap: 5 things to know", true },
		{ "\331\205\331\210\330\254\330\262 \330\247\331\204\330\243"
		  "\330\256\330\250\330\247\330\261",
		    true },
		{ "Live music returns to Baghdad", false },
		{ "Tuesday", false }, { "", false },
		{ "US strikes Syria: live updates", false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct item *it;
		const struct tokens *tk = tokens_of(&it, t[i].title, "x");

		print_message("%s\n", t[i].title);
		assert_int_equal(parts_generic_title(tk), t[i].generic);
		item_free(it);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(a_title_is_generic_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
