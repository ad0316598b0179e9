/* journal_mem.c - the journal's twin in memory: the same answers, no file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hmap.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "pipeline/poll.h"
#include "store/feedcols.h"
#include "store/journal.h"

/* A growing list of heap entries, oldest first. */
struct list {
	void **v;
	size_t n, size;
	size_t committed; /* what a rollback leaves */
};

struct mem_record {
	struct record r;
	struct arena *a;
};

struct mem_archived {
	struct archived a;
	struct arena *arena;
};

struct mem_remembered {
	struct remembered m;
	struct arena *a;
};

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

/* A feed, cursor or alert as it was before the transaction. */
struct undo {
	struct hmap *map;
	char *key;
	void *old; /* NULL = absent */
};

struct mem_journal {
	struct journal j; /* first */
	struct journal_params params;
	bool in_txn;
	struct list records, archive, remembered, counts;
	uint64_t archive_bytes, archive_bytes_committed;
	int64_t archive_id; /* of the newest row */
	uint64_t seq, seq_committed;
	struct hmap *feeds, *cursors, *alerts;
	struct undo *undo;
	size_t nundo, undo_size;
};

static void
list_add(struct list *l, void *p)
{
	if (l->n == l->size) {
		l->size = l->size == 0 ? 64 : l->size * 2;
		l->v = xreallocarray(l->v, l->size, sizeof(*l->v));
	}
	l->v[l->n++] = p;
}

static void
list_drop_front(struct list *l, size_t n, void (*drop)(void *))
{
	for (size_t i = 0; i < n; i++)
		drop(l->v[i]);
	if (n > 0)
		memmove(l->v, l->v + n, (l->n - n) * sizeof(*l->v));
	l->n -= n;
	l->committed = l->n;
}

static void
list_rollback(struct list *l, void (*drop)(void *))
{
	while (l->n > l->committed)
		drop(l->v[--l->n]);
}

static void
list_fini(struct list *l, void (*drop)(void *))
{
	l->committed = 0;
	list_rollback(l, drop);
	free(l->v);
}

static void
drop_record(void *p)
{
	struct mem_record *m = p;

	arena_free(m->a); /* holds m */
}

static void
drop_archived(void *p)
{
	struct mem_archived *m = p;

	arena_free(m->arena);
}

static void
drop_remembered(void *p)
{
	struct mem_remembered *m = p;

	arena_free(m->a);
}

static void
drop_feed(void *p)
{
	struct mem_feed *f = p;

	if (f == NULL)
		return;
	arena_free(f->a);
}

static void
drop_cursor(void *p)
{
	struct mem_cursor *c = p;

	if (c == NULL)
		return;
	free(c->sink);
	free(c);
}

static void
drop_alert(void *p)
{
	struct mem_alert *m = p;

	if (m == NULL)
		return;
	free(m->alert);
	free(m->subject);
	free(m->state);
	free(m);
}

static int
fail(struct mem_journal *mj, const char *words)
{
	snprintf(mj->j.error, sizeof(mj->j.error), "%s", words);
	errno = EINVAL;
	return -1;
}

/* Forget the old values (commit) or put them back (rollback). */
static void
undo_all(struct mem_journal *mj, bool back)
{
	while (mj->nundo > 0) {
		struct undo *u = &mj->undo[--mj->nundo];
		void (*drop)(void *) = u->map == mj->feeds    ? drop_feed
				       : u->map == mj->alerts ? drop_alert
							      : drop_cursor;

		if (back)
			drop(u->old != NULL ? hmap_put(u->map, u->key, u->old)
					    : hmap_del(u->map, u->key));
		else
			drop(u->old);
		free(u->key);
	}
}

