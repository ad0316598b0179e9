/* test_stream.c - what a client of the stream socket reads, frame by frame. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "sink/named.h"
#include "sink/recent.h"
#include "sink/request.h"
#include "sink/subscriber.h"

#define HELLO                                                                  \
	"{\"hello\":{\"proto\":1,\"server\":\"wiresift/9\",\"oldest\":"        \
	"\"k3f9:%d\",\"newest\":\"k3f9:%d\",\"topics\":[\"talks\","            \
	"\"us-strikes\",\"_health\"],\"heartbeat\":30,\"max_line\":1048576}}\n"
#define ITEM(n) ITEM_AND(n, "")
#define ITEM_AND(n, more)                                                      \
	"{\"item\":{\"id\":\"" #n "\",\"_wiresift\":{\"revision\":1" more      \
	"}},\"cursor\":\"k3f9:" #n "\"}\n"
#define CAUGHTUP(n) "{\"caughtup\":{},\"cursor\":\"k3f9:" #n "\"}\n"
#define BYE(why, n)                                                            \
	"{\"bye\":{\"reason\":\"" why "\",\"retry_ms\":1500},\"cursor\":"      \
	"\"k3f9:" #n "\"}\n"
#define GAP(after, resumed, lost, why, at)                                     \
	"{\"gap\":{\"after\":" after ",\"resumed\":\"k3f9:" resumed            \
	"\",\"lost\":" lost ",\"reason\":\"" why "\"},\"cursor\":\"k3f9:" at   \
	"\"}\n"
#define ERROR(code, words)                                                     \
	"{\"error\":{\"code\":\"" code "\",\"message\":\"" words               \
	"\",\"fatal\":true}}\n"

static const struct journal_params params = { .archive_keep_s = 1000,
	.archive_max_bytes = 1 << 20,
	.journal_keep_s = 1000,
	.copy_window_s = 1000 };

static const char *const *
names(void *cookie)
{
	static const char *const list[] = { "talks", "us-strikes", "_health",
		NULL };

	(void)cookie;
	return list;
}

static const char *
feed_name(void *cookie, const char *key)
{
	(void)cookie;
	return strcmp(key, "f") == 0 ? "The Feed" : NULL;
}

struct rig {
	struct journal *j;
	struct sub_env env;
	struct subscriber *sub;
	int client;
	int64_t now;
	enum sub_want want;
};

/* The topics, levels and relations that records 1 to 6 have, then again. */
static const struct {
	const char *topic;
	enum topic_level level;
	enum relation relation;
	const char *explain;
} made[] = {
	{ "us-strikes", TOPIC_ABOUT, RELATION_NEW, "{\"why\":1}" },
	{ "talks", TOPIC_ABOUT, RELATION_NEW, NULL },
	{ "us-strikes", TOPIC_MENTIONS, RELATION_NEW, NULL },
	{ "us-strikes", TOPIC_ABOUT, RELATION_COPY, NULL },
	{ "_health", TOPIC_ABOUT, RELATION_NEW, NULL },
	{ "us-strikes", TOPIC_ABOUT, RELATION_UPDATE, NULL },
};

static void
add_records(struct journal *j, size_t n, size_t pad)
{
	struct strbuf body;

	strbuf_init(&body, 2 << 20);
	assert_int_equal(j->ops->begin(j), 0);
	for (size_t i = 0; i < n; i++) {
		uint64_t oldest, newest;
		struct journal_topic t = { .score = 1 };
		struct record r = { .feed = "f",
			.lang = "en-GB",
			.item_id = "i",
			.story = "s",
			.topics = &t,
			.ntopics = 1 };
		size_t k;

		j->ops->bounds(j, &oldest, &newest);
		newest += i + 1;
		k = (newest - 1) % ARRAY_LEN(made);
		r.at_ms = (int64_t)newest * 1000;
		r.origin = newest % 2 == 0 ? "AP" : "F";
		r.origins = newest > 5 ? 2 : 1;
		t.score = newest % 2 == 0 ? 5 : 4;
		t.name = made[k].topic;
		t.level = made[k].level;
		r.relation = made[k].relation;
		strbuf_reset(&body);
		strbuf_printf(&body, "{\"item\":{\"id\":\"%llu\",",
		    (unsigned long long)newest);
		if (pad > 0) {
			strbuf_puts(&body, "\"content_text\":\"");
			for (size_t c = 0; c < pad; c++)
				strbuf_putc(&body, (char)('a' + newest % 26));
			strbuf_puts(&body, "\",");
		}
		strbuf_puts(&body, "\"_wiresift\":{\"revision\":1}}}");
		r.body = body.data;
		r.body_len = body.len;
		if ((r.explain = made[k].explain) != NULL)
			r.explain_len = strlen(r.explain);
		assert_int_equal(j->ops->append(j, &r), 0);
	}
	assert_int_equal(j->ops->commit(j), 0);
	strbuf_fini(&body);
}

