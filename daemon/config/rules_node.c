/* rules_node.c - read one condition: terms, lists, any, all, not, atleast. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "config/rules_node.h"
#include "config/yaml.h"
#include "topic/rules.h"

#define MAX_WITHIN 1000

static const char *const no_keys[] = { NULL };

static const struct {
	const char *key;
	enum rules_op op;
} ops[] = {
	{ "any", RULES_ANY },
	{ "all", RULES_ALL },
	{ "atleast", RULES_ATLEAST },
	{ "not", RULES_NOT },
};

#define ALSO_MAX 8 /* keys beside a condition's own */

static const char *const node_keys[] = { "any", "all", "atleast", "of", "not",
	"within", "ordered", "in", NULL };

static const struct {
	const char *name;
	uint32_t bit;
} places[] = {
	{ "title", RULES_IN_TITLE },
	{ "lead", RULES_IN_LEAD },
	{ "body", RULES_IN_BODY },
	{ "url", RULES_IN_URL },
	{ "feed", RULES_IN_FEED },
	{ "author", RULES_IN_AUTHOR },
	{ "tag", RULES_IN_TAG },
};

struct rules_mark
rules_mark_of(const struct rules_reader *rr, const struct yaml_node *y)
{
	return (struct rules_mark){ rr->file, y->line, y->col };
}

void
rules_fault(const struct rules_reader *rr, const struct yaml_node *y,
    const char *fmt, ...)
{
	char msg[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	diags_add(rr->ds, DIAG_ERROR, rr->file, y->line, y->col, "%s", msg);
}

void
rules_unknown_key(const struct rules_reader *rr, const struct yaml_node *key,
    const char *const known[])
{
	const char *near = diag_suggest(key->text, known);
	char list[200] = "";

	if (near != NULL) {
		rules_fault(rr, key,
		    "unknown key \"%.60s\"; did you mean "
		    "\"%s\"?",
		    key->text, near);
		return;
	}
	for (size_t i = 0; known[i] != NULL; i++) {
		size_t len = strlen(list);

		snprintf(list + len, sizeof(list) - len, "%s%s",
		    i > 0 ? ", " : "", known[i]);
	}
	rules_fault(rr, key, "unknown key \"%.60s\"; expected one of %s",
	    key->text, list);
}

bool
rules_is_op(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		if (strcmp(ops[i].key, key) == 0)
			return true;
	}
	return false;
}

static bool
in_words(const char *const words[], const char *w)
{
	for (; *words != NULL; words++) {
		if (strcmp(*words, w) == 0)
			return true;
	}
	return false;
}

/* --- scalars ------------------------------------------------------------ */

const char *
rules_read_text(
    const struct rules_reader *rr, const struct yaml_node *y, const char *key)
{
	if (y->kind != YAML_SCALAR) {
		rules_fault(rr, y, "\"%s\" is no text; expected one", key);
		return NULL;
	}
	return arena_strdup(rr->a, y->text);
}

bool
rules_read_int(const struct rules_reader *rr, const struct yaml_node *y,
    const char *key, int32_t min, int32_t max, int32_t *out)
{
	char *end;
	long v;

	if (y->kind == YAML_SCALAR && y->text[0] != '\0' &&
	    !isspace((unsigned char)y->text[0])) {
		v = strtol(y->text, &end, 10);
		if (*end == '\0' && v >= min && v <= max) {
			*out = (int32_t)v;
			return true;
		}
	}
	rules_fault(rr, y, "bad \"%s\"; expected a whole number from %d to %d",
	    key, min, max);
	return false;
}

bool
rules_read_bool(const struct rules_reader *rr, const struct yaml_node *y,
    const char *key, bool *out)
{
	static const char *const yes[] = { "on", "true", "yes", NULL };
	static const char *const no[] = { "off", "false", "no", NULL };

	if (y->kind == YAML_SCALAR && in_words(yes, y->text)) {
		*out = true;
		return true;
	}
	if (y->kind == YAML_SCALAR && in_words(no, y->text)) {
		*out = false;
		return true;
	}
	rules_fault(rr, y, "bad \"%s\"; expected on or off", key);
	return false;
}

/* --- scalars that are conditions ---------------------------------------- */

static bool
valid_lang(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return (n == 2 || n == 3) && s[n] == '\0';
}

/* "$iraq", "$iraq.ar" */
static struct rules_node *
read_list_ref(const struct rules_reader *rr, const struct yaml_node *y,
    struct rules_node *n)
{
	char *name = arena_strdup(rr->a, y->text + 1), *dot;

