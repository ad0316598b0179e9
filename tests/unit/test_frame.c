/* test_frame.c - frame and fsutil. */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/frame.h"
#include "base/fsutil.h"
#include "base/strbuf.h"

/* Read all of `bytes` through a reader of 10, in pieces of `step`. */
static enum frame_status
lines_of(const char *bytes, size_t len, size_t step, struct strbuf *out)
{
	struct frame_reader *fr = frame_reader_new(10);
	enum frame_status st = FRAME_AGAIN;
	size_t n, at = 0;
	char *line;
	int p[2];

	assert_int_equal(pipe(p), 0);
	assert_int_equal(fs_set_nonblock(p[0]), 0);
	assert_int_equal(frame_reader_fill(fr, p[0]), FRAME_AGAIN);
	while (at < len && st == FRAME_AGAIN) {
		n = MIN(step, len - at);
		assert_int_equal(fs_write_all(p[1], bytes + at, n), 0);
		at += n;
		assert_int_equal(frame_reader_fill(fr, p[0]), FRAME_OK);
		while ((st = frame_reader_next(fr, &line, &n)) == FRAME_OK) {
			assert_int_equal(strlen(line), n);
			strbuf_printf(out, "[%s]", line);
		}
	}
	close(p[1]);
	if (st == FRAME_AGAIN)
		st = frame_reader_fill(fr, p[0]);
	close(p[0]);
	frame_reader_free(fr);
	return st;
}

static void
reader_gives_the_same_lines_however_bytes_arrive(void **state)
{
	static const struct {
		const char *in, *want;
		enum frame_status end;
	} rows[] = {
		{ "a\nbc\r\n\nlast", "[a][bc][]", FRAME_EOF },
		{ "0123456789\n", "[0123456789]", FRAME_EOF },
		{ "0123456789\r\n", "[0123456789]", FRAME_EOF },
		{ "ok\n01234567890\nno", "[ok]", FRAME_LONG },
		{ "012345678901234567890", "", FRAME_LONG },
		{ "\r\r\n", "[\r]", FRAME_EOF },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		for (size_t step = 1; step < 30; step++) {
			struct strbuf sb;

			strbuf_init(&sb, 1000);
			assert_int_equal(
			    lines_of(rows[i].in, strlen(rows[i].in), step, &sb),
			    rows[i].end);
			assert_string_equal(sb.data, rows[i].want);
			strbuf_fini(&sb);
		}
}

static void
writer_is_bounded_and_loses_nothing_to_a_slow_reader(void **state)
{
	enum { LINES = 40, LEN = 9999 };
	struct frame_writer *fw = frame_writer_new(LINES * (LEN + 1));
	struct frame_reader *fr = frame_reader_new(LEN);
	char text[LEN], *line;
	enum frame_status st;
	int p[2], got = 0;
	size_t n;

	(void)state;
	assert_int_equal(pipe2(p, O_NONBLOCK), 0);
	for (int i = 0; i < LINES; i++) {
		memset(text, 'a' + i % 26, LEN);
		assert_int_equal(frame_writer_put(fw, text, LEN), 0);
	}
	assert_int_equal(frame_writer_put(fw, "", 0), -1);
	assert_int_equal(errno, ENOBUFS);
	do {
		st = frame_writer_flush(fw, p[1]);
		while (frame_reader_fill(fr, p[0]) == FRAME_OK)
			while (frame_reader_next(fr, &line, &n) == FRAME_OK) {
				assert_int_equal(n, LEN);
				assert_int_equal(line[n - 1], 'a' + got % 26);
				got++;
			}
	} while (st == FRAME_AGAIN);
	assert_int_equal(st, FRAME_OK);
	assert_int_equal(got, LINES);
	assert_int_equal(frame_writer_pending(fw), 0);
	assert_int_equal(frame_writer_put(fw, "two\nlines", 9), -1);
	assert_int_equal(errno, EINVAL);
	close(p[0]);
	close(p[1]);
	frame_writer_free(fw);
	frame_reader_free(fr);
}

static void
relative_names_are_seen_from_the_file(void **state)
{
	static const struct {
		const char *file, *name, *want;
	} rows[] = {
		{ "/etc/w/w.yaml", "topics.d/*", "/etc/w/topics.d/*" },
		{ "w.yaml", "t", "t" },
		{ "/w.yaml", "t", "/t" },
		{ "a/w.yaml", "/abs", "/abs" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *s = fs_relative(rows[i].file, rows[i].name);

		assert_string_equal(s, rows[i].want);
		free(s);
	}
}

static void
files_are_read_whole_or_not_at_all(void **state)
{
	char dir[] = "/tmp/wiresift-test-XXXXXX", path[100];
	struct strbuf sb;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a//b/file", dir);
	assert_int_equal(fs_mkdir_parents(path), 0);
	assert_int_equal(fs_mkdir_parents(path), 0);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fs_write_all(fd, "0123456789", 10), 0);
	close(fd);
	assert_int_equal(fs_sync_parent(path), 0);
	strbuf_init(&sb, 12);
	strbuf_puts(&sb, "ab");
	assert_int_equal(fs_read(path, &sb), 0);
	assert_string_equal(sb.data, "ab0123456789");
	assert_int_equal(fs_read(path, &sb), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(sb.len, 12);
	assert_int_equal(fs_read(dir, &sb), -1);
	assert_int_equal(errno, EISDIR);
	unlink(path);
	assert_int_equal(fs_read(path, &sb), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(fs_read(path, &sb), -1);
	assert_int_equal(errno, EINVAL);
	strbuf_fini(&sb);
	unlink(path);
	for (int i = 0; i < 3; i++) {
		*strrchr(path, '/') = '\0';
		rmdir(path);
	}
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    reader_gives_the_same_lines_however_bytes_arrive),
		cmocka_unit_test(
		    writer_is_bounded_and_loses_nothing_to_a_slow_reader),
		cmocka_unit_test(relative_names_are_seen_from_the_file),
		cmocka_unit_test(files_are_read_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
