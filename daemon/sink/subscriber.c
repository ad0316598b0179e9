/* subscriber.c - the life of a client: hello, commands, control frames. */
#include "sink/subscriber.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "sink/recent.h"
#include "sink/request.h"
#include "sink/subscriber_priv.h"

#define STEP_BUDGET 4 /* batches of one step */
#define HELLO_MAX_TOPICS 2000
#define RETRY_MS 1500 /* told in `bye` */
/* Records that were not for it may pass before its place is renewed. */
#define LAZY 256U

void
sub_env_init(struct sub_env *env, const struct sink_context *sc)
{
	memset(env, 0, sizeof(*env));
	env->journal = sc->journal;
	env->recent = recent_new(sc->journal, 4096, (size_t)4 << 20);
	env->version = sc->version;
	env->topic_names = sc->topic_names;
	env->cookie = sc->cookie;
	env->heartbeat_s = sc->heartbeat_s;
	env->filter.min = TOPIC_ABOUT;
	env->filter.feed_name = sc->feed_name;
	env->filter.cookie = sc->cookie;
	strbuf_init(&env->batch, BATCH_BYTES + RECORD_MAX_BYTES + 1024);
}

void
sub_env_fini(struct sub_env *env)
{
	recent_free(env->recent);
	named_free(env->named);
	strbuf_fini(&env->batch);
}

/* Queue a control frame; with the cursor where that is a place to resume. */
void
sub_say(struct subscriber *sub, json_t *frame, bool with_cursor)
{
	char cursor[CURSOR_MAX];

	if (with_cursor) {
		cursor_format(sub->env->journal->epoch, sub->cursor, cursor);
		json_object_set_new(frame, "cursor", json_string(cursor));
	}
	if (item_json_line(&sub->out, frame) == -1 ||
	    strbuf_putc(&sub->out, '\n') == -1)
		sub->state = SUB_STATE_GONE; /* cannot be: they are small */
	json_decref(frame);
}

json_t *
sub_place(uint64_t epoch, uint64_t seq)
{
	char text[CURSOR_MAX];

	cursor_format(epoch, seq, text);
	return json_string(text);
}

/*
 * The first frame. It carries no cursor: a client that stores every cursor
 * would otherwise forget its place before it could say it.
 */
static void
say_hello(struct subscriber *sub)
{
	struct sub_env *env = sub->env;
	const char *const *names = env->topic_names(env->cookie);
	uint64_t oldest = 0, newest = 0, epoch = env->journal->epoch;
	json_t *topics = json_array(), *hello;

	env->journal->ops->bounds(env->journal, &oldest, &newest);
	for (size_t i = 0;
	     names != NULL && names[i] != NULL && i < HELLO_MAX_TOPICS; i++)
		json_array_append_new(topics, json_string(names[i]));
	hello = json_pack("{s:i, s:o, s:o, s:o, s:o, s:i, s:i}", "proto", 1,
	    "server", json_sprintf("wiresift/%s", env->version), "oldest",
	    sub_place(epoch, oldest), "newest", sub_place(epoch, newest),
	    "topics", topics, "heartbeat", (int)env->heartbeat_s, "max_line",
	    (int)RECORD_MAX_BYTES);
	sub_say(sub, json_pack("{s:o}", "hello", hello), false);
}

struct subscriber *
subscriber_new(struct sub_env *env, int fd, int64_t now_ms)
{
	struct subscriber *sub = xcalloc(1, sizeof(*sub));

	sub->env = env;
	sub->fd = fd;
	sub->sent_ms = now_ms;
	strbuf_init(&sub->out, RECORD_MAX_BYTES * 2);
	return sub;
}

void
subscriber_free(struct subscriber *sub)
{
	if (sub == NULL)
		return;
	sub_leave_name(sub);
	close(sub->fd);
	strbuf_fini(&sub->out);
	arena_free(sub->a);
	free(sub->in);
	free(sub);
}

void
subscriber_error(struct subscriber *sub, const char *code, const char *message)
{
	sub_say(sub,
	    json_pack("{s:{s:s, s:s, s:b}}", "error", "code", code, "message",
		message, "fatal", 1),
	    false);
	sub->state = SUB_STATE_CLOSING;
}

void
sub_say_bye(struct subscriber *sub, const char *reason)
{
	sub_say(sub,
	    json_pack("{s:{s:s, s:i}}", "bye", "reason", reason, "retry_ms",
		RETRY_MS),
	    true);
	sub->state = SUB_STATE_CLOSING;
}

