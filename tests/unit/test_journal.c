/* test_journal.c - both journals keep the one contract of journal.h. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "pipeline/poll.h"
#include "store/journal.h"

static char dir[] = "/tmp/wiresift-journal-XXXXXX";
static char path[64];

static struct journal *
open_one(bool sqlite, const struct journal_params *p)
{
	char why[256];
	struct journal *j;

	if (!sqlite)
		return journal_open_mem(p);
	j = journal_open_sqlite(p, why, sizeof(why));
	if (j == NULL)
		fail_msg("open: %s", why);
	return j;
}

static void
wipe(void)
{
	char other[80];

	unlink(path);
	snprintf(other, sizeof(other), "%s-wal", path);
	unlink(other);
}

/* Every journal starts empty. */
static const struct {
	const char *name;
	bool sqlite;
} kinds[] = { { "memory", false }, { "sqlite", true } };

static struct journal_params
params(void)
{
	wipe();
	return (struct journal_params){ .path = path,
		.archive_keep_s = 1000,
		.archive_max_bytes = 1 << 20,
		.journal_keep_s = 1000,
		.copy_window_s = 500 };
}

static void
append(struct journal *j, int64_t at, const char *body, const char *explain)
{
	struct journal_topic topics[] = { { "us-strikes", TOPIC_ABOUT, 24, 2,
					      TOPIC_NONE, true },
		{ "talks", TOPIC_MENTIONS, -3, 0, TOPIC_ABOUT, false } };
	struct record r = { .at_ms = at * 1000,
		.kind = RECORD_ITEM,
		.feed = "https://a.example/feed",
		.item_id = "urn:wiresift:1",
		.story = "s-1",
		.origin = at % 2 != 0 ? "AP" : NULL,
		.origins = (uint32_t)(at % 3),
		.to = at % 5 == 0 ? "pager\nlog" : NULL,
		.relation = RELATION_COPY,
		.topics = topics,
		.ntopics = 2,
		.body = body,
		.body_len = strlen(body),
		.explain = explain,
		.explain_len = explain == NULL ? 0 : strlen(explain) };

	assert_int_equal(j->ops->append(j, &r), 0);
}

static void
commit_one(struct journal *j, int64_t at, const char *body)
{
	assert_int_equal(j->ops->begin(j), 0);
	append(j, at, body, NULL);
	assert_int_equal(j->ops->commit(j), 0);
}

static int
dump_record(void *cookie, const struct record *r)
{
	struct strbuf *sb = cookie;

	strbuf_printf(sb, "record %llu at %lld %d %d %s %s %s %s damaged %d ",
	    (unsigned long long)r->seq, (long long)r->at_ms, (int)r->kind,
	    (int)r->relation, r->feed, r->item_id,
	    r->lang == NULL ? "-" : r->lang, r->story, r->damaged);
	for (size_t i = 0; i < r->ntopics; i++)
		strbuf_printf(sb, "%s=%d,%d,%d,%d,%d ", r->topics[i].name,
		    (int)r->topics[i].level, r->topics[i].score,
		    r->topics[i].fresh, (int)r->topics[i].was,
		    r->topics[i].looked_back);
	strbuf_printf(sb, "by %s of %u to %s ",
	    r->origin == NULL ? "-" : r->origin, r->origins,
	    r->to == NULL ? "-" : r->to);
	strbuf_append(sb, r->body, r->body_len);
	if (r->explain != NULL) {
		strbuf_puts(sb, " because ");
		strbuf_append(sb, r->explain, r->explain_len);
	}
	strbuf_putc(sb, '\n');
	return 0;
}

