/* test_verdict.c - the rules that need few words in common: headline, retold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "copy/copies.h"
#include "copy/signature.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"

#define HOUR 3600

struct told {
	const char *feed, *title, *text;
};

/* Look *t up at `now`, and remember it. */
static void
see(struct copies *c, const struct told *t, int64_t now, struct copies_match *m)
{
	static const struct item_limits limits = { 4096, 65536, 65536 };
	static int number;
	struct item *it = item_new();
	struct signature *s;
	char id[32], url[64];

	snprintf(id, sizeof(id), "id-%d", number++);
	snprintf(url, sizeof(url), "https://%s.example/%s", t->feed, id);
	it->title = t->title;
	it->summary = t->text;
	it->feed = it->feed_name = t->feed;
	it->id = id;
	it->canonical = url;
	it->identity = it->content = hash_str(&hash_key_fixed, id);
	item_make_text(it, &limits);
	s = signature_make(
	    it, tokens_make(it->arena, it, NULL), &hash_key_fixed);
	copies_lookup(c, it, s, now, m);
	copies_insert(c, it, s, now, m);
	signature_free(s);
	item_free(it);
}

/* How the second of two stands to the first, told `hours` before. */
static void
stands(const struct told *first, const struct told *second, int hours,
    struct copies_match *m)
{
	struct copies_params p = copies_params_default;
	struct copies *c;

	p.max_items = 100;
	c = copies_new(&p);
	see(c, first, 0, m);
	see(c, second, hours * HOUR, m);
	copies_free(c);
}

static const struct told ferry = { "a", "Ferry aground off Tarnholm",
	"A ferry carrying 214 passengers ran aground off Tarnholm on Thursday "
	"night after its steering failed in heavy fog, the coastguard of "
	"Veldmark said. Captain Ingrid Solvang ordered everyone into life "
	"vests and dropped both anchors before the hull struck the Brodd "
	"reef, according to a statement by the operator, Nordhavn Lines. Two "
	"lifeboats from Ostrava and a trawler, the Grey Petrel, brought the "
	"last of the passengers ashore by 4 a.m. Nobody was badly hurt, "
	"though 17 people were treated for cold at the clinic in Skerry. \"We "
	"heard a long scrape and then the lights went out,\" said Tomas "
	"Wrede, a schoolteacher who travelled with 30 pupils. Nordhavn had "
	"bought the vessel, built in 1987 at a yard in Gdynia, only last "
	"spring. Inspectors of the maritime bureau will examine the rudder on "
	"Monday. The reef sank the steamer Aurelia in 1931." };

static const struct told ferry_retold = { "b",
	"Boat with travellers stuck on rocks because of broken rudder",
	"Because the helm no longer answered amid thick mist, a boat with "
	"214 travellers got stuck near Tarnholm late in the evening, "
	"informed the guard of the coast in Veldmark. Ingrid Solvang, who "
	"commands it, had let go both irons and made all put on floating "
	"jackets ahead of the crash against Brodd, indicates a note of the "
	"firm Nordhavn that runs it. Rescue craft, with help of a boat that "
	"works in that zone, had carried everyone to land at 4 in the "
	"morning. Some 17 persons had to be warmed by doctors in Skerry "
	"because of the chill; grave injuries were not counted. Tomas "
	"Wrede, teacher of a class of 30, told it so: \"First something "
	"scratched for long, afterwards all was dark.\" The firm owns the "
	"ship, which came into the world in Gdynia, since some months. "
	"Experts of the authority for the sea shall look over the helm when "
	"the week begins. At that same spot a paddle boat, the Aurelia, was "
	"lost in 1931." };

