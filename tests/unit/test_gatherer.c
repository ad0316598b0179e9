/* test_gatherer.c - a gatherer between a desk of ours and feeds of ours. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/frame.h"
#include "base/fsutil.h"
#include "base/macros.h"
#include "config/config.h"
#include "gatherer/gatherer.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/poll.h"

#define PATIENCE_MS 20000

static const char topics[] = "version: 1\n"
			     "topics:\n"
			     "  kites:\n"
			     "    title: Kites\n"
			     "    threshold: 1\n"
			     "    require: {any: [kite*]}\n"
			     "    score:\n"
			     "    - {name: kite, weight: 4, any: [kite*]}\n";

struct desk {
	char dir[64];
	struct config *config;
	pid_t pid;
	int fd;
	struct frame_reader *reader;
	struct arena *arena; /* of `state` */
	struct feed_state state;
	uint32_t serial;
	struct decided *items[64];
	size_t nitems;
	bool begun;
};

static void
write_file(const struct desk *d, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
send_line(struct desk *d, json_t *frame)
{
	char *line = json_dumps(frame, JSON_COMPACT);

	assert_non_null(line);
	assert_int_equal(fs_write_all(d->fd, line, strlen(line)), 0);
	assert_int_equal(fs_write_all(d->fd, "\n", 1), 0);
	free(line);
	json_decref(frame);
}

/* The configuration in a memfd, as the desk sends it. */
static void
send_config(struct desk *d)
{
	char line[] = "{\"config\":{\"rev\":1,\"index\":0,\"gatherers\":1,"
		      "\"key\":\"00000000000000010000000000000002\"}}\n";
	json_t *j = config_encode_gatherer(d->config);
	char *text = json_dumps(j, JSON_COMPACT);
	int mfd = memfd_create("config", MFD_CLOEXEC);
	union {
		struct cmsghdr h;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { line, strlen(line) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };

	assert_int_equal(fs_write_all(mfd, text, strlen(text)), 0);
	control.h.cmsg_level = SOL_SOCKET;
	control.h.cmsg_type = SCM_RIGHTS;
	control.h.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.h), &mfd, sizeof(mfd));
	assert_true(sendmsg(d->fd, &msg, 0) > 0);
	close(mfd);
	free(text);
	json_decref(j);
}

/* The next frame that is no stats or log; NULL at the end. */
static json_t *
next_frame(struct desk *d)
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;
	char *line;
	size_t len;

	while (clock_mono_ms() < end) {
		struct pollfd p = { .fd = d->fd, .events = POLLIN };
		enum frame_status st =
		    frame_reader_next(d->reader, &line, &len);
		json_t *j;

		if (st == FRAME_AGAIN) {
			if (poll(&p, 1, 100) == 1 &&
			    frame_reader_fill(d->reader, d->fd) == FRAME_EOF)
				return NULL;
			continue;
		}
		assert_int_equal(st, FRAME_OK);
		j = json_loadb(line, len, 0, NULL);
		assert_non_null(j);
		if (json_object_get(j, "stats") == NULL &&
		    json_object_get(j, "log") == NULL)
			return j;
		json_decref(j);
	}
	fail_msg("the gatherer says nothing");
	return NULL;
}

static void
expect(struct desk *d, const char *kind)
{
	json_t *j = next_frame(d);

	assert_non_null(j);
	if (json_object_get(j, kind) == NULL)
		fail_msg("%s, not %s",
		    json_object_iter_key(json_object_iter(j)), kind);
	json_decref(j);
}

static void
desk_load(struct desk *d, const char *feeds)
{
	char path[200], line[800], yaml[2000];
	struct diags ds;

	snprintf(yaml, sizeof(yaml),
	    "topics: topics.yaml\nmin_interval: 1s\nevery: 1s\n"
	    "allow_private: true\nfirst_fetch: all\n"
	    "store: x.db\ncontrol: c.sock\nfeeds:\n%s",
	    feeds);
	write_file(d, "topics.yaml", topics);
	write_file(d, "wiresift.yaml", yaml);
	snprintf(path, sizeof(path), "%s/wiresift.yaml", d->dir);
	diags_init(&ds, 4);
	d->config = config_load(path, &ds);
	if (d->config == NULL)
		fail_msg("%s", diag_str(&ds.v[0], line, sizeof(line)));
	diags_fini(&ds);
}

