/*
 * listenat - where a service of this machine listens: loopback or a socket.
 *
 * "127.0.0.1:9180", "[::1]:9180" or "unix:/run/wiresift/http.sock". What
 * other machines could reach is refused.
 */
#ifndef BASE_LISTENAT_H
#define BASE_LISTENAT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/macros.h"

struct listenat {
	const char *path; /* of a UNIX socket, inside the text; NULL = TCP */
	struct sockaddr_storage sa;
	socklen_t sa_len;
};

/* False: `why` tells what is wrong and what was expected. */
bool listenat_parse(const char *text, struct listenat *la, char *why,
    size_t why_size) MUST_CHECK;
/* A UNIX address, or one of this machine alone. */
bool listenat_is_local(const struct sockaddr *sa);
/* Listening, non-blocking, close-on-exec; for TCP. -1 with errno. */
int listenat_open(const struct listenat *la) MUST_CHECK;

#endif
