/* test_ledger.c - texts, stories and origins: counted once, joined, kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "copy/ledger.h"

#define WINDOW 1000

/* An item: its text and story as copy detection names them. */
struct row {
	int64_t at;
	const char *text, *story, *origin;
	bool copy, agency, again;
	uint32_t weight;
	const char *topic;
	uint8_t level;
	const char *also;
	/* And what must come of it. */
	const char *now; /* the story */
	uint64_t items;
	const char *origins;
	bool grew, preferred;
	uint8_t fresh;
	const char *joined;
};

struct journal {
	char *lines[64];
	int64_t at[64];
	size_t n;
};

static struct ledger_change
consider(const struct ledger *l, const struct row *r, struct arena *a)
{
	struct copies_match m = { .relation =
				      r->copy ? RELATION_COPY : RELATION_NEW };
	struct ledger_topic t = { r->topic != NULL ? r->topic : "kites",
		r->level != 0 ? r->level : 2, 4 };
	struct ledger_news n = { .match = &m,
		.origin = r->origin,
		.agency = r->agency,
		.again = r->again,
		.weight = r->weight != 0 ? r->weight : 50,
		.topics = &t,
		.ntopics = 1 };
	struct ledger_change c;

	snprintf(m.cluster, sizeof(m.cluster), "%s", r->text);
	snprintf(m.story, sizeof(m.story), "%s", r->story);
	if (r->also != NULL)
		snprintf(m.also[m.nalso++], sizeof(m.also[0]), "%s", r->also);
	ledger_consider(l, &n, r->at, a, &c);
	return c;
}

static void
origins_are(const struct ledger_change *c, const char *want)
{
	char got[256] = "";

	for (size_t i = 0; i < c->norigins; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s",
		    i > 0 ? " " : "", c->origins[i].name);
	assert_string_equal(got, want);
}

static char *
packed(const struct ledger_change *c)
{
	struct strbuf sb;

	strbuf_init(&sb, 1 << 16);
	assert_int_equal(ledger_pack(c, &sb), 0);
	return strbuf_take(&sb);
}

static void
add(struct ledger *l, const struct row *r, struct journal *j)
{
	struct arena *a = arena_new(0);
	struct ledger_change c = consider(l, r, a), twice = consider(l, r, a);
	char *again = packed(&twice);

	j->lines[j->n] = packed(&c);
	assert_string_equal(j->lines[j->n], again); /* asking changes nothing */
	free(again);
	if (r->now != NULL) {
		print_message("%lld %s\n", (long long)r->at, r->text);
		assert_string_equal(c.story, r->now);
		assert_int_equal(c.items, r->items);
		origins_are(&c, r->origins);
		assert_int_equal(c.grew, r->grew);
		assert_int_equal(c.preferred, r->preferred);
		assert_int_equal(c.fresh[0], r->fresh);
		assert_int_equal(c.njoined, r->joined != NULL);
		if (r->joined != NULL)
			assert_string_equal(c.joined[0], r->joined);
	}
	j->at[j->n++] = r->at;
	ledger_expire(l, r->at);
	ledger_apply(l, &c);
	arena_free(a);
}

static void
forget(struct ledger *l, struct journal *j)
{
	for (size_t i = 0; i < j->n; i++)
		free(j->lines[i]);
	ledger_free(l);
}

/* As after a restart at `now`: from what was journaled in the window. */
static void
is_made_again(const struct ledger *l, const struct journal *j, int64_t now)
{
	struct ledger *other = ledger_new(WINDOW, 100);
	json_t *want = ledger_dump(l), *got;

	for (size_t i = 0; i < j->n; i++) {
		struct arena *a = arena_new(0);
		struct ledger_change c;

		assert_int_equal(
		    ledger_unpack(a, j->lines[i], j->at[i], &c), 0);
		if (j->at[i] >= now - WINDOW)
			ledger_apply(other, &c);
		arena_free(a);
	}
	ledger_expire(other, now);
	got = ledger_dump(other);
	if (!json_equal(want, got))
		fail_msg("was  %s\nis   %s", json_dumps(want, JSON_SORT_KEYS),
		    json_dumps(got, JSON_SORT_KEYS));
	assert_int_equal(ledger_stories(l), ledger_stories(other));
	json_decref(want);
	json_decref(got);
	ledger_free(other);
}

