/* config_keys.c - every key of wiresift.yaml: one row each, the whole truth. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/yaml.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MIB ((uint64_t)1 << 20)
#define TIB ((uint64_t)1 << 40)

#define F(m) SCHEMA_FIELD(config, m)
#define FEED(m) SCHEMA_FIELD(config_feed, m)

#define TABLE(name, text, rows, ...)                                           \
	const struct schema_table name = { .what = (text),                     \
		.keys = (rows),                                                \
		.n = ARRAY_LEN(rows),                                          \
		__VA_ARGS__ }

/* The order of these words is the order of the enums. */
static const char *const log_words[] = { "error", "warn", "info", "debug",
	NULL };

static const struct schema_key feed_rows[] = {
	{ .key = "url",
	    .type = SCHEMA_TEXT,
	    FEED(url),
	    .help = "Address of the feed, http or https." },
	{ .key = "file",
	    .type = SCHEMA_PATH,
	    FEED(file),
	    .help = "A local file instead of url; read when it changed." },
	{ .key = "id",
	    .type = SCHEMA_TEXT,
	    FEED(id),
	    .help = "What the feed is known by, so that its url may change; "
		    "default: the url, with *** for the secrets in it." },
	{ .key = "name",
	    .type = SCHEMA_TEXT,
	    FEED(name),
	    .help = "For show; default: the id." },
	{ .key = "every",
	    .type = SCHEMA_DURATION,
	    .min = 1,
	    .max = 30 * DAY,
	    FEED(every_s),
	    .help = "Time between polls; default: every of the top level." },
	{ .key = "first_fetch",
	    .type = SCHEMA_LATEST,
	    FEED(first_fetch),
	    .help = "What is news in its first document; default: first_fetch "
		    "of the top level." },
	{ .key = "max_age",
	    .type = SCHEMA_DURATION,
	    .off = "off",
	    .min = MINUTE,
	    .max = 3650 * DAY,
	    FEED(max_age_s),
	    .help = "What is too old to be news; default: max_age of the top "
		    "level." },
	{ .key = "adaptive",
	    .type = SCHEMA_BOOL,
	    FEED(adaptive),
	    .help = "Poll more often while it brings news and less while it "
		    "does not, from min_interval to max_interval; every is "
		    "where it begins." },
	{ .key = "topics",
	    .type = SCHEMA_TEXTS,
	    SCHEMA_FIELDS(config_feed, topics, ntopics),
	    .help = "Only these topics (names, * and ? match any text); "
		    "default: all." },
	{ .key = "allow_private",
	    .type = SCHEMA_BOOL,
	    FEED(allow_private),
	    .help = "May connect to addresses that are not public." },
	{ .key = "language",
	    .type = SCHEMA_TEXT,
	    FEED(language),
	    .help = "Language of items that do not tell theirs, as en or "
		    "ar." },
	{ .key = "weight",
	    .type = SCHEMA_UINT,
	    .def = "50",
	    .min = 1,
	    .max = 100,
	    FEED(weight),
	    .help = "How far it is trusted: a text that it has after a feed "
		    "of less weight is sent all the same, as a copy that is "
		    "preferred." },
	{ .key = "opml",
	    .type = SCHEMA_PATH,
	    FEED(opml),
	    .help = "An OPML file instead of url: each feed in it, with every, "
		    "first_fetch, max_age, topics, language, weight and "
		    "allow_private of this entry where the list does not "
		    "tell." },
	{ .key = "auth", .type = SCHEMA_LATER, .help = "logging in to a feed" },
	{ .key = "headers",
	    .type = SCHEMA_LATER,
	    .help = "request headers of one's own" },
	{ .key = "proxy",
	    .type = SCHEMA_LATER,
	    .help = "fetching through a proxy" },
	{ .key = "websub", .type = SCHEMA_LATER, .help = "push by WebSub" },
};

const struct schema_key *
config_feed_key(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(feed_rows); i++) {
		if (strcmp(feed_rows[i].key, key) == 0)
			return &feed_rows[i];
	}
	abort(); /* a word of ours is wrong */
}

void
config_feed_name(struct config_feed *f, struct arena *a)
{
	struct strbuf sb;

	strbuf_init(&sb, 2 * URL_MAX);
	f->shown = f->url;
	if (f->url != NULL && url_redact(&sb, f->url))
		f->shown = arena_strndup(a, sb.data, sb.len);
	strbuf_fini(&sb);
	if (f->id != NULL)
		f->key = f->id;
	else if (f->url != NULL)
		f->key = f->shown;
	else
		f->key = arena_printf(a, "file:%s", f->file);
	if (f->name == NULL)
		f->name = f->key;
}

