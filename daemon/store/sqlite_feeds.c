/* sqlite_feeds.c - feed states and sink cursors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "pipeline/poll.h"
#include "store/feedcols.h"
#include "store/sqlite_db.h"

/* In the statements' order: feed, the columns of feedcols, sum, seen. */
#define FEED_FIRST 1

static uint64_t
sum_field(uint64_t sum, const struct feedcol *c, const struct feed_state *fs)
{
	const char *at = (const char *)fs + c->offset, *s;
	bool late = c >= &feedcols[FEEDCOLS_FIRST];
	uint64_t v64;
	uint32_t v32;

	switch (c->type) {
	case FEEDCOL_TEXT:
		memcpy(&s, at, sizeof(s));
		if (late && s == NULL)
			return sum;
		return hash_mix(
		    sum, s == NULL ? 1 : hash_str(&hash_key_fixed, s));
	case FEEDCOL_64:
		memcpy(&v64, at, sizeof(v64));
		return late && v64 == 0 ? sum : hash_mix(sum, v64);
	case FEEDCOL_32:
		memcpy(&v32, at, sizeof(v32));
		return late && v32 == 0 ? sum : hash_mix(sum, v32);
	case FEEDCOL_OUTCOME:
		/* By name: its number may change between versions. */
		return hash_mix(sum,
		    hash_str(&hash_key_fixed, poll_outcome_name(fs->outcome)));
	}
	return sum;
}

static uint64_t
sum_feed(
    const char *feed, const struct feed_state *fs, const void *seen, size_t len)
{
	uint64_t sum = hash_str(&hash_key_fixed, feed);

	for (size_t i = 0; i < feedcols_len; i++)
		sum = sum_field(sum, &feedcols[i], fs);
	return hash_mix(sum, hash_bytes(&hash_key_fixed, seen, len));
}

static void
bind_field(sqlite3_stmt *st, int i, const struct feedcol *c,
    const struct feed_state *fs)
{
	const char *at = (const char *)fs + c->offset, *s;
	uint64_t v64;
	uint32_t v32;

	switch (c->type) {
	case FEEDCOL_TEXT:
		memcpy(&s, at, sizeof(s));
		sq_bind_text(st, i, s);
		break;
	case FEEDCOL_64:
		memcpy(&v64, at, sizeof(v64));
		sq_bind_u64(st, i, v64);
		break;
	case FEEDCOL_32:
		memcpy(&v32, at, sizeof(v32));
		sq_bind_u64(st, i, v32);
		break;
	case FEEDCOL_OUTCOME:
		sq_bind_text(st, i, poll_outcome_name(fs->outcome));
		break;
	}
}

int
sq_put_feed(struct journal *j, const char *feed, const struct feed_state *fs)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;
	int n = FEED_FIRST + (int)feedcols_len, result;
	void *seen;
	size_t len;

	if (sq_need_txn(sj) == -1 || (st = sq_stmt(sj, SQ_FEED_PUT)) == NULL)
		return -1;
	seen = seen_pack(fs->seen, fs->nseen, &len);
	sq_bind_text(st, 1, feed);
	for (int i = 0; i < (int)feedcols_len; i++)
		bind_field(st, FEED_FIRST + 1 + i, &feedcols[i], fs);
	sq_bind_u64(st, n + 1, sum_feed(feed, fs, seen, len));
	sqlite3_bind_blob64(st, n + 2, seen, len, SQLITE_STATIC);
	result = sq_run(sj, st);
	free(seen);
	return result;
}

/* Memory in `a`. -1 when the value cannot be one. */
static int
load_field(struct arena *a, sqlite3_stmt *st, int i, const struct feedcol *c,
    struct feed_state *fs)
{
	char *at = (char *)fs + c->offset;
	const char *s = NULL;
	uint64_t v64 = sq_u64(st, i);
	uint32_t v32 = (uint32_t)v64;

	switch (c->type) {
	case FEEDCOL_TEXT:
		s = arena_strdup(a, sq_text(st, i));
		memcpy(at, &s, sizeof(s));
		break;
	case FEEDCOL_64:
		memcpy(at, &v64, sizeof(v64));
		break;
	case FEEDCOL_32:
		memcpy(at, &v32, sizeof(v32));
		break;
	case FEEDCOL_OUTCOME:
		/* A name of a later version is no damage. */
		s = sq_text(st, i);
		if (s == NULL || !poll_outcome_parse(s, &fs->outcome))
			return -1;
		break;
	}
	return 0;
}