static void
connect_client(struct rig *rg)
{
	int pair[2];

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	rg->client = pair[0];
	rg->sub = subscriber_new(&rg->env, pair[1], rg->now);
}

static void
rig_init(struct rig *rg, size_t records)
{
	struct sink_context sc = { .version = "9",
		.topic_names = names,
		.feed_name = feed_name,
		.max_subscribers = 10,
		.heartbeat_s = 30 };

	memset(rg, 0, sizeof(*rg));
	sc.journal = rg->j = journal_open_mem(&params);
	assert_int_equal(
	    cursor_parse("k3f9:1", &rg->j->epoch, &(uint64_t){ 0 }), 1);
	if (records > 0)
		add_records(rg->j, records, 0);
	sub_env_init(&rg->env, &sc);
	rg->env.named = named_new(rg->j, "s");
	recent_advance(rg->env.recent);
	connect_client(rg);
}

static void
rig_fini(struct rig *rg)
{
	subscriber_free(rg->sub);
	sub_env_fini(&rg->env);
	rg->j->ops->close(rg->j);
	close(rg->client);
}

static void
step(struct rig *rg)
{
	subscriber_readable(rg->sub);
	rg->want = subscriber_step(rg->sub, rg->now);
}

/* Step and read until nothing more comes. */
static char *
listen_to(struct rig *rg)
{
	struct strbuf got;
	char buf[4096];

	strbuf_init(&got, 64 << 20);
	for (int quiet = 0; quiet < 2;) {
		ssize_t n;

		if (rg->want != SUB_GONE)
			step(rg);
		n = recv(rg->client, buf, sizeof(buf), 0);
		if (n > 0)
			strbuf_append(&got, buf, (size_t)n);
		else
			quiet++;
	}
	return strbuf_take(&got);
}

static void
expect(struct rig *rg, const char *what, const char *text)
{
	char *got = listen_to(rg);

	if (strcmp(got, text) != 0)
		fail_msg("%s:\ngot  %s\nwant %s", what, got, text);
	free(got);
}

static void
expect_hello(struct rig *rg, int oldest, int newest)
{
	char text[512];

	snprintf(text, sizeof(text), HELLO, oldest, newest);
	expect(rg, "hello", text);
}

static void
tell(struct rig *rg, const char *line)
{
	assert_int_equal(send(rg->client, line, strlen(line), MSG_NOSIGNAL),
	    (ssize_t)strlen(line));
}

