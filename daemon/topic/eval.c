/* eval.c - from matches to scores and levels. */
#include <string.h>

#include "base/arena.h"
#include "text/token.h"
#include "topic/eval.h"
#include "topic/explain.h"
#include "topic/match.h"

int32_t
eval_boost(const struct set_signal *sg, const struct match_best *best)
{
	return sg->boost ? best->boost : 1;
}

static int32_t
clamp(int64_t v)
{
	return (int32_t)MAX(INT32_MIN, MIN(INT32_MAX, v));
}

static int32_t
eval_score(struct match *m, const struct set_topic *tp)
{
	const struct set_signal *sg = m->ts->signals + tp->signals;
	int64_t score = 0;

	for (uint32_t i = 0; i < tp->nsignals; i++) {
		struct match_best best;

		if (!match_yes(m, sg[i].node))
			continue;
		best = match_best(m, sg[i].node);
		score += (int64_t)sg[i].weight * eval_boost(&sg[i], &best);
	}
	/* Without signals the condition alone decides. */
	return tp->nsignals == 0 ? tp->threshold : clamp(score);
}

static bool
lang_wanted(const struct match *m, const struct set_topic *tp)
{
	const char *have = m->tk->lang;

	/* An item whose language nobody knows is not turned away. */
	if (tp->nlangs == 0 || have[0] == '\0')
		return true;
	for (uint32_t i = 0; i < tp->nlangs; i++) {
		const char *want = set_str(m->ts, m->ts->langs[tp->langs + i]);

		if (strcmp(have, want) == 0)
			return true;
	}
	return false;
}

static void
eval_topic(struct match *m, const struct set_topic *tp, bool explain,
    struct topic_result *r)
{
	memset(r, 0, sizeof(*r));
	r->topic = set_str(m->ts, tp->name);
	r->threshold = tp->threshold;
	r->mention = tp->mention;
	r->lang_ok = lang_wanted(m, tp);
	r->require_ok =
	    tp->require == NODE_NO || match_node(m, tp->require)->yes;
	if (!explain && (!r->require_ok || !r->lang_ok))
		return;
	r->excluded = tp->exclude != NODE_NO && match_node(m, tp->exclude)->yes;
	if (!explain && r->excluded)
		return;
	/* A lone condition that fails has no score to show. */
	if (tp->nsignals > 0 || r->require_ok)
		r->score = eval_score(m, tp);
	if (r->require_ok && r->lang_ok && !r->excluded) {
		if (r->score >= r->threshold)
			r->level = TOPIC_ABOUT;
		else if (r->score >= r->mention)
			r->level = TOPIC_MENTIONS;
	}
	if (explain)
		explain_topic(m, tp, r);
}

static bool
topic_wanted(const char *name, const char *const *only)
{
	for (; *only != NULL; only++) {
		if (topic_glob_match(*only, name))
			return true;
	}
	return false;
}

/* One scope: the whole item, or the title with one of its parts. */
static void
eval_scope(const struct topic_set *ts, const struct tokens *tk, struct arena *a,
    bool explain, const char *const *only, struct topic_results *out)
{
	struct candidates maybe = { NULL, ts->ntopics };
	struct match m;
	size_t size = 0;

	memset(out, 0, sizeof(*out));
	match_init(&m, ts, tk, a);
	if (!explain)
		match_candidates(&m, &maybe);
	for (size_t k = 0; k < maybe.n; k++) {
		size_t i = explain ? k : maybe.v[k];

		if (only != NULL && !topic_wanted(topic_set_name(ts, i), only))
			continue;
		if (out->n == size) {
			out->v = arena_grow(a, out->v, size * sizeof(*out->v),
			    (size * 2 + 4) * sizeof(*out->v));
			size = size * 2 + 4;
		}
		eval_topic(&m, &ts->topics[i], explain, &out->v[out->n]);
		out->v[out->n].at = i;
		if (explain || out->v[out->n].level != TOPIC_NONE)
			out->n++;
	}
}

/* --- parts --------------------------------------------------------------- */

/*
 * The tokens of part `p` of an item, with those of its other fields. In an
 * item whose title stands apart that one is part 0.
 */
static struct tokens *
part_view(const struct tokens *tk, struct arena *a, uint32_t p)
{
	struct tokens *view = arena_calloc(a, 1, sizeof(*view));
	bool title = !tk->apart || p == 0;
	uint32_t at = tk->apart ? p - 1 : p;
	size_t from = tk->first[FIELD_URL], to = from;

	if (!tk->apart || p > 0) {
		from = tk->parts[at];
		if (at + 1 < tk->nparts)
			to = tk->parts[at + 1];
	}
	*view = *tk;
	view->v = arena_alloc(a, (tk->n + 1) * sizeof(*view->v));
	view->n = 0;
	for (size_t i = 0; i < tk->n; i++) {
		if ((i < tk->first[FIELD_BODY] && title) ||
		    (i >= from && i < to) || i >= tk->first[FIELD_URL])
			view->v[view->n++] = tk->v[i];
	}
	view->nparts = 0;
	return view;
}

static bool
is_better(const struct topic_result *a, const struct topic_result *b)
{
	if (a->level != b->level)
		return a->level > b->level;
	if (a->require_ok != b->require_ok)
		return a->require_ok;
	return a->score > b->score;
}

/* Two lists in the set's order become one, each topic with its better. */
static void
merge_results(
    struct arena *a, struct topic_results *to, const struct topic_results *from)
{
	struct topic_result *v =
	    arena_alloc(a, (to->n + from->n + 1) * sizeof(*v));
	size_t i = 0, k = 0, n = 0;

	while (i < to->n || k < from->n) {
		if (k == from->n || (i < to->n && to->v[i].at < from->v[k].at))
			v[n++] = to->v[i++];
		else if (i == to->n || from->v[k].at < to->v[i].at)
			v[n++] = from->v[k++];
		else {
			v[n++] = is_better(&from->v[k], &to->v[i]) ? from->v[k]
								   : to->v[i];
			i++;
			k++;
		}
	}
	to->v = v;
	to->n = n;
}

void
topic_eval(const struct topic_set *ts, const struct tokens *tk, struct arena *a,
    bool explain, const char *const *only, struct topic_results *out)
{
	uint32_t n = tk->nparts + tk->apart;

	if (n < 2) {
		eval_scope(ts, tk, a, explain, only, out);
		return;
	}
	memset(out, 0, sizeof(*out));
	for (uint32_t p = 0; p < n; p++) {
		struct topic_results part;

		eval_scope(ts, part_view(tk, a, p), a, explain, only, &part);
		merge_results(a, out, &part);
	}
}
