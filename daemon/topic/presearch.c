/* presearch.c - which words make a topic worth a look. */
#include <stdlib.h>
#include <string.h>

#include "base/xmalloc.h"
#include "topic/build.h"

#define GATE_MAX 32  /* words; a part of more is no quick look */
#define DIRECT_MAX 8 /* topics above a term that its tries name */

/*
 * A topic can only match when a word of its rarest required part was seen.
 * Edges go up from the terms of that part to the topic: evaluation follows
 * them from what an item has, and never looks at the other topics. Lists are
 * shared nodes, so an edge list grows with the rules, not with their use.
 */
struct edges { /* pairs (from, to), sorted into tables at the end */
	struct edge {
		uint32_t from, to, with;
	} * v;
	size_t n, size;
};

struct presearch {
	struct builder *b;
	struct edges up, try;
	uint32_t *cost; /* of a node: how often it may come; UINT32_MAX =
			   silent */
	uint32_t *uses; /* of an atom, in all terms */
	uint32_t *need; /* of a TERM: its rarest lone word, or ATOM_NO */
};

static void
edges_add(struct edges *e, uint32_t from, uint32_t to, uint32_t with)
{
	if (e->n == e->size) {
		e->size = e->size == 0 ? 1024 : e->size * 2;
		e->v = xreallocarray(e->v, e->size, sizeof(*e->v));
	}
	e->v[e->n].from = from;
	e->v[e->n].to = to;
	e->v[e->n++].with = with;
}

static int
edge_cmp(const void *pa, const void *pb)
{
	const struct edge *a = pa, *b = pb;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	return (a->to > b->to) - (a->to < b->to);
}

/* off[i]..off[i+1] are the targets of i. */
static void
edges_table(struct edges *e, size_t nfrom, uint32_t **off, uint32_t **to,
    uint32_t **with)
{
	size_t n = 0;

	if (e->n > 0)
		qsort(e->v, e->n, sizeof(*e->v), edge_cmp);
	*off = xcalloc(nfrom + 1, sizeof(**off));
	*to = xreallocarray(NULL, e->n + 1, sizeof(**to));
	if (with != NULL)
		*with = xreallocarray(NULL, e->n + 1, sizeof(**with));
	for (size_t i = 0; i < e->n; i++) {
		if (i > 0 && edge_cmp(&e->v[i], &e->v[i - 1]) == 0)
			continue;
		if (with != NULL)
			(*with)[n] = e->v[i].with;
		(*to)[n++] = e->v[i].to;
		(*off)[e->v[i].from + 1]++;
	}
	for (size_t i = 0; i < nfrom; i++)
		(*off)[i + 1] += (*off)[i];
	free(e->v);
}

/* --- terms -------------------------------------------------------------- */

/* Calls f for the atoms of one slot (or, with slot -1, of all slots). */
static void
code_walk(const uint32_t *code, long slot,
    void (*f)(struct presearch *, uint32_t slot, uint32_t atom, void *),
    struct presearch *ps, void *cookie)
{
	uint32_t nslots = *code++;

	for (uint32_t s = 0; s < nslots; s++) {
		uint32_t nalts = *code++ & 0xffff;

		for (uint32_t i = 0; i < nalts; i++) {
			uint32_t first = *code++;
			uint32_t n = 1;

			if (first & CODE_CHAIN) {
				n = first & ~CODE_CHAIN;
				/* A chain is found by its last atom: names
				 * like al-Asad begin with an article. */
				first = code[n - 1];
				code += n;
			}
			if (slot < 0 || (uint32_t)slot == s)
				f(ps, s, first, cookie);
		}
	}
}

static void
count_use(struct presearch *ps, uint32_t slot, uint32_t atom, void *cookie)
{
	(void)slot;
	(void)cookie;
	ps->uses[atom]++;
}

struct slot_cost {
	uint64_t cost[CODE_MAX_SLOTS];
};

/* Words used in few terms are rare words; of equals the long ones are. */
static void
add_cost(struct presearch *ps, uint32_t slot, uint32_t atom, void *cookie)
{
	struct slot_cost *sc = cookie;
	size_t len = index_word_len(ps->b->ts->index, atom);
	uint64_t rank = (uint64_t)ps->uses[atom] * 256 + (255 - MIN(len, 255));

	if (index_kind(ps->b->ts->index, atom) == ATOM_PREFIX)
		rank *= 4; /* many words */
	sc->cost[slot] += rank;
}

struct lone { /* the atom of a slot that has one alternative of one atom */
	uint32_t atom;
	size_t n;
};

