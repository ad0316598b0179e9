/* feedout.c - an Atom feed and a JSON Feed of each topic, in files. */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fsutil.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "sink/feedfile.h"
#include "sink/sink.h"

#define GATHER_MS 500 /* commits close together make one new file */
#define RETRY_MS 10000
#define PAGE_RECORDS 512
#define FILES_A_STEP 2 /* topics written before others run */
#define FULL 2         /* of wanted_cb(): what is older has no place */

/* A topic's newest records, by number: their text stays in the journal. */
struct shelf {
	char *name;
	uint64_t *seqs; /* a ring of `room` */
	size_t room, n, next;
	bool dirty;
	struct shelf *all, *queue; /* lists */
};

struct feedout {
	struct sink sink; /* first */
	const struct sink_context *sc;
	char *name;
	struct arena *a; /* of config and filter */
	const struct config_sink *config;
	struct sink_filter filter;
	struct event *timer;
	struct hmap *shelves;
	struct shelf *all, *queue; /* queue: dirty ones */
	bool atom, json;
	bool filled; /* all that the journal has was seen once */
	uint64_t at; /* last record seen */
	char error[256];
	uint64_t written;
};

/* A rule's name is [a-z0-9-_.]; nothing else becomes a file's name. */
static bool
is_file_name(const char *s)
{
	if (s[0] == '.' || strlen(s) > 200)
		return false;
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")] == '\0';
}

static void
make_dirty(struct feedout *fo, struct shelf *sh)
{
	if (sh->dirty)
		return;
	sh->dirty = true;
	sh->queue = fo->queue;
	fo->queue = sh;
}

/* Shelves for the topics there are now, and files for them, empty or not. */
static void
make_shelves(struct feedout *fo)
{
	const char *const *names = fo->sc->topic_names(fo->sc->cookie);
	const struct record any = { .relation = RELATION_NEW };

	for (; *names != NULL; names++) {
		struct journal_topic t = { .name = *names,
			.level = TOPIC_ABOUT };
		struct shelf *sh;

		if (!is_file_name(*names) ||
		    !sink_filter_topic(&fo->filter, &any, &t) ||
		    hmap_get(fo->shelves, *names) != NULL)
			continue;
		sh = xcalloc(1, sizeof(*sh));
		sh->name = xstrdup(*names);
		sh->room = fo->config->feed.items;
		sh->seqs = xcalloc(sh->room, sizeof(*sh->seqs));
		sh->all = fo->all;
		fo->all = sh;
		(void)hmap_put(fo->shelves, sh->name, sh);
		make_dirty(fo, sh);
	}
}

static void
drop_shelves(struct feedout *fo)
{
	struct shelf *sh;

	while ((sh = fo->all) != NULL) {
		fo->all = sh->all;
		free(sh->name);
		free(sh->seqs);
		free(sh);
	}
	hmap_free(fo->shelves, NULL);
	fo->shelves = hmap_new();
	fo->queue = NULL;
	fo->at = 0;
	fo->filled = false;
}

static int
see_cb(void *cookie, const struct record *r)
{
	struct feedout *fo = cookie;

	fo->at = r->seq;
	if (r->kind != RECORD_ITEM || !sink_filter_match(&fo->filter, r))
		return 0;
	for (size_t i = 0; i < r->ntopics; i++) {
		const struct journal_topic *t = &r->topics[i];
		struct shelf *sh = hmap_get(fo->shelves, t->name);

		if (sh == NULL || !sink_filter_topic(&fo->filter, r, t))
			continue;
		sh->seqs[sh->next] = r->seq;
		sh->next = (sh->next + 1) % sh->room;
		sh->n = MIN(sh->n + 1, sh->room);
		make_dirty(fo, sh);
	}
	return 0;
}

/* A page of the journal: 1 = there is more, 0 = that was all, -1. */
static int
see(struct feedout *fo)
{
	struct journal *j = fo->sc->journal;
	uint64_t oldest, newest;

	if (j->ops->bounds(j, &oldest, &newest) == -1)
		return -1;
	if (fo->at > newest) { /* an older database was put back */
		drop_shelves(fo);
		make_shelves(fo);
	}
	if (fo->at >= newest) {
		fo->filled = true;
		return 0;
	}
	if (j->ops->read(j, fo->at, PAGE_RECORDS, see_cb, fo) == -1)
		return -1;
	fo->at = MAX(fo->at, oldest > 0 ? oldest - 1 : 0);
	return 1;
}

