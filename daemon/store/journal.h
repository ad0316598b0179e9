/*
 * journal - the only truth: records in one order, and what must commit with
 * them (feed states, archive, sink cursors).
 *
 * Behind a struct of functions: SQLite (journal_sqlite.c) in the daemon, and
 * a twin in memory (journal_mem.c) for tests. One writer, one thread.
 * int results: 0, or -1 with errno and journal_error() for words.
 * EIO, ENOSPC: the store is in trouble, what was committed stays; EBUSY:
 * another daemon has it; EPROTO: newer version; EBADMSG: corrupt.
 * What a callback is shown is gone when it returns, and it must not start
 * another walk of the same kind. append and put_* need a transaction; read and
 * bounds show what is committed, nothing else.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/macros.h"
#include "copy/copies.h"
#include "topic/topic.h"

struct arena;
struct feed_state;
struct journal;
struct strbuf;

struct journal_topic {
	const char *name;
	enum topic_level level;
	int32_t score;
	/* Of a copy: 0, or 1 + the level that its text had reached for this
	 * topic before, where the copy reaches more. Who asked for more than
	 * that has not had the text yet. */
	uint8_t fresh;
	/* Of an update: the level before it. */
	enum topic_level was;
	/* A look back tells it for this topic; the others of its record were
	 * told before, and are there for what comes after. */
	bool looked_back;
};

enum record_kind { RECORD_ITEM, RECORD_UPDATE, RECORD_STORY, RECORD_ALERT };

#define RECORD_MAX_BYTES ((size_t)1 << 20) /* a frame line, cursor and all */

/* One record; what a reader filters by stands beside the body. */
struct record {
	uint64_t seq;  /* from 1, gap-free; set by append */
	int64_t at_ms; /* wall clock when committed */
	enum record_kind kind;
	const char *feed, *item_id, *lang, *story; /* NULL = absent */
	enum relation relation;
	const char *origin; /* who wrote it; NULL = absent */
	uint32_t origins;   /* of its story, so far */
	const char *to;     /* of an alert: the sinks it is for, a line each;
			     NULL = absent */
	const struct journal_topic *topics;
	size_t ntopics;
	const char *body; /* {"item":{...}}, {"update":{...}}, {"story":{...}}:
			     the frame without cursor and evidence; of
			     record_encode() */
	size_t body_len;
	const char *explain; /* the evidence, a JSON value; NULL = none */
	size_t explain_len;
	bool damaged; /* read back broken: only seq and at_ms can be trusted,
			 there is no body; readers tell it as a gap */
};

/*
 * The frame of relate_frame() or relate_update() as a record keeps it: the
 * evidence (_wiresift.explain of the item) goes to `explain` (left empty if
 * there is none), the rest to `body`, with "item" and "_wiresift" as the last
 * members, so that a sender can put the evidence back without parsing. A frame
 * over RECORD_MAX_BYTES loses text, then fields, until it fits, and says
 * "truncated". Takes nothing: the frame is changed, the caller still owns it.
 * -1 (EMSGSIZE) when even the smallest form does not fit, or the frame is no
 * frame.
 */
int record_encode(
    json_t *frame, struct strbuf *body, struct strbuf *explain) MUST_CHECK;

/* An item of the archive, matched or not. */
struct archived {
	const char *item_id, *feed, *url, *canonical;
	int64_t at;       /* seconds, received */
	uint64_t seq;     /* its record; 0 = none */
	const char *json; /* item_encode(), decided or not, one line */
	size_t json_len;
	int64_t id; /* its row, > 0: of page_archived() and find_archived() */
};

/* A place in the archive: behind the item of that time and row. */
struct archive_place {
	int64_t at, id;
};

/* What the copy index is rebuilt from at start. */
struct remembered {
	int64_t at;
	const void
	    *packed; /* copies_pack(); NULL = by an older version, then */
	size_t packed_len;
	const char *item_json; /* item_encode() in short: no texts; and */
	const char *sig_json;  /* signature_encode(); else both "" */
	struct copies_match match;
	const char *account; /* ledger_pack(); NULL = of an older version */
};

/* A sink's place: how far it read, and what its file was then. */
struct sink_cursor {
	uint64_t epoch;
	uint64_t seq;
	uint64_t dev, ino, offset;
};

/* What is known of an alert's subject: an object as JSON. Alerts have no "_"
 * in front: those names are the desk's, for what is kept in the same way. */
struct alert_row {
	const char *alert, *subject; /* subject "" = the alert itself */
	const char *state;
};

/* 0 = go on, anything else stops the walk and is returned. */
typedef int record_cb(void *cookie, const struct record *r);
typedef int archived_cb(void *cookie, const struct archived *a);
typedef int remembered_cb(void *cookie, const struct remembered *m);
typedef int feed_state_cb(
    void *cookie, const char *feed, const struct feed_state *st);
typedef int alert_row_cb(void *cookie, const struct alert_row *r);
typedef int cursor_cb(
    void *cookie, const char *sink, const struct sink_cursor *c);

/* What the limits count: the texts, not what the database adds. */
struct journal_sizes {
	uint64_t records, archive; /* bytes */
};

