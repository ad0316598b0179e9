/* digest.c - what a poll has brought: items, the feed's new state, a plan. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "gatherer/identify.h"
#include "gatherer/intake.h"
#include "gatherer/parts.h"
#include "gatherer/remember.h"
#include "net/fetch.h"
#include "pipeline/classify.h"
#include "text/furniture.h"

#define WHY_MAX_BYTES 200
#define TITLE_MAX_BYTES 200

/* One digest under way. */
struct digest {
	struct gatherer *g;
	const struct config_feed *cf;
	struct visit *v;
	struct feed_state *st; /* v->state */
	struct feed_doc *doc;  /* NULL = nothing was parsed */
	struct remember *seen;
	bool *skip; /* items too many of a first document; NULL = none are */
	struct classify_params cp;
	int64_t now, now_ms;
	int64_t aged;   /* the time by which something is too old */
	size_t bytes;   /* of items to send */
	uint64_t news;  /* new and updated items */
	bool all_taken; /* no item had to be left for the next poll */
	uint64_t hash;  /* of the body */
};

static enum poll_outcome
visit_outcome(const struct visit *v)
{
	return v->res != NULL ? v->res->outcome : v->state.outcome;
}

static uint64_t
body_hash(const struct gatherer *g, const struct visit *v)
{
	uint64_t h = hash_bytes(&g->key, v->body, v->len);

	return h != 0 ? h : 1;
}

/* The very bytes of the last poll bring nothing. */
static bool
body_is_old(const struct gatherer *g, const struct visit *v)
{
	return v->body != NULL && visit_outcome(v) == POLL_OK &&
	       v->job->state.body_hash != 0 &&
	       v->state.body_hash == body_hash(g, v);
}

bool
digest_needs_parser(const struct visit *v)
{
	return v->body != NULL && v->len > 0;
}

/* A sentence cut to what a state may hold. */
static const char *
short_text(struct arena *a, const char *s, size_t max)
{
	size_t len;

	if (s == NULL || *s == '\0')
		return NULL;
	len = strlen(s);
	return arena_strndup(a, s, len <= max ? len : utf8_cut(s, max));
}

/* --- items --- */

/* Feeds list the newest first, but for a few; the oldest is sent first. */
static bool
oldest_comes_first(const struct feed_doc *doc)
{
	int64_t first = ITEM_NO_TIME, last = ITEM_NO_TIME;

	for (size_t i = 0; i < doc->nitems; i++) {
		int64_t at = doc->items[i]->published;

		if (at == ITEM_NO_TIME)
			continue;
		if (first == ITEM_NO_TIME)
			first = at;
		last = at;
	}
	return first < last;
}

/* --- its frame --- */

static char *
frame_line(const struct digest *d, const struct decided *dd)
{
	json_t *j = json_pack("{s:{s:s, s:I, s:o}}", "item", "feed",
	    d->v->job->feed, "serial", (json_int_t)d->v->job->serial, "item",
	    decided_encode(dd));
	char *line = json_dumps(j, JSON_COMPACT);

	json_decref(j);
	return line;
}

/* What no decision needs any more, and nobody can bound but we. */
static void
lighten(struct item *it)
{
	it->ncontents = it->nlinks = it->ntags = it->nenclosures = 0;
	it->nauthors = it->nthumbnails = 0;
	it->summary = it->comments = it->guid = NULL;
	it->source = NULL;
	it->truncated = true;
}

/* The `item` frame as a line that the link takes; NULL when none can be. */
static char *
item_line(const struct digest *d, struct decided *dd)
{
	char *line = frame_line(d, dd);

	if (line != NULL && strlen(line) > LINK_MAX_LINE) {
		free(line);
		lighten(dd->item);
		line = frame_line(d, dd);
	}
	if (line == NULL || strlen(line) > LINK_MAX_LINE) {
		log_warnx("feed=%s item=%s is left out: larger than a frame",
		    d->cf->key, dd->item->id);
		free(line);
		line = NULL;
	}
	return line;
}

/* Why item i, new or edited, is no news; NULL = it is. */
static const char *
passed_over(struct digest *d, size_t i, enum remembered_as as, uint32_t rev)
{
	const struct item *it = d->doc->items[i];
	const char *why = NULL;

	if (as == REMEMBERED_UPDATED)
		return rev == 0 ? "an edit of what was passed over" : NULL;
	if (d->skip != NULL && d->skip[i])
		why = "older than the first fetch takes";
	else if (intake_is_old(it, d->aged, d->cf->max_age_s))
		why = "older than max_age";
	if (why != NULL)
		remember_pass_over(d->seen, it);
	return why;
}

