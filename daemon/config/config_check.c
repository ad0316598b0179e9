/* config_check.c - what no single key can tell: doubles, contradictions. */
#include <event2/util.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/diag.h"
#include "base/fsutil.h"
#include "base/hmap.h"
#include "base/listenat.h"
#include "base/unixsock.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/yaml.h"
#include "pipeline/health.h"

/* Every fault here is about a feed, a sink or the whole; its place: */
struct place {
	const char *file;
	uint32_t line, col;
};

/* Of the value of `key` in the main file, in the map of `outer` if that is not
 * NULL; the file's beginning if it is not there. */
static struct place
place_of(const struct config *c, const char *outer, const char *key)
{
	const struct yaml_node *n = c->map;

	if (n != NULL && outer != NULL)
		n = yaml_get(n, outer);
	if (n != NULL)
		n = yaml_get(n, key);
	return (struct place){ c->named, n != NULL ? n->line : 1,
		n != NULL ? n->col : 1 };
}

/* `place` of a name seen before goes to a map; a second one is a fault. */
static void
check_once(struct hmap *seen, const char *what, const char *name,
    struct place *at, struct diags *ds)
{
	const struct place *first = hmap_get(seen, name);

	if (first == NULL) {
		(void)hmap_put(seen, name, at);
		return;
	}
	diags_add(ds, DIAG_ERROR, at->file, at->line, at->col,
	    "%s \"%.100s\" twice, first at %s:%u; expected each once", what,
	    name, first->file, first->line);
}

/* A list of topic globs: each should find something. */
static void
check_globs(const struct config *c, const char *const *globs, size_t n,
    const struct place *at, struct diags *ds)
{
	size_t ntopics;

	if (c->topics == NULL)
		return; /* which there are is not known */
	ntopics = topic_set_len(c->topics);
	for (size_t i = 0; i < n; i++) {
		bool found = strcmp(globs[i], "*") == 0;

		found = found || topic_glob_match(globs[i], HEALTH_TOPIC);
		for (size_t t = 0; t < ntopics && !found; t++)
			found = topic_glob_match(
			    globs[i], topic_set_name(c->topics, t));
		if (!found)
			diags_add(ds, DIAG_WARNING, at->file, at->line, at->col,
			    "no topic \"%.80s\"; expected the name of a topic "
			    "or a pattern that finds some",
			    globs[i]);
	}
}

/* Two URLs may differ only in what is hidden of them. */
static void
check_feed_once(struct hmap *seen, const struct config *c, size_t i,
    struct place *at, struct diags *ds)
{
	const struct config_feed *f = &c->feeds[i];
	const struct place *first = hmap_get(seen, f->key);
	const struct config_feed *other =
	    first == NULL ? f : &c->feeds[first - at];

	if (f->id == NULL && f->url != NULL && other->url != NULL &&
	    strcmp(f->url, other->url) != 0)
		diags_add(ds, DIAG_ERROR, at[i].file, at[i].line, at[i].col,
		    "feed \"%.100s\" differs only in a secret from the one at "
		    "%s:%u; expected an id: by which to tell them apart",
		    f->key, first->file, first->line);
	else
		check_once(seen, "feed", f->key, &at[i], ds);
}

static void
check_feeds(const struct config *c, struct diags *ds)
{
	struct hmap *seen = hmap_new();
	struct place *at = xcalloc(c->nfeeds + 1, sizeof(*at));

	for (size_t i = 0; i < c->nfeeds; i++) {
		const struct config_feed *f = &c->feeds[i];

		at[i] =
		    (struct place){ f->mark_file, f->mark_line, f->mark_col };
		if (at[i].file == NULL || f->key == NULL)
			continue; /* its fault was told */
		check_feed_once(seen, c, i, at, ds);
		check_globs(c, f->topics, f->ntopics, &at[i], ds);
		if (f->every_s < c->min_interval_s)
			diags_add(ds, DIAG_WARNING, f->mark_file, f->mark_line,
			    f->mark_col,
			    "every is shorter than min_interval; the feed is "
			    "polled every %u s",
			    c->min_interval_s);
	}
	hmap_free(seen, NULL);
	free(at);
}

