/* test_origin.c - a text's origin is who wrote it, not who carries it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
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
	/* Other datelines. */
	{ "AP " DASH " Talks began.", NULL, NULL, "a", "AP" },
	{ "Agence France-Presse " DASH " Talks began.", NULL, NULL, "a",
	    "AFP" },
	{ "WASHINGTON (AP) _ Talks began.", NULL, NULL, "a", "AP" },
	{ "MOSCOW, January 5. /TASS/. Talks began.", NULL, NULL, "a", "TASS" },
	{ "ANKARA (AA) - Talks began.", NULL, NULL, "a", "Anadolu" },
	{ "New Delhi, Jan 5 (PTI) Talks began.", NULL, NULL, "a", "PTI" },
	{ "New Delhi, Jan 5 (IANS) Talks began.", NULL, NULL, "a", "IANS" },
	{ "New Delhi [India], January 5 (ANI): Talks began.", NULL, NULL, "a",
	    "ANI" },
	{ "Madrid, 5 ene (EFE).- Talks began.", NULL, NULL, "a", "EFE" },
	{ "TOKYO (Kyodo) -- Talks began.", NULL, NULL, "a", "Kyodo" },
	{ "NEW YORK (Bloomberg) -- Talks began.", NULL, NULL, "a",
	    "Bloomberg" },
	{ "ATLANTA (CNN) " DASH " Talks began.", NULL, NULL, "a", "CNN" },
	{ "AP-NORC polls say that talks began.", NULL, NULL, "a", "a" },
	{ "Reuters/Ipsos polls say that talks began.", NULL, NULL, "a", "a" },
	{ "AFP - Photo by J. Doe\nTalks began.", NULL, NULL, "a", "a" },
	{ "Ravi Doe (PTI) Talks began.", NULL, NULL, "a", "a" },
	{ "the 5 men and women (AP) - said", NULL, NULL, "a", "a" },
	/* Other bylines. */
	{ "Talks began.", "Agence France-Presse", NULL, "a", "AFP" },
	{ "Talks began.", "AFP News", NULL, "a", "AFP" },
	{ "Talks began.", "afp", NULL, "a", "AFP" },
	{ "Talks began.", "Jane Doe Associated Press", NULL, "a", "AP" },
	{ "Talks began.", "AP Staff", NULL, "a", "AP" },
	{ "Talks began.", "JANE DOE AP Political Writer", NULL, "a", "AP" },
	{ "Talks began.", "JANE DOE, AP Political Writer", NULL, "a", "AP" },
	{ "Talks began.", "Jane Doe | Associated Press", NULL, "a", "AP" },
	{ "Talks began.", "Jane Doe and John Roe (Reuters)", NULL, "a",
	    "Reuters" },
	{ "Talks began.", "Agencia EFE", NULL, "a", "EFE" },
	{ "Talks began.", "Bloomberg News", NULL, "a", "Bloomberg" },
	{ "Talks began.", "dpa", NULL, "a", "dpa" },
	{ "Talks began.", "Xinhua", NULL, "a", "Xinhua" },
	{ "Talks began.", "TASS", NULL, "a", "TASS" },
	{ "Talks began.", "Anadolu staff", NULL, "a", "Anadolu" },
	{ "Talks began.", "PTI", NULL, "a", "PTI" },
	{ "Talks began.", "IANS", NULL, "a", "IANS" },
	{ "Talks began.", "ANI", NULL, "a", "ANI" },
	{ "Talks began.", "Kyodo", NULL, "a", "Kyodo" },
	{ "Talks began.", "CNN Wire", NULL, "a", "CNN" },
	{ "Talks began.", "Jane Doe, CNN", NULL, "a", "CNN" },
	{ "Talks began.", "CNN Indonesia", NULL, "a", "a" },
	{ "Talks began.", "Australian Associated Press", NULL, "a", "AAP" },
	{ "Talks began.", "Associated Press of Pakistan", NULL, "a", "APP" },
	{ "Talks began.", "The Canadian Press", NULL, "a", "CP" },
	{ "Talks began.", "By Staff and agencies", NULL, "a", "a" },
	{ "Talks began.", "By Staff with AFP", NULL, "a", "AFP" },
	{ "Talks began.", "Jane Doe, Reuters; Photo: AFP", NULL, "a",
	    "Reuters" },
	/* Pictures, and who helped. */
	{ "Talks began.", "Photo: AFP", NULL, "a", "a" },
	{ "Talks began.", "John Roe/AP Photo", NULL, "a", "a" },
	{ "Talks began.", "John Roe/AFP via Getty Images", NULL, "a", "a" },
	{ "Talks began.", "AFP via Getty Images", NULL, "a", "a" },
	{ "Talks began.", "Image credit: Reuters/John Roe", NULL, "a", "a" },
	{ "Talks began.", "Foto: dpa", NULL, "a", "a" },
	{ "Talks began.", "Photograph: John Roe, AP", NULL, "a", "a" },
	{ "Talks began.", "Jane Doe, with additional reporting by AFP", NULL,
	    "a", "a" },
	{ "Talks began.", "Jane Doe with files from The Canadian Press", NULL,
	    "a", "a" },
	{ "Talks began.", "Jane Doe; Reuters contributed to this report", NULL,
	    "a", "a" },
	{ "Talks began.\nPhoto: AFP", NULL, NULL, "a", "a" },
	{ "Talks began.\nImage credit: Reuters/John Roe", NULL, NULL, "a",
	    "a" },
	{ "Talks began.\nAFP via Getty Images", NULL, NULL, "a", "a" },
	{ "Talks began.\n\xc2\xa9 Reuters/John Roe", NULL, NULL, "a", "a" },
	{ "Talks began.\nWith additional reporting by AFP", NULL, NULL, "a",
	    "a" },
	{ "Talks began.\nReuters contributed to this report.", NULL, NULL, "a",
	    "a" },
	{ "Talks began.\nAn official spoke to Reuters", NULL, NULL, "a", "a" },
	{ "Talks began, according to AP.", NULL, NULL, "a", "a" },
	/* Other last lines. */
	{ "Talks began.\nBy AP Staff", NULL, NULL, "a", "AP" },
	{ "Talks began.\nBy Jane Doe, Reuters", NULL, NULL, "a", "Reuters" },
	{ "Talks began.\nBy then Jane Doe had called AP.", NULL, NULL, "a",
	    "a" },
	{ "Talks began.\nBy Staff and agencies", NULL, NULL, "a", "a" },
	{ "Talks began.\nCNN Wire", NULL, NULL, "a", "CNN" },
	{ "Talks began.\nBloomberg News", NULL, NULL, "a", "Bloomberg" },
	{ "Talks began.\nCopyright 2026 The Associated Press. All rights "
	  "reserved.",
	    NULL, NULL, "a", "AP" },
	{ "Talks began.\n\xc2\xa9 2026 AFP\nRead more", NULL, NULL, "a",
	    "AFP" },
	{ "Talks began.\nThe-CNN-Wire\xe2\x84\xa2 & \xc2\xa9 2026 Cable News "
	  "Network, Inc.",
	    NULL, NULL, "a", "CNN" },
	{ "Talks began.\nCopyright 2026 The Paper, AP contributed.", NULL, NULL,
	    "a", "a" },
	/* Reuters' signature without brackets needs a second sign. */
	{ "Talks began.\nReporting by A. B.; Editing by C. D.", NULL, NULL, "a",
	    "a" },
	{ "Talks began, a man told Reuters.\nReporting by A. B.; Editing by "
	  "C. D.",
	    NULL, NULL, "a", "Reuters" },
	{ "Talks began.\nReporting by A. B.; editing by C. D.\nOur Standards: "
	  "The Thomson Reuters Trust Principles.",
	    NULL, NULL, "a", "Reuters" },
	{ "Talks began.\nPhoto: Reuters\nReporting by A. B.; Editing by C. D.",
	    NULL, NULL, "a", "a" },
	{ "Talks began.\n(Writing by A. B.; Editing by C. D.)", NULL, NULL, "a",
	    "Reuters" },
	/* The wire's folder of a site. */
	{ "Talks began.", NULL, "https://b.example/wires/ap/article-1.html",
	    "a", "AP" },
	{ "Talks began.", NULL, "https://b.example/wires/ap", "a", "a" },
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
		if (strcmp(it->origin, rows[i].want) != 0)
			fail_msg("%s / %s: %s", rows[i].text, rows[i].author,
			    it->origin);
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