	if (strpbrk(name, " \t|*") != NULL) {
		rules_fault(rr, y,
		    "list \"%.60s\" with more behind it; a list stands "
		    "alone: $name or $name.lang",
		    y->text);
		return NULL;
	}
	if ((dot = strchr(name, '.')) != NULL) {
		*dot = '\0';
		n->lang = dot + 1;
		if (!valid_lang(n->lang)) {
			rules_fault(rr, y,
			    "bad language in \"%.60s\"; expected two or "
			    "three small letters, as in $name.ar",
			    y->text);
			return NULL;
		}
	}
	if (name[0] == '\0') {
		rules_fault(rr, y, "\"$\" without a name; expected $name");
		return NULL;
	}
	n->op = RULES_LIST;
	n->text = name;
	return n;
}

static struct rules_node *
read_scalar(const struct rules_reader *rr, const struct yaml_node *y,
    struct rules_node *n)
{
	if (strcmp(y->text, "*") == 0) {
		n->op = RULES_EVERY;
		return n;
	}
	if (y->text[0] == '$')
		return read_list_ref(rr, y, n);
	n->op = RULES_TERM;
	n->text = arena_strdup(rr->a, y->text);
	return n;
}

/* --- groups ------------------------------------------------------------- */

static bool
read_kids(const struct rules_reader *rr, const struct yaml_node *y,
    const char *key, struct rules_node *n)
{
	bool ok = true;

	if (y->kind == YAML_SEQ && y->n == 0) {
		rules_fault(rr, y,
		    "empty \"%s\"; expected at least one condition", key);
		return false;
	}
	n->nkids = y->kind == YAML_SEQ ? y->n : 1;
	n->kids = arena_calloc(rr->a, n->nkids, sizeof(struct rules_node *));
	for (size_t i = 0; i < n->nkids; i++) {
		n->kids[i] =
		    rules_node_read(rr, y->kind == YAML_SEQ ? y->kids[i] : y);
		ok = ok && n->kids[i] != NULL;
	}
	return ok;
}

static bool
read_within(const struct rules_reader *rr, const struct yaml_node *y,
    struct rules_node *n)
{
	if (y->kind == YAML_SCALAR && strcmp(y->text, "sentence") == 0) {
		n->within = RULES_WITHIN_SENTENCE;
		return true;
	}
	if (y->kind == YAML_SCALAR && strcmp(y->text, "paragraph") == 0) {
		n->within = RULES_WITHIN_PARAGRAPH;
		return true;
	}
	if (y->kind == YAML_SCALAR && y->text[0] >= '0' && y->text[0] <= '9')
		return rules_read_int(
		    rr, y, "within", 1, MAX_WITHIN, &n->within);
	rules_fault(rr, y,
	    "bad \"within\"; expected a number of words, sentence or "
	    "paragraph");
	return false;
}

static bool
read_place(const struct rules_reader *rr, const struct yaml_node *y,
    struct rules_node *n)
{
	const char *names[ARRAY_LEN(places) + 1] = { NULL };
	const char *near;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		names[i] = places[i].name;
		if (y->kind == YAML_SCALAR &&
		    strcmp(places[i].name, y->text) == 0) {
			n->in |= places[i].bit;
			return true;
		}
	}
	near = y->kind == YAML_SCALAR ? diag_suggest(y->text, names) : NULL;
	if (near != NULL)
		rules_fault(rr, y,
		    "no place \"%.60s\" in \"in\"; did you "
		    "mean \"%s\"?",
		    y->text, near);
	else
		rules_fault(rr, y,
		    "bad place in \"in\"; expected title, lead, body, url, "
		    "feed, author or tag");
	return false;
}

static bool
read_in(const struct rules_reader *rr, const struct yaml_node *y,
    struct rules_node *n)
{
	if (y->kind == YAML_SEQ && y->n > 0) {
		for (size_t i = 0; i < y->n; i++) {
			if (!read_place(rr, y->kids[i], n))
				return false;
		}
		return true;
	}
	return read_place(rr, y, n);
}

/* within, ordered, of stand only beside their operator. */
static bool
read_modifier(const struct rules_reader *rr, const struct yaml_node *key,
    const struct yaml_node *val, struct rules_node *n)
{
	bool all = n->op == RULES_ALL;

	if (strcmp(key->text, "in") == 0)
		return read_in(rr, val, n);
	if (strcmp(key->text, "of") == 0) {
		if (n->op == RULES_ATLEAST)
			return read_kids(rr, val, "of", n);
		rules_fault(rr, key,
		    "\"of\" without \"atleast\"; expected "
		    "{atleast: 2, of: [...]}");
		return false;
	}
	if (!all) {
		rules_fault(rr, key,
		    "\"%s\" beside no \"all\"; expected {all: [...], %s: "
		    "...}",
		    key->text, key->text);
		return false;
	}
	if (strcmp(key->text, "within") == 0)
		return read_within(rr, val, n);
	return rules_read_bool(rr, val, "ordered", &n->ordered);
}

