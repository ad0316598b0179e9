/* test_hosts.c - a host is asked by one at a time, spaced, in order. */
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/macros.h"
#include "net/hosts.h"

#define GAP_MS 40

struct visitor {
	struct hosts_turn *turn;
	int64_t began_ms;
	bool ended_at_once;
};

static struct visitor *order[16];
static size_t norder;

static void
turn_cb(void *cookie)
{
	struct visitor *v = cookie;

	v->began_ms = clock_mono_ms();
	order[norder++] = v;
	if (!v->ended_at_once)
		return;
	hosts_end(v->turn);
	v->turn = NULL;
}

static void
run_ms(struct event_base *base, long ms)
{
	struct timeval tv = { .tv_usec = ms * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
}

/* Row 21. */
static void
turns_at_a_host_are_spaced_and_in_order(void **state)
{
	struct event_base *base = event_base_new();
	struct hosts *h = hosts_new(base, GAP_MS);
	struct visitor v[4] = { 0 };

	(void)state;
	norder = 0;
	for (size_t i = 0; i < ARRAY_LEN(v); i++) {
		v[i].ended_at_once = true;
		v[i].turn = hosts_ask(h, "a.test", turn_cb, &v[i]);
	}
	assert_int_equal(norder, 0);
	run_ms(base, GAP_MS * 5);
	assert_int_equal(norder, 4);
	for (size_t i = 0; i < ARRAY_LEN(v); i++)
		assert_ptr_equal(order[i], &v[i]);
	for (size_t i = 1; i < ARRAY_LEN(v); i++)
		assert_true(v[i].began_ms - v[i - 1].began_ms >= GAP_MS);
	hosts_free(h);
	event_base_free(base);
}

/* Row 21. */
static void
nobody_begins_while_another_is_at_the_host(void **state)
{
	struct event_base *base = event_base_new();
	struct hosts *h = hosts_new(base, 0);
	struct visitor a = { 0 }, b = { 0 }, c = { 0 }, other = { 0 };

	(void)state;
	norder = 0;
	a.turn = hosts_ask(h, "a.test", turn_cb, &a);
	b.turn = hosts_ask(h, "a.test", turn_cb, &b);
	c.turn = hosts_ask(h, "a.test", turn_cb, &c);
	other.turn = hosts_ask(h, "b.test", turn_cb, &other);
	run_ms(base, 30);
	assert_int_equal(norder, 2);
	assert_string_equal(hosts_turn_key(other.turn), "b.test");
	hosts_end(b.turn); /* gave up waiting */
	hosts_end(a.turn);
	run_ms(base, 30);
	assert_int_equal(norder, 3);
	assert_ptr_equal(order[2], &c);
	hosts_end(NULL);
	hosts_free(h); /* with turns open */
	event_base_free(base);
}

/* Row 17. */
static void
a_host_that_wants_rest_gets_it(void **state)
{
	struct event_base *base = event_base_new();
	struct hosts *h = hosts_new(base, 0);
	struct visitor a = { .ended_at_once = true }, b = a;
	int64_t from = clock_mono_ms();

	(void)state;
	norder = 0;
	hosts_hold(h, "a.test", 60);
	hosts_hold(h, "a.test", 10); /* never shortens */
	assert_true(hosts_held_ms(h, "a.test") > 50);
	assert_int_equal(hosts_held_ms(h, "b.test"), 0);
	a.turn = hosts_ask(h, "a.test", turn_cb, &a);
	b.turn = hosts_ask(h, "b.test", turn_cb, &b);
	run_ms(base, 100);
	assert_ptr_equal(order[0], &b);
	assert_ptr_equal(order[1], &a);
	assert_true(a.began_ms - from >= 60);
	hosts_free(h);
	event_base_free(base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_at_a_host_are_spaced_and_in_order),
		cmocka_unit_test(nobody_begins_while_another_is_at_the_host),
		cmocka_unit_test(a_host_that_wants_rest_gets_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
