/*
 * hmap - one hash map: keys are 64-bit hashes or strings, values pointers.
 *
 * Open addressing; strings are copied and compared, 64-bit keys are taken as
 * they are (hash them first with hash.h: the map mixes nothing). Not for two
 * kinds of key in one map.
 */
#ifndef BASE_HMAP_H
#define BASE_HMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct hmap; /* opaque */

struct hmap *hmap_new(void);
/* Values are the caller's: `free_value` (may be NULL) is called for each. */
void hmap_free(struct hmap *m, void (*free_value)(void *));
size_t hmap_len(const struct hmap *m);

/* String keys. _put returns the value replaced, or NULL. */
void *hmap_get(const struct hmap *m, const char *key);
void *hmap_put(struct hmap *m, const char *key, void *value);
void *hmap_del(struct hmap *m, const char *key);

/* 64-bit keys, any value of the key allowed. */
void *hmap_get64(const struct hmap *m, uint64_t key);
void *hmap_put64(struct hmap *m, uint64_t key, void *value);
void *hmap_del64(struct hmap *m, uint64_t key);

/*
 * Walk in no order: start with *pos = 0, until false. key (string maps) and
 * key64 may be NULL. The map must not change on the way.
 */
bool hmap_next(const struct hmap *m, size_t *pos, const char **key,
    uint64_t *key64, void **value);

#endif