/* The same names and numbers, as another desk tells them. */
static const struct told ferry_reported = { "c",
	"Parents wait for pupils after night at sea",
	"Not since the steamer Aurelia was lost there in 1931 have so many "
	"stood on the quay at Skerry, where the clinic warmed 17 of those who "
	"came off the stranded boat. Among them were the 30 pupils of Tomas "
	"Wrede, who sang to keep awake until a trawler, the Grey Petrel, "
	"found them at 4 a.m. Built in 1987, the ship came from Gdynia to "
	"serve tourists, and neighbours had long grumbled about noise from "
	"her engines. She lies on Brodd with a hole that a horse could walk "
	"through, a diver from Ostrava told this newspaper. Ingrid Solvang "
	"has been her master for one summer and would not speak when she came "
	"down the ladder. Nordhavn Lines offered the 214 who were aboard a "
	"free journey and hot soup. The weather service at Veldmark had "
	"warned of fog since Thursday noon, and the harbour master in "
	"Tarnholm wants to know why nobody listened before Monday." };

static void
a_text_told_again_in_other_words_is_a_copy(void **state)
{
	struct copies_match m;
	float shared;

	(void)state;
	stands(&ferry, &ferry_retold, 3, &m);
	print_message("%s\n", m.reason);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_int_equal(sscanf(m.reason, "reworded w=%f", &shared), 1);
	assert_true(shared < 0.05F); /* next to no three words in a row */
	/* Whichever came first. */
	stands(&ferry_retold, &ferry, 3, &m);
	assert_int_equal(m.relation, RELATION_COPY);
}

static void
a_report_that_names_the_same_in_its_own_order_is_none(void **state)
{
	struct copies_match m;

	(void)state;
	stands(&ferry, &ferry_reported, 3, &m);
	print_message("%s\n", m.reason);
	assert_int_equal(m.relation, RELATION_NEW);
	stands(&ferry_retold, &ferry_reported, 3, &m);
	assert_int_equal(m.relation, RELATION_NEW);
}

static void
what_a_site_tells_again_is_no_rewording(void **state)
{
	struct told again = ferry_retold;
	struct copies_match m;

	(void)state;
	again.feed = ferry.feed;
	stands(&ferry, &again, 3, &m);
	assert_int_not_equal(m.relation, RELATION_COPY);
	/* And two days later it is what was. */
	stands(&ferry, &ferry_retold, 48, &m);
	assert_int_not_equal(m.relation, RELATION_COPY);
}

/* --- headlines --- */

#define SLEEPERS "Night trains return to the Veldmark valley line"
#define BUNKS                                                                  \
	"Sleepers run again from Monday after eleven years, with two coaches " \
	"and a kiosk for late guests."
#define TICKETS                                                                \
	"Forty crowns for a bunk, breakfast at dawn: what passengers should "  \
	"know before they book."

static const struct {
	const char *name;
	struct told first, second;
	int hours;
	bool copy;
} headlines[] = {
	{ "one headline, other summaries", { "a", SLEEPERS, BUNKS },
	    { "b", SLEEPERS, TICKETS }, 2, true },
	{ "a title alone", { "a", SLEEPERS, BUNKS }, { "b", SLEEPERS, "" }, 2,
	    true },
	{ "in capitals", { "a", SLEEPERS, BUNKS },
	    { "b", "NIGHT TRAINS RETURN TO THE VELDMARK VALLEY LINE", TICKETS },
	    2, true },
	{ "by the same feed", { "a", SLEEPERS, BUNKS },
	    { "a", SLEEPERS, TICKETS }, 40, false },
	{ "of another place", { "a", SLEEPERS, BUNKS },
	    { "b", "Night trains return to the Ostrava valley line", TICKETS },
	    2, false },
	{ "too short to tell one thing", { "a", "Night trains", BUNKS },
	    { "b", "Night trains", TICKETS }, 2, false },
	{ "with another figure",
	    { "a", "Night trains carry 41 guests down the Veldmark line",
		BUNKS },
	    { "b", "Night trains carry 57 guests down the Veldmark line",
		TICKETS },
	    2, false },
	{ "of a series", { "a", "Valley briefing: trains and trams", BUNKS },
	    { "b", "Valley briefing: trains and trams", TICKETS }, 24, false },
	{ "that says the opposite",
	    { "a", "Valley line of Veldmark opens to night trains", BUNKS },
	    { "b", "Valley line of Veldmark closes to night trains", TICKETS },
	    2, false },
};

