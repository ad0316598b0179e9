/* test_commit.c - a poll commits whole, or leaves nothing behind. */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "config/rules_load.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "desk/lookback.h"
#include "desk/parts.h"
#include "item/item.h"
#include "pipeline/alert.h"
#include "pipeline/classify.h"
#include "pipeline/health.h"
#include "store/journal.h"
#include "topic/rules.h"

#define RULES                                                                  \
	"version: 1\n"                                                         \
	"topics:\n"                                                            \
	"  kites:\n"                                                           \
	"    threshold: 1\n"                                                   \
	"    require: {any: [kite*]}\n"                                        \
	"    score: [{name: kite, weight: 4, any: [kite*]}]\n"

#define LONG_TEXT                                                              \
	"The festival on the northern beach drew eleven thousand people who "  \
	"watched painted dragons climb above the dunes while the mayor read "  \
	"a letter from the founder, now ninety, who built the first kite "     \
	"from newspaper and bamboo in a shed behind the lighthouse in 1951."

static struct {
	struct topic_set *topics;
	struct rules *rules;
	struct config config;
	struct desk dk;
	struct journal_ops ops;         /* the twin's, some of them failing */
	const struct journal_ops *real; /* the twin's */
	int fail_in;                    /* calls until one fails; 0 = none */
	bool shut;                      /* no transaction begins */
} t;

static bool
fails(struct journal *j)
{
	if (t.fail_in == 0 || --t.fail_in > 0)
		return false;
	snprintf(j->error, sizeof(j->error), "no space");
	errno = ENOSPC;
	return true;
}

static int
begin(struct journal *j)
{
	if (!t.shut)
		return t.real->begin(j);
	t.fail_in = 1;
	return fails(j) ? -1 : 0;
}

static int
append(struct journal *j, struct record *r)
{
	return fails(j) ? -1 : t.real->append(j, r);
}

static int
put_remembered(struct journal *j, const struct remembered *m)
{
	return fails(j) ? -1 : t.real->put_remembered(j, m);
}

static int
put_archived(struct journal *j, const struct archived *a)
{
	return fails(j) ? -1 : t.real->put_archived(j, a);
}

static int
put_feed(struct journal *j, const char *feed, const struct feed_state *st)
{
	return fails(j) ? -1 : t.real->put_feed(j, feed, st);
}

static int
commit(struct journal *j)
{
	return fails(j) ? -1 : t.real->commit(j);
}