static int
dump_feed(void *cookie, const char *feed, const struct feed_state *st)
{
	struct strbuf *sb = cookie;

	strbuf_printf(sb, "feed %s %s %s %lld %u %d %s %u %zu", feed,
	    st->etag == NULL ? "-" : st->etag,
	    st->last_modified == NULL ? "-" : st->last_modified,
	    (long long)st->next, st->failures, (int)st->outcome,
	    st->why == NULL ? "-" : st->why, st->interval_s, st->nseen);
	for (size_t i = 0; i < st->nseen; i++)
		strbuf_printf(sb, " %llx:%llx:%lld:%u",
		    (unsigned long long)st->seen[i].identity,
		    (unsigned long long)st->seen[i].content,
		    (long long)st->seen[i].last, st->seen[i].revision);
	strbuf_putc(sb, '\n');
	return 0;
}

static int
dump_archived(void *cookie, const struct archived *a)
{
	strbuf_printf(cookie, "archived %s %s %s %lld %llu %.*s\n", a->item_id,
	    a->feed, a->canonical == NULL ? "-" : a->canonical,
	    (long long)a->at, (unsigned long long)a->seq, (int)a->json_len,
	    a->json);
	return 0;
}

static int
dump_remembered(void *cookie, const struct remembered *m)
{
	strbuf_printf(cookie, "remembered %lld %s %s %d %s %s %s %s\n",
	    (long long)m->at, m->item_json, m->sig_json, (int)m->match.relation,
	    m->match.of, m->match.story, m->match.reason,
	    m->account == NULL ? "-" : m->account);
	if (m->packed != NULL)
		strbuf_append(cookie, m->packed, m->packed_len);
	return 0;
}

static int
dump_cursor(void *cookie, const char *sink, const struct sink_cursor *c)
{
	strbuf_printf(cookie, "cursor %s %llu %llu %llu\n", sink,
	    (unsigned long long)c->seq, (unsigned long long)c->ino,
	    (unsigned long long)c->offset);
	return 0;
}

/* In one order: the twins have none in common. */
static int
dump_alert(void *cookie, const struct alert_row *r)
{
	char key[100];

	snprintf(key, sizeof(key), "%s/%s", r->alert, r->subject);
	assert_null(json_object_get(cookie, key));
	json_object_set_new(cookie, key, json_string(r->state));
	return 0;
}

static void
dump_alerts(struct journal *j, struct strbuf *sb)
{
	json_t *all = json_object();
	char *text;

	assert_int_equal(j->ops->each_alert(j, dump_alert, all), 0);
	text = json_dumps(all, JSON_SORT_KEYS);
	strbuf_printf(sb, "alerts %s\n", text);
	free(text);
	json_decref(all);
}

struct paging {
	struct strbuf *sb;
	struct archive_place place;
	size_t n;
};

static int
page_cb(void *cookie, const struct archived *a)
{
	struct paging *pg = cookie;

	assert_true(a->at > pg->place.at ||
		    (a->at == pg->place.at && a->id > pg->place.id));
	pg->place = (struct archive_place){ a->at, a->id };
	pg->n++;
	return dump_archived(pg->sb, a);
}

/* The archive from second 100 on, three items a page. */
static void
dump_pages(struct journal *j, struct strbuf *sb)
{
	struct paging pg = { .sb = sb, .place = { 99, INT64_MAX } };

	do {
		struct archive_place after = pg.place;

		pg.n = 0;
		assert_int_equal(
		    j->ops->page_archived(j, &after, 3, page_cb, &pg), 0);
		strbuf_printf(sb, "page of %zu\n", pg.n);
	} while (pg.n > 0);
}

