/* test_sinks.c - both sinks on the event loop: crowds, floods, stuck ones. */
#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fsutil.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/unixsock.h"
#include "config/config.h"
#include "sink/sink.h"

#define PAD 5000
#define STUCK 300
#define ROUNDS 40
#define A_ROUND 10

static char dir[] = "/tmp/wiresift-sinks-XXXXXX";
static char path[64], file[64];
static char why[256];

static const struct journal_params params = { .archive_keep_s = 1000,
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

static const char *const *
names(void *cookie)
{
	static const char *const list[] = { "us-strikes", NULL };

	(void)cookie;
	return list;
}

struct rig {
	struct sink_context sc;
	struct sink *sink;
};

static void
rig_init(struct rig *rg, bool to_file, uint32_t max)
{
	struct config_sink c = { .name = "s", .min = TOPIC_ABOUT };
	static const char *all[] = { "*" };

	*rg = (struct rig){ .sc = { .base = event_base_new(),
				.journal = journal_open_mem(&params),
				.version = "9",
				.topic_names = names,
				.max_subscribers = max,
				.heartbeat_s = 30 } };
	c.topics = all;
	c.ntopics = 1;
	c.file = to_file ? file : NULL;
	c.socket = to_file ? NULL : path;
	rg->sink = to_file ? sink_file_new(&rg->sc, &c, why, sizeof(why))
			   : sink_socket_new(&rg->sc, &c, -1, why, sizeof(why));
	if (rg->sink == NULL)
		fail_msg("%s", why);
}

static void
rig_fini(struct rig *rg)
{
	rg->sc.journal->ops->close(rg->sc.journal);
	event_base_free(rg->sc.base);
}

static void
append(struct journal *j, size_t n, size_t pad)
{
	static char body[PAD + 64];
	struct journal_topic t = {
		.name = "us-strikes", .level = TOPIC_ABOUT, .score = 1
	};

	assert_int_equal(j->ops->begin(j), 0);
	for (size_t i = 0; i < n; i++) {
		struct record r = {
			.at_ms = 1000, .topics = &t, .ntopics = 1, .body = body
		};

		r.body_len = (size_t)snprintf(body, sizeof(body),
		    "{\"item\":{\"x\":\"%0*d\"}}", (int)pad, 7);
		assert_int_equal(j->ops->append(j, &r), 0);
	}
	assert_int_equal(j->ops->commit(j), 0);
}

/* Let the loop run for `ms`. */
static void
run(struct rig *rg, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(rg->sc.base, &tv);
	event_base_dispatch(rg->sc.base);
}

/* What there is to read now; true = the other side has closed. */
static bool
take(int fd, struct strbuf *sb)
{
	char buf[16384];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT)) > 0)
		strbuf_append(sb, buf, (size_t)n);
	return n == 0 || (n == -1 && errno == ECONNRESET);
}

