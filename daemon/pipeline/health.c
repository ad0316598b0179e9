/* health.c - gone, failing, silent, empty, and well again. */
#include "pipeline/health.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/plural.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/poll.h"
#include "pipeline/relate.h"

static const struct {
	const char *name, *title;
} words[HEALTH_COUNT] = {
	[HEALTH_OK] = { "ok", "Feed recovered" },
	[HEALTH_GONE] = { "gone", "Feed gone" },
	[HEALTH_FAILING] = { "failing", "Feed failing" },
	[HEALTH_SILENT] = { "silent", "Feed silent" },
	[HEALTH_EMPTY] = { "empty", "Feed empty" },
};

const char *
health_name(uint32_t h)
{
	return h < HEALTH_COUNT ? words[h].name : "?";
}

/* --- the decision --- */

/*
 * The longest pause of late: a longer one counts at once, and fades while
 * time passes, so that a quiet weekend is still known a week later.
 */
static void
learn_rhythm(struct feed_state *st, int64_t now)
{
	int64_t gap = now - st->news_last, faded;

	if (st->news_first == 0) {
		st->news_first = st->news_last = now;
		return;
	}
	if (gap <= 0)
		return;
	gap = MIN(gap, (int64_t)INT32_MAX);
	faded = (int64_t)st->gap_s - (int64_t)st->gap_s *
					 MIN(gap, HEALTH_FORGET_S) /
					 (2 * HEALTH_FORGET_S);
	st->gap_s = (uint32_t)MAX(gap, faded);
	st->news_last = now;
}

static bool
is_silent(
    const struct feed_state *st, int64_t now, const struct health_params *p)
{
	int64_t usual = (int64_t)st->gap_s * HEALTH_PAUSES;

	if (st->gap_s == 0 || p->silent_after_s == UINT32_MAX ||
	    st->news_last - st->news_first < MAX(usual, HEALTH_LEARN_S))
		return false;
	return now - st->news_last > MAX(usual, (int64_t)p->silent_after_s);
}

static bool
is_empty(const struct feed_state *st, int64_t now)
{
	if (st->outcome == POLL_UNCHANGED) /* no document came */
		return st->health == HEALTH_EMPTY;
	if (st->doc_items > 0)
		return false;
	return st->health == HEALTH_EMPTY ||
	       (st->nseen > 0 && (st->health_since == 0 ||
				     now - st->health_since >= HEALTH_EMPTY_S));
}

static enum feed_health
judge_good(struct feed_state *st, bool news, int64_t now,
    const struct health_params *p)
{
	/* While it failed nobody could hear it: that time is no silence. */
	if (st->bad_since != 0 && st->news_first != 0)
		st->news_last = MIN(now, st->news_last + now - st->bad_since);
	st->bad_since = 0;
	if (news)
		learn_rhythm(st, now);
	if (is_empty(st, now))
		return HEALTH_EMPTY;
	return is_silent(st, now, p) ? HEALTH_SILENT : HEALTH_OK;
}

static enum feed_health
judge_bad(struct feed_state *st, int64_t now, const struct health_params *p)
{
	if (st->bad_since == 0)
		st->bad_since = now;
	if (st->outcome == POLL_GONE)
		return HEALTH_GONE;
	/* Any other answer of what was gone tells nothing better. */
	if (st->health == HEALTH_GONE || p->failing_after_s == UINT32_MAX)
		return st->health;
	if (st->outcome == POLL_CRASHED ||
	    (st->failures >= HEALTH_FAILURES &&
		now - st->bad_since >= (int64_t)p->failing_after_s))
		return HEALTH_FAILING;
	return st->health;
}

/* Times that cannot be, after a clock was set back or a gatherer lied. */
static void
mend(struct feed_state *st, int64_t now)
{
	int64_t *const times[] = { &st->health_since, &st->bad_since,
		&st->news_first, &st->news_last };

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		if (*times[i] < 0 || *times[i] > now)
			*times[i] = 0;
	}
	if (st->news_last < st->news_first)
		st->news_first = 0;
	if (st->health >= HEALTH_COUNT)
		st->health = HEALTH_OK;
}

bool
health_judge(struct feed_state *st, bool news, int64_t now,
    const struct health_params *p)
{
	enum feed_health h;

	mend(st, now);
	h = poll_outcome_good(st->outcome) ? judge_good(st, news, now, p)
					   : judge_bad(st, now, p);
	if (h == st->health)
		return false;
	/* One trouble that turns into another is one episode. */
	if (h == HEALTH_OK || st->health == HEALTH_OK)
		st->health_since = now;
	st->health = h;
	return true;
}

