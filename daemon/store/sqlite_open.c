/* sqlite_open.c - open, create, migrate and distrust the database file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/xmalloc.h"
#include "store/sqlite_db.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_wal.h"

/* What an operator is told to do about a database that cannot be trusted. */
#define REMEDY                                                                 \
	"; nothing was changed: put a backup back, or move the file and its "  \
	"-wal aside to begin anew"

/* Wait for whoever looks into the file with sqlite3(1) for a moment. */
#define BUSY_MS 1000

static const char pragmas[] =
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    /* No second writer, and no -shm file. */
    "PRAGMA locking_mode=EXCLUSIVE;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA cache_size=-8192;"
    "PRAGMA journal_size_limit=67108864;"
    /* prune() checkpoints when there is time; this is the backstop: 6 MiB,
     * for which the reserve has room. */
    "PRAGMA wal_autocheckpoint=1500";

/* One number that `sql` answers. */
static int
query(struct sqlite_journal *sj, const char *sql, int64_t *out)
{
	sqlite3_stmt *st;
	int rc, result = 0, err;

	*out = 0;
	if (sqlite3_prepare_v2(sj->db, sql, -1, &st, NULL) != SQLITE_OK)
		return sq_fail(sj, "open");
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		result = sq_fail(sj, "open");
	err = errno;
	sqlite3_finalize(st);
	errno = err;
	return result;
}

static int
meta(struct sqlite_journal *sj, const char *key, uint64_t *out)
{
	char sql[80];
	int64_t n = 0;

	snprintf(
	    sql, sizeof(sql), "SELECT count(*) FROM meta WHERE key='%s'", key);
	if (query(sj, sql, &n) == -1)
		return -1;
	if (n != 1)
		return sq_corrupt(sj, "meta lacks \"%s\"" REMEDY, key);
	snprintf(
	    sql, sizeof(sql), "SELECT value FROM meta WHERE key='%s'", key);
	if (query(sj, sql, &n) == -1)
		return -1;
	*out = (uint64_t)n;
	return 0;
}

/* SQLite's own words for damage say little to an operator: add ours. */
static int
add_remedy(struct sqlite_journal *sj)
{
	char words[sizeof(sj->j.error)];

	if (errno == EBUSY) {
		snprintf(sj->j.error, sizeof(sj->j.error),
		    "%.120s: another process has it open (a second "
		    "wiresiftd?)",
		    sj->path);
		errno = EBUSY;
	} else if (errno == EBADMSG && strstr(sj->j.error, REMEDY) == NULL) {
		memcpy(words, sj->j.error, sizeof(words));
		snprintf(sj->j.error, sizeof(sj->j.error), "%.140s%s", words,
		    REMEDY);
		errno = EBADMSG;
	}
	return -1;
}

