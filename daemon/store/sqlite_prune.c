/* sqlite_prune.c - dropping what is too old or too much, a bit at a time. */
#include <errno.h>

#include "store/front.h"
#include "store/sqlite_db.h"

/* Rows of one table that one call of prune drops at most. */
#define PRUNE_STEP 500
/* Rows that one call looks through for a time that has come. */
#define AHEAD_STEP 5000U
/* Pages that one call gives back to the file system at most. */
#define VACUUM_STEP "256"

/* The statements of one table: number, time, size of its rows. */
struct pruned {
	enum sq_id old, come, del;
	uint64_t *ahead; /* rows up to here have times that did not come */
	uint64_t newest;
};

/*
 * The time of the first row behind those that wait for it. Few rows have
 * times ahead of the clock; if many have, they are looked through once, over
 * several calls. 0 = none was found.
 */
static int
next_come(struct sqlite_journal *sj, const struct pruned *p,
    const struct front *f, int64_t *at)
{
	uint64_t from = MAX(f->seen, *p->ahead);
	uint64_t to = MIN(from + AHEAD_STEP, p->newest);
	sqlite3_stmt *st;
	int rc;

	if (from >= to)
		return 0;
	if ((st = sq_stmt(sj, p->come)) == NULL)
		return -1;
	sq_bind_u64(st, 1, from);
	sq_bind_u64(st, 2, to);
	sqlite3_bind_int64(st, 3, f->now);
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return sq_fail(sj, "prune");
	*p->ahead = rc == SQLITE_ROW ? sq_u64(st, 0) - 1 : to;
	if (rc == SQLITE_ROW)
		*at = sqlite3_column_int64(st, 1);
	sqlite3_reset(st);
	return rc == SQLITE_ROW;
}

/* Drop what may go of the rows from..from + PRUNE_STEP; 1 = more to do. */
static int
prune_front(struct sqlite_journal *sj, const struct pruned *p, uint64_t from,
    struct front *f)
{
	sqlite3_stmt *st = sq_stmt(sj, p->old);
	bool stays = false;
	int64_t at = 0;
	int rc, come = 0;

	if (st == NULL)
		return -1;
	sq_bind_u64(st, 1, from);
	sqlite3_bind_int(st, 2, PRUNE_STEP);
	while (!stays && (rc = sqlite3_step(st)) == SQLITE_ROW)
		stays = !front_see(f, sq_u64(st, 0),
		    sqlite3_column_int64(st, 1), sq_u64(st, 2));
	if (!stays && rc != SQLITE_DONE)
		return sq_fail(sj, "prune");
	sqlite3_reset(st);
	if (!stays && front_waits(f))
		come = next_come(sj, p, f, &at);
	if (come == 1)
		front_next(f, at);
	if (come == -1 || f->last == 0)
		return come == -1 ? -1 : 0;
	if ((st = sq_stmt(sj, p->del)) == NULL)
		return -1;
	sq_bind_u64(st, 1, f->last);
	if (sq_run(sj, st) == -1)
		return -1;
	/* All are gone: repair a count that was off. */
	if (f->last == p->newest)
		f->left = 0;
	return !stays && f->last == f->seen && f->last < p->newest;
}

static int
prune_archive(struct sqlite_journal *sj, int64_t now)
{
	const struct journal_params *jp = &sj->params;
	bool none = jp->archive_keep_s == 0 || jp->archive_max_bytes == 0;
	struct front f = {
		.young = none ? INT64_MAX : now - (int64_t)jp->archive_keep_s,
		.now = none ? INT64_MAX : now,
		.keep = UINT64_MAX,
		.max = jp->archive_max_bytes,
		.bytes = sj->archive_bytes,
		.left = sj->archive_bytes,
	};
	struct pruned p = { SQ_ARCHIVE_OLD, SQ_ARCHIVE_COME, SQ_ARCHIVE_DEL,
		&sj->archive_ahead, 0 };
	sqlite3_stmt *st = sq_stmt(sj, SQ_ARCHIVE_NEWEST);
	int more;

	if (st == NULL)
		return -1;
	if (sqlite3_step(st) != SQLITE_ROW)
		return sq_fail(sj, "prune");
	p.newest = sq_u64(st, 0);
	sqlite3_reset(st);
	if ((more = prune_front(sj, &p, 0, &f)) != -1)
		sj->archive_bytes = f.left;
	return more;
}

