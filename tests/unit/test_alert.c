/* test_alert.c - when is it time to wake somebody: each trigger, each pause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/daytime.h"
#include "base/macros.h"
#include "pipeline/alert.h"
#include "sink/sink.h"

#define MINUTE 60
#define HOUR 3600
#define DAY 86400
#define T0 1700006400 /* 2023-11-15 00:00:00 UTC */

static const char *kites[] = { "kites" };
static const char *pager[] = { "pager" };

/* The twin of the store: rows by alert and subject. */
struct row {
	char alert[64], subject[128];
	json_t *state;
};

struct bench {
	struct alerts *al;
	struct alert_rule rule;
	struct row rows[64];
	size_t nrows;
	json_t *told; /* array of alerts */
};

static int
fire_cb(void *cookie, const struct alert_fired *f)
{
	struct bench *b = cookie;

	assert_string_equal(f->rule->name, b->rule.name);
	json_array_append(b->told, json_object_get(f->frame, "alert"));
	json_decref(f->frame);
	return 0;
}

static int
keep_cb(
    void *cookie, const char *alert, const char *subject, const json_t *state)
{
	struct bench *b = cookie;
	size_t i = 0;

	while (i < b->nrows) {
		struct row *r = &b->rows[i];

		if (strcmp(r->alert, alert) == 0 &&
		    (subject == NULL || strcmp(r->subject, subject) == 0)) {
			json_decref(r->state);
			*r = b->rows[--b->nrows];
			continue;
		}
		i++;
	}
	if (state == NULL)
		return 0;
	assert_true(b->nrows < ARRAY_LEN(b->rows));
	snprintf(
	    b->rows[b->nrows].alert, sizeof(b->rows[0].alert), "%s", alert);
	snprintf(b->rows[b->nrows].subject, sizeof(b->rows[0].subject), "%s",
	    subject);
	b->rows[b->nrows++].state = json_deep_copy(state);
	return 0;
}

static struct alert_out
out_of(struct bench *b)
{
	return (struct alert_out){ fire_cb, keep_cb, b };
}

static void
configure(struct bench *b)
{
	const struct alert_rule *rules[] = { &b->rule };

	alerts_configure(b->al, rules, 1);
}

static struct bench *
bench_new(const struct alert_rule *like)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->al = alerts_new();
	b->told = json_array();
	b->rule = *like;
	if (b->rule.name == NULL)
		b->rule.name = "test";
	b->rule.topics = kites;
	b->rule.ntopics = 1;
	b->rule.to = pager;
	b->rule.nto = 1;
	if (b->rule.min == TOPIC_NONE)
		b->rule.min = TOPIC_ABOUT;
	b->rule.zone = ALERT_ZONE_UTC;
	configure(b);
	return b;
}

static void
bench_free(struct bench *b)
{
	for (size_t i = 0; i < b->nrows; i++)
		json_decref(b->rows[i].state);
	json_decref(b->told);
	alerts_free(b->al);
	free(b);
}

/* As after a kill: a new engine from the rows. */
static void
restart(struct bench *b, int64_t now)
{
	alerts_free(b->al);
	b->al = alerts_new();
	configure(b);
	for (size_t i = 0; i < b->nrows; i++)
		alerts_restore(b->al, b->rows[i].alert, b->rows[i].subject,
		    b->rows[i].state, now);
}

static size_t
tick(struct bench *b, int64_t now)
{
	const struct alert_out out = out_of(b);

	if (alerts_due(b->al, now))
		assert_int_equal(alerts_tick(b->al, now, &out), 0);
	return json_array_size(b->told);
}

/* An item of a story: its text, who wrote it, and 'c' for a copy, 'e' for an
 * edit, 'm' where it only mentions the topic, 'o' for another topic. */