/* All that a reader can see of a journal. */
static char *
dump(struct journal *j)
{
	struct strbuf sb;
	uint64_t oldest, newest;
	struct sink_cursor c;

	strbuf_init(&sb, 16 << 20);
	assert_int_equal(j->ops->bounds(j, &oldest, &newest), 0);
	strbuf_printf(&sb, "bounds %llu %llu\n", (unsigned long long)oldest,
	    (unsigned long long)newest);
	assert_int_equal(j->ops->read(j, 0, SIZE_MAX, dump_record, &sb), 0);
	assert_int_equal(j->ops->each_feed(j, dump_feed, &sb), 0);
	assert_int_equal(j->ops->each_archived(j, 0, dump_archived, &sb), 0);
	strbuf_puts(&sb, "in pages:\n");
	dump_pages(j, &sb);
	strbuf_puts(&sb, "found:\n");
	assert_int_equal(
	    j->ops->find_archived(j, "item-3", 5, dump_archived, &sb), 0);
	assert_int_equal(
	    j->ops->each_remembered(j, 100, dump_remembered, &sb), 0);
	strbuf_puts(&sb, "counts ");
	assert_int_not_equal(j->ops->get_counts(j, &sb), -1);
	for (int i = 0; i < 4; i++) {
		char name[8] = { (char)('a' + i), '\0' };

		if (j->ops->get_cursor(j, name, &c) == 1)
			strbuf_printf(&sb, "cursor %s %llu %llu %llu\n", name,
			    (unsigned long long)c.seq,
			    (unsigned long long)c.ino,
			    (unsigned long long)c.offset);
	}
	assert_int_equal(j->ops->each_cursor(j, "b", dump_cursor, &sb), 0);
	dump_alerts(j, &sb);
	strbuf_puts(&sb, "newest of an item:\n");
	assert_int_equal(
	    j->ops->find_record(j, "urn:wiresift:1", dump_record, &sb), 0);
	assert_int_equal(
	    j->ops->find_record(j, "urn:wiresift:2", dump_record, &sb), 0);
	return strbuf_take(&sb);
}

static unsigned int seed;

static unsigned int
pick(unsigned int n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 8) % n;
}

static void
random_put(struct journal *j)
{
	char text[64], name[16];
	struct seen seen[3] = { { 7, pick(100), 9, 1 }, { 1, 2, 3, 4 },
		{ UINT64_MAX, 0, 5, 6 } };

	snprintf(name, sizeof(name), "item-%u", pick(6));
	snprintf(text, sizeof(text), "{\"n\":%u}", pick(1000000));
	switch (pick(6)) {
	case 0:
		append(j, pick(900), text, pick(2) ? "{\"why\":1}" : NULL);
		break;
	case 1: {
		struct feed_state st = { .etag = pick(2) ? "\"x\"" : NULL,
			.next = pick(1000),
			.failures = pick(5),
			.outcome = (enum poll_outcome)pick(POLL_OUTCOME_COUNT),
			.why = "no such host",
			.interval_s = pick(9999),
			.body_hash = UINT64_MAX,
			.seen = seen,
			.nseen = pick(4) };

		assert_int_equal(j->ops->put_feed(j, name, &st), 0);
		break;
	}
	case 2: {
		struct archived a = { .item_id = name,
			.feed = "f",
			.canonical = pick(2) ? "item-3" : NULL,
			.at = pick(900),
			.seq = pick(3),
			.json = text,
			.json_len = strlen(text) };

		assert_int_equal(j->ops->put_archived(j, &a), 0);
		break;
	}
	case 3: {
		struct remembered m = { .at = pick(900),
			.item_json = text,
			.sig_json = "[]",
			.packed = pick(2) ? text : NULL,
			.packed_len = strlen(text),
			.match = { RELATION_UPDATE, "of", "s", "same-text" },
			.account = pick(2) ? "{\"c\":1}" : NULL };

		assert_int_equal(j->ops->put_remembered(j, &m), 0);
		if (pick(3) == 0)
			assert_int_equal(
			    j->ops->put_counts(j, text, strlen(text)), 0);
		break;
	}
	case 4: {
		char alert[2] = { (char)('a' + pick(3)), '\0' };
		struct alert_row r = { alert, name, text };

		if (pick(4) == 0)
			r.state = NULL;
		if (r.state == NULL && pick(3) == 0)
			r.subject = NULL;
		assert_int_equal(j->ops->put_alert(j, &r), 0);
		break;
	}
	default: {
		struct sink_cursor c = { 1, pick(100), 2, UINT64_MAX, 4 };

		name[0] = (char)('a' + pick(4));
		name[1] = '\0';
		if (pick(3) == 0)
			assert_int_equal(j->ops->del_cursor(j, name), 0);
		else
			assert_int_equal(j->ops->put_cursor(j, name, &c), 0);
	}
	}
}

