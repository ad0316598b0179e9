/* test_poll.c - a poll's frames and the seen set survive their way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "pipeline/poll.h"

static struct seen seen_rows[] = {
	{ UINT64_MAX, 1, 1706349600, 1 },
	{ 0, UINT64_MAX - 1, -5, UINT32_MAX },
	{ 42, 43, INT64_MAX, 0 },
};

static struct feed_state
full_state(void)
{
	return (struct feed_state){ .etag = "W/\"x, \\\"y\"",
		.last_modified = "Sat, 27 Jan 2024 10:00:00 +0000",
		.validators_url = "https://x.example/rss",
		.body_hash = UINT64_MAX - 9,
		.last_attempt = 10,
		.last_success = 9,
		.next = 20,
		.next_why = "max-age",
		.failures = 2,
		.outcome = POLL_THROTTLED,
		.http_status = 429,
		.why = "too many requests",
		.title = "X",
		.moved_to = "https://y.example/",
		.moved_count = 3,
		.items = 7,
		.bytes = (uint64_t)1 << 40,
		.polls = 8,
		.url = "https://x.example/rss",
		.interval_s = 900,
		.ttl_s = 60,
		.period_s = 3600,
		.skip_hours = 0xffffff,
		.skip_days = 0x7f,
		.furniture = "f1",
		.seen = seen_rows,
		.nseen = ARRAY_LEN(seen_rows) };
}

static void
a_job_keeps_all_of_its_state(void **state)
{
	struct poll_job in = { "key", 3, 4, 5, 6, full_state() }, *out;
	struct arena *a = arena_new(0);
	json_t *j = poll_job_encode(&in), *again;

	(void)state;
	out = poll_job_decode(a, j);
	assert_non_null(out);
	assert_string_equal(out->state.etag, in.state.etag);
	assert_true(out->state.body_hash == in.state.body_hash);
	assert_int_equal(out->state.outcome, POLL_THROTTLED);
	assert_string_equal(out->state.furniture, "f1");
	assert_int_equal(out->state.nseen, in.state.nseen);
	for (size_t i = 0; i < ARRAY_LEN(seen_rows); i++) {
		assert_true(
		    out->state.seen[i].identity == seen_rows[i].identity);
		assert_true(out->state.seen[i].content == seen_rows[i].content);
		assert_true(out->state.seen[i].last == seen_rows[i].last);
		assert_true(
		    out->state.seen[i].revision == seen_rows[i].revision);
	}
	again = poll_job_encode(out);
	assert_true(json_equal(j, again));
	json_decref(j);
	json_decref(again);
	arena_free(a);
}

static void
a_closing_frame_keeps_all_of_its_state(void **state)
{
	struct poll_done in = { "key", 3, 4, 5, 6, full_state() }, *out;
	struct arena *a = arena_new(0);
	json_t *j = poll_done_encode(&in), *again;

	(void)state;
	out = poll_done_decode(a, j);
	assert_non_null(out);
	assert_int_equal(out->items, 6);
	again = poll_done_encode(out);
	assert_true(json_equal(j, again));
	json_decref(j);
	json_decref(again);
	arena_free(a);
}

static void
a_damaged_frame_is_refused(void **state)
{
	static const char *const rows[] = { "[]", "{}", "{\"feed\":\"k\"}",
		"{\"feed\":1,\"state\":{}}",
		"{\"feed\":\"k\",\"state\":{\"outcome\":\"fine\"}}",
		"{\"feed\":\"k\",\"state\":{\"seen\":[1,2,3]}}",
		"{\"feed\":\"k\",\"state\":{\"seen\":[1,2,3,\"4\"]}}",
		"{\"feed\":\"k\",\"state\":{\"failures\":-1}}",
		"{\"feed\":\"k\",\"serial\":4294967296,\"state\":{}}" };
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *j = json_loads(rows[i], 0, NULL);

		assert_non_null(j);
		assert_null(poll_job_decode(a, j));
		assert_null(poll_done_decode(a, j));
		json_decref(j);
	}
	arena_free(a);
}

static void
the_seen_blob_comes_back_or_is_refused(void **state)
{
	struct arena *a = arena_new(0);
	struct seen *s;
	size_t len, n;
	unsigned char *blob = seen_pack(seen_rows, ARRAY_LEN(seen_rows), &len);

	(void)state;
	assert_int_equal(len, 16 + 28 * ARRAY_LEN(seen_rows));
	assert_int_equal(seen_unpack(a, blob, len, &s, &n), 0);
	assert_int_equal(n, ARRAY_LEN(seen_rows));
	assert_true(s[1].content == UINT64_MAX - 1 && s[1].last == -5);
	/* Cut anywhere, or with any bit turned, it is refused. */
	for (size_t i = 1; i < len; i++)
		assert_int_equal(seen_unpack(a, blob, i, &s, &n), -1);
	for (size_t i = 0; i < len; i++) {
		blob[i] ^= 0x10;
		assert_int_equal(seen_unpack(a, blob, len, &s, &n), -1);
		assert_int_equal(n, 0);
		blob[i] ^= 0x10;
	}
	free(blob);
	assert_int_equal(seen_unpack(a, "", 0, &s, &n), 0);
	blob = seen_pack(NULL, 0, &len);
	assert_int_equal(seen_unpack(a, blob, len, &s, &n), 0);
	assert_int_equal(n, 0);
	free(blob);
	arena_free(a);
}

static void
each_outcome_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < POLL_OUTCOME_COUNT; i++) {
		enum poll_outcome o = (enum poll_outcome)i, back;

		assert_true(poll_outcome_parse(poll_outcome_name(o), &back));
		assert_int_equal(back, o);
		assert_int_equal(poll_outcome_good(o), i <= POLL_DAMAGED);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_keeps_all_of_its_state),
		cmocka_unit_test(a_closing_frame_keeps_all_of_its_state),
		cmocka_unit_test(a_damaged_frame_is_refused),
		cmocka_unit_test(the_seen_blob_comes_back_or_is_refused),
		cmocka_unit_test(each_outcome_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