static const struct row rows[] = {
	{ .at = 1,
	    .text = "a",
	    .story = "a",
	    .origin = "Room A",
	    .now = "a",
	    .items = 1,
	    .origins = "Room A" },
	/* A copy is no second origin. */
	{ .at = 2,
	    .text = "a",
	    .story = "a",
	    .origin = "Room A",
	    .copy = true,
	    .now = "a",
	    .items = 2,
	    .origins = "Room A" },
	/* Another report by the same newsroom is none either. */
	{ .at = 3,
	    .text = "b",
	    .story = "a",
	    .origin = "Room A",
	    .now = "a",
	    .items = 3,
	    .origins = "Room A" },
	{ .at = 4,
	    .text = "c",
	    .story = "a",
	    .origin = "Room C",
	    .now = "a",
	    .items = 4,
	    .origins = "Room A Room C",
	    .grew = true },
	/* A copy of c credits an agency: that is who wrote it, not C. */
	{ .at = 5,
	    .text = "c",
	    .story = "a",
	    .origin = "AP",
	    .agency = true,
	    .copy = true,
	    .now = "a",
	    .items = 5,
	    .origins = "Room A AP" },
	{ .at = 6,
	    .text = "d",
	    .story = "a",
	    .origin = "AP",
	    .agency = true,
	    .now = "a",
	    .items = 6,
	    .origins = "Room A AP" },
	/* An edit is no new item. */
	{ .at = 7,
	    .text = "d",
	    .story = "a",
	    .origin = "AP",
	    .agency = true,
	    .again = true,
	    .now = "a",
	    .items = 6,
	    .origins = "Room A AP" },
	/* Of a topic that the text was not told for. */
	{ .at = 8,
	    .text = "d",
	    .story = "a",
	    .origin = "AP",
	    .copy = true,
	    .topic = "boats",
	    .level = 1,
	    .now = "a",
	    .items = 7,
	    .origins = "Room A AP",
	    .fresh = 1 },
	{ .at = 9,
	    .text = "d",
	    .story = "a",
	    .origin = "AP",
	    .copy = true,
	    .topic = "boats",
	    .level = 1,
	    .now = "a",
	    .items = 8,
	    .origins = "Room A AP" },
	{ .at = 10,
	    .text = "d",
	    .story = "a",
	    .origin = "AP",
	    .copy = true,
	    .topic = "boats",
	    .level = 2,
	    .now = "a",
	    .items = 9,
	    .origins = "Room A AP",
	    .fresh = 2 },
	/* A feed that is trusted more; the next one is not. */
	{ .at = 11,
	    .text = "d",
	    .story = "a",
	    .origin = "AP",
	    .copy = true,
	    .weight = 60,
	    .now = "a",
	    .items = 10,
	    .origins = "Room A AP",
	    .preferred = true,
	    .fresh = 1 },
	{ .at = 12,
	    .text = "d",
	    .story = "a",
	    .origin = "AP",
	    .copy = true,
	    .weight = 60,
	    .now = "a",
	    .items = 11,
	    .origins = "Room A AP" },
	/* Another story; it turns out to be the first one. */
	{ .at = 20,
	    .text = "x",
	    .story = "x",
	    .origin = "Room X",
	    .now = "x",
	    .items = 1,
	    .origins = "Room X" },
	{ .at = 21,
	    .text = "y",
	    .story = "x",
	    .also = "a",
	    .origin = "AP",
	    .now = "a",
	    .items = 13,
	    .origins = "Room X Room A AP",
	    .joined = "x" },
	/* Who calls it by its old name means it. */
	{ .at = 22,
	    .text = "z",
	    .story = "x",
	    .origin = "Room Z",
	    .now = "a",
	    .items = 14,
	    .origins = "Room X Room A AP Room Z",
	    .grew = true },
	/* Once joined is joined. */
	{ .at = 23,
	    .text = "z",
	    .story = "x",
	    .also = "a",
	    .copy = true,
	    .origin = "Room Z",
	    .now = "a",
	    .items = 15,
	    .origins = "Room X Room A AP Room Z" },
	/* A long time later only what was seen of late is known. */
	{ .at = 900,
	    .text = "z",
	    .story = "a",
	    .copy = true,
	    .origin = "Room Z",
	    .now = "a",
	    .items = 16,
	    .origins = "Room X Room A AP Room Z" },
	{ .at = 1500,
	    .text = "q",
	    .story = "a",
	    .origin = "Room Q",
	    .now = "a",
	    .items = 17,
	    .origins = "Room X Room A AP Room Z Room Q",
	    .grew = true },
	{ .at = 9000,
	    .text = "r",
	    .story = "a",
	    .origin = "Room Q",
	    .now = "a",
	    .items = 1,
	    .origins = "Room Q" },
};

static void
items_add_up_and_a_restart_finds_all_again(void **state)
{
	struct ledger *l = ledger_new(WINDOW, 100);
	struct journal j = { .n = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ledger_expire(l, rows[i].at);
		add(l, &rows[i], &j);
		is_made_again(l, &j, rows[i].at);
	}
	assert_int_equal(ledger_texts(l), 1);
	assert_int_equal(ledger_stories(l), 1);
	forget(l, &j);
}

