/* test_filelog.c - a file sink holds every match once, whatever happens. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fsutil.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "sink/filelog.h"

static char dir[] = "/tmp/wiresift-filelog-XXXXXX";
static char path[80], other[80], db[80];
static char why[256];
static const struct sink_filter filter = { .min = TOPIC_ABOUT };

/* What is expected to happen here is not for the terminal. */
static void
swallow(void *cookie, enum log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

static void
wipe(void)
{
	char wal[96];

	unlink(path);
	unlink(other);
	unlink(db);
	snprintf(wal, sizeof(wal), "%s-wal", db);
	unlink(wal);
}

static const struct journal_params params = { .path = db,
	.archive_keep_s = 1000,
	.archive_max_bytes = 1 << 20,
	.journal_keep_s = 1000,
	.copy_window_s = 1000 };

static int
try_append(struct journal *j, size_t n, size_t pad)
{
	char body[4096];

	if (j->ops->begin(j) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		/* Each third is no match. */
		struct journal_topic t = { .name = "us-strikes",
			.level = i % 3 == 2 ? TOPIC_MENTIONS : TOPIC_ABOUT,
			.score = 1 };
		struct record r = {
			.at_ms = 1000, .topics = &t, .ntopics = 1, .body = body
		};

		r.body_len = (size_t)snprintf(body, sizeof(body),
		    "{\"item\":{\"x\":\"%0*d\"}}", (int)pad, (int)i);
		if (j->ops->append(j, &r) == -1) {
			j->ops->rollback(j);
			return -1;
		}
	}
	return j->ops->commit(j);
}

static void
append(struct journal *j, size_t n)
{
	assert_int_equal(try_append(j, n, 10), 0);
}

static struct filelog *
open_log(struct journal *j)
{
	struct filelog *fl =
	    filelog_open(j, "log", path, &filter, why, sizeof(why));

	if (fl == NULL)
		fail_msg("open: %s", why);
	return fl;
}

static void
drain(struct filelog *fl)
{
	enum filelog_want want;

	while ((want = filelog_step(fl)) == FILELOG_MORE)
		continue;
	assert_int_equal(want, FILELOG_IDLE);
}

struct expect {
	struct strbuf text;
	uint64_t epoch;
};

static int
expect_cb(void *cookie, const struct record *r)
{
	struct expect *ex = cookie;

	if (sink_filter_match(&filter, r)) {
		assert_int_equal(sink_frame(&ex->text, r, ex->epoch), 0);
		strbuf_putc(&ex->text, '\n');
	}
	return 0;
}

/* The file must hold the matches after `after`, each once, behind `head`. */
static void
expect_file(
    struct journal *j, const char *name, uint64_t after, const char *head)
{
	struct expect ex = { .epoch = j->epoch };
	struct strbuf got;

	strbuf_init(&ex.text, 256 << 20);
	strbuf_init(&got, 256 << 20);
	strbuf_puts(&ex.text, head);
	assert_int_equal(j->ops->read(j, after, SIZE_MAX, expect_cb, &ex), 0);
	assert_int_equal(fs_read(name, &got), 0);
	assert_int_equal(got.len, ex.text.len);
	assert_memory_equal(got.data, ex.text.data, got.len);
	strbuf_fini(&ex.text);
	strbuf_fini(&got);
}

static void
add_text(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static struct journal *
new_journal(void)
{
	wipe();
	return journal_open_mem(&params);
}

static void
lines_are_written_once_over_restarts(void **state)
{
	struct journal *j = new_journal();
	struct filelog_stats st;

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct filelog *fl = open_log(j);

		append(j, 700);
		drain(fl);
		expect_file(j, path, 0, "");
		filelog_stats_get(fl, &st);
		assert_int_equal(st.repairs, 0);
		assert_int_equal(st.gaps, 0);
		filelog_close(fl);
	}
	j->ops->close(j);
}

static void
what_a_crash_left_is_cut_off_and_written_again(void **state)
{
	static const char *const tails[] = { "{\"item\":{\"x\":\"00",
		"{\"item\":{}}\n{\"it", "\n" };
	struct journal *j = new_journal();

	(void)state;
	append(j, 50);
	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		struct filelog *fl = open_log(j);
		struct filelog_stats st;

		drain(fl);
		filelog_close(fl);
		add_text(path, tails[i]);
		append(j, 50);
		fl = open_log(j);
		filelog_stats_get(fl, &st);
		assert_int_equal(st.repairs, 1);
		drain(fl);
		expect_file(j, path, 0, "");
		filelog_close(fl);
	}
	j->ops->close(j);
}

