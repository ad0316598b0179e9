/* feedload.c - news made by the piece, the same for the same number. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "feedserver.h"

#define WINDOW 30   /* items that a feed shows */
#define SENTENCES 6 /* in an item */
#define COPY_EACH 5 /* every fifth item repeats the one before it */
#define TOPICAL_EACH 7

static const char *const subjects[] = { "The harbour board", "A local choir",
	"The regional bank", "Three farmers", "The museum", "A bus company",
	"The weather service", "Parliament", "The hospital trust",
	"A group of students", "The steel works", "The court" };
static const char *const verbs[] = { "announced", "rejected", "opened",
	"postponed", "praised", "reviewed", "cancelled", "defended",
	"published", "questioned" };
static const char *const objects[] = { "a new timetable", "the old bridge",
	"its yearly accounts", "plans for the market square", "a rare painting",
	"the price of milk", "an appeal over water rights", "the autumn fair",
	"a study of bees", "two contested bills", "the ferry tender" };
static const char *const tails[] = { "after long debate", "despite the rain",
	"in front of a full hall", "for the second time",
	"to the surprise of neighbours", "before the holidays",
	"at a cost of %u million", "with %u votes to spare",
	"after %u days of silence" };
static const char *const topical[] = {
	"Iran-backed militia fires %u rockets at US troops in Iraq",
	"US airstrikes hit %u militia positions in Syria, Pentagon says",
	"United States and Iraq hold round %u of talks to end "
	"coalition mission",
};

/* A row of choices that only the item's number decides. */
static unsigned int
pick(uint64_t *seed, size_t n)
{
	*seed = hash_mix(*seed, n);
	return (unsigned int)(*seed % n);
}

static void
put_sentence(struct strbuf *out, uint64_t *seed)
{
	char tail[64];
	const char *s = subjects[pick(seed, ARRAY_LEN(subjects))];
	const char *v = verbs[pick(seed, ARRAY_LEN(verbs))];
	const char *o = objects[pick(seed, ARRAY_LEN(objects))];
	size_t t = pick(seed, ARRAY_LEN(tails));
	unsigned int number = pick(seed, 90) + 2;
	const char *mark = strstr(tails[t], "%u");

	if (mark != NULL)
		snprintf(tail, sizeof(tail), "%.*s%u%s", (int)(mark - tails[t]),
		    tails[t], number, mark + 2);
	else
		snprintf(tail, sizeof(tail), "%s", tails[t]);
	strbuf_printf(out, "%s %s %s %s", s, v, o, tail);
}

static void
put_title(struct strbuf *out, uint64_t *seed, uint64_t text)
{
	const char *s, *mark;

	if (text % TOPICAL_EACH != 0) {
		put_sentence(out, seed);
		return;
	}
	s = topical[pick(seed, ARRAY_LEN(topical))];
	mark = strstr(s, "%u");
	strbuf_printf(
	    out, "%.*s%u%s", (int)(mark - s), s, pick(seed, 90) + 2, mark + 2);
}

static void
put_item(struct strbuf *out, uint64_t number, int64_t date)
{
	uint64_t text =
	    number % COPY_EACH == COPY_EACH - 1 ? number - 1 : number;
	uint64_t seed = hash_mix(text, 1);
	struct strbuf title, body;
	char link[80];
	struct news_item it;

	strbuf_init(&title, 1000);
	strbuf_init(&body, 10000);
	put_title(&title, &seed, text);
	strbuf_printf(&body, "<p>%s.</p>", title.data);
	for (int i = 0; i < SENTENCES; i++) {
		strbuf_puts(&body, "<p>");
		put_sentence(&body, &seed);
		strbuf_puts(&body, ".</p>");
	}
	snprintf(link, sizeof(link), "http://load.invalid/%llu",
	    (unsigned long long)number);
	memset(&it, 0, sizeof(it));
	it.guid = it.link = link;
	it.title = title.data;
	it.body = body.data;
	doc_item(out, false, &it, date);
	strbuf_fini(&title);
	strbuf_fini(&body);
}

uint64_t
load_shown(const struct load *lo, unsigned int n, int64_t elapsed_ms)
{
	uint64_t all = (uint64_t)((double)elapsed_ms / 1000 * lo->items_per_s);

	/* Item k is in feed k % feeds. */
	return all <= n ? 0 : (all - n - 1) / lo->feeds * lo->feeds + n + 1;
}

void
load_write(const struct load *lo, unsigned int n, int64_t start,
    int64_t elapsed_ms, struct strbuf *out)
{
	uint64_t end = load_shown(lo, n, elapsed_ms);
	char title[40];

	snprintf(title, sizeof(title), "Load %u", n);
	doc_open(out, false, title, "http://load.invalid/");
	for (unsigned int i = 0; i < WINDOW && end > 0; i++) {
		uint64_t number = end - 1;

		put_item(out, number,
		    start + (int64_t)((double)number / lo->items_per_s));
		end = end > lo->feeds ? end - lo->feeds : 0;
	}
	doc_close(out, false);
}
