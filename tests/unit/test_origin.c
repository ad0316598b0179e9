/* test_origin.c - a text's origin is who wrote it, not who carries it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "item/item.h"
#include "pipeline/origin.h"

#define DASH "\xe2\x80\x94"

static const struct {
	const char *text, *author, *url, *feed_name, *want;
} rows[] = {
	/* Datelines. */
	{ "BEIRUT (AP) " DASH " Talks began.", NULL, "https://a.example/1",
	    NULL, "AP" },
	{ "Home > World\nDate: 2024\nBAGHDAD, Jan 27 (Reuters) - Talks began.",
	    NULL, "https://a.example/1", "a", "Reuters" },
	{ "(AFP) " DASH " Talks began.", NULL, NULL, "a", "AFP" },
	{ "CAIRO (AFP/Reuters) - Talks began.", NULL, NULL, "a", "AFP" },
	{ "GENEVA, Feb. 8 (Xinhua) -- Talks began.", NULL, NULL, "a",
	    "Xinhua" },
	{ "BERLIN (dpa) - Talks began.", NULL, NULL, "a", "dpa" },
	/* No datelines: a photo's credit, an abbreviation, a bracket. */
	{ "A tank rolls by. (Pool via Reuters) - The talks began.", NULL,
	    "https://a.example/1", "a", "a" },
	{ "Troops in Erbil (AP Photo/J. Doe)\nTalks began.", NULL, NULL, "a",
	    "a" },
	{ "He said the app (APP) " DASH " is new.", NULL, NULL, "a", "a" },
	{ "SHARM EL-SHEIKH, Egypt, 9 Feb. 2024 (AP) -- Talks.", NULL, NULL, "a",
	    "AP" },
	{ "He said so. The plant (AP) is old.", NULL, NULL, "a", "a" },
	{ "the city (AP) - said", NULL, NULL, "a", "a" },
	/* Authors, addresses. */
	{ "Talks began.", "The Associated Press", NULL, "a", "AP" },
	{ "Talks began.", "By Jane Doe, Reuters", NULL, "a", "Reuters" },
	{ "Talks began.", "Jane Capra", NULL, "a", "a" },
	{ "Talks began.", NULL, "https://apnews.com/article/x", "a", "AP" },
	{ "Talks began.", NULL, "https://www.reuters.com/world/x", "a",
	    "Reuters" },
	{ "Talks began.", NULL, "https://notreuters.com/x", NULL,
	    "notreuters.com" },
	/* Credits in the lead and at the end. */
	{ "Talks began on Saturday, the Associated Press reported.", NULL, NULL,
	    "a", "AP" },
	{ "An official told Reuters that talks began.", NULL, NULL, "a", "a" },
	{ "Talks began.\nSource: AFP.", NULL, NULL, "a", "AFP" },
	{ "Talks began.\n" DASH " Reuters", NULL, NULL, "a", "Reuters" },
	{ "Talks began.\n(Reporting by A. B.; Editing by C. D.)", NULL, NULL,
	    "a", "Reuters" },
	{ "AP", NULL, NULL, "a", "a" },
	/* The publisher. */
	{ "", NULL, "https://www.paper.example/x", NULL, "paper.example" },
	{ "", NULL, NULL, NULL, "" },
};

static void
the_origin_is_the_agency_or_the_publisher(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct item *it = item_new();
		struct item_person who = { rows[i].author, NULL, NULL };

		it->text = rows[i].text;
		it->url = rows[i].url;
		it->feed_name = rows[i].feed_name;
		if (rows[i].author != NULL) {
			it->authors = &who;
			it->nauthors = 1;
		}
		origin_find(it);
		assert_string_equal(it->origin, rows[i].want);
		item_free(it);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_origin_is_the_agency_or_the_publisher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
