/* test_yaml.c - YAML files become trees with places, hostile ones faults. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "config/yaml.h"

/* Flow form of a tree; plain scalars bare, others in quotes. */
static void
dump(struct strbuf *sb, const struct yaml_node *n)
{
	if (n->kind == YAML_SCALAR) {
		strbuf_printf(sb, n->plain ? "%s" : "'%s'", n->text);
		return;
	}
	strbuf_putc(sb, n->kind == YAML_SEQ ? '[' : '{');
	for (size_t i = 0; i < n->n; i++) {
		if (i > 0)
			strbuf_putc(sb, ' ');
		if (n->kind == YAML_MAP) {
			dump(sb, n->keys[i]);
			strbuf_putc(sb, ':');
		}
		dump(sb, n->kids[i]);
	}
	strbuf_putc(sb, n->kind == YAML_SEQ ? ']' : '}');
}

static const struct {
	const char *name, *text, *tree;
} good[] = {
	{ "an empty file is an empty map", "", "{}" },
	{ "so is a file of comments", "# nothing\n\n", "{}" },
	{ "a block map", "a: 1\nb: two words\n", "{a:1 b:two words}" },
	{ "a byte order mark is no text",
	    "\xef\xbb\xbf"
	    "a: 1\n",
	    "{a:1}" },
	{ "scalars stay text", "[NO, on, 012, 1:30, ~, 'x']",
	    "[NO on 012 1:30 ~ 'x']" },
	{ "nested", "a:\n  - b: [1, {c: d}]\n    e: \"f\"\n",
	    "{a:[{b:[1 {c:d}] e:'f'}]}" },
	{ "a term that looks like an operator", "[=US, $iraq, strike*]",
	    "[=US $iraq strike*]" },
	{ "no value is an empty one", "a:\nb:\n", "{a: b:}" },
	{ "document marks", "--- # first\na: 1\n...\n# end\n", "{a:1}" },
	{ "CR LF", "a: 1\r\nb: 2\r\n", "{a:1 b:2}" },
	{ "a hash in a word", "a: b#c # d\n", "{a:b#c}" },
};

static void
files_become_trees(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct arena *a = arena_new(0);
		struct diag d;
		struct strbuf sb;
		struct yaml_node *n;

		strbuf_init(&sb, 4096);
		n = yaml_parse(a, "f", good[i].text, strlen(good[i].text), &d);
		if (n == NULL)
			fail_msg(
			    "%s: %u:%u %s", good[i].name, d.line, d.col, d.msg);
		dump(&sb, n);
		print_message("%s\n", good[i].name);
		assert_string_equal(sb.data, good[i].tree);
		strbuf_fini(&sb);
		arena_free(a);
	}
}

static const struct {
	const char *text;
	unsigned int line, col;
	const char *says;
} bad[] = {
	{ "a: 1\na: 2\n", 2, 1, "duplicate key \"a\"" },
	{ "{a: 1, b: {c: 1, d: 2, c: 3}}", 1, 24, "duplicate key \"c\"" },
	{ "a: &x 1\n", 1, 4, "anchor" }, { "a: *x\n", 1, 4, "alias" },
	{ "topics: [*]\n", 1, 10, "alias" }, { "a: !!str 1\n", 1, 4, "tag" },
	{ "a: !x {b: c}\n", 1, 4, "tag" },
	{ "[a, b]: c\n", 1, 1, "list as a key" },
	{ "? {a: b}\n: c\n", 1, 3, "map as a key" },
	{ "a: 1\n--- \nb: 2\n", 2, 1, "second document" },
	{ "a: 1\n...\n%TAG ! x\n", 3, 1, "behind the end" },
	{ "[a] b\n", 1, 5, "behind the end" },
	{ "# x\n%YAML 1.1\n---\na: 1\n", 2, 1, "directive" },
	{ "a: [1, 2\nb: 3\n", 2, 2, "(while parsing a flow sequence at 1:4)" },
	{ "a:\n\tb: 1\n", 2, 1, "indent with blanks" },
	{ "a: @x\n", 1, 4, "put the text in quotes" },
	{ "a: b: c\n", 1, 5, "put a text that holds \": \" in quotes" },
	{ "a: b\n  c: d\n", 2, 4, "keys of one map under each other" },
	{ "a: b\nc: \xff\n", 2, 4, "not UTF-8" },
	{ "\xc3\xa4: b\nc: \xed\xa0\x80\n", 2, 4, "not UTF-8" },
	{ "a: \x01\n", 1, 4, "control characters" },
	{ "a: \"\\0\"\n", 1, 4, "NUL" },
	{ "\xd8\xa7\xd8\xa8: [*x]\n", 1, 8, "alias" }, /* columns are bytes */
};

