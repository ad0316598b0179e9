/* subscriber_priv - a subscriber seen from inside: life and batches. */
#ifndef SINK_SUBSCRIBER_PRIV_H
#define SINK_SUBSCRIBER_PRIV_H

#include "sink/subscriber.h"

struct arena;

enum sub_state {
	SUB_STATE_HELLO,
	SUB_STATE_COMMAND, /* waits for its subscription */
	SUB_STATE_STREAM,
	SUB_STATE_CLOSING, /* the last frame is on its way */
	SUB_STATE_GONE
};

struct subscriber {
	struct sub_env *env;
	int fd;
	enum sub_state state;
	bool eof;      /* the client has closed its side */
	bool readable; /* there is something to hear */

	/* The subscription. */
	struct arena *a; /* of the filter's strings */
	struct sink_filter filter;
	bool explain, follow, limited, gap_to_newest, told_caughtup;
	uint64_t limit;  /* items still to send, when limited */
	uint64_t cursor; /* last record dealt with */
	uint32_t heartbeat_s;
	int64_t sent_ms; /* monotonic */

	char *in; /* what came of the next line; NULL = nothing */
	size_t in_len;
	struct strbuf out; /* control frames, or the rest of one frame */
};

enum sent { SENT_SOME, SENT_BLOCKED, SENT_NOTHING };

/* Send the next records after the cursor; in batch.c. */
enum sent sub_send_batch(struct subscriber *sub);

bool sub_flush(struct subscriber *sub);
void sub_say_gap(struct subscriber *sub, uint64_t after_epoch, uint64_t after,
    uint64_t next, const char *reason);
void sub_say_caughtup(struct subscriber *sub);
void sub_say_bye(struct subscriber *sub, const char *reason);

#endif
