/* explain.c - evidence in the text's own words, and what a miss lacked. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "text/token.h"
#include "topic/eval.h"
#include "topic/explain.h"
#include "topic/match.h"

#define QUOTE_MAX_BYTES 240
#define LACKING_MAX_BYTES 400
#define LACKING_MAX_PARTS 8
#define LACKING_NESTED_PARTS 4
#define LACKING_DEPTH 2

/* --- quotes ------------------------------------------------------------- */

static int
start_cmp(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;

	if (a->s != b->s)
		return a->s < b->s ? -1 : 1;
	return (a->e > b->e) - (a->e < b->e);
}

/* Spans that touch or overlap are one stretch of words. */
static void
merge_words(const struct tokens *tk, struct spans *l)
{
	size_t n = 0;

	if (l->n > 0)
		qsort(l->v, l->n, sizeof(*l->v), start_cmp);
	for (size_t i = 0; i < l->n; i++) {
		struct span *last = n > 0 ? &l->v[n - 1] : NULL;
		const struct span *sp = &l->v[i];

		if (last != NULL &&
		    tk->v[last->s].field == tk->v[sp->s].field &&
		    sp->s <= last->e + 1 &&
		    tk->v[sp->s].pos <= tk->v[last->e].pos + 1) {
			last->e = MAX(last->e, sp->e);
			last->caps |= sp->caps;
		} else {
			l->v[n++] = *sp;
		}
	}
	l->n = n;
}

static struct topic_span
place(const struct tokens *tk, const struct span *sp)
{
	const struct token *s = &tk->v[sp->s], *e = &tk->v[sp->e];

	return (struct topic_span){ .field = s->field,
		.zone = s->zone,
		.off = s->off,
		.len = e->off + e->len - s->off };
}

static const char *
quote(const struct match *m, const struct topic_evidence *ev)
{
	struct strbuf sb;
	char *out;

	strbuf_init(&sb, QUOTE_MAX_BYTES);
	for (size_t i = 0; i < ev->nspans; i++) {
		const struct topic_span *sp = &ev->spans[i];
		const char *text = m->tk->text[sp->field] + sp->off;
		size_t len = sp->len;

		if (i > 0)
			strbuf_puts(&sb, " … ");
		if (sb.len + len > QUOTE_MAX_BYTES)
			len = utf8_cut(text, QUOTE_MAX_BYTES - sb.len);
		if (strbuf_append(&sb, text, len) == -1)
			break;
	}
	for (size_t i = 0; i < sb.len; i++) {
		if (sb.data[i] == '\n')
			sb.data[i] = ' ';
	}
	out = arena_strndup(m->a, sb.data, sb.len);
	strbuf_fini(&sb);
	return out;
}

static void
explain_signal(
    struct match *m, const struct set_signal *sg, struct topic_evidence *ev)
{
	struct match_best best = match_best(m, sg->node);
	struct spans words = { 0 };

	ev->signal = set_str(m->ts, sg->name);
	ev->weight = sg->weight;
	ev->boost = eval_boost(sg, &best);
	ev->points = ev->weight * ev->boost;
	ev->zone = best.zone;
	ev->caps = best.caps;
	match_words(m, sg->node, &words);
	merge_words(m->tk, &words);
	ev->spans = arena_calloc(m->a, words.n + 1, sizeof(*ev->spans));
	ev->nspans = words.n;
	for (size_t i = 0; i < words.n; i++)
		ev->spans[i] = place(m->tk, &words.v[i]);
	ev->quote = quote(m, ev);
}

/* --- what was lacking --------------------------------------------------- */

static const char *
label(const struct match *m, uint32_t id)
{
	return set_str(m->ts, m->ts->nodes[id].label);
}

/*
 * What a person calls a node: its list or term, else "(a near b)" and the
 * like of its parts, `depth` levels down.
 */
static void
name_node(const struct match *m, uint32_t id, int depth, struct strbuf *sb)
{
	static const char *const between[] = {
		[NODE_ANY] = " or ",
		[NODE_ALL] = " and ",
		[NODE_ATLEAST] = ", ",
		[NODE_WINDOW] = " near ",
	};
	const struct node *nd = &m->ts->nodes[id];
	const uint32_t *kids = m->ts->kids + nd->kids;
	const char *name = label(m, id);

	if (nd->op == NODE_TERM || nd->op == NODE_EVERY || name[0] == '$') {
		strbuf_puts(sb, name);
		return;
	}
	if (depth == 0) {
		strbuf_puts(sb, "…");
		return;
	}
	if (nd->op == NODE_NOT) {
		strbuf_puts(sb, "not ");
		name_node(m, kids[0], depth, sb);
		return;
	}
	strbuf_putc(sb, '(');
	for (uint32_t i = 0; i < nd->nkids; i++) {
		if (i > 0)
			strbuf_puts(sb, between[nd->op]);
		if (i == LACKING_NESTED_PARTS) {
			strbuf_puts(sb, "…");
			break;
		}
		name_node(m, kids[i], depth - 1, sb);
	}
	strbuf_putc(sb, ')');
}

/* Names of the parts, as many as a line bears. */
static void
list_parts(const struct match *m, const struct node *nd, const char *sep,
    struct strbuf *sb)
{
	const uint32_t *kids = m->ts->kids + nd->kids;

	for (uint32_t i = 0; i < nd->nkids; i++) {
		if (i == LACKING_MAX_PARTS) {
			strbuf_printf(sb, "%s… (%u more)", sep, nd->nkids - i);
			return;
		}
		strbuf_puts(sb, i > 0 ? sep : "");
		name_node(m, kids[i], LACKING_DEPTH, sb);
	}
}

