/* test_journal_faults.c - a journal that cannot be trusted is refused aloud. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/arena.h"
#include "base/fsutil.h"
#include "base/strbuf.h"
#include "pipeline/poll.h"
#include "store/journal.h"

/* In memory where that is possible: these tests write a lot. */
static char dir[64];
static char db[80], wal[96];
static char why[256];
static struct journal_params params = { .archive_keep_s = 1000,
	.archive_max_bytes = 1 << 20,
	.journal_keep_s = 1000,
	.copy_window_s = 1000 };

#define RECORDS 120
#define BODY "{\"item\":{\"id\":\"%d\",\"content_text\":\"%0500d\"}}"

static struct journal *
open_it(void)
{
	return journal_open_sqlite(&params, why, sizeof(why));
}

static void
wipe(void)
{
	unlink(db);
	unlink(wal);
}

static void
fill(struct journal *j)
{
	struct journal_topic t = {
		.name = "us-strikes", .level = TOPIC_ABOUT, .score = 1
	};
	struct seen seen = { 1, 2, 3, 4 };
	struct feed_state st = { .etag = "\"e\"", .seen = &seen, .nseen = 1 };

	for (int i = 1; i <= RECORDS; i++) {
		char body[600];
		struct record r = { .at_ms = i,
			.feed = "f",
			.topics = &t,
			.ntopics = 1,
			.body = body };
		struct archived a = {
			.item_id = "i", .feed = "f", .at = i, .json = body
		};

		r.body_len = a.json_len =
		    (size_t)snprintf(body, sizeof(body), BODY, i, i);
		assert_int_equal(j->ops->begin(j), 0);
		assert_int_equal(j->ops->append(j, &r), 0);
		assert_int_equal(j->ops->put_archived(j, &a), 0);
		assert_int_equal(j->ops->put_feed(j, "f", &st), 0);
		assert_int_equal(j->ops->commit(j), 0);
	}
}

