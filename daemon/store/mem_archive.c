/* mem_archive.c - archive, copy window and counts in memory. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "store/mem_priv.h"

void
mem_drop_archived(void *p)
{
	struct mem_archived *m = p;

	arena_free(m->arena);
}

void
mem_drop_remembered(void *p)
{
	struct mem_remembered *m = p;

	arena_free(m->a);
}

int
mem_put_archived(struct journal *j, const struct archived *a)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *arena;
	struct mem_archived *m;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
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
	mem_list_add(&mj->archive, m);
	mj->archive_bytes += a->json_len;
	return 0;
}

int
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

int
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

int
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

int
mem_put_remembered(struct journal *j, const struct remembered *r)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct arena *a;
	struct mem_remembered *m;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
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
	mem_list_add(&mj->remembered, m);
	return 0;
}

int
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

int
mem_put_counts(struct journal *j, const void *data, size_t len)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	struct mem_remembered *m;
	struct arena *a;

	if (!mj->in_txn)
		return mem_fail(mj, "not in a transaction");
	a = arena_new(len + 1024);
	m = arena_calloc(a, 1, sizeof(*m));
	m->a = a;
	m->m.packed = memcpy(arena_calloc(a, len + 1, 1), data, len);
	m->m.packed_len = len;
	mem_list_add(&mj->counts, m);
	return 0;
}

int
mem_get_counts(struct journal *j, struct strbuf *out)
{
	struct mem_journal *mj = (struct mem_journal *)j;
	const struct mem_remembered *m;

	if (mj->counts.n == 0)
		return 0;
	m = mj->counts.v[mj->counts.n - 1];
	return strbuf_append(out, m->m.packed, m->m.packed_len) == 0;
}