static size_t
see(struct bench *b, int64_t now, const char *story, const char *text,
    const char *origin, const char *flags)
{
	const struct alert_out out = out_of(b);
	const struct alert_topic topic = { strchr(flags, 'o') != NULL ? "boats"
								      : "kites",
		strchr(flags, 'm') != NULL ? TOPIC_MENTIONS : TOPIC_ABOUT };
	const struct alert_news n = { .id = text,
		.url = "http://example.org/1",
		.title = text,
		.feed = "A feed",
		.origin = origin,
		.story = story,
		.cluster = text,
		.copy = strchr(flags, 'c') != NULL,
		.edit = strchr(flags, 'e') != NULL,
		.topics = &topic,
		.ntopics = 1 };

	assert_int_equal(alerts_see(b->al, &n, now, &out), 0);
	return json_array_size(b->told);
}

static const json_t *
told(const struct bench *b, size_t i)
{
	const json_t *a = json_array_get(b->told, i);

	assert_non_null(a);
	return a;
}

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

/* Each row shows items at minutes; how many alerts are there afterwards? */
struct step {
	int minute;
	const char *story, *text, *origin, *flags;
	size_t told;
};

static const struct {
	const char *name;
	struct alert_rule rule;
	struct step steps[8];
} triggers[] = {
	{ "ten copies of one text are one origin",
	    { .origins = 2, .within_s = HOUR },
	    { { 0, "s", "a", "AP", "", 0 }, { 1, "s", "a", "AP", "c", 0 },
		{ 2, "s", "a", "AP", "c", 0 }, { 3, "s", "a", "AP", "c", 0 },
		{ 4, "s", "b", "AP", "", 0 } } },
	{ "two origins within the hour", { .origins = 2, .within_s = HOUR },
	    { { 0, "s", "a", "AP", "", 0 }, { 60, "s", "b", "Reuters", "", 1 },
		{ 61, "s", "c", "AFP", "", 1 } } },
	{ "two origins, an hour and more apart",
	    { .origins = 2, .within_s = HOUR },
	    { { 0, "s", "a", "AP", "", 0 }, { 61, "s", "b", "Reuters", "", 0 },
		{ 62, "s", "c", "AP", "", 1 } } },
	{ "a late copy does not bring its origin back",
	    { .origins = 2, .within_s = HOUR },
	    { { 0, "s", "a", "AP", "", 0 }, { 50, "s", "a", "AP", "c", 0 },
		{ 90, "s", "b", "Reuters", "", 0 } } },
	{ "two stories are no confirmation", { .origins = 2 },
	    { { 0, "s", "a", "AP", "", 0 },
		{ 1, "t", "b", "Reuters", "", 0 } } },
	{ "an agency that is found later was one origin all the time",
	    { .origins = 2 },
	    { { 0, "s", "a", "Room 1", "", 0 },
		{ 1, "s", "a", "Reuters", "c", 0 },
		{ 2, "s", "b", "Reuters", "", 0 },
		{ 3, "s", "c", "AP", "", 1 } } },
	{ "nobody knows who wrote it: no origin", { .origins = 2 },
	    { { 0, "s", "a", "AP", "", 0 }, { 1, "s", "b", "", "", 0 } } },
	{ "mentions and other topics do not count", { .origins = 2 },
	    { { 0, "s", "a", "AP", "", 0 }, { 1, "s", "b", "Reuters", "m", 0 },
		{ 2, "s", "c", "AFP", "o", 0 },
		{ 3, "s", "b", "Reuters", "e", 1 } } },
	{ "mentions count where they are asked for",
	    { .origins = 2, .min = TOPIC_MENTIONS },
	    { { 0, "s", "a", "AP", "", 0 },
		{ 1, "s", "b", "Reuters", "m", 1 } } },
	{ "each story once, copies and edits never", { .every = true },
	    { { 0, "s", "a", "AP", "", 1 }, { 1, "s", "a", "AP", "c", 1 },
		{ 2, "s", "b", "AFP", "", 1 }, { 3, "s", "a", "AP", "e", 1 },
		{ 4, "t", "x", "AP", "", 2 } } },
	{ "items count copies, and edits not", { .items = 3, .within_s = HOUR },
	    { { 0, "s", "a", "AP", "", 0 }, { 1, "s", "a", "AP", "c", 0 },
		{ 2, "s", "a", "AP", "e", 0 }, { 3, "s", "a", "AP", "c", 1 },
		{ 4, "s", "a", "AP", "c", 1 } } },
	{ "items that come too slowly", { .items = 3, .within_s = HOUR },
	    { { 0, "s", "a", "AP", "", 0 }, { 50, "s", "a", "AP", "c", 0 },
		{ 70, "s", "a", "AP", "c", 0 },
		{ 100, "s", "a", "AP", "c", 1 } } },
	{ "again when it is time and it has grown",
	    { .origins = 2, .again_after_s = 30 * MINUTE, .again_grew = 2 },
	    { { 0, "s", "a", "AP", "", 0 }, { 1, "s", "b", "Reuters", "", 1 },
		{ 40, "s", "c", "AFP", "", 1 }, { 41, "s", "c", "AFP", "c", 1 },
		{ 42, "s", "d", "dpa", "", 2 } } },
	{ "again at once where no time is said",
	    { .every = true, .again_grew = 1 },
	    { { 0, "s", "a", "AP", "", 1 }, { 1, "s", "b", "AP", "", 1 },
		{ 2, "s", "c", "AFP", "", 2 } } },
	{ "again by items where items made it one",
	    { .items = 2, .again_grew = 2 },
	    { { 0, "s", "a", "AP", "", 0 }, { 1, "s", "a", "AP", "c", 1 },
		{ 2, "s", "a", "AP", "c", 1 },
		{ 3, "s", "a", "AP", "c", 2 } } },
};

