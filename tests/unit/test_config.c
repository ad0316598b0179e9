/* test_config.c - wiresift.yaml: what loads, what is refused and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/fsutil.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "topic/rules.h"

#define TOPICS                                                                 \
	"version: 1\n"                                                         \
	"topics:\n"                                                            \
	"  rivers:\n"                                                          \
	"    title: Rivers\n"                                                  \
	"    require: river\n"                                                 \
	"    score:\n"                                                         \
	"      - {name: river, weight: 4, any: [river*]}\n"

static char dir[64];

static char *
in_dir(const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static void
put(const char *name, const char *text)
{
	char *path = in_dir(name);
	FILE *f;

	assert_int_equal(fs_mkdir_parents(path), 0);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static void
gone(const char *name)
{
	char *path = in_dir(name);

	(void)unlink(path);
	free(path);
}

static struct config *
load(const char *main_text, struct diags *ds)
{
	char *path = in_dir("w.yaml");
	struct config *c;

	put("w.yaml", main_text);
	diags_init(ds, 20);
	c = config_load(path, ds);
	free(path);
	return c;
}

static void
print_diags(const struct diags *ds)
{
	char line[1024];

	for (size_t i = 0; i < ds->n; i++)
		print_message(
		    "  %s\n", diag_str(&ds->v[i], line, sizeof(line)));
}

static void
nothing_is_needed(void **state)
{
	struct diags ds;
	struct config *c = load("# none\n", &ds);

	(void)state;
	print_diags(&ds);
	assert_non_null(c);
	assert_int_equal(ds.warnings, 0);
	assert_int_equal(c->nfeeds, 0);
	assert_int_equal(c->every_s, 900);
	assert_int_equal(c->first_fetch, 3 + 1);
	assert_int_equal(c->max_age_s, 30 * 86400);
	assert_int_equal(c->min_interval_s, 60);
	assert_int_equal(c->archive_keep_s, 7 * 86400);
	assert_true(c->archive_max_bytes == (uint64_t)1 << 30);
	assert_true(c->max_body_bytes == 16 << 20);
	assert_int_equal(c->host_gap_ms, 1000);
	assert_int_equal(c->gatherers, 0);
	assert_int_equal(c->log_level, LOG_LEVEL_INFO);
	assert_int_equal(c->topic_limits.max_topics, 20000);
	assert_int_equal(c->topic_limits.max_depth, 32);
	assert_string_equal(c->store, "/var/lib/wiresift/wiresift.db");
	assert_int_equal(c->nsinks, 1);
	assert_string_equal(c->sinks[0].socket, "/run/wiresift/stream.sock");
	assert_string_equal(c->sinks[0].topics[0], "*");
	assert_true(c->sinks[0].updates);
	config_free(c);
	diags_fini(&ds);
}

static void
topics_alone_are_enough(void **state)
{
	struct diags ds;
	struct config *c;

	(void)state;
	put("topics.d/r.yaml", TOPICS);
	c = load("# nothing\n", &ds);
	print_diags(&ds);
	assert_non_null(c);
	assert_int_equal(c->ntopic_files, 1);
	assert_int_equal(topic_set_len(c->topics), 1);
	assert_string_equal(topic_set_name(c->topics, 0), "rivers");
	config_free(c);
	diags_fini(&ds);
	gone("topics.d/r.yaml");
}

static void
keys_become_fields(void **state)
{
	struct diags ds;
	struct config *c;
	char *want = in_dir("data/w.db"), *feed = in_dir("local/f.xml");

	(void)state;
	put("topics.d/r.yaml", TOPICS);
	put("feeds.d/10.yaml", "feeds:\n  - https://b.example/rss\n"
			       "  - {file: ../local/f.xml, every: 2s}\n");
	c = load("feeds:\n"
		 "  - url: http://a.example/x?y=1\n"
		 "    id: a\n"
		 "    name: The A\n"
		 "    every: 1h30m\n"
		 "    topics: rivers\n"
		 "    allow_private: true\n"
		 "    language: ar\n"
		 "    first_fetch: latest:10\n"
		 "    max_age: 6h\n"
		 "topics: [topics.d/*.yaml]\n"
		 "store: data/w.db\n"
		 "archive: {keep: 0, max: 64MiB}\n"
		 "min_interval: 1s\n"
		 "every: 10m\n"
		 "first_fetch: mark\n"
		 "max_age: off\n"
		 "host_gap: 250ms\n"
		 "gatherers: 3\n"
		 "nameservers: [192.0.2.53, \"[2001:db8::1]:5353\"]\n"
		 "log_level: debug\n"
		 "sinks:\n"
		 "  - {name: s, socket: s.sock, min: mentions, copies: all}\n"
		 "  - {name: f, file: /tmp/f.ndjson, topics: [\"*\", r*]}\n",
	    &ds);
	print_diags(&ds);
	assert_non_null(c);
	assert_int_equal(ds.warnings, 0);
	assert_int_equal(c->nfeeds, 3);
	assert_string_equal(c->feeds[0].key, "a");
	assert_string_equal(c->feeds[0].name, "The A");
	assert_int_equal(c->feeds[0].every_s, 5400);
	assert_string_equal(c->feeds[0].topics[0], "rivers");
	assert_true(c->feeds[0].allow_private);
	assert_int_equal(c->feeds[0].mark_line, 2);
	assert_string_equal(c->feeds[1].key, "https://b.example/rss");
	assert_int_equal(c->feeds[1].every_s, 600);
	assert_int_equal(c->feeds[0].first_fetch, 10 + 1);
	assert_int_equal(c->feeds[1].first_fetch, FIRST_MARK);
	assert_int_equal(c->feeds[0].max_age_s, 6 * 3600);
	assert_true(c->feeds[1].max_age_s == UINT32_MAX);
	assert_false(c->feeds[1].allow_private);
	assert_int_equal(strncmp(c->feeds[2].key, "file:/", 6), 0);
	assert_non_null(strstr(c->feeds[2].file, "local/f.xml"));
	assert_string_equal(c->store, want);
	assert_int_equal(c->archive_keep_s, 0);
	assert_int_equal(c->host_gap_ms, 250);
	assert_int_equal(c->gatherers, 3);
	assert_int_equal(c->nnameservers, 2);
	assert_int_equal(c->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(c->sinks[0].min, TOPIC_MENTIONS);
	assert_int_equal(c->sinks[0].copies, COPIES_ALL);
	assert_int_equal(c->sinks[1].min, TOPIC_ABOUT);
	assert_int_equal(c->sinks[1].ntopics, 2);
	config_free(c);
	diags_fini(&ds);
	gone("feeds.d/10.yaml");
	gone("topics.d/r.yaml");
	free(want);
	free(feed);
}

static const struct {
	const char *text;
	unsigned int line, col;
	const char *says;
} bad[] = {
	{ "evry: 10m\n", 1, 1,
	    "unknown key \"evry\" in the configuration; "
	    "did you mean every?" },
	{ "zzzzzz: 1\n", 1, 1, "see wiresift.yaml(5)" },
	{ "version: 1\n", 1, 1, "a file of topics, which topics: names" },
	{ "every: 10\n", 1, 8, "expected a duration as 90s, 10m" },
	{ "every: 10 m\n", 1, 8, "every cannot be \"10 m\"" },
	{ "every: 0\n", 1, 8, "from 1s to 30d" },
	{ "every: 99999999999999999999d\n", 1, 8, "expected a duration" },
	{ "every: 999999999999999999w\n", 1, 8, "expected a duration" },
	{ "every: 1500ms\n", 1, 8, "expected a duration" },
	{ "every: -1s\n", 1, 8, "expected a duration" },
	{ "every: [1s]\n", 1, 8, "every has a list; expected one value" },
	{ "every: 1m\nevery: 2m\n", 2, 1, "duplicate key" },
	{ "first_fetch: latest\n", 1, 14, "expected mark, all, or latest:N" },
	{ "first_fetch: latest:0\n", 1, 14, "N from 1 to 10000" },
	{ "first_fetch: latest:3x\n", 1, 14, "expected mark, all" },
	{ "max_age: never\n", 1, 10, "7d or off, from 1m to 3650d" },
	{ "max_age: 1s\n", 1, 10, "or off" },
	{ "max_body: 1GiB\n", 1, 11, "from 1KiB to 256MiB" },
	{ "max_body: 10 apples\n", 1, 11, "a size as 64KiB" },
	{ "gatherers: 0\n", 1, 12, "a whole number or auto, from 1 to 64" },
	{ "gatherers: many\n", 1, 12, "or auto" },
	{ "allow_private: yes\n", 1, 16, "expected true or false" },
	{ "log_level: loud\n", 1, 12, "one of error, warn, info, debug" },
	{ "archive: 7d\n", 1, 10, "expected a map of keys" },
	{ "archive: {kep: 7d}\n", 1, 11, "did you mean keep?" },
	{ "topics: {a: b}\n", 1, 9, "expected a list of texts" },
	{ "topics: [[a]]\n", 1, 10, "expected a list of texts" },
	{ "", 1, 1, "empty, as after a save that failed" },
	{ "topics: none.yaml\n", 1, 9, "no file \"none.yaml\"" },
	{ "user_agent: \"a\\r\\nX: y\"\n", 1, 13, "no control" },
	{ "user_agent: \"\"\n", 1, 13, "without control" },
	{ "contact: me\n", 1, 10, "expected http://HOST" },
	{ "contact: ftp://a.example/\n", 1, 10, "or NAME@DOMAIN" },
	{ "contact: \"https://a.example/)\"\n", 1, 10, "contact cannot" },
	{ "nameservers: [resolver]\n", 1, 14, "expected an address" },
	{ "min_interval: 2h\nmax_interval: 1h\n", 1, 15, "longer than" },
	{ "feeds: x\n", 1, 8, "expected a list" },
	{ "feeds:\n  - [a]\n", 2, 5, "expected a map" },
	{ "feeds:\n  - {name: x}\n", 2, 5, "a feed with no url" },
	{ "feeds:\n  - {url: \"http://a.example/\", file: x}\n", 2, 5,
	    "a feed with two addresses" },
	{ "feeds:\n  - ftp://a.example/x\n", 2, 5, "expected http://" },
	{ "feeds:\n  - file:///etc/passwd\n", 2, 5, "expected http://" },
	{ "feeds:\n  - {url: \"http://a.example/\", ever: 1m}\n", 2, 32,
	    "did you mean every?" },
	{ "feeds:\n  - opml: x.opml\n", 2, 5, "cannot read the list" },
	{ "feeds:\n  - {opml: x.opml, name: x}\n", 2, 5,
	    "an opml entry with a name" },
	{ "feeds:\n- http://a.example/x\n- http://a.example/x\n", 3, 3,
	    "twice, first at" },
	{ "alerts: [{name: a}]\n", 1, 10, "without when" },
	{ "alerts: [{name: a, to: x, when: {every: true, items: 2}}]\n", 1, 10,
	    "exactly one of origins, items, rate and every" },
	{ "alerts: [{name: a, to: x, when: {every: true}}]\n", 1, 10,
	    "no sink \"x\"" },
	{ "alerts: [{name: a, to: streem, when: {every: true}}]\n", 1, 10,
	    "no sink \"streem\"; did you mean stream?" },
	{ "alerts: [{name: a, to: stream, when: {every: true},\n"
	  "  quiet: {from: \"6:00\", to: \"07:00\"}}]\n",
	    1, 10, "expected a time of the day as \"07:30\"" },
	{ "alerts: [{name: a, to: stream, when: {orgins: 2}}]\n", 1, 39,
	    "did you mean origins?" },
	{ "sinks:\n- {name: a}\n", 2, 3, "a sink that is of no kind" },
	{ "sinks:\n- {file: a}\n", 2, 3, "a sink without name" },
	{ "sinks:\n- {name: a, file: x, socket: y}\n", 2, 3, "of two kinds" },
	{ "sinks:\n- {name: a, webhook: x}\n", 2, 22, "a map of keys" },
	{ "sinks:\n- {name: a, webhook: {}}\n", 2, 22, "without url" },
	{ "sinks:\n- {name: a, webhook: {url: \"ftp://a\"}}\n", 2, 3,
	    "expected http://" },
	{ "sinks:\n- {name: a, webhook: {url: \"http://a/\", headers: "
	  "[\"x y\"]}}\n",
	    2, 3, "expected \"Name: value\"" },
	{ "sinks:\n- {name: a, webhook: {url: \"http://a/\", template: "
	  "ntfy}}\n",
	    2, 3, "expected https://HOST/TOPIC" },
	{ "sinks:\n- {name: a, webhook: {url: \"http://a/b\", batch: 2, "
	  "template: ntfy}}\n",
	    2, 3, "batch with template" },
	{ "sinks:\n- {name: a, mail: {smtp: \"smtp://h\", from: x, to: [y@z]"
	  "}}\n",
	    2, 3, "expected NAME@DOMAIN" },
	{ "sinks:\n- {name: a, mail: {smtp: \"http://h\", from: x@y, to: "
	  "[y@z]}}\n",
	    2, 3, "smtp://HOST:PORT" },
	{ "sinks:\n- {name: a, mail: {smtp: \"smtp://h\", from: x@y, to: "
	  "[\"a@b>,c@d\"]}}\n",
	    2, 3, "to holds what is no address" },
	{ "sinks:\n- {name: a, mail: {smtp: \"smtp://h\", from: x@y, to: "
	  "[y@z], user: u}}\n",
	    2, 3, "expected both or none" },
	{ "sinks:\n- {name: a, exec: [sh]}\n", 2, 3, "whole path" },
	{ "sinks:\n- {name: a, feed: {dir: x, formats: [rss]}}\n", 2, 3,
	    "expected atom or json" },
	{ "sinks:\n- {name: a, exec: [/x], rotate: {size: 1MiB}}\n", 2, 3,
	    "rotate without file" },
	{ "sinks:\n- {name: a, file: x, rotate: {keep: 3}}\n", 2, 30,
	    "rotate without size" },
	{ "sinks:\n- {name: a, file: x, ack: true}\n", 2, 3,
	    "ack without exec" },
	{ "sinks:\n- {name: a, nats: x}\n", 2, 13, "not in this version" },
	{ "sinks:\n- {name: a, file: x}\n- {name: a, file: y}\n", 3, 3,
	    "sink \"a\" twice" },
	{ "sinks:\n- {name: a, file: x}\n- {name: b, file: x}\n", 3, 3,
	    "twice" },
	{ "sinks:\n- {name: a, file: x}\n- {name: b, file: ./n/../x}\n", 3, 3,
	    "twice" },
	{ "store: s.db\nsinks:\n- {name: a, file: n/../s.db}\n", 3, 3,
	    "twice" },
	{ "store: s.db\nsinks:\n- {name: a, file: s.db-wal}\n", 3, 3, "twice" },
	{ "sinks:\n- {name: a, feed: {dir: o}}\n- {name: b, feed: {dir: o/}}\n",
	    3, 3, "twice" },
	{ "sinks:\n- {name: a, file: x, rotate: {size: 1MiB}}\n"
	  "- {name: b, file: x.2}\n",
	    3, 3, "when they are rotated" },
	{ "sinks:\n- {name: a, file: x, min: none}\n", 2, 27,
	    "one of mentions, about" },
	{ "sinks:\n- {name: a, file: x, copies: some}\n", 2, 30,
	    "one of first, all, none" },
	{ "[a]\n", 1, 1, "expected a map of keys" },
	{ "just text\n", 1, 1, "expected a map of keys" },
	{ "a: *b\n", 1, 4, "alias" },
};

static void
faults_tell_place_and_remedy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct diags ds;

		print_message("%s", bad[i].text);
		assert_null(load(bad[i].text, &ds));
		print_diags(&ds);
		assert_true(ds.n > 0);
		assert_int_equal(ds.v[0].line, bad[i].line);
		assert_int_equal(ds.v[0].col, bad[i].col);
		assert_non_null(strstr(ds.v[0].msg, bad[i].says));
		diags_fini(&ds);
	}
}

static void
all_faults_are_told_at_once(void **state)
{
	struct diags ds;

	(void)state;
	put("feeds.d/x.yaml", "feeds:\n  - {name: b}\nevery: 1m\n");
	assert_null(load("every: 1\nstor: x\nfeeds: [{name: a}]\n", &ds));
	print_diags(&ds);
	assert_int_equal(ds.errors, 5);
	assert_non_null(strstr(ds.v[4].file, "feeds.d/x.yaml"));
	assert_non_null(strstr(ds.v[4].msg, "in a file of feeds"));
	diags_fini(&ds);
	gone("feeds.d/x.yaml");
}

/* Ten mistakes that know nothing of each other, in four files: one run tells
 * all, each with its place and what to do. */
