/* compile.c - topic rules as written to the arrays that run. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/hmap.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "topic/build.h"
#include "topic/canon.h"

const struct topic_limits topic_limits_default = {
	.max_terms = 200000,
	.max_topics = 20000,
	.max_nodes = 1000000,
	.max_depth = 32,
};

static const struct context context_default = {
	.in = RULES_IN_TITLE | RULES_IN_LEAD | RULES_IN_BODY,
};

static void
compile_topic(struct builder *b, const struct rules_topic *rt,
    struct set_topic *out, size_t *nsignals)
{
	struct topic_set *ts = b->ts;
	struct context cx = context_default;

	if (rt->nlangs == 1)
		cx.lang = rt->langs[0];
	out->name = build_string(b, rt->name);
	out->title = build_string(b, rt->title != NULL ? rt->title : rt->name);
	out->threshold = rt->threshold;
	out->mention = rt->mention;
	out->require = out->exclude = NODE_NO;
	if (rt->require != NULL)
		out->require = build_node(b, rt->require, &cx);
	if (rt->exclude != NULL)
		out->exclude = build_node(b, rt->exclude, &cx);
	out->signals = (uint32_t)*nsignals;
	out->nsignals = (uint32_t)rt->nsignals;
	for (size_t i = 0; i < rt->nsignals; i++) {
		const struct rules_signal *rs = &rt->signals[i];
		struct set_signal *sg = &ts->signals[(*nsignals)++];

		sg->name = build_string(b, rs->name);
		sg->weight = rs->weight;
		sg->boost = rs->boost;
		sg->node = build_node(b, rs->node, &cx);
	}
	out->langs = (uint32_t)b->langs.n;
	out->nlangs = (uint32_t)rt->nlangs;
	for (size_t i = 0; i < rt->nlangs; i++)
		u32vec_add(&b->langs, build_string(b, rt->langs[i]));
}

static void
builder_init(struct builder *b, const struct rules *r,
    const struct topic_limits *limits, struct diags *ds)
{
	memset(b, 0, sizeof(*b));
	b->rules = r;
	b->limits = limits;
	b->ds = ds;
	b->tmp = arena_new(0);
	b->term = arena_new(64 << 10);
	b->ts = xcalloc(1, sizeof(*b->ts));
	b->ts->index = index_new();
	/* Never empty: an offset into them is always a place. */
	u32vec_add(&b->kids, 0);
	u32vec_add(&b->code, 0);
	u32vec_add(&b->langs, 0);
	b->lists = hmap_new();
	b->done = hmap_new();
	b->same = hmap_new();
	b->strings = hmap_new();
	b->list_busy = xcalloc(r->nlists + 1, sizeof(*b->list_busy));
	b->list_used = xcalloc(r->nlists + 1, sizeof(*b->list_used));
	b->list_bad = xcalloc(r->nlists + 1, sizeof(*b->list_bad));
	for (size_t i = 0; i < r->nlists; i++)
		hmap_put(
		    b->lists, r->lists[i].name, (void *)(uintptr_t)(i + 1));
}

static void
builder_fini(struct builder *b)
{
	hmap_free(b->lists, NULL);
	hmap_free(b->done, NULL);
	hmap_free(b->same, NULL);
	hmap_free(b->strings, NULL);
	free(b->list_busy);
	free(b->list_used);
	free(b->list_bad);
	arena_free(b->tmp);
	arena_free(b->term);
}

/* Faults in lists that nothing uses are faults too. */
static void
compile_unused(
    const struct builder *main, const struct rules *r, struct diags *ds)
{
	struct builder b;

	builder_init(&b, r, main->limits, ds);
	for (size_t i = 0; i < r->nlists; i++) {
		struct rules_node ref = { .op = RULES_LIST,
			.mark = r->lists[i].mark,
			.text = r->lists[i].name };

		if (!main->list_used[i])
			(void)build_node(&b, &ref, &context_default);
	}
	b.ts->kids = b.kids.v;
	b.ts->code = b.code.v;
	b.ts->langs = b.langs.v;
	topic_set_free(b.ts);
	builder_fini(&b);
}