/* A good database with RECORDS records; `clean` = after a good stop. */
static void
make_db(bool clean)
{
	struct journal *j;
	pid_t pid;

	wipe();
	if (clean) {
		j = open_it();
		assert_non_null(j);
		fill(j);
		j->ops->close(j);
		return;
	}
	if ((pid = fork()) == 0) {
		if ((j = open_it()) == NULL)
			_exit(1);
		fill(j);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static struct strbuf
slurp(const char *name)
{
	struct strbuf sb;

	strbuf_init(&sb, 64 << 20);
	(void)!fs_read(name, &sb);
	return sb;
}

static void
spill(const char *name, const struct strbuf *sb)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(fs_write_all(fd, sb->data, sb->len), 0);
	close(fd);
}

static void
sql(const char *text)
{
	sqlite3 *h;

	assert_int_equal(sqlite3_open(db, &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(h);
}

static void
empty_it(void)
{
	assert_int_equal(truncate(db, 0), 0);
}

static void
remove_it(void)
{
	struct strbuf sb = slurp(db);

	spill(wal, &sb);
	strbuf_fini(&sb);
	unlink(db);
}

static void
garble_it(void)
{
	int fd = open(db, O_WRONLY);

	assert_int_equal(pwrite(fd, "not a database at all", 21, 0), 21);
	close(fd);
}

static void
halve_it(void)
{
	struct stat sb;

	sql("UPDATE meta SET value = 0 WHERE key = 'clean'");
	assert_int_equal(stat(db, &sb), 0);
	assert_int_equal(truncate(db, sb.st_size / 2), 0);
}

static void
future_it(void)
{
	sql("PRAGMA user_version = 99");
}

static void
foreign_it(void)
{
	sql("PRAGMA application_id = 17");
}

static void
counter_back(void)
{
	sql("UPDATE meta SET value = 7 WHERE key = 'seq'");
}

static void
lose_epoch(void)
{
	sql("DELETE FROM meta WHERE key = 'epoch'");
}

static void
lose_rows(void)
{
	sql("DELETE FROM record WHERE seq BETWEEN 20 AND 30;"
	    "UPDATE meta SET value = 0 WHERE key = 'clean'");
}

/* Each row is a way a database can be no good; none may become an empty one. */
static const struct {
	const char *name;
	void (*spoil)(void);
	int err;
	const char *says;
} rows[] = {
	{ "zero length", empty_it, EBADMSG, "empty" },
	{ "database gone, log there", remove_it, EBADMSG, "-wal" },
	{ "garbage", garble_it, EBADMSG, "not a database" },
	{ "second half missing", halve_it, EBADMSG, "" },
	{ "of a newer version", future_it, EPROTO, "newer wiresift" },
	{ "of another program", foreign_it, EBADMSG, "none of wiresift's" },
	{ "counter behind the records", counter_back, EBADMSG, "counter 7" },
	{ "epoch missing", lose_epoch, EBADMSG, "epoch" },
	{ "records missing in the middle", lose_rows, EBADMSG, "damaged" },
};

static void
what_cannot_be_trusted_is_refused_and_left_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf before, after;
		struct journal *j;

		make_db(true);
		rows[i].spoil();
		before = slurp(db);
		j = open_it();
		if (j != NULL)
			fail_msg("%s: opened", rows[i].name);
		if (errno != rows[i].err || strstr(why, rows[i].says) == NULL ||
		    strstr(why, db) == NULL)
			fail_msg(
			    "%s: errno %d, \"%s\"", rows[i].name, errno, why);
		if (rows[i].err == EBADMSG && strstr(why, "backup") == NULL &&
		    strstr(why, "check the path") == NULL)
			fail_msg("%s: no remedy in \"%s\"", rows[i].name, why);
		after = slurp(db);
		assert_int_equal(before.len, after.len);
		assert_memory_equal(before.data, after.data, after.len);
		strbuf_fini(&before);
		strbuf_fini(&after);
	}
	wipe();
}

static void
a_database_of_an_older_version_is_brought_up(void **state)
{
	static const char *const columns[] = { "health", "health_since",
		"bad_since", "news_first", "news_last", "gap_s", "furniture" };
	struct arena *a = arena_new(0);
	struct journal_sizes sz;
	struct feed_state st;
	struct journal *j;
	char text[100];

	(void)state;
	make_db(true);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		snprintf(text, sizeof(text), "ALTER TABLE feed DROP COLUMN %s",
		    columns[i]);
		sql(text);
	}
	sql("DROP INDEX record_item;"
	    "ALTER TABLE record DROP COLUMN origin;"
	    "ALTER TABLE record DROP COLUMN origins;"
	    "ALTER TABLE remembered DROP COLUMN account");
	sql("ALTER TABLE remembered DROP COLUMN packed");
	sql("DROP TABLE copy_counts");
	sql("ALTER TABLE record DROP COLUMN sinks; DROP TABLE alert");
	sql("DELETE FROM meta WHERE key = 'record_bytes'");
	sql("PRAGMA user_version = 1");
	j = open_it();
	assert_non_null(j);
	/* Its rows are as whole as they were. */
	assert_int_equal(j->ops->get_feed(j, a, "f", &st), 1);
	assert_true(st.nseen > 0 || st.outcome == POLL_OK);
	/* The size of its records is taken, once. */
	j->ops->sizes(j, &sz);
	assert_true(sz.records > 0);
	assert_int_equal(st.health, 0);
	assert_null(st.furniture);
	st.health = 2;
	st.gap_s = 77;
	assert_int_equal(j->ops->begin(j), 0);
	assert_int_equal(j->ops->put_feed(j, "f", &st), 0);
	assert_int_equal(j->ops->commit(j), 0);
	memset(&st, 0, sizeof(st));
	assert_int_equal(j->ops->get_feed(j, a, "f", &st), 1);
	assert_int_equal(st.health, 2);
	assert_int_equal(st.gap_s, 77);
	j->ops->close(j);
	/* And a flipped bit in what is new is noticed. */
	sql("UPDATE feed SET gap_s = 0");
	j = open_it();
	assert_non_null(j);
	assert_int_equal(j->ops->get_feed(j, a, "f", &st), -1);
	j->ops->close(j);
	arena_free(a);
	wipe();
}