/* NULL takes the key away. */
static void
put(struct mem_journal *mj, struct hmap *map, const char *key, void *value)
{
	void *old =
	    value != NULL ? hmap_put(map, key, value) : hmap_del(map, key);

	if (mj->nundo == mj->undo_size) {
		mj->undo_size = mj->undo_size == 0 ? 16 : mj->undo_size * 2;
		mj->undo =
		    xreallocarray(mj->undo, mj->undo_size, sizeof(*mj->undo));
	}
	mj->undo[mj->nundo++] = (struct undo){ map, xstrdup(key), old };
}

static int
mem_begin(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (mj->in_txn)
		return fail(mj, "already in a transaction");
	mj->in_txn = true;
	return 0;
}

static int
mem_commit(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	mj->in_txn = false;
	mj->records.committed = mj->records.n;
	mj->archive.committed = mj->archive.n;
	mj->remembered.committed = mj->remembered.n;
	mj->counts.committed = mj->counts.n;
	mj->seq_committed = mj->seq;
	mj->archive_bytes_committed = mj->archive_bytes;
	undo_all(mj, false);
	return 0;
}

static void
mem_rollback(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (!mj->in_txn)
		return;
	mj->in_txn = false;
	list_rollback(&mj->records, drop_record);
	list_rollback(&mj->archive, drop_archived);
	list_rollback(&mj->remembered, drop_remembered);
	list_rollback(&mj->counts, drop_remembered);
	mj->seq = mj->seq_committed;
	mj->archive_bytes = mj->archive_bytes_committed;
	undo_all(mj, true);
}

static int
mem_append(struct journal *j, struct record *r)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *a;
	struct journal_topic *topics;
	struct mem_record *m;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	a = arena_new(r->body_len + 1024);
	m = arena_calloc(a, 1, sizeof(*m));
	m->a = a;
	r->seq = ++mj->seq;
	m->r = *r;
	m->r.feed = arena_strdup(a, r->feed);
	m->r.item_id = arena_strdup(a, r->item_id);
	m->r.lang = arena_strdup(a, r->lang);
	m->r.story = arena_strdup(a, r->story);
	m->r.origin = arena_strdup(a, r->origin);
	m->r.to = arena_strdup(a, r->to);
	m->r.body = arena_strndup(a, r->body, r->body_len);
	if (r->explain != NULL)
		m->r.explain = arena_strndup(a, r->explain, r->explain_len);
	topics = arena_calloc(a, r->ntopics, sizeof(*topics));
	for (size_t i = 0; i < r->ntopics; i++) {
		topics[i] = r->topics[i];
		topics[i].name = arena_strdup(a, r->topics[i].name);
	}
	m->r.topics = topics;
	list_add(&mj->records, m);
	return 0;
}

static int
mem_read(
    struct journal *j, uint64_t after, size_t max, record_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct list *l = &mj->records;
	size_t i = 0;

	if (l->committed > 0) {
		struct mem_record *first = l->v[0];

		if (after >= first->r.seq)
			i = (size_t)MIN(
			    after - first->r.seq + 1, (uint64_t)l->committed);
	}
	for (; i < l->committed && max > 0; i++, max--) {
		struct mem_record *m = l->v[i];
		int stop = cb(cookie, &m->r);

		if (stop != 0)
			return stop;
	}
	return 0;
}

static int
mem_find_record(
    struct journal *j, const char *item_id, record_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	for (size_t i = mj->records.n; i > 0; i--) {
		const struct mem_record *m = mj->records.v[i - 1];

		if (m->r.kind <= RECORD_UPDATE && m->r.item_id != NULL &&
		    strcmp(m->r.item_id, item_id) == 0)
			return cb(cookie, &m->r);
	}
	return 0;
}

static int
mem_bounds(struct journal *j, uint64_t *oldest, uint64_t *newest)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	*newest = mj->seq_committed;
	*oldest = 0;
	if (mj->records.committed > 0)
		*oldest = ((struct mem_record *)mj->records.v[0])->r.seq;
	else if (*newest > 0)
		*oldest = *newest + 1;
	return 0;
}

