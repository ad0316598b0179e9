/*
 * unixsock - listening UNIX sockets, bound so that nobody can get between.
 *
 * Knows no event loop: the caller waits for readiness and accepts. Used for
 * the stream and for control.
 */
#ifndef BASE_UNIXSOCK_H
#define BASE_UNIXSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"

/* Bytes of a path: sun_path without its NUL and the ".new" of binding. */
#define UNIXSOCK_PATH_MAX 103

struct unixsock {
	int fd;      /* listening, non-blocking, close-on-exec */
	int lock_fd; /* held for life; -1 when the socket was given to us */
	char path[UNIXSOCK_PATH_MAX + 1]; /* "" when it was given to us */
	dev_t dev;
	ino_t ino;
};

/*
 * Bind and listen at `path` with `mode`, for `group` if there is such a group
 * and we may give it (NULL = none). Missing folders are made. Refused (-1,
 * errno, `why` filled): a path that is too long, a folder that everybody may
 * write to, anything at `path` that is no socket, and EADDRINUSE when
 * somebody listens there or holds "PATH.lock". A stale socket is replaced.
 * At no moment is a socket at `path` that refuses connections or has other
 * permissions than asked for.
 */
int unixsock_listen(struct unixsock *us, const char *path, mode_t mode,
    const char *group, char *why, size_t why_size) MUST_CHECK;
/* Take over a listening stream socket made by somebody else (systemd). */
int unixsock_adopt(
    struct unixsock *us, int fd, char *why, size_t why_size) MUST_CHECK;
/* Close; the path goes too, if it is ours and still the one we made. */
void unixsock_close(struct unixsock *us);

/* Next connection, non-blocking and close-on-exec; -1 with errno. */
int unixsock_accept(const struct unixsock *us) MUST_CHECK;
/* Connected socket (blocking), or -1 with errno. For commands and tests. */
int unixsock_connect(const char *path) MUST_CHECK;

struct unixsock_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
};
/* Who connected, as of the moment of connect(2). */
int unixsock_peer(int fd, struct unixsock_peer *peer) MUST_CHECK;

#endif
