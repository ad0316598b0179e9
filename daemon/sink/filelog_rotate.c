/* filelog_rotate.c - a log that has grown is renamed; FILE.1 is the newest. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "sink/filelog_priv.h"

static char *
old_name(const struct filelog *fl, uint32_t n)
{
	return n == 0 ? xstrdup(fl->path) : xasprintf("%s.%u", fl->path, n);
}

/* The lowest number that is free; the oldest file makes room for it. */
static uint32_t
make_room(const struct filelog *fl)
{
	struct stat sb;
	char *name;
	uint32_t n;
	int rc;

	for (n = 1; n <= fl->rotate_keep; n++) {
		name = old_name(fl, n);
		rc = lstat(name, &sb);
		free(name);
		if (rc == -1)
			return n;
	}
	name = old_name(fl, fl->rotate_keep);
	rc = unlink(name);
	free(name);
	return rc == -1 ? 0 : fl->rotate_keep;
}

/*
 * Only files below the lowest free number move, and each into a free place:
 * killed in the middle, the next start finds that place and goes on, no file
 * is renamed twice and none is overwritten. The row of the old file is
 * committed before, the new file's before a line is in it.
 */
static int
rename_all(const struct filelog *fl)
{
	uint32_t free_n = make_room(fl);

	if (free_n == 0)
		return -1;
	for (uint32_t n = free_n; n > 0; n--) {
		char *from = old_name(fl, n - 1), *to = old_name(fl, n);
		int rc = rename(from, to);

		free(from);
		free(to);
		if (rc == -1)
			return -1;
	}
	return fs_sync_parent(fl->path);
}

int
filelog_rotate(struct filelog *fl)
{
	if (fl->rotate_bytes == 0 || fl->at.offset < fl->rotate_bytes ||
	    fl->at.offset < fl->rotate_again)
		return 0;
	if ((fl->unsaved || !fl->has_row) && filelog_save(fl) == -1)
		return -1;
	if (rename_all(fl) == -1) {
		/* Lines are worth more than an early new file. */
		log_warn("sink=%s %s cannot be rotated", fl->name, fl->path);
		fl->rotate_again = fl->at.offset + fl->rotate_bytes / 4;
		return 0;
	}
	fl->rotate_again = 0;
	fl->stats.rotations++;
	filelog_close_file(fl);
	return filelog_open_file(fl);
}

void
filelog_set_rotation(struct filelog *fl, uint64_t bytes, uint32_t keep)
{
	fl->rotate_bytes = bytes;
	fl->rotate_keep = keep;
	fl->rotate_again = 0;
}
