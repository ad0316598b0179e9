/* listenat.c - where a service of this machine listens. */
#include "base/listenat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/unixsock.h"

#define BACKLOG 16
#define EXPECTED "expected 127.0.0.1:PORT, [::1]:PORT or unix:/PATH"

bool
listenat_is_local(const struct sockaddr *sa)
{
	static const struct in6_addr self = IN6ADDR_LOOPBACK_INIT;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	switch (sa->sa_family) {
	case AF_UNIX:
		return true;
	case AF_INET:
		memcpy(&in, sa, sizeof(in));
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	case AF_INET6:
		memcpy(&in6, sa, sizeof(in6));
		return memcmp(&in6.sin6_addr, &self, sizeof(self)) == 0;
	default:
		return false;
	}
}

static uint16_t
port_of(const struct sockaddr_storage *ss)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (ss->ss_family == AF_INET) {
		memcpy(&in, ss, sizeof(in));
		return ntohs(in.sin_port);
	}
	memcpy(&in6, ss, sizeof(in6));
	return ntohs(in6.sin6_port);
}

bool
listenat_parse(
    const char *text, struct listenat *la, char *why, size_t why_size)
{
	int len = sizeof(la->sa);

	*la = (struct listenat){ 0 };
	if (strncmp(text, "unix:", 5) == 0) {
		la->path = text + 5;
		if (la->path[0] == '/' && strlen(la->path) <= UNIXSOCK_PATH_MAX)
			return true;
		snprintf(why, why_size,
		    "\"%.120s\"; expected unix: and an absolute path of at "
		    "most %d bytes",
		    text, UNIXSOCK_PATH_MAX);
		return false;
	}
	if (evutil_parse_sockaddr_port(
		text, (struct sockaddr *)&la->sa, &len) == -1) {
		snprintf(why, why_size, "\"%.60s\"; " EXPECTED, text);
		return false;
	}
	la->sa_len = (socklen_t)len;
	if (!listenat_is_local((struct sockaddr *)&la->sa)) {
		snprintf(why, why_size,
		    "\"%.60s\" is not of this machine alone; " EXPECTED
		    ", and a proxy before it for others",
		    text);
		return false;
	}
	if (port_of(&la->sa) == 0) {
		snprintf(
		    why, why_size, "\"%.60s\" has no port; " EXPECTED, text);
		return false;
	}
	return true;
}

int
listenat_open(const struct listenat *la)
{
	int on = 1, err, fd;

	fd = socket(
	    la->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&la->sa, la->sa_len) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}
