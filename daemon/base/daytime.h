/*
 * daytime - times of the day: quiet hours, and when it is seven again.
 *
 * Pure but for daytime_local(), which asks the C library for the zone. A day
 * has no fixed length where clocks are changed: whoever asks gives the offset
 * of a zone as a function.
 */
#ifndef BASE_DAYTIME_H
#define BASE_DAYTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

#define DAYTIME_MINUTES 1440

/* Seconds that a zone's clocks are ahead of UTC at `t`, seconds. */
typedef int32_t daytime_offset(int64_t t);
daytime_offset daytime_utc, daytime_local;

/* "07:00" as minutes from midnight; 24:00 is none. */
bool daytime_parse(const char *s, uint32_t *minute) MUST_CHECK;
/* Is it from `from` to before `to`, over midnight if `to` is earlier? Equal
 * ones are never. */
bool daytime_within(
    uint32_t from, uint32_t to, int64_t now, daytime_offset *zone);
/* The first second after `now` at which clocks say `minute`; where they leave
 * it out that day, when they would have said it. */
int64_t daytime_next(uint32_t minute, int64_t now, daytime_offset *zone);

#endif
