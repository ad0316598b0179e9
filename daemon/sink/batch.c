/* batch.c - records after a subscriber's cursor, sent with one send(2). */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "sink/recent.h"
#include "sink/subscriber_priv.h"

/* A batch while it is put together in env->batch. */
struct batch {
	struct subscriber *sub;
	struct sink_filter filter;
	size_t nmarks;
	uint64_t scanned; /* last record looked at */
	size_t budget;    /* records still to look at */
	uint64_t items;
};

#define NO_RECORD (-1) /* the frame of a gap */

static void
mark(struct batch *b, uint64_t seq, int kind)
{
	struct sub_env *env = b->sub->env;
	bool item = kind == RECORD_ITEM || kind == RECORD_UPDATE;

	env->marks[b->nmarks++] = (struct batch_mark){ .end = env->batch.len,
		.seq = seq,
		.item = item,
		.record = kind != NO_RECORD };
	b->items += item;
}

static bool
full(const struct batch *b)
{
	const struct subscriber *sub = b->sub;

	/* One record may take two marks: a gap and itself. */
	return b->budget == 0 || b->nmarks + 2 > BATCH_MARKS ||
	       sub->env->batch.len >= BATCH_BYTES ||
	       (sub->limited && b->items >= sub->limit) ||
	       (sub->ack && sub->nunacked + b->nmarks + 2 > MAX_UNACKED);
}

/* Records from `from` on up to `next` (not with it) cannot be had. */
static void
put_gap(struct batch *b, uint64_t next, const char *reason)
{
	struct sub_env *env = b->sub->env;
	uint64_t epoch = env->journal->epoch;

	sink_frame_gap(&env->batch, epoch, epoch, b->scanned, next, reason);
	strbuf_putc(&env->batch, '\n');
	mark(b, next - 1, NO_RECORD);
	b->scanned = next - 1;
}

/* `frame` is the shared encoding, NULL when there is none. */
static void
put_record(struct batch *b, const struct record *r, const char *frame,
    size_t frame_len)
{
	struct subscriber *sub = b->sub;
	struct strbuf *out = &sub->env->batch;
	size_t start = out->len;
	int rc;

	b->budget--;
	if (r->seq > b->scanned + 1)
		put_gap(b, r->seq, "damaged");
	if (r->damaged) {
		put_gap(b, r->seq + 1, "damaged");
		return;
	}
	b->scanned = r->seq;
	if (!sink_filter_match(&b->filter, r))
		return;
	if (sub->explain && r->explain != NULL)
		rc = sink_frame_explain(out, r, sub->env->journal->epoch);
	else if (frame != NULL && sub->fields == NULL) {
		strbuf_append(out, frame, frame_len);
		mark(b, r->seq, r->kind);
		return;
	} else if (frame != NULL)
		rc = strbuf_append(out, frame, frame_len - 1);
	else
		rc = sink_frame(out, r, sub->env->journal->epoch);
	if (rc == 0 && sub->fields != NULL)
		rc = sub_thin_frame(out, start, sub->fields);
	if (rc == -1) { /* no frame of ours: longer than a line may be */
		strbuf_trunc(out, start);
		b->scanned = r->seq - 1;
		put_gap(b, r->seq + 1, "damaged");
		return;
	}
	strbuf_putc(out, '\n');
	mark(b, r->seq, r->kind);
}

static int
put_cb(void *cookie, const struct record *r)
{
	struct batch *b = cookie;

	put_record(b, r, NULL, 0);
	return full(b);
}

/* From the ring where it reaches, else from the journal. */
static int
collect(struct batch *b)
{
	struct sub_env *env = b->sub->env;
	const struct recent_entry *e;
	struct journal *j = env->journal;

	if (recent_get(env->recent, b->scanned + 1) == NULL)
		return j->ops->read(j, b->scanned, 256, put_cb, b) == -1 ? -1
									 : 0;
	while (
	    !full(b) && (e = recent_get(env->recent, b->scanned + 1)) != NULL)
		put_record(b, &e->r, e->frame, e->frame_len);
	return 0;
}

