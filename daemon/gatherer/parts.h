/*
 * parts - the gatherer's state, and what its files do for each other.
 *
 * gatherer.c owns struct gatherer and the link; setup.c makes what a
 * configuration asks for; schedule.c knows when a feed is due and whose turn
 * it is; visit.c takes one poll from its frame to its commit; digest.c is
 * the part of it that parses and judges.
 */
#ifndef GATHERER_PARTS_H
#define GATHERER_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "feed/feed.h"
#include "feed/plan.h"
#include "pipeline/poll.h"

struct arena;
struct config;
struct config_feed;
struct event;
struct event_base;
struct fetch;
struct fetch_result;
struct fetcher;
struct gatherer;
struct hmap;
struct hosts;
struct hosts_turn;
struct resolver;
struct uplink;

/* A configuration and what works by it; polls finish with theirs. */
struct setup {
	struct config *config;
	uint32_t rev;
	struct feed_limits limits;
	struct resolver *resolver;
	struct fetcher *fetcher;
	unsigned int refs; /* polls under way, and the gatherer */
	LIST_ENTRY(setup) link;
};

/* One poll on its way. */
struct visit {
	struct arena *arena; /* of `job`, the new state and strings */
	const struct poll_job *job;
	struct setup *setup;
	struct fetch *fetch;      /* while FEED_FETCH */
	struct fetch_result *res; /* NULL for a file */
	struct strbuf file;       /* its bytes */
	const char *body;         /* NULL = nothing to parse */
	size_t len;
	bool begun; /* the desk knows that its bytes are parsed now */
	struct feed_state state; /* as it will be */
	bool whole;              /* the document was received to its end */
	char **lines;            /* `item` frames to send, in order */
	size_t nitems, sent;
};

enum watch_state {
	WATCH_IDLE,    /* in the heap, unless it is gone for good */
	WATCH_TURN,    /* waits for its turn at the host */
	WATCH_SLOT,    /* waits for a place among the fetches */
	WATCH_WANT,    /* has asked the desk for its poll */
	WATCH_FETCH,   /* is being fetched */
	WATCH_READY,   /* waits to be parsed */
	WATCH_DELIVER, /* its items go to the desk */
	WATCH_COMMIT,  /* waits for the desk's answer */
};

/* A feed that the desk has assigned to us. */
struct watch {
	struct gatherer *g;
	struct arena *arena; /* of `cf` */
	const struct config_feed *cf;
	const char *host; /* url_host_key(); NULL for a file */
	enum watch_state state;
	size_t heap_at; /* place in the heap; SIZE_MAX = not there */
	int64_t due_ms; /* monotonic */
	struct hosts_turn *turn;
	TAILQ_ENTRY(watch) queue; /* in WATCH_SLOT, WATCH_READY */
	struct visit *visit;      /* from WATCH_FETCH to WATCH_DELIVER */
	uint32_t serial;          /* in WATCH_COMMIT */
	uint32_t generation;      /* of the assignment */
	bool never;               /* the plan says: not again */
	bool proven;              /* its last poll was a good one */
	bool on_trial;            /* open, and was not proven when it began */
};
TAILQ_HEAD(watch_queue, watch);

struct gatherer {
	struct event_base *base;
	struct uplink *uplink;
	struct event *tick, *due, *work, *pulse;
	struct setup *setup; /* NULL until the first configuration */
	LIST_HEAD(, setup) setups;
	struct hash_key key;
	unsigned int index;
	bool paused, draining, drained;
	bool restart; /* end, when idle: the desk starts another one */
	bool confined;
	char **file_dirs; /* that may be read, once confined */
	size_t nfile_dirs;
	int exit_code;

	struct hmap *watches; /* by feed key */
	struct watch **heap;  /* by due_ms */
	size_t nheap, heap_room;
	int64_t spread_ms; /* monotonic: the next overdue feed begins here */
	struct hosts *hosts;
	struct watch_queue slots;  /* of the proven */
	struct watch_queue trials; /* of the others */
	struct watch_queue ready;
	struct watch *delivering;
	unsigned int open;        /* WATCH_WANT to WATCH_DELIVER */
	unsigned int on_trial;    /* of these */
	unsigned int uncommitted; /* WATCH_COMMIT */
	struct {
		uint64_t polls, items, bytes;
	} count;
	int64_t pulse_ms;            /* monotonic: its last beat */
	int64_t stall_ms, stall_max; /* worst since the last stats, ever */
};

/* setup.c */
/* From the descriptor of a config frame (closed here). NULL is logged. */
struct setup *setup_new(struct gatherer *g, int fd, uint32_t rev) MUST_CHECK;
void setup_ref(struct setup *s);
void setup_unref(struct setup *s);
/* Free those that nobody uses; not from inside their callbacks. */
void setup_sweep(struct gatherer *g);

/* gatherer.c */
/* While feeds are fetched the loop is watched: how long did it not turn? */
void gatherer_watch_loop(struct gatherer *g);

/* schedule.c */
void schedule_assign(struct gatherer *g, struct arena *a,
    const struct config_feed *cf, uint32_t generation, int64_t next_s,
    bool proven);
void schedule_unassign(struct gatherer *g, const char *key);
struct watch *schedule_find(const struct gatherer *g, const char *key);
/* Due at `due_ms`, or never again; the watch becomes idle. */
void schedule_at(struct watch *w, int64_t due_ms);
void schedule_never(struct watch *w);
/* As soon as politeness allows, if it is idle. */
void schedule_now(struct watch *w);
/* Begin what is due, hand out free places. */
void schedule_run(struct gatherer *g);
/* Give up what has not begun to be delivered. */
void schedule_stop_all(struct gatherer *g);
void schedule_free(struct gatherer *g);

/* visit.c */
/* The desk has sent the poll of a watch in WATCH_WANT; takes the arena. */
void visit_start(struct watch *w, struct arena *a, const struct poll_job *job);
/* Break off, whatever the state from WATCH_WANT to WATCH_DELIVER. */
void visit_drop(struct watch *w);
/* Parse and deliver as far as the link allows. */
void visit_work(struct gatherer *g);
/* The desk has answered: committed, or try again in retry_s. */
void visit_answered(struct watch *w, int64_t retry_s);

/* digest.c */
/* Is there anything to parse, or is it known what the poll has brought? */
bool digest_needs_parser(const struct visit *v);
/* Fill v->state and v->lines from what was fetched, and the plan of the next
 * poll, at `now_ms` (wall). Frees the body. */
void digest(struct gatherer *g, const struct config_feed *cf, struct visit *v,
    int64_t now_ms, struct plan *plan);

/* confine.c */
/* No way back: no new privileges, files, calls. Tells what the kernel has. */
void confine(struct gatherer *g);
void confine_free(struct gatherer *g);
/* May all files of `c` be read as we are confined now? */
bool confine_covers(const struct gatherer *g, const struct config *c);

#endif
