/*
 * pin - the addresses that libcurl may use for a host, so that what was
 * checked is what is used and it never asks a name server.
 */
#ifndef NET_PIN_H
#define NET_PIN_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct resolver_answer;

/*
 * A line for CURLOPT_RESOLVE with the addresses of `a` that may be used; NULL
 * for a numeric host, which needs none. *n: how many may be used.
 */
struct curl_slist *pin_addresses(const char *host, uint16_t port,
    const struct resolver_answer *a, bool allow_private, size_t *n);
/*
 * For CURLOPT_OPENSOCKETFUNCTION: the last look at an address before it is
 * used, in every hop and every try. A socket that does not block; or
 * CURL_SOCKET_BAD, with *blocked set when the address may not be used.
 */
curl_socket_t pin_socket(curlsocktype purpose, const struct curl_sockaddr *addr,
    bool allow_private, bool *blocked);

#endif