static void
check_socket_path(const char *path, const struct place *at, struct diags *ds)
{
	if (strlen(path) > UNIXSOCK_PATH_MAX)
		diags_add(ds, DIAG_ERROR, at->file, at->line, at->col,
		    "socket path of %zu bytes; expected at most %d",
		    strlen(path), UNIXSOCK_PATH_MAX);
}

/* What is no sink's to write: a line in the database would be its end. */
static void
reserve(
    struct hmap *paths, const char *path, const char *suffix, struct place *own)
{
	char *real = fs_real(path), *name = xasprintf("%s%s", real, suffix);

	(void)hmap_put(paths, name, own);
	free(name);
	free(real);
}

static void
reserve_own(const struct config *c, struct hmap *paths, struct place *own)
{
	static const char *const of_store[] = { "", "-wal", "-shm",
		"-reserve" };

	for (size_t i = 0; i < ARRAY_LEN(of_store); i++)
		reserve(paths, c->store, of_store[i], own);
	reserve(paths, c->control, "", own);
	reserve(paths, c->control, ".lock", own);
	if (c->file != NULL)
		reserve(paths, c->file, "", own);
	for (size_t i = 0; i < c->ntopic_files; i++)
		reserve(paths, c->topic_files[i].name, "", own);
}

/* "m.ndjson.7" is what a sink's "m.ndjson" becomes when it is rotated. */
static bool
is_rotated(const struct config_sink *s, const char *path, const char *other)
{
	size_t len = strlen(path);

	return s->rotate_bytes > 0 && strncmp(other, path, len) == 0 &&
	       other[len] == '.' && other[len + 1] != '\0' &&
	       other[len + 1 + strspn(other + len + 1, "0123456789")] == '\0';
}

/* Each place has one writer, by whatever name it is called. */
static void
check_paths(const struct config *c, struct place *at, struct diags *ds)
{
	struct hmap *paths = hmap_new();
	char **real = xcalloc(c->nsinks + 1, sizeof(char *));

	reserve_own(c, paths, &at[c->nsinks]);
	for (size_t i = 0; i < c->nsinks; i++) {
		const char *path = config_sink_path(&c->sinks[i]);

		if (path == NULL || at[i].file == NULL)
			continue;
		real[i] = fs_real(path);
		check_once(paths, "path", real[i], &at[i], ds);
	}
	for (size_t i = 0; i < c->nsinks; i++)
		for (size_t k = 0; k < c->nsinks; k++)
			if (real[i] != NULL && real[k] != NULL &&
			    is_rotated(&c->sinks[i], real[i], real[k]))
				diags_add(ds, DIAG_ERROR, at[k].file,
				    at[k].line, at[k].col,
				    "sink %.60s writes where the files of sink "
				    "%.60s go when they are rotated; expected "
				    "another name",
				    c->sinks[k].name, c->sinks[i].name);
	for (size_t i = 0; i < c->nsinks; i++)
		free(real[i]);
	free(real);
	hmap_free(paths, NULL);
}

static void
check_sinks(const struct config *c, struct diags *ds)
{
	struct hmap *names = hmap_new();
	struct place *at = xcalloc(c->nsinks + 1, sizeof(*at));
	struct place *own = &at[c->nsinks];
	const struct place control = place_of(c, NULL, "control");

	*own = place_of(c, NULL, "store");
	check_socket_path(c->control, &control, ds);
	for (size_t i = 0; i < c->nsinks; i++) {
		const struct config_sink *s = &c->sinks[i];

		at[i] =
		    (struct place){ s->mark_file, s->mark_line, s->mark_col };
		if (at[i].file == NULL)
			continue; /* its fault was told */
		check_once(names, "sink", s->name, &at[i], ds);
		if (s->socket != NULL)
			check_socket_path(s->socket, &at[i], ds);
		check_globs(c, s->topics, s->ntopics, &at[i], ds);
	}
	check_paths(c, at, ds);
	hmap_free(names, NULL);
	free(at);
}

