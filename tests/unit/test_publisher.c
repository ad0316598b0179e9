/* test_publisher.c - whatever habits a publisher mixes, each story comes once,
 * each edit once, and noise never. */
#include <inttypes.h>
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
#include "feed/feed.h"
#include "gatherer/identify.h"
#include "gatherer/remember.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/poll.h"

#define T0 INT64_C(1700000000)
#define STORIES 40
#define POLLS 30
#define POLL_S 600

enum guids {
	GUID_OPAQUE,
	GUID_PERMALINK,
	GUID_EDITIONS, /* the page and "#N", another N each time */
	GUID_NONE,
	GUID_SHARED,  /* the site's front page, for all */
	GUID_CHURN,   /* new ones for each poll */
	GUID_NOTHING, /* neither guid nor link */
	GUID_KINDS
};

/* What a publisher does, drawn once for a feed. */
struct habits {
	enum guids guid;
	bool tracking, scheme, www, slash, redirects;
	bool oldest_first, shuffles, truncates, undated, doubles;
	bool counts, quotes, shouts, cuts, edits;
};

struct story {
	unsigned int version, told; /* told: of what was delivered; 0 none */
	bool told_part;             /* that was cut short */
};

struct site {
	uint64_t rng;
	struct habits h;
	struct story v[STORIES];
	size_t nstories; /* published so far; the last is the newest */
	unsigned int poll;
	struct feed_state st;
	struct arena *a;
	unsigned int feed;
};

static uint64_t
draw(struct site *s, uint64_t n)
{
	uint64_t z = s->rng += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % n;
}

static void
draw_habits(struct site *s)
{
	struct habits *h = &s->h;
	bool *const flags[] = { &h->tracking, &h->scheme, &h->www, &h->slash,
		&h->redirects, &h->oldest_first, &h->shuffles, &h->truncates,
		&h->undated, &h->doubles, &h->counts, &h->quotes, &h->shouts,
		&h->cuts, &h->edits };

	h->guid = (enum guids)draw(s, GUID_KINDS);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		*flags[i] = draw(s, 3) == 0;
	/* Where only the guid tells, or only the text, that must be one. */
	if (h->guid != GUID_OPAQUE)
		h->redirects = false;
	if (h->guid == GUID_NOTHING)
		h->edits = h->cuts = false;
	if (h->guid == GUID_CHURN)
		h->doubles = false;
}

static void
put_page(struct site *s, struct strbuf *sb, size_t n, bool noise)
{
	const struct habits *h = &s->h;

	if (noise && h->redirects) {
		strbuf_printf(sb, "https://r.example/%" PRIu64 "?u=%zu",
		    draw(s, 1000000), n);
		return;
	}
	strbuf_printf(sb, "%s://%spub.example/story/%zu%s",
	    noise && h->scheme && draw(s, 2) == 0 ? "http" : "https",
	    noise && h->www && draw(s, 2) == 0 ? "www." : "", n,
	    noise && h->slash && draw(s, 2) == 0 ? "/" : "");
	if (noise && h->tracking)
		strbuf_printf(sb, "?utm_source=rss%" PRIu64, draw(s, 100));
}

static void
put_guid(struct site *s, struct strbuf *sb, size_t n)
{
	if (s->h.guid == GUID_NONE || s->h.guid == GUID_NOTHING)
		return;
	strbuf_puts(sb, "<guid>");
	switch (s->h.guid) {
	case GUID_OPAQUE:
		strbuf_printf(
		    sb, "%spub-%zu", draw(s, 4) == 0 ? "\n  " : "", n);
		break;
	case GUID_PERMALINK:
		put_page(s, sb, n, true);
		break;
	case GUID_EDITIONS:
		put_page(s, sb, n, false);
		strbuf_printf(sb, "#%" PRIu64, draw(s, 9));
		break;
	case GUID_SHARED:
		strbuf_puts(sb, "https://pub.example/");
		break;
	default:
		strbuf_printf(sb, "%" PRIx64, draw(s, UINT64_MAX));
		break;
	}
	strbuf_puts(sb, "</guid>");
}

static void
put_item(struct site *s, struct strbuf *sb, size_t n)
{
	const struct habits *h = &s->h;
	bool loud = h->shouts && draw(s, 2) == 0;

	strbuf_printf(sb, "<item><title>%s %zu of the harbour, text %u</title>",
	    loud ? "STORY" : "Story", n, s->v[n].version);
	put_guid(s, sb, n);
	if (h->guid != GUID_NOTHING) {
		strbuf_puts(sb, "<link>");
		put_page(s, sb, n, true);
		strbuf_puts(sb, "</link>");
	}
	if (!h->undated)
		strbuf_printf(sb,
		    "<dc:date>2023-11-%02zuT%02zu:%02zu:00Z"
		    "</dc:date>",
		    1 + n / 20, n % 20, n % 60);
	strbuf_printf(sb,
	    "<description>The ferry%ss return was seen by "
	    "witness number %zu",
	    h->quotes && draw(s, 2) == 0 ? "\xe2\x80\x99" : "'", n);
	if (h->counts)
		strbuf_printf(sb, ", %" PRIu64 " comments", draw(s, 500));
	strbuf_puts(sb, "</description></item>\n");
}

