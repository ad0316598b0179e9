/* guard.c - which addresses the daemon may connect to. */
#include "net/guard.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "base/macros.h"

/* A block of addresses: the first `bits` bits of `addr`. */
struct block4 {
	uint32_t addr;
	unsigned int bits;
};
struct block6 {
	uint8_t addr[16];
	unsigned int bits;
	int v4_at; /* byte where an IPv4 address begins that decides instead;
		      -1 = the block is refused */
};

#define V4(a, b, c, d)                                                         \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 |      \
	    (uint32_t)(d))

/* IANA IPv4 Special-Purpose Address Registry, multicast and class E. */
static const struct block4 refused4[] = {
	{ V4(0, 0, 0, 0), 8 },       /* "this network" */
	{ V4(10, 0, 0, 0), 8 },      /* RFC 1918 */
	{ V4(100, 64, 0, 0), 10 },   /* carrier NAT, RFC 6598 */
	{ V4(127, 0, 0, 0), 8 },     /* loopback */
	{ V4(169, 254, 0, 0), 16 },  /* link-local; clouds' metadata */
	{ V4(172, 16, 0, 0), 12 },   /* RFC 1918 */
	{ V4(192, 0, 0, 0), 24 },    /* IETF protocol assignments */
	{ V4(192, 0, 2, 0), 24 },    /* documentation */
	{ V4(192, 88, 99, 0), 24 },  /* 6to4 relays, RFC 7526 */
	{ V4(192, 168, 0, 0), 16 },  /* RFC 1918 */
	{ V4(198, 18, 0, 0), 15 },   /* benchmarks, RFC 2544 */
	{ V4(198, 51, 100, 0), 24 }, /* documentation */
	{ V4(203, 0, 113, 0), 24 },  /* documentation */
	{ V4(224, 0, 0, 0), 3 },     /* multicast, class E, broadcast */
};

/* The first block that holds an address decides; see also the end of
 * addr6_is_public(): outside 2000::/3 nothing is public. */
static const struct block6 blocks6[] = {
	/* ::ffff:0:0/96, IPv4-mapped */
	{ { [10] = 0xff, [11] = 0xff }, 96, 12 },
	/* 64:ff9b::/96, NAT64 of RFC 6052 */
	{ { 0x00, 0x64, 0xff, 0x9b }, 96, 12 },
	/* 2001::/23, IETF protocol assignments: Teredo, ORCHID, benchmarks */
	{ { 0x20, 0x01 }, 23, -1 },
	/* 2001:db8::/32, documentation */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, -1 },
	/* 2002::/16, 6to4 */
	{ { 0x20, 0x02 }, 16, 2 },
	/* 3fff::/20, documentation, RFC 9637 */
	{ { 0x3f, 0xff }, 20, -1 },
};

static bool
addr4_is_public(uint32_t addr)
{
	for (size_t i = 0; i < ARRAY_LEN(refused4); i++) {
		uint32_t mask = ~(uint32_t)0 << (32 - refused4[i].bits);

		if ((addr & mask) == refused4[i].addr)
			return false;
	}
	return true;
}

static bool
block6_holds(const struct block6 *b, const uint8_t a[16])
{
	unsigned int bytes = b->bits / 8, rest = b->bits % 8;

	if (memcmp(a, b->addr, bytes) != 0)
		return false;
	return rest == 0 || (a[bytes] ^ b->addr[bytes]) >> (8 - rest) == 0;
}

static bool
addr6_is_public(const uint8_t a[16])
{
	for (size_t i = 0; i < ARRAY_LEN(blocks6); i++) {
		const uint8_t *v4;

		if (!block6_holds(&blocks6[i], a))
			continue;
		if (blocks6[i].v4_at == -1)
			return false;
		v4 = a + blocks6[i].v4_at;
		return addr4_is_public(V4(v4[0], v4[1], v4[2], v4[3]));
	}
	/* Only 2000::/3 is global unicast so far: loopback, fc00::/7,
	 * fe80::/10, multicast and whatever comes later are outside. */
	return a[0] >> 5 == 1;
}

bool
addr_is_public(const struct sockaddr *sa)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (sa->sa_family) {
	case AF_INET:
		memcpy(&in, sa, sizeof(in));
		return addr4_is_public(ntohl(in.sin_addr.s_addr));
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		return addr6_is_public(in6.sin6_addr.s6_addr);
	default:
		return false;
	}
}
