/*
 * eval - scores; internal to topic/.
 */
#ifndef TOPIC_EVAL_H
#define TOPIC_EVAL_H

#include <stdint.h>

struct match;
struct match_best;
struct set_signal;

/* What a signal multiplies its weight by, at its best place. */
int32_t eval_boost(const struct set_signal *sg, const struct match_best *best);

#endif
