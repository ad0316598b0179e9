/* test_topic_reference.c - the engine agrees with a slow, obvious matcher. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <cmocka.h>
#include <libstemmer.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "config/rules_load.h"
#include "item/item.h"
#include "text/token.h"
#include "topic/rules.h"
#include "topic/topic.h"

#define MAX_TOKENS 64
#define WITHIN_FIELD (-3)
#define DEFAULT_IN (RULES_IN_TITLE | RULES_IN_LEAD | RULES_IN_BODY)

/*
 * The reference keeps a match as "tokens s to e" in a square of yes and no,
 * and follows the words of wiresift-topics.5: all stretches that fit, of
 * these the ones that hold no other, of these the ones that have nothing
 * unwanted near.
 */
struct square {
	bool at[MAX_TOKENS][MAX_TOKENS];
};

struct ref {
	const struct rules *rules;
	const struct tokens *tk;
	struct sb_stemmer *stemmer;
};

/* --- words and terms ---------------------------------------------------- */

static bool
word_matches(const struct ref *rf, const char *w, size_t len, uint32_t i)
{
	const struct token *t = &rf->tk->v[i];
	const char *have = rf->tk->words + t->word;
	char word[64], stem[64];

	if (w[0] == '=')
		return len - 1 == t->len &&
		       memcmp(w + 1, rf->tk->text[t->field] + t->off,
			   len - 1) == 0;
	if (w[len - 1] == '*')
		return strncasecmp(have, w, len - 1) == 0;
	if (w[0] == '~') {
		memcpy(word, w + 1, len - 1);
		word[len - 1] = '\0';
		snprintf(stem, sizeof(stem), "%s",
		    (const char *)sb_stemmer_stem(
			rf->stemmer, (const sb_symbol *)word, (int)len - 1));
		return strcmp(stem,
			   (const char *)sb_stemmer_stem(rf->stemmer,
			       (const sb_symbol *)have, t->word_len)) == 0;
	}
	return strlen(have) == len && memcmp(have, w, len) == 0;
}

/* Where can one alternative that begins at token i end? "a-b" has two. */
static bool
alternative_end(
    const struct ref *rf, const char *w, size_t len, uint32_t i, uint32_t *end)
{
	const char *dash = memchr(w, '-', len);

	if (dash == NULL) {
		*end = i;
		return word_matches(rf, w, len, i);
	}
	*end = i + 1;
	return i + 1 < rf->tk->n &&
	       rf->tk->v[i + 1].pos == rf->tk->v[i].pos + 1 &&
	       word_matches(rf, w, (size_t)(dash - w), i) &&
	       word_matches(rf, dash + 1, len - (size_t)(dash - w) - 1, i + 1);
}

/* Try `rest` of a term behind token `last` (UINT32_MAX: at its start). */
static void
term_from(const struct ref *rf, const char *rest, uint32_t start, uint32_t last,
    struct square *out)
{
	const struct token *tv = rf->tk->v;
	uint32_t gap = 0, end;
	size_t len;

	rest += strspn(rest, " ");
	if (*rest == '\0') {
		out->at[start][last] = true;
		return;
	}
	if (rest[0] == '.') {
		gap = rest[2] == ' ' ? 3 : (uint32_t)atoi(rest + 2);
		rest += strcspn(rest, " ");
		rest += strspn(rest, " ");
	}
	len = strcspn(rest, " ");
	for (uint32_t i = last == UINT32_MAX ? 0 : last + 1; i < rf->tk->n;
	     i++) {
		if (last != UINT32_MAX &&
		    (tv[i].sentence != tv[last].sentence ||
			tv[i].pos - tv[last].pos > gap + 1))
			break;
		for (size_t at = 0; at < len;) {
			size_t n = strcspn(rest + at, "| ");

			if (alternative_end(rf, rest + at, n, i, &end))
				term_from(rf, rest + len,
				    last == UINT32_MAX ? i : start, end, out);
			at += n + 1;
		}
	}
}

/* --- squares ------------------------------------------------------------ */

