/* request.c - client lines to subscriptions, by a table of keys. */
#include "sink/request.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "item/item.h"
#include "item/item_json.h"
#include "sink/named.h"

struct parse {
	struct arena *a;
	const char *const *names;
	struct request *rq;
	struct request_error *err;
};

static int PRINTF_LIKE(3, 4)
    bad(struct request_error *err, const char *code, const char *fmt, ...)
{
	va_list ap;

	snprintf(err->code, sizeof(err->code), "%s", code);
	va_start(ap, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, ap);
	va_end(ap);
	return -1;
}

static int
expected(struct parse *p, const char *key, const char *what)
{
	return bad(p->err, "bad-request", "\"%s\" must be %s", key, what);
}

/* A plain name must be a topic's; a glob may match what is yet to come. */
static int
check_topic(struct parse *p, const char *glob)
{
	const char *near;

	if (p->names == NULL || strpbrk(glob, "*?") != NULL)
		return 0;
	for (size_t i = 0; p->names[i] != NULL; i++) {
		if (strcmp(p->names[i], glob) == 0)
			return 0;
	}
	near = diag_suggest(glob, (const char *const *)p->names);
	if (near == NULL)
		return bad(p->err, "unknown-topic", "no topic \"%.80s\"", glob);
	return bad(p->err, "unknown-topic",
	    "no topic \"%.80s\"; did you mean %.80s?", glob, near);
}

/* One string or a list of 1 to 64, NULL-terminated to *out. */
static int
take_list(
    struct parse *p, const char *key, const json_t *v, const char *const **out)
{
	size_t n = json_is_string(v) ? 1 : json_array_size(v);
	const char **list;

	if (!json_is_string(v) && !json_is_array(v))
		return expected(p, key, "a list of names or globs");
	if (n == 0 || n > REQUEST_MAX_TOPICS)
		return expected(p, key, "a list of 1 to 64 names or globs");
	list = arena_calloc(p->a, n + 1, sizeof(const char *));
	for (size_t i = 0; i < n; i++) {
		const json_t *e = json_is_string(v) ? v : json_array_get(v, i);

		if (!json_is_string(e) ||
		    json_string_length(e) != strlen(json_string_value(e)))
			return expected(p, key, "a list of names or globs");
		list[i] = arena_strdup(p->a, json_string_value(e));
	}
	*out = list;
	return 0;
}

static int
key_topics(struct parse *p, const char *key, const json_t *v)
{
	const char *const *globs;

	if (take_list(p, key, v, &globs) == -1)
		return -1;
	for (size_t i = 0; globs[i] != NULL; i++) {
		if (check_topic(p, globs[i]) == -1)
			return -1;
	}
	p->rq->filter.topics = globs;
	p->rq->filter.alert_globs = globs;
	return 0;
}

static int
key_langs(struct parse *p, const char *key, const json_t *v)
{
	return take_list(p, key, v, &p->rq->filter.langs);
}

static int
key_feeds(struct parse *p, const char *key, const json_t *v)
{
	return take_list(p, key, v, &p->rq->filter.feeds);
}

static int
key_origins(struct parse *p, const char *key, const json_t *v)
{
	return take_list(p, key, v, &p->rq->filter.origins);
}

static int
key_fields(struct parse *p, const char *key, const json_t *v)
{
	return take_list(p, key, v, &p->rq->fields);
}

static int
key_min_score(struct parse *p, const char *key, const json_t *v)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > INT32_MAX)
		return expected(p, key, "a score, 0 or more");
	p->rq->filter.min_score = (int32_t)json_integer_value(v);
	return 0;
}

static int
key_min_origins(struct parse *p, const char *key, const json_t *v)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > INT32_MAX)
		return expected(p, key, "a number of origins, 0 or more");
	p->rq->filter.min_origins = (uint32_t)json_integer_value(v);
	return 0;
}

static int
key_since(struct parse *p, const char *key, const json_t *v)
{
	int64_t at = ITEM_NO_TIME;

	if (json_is_string(v))
		at = item_time_parse(json_string_value(v));
	else if (json_is_integer(v))
		at = json_integer_value(v);
	if (at == ITEM_NO_TIME || at < 0 || at > INT64_MAX / 1000)
		return expected(p, key,
		    "a time as in \"2024-02-08T12:00:00Z\", or seconds");
	if (p->rq->start != START_LIVE)
		return bad(
		    p->err, "bad-request", "either \"after\" or \"since\"");
	p->rq->start = START_SINCE;
	p->rq->since_ms = at * 1000;
	return 0;
}

