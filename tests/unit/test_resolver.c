/* test_resolver.c - names are resolved without blocking, faults have names. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>
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

#include "base/clock.h"
#include "base/macros.h"
#include "net/resolver.h"

/* A name server on loopback that does what the first label tells. */
struct server {
	int fd;
	char addr[32];
	struct event *ev;
	unsigned int questions;
};

/* Copy the question's name as text; returns the offset behind it. */
static size_t
question_name(const uint8_t *p, size_t n, char *out)
{
	size_t at = 12, len = 0;

	while (at < n && p[at] != 0) {
		memcpy(out + len, p + at + 1, p[at]);
		len += p[at];
		out[len++] = '.';
		at += (size_t)p[at] + 1;
	}
	out[len] = '\0';
	return at + 1;
}

static void
server_cb(evutil_socket_t fd, short what, void *cookie)
{
	static const uint8_t a[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4,
		198, 51, 100, 7 };
	struct server *sv = cookie;
	struct sockaddr_in from;
	socklen_t flen = sizeof(from);
	uint8_t p[600];
	char name[300];
	size_t end;
	ssize_t n = recvfrom(fd, p, 500, 0, (struct sockaddr *)&from, &flen);

	(void)what;
	assert_true(n > 12);
	sv->questions++;
	end = question_name(p, (size_t)n, name) + 4;
	if (strncmp(name, "silent", 6) == 0)
		return;
	p[2] = 0x81;
	p[3] = 0x80;
	if (strncmp(name, "missing", 7) == 0) {
		p[3] |= 3;
	} else if (strncmp(name, "broken", 6) == 0) {
		p[3] |= 2;
	} else if (p[end - 3] == 1) { /* an A question */
		p[7] = 1;
		memcpy(p + end, a, sizeof(a));
		end += sizeof(a);
	}
	(void)sendto(fd, p, end, 0, (struct sockaddr *)&from, flen);
}

static void
server_start(struct server *sv, struct event_base *base)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);

	memset(sv, 0, sizeof(*sv));
	sv->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(sv->fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(sv->fd, (struct sockaddr *)&in, &len), 0);
	snprintf(
	    sv->addr, sizeof(sv->addr), "127.0.0.1:%u", ntohs(in.sin_port));
	sv->ev = event_new(base, sv->fd, EV_READ | EV_PERSIST, server_cb, sv);
	event_add(sv->ev, NULL);
}

struct asked {
	struct resolver_answer a;
	unsigned int calls;
	unsigned int *left;
	struct event_base *base;
};

static void
asked_cb(void *cookie, const struct resolver_answer *a)
{
	struct asked *as = cookie;

	as->a = *a;
	as->calls++;
	if (--*as->left == 0)
		event_base_loopbreak(as->base);
}

static char hosts_path[] = "/tmp/test_resolver.XXXXXX";

struct fixture {
	struct event_base *base;
	struct server sv;
	struct resolver *r;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const char *servers[1];
	struct resolver_params p = { .nameservers = servers,
		.nnameservers = 1,
		.hosts = hosts_path,
		.timeout_ms = 400,
		.keep_ms = 60000 };
	char why[100];

	f->base = event_base_new();
	server_start(&f->sv, f->base);
	servers[0] = f->sv.addr;
	f->r = resolver_new(f->base, &p, why, sizeof(why));
	assert_non_null(f->r);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	resolver_free(f->r);
	event_free(f->sv.ev);
	close(f->sv.fd);
	event_base_free(f->base);
	free(f);
	return 0;
}

static const struct {
	const char *host;
	enum resolver_status status;
	const char *addr; /* the first one */
} rows[] = {
	{ "news.test", RESOLVER_OK, "198.51.100.7" },
	{ "News.TEST.", RESOLVER_OK, "198.51.100.7" },
	{ "192.0.2.33", RESOLVER_OK, "192.0.2.33" },
	{ "2001:db8::5", RESOLVER_OK, "2001:db8::5" },
	{ "localhost", RESOLVER_OK, "127.0.0.1" },
	{ "feeds.localhost", RESOLVER_OK, "127.0.0.1" },
	{ "from-hosts.test", RESOLVER_OK, "192.0.2.77" },
	{ "missing.test", RESOLVER_NO_NAME, NULL },
	{ "broken.test", RESOLVER_FAILED, NULL },
	{ "silent.test", RESOLVER_TIMEOUT, NULL },
	{ "", RESOLVER_NO_NAME, NULL },
	{ "a b", RESOLVER_NO_NAME, NULL },
	{ "a..b", RESOLVER_NO_NAME, NULL },
	{ "new\nline", RESOLVER_NO_NAME, NULL },
};

