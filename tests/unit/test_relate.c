/* test_relate.c - decided items travel whole, and become records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/xmalloc.h"
#include "config/rules_load.h"
#include "copy/copies.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"
#include "text/token.h"
#include "topic/rules.h"
#include "topic/topic.h"

static const char rules_text[] =
    "version: 1\n"
    "topics:\n"
    "  kites:\n"
    "    threshold: 6\n"
    "    require: kite*\n"
    "    score:\n"
    "      - {name: kite, weight: 2, any: [kite*]}\n"
    "  wind:\n"
    "    require: wind\n"
    "    score:\n"
    "      - {name: wind, weight: 6, any: [wind]}\n";

struct fixture {
	struct topic_set *topics;
	struct copies *copies;
	struct classify_params params;
};

static const struct item_limits limits = { 4096, 1 << 18, 1 << 20 };

static int
setup(void **state)
{
	struct fixture *fx = xcalloc(1, sizeof(*fx));
	struct rules_file file = { "t.yaml", rules_text, strlen(rules_text) };
	struct copies_params cp = copies_params_default;
	struct diags ds;
	struct rules *r;

	diags_init(&ds, 10);
	r = rules_load(&file, 1, &ds);
	assert_non_null(r);
	fx->topics = topic_compile(r, &topic_limits_default, &ds);
	assert_non_null(fx->topics);
	rules_free(r);
	diags_fini(&ds);
	cp.key = hash_key_fixed;
	fx->copies = copies_new(&cp);
	fx->params = (struct classify_params){
		.topics = fx->topics, .limits = &limits, .key = hash_key_fixed
	};
	*state = fx;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *fx = *state;

	topic_set_free(fx->topics);
	copies_free(fx->copies);
	free(fx);
	return 0;
}

static struct decided *
decide(const struct fixture *fx, const char *guid, const char *title,
    const char *text)
{
	struct item *it = item_new();

	it->guid = arena_strdup(it->arena, guid);
	it->url = arena_printf(it->arena, "https://%s.example/a", guid);
	it->title = arena_strdup(it->arena, title);
	it->summary = arena_strdup(it->arena, text);
	it->summary_type = "text/plain";
	classify_identify(it, guid, "Bay News", &fx->params);
	return classify_item(it, &fx->params);
}

static void
a_match_carries_its_evidence_and_a_miss_nothing(void **state)
{
	struct fixture *fx = *state;
	struct decided *dd = decide(fx, "a", "A kite flies", "High up.");

	assert_int_equal(dd->topics.n, 1);
	assert_string_equal(dd->topics.v[0].topic, "kites");
	assert_int_equal(dd->topics.v[0].level, TOPIC_ABOUT);
	assert_int_equal(dd->topics.v[0].nevidence, 1);
	assert_non_null(dd->sig);
	decided_free(dd);
	dd = decide(fx, "b", "A goose flies", "High up.");
	assert_int_equal(dd->topics.n, 0);
	assert_null(dd->sig);
	decided_free(dd);

	fx->params.bare = true;
	dd = decide(fx, "a", "A kite flies", "High up.");
	assert_int_equal(dd->topics.v[0].nevidence, 0);
	fx->params.bare = false;
	decided_free(dd);

	fx->params.explain = true;
	dd = decide(fx, "b", "A goose flies", "High up.");
	assert_int_equal(dd->topics.n, 2);
	assert_non_null(dd->topics.v[0].lacking);
	fx->params.explain = false;
	decided_free(dd);
}

static void
a_decided_item_travels_whole(void **state)
{
	struct fixture *fx = *state;
	struct decided *dd = decide(fx, "a", "A kite", "In the wind."), *back;
	json_t *j, *again;
	struct diag d;

	j = decided_encode(dd);
	back = decided_decode(j, &d);
	assert_non_null(back);
	again = decided_encode(back);
	assert_true(json_equal(j, again));
	assert_non_null(back->sig);
	assert_int_equal(back->topics.n, 2);
	assert_string_equal(back->rules, topic_set_hash(fx->topics));
	json_decref(j);
	json_decref(again);
	decided_free(dd);
	decided_free(back);
}

static void
a_damaged_decision_is_refused(void **state)
{
	static const char *const rows[] = { "{}", "[]", "{\"item\":{}}",
		"{\"item\":{},\"topics\":[{}]}",
		"{\"item\":{},\"topics\":[{\"topic\":\"a\",\"level\":\"x\","
		"\"score\":1,\"threshold\":1,\"mention\":1}]}",
		"{\"item\":{},\"topics\":[{\"topic\":\"a\",\"level\":\"about\","
		"\"score\":4294967296,\"threshold\":1,\"mention\":1}]}",
		"{\"item\":{},\"topics\":[{\"topic\":\"a\",\"level\":\"about\","
		"\"score\":1,\"threshold\":1,\"mention\":1,"
		"\"evidence\":[{\"weight\":1,\"boost\":1,\"points\":1,"
		"\"zone\":1,\"spans\":[[9,0,0,0]]}]}]}",
		"{\"item\":{},\"topics\":[],\"sig\":7}" };
	struct diag d;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *j = json_loads(rows[i], 0, NULL);

		assert_non_null(j);
		assert_null(decided_decode(j, &d));
		json_decref(j);
	}
}

static const char *
str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void
a_copy_is_linked_to_the_first(void **state)
{
	static const char text[] =
	    "RABAT (AP) - A kite of forty metres rose over the old harbour on "
	    "Monday while crowds of fishermen, schoolchildren and tourists "
	    "watched it climb past the lighthouse towards the eastern hills.";
	struct fixture *fx = *state;
	struct decided *a = decide(fx, "one", "Giant kite rises", text);
	/* The copy has lost its dateline, not its writer. */
	struct decided *b =
	    decide(fx, "two", "Giant kite rises", strchr(text, '-') + 2);
	json_t *frame, *item, *own, *decision;
	struct related ra, rb;

	relate_item(fx->copies, a, 1000, &ra);
	relate_remember(fx->copies, a, 1000, &ra);
	relate_item(fx->copies, b, 1060, &rb);
	assert_int_equal(ra.match.relation, RELATION_NEW);
	assert_int_equal(rb.match.relation, RELATION_COPY);

	frame = relate_frame(b, &rb);
	item = json_object_get(frame, "item");
	own = json_object_get(item, "_wiresift");
	assert_string_equal(str(item, "id"), b->item->id);
	assert_string_equal(str(own, "copy_of"), a->item->id);
	assert_string_equal(str(own, "story"), ra.match.story);
	assert_string_equal(str(own, "relation"), "copy");
	assert_string_equal(str(own, "origin"), "AP");
	assert_string_equal(str(own, "feed_name"), "Bay News");
	assert_non_null(
	    json_object_get(json_object_get(own, "explain"), "kites"));
	assert_int_equal(json_array_size(json_object_get(item, "tags")), 1);

	decision = relate_decision(a, &ra, "input");
	own = json_object_get(decision, "decision");
	assert_string_equal(str(own, "id"), "input");
	assert_string_equal(str(own, "url"), "https://one.example/a");
	assert_true(json_is_null(json_object_get(own, "copy_of")));
	assert_string_equal(
	    str(json_object_get(json_object_get(own, "topics"), "kites"),
		"level"),
	    "about");
	json_decref(frame);
	json_decref(decision);
	decided_free(a);
	decided_free(b);
}

