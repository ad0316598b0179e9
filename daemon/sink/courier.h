/*
 * courier - a sink that hands records to the world outside, in order.
 *
 * The common half of webhook, mail and exec: a cursor over the journal that
 * moves only behind what was taken, in order, and trouble that ends in a
 * longer and longer pause, never in giving up. How a letter is handed over is
 * the business of a `struct courier_ops`. At least once: after a crash what
 * was under way comes again, with the same cursor; so does a batch of records,
 * with the same ones in it.
 */
#ifndef SINK_COURIER_H
#define SINK_COURIER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "sink/sink.h"

struct courier; /* opaque */

struct letter {       /* what is to be delivered: records' frames, or a gap's */
	uint64_t seq; /* the cursor moves here */
	size_t n;     /* records; 0 = a gap */
	int64_t at_ms; /* of the first record; 0 = a gap */
	char cursor[CURSOR_MAX];
	struct strbuf frame; /* newlines between, none behind */
};

enum courier_outcome {
	COURIER_TAKEN,
	COURIER_TROUBLE, /* try again, however long it takes */
	COURIER_REFUSED  /* this one will never be taken */
};

/* What a kind is; `self` is what its ops were given. */
struct courier_ops {
	const char *kind;
	bool explain;     /* frames carry their evidence */
	bool batches;     /* a letter may have several records: `batch` */
	uint32_t save_ms; /* write the cursor at most so often; 0 = each */
	/*
	 * Begin with `l`, which stays until it is over. Ends with one
	 * courier_done(), from here or later.
	 */
	void (*send)(void *self, const struct letter *l);
	void (*cancel)(void *self); /* break off: no courier_done() */
	/* The configuration of a reload, a copy that stays. Nothing is under
	 * way. */
	void (*reload)(void *self, const struct config_sink *c);
	void (*status)(void *self, json_t *o); /* add members */
	/* May be NULL: see sink_ops. */
	bool (*leave)(
	    void *self, const struct config_sink *c, enum sink_leave step);
	void (*free)(void *self, bool shutdown);
};

/* The sink; `config` is a copy that stays until a reload. NULL and `why`. */
struct sink *courier_new(const struct sink_context *sc,
    const struct config_sink *c, const struct courier_ops *ops, void *self,
    char *why, size_t why_size) MUST_CHECK;
/* `retry_after_s`: pause at least so long, 0 = as usual. `why` is copied; of
 * a letter that is taken: "", or what is wrong all the same. */
void courier_done(struct courier *co, enum courier_outcome outcome,
    uint32_t retry_after_s, const char *why);
const char *courier_name(const struct courier *co);
/* The courier of a sink that courier_new() made. */
struct courier *courier_of(struct sink *s);

#endif