static void
feed_loaded(struct schema_load *sl, const struct yaml_node *n, void *elem)
{
	struct config_feed *f = elem;

	f->mark_file = sl->file;
	f->mark_line = n->line;
	f->mark_col = n->col;
	if ((f->url != NULL) + (f->file != NULL) + (f->opml != NULL) != 1) {
		diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
		    "a feed with %s; expected one of url, file and opml",
		    f->url == NULL && f->file == NULL && f->opml == NULL
			? "no url"
			: "two addresses");
		return;
	}
	if (f->opml != NULL) {
		if (f->id == NULL && f->name == NULL)
			return;
		diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
		    "an opml entry with %s; expected it at the feeds in the "
		    "list",
		    f->id != NULL ? "an id" : "a name");
		return;
	}
	config_feed_name(f, sl->arena);
	if (f->url != NULL &&
	    (!url_is_http(f->url) || strlen(f->url) > URL_MAX)) {
		diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col,
		    "url cannot be \"%.80s\"; expected http://HOST/... or "
		    "https://HOST/..., with a port from 1 to 65535 if any",
		    f->shown);
	}
}

TABLE(config_feed_keys, "a feed", feed_rows,
    .elem_size = sizeof(struct config_feed), .shorthand = "url",
    .loaded = feed_loaded);

static const struct schema_key archive_rows[] = {
	{ .key = "keep",
	    .type = SCHEMA_DURATION,
	    .def = "7d",
	    .max = 3650ULL * DAY,
	    .flags = SCHEMA_RESTART,
	    F(archive_keep_s),
	    .help = "Keep every item this long, matched or not; 0 keeps "
		    "none." },
	{ .key = "max",
	    .type = SCHEMA_SIZE,
	    .def = "1GiB",
	    .max = TIB,
	    .flags = SCHEMA_RESTART,
	    F(archive_max_bytes),
	    .help = "At most so many bytes, the oldest go first; 0 keeps "
		    "none." },
};
static TABLE(archive_keys, "archive", archive_rows, .shorthand = NULL);

static const struct schema_key journal_rows[] = {
	{ .key = "keep",
	    .type = SCHEMA_DURATION,
	    .def = "30d",
	    .min = HOUR,
	    .max = 3650ULL * DAY,
	    .flags = SCHEMA_RESTART,
	    F(journal_keep_s),
	    .help = "Subscribers can go back this far; what a sink still "
		    "needs stays longer." },
	{ .key = "max",
	    .type = SCHEMA_SIZE,
	    .def = "2GiB",
	    .min = MIB,
	    .max = TIB,
	    .flags = SCHEMA_RESTART,
	    F(journal_max_bytes),
	    .help = "At most so many bytes of records: beyond, the oldest go, "
		    "needed or not, and who has not read them is told by a "
		    "gap." },
};
static TABLE(journal_keys, "journal", journal_rows, .shorthand = NULL);

static const struct schema_key copies_rows[] = {
	{ .key = "window",
	    .type = SCHEMA_DURATION,
	    .def = "72h",
	    .min = HOUR,
	    .max = 30 * DAY,
	    .flags = SCHEMA_RESTART,
	    F(copy_window_s),
	    .help = "Compare an item with those of this time before it." },
	{ .key = "max_items",
	    .type = SCHEMA_UINT,
	    .def = "200000",
	    .min = 1000,
	    .max = 10000000,
	    .flags = SCHEMA_RESTART,
	    F(copy_max_items),
	    .help = "Remember at most so many items for that." },
	{ .key = "max_bytes",
	    .type = SCHEMA_SIZE,
	    .def = "1GiB",
	    .min = 16 * MIB,
	    .max = TIB,
	    .flags = SCHEMA_RESTART,
	    F(copy_max_bytes),
	    .help = "In at most so much memory: beyond, the oldest twelfth "
		    "of the window is forgotten." },
};
static TABLE(copies_keys, "copies", copies_rows, .shorthand = NULL);

static const struct schema_key health_rows[] = {
	{ .key = "failing_after",
	    .type = SCHEMA_DURATION,
	    .def = "1h",
	    .off = "off",
	    .min = 1,
	    .max = 30 * DAY,
	    F(failing_after_s),
	    .help = "Three polls in a row failed, for so long; off tells "
		    "none." },
	{ .key = "silent_after",
	    .type = SCHEMA_DURATION,
	    .def = "1d",
	    .off = "off",
	    .min = MINUTE,
	    .max = 365 * DAY,
	    F(silent_after_s),
	    .help = "Nothing new for so long, and for three times its longest "
		    "pause of late; off tells none." },
};
static TABLE(health_keys, "health", health_rows, .shorthand = NULL);