static void lacking_node(struct match *m, uint32_t id, struct strbuf *sb);

/* All parts are in the item, only not near each other: or which is not. */
static void
lacking_window(struct match *m, const struct node *nd, struct strbuf *sb)
{
	const uint32_t *kids = m->ts->kids + nd->kids;

	for (uint32_t i = 0; nd->need == nd->nkids && i < nd->nkids; i++) {
		if (!match_yes(m, kids[i])) {
			lacking_node(m, kids[i], sb);
			return;
		}
	}
	list_parts(m, nd, ", ", sb);
	if (nd->within == -1)
		strbuf_puts(sb, " are not in one sentence");
	else if (nd->within == -2)
		strbuf_puts(sb, " are not in one paragraph");
	else if (nd->within == WITHIN_FIELD)
		strbuf_puts(sb, " are not in this order");
	else
		strbuf_printf(sb, " are not within %d words", nd->within);
	if (nd->nnot > 0)
		strbuf_puts(sb, " without what may not be near");
}

/* Recursion follows the rule, whose depth the compiler limits. */
static void
lacking_node(struct match *m, uint32_t id, struct strbuf *sb)
{
	const struct node *nd = &m->ts->nodes[id];
	const uint32_t *kids = m->ts->kids + nd->kids;
	const char *name = label(m, id);

	switch ((enum node_op)nd->op) {
	case NODE_TERM:
		strbuf_printf(sb, "\"%s\" has no match", name);
		return;
	case NODE_ANY:
		if (name[0] == '$') {
			strbuf_printf(sb, "%s has no match", name);
			return;
		}
		strbuf_puts(sb, "none of ");
		list_parts(m, nd, ", ", sb);
		return;
	case NODE_ALL:
		for (uint32_t i = 0, n = 0; i < nd->nkids; i++) {
			if (match_yes(m, kids[i]))
				continue;
			if (n++ > 0)
				strbuf_puts(sb, "; ");
			lacking_node(m, kids[i], sb);
		}
		return;
	case NODE_ATLEAST:
		strbuf_printf(sb, "fewer than %u of ", nd->need);
		list_parts(m, nd, ", ", sb);
		return;
	case NODE_WINDOW:
		lacking_window(m, nd, sb);
		return;
	case NODE_NOT:
		strbuf_puts(sb, "not wanted: ");
		name_node(m, kids[0], LACKING_DEPTH, sb);
		return;
	case NODE_EVERY:
		return;
	}
}

static const char *
zone_that_gives(int32_t boost)
{
	return boost >= 3 ? "the title" : boost == 2 ? "the lead" : "the text";
}

/*
 * The cheapest change that would do: the one signal that, present or in a
 * better zone, adds enough with the least boost.
 */
static void
cheapest_change(struct match *m, const struct set_topic *tp, int32_t missing,
    struct strbuf *sb)
{
	const struct set_signal *sg = m->ts->signals + tp->signals,
				*best = NULL;
	int32_t best_boost = 4;

	for (uint32_t i = 0; i < tp->nsignals; i++) {
		int32_t have = 0, most = sg[i].boost ? 3 : 1;

		if (sg[i].weight <= 0)
			continue;
		if (match_yes(m, sg[i].node)) {
			struct match_best b = match_best(m, sg[i].node);

			have = eval_boost(&sg[i], &b);
		}
		for (int32_t to = have + 1; to <= most; to++) {
			if ((int64_t)sg[i].weight * (to - have) < missing)
				continue;
			if (to < best_boost) {
				best_boost = to;
				best = &sg[i];
			}
			break;
		}
	}
	if (best != NULL)
		strbuf_printf(sb, "; %s in %s would do",
		    set_str(m->ts, best->name), zone_that_gives(best_boost));
}

static const char *
lacking(
    struct match *m, const struct set_topic *tp, const struct topic_result *r)
{
	struct strbuf sb;
	char *out;

	if (r->level == TOPIC_ABOUT)
		return NULL;
	strbuf_init(&sb, LACKING_MAX_BYTES);
	if (!r->lang_ok) {
		strbuf_printf(
		    &sb, "language %s is not one of its own", m->tk->lang);
	} else if (!r->require_ok) {
		strbuf_puts(&sb, "require FAILS: ");
		lacking_node(m, tp->require, &sb);
	} else if (r->excluded) {
		struct spans words = { 0 };
		struct topic_evidence ev = { 0 };

		match_words(m, tp->exclude, &words);
		merge_words(m->tk, &words);
		ev.spans = arena_calloc(m->a, words.n + 1, sizeof(*ev.spans));
		ev.nspans = words.n;
		for (size_t i = 0; i < words.n; i++)
			ev.spans[i] = place(m->tk, &words.v[i]);
		strbuf_puts(&sb, "excluded");
		if (words.n > 0)
			strbuf_printf(&sb, " by \"%s\"", quote(m, &ev));
	} else {
		int32_t missing = r->threshold - r->score;

		strbuf_printf(&sb, "needs +%d for about", missing);
		cheapest_change(m, tp, missing, &sb);
	}
	out = arena_strndup(m->a, sb.data, utf8_cut(sb.data, sb.len));
	strbuf_fini(&sb);
	return out;
}

void
explain_topic(
    struct match *m, const struct set_topic *tp, struct topic_result *r)
{
	const struct set_signal *sg = m->ts->signals + tp->signals;

	r->evidence =
	    arena_calloc(m->a, tp->nsignals + 1, sizeof(*r->evidence));
	for (uint32_t i = 0; i < tp->nsignals; i++) {
		if (match_yes(m, sg[i].node))
			explain_signal(m, &sg[i], &r->evidence[r->nevidence++]);
	}
	r->lacking = lacking(m, tp, r);
}
