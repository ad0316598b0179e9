/* journal_sqlite.c - the journal in a SQLite database: transactions, SQL. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/xmalloc.h"
#include "store/sqlite_db.h"

/* The columns of feedcols.c in its order, between feed and sum. */
#define FEED_COLS                                                              \
	"feed, etag, last_modified, validators_url, body_hash, last_attempt, " \
	"last_success, next, next_why, failures, outcome, http_status, why, "  \
	"title, moved_to, moved_count, items, bytes, polls, url, interval_s, " \
	"ttl_s, period_s, skip_hours, skip_days, health, health_since, "       \
	"bad_since, news_first, news_last, gap_s, furniture, sum, seen"
#define ARCHIVE_COLS "at, seq, item_id, feed, url, canonical, json"
#define REMEMBERED_COLS                                                        \
	"at, relation, of, story, reason, item, sig, account, packed"
#define RECORD_COLS                                                            \
	"seq, at_ms, kind, relation, sum, feed, item_id, lang, story, "        \
	"topics, body, explain, origin, origins, sinks"

const char *const sq_sql[SQ_COUNT] = {
	[SQ_BEGIN] = "BEGIN IMMEDIATE",
	[SQ_COMMIT] = "COMMIT",
	[SQ_ROLLBACK] = "ROLLBACK",
	[SQ_META_PUT] = "UPDATE meta SET value = ?2 WHERE key = ?1",
	[SQ_RECORD_PUT] = "INSERT INTO record (" RECORD_COLS ")"
			  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			  " ?)",
	[SQ_RECORD_READ] =
	    "SELECT " RECORD_COLS " FROM record WHERE seq >= ? AND seq <= ?"
	    " ORDER BY seq LIMIT ?",
	[SQ_RECORD_FIND] =
	    "SELECT " RECORD_COLS " FROM record WHERE item_id = ? AND kind < 2"
	    " ORDER BY seq DESC LIMIT 1",
	[SQ_RECORD_OLD] = "SELECT seq, at_ms, length(CAST(body AS BLOB)) +"
			  " coalesce(length(CAST(explain AS BLOB)), 0)"
			  " FROM record WHERE seq >= ? ORDER BY seq LIMIT ?",
	[SQ_RECORD_COME] = "SELECT seq, at_ms FROM record WHERE seq > ? AND"
			   " seq <= ? AND at_ms <= ? ORDER BY seq LIMIT 1",
	[SQ_RECORD_PRUNE] = "DELETE FROM record WHERE seq <= ?",
	[SQ_FEED_PUT] = "INSERT OR REPLACE INTO feed (" FEED_COLS ") VALUES"
			" (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			" ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
			" ?)",
	[SQ_FEED_GET] = "SELECT " FEED_COLS " FROM feed WHERE feed = ?",
	[SQ_FEED_EACH] = "SELECT " FEED_COLS " FROM feed ORDER BY feed",
	[SQ_ARCHIVE_PUT] = "INSERT INTO archive (" ARCHIVE_COLS ")"
			   " VALUES (?, ?, ?, ?, ?, ?, ?)",
	[SQ_ARCHIVE_FIND] = "SELECT " ARCHIVE_COLS ", id FROM archive WHERE"
			    " item_id = ?1 OR canonical = ?1"
			    " ORDER BY id DESC LIMIT ?2",
	[SQ_ARCHIVE_EACH] = "SELECT " ARCHIVE_COLS " FROM archive"
			    " WHERE at >= ? ORDER BY at, id",
	[SQ_ARCHIVE_PAGE] = "SELECT " ARCHIVE_COLS ", id FROM archive"
			    " WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?",
	[SQ_ARCHIVE_OLD] = "SELECT id, at, length(CAST(json AS BLOB)) FROM"
			   " archive WHERE id > ? ORDER BY id LIMIT ?",
	[SQ_ARCHIVE_COME] = "SELECT id, at FROM archive WHERE id > ? AND"
			    " id <= ? AND at <= ? ORDER BY id LIMIT 1",
	[SQ_ARCHIVE_NEWEST] = "SELECT coalesce(max(id), 0) FROM archive",
	[SQ_ARCHIVE_DEL] = "DELETE FROM archive WHERE id <= ?",
	[SQ_REMEMBERED_PUT] = "INSERT INTO remembered (" REMEMBERED_COLS ")"
			      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[SQ_REMEMBERED_EACH] = "SELECT " REMEMBERED_COLS " FROM remembered"
			       " WHERE at >= ? ORDER BY id",
	[SQ_REMEMBERED_COME] =
	    "UPDATE remembered SET at = ?1 WHERE id IN (SELECT id FROM"
	    " remembered WHERE at > ?2 LIMIT ?3)",
	[SQ_REMEMBERED_PRUNE] =
	    "DELETE FROM remembered WHERE id IN (SELECT id FROM remembered"
	    " WHERE at < ? ORDER BY at LIMIT ?)",
	[SQ_COUNTS_PUT] =
	    "INSERT OR REPLACE INTO copy_counts (id, counts) VALUES (1, ?)",
	[SQ_COUNTS_GET] = "SELECT counts FROM copy_counts",
	[SQ_ALERT_PUT] =
	    "INSERT INTO alert (alert, subject, state) VALUES (?, ?, ?)"
	    " ON CONFLICT (alert, subject) DO UPDATE SET state = ?3",
	[SQ_ALERT_DEL] = "DELETE FROM alert WHERE alert = ?1 AND"
			 " (?2 IS NULL OR subject = ?2)",
	[SQ_ALERT_EACH] = "SELECT alert, subject, state FROM alert ORDER BY id",
	[SQ_CURSOR_PUT] = "INSERT OR REPLACE INTO cursor (sink, epoch, seq,"
			  " dev, ino, offset) VALUES (?, ?, ?, ?, ?, ?)",
	[SQ_CURSOR_GET] = "SELECT epoch, seq, dev, ino, offset FROM cursor"
			  " WHERE sink = ?",
	[SQ_CURSOR_DEL] = "DELETE FROM cursor WHERE sink = ?",
	[SQ_CURSOR_EACH] = "SELECT sink, epoch, seq, dev, ino, offset FROM"
			   " cursor WHERE substr(sink, 1, length(?1)) = ?1"
			   " ORDER BY sink",
};