/* Six records are there; each row is one client. */
static const struct {
	const char *name, *says, *reads;
	bool closes; /* the server ends it */
} rows[] = {
	{ "everything live", "{}\n", CAUGHTUP(6), false },
	{ "everything live, long form", "{\"subscribe\":{}}\n", CAUGHTUP(6),
	    false },
	{ "a last line without newline is no command yet", "{}", "", false },
	{ "blank lines and unknown kinds mean nothing",
	    "\n \r\n{\"some_day\":{}}\n{}\n", CAUGHTUP(6), false },
	{ "a ping of the client is answered", "{\"client_ping\":{}}\n{}\n",
	    "{\"pong\":{}}\n" CAUGHTUP(6), false },
	{ "a ping while it streams tells the place",
	    "{}\n{\"client_ping\":7}\n",
	    "{\"pong\":{},\"cursor\":\"k3f9:6\"}\n" CAUGHTUP(6), false },
	{ "one feed, by name",
	    "{\"subscribe\":{\"after\":\"oldest\","
	    "\"feeds\":[\"The F*\"]}}\n",
	    ITEM(1) ITEM(2) ITEM(6) CAUGHTUP(6), false },
	{ "another feed",
	    "{\"subscribe\":{\"after\":\"oldest\","
	    "\"feeds\":\"g\"}}\n",
	    CAUGHTUP(6), false },
	{ "a language",
	    "{\"subscribe\":{\"after\":\"oldest\","
	    "\"langs\":[\"ar\",\"en\"]}}\n",
	    ITEM(1) ITEM(2) ITEM(6) CAUGHTUP(6), false },
	{ "half of a language",
	    "{\"subscribe\":{\"after\":\"oldest\","
	    "\"langs\":\"e\"}}\n",
	    CAUGHTUP(6), false },
	{ "an origin",
	    "{\"subscribe\":{\"after\":\"oldest\","
	    "\"origins\":\"AP\"}}\n",
	    ITEM(2) ITEM(6) CAUGHTUP(6), false },
	{ "two origins",
	    "{\"subscribe\":{\"after\":\"oldest\","
	    "\"min_origins\":2}}\n",
	    ITEM(6) CAUGHTUP(6), false },
	{ "a score",
	    "{\"subscribe\":{\"after\":\"oldest\","
	    "\"min_score\":5}}\n",
	    ITEM(2) ITEM(6) CAUGHTUP(6), false },
	{ "since a time",
	    "{\"subscribe\":{\"since\":"
	    "\"1970-01-01T00:00:05Z\"}}\n",
	    ITEM(6) CAUGHTUP(6), false },
	{ "since a time to come", "{\"subscribe\":{\"since\":900}}\n",
	    CAUGHTUP(6), false },
	{ "fields",
	    "{\"subscribe\":{\"after\":\"k3f9:5\","
	    "\"fields\":[\"title\"]}}\n",
	    "{\"item\":{\"id\":\"6\"},\"cursor\":\"k3f9:6\"}\n" CAUGHTUP(6),
	    false },
	{ "fields of ours",
	    "{\"subscribe\":{\"after\":\"k3f9:5\","
	    "\"fields\":[\"title\",\"_wiresift.revision\"]}}\n",
	    ITEM(6) CAUGHTUP(6), false },
	{ "a place for a name",
	    "{\"subscribe\":{\"name\":\"bot-1\","
	    "\"after\":\"k3f9:2\"}}\n",
	    ITEM(6) CAUGHTUP(6), false },
	{ "no name", "{\"subscribe\":{\"name\":\"../x\"}}\n",
	    ERROR("bad-request", "\\\"name\\\" must be 1 to 64 letters, "
				 "digits, and . _ - behind them"),
	    true },
	{ "an ack without a name", "{\"subscribe\":{\"ack\":true}}\n",
	    ERROR("bad-request", "\\\"ack\\\" needs a \\\"name\\\" to "
				 "keep the place for"),
	    true },
	{ "an ack of nothing", "{}\n{\"ack\":\"k3f9:6\"}\n",
	    ERROR("bad-ack", "this subscription acknowledges nothing"), true },
	{ "an ack of what is to come",
	    "{\"subscribe\":{\"name\":\"b\",\"ack\":true}}\n"
	    "{\"ack\":\"k3f9:7\"}\n",
	    ERROR("bad-ack", "that was not sent on this connection"), true },
	{ "a name that nobody has", "{\"forget\":\"b\"}\n",
	    ERROR("unknown-name", "no subscriber is named \\\"b\\\""), true },
	{ "made and forgotten",
	    "{\"subscribe\":{\"name\":\"b\"}}\n{\"forget\":\"b\"}\n",
	    "{\"forgotten\":{\"name\":\"b\"}}\n" CAUGHTUP(6), false },
	{ "unknown keys are ignored", "{\"subscribe\":{\"x\":1}}\n",
	    CAUGHTUP(6), false },
	{ "from the oldest: about, no copies, no hidden topics",
	    "{\"subscribe\":{\"after\":\"oldest\"}}\n",
	    ITEM(1) ITEM(2) ITEM(6) CAUGHTUP(6), false },
	{ "from a cursor", "{\"subscribe\":{\"after\":\"k3f9:1\"}}\n",
	    ITEM(2) ITEM(6) CAUGHTUP(6), false },
	{ "one topic",
	    "{\"subscribe\":{\"after\":\"oldest\",\"topics\":"
	    "[\"talks\"]}}\n",
	    ITEM(2) CAUGHTUP(6), false },
	{ "a glob",
	    "{\"subscribe\":{\"after\":\"oldest\",\"topics\":"
	    "[\"us-*\"]}}\n",
	    ITEM(1) ITEM(6) CAUGHTUP(6), false },
	{ "a hidden topic by name",
	    "{\"subscribe\":{\"after\":\"oldest\",\"topics\":"
	    "\"_health\"}}\n",
	    ITEM(5) CAUGHTUP(6), false },
	{ "mentions too",
	    "{\"subscribe\":{\"after\":\"oldest\",\"min\":"
	    "\"mentions\"}}\n",
	    ITEM(1) ITEM(2) ITEM(3) ITEM(6) CAUGHTUP(6), false },
	{ "all copies",
	    "{\"subscribe\":{\"after\":\"oldest\",\"copies\":"
	    "\"all\"}}\n",
	    ITEM(1) ITEM(2) ITEM(4) ITEM(6) CAUGHTUP(6), false },
	{ "no copies, no updates",
	    "{\"subscribe\":{\"after\":\"oldest\",\"copies\":\"none\"}}\n",
	    ITEM(1) ITEM(2) CAUGHTUP(6), false },
	{ "with evidence",
	    "{\"subscribe\":{\"after\":\"oldest\",\"topics\":"
	    "[\"us-*\"],\"explain\":true}}\n",
	    ITEM_AND(1, ",\"explain\":{\"why\":1}") ITEM(6) CAUGHTUP(6),
	    false },
	{ "poll mode",
	    "{\"subscribe\":{\"after\":\"k3f9:2\",\"follow\":"
	    "false}}\n",
	    ITEM(6) CAUGHTUP(6) BYE("end", 6), true },
	{ "poll mode with a limit",
	    "{\"subscribe\":{\"after\":\"k3f9:0\",\"follow\":false,"
	    "\"limit\":2}}\n",
	    ITEM(1) ITEM(2) BYE("limit", 2), true },
	{ "a cursor of another journal",
	    "{\"subscribe\":{\"after\":\"zz:7\"}}\n",
	    GAP("\"zz:7\"", "1", "null", "epoch", "0") ITEM(1) ITEM(2) ITEM(6)
		CAUGHTUP(6),
	    false },
	{ "a cursor of another journal, only new things wanted",
	    "{\"subscribe\":{\"after\":\"zz:7\",\"on_gap\":\"newest\"}}\n",
	    GAP("\"zz:7\"", "7", "null", "epoch", "6") CAUGHTUP(6), false },
	{ "a cursor ahead of a restored backup",
	    "{\"subscribe\":{\"after\":\"k3f9:90\"}}\n",
	    GAP("\"k3f9:90\"", "7", "0", "ahead", "6") CAUGHTUP(6), false },
	{ "no JSON", "hello\n",
	    ERROR("bad-json",
		"not one JSON object a line: '[' or '{' expected near "
		"'hello'"),
	    true },
	{ "no object", "[1]\n",
	    ERROR("bad-request", "a command is an object, as in "
				 "{\\\"subscribe\\\":{}}"),
	    true },
	{ "an unknown topic", "{\"subscribe\":{\"topics\":[\"us-strike\"]}}\n",
	    ERROR("unknown-topic", "no topic \\\"us-strike\\\"; did you mean "
				   "us-strikes?"),
	    true },
	{ "a bad cursor", "{\"subscribe\":{\"after\":\"17\"}}\n",
	    ERROR("bad-request", "\\\"after\\\" must be a cursor of ours, "
				 "\\\"oldest\\\" or \\\"newest\\\""),
	    true },
	{ "one error ends it", "{\"subscribe\":{\"min\":1}}\n{}\nx\n",
	    ERROR("bad-request", "\\\"min\\\" must be \\\"about\\\" or "
				 "\\\"mentions\\\""),
	    true },
};

