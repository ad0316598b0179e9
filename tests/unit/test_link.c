/* test_link.c - frames pass whole, and who breaks the rules is cut off. */
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/fsutil.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "desk/link.h"
#include "pipeline/poll.h"

static struct {
	struct event_base *base;
	struct link *link;
	int peer;           /* the gatherer's end */
	struct strbuf seen; /* "kind:len " of each frame */
	char why[128];
	int rooms;
} t;

static void
frame_cb(void *cookie, const char *kind, const json_t *value, size_t len)
{
	(void)cookie;
	strbuf_printf(&t.seen, "%s:%d:%zu ", kind,
	    (int)json_integer_value(json_object_get(value, "n")), len);
}

static void
down_cb(void *cookie, const char *why)
{
	(void)cookie;
	assert_string_equal(t.why, ""); /* once */
	snprintf(t.why, sizeof(t.why), "%s", why);
}

static void
room_cb(void *cookie)
{
	(void)cookie;
	t.rooms++;
}

static const struct link_ops ops = { frame_cb, down_cb, room_cb };

static int
setup(void **state)
{
	int sv[2];

	(void)state;
	memset(&t, 0, sizeof(t));
	t.base = event_base_new();
	strbuf_init(&t.seen, 1 << 20);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) == -1 ||
	    fs_set_nonblock(sv[0]) == -1)
		return -1;
	t.peer = sv[1];
	t.link = link_new(t.base, sv[0], &ops, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	link_free(t.link);
	close(t.peer);
	strbuf_fini(&t.seen);
	event_base_free(t.base);
	return 0;
}

static void
turn(void)
{
	for (int i = 0; i < 20; i++)
		event_base_loop(t.base, EVLOOP_NONBLOCK);
}

static void
say(const char *text)
{
	assert_int_equal(fs_write_all(t.peer, text, strlen(text)), 0);
	turn();
}

static void
frames_arrive_in_order_and_pieces(void **state)
{
	(void)state;
	say("{\"want\":{\"n\":1}}\n{\"item\":{\"n\":2}}\n{\"pol");
	assert_string_equal(t.seen.data, "want:1:16 item:2:16 ");
	say("led\":{\"n\":3}}\n");
	assert_string_equal(t.seen.data, "want:1:16 item:2:16 polled:3:18 ");
	assert_string_equal(t.why, "");
}

static void
many_frames_in_one_read_all_arrive(void **state)
{
	struct strbuf lines;

	(void)state;
	strbuf_init(&lines, 1 << 16);
	for (int i = 0; i < 500; i++)
		strbuf_puts(&lines, "{\"x\":{}}\n");
	say(lines.data);
	strbuf_fini(&lines);
	assert_int_equal(t.seen.len, 500 * strlen("x:0:8 "));
}

static void
garbage_cuts_the_link(void **state)
{
	static const char *const bad[] = { "hello\n", "[]\n", "{}\n", "\n",
		"{\"a\":\n" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		say(bad[i]);
		assert_string_not_equal(t.why, "");
		say("{\"want\":{\"n\":1}}\n");
		assert_string_equal(t.seen.data, "");
		if (i + 1 < ARRAY_LEN(bad)) {
			teardown(state);
			setup(state);
		}
	}
}

static void
a_line_without_end_cuts_the_link(void **state)
{
	char *block = xcalloc(1, 1 << 16);

	(void)state;
	memset(block, 'x', 1 << 16);
	for (size_t n = 0; n <= LINK_MAX_LINE && t.why[0] == '\0';
	     n += 1 << 16) {
		assert_int_equal(fs_write_all(t.peer, block, 1 << 16), 0);
		turn();
	}
	assert_string_equal(t.why, "a frame over the limit");
	free(block);
}

static void
a_closed_end_is_told_once(void **state)
{
	(void)state;
	say("{\"want\":{\"n\":1}}\n");
	assert_int_equal(shutdown(t.peer, SHUT_RDWR), 0);
	turn();
	assert_string_equal(t.why, "closed");
	link_send(t.link, json_pack("{s:{}}", "drain")); /* goes nowhere */
	turn();
}

static void
what_the_dead_had_said_is_heard(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(fs_write_all(t.peer, "{\"x\":{}}\n", 9), 0);
	assert_int_equal(shutdown(t.peer, SHUT_RDWR), 0);
	link_drain(t.link);
	assert_int_equal(t.seen.len, 100 * strlen("x:0:8 "));
}

static void
frames_are_sent_and_room_is_told(void **state)
{
	char buf[256] = "";

	(void)state;
	link_send(t.link, json_pack("{s:{}}", "drain"));
	link_send(t.link, json_pack("{s:{s:b}}", "pause", "on", 1));
	assert_true(link_pending(t.link) > 0);
	turn();
	assert_true(read(t.peer, buf, sizeof(buf) - 1) > 0);
	assert_string_equal(buf, "{\"drain\":{}}\n{\"pause\":{\"on\":true}}\n");
	assert_int_equal(link_pending(t.link), 0);
	assert_true(t.rooms > 0);
}

static void
a_descriptor_goes_with_its_frame(void **state)
{
	char buf[256] = "", space[CMSG_SPACE(sizeof(int))], text[8] = "";
	struct iovec iov = { buf, sizeof(buf) - 1 };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = space,
		.msg_controllen = sizeof(space) };
	int fds[2], got;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	link_send_fd(t.link, json_pack("{s:{}}", "config"), fds[0]);
	close(fds[0]);
	assert_true(recvmsg(t.peer, &msg, 0) > 0);
	assert_string_equal(buf, "{\"config\":{}}\n");
	assert_non_null(CMSG_FIRSTHDR(&msg));
	memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(got));
	assert_int_equal(write(fds[1], "kite", 4), 4);
	assert_int_equal(read(got, text, sizeof(text) - 1), 4);
	assert_string_equal(text, "kite");
	close(fds[1]);
	close(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    frames_arrive_in_order_and_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    many_frames_in_one_read_all_arrive, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    garbage_cuts_the_link, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_line_without_end_cuts_the_link, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_closed_end_is_told_once, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    what_the_dead_had_said_is_heard, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    frames_are_sent_and_room_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_descriptor_goes_with_its_frame, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