static void
desk_start(struct desk *d, const char *feeds)
{
	int sv[2];

	memset(d, 0, sizeof(*d));
	snprintf(d->dir, sizeof(d->dir), "/tmp/test_gatherer.XXXXXX");
	assert_non_null(mkdtemp(d->dir));
	desk_load(d, feeds);
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	d->pid = fork();
	if (d->pid == 0) {
		close(sv[0]);
		_exit(gatherer_main(sv[1]));
	}
	close(sv[1]);
	d->fd = sv[0];
	d->reader = frame_reader_new(LINK_MAX_LINE);
	d->arena = arena_new(0);
	send_config(d);
	expect(d, "ready");
}

static void
forget_items(struct desk *d)
{
	for (size_t i = 0; i < d->nitems; i++)
		decided_free(d->items[i]);
	d->nitems = 0;
	d->begun = false;
}

static void
desk_end(struct desk *d)
{
	static const char *const names[] = { "topics.yaml", "wiresift.yaml",
		"feed.xml", "other.xml" };
	char path[200];
	int status;

	close(d->fd);
	assert_int_equal(waitpid(d->pid, &status, 0), d->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	forget_items(d);
	frame_reader_free(d->reader);
	arena_free(d->arena);
	config_free(d->config);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", d->dir, names[i]);
		(void)unlink(path);
	}
	assert_int_equal(rmdir(d->dir), 0);
}

static void
assign(struct desk *d, const struct config_feed *cf)
{
	json_t *feed = config_feed_encode(cf);

	json_object_set_new(feed, "next_s", json_integer(0));
	json_object_set_new(feed, "generation", json_integer(3));
	send_line(d, json_pack("{s:{s:[o]}}", "assign", "feeds", feed));
}

static void
take_item(struct desk *d, const json_t *value)
{
	struct diag diag;
	struct decided *dd =
	    decided_decode(json_object_get(value, "item"), &diag);

	assert_non_null(dd);
	assert_true(d->nitems < ARRAY_LEN(d->items));
	d->items[d->nitems++] = dd;
}

/* Serve one whole poll of `key`: from want to polled. */
static void
take_poll(struct desk *d, const char *key)
{
	struct poll_job job = { .feed = key, .generation = 3, .rev = 1 };
	const json_t *value;
	json_t *want;

	forget_items(d);
	want = next_frame(d);
	value = json_object_get(want, "want");
	/* Tells which assignment it is of: an older one is not answered. */
	assert_int_equal(
	    json_integer_value(json_object_get(value, "generation")), 3);
	json_decref(want);
	job.serial = ++d->serial;
	job.state = d->state;
	send_line(d, json_pack("{s:o}", "poll", poll_job_encode(&job)));
	for (;;) {
		json_t *j = next_frame(d);
		struct poll_done *done;

		assert_non_null(j);
		if (json_object_get(j, "begin") != NULL)
			d->begun = true;
		if ((value = json_object_get(j, "item")) != NULL)
			take_item(d, value);
		if ((value = json_object_get(j, "polled")) == NULL) {
			json_decref(j);
			continue;
		}
		done = poll_done_decode(d->arena, value);
		json_decref(j);
		assert_non_null(done);
		assert_int_equal(done->serial, d->serial);
		assert_int_equal(done->generation, 3);
		assert_int_equal(done->items, d->nitems);
		d->state = done->state;
		return;
	}
}

static void
commit(struct desk *d, const char *key)
{
	send_line(d, json_pack("{s:{s:s, s:I}}", "committed", "feed", key,
			 "serial", (json_int_t)d->serial));
}

#define RSS(items)                                                             \
	"<rss version='2.0'><channel><title>T</title>" items "</channel></rss>"
#define ITEM(n, title)                                                         \
	"<item><guid isPermaLink='false'>" n "</guid><title>" title            \
	"</title><link>http://news.test/" n "</link></item>"

