/*
 * steady - the wall clock, when it can be believed.
 *
 * Pure. What is deleted, forgotten or called old because of its age must not
 * go because a clock was wrong for a while. So a wall clock that parts from
 * the time that has really passed is doubted until it has said the same for a
 * day; meanwhile the earlier of both times counts, by which nothing is older
 * than it is.
 */
#ifndef BASE_STEADY_H
#define BASE_STEADY_H

#include <stdbool.h>
#include <stdint.h>

#define STEADY_SLACK_S 600     /* a clock may be corrected by so much */
#define STEADY_BELIEVE_S 86400 /* a jump that stood so long is believed */
#define STEADY_OFF_S 86400     /* we may have been off so long */

/* What a restart must know; seconds since the epoch. */
struct steady_kept {
	int64_t trusted; /* the time as it was believed; 0 = never kept */
	int64_t wall;    /* the wall clock then */
	int64_t since;   /* the wall clock when the doubt began, 0 = no doubt */
};

struct steady {
	struct steady_kept k;
	int64_t boot; /* seconds of a clock that never jumps, at k */
};

/* Begin with what was kept: a wall clock far from it is doubted. */
void steady_init(struct steady *s, const struct steady_kept *kept, int64_t wall,
    int64_t boot);
/* The time by which something may be too old: `wall`, or the time that is
 * believed, whichever is earlier. `boot` never goes back. */
int64_t steady_now(struct steady *s, int64_t wall, int64_t boot);
bool steady_doubts(const struct steady *s);

#endif
