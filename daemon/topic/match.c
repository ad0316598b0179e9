/* match.c - work out terms and nodes for one item. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "text/token.h"
#include "topic/match.h"
#include "topic/rules.h"

#define HIT_NO UINT32_MAX
#define SCAN_HITS 512
#define SCAN_TIMES 32
#define SCAN_STEP 8 /* hits compared side by side */

/* --- small maps --------------------------------------------------------- */

static size_t
imap_slot(const struct imap *im, uint32_t key)
{
	size_t i = (key * 2654435769u) & im->mask;

	while (im->val[i] != NULL && im->key[i] != key)
		i = (i + 1) & im->mask;
	return i;
}

void *
imap_get(const struct imap *im, uint32_t key)
{
	return im->val == NULL ? NULL : im->val[imap_slot(im, key)];
}

static void
imap_init(struct arena *a, struct imap *im, size_t size)
{
	im->key = arena_alloc(a, size * sizeof(*im->key));
	im->val = arena_calloc(a, size, sizeof(*im->val));
	im->mask = size - 1;
	im->n = 0;
}

void
imap_put(struct arena *a, struct imap *im, uint32_t key, void *val)
{
	size_t i;

	if (im->val == NULL) {
		imap_init(a, im, 64);
	} else if (im->n * 2 > im->mask) {
		struct imap old = *im;

		imap_init(a, im, (old.mask + 1) * 4);
		for (i = 0; i <= old.mask; i++) {
			if (old.val[i] != NULL)
				imap_put(a, im, old.key[i], old.val[i]);
		}
	}
	i = imap_slot(im, key);
	im->n += im->val[i] == NULL;
	im->key[i] = key;
	im->val[i] = val;
}

/* --- atoms -------------------------------------------------------------- */

void
match_init(struct match *m, const struct topic_set *ts, const struct tokens *tk,
    struct arena *a)
{
	memset(m, 0, sizeof(*m));
	m->ts = ts;
	m->tk = tk;
	m->a = a;
	index_lookup(ts->index, tk, a, &m->hits);
	if (m->hits.n == 0)
		return;
	m->has =
	    arena_calloc(a, index_len(ts->index) / 64 + 1, sizeof(*m->has));
	m->tries = arena_alloc(a, m->hits.n * sizeof(*m->tries));
	m->seen = arena_alloc(a, (m->hits.n + SCAN_STEP) * sizeof(*m->seen));
	for (size_t i = 0; i < SCAN_STEP; i++)
		m->seen[m->hits.n + i] = ATOM_NO;
	for (size_t i = 0; i < m->hits.n; i++) {
		const struct hit *h = &m->hits.v[i];
		uint64_t *has = &m->has[h->atom / 64];
		uint64_t bit = UINT64_C(1) << (h->atom % 64);

		m->seen[i] = h->atom;
		m->tries[m->ntries] = h->tries;
		m->ntries += !(*has & bit) & (h->tries != TRIES_NONE);
		*has |= bit;
	}
}

static struct atom_hits *
atoms_slot(const struct match *m, uint32_t atom)
{
	size_t i = (atom * 2654435769u >> 7) & m->atoms_mask;

	while (m->atoms[i].first != HIT_NO && m->atoms[i].atom != atom)
		i = (i + 1) & m->atoms_mask;
	return &m->atoms[i];
}

/* Most items never come so far that places are asked for. */
static void
atoms_make(struct match *m)
{
	size_t size = 16;

	while (size < m->hits.n * 2)
		size *= 2;
	m->atoms = arena_alloc(m->a, size * sizeof(*m->atoms));
	m->atoms_mask = size - 1;
	m->next = arena_alloc(m->a, m->hits.n * sizeof(*m->next));
	for (size_t i = 0; i < size; i++)
		m->atoms[i].first = HIT_NO;
	for (uint32_t i = 0; i < m->hits.n; i++) {
		struct atom_hits *ah = atoms_slot(m, m->hits.v[i].atom);

		if (ah->first == HIT_NO) {
			ah->atom = m->hits.v[i].atom;
			ah->first = i;
		} else {
			m->next[ah->last] = i;
		}
		ah->last = i;
		m->next[i] = HIT_NO;
	}
}

static void
hit_span(struct match *m, const struct hit *h, struct spans *out)
{
	bool caps = (m->tk->v[h->token].marks & TOKEN_ALLCAPS_FIELD) &&
		    index_kind(m->ts->index, h->atom) == ATOM_EXACT;

	/* A word may hit an atom twice, in two Arabic readings. */
	if (out->n == 0 || out->v[out->n - 1].e != h->token)
		spans_add(m->a, out, (struct span){ h->token, h->token, caps });
}

