/*
 * wtrace.c - record what a program does to its files, for crash replay.
 *
 * Loaded with LD_PRELOAD. Under the folder WTRACE_DIR every write, truncation,
 * sync, new file, rename and removal is appended to WTRACE_LOG in its order,
 * and every send on a socket too: what a client may have seen. tests/proof/
 * crash.py builds from it what a power cut could have left at any moment.
 * Children that are executed (gatherers) are not traced.
 *
 * Record: op, 3 zero bytes, fd, length of path, length of data (uint32_t
 * each), offset (uint64_t), path, data; in the byte order of the machine.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FD 1024

struct head {
	char op, zero[3];
	uint32_t fd, path_len, data_len;
	uint64_t offset;
};

static int log_fd = -1;
static char dir[PATH_MAX];
static char *paths[MAX_FD]; /* of what is open under `dir` */

static void *
real(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		_exit(99);
	return f;
}

static ssize_t (*real_writev)(int, const struct iovec *, int);

__attribute__((constructor)) static void
start(void)
{
	const char *log = getenv("WTRACE_LOG"), *d = getenv("WTRACE_DIR");

	real_writev = real("writev");
	if (log == NULL || d == NULL)
		return;
	(void)snprintf(dir, sizeof(dir), "%s/", d);
	log_fd = ((int (*)(const char *, int, ...))real("open64"))(
	    log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	unsetenv("WTRACE_LOG"); /* not for children */
}

static void
note(char op, int fd, const char *path, uint64_t offset, const void *data,
    size_t len)
{
	struct head h = {
		.op = op,
		.fd = (uint32_t)fd,
		.path_len = (uint32_t)strlen(path),
		.data_len = (uint32_t)len,
		.offset = offset,
	};
	struct iovec v[3] = {
		{ .iov_base = &h, .iov_len = sizeof(h) },
		{ .iov_base = (void *)(uintptr_t)path, .iov_len = h.path_len },
		{ .iov_base = (void *)(uintptr_t)data, .iov_len = len },
	};
	int e = errno;

	if (log_fd != -1 && real_writev(log_fd, v, 3) == -1)
		_exit(98);
	errno = e;
}

static bool
ours(const char *path)
{
	return log_fd != -1 && strncmp(path, dir, strlen(dir)) == 0;
}

static const char *
path_of(int fd)
{
	return fd >= 0 && fd < MAX_FD ? paths[fd] : NULL;
}

/* ---- files ---- */

static int
opened(int fd, const char *path, int flags, bool was)
{
	struct stat sb;

	if (fd < 0 || fd >= MAX_FD)
		return fd;
	free(paths[fd]);
	paths[fd] = NULL;
	if (!ours(path) || (flags & O_DIRECTORY) != 0)
		return fd;
	paths[fd] = strdup(path);
	if (!was && (flags & O_CREAT) != 0 && fstat(fd, &sb) == 0 &&
	    S_ISREG(sb.st_mode))
		note('c', fd, path, 0, NULL, 0);
	return fd;
}

static int
open_any(const char *name, const char *path, int flags, mode_t mode)
{
	int (*f)(const char *, int, ...) = real(name);
	bool was = access(path, F_OK) == 0;

	return opened(f(path, flags, mode), path, flags, was);
}

#define OPEN(name)                                                             \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		va_list ap;                                                    \
		mode_t mode;                                                   \
                                                                               \
		va_start(ap, flags);                                           \
		mode = va_arg(ap, mode_t);                                     \
		va_end(ap);                                                    \
		return open_any(#name, path, flags, mode);                     \
	}
OPEN(open)
OPEN(open64)

int
close(int fd)
{
	int (*f)(int) = real("close");

	if (fd >= 0 && fd < MAX_FD && fd != log_fd) {
		free(paths[fd]);
		paths[fd] = NULL;
	}
	return f(fd);
}

/* Where a write without an offset begins. */
static uint64_t
place(int fd)
{
	struct stat sb;
	int flags = fcntl(fd, F_GETFL);

	if (flags != -1 && (flags & O_APPEND) != 0 && fstat(fd, &sb) == 0)
		return (uint64_t)sb.st_size;
	return (uint64_t)lseek(fd, 0, SEEK_CUR);
}

ssize_t
write(int fd, const void *data, size_t len)
{
	ssize_t (*f)(int, const void *, size_t) = real("write");
	const char *path = path_of(fd);
	uint64_t at = path != NULL ? place(fd) : 0;
	ssize_t n = f(fd, data, len);

	if (path != NULL && n > 0)
		note('w', fd, path, at, data, (size_t)n);
	return n;
}

#define PWRITE(name, off_type)                                                 \
	ssize_t name(int fd, const void *data, size_t len, off_type at)        \
	{                                                                      \
		ssize_t (*f)(int, const void *, size_t, off_type) =            \
		    real(#name);                                               \
		const char *path = path_of(fd);                                \
		ssize_t n = f(fd, data, len, at);                              \
                                                                               \
		if (path != NULL && n > 0)                                     \
			note('w', fd, path, (uint64_t)at, data, (size_t)n);    \
		return n;                                                      \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	const char *path = path_of(fd);
	uint64_t at = path != NULL ? place(fd) : 0;
	ssize_t done = real_writev(fd, v, n), left = done;

	for (int i = 0; path != NULL && i < n && left > 0; i++) {
		size_t len =
		    v[i].iov_len < (size_t)left ? v[i].iov_len : (size_t)left;

		note('w', fd, path, at, v[i].iov_base, len);
		at += len;
		left -= (ssize_t)len;
	}
	return done;
}

#define TRUNCATE(name, off_type)                                               \
	int name(int fd, off_type size)                                        \
	{                                                                      \
		int (*f)(int, off_type) = real(#name);                         \
		const char *path = path_of(fd);                                \
		int rv = f(fd, size);                                          \
                                                                               \
		if (path != NULL && rv == 0)                                   \
			note('t', fd, path, (uint64_t)size, NULL, 0);          \
		return rv;                                                     \
	}
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

/* Durable only when it has returned. A folder may have been opened by any
 * name, so the kernel is asked for its path. */
static int
synced(int fd, int rv)
{
	char link[64], path[PATH_MAX];
	struct stat sb;
	ssize_t n;

	if (rv != 0 || log_fd == -1)
		return rv;
	if (path_of(fd) != NULL) {
		note('s', fd, path_of(fd), 0, NULL, 0);
	} else if (fstat(fd, &sb) == 0 && S_ISDIR(sb.st_mode)) {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, path, sizeof(path) - 1);
		if (n > 0) {
			path[n] = '\0';
			note('d', fd, path, 0, NULL, 0);
		}
	}
	return rv;
}

int
fsync(int fd)
{
	int (*f)(int) = real("fsync");

	return synced(fd, f(fd));
}

int
fdatasync(int fd)
{
	int (*f)(int) = real("fdatasync");

	return synced(fd, f(fd));
}

int
unlink(const char *path)
{
	int (*f)(const char *) = real("unlink");
	int rv = f(path);

	if (rv == 0 && ours(path))
		note('u', -1, path, 0, NULL, 0);
	return rv;
}

static int
renamed(const char *from, const char *to, int rv)
{
	if (rv == -1 || !ours(to))
		return rv;
	note('r', -1, from, 0, to, strlen(to));
	for (int fd = 0; fd < MAX_FD; fd++) {
		if (paths[fd] == NULL || strcmp(paths[fd], from) != 0)
			continue;
		free(paths[fd]);
		paths[fd] = strdup(to);
	}
	return rv;
}

int
rename(const char *from, const char *to)
{
	int (*f)(const char *, const char *) = real("rename");

	return renamed(from, to, f(from, to));
}

int
renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
	int (*f)(int, const char *, int, const char *, unsigned) =
	    real("renameat2");

	return renamed(from, to, f(a, from, b, to, flags));
}

/* ---- what leaves us ---- */

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	ssize_t (*f)(int, const void *, size_t, int) = real("send");
	/* How much goes is known only afterwards; nothing else is noted
	 * between, because there is one thread. */
	ssize_t n = f(fd, data, len, flags);

	if (n > 0)
		note('a', fd, "", 0, data, (size_t)n);
	return n;
}
