/* test_sandbox.c - what the sandbox takes away is gone, the rest works. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/macros.h"
#include "gatherer/sandbox.h"

static char dir[] = "/tmp/test_sandbox.XXXXXX";
static char inside[100], outside[] = "/etc/passwd";

/* Each probe answers 0, or -1 with errno, as the call it makes. */

static int
try_open(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	if (fd != -1)
		close(fd);
	return fd == -1 ? -1 : 0;
}

static int
read_inside(void)
{
	return try_open(inside, O_RDONLY);
}

static int
read_outside(void)
{
	return try_open(outside, O_RDONLY);
}

static int
write_inside(void)
{
	return try_open(inside, O_WRONLY);
}

static int
create_inside(void)
{
	char path[120];

	snprintf(path, sizeof(path), "%s/new", dir);
	return try_open(path, O_WRONLY | O_CREAT);
}

static int
remove_inside(void)
{
	return unlink(inside);
}

static int
execute(void)
{
	char *argv[] = { NULL };

	return execve("/bin/true", argv, argv);
}

static int
fork_a_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid == -1 ? -1 : 0;
}

static int
trace(void)
{
	return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int
signal_another(void)
{
	return kill(getppid(), 0);
}

static int
try_socket(int domain, int type)
{
	int fd = socket(domain, type, 0);

	if (fd != -1)
		close(fd);
	return fd == -1 ? -1 : 0;
}

static int
unix_socket(void)
{
	return try_socket(AF_UNIX, SOCK_STREAM);
}

static int
netlink_socket(void)
{
	return try_socket(AF_NETLINK, SOCK_RAW);
}

static int
packet_socket(void)
{
	return try_socket(AF_PACKET, SOCK_RAW);
}

static int
tcp_socket(void)
{
	return try_socket(AF_INET6, SOCK_STREAM);
}

static int
udp_socket(void)
{
	return try_socket(AF_INET, SOCK_DGRAM);
}

static int
listen_tcp(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int rc = bind(fd, (struct sockaddr *)&in, sizeof(in));

	close(fd);
	return rc;
}

static int
map_to_run(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int
make_runnable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? -1 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int
map_memory(void)
{
	free(malloc(1 << 20));
	return 0;
}

static int
too_much_memory(void)
{
	void *p = mmap(NULL, (size_t)4 << 30, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static int
new_namespace(void)
{
	return unshare(CLONE_NEWUSER);
}

static int
bpf_program(void)
{
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int
change_root(void)
{
	return chroot("/");
}

static const struct {
	const char *name;
	int (*probe)(void);
	int error;     /* 0: works */
	bool landlock; /* only where the kernel has it */
	int abi;       /* from this version on */
} probes[] = {
	{ "read an allowed file", read_inside, 0, false, 0 },
	{ "read another file", read_outside, EACCES, true, 1 },
	{ "write an allowed file", write_inside, EACCES, true, 1 },
	{ "make a file", create_inside, EACCES, true, 1 },
	{ "remove a file", remove_inside, EPERM, false, 0 },
	{ "run a program", execute, EPERM, false, 0 },
	{ "fork", fork_a_child, EPERM, false, 0 },
	{ "trace", trace, EPERM, false, 0 },
	{ "signal another process", signal_another, EPERM, false, 0 },
	{ "a UNIX socket", unix_socket, EPERM, false, 0 },
	{ "a netlink socket", netlink_socket, EPERM, false, 0 },
	{ "a packet socket", packet_socket, EPERM, false, 0 },
	{ "a TCP socket", tcp_socket, 0, false, 0 },
	{ "a UDP socket", udp_socket, 0, false, 0 },
	{ "listen", listen_tcp, EPERM, false, 0 },
	{ "map memory to run", map_to_run, EPERM, false, 0 },
	{ "make memory runnable", make_runnable, EPERM, false, 0 },
	{ "use memory", map_memory, 0, false, 0 },
	{ "use too much memory", too_much_memory, ENOMEM, false, 0 },
	{ "a new namespace", new_namespace, EPERM, false, 0 },
	{ "a bpf program", bpf_program, EPERM, false, 0 },
	{ "another root", change_root, EPERM, false, 0 },
};

/* Runs in a child: the exit code is the number of probes that were wrong. */
static int
probe_all(void)
{
	const char *readable[] = { dir, "/nonexistent/folder" };
	struct sandbox_params p = { readable, ARRAY_LEN(readable),
		(uint64_t)256 << 20 };
	struct sandbox_result r;
	int wrong = 0;

	if (sandbox_enter(&p, &r) == -1) {
		print_message("sandbox_enter: %s\n", strerror(errno));
		return 1;
	}
	print_message("landlock %d, seccomp %d\n", r.landlock_abi, r.seccomp);
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		int error;

		if ((probes[i].landlock && r.landlock_abi < probes[i].abi) ||
		    (!probes[i].landlock && !r.seccomp))
			continue;
		errno = 0;
		error = probes[i].probe() == 0 ? 0 : errno;
		if (error == probes[i].error)
			continue;
		print_message("%s: %s, not %s\n", probes[i].name,
		    strerror(error), strerror(probes[i].error));
		wrong++;
	}
	return wrong;
}

static void
forbidden_calls_fail_and_the_others_work(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if (!sandbox_wanted())
		skip();
	if ((pid = fork()) == 0)
		_exit(probe_all());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
burn(double seconds)
{
	volatile unsigned long n = 0;
	struct rusage ru;

	do {
		for (int i = 0; i < 1000000; i++)
			n++;
		getrusage(RUSAGE_SELF, &ru);
	} while (
	    (double)ru.ru_utime.tv_sec + (double)ru.ru_utime.tv_usec / 1e6 <
	    seconds);
}

static void
a_computation_without_end_is_ended(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		sandbox_limit_cpu(1);
		sandbox_limit_cpu(0);
		sandbox_limit_cpu(1);
		burn(10);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXCPU);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forbidden_calls_fail_and_the_others_work),
		cmocka_unit_test(a_computation_without_end_is_ended),
	};
	int rc;

	assert_non_null(mkdtemp(dir));
	snprintf(inside, sizeof(inside), "%s/file", dir);
	close(open(inside, O_WRONLY | O_CREAT, 0600));
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(inside);
	rmdir(dir);
	return rc;
}