static int
mem_put_feed(struct journal *j, const char *feed, const struct feed_state *st)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *a;
	struct mem_feed *f;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	a = arena_new(1024);
	f = arena_calloc(a, 1, sizeof(*f));
	f->a = a;
	f->feed = arena_strdup(a, feed);
	feed_state_copy(a, &f->st, st);
	put(mj, mj->feeds, feed, f);
	return 0;
}

static int
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

static int
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

static int
mem_put_archived(struct journal *j, const struct archived *a)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *arena;
	struct mem_archived *m;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	if (mj->params.archive_keep_s == 0 || mj->params.archive_max_bytes == 0)
		return 0;
	arena = arena_new(a->json_len + 512);
	m = arena_calloc(arena, 1, sizeof(*m));
	m->arena = arena;
	m->a = (struct archived){
		.item_id = arena_strdup(arena, a->item_id),
		.feed = arena_strdup(arena, a->feed),
		.url = arena_strdup(arena, a->url),
		.canonical = arena_strdup(arena, a->canonical),
		.at = a->at,
		.seq = a->seq,
		.json = arena_strndup(arena, a->json, a->json_len),
		.json_len = a->json_len,
		.id = ++mj->archive_id,
	};
	list_add(&mj->archive, m);
	mj->archive_bytes += a->json_len;
	return 0;
}

static int
mem_find_archived(struct journal *j, const char *id_or_url, size_t max,
    archived_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	for (size_t i = mj->archive.n; i > 0 && max > 0; i--) {
		const struct mem_archived *m = mj->archive.v[i - 1];
		int stop;

		if (strcmp(m->a.item_id, id_or_url) != 0 &&
		    (m->a.canonical == NULL ||
			strcmp(m->a.canonical, id_or_url) != 0))
			continue;
		max--;
		if ((stop = cb(cookie, &m->a)) != 0)
			return stop;
	}
	return 0;
}

/* Entries by their time; equal times in the order they came. */
struct timed {
	int64_t at;
	size_t i;
};

static int
by_time(const void *a, const void *b)
{
	const struct timed *ta = a, *tb = b;

	if (ta->at != tb->at)
		return ta->at < tb->at ? -1 : 1;
	return ta->i < tb->i ? -1 : ta->i > tb->i;
}

static int
mem_each_archived(
    struct journal *j, int64_t since, archived_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	size_t n = mj->archive.n;
	struct timed *t = xcalloc(n + 1, sizeof(*t));
	int stop = 0;

	for (size_t i = 0; i < n; i++)
		t[i] = (struct timed){
			((struct mem_archived *)mj->archive.v[i])->a.at, i
		};
	qsort(t, n, sizeof(*t), by_time);
	for (size_t i = 0; i < n && stop == 0; i++) {
		const struct mem_archived *m = mj->archive.v[t[i].i];

		if (m->a.at >= since)
			stop = cb(cookie, &m->a);
	}
	free(t);
	return stop;
}

static int
mem_page_archived(struct journal *j, const struct archive_place *after,
    size_t max, archived_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct archive_place place = *after;
	int stop = 0;

	for (; max > 0 && stop == 0; max--) {
		const struct archived *next = NULL;

		for (size_t i = 0; i < mj->archive.n; i++) {
			const struct mem_archived *m = mj->archive.v[i];

			if ((m->a.at > place.at ||
				(m->a.at == place.at && m->a.id > place.id)) &&
			    (next == NULL || m->a.at < next->at ||
				(m->a.at == next->at && m->a.id < next->id)))
				next = &m->a;
		}
		if (next == NULL)
			break;
		place = (struct archive_place){ next->at, next->id };
		stop = cb(cookie, next);
	}
	return stop;
}