static void
each_client_reads_its_transcript(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rig rg;

		rig_init(&rg, 6);
		expect_hello(&rg, 1, 6);
		assert_int_equal(rg.want, SUB_READ);
		tell(&rg, rows[i].says);
		expect(&rg, rows[i].name, rows[i].reads);
		assert_int_equal(rg.want == SUB_GONE, rows[i].closes);
		rig_fini(&rg);
	}
}

/* As the sink does it, a moment after an ack. */
static void
save_names(struct rig *rg)
{
	assert_int_equal(named_save(rg->env.named), 1);
	subscriber_saved(rg->sub);
}

static void
what_is_acknowledged_is_confirmed_and_kept(void **state)
{
	struct rig rg;
	struct subscriber *old;
	int old_client;

	(void)state;
	rig_init(&rg, 6);
	expect_hello(&rg, 1, 6);
	tell(&rg, "{\"subscribe\":{\"name\":\"b\",\"ack\":true,\"after\":"
		  "\"oldest\"}}\n");
	expect(&rg, "all", ITEM(1) ITEM(2) ITEM(6) CAUGHTUP(6));
	assert_int_equal(subscriber_unacked(rg.sub), 3);
	tell(&rg, "{\"ack\":\"k3f9:1\"}\n");
	expect(&rg, "nothing is said before it is durable", "");
	save_names(&rg);
	expect(&rg, "confirmed",
	    "{\"acked\":{\"cursor\":\"k3f9:1\",\"unacked\":2}}\n");
	tell(&rg, "{\"ack\":\"k3f9:1\"}\n");
	expect(&rg, "again",
	    "{\"acked\":{\"cursor\":\"k3f9:1\",\"unacked\":2}}\n");
	/* Another connection takes the name, and what is not acknowledged. */
	old = rg.sub;
	old_client = rg.client;
	connect_client(&rg);
	expect_hello(&rg, 1, 6);
	tell(&rg, "{\"subscribe\":{\"name\":\"b\",\"ack\":true}}\n");
	expect(&rg, "the rest", ITEM(2) ITEM(6) CAUGHTUP(6));
	tell(&rg, "{\"ack\":\"k3f9:6\"}\n");
	expect(&rg, "all of it", "");
	save_names(&rg);
	expect(&rg, "confirmed too",
	    "{\"acked\":{\"cursor\":\"k3f9:6\",\"unacked\":0}}\n");
	subscriber_free(rg.sub);
	close(rg.client);
	rg.sub = old;
	rg.client = old_client;
	assert_true(subscriber_tick(rg.sub, rg.now));
	expect(&rg, "the older one", BYE("replaced", 6));
	/* A restart finds the place. */
	named_free(rg.env.named);
	rg.env.named = named_new(rg.j, "s");
	add_records(rg.j, 1, 0);
	subscriber_free(rg.sub);
	close(rg.client);
	connect_client(&rg);
	rg.want = SUB_READ;
	expect_hello(&rg, 1, 7);
	tell(&rg, "{\"subscribe\":{\"name\":\"b\",\"after\":\"oldest\"}}\n");
	expect(&rg, "what is new", ITEM(7) CAUGHTUP(7));
	rig_fini(&rg);
}

