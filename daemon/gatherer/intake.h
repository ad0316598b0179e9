/*
 * intake - which new items are news: not those of a feed just added, not
 * those that are old.
 *
 * Pure. What is no news is passed over: remembered, archived, never sent.
 */
#ifndef GATHERER_INTAKE_H
#define GATHERER_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct item;

/*
 * The items of a feed's first document: set skip[i] for each but the newest
 * `take`, which never counts an identity twice. `oldest_first` tells the
 * order of the document, which counts where dates are missing or equal: an
 * item without a date is as old as the next newer one.
 */
void intake_first(struct item *const *items, size_t n, bool oldest_first,
    size_t take, bool *skip);
/*
 * A document behind a damaged one: set skip[i] for those behind the last one
 * that is known[i], in the order from new to old. None is known: skip none.
 */
void intake_mended(struct item *const *items, size_t n, bool oldest_first,
    const bool *known, bool *skip);
/*
 * Is the item older than max_age_s (UINT32_MAX = no limit) at `now`? The
 * later one of its dates counts; without any it has no age.
 */
bool intake_is_old(const struct item *it, int64_t now, uint32_t max_age_s);

#endif
