/*
 * sink - readers of the journal: the stream socket, files, webhooks, mails,
 * programs and feeds.
 *
 * A sink owns a cursor and reads pages by it; nobody pushes to it. It is
 * woken after a commit, and tells with `wants` whether it has caught up.
 */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "store/journal.h"
#include "topic/topic.h"

struct config_sink;
struct delivery_ops;
struct strbuf;
struct event_base;
struct sink; /* each kind begins with struct sink_head */

/*
 * Which records a reader gets; shared by subscribers and files. A record
 * matches when one of its topics does, by glob, level and score. Of a cluster
 * of copies a reader gets the first (and newer versions of the text, and items
 * that hold it among other matter), and a copy that is the first for one of
 * his topics, or comes from a feed that is trusted more; `copies_all` adds the
 * other copies, `copies_none` leaves only what has no predecessor at all. An
 * edit goes to who got the item, and to who gets it now; what was looked back
 * for to who asked for that topic.
 */
struct sink_filter {
	const char *const *topics; /* globs, NULL-terminated; NULL = {"*"} */
	const char *const *bound;  /* only these of them; NULL = no bound */
	enum topic_level min;
	bool copies_all, copies_none; /* neither = first only */
	bool skip_updates, skip_stories, skip_alerts, skip_lookbacks;
	/* An alert goes to the sinks that it names, whatever else is said; a
	 * subscriber gets it for one of the topics that he asked for. */
	const char *sink;               /* name of the reader's sink; NULL */
	const char *const *alert_globs; /* NULL = did not ask */
	/* NULL = all. Languages match with what is more special ("en" matches
	 * "en-GB"); feeds by key or name, origins: globs. */
	const char *const *langs, *const *feeds, *const *origins;
	int32_t min_score;    /* of a topic that makes it match */
	uint32_t min_origins; /* of its story, so far */
	/* The name of a feed by its key, NULL if there is none. */
	const char *(*feed_name)(void *cookie, const char *key);
	void *cookie;
};
bool sink_filter_match(const struct sink_filter *f, const struct record *r);
/* Is it this topic for which the reader gets the record? */
bool sink_filter_topic(const struct sink_filter *f, const struct record *r,
    const struct journal_topic *t);
/* The filter that a sink's configuration describes; strings are copied. */
struct arena;
void sink_filter_of(
    struct sink_filter *f, struct arena *a, const struct config_sink *c);

/*
 * Append the frame line of a record: its body with the cursor added, no
 * newline. -1 when it would pass RECORD_MAX_BYTES or out's limit.
 */
int sink_frame(struct strbuf *out, const struct record *r, uint64_t epoch);
/* The same with its evidence as _wiresift.explain, where there is some and
 * room for it. */
int sink_frame_explain(
    struct strbuf *out, const struct record *r, uint64_t epoch);
/*
 * {"gap":{"after","resumed","lost","reason"},"cursor"}: what lies between
 * `after` and `next` will not come; `next` is the first that can. The cursor
 * is the place before `next`. `after_epoch` 0 = unknown, both are null then;
 * `lost` is null when the epochs differ.
 */
int sink_frame_gap(struct strbuf *out, uint64_t epoch, uint64_t after_epoch,
    uint64_t after, uint64_t next, const char *reason);

struct sink_context { /* borrowed by all sinks, outlives them */
	struct event_base *base;
	struct journal *journal;
	/* What hello tells. */
	const char *version;
	const char *const *(*topic_names)(void *cookie); /* NULL-terminated */
	void *cookie;
	/* The name of a feed by its key, NULL if there is none. */
	const char *(*feed_name)(void *cookie, const char *key);
	uint32_t max_subscribers, heartbeat_s;
	uint32_t max_per_uid; /* clients; root and we ourselves are not bound */
	uint32_t max_lines, max_stall_s; /* of a client: subscriber.h */
	/* The network, for those that need it; NULL = there is none. */
	const struct delivery_ops *net;
	void *(*net_cookie)(void *cookie); /* its first argument */
};

enum sink_leave { SINK_ASKED, SINK_URGED, SINK_KILLED };

struct sink_ops {
	const char *kind; /* "socket", "file", ... */
	/* After a commit: go on reading. Bounded work; re-arms itself. */
	void (*wake)(struct sink *s);
	/* True when everything committed has been delivered (--once waits for
	 * it; sockets are always "caught up"). */
	bool (*caught_up)(struct sink *s);
	/* Lowest seq that must be kept for it; UINT64_MAX = none. */
	uint64_t (*needs)(struct sink *s);
	/* Filter or limits of a reload. */
	void (*reload)(struct sink *s, const struct config_sink *c);
	json_t *(*status)(struct sink *s); /* new reference */
	/*
	 * May be NULL. Before close(), or before reload() with `c`: what ends
	 * then and takes time to do so is told to, step by step, so that all
	 * sinks' do so at once. True while something still runs.
	 */
	bool (*leave)(
	    struct sink *s, const struct config_sink *c, enum sink_leave step);
	/* `reason` goes into `bye`. Flush what is ready, then free. */
	void (*close)(struct sink *s, const char *reason);
};

struct sink {
	const struct sink_ops *ops;
	const char *name;
};

/* `listen_fd` from systemd, or -1: bind `path` (reliability.md, 5). NULL and
 * `why` on failure. */
struct sink *sink_socket_new(const struct sink_context *sc,
    const struct config_sink *c, int listen_fd, char *why,
    size_t why_size) MUST_CHECK;
struct sink *sink_file_new(const struct sink_context *sc,
    const struct config_sink *c, char *why, size_t why_size) MUST_CHECK;
struct sink *sink_webhook_new(const struct sink_context *sc,
    const struct config_sink *c, char *why, size_t why_size) MUST_CHECK;
struct sink *sink_mail_new(const struct sink_context *sc,
    const struct config_sink *c, char *why, size_t why_size) MUST_CHECK;
struct sink *sink_exec_new(const struct sink_context *sc,
    const struct config_sink *c, char *why, size_t why_size) MUST_CHECK;
struct sink *sink_feed_new(const struct sink_context *sc,
    const struct config_sink *c, char *why, size_t why_size) MUST_CHECK;

#endif