static void
check_alert_topics(const struct config *c, struct diags *ds)
{
	for (size_t i = 0; i < c->nalerts; i++) {
		const struct config_alert *a = &c->alerts[i];
		const struct place at = { a->mark_file, a->mark_line,
			a->mark_col };

		if (at.file == NULL)
			continue;
		check_globs(c, a->rule.topics, a->rule.ntopics, &at, ds);
	}
}

static void
check_nameservers(const struct config *c, struct diags *ds)
{
	const struct place at = place_of(c, NULL, "nameservers");

	for (size_t i = 0; i < c->nnameservers; i++) {
		struct sockaddr_storage ss;
		int len = sizeof(ss);

		if (evutil_parse_sockaddr_port(
			c->nameservers[i], (struct sockaddr *)&ss, &len) == -1)
			diags_add(ds, DIAG_ERROR, at.file, at.line, at.col,
			    "name server \"%.60s\"; expected an address, as "
			    "192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]",
			    c->nameservers[i]);
	}
}

static void
check_http(const struct config *c, struct diags *ds)
{
	const struct place at = place_of(c, "http", "listen");
	struct listenat la;
	char why[256];

	if (c->http_listen != NULL &&
	    !listenat_parse(c->http_listen, &la, why, sizeof(why)))
		diags_add(ds, DIAG_ERROR, at.file, at.line, at.col,
		    "http: listen: %s", why);
}

/* It stands in parentheses in a header. */
static void
check_contact(const struct config *c, struct diags *ds)
{
	const struct place at = place_of(c, NULL, "contact");
	const char *s = c->contact;

	if (s == NULL || (strpbrk(s, " ()\\\"") == NULL &&
			     (url_is_http(s) || config_is_mail(s))))
		return;
	diags_add(ds, DIAG_ERROR, at.file, at.line, at.col,
	    "contact cannot be \"%.80s\"; expected http://HOST/..., "
	    "https://HOST/... or NAME@DOMAIN",
	    s);
}

void
config_check_contact(const struct config *c, struct diags *ds)
{
	const struct place at = place_of(c, NULL, "user_agent");
	bool polls = false;

	for (size_t i = 0; i < c->nfeeds && !polls; i++)
		polls = c->feeds[i].url != NULL;
	if (polls && c->contact == NULL && strchr(c->user_agent, ' ') == NULL)
		diags_add(ds, DIAG_WARNING, at.file, at.line, at.col,
		    "no contact: servers do not learn whom to ask about our "
		    "polls, and block those they do not know; expected "
		    "contact: with an address of the web or of mail");
}

void
config_check(const struct config *c, struct diags *ds)
{
	struct place at;

	check_feeds(c, ds);
	check_sinks(c, ds);
	config_check_alerts(c, ds);
	check_alert_topics(c, ds);
	check_nameservers(c, ds);
	check_http(c, ds);
	check_contact(c, ds);
	at = place_of(c, NULL, "min_interval");
	if (at.line == 1 && at.col == 1)
		at = place_of(c, NULL, "max_interval");
	if (c->min_interval_s > c->max_interval_s)
		diags_add(ds, DIAG_ERROR, at.file, at.line, at.col,
		    "min_interval is longer than max_interval; expected it to "
		    "be shorter");
	at = place_of(c, NULL, "connect_timeout");
	if (at.line == 1 && at.col == 1)
		at = place_of(c, NULL, "fetch_timeout");
	if (c->connect_timeout_s > c->fetch_timeout_s)
		diags_add(ds, DIAG_WARNING, at.file, at.line, at.col,
		    "connect_timeout is longer than fetch_timeout, which ends "
		    "both");
}

void
config_check_feeds(const struct config *c, struct diags *ds)
{
	const struct place at = place_of(c, NULL, "feeds");

	if (c->nfeeds == 0)
		diags_add(ds, DIAG_WARNING, at.file, at.line, at.col,
		    "0 feeds: nothing will be polled; expected feeds: here or "
		    "in a file of feed_files:");
}
