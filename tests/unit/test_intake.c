/* test_intake.c - what is news: not all of a first document, nothing old. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "gatherer/intake.h"
#include "item/item.h"

#define T0 1700000000
#define NONE ITEM_NO_TIME

/*
 * Items as letters with dates as digits, "-" = undated, in document order:
 * "a5" is item a of day 5. `news` are the letters that are not skipped, in
 * document order.
 */
static const struct {
	const char *name, *doc;
	bool oldest_first;
	size_t take;
	const char *news;
} rows[] = {
	{ "the newest by date", "a1 b9 c5 d7 e2", false, 3, "bcd" },
	{ "none", "a1 b9", false, 0, "" },
	{ "fewer than are taken", "a1 b9", false, 3, "ab" },
	{ "an empty document", "", false, 3, "" },
	{ "no dates: the top", "a- b- c- d-", false, 2, "ab" },
	{ "no dates, oldest first: the end", "a- b- c- d-", true, 2, "cd" },
	{ "equal dates: the top", "a5 b5 c5", false, 2, "ab" },
	{ "equal dates, oldest first: the end", "a5 b5 c5", true, 2, "bc" },
	{ "undated between dated", "a9 b- c5 d8", false, 2, "ab" },
	{ "undated at the top is newest", "a- b9 c8", false, 2, "ab" },
	{ "undated at the end of an old first", "a1 b2 c-", true, 1, "c" },
	{ "twice in the document counts once", "a9 a9 b8 c7", false, 2, "aab" },
	{ "a second one older", "a9 b8 a1 c7", false, 2, "aba" },
};

static void
run_row(size_t r)
{
	struct item v[10], *items[10] = { NULL };
	bool skip[10];
	char news[11] = "";
	size_t n = 0, k = 0;

	for (const char *p = rows[r].doc; *p != '\0';
	     p += p[2] == ' ' ? 3 : 2) {
		v[n] = (struct item){ .identity = (uint64_t)p[0],
			.published = p[1] == '-' ? NONE : T0 + p[1] - '0',
			.updated = NONE };
		items[n] = &v[n];
		n++;
	}
	memset(skip, 1, sizeof(skip));
	intake_first(items, n, rows[r].oldest_first, rows[r].take, skip);
	for (size_t i = 0; i < n; i++)
		if (!skip[i])
			news[k++] = (char)v[i].identity;
	if (strcmp(news, rows[r].news) != 0)
		fail_msg(
		    "%s: \"%s\", not \"%s\"", rows[r].name, news, rows[r].news);
}

static void
a_first_document_brings_its_newest_items(void **state)
{
	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(rows); r++)
		run_row(r);
}

/* The same letters; known ones are capitals. */
static const struct {
	const char *name, *doc;
	bool oldest_first;
	const char *news;
} mended[] = {
	{ "what is older than all that is known", "a9 B8 C7 d6 e5", false,
	    "aBC" },
	{ "what stands behind it", "a- B- C- d- e-", false, "aBC" },
	{ "before it, oldest first", "a- B- C- d- e-", true, "BCde" },
	{ "nothing known, nothing old", "a9 b8", false, "ab" },
	{ "news below the top", "A9 b8 C7", false, "AbC" },
	{ "an old one that stands at the top", "a1 B8 C7", false, "BC" },
};

static void
behind_a_damage_stood_nothing_new(void **state)
{
	(void)state;
	for (size_t r = 0; r < ARRAY_LEN(mended); r++) {
		struct item v[10], *items[10] = { NULL };
		bool skip[10] = { false }, known[10];
		char news[11] = "";
		size_t n = 0, k = 0;

		for (const char *p = mended[r].doc; *p != '\0';
		     p += p[2] == ' ' ? 3 : 2, n++) {
			v[n] = (struct item){ .identity = (uint64_t)p[0],
				.published = p[1] == '-' ? NONE : T0 + p[1],
				.updated = NONE };
			items[n] = &v[n];
			known[n] = p[0] < 'a';
		}
		intake_mended(items, n, mended[r].oldest_first, known, skip);
		for (size_t i = 0; i < n; i++)
			if (!skip[i])
				news[k++] = (char)v[i].identity;
		if (strcmp(news, mended[r].news) != 0)
			fail_msg("%s: \"%s\", not \"%s\"", mended[r].name, news,
			    mended[r].news);
	}
}

static const struct {
	const char *name;
	int64_t published, updated;
	uint32_t max_age_s;
	bool old;
} ages[] = {
	{ "just in time", T0 - 3600, NONE, 3600, false },
	{ "a second too old", T0 - 3601, NONE, 3600, true },
	{ "no date, no age", NONE, NONE, 3600, false },
	{ "no limit", 0, NONE, UINT32_MAX, false },
	{ "old, but updated lately", T0 - 9999, T0 - 60, 3600, false },
	{ "only an update, long ago", NONE, T0 - 9999, 3600, true },
	{ "from the future", T0 + 9999, NONE, 3600, false },
	{ "before 1970", -5, NONE, 3600, true },
};

static void
what_is_old_is_no_news(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ages); i++) {
		struct item it = { .published = ages[i].published,
			.updated = ages[i].updated };

		if (intake_is_old(&it, T0, ages[i].max_age_s) != ages[i].old)
			fail_msg("%s", ages[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_document_brings_its_newest_items),
		cmocka_unit_test(behind_a_damage_stood_nothing_new),
		cmocka_unit_test(what_is_old_is_no_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
