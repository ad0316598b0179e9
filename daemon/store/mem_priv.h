/*
 * mem_priv - the journal in memory, over its files.
 *
 * Private to the store's journal_mem.c and mem_*.c. An entry of a list is one
 * arena that holds it; a drop function takes NULL.
 */
#ifndef STORE_MEM_PRIV_H
#define STORE_MEM_PRIV_H

#include "store/journal.h"

struct hmap;

/* A growing list of heap entries, oldest first. */
struct mem_list {
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

/* A row of a map as it was before the transaction. */
struct mem_undo {
	struct hmap *map;
	char *key;
	void *old; /* NULL = absent */
	void (*drop)(void *);
};

struct mem_journal {
	struct journal j; /* first */
	struct journal_params params;
	bool in_txn;
	struct mem_list records, archive, remembered, counts;
	uint64_t archive_bytes, archive_bytes_committed;
	int64_t archive_id; /* of the newest row */
	uint64_t seq, seq_committed;
	struct hmap *feeds, *cursors, *alerts;
	struct mem_undo *undo;
	size_t nundo, undo_size;
};

/* mem_state.c */
void mem_list_add(struct mem_list *l, void *p);
void mem_list_drop_front(struct mem_list *l, size_t n, void (*drop)(void *));
void mem_list_rollback(struct mem_list *l, void (*drop)(void *));
void mem_list_fini(struct mem_list *l, void (*drop)(void *));
int mem_fail(struct mem_journal *mj, const char *words);
void mem_undo_all(struct mem_journal *mj, bool back);
void mem_put(struct mem_journal *mj, struct hmap *map, const char *key,
    void *value, void (*drop)(void *));

/* mem_records.c */
void mem_drop_record(void *p);
int mem_append(struct journal *j, struct record *r);
int mem_read(
    struct journal *j, uint64_t after, size_t max, record_cb *cb, void *cookie);
int mem_find_record(
    struct journal *j, const char *item_id, record_cb *cb, void *cookie);
int mem_bounds(struct journal *j, uint64_t *oldest, uint64_t *newest);
uint64_t mem_record_bytes(const struct mem_journal *mj);

/* mem_archive.c */
void mem_drop_archived(void *p);
void mem_drop_remembered(void *p);
int mem_put_archived(struct journal *j, const struct archived *a);
int mem_find_archived(struct journal *j, const char *id_or_url, size_t max,
    archived_cb *cb, void *cookie);
int mem_each_archived(
    struct journal *j, int64_t since, archived_cb *cb, void *cookie);
int mem_page_archived(struct journal *j, const struct archive_place *after,
    size_t max, archived_cb *cb, void *cookie);
int mem_put_remembered(struct journal *j, const struct remembered *r);
int mem_each_remembered(
    struct journal *j, int64_t since, remembered_cb *cb, void *cookie);
int mem_put_counts(struct journal *j, const void *data, size_t len);
int mem_get_counts(struct journal *j, struct strbuf *out);

/* mem_rows.c */
void mem_drop_feed(void *p);
void mem_drop_cursor(void *p);
void mem_drop_alert(void *p);
int mem_put_feed(
    struct journal *j, const char *feed, const struct feed_state *st);
int mem_get_feed(struct journal *j, struct arena *a, const char *feed,
    struct feed_state *st);
int mem_each_feed(struct journal *j, feed_state_cb *cb, void *cookie);
int mem_put_cursor(
    struct journal *j, const char *sink, const struct sink_cursor *c);
int mem_get_cursor(struct journal *j, const char *sink, struct sink_cursor *c);
int mem_del_cursor(struct journal *j, const char *sink);
int mem_each_cursor(
    struct journal *j, const char *prefix, cursor_cb *cb, void *cookie);
int mem_put_alert(struct journal *j, const struct alert_row *r);
int mem_each_alert(struct journal *j, alert_row_cb *cb, void *cookie);

/* mem_prune.c */
int mem_prune(struct journal *j, int64_t now, uint64_t keep_seq);

#endif