static int
setup(void **state)
{
	static const struct rules_file file = { "t.yaml", RULES,
		sizeof(RULES) - 1 };
	const struct journal_params p = { .archive_keep_s = 86400,
		.archive_max_bytes = 1 << 20,
		.journal_keep_s = 86400,
		.copy_window_s = 86400 };
	struct diags ds;

	(void)state;
	memset(&t, 0, sizeof(t));
	diags_init(&ds, 5);
	t.rules = rules_load(&file, 1, &ds);
	assert_non_null(t.rules);
	t.topics = topic_compile(t.rules, &topic_limits_default, &ds);
	assert_non_null(t.topics);
	diags_fini(&ds);
	t.config.archive_keep_s = 86400;
	t.config.archive_max_bytes = 1 << 20;
	t.config.copy_window_s = 86400;
	t.config.copy_max_items = 1000;
	t.dk.config = &t.config;
	tally_init(&t.dk.tally);
	t.dk.journal = journal_open_mem(&p);
	t.real = t.dk.journal->ops;
	t.ops = *t.real;
	t.ops.begin = begin;
	t.ops.append = append;
	t.ops.put_remembered = put_remembered;
	t.ops.put_archived = put_archived;
	t.ops.put_feed = put_feed;
	t.ops.commit = commit;
	t.dk.journal->ops = &t.ops;
	assert_int_equal(commit_rebuild_copies(&t.dk), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	tally_fini(&t.dk.tally);
	copies_free(t.dk.copies);
	ledger_free(t.dk.ledger);
	alerts_free(t.dk.alerts);
	t.dk.journal->ops->close(t.dk.journal);
	topic_set_free(t.topics);
	rules_free(t.rules);
	return 0;
}

static struct decided *
decide(const char *feed, const char *guid, const char *title, const char *text)
{
	static const struct item_limits limits = { 4096, 1 << 18, 1 << 20 };
	const struct classify_params p = {
		.topics = t.topics, .limits = &limits, .key = t.dk.journal->key
	};
	struct item *it = item_new();

	it->guid = arena_strdup(it->arena, guid);
	it->title = arena_strdup(it->arena, title);
	it->summary = arena_strdup(it->arena, text);
	it->received = clock_wall();
	classify_identify(it, feed, feed, &p);
	return classify_item(it, &p);
}

/* A poll of feed "f" with these items (taken), committed. */
static int
poll_of(size_t n, struct decided *const *items)
{
	static char key[] = "f";
	struct config_feed cf = { .key = key, .name = key };
	struct desk_feed f = { .key = key, .config = &cf };
	struct poll_done done = { .feed = "f", .items = (uint32_t)n };
	int rc;

	done.state.outcome = POLL_OK;
	done.state.doc_items = (uint32_t)n;
	done.state.etag = "\"e\"";
	f.collect.v = xcalloc(n + 1, sizeof(*f.collect.v));
	memcpy(f.collect.v, items, n * sizeof(*items));
	f.collect.n = n;
	rc = commit_poll(&t.dk, &f, &done);
	collect_clear(&f.collect);
	return rc;
}

static uint64_t
newest(void)
{
	uint64_t a, b;

	assert_int_equal(t.real->bounds(t.dk.journal, &a, &b), 0);
	return b;
}

static bool
state_is_kept(void)
{
	struct arena *a = arena_new(0);
	struct feed_state st;
	bool kept = t.real->get_feed(t.dk.journal, a, "f", &st) == 1;

	arena_free(a);
	return kept;
}

static int
relation_cb(void *cookie, const struct record *r)
{
	enum relation *rel = cookie;

	rel[r->seq] = r->relation;
	return 0;
}

static int
archived_cb_(void *cookie, const struct archived *a)
{
	*(uint64_t *)cookie = a->seq + 1000; /* found */
	return 0;
}

static void
only_matches_become_records(void **state)
{
	struct decided *const items[] = {
		decide("f", "1", "A kite over the bay", LONG_TEXT),
		decide("f", "2", "A boat in the bay", "Nothing else."),
	};
	char id[64];
	uint64_t found = 0;

	(void)state;
	snprintf(id, sizeof(id), "%s", items[1]->item->id);
	assert_int_equal(poll_of(2, items), 0);
	assert_int_equal(newest(), 1);
	assert_int_equal(copies_len(t.dk.copies), 1);
	assert_true(state_is_kept());
	assert_int_equal(t.dk.count.items, 2);
	assert_int_equal(t.dk.count.matches, 1);
	assert_int_equal(t.dk.tally.relations[RELATION_NEW], 1);
	assert_int_equal(t.dk.tally.polls[POLL_OK], 1);
	/* What did not match is in the archive, without a record. */
	assert_int_equal(
	    t.real->find_archived(t.dk.journal, id, 1, archived_cb_, &found),
	    0);
	assert_int_equal(found, 1000);
}

static void
what_is_passed_over_is_archived_and_not_sent(void **state)
{
	struct decided *dd = decide("f", "1", "A kite over the bay", LONG_TEXT);
	char id[64];
	uint64_t found = 0;

	(void)state;
	snprintf(id, sizeof(id), "%s", dd->item->id);
	dd->item->passed_over = "older than max_age";
	assert_int_equal(poll_of(1, &dd), 0);
	assert_int_equal(newest(), 0);
	assert_int_equal(copies_len(t.dk.copies), 0);
	assert_int_equal(
	    t.real->find_archived(t.dk.journal, id, 1, archived_cb_, &found),
	    0);
	assert_int_equal(found, 1000);
}

static void
copies_in_one_poll_are_linked(void **state)
{
	struct decided *const items[] = {
		decide("f", "1", "A kite festival ends", LONG_TEXT),
		decide("f", "2", "A kite festival ends", LONG_TEXT),
	};
	enum relation rel[4] = { 0 };

	(void)state;
	assert_int_equal(poll_of(2, items), 0);
	assert_int_equal(
	    t.real->read(t.dk.journal, 0, 10, relation_cb, rel), 0);
	assert_int_equal(rel[1], RELATION_NEW);
	assert_int_equal(rel[2], RELATION_COPY);
}

static void
the_same_item_is_recorded_once(void **state)
{
	struct decided *one = decide("f", "1", "A kite ends", LONG_TEXT);
	struct decided *again = decide("f", "1", "A kite ends", LONG_TEXT);

	(void)state;
	assert_int_equal(poll_of(1, &one), 0);
	assert_int_equal(poll_of(1, &again), 0);
	assert_int_equal(newest(), 1);
}

/* Let each call to the store fail in turn, until none is left to fail. */
static void
a_poll_that_fails_leaves_nothing(void **state)
{
	(void)state;
	for (int n = 1;; n++) {
		struct decided *const items[] = {
			decide("f", "1", "A kite festival ends", LONG_TEXT),
			decide("f", "2", "A kite festival ends", LONG_TEXT),
			decide("f", "3", "A boat", "Nothing else."),
		};
		int rc;

		t.fail_in = n;
		rc = poll_of(3, items);
		if (rc == 0) {
			print_message("%d calls failed in turn\n", n - 1);
			assert_true(n > 5);
			break;
		}
		t.fail_in = 0;
		assert_int_equal(newest(), 0);
		assert_false(state_is_kept());
		assert_true(t.dk.copies_stale);
		assert_true(t.dk.tally.commits_failed > 0);
		assert_int_equal(t.dk.tally.relations[RELATION_NEW], 0);
		assert_int_equal(commit_probe(&t.dk), 0);
	}
	t.fail_in = 0;
	/* And then the poll comes again, as if it had never been tried. */
	assert_int_equal(newest(), 2);
	assert_int_equal(copies_len(t.dk.copies), 2);
	assert_false(t.dk.copies_stale);
	assert_true(state_is_kept());
}

static void
the_copy_index_survives_a_restart(void **state)
{
	struct decided *one = decide("f", "1", "A kite ends", LONG_TEXT);
	struct decided *two = decide("g", "9", "A kite ends", LONG_TEXT);
	enum relation rel[4] = { 0 };

	(void)state;
	assert_int_equal(poll_of(1, &one), 0);
	copies_free(t.dk.copies);
	t.dk.copies = NULL;
	assert_int_equal(commit_rebuild_copies(&t.dk), 0);
	assert_int_equal(copies_len(t.dk.copies), 1);
	assert_int_equal(poll_of(1, &two), 0);
	assert_int_equal(
	    t.real->read(t.dk.journal, 0, 10, relation_cb, rel), 0);
	assert_int_equal(rel[2], RELATION_COPY);
}

struct kinds {
	enum record_kind kind[16];
	enum relation relation[16];
	uint8_t fresh[16];
	enum topic_level level[16], was[16];
};

static int
kinds_cb(void *cookie, const struct record *r)
{
	struct kinds *k = cookie;

	assert_in_range(r->seq, 1, 15);
	k->kind[r->seq] = r->kind;
	k->relation[r->seq] = r->relation;
	if (r->ntopics > 0) {
		k->fresh[r->seq] = r->topics[0].fresh;
		k->level[r->seq] = r->topics[0].level;
		k->was[r->seq] = r->topics[0].was;
	}
	return 0;
}

/* Rebuilt from the journal, what is known of stories is what it was. */
static void
stories_are_found_again(void)
{
	json_t *was = ledger_dump(t.dk.ledger), *is;

	assert_int_equal(commit_rebuild_copies(&t.dk), 0);
	is = ledger_dump(t.dk.ledger);
	assert_true(json_equal(was, is));
	json_decref(was);
	json_decref(is);
}

static void
edits_keep_their_relation_and_stories_survive(void **state)
{
	struct decided *dd[] = {
		decide("f", "1", "A kite ends", LONG_TEXT),
		decide("g", "9", "A kite ends", LONG_TEXT),
		decide("f", "1", "A kite ends well", LONG_TEXT),
		decide("g", "9", "A kite ends so", LONG_TEXT),
		decide("f", "1", "It ends", "Nothing."),
		decide("f", "1", "It ends", "Nothing at all."),
		decide("f", "1", "The kite again", LONG_TEXT),
	};
	struct kinds k = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(dd); i++) {
		dd[i]->item->revision = i == 2 ? 2 : i == 3 ? 2 : i > 3 ? 3 : 1;
		assert_int_equal(poll_of(1, &dd[i]), 0);
		stories_are_found_again();
	}
	assert_int_equal(t.real->read(t.dk.journal, 0, 15, kinds_cb, &k), 0);
	/* The edit of what never matched again is no record. */
	assert_int_equal(newest(), 6);
	assert_int_equal(k.kind[1], RECORD_ITEM);
	assert_int_equal(k.kind[2], RECORD_ITEM);
	assert_int_equal(k.relation[2], RELATION_COPY);
	assert_int_equal(k.fresh[2], 0);
	assert_int_equal(k.kind[3], RECORD_UPDATE);
	assert_int_equal(k.relation[3], RELATION_NEW);
	assert_int_equal(k.was[3], TOPIC_ABOUT);
	/* An edited copy is a copy still, and goes to nobody by that. */
	assert_int_equal(k.kind[4], RECORD_UPDATE);
	assert_int_equal(k.relation[4], RELATION_COPY);
	assert_int_equal(k.fresh[4], 0);
	assert_int_equal(k.kind[5], RECORD_UPDATE);
	assert_int_equal(k.level[5], TOPIC_NONE);
	assert_int_equal(k.was[5], TOPIC_ABOUT);
	assert_int_equal(k.kind[6], RECORD_UPDATE);
	assert_int_equal(k.was[6], TOPIC_NONE);
}