struct wanted {
	struct feedfile *ff; /* NULL = only its time is asked for */
	uint64_t seq;
	int64_t at_ms;
};

static int
wanted_cb(void *cookie, const struct record *r)
{
	struct wanted *w = cookie;

	if (r->seq != w->seq)
		return 1; /* that one is kept no more */
	w->at_ms = r->at_ms;
	return w->ff != NULL && feedfile_add(w->ff, r) == -1 ? FULL : 1;
}

/* The i-th newest. */
static uint64_t
shelf_seq(const struct shelf *sh, size_t i)
{
	return sh->seqs[(sh->next + sh->room - 1 - i) % sh->room];
}

static int
make_file(struct feedout *fo, const struct shelf *sh, struct feedfile *ff)
{
	struct journal *j = fo->sc->journal;
	struct wanted w = { .at_ms = 0 };
	int rc = 0;

	if (sh->n > 0) {
		w.seq = shelf_seq(sh, 0);
		rc = j->ops->read(j, w.seq - 1, 1, wanted_cb, &w);
	}
	if (rc == -1)
		return -1;
	feedfile_begin(ff, sh->name, fo->config->feed.url, w.at_ms);
	w.ff = ff;
	for (size_t i = 0; i < sh->n && rc != FULL && rc != -1; i++) {
		w.seq = shelf_seq(sh, i);
		rc = j->ops->read(j, w.seq - 1, 1, wanted_cb, &w);
	}
	feedfile_end(ff);
	if (rc == -1)
		feedfile_fini(ff);
	return rc == -1 ? -1 : 0;
}

static bool
is_same(const char *path, const struct strbuf *sb)
{
	struct strbuf old;
	bool same;

	strbuf_init(&old, FEEDFILE_MAX);
	same = fs_read(path, &old) == 0 && old.len == sb->len &&
	       memcmp(old.data, sb->data, sb->len) == 0;
	strbuf_fini(&old);
	return same;
}

/* Whole or not at all: readers never see half a feed. */
static int
write_whole(struct feedout *fo, const char *path, const struct strbuf *sb)
{
	char *temp = xasprintf("%s.new", path);
	int fd, rc = -1, err;

	fd = open(temp,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
	    0644);
	if (fd != -1 && fchmod(fd, 0644) == 0 &&
	    fs_write_all(fd, sb->data, sb->len) == 0 && fdatasync(fd) == 0)
		rc = rename(temp, path);
	err = errno;
	if (rc == -1 && fd != -1)
		(void)unlink(temp);
	if (fd != -1)
		close(fd);
	free(temp);
	fo->written += rc == 0;
	errno = err;
	return rc;
}

static int
put_one(struct feedout *fo, const char *topic, const char *ext,
    const struct strbuf *sb)
{
	char *path = xasprintf("%s/%s.%s", fo->config->feed.dir, topic, ext);
	char words[sizeof(fo->error)];
	int rc = 0;

	if (!is_same(path, sb) &&
	    (fs_mkdir_parents(path) == -1 || write_whole(fo, path, sb) == -1)) {
		snprintf(
		    words, sizeof(words), "%.150s: %s", path, strerror(errno));
		if (strcmp(words, fo->error) != 0) /* not at each try */
			log_warnx("sink=%s %s", fo->name, words);
		memcpy(fo->error, words, sizeof(words));
		rc = -1;
	}
	free(path);
	return rc;
}

static int
write_shelf(struct feedout *fo, struct shelf *sh)
{
	struct feedfile ff;
	int rc = 0;

	if (make_file(fo, sh, &ff) == -1) {
		snprintf(
		    fo->error, sizeof(fo->error), "%s", fo->sc->journal->error);
		return -1;
	}
	if (fo->atom && put_one(fo, sh->name, "atom", &ff.atom) == -1)
		rc = -1;
	if (rc == 0 && fo->json &&
	    put_one(fo, sh->name, "json", &ff.json) == -1)
		rc = -1;
	feedfile_fini(&ff);
	return rc;
}

static void
timer_in(struct feedout *fo, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_add(fo->timer, &tv);
}