static void
find_lone(struct presearch *ps, uint32_t slot, uint32_t atom, void *cookie)
{
	struct lone *l = cookie;

	(void)ps;
	(void)slot;
	l->atom = atom;
	l->n++;
}

/* The rarest slot that is one atom alone, but not `except`. */
static uint32_t
rarest_lone(struct presearch *ps, const uint32_t *code,
    const struct slot_cost *sc, long except)
{
	uint64_t cost = UINT64_MAX;
	uint32_t atom = ATOM_NO;

	for (uint32_t s = 0; s < code[0]; s++) {
		struct lone l = { ATOM_NO, 0 };

		if ((long)s == except || sc->cost[s] >= cost)
			continue;
		code_walk(code, (long)s, find_lone, ps, &l);
		if (l.n == 1) {
			atom = l.atom;
			cost = sc->cost[s];
		}
	}
	return atom;
}

/* --- what a node costs to wait for -------------------------------------- */

static uint32_t
cost_add(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - 1 - b ? UINT32_MAX - 1 : a + b;
}

static bool
node_takes_all_kids(const struct node *nd)
{
	return nd->op == NODE_ANY || nd->op == NODE_ATLEAST ||
	       (nd->op == NODE_WINDOW && nd->need < nd->nkids);
}

/* A term is as rare as its rarest slot. */
static uint32_t
term_cost(struct presearch *ps, const struct node *nd)
{
	const uint32_t *code = ps->b->ts->code + nd->kids;
	struct slot_cost sc = { { 0 } };
	uint64_t least = UINT64_MAX;

	code_walk(code, -1, add_cost, ps, &sc);
	for (uint32_t i = 0; i < code[0]; i++)
		least = MIN(least, sc.cost[i]);
	return (uint32_t)MIN(least, UINT32_MAX - 1);
}

static void
find_needs(struct presearch *ps)
{
	struct topic_set *ts = ps->b->ts;

	ps->need = xreallocarray(NULL, ts->nnodes + 1, sizeof(*ps->need));
	for (size_t i = 0; i < ts->nnodes; i++) {
		const uint32_t *code = ts->code + ts->nodes[i].kids;
		struct slot_cost sc = { { 0 } };

		ps->need[i] = ATOM_NO;
		if (ts->nodes[i].op != NODE_TERM)
			continue;
		code_walk(code, -1, add_cost, ps, &sc);
		ps->need[i] = rarest_lone(ps, code, &sc, -1);
	}
}

static uint32_t
node_cost(struct presearch *ps, const struct node *nd)
{
	const uint32_t *kids = ps->b->ts->kids + nd->kids;
	uint32_t sum = 0, least = UINT32_MAX;

	if (nd->op == NODE_TERM)
		return term_cost(ps, nd);
	if (nd->op == NODE_NOT || nd->op == NODE_EVERY)
		return UINT32_MAX;
	for (uint32_t i = 0; i < nd->nkids; i++) {
		uint32_t c = ps->cost[kids[i]];

		least = MIN(least, c);
		if (c == UINT32_MAX)
			sum = UINT32_MAX;
		else if (sum != UINT32_MAX)
			sum = cost_add(sum, c);
	}
	return node_takes_all_kids(nd) ? sum : least;
}

struct attempt {
	uint32_t node, with;
};

static void
add_try(struct presearch *ps, uint32_t slot, uint32_t atom, void *cookie)
{
	const struct attempt *t = cookie;

	(void)slot;
	edges_add(&ps->try, atom, t->node, t->with);
}

/* A term is tried at its rarest slot, when another one may be there too. */
static void
trig_term(struct presearch *ps, uint32_t id)
{
	const uint32_t *code = ps->b->ts->code + ps->b->ts->nodes[id].kids;
	struct slot_cost sc = { { 0 } };
	struct attempt t = { id, ATOM_NO };
	long best = 0;

	code_walk(code, -1, add_cost, ps, &sc);
	for (uint32_t s = 1; s < code[0]; s++) {
		if (sc.cost[s] < sc.cost[best])
			best = (long)s;
	}
	t.with = rarest_lone(ps, code, &sc, best);
	code_walk(code, best, add_try, ps, &t);
}

/* --- edges -------------------------------------------------------------- */

/* Its index among the kids. */
static uint32_t
cheapest_kid(const struct presearch *ps, const struct node *nd)
{
	const uint32_t *kids = ps->b->ts->kids + nd->kids;
	uint32_t best = 0;

	for (uint32_t i = 1; i < nd->nkids; i++) {
		if (ps->cost[kids[i]] < ps->cost[kids[best]])
			best = i;
	}
	return best;
}