static void
faults_have_a_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct arena *a = arena_new(0);
		struct diag d = { .msg = "" };

		print_message("%s\n", bad[i].text);
		assert_null(yaml_parse(
		    a, "f.yaml", bad[i].text, strlen(bad[i].text), &d));
		print_message("  %u:%u: %s\n", d.line, d.col, d.msg);
		assert_string_equal(d.file, "f.yaml");
		assert_int_equal(d.line, bad[i].line);
		assert_int_equal(d.col, bad[i].col);
		assert_non_null(strstr(d.msg, bad[i].says));
		arena_free(a);
	}
}

static void
nodes_know_their_place(void **state)
{
	static const char text[] = "a:\n  - \xd8\xa7: x\n    bb:  'y'\n";
	struct arena *a = arena_new(0);
	struct diag d;
	struct yaml_node *n, *m;

	(void)state;
	n = yaml_parse(a, "f", text, strlen(text), &d);
	assert_non_null(n);
	m = yaml_get(n, "a")->kids[0];
	assert_int_equal(m->line, 2);
	assert_int_equal(m->col, 5);
	assert_int_equal(m->kids[0]->col, 9); /* bytes */
	assert_int_equal(yaml_get(m, "bb")->line, 3);
	assert_int_equal(yaml_get(m, "bb")->col, 10);
	assert_null(yaml_get(m, "b"));
	arena_free(a);
}

/* `head`, then `unit` as often as fits into `len` bytes. */
static char *
repeat(const char *head, const char *unit, size_t len)
{
	char *s = malloc(len + 1);
	size_t at = strlen(head), n = strlen(unit);

	assert_non_null(s);
	memcpy(s, head, at);
	for (; at + n <= len; at += n)
		memcpy(s + at, unit, n);
	memset(s + at, ' ', len - at);
	s[len] = '\0';
	return s;
}

static const struct {
	const char *name, *head, *unit;
	size_t len;
	const char *says; /* NULL = loads */
} hostile[] = {
	{ "a million [", "", "[", 1000000, "too deep" },
	{ "a million {", "", "{", 1000000, "" },
	{ "a million [ of maps", "", "[{a: ", 1000000, "too deep" },
	{ "a million blocks", "", "- ", 1000000, "too deep" },
	{ "a million ?", "", "? ", 1000000, "" },
	{ "a million anchors", "", "- &a x\n", 1000000, "anchor" },
	{ "a million directives", "", "%TAG !a! x\n", 1000000, "directive" },
	{ "directives behind the end", "a: b\n...\n", "%TAG !a! x\n", 1000000,
	    "behind the end" },
	{ "too many bytes", "", "# x\n", YAML_MAX_BYTES + 1, "at most 1 MiB" },
	{ "one line of small scalars", "[", "a,", 1000000,
	    "did not find expected" },
	{ "a long list", "", "- a\n", 1000000, NULL },
	{ "a long quote", "\"", "x", 1000000, "unexpected end" },
};

static void
hostile_files_cost_no_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		struct arena *a = arena_new(0);
		struct diag d = { .msg = "" };
		char *text;
		struct yaml_node *n;
		int64_t start, took;

		text = repeat(hostile[i].head, hostile[i].unit, hostile[i].len);
		start = clock_mono_ms();
		n = yaml_parse(a, "f", text, hostile[i].len, &d);
		took = clock_mono_ms() - start;
		print_message("%s: %lld ms: %s\n", hostile[i].name,
		    (long long)took, d.msg);
		assert_true((n != NULL) == (hostile[i].says == NULL));
		if (n == NULL)
			assert_non_null(strstr(d.msg, hostile[i].says));
		assert_true(took < 5000);
		free(text);
		arena_free(a);
	}
}

static void
many_keys_are_compared_in_linear_time(void **state)
{
	struct arena *a = arena_new(0);
	struct strbuf sb;
	struct diag d;
	struct yaml_node *n;
	int64_t start;

	(void)state;
	strbuf_init(&sb, YAML_MAX_BYTES);
	for (int i = 0; i < 80000; i++)
		assert_int_equal(strbuf_printf(&sb, "k%d: v\n", i), 0);
	start = clock_mono_ms();
	n = yaml_parse(a, "f", sb.data, sb.len, &d);
	assert_non_null(n);
	assert_int_equal(n->n, 80000);
	strbuf_puts(&sb, "k79999: v\n");
	assert_null(yaml_parse(a, "f", sb.data, sb.len, &d));
	assert_int_equal(d.line, 80001);
	print_message("%lld ms\n", (long long)(clock_mono_ms() - start));
	assert_true(clock_mono_ms() - start < 10000);
	strbuf_fini(&sb);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_become_trees),
		cmocka_unit_test(faults_have_a_place),
		cmocka_unit_test(nodes_know_their_place),
		cmocka_unit_test(hostile_files_cost_no_time),
		cmocka_unit_test(many_keys_are_compared_in_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
