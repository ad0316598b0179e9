/* test_topic.c - the rule language means what wiresift-topics.5 says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/macros.h"
#include "config/rules_load.h"
#include "item/item.h"
#include "text/token.h"
#include "topic/rules.h"
#include "topic/topic.h"

/* Rules from text; NULL with the first fault in fault[]. */
static struct topic_set *
compile(const char *text, char fault[800])
{
	struct rules_file f = { "t.yaml", text, strlen(text) };
	struct topic_set *ts = NULL;
	struct diags ds;
	struct rules *r;

	fault[0] = '\0';
	diags_init(&ds, 10);
	r = rules_load(&f, 1, &ds);
	if (r != NULL)
		ts = topic_compile(r, NULL, &ds);
	if (ds.n > 0)
		diag_str(&ds.v[0], fault, 800);
	if (ts == NULL)
		assert_true(ds.errors > 0);
	rules_free(r);
	diags_fini(&ds);
	return ts;
}

static struct item *
make_item(const char *title, const char *body)
{
	struct item *it = item_new();

	it->title_text = title;
	it->text = body;
	it->url = "https://news.example/world/iraq-vote.html";
	it->feed_name = "Example Wire";
	return it;
}

/* Level and score of topic t of `rules` for a text, as "about 12". */
static void
decide(const char *rules, const char *title, const char *body, char out[32])
{
	static const struct token_params tp = { 0, 6 };
	char fault[800];
	struct topic_set *ts = compile(rules, fault);
	struct item *it = make_item(title, body);
	struct topic_results quick, full;

	if (ts == NULL)
		fail_msg("%s", fault);
	topic_eval(ts, tokens_make(it->arena, it, &tp), it->arena, false, NULL,
	    &quick);
	topic_eval(
	    ts, tokens_make(it->arena, it, &tp), it->arena, true, NULL, &full);
	assert_int_equal(full.n, 1);
	/* What the presearch lets through is what a full look finds. */
	assert_int_equal(quick.n, full.v[0].level != TOPIC_NONE);
	if (quick.n == 1) {
		assert_int_equal(quick.v[0].score, full.v[0].score);
		assert_int_equal(quick.v[0].level, full.v[0].level);
	}
	snprintf(out, 32, "%s %d", topic_level_name(full.v[0].level),
	    full.v[0].level == TOPIC_NONE ? 0 : full.v[0].score);
	item_free(it);
	topic_set_free(ts);
}

/* --- conditions: does `require` hold? ----------------------------------- */

#define LISTS                                                                  \
	"terms:\n"                                                             \
	"  us: {en: [=US, American*], ar: [أمريكي*, واشنطن]}\n"    \
	"  iraq: [Iraq, العراق]\n"                                       \
	"  near: {all: [talks, deal]}\n"