struct journal_ops {
	int (*begin)(struct journal *j);
	int (*commit)(struct journal *j);    /* durable when it returns 0 */
	void (*rollback)(struct journal *j); /* the counter too */
	int (*append)(struct journal *j, struct record *r); /* sets r->seq */
	/* Records with seq > after, in order, at most `max`. */
	int (*read)(struct journal *j, uint64_t after, size_t max,
	    record_cb *cb, void *cookie);
	/* The newest record, ITEM or UPDATE, of an item, committed or of this
	 * transaction: the answer of `cb`; 0 when there is none. */
	int (*find_record)(struct journal *j, const char *item_id,
	    record_cb *cb, void *cookie);
	/* oldest and newest seq kept; 0, 0 when there is none. After pruning
	 * all, newest stays and oldest = newest + 1. */
	int (*bounds)(struct journal *j, uint64_t *oldest, uint64_t *newest);

	int (*put_feed)(
	    struct journal *j, const char *feed, const struct feed_state *st);
	/* 1 found (memory in `a`), 0 not, -1. EBADMSG: the row is damaged, and
	 * *st zeroes, but for the seen set if that is whole. */
	int (*get_feed)(struct journal *j, struct arena *a, const char *feed,
	    struct feed_state *st);
	int (*each_feed)(struct journal *j, feed_state_cb *cb, void *cookie);

	int (*put_archived)(struct journal *j, const struct archived *a);
	/* By item id, or canonical URL; newest first; at most `max`. */
	int (*find_archived)(struct journal *j, const char *id_or_url,
	    size_t max, archived_cb *cb, void *cookie);
	int (*each_archived)(
	    struct journal *j, int64_t since, archived_cb *cb, void *cookie);
	/* Those behind `after`, by time and then row, at most `max`: for a
	 * walk in pieces, between which the archive may grow and shrink. */
	int (*page_archived)(struct journal *j,
	    const struct archive_place *after, size_t max, archived_cb *cb,
	    void *cookie);

	int (*put_remembered)(struct journal *j, const struct remembered *m);
	int (*each_remembered)(struct journal *j, int64_t since,
	    remembered_cb *cb, void *cookie); /* in the order they were put */
	/* The counts of words that go with them; one, replaced. */
	int (*put_counts)(struct journal *j, const void *data, size_t len);
	int (*get_counts)(struct journal *j, struct strbuf *out); /* 1, 0, -1 */

	/* State NULL takes the row away; subject NULL too, all of the alert. */
	int (*put_alert)(struct journal *j, const struct alert_row *r);
	/* The memory twin: in any order. */
	int (*each_alert)(struct journal *j, alert_row_cb *cb, void *cookie);

	int (*put_cursor)(
	    struct journal *j, const char *sink, const struct sink_cursor *c);
	int (*get_cursor)(struct journal *j, const char *sink,
	    struct sink_cursor *c); /* 1, 0, -1 */
	int (*del_cursor)(struct journal *j, const char *sink);
	/* Those whose names begin with `prefix`, in the order of names. */
	int (*each_cursor)(
	    struct journal *j, const char *prefix, cursor_cb *cb, void *cookie);

	/* Drop archive, remembered and records that are too old; records from
	 * `keep_seq` on stay (what the slowest sink still needs; UINT64_MAX =
	 * nobody needs any), as long as all are within journal_max_bytes.
	 * Bounded work a call; 1 = more to do. Also moves the log into the
	 * database: call it when idle. Not inside a transaction. */
	int (*prune)(struct journal *j, int64_t now, uint64_t keep_seq);
	/* Hold room on the disk back, so that a full one still takes what is
	 * small. 0 = it is held, or the file system has nothing like it; -1,
	 * ENOSPC = there is none. */
	int (*reserve)(struct journal *j);
	/* After a transaction that failed: if the disk may be full, give the room
	 * up and begin the log anew: cursors can be kept for a long time then,
	 * a poll fits hardly. */
	void (*relieve)(struct journal *j);
	uint64_t (*bytes)(struct journal *j); /* size of the store */
	void (*sizes)(struct journal *j, struct journal_sizes *sz);
	void (*close)(struct journal *j);
};

struct journal {
	const struct journal_ops *ops;
	uint64_t epoch;      /* random, made with the database */
	struct hash_key key; /* made with the database; of seen sets */
	char error[256];     /* words for the last -1 */
	/* A transaction met damage: more of them would, and the next start
	 * looks at all of it. */
	bool damaged;
};

struct journal_params {
	const char *path;
	uint64_t archive_keep_s, archive_max_bytes; /* 0 = no archive */
	uint64_t journal_keep_s;
	uint64_t journal_max_bytes; /* 0 = any */
	uint64_t copy_window_s;
};

/* NULL with errno and `why`. Makes the file (0640) and its folder. */
struct journal *journal_open_sqlite(
    const struct journal_params *p, char *why, size_t why_size) MUST_CHECK;
struct journal *journal_open_mem(const struct journal_params *p) MUST_CHECK;

/* Cursor text "k3f9...:1042" (epoch in base 36); and back, false if bad. */
#define CURSOR_MAX 40
void cursor_format(uint64_t epoch, uint64_t seq, char out[CURSOR_MAX]);
bool cursor_parse(const char *s, uint64_t *epoch, uint64_t *seq);

#endif