/* What the vectors took beyond what is in them goes back. */
static void
set_trim(struct builder *b)
{
	struct topic_set *ts = b->ts;

	ts->nodes =
	    xreallocarray(ts->nodes, ts->nnodes + 1, sizeof(*ts->nodes));
	ts->kids = xreallocarray(b->kids.v, b->kids.n, sizeof(*ts->kids));
	ts->code = xreallocarray(b->code.v, b->code.n, sizeof(*ts->code));
	ts->langs = xreallocarray(b->langs.v, b->langs.n, sizeof(*ts->langs));
	ts->strings = xreallocarray(ts->strings, b->strings_len + 1, 1);
}

static size_t
set_bytes(const struct builder *b)
{
	const struct topic_set *ts = b->ts;

	return sizeof(*ts) + index_bytes(ts->index) +
	       ts->nnodes * (sizeof(*ts->nodes) + sizeof(*ts->up_off)) +
	       (b->kids.n + b->code.n + b->langs.n) * 4 + b->strings_len +
	       ts->ntries * sizeof(*ts->tries) + ts->up_off[ts->nnodes] * 4 +
	       ts->ntopics * (sizeof(*ts->topics) + 2 * 4) +
	       ts->ngates * sizeof(*ts->gates) +
	       b->nsignals * sizeof(*ts->signals);
}

struct topic_set *
topic_compile(
    const struct rules *r, const struct topic_limits *limits, struct diags *ds)
{
	size_t errors = ds->errors, n = 0, done = 0;
	struct builder b;
	struct topic_set *ts;

	if (limits == NULL)
		limits = &topic_limits_default;
	if (r->ntopics > limits->max_topics) {
		const struct rules_mark *m =
		    &r->topics[limits->max_topics].mark;

		diags_add(ds, DIAG_ERROR, m->file, m->line, m->col,
		    "too many topics (%zu); at most %zu", r->ntopics,
		    limits->max_topics);
		return NULL;
	}
	builder_init(&b, r, limits, ds);
	ts = b.ts;
	for (size_t i = 0; i < r->ntopics; i++)
		n += r->topics[i].nsignals;
	b.nsignals = n;
	ts->signals = xcalloc(n + 1, sizeof(*ts->signals));
	ts->topics = xcalloc(r->ntopics + 1, sizeof(*ts->topics));
	ts->ntopics = r->ntopics;
	for (size_t i = 0; i < r->ntopics; i++)
		compile_topic(&b, &r->topics[i], &ts->topics[i], &done);
	compile_unused(&b, r, ds);
	set_trim(&b);
	index_build(ts->index);
	if (ds->errors > errors || r->partial) {
		topic_set_free(ts);
		builder_fini(&b);
		return NULL;
	}
	build_presearch(&b);
	ts->bytes = set_bytes(&b);
	canon_hash(r, ts->hash);
	builder_fini(&b);
	return ts;
}

void
topic_set_free(struct topic_set *ts)
{
	if (ts == NULL)
		return;
	index_free(ts->index);
	free(ts->nodes);
	free(ts->kids);
	free(ts->code);
	free(ts->langs);
	free(ts->strings);
	free(ts->signals);
	free(ts->topics);
	free(ts->tries);
	free(ts->up_off);
	free(ts->up);
	free(ts->always);
	free(ts->gate_off);
	free(ts->gates);
	free(ts);
}

size_t
topic_set_len(const struct topic_set *ts)
{
	return ts->ntopics;
}

const char *
topic_set_name(const struct topic_set *ts, size_t i)
{
	return set_str(ts, ts->topics[i].name);
}

const char *
topic_set_title(const struct topic_set *ts, size_t i)
{
	return set_str(ts, ts->topics[i].title);
}

const char *
topic_set_hash(const struct topic_set *ts)
{
	return ts->hash;
}

size_t
topic_set_terms(const struct topic_set *ts)
{
	return ts->nterms;
}

size_t
topic_set_bytes(const struct topic_set *ts)
{
	return ts->bytes;
}