static const struct {
	const char *name, *require, *title, *body;
	bool yes;
} conditions[] = {
	{ "a word is a whole word", "ai", "Heavy rain", "", false },
	{ "case is folded", "iraq", "IRAQ votes", "", true },
	{ "accents are folded", "cafe", "A Café opens", "", true },
	{ "an exact acronym", "=US", "US votes", "", true },
	{ "is not the pronoun", "=US", "Join us", "", false },
	{ "dotted capitals are the acronym", "=US", "U.S. votes", "", true },
	{ "in capitals case tells nothing", "=US", "JOIN US TODAY", "", true },
	{ "an open end", "american*", "The Americans", "", true },
	{ "is no open start", "can*", "American", "", false },
	{ "a stem", "~attack", "They attacked", "", true },
	{ "of its language only", "~attack", "attractive", "", false },
	{ "words in order", "green village", "At Green Village", "", true },
	{ "not in another", "green village", "village green", "", false },
	{ "side by side", "green village", "green old village", "", false },
	{ "a hyphen parts words", "iran backed", "Iran-backed", "", true },
	{ "in a term too", "iran-backed", "Iran backed", "", true },
	{ "no phrase crosses a full stop", "in iraq", "Come in. Iraq", "",
	    false },
	{ "nor a line", "in iraq", "", "Come in\nIraq votes", false },
	{ "a comma is no border", "kill two", "To kill, two ways", "", true },
	{ "a gap", "end ..2 mission", "end the long mission", "", true },
	{ "has a limit", "end ..2 mission", "end a b c mission", "", false },
	{ "of three by default", "end .. mission", "end a b c mission", "",
	    true },
	{ "stays in the sentence", "end ..5 mission", "The end. A mission", "",
	    false },
	{ "crosses a colon", "end ..5 mission", "The end: mission over", "",
	    true },
	{ "alternatives", "drone|rocket strike*|fire", "rocket fire", "",
	    true },
	{ "alternatives of several words", "al-Asad|Harir base",
	    "Ain al-Asad base", "", true },
	{ "nothing crosses fields", "iraq votes", "In Iraq", "votes", false },
	{ "a possessive is the word", "iraq base", "Iraq's base", "", true },
	{ "Arabic letters are unified", "أربيل", "اربيل", "", true },
	{ "an article may be there", "هجوم", "بعد الهجوم", "", true },
	{ "or be missing", "العراق", "في عراق اليوم", "", true },
	{ "and prefixes stand before it", "العراق", "وبالعراق", "", true },
	{ "two l for the article", "الولايات المتحدة", "للولايات المتحدة", "",
	    true },
	{ "a short word keeps its letters", "زير", "وزير", "", true },
	{ "Chinese by pairs", "伊拉克", "美国与伊拉克会谈", "", true },
	{ "Chinese pairs in order", "伊拉克", "拉克伊", "", false },
	{ "every item", "'*'", "Anything", "", true },

	{ "a list is any of it", "$iraq", "العراق", "", true },
	{ "all its languages", "$us", "واشنطن", "", true },
	{ "or one", "$us.en", "واشنطن", "", false },
	{ "a sequence is any", "[a1, b1]", "b1", "", true },
	{ "all", "{all: [a1, b1]}", "a1", "x b1", true },
	{ "all or nothing", "{all: [a1, b1]}", "a1", "", false },
	{ "not", "{all: [a1, {not: b1}]}", "a1", "", true },
	{ "not, when it is there", "{all: [a1, {not: b1}]}", "a1", "b1",
	    false },
	{ "at least two", "{atleast: 2, of: [a1, b1, c1]}", "a1", "c1", true },
	{ "are not one", "{atleast: 2, of: [a1, b1, c1]}", "a1 a1", "", false },
	{ "in the title", "{any: a1, in: title}", "a1", "", true },
	{ "is not in the body", "{any: a1, in: title}", "", "a1", false },
	{ "the lead", "{any: a1, in: [lead]}", "", "1 2 3 4 5 a1", true },
	{ "ends", "{any: a1, in: [lead]}", "", "1 2 3 4 5 6 a1", false },
	{ "and the body begins", "{any: a1, in: [body]}", "", "1 2 3 4 5 6 a1",
	    true },
	{ "the address", "{any: vote, in: url}", "", "", true },
	{ "only when it is named", "vote", "", "", false },
	{ "the feed's name", "{any: example wire, in: feed}", "", "", true },
	{ "an inner place wins", "{all: [{any: a1, in: title}, b1], in: lead}",
	    "a1", "b1", true },

	{ "within words", "{all: [a1, b1], within: 4}", "a1 x x b1", "", true },
	{ "both ends counted", "{all: [a1, b1], within: 3}", "a1 x x b1", "",
	    false },
	{ "in any order", "{all: [a1, b1], within: 4}", "b1 x x a1", "", true },
	{ "unless ordered", "{all: [a1, b1], within: 4, ordered: on}",
	    "b1 x x a1", "", false },
	{ "ordered in one field", "{all: [a1, b1], ordered: on}",
	    "a1 x. x x b1", "", true },
	{ "not over fields", "{all: [a1, b1], ordered: on}", "a1", "b1",
	    false },
	{ "words may cross a sentence", "{all: [a1, b1], within: 4}",
	    "a1 x. B1", "", true },
	{ "in one sentence", "{all: [a1, b1], within: sentence}", "a1 x x x b1",
	    "", true },
	{ "in two", "{all: [a1, b1], within: sentence}", "a1 x. X b1", "",
	    false },
	{ "in one paragraph", "{all: [a1, b1], within: paragraph}", "",
	    "a1 x. X b1", true },
	{ "in two", "{all: [a1, b1], within: paragraph}", "", "a1 x.\nX b1",
	    false },
	{ "parts may share words", "{all: [a1 b1, b1 c1], within: 3}",
	    "a1 b1 c1", "", true },
	{ "ordered parts may not",
	    "{all: [a1 b1, b1 c1], within: 3, ordered: on}", "a1 b1 c1", "",
	    false },
	{ "an all inside is as near",
	    "{all: [{all: [a1, b1]}, c1], within: sentence}", "a1 b1. C1",
	    "a1. B1 c1", false },
	{ "lists inside too", "{all: [$near, $iraq], within: sentence}",
	    "Iraq talks. A deal", "", false },
	{ "lists inside too, near", "{all: [$near, $iraq], within: sentence}",
	    "Iraq talks of a deal", "", true },
	{ "at least two near",
	    "{all: [{atleast: 2, of: [a1, b1, c1]}, d1], "
	    "within: sentence}",
	    "a1 d1 c1", "", true },
	{ "one near is not two",
	    "{all: [{atleast: 2, of: [a1, b1, c1]}, d1], within: sentence}",
	    "a1 d1. C1", "", false },
	{ "not near", "{all: [a1, {not: b1}], within: 3}", "a1 x b1", "",
	    false },
	{ "far enough", "{all: [a1, {not: b1}], within: 3}", "a1 x x b1", "",
	    true },
	{ "not near before", "{all: [a1, {not: b1}], within: 3}", "b1 x a1", "",
	    false },
	{ "one clean place is enough",
	    "{all: [a1, {not: b1}], within: sentence}", "a1 b1. A1 x", "",
	    true },
};