/* Each row is what the file holds at one poll after the other. */
static const struct {
	const char *name, *text; /* NULL: no such file */
	enum poll_outcome outcome;
	size_t items, matched;
	uint32_t revision; /* of the first item */
	bool begun;
} polls[] = {
	{ "first", RSS(ITEM("2", "A kite") ITEM("1", "A boat")), POLL_OK, 2, 1,
	    1, true },
	{ "same bytes", RSS(ITEM("2", "A kite") ITEM("1", "A boat")),
	    POLL_UNCHANGED, 0, 0, 0, true },
	{ "reordered", RSS(ITEM("1", "A boat") ITEM("2", "A kite")), POLL_OK, 0,
	    0, 0, true },
	{ "one more, one less", RSS(ITEM("3", "Kites") ITEM("2", "A kite")),
	    POLL_OK, 1, 1, 1, true },
	{ "an edit", RSS(ITEM("3", "Kites fly") ITEM("2", "A kite")), POLL_OK,
	    1, 1, 2, true },
	{ "noise", RSS(ITEM("3", "Kites  fly ") ITEM("2", "A kite")), POLL_OK,
	    0, 0, 0, true },
	{ "cut", "<rss version='2.0'><channel>" ITEM("4", "Old kite") "<item>",
	    POLL_DAMAGED, 1, 1, 1, true },
	{ "nonsense", "no markup", POLL_NOT_XML, 0, 0, 0, true },
	{ "another thing", "<html><body>404</body></html>", POLL_NOT_A_FEED, 0,
	    0, 0, true },
	{ "nothing", "", POLL_EMPTY, 0, 0, 0, false },
	{ "no file", NULL, POLL_NO_FILE, 0, 0, 0, false },
	{ "back again", RSS(ITEM("1", "A boat") ITEM("4", "Old kite")), POLL_OK,
	    0, 0, 0, true },
};

static void
a_file_is_polled_parsed_judged_and_remembered(void **state)
{
	struct desk d;

	(void)state;
	desk_start(&d, "- {file: feed.xml, id: f}\n");
	write_file(&d, "feed.xml", polls[0].text);
	assign(&d, &d.config->feeds[0]);
	for (size_t i = 0; i < ARRAY_LEN(polls); i++) {
		size_t matched = 0;
		char path[200];

		snprintf(path, sizeof(path), "%s/feed.xml", d.dir);
		if (polls[i].text != NULL)
			write_file(&d, "feed.xml", polls[i].text);
		else
			unlink(path);
		take_poll(&d, "f");
		if (d.state.outcome != polls[i].outcome)
			fail_msg("%s: %s, %s", polls[i].name,
			    poll_outcome_name(d.state.outcome),
			    d.state.why != NULL ? d.state.why : "");
		for (size_t k = 0; k < d.nitems; k++)
			matched += d.items[k]->topics.n > 0;
		if (d.nitems != polls[i].items || matched != polls[i].matched)
			fail_msg("%s: %zu items, %zu matched", polls[i].name,
			    d.nitems, matched);
		if (d.nitems > 0)
			assert_int_equal(
			    d.items[0]->item->revision, polls[i].revision);
		assert_int_equal(d.begun, polls[i].begun);
		assert_int_equal(
		    d.state.failures > 0, !poll_outcome_good(polls[i].outcome));
		assert_true(d.state.next > d.state.last_attempt);
		assert_int_equal(d.state.polls, i + 1);
		/* Do not wait for the plan. */
		commit(&d, "f");
		send_line(
		    &d, json_pack("{s:{s:[s]}}", "pollnow", "feeds", "f"));
	}
	/* The newest was first in the file: it is sent last. */
	desk_end(&d);
}

#define STORY(n, title, text)                                                  \
	"<item><guid isPermaLink='false'>" n "</guid><title>" title            \
	" | Kite News</title><description>&lt;p&gt;" text                      \
	"&lt;/p&gt;&lt;p&gt;Our kite app&lt;/p&gt;</description></item>"

/* A line of a third text, two polls on, and the site's name with it. */
static void
furniture_is_learned_from_poll_to_poll(void **state)
{
	static const char *const docs[] = {
		RSS(STORY("1", "Rain floods the harbour", "Water rose.")),
		RSS(STORY("2", "Mayor leaves office", "She went.")),
		RSS(STORY("3", "Bees hum again", "It is warm.")),
	};
	struct desk d;

	(void)state;
	desk_start(&d, "- {file: feed.xml, id: f}\n");
	write_file(&d, "feed.xml", docs[0]);
	assign(&d, &d.config->feeds[0]);
	for (size_t i = 0; i < ARRAY_LEN(docs); i++) {
		write_file(&d, "feed.xml", docs[i]);
		take_poll(&d, "f");
		assert_int_equal(d.nitems, 1);
		/* As long as nobody knows, the words are news. */
		assert_int_equal(d.items[0]->topics.n, i < 2 ? 1 : 0);
		if (i < 2)
			assert_null(d.items[0]->item->furniture);
		else
			assert_string_equal(
			    d.items[0]->item->furniture, "t14-26,b12-24");
		commit(&d, "f");
		send_line(
		    &d, json_pack("{s:{s:[s]}}", "pollnow", "feeds", "f"));
	}
	desk_end(&d);
}

