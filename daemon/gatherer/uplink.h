/* uplink - the gatherer's end of the link to the desk. */
#ifndef GATHERER_UPLINK_H
#define GATHERER_UPLINK_H

#include <jansson.h>
#include <stddef.h>

struct event_base;
struct uplink; /* opaque */

struct uplink_ops {
	/* A frame: its kind, its value (borrowed). `fd` is the descriptor that
	 * came with it, or -1; the callee's. */
	void (*frame)(
	    void *cookie, const char *kind, const json_t *value, int fd);
	/* Everything that was queued is written. */
	void (*room)(void *cookie);
	/* The desk is gone, or talks nonsense (`why`). */
	void (*down)(void *cookie, const char *why);
};

/* Borrows `fd`, non-blocking. */
struct uplink *uplink_new(struct event_base *base, int fd,
    const struct uplink_ops *ops, void *cookie);
void uplink_free(struct uplink *ul);
/* Queue a frame; takes the reference. */
void uplink_send(struct uplink *ul, json_t *frame);
/* Queue a frame that is a line already, without newline; takes it. */
void uplink_send_line(struct uplink *ul, char *line);
/* Bytes that are still to be written. */
size_t uplink_pending(const struct uplink *ul);
/* Write what goes now; what is left is written from the loop. */
void uplink_flush(struct uplink *ul);

#endif