static int
mem_put_remembered(struct journal *j, const struct remembered *r)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *a;
	struct mem_remembered *m;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	a = arena_new(1024);
	m = arena_calloc(a, 1, sizeof(*m));
	m->a = a;
	m->m = *r;
	m->m.item_json = arena_strdup(a, r->item_json);
	m->m.sig_json = arena_strdup(a, r->sig_json);
	m->m.account = arena_strdup(a, r->account);
	if (r->packed != NULL)
		m->m.packed = memcpy(arena_calloc(a, r->packed_len + 1, 1),
		    r->packed, r->packed_len);
	list_add(&mj->remembered, m);
	return 0;
}

static int
mem_each_remembered(
    struct journal *j, int64_t since, remembered_cb *cb, void *cookie)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	int stop = 0;

	for (size_t i = 0; i < mj->remembered.n && stop == 0; i++) {
		const struct mem_remembered *m = mj->remembered.v[i];

		if (m->m.at >= since)
			stop = cb(cookie, &m->m);
	}
	return stop;
}

static int
mem_put_counts(struct journal *j, const void *data, size_t len)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct mem_remembered *m;
	struct arena *a;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	a = arena_new(len + 1024);
	m = arena_calloc(a, 1, sizeof(*m));
	m->a = a;
	m->m.packed = memcpy(arena_calloc(a, len + 1, 1), data, len);
	m->m.packed_len = len;
	list_add(&mj->counts, m);
	return 0;
}

static int
mem_get_counts(struct journal *j, struct strbuf *out)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	const struct mem_remembered *m;

	if (mj->counts.n == 0)
		return 0;
	m = mj->counts.v[mj->counts.n - 1];
	return strbuf_append(out, m->m.packed, m->m.packed_len) == 0;
}

static int
mem_put_cursor(struct journal *j, const char *sink, const struct sink_cursor *c)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct mem_cursor *m;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	m = xcalloc(1, sizeof(*m));
	m->sink = xstrdup(sink);
	m->c = *c;
	put(mj, mj->cursors, sink, m);
	return 0;
}

static int
mem_get_cursor(struct journal *j, const char *sink, struct sink_cursor *c)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	const struct mem_cursor *m = hmap_get(mj->cursors, sink);

	if (m == NULL)
		return 0;
	*c = m->c;
	return 1;
}

static int
mem_del_cursor(struct journal *j, const char *sink)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
	put(mj, mj->cursors, sink, NULL);
	return 0;
}

static int
by_sink(const void *a, const void *b)
{
	const struct mem_cursor *const *ca = a, *const *cb = b;

	return strcmp((*ca)->sink, (*cb)->sink);
}

static int
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
		put(mj, mj->alerts, copy, NULL);
		free(copy);
		pos = 0; /* the map has changed */
	}
}

static int
mem_put_alert(struct journal *j, const struct alert_row *r)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct mem_alert *m = NULL;
	char *key;

	if (!mj->in_txn)
		return fail(mj, "not in a transaction");
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
		put(mj, mj->alerts, key, m);
	free(key);
	return 0;
}

static int
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

static void
prune_remembered(struct mem_journal *mj, int64_t cutoff)
{
	struct list *l = &mj->remembered;
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct mem_remembered *m = l->v[i];

		if (m->m.at < cutoff)
			drop_remembered(m);
		else
			l->v[kept++] = m;
	}
	l->n = l->committed = kept;
}

/* Of the records from the `from`th on. */
static uint64_t
record_bytes(const struct mem_journal *mj, size_t from)
{
	uint64_t n = 0;

	for (size_t i = from; i < mj->records.n; i++) {
		const struct mem_record *m = mj->records.v[i];

		n += m->r.body_len + m->r.explain_len;
	}
	return n;
}