static void
ten_faults_are_told_in_one_run(void **state)
{
	static const struct {
		const char *file;
		unsigned int line, col;
		const char *says, *remedy;
	} want[] = {
		{ "w.yaml", 1, 8, "every cannot be \"ten\"", "expected" },
		{ "w.yaml", 2, 1, "unknown key \"stoer\"", "did you" },
		{ "w.yaml", 5, 3, "twice, first at", "each once" },
		{ "w.yaml", 6, 3, "url cannot be", "expected http" },
		{ "w.yaml", 8, 3, "from is no address", "expected" },
		{ "w.yaml", 8, 3, "to holds what is no", "expected" },
		{ "w.yaml", 11, 3, "no sink \"lgo\"", "mean log" },
		{ "w.yaml", 12, 15, "longer than", "shorter" },
		{ "w.yaml", 14, 14, "name server", "192.0.2.53" },
		{ "w.yaml", 15, 16, "http: listen", "expected" },
		{ "feeds.d/f.yaml", 2, 3, "no url", "expected one of" },
		{ "topics.d/a.yaml", 4, 11, "unknown key \"requir\"",
		    "did you" },
		/* $flock is there, with a fault. */
		{ "topics.d/a.yaml", 3, 27, "no list \"$flok\"", "terms:" },
		{ "topics.d/c.yaml", 2, 17, "bad language \"alll\"",
		    "operator" },
		{ "topics.d/b.yaml", 3, 27, "list inside a term", "alone" },
	};
	struct diags ds;

	(void)state;
	put("feeds.d/f.yaml", "feeds:\n- {name: x}\n");
	put("topics.d/a.yaml", "version: 1\ntopics:\n"
			       "  kites: {require: {any: [$flok, $flock]}}\n"
			       "  boats: {requir: {any: [boat]}}\n");
	put("topics.d/b.yaml", "version: 1\ntopics:\n"
			       "  birds: {require: {any: [a $list b]}}\n");
	put("topics.d/c.yaml", "version: 1\nterms: {flock: {alll: [x]}}\n");
	assert_null(load("every: ten\n"
			 "stoer: x.db\n"
			 "feeds:\n"
			 "- http://a.example/\n"
			 "- http://a.example/\n"
			 "- ftp://b.example/\n"
			 "sinks:\n"
			 "- {name: m, mail: {smtp: \"smtp://h\", from: x, to: "
			 "[y]}}\n"
			 "- {name: log, file: x}\n"
			 "alerts:\n"
			 "- {name: a, to: lgo, when: {every: true}}\n"
			 "min_interval: 2h\n"
			 "max_interval: 1h\n"
			 "nameservers: [resolver]\n"
			 "http: {listen: \"nowhere\"}\n"
			 "topics: topics.d/*.yaml\n",
	    &ds));
	print_diags(&ds);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		const struct diag *d = ds.v;

		print_message("%s\n", want[i].says);
		while (
		    d < ds.v + ds.n - 1 && strstr(d->msg, want[i].says) == NULL)
			d++;
		assert_non_null(strstr(d->msg, want[i].says));
		assert_non_null(strstr(d->file, want[i].file));
		assert_int_equal(d->line, want[i].line);
		assert_int_equal(d->col, want[i].col);
		assert_non_null(strstr(d->msg, want[i].remedy));
	}
	assert_int_equal(ds.errors, ARRAY_LEN(want)); /* and nothing else */
	diags_fini(&ds);
	gone("feeds.d/f.yaml");
	gone("topics.d/a.yaml");
	gone("topics.d/b.yaml");
	gone("topics.d/c.yaml");
}