static const struct schema_key limits_rows[] = {
	{ .key = "topics",
	    .type = SCHEMA_UINT,
	    .def = "20000",
	    .min = 1,
	    .max = 1000000,
	    F(topic_limits.max_topics),
	    .help = "Topics in all files." },
	{ .key = "terms",
	    .type = SCHEMA_UINT,
	    .def = "200000",
	    .min = 1,
	    .max = 10000000,
	    F(topic_limits.max_terms),
	    .help = "Terms in all files." },
	{ .key = "nodes",
	    .type = SCHEMA_UINT,
	    .def = "1000000",
	    .min = 1,
	    .max = 100000000,
	    F(topic_limits.max_nodes),
	    .help = "Conditions in all files, lists spelt out." },
	{ .key = "depth",
	    .type = SCHEMA_UINT,
	    .def = "32",
	    .min = 1,
	    .max = 32,
	    F(topic_limits.max_depth),
	    .help = "Conditions inside conditions." },
};
static TABLE(limits_keys, "topic_limits", limits_rows, .shorthand = NULL);

static const struct schema_key http_rows[] = {
	{ .key = "listen",
	    .type = SCHEMA_TEXT,
	    F(http_listen),
	    .help = "127.0.0.1:PORT, [::1]:PORT or unix:/PATH, and nothing "
		    "that other machines reach; without it there is none." },
	{ .key = "metrics",
	    .type = SCHEMA_BOOL,
	    .def = "true",
	    F(http_metrics),
	    .help = "Serve /metrics, OpenMetrics text for Prometheus." },
	{ .key = "health",
	    .type = SCHEMA_BOOL,
	    .def = "true",
	    F(http_health),
	    .help = "Serve /healthz and /readyz." },
	{ .key = "feeds",
	    .type = SCHEMA_BOOL,
	    F(http_feeds),
	    .help = "Serve /feeds/TOPIC.atom and /feeds/TOPIC.json, which "
		    "sinks of the kind feed write." },
};
static TABLE(http_keys, "http", http_rows, .shorthand = NULL);

static const char feeds_example[] =
    "feeds:\n"
    "- {url: https://news.example.org/world.xml, name: world, every: 10m}\n"
    "- https://news.example.com/rss\n";
static const char feeds_help[] =
    "The feeds to watch. A feed has url (or file), and if need be id, name, "
    "every, first_fetch, max_age, topics, allow_private, language and weight. "
    "A url alone will do.";
static const char sinks_example[] =
    "sinks:\n"
    "- {name: stream, socket: /run/wiresift/stream.sock}\n"
    "- {name: log, file: /var/log/wiresift/matches.ndjson}\n";

static const char alerts_example[] =
    "alerts:\n"
    "- {name: confirmed, when: {origins: 2, within: 1h}, to: [log]}\n";

#define FEEDS_ROW                                                              \
	{                                                                      \
		.key = "feeds", .type = SCHEMA_LIST, .sub = &config_feed_keys, \
		SCHEMA_FIELDS(config, feeds, nfeeds),                          \
		.example = feeds_example, .help = feeds_help                   \
	}

