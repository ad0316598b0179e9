/* subscriber_priv - a subscriber seen from inside: life and batches. */
#ifndef SINK_SUBSCRIBER_PRIV_H
#define SINK_SUBSCRIBER_PRIV_H

#include "sink/named.h"
#include "sink/subscriber.h"

struct arena;
struct request;

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
	const char *const *fields;
	struct named *named; /* NULL = nobody keeps its place */
	bool ack;            /* it acknowledges what it got */
	uint64_t *unacked;   /* with ack: sent, oldest at `first`, a ring */
	size_t nunacked, first_unacked;
	bool ack_owed;     /* what is acknowledged is not yet confirmed: */
	uint64_t ack_told; /* up to here; 0 is a place, too */
	uid_t uid;
	uint64_t limit;  /* items still to send, when limited */
	uint64_t cursor; /* last record dealt with */
	uint32_t heartbeat_s;
	int64_t sent_ms;  /* monotonic */
	int64_t now_ms;   /* of this step, monotonic */
	int64_t stuck_ms; /* since when it takes nothing; 0 = it does */
	uint64_t lines;   /* that it may say now, in thousandths */
	int64_t lines_ms; /* when that was so; 0 = it said none */

	char *in; /* what came of the next line; NULL = nothing */
	size_t in_len;
	struct strbuf out; /* control frames, or the rest of one frame */
};

enum sent { SENT_SOME, SENT_BLOCKED, SENT_NOTHING };

/* Send the next records after the cursor; in batch.c. */
enum sent sub_send_batch(struct subscriber *sub);

/* The frame at `start` of `out` to its end, with these members alone. */
int sub_thin_frame(
    struct strbuf *out, size_t start, const char *const *fields) MUST_CHECK;
/* Queue a control frame (taken); with the cursor where that is a place to
 * resume. */
void sub_say(struct subscriber *sub, json_t *frame, bool with_cursor);
json_t *sub_place(uint64_t epoch, uint64_t seq); /* a cursor */

/* subscriber_name.c */
/* What its name keeps is what it has done with by now. */
void sub_keep_place(struct subscriber *sub);
void sub_leave_name(struct subscriber *sub);
/* Where it goes on, if its name is known and it names no cursor. */
void sub_kept_place(struct subscriber *sub, struct request *rq);
/*
 * Take the name, from whoever has it on another connection; a new one begins
 * at the cursor. -1: an error was said.
 */
int sub_take_name(struct subscriber *sub, const struct request *rq) MUST_CHECK;
void sub_take_ack(struct subscriber *sub, const struct request *rq);
void sub_forget(struct subscriber *sub, const char *name);

/* subscriber_limits.c */
/* It has said a line that it did not have to: may it? */
bool sub_may_say(struct subscriber *sub);
/* A step ended: there was no room for more; some bytes went. */
void sub_see_stuck(struct subscriber *sub, bool blocked, bool moved);
/* Has it taken nothing for too long? Then it is gone. */
bool sub_end_stuck(struct subscriber *sub, int64_t now_ms);

bool sub_flush(struct subscriber *sub);
void sub_say_gap(struct subscriber *sub, uint64_t after_epoch, uint64_t after,
    uint64_t next, const char *reason);
void sub_say_caughtup(struct subscriber *sub);
void sub_say_bye(struct subscriber *sub, const char *reason);

#endif