static bool
fits(const struct ref *rf, uint32_t s, uint32_t e, int32_t within)
{
	const struct token *a = &rf->tk->v[s], *b = &rf->tk->v[e];

	if (within == RULES_WITHIN_SENTENCE)
		return a->sentence == b->sentence;
	if (within == RULES_WITHIN_PARAGRAPH)
		return a->paragraph == b->paragraph;
	if (a->field != b->field)
		return false;
	return within == WITHIN_FIELD ||
	       b->pos - a->pos + 1 <= (uint32_t)within;
}

static void
keep_minimal(const struct ref *rf, struct square *q)
{
	struct square in = *q;
	uint32_t n = (uint32_t)rf->tk->n;

	for (uint32_t s = 0; s < n; s++)
		for (uint32_t e = s; e < n; e++)
			for (uint32_t i = s; in.at[s][e] && i <= e; i++)
				for (uint32_t j = i; j <= e; j++)
					if (in.at[i][j] && (i != s || j != e))
						q->at[s][e] = false;
}

static uint32_t
place_of(const struct ref *rf, uint32_t i)
{
	static const uint32_t zones[ZONE_COUNT] = { [ZONE_TITLE] =
							RULES_IN_TITLE,
		[ZONE_LEAD] = RULES_IN_LEAD,
		[ZONE_BODY] = RULES_IN_BODY };

	return zones[rf->tk->v[i].zone];
}

static void ref_spans(const struct ref *rf, const struct rules_node *n,
    int32_t within, uint32_t in, struct square *out);

/* Add to `out` each hull of spans of the kids from k on, `need` at least. */
static void
hulls(const struct ref *rf, const struct square *kids, size_t nkids, size_t k,
    size_t need, bool ordered, uint32_t s, uint32_t e, struct square *out)
{
	uint32_t n = (uint32_t)rf->tk->n;

	if (need == 0 && s != UINT32_MAX)
		out->at[s][e] = true;
	if (k == nkids)
		return;
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = i; j < n; j++) {
			if (!kids[k].at[i][j] ||
			    (ordered && s != UINT32_MAX && i <= e))
				continue;
			hulls(rf, kids, nkids, k + 1, need > 0 ? need - 1 : 0,
			    ordered, s == UINT32_MAX ? i : MIN(s, i),
			    s == UINT32_MAX ? j : MAX(e, j), out);
		}
	}
	if (nkids - k > need) /* go on without this one */
		hulls(rf, kids, nkids, k + 1, need, ordered, s, e, out);
}

static bool
unwanted_near(const struct ref *rf, const struct square * not, uint32_t s,
    uint32_t e, int32_t within)
{
	uint32_t n = (uint32_t)rf->tk->n;

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = i; j < n; j++)
			if (not ->at[i][j] &&
			    fits(rf, MIN(s, i), MAX(e, j), within))
				return true;
	return false;
}

static void
ref_window(const struct ref *rf, const struct rules_node *n, int32_t within,
    uint32_t in, struct square *out)
{
	uint32_t tn = (uint32_t)rf->tk->n;
	struct square *kids = calloc(n->nkids, sizeof(*kids));
	struct square *not = calloc(1, sizeof(*not ));
	size_t must = 0, nots = 0;

	for (size_t i = 0; i < n->nkids; i++)
		if (n->kids[i]->op != RULES_NOT)
			ref_spans(rf, n->kids[i], within, in, &kids[must++]);
	hulls(rf, kids, must, 0, n->op == RULES_ATLEAST ? n->atleast : must,
	    n->ordered, UINT32_MAX, 0, out);
	for (uint32_t s = 0; s < tn; s++)
		for (uint32_t e = s; e < tn; e++)
			out->at[s][e] = out->at[s][e] && fits(rf, s, e, within);
	keep_minimal(rf, out);
	for (size_t i = 0; i < n->nkids; i++) {
		if (n->kids[i]->op != RULES_NOT)
			continue;
		memset(not, 0, sizeof(*not ));
		ref_spans(rf, n->kids[i]->kids[0], within, in, not );
		for (uint32_t s = 0; s < tn; s++)
			for (uint32_t e = s; e < tn; e++)
				if (out->at[s][e] &&
				    unwanted_near(rf, not, s, e, within))
					out->at[s][e] = false;
		nots++;
	}
	free(kids);
	free(not );
}