static void
triggers_fire_when_they_should(void **state)
{
	(void)state;
	/* Every step with a kill before it, too: state is in the rows. */
	for (size_t i = 0; i < 2 * ARRAY_LEN(triggers); i++) {
		size_t k = i / 2;
		struct bench *b = bench_new(&triggers[k].rule);

		for (size_t s = 0; triggers[k].steps[s].story != NULL; s++) {
			const struct step *st = &triggers[k].steps[s];
			int64_t now = T0 + (int64_t)st->minute * MINUTE;
			size_t n;

			if (i % 2 == 1)
				restart(b, now);
			n = see(
			    b, now, st->story, st->text, st->origin, st->flags);
			if (n != st->told)
				print_error("%s, step %zu: %zu alerts\n",
				    triggers[k].name, s, n);
			assert_int_equal(n, st->told);
		}
		bench_free(b);
	}
}

static void
growth_that_came_too_early_is_told_in_time(void **state)
{
	const struct alert_rule r = {
		.origins = 2, .again_after_s = 30 * MINUTE, .again_grew = 1
	};
	struct bench *b = bench_new(&r);

	(void)state;
	see(b, T0, "s", "a", "AP", "");
	assert_int_equal(see(b, T0 + 1, "s", "b", "AFP", ""), 1);
	assert_int_equal(see(b, T0 + 60, "s", "c", "dpa", ""), 1);
	assert_int_equal(tick(b, T0 + 29 * MINUTE), 1);
	restart(b, T0 + 29 * MINUTE);
	assert_int_equal(tick(b, T0 + 31 * MINUTE), 2);
	assert_string_equal(str(told(b, 1), "reason"), "again");
	assert_int_equal(tick(b, T0 + 70 * MINUTE), 2);
	bench_free(b);
}

static void
stories_that_are_one_are_told_once(void **state)
{
	const struct alert_rule r = { .origins = 2 };
	const struct alert_topic topic = { "kites", TOPIC_ABOUT };
	static const char *const joined[] = { "t" };
	struct bench *b = bench_new(&r);
	const struct alert_out out = out_of(b);
	const struct alert_news n = { .title = "c",
		.origin = "AP",
		.story = "s",
		.cluster = "c",
		.joined = joined,
		.njoined = 1,
		.topics = &topic,
		.ntopics = 1 };

	(void)state;
	see(b, T0, "s", "a", "AP", "");
	see(b, T0, "t", "b", "Reuters", "");
	assert_int_equal(alerts_see(b->al, &n, T0 + 1, &out), 0);
	assert_int_equal(json_array_size(b->told), 1);
	assert_int_equal(
	    json_integer_value(json_object_get(told(b, 0), "items")), 3);
	assert_string_equal(str(told(b, 0), "story"), "s");
	/* Nothing is left of the other. */
	assert_int_equal(b->nrows, 2);
	assert_int_equal(see(b, T0 + 2, "s", "d", "AFP", ""), 1);
	bench_free(b);
}