static void
one_headline_makes_a_copy_when_it_tells_one_thing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(headlines); i++) {
		struct copies_match m;

		stands(&headlines[i].first, &headlines[i].second,
		    headlines[i].hours, &m);
		print_message("%s: %s %s\n", headlines[i].name,
		    relation_name(m.relation), m.reason);
		assert_int_equal(
		    m.relation == RELATION_COPY, headlines[i].copy);
	}
}

/* Two desks may choose one headline for what everybody tells. */
static void
a_headline_that_many_tell_makes_no_copy(void **state)
{
	static const struct told others[] = {
		{ "c", "Veldmark gets its night trains back",
		    "Night trains on the valley line of Veldmark return on "
		    "Monday, said the ministry." },
		{ "d", "Valley line: sleepers are back in Veldmark",
		    "Veldmark sees night trains return to its valley line, to "
		    "the joy of hikers." },
	};
	static const struct told first = { "a", SLEEPERS, BUNKS };
	static const struct told second = { "b", SLEEPERS, TICKETS };
	struct copies *c = copies_new(&copies_params_default);
	struct copies_match m;

	(void)state;
	see(c, &first, 0, &m);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		see(c, &others[i], HOUR, &m);
		assert_int_equal(m.relation, RELATION_NEW);
	}
	see(c, &second, 2 * HOUR, &m);
	print_message("%s %s\n", relation_name(m.relation), m.reason);
	assert_int_equal(m.relation, RELATION_NEW);
	copies_free(c);
}

/* A page of every day: its title says that, and it holds what others told. */
static void
a_page_of_every_day_embeds_what_it_takes_over(void **state)
{
	static const struct told told = { "a",
		"Lamp keepers of Skerry strike for coal",
		"Lamp keepers at Skerry Point have put out the beacon for the "
		"first time since 1931, to press the Veldmark treasury for "
		"winter coal and a second boat." };
	static const struct told page = { "b",
		"The coast at a glance: what the harbours heard",
		"Lamp keepers at Skerry Point have put out the beacon for the "
		"first time since 1931, to press the Veldmark treasury for "
		"winter coal and a second boat. Herring is dear." };
	static const struct told other = { "b",
		"Skerry keepers: lamp stays dark in coal strike",
		"Lamp keepers at Skerry Point have put out the beacon for the "
		"first time since 1931, to press the Veldmark treasury for "
		"winter coal and a second boat. Herring is dear." };
	struct copies_match m;

	(void)state;
	stands(&told, &page, 12, &m);
	print_message("%s\n", m.reason);
	assert_int_equal(m.relation, RELATION_EMBEDS);
	stands(&told, &other, 12, &m);
	assert_int_equal(m.relation, RELATION_COPY);
}

