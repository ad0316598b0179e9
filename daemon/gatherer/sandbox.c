/* sandbox.c - take from the process what it does not need, for good. */
#include "gatherer/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* --- Landlock --- */

/* linux/landlock.h of newer kernels; the size that is passed tells which. */
struct ruleset_attr {
	uint64_t access_fs, access_net, scoped;
};

/* Rights over files by the version of the interface that brought them. */
#define FS_ABI1 ((UINT64_C(1) << 13) - 1)
#define FS_REFER (UINT64_C(1) << 13)     /* 2 */
#define FS_TRUNCATE (UINT64_C(1) << 14)  /* 3 */
#define FS_IOCTL_DEV (UINT64_C(1) << 15) /* 5 */
#define NET_BIND_TCP UINT64_C(1)         /* 4 */
#define SCOPES UINT64_C(3)               /* 6: abstract sockets, signals */

static int
landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return abi > 0 ? (int)abi : 0;
}

/* Let `path` be read. A path that is not there needs no rule. */
static int
landlock_allow(int ruleset, const char *path)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
	};
	struct stat st;
	int rc;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd == -1)
		return 0;
	if (fstat(rule.parent_fd, &st) == 0 && S_ISDIR(st.st_mode))
		rule.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
	rc = (int)syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return rc;
}

static int
landlock_enter(const struct sandbox_params *p, int abi)
{
	struct ruleset_attr attr = { .access_fs = FS_ABI1 };
	size_t size = sizeof(attr.access_fs);
	int fd, rc;

	attr.access_fs |= abi >= 2 ? FS_REFER : 0;
	attr.access_fs |= abi >= 3 ? FS_TRUNCATE : 0;
	attr.access_fs |= abi >= 5 ? FS_IOCTL_DEV : 0;
	if (abi >= 4) {
		attr.access_net = NET_BIND_TCP;
		size = offsetof(struct ruleset_attr, scoped);
	}
	if (abi >= 6) {
		attr.scoped = SCOPES;
		size = sizeof(attr);
	}
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
	if (fd == -1)
		return -1;
	for (size_t i = 0; i < p->nreadable; i++) {
		if (landlock_allow(fd, p->readable[i]) == -1) {
			close(fd);
			return -1;
		}
	}
	rc = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	close(fd);
	return rc;
}

/* --- seccomp --- */

/* What a process needs that reads sockets and files and computes. */
static const int allowed[] = {
#ifdef __NR_open /* older machines have both forms */
	__NR_open,
	__NR_stat,
	__NR_lstat,
	__NR_access,
	__NR_readlink,
	__NR_poll,
	__NR_epoll_wait,
	__NR_epoll_create,
	__NR_pipe,
	__NR_time,
	__NR_getdents,
	__NR_dup2,
#endif
	__NR_accept4, /* of sockets it may not bind; libraries probe it */
	__NR_brk,
	__NR_clock_getres,
	__NR_clock_gettime,
	__NR_clock_nanosleep,
	__NR_close,
	__NR_connect,
	__NR_dup,
	__NR_dup3,
	__NR_epoll_create1,
	__NR_epoll_ctl,
	__NR_epoll_pwait,
	__NR_eventfd2,
	__NR_exit,
	__NR_exit_group,
	__NR_faccessat,
	__NR_fcntl,
	__NR_fstat,
	__NR_futex,
	__NR_getdents64,
	__NR_getegid,
	__NR_geteuid,
	__NR_getgid,
	__NR_getpeername,
	__NR_getpid,
	__NR_getppid,
	__NR_getrandom,
	__NR_getrusage,
	__NR_getsockname,
	__NR_getsockopt,
	__NR_gettid,
	__NR_gettimeofday,
	__NR_getuid,
	__NR_ioctl,
	__NR_lseek,
	__NR_madvise,
	__NR_mremap,
	__NR_munmap,
	__NR_nanosleep,
	__NR_newfstatat,
	__NR_openat,
	__NR_pipe2,
	__NR_ppoll,
	__NR_pread64,
	__NR_prlimit64,
	__NR_read,
	__NR_readlinkat,
	__NR_readv,
	__NR_recvfrom,
	__NR_recvmsg,
	__NR_restart_syscall,
	__NR_rt_sigaction,
	__NR_rt_sigprocmask,
	__NR_rt_sigreturn,
	__NR_sched_getaffinity,
	__NR_sched_yield,
	__NR_sendmsg,
	__NR_sendto,
	__NR_set_robust_list,
	__NR_setsockopt,
	__NR_shutdown,
	__NR_socketpair, /* libcurl wakes itself by one */
	__NR_sigaltstack,
	__NR_statx,
	__NR_sysinfo,
	__NR_tgkill, /* abort(3) */
	__NR_timerfd_create,
	__NR_timerfd_settime,
	__NR_uname,
	__NR_write,
	__NR_writev,
#ifdef __NR_rseq
	__NR_rseq,
#endif
};

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef OUR_ARCH
#define OFFSET(field) ((uint32_t)offsetof(struct seccomp_data, field))
/* Low word of a system call's argument; both machines are little-endian. */
#define ARGUMENT(n) ((uint32_t)offsetof(struct seccomp_data, args[n]))
#define LOAD(at) (struct sock_filter) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
#define RETURN(v) (struct sock_filter) BPF_STMT(BPF_RET | BPF_K, v)
#define EQUAL(v, yes, no)                                                      \
	(struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, v, yes, no)
