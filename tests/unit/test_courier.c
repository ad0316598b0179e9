/* test_courier.c - webhooks on the event loop, with a network that is ours. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/delivery.h"
#include "base/log.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "sink/sink.h"

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const struct journal_params params = { .archive_keep_s = 1000,
	.archive_max_bytes = 1 << 20,
	.journal_keep_s = 1000,
	.copy_window_s = 1000 };

/* The network: notes each body and answers what it is told, a bit later. */
struct delivery_flight {
	struct net *net;
	struct event *ev;
	delivery_cb *cb;
	void *cookie;
};

struct net {
	struct event_base *base;
	struct strbuf taken; /* bodies that were taken, a line each */
	size_t posts, open;
	uint32_t status, retry_after_s;
	const char *poison; /* a body with it gets 422 */
	char last[256];
};

static void
answer_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct delivery_flight *f = cookie;
	struct net *n = f->net;
	struct delivery_answer a = { .status = n->status };
	delivery_cb *cb = f->cb;
	void *own = f->cookie;

	(void)fd;
	(void)what;
	if (n->poison != NULL && strstr(n->last, n->poison) != NULL)
		a.status = 422;
	a.good = a.status == 200;
	a.retry_after_s = n->retry_after_s;
	snprintf(a.why, sizeof(a.why), "%s", a.good ? "" : "made to fail");
	if (a.good) {
		strbuf_puts(&n->taken, n->last);
		strbuf_putc(&n->taken, '\n');
	}
	event_free(f->ev);
	free(f);
	n->open--;
	cb(own, &a);
}

static struct delivery_flight *
net_start(void *net, const struct delivery *d, delivery_cb *cb, void *cookie)
{
	struct delivery_flight *f = xcalloc(1, sizeof(*f));
	struct net *n = net;

	*f = (struct delivery_flight){ n, NULL, cb, cookie };
	f->ev = evtimer_new(n->base, answer_cb, f);
	event_active(f->ev, EV_TIMEOUT, 1);
	snprintf(n->last, sizeof(n->last), "%s", d->body);
	n->posts++;
	n->open++;
	assert_int_equal(n->open, 1); /* never two at once: the order */
	return f;
}

static void
net_cancel(struct delivery_flight *f)
{
	if (f == NULL)
		return;
	f->net->open--;
	event_free(f->ev);
	free(f);
}

static const struct delivery_ops net_ops = { net_start, net_cancel };

static void *
net_cookie(void *cookie)
{
	return cookie;
}

static void
swallow(void *cookie, enum log_level level, const char *line)
{
	(void)cookie;
	(void)level;
	(void)line;
}

struct rig {
	struct net net;
	struct sink_context sc;
	struct config_sink c;
	struct sink *sink;
};

static void
open_sink(struct rig *rg)
{
	char why[200];

	rg->sink = sink_webhook_new(&rg->sc, &rg->c, why, sizeof(why));
	if (rg->sink == NULL)
		fail_msg("%s", why);
}

static void
rig_init(struct rig *rg)
{
	static const char *all[] = { "*", NULL };

	memset(rg, 0, sizeof(*rg));
	rg->net.base = event_base_new();
	rg->net.status = 200;
	strbuf_init(&rg->net.taken, 1 << 20);
	rg->sc = (struct sink_context){ .base = rg->net.base,
		.journal = journal_open_mem(&params),
		.cookie = &rg->net,
		.net = &net_ops,
		.net_cookie = net_cookie };
	rg->c = (struct config_sink){ .name = "hook",
		.topics = all,
		.ntopics = 1,
		.min = TOPIC_ABOUT,
		.start = START_OLDEST_KEPT };
	rg->c.webhook.url = "http://hook.example/";
	rg->c.webhook.timeout_s = 5;
}

static void
rig_fini(struct rig *rg)
{
	if (rg->sink != NULL)
		rg->sink->ops->close(rg->sink, "shutdown");
	assert_int_equal(rg->net.open, 0);
	rg->sc.journal->ops->close(rg->sc.journal);
	event_base_free(rg->net.base);
	strbuf_fini(&rg->net.taken);
}

