/* sqlite_records.c - records in, records out, in one order. */
#include <errno.h>

#include "base/log.h"
#include "store/record.h"
#include "store/sqlite_db.h"

_Static_assert(RECORD_ITEM == 0 && RECORD_UPDATE == 1 && RECORD_STORY == 2 &&
		   RECORD_ALERT == 3 && RELATION_NEW == 0 &&
		   RELATION_COPY == 1 && RELATION_UPDATE == 2 &&
		   RELATION_EMBEDS == 3 && RELATION_KNOWN == 4 &&
		   TOPIC_MENTIONS == 1 && TOPIC_ABOUT == 2,
    "these numbers are in databases");

int
sq_append(struct journal *j, struct record *r)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;

	if (sq_need_txn(sj) == -1)
		return -1;
	if (record_topics_pack(&sj->topics, r->topics, r->ntopics) == -1)
		return -1;
	if ((st = sq_stmt(sj, SQ_RECORD_PUT)) == NULL)
		return -1;
	r->seq = sj->seq + 1;
	sq_bind_u64(st, 1, r->seq);
	sqlite3_bind_int64(st, 2, r->at_ms);
	sqlite3_bind_int(st, 3, (int)r->kind);
	sqlite3_bind_int(st, 4, (int)r->relation);
	sq_bind_u64(st, 5, record_sum(r, sj->topics.data, sj->topics.len));
	sq_bind_text(st, 6, r->feed);
	sq_bind_text(st, 7, r->item_id);
	sq_bind_text(st, 8, r->lang);
	sq_bind_text(st, 9, r->story);
	sqlite3_bind_blob64(
	    st, 10, sj->topics.data, sj->topics.len, SQLITE_STATIC);
	sqlite3_bind_text64(
	    st, 11, r->body, r->body_len, SQLITE_STATIC, SQLITE_UTF8);
	if (r->explain != NULL)
		sqlite3_bind_text64(st, 12, r->explain, r->explain_len,
		    SQLITE_STATIC, SQLITE_UTF8);
	sq_bind_text(st, 13, r->origin);
	sqlite3_bind_int64(st, 14, r->origins);
	sq_bind_text(st, 15, r->to);
	if (sq_run(sj, st) == -1)
		return -1;
	sj->seq++;
	sj->record_bytes += r->body_len + r->explain_len;
	return 0;
}

/* One row as a record; what does not fit its check sum is `damaged`. */
static void
row(struct sqlite_journal *sj, sqlite3_stmt *st, struct record *r)
{
	int kind = sqlite3_column_int(st, 2);
	int relation = sqlite3_column_int(st, 3);
	const void *topics = sqlite3_column_blob(st, 9);
	size_t len = (size_t)sqlite3_column_bytes(st, 9);

	*r = (struct record){
		.seq = sq_u64(st, 0),
		.at_ms = sqlite3_column_int64(st, 1),
		.kind = (enum record_kind)kind,
		.relation = (enum relation)relation,
		.feed = sq_text(st, 5),
		.item_id = sq_text(st, 6),
		.lang = sq_text(st, 7),
		.story = sq_text(st, 8),
		.body = sqlite3_column_blob(st, 10),
		.body_len = (size_t)sqlite3_column_bytes(st, 10),
		.explain = sqlite3_column_blob(st, 11),
		.explain_len = (size_t)sqlite3_column_bytes(st, 11),
		.origin = sq_text(st, 12),
		.origins = (uint32_t)sqlite3_column_int64(st, 13),
		.to = sq_text(st, 14),
	};
	if (kind < RECORD_ITEM || kind > RECORD_ALERT ||
	    relation < RELATION_NEW || relation > RELATION_KNOWN ||
	    r->body == NULL || record_sum(r, topics, len) != sq_u64(st, 4) ||
	    record_topics_unpack(
		topics, len, &sj->rows, &sj->rows_size, &r->ntopics) == -1) {
		*r = (struct record){
			.seq = r->seq, .at_ms = r->at_ms, .damaged = true
		};
		return;
	}
	r->topics = sj->rows;
}

/* What a page that cannot be read held: one record, told as damaged. */
static int
pass_damaged(
    struct sqlite_journal *sj, uint64_t seq, record_cb *cb, void *cookie)
{
	const struct record r = { .seq = seq, .damaged = true };

	if (!sj->said_damaged)
		log_warnx("store=%s record %llu and maybe more cannot be read, "
			  "readers are told so; put a backup back: %s",
		    sj->path, (unsigned long long)seq, sj->j.error);
	sj->said_damaged = true;
	return cb(cookie, &r);
}

/* Numbers have no gaps: behind what cannot be read, the next one is tried. */
int
sq_read(
    struct journal *j, uint64_t after, size_t max, record_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	uint64_t next = MAX(MIN(after, (uint64_t)INT64_MAX) + 1, sj->oldest);
	int rc = SQLITE_DONE, stop = 0;

	for (size_t n = 0; stop == 0 && n < max && next <= sj->seq_committed;) {
		sqlite3_stmt *st = sq_stmt(sj, SQ_RECORD_READ);
		struct record r;
		size_t left = MIN(max - n, (size_t)INT32_MAX);

		if (st == NULL)
			return -1;
		sq_bind_u64(st, 1, next);
		sq_bind_u64(st, 2, sj->seq_committed);
		sqlite3_bind_int64(st, 3, (sqlite3_int64)left);
		while (stop == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
			row(sj, st, &r);
			next = r.seq + 1;
			n++;
			stop = cb(cookie, &r);
		}
		if (stop == 0 && rc != SQLITE_DONE) {
			int err = (sq_fail(sj, "read"), errno);

			sqlite3_reset(st);
			errno = err;
			if (err != EBADMSG)
				return -1;
			stop = pass_damaged(sj, next++, cb, cookie);
			n++;
			continue;
		}
		sqlite3_reset(st);
		break;
	}
	return stop;
}

int
sq_find_record(
    struct journal *j, const char *item_id, record_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_RECORD_FIND);
	struct record r;
	int rc, result = 0, err;

	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, item_id);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		row(sj, st, &r);
		result = cb(cookie, &r);
	} else if (rc != SQLITE_DONE)
		result = sq_fail(sj, "read");
	err = errno;
	sqlite3_reset(st);
	errno = err;
	return result;
}

int
sq_bounds(struct journal *j, uint64_t *oldest, uint64_t *newest)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;

	*newest = sj->seq_committed;
	*oldest = *newest == 0 ? 0 : MAX(sj->oldest, 1U);
	return 0;
}