static size_t
count(const struct strbuf *sb, const char *what)
{
	size_t n = 0;

	for (const char *p = sb->data; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

/* Step the loop and read `fd` until there are `want` lines, or for a while. */
static void
read_lines(struct rig *rg, int fd, struct strbuf *sb, size_t want)
{
	int64_t end = clock_mono_ms() + 5000;
	size_t pos = 0, n = 0;

	for (;;) {
		for (; pos < sb->len; pos++)
			n += sb->data[pos] == '\n';
		if (n >= want || clock_mono_ms() > end)
			return;
		event_base_loop(rg->sc.base, EVLOOP_NONBLOCK);
		take(fd, sb);
	}
}

static int
client(struct rig *rg, const char *says)
{
	int fd = unixsock_connect(path);

	assert_true(fd >= 0);
	if (says != NULL)
		assert_int_equal(send(fd, says, strlen(says), 0), strlen(says));
	run(rg, 1);
	return fd;
}

static void
one_too_many_is_told_so(void **state)
{
	struct rig rg;
	struct strbuf sb;
	int a, b, c;

	(void)state;
	rig_init(&rg, false, 2);
	strbuf_init(&sb, 1 << 20);
	a = client(&rg, "{}\n");
	b = client(&rg, "{}\n");
	c = client(&rg, NULL);
	run(&rg, 20);
	assert_true(take(c, &sb));
	assert_non_null(strstr(sb.data, "too-many-subscribers"));
	close(c);
	close(a); /* makes room */
	run(&rg, 20);
	strbuf_reset(&sb);
	c = client(&rg, "{}\n");
	run(&rg, 20);
	assert_false(take(c, &sb));
	assert_non_null(strstr(sb.data, "caughtup"));
	strbuf_fini(&sb);
	rg.sink->ops->close(rg.sink, "shutdown");
	close(b);
	close(c);
	rig_fini(&rg);
}

static void
closing_says_bye_and_takes_the_path_along(void **state)
{
	struct rig rg;
	struct strbuf sb;
	int a, b;

	(void)state;
	rig_init(&rg, false, 9);
	strbuf_init(&sb, 1 << 20);
	a = client(&rg, "{}\n");
	b = client(&rg, NULL);
	run(&rg, 20);
	append(rg.sc.journal, 3, 10); /* and nobody was woken yet */
	rg.sink->ops->close(rg.sink, "shutdown");
	assert_true(take(a, &sb));
	assert_int_equal(count(&sb, "{\"item\":"), 3);
	assert_int_equal(count(&sb, "{\"bye\":{\"reason\":\"shutdown\""), 1);
	strbuf_reset(&sb);
	assert_true(take(b, &sb));
	assert_int_equal(count(&sb, "{\"bye\":"), 1);
	assert_int_equal(count(&sb, "cursor"), 0); /* it has no place */
	assert_int_equal(access(path, F_OK), -1);
	strbuf_fini(&sb);
	close(a);
	close(b);
	rig_fini(&rg);
}

/* After hello and caughtup: records 1 to n, each whole. */
static void
check_order(const struct strbuf *sb, uint64_t n)
{
	const char *line = sb->data, *end;

	for (uint64_t seq = 0; seq <= n + 1; seq++, line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		if (seq < 2)
			continue;
		assert_memory_equal(line, "{\"item\":", 8);
		while (*--end != ':')
			continue;
		assert_int_equal(strtoull(end + 1, NULL, 10), seq - 1);
		end = strchr(end, '\n');
	}
	assert_true(line == sb->data + sb->len);
}

/*
 * Goal: clients that never read cost neither memory nor the time of one that
 * does, and lose nothing when they read at last.
 */
static void
stuck_subscribers_cost_nothing(void **state)
{
	struct rig rg;
	struct strbuf sb, late;
	struct mallinfo2 before, after;
	int stuck[STUCK], live, descriptors;
	int64_t worst = 0;
	size_t got = 0;
	struct rlimit rl;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &rl), 0);
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &rl), 0);
	descriptors = (int)MIN(rl.rlim_cur, (rlim_t)1 << 20);
	if (descriptors < 2 * STUCK + 50)
		skip();
	rig_init(&rg, false, STUCK + 1);
	strbuf_init(&sb, 64 << 20);
	strbuf_init(&late, 64 << 20);
	for (int i = 0; i < STUCK; i++)
		stuck[i] = client(&rg, "{}\n");
	live = client(&rg, "{}\n");
	run(&rg, 50);
	/* The shared ring comes first, so that only clients are counted. */
	append(rg.sc.journal, 2 * A_ROUND * ROUNDS, PAD);
	rg.sink->ops->wake(rg.sink);
	read_lines(&rg, live, &sb, 2 + 2 * A_ROUND * ROUNDS);
	before = mallinfo2();
	for (int i = 0; i < ROUNDS; i++) {
		int64_t t0;

		append(rg.sc.journal, A_ROUND, PAD);
		t0 = clock_mono_ms();
		rg.sink->ops->wake(rg.sink);
		strbuf_reset(&sb);
		read_lines(&rg, live, &sb, A_ROUND);
		got += count(&sb, "{\"item\":");
		worst = MAX(worst, clock_mono_ms() - t0);
	}
	after = mallinfo2();
	assert_int_equal(got, A_ROUND * ROUNDS);
	print_message("%d stuck: the live one's worst round %lld ms, "
		      "subscribers' memory %+lld KiB\n",
	    STUCK, (long long)worst,
	    ((long long)after.uordblks - (long long)before.uordblks -
		(long long)A_ROUND * ROUNDS * (PAD + 300)) /
		1024);
	for (int i = 0; i < STUCK; i += 29) {
		strbuf_reset(&late);
		read_lines(&rg, stuck[i], &late, 2 + 3 * A_ROUND * ROUNDS);
		/* All of it, and the cursors in order. */
		check_order(&late, 3 * A_ROUND * ROUNDS);
	}
	rg.sink->ops->close(rg.sink, "shutdown");
	for (int i = 0; i < STUCK; i++)
		close(stuck[i]);
	close(live);
	strbuf_fini(&sb);
	strbuf_fini(&late);
	rig_fini(&rg);
}