static void
append(struct rig *rg, int from, int n, int64_t at_ms, enum topic_level level)
{
	struct journal *j = rg->sc.journal;
	struct journal_topic t = { .name = "a", .level = level };
	char body[64];

	assert_int_equal(j->ops->begin(j), 0);
	for (int i = from; i < from + n; i++) {
		struct record r = {
			.at_ms = at_ms, .topics = &t, .ntopics = 1, .body = body
		};

		r.body_len = (size_t)snprintf(
		    body, sizeof(body), "{\"item\":{\"x\":\"n%d.\"}}", i);
		assert_int_equal(j->ops->append(j, &r), 0);
	}
	assert_int_equal(j->ops->commit(j), 0);
	if (rg->sink != NULL)
		rg->sink->ops->wake(rg->sink);
}

static json_int_t
number(struct rig *rg, const char *key)
{
	json_t *o = rg->sink->ops->status(rg->sink);
	json_int_t n = json_integer_value(json_object_get(o, key));

	json_decref(o);
	return n;
}

/* Until `key` of its status is at least `want`. */
static void
run_until(struct rig *rg, const char *key, json_int_t want)
{
	int64_t end = clock_mono_ms() + 20000;

	while (number(rg, key) < want && clock_mono_ms() < end) {
		struct timeval tv = { 0, 5000 };

		event_base_loopexit(rg->net.base, &tv);
		event_base_dispatch(rg->net.base);
	}
	assert_true(number(rg, key) >= want);
}

static void
run_until_idle(struct rig *rg)
{
	int64_t end = clock_mono_ms() + 20000;

	while (!rg->sink->ops->caught_up(rg->sink) && clock_mono_ms() < end)
		event_base_loop(rg->net.base, EVLOOP_ONCE);
	assert_true(rg->sink->ops->caught_up(rg->sink));
}

/* Bodies from..from+n-1, and nothing else, in this order. */
static void
expect(struct rig *rg, int from, int n)
{
	char *p = rg->net.taken.data;

	for (int i = from; i < from + n; i++) {
		char want[32];

		snprintf(want, sizeof(want), "{\"item\":{\"x\":\"n%d.\"}", i);
		assert_int_equal(strncmp(p, want, strlen(want)), 0);
		p = strchr(p, '\n') + 1;
	}
	assert_string_equal(p, "");
}

static void
all_arrive_in_order_over_restarts(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg);
	for (int i = 0; i < 5; i++) {
		append(&rg, i * 600, 300, 1000, TOPIC_ABOUT);
		append(&rg, 99999, 300, 1000, TOPIC_MENTIONS); /* not for it */
		open_sink(&rg);
		append(&rg, i * 600 + 300, 300, 1000, TOPIC_ABOUT);
		run_until_idle(&rg);
		expect(&rg, i * 600, 600);
		strbuf_reset(&rg.net.taken);
		rg.sink->ops->close(rg.sink, "shutdown");
		rg.sink = NULL;
	}
	rig_fini(&rg);
}

static void
a_new_one_begins_with_what_comes(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg);
	rg.c.start = START_AUTO;
	append(&rg, 0, 10, 1000, TOPIC_ABOUT);
	open_sink(&rg);
	run_until_idle(&rg);
	expect(&rg, 0, 0);
	/* Nothing went out, yet its place is kept. */
	rg.sink->ops->close(rg.sink, "shutdown");
	rg.sink = NULL;
	append(&rg, 10, 5, 1000, TOPIC_ABOUT);
	open_sink(&rg);
	run_until_idle(&rg);
	expect(&rg, 10, 5);
	rig_fini(&rg);
}

static void
trouble_ends_in_a_pause_and_no_loss(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg);
	open_sink(&rg);
	rg.net.status = 500;
	append(&rg, 0, 3, clock_wall_ms(), TOPIC_ABOUT);
	run_until(&rg, "tries", 2);
	assert_int_equal(rg.net.posts, 2);
	assert_int_equal(rg.sink->ops->needs(rg.sink), 1);
	assert_false(rg.sink->ops->caught_up(rg.sink));
	rg.net.status = 200;
	rg.sink->ops->reload(rg.sink, &rg.c); /* tries at once */
	run_until_idle(&rg);
	expect(&rg, 0, 3);
	assert_int_equal(number(&rg, "skipped"), 0);
	assert_int_equal(rg.sink->ops->needs(rg.sink), 4);
	rig_fini(&rg);
}