/* --- the item --- */

static const char *
time_text(struct arena *a, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;
	char text[40] = "?";

	if (gmtime_r(&t, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm);
	return arena_strdup(a, text);
}

/* "3 days", "5 hours", "1 minute" */
static const char *
span_text(struct arena *a, int64_t s)
{
	static const struct {
		const char *name;
		int64_t s;
	} units[] = { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 },
		{ "second", 1 } };
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(units) && s < 2 * units[i].s)
		i++;
	s = MAX(s, 0) / units[i].s;
	return arena_printf(
	    a, "%lld %s%s", (long long)s, units[i].name, s == 1 ? "" : "s");
}

static const char *
fault_text(struct arena *a, const struct feed_state *st)
{
	const char *status =
	    st->http_status > 0 ? arena_printf(a, " %u", st->http_status) : "";

	return arena_printf(a, "%s%s%s%s", poll_outcome_name(st->outcome),
	    status, st->why != NULL ? ", " : "",
	    st->why != NULL ? st->why : "");
}

static const char *
state_text(struct arena *a, const struct feed_state *st, uint32_t before,
    int64_t since, int64_t now)
{
	switch (st->health) {
	case HEALTH_GONE:
		return "The server says that it is gone for good (410).";
	case HEALTH_FAILING:
		return arena_printf(a, "%s failed since %s; the last one: %s.",
		    PLURAL(st->failures, "poll", "polls in a row"),
		    time_text(a, st->bad_since), fault_text(a, st));
	case HEALTH_SILENT:
		return arena_printf(a,
		    "Nothing new came for %s; its longest pause of late was "
		    "%s.",
		    span_text(a, now - st->news_last), span_text(a, st->gap_s));
	case HEALTH_EMPTY:
		return "It always had items, and its document has none now.";
	default:
		return arena_printf(a, "It was %s; that lasted %s, since %s.",
		    health_name(before), span_text(a, now - since),
		    time_text(a, since));
	}
}

static struct item *
report_item(const struct health_subject *s, const char *guid, const char *title)
{
	static const struct item_limits limits = { 4096, 1 << 16, 1 << 16 };
	const struct classify_params cp = { .limits = &limits, .key = *s->key };
	struct item *it = item_new();

	it->guid = arena_strdup(it->arena, guid);
	it->title = arena_printf(it->arena, "%s: %s", title, s->name);
	it->title_text = it->title;
	it->url = arena_strdup(it->arena, s->url);
	it->language = "en";
	it->text = "";
	classify_identify(it, s->feed, s->name, &cp);
	return it;
}

static void
match_topic(struct decided *dd)
{
	struct topic_result *r = arena_calloc(dd->item->arena, 1, sizeof(*r));

	*r = (struct topic_result){
		.topic = HEALTH_TOPIC,
		.level = TOPIC_ABOUT,
		.score = 1,
		.threshold = 1,
		.mention = 1,
		.require_ok = true,
		.lang_ok = true,
	};
	dd->topics.v = r;
	dd->topics.n = 1;
}

struct decided *
health_report(const struct health_subject *s, const struct feed_state *st,
    uint32_t before, int64_t before_since, int64_t now, struct related *rel)
{
	struct decided *dd = xcalloc(1, sizeof(*dd));
	int64_t since = before == HEALTH_OK ? st->health_since : before_since;
	char first[64], guid[128];
	struct item *it;

	/* The first item of an episode gives the story its name. */
	snprintf(first, sizeof(first), "health %lld", (long long)since);
	snprintf(guid, sizeof(guid), "%s %s %lld", first,
	    health_name(st->health), (long long)now);
	memset(rel, 0, sizeof(*rel));
	rel->match.relation = RELATION_NEW;
	it = report_item(s, first, words[st->health % HEALTH_COUNT].title);
	snprintf(rel->match.story, sizeof(rel->match.story), "%s", it->id);
	if (before != HEALTH_OK) {
		item_free(it);
		it = report_item(
		    s, guid, words[st->health % HEALTH_COUNT].title);
	}
	it->text =
	    arena_printf(it->arena, "%s%s%s", s->url != NULL ? s->url : s->feed,
		"\n", state_text(it->arena, st, before, since, now));
	it->published = it->received = now;
	it->revision = 1;
	it->tags = arena_calloc(it->arena, 1, sizeof(*it->tags));
	it->tags[0].term =
	    st->health == HEALTH_OK ? "recovered" : health_name(st->health);
	it->ntags = 1;
	dd->item = it;
	match_topic(dd);
	return dd;
}
