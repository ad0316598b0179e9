/* signals.c - how often each signal of a rule set alone fires on items. */
#include <stdint.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/xmalloc.h"
#include "signals.h"
#include "topic/rules.h"
#include "topic/topic.h"

struct watched {
	const struct rules_topic *topic;
	const struct rules_signal *signal;
	size_t fired;
};

struct signals {
	struct arena *arena;
	struct watched *v;
	size_t n;
	struct topic_set *set; /* a topic for each, named by its number */
};

/* The condition of a signal alone, in the languages of its topic. */
static struct rules_topic
topic_of(struct arena *a, const struct watched *w, size_t number)
{
	return (struct rules_topic){
		.name = arena_printf(a, "%zu", number),
		.mark = w->signal->mark,
		.threshold = 1,
		.mention = 1,
		.langs = w->topic->langs,
		.nlangs = w->topic->nlangs,
		.require = w->signal->node,
	};
}

static void
watch_all(struct signals *sg, const struct rules *r)
{
	size_t room = 0;

	for (size_t i = 0; i < r->ntopics; i++)
		room += r->topics[i].nsignals;
	sg->v = arena_calloc(sg->arena, room + 1, sizeof(*sg->v));
	for (size_t i = 0; i < r->ntopics; i++)
		for (size_t k = 0; k < r->topics[i].nsignals; k++)
			if (r->topics[i].signals[k].weight > 0)
				sg->v[sg->n++] = (struct watched){
					.topic = &r->topics[i],
					.signal = &r->topics[i].signals[k],
				};
}

struct signals *
signals_new(const struct rules *r)
{
	struct signals *sg = xcalloc(1, sizeof(*sg));
	struct topic_limits limits = topic_limits_default;
	struct rules alone = *r;
	struct diags ds;

	sg->arena = arena_new(0);
	watch_all(sg, r);
	alone.topics =
	    arena_calloc(sg->arena, sg->n + 1, sizeof(*alone.topics));
	alone.ntopics = sg->n;
	for (size_t i = 0; i < sg->n; i++)
		alone.topics[i] = topic_of(sg->arena, &sg->v[i], i);
	/* They were compiled within the limits of the configuration. */
	limits.max_topics = limits.max_terms = limits.max_nodes = SIZE_MAX;
	limits.max_depth = UINT32_MAX;
	diags_init(&ds, 1);
	sg->set = topic_compile(&alone, &limits, &ds);
	diags_fini(&ds);
	return sg;
}

void
signals_free(struct signals *sg)
{
	if (sg == NULL)
		return;
	topic_set_free(sg->set);
	arena_free(sg->arena);
	free(sg);
}

void
signals_count(struct signals *sg, const struct tokens *tokens, struct arena *a)
{
	struct topic_results found;

	if (sg->set == NULL)
		return;
	topic_eval(sg->set, tokens, a, false, NULL, &found);
	for (size_t i = 0; i < found.n; i++)
		if (found.v[i].level != TOPIC_NONE)
			sg->v[strtoul(found.v[i].topic, NULL, 10)].fired++;
}

void
signals_lint(const struct signals *sg, size_t items, unsigned int percent,
    struct diags *ds)
{
	for (size_t i = 0; i < sg->n; i++) {
		const struct watched *w = &sg->v[i];
		const struct rules_mark *m = &w->signal->mark;

		if (w->fired * 100 > items * percent)
			diags_add(ds, DIAG_WARNING, m->file, m->line, m->col,
			    "signal \"%.80s\" of topic \"%.80s\" is in %zu of "
			    "%zu items, %.1f %%; expected at most %u %%: "
			    "narrow it, or make it a \"require\"",
			    w->signal->name, w->topic->name, w->fired, items,
			    100.0 * (double)w->fired / (double)items, percent);
	}
}