static void
each_answer_and_fault_has_its_status(void **state)
{
	struct fixture *f = *state;
	struct asked as[ARRAY_LEN(rows)] = { 0 };
	unsigned int left = ARRAY_LEN(rows);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		as[i].left = &left;
		as[i].base = f->base;
		resolver_ask(f->r, rows[i].host, asked_cb, &as[i]);
		assert_int_equal(as[i].calls, 0);
	}
	event_base_dispatch(f->base);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char addr[INET6_ADDRSTRLEN] = "";
		struct sockaddr *sa = (struct sockaddr *)as[i].a.addrs;
		void *p = sa->sa_family == AF_INET
			      ? (void *)&((struct sockaddr_in *)sa)->sin_addr
			      : (void *)&((struct sockaddr_in6 *)sa)->sin6_addr;

		assert_int_equal(as[i].calls, 1);
		if (as[i].a.status != rows[i].status)
			fail_msg("%s: %s", rows[i].host,
			    resolver_status_text(as[i].a.status));
		if (rows[i].addr == NULL)
			continue;
		inet_ntop(sa->sa_family, p, addr, sizeof(addr));
		assert_string_equal(addr, rows[i].addr);
	}
}

static void
equal_questions_share_a_lookup_and_are_remembered(void **state)
{
	struct fixture *f = *state;
	struct asked as[4] = { 0 };
	unsigned int left = 3;

	for (size_t i = 0; i < ARRAY_LEN(as); i++) {
		as[i].left = &left;
		as[i].base = f->base;
	}
	resolver_ask(f->r, "missing.test", asked_cb, &as[0]);
	resolver_ask(f->r, "news.test", asked_cb, &as[1]);
	resolver_ask(f->r, "news.test", asked_cb, &as[2]);
	event_base_dispatch(f->base);
	assert_int_equal(f->sv.questions, 4); /* A and AAAA of each */
	left = 1;
	resolver_ask(f->r, "missing.test", asked_cb, &as[3]);
	event_base_dispatch(f->base);
	assert_int_equal(f->sv.questions, 4);
	assert_int_equal(as[3].a.status, RESOLVER_NO_NAME);
}

static void
a_cancelled_query_is_never_answered(void **state)
{
	struct fixture *f = *state;
	struct asked as[3] = { 0 };
	unsigned int left = 1;
	struct resolver_query *q[2];

	for (size_t i = 0; i < ARRAY_LEN(as); i++) {
		as[i].left = &left;
		as[i].base = f->base;
	}
	q[0] = resolver_ask(f->r, "silent.test", asked_cb, &as[0]);
	q[1] = resolver_ask(f->r, "news.test", asked_cb, &as[1]);
	resolver_ask(f->r, "silent.test", asked_cb, &as[2]);
	resolver_cancel(q[0]);
	resolver_cancel(q[1]);
	resolver_cancel(NULL);
	event_base_dispatch(f->base);
	assert_int_equal(as[0].calls + as[1].calls, 0);
	assert_int_equal(as[2].a.status, RESOLVER_TIMEOUT);
	/* Leave one open for the teardown. */
	resolver_ask(f->r, "silent2.test", asked_cb, &as[0]);
}

struct stall {
	struct event *ev;
	int64_t last, worst;
};

static void
stall_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct stall *st = cookie;
	int64_t now = clock_mono_ms();

	(void)fd;
	(void)what;
	st->worst = MAX(st->worst, now - st->last - 5);
	st->last = now;
}

static void
silent_names_stall_nobody(void **state)
{
	struct fixture *f = *state;
	struct timeval tv = { .tv_usec = 5000 };
	struct stall st = { .last = clock_mono_ms() };
	static struct asked as[201];
	unsigned int left = ARRAY_LEN(as);
	char host[40];

	memset(as, 0, sizeof(as));
	st.ev = event_new(f->base, -1, EV_PERSIST, stall_cb, &st);
	event_add(st.ev, &tv);
	for (size_t i = 0; i < ARRAY_LEN(as); i++) {
		as[i].left = &left;
		as[i].base = f->base;
		snprintf(host, sizeof(host), "%s%zu.test",
		    i < 200 ? "silent" : "news", i);
		resolver_ask(f->r, host, asked_cb, &as[i]);
		/* Or the server's socket drops what comes all at once. */
		if (i % 20 == 0)
			event_base_loop(f->base, EVLOOP_NONBLOCK);
	}
	event_base_dispatch(f->base);
	print_message(
	    "200 silent names: worst stall %lld ms\n", (long long)st.worst);
	assert_true(st.worst < 50);
	assert_int_equal(as[0].a.status, RESOLVER_TIMEOUT);
	assert_int_equal(as[200].a.status, RESOLVER_OK);
	event_free(st.ev);
}

static void
a_name_server_that_is_no_address_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *bad[] = { "resolver.test" };
	struct resolver_params p = {
		.nameservers = bad, .nnameservers = 1, .timeout_ms = 400
	};
	char why[100] = "";

	assert_null(resolver_new(f->base, &p, why, sizeof(why)));
	assert_string_equal(why, "name server \"resolver.test\" is no address");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    each_answer_and_fault_has_its_status, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    equal_questions_share_a_lookup_and_are_remembered, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    a_cancelled_query_is_never_answered, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    silent_names_stall_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_name_server_that_is_no_address_is_refused, setup,
		    teardown),
	};
	int fd = mkstemp(hosts_path), rc;

	assert_true(fd != -1);
	dprintf(fd, "# a comment\n192.0.2.77 from-hosts.test alias\n");
	close(fd);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(hosts_path);
	return rc;
}
