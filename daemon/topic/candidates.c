/* candidates.c - the few topics that an item's words announce. */
#include "base/arena.h"
#include "topic/match.h"

/*
 * In a large set all that a word leads to is far away in memory. So each step
 * is taken for everything that is left before the next one, and asks for the
 * lines which that one reads: they come at the same time.
 */
#define AHEAD 8
#define SORT_MAX 32 /* candidates; of more the bits are read */

struct u32s {
	uint32_t *v;
	size_t n, size;
};

struct presearch {
	struct match *m;
	uint64_t *topics;  /* a bit each */
	struct u32s found; /* those topics */
	struct u32s left;  /* tries that may succeed */
	struct u32s stack; /* nodes to climb from */
	struct imap seen;  /* nodes climbed */
};

static void
u32s_add(struct arena *a, struct u32s *l, uint32_t x)
{
	if (l->n == l->size) {
		size_t size = l->size == 0 ? 64 : l->size * 2;

		l->v = arena_grow(
		    a, l->v, l->size * sizeof(*l->v), size * sizeof(*l->v));
		l->size = size;
	}
	l->v[l->n++] = x;
}

static void
add_topic(struct presearch *ps, uint32_t topic)
{
	uint64_t bit = UINT64_C(1) << (topic % 64);

	if (ps->topics[topic / 64] & bit)
		return;
	ps->topics[topic / 64] |= bit;
	u32s_add(ps->m->a, &ps->found, topic);
}

static bool
gate_open(const struct match *m, uint32_t gate)
{
	const uint32_t *words = m->ts->gates + gate;
	uint32_t n = *words++;

	if (n == 0)
		return true;
	for (uint32_t i = 0; i < n; i++) {
		if (match_has(m, words[i]))
			return true;
	}
	return false;
}

/* --- steps -------------------------------------------------------------- */

/* Most terms that a word begins lack another word. */
static void
keep_by_words(struct presearch *ps)
{
	const struct match *m = ps->m;
	const struct topic_set *ts = m->ts;

	for (size_t i = 0; i < m->ntries; i++) {
		uint32_t k = m->tries[i];

		if (i + AHEAD < m->ntries)
			__builtin_prefetch(&ts->tries[m->tries[i + AHEAD]]);
		for (;; k++) {
			const struct set_try *t = &ts->tries[k];

			if (t->with == ATOM_NO || match_has(m, t->with)) {
				__builtin_prefetch(&ts->gates[t->gate]);
				u32s_add(m->a, &ps->left, k);
			}
			if (t->node & TRY_LAST)
				break;
		}
	}
}

/* Most topics that are left lack every word of another part. */
static void
keep_by_gates(struct presearch *ps)
{
	const struct topic_set *ts = ps->m->ts;
	size_t n = 0;

	for (size_t i = 0; i < ps->left.n; i++) {
		const struct set_try *t = &ts->tries[ps->left.v[i]];

		if (!gate_open(ps->m, t->gate))
			continue;
		__builtin_prefetch(&ts->nodes[t->node & ~TRY_LAST]);
		if (t->topic != TRY_CLIMB)
			__builtin_prefetch(&ts->topics[t->topic]);
		ps->left.v[n++] = ps->left.v[i];
	}
	ps->left.n = n;
}

/* Ask for what the terms that are left are made of, and their topics. */
static void
fetch_terms(const struct presearch *ps)
{
	const struct topic_set *ts = ps->m->ts;

	for (size_t i = 0; i < ps->left.n; i++) {
		const struct set_try *t = &ts->tries[ps->left.v[i]];
		uint32_t id = t->node & ~TRY_LAST;

		__builtin_prefetch(&ts->code[ts->nodes[id].kids]);
		if (t->topic == TRY_CLIMB)
			__builtin_prefetch(&ts->up_off[id]);
		else if (ts->topics[t->topic].require != NODE_NO)
			__builtin_prefetch(
			    &ts->nodes[ts->topics[t->topic].require]);
	}
}

/* --- the way up --------------------------------------------------------- */

static void
climb_push(struct presearch *ps, uint32_t id)
{
	const struct topic_set *ts = ps->m->ts;

	for (uint32_t i = ts->up_off[id]; i < ts->up_off[id + 1]; i++) {
		uint32_t up = ts->up[i];

		if (up & UP_TOPIC) {
			up &= ~UP_TOPIC;
			if (gate_open(ps->m, ts->gate_off[up]))
				add_topic(ps, up);
			continue;
		}
		if (imap_get(&ps->seen, up) != NULL)
			continue;
		imap_put(ps->m->a, &ps->seen, up, ps);
		u32s_add(ps->m->a, &ps->stack, up);
	}
}

static void
try_term(struct presearch *ps, const struct set_try *t)
{
	uint32_t id = t->node & ~TRY_LAST;

	if (t->topic != TRY_CLIMB) {
		if (!(ps->topics[t->topic / 64] >> (t->topic % 64) & 1) &&
		    match_yes(ps->m, id))
			add_topic(ps, t->topic);
		return;
	}
	if (!match_yes(ps->m, id))
		return;
	climb_push(ps, id);
	while (ps->stack.n > 0)
		climb_push(ps, ps->stack.v[--ps->stack.n]);
}

/* --- all of it ---------------------------------------------------------- */

static void
sort_few(uint32_t *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t x = v[i];
		size_t k = i;

		for (; k > 0 && v[k - 1] > x; k--)
			v[k] = v[k - 1];
		v[k] = x;
	}
}

static void
sort_found(struct presearch *ps)
{
	size_t n = 0;

	if (ps->found.n < SORT_MAX) {
		sort_few(ps->found.v, ps->found.n);
		return;
	}
	for (size_t i = 0; i <= ps->m->ts->ntopics / 64; i++) {
		for (uint64_t w = ps->topics[i]; w != 0; w &= w - 1)
			ps->found.v[n++] =
			    (uint32_t)(i * 64 + (size_t)__builtin_ctzll(w));
	}
}

void
match_candidates(struct match *m, struct candidates *out)
{
	const struct topic_set *ts = m->ts;
	struct presearch ps = { .m = m };

	ps.topics =
	    arena_calloc(m->a, ts->ntopics / 64 + 1, sizeof(*ps.topics));
	for (size_t i = 0; i < ts->nalways; i++)
		add_topic(&ps, ts->always[i]);
	keep_by_words(&ps);
	keep_by_gates(&ps);
	fetch_terms(&ps);
	for (size_t i = 0; i < ps.left.n; i++)
		try_term(&ps, &ts->tries[ps.left.v[i]]);
	sort_found(&ps);
	out->v = ps.found.v;
	out->n = ps.found.n;
}
