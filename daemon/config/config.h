/*
 * config - the configuration as structs, loaded by the tables in schema.c.
 *
 * A loaded configuration never changes; a reload makes a second one beside
 * it, and on any error the first stays. All strings live in its arena.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/macros.h"
#include "config/rules_load.h"
#include "pipeline/alert.h"
#include "topic/topic.h"

struct arena;
struct diags;
struct strbuf;
struct yaml_node;

#define FIRST_MARK 1 /* none of them */
#define FIRST_ALL UINT32_MAX

struct config_feed {
	/* id: if given, else `shown` or "file:PATH". A key never holds a
	 * secret: it is in logs, frames and metrics. */
	const char *key;
	const char *shown; /* the url, its secrets hidden; NULL for a file */
	const char *id, *url, *file; /* exactly one of url, file */
	const char *opml; /* an entry for a list; NULL once it is loaded */
	const char *name; /* for show; key if not given */
	uint32_t every_s;
	bool adaptive;       /* every_s is only where it begins */
	const char **topics; /* globs; NULL = all */
	size_t ntopics;
	bool allow_private;    /* may connect to non-public addresses */
	const char *language;  /* if the feed does not say; NULL */
	uint32_t first_fetch;  /* items of its first document that are news:
				  FIRST_MARK, N + 1 of the newest, FIRST_ALL */
	uint32_t max_age_s;    /* older ones are no news; UINT32_MAX = are */
	uint32_t weight;       /* trust, 1 to 100 */
	const char *mark_file; /* where it is configured */
	uint32_t mark_line, mark_col;
};

enum config_stories { STORIES_AUTO, STORIES_TRUE, STORIES_FALSE };
enum config_copies { COPIES_FIRST, COPIES_ALL, COPIES_NONE };

enum config_start { START_AUTO, START_OLDEST_KEPT, START_NOW };
enum config_reject { REJECT_SKIP, REJECT_STOP };
enum config_batch { BATCH_ARRAY, BATCH_NDJSON };
#define CONFIG_MAX_BATCH 256 /* frames of a request */
enum config_template { TEMPLATE_NONE, TEMPLATE_NTFY, TEMPLATE_APPRISE };
enum config_starttls {
	STARTTLS_AUTO, /* required with a user, else opportunistic */
	STARTTLS_OPPORTUNISTIC,
	STARTTLS_REQUIRED,
	STARTTLS_OFF
};

struct config_webhook {
	const char *url; /* NULL = the sink is none */
	const char *secret_file, *headers_file;
	const char **headers; /* "Name: value" */
	size_t nheaders;
	uint32_t timeout_s;
	enum config_template form;
	uint32_t batch; /* frames of a request, at most */
	enum config_batch batch_form;
	bool allow_private;
};

struct config_mail {
	const char *smtp; /* NULL = the sink is none */
	const char *from, *subject;
	const char **to;
	size_t nto;
	const char *user, *password_file;
	enum config_starttls starttls;
	uint32_t timeout_s;
};

struct config_feedout {
	const char *dir; /* NULL = the sink is none */
	const char **formats;
	size_t nformats;
	uint32_t items;
	const char *url; /* that readers see for dir; NULL */
};

struct config_sink {
	const char *name;
	/* Exactly one of these six is given. */
	const char *socket, *file;
	struct config_webhook webhook;
	struct config_mail mail;
	const char **exec; /* argv */
	size_t nexec;
	struct config_feedout feed;

	const char **topics; /* globs; default {"*"}, none = only alerts */
	size_t ntopics;
	enum topic_level min;      /* default about */
	enum config_copies copies; /* default first */
	bool updates;              /* default true */
	enum config_stories stories, lookbacks;
	enum config_start start;
	uint64_t rotate_bytes; /* file: 0 = never */
	uint32_t rotate_keep;
	const char *user; /* exec */
	bool ack;
	uint32_t ack_timeout_s;
	enum config_reject on_reject; /* webhook, mail */
	const char *mark_file;
	uint32_t mark_line, mark_col;
};
/* Fill shown, key and name of a feed that is read. */
void config_feed_name(struct config_feed *f, struct arena *a);
/* "socket", "file", ...: the key that makes it one. */
const char *config_sink_kind(const struct config_sink *s);
/* Does it get what a new topic is looked back for? */
bool config_sink_looks_back(const struct config_sink *s);
/* What no other sink may have: the path; NULL = nothing. */
const char *config_sink_path(const struct config_sink *s);
/* A copy that outlives its configuration, in `a`. */
struct config_sink *config_sink_copy(
    struct arena *a, const struct config_sink *s);

struct config_alert {
	struct alert_rule rule;
	/* As written; the rule has them as minutes. */
	const char *quiet_from, *quiet_to, *digest_at; /* NULL = absent */
	const char *mark_file;
	uint32_t mark_line, mark_col;
};