static void
the_twins_answer_alike_over_random_work(void **state)
{
	struct journal_params p = params();
	struct journal *j[2];

	(void)state;
	j[0] = open_one(false, &p);
	j[1] = open_one(true, &p);
	for (unsigned int round = 0; round < 120; round++) {
		unsigned int puts = 1 + round % 7, keep = seed = round;
		bool commits = round % 3 != 0;
		int64_t now = 900 + round * 5;
		char *text[2];

		for (int k = 0; k < 2; k++) {
			seed = keep;
			assert_int_equal(j[k]->ops->begin(j[k]), 0);
			for (unsigned int i = 0; i < puts; i++)
				random_put(j[k]);
			if (commits)
				assert_int_equal(j[k]->ops->commit(j[k]), 0);
			else
				j[k]->ops->rollback(j[k]);
			if (round % 10 == 9)
				while (j[k]->ops->prune(j[k], now, round) == 1)
					continue;
			text[k] = dump(j[k]);
		}
		assert_string_equal(text[0], text[1]);
		free(text[0]);
		free(text[1]);
		if (round % 40 == 39) { /* and a restart changes nothing */
			uint64_t epoch = j[1]->epoch;
			struct hash_key key = j[1]->key;

			text[0] = dump(j[1]);
			j[1]->ops->close(j[1]);
			j[1] = open_one(true, &p);
			text[1] = dump(j[1]);
			assert_string_equal(text[0], text[1]);
			assert_true(epoch == j[1]->epoch && epoch != 0);
			assert_memory_equal(&key, &j[1]->key, sizeof(key));
			free(text[0]);
			free(text[1]);
		}
	}
	j[0]->ops->close(j[0]);
	j[1]->ops->close(j[1]);
}

static void
sequence_has_no_gap_over_rollbacks(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j = open_one(kinds[k].sqlite, &p);
		uint64_t oldest, newest;

		j->ops->bounds(j, &oldest, &newest);
		assert_true(oldest == 0 && newest == 0);
		for (int i = 0; i < 5; i++) {
			assert_int_equal(j->ops->begin(j), 0);
			append(j, 1, "{}", NULL);
			j->ops->bounds(j, &oldest, &newest);
			assert_true(newest == (uint64_t)i); /* not yet */
			j->ops->rollback(j);
			commit_one(j, 1, "{}");
			j->ops->bounds(j, &oldest, &newest);
			assert_true(oldest == 1 && newest == (uint64_t)i + 1);
		}
		j->ops->close(j);
	}
}

static int
count_and_stop(void *cookie, const struct record *r)
{
	uint64_t *last = cookie;

	*last = r->seq;
	return r->seq == 4 ? 42 : 0;
}

static void
reading_goes_page_by_page_and_stops_when_told(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j = open_one(kinds[k].sqlite, &p);
		uint64_t last = 0;

		for (int i = 0; i < 6; i++)
			commit_one(j, 1, "{}");
		assert_int_equal(
		    j->ops->read(j, 0, 2, count_and_stop, &last), 0);
		assert_int_equal(last, 2);
		assert_int_equal(
		    j->ops->read(j, 2, 10, count_and_stop, &last), 42);
		assert_int_equal(last, 4);
		assert_int_equal(
		    j->ops->read(j, 6, 10, count_and_stop, &last), 0);
		assert_int_equal(
		    j->ops->read(j, UINT64_MAX, 9, count_and_stop, &last), 0);
		assert_int_equal(last, 4);
		j->ops->close(j);
	}
}

