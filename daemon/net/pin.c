/* pin.c - the addresses that libcurl may use for a host. */
#include "net/pin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/strbuf.h"
#include "net/guard.h"
#include "net/resolver.h"

struct curl_slist *
pin_addresses(const char *host, uint16_t port, const struct resolver_answer *a,
    bool allow_private, size_t *n)
{
	struct curl_slist *pins = NULL;
	struct strbuf pin;
	struct in_addr in;
	bool numeric =
	    strchr(host, ':') != NULL || inet_pton(AF_INET, host, &in) == 1;

	*n = 0;
	strbuf_init(&pin, 4096);
	strbuf_printf(&pin, "%s:%u:", host, port);
	for (size_t i = 0; i < a->naddrs; i++) {
		const struct sockaddr *sa = (const void *)&a->addrs[i];
		const struct sockaddr_in *in4 = (const void *)sa;
		const struct sockaddr_in6 *in6 = (const void *)sa;
		char text[INET6_ADDRSTRLEN];

		if (!allow_private && !addr_is_public(sa))
			continue;
		if (sa->sa_family == AF_INET)
			inet_ntop(AF_INET, &in4->sin_addr, text, sizeof(text));
		else
			inet_ntop(
			    AF_INET6, &in6->sin6_addr, text, sizeof(text));
		strbuf_printf(&pin,
		    sa->sa_family == AF_INET ? "%s%s" : "%s[%s]",
		    *n > 0 ? "," : "", text);
		(*n)++;
	}
	if (*n > 0 && !numeric)
		pins = curl_slist_append(NULL, pin.data);
	strbuf_fini(&pin);
	return pins;
}

curl_socket_t
pin_socket(curlsocktype purpose, const struct curl_sockaddr *addr,
    bool allow_private, bool *blocked)
{
	if (purpose != CURLSOCKTYPE_IPCXN ||
	    (!allow_private && !addr_is_public(&addr->addr))) {
		*blocked = true;
		return CURL_SOCKET_BAD;
	}
	return socket(addr->family,
	    addr->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, addr->protocol);
}
