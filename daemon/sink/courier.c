/* courier.c - one record at a time to the world outside, however long. */
#include "sink/courier_priv.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/util.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/plural.h"
#include "base/xmalloc.h"
#include "config/config.h"

#define LAZY_RECORDS 256U     /* that pass unmatched before a save */
#define STEP_BUDGET 64        /* letters or pages before others run */
#define STORE_RETRY_MS 10000U /* the journal itself is in trouble */
#define PAUSE_MIN_MS 500U
#define PAUSE_MAX_MS (5U * 60 * 1000)
#define RETRY_AFTER_MAX_S (24U * 3600)
#define REFUSED_TRIES 3U /* before a record is skipped */
/* --once and a stop do not wait for who is in trouble longer than this. */
#define PATIENT_TRIES 3U
/* The journal is kept for a sink in trouble so long, then only by its age. */
#define HOLD_MS ((int64_t)7 * 24 * 3600 * 1000)

static int
save(struct courier *co)
{
	struct journal *j = co->sc->journal;
	const struct sink_cursor row = {
		.epoch = j->epoch, .seq = co->at, .dev = co->batch_end
	};

	if (j->ops->begin(j) == -1 ||
	    j->ops->put_cursor(j, co->name, &row) == -1 ||
	    j->ops->commit(j) == -1) {
		j->ops->rollback(j);
		if (!co->save_failed) /* not at each letter */
			log_warnx("sink=%s its place is not saved, after a "
				  "crash some come again: %s",
			    co->name, j->error);
		co->save_failed = true;
		return -1;
	}
	co->save_failed = false;
	co->saved = co->at;
	co->saved_ms = clock_mono_ms();
	co->unsaved = false;
	return 0;
}

/* `idle`: there is nothing else to do. */
static void
save_in_time(struct courier *co, bool idle)
{
	int64_t since = clock_mono_ms() - co->saved_ms;

	if ((co->unsaved && (idle || since >= (int64_t)co->ops->save_ms)) ||
	    co->at - co->saved >= LAZY_RECORDS)
		(void)save(co);
}

static void
timer_in(struct courier *co, uint32_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	event_add(co->timer, &tv);
}

/* Twice as long each time, a quarter more or less, for many do it at once. */
static uint32_t
pause_ms(const struct courier *co)
{
	uint32_t ms = PAUSE_MIN_MS << MIN(co->tries - 1, 9U), dice;
	uint32_t want = MIN(co->retry_after_s, RETRY_AFTER_MAX_S) * 1000;

	ms = MIN(ms, PAUSE_MAX_MS);
	evutil_secure_rng_get_bytes(&dice, sizeof(dice));
	ms = ms - ms / 4 + dice % (ms / 2 + 1);
	return MAX(ms, want);
}

static void
hand_over(struct courier *co)
{
	/* A batch that comes again after a crash must be the same one: where
	 * it ends is stored before it goes. */
	if (co->batch > 1 && co->batch_end != co->letter.seq) {
		co->batch_end = co->letter.seq;
		(void)save(co);
	}
	co->state = COURIER_SENDING;
	co->next_try_ms = 0;
	co->ops->send(co->self, &co->letter);
}

/* The letter in hand is dealt with. */
static void
letter_over(struct courier *co)
{
	co->at = co->letter.seq;
	co->unsaved = true;
	co->tries = co->refusals = 0;
	co->error[0] = '\0';
	co->state = COURIER_IDLE;
	save_in_time(co, false);
}

/* One of them is refused, maybe: it must not take the others along. */
static void
split(struct courier *co)
{
	log_warnx("sink=%s cursor=%s a batch of %zu was refused %u times, now "
		  "one by one: %s",
	    co->name, co->letter.cursor, co->letter.n, co->refusals, co->error);
	co->single_until = co->letter.seq;
	co->tries = co->refusals = 0;
	co->state = COURIER_IDLE;
}

static void
skip(struct courier *co)
{
	log_warnx("sink=%s cursor=%s skipped, refused %s: %s", co->name,
	    co->letter.cursor, PLURAL(co->refusals, "time", "times"),
	    co->error);
	co->count.skipped++;
	memcpy(co->skipped_at, co->letter.cursor, sizeof(co->skipped_at));
	letter_over(co);
}

static void
answer(struct courier *co)
{
	uint32_t ms;

	if (co->outcome == COURIER_TAKEN) {
		snprintf(co->note, sizeof(co->note), "%s", co->error);
		if (co->tries > 0)
			log_info("sink=%s works again after %s", co->name,
			    PLURAL(co->tries, "try", "tries"));
		co->count.delivered += MAX(co->letter.n, (size_t)1);
		co->delivered_ms = clock_wall_ms();
		letter_over(co);
		return;
	}
	co->tries++;
	co->refusals += co->outcome == COURIER_REFUSED;
	co->count.retries++;
	if (co->refusals >= REFUSED_TRIES &&
	    co->config->on_reject == REJECT_SKIP) {
		if (co->letter.n > 1)
			split(co);
		else
			skip(co);
		return;
	}
	save_in_time(co, true); /* it may take long */
	ms = pause_ms(co);
	if ((co->tries & (co->tries - 1)) == 0) /* not at each try */
		log_warnx("sink=%s cursor=%s try %u, next in %u s: %s",
		    co->name, co->letter.cursor, co->tries, (ms + 500) / 1000,
		    co->error);
	co->state = COURIER_PAUSE;
	co->next_try_ms = clock_wall_ms() + ms;
	timer_in(co, ms);
}

