/* filelog.c - lines from the journal to a file, and the place they reach. */
#include "sink/filelog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "sink/filelog_priv.h"

#define PAGE_RECORDS 512
/* Records without a line for us that may pass before the row is renewed. */
#define LAZY_RECORDS 256U

int
filelog_trouble(struct filelog *fl, const char *doing)
{
	char words[sizeof(fl->error)];
	int err = errno;

	snprintf(words, sizeof(words), "%.140s: %.40s: %s", fl->path, doing,
	    strerror(err));
	if (strcmp(words, fl->error) != 0) /* not at each try */
		log_warnx("sink=%s %s", fl->name, words);
	memcpy(fl->error, words, sizeof(words));
	/* Begin again at what is known to be good. */
	filelog_close_file(fl);
	if (fl->has_row)
		fl->at = fl->row;
	fl->unsaved = false;
	errno = err;
	return -1;
}

/* Lines that are durable stay so when only the row cannot be written. */
int
filelog_save(struct filelog *fl)
{
	struct journal *j = fl->j;

	fl->at.epoch = j->epoch;
	if (j->ops->begin(j) == -1 ||
	    j->ops->put_cursor(j, fl->name, &fl->at) == -1 ||
	    j->ops->commit(j) == -1) {
		int err = errno;

		j->ops->rollback(j);
		if (strcmp(j->error, fl->error) != 0)
			log_warnx("sink=%s %s", fl->name, j->error);
		snprintf(fl->error, sizeof(fl->error), "%s", j->error);
		errno = err;
		return -1;
	}
	fl->row = fl->at;
	fl->has_row = true;
	fl->unsaved = false;
	return 0;
}

int
filelog_write(struct filelog *fl)
{
	if (fs_write_all(fl->fd, fl->page.data, fl->page.len) == -1) {
		int err = errno;

		/* Readers should not see half a line for long. */
		if (ftruncate(fl->fd, (off_t)fl->at.offset) == -1)
			log_warn("sink=%s %s", fl->name, fl->path);
		errno = err;
		return filelog_trouble(fl, "cannot be written");
	}
	/* After a failed sync nobody knows what is on the disk (fsyncgate):
	 * the tail is cut off and written again. */
	if (fdatasync(fl->fd) == -1)
		return filelog_trouble(fl, "cannot be made durable");
	fl->at.offset += fl->page.len;
	fl->unsaved = true;
	return 0;
}

struct collect {
	struct filelog *fl;
	uint64_t seq; /* last one dealt with */
	uint64_t lines, gaps;
};

static void
put_gap(struct collect *co, uint64_t next, const char *reason)
{
	struct filelog *fl = co->fl;
	uint64_t epoch = fl->j->epoch;

	sink_frame_gap(&fl->page, epoch, epoch, co->seq, next, reason);
	strbuf_putc(&fl->page, '\n');
	co->seq = next - 1;
	co->gaps++;
	co->lines++;
}

static int
line_cb(void *cookie, const struct record *r)
{
	struct collect *co = cookie;
	struct filelog *fl = co->fl;

	if (r->seq > co->seq + 1)
		put_gap(co, r->seq, "damaged");
	if (r->damaged)
		put_gap(co, r->seq + 1, "damaged");
	else if (!sink_filter_match(fl->filter, r))
		co->seq = r->seq;
	else if (sink_frame(&fl->page, r, fl->j->epoch) == -1)
		put_gap(co, r->seq + 1, "damaged");
	else {
		strbuf_putc(&fl->page, '\n');
		co->seq = r->seq;
		co->lines++;
	}
	return fl->page.len >= FILELOG_PAGE;
}

