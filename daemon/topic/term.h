/*
 * term - the small language inside one term: slots, gaps, alternatives.
 */
#ifndef TOPIC_TERM_H
#define TOPIC_TERM_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "topic/index.h"

struct arena;
struct diags;
struct rules_mark;

struct term_word {
	enum atom_kind kind;
	const char *text; /* without its mark */
};

struct term_slot {
	struct term_word *words; /* alternatives */
	size_t nwords;
	uint32_t gap; /* at most so many words before it */
};

struct term {
	struct term_slot *slots;
	size_t nslots;
};

/* 0, or -1 with the fault in `ds`. Memory in `a`. */
int term_parse(struct arena *a, const char *text, const struct rules_mark *mark,
    struct term *out, struct diags *ds) MUST_CHECK;

#endif