/* Many warnings leave room for each error; what has none is counted. */
static void
an_error_is_told_before_a_warning(void **state)
{
	struct diags ds;

	(void)state;
	diags_init(&ds, 3);
	for (int i = 0; i < 5; i++)
		diags_add(&ds, DIAG_WARNING, "f", 1, 1, "w%d", i);
	diags_add(&ds, DIAG_ERROR, "f", 1, 1, "e0");
	diags_add(&ds, DIAG_ERROR, "f", 1, 1, "e1");
	assert_int_equal(ds.n, 3);
	assert_string_equal(ds.v[0].msg, "w0");
	assert_string_equal(ds.v[1].msg, "e0");
	assert_string_equal(ds.v[2].msg, "e1");
	assert_int_equal(ds.errors, 2);
	assert_int_equal(ds.warnings, 5);
	diags_fini(&ds);
}

static void
a_nul_in_a_file_is_a_fault_at_its_place(void **state)
{
	static const char text[] = "every: 1m\nstore: \0x\n";
	char *path = in_dir("nul.yaml");
	FILE *f = fopen(path, "w");
	struct diags ds;

	(void)state;
	assert_non_null(f);
	assert_int_equal(
	    fwrite(text, 1, sizeof(text) - 1, f), sizeof(text) - 1);
	fclose(f);
	diags_init(&ds, 5);
	assert_null(config_load(path, &ds));
	print_diags(&ds);
	assert_int_equal(ds.errors, 1);
	assert_int_equal(ds.v[0].line, 2);
	diags_fini(&ds);
	(void)unlink(path);
	free(path);
}

