/* mem_prune.c - what the journal in memory drops: the twin of sqlite_prune. */
#include "store/front.h"
#include "store/mem_priv.h"

/* An entry as a front sees it. */
struct measure {
	uint64_t n;
	int64_t at;
	uint64_t bytes;
};

static struct measure
record_measure(const void *entry)
{
	const struct record *r = &((const struct mem_record *)entry)->r;

	return (
	    struct measure){ r->seq, r->at_ms, r->body_len + r->explain_len };
}

static struct measure
archived_measure(const void *entry)
{
	const struct archived *a = &((const struct mem_archived *)entry)->a;

	return (struct measure){ (uint64_t)a->id, a->at, a->json_len };
}

/* How many go. All at once: there is nothing that a step could spare. */
static size_t
front_len(const struct mem_list *l, struct measure (*measure)(const void *),
    struct front *f)
{
	struct measure m = { 0 };
	size_t i, n = 0;

	for (i = 0; i < l->n; i++) {
		m = measure(l->v[i]);
		if (!front_see(f, m.n, m.at, m.bytes))
			break;
	}
	if (i < l->n && m.at <= f->now && front_waits(f))
		front_next(f, m.at);
	while (n < i && measure(l->v[n]).n <= f->last)
		n++;
	return n;
}

static void
prune_records(struct mem_journal *mj, int64_t now, uint64_t keep_seq)
{
	const struct journal_params *p = &mj->params;
	uint64_t bytes = mem_record_bytes(mj), max = p->journal_max_bytes;
	struct front f = {
		.young = (now - (int64_t)p->journal_keep_s) * 1000,
		.now = now * 1000 + 999,
		.keep = keep_seq,
		.max = max > 0 ? max : UINT64_MAX,
		.bytes = bytes,
		.left = bytes,
	};

	mem_list_drop_front(&mj->records,
	    front_len(&mj->records, record_measure, &f), mem_drop_record);
}

static void
prune_archive(struct mem_journal *mj, int64_t now)
{
	const struct journal_params *p = &mj->params;
	bool none = p->archive_keep_s == 0 || p->archive_max_bytes == 0;
	struct front f = {
		.young = none ? INT64_MAX : now - (int64_t)p->archive_keep_s,
		.now = none ? INT64_MAX : now,
		.keep = UINT64_MAX,
		.max = p->archive_max_bytes,
		.bytes = mj->archive_bytes,
		.left = mj->archive_bytes,
	};

	mem_list_drop_front(&mj->archive,
	    front_len(&mj->archive, archived_measure, &f), mem_drop_archived);
	mj->archive_bytes = mj->archive_bytes_committed = f.left;
}

static void
prune_remembered(struct mem_journal *mj, int64_t now)
{
	int64_t window = (int64_t)mj->params.copy_window_s;
	struct mem_list *l = &mj->remembered;
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct mem_remembered *m = l->v[i];

		if (m->m.at > now + window)
			m->m.at = now;
		if (m->m.at < now - window)
			mem_drop_remembered(m);
		else
			l->v[kept++] = m;
	}
	l->n = l->committed = kept;
}

int
mem_prune(struct journal *j, int64_t now, uint64_t keep_seq)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (mj->in_txn)
		return mem_fail(mj, "already in a transaction");
	prune_records(mj, now, keep_seq);
	prune_archive(mj, now);
	prune_remembered(mj, now);
	return 0;
}