/* Those of a clock that was ahead by more than the window go a window after
 * it was put right. */
static int
prune_remembered(struct sqlite_journal *sj, int64_t now)
{
	int64_t window = (int64_t)sj->params.copy_window_s;
	sqlite3_stmt *st = sq_stmt(sj, SQ_REMEMBERED_COME);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, now);
	sqlite3_bind_int64(st, 2, now + window);
	sqlite3_bind_int(st, 3, PRUNE_STEP);
	if (sq_run(sj, st) == -1 ||
	    (st = sq_stmt(sj, SQ_REMEMBERED_PRUNE)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, now - window);
	sqlite3_bind_int(st, 2, PRUNE_STEP);
	if (sq_run(sj, st) == -1)
		return -1;
	return sqlite3_changes(sj->db) == PRUNE_STEP;
}

/* *oldest: what is oldest afterwards. */
static int
prune_records(
    struct sqlite_journal *sj, int64_t now, uint64_t keep_seq, uint64_t *oldest)
{
	uint64_t max = sj->params.journal_max_bytes;
	struct front f = {
		.young = (now - (int64_t)sj->params.journal_keep_s) * 1000,
		.now = now * 1000 + 999,
		.keep = keep_seq,
		.max = max > 0 ? max : UINT64_MAX,
		.bytes = sj->record_bytes,
		.left = sj->record_bytes,
	};
	const struct pruned p = { SQ_RECORD_OLD, SQ_RECORD_COME,
		SQ_RECORD_PRUNE, &sj->record_ahead, sj->seq };
	int more;

	*oldest = sj->oldest;
	if (sj->seq == 0)
		return 0;
	more = prune_front(sj, &p, sj->oldest, &f);
	if (more == -1 || f.last == 0)
		return more;
	sj->record_bytes = f.left;
	*oldest = f.last + 1;
	return more;
}

/* Give pages back when a quarter of the file is free; 1 = more to do. */
static int
shrink(struct sqlite_journal *sj)
{
	static const char free_pages[] =
	    "SELECT f.freelist_count > 1024 AND f.freelist_count * 4 > "
	    "p.page_count FROM pragma_freelist_count f, pragma_page_count p";
	sqlite3_stmt *st;
	bool more;

	if (sqlite3_prepare_v2(sj->db, free_pages, -1, &st, NULL) != SQLITE_OK)
		return sq_fail(sj, "prune");
	more = sqlite3_step(st) == SQLITE_ROW && sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	if (more &&
	    sq_exec(sj, "PRAGMA incremental_vacuum(" VACUUM_STEP ")") == -1)
		return -1;
	return more;
}

int
sq_prune(struct journal *j, int64_t now, uint64_t keep_seq)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	uint64_t oldest;
	int more[3], shrunk;

	if (j->ops->begin(j) == -1)
		return -1;
	more[0] = prune_records(sj, now, keep_seq, &oldest);
	more[1] = more[0] == -1 ? -1 : prune_archive(sj, now);
	more[2] = more[1] == -1 ? -1 : prune_remembered(sj, now);
	if (more[2] == -1 || j->ops->commit(j) == -1) {
		int err = errno;

		j->ops->rollback(j);
		errno = err;
		return -1;
	}
	sj->oldest = oldest;
	if (more[0] || more[1] || more[2])
		return 1;
	if ((shrunk = shrink(sj)) != 0)
		return shrunk;
	/* What a reader holds open cannot be moved: next time. */
	sqlite3_wal_checkpoint_v2(
	    sj->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return 0;
}
