/* test_guard.c - no address but public ones passes the guard. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "base/macros.h"
#include "net/guard.h"

/* The edges of every block, from both sides. */
static const struct {
	const char *addr;
	bool pub;
} rows[] = {
	{ "0.0.0.0", false },
	{ "0.255.255.255", false },
	{ "1.0.0.0", true },
	{ "8.8.8.8", true },
	{ "9.255.255.255", true },
	{ "10.0.0.0", false },
	{ "10.255.255.255", false },
	{ "11.0.0.0", true },
	{ "100.63.255.255", true },
	{ "100.64.0.0", false },
	{ "100.127.255.255", false },
	{ "100.128.0.0", true },
	{ "126.255.255.255", true },
	{ "127.0.0.1", false },
	{ "127.255.255.255", false },
	{ "128.0.0.0", true },
	{ "169.253.255.255", true },
	{ "169.254.169.254", false },
	{ "169.255.0.0", true },
	{ "172.15.255.255", true },
	{ "172.16.0.0", false },
	{ "172.31.255.255", false },
	{ "172.32.0.0", true },
	{ "192.0.0.1", false },
	{ "192.0.1.0", true },
	{ "192.0.2.255", false },
	{ "192.0.3.0", true },
	{ "192.88.98.255", true },
	{ "192.88.99.1", false },
	{ "192.88.100.0", true },
	{ "192.167.255.255", true },
	{ "192.168.0.1", false },
	{ "192.169.0.0", true },
	{ "198.17.255.255", true },
	{ "198.18.0.0", false },
	{ "198.19.255.255", false },
	{ "198.20.0.0", true },
	{ "198.51.99.255", true },
	{ "198.51.100.7", false },
	{ "198.51.101.0", true },
	{ "203.0.112.255", true },
	{ "203.0.113.9", false },
	{ "203.0.114.0", true },
	{ "223.255.255.255", true },
	{ "224.0.0.1", false },
	{ "240.0.0.1", false },
	{ "255.255.255.255", false },
	{ "::", false },
	{ "::1", false },
	{ "::127.0.0.1", false },
	{ "::8.8.8.8", false },
	{ "::ffff:127.0.0.1", false },
	{ "::ffff:10.1.2.3", false },
	{ "::ffff:8.8.8.8", true },
	{ "::ffff:0:8.8.8.8", false },
	{ "64:ff9b::10.0.0.1", false },
	{ "64:ff9b::169.254.169.254", false },
	{ "64:ff9b::8.8.8.8", true },
	{ "64:ff9b:1::8.8.8.8", false },
	{ "64:ff9b::1:0808:0808", false },
	{ "100::1", false },
	{ "1fff:ffff::1", false },
	{ "2000::1", true },
	{ "2001::1", false },
	{ "2001:2::1", false },
	{ "2001:10::1", false },
	{ "2001:1ff:ffff::1", false },
	{ "2001:200::1", true },
	{ "2001:db7:ffff::1", true },
	{ "2001:db8::1", false },
	{ "2001:db9::1", true },
	{ "2002:0a00:0001::1", false },
	{ "2002:7f00:0001::1", false },
	{ "2002:0808:0808::1", true },
	{ "2003::1", true },
	{ "2606:4700::1111", true },
	{ "3ffe:ffff::1", true },
	{ "3fff:0fff::1", false },
	{ "3fff:1000::1", true },
	{ "4000::1", false },
	{ "5f00::1", false },
	{ "fc00::1", false },
	{ "fdff::1", false },
	{ "fe00::1", false },
	{ "fe80::1", false },
	{ "febf::1", false },
	{ "fec0::1", false },
	{ "ff02::1", false },
	{ "ffff::1", false },
};

static void
every_block_ends_where_its_registry_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sockaddr_storage ss = { 0 };
		struct sockaddr_in *in = (struct sockaddr_in *)&ss;
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
		bool pub;

		if (inet_pton(AF_INET, rows[i].addr, &in->sin_addr) == 1)
			ss.ss_family = AF_INET;
		else if (inet_pton(AF_INET6, rows[i].addr, &in6->sin6_addr) ==
			 1)
			ss.ss_family = AF_INET6;
		else
			fail_msg("%s is no address", rows[i].addr);
		pub = addr_is_public((struct sockaddr *)&ss);
		if (pub != rows[i].pub)
			fail_msg("%s: public %d", rows[i].addr, pub);
	}
}

static void
other_families_are_never_public(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_storage none = { .ss_family = AF_UNSPEC };

	(void)state;
	assert_false(addr_is_public((struct sockaddr *)&un));
	assert_false(addr_is_public((struct sockaddr *)&none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_block_ends_where_its_registry_says),
		cmocka_unit_test(other_families_are_never_public),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