/* Of whom many tell, few are compared: there is room for another text. */
static void
many_versions_of_one_text_do_not_crowd_out_another(void **state)
{
#define COAL                                                                   \
	"Lamp keepers at Skerry Point have put out the beacon for the first "  \
	"time since 1931, to press the Veldmark treasury for winter coal, a "  \
	"second boat and the pension that the harbour of Ostrava promised. "
#define QUAY                                                                   \
	"Nordhavn Lines bought the quay from the coastguard, sold half of it " \
	"to a brewer named Holm and let the sheds to eel smokers, who now "    \
	"owe 4,100 crowns of rent and a barrel of eels every quarter. A "      \
	"magistrate hears the brewer, the smokers and the keepers in spring."
#define REST                                                                   \
	" Fog horns of Grey Petrel design stand idle on the mole because no "  \
	"spare membrane fits them, the engineer Wrede wrote in a letter that " \
	"the gazette printed. Skippers from Gdynia steer by the chapel bell "  \
	"meanwhile, and two of them touched sand within a week. Insurers in "  \
	"Aurelia street doubled the premium for hulls older than 1987 and "    \
	"asked the king's pilot to move his cutter from the inner basin."
#define CHEESE                                                                 \
	"Two thousand wheels of cheese rolled down Brodd hill when a cart "    \
	"lost its axle on the way to the fair at Tarnholm. "
	struct copies_params p = copies_params_default;
	struct told coal = { "x", "Lamp keepers of Skerry put out the beacon",
		COAL QUAY REST };
	static const struct told cheese = { "c",
		"Cheese rolls down Brodd hill at Tarnholm", CHEESE };
	static const struct told both = { "d",
		"Fair at Tarnholm waits for cheese from Brodd",
		CHEESE COAL QUAY };
	struct copies_match m;
	struct copies *c;
	char feed[16], last[sizeof(m.of)];

	(void)state;
	p.max_verify = 5;
	c = copies_new(&p);
	see(c, &cheese, 0, &m);
	snprintf(last, sizeof(last), "%s", m.cluster);
	for (int i = 0; i < 9; i++) {
		snprintf(feed, sizeof(feed), "x%d", i);
		coal.feed = feed;
		see(c, &coal, HOUR, &m);
		assert_int_equal(
		    m.relation, i == 0 ? RELATION_NEW : RELATION_COPY);
	}
	see(c, &both, 2 * HOUR, &m);
	print_message("%s %s\n", relation_name(m.relation), m.reason);
	assert_int_equal(m.relation, RELATION_COPY);
	assert_string_equal(m.of, last);
	copies_free(c);
#undef COAL
#undef QUAY
#undef REST
#undef CHEESE
}

/* Words of `heading`, so common that one more changes no weight. */
static struct copies *
copies_that_know(const char *heading)
{
	struct copies *c = copies_new(&copies_params_default);
	struct copies_match m;
	char words[128], title[64], *word, *rest = words;

	snprintf(words, sizeof(words), "%s", heading);
	while ((word = strsep(&rest, " ")) != NULL)
		for (int i = 0; i < 40; i++) {
			snprintf(title, sizeof(title), "%s %d", word, i);
			see(c, &(struct told){ "z", title, "" }, 0, &m);
		}
	return c;
}

/* The line below a heading of every day does not tell which day it is. */
static void
a_heading_over_one_line_comes_again_the_next_day(void **state)
{
	static const char heading[] =
	    "Gossip and tides to hear in the harbour before breakfast";
	static const struct told line = { "a", heading,
		"What the boatmen are talking about" };
	struct copies *c = copies_that_know(heading);
	struct copies_match m;

	(void)state;
	see(c, &line, 0, &m);
	see(c, &line, HOUR, &m);
	print_message("%s\n", m.reason);
	assert_int_equal(m.relation, RELATION_COPY);
	see(c, &line, 25 * HOUR, &m);
	print_message("%s\n", m.reason);
	assert_int_equal(m.relation, RELATION_NEW);
	copies_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_told_again_in_other_words_is_a_copy),
		cmocka_unit_test(
		    a_report_that_names_the_same_in_its_own_order_is_none),
		cmocka_unit_test(what_a_site_tells_again_is_no_rewording),
		cmocka_unit_test(
		    one_headline_makes_a_copy_when_it_tells_one_thing),
		cmocka_unit_test(a_headline_that_many_tell_makes_no_copy),
		cmocka_unit_test(a_page_of_every_day_embeds_what_it_takes_over),
		cmocka_unit_test(
		    many_versions_of_one_text_do_not_crowd_out_another),
		cmocka_unit_test(
		    a_heading_over_one_line_comes_again_the_next_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