static bool
check_atleast(const struct rules_reader *rr, const struct yaml_node *y,
    const struct rules_node *n)
{
	if (n->op != RULES_ATLEAST)
		return true;
	if (n->nkids == 0) {
		rules_fault(rr, y,
		    "\"atleast\" without \"of\"; expected "
		    "{atleast: 2, of: [...]}");
		return false;
	}
	if (n->atleast <= n->nkids)
		return true;
	rules_fault(rr, y,
	    "\"atleast: %u\" of %zu conditions can never hold; expected at "
	    "most %zu",
	    n->atleast, n->nkids, n->nkids);
	return false;
}

static bool
read_op(const struct rules_reader *rr, const struct yaml_node *key,
    const struct yaml_node *val, struct rules_node *n)
{
	int32_t least;

	for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
		if (strcmp(ops[i].key, key->text) == 0)
			n->op = ops[i].op;
	}
	if (n->op == RULES_ATLEAST) {
		if (!rules_read_int(rr, val, "atleast", 1, 10000, &least))
			return false;
		n->atleast = (uint32_t)least;
		return true;
	}
	if (n->op == RULES_NOT) {
		n->nkids = 1;
		n->kids = arena_calloc(rr->a, 1, sizeof(struct rules_node *));
		n->kids[0] = rules_node_read(rr, val);
		return n->kids[0] != NULL;
	}
	return read_kids(rr, val, key->text, n);
}

/* The keys of what the condition stands in are not far from its own. */
static void
unknown_key_with(const struct rules_reader *rr, const struct yaml_node *key,
    const char *const also[])
{
	const char *known[ARRAY_LEN(node_keys) + ALSO_MAX];
	size_t n = 0;

	for (size_t i = 0; also != NULL && also[i] != NULL && n < ALSO_MAX; i++)
		known[n++] = also[i];
	for (size_t i = 0; node_keys[i] != NULL; i++)
		known[n++] = node_keys[i];
	known[n] = NULL;
	rules_unknown_key(rr, key, known);
}

static struct rules_node *
read_map(const struct rules_reader *rr, const struct yaml_node *y,
    struct rules_node *n, const char *const also[])
{
	const struct yaml_node *op = NULL;
	bool ok = true;

	for (size_t i = 0; i < y->n; i++) {
		const struct yaml_node *key = y->keys[i];

		if (rules_is_op(key->text)) {
			if (op != NULL) {
				rules_fault(rr, key,
				    "\"%s\" beside \"%s\"; expected one of "
				    "them, nest the other",
				    key->text, op->text);
				return NULL;
			}
			op = key;
			ok = read_op(rr, key, y->kids[i], n);
		} else if (!in_words(node_keys, key->text) &&
			   !in_words(also, key->text)) {
			unknown_key_with(rr, key, also);
			return NULL;
		}
	}
	if (op == NULL) {
		rules_fault(rr, y,
		    "condition without operator; expected any, all, atleast "
		    "or not");
		return NULL;
	}
	for (size_t i = 0; i < y->n; i++) {
		const struct yaml_node *key = y->keys[i];

		if (!rules_is_op(key->text) && !in_words(also, key->text))
			ok = read_modifier(rr, key, y->kids[i], n) && ok;
	}
	return ok && check_atleast(rr, y, n) ? n : NULL;
}

struct rules_node *
rules_node_read_with(const struct rules_reader *rr, const struct yaml_node *y,
    const char *const also[])
{
	struct rules_node *n = arena_calloc(rr->a, 1, sizeof(*n));

	n->mark = rules_mark_of(rr, y);
	switch (y->kind) {
	case YAML_SCALAR:
		return read_scalar(rr, y, n);
	case YAML_SEQ:
		n->op = RULES_ANY;
		return read_kids(rr, y, "list", n) ? n : NULL;
	case YAML_MAP:
		break;
	}
	return read_map(rr, y, n, also);
}

struct rules_node *
rules_node_read(const struct rules_reader *rr, const struct yaml_node *y)
{
	return rules_node_read_with(rr, y, no_keys);
}