static void
a_crashing_feed_rests_for_a_day(void **state)
{
	static char key[] = "f";
	struct config_feed cf = { .key = key, .name = key };
	struct desk_feed f = { .key = key, .config = &cf };
	struct arena *a = arena_new(0);
	struct feed_state st;

	(void)state;
	assert_int_equal(commit_crashed(&t.dk, &f), 0);
	assert_int_equal(t.real->get_feed(t.dk.journal, a, "f", &st), 1);
	assert_int_equal(st.outcome, POLL_CRASHED);
	assert_true(st.next >= clock_wall() + 86390);
	assert_int_equal(f.sum.outcome, POLL_CRASHED);
	assert_int_equal(f.sum.health, HEALTH_FAILING);
	assert_int_equal(newest(), 1); /* and that is told */
	arena_free(a);
}

static void
send_want(struct gatherer *g, int generation)
{
	json_t *j =
	    json_pack("{s:s, s:i}", "feed", "f", "generation", generation);

	polls_frame(g, "want", j, 0);
	json_decref(j);
}

/* It crossed with a reload: its gatherer has forgotten that it asked. */
static void
a_want_of_an_assignment_before_is_not_answered(void **state)
{
	static char key[] = "f";
	struct gatherer g = { .dk = &t.dk };
	struct desk_feed f = { .key = key, .gatherer = &g, .generation = 2 };

	(void)state;
	TAILQ_INIT(&g.wants);
	t.dk.feeds = hmap_new();
	(void)hmap_put(t.dk.feeds, key, &f);
	send_want(&g, 1);
	assert_false(f.wanted || f.in_flight);
	send_want(&g, 2);
	assert_true(f.wanted); /* no link: it waits */
	hmap_free(t.dk.feeds, NULL);
	t.dk.feeds = NULL;
}