static void
conditions_hold_as_written(void **state)
{
	char rules[1000], got[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(conditions); i++) {
		snprintf(rules, sizeof(rules),
		    LISTS "topics: {t: {require: %s}}\n",
		    conditions[i].require);
		decide(rules, conditions[i].title, conditions[i].body, got);
		if (strcmp(got, conditions[i].yes ? "about 12" : "none 0") != 0)
			fail_msg("%s: %s", conditions[i].name, got);
	}
}

/* --- scores ------------------------------------------------------------- */

static const struct {
	const char *name, *topic, *title, *body, *want;
} scores[] = {
	{ "title counts thrice", "score: [{name: s, weight: 4, any: a1}]", "a1",
	    "", "about 12" },
	{ "the lead twice", "score: [{name: s, weight: 4, any: a1}]", "", "a1",
	    "mentions 8" },
	{ "the body once",
	    "{threshold: 4, score: [{name: s, weight: 4, any: a1}]}", "",
	    "1 2 3 4 5 6 a1", "about 4" },
	{ "a signal counts once, at its best place",
	    "score: [{name: s, weight: 4, any: a1}]", "a1", "a1 a1 a1",
	    "about 12" },
	{ "boost off counts once",
	    "{threshold: 4, score: [{name: s, weight: 4, boost: off, any: "
	    "a1}]}",
	    "a1", "", "about 4" },
	{ "half the threshold is a mention",
	    "{threshold: 13, score: [{name: s, weight: 7, boost: off, any: "
	    "a1}]}",
	    "a1", "", "mentions 7" },
	{ "less is none",
	    "{threshold: 13, score: [{name: s, weight: 6, boost: off, any: "
	    "a1}]}",
	    "a1", "", "none 0" },
	{ "mention as set",
	    "{threshold: 13, mention: 2, score: [{name: s, weight: 6, boost: "
	    "off, any: a1}]}",
	    "a1", "", "mentions 6" },
	{ "a negative weight takes away",
	    "score: [{name: s, weight: 5, any: a1}, {name: n, weight: -1, any: "
	    "b1}]",
	    "a1 b1", "", "about 12" },
	{ "no less than once",
	    "{threshold: 10, score: [{name: s, weight: 4, any: a1}, {name: n, "
	    "weight: -3, any: b1}]}",
	    "a1", "1 2 3 4 5 6 b1", "mentions 9" },
	{ "require is needed",
	    "{require: b1, score: [{name: s, weight: 4, any: a1}]}", "a1", "",
	    "none 0" },
	{ "exclude forbids",
	    "{exclude: b1, score: [{name: s, weight: 4, any: a1}]}", "a1", "b1",
	    "none 0" },
	{ "an acronym in capitals has no boost",
	    "{threshold: 6, mention: 1, score: [{name: s, weight: 4, any: "
	    "=US}]}",
	    "JOIN US TODAY", "", "mentions 4" },
	{ "unless the lead has it in small",
	    "{threshold: 6, mention: 1, score: [{name: s, weight: 4, any: "
	    "=US}]}",
	    "JOIN US TODAY", "the US", "about 8" },
	{ "over the item the weakest part counts",
	    "{threshold: 6, mention: 1, score: [{name: s, weight: 4, all: "
	    "[a1, b1]}]}",
	    "a1", "b1", "about 8" },
	{ "furniture is invisible",
	    "{threshold: 1, score: [{name: s, weight: 4, any: a1}]}", "Soup",
	    "Cook the soup slowly for an hour.\nRelated\na1 in the "
	    "news\n",
	    "none 0" },
	{ "a language of its own",
	    "{langs: [ar], threshold: 1, score: [{name: s, weight: 4, any: "
	    "a1}]}",
	    "The president of the country has said that it is a1", "",
	    "none 0" },
};

