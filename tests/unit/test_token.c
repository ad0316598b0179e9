/* test_token.c - tokens: folding, joining, marks, zones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/macros.h"
#include "item/item.h"
#include "text/token.h"

/* Each row: a text, and its folded words; "/" stands before a gap. */
static const struct {
	const char *name, *text, *words;
} rows[] = {
	{ "punctuation separates", "Iran-backed (US) troops, today",
	    "iran backed us troops today" },
	{ "dotted capitals join", "the U.S.-led coalition; U.S. forces",
	    "the us led coalition /us forces" },
	{ "dotted capitals end no sentence", "in the U.S. The mission",
	    "in the us the mission" },
	{ "initials end no sentence", "Joel \"J.B.\" Vowell and Joe R. Biden",
	    "joel jb vowell and joe r biden" },
	{ "titles and months end no sentence", "Gen. Smith on Oct. 7. He",
	    "gen smith on oct 7 /he" },
	{ "small dotted letters join", "at 9 p.m. in Baghdad",
	    "at 9 pm /in baghdad" },
	{ "possessives go",
	    "Iraq's forces\xe2\x80\x99 U.S.'s Biden\xe2\x80\x99s",
	    "iraq forces us biden" },
	{ "inner apostrophes join",
	    "don't, Ba\xe2\x80\x98"
	    "ath, O'Brien",
	    "dont baath obrien" },
	{ "French elision separates",
	    "l'Irak et d\xe2\x80\x99"
	    "Assad qu'il",
	    "l irak et d assad qu il" },
	{ "numbers", "1,200 men, 2.5bn, 14.25 million, 7,2023 and 3.",
	    "1200 men 2.5bn 14.25 million 7 2023 and 3" },
	{ "accents go",
	    "Caf\xc3\xa9 S\xc5\xab"
	    "d\xc4\x81n\xc4\xab STRASSE "
	    "Stra\xc3\x9f"
	    "e \xef\xac\x81sh \xc3\x98rsted",
	    "cafe sudani strasse strasse fish orsted" },
	{ "decomposed accents go too", "Cafe\xcc\x81", "cafe" },
	{ "half rings go",
	    "\xca\xbf"
	    "Ali al-Shi\xca\xbf"
	    "a",
	    "ali al shia" },
	{ "Arabic alef, yeh, teh marbuta, tashkeel, tatweel",
	    "\xd8\xa3\xd9\x85\xd8\xb1\xd9\x8a\xd9\x83\xd9\x89 "
	    "\xd8\xa8\xd9\x8e\xd9\x80\xd8\xba\xd8\xaf\xd8\xa7\xd8\xaf "
	    "\xd8\xba\xd8\xa7\xd8\xb1\xd8\xa9",
	    "\xd8\xa7\xd9\x85\xd8\xb1\xd9\x8a\xd9\x83\xd9\x8a "
	    "\xd8\xa8\xd8\xba\xd8\xaf\xd8\xa7\xd8\xaf "
	    "\xd8\xba\xd8\xa7\xd8\xb1\xd9\x87" },
	{ "Arabic-Indic digits", "\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa4", "2024" },
	{ "Arabic full stop of a question",
	    "\xd9\x87\xd9\x84\xd8\x9f \xd9\x84\xd8\xa7",
	    "\xd9\x87\xd9\x84 /\xd9\x84\xd8\xa7" },
	{ "CJK in pairs",
	    "\xe5\x8c\x97\xe4\xba\xac\xe5\xa4\xa7 iPhone\xe5\x8f\x91",
	    "\xe5\x8c\x97\xe4\xba\xac \xe4\xba\xac\xe5\xa4\xa7 iphone "
	    "\xe5\x8f\x91" },
	{ "full width", "\xef\xbc\xb5\xef\xbc\xb3", "us" },
	{ "sentence punctuation leaves a gap", "payout . Quarterly; next: now!",
	    "payout /quarterly /next /now" },
	{ "a lower-case word goes on behind a dot", "amazon.com and yahoo.com",
	    "amazon com and yahoo com" },
	{ "a missing blank is forgiven", "the talks.The next",
	    "the talks /the next" },
	{ "times are no lists", "at 7:30 today", "at 7 30 today" },
	{ "a dash between blanks leaves a gap", "Iraq - News \xe2\x80\x94 US",
	    "iraq /news /us" },
	{ "lines leave a gap", "one\ntwo", "one /two" },
	{ "nothing", " ... \xe2\x80\xa6 !", "" },
};

static void
texts_become_folded_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena *a = arena_new(0);
		const struct tokens *tk = tokens_of_text(
		    a, FIELD_BODY, rows[i].text, strlen(rows[i].text));
		char got[512] = "";

		for (size_t t = 0; t < tk->n; t++) {
			size_t n = strlen(got);

			snprintf(got + n, sizeof(got) - n, "%s%s%s",
			    t > 0 ? " " : "",
			    t > 0 && tk->v[t].pos > tk->v[t - 1].pos + 1 ? "/"
									 : "",
			    tk->words + tk->v[t].word);
		}
		if (strcmp(got, rows[i].words) != 0)
			print_message("%s\n", rows[i].name);
		assert_string_equal(got, rows[i].words);
		arena_free(a);
	}
}

static const struct tokens *
body(struct arena *a, const char *text)
{
	return tokens_of_text(a, FIELD_BODY, text, strlen(text));
}