static void
a_renamed_file_is_left_and_a_new_one_begun(void **state)
{
	(void)state;
	for (int running = 0; running < 2; running++) {
		struct journal *j = new_journal();
		struct filelog *fl = open_log(j);

		append(j, 9);
		drain(fl);
		if (!running)
			filelog_close(fl);
		assert_int_equal(rename(path, other), 0);
		append(j, 9);
		if (!running)
			fl = open_log(j);
		drain(fl);
		expect_file(j, path, 9, "");
		/* The tail of the new file is repaired as well. */
		filelog_close(fl);
		add_text(path, "{\"torn");
		fl = open_log(j);
		drain(fl);
		expect_file(j, path, 9, "");
		filelog_close(fl);
		j->ops->close(j);
	}
}

static void
a_file_cut_by_somebody_is_told_in_it(void **state)
{
	(void)state;
	for (int running = 0; running < 2; running++) {
		struct journal *j = new_journal();
		struct filelog *fl = open_log(j);
		char cursor[CURSOR_MAX], gap[200], at[CURSOR_MAX];

		append(j, 9);
		drain(fl);
		if (!running)
			filelog_close(fl);
		assert_int_equal(truncate(path, 0), 0);
		append(j, 9);
		if (!running)
			fl = open_log(j);
		drain(fl);
		/* The ninth was no match: the place is lazily behind. */
		cursor_format(j->epoch, 10, cursor);
		cursor_format(j->epoch, 9, at);
		snprintf(gap, sizeof(gap),
		    "{\"gap\":{\"after\":null,\"resumed\":\"%s\",\"lost\":null,"
		    "\"reason\":\"truncated\"},\"cursor\":\"%s\"}\n",
		    cursor, at);
		expect_file(j, path, 9, gap);
		filelog_close(fl);
		j->ops->close(j);
	}
}

static void
text_that_was_there_before_stays(void **state)
{
	struct journal *j = new_journal();
	struct filelog *fl;
	char head[300], one[CURSOR_MAX], zero[CURSOR_MAX];

	(void)state;
	add_text(path, "somebody's line\nunfinished");
	append(j, 9);
	fl = open_log(j);
	drain(fl);
	cursor_format(j->epoch, 1, one);
	cursor_format(j->epoch, 0, zero);
	snprintf(head, sizeof(head),
	    "somebody's line\nunfinished\n{\"gap\":{\"after\":null,"
	    "\"resumed\":\"%s\",\"lost\":null,\"reason\":\"epoch\"},"
	    "\"cursor\":\"%s\"}\n",
	    one, zero);
	expect_file(j, path, 0, head);
	filelog_close(fl);
	add_text(path, "torn");
	fl = open_log(j);
	drain(fl);
	expect_file(j, path, 0, head);
	filelog_close(fl);
	j->ops->close(j);
}

static void
a_second_writer_is_refused(void **state)
{
	struct journal *j = new_journal();
	struct filelog *fl = open_log(j);

	(void)state;
	assert_null(filelog_open(j, "b", path, &filter, why, sizeof(why)));
	assert_int_equal(errno, EBUSY);
	filelog_close(fl);
	assert_null(
	    filelog_open(j, "b", "/dev/null", &filter, why, sizeof(why)));
	assert_non_null(strstr(why, "no regular file"));
	j->ops->close(j);
}