static void
quiet_hours_end_in_one_digest(void **state)
{
	const struct alert_rule r = { .every = true,
		.quiet = true,
		.quiet_from = 23 * 60,
		.quiet_to = 6 * 60 };
	struct bench *b = bench_new(&r);
	const json_t *d;

	(void)state;
	assert_int_equal(see(b, T0 - HOUR - 1, "0", "0", "AP", ""), 1);
	assert_int_equal(see(b, T0 - HOUR, "1", "1", "AP", ""), 1);
	assert_int_equal(see(b, T0 + 5 * HOUR, "2", "2", "AFP", ""), 1);
	assert_int_equal(tick(b, T0 + 6 * HOUR - 1), 1);
	restart(b, T0 + 6 * HOUR - 1);
	assert_int_equal(tick(b, T0 + 6 * HOUR), 2);
	d = told(b, 1);
	assert_string_equal(str(d, "reason"), "digest");
	assert_int_equal(json_array_size(json_object_get(d, "digest")), 2);
	assert_int_equal(json_array_size(json_object_get(d, "origins")), 2);
	restart(b, T0 + 6 * HOUR);
	assert_int_equal(tick(b, T0 + 6 * HOUR + 5), 2);
	assert_int_equal(see(b, T0 + 7 * HOUR, "3", "3", "AP", ""), 3);
	bench_free(b);
}

static void
quiet_hours_may_drop(void **state)
{
	const struct alert_rule r = { .every = true,
		.quiet = true,
		.quiet_from = 1,
		.quiet_to = 60,
		.quiet_then = ALERT_THEN_DROP };
	struct bench *b = bench_new(&r);

	(void)state;
	assert_int_equal(see(b, T0 + 30 * MINUTE, "1", "1", "AP", ""), 0);
	assert_int_equal(tick(b, T0 + 2 * HOUR), 0);
	assert_int_equal(see(b, T0 + 2 * HOUR, "1", "2", "AFP", ""), 0);
	bench_free(b);
}

static void
a_pause_collects_what_comes(void **state)
{
	const struct alert_rule r = { .every = true,
		.cooldown_s = 10 * MINUTE };
	struct bench *b = bench_new(&r);

	(void)state;
	assert_int_equal(see(b, T0, "1", "1", "AP", ""), 1);
	assert_int_equal(see(b, T0 + 1, "2", "2", "AP", ""), 1);
	assert_int_equal(see(b, T0 + 2, "3", "3", "AP", ""), 1);
	assert_int_equal(tick(b, T0 + 10 * MINUTE - 1), 1);
	assert_int_equal(tick(b, T0 + 10 * MINUTE), 2);
	assert_int_equal(
	    json_array_size(json_object_get(told(b, 1), "digest")), 2);
	assert_int_equal(see(b, T0 + 11 * MINUTE, "4", "4", "AP", ""), 2);
	bench_free(b);
}

static void
digests_come_by_the_clock(void **state)
{
	const struct alert_rule hourly = { .every = true,
		.digest_every_s = HOUR };
	const struct alert_rule daily = {
		.every = true, .digest_daily = true, .digest_at = 7 * 60
	};
	struct bench *b = bench_new(&hourly);

	(void)state;
	assert_int_equal(see(b, T0 + 20 * MINUTE, "1", "1", "AP", ""), 0);
	assert_int_equal(tick(b, T0 + HOUR - 1), 0);
	assert_int_equal(tick(b, T0 + HOUR), 1);
	assert_int_equal(tick(b, T0 + 5 * HOUR), 1);
	bench_free(b);
	b = bench_new(&daily);
	assert_int_equal(see(b, T0 + 8 * HOUR, "1", "1", "AP", ""), 0);
	assert_int_equal(tick(b, T0 + DAY + 7 * HOUR - 1), 0);
	assert_int_equal(tick(b, T0 + DAY + 7 * HOUR), 1);
	bench_free(b);
}

