/*
 * parts - the desk's state, and what its files do for each other.
 *
 * desk.c owns struct desk; supervise.c the gatherers, feeds.c the feeds,
 * commit.c writes, reload.c replaces the configuration, status.c tells.
 */
#ifndef DESK_PARTS_H
#define DESK_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "base/macros.h"
#include "base/steady.h"
#include "desk/tally.h"
#include "pipeline/poll.h"
#include "sink/sink.h"

struct alert_rule;
struct alerts;
struct config;
struct config_feed;
struct config_sink;
struct control;
struct copies;
struct decided;
struct related;
struct deliverer;
struct diags;
struct event;
struct event_base;
struct gatherer;
struct hmap;
struct http;
struct journal;
struct ledger;
struct link;
struct lookbacks;
struct notify;
struct resolver;
struct strbuf;

enum desk_state { DESK_STARTING, DESK_RUNNING, DESK_DEGRADED, DESK_STOPPING };

/* What status tells of a feed without asking the store. */
struct feed_summary {
	int64_t last_attempt, last_success, next; /* seconds, 0 = never */
	char next_why[32], why[200];
	uint32_t failures, http_status;
	enum poll_outcome outcome;
	uint64_t items, polls;
	uint32_t health; /* enum feed_health */
	int64_t health_since;
};

/* Items of a poll that is under way. */
struct collect {
	struct decided **v;
	size_t n, room, bytes;
};

struct desk_feed {
	TAILQ_ENTRY(desk_feed) all;
	TAILQ_ENTRY(desk_feed) assign; /* while to_assign */
	TAILQ_ENTRY(desk_feed) want;   /* while wanted */
	char *key;
	const struct config_feed *config; /* of dk->config */
	struct gatherer *gatherer;
	uint32_t serial, generation; /* of the last poll, the assignment */
	uint32_t rev;                /* configuration that the poll has */
	uint32_t strikes;            /* deaths of a gatherer in a row */
	bool to_assign, wanted, in_flight;
	bool kept;      /* by the reload under way */
	bool once_done; /* --once: its poll is committed */
	bool salvaged;  /* its state was damaged, and is not yet written anew */
	struct collect collect;
	struct feed_summary sum;
	struct tally_feed lag;
};
TAILQ_HEAD(feed_list, desk_feed);

enum gatherer_state { GATHERER_DOWN, GATHERER_STARTING, GATHERER_READY };

struct gatherer {
	struct desk *dk;
	uint32_t index;
	enum gatherer_state state;
	pid_t pid; /* 0 = none */
	struct link *link;
	struct event *restart;
	uint32_t backoff_ms, restarts;
	uint32_t fruitless;     /* --once: starts since it was ready last */
	int64_t started, heard; /* monotonic ms */
	uint32_t uncommitted;   /* polls under way */
	size_t nfeeds;
	struct feed_list to_assign, wants;
	struct desk_feed *begun; /* whose bytes it parses now */
	json_t *stats;
	bool drained;
	bool condemned; /* it broke the rules and was killed */
};

struct desk {
	struct event_base *base;
	enum desk_state state;
	bool once, paused;
	int exit_code;
	int64_t since;   /* wall seconds */
	int64_t checked; /* monotonic ms, when gatherers_check() ran */
	struct steady steady;
	int64_t steady_kept; /* monotonic ms, when it was stored */

	const char *config_path;
	struct config *config;
	uint32_t rev;
	int64_t config_loaded;    /* wall seconds */
	char config_error[512];   /* why the last reload failed, or "" */
	const char **topic_names; /* NULL-terminated, of `config` */

	struct journal *journal;
	char trouble[256]; /* why DESK_DEGRADED */
	struct copies *copies;
	struct ledger *ledger; /* of stories; made with the index */
	bool copies_stale;     /* a rolled back poll is in it: to be rebuilt */
	struct alerts *alerts;
	bool alerts_stale; /* to be read from the store again */
	bool copies_full;  /* it was said that a cap of it is reached */

	struct sink_context sink_context;
	struct sink **sinks;
	size_t nsinks;
	struct resolver *resolver; /* of sinks; NULL = none was needed */
	struct deliverer *deliverer;

	struct hmap *feeds; /* key -> struct desk_feed */
	struct feed_list feed_list;
	size_t nfeeds;
	struct gatherer *gatherers;
	size_t ngatherers;