/* The next page of lines; co->seq is where it ends. */
static int
collect(struct filelog *fl, struct collect *co)
{
	uint64_t oldest, newest;
	struct journal *j = fl->j;

	*co = (struct collect){ .fl = fl, .seq = fl->at.seq };
	strbuf_reset(&fl->page);
	if (j->ops->bounds(j, &oldest, &newest) == -1)
		return -1;
	if (co->seq > newest) { /* an older database was put back */
		uint64_t epoch = j->epoch;

		sink_frame_gap(
		    &fl->page, epoch, epoch, co->seq, newest + 1, "ahead");
		strbuf_putc(&fl->page, '\n');
		co->seq = newest;
		co->lines = co->gaps = 1;
		return 0;
	}
	if (co->seq + 1 < oldest) {
		if (co->seq > 0)
			put_gap(co, oldest, "retention");
		co->seq = oldest - 1; /* a new sink begins at the oldest */
	}
	if (co->seq >= newest)
		return 0;
	return j->ops->read(j, co->seq, PAGE_RECORDS, line_cb, co) == -1 ? -1
									 : 0;
}

enum filelog_want
filelog_step(struct filelog *fl)
{
	uint64_t oldest, newest;
	struct collect co;

	if (filelog_check_file(fl) == -1 || filelog_rotate(fl) == -1)
		return FILELOG_RETRY;
	if (collect(fl, &co) == -1) {
		snprintf(fl->error, sizeof(fl->error), "%s", fl->j->error);
		return FILELOG_RETRY;
	}
	if (fl->page.len > 0 && filelog_write(fl) == -1)
		return FILELOG_RETRY;
	fl->at.seq = co.seq;
	fl->stats.lines += co.lines;
	fl->stats.gaps += co.gaps;
	if ((fl->unsaved || fl->at.seq - fl->row.seq >= LAZY_RECORDS) &&
	    filelog_save(fl) == -1)
		return FILELOG_RETRY;
	if (fl->error[0] != '\0') {
		log_info("sink=%s %s works again", fl->name, fl->path);
		fl->error[0] = '\0';
	}
	if (fl->j->ops->bounds(fl->j, &oldest, &newest) == 0 &&
	    fl->at.seq < newest)
		return FILELOG_MORE;
	return FILELOG_IDLE;
}

struct filelog *
filelog_open(struct journal *j, const char *name, const char *path,
    const struct sink_filter *filter, char *why, size_t why_size)
{
	struct filelog *fl = xcalloc(1, sizeof(*fl));
	int rc, err;

	fl->j = j;
	fl->filter = filter;
	fl->name = xstrdup(name);
	fl->path = xstrdup(path);
	fl->fd = -1;
	strbuf_init(&fl->page, FILELOG_PAGE + RECORD_MAX_BYTES + 1024);
	rc = j->ops->get_cursor(j, name, &fl->row);
	if (rc == -1)
		snprintf(fl->error, sizeof(fl->error), "%s", j->error);
	fl->has_row = rc == 1;
	fl->at = fl->row;
	if (rc != -1 && filelog_open_file(fl) == 0)
		return fl;
	err = errno;
	snprintf(why, why_size, "%s", fl->error);
	filelog_close(fl);
	errno = err;
	return NULL;
}

void
filelog_close(struct filelog *fl)
{
	if (fl == NULL)
		return;
	if (fl->fd != -1 && fl->has_row && fl->at.seq != fl->row.seq &&
	    filelog_save(fl) == -1)
		log_warnx("sink=%s its place is not saved: some lines will be "
			  "cut off and written again",
		    fl->name);
	filelog_close_file(fl);
	strbuf_fini(&fl->page);
	free(fl->name);
	free(fl->path);
	free(fl);
}

uint64_t
filelog_seq(const struct filelog *fl)
{
	return fl->at.seq;
}

uint64_t
filelog_needs(const struct filelog *fl)
{
	return fl->row.seq + 1;
}

uint64_t
filelog_offset(const struct filelog *fl)
{
	return fl->at.offset;
}

const char *
filelog_error(const struct filelog *fl)
{
	return fl->error;
}

void
filelog_stats_get(const struct filelog *fl, struct filelog_stats *st)
{
	*st = fl->stats;
}