struct config {
	struct arena *arena;
	const char *file;  /* main file, absolute; NULL = built in */
	const char *named; /* the same as it was asked for: for faults */
	struct config_feed *feeds;
	size_t nfeeds;
	struct config_sink *sinks;
	size_t nsinks;
	struct config_alert *alerts;
	size_t nalerts;
	/* Patterns of files to read, relative to `file`. */
	const char **feed_files, **topic_globs;
	size_t nfeed_files, ntopic_globs;
	struct rules_file *topic_files; /* as read: they go to the gatherers */
	size_t ntopic_files;
	struct topic_set *topics; /* compiled; owned */
	struct rules *rules;      /* as written; owned (inline tests) */

	const char *store;                          /* database path */
	const char *control;                        /* control socket path */
	uint64_t archive_keep_s, archive_max_bytes; /* 0 = off */
	uint64_t journal_keep_s;    /* records older than this may go */
	uint64_t journal_max_bytes; /* beyond, the oldest go */
	uint32_t min_interval_s;
	uint32_t max_interval_s;
	uint32_t every_s; /* default of a feed's, as the next two */
	uint32_t first_fetch, max_age_s;
	uint32_t gatherers;     /* 0 = auto */
	const char *user_agent; /* whole, what is sent */
	const char *contact;    /* URL or mail address; NULL */
	enum log_level log_level;

	uint64_t max_body_bytes;
	uint32_t max_header_bytes;
	uint32_t max_redirects;
	uint32_t connect_timeout_s, fetch_timeout_s; /* total deadline */
	uint32_t host_gap_ms;     /* between two requests to one host */
	uint32_t max_fetches;     /* at once, per gatherer */
	const char **nameservers; /* "ADDR[:PORT]"; NULL = resolv.conf */
	size_t nnameservers;
	bool adaptive;       /* for every feed */
	const char *ca_file; /* PEM, certificates to trust */
	/* In a gatherer, which has no feeds: the folders of file: feeds
	 * and of ca_file. */
	const char **file_dirs;
	size_t nfile_dirs;
	bool allow_private; /* for every feed: tests, demos, intranets */

	/* What makes a feed's trouble news; UINT32_MAX = nothing. */
	uint32_t failing_after_s, silent_after_s;
	uint32_t copy_window_s, copy_max_items;
	uint64_t copy_max_bytes;
	uint32_t max_subscribers, max_per_uid, heartbeat_s;
	uint32_t max_lines, max_stall_s; /* of a subscriber; 0 = any */
	struct topic_limits topic_limits;

	const char *http_listen; /* listenat.h; NULL = off */
	bool http_metrics, http_health, http_feeds;

	const struct yaml_node *map; /* of the main file, for the places of
					faults; NULL if it was not read */
};

/*
 * Load `path` with its drop-ins and topics. NULL when `ds` received an error;
 * warnings alone load. All that is wrong is told in one run, wherever it
 * stands, but what a file that is no YAML hides. Reads files, nothing else;
 * creates nothing.
 */
struct config *config_load(const char *path, struct diags *ds) MUST_CHECK;
void config_free(struct config *c);
/* Warn of a configuration that polls nothing: right for rules alone, and else
 * what a file that was lost leaves behind. */
void config_check_feeds(const struct config *c, struct diags *ds);
/* Warn of a configuration that polls and tells nobody's address. */
void config_check_contact(const struct config *c, struct diags *ds);
/*
 * Warn of files that are named and are not there: feeds, secrets, programs.
 * Only warnings, for who checks may see other files than the service does.
 */
void config_check_files(const struct config *c, struct diags *ds);
/*
 * Compile the topic files that `c` holds: config_load() and
 * config_decode_gatherer() have done it. -1 when `ds` received an error.
 */
int config_compile(struct config *c, struct diags *ds) MUST_CHECK;
/* Rules as they would be with other topic files. */
struct config_trial {
	struct config *config;  /* owned; topic files, rules and topics alone */
	const char **replaced;  /* files of the base that are left out */
	size_t nreplaced, kept; /* kept: files of the base that stay */
};
/*
 * Compile the topic files `paths` and what they include, with those files of
 * `base` that define none of the same lists and topics. -1 when `ds` received
 * an error; nothing is to be freed then.
 */
int config_try_topics(struct config_trial *t, const struct config *base,
    const char *const *paths, size_t n, struct diags *ds) MUST_CHECK;
/* Every key with its value in force, as YAML with the help as comments. */
void config_show(const struct config *c, struct strbuf *out);
/* The commented example, each key with its default: conf/wiresift.yaml. */
void config_example(struct strbuf *out);
/*
 * Keys that `b` changes against `a` but that only a restart can change, as
 * one list of names; empty = all can be reloaded.
 */
void config_needs_restart(
    const struct config *a, const struct config *b, struct strbuf *out);

/*
 * What a gatherer needs (limits, user agent, topic files with their text;
 * not the feeds) for its sealed memfd, and back. Feeds travel by `assign`.
 */
json_t *config_encode_gatherer(const struct config *c);
struct config *config_decode_gatherer(const json_t *j, struct diags *ds);
json_t *config_feed_encode(const struct config_feed *f);
/* Memory in `a`. NULL when damaged. */
struct config_feed *config_feed_decode(struct arena *a, const json_t *j);

#endif