/*
 * Where a node has one edge up, what leads to it may lead to its target at
 * once: most terms then name their topic without a step between. Kids stand
 * before their parents, so from the end on each target is final.
 */
static void
shorten_edges(struct edges *e, size_t nnodes)
{
	uint32_t *only = xcalloc(nnodes + 1, sizeof(*only));
	uint32_t *count = xcalloc(nnodes + 1, sizeof(*count));

	for (size_t i = 0; i < e->n; i++) {
		count[e->v[i].from]++;
		only[e->v[i].from] = e->v[i].to;
	}
	for (size_t i = nnodes; i-- > 0;) {
		uint32_t to = only[i];

		if (count[i] == 1 && !(to & UP_TOPIC) && count[to] == 1)
			only[i] = only[to];
	}
	for (size_t i = 0; i < e->n; i++) {
		uint32_t to = e->v[i].to;

		if (!(to & UP_TOPIC) && count[to] == 1)
			e->v[i].to = only[to];
	}
	free(only);
	free(count);
}

/* Make the edges below `id`; its depth is limited by the compiler. */
static void
trig_node(struct presearch *ps, uint32_t id)
{
	struct node *nd = &ps->b->ts->nodes[id];
	const uint32_t *kids = ps->b->ts->kids + nd->kids;

	if (nd->flags & NODE_TRIG)
		return;
	nd->flags |= NODE_TRIG;
	if (nd->op == NODE_TERM) {
		trig_term(ps, id);
	} else if (node_takes_all_kids(nd)) {
		for (uint32_t i = 0; i < nd->nkids; i++) {
			edges_add(&ps->up, kids[i], id, ATOM_NO);
			trig_node(ps, kids[i]);
		}
	} else {
		uint32_t at = cheapest_kid(ps, nd);

		if (nd->op == NODE_ALL)
			nd->need = at; /* looked at last: it is there */
		edges_add(&ps->up, kids[at], id, ATOM_NO);
		trig_node(ps, kids[at]);
	}
}

/* The lone words below a part, one a term. False when a term has none. */
static bool
gate_words(const struct presearch *ps, uint32_t id, struct u32vec *out)
{
	const struct topic_set *ts = ps->b->ts;
	const struct node *nd = &ts->nodes[id];

	if (nd->op == NODE_TERM) {
		u32vec_add(out, ps->need[id]);
		return ps->need[id] != ATOM_NO;
	}
	if (nd->op != NODE_ANY || nd->nkids > GATE_MAX)
		return false;
	for (uint32_t i = 0; i < nd->nkids; i++) {
		if (!gate_words(ps, ts->kids[nd->kids + i], out) ||
		    out->n > GATE_MAX)
			return false;
	}
	return true;
}

/*
 * Most topics that one part announces lack another part. The words of the
 * next rarest part stand side by side in one table, so that a look there is
 * enough for most.
 */
static void
make_gate(const struct presearch *ps, const struct set_topic *tp,
    struct u32vec *gates, uint32_t *off)
{
	const struct topic_set *ts = ps->b->ts;
	const struct node *nd = &ts->nodes[tp->require];
	struct u32vec words = { 0 }, best = { 0 };
	uint32_t least = UINT32_MAX, announcing;

	if (nd->op != NODE_ALL &&
	    (nd->op != NODE_WINDOW || nd->need < nd->nkids))
		return;
	announcing = cheapest_kid(ps, nd);
	for (uint32_t i = 0; i < nd->nkids; i++) {
		uint32_t kid = ts->kids[nd->kids + i];

		words.n = 0;
		if (i == announcing || ps->cost[kid] >= least ||
		    !gate_words(ps, kid, &words))
			continue;
		least = ps->cost[kid];
		best.n = 0;
		for (size_t j = 0; j < words.n; j++)
			u32vec_add(&best, words.v[j]);
	}
	if (best.n > 0) {
		*off = (uint32_t)gates->n;
		u32vec_add(gates, (uint32_t)best.n);
	}
	for (size_t j = 0; j < best.n; j++)
		u32vec_add(gates, best.v[j]);
	free(words.v);
	free(best.v);
}

static void
build_gates(const struct presearch *ps)
{
	struct topic_set *ts = ps->b->ts;
	struct u32vec gates = { 0 };

	ts->gate_off = xcalloc(ts->ntopics + 1, sizeof(*ts->gate_off));
	u32vec_add(&gates, 0); /* GATE_OPEN */
	for (size_t t = 0; t < ts->ntopics; t++) {
		const struct set_topic *tp = &ts->topics[t];

		if (tp->require != NODE_NO &&
		    ps->cost[tp->require] != UINT32_MAX)
			make_gate(ps, tp, &gates, &ts->gate_off[t]);
	}
	ts->gates = gates.v;
	ts->ngates = gates.n;
}