void
subscriber_bye(struct subscriber *sub, const char *reason)
{
	if (sub->state == SUB_STATE_STREAM)
		sub_say_bye(sub, reason);
	else if (sub->state == SUB_STATE_COMMAND) {
		sub_say(sub,
		    json_pack("{s:{s:s, s:i}}", "bye", "reason", reason,
			"retry_ms", RETRY_MS),
		    false);
		sub->state = SUB_STATE_CLOSING;
	}
	sub_flush(sub);
}

void
sub_say_caughtup(struct subscriber *sub)
{
	sub_say(sub, json_pack("{s:{}}", "caughtup"), true);
	sub->told_caughtup = true;
}

/* What lies between the cursor and `next` will not come. */
void
sub_say_gap(struct subscriber *sub, uint64_t after_epoch, uint64_t after,
    uint64_t next, const char *reason)
{
	sink_frame_gap(&sub->out, sub->env->journal->epoch, after_epoch, after,
	    next, reason);
	strbuf_putc(&sub->out, '\n');
	sub->cursor = next - 1;
}

/* A cursor of the client's: of another journal, behind ours, or good. */
static void
start_after(struct subscriber *sub, const struct request *rq, uint64_t oldest,
    uint64_t newest)
{
	uint64_t epoch = sub->env->journal->epoch;
	uint64_t resume = sub->gap_to_newest ? newest + 1 : MAX(oldest, 1U);

	if (rq->epoch != epoch)
		sub_say_gap(sub, rq->epoch, rq->seq, resume, "epoch");
	else if (rq->seq > newest) /* as after a restored backup */
		sub_say_gap(sub, epoch, rq->seq, newest + 1, "ahead");
	else
		sub->cursor = rq->seq; /* retention: seen when reading */
}

struct seek {
	int64_t at_ms;
	uint64_t seq;
};

static int
seek_cb(void *cookie, const struct record *r)
{
	struct seek *s = cookie;

	s->at_ms = r->at_ms;
	s->seq = r->seq;
	return 0;
}

/* The place before the first record that is not older: times grow. */
static uint64_t
place_of_time(struct journal *j, uint64_t oldest, uint64_t newest, int64_t ms)
{
	uint64_t low = MAX(oldest, 1U), high = newest + 1;

	while (low < high) {
		struct seek s = { 0, 0 };
		uint64_t mid = low + (high - low) / 2;

		if (j->ops->read(j, mid - 1, 1, seek_cb, &s) == -1)
			break;
		if (s.seq == 0 || s.at_ms >= ms)
			high = mid;
		else
			low = s.seq + 1;
	}
	return low - 1;
}

static void
subscribe(struct subscriber *sub, struct request *rq)
{
	uint64_t oldest, newest;

	if (sub->env->journal->ops->bounds(
		sub->env->journal, &oldest, &newest) == -1) {
		subscriber_error(sub, "journal", sub->env->journal->error);
		return;
	}
	sub_leave_name(sub); /* of the subscription before */
	if (rq->name != NULL)
		sub_kept_place(sub, rq);
	sub->filter = rq->filter;
	sub->fields = rq->fields;
	sub->explain = rq->explain;
	sub->follow = rq->follow;
	sub->limited = rq->limit > 0;
	sub->limit = rq->limit;
	sub->gap_to_newest = rq->gap_to_newest;
	sub->told_caughtup = false;
	if (rq->heartbeat_s >= 0)
		sub->heartbeat_s = (uint32_t)rq->heartbeat_s;
	else if (sub->state == SUB_STATE_COMMAND)
		sub->heartbeat_s = sub->env->heartbeat_s;
	switch (rq->start) {
	case START_LIVE:
		if (sub->state == SUB_STATE_COMMAND)
			sub->cursor = newest;
		break;
	case START_NEWEST:
		sub->cursor = newest;
		break;
	case START_OLDEST:
		sub->cursor = MAX(oldest, 1U) - 1;
		break;
	case START_AFTER:
		start_after(sub, rq, oldest, newest);
		break;
	case START_SINCE:
		sub->cursor = place_of_time(
		    sub->env->journal, oldest, newest, rq->since_ms);
		break;
	}
	if (rq->name != NULL && sub_take_name(sub, rq) == -1)
		return;
	sub->state = SUB_STATE_STREAM;
}