static int
open_file(struct sqlite_journal *sj, const char *path)
{
	int rc;

	rc = sqlite3_open_v2(
	    path, &sj->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return sq_fail(sj, "open");
	sqlite3_extended_result_codes(sj->db, 1);
	sqlite3_busy_timeout(sj->db, BUSY_MS);
	sqlite3_db_config(sj->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* A file that we refuse is closed as it was found. */
	sqlite3_db_config(sj->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	if (sqlite3_db_readonly(sj->db, "main") == 1) {
		snprintf(sj->j.error, sizeof(sj->j.error),
		    "%.120s: cannot be written by this user", sj->path);
		errno = EACCES;
		return -1;
	}
	return sq_exec(sj, pragmas);
}

static int
migrate(struct sqlite_journal *sj, size_t from)
{
	char sql[64];

	for (size_t v = from; v < schema_version; v++) {
		if (sq_exec(sj, "BEGIN IMMEDIATE") == -1)
			return -1;
		snprintf(sql, sizeof(sql),
		    "PRAGMA user_version=%zu;"
		    "COMMIT",
		    v + 1);
		if (sq_exec(sj, schema_steps[v]) == -1 ||
		    sq_exec(sj, sql) == -1)
			return -1; /* closing rolls back */
	}
	return 0;
}

/*
 * Whose database is it, and of which version? `ws` is how the log was before
 * SQLite looked at it; it counts only now that we hold the lock.
 */
static int
identify(struct sqlite_journal *sj, const struct wal_state *ws)
{
	int64_t id = 0, version = 0;

	if (query(sj, "PRAGMA application_id", &id) == -1 ||
	    query(sj, "PRAGMA user_version", &version) == -1)
		return -1;
	if (id != SCHEMA_APPLICATION_ID)
		return sq_corrupt(sj,
		    "is a SQLite database, but none of wiresift's; check the "
		    "path in `store`");
	if (version > (int64_t)schema_version) {
		snprintf(sj->j.error, sizeof(sj->j.error),
		    "%.120s: made by a newer wiresift (schema %lld, this one "
		    "knows %zu): update wiresift; nothing was changed",
		    sj->path, (long long)version, schema_version);
		errno = EPROTO;
		return -1;
	}
	if (wal_is_damaged(ws))
		return sq_corrupt(sj,
		    "damaged: its -wal has %llu commits behind a bad "
		    "frame" REMEDY,
		    (unsigned long long)ws->beyond);
	/* A database that came out of a repair tool may have left WAL. */
	if (sq_exec(sj, "PRAGMA journal_mode=WAL") == -1)
		return -1;
	return version < (int64_t)schema_version
		   ? migrate(sj, version < 0 ? 0 : (size_t)version)
		   : 0;
}

/* The last run did not stop by itself: look at the structure first. */
static int
quick_check(struct sqlite_journal *sj)
{
	sqlite3_stmt *st;
	int result = 0, rc, err;

	if (sqlite3_prepare_v2(
		sj->db, "PRAGMA quick_check(1)", -1, &st, NULL) != SQLITE_OK)
		return sq_fail(sj, "quick_check");
	rc = sqlite3_step(st);
	if (rc != SQLITE_ROW)
		result = sq_fail(sj, "quick_check");
	else if (strcmp(sq_text(st, 0), "ok") != 0)
		result =
		    sq_corrupt(sj, "damaged: %.50s" REMEDY, sq_text(st, 0));
	err = errno;
	sqlite3_finalize(st);
	errno = err;
	return result;
}

/* Do records and counter fit together? */
static int
load(struct sqlite_journal *sj)
{
	uint64_t clean = 0;
	int64_t oldest = 0, newest = 0, n = 0;

	if (meta(sj, "clean", &clean) == -1)
		return -1;
	if (!clean && quick_check(sj) == -1)
		return -1;
	if (meta(sj, "epoch", &sj->j.epoch) == -1 ||
	    meta(sj, "key0", &sj->j.key.k[0]) == -1 ||
	    meta(sj, "key1", &sj->j.key.k[1]) == -1 ||
	    meta(sj, "seq", &sj->seq) == -1 ||
	    meta(sj, "archive_bytes", &sj->archive_bytes) == -1 ||
	    meta(sj, "record_bytes", &sj->record_bytes) == -1 ||
	    query(sj, "SELECT min(seq) FROM record", &oldest) == -1 ||
	    query(sj, "SELECT max(seq) FROM record", &newest) == -1 ||
	    (!clean && query(sj, "SELECT count(*) FROM record", &n) == -1))
		return -1;
	if (oldest < 0 || sj->seq > INT64_MAX ||
	    (newest != 0 && (uint64_t)newest != sj->seq) ||
	    (!clean && newest != 0 && n != newest - oldest + 1))
		return sq_corrupt(sj,
		    "damaged: records %lld to %lld, counter %lld" REMEDY,
		    (long long)oldest, (long long)newest, (long long)sj->seq);
	if (newest == 0 && sj->seq > 0)
		oldest = (int64_t)sj->seq + 1;
	sj->oldest = (uint64_t)oldest;
	sj->seq_committed = sj->seq;
	sj->archive_bytes_committed = sj->archive_bytes;
	sj->record_bytes_committed = sj->record_bytes;
	return 0;
}

/* A new database in the file open in sj->db, with its epoch and key. */
static int
fill(struct sqlite_journal *sj)
{
	char sql[320];
	struct hash_key r, key;

	hash_key_random(&r);
	hash_key_random(&key);
	/* Positive and not 0: 0 is "no epoch" to readers. */
	r.k[0] = (r.k[0] >> 1) | 1U;
	snprintf(sql, sizeof(sql),
	    "PRAGMA auto_vacuum=INCREMENTAL;"
	    "PRAGMA application_id=%d;"
	    "PRAGMA journal_mode=WAL",
	    SCHEMA_APPLICATION_ID);
	if (sq_exec(sj, sql) == -1 || migrate(sj, 0) == -1)
		return -1;
	snprintf(sql, sizeof(sql),
	    "INSERT INTO meta (key, value) VALUES ('epoch', %lld),"
	    " ('key0', %lld), ('key1', %lld), ('seq', 0),"
	    " ('archive_bytes', 0), ('clean', 1)",
	    (long long)r.k[0], (long long)key.k[0], (long long)key.k[1]);
	return sq_exec(sj, sql);
}

/*
 * Made beside its place and moved there whole, so that a database that is
 * empty or half a one is always damage and never a first start.
 */
static int
create(struct sqlite_journal *sj)
{
	char *path = xasprintf("%s.new", sj->path);
	char *wal = xasprintf("%s-wal", path);
	int fd, result = -1, err;

	if (fs_mkdir_parents(sj->path) == -1 ||
	    (unlink(path) == -1 && errno != ENOENT) ||
	    (fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640)) ==
		-1) {
		err = errno;
		snprintf(sj->j.error, sizeof(sj->j.error),
		    "%.120s: cannot be made: %s", sj->path, strerror(err));
		goto out;
	}
	close(fd);
	/* Its log stays behind when it moves, so all must be out of it; and
	 * closing tells nothing of a checkpoint that failed. */
	if (open_file(sj, path) == -1 || fill(sj) == -1 ||
	    (sqlite3_wal_checkpoint_v2(sj->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
		 NULL, NULL) != SQLITE_OK &&
		sq_fail(sj, "made anew") == -1)) {
		err = errno;
		goto out;
	}
	sq_close(sj);
	if (renameat2(AT_FDCWD, path, AT_FDCWD, sj->path, RENAME_NOREPLACE) ==
		-1 &&
	    (errno != EINVAL || rename(path, sj->path) == -1)) {
		err = errno;
		snprintf(sj->j.error, sizeof(sj->j.error),
		    "%.120s: cannot be made: %s", sj->path, strerror(err));
		goto out;
	}
	/* Its log is empty, and has the name that the file had. */
	(void)unlink(wal);
	result = fs_sync_parent(sj->path);
	err = errno;
out:
	sq_close(sj);
	free(wal);
	free(path);
	errno = err;
	return result;
}

/*
 * What lies at the path? 0 a file, 1 nothing, -1 something suspicious. *ws:
 * the state of its log.
 */
static int
look(struct sqlite_journal *sj, struct wal_state *ws)
{
	char *wal = xasprintf("%s-wal", sj->path);
	struct stat sb, wsb;
	int found = stat(sj->path, &sb), err = errno, result = 0;

	if (found == 0 && sb.st_size == 0)
		result = sq_corrupt(
		    sj, "empty, which no wiresift leaves behind" REMEDY);
	else if (found == -1 && err != ENOENT) {
		snprintf(sj->j.error, sizeof(sj->j.error), "%.120s: %s",
		    sj->path, strerror(err));
		errno = err;
		result = -1;
	} else if (found == -1 && stat(wal, &wsb) == 0 && wsb.st_size > 0)
		result = sq_corrupt(
		    sj, "missing, but its -wal file is there" REMEDY);
	else if (found == -1)
		result = 1;
	else if (wal_look(wal, ws) == -1) {
		err = errno;
		snprintf(sj->j.error, sizeof(sj->j.error), "%.120s: %s", wal,
		    strerror(err));
		errno = err;
		result = -1;
	}
	free(wal);
	return result;
}

int
sq_open(struct sqlite_journal *sj)
{
	struct wal_state ws = { 0, 0 };
	int there = look(sj, &ws);

	if (there == -1 || (there == 1 && create(sj) == -1) ||
	    open_file(sj, sj->path) == -1 || identify(sj, &ws) == -1 ||
	    load(sj) == -1) {
		int err;

		add_remedy(sj);
		err = errno;
		sq_close(sj);
		errno = err;
		return -1;
	}
	sqlite3_db_config(sj->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	/*
	 * Begin the log anew after a crash, so that what a torn write left
	 * behind its end never meets another (see wal_is_damaged()). With a
	 * full disk it does not work, and that is no harm.
	 */
	sqlite3_wal_checkpoint_v2(
	    sj->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return 0;
}

int
sq_reopen(struct sqlite_journal *sj)
{
	uint64_t epoch = sj->j.epoch, announced = sj->seq_committed;

	sq_close(sj);
	if (access(sj->path, F_OK) == -1) {
		/* Never made anew under a running daemon. */
		snprintf(sj->j.error, sizeof(sj->j.error),
		    "%.120s: gone while in use", sj->path);
		errno = EIO;
		return -1;
	}
	if (sq_open(sj) == -1)
		return -1;
	if (sj->j.epoch != epoch || sj->seq < announced) {
		sq_corrupt(sj,
		    "after an I/O error it ends at %llu, but %llu was "
		    "announced" REMEDY,
		    (unsigned long long)sj->seq, (unsigned long long)announced);
		sq_close(sj);
		sj->j.epoch = epoch;
		sj->seq = sj->seq_committed = announced;
		errno = EBADMSG;
		return -1;
	}
	sj->broken = false;
	return 0;
}

void
sq_close(struct sqlite_journal *sj)
{
	for (size_t i = 0; i < SQ_COUNT; i++) {
		sqlite3_finalize(sj->st[i]);
		sj->st[i] = NULL;
	}
	sqlite3_close_v2(sj->db);
	sj->db = NULL;
	sj->in_txn = false;
}