static void
a_new_subscription_replaces_the_one_before(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 6);
	expect_hello(&rg, 1, 6);
	tell(&rg, "{\"subscribe\":{\"topics\":[\"talks\"]}}\n");
	expect(&rg, "first", CAUGHTUP(6));
	add_records(rg.j, 2, 0);
	recent_advance(rg.env.recent);
	expect(&rg, "its topic", ITEM(8));
	tell(&rg, "{\"subscribe\":{\"topics\":[\"us-strikes\"],\"after\":"
		  "\"k3f9:5\"}}\n");
	expect(&rg, "second", ITEM(6) ITEM(7) CAUGHTUP(8));
	rig_fini(&rg);
}

static void
live_records_come_once_and_in_order(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 0);
	expect_hello(&rg, 0, 0);
	tell(&rg, "{}\n");
	expect(&rg, "empty journal", CAUGHTUP(0));
	assert_int_equal(rg.want, SUB_WAKE);
	add_records(rg.j, 2, 0);
	recent_advance(rg.env.recent);
	expect(&rg, "shared", ITEM(1) ITEM(2));
	add_records(rg.j, 5, 0); /* not taken into the ring */
	expect(&rg, "from the journal", ITEM(6) ITEM(7));
	rig_fini(&rg);
}

static void
a_hello_is_all_that_a_silent_client_gets(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 1);
	expect_hello(&rg, 1, 1);
	add_records(rg.j, 3, 0);
	rg.now += 100000;
	assert_false(subscriber_tick(rg.sub, rg.now));
	expect(&rg, "nothing", "");
	rig_fini(&rg);
}