	struct lookbacks *lookbacks;
	struct control *control;
	struct http *http; /* NULL = off */
	struct notify *notify;
	struct event *ev_term, *ev_int, *ev_hup, *ev_chld;
	struct event *tick, *done, *retry, *prune, *stop;
	struct {
		uint64_t polls, items, matches, looked_back;
	} count; /* since the start */
	struct tally tally;
	int64_t stuck_since; /* --once: monotonic ms, a sink's trouble; 0 */
	bool stuck_woken;
	int64_t done_at; /* monotonic ms, of the loop's quickest timer */
};

/* desk.c */
/* Begin to stop; the second call stops at once. */
void desk_stop(struct desk *dk);
/* Has --once, or the stop under way, all it waits for? Then end the loop. */
void desk_check_done(struct desk *dk);
/* The store failed: stop polling, serve on, try again every 10 s. */
void desk_degrade(struct desk *dk);
void desk_pause(struct desk *dk, bool on);
/* Polls may be handed out now. */
bool desk_polling(const struct desk *dk);
/* The time by which something may be too old, in seconds: the wall clock, but
 * not one that has just jumped ahead. */
int64_t desk_aged_now(struct desk *dk);
void desk_wake_sinks(struct desk *dk);
/* Records are well over their size: prune now, not when it is time. */
void desk_prune_full(struct desk *dk);

/* salvage.c */
/*
 * The feed's state, zeroes if it never was polled; memory in `a`. One that is
 * damaged is told loudly, and made of what else knows its items. -1: the
 * store cannot be read.
 */
int feed_state_get(struct desk *dk, struct arena *a, struct desk_feed *f,
    struct feed_state *st) MUST_CHECK;

/* sinks.c, sinknet.c */
/* Is `s` (number i of `old`) what `c` configures, but for its filter? */
bool desk_sink_is(const struct sink *s, const struct config *old, size_t i,
    const struct config_sink *c);
struct sink *desk_sink_open(struct desk *dk, const struct config_sink *c,
    char *why, size_t size) MUST_CHECK;
int desk_sinks_open(struct desk *dk);
void desk_sinks_close(struct desk *dk, const char *reason);
/*
 * Make the programs go that do not outlive a reload to `c` (NULL: none does),
 * all at once; blocks for as long as one of them may take.
 */
void desk_sinks_leave(
    struct sink *const *sinks, size_t n, const struct config *c, int grace_ms);
#define RELOAD_GRACE_MS 200
bool desk_sinks_caught_up(const struct desk *dk);
/* What sinks get as the network: made when the first asks. */
void *desk_net_get(void *cookie);
void desk_net_configure(struct desk *dk);
void desk_net_free(struct desk *dk);
/* The lowest record that a sink has still to read, and whose need that is;
 * UINT64_MAX = nobody needs any. */
uint64_t desk_sinks_need(const struct desk *dk, const char **who);

/* feeds.c */
/* Make dk->feeds what dk->config says: new ones are assigned, gone ones are
 * taken back, changed ones both. */
void feeds_apply(struct desk *dk);
void feeds_load_summaries(struct desk *dk);
void feeds_free(struct desk *dk);
struct desk_feed *feed_find(const struct desk *dk, const char *key);
/* Is it meant by `what`: its key, its URL, or a glob over key or name? */
bool feed_is_named(const struct desk_feed *f, const char *what);
void feed_summarise(struct desk_feed *f, const struct feed_state *st);
/* Forget a poll under way. */
void feed_reset(struct desk_feed *f);
void collect_clear(struct collect *c);

/* supervise.c */
int gatherers_start(struct desk *dk) MUST_CHECK;
void gatherers_stop(struct desk *dk);
/* After SIGCHLD. */
void gatherers_reap(struct desk *dk);
/* Kill who has been silent too long. */
void gatherers_check(struct desk *dk);
/* Send the configuration of now. */
void gatherers_configure(struct desk *dk);
void gatherers_pause(struct desk *dk);
void gatherers_drain(struct desk *dk);
bool gatherers_drained(const struct desk *dk);
/* Answer `want`s that wait, as far as the limits allow. */
void gatherers_serve(struct desk *dk);
/* How many feeds `what` (key, name or glob) names; each is polled soon. */
size_t gatherers_poll_now(struct desk *dk, const char *what);

