/* config_alerts.c - the keys of an alert: one row each, and what must agree. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/daytime.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/yaml.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define ALERT(m) SCHEMA_FIELD(config_alert, m)
/* A span of time that may be left out. */
#define DURATION_ROW(name, min_s, max_s, m)                                    \
	.key = (name), .type = SCHEMA_DURATION, .flags = SCHEMA_OPTIONAL,      \
	.min = (min_s), .max = (max_s), ALERT(m)
#define TABLE(name, text, rows, ...)                                           \
	const struct schema_table name = { .what = (text),                     \
		.keys = (rows),                                                \
		.n = ARRAY_LEN(rows),                                          \
		__VA_ARGS__ }

/* The order of these words is the order of the enums. */
static const char *const level_words[] = { "", "mentions", "about", NULL };
static const char *const then_words[] = { "digest", "drop", NULL };
static const char *const zone_words[] = { "local", "UTC", NULL };

static const struct schema_key when_rows[] = {
	{ .key = "origins",
	    .type = SCHEMA_UINT,
	    .flags = SCHEMA_OPTIONAL,
	    .min = 1,
	    .max = ALERT_MAX_ORIGINS,
	    ALERT(rule.origins),
	    .help = "So many have written of the story, each a text of their "
		    "own; copies do not count." },
	{ .key = "items",
	    .type = SCHEMA_UINT,
	    .flags = SCHEMA_OPTIONAL,
	    .min = 1,
	    .max = ALERT_MAX_ITEMS,
	    ALERT(rule.items),
	    .help = "Or: the story has so many items, copies too." },
	{ .key = "rate",
	    .type = SCHEMA_UINT,
	    .flags = SCHEMA_OPTIONAL,
	    .min = 2,
	    .max = 1000,
	    ALERT(rule.rate),
	    .help = "Or: a topic has so many times the texts that it usually "
		    "has." },
	{ .key = "every",
	    .type = SCHEMA_BOOL,
	    .flags = SCHEMA_OPTIONAL,
	    ALERT(rule.every),
	    .help = "Or, with true: each new story." },
	{ DURATION_ROW("within", 1, 30 * DAY, rule.within_s),
	    .help = "In this time; if not given, however long it takes, and 1h "
		    "for a rate." },
	{ .key = "at_least",
	    .type = SCHEMA_UINT,
	    .flags = SCHEMA_OPTIONAL,
	    .min = 1,
	    .max = 100000,
	    ALERT(rule.at_least),
	    .help = "A rate of fewer texts is none; if not given, 5." },
	{ DURATION_ROW("learn", 1, 30 * DAY, rule.learn_s),
	    .help = "What is usual must have been watched so long; if not "
		    "given, 1d." },
};
static TABLE(when_keys, "when", when_rows, .shorthand = NULL);

static const struct schema_key again_rows[] = {
	{ DURATION_ROW("after", 1, 30 * DAY, rule.again_after_s),
	    .help = "Not before so long after the last time." },
	{ .key = "grew_by",
	    .type = SCHEMA_UINT,
	    .flags = SCHEMA_OPTIONAL,
	    .min = 1,
	    .max = 10000,
	    ALERT(rule.again_grew),
	    .help = "When it has so many more origins, or items where these "
		    "made it an alert; if not given, 1." },
};
static TABLE(again_keys, "again", again_rows, .shorthand = NULL);

static const struct schema_key quiet_rows[] = {
	{ .key = "from",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_REQUIRED,
	    ALERT(quiet_from),
	    .help = "They begin at this time of the day, as \"23:00\"." },
	{ .key = "to",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_REQUIRED,
	    ALERT(quiet_to),
	    .help = "And end at this one." },
	{ .key = "then",
	    .type = SCHEMA_ENUM,
	    .def = "digest",
	    .words = then_words,
	    ALERT(rule.quiet_then),
	    .help = "What became an alert meanwhile comes as one digest at "
		    "their end, or, with drop, never." },
	{ .key = "tz",
	    .type = SCHEMA_ENUM,
	    .def = "local",
	    .words = zone_words,
	    ALERT(rule.zone),
	    .help = "By which clock: local or UTC; of a digest too." },
};
static TABLE(quiet_keys, "quiet", quiet_rows, .shorthand = NULL);

static const struct schema_key digest_rows[] = {
	{ DURATION_ROW("every", MINUTE, 7 * DAY, rule.digest_every_s),
	    .help = "All alerts of this time as one; hours begin when clocks "
		    "say so." },
	{ .key = "at",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_OPTIONAL,
	    ALERT(digest_at),
	    .help = "Or once a day, at this time, as \"07:00\"." },
};
static TABLE(digest_keys, "digest", digest_rows, .shorthand = NULL);

static const struct schema_key alert_rows[] = {
	{ .key = "name",
	    .type = SCHEMA_TEXT,
	    .flags = SCHEMA_REQUIRED,
	    ALERT(rule.name),
	    .help = "What it is called; what it has told belongs to this "
		    "name." },
	{ .key = "topics",
	    .type = SCHEMA_TEXTS,
	    .def = "*",
	    SCHEMA_FIELDS(config_alert, rule.topics, rule.ntopics),
	    .help = "Of these topics (names, * and ? match any text)." },
	{ .key = "min",
	    .type = SCHEMA_ENUM,
	    .def = "about",
	    .words = level_words,
	    ALERT(rule.min),
	    .help = "Lowest level: about, or mentions for both." },
	{ .key = "when",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_REQUIRED,
	    .sub = &when_keys,
	    .help = "What makes it an alert: one of origins, items, rate and "
		    "every." },
	{ .key = "to",
	    .type = SCHEMA_TEXTS,
	    .flags = SCHEMA_REQUIRED,
	    SCHEMA_FIELDS(config_alert, rule.to, rule.nto),
	    .help = "The names of the sinks that get it." },
	{ .key = "again",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_OPTIONAL,
	    .sub = &again_keys,
	    .help = "When the same story is told again; never without." },
	{ DURATION_ROW("cooldown", 1, 7 * DAY, rule.cooldown_s),
	    .help = "Pause after an alert; those of other stories come "
		    "together when it is over." },
	{ .key = "quiet",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_OPTIONAL,
	    .sub = &quiet_keys,
	    .help = "Hours of the day without alerts." },
	{ .key = "digest",
	    .type = SCHEMA_MAP,
	    .flags = SCHEMA_OPTIONAL,
	    .sub = &digest_keys,
	    .help = "Not one by one, but together." },
};