/* A whole line waits in `in`. */
static bool
has_line(const struct subscriber *sub)
{
	return sub->in != NULL && memchr(sub->in, '\n', sub->in_len) != NULL;
}

/* A line that it could have left unsaid. */
static void
count_line(struct subscriber *sub)
{
	if (sub->state >= SUB_STATE_CLOSING || sub_may_say(sub))
		return;
	sub->env->floods++;
	sub_leave_name(sub);
	subscriber_bye(sub, "flood");
}

/* True when it may have cost a commit: others come first then. */
static bool
take_line(struct subscriber *sub, const char *line, size_t len)
{
	struct sub_env *env = sub->env;
	struct arena *a = arena_new(1024);
	struct sink_filter base = env->filter;
	struct request rq;
	struct request_error err;
	size_t unacked = sub->nunacked;

	/* These are looked up when sending: a reload may change them. */
	base.topics = base.bound = NULL;
	if (request_parse(line, len, a, &base, env->topic_names(env->cookie),
		&rq, &err) == -1)
		subscriber_error(sub, err.code, err.message);
	else if (rq.kind == REQUEST_SUBSCRIBE) {
		subscribe(sub, &rq);
		arena_free(sub->a); /* of the subscription before */
		sub->a = a;
		count_line(sub);
		return rq.name != NULL;
	} else if (rq.kind == REQUEST_ACK)
		sub_take_ack(sub, &rq);
	else if (rq.kind == REQUEST_FORGET)
		sub_forget(sub, rq.name);
	else if (rq.kind == REQUEST_PING)
		sub_say(sub, json_pack("{s:{}}", "pong"),
		    sub->state == SUB_STATE_STREAM);
	arena_free(a);
	/* Acknowledging what was sent is bounded by that. */
	if (sub->nunacked >= unacked)
		count_line(sub);
	return rq.kind == REQUEST_FORGET;
}

/* Lines that are whole; what is left of the last one stays, and so do all
 * behind one that cost a commit: a flood of them must not stop the desk. */
static void
take_lines(struct subscriber *sub)
{
	char *p = sub->in, *nl;
	size_t left = sub->in_len;
	bool enough = false;

	while (!enough && sub->state < SUB_STATE_CLOSING &&
	       (nl = memchr(p, '\n', left)) != NULL) {
		enough = take_line(sub, p, (size_t)(nl - p));
		left -= (size_t)(nl - p) + 1;
		p = nl + 1;
	}
	/* Some people end their last line by closing: printf '{}' | socat. */
	if (sub->eof && left > 0 && !enough && sub->state < SUB_STATE_CLOSING) {
		(void)take_line(sub, p, left);
		left = 0;
	}
	memmove(sub->in, p, left);
	sub->in_len = left;
	if (left > REQUEST_MAX_LINE && !has_line(sub) &&
	    sub->state < SUB_STATE_CLOSING)
		subscriber_error(
		    sub, "line-too-long", "a line has at most 4096 bytes");
	if (left == 0) { /* most clients never say anything again */
		free(sub->in);
		sub->in = NULL;
	}
}

/* recv, not recvmsg: the kernel then drops descriptors that are passed. */
static void
receive(struct subscriber *sub)
{
	ssize_t n;

	sub->readable = false;
	if (sub->in == NULL)
		sub->in = xmalloc(REQUEST_MAX_LINE + 1);
	do
		n = recv(sub->fd, sub->in + sub->in_len,
		    REQUEST_MAX_LINE + 1 - sub->in_len, MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n > 0)
		sub->in_len += (size_t)n;
	else if (n == 0)
		sub->eof = true;
	else if (errno != EAGAIN)
		sub->state = SUB_STATE_GONE;
}

/* What the client says. Not called while output is stuck. */
static void
hear(struct subscriber *sub)
{
	if (!has_line(sub) && !sub->eof)
		receive(sub);
	if (sub->in_len == 0) {
		free(sub->in);
		sub->in = NULL;
	} else
		take_lines(sub);
	/* Without a subscription nothing will ever be sent. */
	if (sub->eof && sub->in_len == 0 && sub->out.len == 0 &&
	    sub->state == SUB_STATE_COMMAND)
		sub->state = SUB_STATE_GONE;
}