/* Item i goes to the desk: decided about, or only to be archived. */
static void
hand_over(struct digest *d, size_t i, uint32_t revision, const char *why)
{
	struct item *it = feed_doc_take(d->doc, i);
	struct decided *dd;
	char *line;

	it->received = d->now;
	it->revision = MAX(revision, 1);
	if (it->language == NULL)
		it->language = arena_strdup(it->arena, d->cf->language);
	if (why == NULL) {
		dd = classify_item(it, &d->cp);
	} else {
		it->passed_over = arena_strdup(it->arena, why);
		dd = xcalloc(1, sizeof(*dd));
		dd->item = it;
	}
	if ((line = item_line(d, dd)) != NULL) {
		d->bytes += strlen(line);
		d->v->lines[d->v->nitems++] = line;
	}
	decided_free(dd);
}

/*
 * Judge item i of the document. Those that a first fetch leaves out have
 * half of the room: behind that they are not archived, but seen.
 */
static void
digest_item(struct digest *d, size_t i)
{
	const struct item *it = d->doc->items[i];
	bool skip = d->skip != NULL && d->skip[i];
	/* There must be room for the longest frame. */
	bool full = d->bytes + LINK_MAX_LINE >
		    (skip ? POLL_MAX_BYTES / 2 : POLL_MAX_BYTES);
	enum remembered_as as;
	uint32_t revision = 0;
	const char *why;

	if (full && !skip) {
		d->all_taken = false;
		return;
	}
	as = remember_judge(d->seen, it, &revision);
	if (as == REMEMBERED_KNOWN)
		return;
	why = passed_over(d, i, as, revision);
	d->news++;
	if (full)
		return;
	hand_over(d, i, revision, why);
}

/* What stood behind the damage of the document before, if that was the
 * feed's first one, is as old as the rest of it. */
static void
skip_mended(struct digest *d, bool forward)
{
	const struct feed_state *before = &d->v->job->state;
	const struct feed_doc *doc = d->doc;
	bool *known;

	/* The same damaged bytes again are `unchanged`, with a reason. */
	if (before->outcome != POLL_DAMAGED &&
	    (before->outcome != POLL_UNCHANGED || before->why == NULL))
		return;
	known = arena_calloc(d->v->arena, doc->nitems + 1, sizeof(bool));
	d->skip = arena_calloc(d->v->arena, doc->nitems + 1, sizeof(bool));
	for (size_t i = 0; i < doc->nitems; i++)
		known[i] = remember_knows(d->seen, doc->items[i]);
	intake_mended(doc->items, doc->nitems, forward, known, d->skip);
}

/* A feed that was never seen: most of its first document is no news. */
static void
skip_first(struct digest *d, bool forward)
{
	const struct feed_doc *doc = d->doc;
	uint32_t first = d->cf->first_fetch;

	if (first == FIRST_ALL)
		return;
	if (d->st->last_success != 0 || d->st->nseen > 0) {
		skip_mended(d, forward);
		return;
	}
	d->skip = arena_calloc(d->v->arena, doc->nitems + 1, sizeof(bool));
	intake_first(doc->items, doc->nitems, forward,
	    first > FIRST_MARK ? first - 1 : 0, d->skip);
}

/* What new items repeat of each other and of those before is furniture. */
static struct furniture *
learn_furniture(struct digest *d, bool forward)
{
	const struct feed_doc *doc = d->doc;
	struct furniture *f =
	    furniture_load(&d->g->key, d->st->furniture, d->now);

	for (size_t i = 0; i < doc->nitems; i++) {
		size_t at = forward ? i : doc->nitems - 1 - i;

		if (!remember_knows(d->seen, doc->items[at]))
			furniture_learn(f, doc->items[at], doc->title, d->now);
	}
	d->st->furniture = furniture_save(f, d->v->arena);
	return f;
}

static void
digest_items(struct digest *d)
{
	struct feed_doc *doc = d->doc;
	bool forward = oldest_comes_first(doc);
	struct furniture *f;

	d->seen = remember_new(d->st, d->aged);
	if (doc->status != FEED_OK)
		remember_damaged(d->seen);
	identify_document(
	    doc->items, doc->nitems, d->cf->key, d->cf->name, &d->cp, d->seen);
	f = learn_furniture(d, forward);
	d->cp.furniture = f;
	skip_first(d, forward);
	d->v->lines = xcalloc(doc->nitems + 1, sizeof(char *));
	for (size_t i = 0; i < doc->nitems; i++)
		digest_item(d, forward ? i : doc->nitems - 1 - i);
	d->st->seen = remember_result(d->seen,
	    d->v->whole && doc->status == FEED_OK && d->all_taken &&
		doc->nitems > 0 && doc->dropped == 0,
	    d->v->arena, &d->st->nseen);
	remember_free(d->seen);
	d->cp.furniture = NULL;
	furniture_free(f);
}

/* --- the outcome --- */

