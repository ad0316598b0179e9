/* file.c - the file sink: a file log on the event loop. */
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "sink/filelog.h"

/* Polls that commit close together share one write and its two syncs. */
#define GATHER_MS 20
#define RETRY_S 10

struct file_sink {
	struct sink sink; /* first */
	const struct sink_context *sc;
	char *name, *path;
	struct arena *a; /* of the filter's strings */
	struct sink_filter filter;
	struct filelog *log;
	bool retrying; /* the timer waits for better times */
	struct event *timer;
};

static void
step_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct file_sink *fs = cookie;
	struct timeval now = { 0, 0 }, later = { RETRY_S, 0 };

	(void)fd;
	(void)what;
	fs->retrying = false;
	switch (filelog_step(fs->log)) {
	case FILELOG_MORE:
		event_add(fs->timer, &now);
		break;
	case FILELOG_RETRY:
		fs->retrying = true;
		event_add(fs->timer, &later);
		break;
	case FILELOG_IDLE:
		break;
	}
}

static void
file_wake(struct sink *s)
{
	struct file_sink *fs = (struct file_sink *)s;
	struct timeval soon = { 0, GATHER_MS * 1000 };

	if (!event_pending(fs->timer, EV_TIMEOUT, NULL))
		event_add(fs->timer, &soon);
}

static uint64_t
lag(const struct file_sink *fs)
{
	struct journal *j = fs->sc->journal;
	uint64_t oldest, newest, seq = filelog_seq(fs->log);

	if (j->ops->bounds(j, &oldest, &newest) == -1 || newest < seq)
		return 0;
	return newest - seq;
}

static bool
file_caught_up(struct sink *s)
{
	struct file_sink *fs = (struct file_sink *)s;

	return !fs->retrying && lag(fs) == 0;
}

static uint64_t
file_needs(struct sink *s)
{
	struct file_sink *fs = (struct file_sink *)s;

	return filelog_needs(fs->log);
}

static void
file_reload(struct sink *s, const struct config_sink *c)
{
	struct file_sink *fs = (struct file_sink *)s;
	struct arena *a = arena_new(0);

	sink_filter_of(&fs->filter, a, c);
	arena_free(fs->a);
	fs->a = a;
	filelog_set_rotation(fs->log, c->rotate_bytes, c->rotate_keep);
	file_wake(s); /* looks at the file, too: it may have been rotated */
}

static json_t *
file_status(struct sink *s)
{
	struct file_sink *fs = (struct file_sink *)s;
	struct filelog_stats st;
	char cursor[CURSOR_MAX];
	const char *error = filelog_error(fs->log);

	filelog_stats_get(fs->log, &st);
	cursor_format(fs->sc->journal->epoch, filelog_seq(fs->log), cursor);
	return json_pack(
	    "{s:s, s:s, s:s, s:s, s:s?, s:s, s:I, s:I, s:I, s:I, s:I, s:I}",
	    "name", fs->name, "kind", "file", "path", fs->path, "state",
	    error[0] == '\0' ? "ok" : "trouble", "error",
	    error[0] == '\0' ? NULL : error, "cursor", cursor, "lag",
	    (json_int_t)lag(fs), "lines", (json_int_t)st.lines, "gaps",
	    (json_int_t)st.gaps, "repairs", (json_int_t)st.repairs, "rotations",
	    (json_int_t)st.rotations, "bytes",
	    (json_int_t)filelog_offset(fs->log));
}

/* What fits into a moment; the next run writes the rest. */
static void
file_close(struct sink *s, const char *reason)
{
	struct file_sink *fs = (struct file_sink *)s;

	(void)reason;
	for (int i = 0; i < 64 && filelog_step(fs->log) == FILELOG_MORE; i++)
		continue;
	filelog_close(fs->log);
	event_free(fs->timer);
	arena_free(fs->a);
	free(fs->name);
	free(fs->path);
	free(fs);
}

static const struct sink_ops file_ops = {
	.kind = "file",
	.wake = file_wake,
	.caught_up = file_caught_up,
	.needs = file_needs,
	.reload = file_reload,
	.status = file_status,
	.close = file_close,
};

struct sink *
sink_file_new(const struct sink_context *sc, const struct config_sink *c,
    char *why, size_t why_size)
{
	struct file_sink *fs = xcalloc(1, sizeof(*fs));
	int err;

	fs->sc = sc;
	fs->a = arena_new(0);
	sink_filter_of(&fs->filter, fs->a, c);
	fs->log = filelog_open(
	    sc->journal, c->name, c->file, &fs->filter, why, why_size);
	if (fs->log == NULL) {
		err = errno;
		arena_free(fs->a);
		free(fs);
		errno = err;
		return NULL;
	}
	filelog_set_rotation(fs->log, c->rotate_bytes, c->rotate_keep);
	fs->name = xstrdup(c->name);
	fs->path = xstrdup(c->file);
	fs->sink = (struct sink){ &file_ops, fs->name };
	if ((fs->timer = evtimer_new(sc->base, step_cb, fs)) == NULL)
		log_fatalx(71, "sink=%s out of memory", fs->name);
	file_wake(&fs->sink); /* what the last run did not come to */
	return &fs->sink;
}