/* Write what is queued. True when nothing is left. */
bool
sub_flush(struct subscriber *sub)
{
	while (sub->out.len > 0) {
		ssize_t n = send(sub->fd, sub->out.data, sub->out.len,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			if (errno != EAGAIN)
				sub->state = SUB_STATE_GONE;
			return false;
		}
		sub->env->bytes += (uint64_t)n;
		strbuf_drop(&sub->out, (size_t)n);
	}
	/* An idle client keeps no buffer. */
	strbuf_fini(&sub->out);
	strbuf_init(&sub->out, RECORD_MAX_BYTES * 2);
	return true;
}

/* *blocked: what is to be sent does not go. */
static enum sub_want
step(struct subscriber *sub, int64_t now_ms, bool *blocked)
{
	for (int budget = STEP_BUDGET; budget > 0; budget--) {
		if (sub->out.len > 0) {
			sub->sent_ms = now_ms;
			*blocked =
			    !sub_flush(sub) && sub->state != SUB_STATE_GONE;
			if (*blocked)
				return SUB_WRITE;
		}
		switch (sub->state) {
		case SUB_STATE_HELLO:
			say_hello(sub);
			sub->state = SUB_STATE_COMMAND;
			break;
		case SUB_STATE_COMMAND: /* until it subscribes */
			hear(sub);
			/* A pong, or that a name is forgotten: say it now. */
			if (sub->state == SUB_STATE_COMMAND &&
			    sub->out.len == 0 && !has_line(sub))
				return SUB_READ;
			break;
		case SUB_STATE_STREAM: /* it may subscribe anew */
			if (sub->readable || sub->in_len > 0)
				hear(sub);
			if (sub->state != SUB_STATE_STREAM || sub->out.len > 0)
				break;
			switch (sub_send_batch(sub)) {
			case SENT_SOME:
				sub->sent_ms = now_ms;
				break;
			case SENT_BLOCKED:
				*blocked = true;
				return SUB_WRITE;
			case SENT_NOTHING:
				if (!has_line(sub))
					return SUB_WAKE;
				break;
			}
			break;
		case SUB_STATE_CLOSING: /* and all is written */
		case SUB_STATE_GONE:
			return SUB_GONE;
		}
	}
	return SUB_WRITE; /* budget spent: let the other clients run */
}

enum sub_want
subscriber_step(struct subscriber *sub, int64_t now_ms)
{
	uint64_t bytes = sub->env->bytes;
	bool blocked = false;
	enum sub_want want;

	sub->now_ms = now_ms;
	want = step(sub, now_ms, &blocked);
	sub_see_stuck(sub, blocked, sub->env->bytes != bytes);
	return want;
}

bool
subscriber_tick(struct subscriber *sub, int64_t now_ms)
{
	struct pollfd pfd = { .fd = sub->fd };
	uint32_t beat_s = sub->heartbeat_s;

	/* After its EOF only a hang-up tells that nobody listens any more. */
	if (sub->eof && poll(&pfd, 1, 0) == 1 &&
	    (pfd.revents & (POLLHUP | POLLERR)) != 0) {
		sub->state = SUB_STATE_GONE;
		return true;
	}
	if (sub_end_stuck(sub, now_ms))
		return true;
	if (sub->state == SUB_STATE_CLOSING) /* another one took its name */
		return true;
	if (sub->named != NULL && sub->state == SUB_STATE_STREAM &&
	    (!sub->ack ||
		sub->cursor - MIN(sub->cursor, sub->named->saved) >= LAZY))
		sub_keep_place(sub);
	if (sub->state != SUB_STATE_STREAM || beat_s == 0 || sub->out.len > 0 ||
	    now_ms - sub->sent_ms < (int64_t)beat_s * 1000)
		return false;
	sub_say(sub,
	    json_pack(
		"{s:{s:I}}", "ping", "lag", (json_int_t)subscriber_lag(sub)),
	    true);
	return true;
}

void
subscriber_readable(struct subscriber *sub)
{
	sub->readable = true;
}

int
subscriber_fd(const struct subscriber *sub)
{
	return sub->fd;
}

bool
subscriber_reads(const struct subscriber *sub)
{
	return !sub->eof;
}

uint64_t
subscriber_lag(const struct subscriber *sub)
{
	struct journal *j = sub->env->journal;
	uint64_t oldest, newest;

	if (sub->state != SUB_STATE_STREAM ||
	    j->ops->bounds(j, &oldest, &newest) == -1 || newest < sub->cursor)
		return 0;
	return newest - sub->cursor;
}