static int
key_name(struct parse *p, const char *key, const json_t *v)
{
	if (!json_is_string(v) || !named_valid(json_string_value(v)))
		return expected(
		    p, key, "1 to 64 letters, digits, and . _ - behind them");
	p->rq->name = arena_strdup(p->a, json_string_value(v));
	return 0;
}

static int
key_min(struct parse *p, const char *key, const json_t *v)
{
	enum topic_level level;

	if (!json_is_string(v) ||
	    !topic_level_parse(json_string_value(v), &level) ||
	    level == TOPIC_NONE)
		return expected(p, key, "\"about\" or \"mentions\"");
	p->rq->filter.min = level;
	return 0;
}

static int
key_copies(struct parse *p, const char *key, const json_t *v)
{
	const char *s = json_is_string(v) ? json_string_value(v) : "";

	p->rq->filter.copies_all = strcmp(s, "all") == 0;
	p->rq->filter.copies_none = strcmp(s, "none") == 0;
	if (!p->rq->filter.copies_all && !p->rq->filter.copies_none &&
	    strcmp(s, "first") != 0)
		return expected(p, key, "\"first\", \"all\" or \"none\"");
	return 0;
}

static int
key_after(struct parse *p, const char *key, const json_t *v)
{
	const char *s = json_is_string(v) ? json_string_value(v) : "";

	if (json_is_null(v))
		return 0;
	if (strcmp(s, "oldest") == 0)
		p->rq->start = START_OLDEST;
	else if (strcmp(s, "newest") == 0)
		p->rq->start = START_NEWEST;
	else if (cursor_parse(s, &p->rq->epoch, &p->rq->seq))
		p->rq->start = START_AFTER;
	else
		return expected(
		    p, key, "a cursor of ours, \"oldest\" or \"newest\"");
	return 0;
}

static int
key_on_gap(struct parse *p, const char *key, const json_t *v)
{
	const char *s = json_is_string(v) ? json_string_value(v) : "";

	p->rq->gap_to_newest = strcmp(s, "newest") == 0;
	if (!p->rq->gap_to_newest && strcmp(s, "oldest") != 0)
		return expected(p, key, "\"oldest\" or \"newest\"");
	return 0;
}

static int
take_bool(struct parse *p, const char *key, const json_t *v, bool *out)
{
	if (!json_is_boolean(v))
		return expected(p, key, "true or false");
	*out = json_is_true(v);
	return 0;
}

static int
key_explain(struct parse *p, const char *key, const json_t *v)
{
	return take_bool(p, key, v, &p->rq->explain);
}

static int
key_follow(struct parse *p, const char *key, const json_t *v)
{
	return take_bool(p, key, v, &p->rq->follow);
}

static int
key_ack(struct parse *p, const char *key, const json_t *v)
{
	return take_bool(p, key, v, &p->rq->ack);
}

static int
key_updates(struct parse *p, const char *key, const json_t *v)
{
	bool yes = true;
	int rc = take_bool(p, key, v, &yes);

	p->rq->filter.skip_updates = !yes;
	return rc;
}

static int
key_stories(struct parse *p, const char *key, const json_t *v)
{
	bool yes = true;
	int rc = take_bool(p, key, v, &yes);

	p->rq->filter.skip_stories = !yes;
	return rc;
}

static int
key_alerts(struct parse *p, const char *key, const json_t *v)
{
	bool yes = true;
	int rc = take_bool(p, key, v, &yes);

	p->rq->filter.skip_alerts = !yes;
	return rc;
}

static int
key_lookbacks(struct parse *p, const char *key, const json_t *v)
{
	bool yes = true;
	int rc = take_bool(p, key, v, &yes);

	p->rq->filter.skip_lookbacks = !yes;
	return rc;
}

static int
key_limit(struct parse *p, const char *key, const json_t *v)
{
	if (!json_is_integer(v) || json_integer_value(v) < 1)
		return expected(p, key, "a number of items, at least 1");
	p->rq->limit = (uint64_t)json_integer_value(v);
	return 0;
}