/* Any order of items, joins and times, and it is still found again. */
static void
a_restart_finds_a_random_ledger_again(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f" };

	(void)state;
	for (unsigned int seed = 1; seed <= 60; seed++) {
		struct ledger *l = ledger_new(WINDOW, 100);
		struct journal j = { .n = 0 };
		int64_t now = 0;

		srand(seed);
		while (j.n < ARRAY_LEN(j.lines)) {
			struct row r = { .at = now += rand() % 150,
				.text = names[rand() % 6],
				.story = names[rand() % 6],
				.origin = names[rand() % 3],
				.agency = rand() % 4 == 0,
				.copy = rand() % 2 == 0,
				.weight = 40 + (uint32_t)rand() % 3,
				.topic = names[rand() % 3],
				.level = (uint8_t)(1 + rand() % 2),
				.also = rand() % 3 == 0 ? names[rand() % 6]
							: NULL };

			ledger_expire(l, r.at);
			add(l, &r, &j);
			is_made_again(l, &j, r.at);
		}
		forget(l, &j);
	}
}

static void
no_more_texts_than_the_limit(void **state)
{
	struct ledger *l = ledger_new(WINDOW, 3);
	struct journal j = { .n = 0 };
	static const char *const names[] = { "a", "b", "c", "d", "e" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct row r = { .at = 1,
			.text = names[i],
			.story = names[i],
			.origin = "o" };

		add(l, &r, &j);
	}
	assert_int_equal(ledger_texts(l), 3);
	assert_int_equal(ledger_stories(l), 3);
	forget(l, &j);
}

/* Of strings as they may come, whole; and of each cut or changed text nothing
 * but -1 or a change. */
static void
a_change_is_read_as_it_was_written(void **state)
{
	struct ledger_topic topics[] = { { "a,b", 2, -7 }, { "1:x,", 1, 90 } };
	struct ledger_origin origins[] = { { "AP, \"AFP\"", 3 }, { "5,", 1 } };
	struct ledger_change c = { .cluster = "urn:1",
		.weight = UINT32_MAX,
		.origin = "",
		.agency = true,
		.topics = topics,
		.ntopics = 2,
		.story = "urn:\n0",
		.since = -5,
		.items = 2,
		.story_topics = topics,
		.nstory_topics = 1,
		.origins = origins,
		.norigins = 2,
		.joined = { "urn:9" },
		.njoined = 1 };
	char *text = packed(&c), *again;
	struct arena *a = arena_new(0);
	struct ledger_change got;
	size_t len = strlen(text);

	(void)state;
	assert_int_equal(ledger_unpack(a, text, 7, &got), 0);
	again = packed(&got);
	assert_string_equal(again, text);
	assert_int_equal(got.at, 7);
	assert_string_equal(got.story, "urn:\n0");
	assert_int_equal(got.topics[0].score, -7);
	free(again);
	for (size_t i = 0; i < len; i++) {
		char was = text[i];

		text[i] = '\0';
		assert_int_equal(ledger_unpack(a, text, 7, &got), -1);
		text[i] = '9';
		(void)!ledger_unpack(a, text, 7, &got);
		text[i] = was;
	}
	arena_free(a);
	free(text);
}

/* A store of before has JSON. */
static void
an_old_change_is_read(void **state)
{
	json_t *j = json_loads(
	    "{\"cluster\":\"c\",\"weight\":100,\"origin\":\"ap\",\"agency\":"
	    "true,\"topics\":[[\"t\",2,50]],\"story\":\"s\",\"since\":5,"
	    "\"items\":1,\"origins\":[[\"ap\",1]]}",
	    0, NULL);
	struct arena *a = arena_new(0);
	struct ledger_change c;

	(void)state;
	assert_int_equal(ledger_decode(a, j, 9, &c), 0);
	assert_string_equal(c.cluster, "c");
	assert_int_equal(c.nstory_topics, 1);
	assert_int_equal(c.norigins, 1);
	assert_true(c.agency);
	arena_free(a);
	json_decref(j);
}

/* As a row of the store with a flipped bit may tell. */
static void
a_time_that_cannot_be_holds_up_none_behind_it(void **state)
{
	static const struct row two[] = {
		{ .at = INT64_MAX, .text = "a", .story = "a", .origin = "x" },
		{ .at = 10, .text = "b", .story = "b", .origin = "x" },
	};
	struct ledger *l = ledger_new(WINDOW, 10);
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(two); i++) {
		struct ledger_change c = consider(l, &two[i], a);

		ledger_apply(l, &c);
	}
	ledger_expire(l, 10);
	assert_int_equal(ledger_texts(l), 2);
	ledger_expire(l, 10 + WINDOW + 1);
	assert_int_equal(ledger_texts(l), 0);
	arena_free(a);
	ledger_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_add_up_and_a_restart_finds_all_again),
		cmocka_unit_test(a_restart_finds_a_random_ledger_again),
		cmocka_unit_test(no_more_texts_than_the_limit),
		cmocka_unit_test(a_change_is_read_as_it_was_written),
		cmocka_unit_test(an_old_change_is_read),
		cmocka_unit_test(a_time_that_cannot_be_holds_up_none_behind_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
