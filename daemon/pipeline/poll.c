/* poll.c - a poll's frames and the words for its outcome. */
#include <stddef.h>
#include <string.h>

#include "base/arena.h"
#include "pipeline/poll.h"

static const struct {
	const char *name;
	bool good;
} outcomes[POLL_OUTCOME_COUNT] = {
	[POLL_OK] = { "ok", true },
	[POLL_UNCHANGED] = { "unchanged", true },
	[POLL_DAMAGED] = { "damaged", true },
	[POLL_NOT_XML] = { "not_xml", false },
	[POLL_NOT_A_FEED] = { "not_a_feed", false },
	[POLL_EMPTY] = { "empty", false },
	[POLL_TOO_LARGE] = { "too_large", false },
	[POLL_TIMEOUT] = { "timeout", false },
	[POLL_DNS] = { "dns", false },
	[POLL_CONNECT] = { "connect", false },
	[POLL_TLS] = { "tls", false },
	[POLL_PROTOCOL] = { "protocol", false },
	[POLL_HTTP_ERROR] = { "http_error", false },
	[POLL_GONE] = { "gone", false },
	[POLL_THROTTLED] = { "throttled", false },
	[POLL_REDIRECT] = { "redirect", false },
	[POLL_BLOCKED_ADDRESS] = { "blocked_address", false },
	[POLL_BAD_URL] = { "bad_url", false },
	[POLL_NO_FILE] = { "no_file", false },
	[POLL_CRASHED] = { "crashed", false },
	[POLL_REFUSED] = { "refused", false },
};

const char *
poll_outcome_name(enum poll_outcome o)
{
	return (unsigned int)o < POLL_OUTCOME_COUNT ? outcomes[o].name : "?";
}

bool
poll_outcome_parse(const char *s, enum poll_outcome *o)
{
	for (size_t i = 0; i < POLL_OUTCOME_COUNT; i++) {
		if (strcmp(outcomes[i].name, s) == 0) {
			*o = (enum poll_outcome)i;
			return true;
		}
	}
	return false;
}

bool
poll_outcome_good(enum poll_outcome o)
{
	return (unsigned int)o < POLL_OUTCOME_COUNT && outcomes[o].good;
}

/* --- a feed's state, walked by one table both ways --- */

enum kind { STR, I64, U64, U32, OUTCOME };

struct row {
	const char *key;
	enum kind kind;
	size_t offset;
};

#define ROW(type, member, kind)                                                \
	{                                                                      \
#member, kind, offsetof(struct type, member)                   \
	}

static const struct row state_rows[] = {
	ROW(feed_state, etag, STR),
	ROW(feed_state, last_modified, STR),
	ROW(feed_state, validators_url, STR),
	ROW(feed_state, body_hash, U64),
	ROW(feed_state, last_attempt, I64),
	ROW(feed_state, last_success, I64),
	ROW(feed_state, next, I64),
	ROW(feed_state, next_why, STR),
	ROW(feed_state, failures, U32),
	ROW(feed_state, outcome, OUTCOME),
	ROW(feed_state, http_status, U32),
	ROW(feed_state, why, STR),
	ROW(feed_state, title, STR),
	ROW(feed_state, moved_to, STR),
	ROW(feed_state, moved_count, U32),
	ROW(feed_state, items, U64),
	ROW(feed_state, bytes, U64),
	ROW(feed_state, polls, U64),
	ROW(feed_state, url, STR),
	ROW(feed_state, interval_s, U32),
	ROW(feed_state, ttl_s, U32),
	ROW(feed_state, period_s, U32),
	ROW(feed_state, skip_hours, U32),
	ROW(feed_state, skip_days, U32),
	ROW(feed_state, health, U32),
	ROW(feed_state, health_since, I64),
	ROW(feed_state, bad_since, I64),
	ROW(feed_state, news_first, I64),
	ROW(feed_state, news_last, I64),
	ROW(feed_state, gap_s, U32),
	ROW(feed_state, doc_items, U32),
	ROW(feed_state, furniture, STR),
};

static const struct row job_rows[] = {
	ROW(poll_job, feed, STR),
	ROW(poll_job, serial, U32),
	ROW(poll_job, generation, U32),
	ROW(poll_job, rev, U32),
	ROW(poll_job, aged, I64),
};

static const struct row done_rows[] = {
	ROW(poll_done, feed, STR),
	ROW(poll_done, serial, U32),
	ROW(poll_done, generation, U32),
	ROW(poll_done, rev, U32),
	ROW(poll_done, items, U32),
};

static void
encode_rows(json_t *o, const struct row *rows, size_t n, const void *base)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		const void *p = (const char *)base + r->offset;
		json_t *v = NULL;

		switch (r->kind) {
		case STR:
			if (*(const char *const *)p != NULL)
				v = json_string(*(const char *const *)p);
			break;
		case I64:
		case U64: /* the same bits; jansson's integers have a sign */
			v = json_integer(*(const json_int_t *)p);
			break;
		case U32:
			v = json_integer(*(const uint32_t *)p);
			break;
		case OUTCOME:
			v = json_string(
			    poll_outcome_name(*(const enum poll_outcome *)p));
			break;
		}
		if (v != NULL)
			json_object_set_new(o, r->key, v);
	}
}