static const struct schema_key main_rows[] = {
	FEEDS_ROW,
	{ .key = "feed_files",
	    .type = SCHEMA_TEXTS,
	    .def = "feeds.d/*.yaml",
	    SCHEMA_FIELDS(config, feed_files, nfeed_files),
	    .help = "More files with feeds: in them, read in the order of "
		    "their names. Every path in a file is relative to that "
		    "file." },
	{ .key = "topics",
	    .type = SCHEMA_TEXTS,
	    .def = "topics.d/*.yaml",
	    SCHEMA_FIELDS(config, topic_globs, ntopic_globs),
	    .help = "The files with topics (wiresift-topics(5))." },
	{ .key = "sinks",
	    .type = SCHEMA_LIST,
	    .sub = &config_sink_keys,
	    SCHEMA_FIELDS(config, sinks, nsinks),
	    .example = sinks_example,
	    .help = "Where matches go. A sink has name, one of socket, file, "
		    "webhook, mail, exec and feed, and if need be topics, min, "
		    "copies and more. Without this key there is the sink "
		    "stream of the example alone." },
	{ .key = "alerts",
	    .type = SCHEMA_LIST,
	    .sub = &config_alert_keys,
	    SCHEMA_FIELDS(config, alerts, nalerts),
	    .example = alerts_example,
	    .help = "When to wake somebody. An alert has name, when and to, "
		    "and if need be topics, min, again, cooldown, quiet and "
		    "digest." },
	{ .key = "store",
	    .type = SCHEMA_PATH,
	    .def = "/var/lib/wiresift/wiresift.db",
	    .flags = SCHEMA_RESTART,
	    F(store),
	    .help = "The database: journal, archive and the state of feeds." },
	{ .key = "control",
	    .type = SCHEMA_PATH,
	    .def = "/run/wiresift/control.sock",
	    .flags = SCHEMA_RESTART,
	    F(control),
	    .help = "The socket that the command wiresift(1) talks to." },
	{ .key = "archive",
	    .type = SCHEMA_MAP,
	    .flags = 0,
	    .sub = &archive_keys,
	    .help = "What is kept of all items, for explain and for topics "
		    "that come later." },
	{ .key = "journal",
	    .type = SCHEMA_MAP,
	    .sub = &journal_keys,
	    .help = "The record of all matches." },
	{ .key = "every",
	    .type = SCHEMA_DURATION,
	    .def = "15m",
	    .min = 1,
	    .max = 30 * DAY,
	    F(every_s),
	    .help = "Time between polls of a feed; what a server says only "
		    "lengthens it." },
	{ .key = "first_fetch",
	    .type = SCHEMA_LATEST,
	    .def = "latest:3",
	    F(first_fetch),
	    .help = "What is news in the first document of a feed that was "
		    "never polled before: the newest N items (latest:N), all, "
		    "or none (mark). The others are archived, and not sent." },
	{ .key = "max_age",
	    .type = SCHEMA_DURATION,
	    .def = "30d",
	    .off = "off",
	    .min = MINUTE,
	    .max = 3650 * DAY,
	    F(max_age_s),
	    .help = "An item that is older when it is first seen is archived, "
		    "and not sent; off sends it. A shorter time loses what was "
		    "published while the daemon was down so long." },
	{ .key = "adaptive",
	    .type = SCHEMA_BOOL,
	    F(adaptive),
	    .help = "Every feed finds its own interval: more often while it "
		    "brings news, less while it does not." },
	{ .key = "min_interval",
	    .type = SCHEMA_DURATION,
	    .def = "1m",
	    .min = 1,
	    .max = 30 * DAY,
	    F(min_interval_s),
	    .help = "No feed is polled more often. Below 1m is for tests: "
		    "publishers block who asks too often." },
	{ .key = "max_interval",
	    .type = SCHEMA_DURATION,
	    .def = "24h",
	    .min = 1,
	    .max = 30 * DAY,
	    F(max_interval_s),
	    .help = "No server and no fault can make the pause longer." },
	{ .key = "allow_private",
	    .type = SCHEMA_BOOL,
	    F(allow_private),
	    .help = "Every feed may connect to addresses that are not public: "
		    "for tests, demos and intranets." },
	{ .key = "gatherers",
	    .type = SCHEMA_UINT,
	    .def = "auto",
	    .zero = "auto",
	    .min = 1,
	    .max = 64,
	    .flags = SCHEMA_RESTART,
	    F(gatherers),
	    .help = "Processes that fetch and parse; auto is one less than "
		    "the machine has cores, and at least 1." },
	{ .key = "user_agent",
	    .type = SCHEMA_TEXT,
	    .def = "auto",
	    F(user_agent),
	    .help = "What servers are told; auto is wiresift/VERSION and, if "
		    "there is one, the contact." },
	{ .key = "contact",
	    .type = SCHEMA_TEXT,
	    F(contact),
	    .example = "contact: https://news.example.org/about-our-reader\n",
	    .help = "Where those whose servers we ask can reach you, an http "
		    "or https address or one of mail: part of user_agent." },
	{ .key = "nameservers",
	    .type = SCHEMA_TEXTS,
	    SCHEMA_FIELDS(config, nameservers, nnameservers),
	    .example = "nameservers: [\"192.0.2.53\", \"192.0.2.54:5353\"]\n",
	    .help = "Ask these name servers, not those of "
		    "/etc/resolv.conf." },
	{ .key = "ca_file",
	    .type = SCHEMA_PATH,
	    .def = "/etc/ssl/certs/ca-certificates.crt",
	    F(ca_file),
	    .help = "The certificates that are trusted, a PEM file: another "
		    "one for an intranet." },
	{ .key = "max_body",
	    .type = SCHEMA_SIZE,
	    .def = "16MiB",
	    .min = 1024,
	    .max = 256 * MIB,
	    F(max_body_bytes),
	    .help = "A document longer than this is refused; counted after "
		    "decompression." },
	{ .key = "max_headers",
	    .type = SCHEMA_SIZE,
	    .def = "64KiB",
	    .min = 1024,
	    .max = MIB,
	    F(max_header_bytes),
	    .help = "The same for the headers of an answer." },
	{ .key = "max_redirects",
	    .type = SCHEMA_UINT,
	    .def = "5",
	    .max = 20,
	    F(max_redirects),
	    .help = "Redirects that one poll follows." },
	{ .key = "connect_timeout",
	    .type = SCHEMA_DURATION,
	    .def = "15s",
	    .min = 1,
	    .max = 10 * MINUTE,
	    F(connect_timeout_s),
	    .help = "Time until a connection stands, TLS and all." },
	{ .key = "fetch_timeout",
	    .type = SCHEMA_DURATION,
	    .def = "60s",
	    .min = 1,
	    .max = HOUR,
	    F(fetch_timeout_s),
	    .help = "Time until a document is there, redirects and all." },
	{ .key = "host_gap",
	    .type = SCHEMA_MSEC,
	    .def = "1s",
	    .max = 10 * MINUTE * 1000,
	    F(host_gap_ms),
	    .help = "Pause between two requests to one host; there is never "
		    "more than one at a time." },
	{ .key = "max_fetches",
	    .type = SCHEMA_UINT,
	    .def = "32",
	    .min = 1,
	    .max = 512,
	    F(max_fetches),
	    .help = "Fetches at once, in each gatherer." },
	{ .key = "copies",
	    .type = SCHEMA_MAP,
	    .sub = &copies_keys,
	    .help = "How copies of one text are recognised." },
	{ .key = "health",
	    .type = SCHEMA_MAP,
	    .sub = &health_keys,
	    .help = "When a feed's trouble is told as an item of the built-in "
		    "topic _health." },
	{ .key = "max_subscribers",
	    .type = SCHEMA_UINT,
	    .def = "1024",
	    .min = 1,
	    .max = 100000,
	    F(max_subscribers),
	    .help = "Clients at once on the stream socket." },
	{ .key = "max_subscribers_per_uid",
	    .type = SCHEMA_UINT,
	    .def = "64",
	    .min = 1,
	    .max = 100000,
	    F(max_per_uid),
	    .help = "The same for one user; root and the daemon's own user "
		    "are not bound by it." },
	{ .key = "max_lines",
	    .type = SCHEMA_UINT,
	    .def = "100",
	    .max = 1000000,
	    F(max_lines),
	    .help = "Lines a second that a subscriber may say, apart from "
		    "acknowledging what it was sent; ten times that at once; "
		    "0 for no limit." },
	{ .key = "max_stall",
	    .type = SCHEMA_DURATION,
	    .def = "10m",
	    .max = DAY,
	    F(max_stall_s),
	    .help = "A subscriber that takes nothing for so long is closed, "
		    "and may go on where it was; 0 for never." },
	{ .key = "heartbeat",
	    .type = SCHEMA_DURATION,
	    .def = "30s",
	    .min = 1,
	    .max = DAY,
	    F(heartbeat_s),
	    .help = "A ping to each subscriber after so much silence." },
	{ .key = "log_level",
	    .type = SCHEMA_ENUM,
	    .def = "info",
	    .words = log_words,
	    F(log_level),
	    .help = "One of error, warn, info and debug." },
	{ .key = "topic_limits",
	    .type = SCHEMA_MAP,
	    .sub = &limits_keys,
	    .help = "Rules beyond this are refused." },
	{ .key = "http",
	    .type = SCHEMA_MAP,
	    .sub = &http_keys,
	    .help = "Pages for programs of this machine (wiresiftd(8)); off "
		    "without listen." },
	{ .key = "proxy",
	    .type = SCHEMA_LATER,
	    .help = "fetching through a proxy" },
	{ .key = "websub", .type = SCHEMA_LATER, .help = "push by WebSub" },
	{ .key = "nats", .type = SCHEMA_LATER, .help = "delivery by NATS" },
};
TABLE(config_keys, "the configuration", main_rows, .shorthand = NULL);

static const struct schema_key file_rows[] = { FEEDS_ROW };
TABLE(config_file_keys, "a file of feeds", file_rows, .shorthand = NULL);