static struct {
	char topic[32], story[64], body[2000];
} told[9];

static int
told_cb(void *cookie, const struct record *r)
{
	(void)cookie;
	assert_in_range(r->seq, 1, ARRAY_LEN(told) - 1);
	assert_int_equal(r->ntopics, 1);
	snprintf(told[r->seq].topic, 32, "%s", r->topics[0].name);
	snprintf(told[r->seq].story, 64, "%s", r->story);
	snprintf(told[r->seq].body, 2000, "%.*s", (int)r->body_len, r->body);
	return 0;
}

/* The state comes back from the store before each poll. */
static void
poll_ending(enum poll_outcome outcome, int fail_in)
{
	static char key[] = "f";
	struct config_feed cf = { .key = key, .name = "The F" };
	struct desk_feed f = { .key = key, .config = &cf };
	struct poll_done done = { .feed = "f" };
	struct arena *a = arena_new(0);

	(void)t.real->get_feed(t.dk.journal, a, "f", &done.state);
	done.state.outcome = outcome;
	done.state.doc_items = 1;
	t.fail_in = fail_in;
	assert_int_equal(commit_poll(&t.dk, &f, &done), fail_in == 0 ? 0 : -1);
	t.fail_in = 0;
	arena_free(a);
}

static void
a_feed_that_is_gone_is_news_once_and_so_is_its_return(void **state)
{
	(void)state;
	poll_ending(POLL_OK, 0);
	poll_ending(POLL_GONE, 1);
	poll_ending(POLL_GONE, 2);
	assert_int_equal(newest(), 0);
	poll_ending(POLL_GONE, 0);
	poll_ending(POLL_GONE, 0);
	assert_int_equal(newest(), 1);
	poll_ending(POLL_OK, 0);
	poll_ending(POLL_OK, 0);
	assert_int_equal(newest(), 2);
	assert_int_equal(t.real->read(t.dk.journal, 0, 10, told_cb, NULL), 0);
	for (int i = 1; i < 3; i++)
		assert_string_equal(told[i].topic, "_health");
	assert_string_equal(told[1].story, told[2].story);
	assert_non_null(strstr(told[1].body, "Feed gone: The F"));
	assert_non_null(strstr(told[2].body, "Feed recovered: The F"));
	assert_int_equal(t.dk.count.matches, 0);
}

