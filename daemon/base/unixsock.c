/* unixsock.c - listening UNIX sockets: lock, probe, bind aside, rename. */
#include "base/unixsock.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/xmalloc.h"

#define BACKLOG 128

struct reason {
	char *why;
	size_t size;
};

/* Fill `why`; the answer is -1 with errno `err`. */
static int PRINTF_LIKE(3, 4)
    refuse(const struct reason *rs, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(rs->why, rs->size, fmt, ap);
	va_end(ap);
	errno = err;
	return -1;
}

static int
address(struct sockaddr_un *sun, const char *path)
{
	size_t len = strlen(path);

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (len == 0 || len >= sizeof(sun->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun->sun_path, path, len + 1);
	return 0;
}

static bool
find_group(const char *name, gid_t *gid)
{
	const struct group *gr = name == NULL ? NULL : getgrnam(name);

	if (gr == NULL)
		return false;
	*gid = gr->gr_gid;
	return true;
}

/*
 * The folder must be there, and others must not be able to put names into it
 * in our place (a sticky one, as /tmp, protects names once they are made).
 */
static int
check_folder(const char *path, const char *group, const struct reason *rs)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');
	struct stat sb;
	gid_t gid;
	int result = 0;

	if (slash == NULL)
		strcpy(dir, ".");
	else
		slash[slash == dir] = '\0';
	if (stat(dir, &sb) == -1 && errno == ENOENT) {
		if (fs_mkdir_parents(path) == -1)
			result = refuse(rs, errno, "%s: cannot make %s: %s",
			    path, dir, strerror(errno));
		else if (find_group(group, &gid) &&
			 chown(dir, (uid_t)-1, gid) == -1 && errno != EPERM)
			result = refuse(rs, errno, "%s: group of %s: %s", path,
			    dir, strerror(errno));
	}
	if (result == 0 && stat(dir, &sb) == -1)
		result =
		    refuse(rs, errno, "%s: %s: %s", path, dir, strerror(errno));
	else if (result == 0 && (sb.st_mode & S_IWOTH) != 0 &&
		 (sb.st_mode & S_ISVTX) == 0)
		result = refuse(rs, EPERM,
		    "%s: everybody may write to %s; a socket there could be "
		    "replaced by anybody",
		    path, dir);
	free(dir);
	return result;
}

static int
lock(const char *path, const struct reason *rs)
{
	char *name = xasprintf("%s.lock", path);
	int fd, err;

	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		refuse(rs, errno, "%s: %s", name, strerror(errno));
	else if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		err = errno == EWOULDBLOCK ? EADDRINUSE : errno;
		close(fd);
		fd = refuse(rs, err,
		    err == EADDRINUSE ? "%s: already served by another process"
				      : "%s: cannot lock",
		    path);
	}
	free(name);
	return fd;
}

/* Is anybody there? Only a socket that nobody listens at may go. */
static int
probe(const char *path, const struct reason *rs)
{
	struct stat sb;
	int fd;

	if (lstat(path, &sb) == -1) {
		if (errno == ENOENT)
			return 0;
		return refuse(rs, errno, "%s: %s", path, strerror(errno));
	}
	if (!S_ISSOCK(sb.st_mode))
		return refuse(
		    rs, EEXIST, "%s: is there already and is no socket", path);
	if ((fd = unixsock_connect(path)) != -1) {
		close(fd);
		return refuse(rs, EADDRINUSE,
		    "%s: already served by another process", path);
	}
	if (errno != ECONNREFUSED && errno != ENOENT)
		return refuse(rs, errno,
		    "%s: cannot tell whether somebody serves it: %s", path,
		    strerror(errno));
	return 0;
}

