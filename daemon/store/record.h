/* record - the stored form of a record, the same in every journal. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct journal_topic;
struct record;
struct strbuf;

#define RECORD_MAX_TOPICS 4096

/* Topics as bytes: levels (1: level, fresh, was, two bits each, looked_back),
 * score (4, little-endian), name, NUL; each. */
int record_topics_pack(
    struct strbuf *out, const struct journal_topic *v, size_t n) MUST_CHECK;
/*
 * Back; names point into `p`. *v is grown with realloc and kept by the
 * caller for the next call (*size entries). -1 when damaged.
 */
int record_topics_unpack(const void *p, size_t len, struct journal_topic **v,
    size_t *size, size_t *n) MUST_CHECK;
/* A check sum over everything a reader relies on. */
uint64_t record_sum(const struct record *r, const void *topics, size_t len);

#endif