static const struct rules_node *
list_node(const struct ref *rf, const char *name)
{
	for (size_t i = 0; i < rf->rules->nlists; i++)
		if (strcmp(rf->rules->lists[i].name, name) == 0)
			return rf->rules->lists[i].by_lang[0].node;
	return NULL;
}

static int32_t
inner_within(const struct rules_node *n, int32_t within)
{
	if (n->within != 0)
		return n->within;
	return within != 0 ? within : WITHIN_FIELD;
}

static void
ref_spans(const struct ref *rf, const struct rules_node *n, int32_t within,
    uint32_t in, struct square *out)
{
	uint32_t tn = (uint32_t)rf->tk->n;
	struct square *one;

	in = n->in != 0 ? n->in : in;
	switch (n->op) {
	case RULES_TERM:
		term_from(rf, n->text, 0, UINT32_MAX, out);
		for (uint32_t s = 0; s < tn; s++)
			for (uint32_t e = s; e < tn; e++)
				if (!(place_of(rf, s) & in))
					out->at[s][e] = false;
		break;
	case RULES_LIST:
		ref_spans(rf, list_node(rf, n->text), within, in, out);
		break;
	case RULES_ANY:
		one = calloc(1, sizeof(*one));
		for (size_t i = 0; i < n->nkids; i++) {
			memset(one, 0, sizeof(*one));
			ref_spans(rf, n->kids[i], within, in, one);
			for (uint32_t s = 0; s < tn; s++)
				for (uint32_t e = s; e < tn; e++)
					out->at[s][e] |= one->at[s][e];
		}
		free(one);
		break;
	default:
		ref_window(rf, n, inner_within(n, within), in, out);
		return;
	}
	keep_minimal(rf, out);
}

/* --- over the whole item ------------------------------------------------ */

/* Does this condition have words that stand somewhere? */
static bool
has_place(const struct ref *rf, const struct rules_node *n)
{
	switch (n->op) {
	case RULES_TERM:
		return true;
	case RULES_LIST:
		return has_place(rf, list_node(rf, n->text));
	case RULES_ANY:
		for (size_t i = 0; i < n->nkids; i++)
			if (!has_place(rf, n->kids[i]))
				return false;
		return true;
	case RULES_ALL:
		return n->within != 0 || n->ordered ||
		       (n->nkids == 1 && has_place(rf, n->kids[0]));
	default:
		return false;
	}
}

struct answer {
	bool yes;
	int boost; /* 0 = has no place */
};

static struct answer
ref_place(const struct ref *rf, const struct rules_node *n, uint32_t in)
{
	static const int boosts[ZONE_COUNT] = {
		[ZONE_TITLE] = 3, [ZONE_LEAD] = 2, [ZONE_BODY] = 1
	};
	struct square *q = calloc(1, sizeof(*q));
	struct answer an = { false, 0 };

	ref_spans(rf, n, 0, in, q);
	for (uint32_t s = 0; s < rf->tk->n; s++)
		for (uint32_t e = s; e < rf->tk->n; e++)
			if (q->at[s][e]) {
				an.yes = true;
				an.boost =
				    MAX(an.boost, boosts[rf->tk->v[s].zone]);
			}
	free(q);
	return an;
}

static struct answer
ref_item(const struct ref *rf, const struct rules_node *n, uint32_t in)
{
	struct answer an = { false, 0 }, kid;
	size_t yes = 0, counts[4] = { 0 }, need;

	in = n->in != 0 ? n->in : in;
	if (n->op == RULES_ALL && n->nkids == 1 && n->within == 0 &&
	    !n->ordered)
		return ref_item(rf, n->kids[0], in);
	if (has_place(rf, n))
		return ref_place(rf, n, in);
	if (n->op == RULES_LIST)
		return ref_item(rf, list_node(rf, n->text), in);
	if (n->op == RULES_EVERY)
		return (struct answer){ true, 0 };
	for (size_t i = 0; i < n->nkids; i++) {
		kid = ref_item(rf, n->kids[i], in);
		yes += kid.yes;
		if (kid.yes)
			counts[kid.boost]++;
	}
	if (n->op == RULES_NOT)
		return (struct answer){ yes == 0, 0 };
	need = n->op == RULES_ALL   ? n->nkids
	       : n->op == RULES_ANY ? 1
				    : n->atleast;
	an.yes = yes >= need;
	/* The need-th best of those that have a place; of fewer the last. */
	for (int b = 3; an.yes && b > 0; b--) {
		if (counts[b] == 0)
			continue;
		an.boost = b;
		if (counts[b] >= need)
			break;
		need -= counts[b];
	}
	return an;
}

