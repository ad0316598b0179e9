/*
 * nthfail.c - let the n-th call of one kind fail, for the loops of tests.
 *
 * Loaded with LD_PRELOAD. NTHFAIL=CALL:N:ERRNO[:always]: of the calls of CALL
 * (malloc, open, write, memfd, sync, accept, send) the N-th answers -1 and
 * ERRNO, or half a write if ERRNO is 0; with `always` each one after it too. It
 * strikes the first process that reads it, not its children; for the first
 * gatherer instead it waits with NTHFAIL_GATHERER=1. NTHFAIL_MARK is a file
 * that is made when a call has failed: without it the run was untouched. N = 0:
 * none fails, and the file gets a line for each call: its number, and its
 * callers as a hash.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static char kind[16];
static long left; /* calls before the one that fails */
static int error;
static bool armed, always, list;
static int mark = -1;

static void *
real(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		_exit(99);
	return f;
}

static bool
is_gatherer(void)
{
	char line[4096];
	int (*f)(const char *, int, ...) = real("open");
	int fd = f("/proc/self/cmdline", O_RDONLY);
	ssize_t n = read(fd, line, sizeof(line) - 1);

	for (ssize_t i = 0; i < n; i++)
		if (line[i] == '\0')
			line[i] = ' ';
	line[n > 0 ? n : 0] = '\0';
	(void)close(fd);
	return strstr(line, "--gatherer") != NULL;
}

__attribute__((constructor)) static void
start(void)
{
	const char *s = getenv("NTHFAIL"), *m = getenv("NTHFAIL_MARK");
	int (*f)(const char *, int, ...) = real("open");
	char word[16] = "";

	if (s == NULL || m == NULL)
		return;
	if (getenv("NTHFAIL_GATHERER") != NULL && !is_gatherer())
		return;
	if (getenv("NTHFAIL_GATHERER") != NULL && access(m, F_OK) == 0)
		return; /* it has struck one already */
	if (sscanf(s, "%15[a-z]:%ld:%d:%15s", kind, &left, &error, word) < 3)
		_exit(97);
	always = strcmp(word, "always") == 0;
	list = left == 0;
	mark = f(m, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	unsetenv("NTHFAIL");
	armed = true;
}

#define CALLERS 10 /* by so many of them two calls are told apart */

static void
list_call(void)
{
	ssize_t (*f)(int, const void *, size_t);
	uint64_t sum = 14695981039346656037U;
	void *at[CALLERS + 2];
	char line[64];
	int n;

	armed = false; /* all of this may call us */
	f = real("write");
	n = backtrace(at, CALLERS + 2);
	for (int i = 2; i < n; i++)
		sum = (sum ^ (uintptr_t)at[i]) * 1099511628211U;
	n = snprintf(line, sizeof(line), "%ld %016llx\n", ++left,
	    (unsigned long long)sum);
	(void)!f(mark, line, (size_t)n);
	armed = true;
}

/* Is this the one? */
static bool
fails(const char *call)
{
	ssize_t (*f)(int, const void *, size_t);

	if (!armed || strcmp(kind, call) != 0)
		return false;
	if (list) {
		list_call();
		return false;
	}
	if (--left > 0)
		return false;
	if (left < 0 && !always)
		return false;
	if (left == 0) {
		armed = false; /* dlsym may call us */
		f = real("write");
		(void)!f(mark, "struck\n", 7);
		armed = true;
	}
	errno = error;
	return true;
}

void *
malloc(size_t n)
{
	return fails("malloc") ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fails("malloc") ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return fails("malloc") ? NULL : __libc_realloc(p, n);
}

#define OPEN(name)                                                             \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		int (*f)(const char *, int, ...) = real(#name);                \
		va_list ap;                                                    \
		mode_t mode;                                                   \
                                                                               \
		va_start(ap, flags);                                           \
		mode = va_arg(ap, mode_t);                                     \
		va_end(ap);                                                    \
		return fails("open") ? -1 : f(path, flags, mode);              \
	}
OPEN(open)
OPEN(open64)

/* What a write is: to a file "write" ("memfd" asks for those alone that have
 * no name), to a socket "send"; logs may fail silently. */
static const char *
kind_of(int fd)
{
	struct stat sb;

	if (fd <= 2 || fstat(fd, &sb) == -1)
		return "";
	if (S_ISREG(sb.st_mode) && sb.st_nlink == 0 &&
	    strcmp(kind, "memfd") == 0)
		return "memfd";
	return S_ISREG(sb.st_mode)    ? "write"
	       : S_ISSOCK(sb.st_mode) ? "send"
				      : "";
}

ssize_t
write(int fd, const void *data, size_t len)
{
	ssize_t (*f)(int, const void *, size_t) = real("write");

	if (armed && fails(kind_of(fd))) {
		if (error != 0)
			return -1;
		len = len > 1 ? len / 2 : len;
	}
	return f(fd, data, len);
}

#define PWRITE(name, off_type)                                                 \
	ssize_t name(int fd, const void *data, size_t len, off_type at)        \
	{                                                                      \
		ssize_t (*f)(int, const void *, size_t, off_type) =            \
		    real(#name);                                               \
                                                                               \
		if (fails("write")) {                                          \
			if (error != 0)                                        \
				return -1;                                     \
			len = len > 1 ? len / 2 : len;                         \
		}                                                              \
		return f(fd, data, len, at);                                   \
	}
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

int
fsync(int fd)
{
	int (*f)(int) = real("fsync");

	return fails("sync") ? -1 : f(fd);
}

int
fdatasync(int fd)
{
	int (*f)(int) = real("fdatasync");

	return fails("sync") ? -1 : f(fd);
}

int
accept4(int fd, struct sockaddr *sa, socklen_t *len, int flags)
{
	int (*f)(int, struct sockaddr *, socklen_t *, int) = real("accept4");

	return fails("accept") ? -1 : f(fd, sa, len, flags);
}

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
	ssize_t (*f)(int, const void *, size_t, int) = real("send");
	socklen_t size = sizeof(int);
	int type;

	/* What goes to the manager is not meant. */
	if (armed && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
	    type == SOCK_STREAM && fails("send")) {
		if (error != 0)
			return -1;
		len = len > 1 ? len / 2 : len;
	}
	return f(fd, data, len, flags);
}
