/* test_scan.c - the fast scanner agrees with a slow, obvious one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "slow_tokens.h"

#define TEXTS 20000
#define TEXTS_FULL 2000000 /* WIRESIFT_PROVE=full */

/* What is special to the scanner; texts are made of these. */
/* NOLINTBEGIN(bugprone-suspicious-missing-comma): an escape ends there. */
static const char *const pieces[] = { "the", "Iraq", "US", "U.S.", "u.s.",
	"p.m.", "J.B.", "Gen.", "Oct.", "No. 7", "7", "1,200", "2.5bn",
	"1,2000", "14.25", "7:30", "Iraq's", "Iraq\xe2\x80\x99s", "forces'",
	"don't", "O'Brien", "l'Irak",
	"d\xe2\x80\x99"
	"Assad",
	"qu'\xc3\x89tat", "rock'n'roll", "amazon.com", "talks.The", "x1y2",
	"\xd8\xa8\xd9\x8e\xd9\x80\xd8\xba\xd8\xaf\xd8\xa7\xd8\xaf",
	"\xd8\xa3\xd9\x85\xd8\xb1\xd9\x8a\xd9\x83\xd9\x89\xd8\x9f",
	"\xd9\xa2\xd9\xa0\xd9\xa2\xd9\xa4", "\xe5\x8c\x97\xe4\xba\xac\xe5\xa4",
	"\xe5\x8c\x97\xe4\xba\xac\xe5\xa4\xa7", "\xe5\x8f\x91", "iPhone",
	"\xe0\xb8\x81\xe0\xb8\xb2\xe0\xb8\xa3", "\xec\x84\x9c\xec\x9a\xb8",
	"Cafe\xcc\x81", "Caf\xc3\xa9", "STRASSE",
	"Stra\xc3\x9f"
	"e",
	"\xef\xac\x81sh", "\xc3\x98rsted",
	"\xca\xbf"
	"Ali",
	"\xef\xbc\xb5\xef\xbc\xb3", "\xf0\x9f\x98\x80", "\xf0\xa0\x80\x80",
	"\xed\xa0\x80", "\xc0\xaf", "\xff", "\x80", "\xe2\x82", "\xc2\xad",
	"internationalisation", "incomprehensibilities", "a", "I", "s", "S",
	"&amp;", "\"", "(", ")", ".", "..", "...", "!", "?", ";", ":", "|", ",",
	"-", "--", "'", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\xa6",
	"\xc2\xb7", "\xc2\xb4", "_", "/", "\t", "\n", "\n\n", "\r\n", " ", " ",
	" ", " - ", ". ", ", ", "\" ", "\xe2\x80\x9d ", "\xc2\xa0" };
/* NOLINTEND(bugprone-suspicious-missing-comma) */

static uint64_t seed = 20240128;

static size_t
pick(size_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (size_t)(seed >> 33) % n;
}

static void
make_text(struct strbuf *sb)
{
	size_t n = 1 + pick(30), blanks = pick(4), cut;

	strbuf_reset(sb);
	for (size_t i = 0; i < n; i++) {
		(void)strbuf_puts(sb, pieces[pick(ARRAY_LEN(pieces))]);
		for (size_t k = pick(200) == 0 ? 10 + pick(300) : 0; k > 0; k--)
			(void)strbuf_putc(sb, "aB7"[pick(3)]);
		if (pick(4) < blanks)
			(void)strbuf_putc(sb, ' ');
	}
	/* Any byte but NUL may stand anywhere, and a text end anywhere. */
	for (size_t k = pick(8) == 0 ? pick(4) : 0; k > 0; k--)
		sb->data[pick(sb->len)] = (char)(1 + pick(255));
	cut = pick(4) == 0 ? pick(sb->len) : 0;
	sb->len -= cut;
	sb->data[sb->len] = '\0';
}

static void
random_texts_give_the_tokens_of_the_slow_scanner(void **state)
{
	const char *prove = getenv("WIRESIFT_PROVE");
	size_t n =
	    prove != NULL && strcmp(prove, "full") == 0 ? TEXTS_FULL : TEXTS;
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 1 << 20);
	for (size_t i = 0; i < n; i++) {
		char *exact;

		make_text(&sb);
		/* In memory of its own length: a look behind the end shows. */
		exact = malloc(sb.len + 1);
		assert_non_null(exact);
		memcpy(exact, sb.data, sb.len + 1);
		slow_tokens_check(exact, sb.len);
		free(exact);
	}
	strbuf_fini(&sb);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    random_texts_give_the_tokens_of_the_slow_scanner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
