/*
 * canon - the rules in one fixed spelling, to give a rule set its name.
 */
#ifndef TOPIC_CANON_H
#define TOPIC_CANON_H

struct rules;

/*
 * 64 hex digits of all that decides: lists, conditions, weights, thresholds.
 * Comments, places, titles and tests do not count.
 */
void canon_hash(const struct rules *r, char out[65]);

#endif