/* SQLite may have rolled back by itself after an error. */
static void
sq_rollback(struct journal *j)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	int err = errno;

	sj->seq = sj->seq_committed;
	sj->archive_bytes = sj->archive_bytes_committed;
	sj->record_bytes = sj->record_bytes_committed;
	sj->in_txn = false;
	if (sj->db != NULL && !sqlite3_get_autocommit(sj->db) &&
	    sqlite3_exec(sj->db, "ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		sj->broken = true;
	errno = err;
}

static int
sq_begin(struct journal *j)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;

	if (sj->in_txn) {
		snprintf(
		    j->error, sizeof(j->error), "already in a transaction");
		errno = EINVAL;
		return -1;
	}
	/*
	 * After an I/O error nothing that the page cache says can be trusted
	 * (a failed fsync may have dropped pages): read the file again.
	 */
	if ((sj->broken || sj->db == NULL) && sq_reopen(sj) == -1)
		return -1;
	if ((st = sq_stmt(sj, SQ_BEGIN)) == NULL || sq_run(sj, st) == -1)
		return -1;
	sj->in_txn = true;
	sj->changes = sqlite3_total_changes64(sj->db);
	return 0;
}

/* What goes with every transaction that changed something. */
static int
put_counters(struct sqlite_journal *sj)
{
	if (!sj->marked_unclean && sq_meta_put(sj, "clean", 0) == -1)
		return -1;
	if (sj->seq != sj->seq_committed &&
	    sq_meta_put(sj, "seq", sj->seq) == -1)
		return -1;
	if (sj->archive_bytes != sj->archive_bytes_committed &&
	    sq_meta_put(sj, "archive_bytes", sj->archive_bytes) == -1)
		return -1;
	if (sj->record_bytes != sj->record_bytes_committed &&
	    sq_meta_put(sj, "record_bytes", sj->record_bytes) == -1)
		return -1;
	return 0;
}

