/* sqlite_archive.c - the archive, the copy window, and dropping what is old. */
#include <errno.h>
#include <string.h>

#include "store/sqlite_db.h"

/* Rows of one table that one call of prune drops at most. */
#define PRUNE_STEP 500
/* Pages that one call gives back to the file system at most. */
#define VACUUM_STEP "256"

int
sq_put_archived(struct journal *j, const struct archived *a)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;

	if (sq_need_txn(sj) == -1)
		return -1;
	if (sj->params.archive_keep_s == 0 || sj->params.archive_max_bytes == 0)
		return 0;
	if ((st = sq_stmt(sj, SQ_ARCHIVE_PUT)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, a->at);
	sq_bind_u64(st, 2, a->seq);
	sq_bind_text(st, 3, a->item_id);
	sq_bind_text(st, 4, a->feed);
	sq_bind_text(st, 5, a->url);
	sq_bind_text(st, 6, a->canonical);
	sqlite3_bind_text64(
	    st, 7, a->json, a->json_len, SQLITE_STATIC, SQLITE_UTF8);
	if (sq_run(sj, st) == -1)
		return -1;
	sj->archive_bytes += a->json_len;
	return 0;
}

/* Show the rows of `st` to cb; what lacks its JSON is left out. */
static int
walk_archived(
    struct sqlite_journal *sj, sqlite3_stmt *st, archived_cb *cb, void *cookie)
{
	int rc = SQLITE_DONE, stop = 0;
	int columns = sqlite3_column_count(st);

	while (stop == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct archived a = {
			.at = sqlite3_column_int64(st, 0),
			.seq = sq_u64(st, 1),
			.item_id = sq_text(st, 2),
			.feed = sq_text(st, 3),
			.url = sq_text(st, 4),
			.canonical = sq_text(st, 5),
			.json = sq_text(st, 6),
			.json_len = (size_t)sqlite3_column_bytes(st, 6),
			.id = columns > 7 ? sqlite3_column_int64(st, 7) : 0,
		};

		if (a.item_id != NULL && a.feed != NULL && a.json != NULL)
			stop = cb(cookie, &a);
	}
	return sq_walked(sj, st, rc, stop);
}

int
sq_find_archived(struct journal *j, const char *id_or_url, size_t max,
    archived_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_ARCHIVE_FIND);

	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, id_or_url);
	sqlite3_bind_int(st, 2, max > INT32_MAX ? INT32_MAX : (int)max);
	return walk_archived(sj, st, cb, cookie);
}

int
sq_each_archived(
    struct journal *j, int64_t since, archived_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_ARCHIVE_EACH);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, since);
	return walk_archived(sj, st, cb, cookie);
}

int
sq_page_archived(struct journal *j, const struct archive_place *after,
    size_t max, archived_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_ARCHIVE_PAGE);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, after->at);
	sqlite3_bind_int64(st, 2, after->id);
	sqlite3_bind_int(st, 3, max > INT32_MAX ? INT32_MAX : (int)max);
	return walk_archived(sj, st, cb, cookie);
}

int
sq_put_remembered(struct journal *j, const struct remembered *m)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;

	if (sq_need_txn(sj) == -1 ||
	    (st = sq_stmt(sj, SQ_REMEMBERED_PUT)) == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, m->at);
	sqlite3_bind_int(st, 2, (int)m->match.relation);
	sq_bind_text(st, 3, m->match.of);
	sq_bind_text(st, 4, m->match.story);
	sq_bind_text(st, 5, m->match.reason);
	sq_bind_text(st, 6, m->item_json);
	sq_bind_text(st, 7, m->sig_json);
	sq_bind_text(st, 8, m->account);
	if (m->packed != NULL)
		sqlite3_bind_blob(
		    st, 9, m->packed, (int)m->packed_len, SQLITE_STATIC);
	return sq_run(sj, st);
}

int
sq_put_counts(struct journal *j, const void *data, size_t len)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;

	if (sq_need_txn(sj) == -1 || (st = sq_stmt(sj, SQ_COUNTS_PUT)) == NULL)
		return -1;
	sqlite3_bind_blob(st, 1, data, (int)len, SQLITE_STATIC);
	return sq_run(sj, st);
}

int
sq_get_counts(struct journal *j, struct strbuf *out)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_COUNTS_GET);
	int rc, found = 0, err;

	if (st == NULL)
		return -1;
	if ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		const void *p = sqlite3_column_blob(st, 0);
		int n = sqlite3_column_bytes(st, 0);

		if (p != NULL && n > 0)
			found = strbuf_append(out, p, (size_t)n) == 0;
	} else if (rc != SQLITE_DONE) {
		found = sq_fail(sj, "read");
	}
	err = errno;
	sqlite3_reset(st);
	errno = err;
	return found;
}

static bool
fit(char *out, size_t size, const char *s)
{
	size_t len = s == NULL ? 0 : strlen(s);

	if (s == NULL || len >= size)
		return false;
	memcpy(out, s, len + 1);
	return true;
}