/* True = go on at once. */
static bool
fetch_letter(struct courier *co)
{
	bool end;
	int rc = courier_look(co, &end);

	if (rc == -1) {
		snprintf(
		    co->error, sizeof(co->error), "%s", co->sc->journal->error);
		co->state = COURIER_BLIND;
		timer_in(co, STORE_RETRY_MS);
		return false;
	}
	if (rc == 1)
		hand_over(co);
	else
		save_in_time(co, end);
	if (end && co->unsaved)
		timer_in(co, STORE_RETRY_MS);
	return !end;
}

static void
step_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct courier *co = cookie;

	(void)fd;
	(void)what;
	for (int budget = STEP_BUDGET; budget > 0; budget--) {
		switch (co->state) {
		case COURIER_BLIND:
			co->error[0] = '\0';
			co->state = COURIER_IDLE;
			break;
		case COURIER_IDLE:
			if (!fetch_letter(co))
				return;
			break;
		case COURIER_SENDING:
			return; /* courier_done() goes on */
		case COURIER_ANSWER:
			answer(co);
			if (co->state == COURIER_PAUSE)
				return;
			break;
		case COURIER_PAUSE:
			hand_over(co);
			break;
		}
	}
	timer_in(co, 0);
}

void
courier_done(struct courier *co, enum courier_outcome outcome,
    uint32_t retry_after_s, const char *why)
{
	co->outcome = outcome;
	co->retry_after_s = retry_after_s;
	if (co->tries == 0 && outcome != COURIER_TAKEN)
		co->failing_ms = clock_wall_ms();
	co->equal =
	    co->tries > 0 && strcmp(co->error, why) == 0 ? co->equal + 1 : 1;
	snprintf(co->error, sizeof(co->error), "%s", why);
	co->state = COURIER_ANSWER;
	event_active(co->timer, EV_TIMEOUT, 1);
}

static void
courier_wake(struct sink *s)
{
	struct courier *co = (struct courier *)s;

	if (co->state == COURIER_IDLE)
		event_active(co->timer, EV_TIMEOUT, 1);
}

static uint64_t
lag(const struct courier *co)
{
	struct journal *j = co->sc->journal;
	uint64_t oldest, newest;

	if (j->ops->bounds(j, &oldest, &newest) == -1 || newest < co->at)
		return 0;
	return newest - co->at;
}

static bool
courier_caught_up(struct sink *s)
{
	struct courier *co = (struct courier *)s;

	if (co->tries >= PATIENT_TRIES || co->state == COURIER_BLIND)
		return true;
	return co->state == COURIER_IDLE && lag(co) == 0;
}

static uint64_t
courier_needs(struct sink *s)
{
	struct courier *co = (struct courier *)s;

	if (co->tries > 0 && co->letter.at_ms > 0 &&
	    clock_wall_ms() - co->letter.at_ms > HOLD_MS)
		return UINT64_MAX;
	return co->saved + 1;
}

static uint32_t
batch_of(const struct courier *co)
{
	return co->ops->batches ? MAX(co->config->webhook.batch, 1U) : 1;
}

static void
courier_reload(struct sink *s, const struct config_sink *c)
{
	struct courier *co = (struct courier *)s;
	struct arena *old = co->a;

	if (co->state == COURIER_SENDING)
		co->ops->cancel(co->self);
	co->a = arena_new(0);
	co->config = config_sink_copy(co->a, c);
	sink_filter_of(&co->filter, co->a, c);
	co->batch = batch_of(co);
	co->ops->reload(co->self, co->config);
	arena_free(old);
	/* What was in hand is looked for again: the filter may not want it
	 * any more, and what was wrong may have been put right. */
	if (co->state != COURIER_ANSWER || co->outcome != COURIER_TAKEN)
		co->state = COURIER_IDLE;
	co->next_try_ms = 0;
	co->tries = co->refusals = 0;
	event_active(co->timer, EV_TIMEOUT, 1);
}

static void
put_time(json_t *o, const char *key, int64_t ms)
{
	char iso[CLOCK_ISO_LEN];

	if (ms > 0)
		clock_iso(ms / 1000, iso);
	json_object_set_new(o, key, ms > 0 ? json_string(iso) : json_null());
}