/*
 * `n` bytes of the batch were taken: move the cursor behind the last frame
 * that left, and keep the rest of the frame that was cut. Frames that did
 * not leave are forgotten: they are read again when there is room.
 */
static void
settle(struct batch *b, size_t n)
{
	struct subscriber *sub = b->sub;
	struct sub_env *env = sub->env;
	size_t start = 0;

	for (size_t i = 0; i < b->nmarks; i++) {
		const struct batch_mark *m = &env->marks[i];

		if (n <= start)
			return;
		sub->cursor = m->seq;
		if (m->item && sub->limited)
			sub->limit--;
		if (m->record && sub->ack)
			sub->unacked[(sub->first_unacked + sub->nunacked++) %
				     MAX_UNACKED] = m->seq;
		env->frames++;
		if (n < m->end) {
			strbuf_append(
			    &sub->out, env->batch.data + n, m->end - n);
			return;
		}
		start = m->end;
	}
	sub->cursor = b->scanned; /* those the filter left out, too */
}

static enum sent
flush_batch(struct batch *b)
{
	struct subscriber *sub = b->sub;
	struct strbuf *out = &sub->env->batch;
	ssize_t n = 0;

	if (out->len > 0) {
		do
			n = send(sub->fd, out->data, out->len,
			    MSG_NOSIGNAL | MSG_DONTWAIT);
		while (n == -1 && errno == EINTR);
		if (n == -1 && errno != EAGAIN) {
			sub->state = SUB_STATE_GONE;
			return SENT_SOME;
		}
		if (n == -1)
			return SENT_BLOCKED;
		sub->env->bytes += (uint64_t)n;
	}
	settle(b, (size_t)n);
	return (size_t)n < out->len ? SENT_BLOCKED : SENT_SOME;
}

/* Nothing is left to send: say so once, and end what does not follow. */
static enum sent
caught_up(struct subscriber *sub)
{
	/* Who polls and acknowledges can do so before it ends. */
	if (!sub->follow && sub->told_caughtup && sub->nunacked == 0) {
		sub_say_bye(sub, "end");
		return SENT_SOME;
	}
	if (!sub->told_caughtup) {
		sub_say_caughtup(sub);
		if (!sub->follow && sub->nunacked == 0)
			sub_say_bye(sub, "end");
		return SENT_SOME;
	}
	return SENT_NOTHING;
}

enum sent
sub_send_batch(struct subscriber *sub)
{
	struct journal *j = sub->env->journal;
	struct batch b = { .sub = sub, .budget = BATCH_SCAN };
	uint64_t oldest, newest;
	enum sent sent;

	if (sub->limited && sub->limit == 0) {
		if (sub->nunacked > 0)
			return SENT_NOTHING;
		sub_say_bye(sub, "limit");
		return SENT_SOME;
	}
	if (sub->ack && sub->nunacked + 2 > MAX_UNACKED)
		return SENT_NOTHING; /* until it acknowledges some */
	if (j->ops->bounds(j, &oldest, &newest) == -1)
		goto trouble;
	if (sub->cursor + 1 < oldest) { /* retention has passed it */
		sub_say_gap(sub, j->epoch, sub->cursor,
		    sub->gap_to_newest ? newest + 1 : oldest, "retention");
		return SENT_SOME;
	}
	if (sub->cursor >= newest)
		return caught_up(sub);
	strbuf_reset(&sub->env->batch);
	b.filter = sub->filter;
	if (b.filter.topics == NULL)
		b.filter.topics = sub->env->filter.topics;
	b.filter.bound = sub->env->filter.bound;
	b.filter.sink = sub->env->filter.sink;
	b.scanned = sub->cursor;
	if (collect(&b) == -1)
		goto trouble;
	if (b.scanned == sub->cursor) /* they all are gone, up to the newest */
		put_gap(&b, newest + 1, "damaged");
	sent = flush_batch(&b);
	strbuf_reset(&sub->env->batch);
	return sent;
trouble:
	subscriber_error(sub, "journal", j->error);
	return SENT_SOME;
}