int
sq_each_remembered(
    struct journal *j, int64_t since, remembered_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_REMEMBERED_EACH);
	int rc = SQLITE_DONE, stop = 0;

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, since);
	while (stop == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct remembered m = { .at = sqlite3_column_int64(st, 0),
			.item_json = sq_text(st, 5),
			.sig_json = sq_text(st, 6),
			.account = sq_text(st, 7),
			.packed = sqlite3_column_blob(st, 8),
			.packed_len = (size_t)sqlite3_column_bytes(st, 8) };
		int relation = sqlite3_column_int(st, 1);

		m.match.relation = (enum relation)relation;
		if (relation < RELATION_NEW || relation > RELATION_KNOWN ||
		    !fit(m.match.of, sizeof(m.match.of), sq_text(st, 2)) ||
		    !fit(
			m.match.story, sizeof(m.match.story), sq_text(st, 3)) ||
		    !fit(m.match.reason, sizeof(m.match.reason),
			sq_text(st, 4)) ||
		    m.item_json == NULL || m.sig_json == NULL)
			continue; /* damaged: the index does without it */
		stop = cb(cookie, &m);
	}
	return sq_walked(sj, st, rc, stop);
}

/* The oldest of the archive: too old, or over the size. 1 = more to do. */
static int
prune_archive(struct sqlite_journal *sj, int64_t now)
{
	int64_t cutoff = now - (int64_t)sj->params.archive_keep_s;
	uint64_t max = sj->params.archive_max_bytes;
	int64_t ids[PRUNE_STEP];
	sqlite3_stmt *st = sq_stmt(sj, SQ_ARCHIVE_OLD);
	int n = 0, rc = SQLITE_DONE;

	if (st == NULL)
		return -1;
	if (sj->params.archive_keep_s == 0)
		max = 0;
	while (n < PRUNE_STEP && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		uint64_t len = sq_u64(st, 2);

		if (sqlite3_column_int64(st, 1) >= cutoff &&
		    sj->archive_bytes <= max && max > 0)
			break;
		ids[n++] = sqlite3_column_int64(st, 0);
		sj->archive_bytes -= MIN(len, sj->archive_bytes);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		return sq_fail(sj, "prune");
	if (rc == SQLITE_DONE)
		sj->archive_bytes = 0; /* all go: repair a count that was off */
	sqlite3_reset(st);
	for (int i = 0; i < n; i++) {
		if ((st = sq_stmt(sj, SQ_ARCHIVE_DEL)) == NULL)
			return -1;
		sqlite3_bind_int64(st, 1, ids[i]);
		if (sq_run(sj, st) == -1)
			return -1;
	}
	return n == PRUNE_STEP;
}

static int
prune_remembered(struct sqlite_journal *sj, int64_t now)
{
	sqlite3_stmt *st = sq_stmt(sj, SQ_REMEMBERED_PRUNE);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, 1, now - (int64_t)sj->params.copy_window_s);
	sqlite3_bind_int(st, 2, PRUNE_STEP);
	if (sq_run(sj, st) == -1)
		return -1;
	return sqlite3_changes(sj->db) == PRUNE_STEP;
}

/*
 * Only from the front, so that what stays has no gap: up to the first record
 * that is young enough or still needed, if all are within their size; beyond
 * that the oldest go whoever needs them. *oldest: what is oldest afterwards.
 */
static int
prune_records(
    struct sqlite_journal *sj, int64_t now, uint64_t keep_seq, uint64_t *oldest)
{
	int64_t young = (now - (int64_t)sj->params.journal_keep_s) * 1000;
	uint64_t max = sj->params.journal_max_bytes, last = 0;
	uint64_t end = MIN(sj->oldest + PRUNE_STEP - 1, sj->seq);
	sqlite3_stmt *st;
	int rc;

	*oldest = sj->oldest;
	if (sj->seq == 0 || (st = sq_stmt(sj, SQ_RECORD_OLD)) == NULL)
		return sj->seq == 0 ? 0 : -1;
	sq_bind_u64(st, 1, sj->oldest);
	sq_bind_u64(st, 2, end);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		bool over = max > 0 && sj->record_bytes > max;

		if (!over && (sq_u64(st, 0) >= keep_seq ||
				 sqlite3_column_int64(st, 1) >= young))
			break;
		last = sq_u64(st, 0);
		sj->record_bytes -= MIN(sq_u64(st, 2), sj->record_bytes);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		return sq_fail(sj, "prune");
	sqlite3_reset(st);
	if (last == 0)
		return 0;
	if (last == sj->seq)
		sj->record_bytes = 0; /* all go: repair a count that was off */
	if ((st = sq_stmt(sj, SQ_RECORD_PRUNE)) == NULL)
		return -1;
	sq_bind_u64(st, 1, last);
	if (sq_run(sj, st) == -1)
		return -1;
	*oldest = last + 1;
	return rc == SQLITE_DONE && last < sj->seq;
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
