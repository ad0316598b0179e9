/* fsutil - whole files in and out, with limits. errno tells on -1. */
#ifndef BASE_FSUTIL_H
#define BASE_FSUTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"

struct strbuf;

/* Append a whole regular file; EFBIG when it passes sb's limit. */
int fs_read(const char *path, struct strbuf *sb) MUST_CHECK;
/* The same from a descriptor, to its end (pipes too). */
int fs_read_fd(int fd, struct strbuf *sb) MUST_CHECK;
/* Write all of p, going on after EINTR and short writes. */
int fs_write_all(int fd, const void *p, size_t len) MUST_CHECK;
/* Make each missing folder above the last "/" of path (mode 0750). */
int fs_mkdir_parents(const char *path) MUST_CHECK;
/* fsync the folder that holds `path`, so that its entry is durable. */
int fs_sync_parent(const char *path) MUST_CHECK;
/* `name` seen from the folder of `file` (absolute names stay); malloc'd. */
char *fs_relative(const char *file, const char *name);
/*
 * The one name of a file that may not be there yet: no symbolic link, "." or
 * ".." in what there is of it; malloc'd.
 */
char *fs_real(const char *path);
int fs_set_nonblock(int fd) MUST_CHECK;

#endif