static void
step_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct feedout *fo = cookie;
	int more;

	(void)fd;
	(void)what;
	if (!fo->filled)
		make_shelves(fo);
	if ((more = see(fo)) != 0) {
		if (more == -1)
			snprintf(fo->error, sizeof(fo->error), "%s",
			    fo->sc->journal->error);
		timer_in(fo, more == 1 ? 0 : RETRY_MS);
		return;
	}
	for (int i = 0; i < FILES_A_STEP && fo->queue != NULL; i++) {
		struct shelf *sh = fo->queue;

		if (write_shelf(fo, sh) == -1) {
			timer_in(fo, RETRY_MS);
			return;
		}
		fo->queue = sh->queue;
		sh->dirty = false;
	}
	if (fo->error[0] != '\0')
		log_info("sink=%s works again", fo->name);
	fo->error[0] = '\0';
	if (fo->queue != NULL)
		timer_in(fo, 0);
}

static void
feedout_wake(struct sink *s)
{
	struct feedout *fo = (struct feedout *)s;

	if (!event_pending(fo->timer, EV_TIMEOUT, NULL))
		timer_in(fo, GATHER_MS);
}

static uint64_t
lag(const struct feedout *fo)
{
	struct journal *j = fo->sc->journal;
	uint64_t oldest, newest;

	if (j->ops->bounds(j, &oldest, &newest) == -1 || newest < fo->at)
		return 0;
	return newest - fo->at;
}

static bool
feedout_caught_up(struct sink *s)
{
	struct feedout *fo = (struct feedout *)s;

	return fo->error[0] != '\0' ||
	       (fo->filled && fo->queue == NULL && lag(fo) == 0);
}

/* What the journal no longer has leaves the feeds. */
static uint64_t
feedout_needs(struct sink *s)
{
	(void)s;
	return UINT64_MAX;
}

static void
configure(struct feedout *fo, const struct config_sink *c)
{
	struct arena *old = fo->a;

	fo->a = arena_new(0);
	fo->config = config_sink_copy(fo->a, c);
	sink_filter_of(&fo->filter, fo->a, c);
	fo->atom = fo->json = c->feed.nformats == 0;
	for (size_t i = 0; i < c->feed.nformats; i++) {
		fo->atom |= strcmp(c->feed.formats[i], "atom") == 0;
		fo->json |= strcmp(c->feed.formats[i], "json") == 0;
	}
	arena_free(old);
	drop_shelves(fo); /* other topics, levels, numbers: all anew */
	timer_in(fo, 0);
}

static void
feedout_reload(struct sink *s, const struct config_sink *c)
{
	configure((struct feedout *)s, c);
}

static json_t *
feedout_status(struct sink *s)
{
	struct feedout *fo = (struct feedout *)s;
	char cursor[CURSOR_MAX];

	cursor_format(fo->sc->journal->epoch, fo->at, cursor);
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s, s:I, s:I, s:I}",
	    "name", fo->name, "kind", "feed", "path", fo->config->feed.dir,
	    "state", fo->error[0] == '\0' ? "ok" : "trouble", "error",
	    fo->error[0] == '\0' ? NULL : fo->error, "cursor", cursor, "lag",
	    (json_int_t)lag(fo), "feeds", (json_int_t)hmap_len(fo->shelves),
	    "written", (json_int_t)fo->written);
}

static void
feedout_close(struct sink *s, const char *reason)
{
	struct feedout *fo = (struct feedout *)s;

	(void)reason;
	drop_shelves(fo);
	hmap_free(fo->shelves, NULL);
	event_free(fo->timer);
	arena_free(fo->a);
	free(fo->name);
	free(fo);
}

static const struct sink_ops feedout_ops = {
	.kind = "feed",
	.wake = feedout_wake,
	.caught_up = feedout_caught_up,
	.needs = feedout_needs,
	.reload = feedout_reload,
	.status = feedout_status,
	.close = feedout_close,
};

struct sink *
sink_feed_new(const struct sink_context *sc, const struct config_sink *c,
    char *why, size_t why_size)
{
	struct feedout *fo = xcalloc(1, sizeof(*fo));
	char *probe = xasprintf("%s/x", c->feed.dir);
	int rc = fs_mkdir_parents(probe);

	if (rc == 0)
		rc = access(c->feed.dir, W_OK | X_OK);
	free(probe);
	if (rc == -1) {
		snprintf(
		    why, why_size, "%.300s: %s", c->feed.dir, strerror(errno));
		free(fo);
		return NULL;
	}
	fo->sc = sc;
	fo->name = xstrdup(c->name);
	fo->sink = (struct sink){ &feedout_ops, fo->name };
	fo->shelves = hmap_new();
	if ((fo->timer = evtimer_new(sc->base, step_cb, fo)) == NULL)
		log_fatalx(71, "sink=%s out of memory", fo->name);
	configure(fo, c);
	return &fo->sink;
}