static void
retention_is_told_as_a_gap(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 6);
	while (rg.j->ops->prune(rg.j, 5000, 4) == 1)
		continue;
	expect_hello(&rg, 4, 6);
	tell(&rg, "{\"subscribe\":{\"after\":\"k3f9:1\"}}\n");
	expect(&rg, "gap",
	    GAP("\"k3f9:1\"", "4", "2", "retention", "3") ITEM(6) CAUGHTUP(6));
	/* Everything goes while it waits: that is a gap too. */
	add_records(rg.j, 2, 0);
	while (rg.j->ops->prune(rg.j, 5000, UINT64_MAX) == 1)
		continue;
	expect(&rg, "gap up to the end",
	    GAP("\"k3f9:6\"", "9", "2", "retention", "8"));
	rig_fini(&rg);
}

static void
heartbeats_come_when_nothing_else_does(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 1);
	expect_hello(&rg, 1, 1);
	tell(&rg, "{\"subscribe\":{\"heartbeat\":5,\"topics\":[\"talks\"]}}\n");
	expect(&rg, "caught up", CAUGHTUP(1));
	rg.now += 4999;
	assert_false(subscriber_tick(rg.sub, rg.now));
	rg.now += 1;
	/* The cursor advances although nothing matched. */
	add_records(rg.j, 4, 0);
	expect(&rg, "an item", ITEM(2));
	rg.now += 5000;
	assert_true(subscriber_tick(rg.sub, rg.now));
	expect(&rg, "ping", "{\"ping\":{\"lag\":0},\"cursor\":\"k3f9:5\"}\n");
	assert_false(subscriber_tick(rg.sub, rg.now));
	rig_fini(&rg);
}

static void
a_client_that_half_closes_goes_on_reading(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 1);
	expect_hello(&rg, 1, 1);
	tell(&rg, "{}"); /* as printf '{}' | socat - UNIX:... */
	shutdown(rg.client, SHUT_WR);
	expect(&rg, "caught up", CAUGHTUP(1));
	assert_false(subscriber_reads(rg.sub));
	add_records(rg.j, 1, 0);
	expect(&rg, "item", ITEM(2));
	assert_false(subscriber_tick(rg.sub, rg.now));
	shutdown(rg.client, SHUT_RD);
	close(rg.client);
	rg.client = dup(0);
	assert_true(subscriber_tick(rg.sub, rg.now));
	step(&rg);
	assert_int_equal(rg.want, SUB_GONE);
	rig_fini(&rg);
}

static void
a_client_that_only_connects_and_leaves_is_let_go(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 1);
	expect_hello(&rg, 1, 1);
	shutdown(rg.client, SHUT_WR);
	step(&rg);
	assert_int_equal(rg.want, SUB_GONE);
	rig_fini(&rg);
}

static void
a_line_without_end_is_an_error(void **state)
{
	char line[REQUEST_MAX_LINE + 2];
	struct rig rg;

	(void)state;
	/* The longest that is allowed. */
	memset(line, ' ', sizeof(line));
	memcpy(line, "{}", 2);
	line[REQUEST_MAX_LINE] = '\n';
	line[REQUEST_MAX_LINE + 1] = '\0';
	rig_init(&rg, 1);
	expect_hello(&rg, 1, 1);
	tell(&rg, line);
	expect(&rg, "longest", CAUGHTUP(1));
	/* One more, and no end: byte by byte is no way around it. */
	for (int i = 0; i < REQUEST_MAX_LINE; i++) {
		tell(&rg, "[");
		step(&rg);
		assert_int_equal(rg.want, SUB_WAKE);
	}
	tell(&rg, "[");
	expect(&rg, "too long",
	    ERROR("line-too-long", "a line has at most 4096 bytes"));
	assert_int_equal(rg.want, SUB_GONE);
	rig_fini(&rg);
}

#define PING "{\"client_ping\":1}\n"

/* How many of n pings are answered before it is over. */
static int
pings(struct rig *rg, int n)
{
	int pongs = 0;
	char *got;

	for (int i = 0; i < n; i++)
		tell(rg, PING);
	got = listen_to(rg);
	for (const char *p = got; (p = strstr(p, "pong")) != NULL; p++)
		pongs++;
	free(got);
	return pongs;
}