static void
scores_add_up(void **state)
{
	char rules[1000], got[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scores); i++) {
		bool braces = scores[i].topic[0] == '{';

		snprintf(rules, sizeof(rules), "topics: {t: %s%s%s}\n",
		    braces ? "" : "{", scores[i].topic, braces ? "" : "}");
		decide(rules, scores[i].title, scores[i].body, got);
		if (strcmp(got, scores[i].want) != 0)
			fail_msg("%s: %s, not %s", scores[i].name, got,
			    scores[i].want);
	}
}

/* --- faults ------------------------------------------------------------- */

static const struct {
	const char *rules, *fault;
} faults[] = {
	{ "terms:\n  a: [x]\n", "" /* no topics is no fault */ },
	{ "topic: {}\n",
	    "t.yaml:1:1: unknown key \"topic\"; did you mean \"topics\"?" },
	{ "version: 2\n",
	    "t.yaml:1:10: unknown rule language version; expected 1" },
	{ "topics:\n  t: {require: $irak}\nterms:\n  iraq: [x]\n",
	    "t.yaml:2:16: no list \"$irak\"; did you mean \"$iraq\"?" },
	{ "topics:\n  t: {require: $a.fr}\nterms: {a: {en: x, ar: y}}\n",
	    "t.yaml:2:16: list \"$a\" has no language \"fr\"; it has en, "
	    "ar" },
	{ "terms: {a: [$b], b: [$a]}\ntopics: {t: {require: $a}}\n",
	    "t.yaml:1:22: list contains itself; take one of the references "
	    "out" },
	{ "topics:\n  t: {}\n",
	    "t.yaml:2:6: topic \"t\" has no condition; expected \"require\" "
	    "or \"score\"" },
	{ "topics: {t: {requires: x}}\n",
	    "t.yaml:1:14: unknown key \"requires\"; did you mean "
	    "\"require\"?" },
	{ "topics: {t: {require: {all: [a], witin: 3}}}\n",
	    "t.yaml:1:34: unknown key \"witin\"; did you mean \"within\"?" },
	{ "topics: {t: {require: {any: [a], within: 3}}}\n",
	    "t.yaml:1:34: \"within\" beside no \"all\"; expected {all: [...], "
	    "within: ...}" },
	{ "topics: {t: {require: {all: [a], within: near}}}\n",
	    "t.yaml:1:42: bad \"within\"; expected a number of words, "
	    "sentence or paragraph" },
	{ "topics: {t: {require: {all: [a], any: [b]}}}\n",
	    "t.yaml:1:34: \"any\" beside \"all\"; expected one of them, nest "
	    "the other" },
	{ "topics: {t: {require: {in: title}}}\n",
	    "t.yaml:1:23: condition without operator; expected any, all, "
	    "atleast or not" },
	{ "topics: {t: {require: {any: [a], in: titel}}}\n",
	    "t.yaml:1:38: no place \"titel\" in \"in\"; did you mean "
	    "\"title\"?" },
	{ "topics: {t: {require: {atleast: 3, of: [a, b]}}}\n",
	    "t.yaml:1:23: \"atleast: 3\" of 2 conditions can never hold; "
	    "expected at most 2" },
	{ "topics: {t: {require: []}}\n",
	    "t.yaml:1:23: empty \"list\"; expected at least one condition" },
	{ "topics: {t: {require: '&'}}\n",
	    "t.yaml:1:23: \"&\" in term \"&\" can never match; expected a "
	    "letter or a digit" },
	{ "topics: {t: {require: 'a ..'}}\n",
	    "t.yaml:1:23: gap at the end in term \"a ..\"; gaps stand between "
	    "words" },
	{ "topics: {t: {require: 'a ..x b'}}\n",
	    "t.yaml:1:23: bad gap in term \"a ..x b\"; write \"..\" or "
	    "\"..N\", N from 1 to 200" },
	{ "topics: {t: {require: 'a| b'}}\n",
	    "t.yaml:1:23: empty alternative in term \"a| b\"; write a word on "
	    "both sides of \"|\" and behind a mark" },
	{ "topics: {t: {require: '*ing'}}\n",
	    "t.yaml:1:23: leading \"*\" in term \"*ing\"; only word ends may "
	    "be open: \"prefix*\"" },
	{ "topics: {t: {require: 'a*'}}\n",
	    "t.yaml:1:23: \"a\" in term \"a*\" is too short a prefix; at least "
	    "2 letters" },
	{ "topics: {t: {require: '=US*'}}\n",
	    "t.yaml:1:23: two marks on one word in term \"=US*\"; use one of "
	    "=Exact, ~stem, prefix*" },
	{ "topics: {t: {require: 'the $iraq'}}\n",
	    "t.yaml:1:23: list inside a term in term \"the $iraq\"; a list "
	    "stands alone: $name, as an entry of its own" },
	{ "topics: {t: {require: {all: [a, {any: [b, {not: c}]}], within: "
	  "3}}}\n",
	    "t.yaml:1:43: \"not\" is too deep inside a \"within\"; it stands "
	    "directly in the \"all\"" },
	{ "topics: {t: {require: {all: [{not: c}], within: 3}}}\n",
	    "t.yaml:1:23: nothing but \"not\" in a \"within\"; expected a part "
	    "that has words" },
	{ "topics: {t: {score: [{weight: 3, any: a}]}}\n",
	    "t.yaml:1:22: signal without \"name\"; expected one, explain shows "
	    "it" },
	{ "topics: {t: {score: [{name: s, weight: 0, any: a}]}}\n",
	    "t.yaml:1:40: weight 0 does nothing; expected another" },
	{ "topics: {t: {score: [{name: s, wieght: 4, any: a}]}}\n",
	    "t.yaml:1:32: unknown key \"wieght\"; did you mean \"weight\"?" },
	{ "topics: {t: {score: [{name: s, weight: 4, bost: off, any: a}]}}\n",
	    "t.yaml:1:43: unknown key \"bost\"; did you mean \"boost\"?" },
	{ "topics: {t: {require: a, threshold: 5, mention: 6}}\n",
	    "t.yaml:1:49: \"mention\" above the threshold (5); expected at "
	    "most that" },
	{ "topics: {t: {require: a, alert: desk}}\n",
	    "t.yaml:1:33: \"alert\" in a topic is not there yet in this "
	    "version; take it out" },
	{ "topics: {t: {require: a, tests: {abuot: [x]}}}\n",
	    "t.yaml:1:34: unknown key \"abuot\"; did you mean \"about\"?" },
	{ "terms: {a: {eng1: [x]}}\n",
	    "t.yaml:1:13: bad language \"eng1\"; expected two or three small "
	    "letters (en, ar), or an operator: any, all, atleast, not" },
	{ "terms: {unused: ['*x']}\n",
	    "t.yaml:1:18: leading \"*\" in term \"*x\"; only word ends may be "
	    "open: \"prefix*\"" },
	{ "terms: {a: {zz: [~stem]}}\ntopics: {t: {require: $a}}\n",
	    "t.yaml:1:18: \"stem\" in term \"~stem\" needs a stemmer that "
	    "there is not for this list's language; write the forms out or "
	    "use prefix*" },
};