static void
writing_outside_a_transaction_is_refused(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j = open_one(kinds[k].sqlite, &p);
		struct record r = { .body = "{}", .body_len = 2 };
		struct sink_cursor c = { 0 };
		struct feed_state st = { 0 };
		struct alert_row row = { "a", "", "{}" };

		assert_int_equal(j->ops->append(j, &r), -1);
		assert_int_equal(errno, EINVAL);
		assert_int_equal(j->ops->put_cursor(j, "a", &c), -1);
		assert_int_equal(j->ops->put_feed(j, "a", &st), -1);
		assert_int_equal(j->ops->put_alert(j, &row), -1);
		assert_int_equal(j->ops->commit(j), -1);
		j->ops->rollback(j); /* harmless */
		assert_int_equal(j->ops->begin(j), 0);
		assert_int_equal(j->ops->begin(j), -1);
		assert_int_equal(j->ops->commit(j), 0);
		j->ops->close(j);
	}
}

static void
feed_state_comes_back_whole(void **state)
{
	struct seen seen[] = { { 1, 2, 3, 4 } };
	struct feed_state st = { .etag = "W/\"é\"",
		.validators_url = "https://a.example/x",
		.body_hash = 0xfedcba9876543210U,
		.last_attempt = 1,
		.last_success = 2,
		.next = 3,
		.next_why = "backoff",
		.failures = 4,
		.outcome = POLL_THROTTLED,
		.http_status = 503,
		.title = "A feed",
		.moved_to = "https://b.example/x",
		.moved_count = 2,
		.items = 5,
		.bytes = 6,
		.polls = 7,
		.url = "https://a.example/y",
		.interval_s = 8,
		.ttl_s = 9,
		.period_s = 10,
		.skip_hours = 0xffffffffU,
		.skip_days = 12,
		.furniture = "f1 of it",
		.seen = seen,
		.nseen = 1 };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j = open_one(kinds[k].sqlite, &p);
		struct arena *a = arena_new(0);
		struct feed_state got;

		assert_int_equal(j->ops->begin(j), 0);
		assert_int_equal(j->ops->put_feed(j, "f", &st), 0);
		assert_int_equal(j->ops->commit(j), 0);
		assert_int_equal(j->ops->get_feed(j, a, "g", &got), 0);
		assert_int_equal(j->ops->get_feed(j, a, "f", &got), 1);
		assert_string_equal(got.etag, st.etag);
		assert_null(got.last_modified);
		assert_null(got.why);
		assert_string_equal(got.title, st.title);
		assert_string_equal(got.url, st.url);
		assert_true(got.body_hash == st.body_hash);
		assert_int_equal(got.outcome, POLL_THROTTLED);
		assert_int_equal(got.skip_hours, st.skip_hours);
		assert_int_equal(got.skip_days, 12);
		assert_string_equal(got.furniture, st.furniture);
		assert_int_equal(got.polls, 7);
		assert_int_equal(got.nseen, 1);
		assert_int_equal(got.seen[0].revision, 4);
		arena_free(a);
		j->ops->close(j);
	}
}

static void
pruning_keeps_what_is_young_or_needed(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j = open_one(kinds[k].sqlite, &p);
		uint64_t oldest, newest;

		assert_int_equal(j->ops->begin(j), 0);
		for (int i = 1; i <= 2000; i++)
			append(j, i, "{}", NULL);
		assert_int_equal(j->ops->commit(j), 0);
		while (j->ops->prune(j, 2500, UINT64_MAX) == 1)
			continue;
		j->ops->bounds(j, &oldest, &newest);
		assert_int_equal(oldest, 1500); /* at == 2500 - 1000 stays */
		assert_int_equal(newest, 2000);
		while (j->ops->prune(j, 9999, 1700) == 1)
			continue;
		j->ops->bounds(j, &oldest, &newest);
		assert_int_equal(oldest, 1700); /* a sink needs it */
		while (j->ops->prune(j, 9999, UINT64_MAX) == 1)
			continue;
		j->ops->bounds(j, &oldest, &newest);
		assert_int_equal(oldest, 2001);
		assert_int_equal(newest, 2000);
		commit_one(j, 9999, "{}");
		j->ops->bounds(j, &oldest, &newest);
		assert_true(oldest == 2001 && newest == 2001);
		j->ops->close(j);
	}
}