/* Rows of a version that kept texts, and one that nobody can read. */
static void
old_rows_are_remembered_until_they_leave(void **state)
{
	struct decided *dd = decide("f", "1", "A kite over the bay", LONG_TEXT);
	struct decided *const again[] = { decide(
	    "g", "2", "Kites in the north", LONG_TEXT) };
	struct journal *j = t.dk.journal;
	json_t *item = item_encode(dd->item), *sig = signature_encode(dd->sig);
	struct remembered m = {
		.at = clock_wall() - 100,
		.item_json = json_dumps(item, JSON_COMPACT),
		.sig_json = json_dumps(sig, JSON_COMPACT | JSON_ENCODE_ANY),
	};
	struct remembered bad = { .at = m.at, .item_json = "", .sig_json = "" };
	enum relation rel[4] = { RELATION_NEW };

	(void)state;
	snprintf(m.match.story, sizeof(m.match.story), "%s", dd->item->id);
	assert_int_equal(j->ops->begin(j), 0);
	assert_int_equal(j->ops->put_remembered(j, &m), 0);
	assert_int_equal(j->ops->put_remembered(j, &bad), 0);
	assert_int_equal(j->ops->commit(j), 0);
	assert_int_equal(commit_rebuild_copies(&t.dk), 0);
	assert_int_equal(copies_len(t.dk.copies), 1);
	assert_int_equal(poll_of(1, again), 0);
	assert_int_equal(t.real->read(j, 0, 10, relation_cb, rel), 0);
	assert_int_equal(rel[newest()], RELATION_COPY);
	free((void *)(uintptr_t)m.item_json);
	free((void *)(uintptr_t)m.sig_json);
	json_decref(item);
	json_decref(sig);
	decided_free(dd);
}

static void
nothing_cb(evutil_socket_t fd, short what, void *cookie)
{
	(void)fd;
	(void)what;
	(void)cookie;
}

/* It says so, and stops; the start is not refused. */
static void
a_look_back_whose_store_is_shut_degrades_the_desk(void **state)
{
	static const char *names[] = { "kites", NULL };
	static const struct alert_row row = { "_lookback", "kites",
		"{\"state\":\"running\"}" };
	struct journal *j = t.dk.journal;
	json_t *list;

	(void)state;
	assert_int_equal(j->ops->begin(j), 0);
	assert_int_equal(j->ops->put_alert(j, &row), 0);
	assert_int_equal(j->ops->commit(j), 0);
	t.dk.topic_names = names;
	t.dk.base = event_base_new();
	t.dk.retry = evtimer_new(t.dk.base, nothing_cb, NULL);
	TAILQ_INIT(&t.dk.feed_list);
	t.shut = true;
	assert_int_equal(lookbacks_new(&t.dk), 0);
	t.dk.state = DESK_RUNNING;
	assert_int_equal(event_base_loop(t.dk.base, EVLOOP_ONCE), 0);
	assert_int_equal(t.dk.state, DESK_DEGRADED);
	assert_string_equal(t.dk.trouble, "no space");
	list = lookbacks_status(&t.dk, NULL);
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(list, 0), "state")),
	    "running");
	json_decref(list);
	lookbacks_free(&t.dk);
	event_free(t.dk.retry);
	event_base_free(t.dk.base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    only_matches_become_records, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_is_passed_over_is_archived_and_not_sent, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    copies_in_one_poll_are_linked, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    old_rows_are_remembered_until_they_leave, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_same_item_is_recorded_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_poll_that_fails_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_copy_index_survives_a_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_feed_that_is_gone_is_news_once_and_so_is_its_return,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    edits_keep_their_relation_and_stories_survive, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_crashing_feed_rests_for_a_day, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_want_of_an_assignment_before_is_not_answered, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_look_back_whose_store_is_shut_degrades_the_desk, setup,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