static void
faults_name_place_and_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		char fault[800];
		struct topic_set *ts = compile(faults[i].rules, fault);

		assert_string_equal(fault, faults[i].fault);
		assert_int_equal(ts != NULL, faults[i].fault[0] == '\0');
		topic_set_free(ts);
	}
}

static void
limits_are_told(void **state)
{
	static const char text[] = "topics:\n  t: {require: [a, b, c]}\n"
				   "  u: {require: d}\n";
	static const struct {
		struct topic_limits limits;
		const char *fault;
	} rows[] = {
		{ { 3, 10, 10, 10 },
		    "t.yaml:3:16: too many terms; at most 3 in all" },
		{ { 10, 1, 10, 10 },
		    "t.yaml:3:3: too many topics (2); at most 1" },
		{ { 10, 10, 2, 10 },
		    "t.yaml:2:20: too many conditions; at most 2 in all" },
		{ { 10, 10, 10, 1 },
		    "t.yaml:2:17: rule is nested too deeply, lists counted; "
		    "at most 1 levels" },
	};
	struct rules_file f = { "t.yaml", text, strlen(text) };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct diags ds;
		struct rules *r;
		char fault[800];

		diags_init(&ds, 10);
		r = rules_load(&f, 1, &ds);
		assert_non_null(r);
		assert_null(topic_compile(r, &rows[i].limits, &ds));
		assert_string_equal(
		    diag_str(&ds.v[0], fault, sizeof(fault)), rows[i].fault);
		rules_free(r);
		diags_fini(&ds);
	}
}