static bool
time_of(struct schema_load *sl, const struct yaml_node *n, const char *key,
    const char *text, uint32_t *minute)
{
	if (daytime_parse(text, minute))
		return true;
	diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
	    "%s cannot be \"%.20s\"; expected a time of the day as \"07:30\"",
	    key, text);
	return false;
}

/* What is wrong with `when`; NULL = nothing. Fills what was left out. */
static const char *
when_fault(struct alert_rule *r)
{
	if ((r->origins > 0) + (r->items > 0) + (r->rate > 0) + r->every != 1)
		return "when must have exactly one of origins, items, rate "
		       "and every";
	if (r->rate == 0 && (r->at_least > 0 || r->learn_s > 0))
		return "at_least and learn belong to a rate; leave them out";
	if (r->every && r->within_s > 0)
		return "within does not go with every; leave it out";
	if (r->rate == 0)
		return NULL;
	r->within_s = r->within_s > 0 ? r->within_s : HOUR;
	r->at_least = r->at_least > 0 ? r->at_least : 5;
	r->learn_s = r->learn_s > 0 ? r->learn_s : DAY;
	return NULL;
}

static void
alert_loaded(struct schema_load *sl, const struct yaml_node *n, void *elem)
{
	struct config_alert *a = elem;
	struct alert_rule *r = &a->rule;
	const char *const faults[] = { when_fault(r),
		r->name[0] == '_'
		    ? "names that begin with _ are the daemon's own"
		    : NULL,
		r->nto == 0 ? "to must name a sink" : NULL,
		r->digest_every_s > 0 && a->digest_at != NULL
		    ? "digest must have exactly one of every and at"
		    : NULL };

	a->mark_file = sl->file;
	a->mark_line = n->line;
	a->mark_col = n->col;
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		if (faults[i] != NULL)
			diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
			    "alert \"%.80s\": %s", r->name, faults[i]);
	r->quiet = a->quiet_from != NULL;
	r->digest_daily = a->digest_at != NULL;
	if (r->digest_daily)
		(void)time_of(sl, n, "at", a->digest_at, &r->digest_at);
	if (r->quiet &&
	    time_of(sl, n, "from", a->quiet_from, &r->quiet_from) &
		time_of(sl, n, "to", a->quiet_to, &r->quiet_to) &&
	    r->quiet_from == r->quiet_to)
		diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
		    "quiet from %s to %s; expected two times that differ",
		    a->quiet_from, a->quiet_to);
}

TABLE(config_alert_keys, "an alert", alert_rows,
    .elem_size = sizeof(struct config_alert), .loaded = alert_loaded);

static void
check_to(const struct config *c, const struct config_alert *a,
    const char *const *names, struct diags *ds)
{
	const struct alert_rule *r = &a->rule;

	for (size_t i = 0; i < r->nto; i++) {
		const char *near;
		size_t k = 0;

		while (k < c->nsinks && strcmp(names[k], r->to[i]) != 0)
			k++;
		if (k < c->nsinks && c->sinks[k].feed.dir != NULL)
			diags_add(ds, DIAG_ERROR, a->mark_file, a->mark_line,
			    a->mark_col,
			    "alert \"%.80s\": sink \"%.80s\" is a feed, "
			    "which has items alone; expected another sink",
			    r->name, r->to[i]);
		if (k < c->nsinks)
			continue;
		near = diag_suggest(r->to[i], names);
		diags_add(ds, DIAG_ERROR, a->mark_file, a->mark_line,
		    a->mark_col, "alert \"%.80s\": no sink \"%.80s\"; %s%s%s",
		    r->name, r->to[i],
		    near != NULL ? "did you mean "
				 : "expected the name of a sink",
		    near != NULL ? near : "", near != NULL ? "?" : "");
	}
}

void
config_check_alerts(const struct config *c, struct diags *ds)
{
	const char **names = xcalloc(c->nsinks + 1, sizeof(*names));
	struct hmap *seen = hmap_new();
	bool nameless = false;

	for (size_t i = 0; i < c->nsinks; i++) {
		names[i] = c->sinks[i].name;
		if (names[i] == NULL) {
			names[i] = ""; /* a fault that was told */
			nameless = true;
		}
	}
	for (size_t i = 0; i < c->nalerts; i++) {
		struct config_alert *a = &c->alerts[i];
		const struct config_alert *first;

		if (a->mark_file == NULL)
			continue; /* its fault was told */
		first = hmap_put(seen, a->rule.name, a);
		if (first != NULL)
			diags_add(ds, DIAG_ERROR, a->mark_file, a->mark_line,
			    a->mark_col,
			    "alert \"%.80s\" twice, first at %s:%u; expected "
			    "each once",
			    a->rule.name, first->mark_file, first->mark_line);
		if (!nameless)
			check_to(c, a, names, ds);
	}
	hmap_free(seen, NULL);
	free(names);
}