/* All hits are looked at: most steps have none. */
static void
scan_spans(struct match *m, uint32_t atom, struct spans *out)
{
	for (size_t i = 0; i < m->hits.n; i += SCAN_STEP) {
		const uint32_t *v = m->seen + i;
		uint32_t any = 0;

		for (size_t k = 0; k < SCAN_STEP; k++)
			any |= v[k] == atom;
		for (size_t k = 0; any && k < SCAN_STEP; k++) {
			if (v[k] == atom)
				hit_span(m, &m->hits.v[i + k], out);
		}
	}
}

static void
atom_spans(struct match *m, uint32_t atom, struct spans *out)
{
	if (!match_has(m, atom))
		return;
	/* Few questions to few hits are answered before a table is made. */
	if (m->atoms == NULL && m->hits.n < SCAN_HITS &&
	    m->scans++ < SCAN_TIMES) {
		scan_spans(m, atom, out);
		return;
	}
	if (m->atoms == NULL)
		atoms_make(m);
	for (uint32_t i = atoms_slot(m, atom)->first; i != HIT_NO;
	     i = m->next[i])
		hit_span(m, &m->hits.v[i], out);
}

/* Atoms side by side: "al-Asad" in one alternative. */
static void
chain_spans(
    struct match *m, const uint32_t *atoms, uint32_t n, struct spans *out)
{
	struct spans got = { 0 };

	atom_spans(m, atoms[0], &got);
	for (uint32_t i = 1; i < n && got.n > 0; i++) {
		struct spans next = { 0 }, both = { 0 };

		atom_spans(m, atoms[i], &next);
		spans_join(m->tk, m->a, &got, &next, 0, &both);
		got = both;
	}
	for (size_t i = 0; i < got.n; i++)
		spans_add(m->a, out, got.v[i]);
}

/* Spans of one slot; returns the code behind it. */
static const uint32_t *
slot_spans(struct match *m, const uint32_t *code, struct spans *out)
{
	uint32_t nalts = *code++ & 0xffff;

	if (nalts == 1 && !(code[0] & CODE_CHAIN)) {
		atom_spans(m, code[0], out);
		return code + 1;
	}
	for (uint32_t i = 0; i < nalts; i++) {
		uint32_t first = *code++;

		if (first & CODE_CHAIN) {
			chain_spans(m, code, first & ~CODE_CHAIN, out);
			code += first & ~CODE_CHAIN;
		} else if (match_has(m, first)) {
			struct spans one = { 0 };

			atom_spans(m, first, &one);
			for (size_t j = 0; j < one.n; j++)
				spans_add(m->a, out, one.v[j]);
		}
	}
	if (nalts > 1)
		spans_by_start(out);
	return code;
}

static void
term_spans(struct match *m, const struct node *nd, struct spans *out)
{
	const uint32_t *code = m->ts->code + nd->kids;
	uint32_t nslots = *code++;
	struct spans got = { 0 };
	size_t n = 0;

	for (uint32_t i = 0; i < nslots; i++) {
		struct spans next = { 0 }, both = { 0 };
		uint32_t gap = *code >> 16;

		code = slot_spans(m, code, &next);
		if (next.n == 0)
			return;
		if (i == 0) {
			spans_by_end(&next);
			got = next;
			continue;
		}
		spans_join(m->tk, m->a, &got, &next, gap, &both);
		if (both.n == 0)
			return;
		got = both;
	}
	for (size_t i = 0; i < got.n; i++) {
		if (match_in(m->tk, got.v[i].s) & nd->mask)
			got.v[n++] = got.v[i];
	}
	got.n = n;
	spans_minimal(&got);
	*out = got;
}

/* --- nodes -------------------------------------------------------------- */

uint32_t
match_in(const struct tokens *tk, uint32_t i)
{
	static const uint32_t fields[FIELD_COUNT] = {
		[FIELD_TITLE] = RULES_IN_TITLE,
		[FIELD_BODY] = RULES_IN_BODY,
		[FIELD_URL] = RULES_IN_URL,
		[FIELD_FEED] = RULES_IN_FEED,
		[FIELD_AUTHOR] = RULES_IN_AUTHOR,
		[FIELD_TAG] = RULES_IN_TAG,
	};
	const struct token *t = &tk->v[i];

	if (t->zone == ZONE_TAIL)
		return 0;
	return t->zone == ZONE_LEAD ? RULES_IN_LEAD : fields[t->field];
}

/* Has every slot of a term a chance? Cheap, and most often no. */
static bool
term_possible(const struct match *m, const uint32_t *code)
{
	uint32_t nslots = *code++;

	for (uint32_t s = 0; s < nslots; s++) {
		uint32_t nalts = *code++ & 0xffff;
		bool any = false;

		for (uint32_t i = 0; i < nalts; i++) {
			uint32_t first = *code++;

			if (first & CODE_CHAIN) {
				uint32_t n = first & ~CODE_CHAIN;

				first = code[0];
				code += n;
			}
			any = any || match_has(m, first);
		}
		if (!any)
			return false;
	}
	return true;
}