/* A topic waits for its require, else for any signal that adds points. */
static bool
trig_topic(struct presearch *ps, uint32_t t)
{
	const struct topic_set *ts = ps->b->ts;
	const struct set_topic *tp = &ts->topics[t];
	const struct set_signal *sg = ts->signals + tp->signals;
	bool found = false;

	if (tp->require != NODE_NO && ps->cost[tp->require] != UINT32_MAX) {
		edges_add(&ps->up, tp->require, t | UP_TOPIC, ATOM_NO);
		trig_node(ps, tp->require);
		return true;
	}
	if (tp->mention <= 0)
		return false;
	for (uint32_t i = 0; i < tp->nsignals; i++) {
		if (sg[i].weight > 0 && ps->cost[sg[i].node] == UINT32_MAX)
			return false;
	}
	for (uint32_t i = 0; i < tp->nsignals; i++) {
		if (sg[i].weight <= 0)
			continue;
		found = true;
		edges_add(&ps->up, sg[i].node, t | UP_TOPIC, ATOM_NO);
		trig_node(ps, sg[i].node);
	}
	return found;
}

/* How many tries it takes to name all that is above a term: most often one. */
static uint32_t
tries_of(const struct topic_set *ts, uint32_t node)
{
	const uint32_t *up = ts->up + ts->up_off[node];
	uint32_t n = ts->up_off[node + 1] - ts->up_off[node];

	for (uint32_t i = 0; i < n; i++) {
		if (!(up[i] & UP_TOPIC))
			return 1;
	}
	return n > DIRECT_MAX ? 1 : n;
}

static void
put_tries(struct topic_set *ts, uint32_t node, uint32_t with)
{
	const uint32_t *up = ts->up + ts->up_off[node];
	uint32_t n = tries_of(ts, node);

	for (uint32_t i = 0; i < n; i++) {
		struct set_try t = { node, with, TRY_CLIMB, GATE_OPEN };

		if (n > 1 || (ts->up_off[node + 1] - ts->up_off[node] == 1 &&
				 (up[i] & UP_TOPIC))) {
			t.topic = up[i] & ~UP_TOPIC;
			t.gate = ts->gate_off[t.topic];
		}
		ts->tries[ts->ntries++] = t;
	}
}

/* Where few topics alone are above a term, the way to them is short. */
static void
build_tries(struct presearch *ps)
{
	struct topic_set *ts = ps->b->ts;
	size_t natoms = index_len(ts->index), n = 0;
	uint32_t *off, *node, *with;

	edges_table(&ps->try, natoms, &off, &node, &with);
	for (size_t i = 0; i < off[natoms]; i++)
		n += tries_of(ts, node[i]);
	ts->tries = xcalloc(n + 1, sizeof(*ts->tries));
	for (size_t i = 0, at = 0; i < natoms; i++) {
		size_t end = off[i + 1];

		off[i] = (uint32_t)ts->ntries;
		for (; at < end; at++)
			put_tries(ts, node[at], with[at]);
		if (off[i] < ts->ntries)
			ts->tries[ts->ntries - 1].node |= TRY_LAST;
	}
	off[natoms] = (uint32_t)ts->ntries;
	index_set_tries(ts->index, off);
	free(off);
	free(node);
	free(with);
}

void
build_presearch(struct builder *b)
{
	struct topic_set *ts = b->ts;
	struct presearch ps = { .b = b };

	ps.cost = xcalloc(ts->nnodes + 1, sizeof(*ps.cost));
	ps.uses = xcalloc(index_len(ts->index) + 1, sizeof(*ps.uses));
	for (size_t i = 0; i < ts->nnodes; i++) {
		if (ts->nodes[i].op == NODE_TERM)
			code_walk(ts->code + ts->nodes[i].kids, -1, count_use,
			    &ps, NULL);
	}
	for (size_t i = 0; i < ts->nnodes; i++)
		ps.cost[i] = node_cost(&ps, &ts->nodes[i]);
	find_needs(&ps);
	ts->always = xcalloc(ts->ntopics + 1, sizeof(*ts->always));
	for (size_t t = 0; t < ts->ntopics; t++) {
		if (!trig_topic(&ps, (uint32_t)t))
			ts->always[ts->nalways++] = (uint32_t)t;
	}
	build_gates(&ps);
	shorten_edges(&ps.up, ts->nnodes);
	edges_table(&ps.up, ts->nnodes, &ts->up_off, &ts->up, NULL);
	build_tries(&ps);
	free(ps.need);
	free(ps.cost);
	free(ps.uses);
}
