/* test_unixsock.c - a socket is bound safely, or refused with the reason. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/unixsock.h"

static char dir[] = "/tmp/wiresift-unixsock-XXXXXX";
static char path[96], other[128];
static char why[256];

static const char *
beside(const char *suffix)
{
	snprintf(other, sizeof(other), "%s%s", path, suffix);
	return other;
}

static void
a_bound_socket_takes_connections_and_goes_away(void **state)
{
	struct unixsock us;
	struct unixsock_peer peer;
	struct stat sb;
	int client, server;

	(void)state;
	assert_int_equal(
	    unixsock_listen(&us, path, 0660, "no-such-group", why, sizeof(why)),
	    0);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 07777, 0660);
	assert_int_equal(access(beside(".new"), F_OK), -1);
	assert_int_equal(unixsock_accept(&us), -1); /* does not block */
	assert_int_equal(errno, EAGAIN);
	client = unixsock_connect(path);
	assert_true(client >= 0);
	server = unixsock_accept(&us);
	assert_true(server >= 0);
	assert_true(fcntl(server, F_GETFL) & O_NONBLOCK);
	assert_int_equal(unixsock_peer(server, &peer), 0);
	assert_int_equal(peer.uid, geteuid());
	assert_int_equal(peer.pid, getpid());
	close(client);
	close(server);
	unixsock_close(&us);
	assert_int_equal(access(path, F_OK), -1);
}

static void
a_second_server_is_refused_and_harms_nothing(void **state)
{
	struct unixsock us, second;
	int fd;

	(void)state;
	assert_int_equal(
	    unixsock_listen(&us, path, 0600, NULL, why, sizeof(why)), 0);
	assert_int_equal(
	    unixsock_listen(&second, path, 0600, NULL, why, sizeof(why)), -1);
	assert_int_equal(errno, EADDRINUSE);
	unlink(beside(".lock")); /* even when the lock was taken away */
	assert_int_equal(
	    unixsock_listen(&second, path, 0600, NULL, why, sizeof(why)), -1);
	assert_int_equal(errno, EADDRINUSE);
	assert_non_null(strstr(why, "already served"));
	fd = unixsock_connect(path);
	assert_true(fd >= 0);
	close(fd);
	unixsock_close(&us);
}

static void
a_stale_socket_is_replaced(void **state)
{
	struct unixsock us, dead;

	(void)state;
	assert_int_equal(
	    unixsock_listen(&dead, path, 0600, NULL, why, sizeof(why)), 0);
	close(dead.fd); /* as kill -9 leaves it */
	close(dead.lock_fd);
	assert_int_equal(access(path, F_OK), 0);
	assert_int_equal(
	    unixsock_listen(&us, path, 0600, NULL, why, sizeof(why)), 0);
	unixsock_close(&us);
}

static void
a_path_that_somebody_replaced_is_left_alone(void **state)
{
	struct unixsock us;
	int fd;

	(void)state;
	assert_int_equal(
	    unixsock_listen(&us, path, 0600, NULL, why, sizeof(why)), 0);
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	unixsock_close(&us);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void
what_is_no_safe_place_is_refused(void **state)
{
	struct unixsock us;
	char wide[128], name[160], longer[300];
	int fd;

	(void)state;
	assert_int_equal(symlink("/tmp/elsewhere", path), 0);
	assert_int_equal(
	    unixsock_listen(&us, path, 0600, NULL, why, sizeof(why)), -1);
	assert_int_equal(errno, EEXIST);
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_int_equal(
	    unixsock_listen(&us, path, 0600, NULL, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "no socket"));
	unlink(path);

	snprintf(wide, sizeof(wide), "%s/wide", dir);
	assert_int_equal(mkdir(wide, 0700), 0);
	assert_int_equal(chmod(wide, 0777), 0);
	snprintf(name, sizeof(name), "%s/s", wide);
	assert_int_equal(
	    unixsock_listen(&us, name, 0600, NULL, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "everybody may write"));
	rmdir(wide);

	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(
	    unixsock_listen(&us, longer, 0600, NULL, why, sizeof(why)), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

static void
only_a_listening_socket_is_adopted(void **state)
{
	struct unixsock us, made;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(unixsock_adopt(&us, pair[0], why, sizeof(why)), -1);
	assert_int_equal(unixsock_adopt(&us, 999, why, sizeof(why)), -1);
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(
	    unixsock_listen(&made, path, 0600, NULL, why, sizeof(why)), 0);
	assert_int_equal(
	    unixsock_adopt(&us, dup(made.fd), why, sizeof(why)), 0);
	unixsock_close(&us); /* the path is not ours */
	assert_int_equal(access(path, F_OK), 0);
	unixsock_close(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_bound_socket_takes_connections_and_goes_away),
		cmocka_unit_test(a_second_server_is_refused_and_harms_nothing),
		cmocka_unit_test(a_stale_socket_is_replaced),
		cmocka_unit_test(a_path_that_somebody_replaced_is_left_alone),
		cmocka_unit_test(what_is_no_safe_place_is_refused),
		cmocka_unit_test(only_a_listening_socket_is_adopted),
	};
	int failed;

	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/s.sock", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(beside(".lock"));
	rmdir(dir);
	return failed;
}