/* -1, EBADMSG: the row is not what was written; its seen set has a check of
 * its own, and is there if that is good. */
static int
load(struct sqlite_journal *sj, struct arena *a, sqlite3_stmt *st,
    struct feed_state *fs)
{
	const char *feed = sq_text(st, 0);
	int n = (int)feedcols_len;
	const void *seen = sqlite3_column_blob(st, n + 2);
	size_t len = (size_t)sqlite3_column_bytes(st, n + 2);

	memset(fs, 0, sizeof(*fs));
	for (int i = 0; i < n; i++) {
		if (load_field(a, st, 1 + i, &feedcols[i], fs) == -1)
			goto damaged;
	}
	if (feed == NULL || sum_feed(feed, fs, seen, len) != sq_u64(st, n + 1))
		goto damaged;
	if (seen_unpack(a, seen, len, &fs->seen, &fs->nseen) == -1)
		goto damaged;
	return 0;
damaged:
	memset(fs, 0, sizeof(*fs));
	(void)!seen_unpack(a, seen, len, &fs->seen, &fs->nseen);
	return sq_corrupt(sj, "the state of feed %.80s is damaged",
	    feed == NULL ? "?" : feed);
}

int
sq_get_feed(
    struct journal *j, struct arena *a, const char *feed, struct feed_state *fs)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_FEED_GET);
	int rc, result, err;

	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, feed);
	rc = sqlite3_step(st);
	if (rc == SQLITE_DONE)
		result = 0;
	else if (rc != SQLITE_ROW)
		result = sq_fail(sj, "read");
	else
		result = load(sj, a, st, fs) == -1 ? -1 : 1;
	err = errno;
	sqlite3_reset(st);
	errno = err;
	return result;
}

/* Damaged states are left out here; get_feed tells about them. */
int
sq_each_feed(struct journal *j, feed_state_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_FEED_EACH);
	struct arena *a;
	int rc = SQLITE_DONE, stop = 0, err;

	if (st == NULL)
		return -1;
	a = arena_new(0);
	while (stop == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct feed_state fs;

		arena_reset(a);
		if (load(sj, a, st, &fs) == 0)
			stop = cb(cookie, sq_text(st, 0), &fs);
	}
	stop = sq_walked(sj, st, rc, stop);
	err = errno;
	arena_free(a);
	errno = err;
	return stop;
}

int
sq_put_cursor(struct journal *j, const char *sink, const struct sink_cursor *c)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;

	if (sq_need_txn(sj) == -1 || (st = sq_stmt(sj, SQ_CURSOR_PUT)) == NULL)
		return -1;
	sq_bind_text(st, 1, sink);
	sq_bind_u64(st, 2, c->epoch);
	sq_bind_u64(st, 3, c->seq);
	sq_bind_u64(st, 4, c->dev);
	sq_bind_u64(st, 5, c->ino);
	sq_bind_u64(st, 6, c->offset);
	return sq_run(sj, st);
}

int
sq_get_cursor(struct journal *j, const char *sink, struct sink_cursor *c)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_CURSOR_GET);
	int rc, result = 0, err;

	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, sink);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*c = (struct sink_cursor){ .epoch = sq_u64(st, 0),
			.seq = sq_u64(st, 1),
			.dev = sq_u64(st, 2),
			.ino = sq_u64(st, 3),
			.offset = sq_u64(st, 4) };
		result = 1;
	} else if (rc != SQLITE_DONE)
		result = sq_fail(sj, "read");
	err = errno;
	sqlite3_reset(st);
	errno = err;
	return result;
}

int
sq_del_cursor(struct journal *j, const char *sink)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st;

	if (sq_need_txn(sj) == -1 || (st = sq_stmt(sj, SQ_CURSOR_DEL)) == NULL)
		return -1;
	sq_bind_text(st, 1, sink);
	return sq_run(sj, st);
}

int
sq_each_cursor(
    struct journal *j, const char *prefix, cursor_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_CURSOR_EACH);
	int rc = SQLITE_DONE, stop = 0;

	if (st == NULL)
		return -1;
	sq_bind_text(st, 1, prefix);
	while (stop == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct sink_cursor c = { .epoch = sq_u64(st, 1),
			.seq = sq_u64(st, 2),
			.dev = sq_u64(st, 3),
			.ino = sq_u64(st, 4),
			.offset = sq_u64(st, 5) };

		stop = cb(cookie, sq_text(st, 0), &c);
	}
	return sq_walked(sj, st, rc, stop);
}
