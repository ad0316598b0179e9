/* lint.c - warn about rules that look like mistakes. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "topic/lint.h"
#include "topic/rules.h"
#include "topic/term.h"
#include "text/token.h"

/* Folded, these acronyms are words that stand in every text. */
static const char *const common_words[] = { "aid", "all", "and", "are", "as",
	"at", "be", "do", "go", "he", "ice", "in", "is", "it", "may", "me",
	"no", "on", "or", "so", "to", "up", "us", "we", "who" };

struct lint {
	const struct rules *rules;
	struct diags *ds;
	struct arena *a;
	struct hmap *used; /* names of lists */
};

static void
lint_warn(const struct lint *l, const struct rules_mark *m, const char *msg,
    const char *a, const char *b)
{
	/* msg is one of the literals below, with two %s. */
	char *text = arena_printf(l->a, "\"%.80s\" %s \"%.80s\"", a, msg, b);

	diags_add(l->ds, DIAG_WARNING, m->file, m->line, m->col, "%s", text);
}

/* --- terms of one group ------------------------------------------------- */

/*
 * What one word says, as a key: its mark, and the word as it is compared.
 * NULL for a word of several tokens.
 */
static const char *
word_key(const struct lint *l, const struct term_word *w)
{
	static const char marks[] = { [ATOM_FOLD] = ' ',
		[ATOM_EXACT] = '=',
		[ATOM_STEM] = '~',
		[ATOM_PREFIX] = '*' };
	const struct tokens *tk;

	tk = tokens_of_text(l->a, FIELD_BODY, w->text, strlen(w->text));
	if (tk->n != 1)
		return NULL;
	return arena_printf(l->a, "%c%s", marks[w->kind],
	    w->kind == ATOM_EXACT ? w->text : tk->words + tk->v[0].word);
}

struct group {
	struct hmap *singles; /* key of a one-word term -> its node */
	struct hmap *whole;   /* text of a term -> its node */
	const struct rules_node **prefixes;
	const char **prefix_words;
	size_t nprefixes;
};

/* The one-word term of the group that every match of `w` is a match of. */
static const struct rules_node *
covering(const struct lint *l, const struct group *g, const struct term_word *w,
    const struct rules_node *self)
{
	const char *key = word_key(l, w);
	const struct rules_node *n;

	if (key == NULL)
		return NULL;
	n = hmap_get(g->singles, key);
	if (n != NULL && n != self)
		return n;
	if (w->kind != ATOM_FOLD && w->kind != ATOM_PREFIX)
		return NULL;
	for (size_t i = 0; i < g->nprefixes; i++) {
		if (g->prefixes[i] != self &&
		    strncmp(key + 1, g->prefix_words[i],
			strlen(g->prefix_words[i])) == 0)
			return g->prefixes[i];
	}
	return NULL;
}

/* A slot is covered when each of its alternatives is. */
static const struct rules_node *
slot_covering(const struct lint *l, const struct group *g,
    const struct term_slot *s, const struct rules_node *self)
{
	const struct rules_node *n = NULL;

	for (size_t i = 0; i < s->nwords; i++) {
		n = covering(l, g, &s->words[i], self);
		if (n == NULL)
			return NULL;
	}
	return n;
}

static void
lint_term(const struct lint *l, const struct group *g,
    const struct rules_node *n, const struct term *t)
{
	const struct rules_node *other = hmap_get(g->whole, n->text);

	if (other != NULL && other != n) {
		lint_warn(l, &n->mark, "stands here a second time, beside",
		    n->text, other->text);
		return;
	}
	for (size_t i = 0; i < t->nslots; i++) {
		other = slot_covering(l, g, &t->slots[i], n);
		if (other != NULL) {
			lint_warn(l, &n->mark,
			    "adds nothing: all it finds is found by", n->text,
			    other->text);
			return;
		}
	}
}

