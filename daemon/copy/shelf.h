/*
 * shelf - memory of things that go in the order in which they came.
 *
 * Things are laid one behind the other on boards. A board goes back whole,
 * when the newest thing on it has gone: nothing is freed one by one, and no
 * holes are left. One board is kept for the next use.
 */
#ifndef COPY_SHELF_H
#define COPY_SHELF_H

#include <stddef.h>
#include <stdint.h>

struct shelf; /* opaque */

struct shelf *shelf_new(void);
void shelf_free(struct shelf *sh);
/* Room for thing `pos`, not below the last one; aligned for any, not cleared.
 */
void *shelf_put(struct shelf *sh, uint32_t pos, size_t size);
/* No thing below `pos` is looked at any more. */
void shelf_release(struct shelf *sh, uint32_t pos);
size_t shelf_bytes(const struct shelf *sh);

#endif