static void
append_both(struct journal *j, int64_t at)
{
	struct archived a = { .item_id = "i",
		.feed = "f",
		.at = at,
		.json = "{}",
		.json_len = 2 };

	append(j, at, "{}", NULL);
	assert_int_equal(j->ops->put_archived(j, &a), 0);
}

static int
count_archived(void *cookie, const struct archived *a)
{
	(void)a;
	++*(size_t *)cookie;
	return 0;
}

static void
assert_kept(struct journal *j, int64_t now, uint64_t first, size_t archived)
{
	uint64_t oldest, newest;
	size_t n = 0;
	int calls = 0;

	while (j->ops->prune(j, now, UINT64_MAX) == 1 && calls < 100)
		calls++;
	assert_true(calls < 100);
	assert_int_equal(j->ops->bounds(j, &oldest, &newest), 0);
	assert_int_equal(oldest, first);
	assert_int_equal(
	    j->ops->each_archived(j, INT64_MIN, count_archived, &n), 0);
	assert_int_equal(n, archived);
}

/* A year ahead for some time: neither gone too early, nor kept a year, nor
 * are those behind. Among them more than a step of prune looks at. */
static void
a_clock_that_was_ahead_holds_nothing_up(void **state)
{
	const int64_t ahead = 1000000;
	const int many = 7000;

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j = open_one(kinds[k].sqlite, &p);

		assert_int_equal(j->ops->begin(j), 0);
		for (int i = 1; i <= 10; i++)
			append_both(j, 100 + i);
		for (int i = 0; i < many; i++)
			append_both(j, ahead + i);
		assert_int_equal(j->ops->commit(j), 0);
		assert_kept(j, 1106, 6, (size_t)many + 5);
		/* Nothing tells yet how old they are. */
		assert_kept(j, 9000, 11, (size_t)many);
		assert_int_equal(j->ops->begin(j), 0);
		for (int i = 1; i <= 10; i++)
			append_both(j, 9000 + i);
		assert_int_equal(j->ops->commit(j), 0);
		assert_kept(j, 10001, 11, (size_t)many + 10);
		assert_kept(j, 10001, 11, (size_t)many + 10);
		assert_kept(j, 10006, (uint64_t)many + 10 + 6, 5);
		j->ops->close(j);
	}
}

/* One that stands before 1970 says nothing about those before it. */
static void
a_clock_that_was_behind_takes_nothing_along(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j = open_one(kinds[k].sqlite, &p);

		assert_int_equal(j->ops->begin(j), 0);
		for (int i = 0; i < 10; i++)
			append_both(j, 5000 + i);
		append_both(j, 3);
		append_both(j, 5010);
		assert_int_equal(j->ops->commit(j), 0);
		assert_kept(j, 5500, 1, 12);
		assert_kept(j, 6005, 6, 7);
		assert_kept(j, 6010, 12, 1);
		j->ops->close(j);
	}
}

