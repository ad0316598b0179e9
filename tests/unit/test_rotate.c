/* test_rotate.c - rotation by size: each match once over all the files. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fsutil.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "sink/filelog.h"

#define SIZE ((uint64_t)64 << 10)
#define KEEP 3U

static char dir[] = "/tmp/wiresift-rotate-XXXXXX";
static char path[80], db[80], why[256];
static const struct sink_filter filter = { .min = TOPIC_ABOUT };
static const struct journal_params params = { .path = db,
	.archive_keep_s = 1000,
	.archive_max_bytes = 1 << 20,
	.journal_keep_s = 1000,
	.copy_window_s = 1000 };

static void
swallow(void *cookie, enum log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

static char *
numbered(unsigned int n)
{
	static char name[128];

	if (n == 0)
		snprintf(name, sizeof(name), "%s", path);
	else
		snprintf(name, sizeof(name), "%s.%u", path, n);
	return name;
}

static void
wipe(void)
{
	char wal[96];

	for (unsigned int n = 0; n < 10; n++)
		unlink(numbered(n));
	unlink(db);
	snprintf(wal, sizeof(wal), "%s-wal", db);
	unlink(wal);
}

static int
try_append(struct journal *j, size_t n)
{
	struct journal_topic t = {
		.name = "us-strikes", .level = TOPIC_ABOUT, .score = 1
	};
	char body[4096];

	if (j->ops->begin(j) == -1)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct record r = {
			.at_ms = 1000, .topics = &t, .ntopics = 1, .body = body
		};

		r.body_len = (size_t)snprintf(
		    body, sizeof(body), "{\"item\":{\"x\":\"%03000d\"}}", 7);
		if (j->ops->append(j, &r) == -1) {
			j->ops->rollback(j);
			return -1;
		}
	}
	return j->ops->commit(j);
}

static struct filelog *
open_log(struct journal *j)
{
	struct filelog *fl =
	    filelog_open(j, "log", path, &filter, why, sizeof(why));

	if (fl == NULL)
		fail_msg("open: %s", why);
	filelog_set_rotation(fl, SIZE, KEEP);
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

/* From the oldest file on, one number behind the other, up to the newest. */
static unsigned int
expect_sequence(struct journal *j)
{
	uint64_t oldest, newest, epoch, seq, last = 0;
	unsigned int files = 0;
	struct strbuf got;
	char *line, *end, *cursor;

	strbuf_init(&got, 256 << 20);
	for (unsigned int n = 10; n-- > 0;) {
		strbuf_reset(&got);
		if (fs_read(numbered(n), &got) == -1)
			continue;
		files++;
		assert_true(got.len < SIZE + (320 << 10));
		for (line = got.data; *line != '\0'; line = end + 1) {
			end = strchr(line, '\n');
			assert_non_null(end); /* else it is torn */
			*end = '\0';
			cursor = strstr(line, ",\"cursor\":\"");
			assert_non_null(cursor);
			*strchr(cursor += 11, '"') = '\0';
			assert_true(cursor_parse(cursor, &epoch, &seq));
			assert_true(last == 0 || seq == last + 1);
			last = seq;
		}
	}
	assert_int_equal(j->ops->bounds(j, &oldest, &newest), 0);
	assert_int_equal(last, newest);
	strbuf_fini(&got);
	return files;
}

static void
a_file_that_has_grown_is_renamed(void **state)
{
	struct filelog_stats st;
	struct journal *j;
	struct filelog *fl;

	(void)state;
	wipe();
	j = journal_open_mem(&params);
	fl = open_log(j);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(try_append(j, 10), 0);
		drain(fl);
		assert_true(expect_sequence(j) <= KEEP + 1);
	}
	assert_int_equal(expect_sequence(j), KEEP + 1);
	filelog_stats_get(fl, &st);
	assert_true(st.rotations >= 6);
	assert_int_equal(st.gaps, 0);
	assert_int_equal(st.repairs, 0);
	filelog_close(fl);
	j->ops->close(j);
}