/* No markup at all, or markup of something else? */
static enum poll_outcome
not_a_feed(const struct visit *v)
{
	for (size_t i = 0; i < v->len && i < 1024; i++) {
		unsigned char c = (unsigned char)v->body[i];

		if (c == '<' || c == '{')
			return POLL_NOT_A_FEED;
		/* White space, byte order marks, the NULs of UTF-16. */
		if (c > ' ' && c != 0xef && c != 0xbb && c != 0xbf &&
		    c != 0xfe && c != 0xff)
			break;
	}
	return POLL_NOT_XML;
}

/* The parser's word, and whether the body came whole. */
static void
judge_document(struct digest *d)
{
	const struct feed_doc *doc = d->doc;
	const struct visit *v = d->v;
	struct feed_state *st = d->st;
	const char *why = doc->why;

	switch (doc->status) {
	case FEED_OK:
		st->outcome = POLL_OK;
		why = NULL;
		break;
	case FEED_DAMAGED:
		st->outcome = POLL_DAMAGED;
		break;
	case FEED_NOT_A_FEED:
		st->outcome = not_a_feed(v);
		break;
	case FEED_EMPTY:
		st->outcome = POLL_EMPTY;
		break;
	case FEED_TOO_LARGE:
		st->outcome = doc->nitems > 0 ? POLL_DAMAGED : POLL_TOO_LARGE;
		break;
	}
	if (v->res != NULL && v->res->outcome == POLL_PROTOCOL) {
		/* What came before the connection broke is worth having. */
		st->outcome = doc->nitems > 0 ? POLL_DAMAGED : POLL_PROTOCOL;
		why = v->res->why;
	}
	st->why = short_text(v->arena, why, WHY_MAX_BYTES);
}

static const char *
header(const struct visit *v, enum response_header h)
{
	return v->res != NULL ? v->res->headers[h] : NULL;
}

static void
parse_body(struct digest *d)
{
	struct visit *v = d->v;
	struct feed_input in = {
		.body = v->body,
		.len = v->len,
		.url = v->res != NULL ? v->res->url : NULL,
		.content_type = header(v, HEADER_CONTENT_TYPE),
		.content_location = header(v, HEADER_CONTENT_LOCATION),
		.content_language = header(v, HEADER_CONTENT_LANGUAGE),
	};
	struct feed_state *st = d->st;

	d->doc = feed_parse(&in, &v->setup->limits);
	judge_document(d);
	v->body = NULL;
	if (v->res != NULL)
		fetch_result_drop_body(v->res);
	strbuf_fini(&v->file);
	strbuf_init(&v->file, 0);
	if (!poll_outcome_good(st->outcome))
		return;
	st->title = short_text(v->arena, d->doc->title, TITLE_MAX_BYTES);
	st->ttl_s = d->doc->ttl_s;
	st->period_s = d->doc->update_period_s;
	st->skip_hours = d->doc->skip_hours;
	st->skip_days = d->doc->skip_days;
	/* A part of a document without items says nothing about the rest. */
	st->doc_items = MAX((uint32_t)d->doc->nitems, v->whole ? 0 : 1);
	digest_items(d);
}

/* --- the state --- */

static void
forget_validators(struct feed_state *st)
{
	st->etag = st->last_modified = st->validators_url = NULL;
	st->body_hash = 0;
}

/*
 * Validators are stored when what they stand for has been parsed and taken
 * whole; a 304 renews what it names (RFC 9110, 15.4.5); other answers leave
 * them alone.
 */
static void
keep_validators(struct digest *d)
{
	struct feed_state *st = d->st;
	struct visit *v = d->v;
	struct arena *a = v->arena;
	const char *etag = fetch_validator(header(v, HEADER_ETAG));
	const char *modified = fetch_validator(header(v, HEADER_LAST_MODIFIED));
	bool renewed = v->res != NULL && v->res->outcome == POLL_UNCHANGED;

	bool complete = v->whole || (v->res != NULL && v->res->status == 226);

	if (d->hash == 0 && !renewed)
		return; /* no document came */
	if (!renewed &&
	    (!poll_outcome_good(st->outcome) || !complete || !d->all_taken)) {
		forget_validators(st);
		return;
	}
	if (etag != NULL || !renewed)
		st->etag = arena_strdup(a, etag);
	if (modified != NULL || !renewed)
		st->last_modified = arena_strdup(a, modified);
	if (!renewed)
		st->body_hash = d->hash;
	if (v->res != NULL)
		st->validators_url = arena_strdup(a, v->res->url);
}

/* A feed moves when its URL has said so often enough; should the new address
 * fail, the old one is asked again. */
