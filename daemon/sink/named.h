/*
 * named - subscribers by name: the server keeps their place.
 *
 * A name belongs to the user that first used it, on one socket, and has at
 * most one connection. Its place is a row of the journal: what the client
 * has acknowledged, or, where it does not, what it was sent.
 */
#ifndef SINK_NAMED_H
#define SINK_NAMED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/macros.h"

struct journal;
struct named_set; /* opaque: those of one socket */
struct subscriber;

#define NAMED_MAX_NAME 64
#define NAMED_MAX_A_USER 64 /* names; root is not bound by it */

struct named {
	char *name;
	uid_t uid;
	uint64_t epoch, place;  /* the last record that it is done with */
	uint64_t saved;         /* the place in the store */
	int64_t seen;           /* seconds: when it was connected last */
	struct subscriber *sub; /* connected; NULL */
};

/* Letters, digits, and . _ - between or behind them; 1 to 64. */
bool named_valid(const char *name);
/* Reads the rows of `sink`. */
struct named_set *named_new(struct journal *j, const char *sink);
void named_free(struct named_set *ns);
/*
 * The name for this user, made at `place` (and committed) if it is new:
 * *fresh tells. NULL with `why`: it is another's, there are too many (errno
 * EPERM, EDQUOT), or the store is in trouble.
 */
struct named *named_open(struct named_set *ns, const char *name, uid_t uid,
    uint64_t place, bool *fresh, char *why, size_t why_size) MUST_CHECK;
/* The same without making it; NULL with ENOENT. */
struct named *named_find(struct named_set *ns, const char *name, uid_t uid,
    char *why, size_t why_size) MUST_CHECK;
/* Its place has moved: the next named_save() writes it. */
void named_move(struct named_set *ns, struct named *nm, uint64_t place);
/* 1 = written, durable; 0 = there was nothing; -1 = the journal's error. */
int named_save(struct named_set *ns);
/* Something waits for named_save(). */
bool named_dirty(const struct named_set *ns);
/* Its row and itself. -1: the journal's error. Not while it is connected. */
int named_forget(struct named_set *ns, struct named *nm) MUST_CHECK;
/* The lowest record that one of them has not had; UINT64_MAX = none. */
uint64_t named_needs(const struct named_set *ns);
/* For status. */
json_t *named_status(const struct named_set *ns, uint64_t newest);

#endif
