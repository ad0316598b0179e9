/* child.c - a program of the operator's, run with as little as possible. */
#include "sink/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/xmalloc.h"

#define POLL_MS 10

int
child_find_user(struct child_user *u, const char *name, char *why, size_t size)
{
	bool root = geteuid() == 0;
	struct passwd *pw;

	*u = (struct child_user){ .change = root };
	if (name == NULL && !root)
		return 0;
	errno = 0;
	if ((pw = getpwnam(name != NULL ? name : "nobody")) == NULL) {
		snprintf(why, size, "user %.60s: no such user", name);
		return -1;
	}
	if (!root && pw->pw_uid != geteuid()) {
		snprintf(why, size,
		    "user %.60s: only a daemon that runs as root can become "
		    "another; expected no user",
		    name);
		return -1;
	}
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	u->ngroups = CHILD_GROUPS;
	if (getgrouplist(pw->pw_name, pw->pw_gid, u->groups, &u->ngroups) == -1)
		u->ngroups = CHILD_GROUPS; /* the first so many */
	return 0;
}

/* Between fork and exec: system calls only. Does not return. */
static void NORETURN
become(const char *const *argv, char *const *env, const struct child_user *u,
    const int std[3], int report)
{
	const struct rlimit none = { 0, 0 };
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t all;
	int fds[4] = { std[0], std[1], std[2], report };
	int err;

	for (int i = 0; i < 4; i++) /* out of the way of 0 to 3 */
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) == -1)
			goto fail;
	if (dup2(fds[3], 3) == -1 || fcntl(3, F_SETFD, FD_CLOEXEC) == -1 ||
	    close_range(4, UINT32_MAX, 0) == -1)
		goto fail;
	for (int sig = 1; sig < NSIG; sig++)
		(void)sigaction(sig, &dfl, NULL);
	sigemptyset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	(void)setsid();
	(void)umask(077);
	(void)setrlimit(RLIMIT_CORE, &none);
	if (chdir("/") == -1)
		goto fail;
	if (u->change && (setgroups((size_t)u->ngroups, u->groups) == -1 ||
			     setresgid(u->gid, u->gid, u->gid) == -1 ||
			     setresuid(u->uid, u->uid, u->uid) == -1))
		goto fail;
	/* Behind the change of user, which would clear it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		goto fail;
	/* execve(2) changes neither; its prototype is older than const. */
	execve(argv[0], (char *const *)(uintptr_t)argv, env);
fail:
	err = errno;
	(void)!write(3, &err, sizeof(err));
	_exit(127);
}

struct pipes {
	int in[2], out[2], err[2], report[2];
};

static void
close_pipes(struct pipes *p)
{
	int *all = (int *)p;

	for (size_t i = 0; i < sizeof(*p) / sizeof(int); i++)
		if (all[i] != -1)
			close(all[i]);
}

static int
open_pipes(struct pipes *p, bool want_out)
{
	memset(p, 0xff, sizeof(*p)); /* -1 */
	if (pipe2(p->in, O_CLOEXEC) == -1 || pipe2(p->err, O_CLOEXEC) == -1 ||
	    pipe2(p->report, O_CLOEXEC) == -1 ||
	    (want_out && pipe2(p->out, O_CLOEXEC) == -1) ||
	    fs_set_nonblock(p->in[1]) == -1 || fs_set_nonblock(p->err[0]) == -1)
		return -1;
	if (want_out)
		return fs_set_nonblock(p->out[0]);
	p->out[1] = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return p->out[1] == -1 ? -1 : 0;
}

static int
take(int *fd)
{
	int mine = *fd;

	*fd = -1;
	return mine;
}

int
child_spawn(struct child *c, const char *const *argv,
    const struct child_user *u, const char *sink, bool want_out, char *why,
    size_t size)
{
	char *name = xasprintf("WIRESIFT_SINK=%s", sink);
	char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
	char lang[] = "LANG=C.UTF-8", home[] = "HOME=/";
	char *const env[] = { path, lang, home, name, NULL };
	struct pipes p;
	int err = 0;

	*c = (struct child){ .in = -1, .out = -1, .err = -1 };
	if (open_pipes(&p, want_out) == -1 || (c->pid = fork()) == -1) {
		err = errno;
		c->pid = 0;
	} else if (c->pid == 0) {
		const int std[3] = { p.in[0], p.out[1], p.err[1] };

		become(argv, env, u, std, p.report[1]);
	} else {
		close(take(&p.report[1]));
		/* Closed by a successful exec; a moment at most. */
		while (read(p.report[0], &err, sizeof(err)) == -1 &&
		       errno == EINTR)
			continue;
		if (err != 0) {
			(void)waitpid(c->pid, NULL, 0);
			c->pid = 0;
		}
	}
	if (c->pid > 0) {
		c->in = take(&p.in[1]);
		c->out = take(&p.out[0]);
		c->err = take(&p.err[0]);
	}
	close_pipes(&p);
	free(name);
	if (c->pid > 0)
		return 0;
	snprintf(why, size, "%.120s cannot be run: %s", argv[0], strerror(err));
	return -1;
}

bool
child_ended(struct child *c, char *how, size_t size)
{
	siginfo_t si = { .si_pid = 0 };
	int status;

	if (c->pid == 0 ||
	    waitid(P_PID, (id_t)c->pid, &si, WEXITED | WNOHANG | WNOWAIT) ==
		-1 ||
	    si.si_pid != c->pid)
		return false;
	/* What it started and left behind ends, too; before the number of
	 * the group is free for others. */
	(void)kill(-c->pid, SIGTERM);
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return false;
	if (WIFSIGNALED(status))
		snprintf(how, size, "the program died of signal %d",
		    WTERMSIG(status));
	else
		snprintf(how, size, "the program ended with status %d",
		    WEXITSTATUS(status));
	c->pid = 0;
	return true;
}

void
child_close(struct child *c)
{
	int *const all[] = { &c->in, &c->out, &c->err };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (*all[i] != -1)
			close(*all[i]);
		*all[i] = -1;
	}
}

static bool
wait_for(struct child *c, int ms)
{
	char how[64];

	for (; ms > 0 && !child_ended(c, how, sizeof(how)); ms -= POLL_MS)
		usleep(POLL_MS * 1000);
	return c->pid == 0;
}

bool
child_leave(struct child *c, enum child_step step)
{
	char how[64];

	if (c->pid <= 0 || child_ended(c, how, sizeof(how)))
		return false;
	if (c->in != -1)
		close(take(&c->in));
	if (step == CHILD_HANG_UP)
		return true;
	if (step == CHILD_TERM) {
		if (!c->termed)
			(void)kill(-c->pid, SIGTERM);
		return c->termed = true;
	}
	(void)kill(-c->pid, SIGKILL);
	(void)waitpid(c->pid, NULL, 0);
	c->pid = 0;
	return false;
}

void
child_stop(struct child *c, int grace_ms, int term_ms)
{
	if (child_leave(c, CHILD_HANG_UP) && !wait_for(c, grace_ms) &&
	    child_leave(c, CHILD_TERM) && !wait_for(c, term_ms))
		(void)child_leave(c, CHILD_KILL);
	c->pid = 0;
	child_close(c);
}
