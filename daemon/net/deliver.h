/*
 * deliver - send one message out: an HTTP POST, or a mail by SMTP.
 *
 * The name is resolved by ourselves and the addresses are pinned, as for a
 * fetch; no redirect is followed, no proxy used. One try: who wants more
 * tries again.
 */
#ifndef NET_DELIVER_H
#define NET_DELIVER_H

#include "base/delivery.h"

struct deliverer; /* opaque: what deliveries share */
struct event_base;
struct resolver;

/* `r` is borrowed; the texts are copied. */
struct deliverer *deliverer_new(struct event_base *base, struct resolver *r,
    const char *user_agent, const char *ca_file);
/* For deliveries from now on. */
void deliverer_set(
    struct deliverer *dl, const char *user_agent, const char *ca_file);
/* All deliveries must be over or cancelled. */
void deliverer_free(struct deliverer *dl);

/* `net` is the deliverer. */
extern const struct delivery_ops deliver_ops;

#endif