static void
records_that_retention_took_are_told_as_a_gap(void **state)
{
	struct journal *j = new_journal();
	struct filelog *fl = open_log(j);
	struct strbuf got;

	(void)state;
	append(j, 10);
	drain(fl);
	assert_int_equal(filelog_needs(fl), 11);
	filelog_close(fl);
	append(j, 10);
	while (j->ops->prune(j, 99999, 16) == 1)
		continue;
	fl = open_log(j);
	drain(fl);
	filelog_close(fl);
	strbuf_init(&got, 1 << 20);
	assert_int_equal(fs_read(path, &got), 0);
	assert_non_null(
	    strstr(got.data, ",\"lost\":5,\"reason\":\"retention\"}"));
	strbuf_fini(&got);
	j->ops->close(j);
}

/*
 * Goal: whatever moment kill -9 hits, the file can be brought to hold every
 * match once. The child commits and writes as fast as it can.
 */
static void
busy_child(bool rotate)
{
	struct journal *j = journal_open_sqlite(&params, why, sizeof(why));
	struct filelog *fl;

	if (j == NULL || (fl = filelog_open(j, "log", path, &filter, why,
			      sizeof(why))) == NULL) {
		fprintf(stderr, "child: %s\n", why);
		_exit(1);
	}
	for (int i = 0;; i++) {
		if (try_append(j, 1 + (size_t)i % 40, 3000) == -1)
			_exit(2);
		if (filelog_step(fl) == FILELOG_RETRY)
			_exit(3);
		/* Checkpoints, after which the log begins anew. */
		if (i % 4 == 3 && j->ops->prune(j, 2000, 0) == -1)
			_exit(5);
		/* Rotation, between a write and the next. */
		if (rotate && i % 3 == 2 && rename(path, other) == -1)
			_exit(4);
	}
}

/* Both files together hold every match from their first line on, once. */
static void
expect_both_files(struct journal *j)
{
	struct expect ex = { .epoch = j->epoch };
	struct strbuf got;
	uint64_t epoch, first = 1;
	char *cursor, *end;

	strbuf_init(&ex.text, (size_t)1 << 30);
	strbuf_init(&got, (size_t)1 << 30);
	if (access(other, F_OK) == 0) {
		/* Rotated, perhaps twice: the oldest lines are gone with the
		 * file that the second rename replaced. */
		assert_int_equal(fs_read(other, &got), 0);
		if (got.len > 0) {
			cursor = strstr(got.data, ",\"cursor\":\"");
			assert_non_null(cursor);
			end = strchr(cursor += 11, '"');
			*end = '\0';
			assert_true(cursor_parse(cursor, &epoch, &first));
			*end = '"';
		}
	}
	assert_int_equal(fs_read(path, &got), 0);
	assert_int_equal(
	    j->ops->read(j, first - 1, SIZE_MAX, expect_cb, &ex), 0);
	assert_int_equal(got.len, ex.text.len);
	assert_memory_equal(got.data, ex.text.data, got.len);
	strbuf_fini(&ex.text);
	strbuf_fini(&got);
}

static void
kill_9_at_any_moment_loses_and_doubles_nothing(void **state)
{
	const char *full = getenv("WIRESIFT_PROVE");
	int kills = full != NULL && strcmp(full, "full") == 0 ? 500 : 30;
	uint64_t repairs = 0;
	unsigned int seed = 1;
	struct timespec t0, t1;

	(void)state;
	wipe();
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (int i = 0; i < kills; i++) {
		pid_t pid = fork();
		int status;
		struct journal *j;
		struct filelog *fl;
		struct filelog_stats st;

		if (pid == 0)
			busy_child(i % 2 == 1);
		seed = seed * 1103515245U + 12345U;
		usleep(3000 + (seed >> 8) % 40000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status)); /* it did not fail itself */
		j = journal_open_sqlite(&params, why, sizeof(why));
		if (j == NULL)
			fail_msg("after kill %d: %s", i, why);
		fl = open_log(j);
		filelog_stats_get(fl, &st);
		repairs += st.repairs;
		drain(fl);
		expect_both_files(j);
		filelog_close(fl);
		j->ops->close(j);
		if (i % 10 == 9)
			wipe();
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	print_message("%d kills, %llu repairs, %.1f kills/s\n", kills,
	    (unsigned long long)repairs,
	    kills / ((double)(t1.tv_sec - t0.tv_sec) +
			(double)(t1.tv_nsec - t0.tv_nsec) / 1e9));
	wipe();
}