static int
decode_row(struct arena *a, const json_t *v, const struct row *r, void *p)
{
	switch (r->kind) {
	case STR:
		*(const char **)p = arena_strdup(a, json_string_value(v));
		return json_is_string(v) ? 0 : -1;
	case I64:
	case U64:
		*(int64_t *)p = json_integer_value(v);
		return json_is_integer(v) ? 0 : -1;
	case U32:
		if (!json_is_integer(v) || json_integer_value(v) < 0 ||
		    json_integer_value(v) > UINT32_MAX)
			return -1;
		*(uint32_t *)p = (uint32_t)json_integer_value(v);
		return 0;
	case OUTCOME:
		return json_is_string(v) &&
			       poll_outcome_parse(json_string_value(v), p)
			   ? 0
			   : -1;
	}
	return -1;
}

/* An absent key leaves the zero that is there. */
static int
decode_rows(struct arena *a, const json_t *o, const struct row *rows, size_t n,
    void *base)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *v = json_object_get(o, rows[i].key);

		if (v != NULL && decode_row(a, v, &rows[i],
				     (char *)base + rows[i].offset) == -1)
			return -1;
	}
	return 0;
}

/* Four integers an item, in one flat list: it is the bulk of the frame. */
static json_t *
encode_seen(const struct seen *s, size_t n)
{
	json_t *v = json_array();

	for (size_t i = 0; i < n; i++) {
		json_array_append_new(
		    v, json_integer((json_int_t)s[i].identity));
		json_array_append_new(
		    v, json_integer((json_int_t)s[i].content));
		json_array_append_new(v, json_integer(s[i].last));
		json_array_append_new(v, json_integer(s[i].revision));
	}
	return v;
}

static int
decode_seen(struct arena *a, const json_t *v, struct feed_state *st)
{
	size_t n = json_array_size(v);

	if (v == NULL)
		return 0;
	if (!json_is_array(v) || n % 4 != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (!json_is_integer(json_array_get(v, i)))
			return -1;
	}
	st->nseen = n / 4;
	st->seen = arena_calloc(a, st->nseen + 1, sizeof(*st->seen));
	for (size_t i = 0; i < st->nseen; i++) {
		struct seen *s = &st->seen[i];

		s->identity =
		    (uint64_t)json_integer_value(json_array_get(v, i * 4));
		s->content =
		    (uint64_t)json_integer_value(json_array_get(v, i * 4 + 1));
		s->last = json_integer_value(json_array_get(v, i * 4 + 2));
		s->revision =
		    (uint32_t)json_integer_value(json_array_get(v, i * 4 + 3));
	}
	return 0;
}

static json_t *
encode_state(const struct feed_state *st)
{
	json_t *o = json_object();

	encode_rows(o, state_rows, ARRAY_LEN(state_rows), st);
	json_object_set_new(o, "seen", encode_seen(st->seen, st->nseen));
	return o;
}

static int
decode_state(struct arena *a, const json_t *o, struct feed_state *st)
{
	if (!json_is_object(o) ||
	    decode_rows(a, o, state_rows, ARRAY_LEN(state_rows), st) == -1)
		return -1;
	return decode_seen(a, json_object_get(o, "seen"), st);
}

/* --- the two frames --- */

json_t *
poll_job_encode(const struct poll_job *p)
{
	json_t *o = json_object();

	encode_rows(o, job_rows, ARRAY_LEN(job_rows), p);
	json_object_set_new(o, "state", encode_state(&p->state));
	return o;
}

struct poll_job *
poll_job_decode(struct arena *a, const json_t *j)
{
	struct poll_job *p = arena_calloc(a, 1, sizeof(*p));

	if (!json_is_object(j) ||
	    decode_rows(a, j, job_rows, ARRAY_LEN(job_rows), p) == -1 ||
	    p->feed == NULL ||
	    decode_state(a, json_object_get(j, "state"), &p->state) == -1)
		return NULL;
	return p;
}

json_t *
poll_done_encode(const struct poll_done *p)
{
	json_t *o = json_object();

	encode_rows(o, done_rows, ARRAY_LEN(done_rows), p);
	json_object_set_new(o, "state", encode_state(&p->state));
	return o;
}

struct poll_done *
poll_done_decode(struct arena *a, const json_t *j)
{
	struct poll_done *p = arena_calloc(a, 1, sizeof(*p));

	if (!json_is_object(j) ||
	    decode_rows(a, j, done_rows, ARRAY_LEN(done_rows), p) == -1 ||
	    p->feed == NULL ||
	    decode_state(a, json_object_get(j, "state"), &p->state) == -1)
		return NULL;
	return p;
}