static void
names_twice_tell_both_places(void **state)
{
	static const char a[] = "terms:\n  x: [a]\ntopics:\n  t: {require: "
				"$x}\n";
	struct rules_file f[] = { { "a.yaml", a, strlen(a) },
		{ "b.yaml", a, strlen(a) } };
	struct diags ds;
	char s[800];

	(void)state;
	diags_init(&ds, 10);
	assert_null(rules_load(f, 2, &ds));
	assert_int_equal(ds.n, 2);
	assert_string_equal(diag_str(&ds.v[0], s, sizeof(s)),
	    "b.yaml:2:3: list \"x\" a second time; the first is at "
	    "a.yaml:2:3");
	assert_string_equal(diag_str(&ds.v[1], s, sizeof(s)),
	    "b.yaml:4:3: topic \"t\" a second time; the first is at "
	    "a.yaml:4:3");
	diags_fini(&ds);
}

/* --- evidence ----------------------------------------------------------- */

static const struct {
	const char *topic, *title, *body, *want;
} quotes[] = {
	{ "score: [{name: s, weight: 4, all: [$us, talks, end ..3 mission], "
	  "within: sentence}]",
	    "Iraq and U.S. begin talks to end the coalition's mission", "",
	    "s 4x3 title \"U.S. … talks … end the coalition's mission\"" },
	{ "score: [{name: s, weight: 4, any: [iran backed]}]", "",
	    "An Iran-backed militia", "s 4x2 lead \"Iran-backed\"" },
	{ "score: [{name: s, weight: 2, all: [a1, b1]}]", "a1", "b1",
	    "s 2x2 lead \"a1 … b1\"" },
	{ "score: [{name: s, weight: 2, any: =US}]", "BUY US OUT", "",
	    "s 2x1 title caps \"US\"" },
};

