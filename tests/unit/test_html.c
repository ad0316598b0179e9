/* test_html.c - HTML becomes plain text, furniture is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "item/item.h"
#include "text/html.h"
#include "text/tail.h"
#include "text/token.h"

static const struct {
	const char *name, *html, *text;
} rows[] = {
	{ "paragraphs are lines", "<p>One</p><p>Two</p>", "One\nTwo" },
	{ "br is a line", "One<br/>Two<BR>Three", "One\nTwo\nThree" },
	{ "white space folds", "  One \n\t two&nbsp;&nbsp;three ",
	    "One two three" },
	{ "inline tags part no words", "un<b>believ</b>able", "unbelievable" },
	{ "cells part words", "<tr><td>1</td><td>2</td></tr>", "1 2" },
	{ "scripts, styles, comments vanish",
	    "a<script>if (a<b) x='</p>'</script>"
	    "b<style>p{}</style>c<!-- - > -->d",
	    "abcd" },
	{ "an open script takes the rest", "a<script>b", "a" },
	{ "an open comment takes the rest", "a<!-- b", "a" },
	{ "attributes may hold >", "<a title=\"a > b\" href='x'>link</a>",
	    "link" },
	{ "an open quote does not eat the text", "<a title=\"x>link</a> on",
	    "link on" },
	{ "a tag cut short vanishes", "text <a hre", "text" },
	{ "< before no name is itself", "1 < 2 <3 a<", "1 < 2 <3 a<" },
	{ "unknown tags vanish", "a<g:plus size=1>b</g:plus>", "ab" },
	{ "declarations vanish", "<!DOCTYPE html><?xml x?>a", "a" },
	{ "entities",
	    "&lt;b&gt; AT&amp;T &eacute;&#233;&#xE9; &copy 2024 &hearts;",
	    "<b> AT&T \xc3\xa9\xc3\xa9\xc3\xa9 \xc2\xa9 2024 \xe2\x99\xa5" },
	{ "entities of windows-1252", "&#146;&#x93;",
	    "\xe2\x80\x99\xe2\x80\x9c" },
	{ "entities escaped twice", "Iraq&amp;#8217;s R&amp;amp;D &amp;eacute;",
	    "Iraq\xe2\x80\x99s R&D \xc3\xa9" },
	{ "no entity at all", "a & b &; &nosuch; &#; &#xg;",
	    "a & b &; &nosuch; &#; &#xg;" },
	{ "impossible numbers", "&#0;&#x110000;&#xD800;",
	    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "soft hyphen, zero width, BOM, bidi go",
	    "co\xc2\xad"
	    "op\xe2\x80\x8b"
	    "er\xef\xbb\xbf"
	    "ate\xe2\x80\x8f&shy;",
	    "cooperate" },
	{ "control characters go",
	    "a\x01"
	    "b\x7f"
	    "c",
	    "abc" },
	{ "bad UTF-8 is marked",
	    "a\xff"
	    "b",
	    "a\xef\xbf\xbd"
	    "b" },
	{ "pre keeps its lines", "<pre>a\n b</pre>c\nd", "a\nb\nc d" },
	{ "nothing", "<p> </p>", "" },
};

static void
html_becomes_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf sb;

		strbuf_init(&sb, 1000);
		html_to_text(&sb, rows[i].html, strlen(rows[i].html));
		if (strcmp(sb.data, rows[i].text) != 0)
			print_message("%s\n", rows[i].name);
		assert_string_equal(sb.data, rows[i].text);
		strbuf_fini(&sb);
	}
}

static void
titles_stay_on_one_line(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 100);
	html_to_line(&sb, "<p>One</p><p>two</p>", 20);
	assert_string_equal(sb.data, "One two");
	strbuf_fini(&sb);
}

static void
text_stops_at_the_limit_on_a_code_point(void **state)
{
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 4);
	html_to_text(&sb, "\xc3\xa9\xc3\xa9\xc3\xa9", 6);
	assert_string_equal(sb.data, "\xc3\xa9\xc3\xa9");
	assert_true(strbuf_over(&sb));
	strbuf_fini(&sb);
}

static void
hostile_markup_takes_linear_time(void **state)
{
	static char s[400000];
	struct strbuf sb;

	(void)state;
	for (size_t i = 0; i + 4 < sizeof(s); i += 4)
		memcpy(s + i, "<a \"", 4);
	strbuf_init(&sb, sizeof(s));
	html_to_text(&sb, s, sizeof(s));
	strbuf_reset(&sb);
	memset(s, '<', sizeof(s));
	html_to_text(&sb, s, sizeof(s));
	strbuf_fini(&sb);
}

static const struct item_limits limits = { 4096, 65536, 65536 };

static void
items_get_their_text(void **state)
{
	static const struct {
		const char *title, *content, *type, *summary;
		const char *title_text, *text;
	} cases[] = {
		{ "A &amp; B", "<p>x</p>", "text/html", NULL, "A & B", "x" },
		{ "A <i>b</i>\nc", NULL, NULL, "sum &amp; y", "A b c",
		    "sum & y" },
		{ NULL, "a < b\nc", "text/plain", NULL, "", "a < b\nc" },
		{ "x", "&lt;p&gt;a&lt;/p&gt;&lt;p&gt;b&lt;/p&gt;", "text/html",
		    NULL, "x", "a\nb" },
		{ "x", "iVBORw0", "image/png", "s", "x", "s" },
		{ "Iraq\xc3\xa2\xe2\x82\xac\xe2\x84\xa2s caf\xc3\x83\xc2\xa9",
		    NULL, NULL, NULL, "Iraq\xe2\x80\x99s caf\xc3\xa9", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct item *it = item_new();
		struct item_content c = { .value = cases[i].content,
			.type = cases[i].type };

		it->title = cases[i].title;
		it->summary = cases[i].summary;
		it->contents = &c;
		it->ncontents = cases[i].content != NULL;
		item_make_text(it, &limits);
		assert_string_equal(it->title_text, cases[i].title_text);
		assert_string_equal(it->text, cases[i].text);
		item_make_text(it, &limits);
		assert_string_equal(it->text, cases[i].text);
		item_free(it);
	}
}

#define PROSE                                                                  \
	"Officials from both countries met in the capital on Saturday for a "  \
	"first round of talks about the future of the mission there."

/* Each row: a body, and what is left of it without furniture. */
static const struct {
	const char *name, *title, *text, *left;
} tails[] = {
	{ "a heading begins the tail", "T", "Soup.\nRelated\nIraq talks",
	    "soup" },
	{ "an Arabic heading too", "T",
	    "Soup.\n"
	    "\xd8\xa7\xd9\x82\xd8\xb1\xd8\xa3 "
	    "\xd8\xa3\xd9\x8a\xd8\xb6\xd8\xa7\nIraq",
	    "soup" },
	{ "the article may go on", "T",
	    "Soup.\nRelated\n- Iraq talks\n" PROSE "\n" PROSE, NULL },
	{ "a line that advertises is alone", "T",
	    "Soup.\nRead more: Iraq talks begin\nSalt.", "soup salt" },
	{ "related with a colon", "T", "Soup.\nRelated: Iraq talks\nSalt.",
	    "soup salt" },
	{ "related as a word stays", "T", "Related firms said so.",
	    "related firms said so" },
	{ "The post", "T", "Soup. The post Iraq appeared first on The Site.",
	    "soup" },
	{ "Continue reading", "T", "Soup. Continue reading...", "soup" },
	{ "Read Full Article", "T", "Soup. Read Full Article at RT.com",
	    "soup" },
	{ "wire credits", "T",
	    "Soup. (Reporting by A B in Baghdad; Editing by C)", "soup" },
	{ "they may not stop reading", "T", "They continue reading the text.",
	    "they continue reading the text" },
	{ "nothing but a heading", "T", "Related\nIraq", "" },
};

