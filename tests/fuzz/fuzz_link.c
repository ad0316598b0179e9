/*
 * fuzz_link.c - bytes of a gatherer to the desk: lines, and what is in them.
 *
 * The gatherer has read hostile bytes, so the desk believes it nothing. The
 * first byte says how the rest is cut into reads. Each line is taken for
 * every frame there is; what is taken has the same meaning when it is
 * written and read again.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/frame.h"
#include "base/macros.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/poll.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINE_MAX_BYTES 8192

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
check_item(const json_t *j)
{
	struct diag d = { 0 };
	struct item *it = item_decode(j, &d), *back;
	json_t *once, *twice;

	if (it == NULL) {
		must(d.msg[0] != '\0', "a refusal has a reason");
		return;
	}
	once = item_encode(it);
	back = item_decode(once, &d);
	must(back != NULL, "an item comes back");
	twice = item_encode(back);
	must(json_equal(once, twice), "an item comes back the same");
	json_decref(once);
	json_decref(twice);
	json_decref(item_to_json(it));
	item_free(back);
	item_free(it);
}

static void
check_decided(const json_t *j)
{
	struct diag d = { 0 };
	struct decided *dd = decided_decode(j, &d), *back;
	json_t *once;

	if (dd == NULL) {
		must(d.msg[0] != '\0', "a refusal has a reason");
		return;
	}
	once = decided_encode(dd);
	back = decided_decode(once, &d);
	must(back != NULL, "a decision comes back");
	json_decref(once);
	decided_free(back);
	decided_free(dd);
}

static void
check_line(const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, 0, NULL), *once, *twice;
	struct diag d = { 0 };
	struct arena *a;
	struct poll_done *done;
	struct poll_job *job;
	struct item *it;

	if (j == NULL)
		return;
	a = arena_new(0);
	check_item(j);
	check_decided(j);
	it = item_from_json(j, &d);
	must(it != NULL || d.msg[0] != '\0', "a refusal has a reason");
	item_free(it);
	if ((done = poll_done_decode(a, j)) != NULL) {
		once = poll_done_encode(done);
		done = poll_done_decode(a, once);
		must(done != NULL, "the end of a poll comes back");
		twice = poll_done_encode(done);
		must(json_equal(once, twice), "and is the same");
		json_decref(once);
		json_decref(twice);
	}
	if ((job = poll_job_decode(a, j)) != NULL)
		json_decref(poll_job_encode(job));
	json_decref(j);
	arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame_reader *fr;
	size_t piece, len;
	int fds[2];
	char *line;

	if (size < 2 || size > 32768 || pipe(fds) == -1)
		return 0;
	fr = frame_reader_new(LINE_MAX_BYTES);
	piece = 1 + (size_t)data[0] * (size_t)data[0];
	for (size_t off = 1; off < size;) {
		size_t n = MIN(piece, size - off);
		enum frame_status s = FRAME_AGAIN;

		must(write(fds[1], data + off, n) == (ssize_t)n, "a pipe");
		off += n;
		must(frame_reader_fill(fr, fds[0]) == FRAME_OK, "a read");
		while ((s = frame_reader_next(fr, &line, &len)) == FRAME_OK) {
			must(len <= LINE_MAX_BYTES, "the limit of a line");
			must(memchr(line, '\n', len) == NULL, "one line");
			check_line(line, len);
		}
		if (s != FRAME_AGAIN)
			break;
	}
	close(fds[0]);
	close(fds[1]);
	frame_reader_free(fr);
	return 0;
}