static void
a_first_fetch_sends_the_rest_undecided(void **state)
{
	struct desk d;

	(void)state;
	desk_start(
	    &d, "- {file: feed.xml, id: f, first_fetch: \"latest:1\"}\n");
	write_file(&d, "feed.xml", RSS(ITEM("2", "A kite") ITEM("1", "Kite")));
	assign(&d, &d.config->feeds[0]);
	take_poll(&d, "f");
	assert_int_equal(d.nitems, 2);
	assert_string_equal(
	    d.items[0]->item->passed_over, "older than the first fetch takes");
	assert_string_equal(d.items[0]->item->title_text, "Kite");
	assert_int_equal(d.items[0]->topics.n, 0);
	assert_null(d.items[1]->item->passed_over);
	assert_int_equal(d.items[1]->topics.n, 1);
	assert_int_equal(d.state.nseen, 2);
	commit(&d, "f");
	desk_end(&d);
}

static void
a_refused_poll_comes_again_with_the_same_items(void **state)
{
	struct desk d;
	struct feed_state before;

	(void)state;
	desk_start(&d, "- {file: feed.xml, id: f}\n");
	write_file(&d, "feed.xml", polls[0].text);
	assign(&d, &d.config->feeds[0]);
	before = d.state;
	take_poll(&d, "f");
	assert_int_equal(d.nitems, 2);
	assert_string_equal(d.items[1]->item->title_text, "A kite");
	send_line(&d, json_pack("{s:{s:s, s:I, s:i}}", "refused", "feed", "f",
			  "serial", (json_int_t)d.serial, "retry_s", 1));
	d.state = before;
	take_poll(&d, "f");
	assert_int_equal(d.nitems, 2);
	commit(&d, "f");
	desk_end(&d);
}

static void
a_drain_waits_for_what_is_uncommitted(void **state)
{
	struct desk d;

	(void)state;
	desk_start(&d, "- {file: feed.xml, id: f}\n"
		       "- {url: \"http://127.0.0.1:1/\", id: g}\n");
	write_file(&d, "feed.xml", polls[0].text);
	assign(&d, &d.config->feeds[0]);
	take_poll(&d, "f");
	assign(&d, &d.config->feeds[1]); /* wants, and is given up */
	expect(&d, "want");
	send_line(&d, json_pack("{s:{}}", "drain"));
	send_line(&d, json_pack("{s:{s:[s]}}", "pollnow", "feeds", "g"));
	usleep(50000);
	commit(&d, "f");
	expect(&d, "drained");
	desk_end(&d);
}

static void
a_feed_taken_away_is_not_asked_for(void **state)
{
	struct desk d;

	(void)state;
	desk_start(&d, "- {file: feed.xml, id: f}\n"
		       "- {file: other.xml, id: g}\n");
	write_file(&d, "feed.xml", polls[0].text);
	write_file(&d, "other.xml", polls[0].text);
	assign(&d, &d.config->feeds[0]);
	take_poll(&d, "f");
	send_line(&d, json_pack("{s:{s:[s]}}", "unassign", "feeds", "f"));
	commit(&d, "f");
	assign(&d, &d.config->feeds[1]);
	memset(&d.state, 0, sizeof(d.state));
	for (int i = 0; i < 2; i++) {
		take_poll(&d, "g");
		assert_int_equal(d.nitems, i == 0 ? 2 : 0);
		commit(&d, "g");
	}
	desk_end(&d);
}

static void
a_host_that_refuses_is_told_and_backed_off(void **state)
{
	struct desk d;

	(void)state;
	desk_start(&d, "- {url: \"http://127.0.0.1:1/\", id: g}\n");
	assign(&d, &d.config->feeds[0]);
	for (uint32_t i = 1; i < 3; i++) {
		take_poll(&d, "g");
		assert_int_equal(d.state.outcome, POLL_CONNECT);
		assert_int_equal(d.state.failures, i);
		assert_string_equal(d.state.next_why, "backoff");
		commit(&d, "g");
	}
	desk_end(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_polled_parsed_judged_and_remembered),
		cmocka_unit_test(furniture_is_learned_from_poll_to_poll),
		cmocka_unit_test(a_first_fetch_sends_the_rest_undecided),
		cmocka_unit_test(
		    a_refused_poll_comes_again_with_the_same_items),
		cmocka_unit_test(a_drain_waits_for_what_is_uncommitted),
		cmocka_unit_test(a_feed_taken_away_is_not_asked_for),
		cmocka_unit_test(a_host_that_refuses_is_told_and_backed_off),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