/* assign.c: which gatherer has a feed */
struct gatherer *assign_choose(struct desk *dk, const struct config_feed *cf);
void assign_feed(struct desk *dk, struct desk_feed *f);
void assign_take_back(struct desk_feed *f);
/* Send assignments that wait, as far as there is room. */
void assign_more(struct gatherer *g);
/* Tell a new process which hosts have asked for rest, and how long. */
void assign_holds(struct gatherer *g);
/* A new process has none: all anew. */
void assign_again(struct gatherer *g);

/* polls.c: frames of a poll */
void polls_frame(
    struct gatherer *g, const char *kind, const json_t *value, size_t len);
void polls_serve(struct gatherer *g);
/* The gatherer broke the rules: it is killed. */
void gatherer_violation(struct gatherer *g, const char *what);

/* commit.c */
/* One poll, one transaction: 0, or -1 and nothing of it is left. The fields
 * of health in done->state are those before the poll, and are brought up. */
int commit_poll(
    struct desk *dk, struct desk_feed *f, struct poll_done *done) MUST_CHECK;
/* Its parser died three times: a day's pause. */
int commit_crashed(struct desk *dk, struct desk_feed *f) MUST_CHECK;
/* Can the store be written? 0 or -1. */
int commit_probe(struct desk *dk) MUST_CHECK;
/* The clock as it was believed: from the store, into the store. */
void commit_load_clock(struct desk *dk);
void commit_keep_clock(struct desk *dk);
/* The row that the copy index is rebuilt from; of relate_item() before it is
 * remembered. */
int commit_remember(struct journal *j, const struct copies *c,
    const struct decided *dd, int64_t now,
    const struct related *rel) MUST_CHECK;
/* The copy index from the journal. */
int commit_rebuild_copies(struct desk *dk) MUST_CHECK;

/* alerts.c */
/* Show a decided item to the alerts, in the transaction that is open; before
 * it is applied to the ledger. `old`: it is no news and wakes nobody. */
int alerts_commit_item(struct desk *dk, const struct decided *dd,
    const struct related *rel, int64_t now_ms, int64_t aged,
    bool old) MUST_CHECK;
/* The state of alerts from the store. */
int desk_alerts_load(struct desk *dk) MUST_CHECK;
/* Those of dk->config; the one before must still be there. */
void desk_alerts_configure(struct desk *dk);
/* What is due by the clock: a transaction of its own. */
void desk_alerts_tick(struct desk *dk);
json_t *desk_alerts_status(struct desk *dk);
const struct alert_rule *desk_alert_find(
    const struct desk *dk, const char *name);
/* Tell a test of it to its sinks; `seq` gets its record. */
int desk_alert_test(
    struct desk *dk, const struct alert_rule *rule, uint64_t *seq) MUST_CHECK;

/* reload.c */
/* Load the configuration aside and take it. -1: the old one stays, `ds` and
 * dk->config_error tell why. `restart` gets the keys that wait for one. */
int desk_reload(struct desk *dk, struct diags *ds, struct strbuf *restart);
void desk_topic_names(struct desk *dk);

/* archive.c */
/* A page of the archive as control.h has it. NULL: *fault tells what is wrong
 * with `args`, or is NULL and the journal's error tells. */
json_t *archive_page(struct desk *dk, const json_t *args, const char **fault);
/* The configuration in force with the text of its rules, as it goes to the
 * gatherers; NULL when it is too much for one answer. */
json_t *archive_rules(const struct desk *dk);

/* status.c */
struct status_counts {
	size_t total, ok, failing, unpolled, polling;
};
struct status_counts status_count_feeds(const struct desk *dk);
json_t *status_sinks(const struct desk *dk);
json_t *status_desk(struct desk *dk);
json_t *status_feeds(const struct desk *dk, const char *match);
const char *status_word(const struct desk *dk);
/* The line that systemctl status shows. */
void status_notify(struct desk *dk);

/* metrics.c */
#define METRICS_MAX ((size_t)4 << 20) /* bytes of text */
/* All numbers as OpenMetrics text. */
void metrics_write(struct desk *dk, struct strbuf *out);

#endif