static json_t *
courier_status(struct sink *s)
{
	struct courier *co = (struct courier *)s;
	bool bad = co->tries > 0 || co->state == COURIER_BLIND;
	char cursor[CURSOR_MAX];
	json_t *o;

	cursor_format(co->sc->journal->epoch, co->at, cursor);
	o = json_pack(
	    "{s:s, s:s, s:s, s:s?, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "name",
	    co->name, "kind", co->ops->kind, "state", bad ? "trouble" : "ok",
	    "error", bad && co->error[0] != '\0' ? co->error : NULL, "cursor",
	    cursor, "lag", (json_int_t)lag(co), "tries", (json_int_t)co->tries,
	    "retries", (json_int_t)co->count.retries, "delivered",
	    (json_int_t)co->count.delivered, "skipped",
	    (json_int_t)co->count.skipped, "gaps", (json_int_t)co->count.gaps);
	json_object_set_new(o, "last_skipped",
	    co->skipped_at[0] != '\0' ? json_string(co->skipped_at)
				      : json_null());
	put_time(o, "last_delivered", co->delivered_ms);
	put_time(o, "next_try", co->next_try_ms);
	put_time(o, "failing_since", co->tries > 0 ? co->failing_ms : 0);
	json_object_set_new(
	    o, "equal", json_integer(co->tries > 0 ? co->equal : 0));
	json_object_set_new(o, "note",
	    co->note[0] != '\0' ? json_string(co->note) : json_null());
	co->ops->status(co->self, o);
	return o;
}

static void
courier_free(struct courier *co)
{
	event_free(co->timer);
	strbuf_fini(&co->letter.frame);
	arena_free(co->a);
	free(co->name);
	free(co);
}

static void
courier_close(struct sink *s, const char *reason)
{
	struct courier *co = (struct courier *)s;

	if (co->state == COURIER_SENDING)
		co->ops->cancel(co->self);
	if (co->state == COURIER_ANSWER && co->outcome == COURIER_TAKEN)
		letter_over(co);
	if (co->at != co->saved)
		(void)save(co);
	co->ops->free(co->self, strcmp(reason, "shutdown") == 0);
	courier_free(co);
}

static bool
courier_leave(struct sink *s, const struct config_sink *c, enum sink_leave step)
{
	struct courier *co = (struct courier *)s;

	return co->ops->leave != NULL && co->ops->leave(co->self, c, step);
}

/* They are the same for every kind, but for its name. */
#define SINK_OPS(k)                                                            \
	{                                                                      \
		.kind = (k), .wake = courier_wake,                             \
		.caught_up = courier_caught_up, .needs = courier_needs,        \
		.reload = courier_reload, .status = courier_status,            \
		.leave = courier_leave, .close = courier_close                 \
	}
static const struct sink_ops sink_ops[] = { SINK_OPS("webhook"),
	SINK_OPS("mail"), SINK_OPS("exec") };

static const struct sink_ops *
ops_of(const char *kind)
{
	size_t i = 0;

	while (
	    i + 1 < ARRAY_LEN(sink_ops) && strcmp(sink_ops[i].kind, kind) != 0)
		i++;
	return &sink_ops[i];
}

/* Where it was, or where a new one begins. */
static int
find_place(struct courier *co)
{
	struct journal *j = co->sc->journal;
	struct sink_cursor row;
	uint64_t oldest, newest;
	int rc = j->ops->get_cursor(j, co->name, &row);

	if (rc == -1)
		return -1;
	if (rc == 1) {
		co->at = co->saved = row.seq;
		co->batch_end = row.dev;
		return 0;
	}
	if (co->config->start == START_OLDEST_KEPT)
		return 0;
	if (j->ops->bounds(j, &oldest, &newest) == -1)
		return -1;
	co->at = newest;
	return save(co); /* a restart must not begin later */
}

struct sink *
courier_new(const struct sink_context *sc, const struct config_sink *c,
    const struct courier_ops *ops, void *self, char *why, size_t why_size)
{
	struct courier *co = xcalloc(1, sizeof(*co));

	co->sc = sc;
	co->ops = ops;
	co->self = self;
	co->name = xstrdup(c->name);
	co->a = arena_new(0);
	co->config = config_sink_copy(co->a, c);
	sink_filter_of(&co->filter, co->a, c);
	co->batch = batch_of(co);
	co->sink = (struct sink){ ops_of(ops->kind), co->name };
	strbuf_init(&co->letter.frame, 2 * RECORD_MAX_BYTES + 4096);
	if ((co->timer = evtimer_new(sc->base, step_cb, co)) == NULL)
		log_fatalx(71, "sink=%s out of memory", co->name);
	if (find_place(co) == -1) {
		snprintf(why, why_size, "%s", sc->journal->error);
		courier_free(co);
		return NULL;
	}
	ops->reload(self, co->config);
	courier_wake(&co->sink); /* what the last run did not come to */
	return &co->sink;
}

const char *
courier_name(const struct courier *co)
{
	return co->name;
}

struct courier *
courier_of(struct sink *s)
{
	return (struct courier *)s;
}