static int
key_heartbeat(struct parse *p, const char *key, const json_t *v)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0 ||
	    json_integer_value(v) > REQUEST_MAX_HEARTBEAT)
		return expected(
		    p, key, "a number of seconds, 1 to 3600, or 0 for none");
	p->rq->heartbeat_s = json_integer_value(v);
	return 0;
}

static const struct {
	const char *key;
	int (*take)(struct parse *p, const char *key, const json_t *v);
} keys[] = {
	{ "topics", key_topics },
	{ "min", key_min },
	{ "copies", key_copies },
	{ "after", key_after },
	{ "on_gap", key_on_gap },
	{ "explain", key_explain },
	{ "follow", key_follow },
	{ "limit", key_limit },
	{ "heartbeat", key_heartbeat },
	{ "since", key_since }, /* behind "after" */
	{ "updates", key_updates },
	{ "stories", key_stories },
	{ "alerts", key_alerts },
	{ "lookbacks", key_lookbacks },
	{ "langs", key_langs },
	{ "feeds", key_feeds },
	{ "origins", key_origins },
	{ "min_score", key_min_score },
	{ "min_origins", key_min_origins },
	{ "fields", key_fields },
	{ "name", key_name },
	{ "ack", key_ack },
};

static int
take_keys(struct parse *p, const json_t *sub)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const json_t *v = json_object_get(sub, keys[i].key);

		if (v != NULL && keys[i].take(p, keys[i].key, v) == -1)
			return -1;
	}
	if (p->rq->ack && p->rq->name == NULL)
		return bad(p->err, "bad-request",
		    "\"ack\" needs a \"name\" to keep the place for");
	p->rq->kind = REQUEST_SUBSCRIBE;
	return 0;
}

static int
take_subscribe(struct parse *p, const json_t *v)
{
	if (!json_is_object(v))
		return bad(
		    p->err, "bad-request", "\"subscribe\" must be an object");
	return take_keys(p, v);
}

static int
take_ack(struct parse *p, const json_t *v)
{
	const char *s = json_is_string(v) ? json_string_value(v) : "";

	if (!cursor_parse(s, &p->rq->epoch, &p->rq->seq))
		return expected(p, "ack", "a cursor of ours");
	p->rq->kind = REQUEST_ACK;
	return 0;
}

static int
take_forget(struct parse *p, const json_t *v)
{
	p->rq->kind = REQUEST_FORGET;
	return key_name(p, "forget", v);
}

static int
take_ping(struct parse *p, const json_t *v)
{
	(void)v;
	p->rq->kind = REQUEST_PING;
	return 0;
}

/* What a line may hold; the first that it has counts. */
static const struct {
	const char *kind;
	int (*take)(struct parse *p, const json_t *v);
} kinds[] = {
	{ "subscribe", take_subscribe },
	{ "ack", take_ack },
	{ "forget", take_forget },
	{ "client_ping", take_ping },
};

static int
take_line(struct parse *p, const json_t *j)
{
	if (!json_is_object(j))
		return bad(p->err, "bad-request",
		    "a command is an object, as in "
		    "{\"subscribe\":{}}");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const json_t *v = json_object_get(j, kinds[i].kind);

		if (v != NULL)
			return kinds[i].take(p, v);
	}
	if (json_object_size(j) == 0)
		p->rq->kind = REQUEST_SUBSCRIBE;
	return 0;
}

static bool
blank(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr(" \t\r", line[i]) == NULL || line[i] == '\0')
			return false;
	}
	return true;
}

int
request_parse(const char *line, size_t len, struct arena *a,
    const struct sink_filter *base, const char *const *names,
    struct request *rq, struct request_error *err)
{
	struct parse p = { a, names, rq, err };
	json_error_t je;
	json_t *j;
	int result;

	*rq = (struct request){
		.filter = *base, .follow = true, .heartbeat_s = -1
	};
	if (blank(line, len))
		return 0;
	if ((j = json_loadb(line, len, JSON_REJECT_DUPLICATES, &je)) == NULL)
		return bad(err, "bad-json",
		    "not one JSON object a line: %.120s", je.text);
	result = take_line(&p, j);
	json_decref(j);
	return result;
}