static void
evidence_quotes_the_text(void **state)
{
	static const struct token_params tp = { 0, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(quotes); i++) {
		struct item *it = make_item(quotes[i].title, quotes[i].body);
		char rules[1000], fault[800], got[300];
		const struct topic_evidence *ev;
		struct topic_results r;
		struct topic_set *ts;

		snprintf(rules, sizeof(rules), LISTS "topics: {t: {%s}}\n",
		    quotes[i].topic);
		ts = compile(rules, fault);
		assert_string_equal(fault, "");
		topic_eval(ts, tokens_make(it->arena, it, &tp), it->arena, true,
		    NULL, &r);
		assert_int_equal(r.v[0].nevidence, 1);
		ev = &r.v[0].evidence[0];
		snprintf(got, sizeof(got), "%s %dx%d %s %s\"%s\"", ev->signal,
		    ev->weight, ev->boost, topic_zone_name(ev->zone),
		    ev->caps ? "caps " : "", ev->quote);
		assert_string_equal(got, quotes[i].want);
		item_free(it);
		topic_set_free(ts);
	}
}

static const struct {
	const char *topic, *title, *body, *want;
} misses[] = {
	{ "require: {any: [zebra, {all: [gnu, yak], within: 3}, {not: x}]}",
	    "X", "", "require FAILS: none of zebra, (gnu near yak), not x" },
	{ "require: $iraq", "Nothing", "",
	    "require FAILS: $iraq has no match" },
	{ "require: {all: [a1, b1, c1]}", "a1", "",
	    "require FAILS: \"b1\" has no match; \"c1\" has no match" },
	{ "require: {all: [$us, $iraq], within: 4}", "US x x x x Iraq", "",
	    "require FAILS: $us, $iraq are not within 4 words" },
	{ "{require: a1, exclude: b1}", "a1", "b1", "excluded by \"b1\"" },
	{ "score: [{name: s, weight: 4, any: a1}]", "", "1 2 3 4 5 6 a1",
	    "needs +4 for about; s in the title would do" },
	{ "score: [{name: s, weight: 4, any: a1}]", "a1", "", NULL },
};

static void
misses_say_what_would_do(void **state)
{
	static const struct token_params tp = { 0, 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(misses); i++) {
		struct item *it = make_item(misses[i].title, misses[i].body);
		bool braces = misses[i].topic[0] == '{';
		char rules[1000], fault[800];
		struct topic_results r;
		struct topic_set *ts;

		snprintf(rules, sizeof(rules), LISTS "topics: {t: %s%s%s}\n",
		    braces ? "" : "{", misses[i].topic, braces ? "" : "}");
		ts = compile(rules, fault);
		assert_string_equal(fault, "");
		topic_eval(ts, tokens_make(it->arena, it, &tp), it->arena, true,
		    NULL, &r);
		if (misses[i].want == NULL)
			assert_null(r.v[0].lacking);
		else if (strstr(misses[i].want, "needs") != NULL)
			assert_non_null(strstr(r.v[0].lacking, "for about"));
		else
			assert_string_equal(r.v[0].lacking, misses[i].want);
		item_free(it);
		topic_set_free(ts);
	}
}

#define FILL " and then there was nothing more to be said about it all."