/*
 * Goal: on a disk that fills up, at whatever step, everything committed
 * stays, and after room is made both journal and file go on whole.
 */
static void
a_full_disk_stops_and_loses_nothing(void **state)
{
	char small[64], opt[32];
	int steps = 0, in_journal = 0, in_file = 0;

	(void)state;
	snprintf(small, sizeof(small), "%s/small", dir);
	mkdir(small, 0700);
	if (mount("none", small, "tmpfs", 0, "size=300k") == -1) {
		print_message("skipped: a small tmpfs cannot be mounted: %s\n",
		    strerror(errno));
		rmdir(small);
		skip();
	}
	umount(small);
	for (int kib = 300; kib < 900; kib += 44, steps++) {
		struct journal_params p = params;
		char sdb[96], sfile[96];
		struct journal *j;
		struct filelog *fl;
		bool both = true;
		uint64_t oldest, newest, before = 0;

		snprintf(opt, sizeof(opt), "size=%dk", kib);
		assert_int_equal(mount("none", small, "tmpfs", 0, opt), 0);
		snprintf(sdb, sizeof(sdb), "%s/j.db", small);
		snprintf(sfile, sizeof(sfile), "%s/log", small);
		p.path = sdb;
		j = journal_open_sqlite(&p, why, sizeof(why));
		assert_non_null(j);
		fl = filelog_open(j, "log", sfile, &filter, why, sizeof(why));
		assert_non_null(fl);
		while (both) {
			if (try_append(j, 4, 1000) == -1) {
				assert_int_equal(errno, ENOSPC);
				in_journal++;
				both = false;
			}
			if (filelog_step(fl) == FILELOG_RETRY) {
				in_file++;
				both = false;
			}
		}
		/* It stays full: nothing more breaks, readers are served. */
		for (int i = 0; i < 3; i++) {
			(void)!try_append(j, 4, 1000);
			filelog_step(fl);
		}
		j->ops->bounds(j, &oldest, &before);
		assert_true(before > 0);
		assert_int_equal(
		    mount("none", small, "tmpfs", MS_REMOUNT, "size=8m"), 0);
		assert_int_equal(try_append(j, 4, 1000), 0);
		j->ops->bounds(j, &oldest, &newest);
		assert_int_equal(newest, before + 4);
		drain(fl);
		expect_file(j, sfile, 0, "");
		filelog_close(fl);
		j->ops->close(j);
		j = journal_open_sqlite(&p, why, sizeof(why));
		assert_non_null(j);
		expect_file(j, sfile, 0, "");
		j->ops->close(j);
		assert_int_equal(umount(small), 0);
	}
	print_message("%d steps: full in the journal %d, in the file %d\n",
	    steps, in_journal, in_file);
	rmdir(small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_written_once_over_restarts),
		cmocka_unit_test(
		    what_a_crash_left_is_cut_off_and_written_again),
		cmocka_unit_test(a_renamed_file_is_left_and_a_new_one_begun),
		cmocka_unit_test(a_file_cut_by_somebody_is_told_in_it),
		cmocka_unit_test(text_that_was_there_before_stays),
		cmocka_unit_test(a_second_writer_is_refused),
		cmocka_unit_test(records_that_retention_took_are_told_as_a_gap),
		cmocka_unit_test(
		    kill_9_at_any_moment_loses_and_doubles_nothing),
		cmocka_unit_test(a_full_disk_stops_and_loses_nothing),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(other, sizeof(other), "%s/log.1", dir);
	snprintf(db, sizeof(db), "%s/j.db", dir);
	log_set_hook(swallow, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	wipe();
	rmdir(dir);
	return failed;
}
