/* clock - the two clocks. Pure code gets `now` as an argument instead. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void); /* milliseconds since the epoch */
int64_t clock_wall(void);    /* seconds since the epoch */
int64_t clock_mono_ms(void); /* never jumps; for intervals */
int64_t clock_boot(void);    /* seconds; never jumps, counts sleep too */

/* "2024-01-27T10:00:00Z" (RFC 3339, UTC), for seconds in years 1 to 9999. */
#define CLOCK_ISO_LEN 21
void clock_iso(int64_t wall_s, char out[CLOCK_ISO_LEN]);

#endif