static void
servers_are_told_who_we_are_and_no_sample(void **state)
{
#define WE "wiresift/" WIRESIFT_VERSION
	static const struct {
		const char *text, *want;
		size_t warnings;
	} rows[] = {
		{ "feeds: [http://a.example/f]\n", WE, 1 },
		{ "store: x.db\n", WE, 0 }, /* polls nobody */
		{ "feeds: [http://a.example/f]\n"
		  "contact: https://desk.example/bot\n",
		    WE " (+https://desk.example/bot)", 0 },
		{ "feeds: [http://a.example/f]\ncontact: me@desk.example\n",
		    WE " (+mailto:me@desk.example)", 0 },
		{ "feeds: [http://a.example/f]\n"
		  "user_agent: Desk/2 (+https://desk.example/)\n",
		    "Desk/2 (+https://desk.example/)", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct diags ds;
		struct config *c = load(rows[i].text, &ds);

		print_diags(&ds);
		assert_non_null(c);
		assert_string_equal(c->user_agent, rows[i].want);
		config_check_contact(c, &ds);
		assert_int_equal(ds.warnings, rows[i].warnings);
		config_free(c);
		diags_fini(&ds);
	}
#undef WE
}

static void
a_list_tells_what_is_news_of_its_feeds(void **state)
{
	struct config *c;
	struct diags ds;

	(void)state;
	put("x.opml", "<opml xmlns:w=\"https://wiresift.example/ns/opml\">"
		      "<body><outline xmlUrl=\"https://a.example/f\" "
		      "w:first_fetch=\"latest:7\" w:max_age=\"2d\"/>"
		      "<outline xmlUrl=\"https://b.example/f\"/>"
		      "</body></opml>");
	c = load("feeds:\n  - opml: x.opml\nfirst_fetch: all\n", &ds);
	print_diags(&ds);
	assert_non_null(c);
	assert_int_equal(c->feeds[0].first_fetch, 7 + 1);
	assert_int_equal(c->feeds[0].max_age_s, 2 * 86400);
	assert_true(c->feeds[1].first_fetch == FIRST_ALL);
	config_free(c);
	diags_fini(&ds);

	put("x.opml", "<opml xmlns:w=\"https://wiresift.example/ns/opml\">"
		      "<body>\n<outline xmlUrl=\"https://a.example/f\" "
		      "w:max_age=\"old\"/></body></opml>");
	assert_null(load("feeds:\n  - opml: x.opml\n", &ds));
	assert_int_equal(ds.v[0].line, 2);
	assert_non_null(strstr(ds.v[0].msg, "max_age: old; expected"));
	diags_fini(&ds);
	gone("x.opml");
}

static void
a_missing_file_is_a_fault(void **state)
{
	struct diags ds;

	(void)state;
	diags_init(&ds, 5);
	assert_null(config_load("/nonexistent/w.yaml", &ds));
	print_diags(&ds);
	assert_int_equal(ds.errors, 1);
	diags_fini(&ds);
}

static void
warnings_load(void **state)
{
	struct diags ds;
	struct config *c;

	(void)state;
	put("topics.d/r.yaml", TOPICS);
	c = load("feeds:\n"
		 "- {url: \"http://a.example/\", every: 5s, topics: river}\n"
		 "topics: [topics.d/*.yaml, more.d/*.yaml]\n",
	    &ds);
	print_diags(&ds);
	assert_non_null(c);
	assert_int_equal(ds.warnings, 3);
	config_free(c);
	diags_fini(&ds);
	gone("topics.d/r.yaml");
}

/* What check tells before the daemon trips over it. */
static void
files_that_are_not_there_are_warned_of(void **state)
{
	static const struct {
		const char *text, *says; /* NULL = nothing */
	} cases[] = {
		{ "feeds: [{file: gone.xml}]\n", "feed: no file" },
		{ "sinks:\n- {name: a, webhook: {url: \"http://a/\", "
		  "secret_file: no.key}}\n",
		    "secret_file: no file" },
		{ "sinks:\n- {name: a, webhook: {url: \"http://a/\", "
		  "headers_file: no.hdr}}\n",
		    "headers_file: no file" },
		{ "sinks:\n- {name: a, mail: {smtp: \"smtp://h\", from: x@y, "
		  "to: [y@z], user: u, password_file: w.yaml/no}}\n",
		    "password_file: no file" },
		{ "sinks:\n- {name: a, exec: [/nonexistent/x]}\n",
		    "exec: no file" },
		{ "sinks:\n- {name: a, exec: [/dev/null]}\n", "is no program" },
		{ "sinks:\n- {name: a, exec: [/bin/sh]}\n", NULL },
		{ "feeds: [{file: w.yaml}]\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct diags ds;
		struct config *c = load(cases[i].text, &ds);
		size_t before = ds.warnings;

		print_message("%s", cases[i].text);
		assert_non_null(c);
		config_check_files(c, &ds);
		assert_int_equal(ds.errors, 0);
		assert_int_equal(ds.warnings, before + (cases[i].says != NULL));
		if (cases[i].says != NULL)
			assert_non_null(
			    strstr(ds.v[ds.n - 1].msg, cases[i].says));
		config_free(c);
		diags_fini(&ds);
	}
}

/* Every default must pass its own row, and the rows' order the enums'. */
static void
defaults_pass_their_rows(void **state)
{
	static const struct schema_table *const tables[] = { &config_keys,
		&config_feed_keys, &config_sink_keys, &config_file_keys };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		char obj[sizeof(struct config)] = { 0 };
		struct diags ds;
		struct schema_load sl = {
			.arena = arena_new(0), .file = "schema", .ds = &ds
		};

		diags_init(&ds, 5);
		schema_defaults(tables[i], obj, &sl);
		print_diags(&ds);
		assert_int_equal(ds.errors, 0);
		diags_fini(&ds);
		arena_free(sl.arena);
	}
}

static void
the_example_is_the_committed_one(void **state)
{
	struct strbuf made, file;

	(void)state;
	strbuf_init(&made, 1 << 20);
	strbuf_init(&file, 1 << 20);
	config_example(&made);
	assert_int_equal(fs_read("conf/wiresift.yaml", &file), 0);
	/* Made anew by: build/release/tests/unit/test_config example */
	assert_string_equal(made.data, file.data);
	strbuf_fini(&made);
	strbuf_fini(&file);
}

/* The example with its "#" taken away is a configuration: the defaults. */
static void
the_example_loads_uncommented(void **state)
{
	struct strbuf made, text;
	struct diags ds;
	struct config *c, *d;
	const char *p;

	(void)state;
	strbuf_init(&made, 1 << 20);
	strbuf_init(&text, 1 << 20);
	config_example(&made);
	for (p = made.data; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		if (p[0] == '#' && p[1] != ' ' && n > 1)
			strbuf_append(&text, p + 1, n);
		else
			strbuf_putc(&text, '\n');
		p += n + 1;
	}
	put("topics.d/r.yaml", TOPICS);
	put("feeds.d/10.yaml", "feeds: []\n");
	c = load(text.data, &ds);
	print_diags(&ds);
	assert_non_null(c);
	diags_fini(&ds);
	gone("topics.d/r.yaml");
	gone("feeds.d/10.yaml");
	d = load("# none\n", &ds);
	assert_non_null(d);
	strbuf_reset(&made);
	config_needs_restart(c, d, &made);
	assert_string_equal(made.data, "");
	assert_int_equal(c->nfeeds, 2);
	assert_int_equal(c->nsinks, 2);
	assert_int_equal(c->fetch_timeout_s, d->fetch_timeout_s);
	config_free(c);
	config_free(d);
	diags_fini(&ds);
	strbuf_fini(&made);
	strbuf_fini(&text);
}

static void
what_is_shown_loads_the_same(void **state)
{
	struct strbuf one, two;
	struct diags ds;
	struct config *c;

	(void)state;
	strbuf_init(&one, 1 << 20);
	strbuf_init(&two, 1 << 20);
	c = load(
	    "feeds:\n"
	    "  - {url: \"http://a.example/x\", name: \"a: #b \\\"c\"}\n"
	    "every: 90s\nmax_body: 3000\narchive: {keep: 0}\n"
	    "allow_private: true\n"
	    "sinks: [{name: \"no\", file: x, topics: [\"*\", \"_a\"],\n"
	    "  rotate: {size: 1MiB}}, {name: b, exec: [/x, a b], topics: "
	    "[]},\n"
	    "  {name: c, webhook: {url: \"http://a/s3cret\", headers: "
	    "[\"Authorization: Bearer s3cret\", \"X:s3cret\"]}}]\n"
	    "alerts:\n"
	    "- {name: a, when: {origins: 2, within: 1h}, to: [b, c],\n"
	    "   again: {grew_by: 3}, cooldown: 5m,\n"
	    "   quiet: {from: \"23:00\", to: \"06:00\", tz: UTC}}\n"
	    "- {name: b, when: {rate: 3}, to: b, digest: {at: \"07:00\"}}\n",
	    &ds);
	print_diags(&ds);
	assert_non_null(c);
	config_show(c, &one);
	config_free(c);
	diags_fini(&ds);
	print_message("%s", one.data);
	assert_null(strstr(one.data, "s3cret"));
	assert_non_null(
	    strstr(one.data, "headers: [\"Authorization: ***\", \"X: ***\"]"));
	assert_non_null(strstr(one.data, "allow_private: true, weight"));
	c = load(one.data, &ds);
	print_diags(&ds);
	assert_non_null(c);
	config_show(c, &two);
	assert_string_equal(one.data, two.data);
	config_free(c);
	diags_fini(&ds);
	strbuf_fini(&one);
	strbuf_fini(&two);
}

static void
some_keys_need_a_restart(void **state)
{
	struct diags da, db;
	struct config *a = load("# none\n", &da);
	struct config *b =
	    load("store: x.db\narchive: {keep: 1d}\ncopies: {window: 1d}\n"
		 "every: 1m\ngatherers: 2\n",
		&db);
	struct strbuf sb;

	(void)state;
	strbuf_init(&sb, 4096);
	config_needs_restart(a, b, &sb);
	assert_string_equal(
	    sb.data, "store, archive.keep, gatherers, copies.window");
	strbuf_reset(&sb);
	config_needs_restart(a, a, &sb);
	assert_string_equal(sb.data, "");
	strbuf_fini(&sb);
	config_free(a);
	config_free(b);
	diags_fini(&da);
	diags_fini(&db);
}

static void
gatherers_get_what_was_loaded(void **state)
{
	struct diags ds;
	struct config *c, *d;
	struct config_feed *f;
	struct arena *a = arena_new(0);
	json_t *j;
	char *text;

	(void)state;
	put("topics.d/r.yaml", TOPICS);
	c = load("feeds: [{url: \"http://a.example/x\", topics: [r*]}]\n"
		 "max_body: 2MiB\nnameservers: [192.0.2.1]\n",
	    &ds);
	assert_non_null(c);
	j = config_encode_gatherer(c);
	text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	j = json_loads(text, 0, NULL);
	free(text);
	d = config_decode_gatherer(j, &ds);
	json_decref(j);
	print_diags(&ds);
	assert_non_null(d);
	assert_int_equal(d->max_body_bytes, 2 << 20);
	assert_int_equal(d->fetch_timeout_s, 60);
	assert_string_equal(d->user_agent, c->user_agent);
	assert_string_equal(d->nameservers[0], "192.0.2.1");
	assert_string_equal(
	    topic_set_hash(d->topics), topic_set_hash(c->topics));
	config_free(d);

	j = config_feed_encode(&c->feeds[0]);
	f = config_feed_decode(a, j);
	assert_non_null(f);
	assert_string_equal(f->key, "http://a.example/x");
	assert_string_equal(f->topics[0], "r*");
	assert_null(f->topics[1]);
	assert_int_equal(f->every_s, 900);
	json_object_del(j, "url");
	assert_null(config_feed_decode(a, j));
	json_decref(j);
	j = json_object();
	assert_null(config_decode_gatherer(j, &ds));
	json_decref(j);
	config_free(c);
	diags_fini(&ds);
	arena_free(a);
	gone("topics.d/r.yaml");
}

static void
each_key_is_in(const struct schema_table *t, const char *page)
{
	for (size_t i = 0; i < t->n; i++) {
		char *want = xasprintf(".It Cm %s", t->keys[i].key);

		if (t->keys[i].type != SCHEMA_LATER) {
			if (strstr(page, want) == NULL)
				fail_msg("no \"%s\" in the manual", want);
			if (t->keys[i].sub != NULL)
				each_key_is_in(t->keys[i].sub, page);
		}
		free(want);
	}
}

static void
each_key_is_in_the_manual(void **state)
{
	struct strbuf page;

	(void)state;
	strbuf_init(&page, 1 << 20);
	assert_int_equal(fs_read("conf/wiresift.yaml.5", &page), 0);
	each_key_is_in(&config_keys, page.data);
	strbuf_fini(&page);
}

static int
setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/wiresift-config-XXXXXX");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	static const char *const left[] = { "w.yaml", "topics.d", "feeds.d" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(left); i++) {
		char *path = in_dir(left[i]);

		(void)remove(path);
		free(path);
	}
	return rmdir(dir);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_needed),
		cmocka_unit_test(topics_alone_are_enough),
		cmocka_unit_test(keys_become_fields),
		cmocka_unit_test(faults_tell_place_and_remedy),
		cmocka_unit_test(all_faults_are_told_at_once),
		cmocka_unit_test(servers_are_told_who_we_are_and_no_sample),
		cmocka_unit_test(ten_faults_are_told_in_one_run),
		cmocka_unit_test(an_error_is_told_before_a_warning),
		cmocka_unit_test(a_nul_in_a_file_is_a_fault_at_its_place),
		cmocka_unit_test(a_list_tells_what_is_news_of_its_feeds),
		cmocka_unit_test(a_missing_file_is_a_fault),
		cmocka_unit_test(warnings_load),
		cmocka_unit_test(files_that_are_not_there_are_warned_of),
		cmocka_unit_test(defaults_pass_their_rows),
		cmocka_unit_test(the_example_is_the_committed_one),
		cmocka_unit_test(the_example_loads_uncommented),
		cmocka_unit_test(what_is_shown_loads_the_same),
		cmocka_unit_test(some_keys_need_a_restart),
		cmocka_unit_test(gatherers_get_what_was_loaded),
		cmocka_unit_test(each_key_is_in_the_manual),
	};

	if (argc > 1 && strcmp(argv[1], "example") == 0) {
		struct strbuf sb;

		strbuf_init(&sb, 1 << 20);
		config_example(&sb);
		fputs(sb.data, stdout);
		strbuf_fini(&sb);
		return 0;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