#define ANY_BIT(v, yes, no)                                                    \
	(struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, v, yes, no)
#define AT_LEAST(v, yes, no)                                                   \
	(struct sock_filter) BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, v, yes, no)
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

struct program {
	struct sock_filter v[300];
	unsigned short n;
};

static void
emit(struct program *pr, struct sock_filter f)
{
	if (pr->n == sizeof(pr->v) / sizeof(pr->v[0]))
		abort(); /* the tables below have outgrown it */
	pr->v[pr->n++] = f;
}

/* Sockets: of the Internet, none else. */
static void
emit_socket(struct program *pr)
{
	emit(pr, EQUAL(__NR_socket, 0, 5));
	emit(pr, LOAD(ARGUMENT(0)));
	emit(pr, EQUAL(AF_INET, 1, 0));
	emit(pr, EQUAL(AF_INET6, 0, 1));
	emit(pr, RETURN(SECCOMP_RET_ALLOW));
	emit(pr, RETURN(REFUSE));
}

/* Memory may be mapped and protected, but not to run what is in it. */
static void
emit_memory(struct program *pr, uint32_t nr)
{
	emit(pr, EQUAL(nr, 0, 4));
	emit(pr, LOAD(ARGUMENT(2)));
	emit(pr, ANY_BIT(PROT_EXEC, 0, 1));
	emit(pr, RETURN(REFUSE));
	emit(pr, RETURN(SECCOMP_RET_ALLOW));
}

static void
build_filter(struct program *pr)
{
	pr->n = 0;
	emit(pr, LOAD(OFFSET(arch)));
	emit(pr, EQUAL(OUR_ARCH, 1, 0));
	emit(pr, RETURN(SECCOMP_RET_KILL_PROCESS));
	emit(pr, LOAD(OFFSET(nr)));
	emit(pr, AT_LEAST(0x40000000, 0, 1)); /* x32's calls */
	emit(pr, RETURN(REFUSE));
	emit_socket(pr);
	emit_memory(pr, __NR_mmap);
	emit_memory(pr, __NR_mprotect);
	for (size_t i = 0; i < ARRAY_LEN(allowed); i++) {
		emit(pr, EQUAL((uint32_t)allowed[i], 0, 1));
		emit(pr, RETURN(SECCOMP_RET_ALLOW));
	}
	/* A call that fails is one that libraries can do without. */
	emit(pr, RETURN(REFUSE));
}

static int
seccomp_enter(struct sandbox_result *r)
{
	struct program pr;
	struct sock_fprog fprog;

	build_filter(&pr);
	fprog.len = pr.n;
	fprog.filter = pr.v;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &fprog) == -1)
		return errno == EINVAL ? 0 : -1; /* not in this kernel */
	r->seccomp = true;
	return 0;
}
#else
static int
seccomp_enter(struct sandbox_result *r)
{
	r->seccomp = false;
	return 0;
}
#endif

/* --- limits --- */

/* Bytes of address space mapped now; 0 = unknown. */
static uint64_t
mapped_bytes(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%llu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int
set_limit(__rlimit_resource_t what, rlim_t v)
{
	struct rlimit rl;

	if (getrlimit(what, &rl) == -1)
		return -1;
	rl.rlim_cur = MIN(v, rl.rlim_max);
	rl.rlim_max = rl.rlim_cur;
	return setrlimit(what, &rl);
}

static int
limits_enter(const struct sandbox_params *p)
{
	uint64_t now = mapped_bytes();

	if (set_limit(RLIMIT_CORE, 0) == -1)
		return -1;
	return now == 0 ? 0 : set_limit(RLIMIT_AS, now + p->more_bytes);
}

void
sandbox_limit_cpu(unsigned int s)
{
	struct timespec used = { 0 };
	struct rlimit rl;

	if (getrlimit(RLIMIT_CPU, &rl) == -1)
		return;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	rl.rlim_cur = s == 0 ? rl.rlim_max
			     : MIN((rlim_t)used.tv_sec + 1 + s, rl.rlim_max);
	(void)setrlimit(RLIMIT_CPU, &rl);
}

bool
sandbox_wanted(void)
{
#ifdef __SANITIZE_ADDRESS__
	return false;
#else
	return true;
#endif
}

int
sandbox_enter(const struct sandbox_params *p, struct sandbox_result *r)
{
	r->landlock_abi = landlock_abi();
	r->seccomp = false;
	if (limits_enter(p) == -1 || prctl(PR_SET_DUMPABLE, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	if (r->landlock_abi > 0 && landlock_enter(p, r->landlock_abi) == -1)
		return -1;
	return seccomp_enter(r);
}