static void
count_moves(struct digest *d)
{
	struct feed_state *st = d->st;
	const struct fetch_result *res = d->v->res;
	bool moved = st->moved_to != NULL && st->moved_count >= PLAN_MOVES;

	if (res == NULL)
		return;
	if (moved) {
		if (!poll_outcome_good(st->outcome) &&
		    st->outcome != POLL_THROTTLED) {
			st->moved_to = NULL;
			st->moved_count = 0;
		}
	} else if (poll_outcome_good(st->outcome)) {
		st->moved_count =
		    plan_moves(st->moved_to, st->moved_count, res->moved_to);
		st->moved_to = arena_strdup(d->v->arena, res->moved_to);
	}
}

/* A damaged document that has not changed is as damaged as before. */
static void
keep_why(struct digest *d)
{
	const struct feed_state *before = &d->v->job->state;

	d->st->why = poll_outcome_good(before->outcome) ? before->why : NULL;
}

static void
count_poll(struct digest *d)
{
	struct feed_state *st = d->st;

	st->polls++;
	st->items += d->v->nitems;
	st->bytes += d->v->res != NULL ? d->v->res->wire_bytes : d->v->len;
	st->last_attempt = d->now;
	st->http_status = d->v->res != NULL ? d->v->res->status : 0;
	if (poll_outcome_good(st->outcome)) {
		st->failures = 0;
		st->last_success = d->now;
	} else {
		st->failures++;
	}
}

static enum plan_event
plan_event_of(const struct digest *d)
{
	switch (d->st->outcome) {
	case POLL_OK:
	case POLL_DAMAGED:
	case POLL_UNCHANGED:
		return d->news > 0 ? PLAN_NEWS : PLAN_SAME;
	case POLL_GONE:
		return PLAN_GONE;
	case POLL_THROTTLED:
		return PLAN_THROTTLED;
	default:
		return PLAN_FAILED;
	}
}

static void
plan_poll(struct digest *d, struct plan *plan)
{
	const struct visit *v = d->v;
	const struct config *c = v->setup->config;
	struct feed_state *st = d->st;
	struct plan_input in = {
		.event = plan_event_of(d),
		.now = d->now,
		.every_s = d->cf->every_s,
		.adaptive = d->cf->adaptive || c->adaptive,
		.min_s = c->min_interval_s,
		.max_s = c->max_interval_s,
		.interval_s = st->interval_s,
		.failures = st->failures,
		.gone_before = v->job->state.outcome == POLL_GONE,
		.headers = {
			.cache_control = header(v, HEADER_CACHE_CONTROL),
			.expires = header(v, HEADER_EXPIRES),
			.date = header(v, HEADER_DATE),
			.age = header(v, HEADER_AGE),
			.retry_after = header(v, HEADER_RETRY_AFTER),
		},
		.hints = { st->ttl_s, st->period_s, st->skip_hours,
		    st->skip_days },
		.seed = hash_mix(hash_str(&d->g->key, d->cf->key), st->polls),
	};

	plan_next(&in, plan);
	st->next_why = plan->why;
	st->interval_s = plan->interval_s;
	if (!d->all_taken) {
		/* The rest of this very document: as soon as we may. */
		plan->delay_ms = (int64_t)c->min_interval_s * 1000;
		st->next_why = "more items";
	}
	/* Rounded up: after a restart it is no sooner. */
	st->next = plan->next == PLAN_NEVER
		       ? PLAN_NEVER
		       : (d->now_ms + plan->delay_ms + 999) / 1000;
}

void
digest(struct gatherer *g, const struct config_feed *cf, struct visit *v,
    int64_t now_ms, struct plan *plan)
{
	struct digest d = {
		.g = g,
		.cf = cf,
		.v = v,
		.st = &v->state,
		.now = now_ms / 1000,
		.now_ms = now_ms,
		.aged = v->job->aged != 0 ? v->job->aged : now_ms / 1000,
		.all_taken = true,
		.cp = {
			.topics = v->setup->config->topics,
			.limits = &v->setup->limits.item,
			.key = g->key,
		},
	};
	const char **only = NULL;

	if (cf->ntopics > 0) {
		only = arena_calloc(v->arena, cf->ntopics + 1, sizeof(*only));
		memcpy(only, cf->topics, cf->ntopics * sizeof(*only));
	}
	d.cp.only = only;
	if (v->res != NULL) {
		v->state.outcome = v->res->outcome;
		v->state.why = short_text(v->arena, v->res->why, WHY_MAX_BYTES);
	} else if (v->body != NULL) {
		v->state.why = NULL;
	}
	if (v->body != NULL)
		d.hash = body_hash(g, v);
	if (body_is_old(g, v))
		v->state.outcome = POLL_UNCHANGED;
	if (v->state.outcome == POLL_UNCHANGED)
		keep_why(&d);
	else if (v->body != NULL)
		parse_body(&d);
	keep_validators(&d);
	count_poll(&d);
	count_moves(&d);
	plan_poll(&d, plan);
	feed_doc_free(d.doc);
}
