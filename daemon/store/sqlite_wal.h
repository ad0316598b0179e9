/*
 * sqlite_wal - is the end of a write-ahead log the end of what was written?
 *
 * SQLite reads its log up to the first frame whose check sum is wrong and
 * takes that for the tail that a crash tore. A flipped bit in the middle
 * looks the same to it: committed records would be gone without a word, and
 * their numbers given out again. This tells the two apart.
 */
#ifndef STORE_SQLITE_WAL_H
#define STORE_SQLITE_WAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct wal_state {
	uint64_t frames; /* good, from the start */
	uint64_t beyond; /* commits behind the first bad frame */
};

/*
 * Read the log at `path`. 0 with *ws (all 0 when there is no log), or -1 with
 * errno. Every commit is synced before the next begins, so a crash leaves at
 * most one behind the first bad frame.
 */
int wal_look(const char *path, struct wal_state *ws) MUST_CHECK;
bool wal_is_damaged(const struct wal_state *ws);

#endif