/* The clock goes back a year while something is held, or paused. */
static void
a_clock_that_jumps_back_stops_nothing(void **state)
{
	const struct alert_rule r = { .every = true,
		.cooldown_s = 10 * MINUTE };
	struct bench *b = bench_new(&r);
	int64_t back = T0 - 365 * (int64_t)DAY;

	(void)state;
	see(b, T0, "1", "1", "AP", "");
	see(b, T0 + 1, "2", "2", "AP", "");
	see(b, back, "3", "3", "AP", "");
	assert_int_equal(tick(b, back + 11 * MINUTE), 2);
	assert_int_equal(see(b, back + 30 * MINUTE, "4", "4", "AP", ""), 3);
	bench_free(b);
}

static void
a_flood_at_night_is_bounded(void **state)
{
	const struct alert_rule r = {
		.every = true, .quiet = true, .quiet_from = 0, .quiet_to = 60
	};
	struct bench *b = bench_new(&r);
	char id[32];

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "%d", i);
		/* Rows of stories are of no interest here. */
		for (size_t k = 0; k < b->nrows; k++)
			if (b->rows[k].subject[0] != '\0') {
				json_decref(b->rows[k].state);
				b->rows[k--] = b->rows[--b->nrows];
			}
		see(b, T0 + 1, id, id, "AP", "");
	}
	assert_int_equal(tick(b, T0 + HOUR), 1);
	assert_int_equal(
	    json_array_size(json_object_get(told(b, 0), "digest")), 200);
	assert_int_equal(
	    json_integer_value(json_object_get(told(b, 0), "more")), 100);
	bench_free(b);
}

/* A topic with an item each half hour, and then one each minute. */
static void
a_rate_is_of_the_topic_itself(void **state)
{
	const struct alert_rule r = {
		.rate = 3, .within_s = HOUR, .at_least = 5, .learn_s = DAY
	};
	struct bench *b = bench_new(&r);
	int64_t now = T0;
	char id[32];
	int n = 0;

	(void)state;
	for (; now < T0 + 3 * DAY; now += 30 * MINUTE) {
		snprintf(id, sizeof(id), "%d", n++);
		assert_int_equal(see(b, now, id, id, "AP", ""), 0);
		tick(b, now + MINUTE);
	}
	restart(b, now);
	for (int i = 0; i < 20; i++, now += MINUTE) {
		snprintf(id, sizeof(id), "%d", n++);
		see(b, now, id, id, "AP", "");
		see(b, now, id, id, "AP", "c");
	}
	assert_int_equal(json_array_size(b->told), 1);
	assert_string_equal(str(told(b, 0), "reason"), "rate");
	print_message("%s\n", str(told(b, 0), "why"));
	/* It ends, and there is another one. */
	for (; now < T0 + 5 * DAY; now += 30 * MINUTE) {
		snprintf(id, sizeof(id), "%d", n++);
		see(b, now, id, id, "AP", "");
	}
	assert_int_equal(json_array_size(b->told), 1);
	for (int i = 0; i < 20; i++, now += MINUTE) {
		snprintf(id, sizeof(id), "%d", n++);
		see(b, now, id, id, "AP", "");
	}
	assert_int_equal(json_array_size(b->told), 2);
	bench_free(b);
}

static void
what_is_usual_must_be_known_first(void **state)
{
	const struct alert_rule r = {
		.rate = 3, .within_s = HOUR, .at_least = 5, .learn_s = DAY
	};
	struct bench *b = bench_new(&r);
	char id[32];

	(void)state;
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "%d", i);
		assert_int_equal(see(b, T0 + i, id, id, "AP", ""), 0);
	}
	bench_free(b);
}

