/*
 * subscriber - one client of the stream socket, as a state machine.
 *
 * Knows no event loop and no clock: it says what it waits for, and a test
 * can step it by hand over a socketpair. It owns its descriptor. There is no
 * queue: between two steps it holds a cursor and at most what is left of one
 * frame, so a client that does not read costs nothing.
 */
#ifndef SINK_SUBSCRIBER_H
#define SINK_SUBSCRIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "sink/sink.h"

struct named_set;
struct recent;
struct subscriber; /* opaque */

/* What waits for: bytes of the client; room to write (or its next turn); a
 * commit (and bytes of the client); nothing more. */
enum sub_want { SUB_READ, SUB_WRITE, SUB_WAKE, SUB_GONE };

/* Frames of one step, with the place that each leads to. */
struct batch_mark {
	size_t end; /* bytes of the batch up to and with this frame */
	uint64_t seq;
	bool item, record; /* of an item or update; of any record */
};
#define BATCH_MARKS 512
#define BATCH_BYTES ((size_t)64 << 10) /* one frame more at most */
#define BATCH_SCAN 2048                /* records looked at in a step */
#define MAX_UNACKED 1000               /* frames sent before an ack */

/* Shared by all subscribers of a sink; only one of them steps at a time. */
struct sub_env {
	struct journal *journal;
	struct recent *recent;
	struct named_set *named; /* owned; NULL = there are no names */
	const char *version;
	const char *const *(*topic_names)(void *cookie);
	void *cookie;
	uint32_t heartbeat_s;      /* default, 0 = none */
	struct sink_filter filter; /* where a client says nothing; `bound` */
	struct strbuf batch;
	struct batch_mark marks[BATCH_MARKS];
	uint64_t frames, bytes; /* sent, for status */
	/* Limits, 0 = none: lines a second, acknowledgements of what was sent
	 * apart; how long a client may take nothing. */
	uint32_t max_lines;
	int64_t max_stall_ms;
	uint64_t slow, floods; /* clients ended by these */
};

void sub_env_init(struct sub_env *env, const struct sink_context *sc);
void sub_env_fini(struct sub_env *env);

/* Takes `fd` (non-blocking). Both borrow `env`. */
struct subscriber *subscriber_new(struct sub_env *env, int fd, int64_t now_ms);
void subscriber_free(struct subscriber *sub);
/* Go as far as it goes without blocking, within a budget. */
enum sub_want subscriber_step(struct subscriber *sub, int64_t now_ms);
/* Who it is, by the kernel's word; root if never told. */
void subscriber_set_uid(struct subscriber *sub, uid_t uid);
/* Frames that it has not acknowledged. */
size_t subscriber_unacked(const struct subscriber *sub);
/* named_save() has written: confirm what was acknowledged. */
void subscriber_saved(struct subscriber *sub);
/* The client has said something, or is gone: the next step will listen. */
void subscriber_readable(struct subscriber *sub);
/* Once a second or so: heartbeat, and clients that are half gone. True when
 * it wants to be stepped. */
bool subscriber_tick(struct subscriber *sub, int64_t now_ms);
/* Say `bye` (if a frame is not stuck half-way) and be done. */
void subscriber_bye(struct subscriber *sub, const char *reason);
/* Say one fatal `error` and be done. */
void subscriber_error(
    struct subscriber *sub, const char *code, const char *message);

int subscriber_fd(const struct subscriber *sub);
/* False once the client has closed its side: reading more is in vain. */
bool subscriber_reads(const struct subscriber *sub);
/* Records behind the newest; 0 when it did not subscribe yet. */
uint64_t subscriber_lag(const struct subscriber *sub);

#endif