/* All at once: there is nothing that a step could spare. */
static int
mem_prune(struct journal *j, int64_t now, uint64_t keep_seq)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	const struct journal_params *p = &mj->params;
	int64_t young = (now - (int64_t)p->journal_keep_s) * 1000;
	uint64_t max = p->archive_keep_s == 0 ? 0 : p->archive_max_bytes;
	size_t n;

	if (mj->in_txn)
		return fail(mj, "already in a transaction");
	for (n = 0; n < mj->records.n; n++) {
		const struct mem_record *m = mj->records.v[n];
		bool over = p->journal_max_bytes > 0 &&
			    record_bytes(mj, n) > p->journal_max_bytes;

		if (!over && (m->r.seq >= keep_seq || m->r.at_ms >= young))
			break;
	}
	list_drop_front(&mj->records, n, drop_record);
	for (n = 0; n < mj->archive.n; n++) {
		const struct mem_archived *m = mj->archive.v[n];

		if (max > 0 && m->a.at >= now - (int64_t)p->archive_keep_s &&
		    mj->archive_bytes <= max)
			break;
		mj->archive_bytes -= m->a.json_len;
	}
	mj->archive_bytes_committed = mj->archive_bytes;
	list_drop_front(&mj->archive, n, drop_archived);
	prune_remembered(mj, now - (int64_t)p->copy_window_s);
	return 0;
}

static uint64_t
mem_bytes(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	uint64_t n = mj->archive_bytes;

	for (size_t i = 0; i < mj->records.n; i++)
		n += ((struct mem_record *)mj->records.v[i])->r.body_len;
	return n;
}

static void
mem_sizes(struct journal *j, struct journal_sizes *sz)
{
	const struct mem_journal *mj = (struct mem_journal *)j;

	*sz = (struct journal_sizes){ record_bytes(mj, 0),
		mj->archive_bytes_committed };
}

static void
mem_close(struct journal *j)
{
	struct mem_journal *mj = (struct mem_journal *)j;

	mem_rollback(j);
	list_fini(&mj->records, drop_record);
	list_fini(&mj->archive, drop_archived);
	list_fini(&mj->remembered, drop_remembered);
	list_fini(&mj->counts, drop_remembered);
	hmap_free(mj->feeds, drop_feed);
	hmap_free(mj->cursors, drop_cursor);
	hmap_free(mj->alerts, drop_alert);
	free(mj->undo);
	free(mj);
}

static const struct journal_ops mem_ops = {
	.begin = mem_begin,
	.commit = mem_commit,
	.rollback = mem_rollback,
	.append = mem_append,
	.read = mem_read,
	.find_record = mem_find_record,
	.bounds = mem_bounds,
	.put_feed = mem_put_feed,
	.get_feed = mem_get_feed,
	.each_feed = mem_each_feed,
	.put_archived = mem_put_archived,
	.find_archived = mem_find_archived,
	.each_archived = mem_each_archived,
	.page_archived = mem_page_archived,
	.put_remembered = mem_put_remembered,
	.each_remembered = mem_each_remembered,
	.put_counts = mem_put_counts,
	.get_counts = mem_get_counts,
	.put_alert = mem_put_alert,
	.each_alert = mem_each_alert,
	.put_cursor = mem_put_cursor,
	.get_cursor = mem_get_cursor,
	.del_cursor = mem_del_cursor,
	.each_cursor = mem_each_cursor,
	.prune = mem_prune,
	.bytes = mem_bytes,
	.sizes = mem_sizes,
	.close = mem_close,
};

struct journal *
journal_open_mem(const struct journal_params *p)
{
	struct mem_journal *mj = xcalloc(1, sizeof(*mj));
	struct hash_key r;

	mj->j.ops = &mem_ops;
	mj->params = *p;
	mj->params.path = NULL;
	mj->params.archive_keep_s = MIN(p->archive_keep_s, INT32_MAX);
	mj->params.journal_keep_s = MIN(p->journal_keep_s, INT32_MAX);
	mj->params.copy_window_s = MIN(p->copy_window_s, INT32_MAX);
	hash_key_random(&r);
	mj->j.epoch = (r.k[0] >> 1) | 1U;
	hash_key_random(&mj->j.key);
	mj->feeds = hmap_new();
	mj->cursors = hmap_new();
	mj->alerts = hmap_new();
	return &mj->j;
}
