/*
 * explain - why a topic has its level; internal to topic/.
 */
#ifndef TOPIC_EXPLAIN_H
#define TOPIC_EXPLAIN_H

struct match;
struct set_topic;
struct topic_result;

/* Fill evidence, nevidence and lacking of *r; score and level are there. */
void explain_topic(
    struct match *m, const struct set_topic *tp, struct topic_result *r);

#endif
