/* build_node.c - compile one node of a rule, and what it is made of. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/hmap.h"
#include "base/xmalloc.h"
#include "topic/build.h"

void
u32vec_add(struct u32vec *vec, uint32_t x)
{
	if (vec->n == vec->size) {
		vec->size = vec->size == 0 ? 16 : vec->size * 2;
		vec->v = xreallocarray(vec->v, vec->size, sizeof(*vec->v));
	}
	vec->v[vec->n++] = x;
}

uint32_t
build_string(struct builder *b, const char *s)
{
	uintptr_t known = (uintptr_t)hmap_get(b->strings, s);
	size_t len = strlen(s) + 1;

	if (known != 0)
		return (uint32_t)(known - 1);
	while (b->strings_len + len > b->strings_size) {
		b->strings_size =
		    b->strings_size == 0 ? 4096 : b->strings_size * 2;
		b->ts->strings =
		    xreallocarray(b->ts->strings, b->strings_size, 1);
	}
	memcpy(b->ts->strings + b->strings_len, s, len);
	b->strings_len += len;
	hmap_put(b->strings, s, (void *)(uintptr_t)(b->strings_len - len + 1));
	return (uint32_t)(b->strings_len - len);
}

static bool
node_equal(const struct builder *b, const struct node *x, const struct node *y,
    const uint32_t *kids, size_t nkids)
{
	const uint32_t *have = x->op == NODE_TERM ? b->code.v : b->kids.v;

	return x->op == y->op && x->flags == y->flags && x->mask == y->mask &&
	       x->within == y->within && x->need == y->need &&
	       x->nkids == y->nkids && x->nnot == y->nnot &&
	       (nkids == 0 ||
		   memcmp(have + x->kids, kids, nkids * sizeof(*kids)) == 0);
}

uint32_t
build_add(
    struct builder *b, struct node *nd, const uint32_t *kids, size_t nkids)
{
	struct u32vec *pool = nd->op == NODE_TERM ? &b->code : &b->kids;
	struct topic_set *ts = b->ts;
	uint64_t shape;
	uintptr_t known;

	if (nd->op == NODE_TERM)
		nd->nkids = (uint32_t)nkids; /* of code words */
	shape = hash_bytes(&hash_key_fixed, kids, nkids * sizeof(*kids));
	shape = hash_mix(
	    shape, (uint64_t)nd->op << 56 | (uint64_t)nd->flags << 48 |
		       (uint64_t)nd->mask << 32 | (uint32_t)nd->within);
	shape =
	    hash_mix(shape, (uint64_t)nd->need << 32 ^ (uint64_t)nd->nnot << 1);
	known = (uintptr_t)hmap_get64(b->same, shape);
	if (known != 0 && node_equal(b, &ts->nodes[known - 1], nd, kids, nkids))
		return (uint32_t)(known - 1);

	nd->kids = (uint32_t)pool->n;
	for (size_t i = 0; i < nkids; i++)
		u32vec_add(pool, kids[i]);
	if (ts->nnodes == b->nodes_size) {
		b->nodes_size = b->nodes_size == 0 ? 256 : b->nodes_size * 2;
		ts->nodes =
		    xreallocarray(ts->nodes, b->nodes_size, sizeof(*ts->nodes));
	}
	ts->nodes[ts->nnodes++] = *nd;
	ts->nterms += nd->op == NODE_TERM;
	hmap_put64(b->same, shape, (void *)(uintptr_t)ts->nnodes);
	return (uint32_t)(ts->nnodes - 1);
}

static uint32_t
node_fault(struct builder *b, const struct rules_node *rn, const char *msg)
{
	diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line, rn->mark.col,
	    "%s", msg);
	return NODE_NO;
}

/* --- lists -------------------------------------------------------------- */

/* It is there with a fault, or may stand where nothing could be read. */
static bool
list_may_be(const struct rules *r, const char *name)
{
	for (size_t i = 0; i < r->nfaulty_lists; i++)
		if (strcmp(r->faulty_lists[i].name, name) == 0)
			return true;
	return r->lists_lost;
}

static uint32_t
list_unknown(struct builder *b, const struct rules_node *rn)
{
	const char **names, *near;

	names = arena_calloc(b->tmp, b->rules->nlists + 1, sizeof(*names));
	for (size_t i = 0; i < b->rules->nlists; i++)
		names[i] = b->rules->lists[i].name;
	if (list_may_be(b->rules, rn->text))
		return NODE_NO;
	near = diag_suggest(rn->text, names);
	if (near != NULL)
		diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line,
		    rn->mark.col, "no list \"$%.60s\"; did you mean \"$%s\"?",
		    rn->text, near);
	else
		diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line,
		    rn->mark.col,
		    "no list \"$%.60s\"; lists are named under \"terms:\"",
		    rn->text);
	return NODE_NO;
}

static uint32_t
list_no_lang(
    struct builder *b, const struct rules_node *rn, const struct rules_list *l)
{
	char have[128] = "";

