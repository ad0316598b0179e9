/*
 * sqlite_db - the database under the journal: opening, schema, statements.
 *
 * Private to the store. Every function that answers -1 or NULL has set errno
 * and the words in sj->j.error.
 */
#ifndef STORE_SQLITE_DB_H
#define STORE_SQLITE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "store/journal.h"

/* Each statement is prepared once, at its first use: the SQL is in
 * journal_sqlite.c. */
enum sq_id {
	SQ_BEGIN,
	SQ_COMMIT,
	SQ_ROLLBACK,
	SQ_META_PUT,
	SQ_RECORD_PUT,
	SQ_RECORD_READ,
	SQ_RECORD_FIND,
	SQ_RECORD_OLD,
	SQ_RECORD_COME,
	SQ_RECORD_PRUNE,
	SQ_FEED_PUT,
	SQ_FEED_GET,
	SQ_FEED_EACH,
	SQ_ARCHIVE_PUT,
	SQ_ARCHIVE_FIND,
	SQ_ARCHIVE_EACH,
	SQ_ARCHIVE_PAGE,
	SQ_ARCHIVE_OLD,
	SQ_ARCHIVE_COME,
	SQ_ARCHIVE_NEWEST,
	SQ_ARCHIVE_DEL,
	SQ_REMEMBERED_PUT,
	SQ_REMEMBERED_EACH,
	SQ_REMEMBERED_COME,
	SQ_REMEMBERED_PRUNE,
	SQ_COUNTS_PUT,
	SQ_COUNTS_GET,
	SQ_ALERT_PUT,
	SQ_ALERT_DEL,
	SQ_ALERT_EACH,
	SQ_CURSOR_PUT,
	SQ_CURSOR_GET,
	SQ_CURSOR_DEL,
	SQ_CURSOR_EACH,
	SQ_COUNT
};

struct sqlite_journal {
	struct journal j; /* first */
	char *path;
	struct journal_params params;
	sqlite3 *db; /* NULL while broken */
	sqlite3_stmt *st[SQ_COUNT];
	bool in_txn;
	int64_t changes;     /* of the connection, when the transaction began */
	bool broken;         /* an I/O error: reopen before the next write */
	bool full;           /* the last trouble may be a full disk */
	bool said_damaged;   /* that a record cannot be read */
	bool marked_unclean; /* this run has written meta "clean" = 0 */
	/* The counters as they are in the transaction, and as committed. */
	uint64_t seq, archive_bytes, record_bytes;
	uint64_t seq_committed, archive_bytes_committed, record_bytes_committed;
	uint64_t oldest; /* oldest record kept; 0 = none was ever written */
	uint64_t record_ahead, archive_ahead; /* of prune: looked through */
	struct strbuf topics;                 /* scratch of append */
	struct journal_topic *rows;           /* scratch of read */
	size_t rows_size;
};

/* Open, create or migrate sj->path, check it, fill epoch, key, counters. */
int sq_open(struct sqlite_journal *sj) MUST_CHECK;
/* Finalize everything and close; the log goes into the database. */
void sq_close(struct sqlite_journal *sj);
/* After an I/O error: close, open, and see that nothing announced is lost. */
int sq_reopen(struct sqlite_journal *sj) MUST_CHECK;

/* The statement, reset and unbound; NULL on error. */
sqlite3_stmt *sq_stmt(struct sqlite_journal *sj, enum sq_id id) MUST_CHECK;
/* Step a statement that gives no rows to its end, and reset it. */
int sq_run(struct sqlite_journal *sj, sqlite3_stmt *st) MUST_CHECK;
/*
 * The end of a walk over rows, whose last step said `rc` and whose callback
 * said `stop` (not 0: it wanted no more): reset the statement. `stop`, or -1
 * when a row could not be read.
 */
int sq_walked(
    struct sqlite_journal *sj, sqlite3_stmt *st, int rc, int stop) MUST_CHECK;
/* -1 (EINVAL) outside of a transaction: everything that writes asks. */
int sq_need_txn(struct sqlite_journal *sj) MUST_CHECK;
/* Run SQL text. */
int sq_exec(struct sqlite_journal *sj, const char *sql) MUST_CHECK;
/* Record what SQLite complains about: errno, words, `broken`. Returns -1. */
int sq_fail(struct sqlite_journal *sj, const char *doing);
/* The same for a fault that we found ourselves: EBADMSG. */
int sq_corrupt(struct sqlite_journal *sj, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
int sq_meta_put(
    struct sqlite_journal *sj, const char *key, uint64_t value) MUST_CHECK;

/* NULL binds NULL; the text must live until the statement ran. */
void sq_bind_text(sqlite3_stmt *st, int i, const char *s);
void sq_bind_u64(sqlite3_stmt *st, int i, uint64_t v);
const char *sq_text(sqlite3_stmt *st, int i); /* NULL = NULL */
uint64_t sq_u64(sqlite3_stmt *st, int i);

extern const char *const sq_sql[SQ_COUNT];

/* The operations, by the file that has them. */
int sq_append(struct journal *j, struct record *r);
int sq_read(
    struct journal *j, uint64_t after, size_t max, record_cb *cb, void *cookie);
int sq_find_record(
    struct journal *j, const char *item_id, record_cb *cb, void *cookie);
int sq_bounds(struct journal *j, uint64_t *oldest, uint64_t *newest);
int sq_put_feed(
    struct journal *j, const char *feed, const struct feed_state *st);
int sq_get_feed(struct journal *j, struct arena *a, const char *feed,
    struct feed_state *st);
int sq_each_feed(struct journal *j, feed_state_cb *cb, void *cookie);
int sq_put_cursor(
    struct journal *j, const char *sink, const struct sink_cursor *c);
int sq_get_cursor(struct journal *j, const char *sink, struct sink_cursor *c);
int sq_del_cursor(struct journal *j, const char *sink);
int sq_each_cursor(
    struct journal *j, const char *prefix, cursor_cb *cb, void *cookie);
int sq_put_archived(struct journal *j, const struct archived *a);
int sq_find_archived(struct journal *j, const char *id_or_url, size_t max,
    archived_cb *cb, void *cookie);
int sq_each_archived(
    struct journal *j, int64_t since, archived_cb *cb, void *cookie);
int sq_page_archived(struct journal *j, const struct archive_place *after,
    size_t max, archived_cb *cb, void *cookie);
int sq_put_remembered(struct journal *j, const struct remembered *m);
int sq_put_counts(struct journal *j, const void *data, size_t len);
int sq_get_counts(struct journal *j, struct strbuf *out);
int sq_each_remembered(
    struct journal *j, int64_t since, remembered_cb *cb, void *cookie);
int sq_put_alert(struct journal *j, const struct alert_row *r);
int sq_each_alert(struct journal *j, alert_row_cb *cb, void *cookie);
int sq_reserve(struct journal *j);
void sq_relieve(struct journal *j);
int sq_prune(struct journal *j, int64_t now, uint64_t keep_seq);

#endif