static double
cpu_s(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return (double)ru.ru_utime.tv_sec + (double)ru.ru_stime.tv_sec +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

/* Connect `n` times, then wait for a byte on each: all were taken. */
static int
flood(int n)
{
	int fds[128];

	for (int i = 0; i < n; i++)
		if ((fds[i] = unixsock_connect(path)) == -1)
			return 1;
	for (int i = 0; i < n; i++) {
		char c;

		if (recv(fds[i], &c, 1, 0) != 1)
			return 2;
	}
	return 0;
}

/*
 * Goal: without descriptors left the daemon waits, does not spin, and takes
 * everybody when there are some again.
 */
static void
no_descriptors_left_is_no_reason_to_spin(void **state)
{
	struct rig rg;
	struct rlimit rl, low;
	int fd, status;
	double used;
	pid_t pid;

	(void)state;
	rig_init(&rg, false, 1000);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &rl), 0);
	if ((pid = fork()) == 0)
		_exit(flood(100));
	fd = dup(0); /* the lowest that is free */
	close(fd);
	low = rl;
	low.rlim_cur = (rlim_t)fd + 20;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	run(&rg, 100);
	used = cpu_s();
	run(&rg, 600);
	used = cpu_s() - used;
	print_message("%.1f%% of a processor while out of descriptors\n",
	    used / 0.6 * 100);
	assert_true(used < 0.06);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &rl), 0);
	for (int i = 0; i < 100 && waitpid(pid, &status, WNOHANG) == 0; i++)
		run(&rg, 50);
	assert_int_equal(status, 0);
	rg.sink->ops->close(rg.sink, "shutdown");
	rig_fini(&rg);
}

static void
a_file_sink_follows_the_journal(void **state)
{
	struct rig rg;
	struct strbuf sb;
	json_t *status;

	(void)state;
	rig_init(&rg, true, 0);
	strbuf_init(&sb, 1 << 20);
	append(rg.sc.journal, 5, 10);
	assert_false(rg.sink->ops->caught_up(rg.sink));
	rg.sink->ops->wake(rg.sink);
	run(&rg, 100);
	assert_true(rg.sink->ops->caught_up(rg.sink));
	assert_int_equal(rg.sink->ops->needs(rg.sink), 6);
	status = rg.sink->ops->status(rg.sink);
	assert_int_equal(
	    json_integer_value(json_object_get(status, "lines")), 5);
	assert_string_equal(
	    json_string_value(json_object_get(status, "state")), "ok");
	json_decref(status);
	append(rg.sc.journal, 2, 10);
	rg.sink->ops->close(rg.sink, "shutdown"); /* writes the rest */
	assert_int_equal(fs_read(file, &sb), 0);
	assert_int_equal(count(&sb, "{\"item\":"), 7);
	strbuf_fini(&sb);
	unlink(file);
	rig_fini(&rg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_too_many_is_told_so),
		cmocka_unit_test(closing_says_bye_and_takes_the_path_along),
		cmocka_unit_test(stuck_subscribers_cost_nothing),
		cmocka_unit_test(no_descriptors_left_is_no_reason_to_spin),
		cmocka_unit_test(a_file_sink_follows_the_journal),
	};
	int failed;
	char lock[80];

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/s.sock", dir);
	snprintf(file, sizeof(file), "%s/log", dir);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	log_set_hook(swallow, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(lock);
	rmdir(dir);
	return failed;
}