/* The numbers of the stories in this poll's document. */
static size_t
choose(struct site *s, size_t *order)
{
	size_t n = s->nstories, shown = n;

	if (s->h.truncates && s->poll > 4)
		shown = 2 + draw(s, n - 1);
	for (size_t i = 0; i < shown; i++)
		order[i] = n - 1 - i;
	for (size_t i = 0; s->h.oldest_first && i < shown / 2; i++) {
		size_t swap = order[i];

		order[i] = order[shown - 1 - i];
		order[shown - 1 - i] = swap;
	}
	for (size_t i = shown; s->h.shuffles && i > 1; i--) {
		size_t k = draw(s, i), swap = order[k];

		order[k] = order[i - 1];
		order[i - 1] = swap;
	}
	if (s->h.doubles) {
		order[shown] = order[draw(s, shown)];
		shown++;
	}
	return shown;
}

/* New stories and edits since the poll before. */
static void
live_on(struct site *s)
{
	size_t more = s->poll == 0 ? 5 : draw(s, 3);

	for (; more > 0 && s->nstories < STORIES; more--)
		s->v[s->nstories++].version = 1;
	if (s->h.edits && s->poll > 4 && draw(s, 2) == 0)
		s->v[draw(s, s->nstories)].version++;
}

static void
put_document(struct site *s, struct strbuf *sb)
{
	size_t order[STORIES + 1], n = choose(s, order);

	strbuf_puts(sb,
	    "<rss xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel>"
	    "<title>The harbour</title>");
	for (size_t i = 0; i < n; i++)
		put_item(s, sb, order[i]);
	strbuf_puts(sb, "</channel></rss>");
	if (s->h.cuts && s->poll > 4 && draw(s, 4) == 0)
		strbuf_trunc(sb, sb->len / 2 + draw(s, sb->len / 2));
}

static void
wrong(const struct site *s, size_t n, const char *what)
{
	fail_msg("feed %u (guids %d), poll %u, story %zu: %s", s->feed,
	    (int)s->h.guid, s->poll, n, what);
}

/* What the item must be, by what was told of its story. */
static void
expect(
    struct site *s, const struct item *it, enum remembered_as as, bool damaged)
{
	bool part = damaged && it->truncated;
	unsigned int version;
	struct story *st;
	size_t n;

	if (it->identity == REMEMBER_NOBODY) {
		assert_int_equal(as, REMEMBERED_KNOWN);
		return;
	}
	if (sscanf(it->title, "%*s %zu of the harbour, text %u", &n,
		&version) != 2 ||
	    n >= STORIES)
		return; /* cut in its title */
	st = &s->v[n];
	if (part && as == REMEMBERED_KNOWN)
		return; /* its guid may be half of one; it comes again */
	if (st->told == 0) {
		if (as != REMEMBERED_NEW)
			wrong(s, n, "is lost");
	} else if (as == REMEMBERED_NEW) {
		wrong(s, n, "is repeated");
	} else if (as == REMEMBERED_UPDATED) {
		if (st->told == version && !st->told_part)
			wrong(s, n, "is no update");
	} else if (st->told != version && !part) {
		wrong(s, n, "has an edit that is lost");
	}
	if (as != REMEMBERED_KNOWN) {
		st->told = version;
		st->told_part = part;
	}
}

static void
poll_site(struct site *s)
{
	static const struct classify_params cp = {
		.limits = &feed_limits_default.item, .key = { { 1, 2 } }
	};
	int64_t now = T0 + (int64_t)s->poll * POLL_S;
	struct remember *r = remember_new(&s->st, now);
	struct feed_input in = { .url = "https://pub.example/rss" };
	struct feed_doc *doc;
	struct strbuf sb;
	bool damaged;

	strbuf_init(&sb, 1 << 20);
	put_document(s, &sb);
	in.body = sb.data;
	in.len = sb.len;
	doc = feed_parse(&in, &feed_limits_default);
	damaged = doc->status != FEED_OK;
	if (damaged)
		remember_damaged(r);
	identify_document(doc->items, doc->nitems, "feed", "feed", &cp, r);
	for (size_t i = 0; i < doc->nitems; i++) {
		uint32_t revision;
		enum remembered_as as =
		    remember_judge(r, doc->items[i], &revision);

		if (doc->items[i]->title != NULL)
			expect(s, doc->items[i], as, damaged);
	}
	s->st.seen = remember_result(r, !damaged, s->a, &s->st.nseen);
	s->st.last_success = now;
	feed_doc_free(doc);
	remember_free(r);
	strbuf_fini(&sb);
}

static void
habits_repeat_and_lose_nothing(void **state)
{
	const char *prove = getenv("WIRESIFT_PROVE");
	unsigned int feeds =
	    prove != NULL && strcmp(prove, "full") == 0 ? 20000 : 300;

	(void)state;
	for (unsigned int i = 0; i < feeds; i++) {
		struct site s = { .rng = i, .feed = i };

		s.a = arena_new(0);
		draw_habits(&s);
		for (s.poll = 0; s.poll < POLLS; s.poll++) {
			live_on(&s);
			poll_site(&s);
		}
		arena_free(s.a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(habits_repeat_and_lose_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