static void
lint_acronym(
    const struct lint *l, const struct rules_node *n, const struct term_word *w)
{
	size_t len = strlen(w->text);

	if (w->kind != ATOM_FOLD || len < 2 ||
	    strspn(w->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.") != len)
		return;
	for (size_t i = 0; i < ARRAY_LEN(common_words); i++) {
		if (strcmp(token_fold(l->a, w->text, len), common_words[i]) ==
		    0)
			lint_warn(l, &n->mark,
			    "without \"=\" is also the common word", w->text,
			    common_words[i]);
	}
}

static bool
parse(const struct lint *l, const struct rules_node *n, struct term *t)
{
	struct diags none;
	bool ok;

	diags_init(&none, 1);
	ok = n->op == RULES_TERM &&
	     term_parse(l->a, n->text, &n->mark, t, &none) == 0;
	diags_fini(&none);
	return ok;
}

/* First what the group has, then what of it is too much. */
static void
lint_group(const struct lint *l, const struct rules_node *any)
{
	struct group g = { hmap_new(), hmap_new(), NULL, NULL, 0 };
	struct term *terms = arena_calloc(l->a, any->nkids, sizeof(*terms));

	g.prefixes =
	    arena_calloc(l->a, any->nkids, sizeof(struct rules_node *));
	g.prefix_words = arena_calloc(l->a, any->nkids, sizeof(char *));
	for (size_t i = 0; i < any->nkids; i++) {
		const struct rules_node *n = any->kids[i];
		const struct term_word *w;
		const char *key;

		if (!parse(l, n, &terms[i]))
			continue;
		/* The maps only look at nodes; the cast drops const. */
		if (hmap_get(g.whole, n->text) == NULL)
			hmap_put(g.whole, n->text, any->kids[i]);
		w = &terms[i].slots[0].words[0];
		if (terms[i].nslots != 1 || terms[i].slots[0].nwords != 1 ||
		    (key = word_key(l, w)) == NULL)
			continue;
		if (hmap_get(g.singles, key) == NULL)
			hmap_put(g.singles, key, any->kids[i]);
		if (w->kind == ATOM_PREFIX) {
			g.prefixes[g.nprefixes] = n;
			g.prefix_words[g.nprefixes++] = key + 1;
		}
	}
	for (size_t i = 0; i < any->nkids; i++) {
		if (terms[i].nslots > 0)
			lint_term(l, &g, any->kids[i], &terms[i]);
	}
	hmap_free(g.singles, NULL);
	hmap_free(g.whole, NULL);
}

/* Depth is that of the YAML file. */
static void
lint_node(const struct lint *l, const struct rules_node *n)
{
	struct term t;

	if (n == NULL)
		return;
	if (n->op == RULES_LIST)
		hmap_put(l->used, n->text, l->a);
	if (n->op == RULES_TERM && parse(l, n, &t)) {
		for (size_t i = 0; i < t.nslots; i++) {
			for (size_t j = 0; j < t.slots[i].nwords; j++)
				lint_acronym(l, n, &t.slots[i].words[j]);
		}
	}
	if (n->op == RULES_ANY)
		lint_group(l, n);
	for (size_t i = 0; i < n->nkids; i++)
		lint_node(l, n->kids[i]);
}

/* --- topics ------------------------------------------------------------- */

static int32_t
add(int32_t sum, int64_t points)
{
	return (int32_t)MIN(INT32_MAX, sum + points);
}

struct topic_ceiling
topic_ceiling(const struct rules_topic *t)
{
	struct topic_ceiling c = { 0, 0, 0 };

	for (size_t i = 0; i < t->nsignals; i++) {
		const struct rules_signal *sg = &t->signals[i];
		uint32_t in = sg->node != NULL ? sg->node->in : 0;
		int64_t w = sg->weight;

		if (w <= 0)
			continue;
		if (in == 0 || (in & RULES_IN_TITLE))
			c.title = add(c.title, sg->boost ? w * 3 : w);
		if (in == 0 || (in & RULES_IN_LEAD))
			c.lead = add(c.lead, sg->boost ? w * 2 : w);
		if (in == 0 ||
		    (in & ~(uint32_t)(RULES_IN_TITLE | RULES_IN_LEAD)))
			c.body = add(c.body, w);
	}
	return c;
}

static void
lint_topic(const struct lint *l, const struct rules_topic *t)
{
	int32_t best = 0;

	lint_node(l, t->require);
	lint_node(l, t->exclude);
	for (size_t i = 0; i < t->nsignals; i++) {
		const struct rules_signal *sg = &t->signals[i];

		lint_node(l, sg->node);
		if (sg->weight > 0)
			best = add(best,
			    sg->boost ? (int64_t)sg->weight * 3 : sg->weight);
	}
	if (t->nsignals > 0 && best < t->threshold)
		diags_add(l->ds, DIAG_WARNING, t->mark.file, t->mark.line,
		    t->mark.col,
		    "topic \"%s\" can never be about: its signals give at most "
		    "%d of %d points; lower the threshold or add signals",
		    t->name, best, t->threshold);
}

void
topic_lint(const struct rules *r, struct diags *ds)
{
	struct lint l = { r, ds, arena_new(0), hmap_new() };

	for (size_t i = 0; i < r->ntopics; i++)
		lint_topic(&l, &r->topics[i]);
	for (size_t i = 0; i < r->nlists; i++) {
		for (size_t j = 0; j < r->lists[i].nby_lang; j++)
			lint_node(&l, r->lists[i].by_lang[j].node);
	}
	for (size_t i = 0; i < r->nlists; i++) {
		const struct rules_mark *m = &r->lists[i].mark;

		if (hmap_get(l.used, r->lists[i].name) == NULL)
			diags_add(ds, DIAG_WARNING, m->file, m->line, m->col,
			    "nothing uses list \"$%s\"; use it or take it out",
			    r->lists[i].name);
	}
	hmap_free(l.used, NULL);
	arena_free(l.a);
}
