/* sqlite_archive.c - the archive and the copy window. */
#include <errno.h>
#include <string.h>

#include "store/sqlite_db.h"

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