static void
exact_words_keep_their_case_without_dots(void **state)
{
	struct arena *a = arena_new(0);
	const struct tokens *tk = body(a, "US U.S. us U.S.'s Us caf\xc3\xa9 "
					  "cafe\xcc\x81 1,200 1200");

	(void)state;
	assert_int_equal(tk->n, 9);
	assert_int_equal(tk->v[0].exact, tk->v[1].exact);
	assert_int_equal(tk->v[0].exact, tk->v[3].exact);
	assert_int_not_equal(tk->v[0].exact, tk->v[2].exact);
	assert_int_not_equal(tk->v[0].exact, tk->v[4].exact);
	assert_int_equal(tk->v[0].fold, tk->v[2].fold);
	assert_int_equal(tk->v[5].exact, tk->v[6].exact);
	assert_int_equal(tk->v[7].exact, tk->v[8].exact);
	assert_int_equal(tk->v[0].exact, token_hash("US", 2));
	assert_int_equal(tk->v[2].fold, token_hash("us", 2));
	arena_free(a);
}

static void
offsets_hold_the_word_with_its_dots(void **state)
{
	struct arena *a = arena_new(0);
	const struct tokens *tk = body(a, "The U.S.-led Iraq's 1,200.");

	(void)state;
	assert_int_equal(tk->v[1].off, 4);
	assert_int_equal(tk->v[1].len, 4);
	assert_int_equal(tk->v[3].off, 13);
	assert_int_equal(tk->v[3].len, 4);
	assert_int_equal(tk->v[4].off, 20);
	assert_int_equal(tk->v[4].len, 5);
	arena_free(a);
}

static void
marks_tell_case_numbers_and_sentences(void **state)
{
	struct arena *a = arena_new(0);
	const struct tokens *tk = body(a, "US troops. Two died\nIn 2024");

	(void)state;
	assert_true(tk->v[0].marks & TOKEN_UPPER);
	assert_false(tk->v[1].marks & (TOKEN_UPPER | TOKEN_CAPITAL));
	assert_true(tk->v[2].marks & TOKEN_SENTENCE);
	assert_false(tk->v[2].marks & TOKEN_PARAGRAPH);
	assert_true(tk->v[4].marks & TOKEN_PARAGRAPH);
	assert_true(tk->v[5].marks & TOKEN_NUMBER);
	assert_int_equal(tk->v[1].sentence, 1);
	assert_int_equal(tk->v[3].sentence, 2);
	assert_int_equal(tk->v[5].sentence, 3);
	assert_int_equal(tk->v[3].paragraph, 1);
	assert_int_equal(tk->v[5].paragraph, 2);
	tk = body(a, "US STRIKES HIT IRAQ");
	assert_true(tk->v[0].marks & TOKEN_ALLCAPS_FIELD);
	tk = body(a, "US strikes hit IRAQ");
	assert_false(tk->v[0].marks & TOKEN_ALLCAPS_FIELD);
	arena_free(a);
}

static void
zones_are_title_lead_body_and_tail(void **state)
{
	struct arena *a = arena_new(0);
	struct item it = { .title_text = "Iraq talks",
		.text = "One two three. Four five.\nRelated\nSix seven",
		.url = "https://example.org/iraq",
		.feed_name = "Feed" };
	struct token_params p = { .lead_words = 3 };
	const struct tokens *tk = tokens_make(a, &it, &p);
	static const uint8_t zones[] = { ZONE_TITLE, ZONE_TITLE, ZONE_LEAD,
		ZONE_LEAD, ZONE_LEAD, ZONE_BODY, ZONE_BODY, ZONE_TAIL,
		ZONE_TAIL, ZONE_TAIL, ZONE_META };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(zones); i++)
		assert_int_equal(tk->v[i].zone, zones[i]);
	assert_int_equal(tk->first[FIELD_BODY], 2);
	assert_int_equal(tk->tail_lines, 2);
	assert_string_equal(tk->tail_heading, "Related");
	assert_true(tk->v[2].pos > tk->v[1].pos + 1000);
	arena_free(a);
}

static void
tokens_stop_at_their_limit(void **state)
{
	struct arena *a = arena_new(0);
	struct item it = { .title_text = "a b c d", .text = "e f" };
	struct token_params p = { .max_tokens = 3 };

	(void)state;
	assert_int_equal(tokens_make(a, &it, &p)->n, 3);
	arena_free(a);
}

static void
languages_are_given_or_found(void **state)
{
	static const struct {
		const char *given, *text, *lang;
	} cases[] = {
		{ "en-US", "bonjour", "en" },
		{ NULL, "The talks of the two in Baghdad", "en" },
		{ NULL, "Les forces de la coalition dans le pays", "fr" },
		{ NULL, "Die Truppen sind in der Stadt und im Land", "de" },
		{ NULL, "Las tropas de la coalici\xc3\xb3n en el pa\xc3\xads",
		    "es" },
		{ "en", "\xd8\xa8\xd8\xba\xd8\xaf\xd8\xa7\xd8\xaf", "ar" },
		{ "fa", "\xd8\xa8\xd8\xba\xd8\xaf\xd8\xa7\xd8\xaf", "fa" },
		{ NULL, "Baghdad", "" },
		{ "not a tag", "Baghdad", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_new(0);
		struct item it = { .title_text = "",
			.text = cases[i].text,
			.language = cases[i].given };

		assert_string_equal(
		    tokens_make(a, &it, NULL)->lang, cases[i].lang);
		arena_free(a);
	}
}

static void
one_word_folds(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_string_equal(token_fold(a, "\xc3\x89T\xc3\x89", 5), "ete");
	assert_string_equal(token_fold(a, "--", 2), "");
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_folded_words),
		cmocka_unit_test(exact_words_keep_their_case_without_dots),
		cmocka_unit_test(offsets_hold_the_word_with_its_dots),
		cmocka_unit_test(marks_tell_case_numbers_and_sentences),
		cmocka_unit_test(zones_are_title_lead_body_and_tail),
		cmocka_unit_test(tokens_stop_at_their_limit),
		cmocka_unit_test(languages_are_given_or_found),
		cmocka_unit_test(one_word_folds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