static void
old_stories_and_gone_alerts_are_forgotten(void **state)
{
	const struct alert_rule r = { .every = true };
	struct bench *b = bench_new(&r);
	const struct alert_out out = out_of(b);

	(void)state;
	see(b, T0, "1", "1", "AP", "");
	see(b, T0 + 2 * DAY, "2", "2", "AP", "");
	assert_int_equal(b->nrows, 3);
	tick(b, T0 + 4 * DAY);
	assert_int_equal(b->nrows, 2);
	alerts_configure(b->al, NULL, 0);
	assert_true(alerts_due(b->al, T0));
	assert_int_equal(alerts_tick(b->al, T0, &out), 0);
	assert_int_equal(b->nrows, 0);
	assert_false(alerts_due(b->al, T0));
	bench_free(b);
}

/* --- whom it goes to --- */

static const char *const boats[] = { "boats", NULL };
static const char *const kit[] = { "kit*", NULL };
static const char *const nothing[] = { NULL };

static const struct {
	const char *name;
	struct sink_filter filter;
	const char *to;
	bool gets;
} readers[] = {
	{ "named", { .sink = "pager" }, "pager", true },
	{ "named among others", { .sink = "pager" }, "log\npager\nx", true },
	{ "named last", { .sink = "pager" }, "log\npager", true },
	{ "not named", { .sink = "pager" }, "log", false },
	{ "another's name in it", { .sink = "page" }, "pager\npag", false },
	{ "for nobody", { .sink = "pager" }, NULL, false },
	{ "no sink at all", { .topics = NULL }, "pager", false },
	{ "a sink for alerts alone", { .sink = "a", .topics = nothing }, "a",
	    true },
	{ "other topics of the sink", { .sink = "a", .bound = boats }, "a",
	    true },
	{ "asked for its topic", { .sink = "a", .alert_globs = kit }, "a",
	    true },
	{ "asked for another", { .sink = "a", .alert_globs = boats }, "a",
	    false },
	{ "wants none", { .sink = "a", .skip_alerts = true }, "a", false },
	{ "filters of items",
	    { .sink = "a", .min_origins = 9, .langs = boats, .copies_none = 1 },
	    "a", true },
};

static void
an_alert_goes_to_whom_it_names(void **state)
{
	const struct journal_topic topic = { .name = "kites",
		.level = TOPIC_ABOUT };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		struct record r = { .kind = RECORD_ALERT,
			.to = readers[i].to,
			.topics = &topic,
			.ntopics = 1 };

		if (sink_filter_match(&readers[i].filter, &r) !=
		    readers[i].gets)
			fail_msg("%s", readers[i].name);
		r.damaged = true;
		assert_false(sink_filter_match(&readers[i].filter, &r));
	}
}

/* --- times of the day --- */

/* Central Europe, 2024: +1 h, from 31 March 01:00 UTC +2 h, until 27 October
 * 01:00 UTC. */
static int32_t
vienna(int64_t t)
{
	return t >= 1711846800 && t < 1729990800 ? 2 * HOUR : HOUR;
}

static int32_t
half_east(int64_t t)
{
	(void)t;
	return 5 * HOUR + 30 * MINUTE;
}

#define MAR31 1711839600 /* 2024-03-31 00:00 there */
#define OCT27 1729980000 /* 2024-10-27 00:00 there */

static const struct {
	const char *from, *to;
	int64_t now;
	daytime_offset *zone;
	bool within;
} spans[] = {
	{ "23:00", "06:00", T0 - HOUR - 1, daytime_utc, false },
	{ "23:00", "06:00", T0 - HOUR, daytime_utc, true },
	{ "23:00", "06:00", T0, daytime_utc, true },
	{ "23:00", "06:00", T0 + 6 * HOUR - 1, daytime_utc, true },
	{ "23:00", "06:00", T0 + 6 * HOUR, daytime_utc, false },
	{ "12:00", "13:00", T0 + 12 * HOUR, daytime_utc, true },
	{ "12:00", "13:00", T0, daytime_utc, false },
	{ "12:00", "12:00", T0 + 12 * HOUR, daytime_utc, false },
	{ "05:30", "05:31", T0, half_east, true },
	{ "23:00", "06:00", MAR31 + 5 * HOUR - 1, vienna, true },
	{ "23:00", "06:00", MAR31 + 5 * HOUR, vienna, false },
	{ "23:00", "06:00", OCT27 + 7 * HOUR - 1, vienna, true },
	{ "23:00", "06:00", OCT27 + 7 * HOUR, vienna, false },
	{ "00:00", "06:00", -1, daytime_utc, false },
};

