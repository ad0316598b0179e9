/* sqlite_reserve.c - room on the disk, held back for when there is none. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/xmalloc.h"
#include "store/sqlite_db.h"

/* More than the log may grow to (wal_autocheckpoint); of a small disk a part
 * only. */
#define RESERVE_BYTES ((uint64_t)8 << 20)
#define RESERVE_PART 8

static char *
reserve_path(const struct sqlite_journal *sj)
{
	return xasprintf("%s-reserve", sj->path);
}

static off_t
reserve_size(const char *path)
{
	struct statvfs vfs;

	if (statvfs(path, &vfs) == -1)
		return (off_t)RESERVE_BYTES;
	return (off_t)MIN(RESERVE_BYTES,
	    (uint64_t)vfs.f_blocks * vfs.f_frsize / RESERVE_PART);
}

/* Blocks of its own, not a hole. */
static int
fill(int fd, off_t size)
{
	struct stat sb;

	if (fstat(fd, &sb) == -1)
		return -1;
	if (sb.st_size == size && (off_t)sb.st_blocks * 512 >= size)
		return 0;
	return fallocate(fd, 0, 0, size);
}

int
sq_reserve(struct journal *j)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	char *path = reserve_path(sj);
	int fd, rc = -1, err = 0;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd != -1)
		rc = fill(fd, reserve_size(sj->path));
	if (rc == -1)
		err = errno;
	if (fd != -1)
		close(fd);
	if (rc == -1 && fd != -1)
		(void)unlink(path); /* half a one only takes room */
	free(path);
	if (err != ENOSPC && err != EDQUOT)
		return 0; /* a file system without it: we do without, too */
	snprintf(sj->j.error, sizeof(sj->j.error),
	    "%.120s: the disk is full: there must be room for %lld KiB again",
	    sj->path, (long long)reserve_size(sj->path) / 1024);
	errno = ENOSPC;
	return -1;
}

/*
 * A log that is all in the database is written from its start again, and
 * needs no room then. What it needs to get there is what was reserved.
 */
void
sq_relieve(struct journal *j)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	char *path = reserve_path(sj);

	if (sj->full) {
		(void)unlink(path);
		if (sj->db != NULL && !sj->broken && !sj->in_txn)
			sqlite3_wal_checkpoint_v2(sj->db, NULL,
			    SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	}
	free(path);
}