	for (size_t i = 0; i < l->nby_lang; i++) {
		if (l->by_lang[i].lang == NULL)
			continue;
		strncat(
		    have, i > 0 ? ", " : "", sizeof(have) - strlen(have) - 1);
		strncat(
		    have, l->by_lang[i].lang, sizeof(have) - strlen(have) - 1);
	}
	diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line, rn->mark.col,
	    "list \"$%.60s\" has no language \"%.20s\"; it has %s", rn->text,
	    rn->lang, have[0] != '\0' ? have : "none, write it without");
	return NODE_NO;
}

static uint32_t
list_build(struct builder *b, const struct rules_node *rn,
    const struct rules_list *l, const struct context *cx)
{
	struct node any = { .op = NODE_ANY, .flags = NODE_SPANS };
	struct u32vec kids = { 0 };
	struct context in = *cx;
	uint32_t id = NODE_NO;
	bool ok = true;

	for (size_t i = 0; i < l->nby_lang; i++) {
		if (rn->lang != NULL &&
		    (l->by_lang[i].lang == NULL ||
			strcmp(rn->lang, l->by_lang[i].lang) != 0))
			continue;
		if (l->by_lang[i].lang != NULL)
			in.lang = l->by_lang[i].lang;
		id = build_node(b, l->by_lang[i].node, &in);
		if (id == NODE_NO)
			ok = false;
		else if (!(b->ts->nodes[id].flags & NODE_SPANS))
			any.flags = 0;
		u32vec_add(&kids, id);
	}
	if (kids.n == 0)
		id = list_no_lang(b, rn, l);
	else if (ok && kids.n > 1) {
		any.nkids = (uint32_t)kids.n;
		any.label =
		    build_string(b, arena_printf(b->tmp, "$%s", rn->text));
		id = build_add(b, &any, kids.v, kids.n);
	}
	free(kids.v);
	return ok ? id : NODE_NO;
}

static uint32_t
build_list(
    struct builder *b, const struct rules_node *rn, const struct context *cx)
{
	uintptr_t at = (uintptr_t)hmap_get(b->lists, rn->text), known;
	const char *lang = rn->lang != NULL ? rn->lang : "";
	const char *around = cx->lang != NULL ? cx->lang : "";
	uint64_t key;
	uint32_t id;

	if (at-- == 0)
		return list_unknown(b, rn);
	if (b->list_busy[at])
		return node_fault(b, rn,
		    "list contains itself; take one of the references out");
	key = hash_mix(
	    hash_str(&hash_key_fixed, lang), hash_str(&hash_key_fixed, around));
	key = hash_mix(key, (uint64_t)at << 32 | (uint32_t)cx->within);
	key = hash_mix(key, cx->in);
	known = (uintptr_t)hmap_get64(b->done, key);
	if (known != 0)
		return (uint32_t)(known - 1);
	if (b->list_bad[at])
		return NODE_NO; /* its faults are told */

	b->list_busy[at] = true;
	b->list_used[at] = true;
	id = list_build(b, rn, &b->rules->lists[at], cx);
	b->list_busy[at] = false;
	if (id != NODE_NO && b->ts->nodes[id].op == NODE_ANY)
		b->ts->nodes[id].label =
		    build_string(b, arena_printf(b->tmp, "$%s", rn->text));
	b->list_bad[at] = id == NODE_NO;
	if (id != NODE_NO)
		hmap_put64(b->done, key, (void *)((uintptr_t)id + 1));
	return id;
}

/* --- groups ------------------------------------------------------------- */

static int
id_cmp(const void *pa, const void *pb)
{
	uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

	return (a > b) - (a < b);
}

static uint32_t
build_any(
    struct builder *b, const struct rules_node *rn, const struct context *cx)
{
	struct node any = { .op = NODE_ANY, .flags = NODE_SPANS };
	struct u32vec kids = { 0 };
	bool ok = true;
	uint32_t id;
	size_t n = 0;

	for (size_t i = 0; i < rn->nkids; i++) {
		id = build_node(b, rn->kids[i], cx);
		ok = ok && id != NODE_NO;
		if (id != NODE_NO && !(b->ts->nodes[id].flags & NODE_SPANS))
			any.flags = 0;
		u32vec_add(&kids, id);
	}
	if (ok && any.flags == 0 && cx->within != 0) {
		ok = false;
		node_fault(b, rn,
		    "\"not\" or \"*\" in an \"any\" inside \"within\"; there "
		    "\"not\" stands directly in the \"all\"");
	}
	id = NODE_NO;
	if (ok && kids.n > 0) {
		qsort(kids.v, kids.n, sizeof(*kids.v), id_cmp);
		for (size_t i = 0; i < kids.n; i++) {
			if (i == 0 || kids.v[i] != kids.v[n - 1])
				kids.v[n++] = kids.v[i];
		}
		id = kids.v[0];
		if (n > 1) {
			any.nkids = (uint32_t)n;
			any.label = build_string(b, "any");
			id = build_add(b, &any, kids.v, n);
		}
	}
	free(kids.v);
	return id;
}

