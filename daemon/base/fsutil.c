/* fsutil.c - whole files in and out, with limits. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"

#define READ_STEP (64 * 1024)

/* close(2) that keeps errno. */
static void
close_quietly(int fd)
{
	int e = errno;

	close(fd);
	errno = e;
}

int
fs_read(const char *path, struct strbuf *sb)
{
	struct stat st;
	int fd, rv = -1;

	/* Not blocking: somebody may have put a FIFO there. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1)
		goto out;
	if (S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (!S_ISREG(st.st_mode))
		errno = EINVAL;
	else if ((uintmax_t)st.st_size > sb->limit - sb->len)
		errno = EFBIG;
	else
		rv = fs_read_fd(fd, sb);
out:
	close_quietly(fd);
	return rv;
}

int
fs_read_fd(int fd, struct strbuf *sb)
{
	size_t start = sb->len;
	char *buf = xmalloc(READ_STEP);
	ssize_t n;

	while ((n = read(fd, buf, READ_STEP)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n > 0 && strbuf_append(sb, buf, (size_t)n) == -1) {
			errno = EFBIG;
			n = -1;
		}
		if (n == -1) {
			strbuf_trunc(sb, start);
			break;
		}
	}
	free(buf);
	return n == 0 ? 0 : -1;
}

int
fs_write_all(int fd, const void *p, size_t len)
{
	const char *s = p;
	ssize_t n;

	while (len > 0) {
		n = write(fd, s, len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		s += n;
		len -= (size_t)n;
	}
	return 0;
}

int
fs_mkdir_parents(const char *path)
{
	char *s = xstrdup(path), *slash = s;
	struct stat st;
	int rv = 0;

	/* A file in the way is found by the next mkdir or the open. */
	while (rv == 0 && (slash = strchr(slash + 1, '/')) != NULL) {
		*slash = '\0';
		if (mkdir(s, 0750) == -1 && stat(s, &st) == -1)
			rv = -1;
		*slash = '/';
		while (slash[1] == '/')
			slash++;
	}
	free(s);
	return rv;
}

/* The folder part of `path` with its last "/"; "" when there is none. */
static char *
parent_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return xstrndup(path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
}

int
fs_sync_parent(const char *path)
{
	char *dir = parent_of(path);
	int fd, rv;

	fd = open(
	    dir[0] != '\0' ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (fd == -1)
		return -1;
	rv = fsync(fd);
	close_quietly(fd);
	return rv;
}

char *
fs_relative(const char *file, const char *name)
{
	char *dir, *s;

	if (name[0] == '/' || file == NULL)
		return xstrdup(name);
	dir = parent_of(file);
	s = xasprintf("%s%s", dir, name);
	free(dir);
	return s;
}

char *
fs_real(const char *path)
{
	size_t len = strlen(path), dir_len;
	char *real = realpath(path, NULL), *dir, *parent;
	const char *name;

	if (real != NULL || len > PATH_MAX)
		return real != NULL ? real : xstrdup(path);
	while (len > 1 && path[len - 1] == '/')
		len--;
	for (dir_len = len; dir_len > 0 && path[dir_len - 1] != '/'; dir_len--)
		continue;
	if (dir_len == 0 || dir_len == len)
		return xstrndup(path, len);
	dir = xstrndup(path, dir_len > 1 ? dir_len - 1 : 1);
	parent = fs_real(dir);
	free(dir);
	name = path + dir_len;
	len -= dir_len;
	if (len == 1 && name[0] == '.')
		return parent;
	if (len == 2 && name[0] == '.' && name[1] == '.') {
		dir = strrchr(parent, '/');
		if (dir != NULL)
			dir[dir == parent ? 1 : 0] = '\0';
		return parent;
	}
	real = xasprintf(
	    "%s/%.*s", strcmp(parent, "/") == 0 ? "" : parent, (int)len, name);
	free(parent);
	return real;
}

int
fs_set_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags == -1)
		return -1;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1 ? -1 : 0;
}