static bool
node_possible(const struct match *m, uint32_t id)
{
	const struct node *nd = &m->ts->nodes[id];

	return nd->op != NODE_TERM || term_possible(m, m->ts->code + nd->kids);
}

static void
any_spans(struct match *m, const struct node *nd, struct spans *out)
{
	const uint32_t *kids = m->ts->kids + nd->kids;
	size_t lists = 0;

	for (uint32_t i = 0; i < nd->nkids; i++) {
		const struct node_match *km;

		if (!node_possible(m, kids[i]))
			continue;
		km = match_node(m, kids[i]);
		if (!km->yes)
			continue;
		if (lists++ == 0 && i + 1 == nd->nkids) {
			*out = km->spans; /* the only one: no copy */
			return;
		}
		for (size_t j = 0; j < km->spans.n; j++)
			spans_add(m->a, out, km->spans.v[j]);
	}
	if (lists > 1)
		spans_minimal(out);
}

static void
window_spans(struct match *m, const struct node *nd, struct spans *out)
{
	const uint32_t *kids = m->ts->kids + nd->kids;
	struct spans *lists;
	uint32_t have = 0;

	lists = arena_calloc(m->a, nd->nkids, sizeof(*lists));
	for (uint32_t i = 0; i < nd->nkids; i++) {
		lists[i] = match_node(m, kids[i])->spans;
		have += lists[i].n > 0;
		if (have + (nd->nkids - i - 1) < nd->need)
			return;
	}
	if (nd->flags & NODE_ORDERED)
		spans_ordered(m->tk, m->a, lists, nd->nkids, nd->within, out);
	else
		spans_window(
		    m->tk, m->a, lists, nd->nkids, nd->need, nd->within, out);
	for (uint32_t i = 0; i < nd->nnot && out->n > 0; i++) {
		const struct node_match *not =
		    match_node(m, kids[nd->nkids + i]);

		if (not ->yes)
			spans_without(m->tk, out, &not ->spans, nd->within);
	}
}

static bool
logic_yes(struct match *m, const struct node *nd)
{
	const uint32_t *kids = m->ts->kids + nd->kids;
	uint32_t got = 0;

	switch ((enum node_op)nd->op) {
	case NODE_EVERY:
		return true;
	case NODE_NOT:
		return !match_yes(m, kids[0]);
	case NODE_ALL:
		for (uint32_t i = 0; i < nd->nkids; i++) {
			if (i != nd->need && !match_yes(m, kids[i]))
				return false;
		}
		return match_yes(m, kids[nd->need]);
	case NODE_ANY:
		for (uint32_t i = 0; i < nd->nkids; i++) {
			if (match_yes(m, kids[i]))
				return true;
		}
		return false;
	default:
		for (uint32_t i = 0; i < nd->nkids; i++)
			got += match_yes(m, kids[i]);
		return got >= nd->need;
	}
}

/* Has each needed part of a window a match at all? */
static bool
window_possible(struct match *m, const struct node *nd)
{
	const uint32_t *kids = m->ts->kids + nd->kids;
	uint32_t have = 0;

	for (uint32_t i = 0; i < nd->nkids; i++) {
		have += match_yes(m, kids[i]);
		if (have + (nd->nkids - i - 1) < nd->need)
			return false;
	}
	return true;
}

bool
match_yes(struct match *m, uint32_t id)
{
	const struct node *nd = &m->ts->nodes[id];
	const struct node_match *nm;

	if (!node_possible(m, id))
		return false;
	if (nd->op == NODE_TERM)
		return match_node(m, id)->yes;
	if ((nm = imap_get(&m->nodes, id)) != NULL)
		return nm->yes;
	if (nd->op != NODE_WINDOW)
		return logic_yes(m, nd);
	return window_possible(m, nd) && match_node(m, id)->yes;
}

/* Recursion follows the rule, whose depth the compiler limits. */
const struct node_match *
match_node(struct match *m, uint32_t id)
{
	const struct node *nd = &m->ts->nodes[id];
	struct node_match *nm = imap_get(&m->nodes, id);

	if (nm != NULL)
		return nm;
	nm = arena_calloc(m->a, 1, sizeof(*nm));
	if (nd->op == NODE_TERM)
		term_spans(m, nd, &nm->spans);
	else if (nd->op == NODE_WINDOW)
		window_spans(m, nd, &nm->spans);
	else if (nd->flags & NODE_SPANS)
		any_spans(m, nd, &nm->spans);
	nm->yes = nd->flags & NODE_SPANS ? nm->spans.n > 0 : logic_yes(m, nd);
	imap_put(m->a, &m->nodes, id, nm);
	return nm;
}