static void
a_server_that_says_when_is_heard(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg);
	open_sink(&rg);
	rg.net.status = 503;
	rg.net.retry_after_s = 3600;
	append(&rg, 0, 1, 1000, TOPIC_ABOUT);
	run_until(&rg, "tries", 1);
	for (int i = 0; i < 30; i++) {
		struct timeval tv = { 0, 50000 };

		event_base_loopexit(rg.net.base, &tv);
		event_base_dispatch(rg.net.base);
	}
	assert_int_equal(rg.net.posts, 1); /* an hour has not passed */
	rig_fini(&rg);
}

static void
what_is_refused_is_skipped_or_stops(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg);
	open_sink(&rg);
	rg.net.poison = "n0.";
	append(&rg, 0, 4, 1000, TOPIC_ABOUT);
	run_until(&rg, "delivered", 3);
	expect(&rg, 1, 3);
	assert_int_equal(number(&rg, "skipped"), 1);
	assert_int_equal(rg.net.posts, 3 + 3);
	rg.c.on_reject = REJECT_STOP;
	rg.sink->ops->reload(rg.sink, &rg.c);
	rg.net.poison = "n4.";
	append(&rg, 4, 2, 1000, TOPIC_ABOUT);
	run_until(&rg, "tries", 4);
	assert_int_equal(number(&rg, "skipped"), 1);
	assert_int_equal(number(&rg, "delivered"), 3);
	rig_fini(&rg);
}

static void
what_retention_took_is_told(void **state)
{
	struct journal *j;
	struct rig rg;

	(void)state;
	rig_init(&rg);
	j = rg.sc.journal;
	open_sink(&rg);
	append(&rg, 0, 1, 1000, TOPIC_ABOUT);
	run_until(&rg, "delivered", 1);
	strbuf_reset(&rg.net.taken);
	rg.net.status = 500;
	/* Old enough that the journal is not kept for it any longer. */
	append(&rg, 1, 5, clock_wall_ms() - 8 * DAY_MS, TOPIC_ABOUT);
	run_until(&rg, "tries", 1);
	assert_true(rg.sink->ops->needs(rg.sink) == UINT64_MAX);
	append(&rg, 6, 2, clock_wall_ms(), TOPIC_ABOUT);
	while (
	    j->ops->prune(j, clock_wall(), rg.sink->ops->needs(rg.sink)) == 1)
		continue;
	rg.net.status = 200;
	rg.sink->ops->reload(rg.sink, &rg.c);
	run_until(&rg, "delivered", 4);
	print_message("%s", rg.net.taken.data);
	assert_int_equal(strncmp(rg.net.taken.data, "{\"gap\":", 7), 0);
	assert_non_null(strstr(rg.net.taken.data, "\"lost\":5,"));
	assert_non_null(strstr(rg.net.taken.data, "n7."));
	assert_int_equal(number(&rg, "gaps"), 1);
	rig_fini(&rg);
}

static void
a_close_breaks_off_and_keeps_the_place(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg);
	open_sink(&rg);
	append(&rg, 0, 5, 1000, TOPIC_ABOUT);
	while (rg.net.posts < 3)
		event_base_loop(rg.net.base, EVLOOP_ONCE);
	rg.sink->ops->close(rg.sink, "shutdown"); /* one is under way */
	rg.sink = NULL;
	assert_int_equal(rg.net.open, 0);
	open_sink(&rg);
	run_until_idle(&rg);
	expect(&rg, 0, 5);
	rig_fini(&rg);
}

static void
no_topics_are_none(void **state)
{
	struct rig rg;

	(void)state;
	rig_init(&rg);
	rg.c.ntopics = 0;
	open_sink(&rg);
	append(&rg, 0, 700, 1000, TOPIC_ABOUT);
	run_until_idle(&rg);
	assert_int_equal(rg.net.posts, 0);
	/* It holds up no retention by what it does not want. */
	assert_true(rg.sink->ops->needs(rg.sink) > 300);
	rig_fini(&rg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_arrive_in_order_over_restarts),
		cmocka_unit_test(a_new_one_begins_with_what_comes),
		cmocka_unit_test(trouble_ends_in_a_pause_and_no_loss),
		cmocka_unit_test(a_server_that_says_when_is_heard),
		cmocka_unit_test(what_is_refused_is_skipped_or_stops),
		cmocka_unit_test(what_retention_took_is_told),
		cmocka_unit_test(a_close_breaks_off_and_keeps_the_place),
		cmocka_unit_test(no_topics_are_none),
	};

	log_set_hook(swallow, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