static void
a_second_daemon_is_refused(void **state)
{
	struct journal *j;

	(void)state;
	make_db(true);
	j = open_it();
	assert_non_null(j);
	if (fork() == 0)
		_exit(open_it() == NULL && errno == EBUSY &&
			      strstr(why, "second wiresiftd") != NULL
			  ? 0
			  : 1);
	{
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	j->ops->close(j);
	wipe();
}

struct seen_records {
	uint64_t good, damaged;
};

static int
check_cb(void *cookie, const struct record *r)
{
	struct seen_records *sr = cookie;
	char body[600];

	if (r->damaged) {
		sr->damaged++;
		return 0;
	}
	snprintf(body, sizeof(body), BODY, (int)r->seq, (int)r->seq);
	/* What is shown as good is good. */
	assert_int_equal(r->body_len, strlen(body));
	assert_memory_equal(r->body, body, r->body_len);
	assert_int_equal(r->ntopics, 1);
	assert_string_equal(r->topics[0].name, "us-strikes");
	sr->good++;
	return 0;
}

static int
ignore_archived(void *cookie, const struct archived *a)
{
	(void)cookie;
	return a->json_len > (1 << 20);
}

static int
ignore_feed(void *cookie, const char *feed, const struct feed_state *st)
{
	(void)cookie;
	(void)feed;
	return st->nseen != 1;
}

static void
a_crash_loses_nothing_that_was_committed(void **state)
{
	struct seen_records sr = { 0, 0 };
	struct journal *j;

	(void)state;
	make_db(false);
	assert_int_equal(access(wal, F_OK), 0); /* it was a crash */
	j = open_it();
	assert_non_null(j);
	assert_int_equal(j->ops->read(j, 0, SIZE_MAX, check_cb, &sr), 0);
	assert_int_equal(sr.good, RECORDS);
	j->ops->close(j);
	wipe();
}

static void
a_flipped_bit_in_a_record_is_noticed(void **state)
{
	struct seen_records sr = { 0, 0 };
	struct strbuf sb;
	struct journal *j;
	char *at;

	(void)state;
	make_db(true);
	sb = slurp(db);
	at = memmem(sb.data, sb.len, "00000000077\"}}", 14);
	assert_non_null(at);
	*at ^= 1;
	spill(db, &sb);
	strbuf_fini(&sb);
	j = open_it();
	assert_non_null(j);
	/* Once in the record or once in its archived twin: both have it. */
	assert_int_equal(j->ops->read(j, 0, SIZE_MAX, check_cb, &sr), 0);
	assert_int_equal(sr.good + sr.damaged, RECORDS);
	assert_true(sr.damaged <= 1);
	j->ops->close(j);
	wipe();
}

/* Where a bit flips, and how the database was left. */
static const struct {
	const char *name;
	bool clean; /* stopped well: no check at the start */
	bool in_wal;
} places[] = {
	{ "database after a crash", false, false },
	{ "database after a good stop", true, false },
	{ "log after a crash", false, true },
};

struct tally {
	int refused, damaged, failed, short_;
};

static void
use_flipped(struct tally *t, uint64_t *good)
{
	struct seen_records sr = { 0, 0 };
	struct feed_state st;
	struct arena *a;
	struct journal *j;
	uint64_t oldest, newest;

	if ((j = open_it()) == NULL) {
		t->refused++;
		assert_true(
		    errno == EBADMSG || errno == EPROTO || errno == EIO);
		assert_true(why[0] != '\0');
		*good = RECORDS;
		return;
	}
	a = arena_new(0);
	j->ops->bounds(j, &oldest, &newest);
	if (j->ops->read(j, 0, SIZE_MAX, check_cb, &sr) == -1) {
		t->failed++;
		sr.good = RECORDS;
	} else if (sr.damaged > 0 || sr.good < newest) {
		t->damaged++; /* told as damaged, or as a hole */
		sr.good = RECORDS;
	}
	*good = sr.good;
	j->ops->each_archived(j, 0, ignore_archived, NULL);
	j->ops->each_feed(j, ignore_feed, NULL);
	(void)!j->ops->get_feed(j, a, "f", &st);
	(void)!j->ops->prune(j, 1100, UINT64_MAX);
	arena_free(a);
	j->ops->close(j);
}

/*
 * Goal: whatever bit is wrong in the files, the daemon neither crashes nor
 * loops, shows no wrong record, and loses none silently: it refuses, or says
 * what is damaged. In the log the very last commit may look like a write
 * that a crash tore: that one, not yet known to anybody, may go.
 */
static void
flipped_bits_never_crash_or_lie(void **state)
{
	const char *full = getenv("WIRESIFT_PROVE");
	int flips = full != NULL && strcmp(full, "full") == 0 ? 5000 : 70;
	unsigned int seed = 3;

	(void)state;
	for (size_t p = 0; p < ARRAY_LEN(places); p++) {
		struct tally t = { 0, 0, 0, 0 };
		struct strbuf good, log, *sb = places[p].in_wal ? &log : &good;

		make_db(places[p].in_wal ? false : true);
		if (!places[p].clean && !places[p].in_wal)
			sql("UPDATE meta SET value = 0 WHERE key = 'clean'");
		good = slurp(db);
		log = slurp(wal);
		for (int i = 0; i < flips; i++) {
			uint64_t whole;
			size_t at;
			char bit;

			seed = seed * 1103515245U + 12345U;
			at = (seed >> 4) % sb->len;
			if (i % 7 == 0)
				at %= 128; /* headers */
			bit = (char)(1 << (seed >> 28) % 8);
			sb->data[at] ^= bit;
			spill(db, &good);
			spill(wal, &log);
			sb->data[at] ^= bit;
			alarm(20);
			use_flipped(&t, &whole);
			alarm(0);
			if (whole < RECORDS)
				t.short_++;
			if (whole < RECORDS - 1)
				fail_msg("%s: byte %zu: %llu of %d records",
				    places[p].name, at,
				    (unsigned long long)whole, RECORDS);
		}
		print_message("%d flips in the %s: %d refused, %d told as "
			      "damaged, %d unreadable, %d without the last\n",
		    flips, places[p].name, t.refused, t.damaged, t.failed,
		    t.short_);
		strbuf_fini(&good);
		strbuf_fini(&log);
	}
	wipe();
}

static void
the_file_is_not_for_everybody(void **state)
{
	struct stat sb;
	mode_t old = umask(0);

	(void)state;
	make_db(true);
	umask(old);
	assert_int_equal(stat(db, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0640);
	wipe();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    what_cannot_be_trusted_is_refused_and_left_alone),
		cmocka_unit_test(a_database_of_an_older_version_is_brought_up),
		cmocka_unit_test(a_second_daemon_is_refused),
		cmocka_unit_test(a_crash_loses_nothing_that_was_committed),
		cmocka_unit_test(a_flipped_bit_in_a_record_is_noticed),
		cmocka_unit_test(flipped_bits_never_crash_or_lie),
		cmocka_unit_test(the_file_is_not_for_everybody),
	};
	int failed;

	snprintf(dir, sizeof(dir), "%s/wiresift-faults-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(db, sizeof(db), "%s/j.db", dir);
	snprintf(wal, sizeof(wal), "%s-wal", db);
	params.path = db;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	wipe();
	rmdir(dir);
	return failed;
}