/* Two parts of one item are no company for each other's words. */
static void
parts_are_judged_apart(void **state)
{
	static const struct {
		const char *name, *title, *body, *want;
	} rows[] = {
		{ "over two entries of a live blog", "Border talks: live",
		    "10:45 Alpha came" FILL "\n10:20 Beta left" FILL
		    "\n9:58 Rain fell" FILL,
		    "none 0" },
		{ "in one entry", "Border talks: live",
		    "10:45 Rain fell" FILL "\n10:20 Alpha and beta left" FILL
		    "\n9:58 More rain fell" FILL,
		    "mentions 4" },
		{ "each with the title", "Alpha day: live",
		    "10:45 Rain fell" FILL "\n10:20 More rain" FILL
		    "\n9:58 Beta left" FILL,
		    "mentions 4" },
		{ "the first entry leads", "Border talks: live",
		    "10:45 Alpha and beta left" FILL "\n10:20 Rain fell" FILL
		    "\n9:58 More rain fell" FILL,
		    "about 8" },
		{ "over two paragraphs of an article", "Border talks",
		    "Alpha came" FILL "\nBeta left" FILL "\nRain fell" FILL,
		    "mentions 4" },
		{ "what is also in a newsletter, and its title", "Alpha came",
		    "Also in today's newsletter, beta left and rain fell",
		    "none 0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char got[32];

		print_message("%s\n", rows[i].name);
		decide("version: 1\ntopics:\n  t:\n    title: T\n"
		       "    threshold: 8\n    require: {all: [alpha, beta]}\n"
		       "    score:\n      - {name: both, weight: 4, "
		       "all: [alpha, beta]}\n",
		    rows[i].title, rows[i].body, got);
		assert_string_equal(got, rows[i].want);
	}
}

static void
globs_choose_topics(void **state)
{
	static const struct {
		const char *glob, *name;
		bool yes;
	} rows[] = {
		{ "*", "us-strikes", true },
		{ "*", "_test", false },
		{ "_*", "_test", true },
		{ "us-*", "us-strikes", true },
		{ "us-*", "eu-strikes", false },
		{ "*-strikes", "us-strikes", true },
		{ "u?-s*s", "us-strikes", true },
		{ "us", "us-strikes", false },
		{ "*a*b*c*", "xxaxxbxxcxx", true },
		{ "*a*b*c*", "xxaxxcxxbxx", false },
		{ "", "", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
		    topic_glob_match(rows[i].glob, rows[i].name), rows[i].yes);
}

static void
a_rule_set_is_named_by_what_decides(void **state)
{
	static const char *const same[] = {
		"topics: {t: {require: a}}\n",
		"# a comment\ntopics:\n  t:\n    require: a\n    tests: {none: "
		"[b]}\n",
	};
	char fault[800], first[65];
	struct topic_set *ts;

	(void)state;
	ts = compile(same[0], fault);
	memcpy(first, topic_set_hash(ts), 65);
	assert_int_equal(strlen(first), 64);
	topic_set_free(ts);
	ts = compile(same[1], fault);
	assert_string_equal(topic_set_hash(ts), first);
	topic_set_free(ts);
	ts = compile("topics: {t: {require: b}}\n", fault);
	assert_string_not_equal(topic_set_hash(ts), first);
	topic_set_free(ts);
}

/* Words that lead to few topics and to many, the later topics first. */
static void
all_topics_of_a_word_are_found_in_order(void **state)
{
	static const struct token_params tp = { 0, 6 };
	static const size_t counts[] = { 1, 2, 8, 9, 31, 32, 33, 200 };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(counts); k++) {
		struct item *it =
		    make_item("Alpha talks, delta roads", "Beta stays");
		struct topic_results res;
		char rules[32768] = "topics:\n", fault[800];
		struct topic_set *ts;
		size_t len = strlen(rules), want = 0;

		/* Every third topic lacks its other word. */
		for (size_t i = 0; i < counts[k]; i++)
			len +=
			    (size_t)snprintf(rules + len, sizeof(rules) - len,
				"  t%zu: {require: {all: [%s, %s]}}\n", i,
				i % 2 == 0 ? "delta roads" : "alpha talks",
				i % 3 == 2 ? "gamma" : "beta");
		ts = compile(rules, fault);
		if (ts == NULL)
			fail_msg("%s", fault);
		topic_eval(ts, tokens_make(it->arena, it, &tp), it->arena,
		    false, NULL, &res);
		for (size_t i = 0; i < counts[k]; i++) {
			if (i % 3 == 2)
				continue;
			assert_true(want < res.n);
			assert_int_equal(res.v[want++].at, i);
		}
		assert_int_equal(res.n, want);
		item_free(it);
		topic_set_free(ts);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_hold_as_written),
		cmocka_unit_test(scores_add_up),
		cmocka_unit_test(faults_name_place_and_remedy),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(names_twice_tell_both_places),
		cmocka_unit_test(evidence_quotes_the_text),
		cmocka_unit_test(misses_say_what_would_do),
		cmocka_unit_test(parts_are_judged_apart),
		cmocka_unit_test(globs_choose_topics),
		cmocka_unit_test(all_topics_of_a_word_are_found_in_order),
		cmocka_unit_test(a_rule_set_is_named_by_what_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