static void
who_says_too_much_is_sent_away(void **state)
{
	struct rig rg;
	char *got;

	(void)state;
	rig_init(&rg, 0);
	rg.env.max_lines = 5;
	rg.now = 1000;
	expect_hello(&rg, 0, 0);
	assert_int_equal(pings(&rg, 50), 50); /* ten seconds' worth at once */
	rg.now += 2000;
	assert_int_equal(pings(&rg, 10), 10);
	assert_int_not_equal(rg.want, SUB_GONE);
	tell(&rg, PING PING PING);
	got = listen_to(&rg);
	assert_string_equal(got,
	    "{\"pong\":{}}\n"
	    "{\"bye\":{\"reason\":\"flood\",\"retry_ms\":1500}}\n");
	free(got);
	assert_int_equal(rg.want, SUB_GONE);
	assert_int_equal(rg.env.floods, 1);
	rig_fini(&rg);
}

static void
acknowledging_what_was_sent_is_no_flood(void **state)
{
	struct rig rg;
	char line[64];

	(void)state;
	rig_init(&rg, 6 * 60);
	rg.env.max_lines = 1;
	rg.now = 1000;
	expect_hello(&rg, 1, 360);
	tell(&rg, "{\"subscribe\":{\"name\":\"n\",\"ack\":true,"
		  "\"after\":\"oldest\"}}\n");
	free(listen_to(&rg));
	for (int i = 1; i <= 360; i++) {
		if (i % 6 != 1 && i % 6 != 2 && i % 6 != 0)
			continue; /* not sent to it */
		snprintf(line, sizeof(line), "{\"ack\":\"k3f9:%d\"}\n", i);
		tell(&rg, line);
		free(listen_to(&rg));
	}
	assert_int_not_equal(rg.want, SUB_GONE);
	for (int i = 0; i < 20; i++) /* these acknowledge nothing */
		tell(&rg, line);
	free(listen_to(&rg));
	assert_int_equal(rg.want, SUB_GONE);
	rig_fini(&rg);
}

/* Goal: it is told why, whole lines, and its place is kept. */
static void
who_takes_nothing_is_sent_away(void **state)
{
	struct rig rg;
	char *got, *last, why[160];
	struct named *nm;
	size_t len;

	(void)state;
	rig_init(&rg, 0);
	add_records(rg.j, 600, 2000);
	recent_advance(rg.env.recent);
	rg.env.max_stall_ms = 60000;
	rg.now = 1000;
	expect_hello(&rg, 1, 600);
	tell(&rg, "{\"subscribe\":{\"name\":\"n\",\"after\":\"oldest\"}}\n");
	for (int i = 0; i < 200; i++)
		step(&rg);
	assert_int_equal(rg.want, SUB_WRITE);
	rg.now += 59000;
	assert_false(subscriber_tick(rg.sub, rg.now));
	rg.now += 1000;
	assert_true(subscriber_tick(rg.sub, rg.now));
	step(&rg);
	assert_int_equal(rg.want, SUB_GONE);
	assert_int_equal(rg.env.slow, 1);
	got = listen_to(&rg);
	len = strlen(got);
	assert_true(len > 0 && got[len - 1] == '\n');
	got[len - 1] = '\0';
	last = strrchr(got, '\n') + 1;
	assert_non_null(strstr(last, "\"reason\":\"slow\""));
	nm = named_find(rg.env.named, "n", 0, why, sizeof(why));
	assert_non_null(nm);
	snprintf(why, sizeof(why), "\"cursor\":\"k3f9:%d\"", (int)nm->place);
	assert_non_null(strstr(last, why));
	free(got);
	rig_fini(&rg);
}

/*
 * Goal: a client that reads slowly gets every byte, whatever the sizes at
 * which the kernel cuts; the server holds no more than one frame for it.
 */
