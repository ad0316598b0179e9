/* ledger_packed.c - changes of the ledger for the store, and back. */
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "copy/ledger.h"

/*
 * Text, read at each start for all of the window: numbers end with ',', a
 * string is its length, ':', its bytes, ','. Before all stands the version.
 */
#define VERSION "1,"
#define SAME (-1) /* the topics of the story are those of the text */

/* --- written --- */

static void
put_number(struct strbuf *out, int64_t v)
{
	char digits[24];
	size_t at = sizeof(digits);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	digits[--at] = ',';
	do {
		digits[--at] = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (v < 0)
		digits[--at] = '-';
	(void)strbuf_append(out, digits + at, sizeof(digits) - at);
}

static void
put_string(struct strbuf *out, const char *s)
{
	size_t len = strlen(s);

	put_number(out, (int64_t)len);
	(void)strbuf_append(out, s, len);
	(void)strbuf_putc(out, ',');
}

static void
put_topics(struct strbuf *out, const struct ledger_topic *v, size_t n)
{
	put_number(out, (int64_t)n);
	for (size_t i = 0; i < n; i++) {
		put_string(out, v[i].name);
		put_number(out, v[i].level);
		put_number(out, v[i].score);
	}
}

int
ledger_pack(const struct ledger_change *c, struct strbuf *out)
{
	(void)strbuf_puts(out, VERSION);
	put_string(out, c->cluster);
	put_string(out, c->story);
	put_string(out, c->origin);
	put_number(out, c->agency);
	put_number(out, c->weight);
	put_number(out, c->since);
	put_number(out, (int64_t)c->items);
	put_topics(out, c->topics, c->ntopics);
	if (c->items > 1)
		put_topics(out, c->story_topics, c->nstory_topics);
	else
		put_number(out, SAME);
	put_number(out, (int64_t)c->norigins);
	for (size_t i = 0; i < c->norigins; i++) {
		put_string(out, c->origins[i].name);
		put_number(out, c->origins[i].texts);
	}
	put_number(out, (int64_t)c->njoined);
	for (size_t i = 0; i < c->njoined; i++)
		put_string(out, c->joined[i]);
	return strbuf_over(out) ? -1 : 0;
}

/* --- and read --- */

struct reading {
	struct arena *a;
	char *at; /* a copy that the change keeps; a NUL ends it */
	size_t left;
	bool bad;
};

static int64_t
get_number(struct reading *rd, int64_t min, int64_t max)
{
	bool minus = rd->left > 0 && *rd->at == '-';
	int64_t v = 0;
	size_t i = minus;

	for (; i < rd->left && rd->at[i] >= '0' && rd->at[i] <= '9'; i++) {
		if (v > (INT64_MAX - 9) / 10)
			break;
		v = v * 10 + (rd->at[i] - '0');
	}
	if (minus)
		v = -v;
	if (i == minus || i >= rd->left || rd->at[i] != ',' || v < min ||
	    v > max) {
		rd->bad = true;
		rd->left = 0;
		return min;
	}
	rd->at += i + 1;
	rd->left -= i + 1;
	return v;
}

static const char *
get_string(struct reading *rd)
{
	size_t len = (size_t)get_number(rd, 0, INT32_MAX);
	char *s = rd->at;

	if (rd->bad || len >= rd->left || s[len] != ',') {
		rd->bad = true;
		rd->left = 0;
		return "";
	}
	s[len] = '\0';
	rd->at += len + 1;
	rd->left -= len + 1;
	return s;
}

/* How many things follow; each takes some bytes. */
static size_t
get_count(struct reading *rd)
{
	return (size_t)get_number(rd, 0, (int64_t)rd->left);
}

static struct ledger_topic *
get_topics(struct reading *rd, size_t n)
{
	struct ledger_topic *v = arena_calloc(rd->a, n, sizeof(*v));

	for (size_t i = 0; i < n && !rd->bad; i++) {
		v[i].name = get_string(rd);
		v[i].level = (uint8_t)get_number(rd, 0, 2);
		v[i].score = (int32_t)get_number(rd, INT32_MIN, INT32_MAX);
	}
	return v;
}

static void
get_origins(struct reading *rd, struct ledger_change *c)
{
	c->norigins = get_count(rd);
	c->origins = arena_calloc(rd->a, c->norigins, sizeof(*c->origins));
	for (size_t i = 0; i < c->norigins && !rd->bad; i++) {
		c->origins[i].name = get_string(rd);
		c->origins[i].texts = (uint32_t)get_number(rd, 1, UINT32_MAX);
	}
}

int
ledger_unpack(
    struct arena *a, const char *text, int64_t at, struct ledger_change *c)
{
	struct reading rd = { .a = a };
	int64_t told;

	memset(c, 0, sizeof(*c));
	if (strncmp(text, VERSION, strlen(VERSION)) != 0)
		return -1;
	rd.at = arena_strdup(a, text + strlen(VERSION));
	rd.left = strlen(rd.at);
	c->at = at;
	c->cluster = get_string(&rd);
	c->story = get_string(&rd);
	c->origin = get_string(&rd);
	c->agency = get_number(&rd, 0, 1) != 0;
	c->weight = (uint32_t)get_number(&rd, 0, UINT32_MAX);
	c->since = get_number(&rd, INT64_MIN, INT64_MAX);
	c->items = (uint64_t)get_number(&rd, 0, INT64_MAX);
	c->ntopics = get_count(&rd);
	c->topics = get_topics(&rd, c->ntopics);
	c->story_topics = c->topics;
	c->nstory_topics = c->ntopics;
	told = get_number(&rd, SAME, (int64_t)rd.left);
	if (told != SAME && !rd.bad) {
		c->nstory_topics = (size_t)told;
		c->story_topics = get_topics(&rd, c->nstory_topics);
	}
	get_origins(&rd, c);
	c->njoined = (size_t)get_number(&rd, 0, ARRAY_LEN(c->joined));
	for (size_t i = 0; i < c->njoined && !rd.bad; i++)
		c->joined[i] = get_string(&rd);
	return rd.bad || rd.left > 0 ? -1 : 0;
}
