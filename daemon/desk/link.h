/*
 * link - frames between the desk and one gatherer (pipeline/poll.h).
 *
 * Both ends always read, so neither can block the other for long.
 */
#ifndef DESK_LINK_H
#define DESK_LINK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct event_base;
struct link; /* opaque */

struct link_ops {
	/* A frame came: its kind, its value (borrowed), its bytes. */
	void (*frame)(
	    void *cookie, const char *kind, const json_t *value, size_t len);
	/* The other end closed, or broke the rules (`why`). Called once;
	 * nothing is read or written any more. */
	void (*down)(void *cookie, const char *why);
	/* Everything queued has been written. */
	void (*room)(void *cookie);
};

/* Takes the descriptor. */
struct link *link_new(struct event_base *base, int fd,
    const struct link_ops *ops, void *cookie) MUST_CHECK;
/* Not from a callback of this link. */
void link_free(struct link *lk);
/* Queue a frame; takes the reference. A link that is down drops it. */
void link_send(struct link *lk, json_t *frame);
/*
 * Write all that is queued, then the frame with a descriptor (which stays the
 * caller's), waiting at most 5 s. Takes the reference.
 */
void link_send_fd(struct link *lk, json_t *frame, int fd);
/* The other end has died: take what it had still sent, to the end. */
void link_drain(struct link *lk);
size_t link_pending(const struct link *lk);

#endif
