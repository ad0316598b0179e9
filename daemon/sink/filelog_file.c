/* filelog_file.c - the file under a log: opened, locked, repaired, rotated. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/log.h"
#include "sink/filelog_priv.h"

void
filelog_close_file(struct filelog *fl)
{
	if (fl->fd != -1)
		close(fl->fd);
	fl->fd = -1;
}

/*
 * Do the bytes before `offset` end with a line of our epoch? *seq: its
 * place.
 */
static bool
last_line(const struct filelog *fl, uint64_t offset, uint64_t *seq)
{
	char tail[CURSOR_MAX + 16], *p, *end;
	size_t want = (size_t)MIN(offset, sizeof(tail) - 1);
	uint64_t epoch;

	if (want < 4 ||
	    pread(fl->fd, tail, want, (off_t)(offset - want)) != (ssize_t)want)
		return false;
	tail[want] = '\0';
	if (memcmp(tail + want - 3, "\"}\n", 3) != 0)
		return false;
	end = tail + want - 3;
	*end = '\0';
	if ((p = strrchr(tail, '"')) == NULL)
		return false;
	return cursor_parse(p + 1, &epoch, seq) && epoch == fl->j->epoch;
}

/* Device numbers change over a reboot (LVM, btrfs): this, too, tells our
 * file. */
static bool
ends_as_ours(const struct filelog *fl, uint64_t offset)
{
	uint64_t seq;

	return last_line(fl, offset, &seq) && seq <= fl->row.seq;
}

/* A sink by another name wrote this file: go on behind its last line. */
static void
inherit(struct filelog *fl, uint64_t size)
{
	uint64_t oldest, newest, seq;

	if (fl->has_row || !last_line(fl, size, &seq) ||
	    fl->j->ops->bounds(fl->j, &oldest, &newest) == -1 || seq > newest)
		return;
	fl->at.seq = seq;
	log_info("sink=%s %s has lines up to %llu already, going on behind "
		 "them",
	    fl->name, fl->path, (unsigned long long)seq);
}

/* A line that says that lines are missing, or may be. */
static int
put_gap(struct filelog *fl, const char *reason)
{
	strbuf_reset(&fl->page);
	if (fl->at.offset > 0) {
		char last = '\n';

		/* Never glue our line to somebody's unfinished one. */
		if (pread(fl->fd, &last, 1, (off_t)fl->at.offset - 1) == 1 &&
		    last != '\n')
			strbuf_putc(&fl->page, '\n');
	}
	/* How many lines are gone nobody can tell: "lost" is null. */
	sink_frame_gap(&fl->page, fl->j->epoch, 0, 0, fl->at.seq + 1, reason);
	strbuf_putc(&fl->page, '\n');
	if (filelog_write(fl) == -1)
		return -1;
	fl->stats.gaps++;
	fl->stats.lines++;
	return 0;
}

/* The file is shorter than what we wrote: say so loudly, go on at its end. */
static int
truncated(struct filelog *fl, uint64_t size)
{
	log_warnx("sink=%s %s was cut from %llu to %llu bytes by somebody else "
		  "(copytruncate?); lines are lost, rotate by renaming",
	    fl->name, fl->path, (unsigned long long)fl->at.offset,
	    (unsigned long long)size);
	fl->at.offset = size;
	return put_gap(fl, "truncated");
}

/* Cut off what was written but not yet counted when we were killed. */
static int
cut_tail(struct filelog *fl, uint64_t size)
{
	if (ftruncate(fl->fd, (off_t)fl->at.offset) == -1 ||
	    fdatasync(fl->fd) == -1)
		return filelog_trouble(fl, "cannot repair");
	log_info("sink=%s %s repaired: %llu bytes of an unfinished write cut "
		 "off, their lines follow again",
	    fl->name, fl->path, (unsigned long long)(size - fl->at.offset));
	fl->stats.repairs++;
	return 0;
}

/*
 * Is it the file of our row? Then make its length the row's. Else go on at
 * its end, and commit that before a line is written: whatever lies behind
 * the row's offset is ours, and nothing before it ever is.
 */
static int
settle(struct filelog *fl, const struct stat *sb)
{
	const struct sink_cursor *row = &fl->row;
	uint64_t size = (uint64_t)sb->st_size, length = row->offset;
	bool same = fl->has_row && row->ino == sb->st_ino &&
		    (row->dev == sb->st_dev || ends_as_ours(fl, row->offset));

	inherit(fl, size);
	fl->at.dev = sb->st_dev;
	fl->at.ino = sb->st_ino;
	fl->at.offset = same ? MIN(row->offset, size) : size;
	if (same && size > row->offset && cut_tail(fl, size) == -1)
		return -1;
	if (same && row->dev == sb->st_dev && size >= row->offset)
		return 0;
	if (filelog_save(fl) == -1)
		return -1;
	if (same && size < length) {
		fl->at.offset = length;
		return truncated(fl, size);
	}
	return 0;
}

int
filelog_open_file(struct filelog *fl)
{
	const int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	bool first = !fl->has_row;
	struct stat sb;

	if (fs_mkdir_parents(fl->path) == -1)
		return filelog_trouble(fl, "folder");
	fl->fd = open(fl->path, flags | O_CREAT | O_EXCL, 0640);
	if (fl->fd != -1) {
		if (fs_sync_parent(fl->path) == -1)
			return filelog_trouble(fl, "cannot be made");
	} else if (errno != EEXIST ||
		   (fl->fd = open(fl->path, flags | O_CREAT, 0640)) == -1)
		return filelog_trouble(fl, "cannot be opened");
	if (fstat(fl->fd, &sb) == -1)
		return filelog_trouble(fl, "stat");
	if (!S_ISREG(sb.st_mode)) {
		errno = EINVAL;
		return filelog_trouble(fl, "is no regular file");
	}
	if (flock(fl->fd, LOCK_EX | LOCK_NB) == -1) {
		if (errno == EWOULDBLOCK)
			errno = EBUSY;
		return filelog_trouble(fl, "has another writer");
	}
	if (settle(fl, &sb) == -1) {
		/* Not a line goes into a file that no row knows. */
		filelog_close_file(fl);
		return -1;
	}
	fl->stats.files++;
	/* Lines of a database before ours may be in it already. */
	if (first && sb.st_size > 0 && fl->at.seq == 0)
		return put_gap(fl, "epoch");
	return 0;
}

/* Rotated? Cut? Called before each write. */
int
filelog_check_file(struct filelog *fl)
{
	struct stat sb;

	if (fl->fd != -1 &&
	    (stat(fl->path, &sb) == -1 || (uint64_t)sb.st_ino != fl->at.ino ||
		(uint64_t)sb.st_dev != fl->at.dev)) {
		/* What we wrote to the old one is durable. */
		if (fl->unsaved && filelog_save(fl) == -1)
			return -1;
		log_info("sink=%s %s was rotated", fl->name, fl->path);
		filelog_close_file(fl);
	}
	if (fl->fd == -1)
		return filelog_open_file(fl);
	if ((uint64_t)sb.st_size < fl->at.offset)
		return truncated(fl, (uint64_t)sb.st_size);
	if ((uint64_t)sb.st_size > fl->at.offset) {
		log_warnx("sink=%s somebody else writes to %s; after a crash "
			  "such lines may be cut off",
		    fl->name, fl->path);
		fl->at.offset = (uint64_t)sb.st_size;
	}
	return 0;
}