static void
furniture_is_tail(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		struct arena *a = arena_new(0);
		struct item it = { .title_text = tails[i].title,
			.text = tails[i].text };
		struct tokens *tk = tokens_make(a, &it, NULL);
		char left[512] = "";
		size_t n = 0, tail = 0;

		for (size_t t = tk->first[FIELD_BODY]; t < tk->first[FIELD_URL];
		     t++) {
			if (tk->v[t].zone == ZONE_TAIL) {
				tail++;
				continue;
			}
			if (n > 0)
				left[n++] = ' ';
			memcpy(left + n, tk->words + tk->v[t].word,
			    tk->v[t].word_len + 1U);
			n += tk->v[t].word_len;
		}
		print_message("%s\n", tails[i].name);
		if (tails[i].left != NULL) {
			assert_string_equal(left, tails[i].left);
		} else {
			assert_int_equal(tail, 3);
		}
		arena_free(a);
	}
}

static void
leading_furniture_is_tail(void **state)
{
	struct arena *a = arena_new(0);
	struct item it = { .title_text = "Talks begin",
		.text = "Home > World > Talks begin - Site\nTalks begin\nView\n"
			"Date:2024-01-27 10:00\n" PROSE };
	struct tokens *tk = tokens_make(a, &it, NULL);

	(void)state;
	assert_int_equal(tk->tail_lines, 4);
	for (size_t i = tk->first[FIELD_BODY]; i < tk->n; i++) {
		if (tk->v[i].zone != ZONE_TAIL) {
			assert_string_equal(
			    tk->words + tk->v[i].word, "officials");
			break;
		}
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(html_becomes_text),
		cmocka_unit_test(titles_stay_on_one_line),
		cmocka_unit_test(text_stops_at_the_limit_on_a_code_point),
		cmocka_unit_test(hostile_markup_takes_linear_time),
		cmocka_unit_test(items_get_their_text),
		cmocka_unit_test(furniture_is_tail),
		cmocka_unit_test(leading_furniture_is_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
