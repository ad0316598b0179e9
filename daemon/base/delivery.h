/*
 * delivery - one message for the network: what a sink asks, and what net does.
 *
 * Sinks know no network and net knows no sinks; the desk hands the one the
 * functions of the other.
 */
#ifndef BASE_DELIVERY_H
#define BASE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum delivery_tls {
	DELIVERY_TLS_URL, /* as the scheme says; certificates are verified */
	DELIVERY_TLS_TRY, /* STARTTLS where offered, any certificate */
	DELIVERY_TLS_MUST /* STARTTLS, verified */
};

struct delivery {        /* all borrowed until it is over */
	const char *url; /* http, https; smtp, smtps when `from` is set */
	bool allow_private;
	uint32_t timeout_ms;         /* of everything */
	const char *const *headers;  /* "Name: value"; NULL-terminated */
	const char *from;            /* a mail; NULL = a POST */
	const char *const *to;       /* NULL-terminated */
	const char *user, *password; /* of the mail server; NULL */
	enum delivery_tls tls;
	const char *body; /* a mail's has CRLF line ends */
	size_t len;
};

struct delivery_answer {
	uint32_t status;        /* of HTTP or SMTP; 0 = there was none */
	uint32_t retry_after_s; /* that the server asked for; 0 = did not */
	bool good;              /* it is taken */
	bool login;             /* mail: refused before this message counted */
	char why[200];          /* printable ASCII; when good: "", or what is
				   wrong with it all the same */
};

struct delivery_flight; /* one under way */
/* From the loop, never from inside start(). The flight is gone. */
typedef void delivery_cb(void *cookie, const struct delivery_answer *a);

struct delivery_ops {
	struct delivery_flight *(*start)(
	    void *net, const struct delivery *d, delivery_cb *cb, void *cookie);
	/* No callback; NULL is allowed. */
	void (*cancel)(struct delivery_flight *f);
};

#endif