static const struct {
	const char *at;
	int64_t now;
	daytime_offset *zone;
	int64_t next;
} nexts[] = {
	{ "07:00", T0, daytime_utc, T0 + 7 * HOUR },
	{ "07:00", T0 + 7 * HOUR, daytime_utc, T0 + DAY + 7 * HOUR },
	{ "00:00", T0, daytime_utc, T0 + DAY },
	{ "05:30", T0 - 1, half_east, T0 },
	/* The night that is an hour shorter, and the one that is longer. */
	{ "06:00", MAR31, vienna, MAR31 + 5 * HOUR },
	{ "06:00", OCT27, vienna, OCT27 + 7 * HOUR },
	/* 02:30 is left out, and comes twice. */
	{ "02:30", MAR31, vienna, MAR31 + 2 * HOUR + 30 * MINUTE },
	{ "02:30", OCT27, vienna, OCT27 + 2 * HOUR + 30 * MINUTE },
	{ "03:00", MAR31, vienna, MAR31 + 2 * HOUR },
};

static void
times_of_the_day_are_those_of_the_clocks(void **state)
{
	uint32_t from, to;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
		assert_true(daytime_parse(spans[i].from, &from));
		assert_true(daytime_parse(spans[i].to, &to));
		if (daytime_within(from, to, spans[i].now, spans[i].zone) !=
		    spans[i].within)
			fail_msg("span %zu", i);
	}
	for (size_t i = 0; i < ARRAY_LEN(nexts); i++) {
		int64_t t;

		assert_true(daytime_parse(nexts[i].at, &from));
		t = daytime_next(from, nexts[i].now, nexts[i].zone);
		if (t != nexts[i].next)
			fail_msg("next %zu: %lld, not %lld", i, (long long)t,
			    (long long)nexts[i].next);
	}
}

static void
the_zone_of_the_machine_is_asked(void **state)
{
	(void)state;
	setenv("TZ", "Europe/Vienna", 1);
	tzset();
	if (daytime_local(MAR31) == HOUR) { /* zones are installed */
		assert_int_equal(daytime_local(MAR31 + 12 * HOUR), 2 * HOUR);
		assert_int_equal(daytime_next(6 * 60, MAR31, daytime_local),
		    MAR31 + 5 * HOUR);
	}
	setenv("TZ", "UTC", 1);
	tzset();
	assert_int_equal(daytime_local(MAR31), 0);
}

static void
odd_times_of_the_day_are_none(void **state)
{
	static const char *const bad[] = { "", "7:00", "24:00", "23:60", "07:0",
		"07:000", "0700", "07-00", "-1:00", " 7:00" };
	uint32_t m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(daytime_parse(bad[i], &m));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(triggers_fire_when_they_should),
		cmocka_unit_test(growth_that_came_too_early_is_told_in_time),
		cmocka_unit_test(stories_that_are_one_are_told_once),
		cmocka_unit_test(quiet_hours_end_in_one_digest),
		cmocka_unit_test(quiet_hours_may_drop),
		cmocka_unit_test(a_pause_collects_what_comes),
		cmocka_unit_test(digests_come_by_the_clock),
		cmocka_unit_test(a_clock_that_jumps_back_stops_nothing),
		cmocka_unit_test(a_flood_at_night_is_bounded),
		cmocka_unit_test(a_rate_is_of_the_topic_itself),
		cmocka_unit_test(what_is_usual_must_be_known_first),
		cmocka_unit_test(old_stories_and_gone_alerts_are_forgotten),
		cmocka_unit_test(an_alert_goes_to_whom_it_names),
		cmocka_unit_test(times_of_the_day_are_those_of_the_clocks),
		cmocka_unit_test(the_zone_of_the_machine_is_asked),
		cmocka_unit_test(odd_times_of_the_day_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