/* The node below "not", with the same meaning of near. */
static bool
build_window_kid(struct builder *b, const struct rules_node *rn,
    const struct context *cx, struct u32vec *must, struct u32vec *nots)
{
	bool negated = rn->op == RULES_NOT;
	const struct rules_node *what = negated ? rn->kids[0] : rn;
	uint32_t id;

	if (rn->op == RULES_EVERY)
		return true; /* always near */
	id = build_node(b, what, cx);
	if (id == NODE_NO)
		return false;
	if (!(b->ts->nodes[id].flags & NODE_SPANS)) {
		node_fault(b, what,
		    "this part has no words of its own, so nothing can be "
		    "near it; take it out of the \"within\"");
		return false;
	}
	u32vec_add(negated ? nots : must, id);
	return true;
}

/* `all` or `atleast` whose parts stand near each other. */
static uint32_t
build_window(
    struct builder *b, const struct rules_node *rn, const struct context *cx)
{
	struct node nd = { .op = NODE_WINDOW, .flags = NODE_SPANS };
	struct u32vec must = { 0 }, nots = { 0 };
	struct context in = *cx;
	uint32_t id = NODE_NO;
	bool ok = true;

	if (rn->within != 0)
		in.within = rn->within;
	else if (in.within == 0)
		in.within = WITHIN_FIELD;
	for (size_t i = 0; i < rn->nkids; i++)
		ok &= build_window_kid(b, rn->kids[i], &in, &must, &nots);
	if (ok && must.n == 0) {
		ok = false;
		node_fault(b, rn,
		    "nothing but \"not\" in a \"within\"; expected a part "
		    "that has words");
	}
	if (ok) {
		nd.within = in.within;
		nd.flags |= rn->ordered ? NODE_ORDERED : 0;
		nd.nkids = (uint32_t)must.n;
		nd.nnot = (uint32_t)nots.n;
		nd.need = rn->op == RULES_ATLEAST ? MIN(rn->atleast, nd.nkids)
						  : nd.nkids;
		for (size_t i = 0; i < nots.n; i++)
			u32vec_add(&must, nots.v[i]);
		nd.label = build_string(
		    b, rn->op == RULES_ALL ? "all within" : "atleast within");
		id = build_add(b, &nd, must.v, must.n);
	}
	free(must.v);
	free(nots.v);
	return id;
}

/* all, atleast, not: over the whole item. */
static uint32_t
build_logic(struct builder *b, const struct rules_node *rn,
    const struct context *cx, enum node_op op)
{
	static const char *const names[] = { [NODE_ALL] = "all",
		[NODE_ATLEAST] = "atleast",
		[NODE_NOT] = "not",
		[NODE_EVERY] = "*" };
	struct node nd = { .op = (uint8_t)op };
	struct u32vec kids = { 0 };
	bool ok = true;
	uint32_t id = NODE_NO;

	for (size_t i = 0; i < rn->nkids; i++) {
		id = build_node(b, rn->kids[i], cx);
		ok = ok && id != NODE_NO;
		u32vec_add(&kids, id);
	}
	if (!ok) {
		id = NODE_NO;
	} else if (op != NODE_ALL || kids.n != 1) {
		nd.need = op == NODE_ATLEAST ? rn->atleast : 0;
		nd.nkids = (uint32_t)kids.n;
		nd.label = build_string(b, names[op]);
		id = build_add(b, &nd, kids.v, kids.n);
	}
	free(kids.v);
	return id;
}

static bool
node_allowed(
    struct builder *b, const struct rules_node *rn, const struct context *cx)
{
	if (cx->depth > b->limits->max_depth) {
		diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line,
		    rn->mark.col,
		    "rule is nested too deeply, lists counted; at most %u "
		    "levels",
		    b->limits->max_depth);
		return false;
	}
	if (!b->full && ++b->seen_nodes > b->limits->max_nodes) {
		b->full = true;
		diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line,
		    rn->mark.col, "too many conditions; at most %zu in all",
		    b->limits->max_nodes);
	}
	return !b->full;
}

uint32_t
build_node(
    struct builder *b, const struct rules_node *rn, const struct context *cx)
{
	struct context in = *cx;

	in.depth++;
	if (rn->in != 0)
		in.in = rn->in;
	if (!node_allowed(b, rn, &in))
		return NODE_NO;
	switch (rn->op) {
	case RULES_TERM:
		return build_term(b, rn, &in);
	case RULES_LIST:
		return build_list(b, rn, &in);
	case RULES_ANY:
		return build_any(b, rn, &in);
	case RULES_ALL:
		if (rn->within != 0 || rn->ordered || in.within != 0)
			return build_window(b, rn, &in);
		return build_logic(b, rn, &in, NODE_ALL);
	case RULES_ATLEAST:
		if (in.within != 0)
			return build_window(b, rn, &in);
		return build_logic(b, rn, &in, NODE_ATLEAST);
	case RULES_NOT:
		if (in.within != 0)
			return node_fault(b, rn,
			    "\"not\" is too deep inside a \"within\"; it "
			    "stands directly in the \"all\"");
		return build_logic(b, rn, &in, NODE_NOT);
	case RULES_EVERY:
		break;
	}
	if (in.within != 0)
		return node_fault(b, rn,
		    "\"*\" is near everything; take it out of the \"within\"");
	return build_logic(b, rn, &in, NODE_EVERY);
}
