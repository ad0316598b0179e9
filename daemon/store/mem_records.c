/* mem_records.c - records of the journal in memory. */
#include <string.h>

#include "base/arena.h"
#include "store/mem_priv.h"

void
mem_drop_record(void *p)
{
	struct mem_record *m = p;

	arena_free(m->a); /* holds m */
}

int
mem_append(struct journal *j, struct record *r)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *a;
	struct journal_topic *topics;
	struct mem_record *m;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
	a = arena_new(r->body_len + 1024);
	m = arena_calloc(a, 1, sizeof(*m));
	m->a = a;
	r->seq = ++mj->seq;
	m->r = *r;
	m->r.feed = arena_strdup(a, r->feed);
	m->r.item_id = arena_strdup(a, r->item_id);
	m->r.lang = arena_strdup(a, r->lang);
	m->r.story = arena_strdup(a, r->story);
	m->r.origin = arena_strdup(a, r->origin);
	m->r.to = arena_strdup(a, r->to);
	m->r.body = arena_strndup(a, r->body, r->body_len);
	if (r->explain != NULL)
		m->r.explain = arena_strndup(a, r->explain, r->explain_len);
	topics = arena_calloc(a, r->ntopics, sizeof(*topics));
	for (size_t i = 0; i < r->ntopics; i++) {
		topics[i] = r->topics[i];
		topics[i].name = arena_strdup(a, r->topics[i].name);
	}
	m->r.topics = topics;
	mem_list_add(&mj->records, m);
	return 0;
}

int
mem_read(
    struct journal *j, uint64_t after, size_t max, record_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct mem_list *l = &mj->records;
	size_t i = 0;

	if (l->committed > 0) {
		struct mem_record *first = l->v[0];

		if (after >= first->r.seq)
			i = (size_t)MIN(
			    after - first->r.seq + 1, (uint64_t)l->committed);
	}
	for (; i < l->committed && max > 0; i++, max--) {
		struct mem_record *m = l->v[i];
		int stop = cb(cookie, &m->r);

		if (stop != 0)
			return stop;
	}
	return 0;
}

int
mem_find_record(
    struct journal *j, const char *item_id, record_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	for (size_t i = mj->records.n; i > 0; i--) {
		const struct mem_record *m = mj->records.v[i - 1];

		if (m->r.kind <= RECORD_UPDATE && m->r.item_id != NULL &&
		    strcmp(m->r.item_id, item_id) == 0)
			return cb(cookie, &m->r);
	}
	return 0;
}

int
mem_bounds(struct journal *j, uint64_t *oldest, uint64_t *newest)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	*newest = mj->seq_committed;
	*oldest = 0;
	if (mj->records.committed > 0)
		*oldest = ((struct mem_record *)mj->records.v[0])->r.seq;
	else if (*newest > 0)
		*oldest = *newest + 1;
	return 0;
}

uint64_t
mem_record_bytes(const struct mem_journal *mj)
{
	uint64_t n = 0;

	for (size_t i = 0; i < mj->records.n; i++) {
		const struct mem_record *m = mj->records.v[i];

		n += m->r.body_len + m->r.explain_len;
	}
	return n;
}
