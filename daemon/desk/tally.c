/* tally.c - what the desk counts since its start. */
#include "desk/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/hmap.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "pipeline/classify.h"

const uint32_t tally_lag_ends[TALLY_LAGS] = { 10, 30, 60, 120, 300, 600, 1800,
	3600, 10800, 43200, 86400 };

void
tally_init(struct tally *t)
{
	*t = (struct tally){ .topics = hmap_new() };
}

void
tally_fini(struct tally *t)
{
	if (t->topics != NULL)
		hmap_free(t->topics, free);
	t->topics = NULL;
}

static struct tally_topic *
topic_of(struct tally *t, const char *name)
{
	struct tally_topic *tt = hmap_get(t->topics, name);

	if (tt == NULL) {
		tt = xcalloc(1, sizeof(*tt));
		(void)hmap_put(t->topics, name, tt);
	}
	return tt;
}

void
tally_match(struct tally *t, const struct decided *dd, enum relation relation)
{
	t->relations[relation]++;
	for (size_t i = 0; i < dd->topics.n; i++) {
		const struct topic_result *r = &dd->topics.v[i];

		if (r->level == TOPIC_ABOUT)
			topic_of(t, r->topic)->about++;
		else if (r->level == TOPIC_MENTIONS)
			topic_of(t, r->topic)->mentions++;
	}
}

static void
remember(struct tally_feed *f, uint32_t s)
{
	f->last_s = s;
	f->recent[f->n++ % TALLY_FEED_LAGS] = s;
}

void
tally_lag(struct tally *t, struct tally_feed *f, int64_t published, int64_t now)
{
	size_t i = 0;
	uint32_t s;

	/* A date of the future, or of another age, is none. */
	if (published <= 0 || published > now || now - published > INT32_MAX)
		return;
	s = (uint32_t)(now - published);
	while (i < TALLY_LAGS && s > tally_lag_ends[i])
		i++;
	t->lag[i]++;
	t->lags++;
	t->lag_sum += s;
	remember(f, s);
	remember(&t->recent, s);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int64_t
tally_feed_median(const struct tally_feed *f)
{
	uint32_t v[TALLY_FEED_LAGS];
	size_t n = MIN(f->n, (uint32_t)TALLY_FEED_LAGS);

	if (n == 0)
		return -1;
	memcpy(v, f->recent, sizeof(v));
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

struct tally_topic
tally_topic(const struct tally *t, const char *name)
{
	const struct tally_topic *tt = hmap_get(t->topics, name);

	return tt != NULL ? *tt : (struct tally_topic){ 0 };
}
