/*
 * postings - which remembered things share keys with this one? Newest first.
 *
 * Things are numbers that grow (positions); the oldest go first, all at once:
 * one below the tail is dead wherever it is met, and nothing is searched for
 * to be deleted. Slots of dead keys are taken back a few with every addition,
 * and tables grow a small part at a time, so that no call takes long. A key
 * keeps its newest things only: a list is at most a few cache lines, whatever
 * the number of things remembered.
 */
#ifndef COPY_POSTINGS_H
#define COPY_POSTINGS_H

#include <stddef.h>
#include <stdint.h>

struct postings; /* opaque */

#define POSTINGS_LIST_MAX 160 /* newest things of one key that are kept */
#define POSTINGS_THING_MAX 0x7fffffffU

/* The list of a key, until the next addition. */
struct postings_list {
	uint32_t ref;  /* 0 = there is none */
	uint32_t rest; /* the part that is brought near next; 0 = all is */
	uint32_t len;  /* things in the parts that were counted */
};

struct postings *postings_new(void);
void postings_free(struct postings *ix);
/* Thing `thing` (1 to MAX, not below the last one added) has key `key`. */
void postings_add(struct postings *ix, uint32_t key, uint32_t thing);
/* Forget all things below `thing`. */
void postings_expire(struct postings *ix, uint32_t thing);

/*
 * A lookup waits for memory and for little else. Its keys go through these
 * steps together, one step after the other, each of which brings near what
 * the next one looks at.
 */
void postings_expect(const struct postings *ix, uint32_t key);
struct postings_list postings_find(const struct postings *ix, uint32_t key);
/*
 * Count the things of the first part, then, while l->rest, of one part more.
 * Dead ones never count: what a list is does not depend on when it was swept.
 */
void postings_count(const struct postings *ix, struct postings_list *l);
void postings_follow(const struct postings *ix, struct postings_list *l);
/* Its newest things, at most `max`; answers how many. */
size_t postings_read(const struct postings *ix, struct postings_list list,
    uint32_t *things, size_t max);
size_t postings_bytes(const struct postings *ix);

#endif
