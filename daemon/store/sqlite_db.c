/* sqlite_db.c - statements, errors and transactions of the database. */
#include "store/sqlite_db.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What SQLite's result codes mean to callers of the journal. */
static const struct {
	int code, err;
	bool broken;
} codes[] = {
	{ SQLITE_FULL, ENOSPC, false },
	{ SQLITE_IOERR, EIO, true },
	{ SQLITE_BUSY, EBUSY, false },
	{ SQLITE_LOCKED, EBUSY, false },
	{ SQLITE_CORRUPT, EBADMSG, false },
	{ SQLITE_NOTADB, EBADMSG, false },
	{ SQLITE_READONLY, EROFS, false },
	{ SQLITE_PERM, EACCES, false },
	{ SQLITE_NOMEM, ENOMEM, false },
	{ SQLITE_TOOBIG, EMSGSIZE, false },
};

int
sq_fail(struct sqlite_journal *sj, const char *doing)
{
	int code =
	    sj->db == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(sj->db);
	int sys = sj->db == NULL ? 0 : sqlite3_system_errno(sj->db);
	int err = EIO;

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (codes[i].code != (code & 0xff))
			continue;
		err = codes[i].err;
		if (codes[i].broken)
			sj->broken = true;
	}
	/* SQLite calls a quota that is used up an I/O error. */
	sj->full = err == ENOSPC || err == EIO;
	if (err == EBADMSG && sj->in_txn)
		sj->j.damaged = true;
	if ((code & 0xff) == SQLITE_CANTOPEN)
		err = sys != 0 ? sys : EACCES;
	snprintf(sj->j.error, sizeof(sj->j.error), "%.120s: %s: %.60s%s%s",
	    sj->path, doing,
	    sj->db == NULL ? "out of memory" : sqlite3_errmsg(sj->db),
	    sys != 0 ? ": " : "", sys != 0 ? strerror(sys) : "");
	errno = err;
	return -1;
}

int
sq_corrupt(struct sqlite_journal *sj, const char *fmt, ...)
{
	char *p = sj->j.error;
	size_t size = sizeof(sj->j.error);
	va_list ap;
	int n;

	n = snprintf(p, size, "%.120s: ", sj->path);
	va_start(ap, fmt);
	vsnprintf(p + n, size - (size_t)n, fmt, ap);
	va_end(ap);
	errno = EBADMSG;
	return -1;
}

int
sq_walked(struct sqlite_journal *sj, sqlite3_stmt *st, int rc, int stop)
{
	int err;

	if (stop == 0 && rc != SQLITE_DONE)
		stop = sq_fail(sj, "read");
	err = errno;
	sqlite3_reset(st);
	errno = err;
	return stop;
}

int
sq_need_txn(struct sqlite_journal *sj)
{
	if (sj->in_txn)
		return 0;
	snprintf(sj->j.error, sizeof(sj->j.error), "not in a transaction");
	errno = EINVAL;
	return -1;
}

int
sq_exec(struct sqlite_journal *sj, const char *sql)
{
	if (sqlite3_exec(sj->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sq_fail(sj, "store");
	return 0;
}

sqlite3_stmt *
sq_stmt(struct sqlite_journal *sj, enum sq_id id)
{
	sqlite3_stmt **st = &sj->st[id];

	if (sj->db == NULL) {
		snprintf(sj->j.error, sizeof(sj->j.error),
		    "%.120s: closed after an I/O error", sj->path);
		errno = EIO;
		return NULL;
	}
	if (*st == NULL) {
		if (sqlite3_prepare_v3(sj->db, sq_sql[id], -1,
			SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK) {
			sq_fail(sj, "prepare");
			return NULL;
		}
		return *st;
	}
	sqlite3_reset(*st);
	sqlite3_clear_bindings(*st);
	return *st;
}

int
sq_run(struct sqlite_journal *sj, sqlite3_stmt *st)
{
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		continue;
	if (rc != SQLITE_DONE) {
		int err;

		sq_fail(sj, "write");
		err = errno;
		sqlite3_reset(st);
		errno = err;
		return -1;
	}
	sqlite3_reset(st);
	return 0;
}

void
sq_bind_text(sqlite3_stmt *st, int i, const char *s)
{
	if (s == NULL)
		sqlite3_bind_null(st, i);
	else
		sqlite3_bind_text(st, i, s, -1, SQLITE_STATIC);
}

void
sq_bind_u64(sqlite3_stmt *st, int i, uint64_t v)
{
	sqlite3_bind_int64(st, i, (sqlite3_int64)v);
}

const char *
sq_text(sqlite3_stmt *st, int i)
{
	return (const char *)sqlite3_column_text(st, i);
}

uint64_t
sq_u64(sqlite3_stmt *st, int i)
{
	return (uint64_t)sqlite3_column_int64(st, i);
}

int
sq_meta_put(struct sqlite_journal *sj, const char *key, uint64_t value)
{
	sqlite3_stmt *st = sq_stmt(sj, SQ_META_PUT);

	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, key);
	sq_bind_u64(st, 2, value);
	return sq_run(sj, st);
}
