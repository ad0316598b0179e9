/* subscriber_limits.c - clients that say too much, or take nothing. */
#include <sys/socket.h>

#include "sink/subscriber_priv.h"

/* What is saved up of lines that were not said: so many seconds of them. */
#define BURST_S 10
/* The end of what it was sent, and `bye`, go into the kernel beyond its room;
 * more than this is not left there for who does not read. */
#define FAREWELL_BYTES ((size_t)64 << 10)

bool
sub_may_say(struct subscriber *sub)
{
	const uint64_t line = 1000, max = sub->env->max_lines;
	int64_t past = sub->now_ms - sub->lines_ms;

	if (max == 0)
		return true;
	if (sub->lines_ms == 0)
		sub->lines = BURST_S * max * line;
	else /* a thousandth of a line for each of a second, `max` times */
		sub->lines = MIN(sub->lines + (uint64_t)MAX(past, 0) * max,
		    BURST_S * max * line);
	sub->lines_ms = MAX(sub->now_ms, 1);
	if (sub->lines < line)
		return false;
	sub->lines -= line;
	return true;
}

void
sub_see_stuck(struct subscriber *sub, bool blocked, bool moved)
{
	if (!blocked)
		sub->stuck_ms = 0;
	else if (moved || sub->stuck_ms == 0)
		sub->stuck_ms = MAX(sub->now_ms, 1);
}

/*
 * The buffer of its socket is full, so that no `bye` fits: make room for what
 * is left of a frame and for that, if it is not too much. A frame that cannot
 * be ended comes again to who has a name.
 */
static void
say_slow(struct subscriber *sub)
{
	int room = 0;
	socklen_t len = sizeof(room);

	if (sub->out.len <= FAREWELL_BYTES &&
	    getsockopt(sub->fd, SOL_SOCKET, SO_SNDBUF, &room, &len) == 0) {
		room += (int)(sub->out.len + FAREWELL_BYTES);
		(void)setsockopt(
		    sub->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
		if (sub->state < SUB_STATE_CLOSING)
			subscriber_bye(sub, "slow");
		else
			(void)sub_flush(sub);
	}
	if (sub->out.len > 0 && sub->cursor > 0)
		sub->cursor--;
	sub_leave_name(sub);
	sub->env->slow++;
	sub->state = SUB_STATE_GONE;
}

bool
sub_end_stuck(struct subscriber *sub, int64_t now_ms)
{
	if (sub->env->max_stall_ms == 0 || sub->stuck_ms == 0 ||
	    now_ms - sub->stuck_ms < sub->env->max_stall_ms)
		return false;
	say_slow(sub);
	return true;
}