/* --- random rules and texts --------------------------------------------- */

static uint32_t seed;

static uint32_t
rnd(uint32_t n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static const char *const words[] = { "ash", "bee", "Bee", "cod", "dune",
	"dunes", "attack", "attacked" };

static void
put_word(struct strbuf *sb)
{
	const char *w = words[rnd(ARRAY_LEN(words))];

	switch (rnd(8)) {
	case 0:
		strbuf_printf(sb, "=%s", w);
		break;
	case 1:
		strbuf_printf(sb, "%.2s*", words[2 * rnd(4)]);
		break;
	case 2:
		strbuf_puts(sb, "~attack");
		break;
	case 3:
		strbuf_printf(sb, "%s-%s", words[rnd(2)], words[3 + rnd(2)]);
		break;
	default:
		strbuf_puts(sb, words[rnd(2) == 0 ? rnd(2) : 3 + rnd(3)]);
		break;
	}
}

static void
put_term(struct strbuf *sb)
{
	uint32_t slots = rnd(2) == 0 ? 1 : 2 + rnd(2);

	strbuf_putc(sb, '"');
	for (uint32_t i = 0; i < slots; i++) {
		if (i > 0)
			strbuf_puts(sb, rnd(2) ? " " : " ..1 ");
		put_word(sb);
		if (rnd(4) == 0) {
			strbuf_putc(sb, '|');
			put_word(sb);
		}
	}
	strbuf_putc(sb, '"');
}

static void put_kids(struct strbuf *sb, int depth, bool near, bool nots);

static void
put_within(struct strbuf *sb)
{
	static const char *const w[] = { "2", "3", "5", "sentence",
		"paragraph" };

	strbuf_printf(sb, ", within: %s", w[rnd(ARRAY_LEN(w))]);
	if (rnd(3) == 0)
		strbuf_puts(sb, ", ordered: on");
}

static void
put_node(struct strbuf *sb, int depth, bool near)
{
	static const char *const in[] = { "title", "lead", "body" };
	uint32_t kind = depth == 0 ? rnd(3) : rnd(9);

	switch (kind) {
	case 0:
	case 1:
		put_term(sb);
		return;
	case 2:
		strbuf_puts(sb, rnd(2) ? "$one" : "$two");
		return;
	case 3:
		strbuf_puts(sb, "{any: ");
		put_kids(sb, depth - 1, near, false);
		break;
	case 4:
		strbuf_puts(sb, "{atleast: 2, of: ");
		put_kids(sb, depth - 1, near, false);
		break;
	case 5:
		if (!near) {
			strbuf_puts(sb, "{not: ");
			put_node(sb, depth - 1, false);
			break;
		}
		/* FALLTHROUGH */
	case 6:
		strbuf_puts(sb, "{all: ");
		put_kids(sb, depth - 1, near, true);
		break;
	default:
		strbuf_puts(sb, "{all: ");
		put_kids(sb, depth - 1, true, true);
		put_within(sb);
		break;
	}
	if (rnd(6) == 0)
		strbuf_printf(sb, ", in: %s", in[rnd(3)]);
	strbuf_putc(sb, '}');
}

static void
put_kids(struct strbuf *sb, int depth, bool near, bool nots)
{
	uint32_t n = rnd(3) == 0 ? 3 : 2;

	strbuf_putc(sb, '[');
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(sb, ", ");
		if (i > 0 && nots && rnd(4) == 0) {
			strbuf_puts(sb, "{not: ");
			put_node(sb, depth > 0 ? depth - 1 : 0, near);
			strbuf_putc(sb, '}');
		} else {
			put_node(sb, depth, near);
		}
	}
	strbuf_putc(sb, ']');
}

