/*
 * guard - which addresses the daemon may connect to.
 *
 * Pure. Asked for every address before a connection is opened, so that no
 * feed, redirect or name server can make us talk to the inside of a network.
 */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include <stdbool.h>

struct sockaddr;

/*
 * True for an address of the public Internet: IPv4 and IPv6 unicast outside
 * the special-purpose registries (RFC 6890, IANA). An IPv4 address inside an
 * IPv6 one (mapped, NAT64, 6to4) counts as itself. Any other family is false.
 */
bool addr_is_public(const struct sockaddr *sa);

#endif
