/* courier_priv - a courier seen from inside: its life and its letters. */
#ifndef SINK_COURIER_PRIV_H
#define SINK_COURIER_PRIV_H

#include "sink/courier.h"

struct arena;
struct event;

enum courier_state {
	COURIER_IDLE,    /* nothing in hand: look for the next letter */
	COURIER_SENDING, /* the kind has it */
	COURIER_ANSWER,  /* its answer is to be dealt with */
	COURIER_PAUSE,   /* in trouble: wait, then send it again */
	COURIER_BLIND    /* the journal cannot be read: wait */
};

struct courier {
	struct sink sink; /* first */
	const struct sink_context *sc;
	const struct courier_ops *ops;
	void *self;
	char *name;
	struct arena *a; /* of config and filter */
	const struct config_sink *config;
	struct sink_filter filter;
	struct event *timer;
	enum courier_state state;

	uint64_t at;    /* last record dealt with */
	uint64_t saved; /* as the journal has it */
	int64_t saved_ms;
	bool unsaved; /* letters lie behind `saved` */
	bool save_failed;
	struct letter letter;
	uint32_t batch;        /* records of a letter at most, > 0 */
	uint64_t batch_end;    /* the letter in hand ends here, after a crash,
				  too; 0 or behind us = none is */
	uint64_t single_until; /* one by one up to here: a batch was refused */

	enum courier_outcome outcome;
	uint32_t retry_after_s;
	uint32_t tries;      /* of this letter that failed */
	uint32_t refusals;   /* of them, for good */
	int64_t next_try_ms; /* wall clock; 0 = now */
	char error[256];     /* of the last try; "" = none */
	uint32_t equal;      /* tries in a row that ended with these words */
	int64_t failing_ms;  /* wall clock: the first of this letter's tries */
	char note[256];      /* what is wrong with how it was taken; "" */
	char skipped_at[CURSOR_MAX];
	int64_t delivered_ms; /* the last one; 0 = none */
	struct {
		uint64_t delivered, retries, skipped, gaps;
	} count;
};

/*
 * Fill the next letter, of at most a page: 1 there is one, 0 not yet, -1.
 * *end: nothing is left to look at.
 */
int courier_look(struct courier *co, bool *end);

#endif