/* Needed or young: past its size the oldest go all the same, and no more. */
static void
the_journal_stays_under_its_size(void **state)
{
	char body[1001];

	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal_sizes sz;
		uint64_t oldest, newest;
		struct journal *j;

		p.journal_max_bytes = 100 * 1000;
		j = open_one(kinds[k].sqlite, &p);
		assert_int_equal(j->ops->begin(j), 0);
		for (int i = 1; i <= 2000; i++)
			append(j, i, body, NULL);
		assert_int_equal(j->ops->commit(j), 0);
		j->ops->sizes(j, &sz);
		assert_int_equal(sz.records, 2000 * 1000);
		while (j->ops->prune(j, 2000, 50) == 1)
			continue;
		j->ops->bounds(j, &oldest, &newest);
		assert_int_equal(newest, 2000);
		assert_int_equal(oldest, 1901);
		j->ops->sizes(j, &sz);
		assert_int_equal(sz.records, 100 * 1000);
		/* The count lasts, and a rollback leaves it. */
		assert_int_equal(j->ops->begin(j), 0);
		append(j, 1, body, NULL);
		j->ops->rollback(j);
		if (kinds[k].sqlite) {
			j->ops->close(j);
			j = open_one(true, &p);
		}
		j->ops->sizes(j, &sz);
		assert_int_equal(sz.records, 100 * 1000);
		commit_one(j, 2001, body);
		assert_int_equal(j->ops->prune(j, 2000, 50), 0);
		j->ops->bounds(j, &oldest, &newest);
		assert_true(oldest == 1902 && newest == 2001);
		j->ops->close(j);
	}
}

static void
archive_stays_under_its_size(void **state)
{
	char json[2001];

	(void)state;
	memset(json, 'x', sizeof(json) - 1);
	json[sizeof(json) - 1] = '\0';
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		struct journal_params p = params();
		struct journal *j;
		struct strbuf sb;
		size_t lines = 0;

		p.archive_max_bytes = 100000;
		j = open_one(kinds[k].sqlite, &p);
		assert_int_equal(j->ops->begin(j), 0);
		for (int i = 0; i < 200; i++) {
			struct archived a = { .item_id = "i",
				.feed = "f",
				.at = 100 + i,
				.json = json,
				.json_len = 2000 };

			assert_int_equal(j->ops->put_archived(j, &a), 0);
		}
		assert_int_equal(j->ops->commit(j), 0);
		while (j->ops->prune(j, 200, UINT64_MAX) == 1)
			continue;
		strbuf_init(&sb, 16 << 20);
		j->ops->each_archived(j, 0, dump_archived, &sb);
		for (size_t i = 0; i < sb.len; i++)
			lines += sb.data[i] == '\n';
		assert_int_equal(lines, 50);
		/* The newest are those that stay. */
		assert_non_null(strstr(sb.data, " 299 "));
		strbuf_fini(&sb);
		j->ops->close(j);
	}
}