static void
a_slow_reader_gets_every_byte(void **state)
{
	static const size_t pads[] = { 0, 300, 5000, 90000 };

	(void)state;
	for (size_t p = 0; p < ARRAY_LEN(pads); p++) {
		struct rig rg;
		struct strbuf got;
		unsigned int seed = 7;
		int size = 4096, blocked = 0;
		uint64_t next = 1;
		char buf[3000], *line;

		rig_init(&rg, 0);
		add_records(rg.j, 600, pads[p]);
		setsockopt(subscriber_fd(rg.sub), SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
		tell(&rg, "{\"subscribe\":{\"after\":\"oldest\",\"copies\":"
			  "\"all\",\"min\":\"mentions\",\"topics\":"
			  "[\"*\",\"_*\"],\"follow\":false}}\n");
		strbuf_init(&got, 256 << 20);
		while (rg.want != SUB_GONE) {
			ssize_t n;

			step(&rg);
			blocked += rg.want == SUB_WRITE;
			do {
				seed = seed * 1103515245U + 12345U;
				n = recv(rg.client, buf,
				    1 + (seed >> 8) % sizeof(buf), 0);
				if (n > 0)
					strbuf_append(&got, buf, (size_t)n);
			} while (n > 0 && (seed >> 20) % 3 != 0);
		}
		for (ssize_t n; (n = recv(rg.client, buf, sizeof(buf), 0)) > 0;)
			strbuf_append(&got, buf, (size_t)n);
		assert_true(blocked > 0);
		line = strtok(got.data, "\n"); /* hello */
		for (; next <= 600; next++) {
			char id[32];

			line = strtok(NULL, "\n");
			assert_non_null(line);
			snprintf(id, sizeof(id), "{\"item\":{\"id\":\"%llu\",",
			    (unsigned long long)next);
			assert_memory_equal(line, id, strlen(id));
			snprintf(id, sizeof(id), ",\"cursor\":\"k3f9:%llu\"}",
			    (unsigned long long)next);
			assert_string_equal(
			    line + strlen(line) - strlen(id), id);
			assert_true(strlen(line) > pads[p] + 50);
		}
		assert_string_equal(strtok(NULL, "\n"),
		    "{\"caughtup\":{},\"cursor\":\"k3f9:600\"}");
		strbuf_fini(&got);
		rig_fini(&rg);
	}
}

static void
bye_tells_the_place(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg, 2);
	expect_hello(&rg, 1, 2);
	tell(&rg, "{\"subscribe\":{\"after\":\"k3f9:1\"}}\n");
	expect(&rg, "item", ITEM(2) CAUGHTUP(2));
	subscriber_bye(rg.sub, "shutdown");
	expect(&rg, "bye", BYE("shutdown", 2));
	rig_fini(&rg);
}

static void
a_sink_for_some_topics_shows_no_others(void **state)
{
	static const char *const only[] = { "talks", NULL };
	struct rig rg;

	(void)state;
	rig_init(&rg, 6);
	rg.env.filter.topics = rg.env.filter.bound = only;
	expect_hello(&rg, 1, 6);
	tell(&rg, "{\"subscribe\":{\"after\":\"oldest\"}}\n");
	expect(&rg, "default", ITEM(2) CAUGHTUP(6));
	tell(&rg, "{\"subscribe\":{\"after\":\"oldest\",\"topics\":"
		  "[\"us-strikes\"]}}\n");
	expect(&rg, "asked for more", CAUGHTUP(6));
	rig_fini(&rg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_client_reads_its_transcript),
		cmocka_unit_test(what_is_acknowledged_is_confirmed_and_kept),
		cmocka_unit_test(a_new_subscription_replaces_the_one_before),
		cmocka_unit_test(live_records_come_once_and_in_order),
		cmocka_unit_test(a_hello_is_all_that_a_silent_client_gets),
		cmocka_unit_test(retention_is_told_as_a_gap),
		cmocka_unit_test(heartbeats_come_when_nothing_else_does),
		cmocka_unit_test(a_client_that_half_closes_goes_on_reading),
		cmocka_unit_test(
		    a_client_that_only_connects_and_leaves_is_let_go),
		cmocka_unit_test(a_line_without_end_is_an_error),
		cmocka_unit_test(who_says_too_much_is_sent_away),
		cmocka_unit_test(acknowledging_what_was_sent_is_no_flood),
		cmocka_unit_test(who_takes_nothing_is_sent_away),
		cmocka_unit_test(a_slow_reader_gets_every_byte),
		cmocka_unit_test(bye_tells_the_place),
		cmocka_unit_test(a_sink_for_some_topics_shows_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