/* Bind beside the place, and move it there when it is ready. */
static int
bind_and_move(struct unixsock *us, mode_t mode, const char *group,
    const struct reason *rs)
{
	char aside[UNIXSOCK_PATH_MAX + 5];
	struct sockaddr_un sun;
	struct stat sb;
	mode_t old;
	gid_t gid;
	int rc;

	snprintf(aside, sizeof(aside), "%s.new", us->path);
	if (address(&sun, aside) == -1 ||
	    (unlink(aside) == -1 && errno != ENOENT))
		return refuse(rs, errno, "%s: %s", aside, strerror(errno));
	us->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (us->fd == -1)
		return refuse(rs, errno, "%s: %s", us->path, strerror(errno));
	old = umask(0777 & ~mode);
	rc = bind(us->fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (rc == -1)
		return refuse(
		    rs, errno, "%s: cannot bind: %s", aside, strerror(errno));
	/* Without the right to give it away it stays with our own group. */
	if (find_group(group, &gid) && lchown(aside, (uid_t)-1, gid) == -1 &&
	    errno != EPERM)
		goto fail;
	if (listen(us->fd, BACKLOG) == -1 || lstat(aside, &sb) == -1 ||
	    rename(aside, us->path) == -1)
		goto fail;
	us->dev = sb.st_dev;
	us->ino = sb.st_ino;
	return 0;
fail:
	refuse(rs, errno, "%s: %s", us->path, strerror(errno));
	rc = errno;
	unlink(aside);
	errno = rc;
	return -1;
}

int
unixsock_listen(struct unixsock *us, const char *path, mode_t mode,
    const char *group, char *why, size_t why_size)
{
	const struct reason rs = { why, why_size };
	int err;

	*us = (struct unixsock){ .fd = -1, .lock_fd = -1 };
	if (path[0] == '\0' || strlen(path) > UNIXSOCK_PATH_MAX)
		return refuse(&rs, ENAMETOOLONG,
		    "%s: too long for a socket; at most %d bytes", path,
		    UNIXSOCK_PATH_MAX);
	if (check_folder(path, group, &rs) == -1 ||
	    (us->lock_fd = lock(path, &rs)) == -1)
		return -1;
	if (probe(path, &rs) == -1)
		goto fail;
	snprintf(us->path, sizeof(us->path), "%s", path);
	if (bind_and_move(us, mode, group, &rs) == 0)
		return 0;
fail:
	err = errno;
	if (us->fd != -1)
		close(us->fd);
	close(us->lock_fd);
	us->fd = us->lock_fd = -1;
	errno = err;
	return -1;
}

int
unixsock_adopt(struct unixsock *us, int fd, char *why, size_t why_size)
{
	const struct reason rs = { why, why_size };
	int domain = 0, type = 0, listens = 0;
	socklen_t len = sizeof(int);

	*us = (struct unixsock){ .fd = -1, .lock_fd = -1 };
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == -1 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == -1)
		return refuse(
		    &rs, errno, "descriptor %d: %s", fd, strerror(errno));
	if (domain != AF_UNIX || type != SOCK_STREAM || !listens)
		return refuse(&rs, EINVAL,
		    "descriptor %d is no listening UNIX stream socket", fd);
	if (fs_set_nonblock(fd) == -1 || fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return refuse(
		    &rs, errno, "descriptor %d: %s", fd, strerror(errno));
	us->fd = fd;
	return 0;
}

void
unixsock_close(struct unixsock *us)
{
	struct stat sb;

	if (us->fd != -1)
		close(us->fd);
	if (us->lock_fd != -1) {
		/* Under the lock; a path that somebody replaced is theirs. */
		if (lstat(us->path, &sb) == 0 && sb.st_dev == us->dev &&
		    sb.st_ino == us->ino)
			unlink(us->path);
		close(us->lock_fd);
	}
	us->fd = us->lock_fd = -1;
}

int
unixsock_accept(const struct unixsock *us)
{
	return accept4(us->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int
unixsock_connect(const char *path)
{
	struct sockaddr_un sun;
	int fd, err;

	if (address(&sun, path) == -1)
		return -1;
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int
unixsock_peer(int fd, struct unixsock_peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return -1;
	*peer = (struct unixsock_peer){ cred.uid, cred.gid, cred.pid };
	return 0;
}
