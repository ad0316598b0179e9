/*
 * fuzz_store.c - bytes that a damaged disk gives: blobs of the journal, and
 * the end of a file sink's file.
 *
 * The first byte picks which. A blob is refused, or it is what it says; a
 * file is repaired so that behind what was there whole lines follow.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fsutil.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "pipeline/poll.h"
#include "sink/filelog.h"
#include "store/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static char dir[] = "/dev/shm/wiresift-fuzz-XXXXXX";
static char path[64];
static struct journal *journal;
static const struct sink_filter filter = { .min = TOPIC_ABOUT };

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
clean_up(void)
{
	unlink(path);
	rmdir(dir);
}

/* Repairs are told, and here they are the rule. */
static void
swallow(void *cookie, enum log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

static void
append_match(void)
{
	struct journal_topic t = {
		.name = "talks", .level = TOPIC_ABOUT, .score = 1
	};
	struct record r = { .at_ms = 1000,
		.topics = &t,
		.ntopics = 1,
		.body = "{\"item\":{\"id\":\"1\"}}" };

	r.body_len = strlen(r.body);
	must(journal->ops->begin(journal) == 0 &&
		 journal->ops->append(journal, &r) == 0 &&
		 journal->ops->commit(journal) == 0,
	    "a journal in memory");
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	must(mkdtemp(dir) != NULL, "a folder");
	snprintf(path, sizeof(path), "%s/log", dir);
	atexit(clean_up);
	log_set_hook(swallow, NULL);
	return 0;
}

static void
check_seen(const void *p, size_t len)
{
	struct arena *a = arena_new(0);
	struct seen *s;
	size_t n, back_len;
	void *back;

	if (seen_unpack(a, p, len, &s, &n) == 0 && len > 0) {
		back = seen_pack(s, n, &back_len);
		must(back_len == len && memcmp(back, p, len) == 0,
		    "a seen set comes back the same");
		free(back);
	}
	/* As entries, so that the fuzzer need not find the check sum. */
	n = len / sizeof(*s);
	s = arena_calloc(a, n + 1, sizeof(*s));
	memcpy(s, p, n * sizeof(*s));
	back = seen_pack(s, n, &back_len);
	must(seen_unpack(a, back, back_len, &s, &len) == 0 && len == n,
	    "a seen set is read");
	free(back);
	arena_free(a);
}

static void
check_topics(const void *p, size_t len)
{
	struct journal_topic *v = NULL;
	struct strbuf back;
	size_t room = 0, n;

	strbuf_init(&back, len + 16);
	if (record_topics_unpack(p, len, &v, &room, &n) == 0) {
		must(n <= RECORD_MAX_TOPICS, "the limit of topics");
		must(record_topics_pack(&back, v, n) == 0 && back.len == len &&
			 memcmp(back.data, p, len) == 0,
		    "topics come back the same");
	}
	strbuf_fini(&back);
	free(v);
}

/* A file that some other program, or a crash, has left. */
static void
check_file(const uint8_t *data, size_t size)
{
	static const struct journal_params params = { .journal_keep_s = 1 };
	struct strbuf got;
	struct filelog *fl;
	char why[256];
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	must(fd != -1 && write(fd, data, size) == (ssize_t)size, "a file");
	close(fd);
	journal = journal_open_mem(&params);
	append_match();
	fl = filelog_open(journal, "log", path, &filter, why, sizeof(why));
	must(fl != NULL, why);
	while (filelog_step(fl) == FILELOG_MORE)
		continue;
	append_match();
	while (filelog_step(fl) == FILELOG_MORE)
		continue;
	strbuf_init(&got, (size_t)1 << 20);
	must(fs_read(path, &got) == 0, "the file is there");
	must(got.len > 0 && got.data[got.len - 1] == '\n', "whole lines");
	must(filelog_error(fl)[0] == '\0', "no error");
	strbuf_fini(&got);
	filelog_close(fl);
	journal->ops->close(journal);
	unlink(path);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	switch (data[0] % 3) {
	case 0:
		check_seen(data + 1, size - 1);
		break;
	case 1:
		check_topics(data + 1, size - 1);
		break;
	default:
		check_file(data + 1, size - 1);
		break;
	}
	return 0;
}