static int
sq_commit(struct journal *j)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;
	bool changed;

	if (sq_need_txn(sj) == -1)
		return -1;
	changed = sqlite3_total_changes64(sj->db) != sj->changes;
	if ((changed && put_counters(sj) == -1) ||
	    (st = sq_stmt(sj, SQ_COMMIT)) == NULL || sq_run(sj, st) == -1) {
		sq_rollback(j);
		return -1;
	}
	sj->in_txn = false;
	if (changed)
		sj->marked_unclean = true;
	if (sj->seq_committed == 0 && sj->seq > 0)
		sj->oldest = 1;
	sj->seq_committed = sj->seq;
	sj->archive_bytes_committed = sj->archive_bytes;
	sj->record_bytes_committed = sj->record_bytes;
	return 0;
}

/* The database and its log. */
static uint64_t
sq_bytes(struct journal *j)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	char *wal = xasprintf("%s-wal", sj->path);
	struct stat sb;
	uint64_t n = 0;

	if (stat(sj->path, &sb) == 0)
		n += (uint64_t)sb.st_size;
	if (stat(wal, &sb) == 0)
		n += (uint64_t)sb.st_size;
	free(wal);
	return n;
}

static void
sq_sizes(struct journal *j, struct journal_sizes *sz)
{
	const struct sqlite_journal *sj = (struct sqlite_journal *)j;

	*sz = (struct journal_sizes){ sj->record_bytes_committed,
		sj->archive_bytes_committed };
}

static void
sq_free(struct sqlite_journal *sj)
{
	strbuf_fini(&sj->topics);
	free(sj->rows);
	free(sj->path);
	free(sj);
}

static void
sq_close_journal(struct journal *j)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;

	if (sj->in_txn)
		sq_rollback(j);
	/* Unclean stays unclean if this fails: the next start only checks. */
	if (sj->db != NULL && !sj->broken && !sj->j.damaged &&
	    sj->marked_unclean && sq_meta_put(sj, "clean", 1) == 0)
		sj->marked_unclean = false;
	sq_close(sj);
	sq_free(sj);
}

static const struct journal_ops sqlite_ops = {
	.begin = sq_begin,
	.commit = sq_commit,
	.rollback = sq_rollback,
	.append = sq_append,
	.read = sq_read,
	.find_record = sq_find_record,
	.bounds = sq_bounds,
	.put_feed = sq_put_feed,
	.get_feed = sq_get_feed,
	.each_feed = sq_each_feed,
	.put_archived = sq_put_archived,
	.find_archived = sq_find_archived,
	.each_archived = sq_each_archived,
	.page_archived = sq_page_archived,
	.put_remembered = sq_put_remembered,
	.each_remembered = sq_each_remembered,
	.put_counts = sq_put_counts,
	.get_counts = sq_get_counts,
	.put_alert = sq_put_alert,
	.each_alert = sq_each_alert,
	.put_cursor = sq_put_cursor,
	.get_cursor = sq_get_cursor,
	.del_cursor = sq_del_cursor,
	.each_cursor = sq_each_cursor,
	.prune = sq_prune,
	.reserve = sq_reserve,
	.relieve = sq_relieve,
	.bytes = sq_bytes,
	.sizes = sq_sizes,
	.close = sq_close_journal,
};

struct journal *
journal_open_sqlite(const struct journal_params *p, char *why, size_t why_size)
{
	struct sqlite_journal *sj = xcalloc(1, sizeof(*sj));

	sj->j.ops = &sqlite_ops;
	sj->path = xstrdup(p->path);
	sj->params = *p;
	sj->params.path = sj->path;
	/* 68 years: seconds and milliseconds then never overflow. */
	sj->params.archive_keep_s = MIN(p->archive_keep_s, INT32_MAX);
	sj->params.journal_keep_s = MIN(p->journal_keep_s, INT32_MAX);
	sj->params.copy_window_s = MIN(p->copy_window_s, INT32_MAX);
	strbuf_init(&sj->topics, (size_t)1 << 20);
	if (sq_open(sj) == -1) {
		int err = errno;

		snprintf(why, why_size, "%s", sj->j.error);
		sq_free(sj);
		errno = err;
		return NULL;
	}
	return &sj->j;
}