static void
cursors_survive_their_text_form(void **state)
{
	static const struct {
		uint64_t epoch, seq;
		const char *text;
	} good[] = {
		{ 1, 0, "1:0" },
		{ 35, 9, "z:9" },
		{ 949017, 1042, "kc9l:1042" },
		{ UINT64_MAX, INT64_MAX, "3w5e11264sgsf:9223372036854775807" },
	};
	static const char *const bad[] = { "", ":", "a", "a:", ":1", "A:1",
		"a:1 ", "a:-1", "a:1:2", "3w5e11264sgsg:1",
		"a:9223372036854775808", "a:99999999999999999999999", "a b:1" };
	uint64_t epoch, seq;
	char out[CURSOR_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		cursor_format(good[i].epoch, good[i].seq, out);
		assert_string_equal(out, good[i].text);
		assert_true(cursor_parse(out, &epoch, &seq));
		assert_true(epoch == good[i].epoch && seq == good[i].seq);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (cursor_parse(bad[i], &epoch, &seq))
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

static void
evidence_is_kept_apart_and_long_items_are_cut(void **state)
{
	json_t *frame = json_pack("{s:{s:s, s:{s:{s:i}, s:i}, s:s}}", "item",
	    "id", "1", "_wiresift", "explain", "t", 1, "revision", 1, "title",
	    "behind");
	json_t *item = json_object_get(frame, "item"), *back;
	struct strbuf body, explain;
	char *text;

	(void)state;
	strbuf_init(&body, 4 << 20);
	strbuf_init(&explain, 4 << 20);
	assert_int_equal(record_encode(frame, &body, &explain), 0);
	assert_string_equal(explain.data, "{\"t\":1}");
	assert_string_equal(body.data,
	    "{\"item\":{\"id\":\"1\",\"title\":\"behind\","
	    "\"_wiresift\":{\"revision\":1}}}");

	text = xmalloc(2 << 20);
	memset(text, 'a', 2 << 20);
	memcpy(text + (1 << 20) - 1, "é", 2); /* never cut in the middle */
	json_object_set_new(item, "content_text", json_stringn(text, 2 << 20));
	assert_int_equal(record_encode(frame, &body, &explain), 0);
	assert_true(body.len < RECORD_MAX_BYTES);
	back = json_loadb(body.data, body.len, 0, NULL);
	assert_non_null(back);
	item = json_object_get(back, "item");
	assert_true(json_is_true(
	    json_object_get(json_object_get(item, "_wiresift"), "truncated")));
	assert_true(
	    json_string_length(json_object_get(item, "content_text")) > 300000);
	json_decref(back);

	/* A long summary or guid goes; it does not cost the text. */
	item = json_object_get(frame, "item");
	json_object_set_new(item, "content_text", json_string("short"));
	json_object_set_new(item, "summary", json_stringn(text, (1 << 20) - 1));
	json_object_set_new(json_object_get(item, "_wiresift"), "guid",
	    json_stringn(text, 4000));
	assert_int_equal(record_encode(frame, &body, &explain), 0);
	assert_non_null(strstr(body.data, "\"content_text\":\"short\""));
	assert_null(strstr(body.data, "summary"));
	assert_non_null(strstr(body.data, "guid"));
	json_object_set_new(json_object_get(item, "_wiresift"), "guid",
	    json_stringn(text, (1 << 20) - 1));
	assert_int_equal(record_encode(frame, &body, &explain), 0);
	assert_non_null(strstr(body.data, "\"title\":\"behind\""));
	assert_null(strstr(body.data, "guid"));
	json_decref(frame);

	frame = json_pack("[]");
	assert_int_equal(record_encode(frame, &body, &explain), -1);
	json_decref(frame);
	free(text);
	strbuf_fini(&body);
	strbuf_fini(&explain);
}

/* What it was made under is gone, with all that SQLite lays beside it. */
static void
a_new_database_leaves_nothing_beside_it(void **state)
{
	static const char *const ends[] = { ".new", ".new-wal", ".new-shm" };
	struct journal_params p = params();
	struct journal *j = open_one(true, &p);
	char other[80];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(other, sizeof(other), "%s%s", path, ends[i]);
		assert_int_equal(access(other, F_OK), -1);
	}
	j->ops->close(j);
	wipe();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursors_survive_their_text_form),
		cmocka_unit_test(a_new_database_leaves_nothing_beside_it),
		cmocka_unit_test(evidence_is_kept_apart_and_long_items_are_cut),
		cmocka_unit_test(sequence_has_no_gap_over_rollbacks),
		cmocka_unit_test(reading_goes_page_by_page_and_stops_when_told),
		cmocka_unit_test(writing_outside_a_transaction_is_refused),
		cmocka_unit_test(feed_state_comes_back_whole),
		cmocka_unit_test(pruning_keeps_what_is_young_or_needed),
		cmocka_unit_test(a_clock_that_was_ahead_holds_nothing_up),
		cmocka_unit_test(a_clock_that_was_behind_takes_nothing_along),
		cmocka_unit_test(the_journal_stays_under_its_size),
		cmocka_unit_test(archive_stays_under_its_size),
		cmocka_unit_test(the_twins_answer_alike_over_random_work),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/j.db", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	wipe();
	rmdir(dir);
	return failed;
}