/* Killed between two renames there is a free place: each, once. */
static void
a_rotation_cut_short_is_finished(void **state)
{
	(void)state;
	for (unsigned int hole = 0; hole <= KEEP; hole++) {
		struct journal *j;
		struct filelog *fl;
		char from[128];

		wipe();
		j = journal_open_mem(&params);
		fl = open_log(j);
		for (int i = 0; i < 12; i++) {
			assert_int_equal(try_append(j, 10), 0);
			drain(fl);
		}
		while (filelog_offset(fl) < SIZE) {
			assert_int_equal(try_append(j, 10), 0);
			drain(fl);
		}
		filelog_close(fl);
		/* What make_room() and the first renames had done. */
		unlink(numbered(KEEP));
		for (unsigned int n = KEEP; n > hole; n--) {
			snprintf(from, sizeof(from), "%s", numbered(n - 1));
			assert_int_equal(rename(from, numbered(n)), 0);
		}
		fl = open_log(j);
		assert_int_equal(try_append(j, 10), 0);
		drain(fl);
		print_message("place %u was free\n", hole);
		assert_int_equal(expect_sequence(j), KEEP + 1);
		filelog_close(fl);
		j->ops->close(j);
	}
}

/* Lines go on when the folder forbids it. */
static void
what_cannot_be_renamed_is_written_on(void **state)
{
	struct journal *j;
	struct filelog *fl;

	(void)state;
	wipe();
	j = journal_open_mem(&params);
	fl = open_log(j);
	/* A folder in the last place cannot be unlinked. */
	for (unsigned int n = 1; n <= KEEP; n++)
		assert_int_equal(mkdir(numbered(n), 0700), 0);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(try_append(j, 10), 0);
		drain(fl);
	}
	for (unsigned int n = 1; n <= KEEP; n++)
		assert_int_equal(rmdir(numbered(n)), 0);
	assert_true(filelog_offset(fl) > 100 * 3000);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(try_append(j, 10), 0);
		drain(fl);
	}
	assert_true(filelog_offset(fl) < 100 * 3000);
	filelog_close(fl);
	j->ops->close(j);
}

static void
busy_child(void)
{
	struct journal *j = journal_open_sqlite(&params, why, sizeof(why));
	struct filelog *fl;

	if (j == NULL || (fl = filelog_open(j, "log", path, &filter, why,
			      sizeof(why))) == NULL)
		_exit(1);
	filelog_set_rotation(fl, SIZE, KEEP);
	for (int i = 0;; i++)
		if (try_append(j, 1 + (size_t)i % 30) == -1 ||
		    filelog_step(fl) == FILELOG_RETRY)
			_exit(2);
}

static void
kill_9_over_rotations_loses_and_doubles_nothing(void **state)
{
	const char *full = getenv("WIRESIFT_PROVE");
	int kills = full != NULL && strcmp(full, "full") == 0 ? 500 : 30;
	unsigned int seed = 7;

	(void)state;
	wipe();
	for (int i = 0; i < kills; i++) {
		pid_t pid = fork();
		struct journal *j;
		struct filelog *fl;
		int status;

		if (pid == 0)
			busy_child();
		seed = seed * 1103515245U + 12345U;
		usleep(3000 + (seed >> 8) % 40000);
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		j = journal_open_sqlite(&params, why, sizeof(why));
		if (j == NULL)
			fail_msg("after kill %d: %s", i, why);
		fl = open_log(j);
		drain(fl);
		assert_true(expect_sequence(j) <= KEEP + 1);
		filelog_close(fl);
		j->ops->close(j);
		if (i % 10 == 9)
			wipe();
	}
	print_message("%d kills\n", kills);
	wipe();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_that_has_grown_is_renamed),
		cmocka_unit_test(a_rotation_cut_short_is_finished),
		cmocka_unit_test(what_cannot_be_renamed_is_written_on),
		cmocka_unit_test(
		    kill_9_over_rotations_loses_and_doubles_nothing),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(db, sizeof(db), "%s/j.db", dir);
	log_set_hook(swallow, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	wipe();
	rmdir(dir);
	return failed;
}
