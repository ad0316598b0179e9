/*
 * child - a program of the operator's, run with as little as possible.
 *
 * Fixed arguments, a clean environment, no descriptors but its three, no new
 * privileges, a session of its own; ends with the daemon.
 */
#ifndef SINK_CHILD_H
#define SINK_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/macros.h"

#define CHILD_GROUPS 64

struct child_user {  /* whom it runs as */
	bool change; /* else: as we do */
	uid_t uid;
	gid_t gid;
	gid_t groups[CHILD_GROUPS];
	int ngroups;
};

struct child {
	pid_t pid;        /* 0 = none */
	bool termed;      /* SIGTERM was sent */
	int in, out, err; /* our ends, not blocking; out -1 = /dev/null */
};

/* `name` NULL: nobody if we are root, else ourselves. -1 and `why`. */
int child_find_user(
    struct child_user *u, const char *name, char *why, size_t size) MUST_CHECK;
/*
 * Start it, stdout to us only with `want_out`. -1 and `why` also when it
 * cannot be executed. `sink` goes to its environment.
 */
int child_spawn(struct child *c, const char *const *argv,
    const struct child_user *u, const char *sink, bool want_out, char *why,
    size_t size) MUST_CHECK;
/* Did it end? Then its pid is 0 and `how` tells. */
bool child_ended(struct child *c, char *how, size_t size);
/* Close its input and wait; then SIGTERM and wait; then SIGKILL. */
void child_stop(struct child *c, int grace_ms, int term_ms);
/*
 * One step towards its end, without waiting: its input is closed, most
 * programs end then; SIGTERM; SIGKILL, and it is gone. True while it runs.
 */
enum child_step { CHILD_HANG_UP, CHILD_TERM, CHILD_KILL };
bool child_leave(struct child *c, enum child_step step);
void child_close(struct child *c); /* the descriptors */

#endif