/* An item before and after an edit, and how much that matters. */
static const struct {
	const char *title, *text, *title2, *text2, *matters, *gone, *come;
} edits[] = {
	{ "5 hurt by kite", "A kite fell.", "7 hurt by kite", "A kite fell.",
	    "number", "5", "7" },
	{ "Kite hurts", "It hurt 1,034 people.", "Kite hurts",
	    "It hurt 1034 people.", "minor", "", "" },
	{ "Kite up 3.5 m", "A kite.", "Kite up 3.6 m", "A kite.", "number",
	    "3.5", "3.6" },
	{ "Kite rises", "A kite.", "Kite falls", "A kite.", "title", "", "" },
	{ "A kite", "The wind was strong.", "A kite",
	    "The mayor closed the harbour at noon.", "text", "", "" },
	{ "A kite",
	    "One two three four five six seven eight nine ten eleven "
	    "twelve and so on and so forth to the far end of teh "
	    "line of the kite.",
	    "A kite",
	    "One two three four five six seven eight nine ten "
	    "eleven twelve and so on and so forth to the far end "
	    "of the line of the kite.",
	    "minor", "", "" },
	{ "A kite", "It was red.", "A kite",
	    "It was blue. Correction: an earlier version named another "
	    "colour in 2 places.",
	    "correction", "", "2" },
	/* Moved about is not changed. */
	{ "A kite of 7 m", "It rose. It fell.", "A kite of 7 m",
	    "It fell. It rose.", "minor", "", "" },
};

static const char *
first_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(json_object_get(o, "numbers"), key);

	return json_array_size(v) > 0 ? json_string_value(json_array_get(v, 0))
				      : "";
}

static void
an_edit_tells_how_much_it_matters(void **state)
{
	struct fixture *fx = *state;

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		struct decided *a =
		    decide(fx, "e", edits[i].title, edits[i].text);
		struct decided *b =
		    decide(fx, "e", edits[i].title2, edits[i].text2);
		struct related r = { 0 };
		json_t *before, *frame, *o;

		before = relate_frame(a, &r);
		frame = relate_update(relate_item_of(before), b, &r);
		o = json_object_get(frame, "update");
		print_message("%s | %s\n", edits[i].title2, edits[i].text2);
		assert_string_equal(str(o, "significance"), edits[i].matters);
		assert_string_equal(first_of(o, "gone"), edits[i].gone);
		assert_string_equal(first_of(o, "new"), edits[i].come);
		assert_ptr_equal(
		    relate_item_of(frame), json_object_get(o, "item"));
		json_decref(before);
		json_decref(frame);
		decided_free(a);
		decided_free(b);
	}
}

static void
what_matches_nothing_is_never_remembered(void **state)
{
	struct fixture *fx = *state;
	size_t before = copies_len(fx->copies);
	struct decided *dd = decide(fx, "c", "A goose", "It flies.");
	struct related r;

	relate_item(fx->copies, dd, 2000, &r);
	relate_remember(fx->copies, dd, 2000, &r);
	assert_int_equal(r.match.relation, RELATION_NEW);
	assert_string_equal(r.match.story, dd->item->id);
	assert_int_equal(copies_len(fx->copies), before);
	decided_free(dd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_match_carries_its_evidence_and_a_miss_nothing),
		cmocka_unit_test(a_decided_item_travels_whole),
		cmocka_unit_test(a_damaged_decision_is_refused),
		cmocka_unit_test(a_copy_is_linked_to_the_first),
		cmocka_unit_test(an_edit_tells_how_much_it_matters),
		cmocka_unit_test(what_matches_nothing_is_never_remembered),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