static void
put_text(struct strbuf *sb, uint32_t n)
{
	static const char *const between[] = { " ", " ", " ", " ", " ", " ",
		"-", ", ", ". ", ": ", "\n" };

	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(sb, between[rnd(ARRAY_LEN(between))]);
		strbuf_puts(
		    sb, rnd(3) == 0 ? "other" : words[rnd(ARRAY_LEN(words))]);
	}
}

/* One rule and one text: the same answer, in the quick and the full way? */
static void
compare(uint32_t number, struct sb_stemmer *stemmer)
{
	static const struct token_params tp = { 0, 5 };
	struct strbuf rules, title, body;
	struct rules_file f;
	struct diags ds;
	struct ref rf = { .stemmer = stemmer };
	struct item *it = item_new();
	struct topic_results quick, full;
	struct topic_set *ts;
	struct rules *r;
	struct answer require, signal;
	int want;

	seed = number * 2654435761u;
	strbuf_init(&rules, 65536);
	strbuf_init(&title, 65536);
	strbuf_init(&body, 65536);
	strbuf_puts(&rules, "terms:\n  one: [ash, {all: [bee, cod]}]\n"
			    "  two: [bee, \"bee dune\", cod]\n"
			    "topics:\n  t:\n    threshold: 1\n    require: ");
	put_node(&rules, 2, false);
	strbuf_puts(&rules, "\n    score: [{name: s, weight: 1, all: [");
	put_node(&rules, 2, false);
	strbuf_puts(&rules, "]}]\n");
	put_text(&title, rnd(7));
	put_text(&body, rnd(14));

	f = (struct rules_file){ "r.yaml", rules.data, rules.len };
	diags_init(&ds, 4);
	r = rules_load(&f, 1, &ds);
	ts = r != NULL ? topic_compile(r, NULL, &ds) : NULL;
	if (ts == NULL) {
		/* Parts without words in a `within` are refused: fine. */
		assert_true(ds.errors > 0);
		assert_non_null(strstr(ds.v[0].msg, "within"));
		goto out;
	}
	it->title_text = title.data;
	it->text = body.data;
	rf.rules = r;
	rf.tk = tokens_make(it->arena, it, &tp);
	assert_in_range(rf.tk->n, 0, MAX_TOKENS);
	topic_eval(ts, rf.tk, it->arena, false, NULL, &quick);
	topic_eval(ts, rf.tk, it->arena, true, NULL, &full);
	require = ref_item(&rf, r->topics[0].require, DEFAULT_IN);
	signal = ref_item(&rf, r->topics[0].signals[0].node, DEFAULT_IN);
	want = signal.yes ? MAX(signal.boost, 1) : 0;
	if (full.v[0].require_ok != require.yes || full.v[0].score != want ||
	    quick.n != (require.yes && want > 0))
		fail_msg("case %u: require %d, score %d, quick %zu; expected "
			 "%d, %d\n%s\ntitle: %s\nbody: %s",
		    number, full.v[0].require_ok, full.v[0].score, quick.n,
		    require.yes, want, rules.data, title.data, body.data);
out:
	topic_set_free(ts);
	rules_free(r);
	diags_fini(&ds);
	item_free(it);
	strbuf_fini(&rules);
	strbuf_fini(&title);
	strbuf_fini(&body);
}

static void
random_rules_answer_as_the_reference(void **state)
{
	const char *prove = getenv("WIRESIFT_PROVE");
	uint32_t n = prove != NULL && strcmp(prove, "full") == 0 ? 20000 : 1500;
	struct sb_stemmer *stemmer = sb_stemmer_new("en", NULL);

	(void)state;
	for (uint32_t i = 1; i <= n; i++)
		compare(i, stemmer);
	print_message("%u rules times texts\n", n);
	sb_stemmer_delete(stemmer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_rules_answer_as_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
