/* mem_rows.c - feed states, cursors and alerts in memory. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hmap.h"
#include "base/xmalloc.h"
#include "pipeline/poll.h"
#include "store/feedcols.h"
#include "store/mem_priv.h"

struct mem_feed {
	char *feed;
	struct feed_state st;
	struct arena *a;
};

struct mem_cursor {
	char *sink;
	struct sink_cursor c;
};

struct mem_alert {
	char *alert, *subject, *state;
};

void
mem_drop_feed(void *p)
{
	struct mem_feed *f = p;

	if (f == NULL)
		return;
	arena_free(f->a);
}

void
mem_drop_cursor(void *p)
{
	struct mem_cursor *c = p;

	if (c == NULL)
		return;
	free(c->sink);
	free(c);
}

void
mem_drop_alert(void *p)
{
	struct mem_alert *m = p;

	if (m == NULL)
		return;
	free(m->alert);
	free(m->subject);
	free(m->state);
	free(m);
}

int
mem_put_feed(struct journal *j, const char *feed, const struct feed_state *st)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *a;
	struct mem_feed *f;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
	a = arena_new(1024);
	f = arena_calloc(a, 1, sizeof(*f));
	f->a = a;
	f->feed = arena_strdup(a, feed);
	feed_state_copy(a, &f->st, st);
	mem_put(mj, mj->feeds, feed, f, mem_drop_feed);
	return 0;
}

int
mem_get_feed(
    struct journal *j, struct arena *a, const char *feed, struct feed_state *st)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	const struct mem_feed *f = hmap_get(mj->feeds, feed);

	if (f == NULL)
		return 0;
	feed_state_copy(a, st, &f->st);
	return 1;
}

static int
by_feed(const void *a, const void *b)
{
	const struct mem_feed *const *fa = a, *const *fb = b;

	return strcmp((*fa)->feed, (*fb)->feed);
}

int
mem_each_feed(struct journal *j, feed_state_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	size_t n = hmap_len(mj->feeds), i = 0, pos = 0;
	struct mem_feed **v = xcalloc(n + 1, sizeof(struct mem_feed *));
	void *value;
	int stop = 0;

	while (i < n && hmap_next(mj->feeds, &pos, NULL, NULL, &value))
		v[i++] = value;
	qsort(v, n, sizeof(struct mem_feed *), by_feed);
	for (i = 0; i < n && stop == 0; i++)
		stop = cb(cookie, v[i]->feed, &v[i]->st);
	free(v);
	return stop;
}

int
mem_put_cursor(struct journal *j, const char *sink, const struct sink_cursor *c)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct mem_cursor *m;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
	m = xcalloc(1, sizeof(*m));
	m->sink = xstrdup(sink);
	m->c = *c;
	mem_put(mj, mj->cursors, sink, m, mem_drop_cursor);
	return 0;
}

int
mem_get_cursor(struct journal *j, const char *sink, struct sink_cursor *c)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	const struct mem_cursor *m = hmap_get(mj->cursors, sink);

	if (m == NULL)
		return 0;
	*c = m->c;
	return 1;
}

int
mem_del_cursor(struct journal *j, const char *sink)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
	mem_put(mj, mj->cursors, sink, NULL, mem_drop_cursor);
	return 0;
}

static int
by_sink(const void *a, const void *b)
{
	const struct mem_cursor *const *ca = a, *const *cb = b;

	return strcmp((*ca)->sink, (*cb)->sink);
}

int
mem_each_cursor(
    struct journal *j, const char *prefix, cursor_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	size_t n = hmap_len(mj->cursors), i = 0, pos = 0;
	struct mem_cursor **v = xcalloc(n + 1, sizeof(struct mem_cursor *));
	void *value;
	int stop = 0;

	while (i < n && hmap_next(mj->cursors, &pos, NULL, NULL, &value))
		v[i++] = value;
	qsort(v, n, sizeof(struct mem_cursor *), by_sink);
	for (i = 0; i < n && stop == 0; i++)
		if (strncmp(v[i]->sink, prefix, strlen(prefix)) == 0)
			stop = cb(cookie, v[i]->sink, &v[i]->c);
	free(v);
	return stop;
}

/* All rows of an alert. */
static void
forget_alert(struct mem_journal *mj, const char *alert)
{
	size_t pos = 0;
	const char *key;
	void *v;

	while (hmap_next(mj->alerts, &pos, &key, NULL, &v)) {
		const struct mem_alert *m = v;
		char *copy;

		if (strcmp(m->alert, alert) != 0)
			continue;
		copy = xstrdup(key);
		mem_put(mj, mj->alerts, copy, NULL, mem_drop_alert);
		free(copy);
		pos = 0; /* the map has changed */
	}
}

int
mem_put_alert(struct journal *j, const struct alert_row *r)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct mem_alert *m = NULL;
	char *key;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
	if (r->subject == NULL) {
		forget_alert(mj, r->alert);
		return 0;
	}
	key = xasprintf("%s\n%s", r->alert, r->subject);
	if (r->state != NULL) {
		m = xcalloc(1, sizeof(*m));
		*m = (struct mem_alert){ xstrdup(r->alert), xstrdup(r->subject),
			xstrdup(r->state) };
	}
	if (m != NULL || hmap_get(mj->alerts, key) != NULL)
		mem_put(mj, mj->alerts, key, m, mem_drop_alert);
	free(key);
	return 0;
}

int
mem_each_alert(struct journal *j, alert_row_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	size_t pos = 0;
	int stop = 0;
	void *v;

	while (stop == 0 && hmap_next(mj->alerts, &pos, NULL, NULL, &v)) {
		const struct mem_alert *m = v;
		const struct alert_row r = { m->alert, m->subject, m->state };

		stop = cb(cookie, &r);
	}
	return stop;
}
