/* journal_mem.c - the journal's twin in memory: the same answers, no file. */
#include <stdlib.h>
#include <string.h>

#include "base/hmap.h"
#include "base/xmalloc.h"
#include "store/mem_priv.h"

static int
mem_begin(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (mj->in_txn)
		return mem_fail(mj, "already in a transaction");
	mj->in_txn = true;
	return 0;
}

static int
mem_commit(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
	mj->in_txn = false;
	mj->records.committed = mj->records.n;
	mj->archive.committed = mj->archive.n;
	mj->remembered.committed = mj->remembered.n;
	mj->counts.committed = mj->counts.n;
	mj->seq_committed = mj->seq;
	mj->archive_bytes_committed = mj->archive_bytes;
	mem_undo_all(mj, false);
	return 0;
}

static void
mem_rollback(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (!mj->in_txn)
		return;
	mj->in_txn = false;
	mem_list_rollback(&mj->records, mem_drop_record);
	mem_list_rollback(&mj->archive, mem_drop_archived);
	mem_list_rollback(&mj->remembered, mem_drop_remembered);
	mem_list_rollback(&mj->counts, mem_drop_remembered);
	mj->seq = mj->seq_committed;
	mj->archive_bytes = mj->archive_bytes_committed;
	mem_undo_all(mj, true);
}

/* There is no disk. */
static int
mem_reserve(struct journal *j)
{
	(void)j;
	return 0;
}

static void
mem_relieve(struct journal *j)
{
	(void)j;
}

static uint64_t
mem_bytes(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	uint64_t n = mj->archive_bytes;

	for (size_t i = 0; i < mj->records.n; i++)
		n += ((struct mem_record *)mj->records.v[i])->r.body_len;
	return n;
}

static void
mem_sizes(struct journal *j, struct journal_sizes *sz)
{
	const struct mem_journal *mj = (struct mem_journal *)j;

	*sz = (struct journal_sizes){ mem_record_bytes(mj),
		mj->archive_bytes_committed };
}

static void
mem_close(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	mem_rollback(j);
	mem_list_fini(&mj->records, mem_drop_record);
	mem_list_fini(&mj->archive, mem_drop_archived);
	mem_list_fini(&mj->remembered, mem_drop_remembered);
	mem_list_fini(&mj->counts, mem_drop_remembered);
	hmap_free(mj->feeds, mem_drop_feed);
	hmap_free(mj->cursors, mem_drop_cursor);
	hmap_free(mj->alerts, mem_drop_alert);
	free(mj->undo);
	free(mj);
}

static const struct journal_ops mem_ops = {
	.begin = mem_begin,
	.commit = mem_commit,
	.rollback = mem_rollback,
	.append = mem_append,
	.read = mem_read,
	.find_record = mem_find_record,
	.bounds = mem_bounds,
	.put_feed = mem_put_feed,
	.get_feed = mem_get_feed,
	.each_feed = mem_each_feed,
	.put_archived = mem_put_archived,
	.find_archived = mem_find_archived,
	.each_archived = mem_each_archived,
	.page_archived = mem_page_archived,
	.put_remembered = mem_put_remembered,
	.each_remembered = mem_each_remembered,
	.put_counts = mem_put_counts,
	.get_counts = mem_get_counts,
	.put_alert = mem_put_alert,
	.each_alert = mem_each_alert,
	.put_cursor = mem_put_cursor,
	.get_cursor = mem_get_cursor,
	.del_cursor = mem_del_cursor,
	.each_cursor = mem_each_cursor,
	.prune = mem_prune,
	.reserve = mem_reserve,
	.relieve = mem_relieve,
	.bytes = mem_bytes,
	.sizes = mem_sizes,
	.close = mem_close,
};

struct journal *
journal_open_mem(const struct journal_params *p)
{
	struct mem_journal *mj = xcalloc(1, sizeof(*mj));
	struct hash_key r;

	mj->j.ops = &mem_ops;
	mj->params = *p;
	mj->params.path = NULL;
	mj->params.archive_keep_s = MIN(p->archive_keep_s, INT32_MAX);
	mj->params.journal_keep_s = MIN(p->journal_keep_s, INT32_MAX);
	mj->params.copy_window_s = MIN(p->copy_window_s, INT32_MAX);
	hash_key_random(&r);
	mj->j.epoch = (r.k[0] >> 1) | 1U;
	hash_key_random(&mj->j.key);
	mj->feeds = hmap_new();
	mj->cursors = hmap_new();
	mj->alerts = hmap_new();
	return &mj->j;
}
