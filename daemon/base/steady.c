/* steady.c - the wall clock, when it can be believed. */
#include "base/steady.h"

#include "base/macros.h"

static bool
about(int64_t a, int64_t b)
{
	return a - b <= STEADY_SLACK_S && b - a <= STEADY_SLACK_S;
}

/* We were off, nobody knows how long; but not for years. */
static bool
was_off(int64_t before, int64_t wall)
{
	return wall >= before - STEADY_SLACK_S && wall <= before + STEADY_OFF_S;
}

static void
believe(struct steady *s, int64_t wall)
{
	s->k.trusted = wall;
	s->k.since = 0;
}

void
steady_init(struct steady *s, const struct steady_kept *kept, int64_t wall,
    int64_t boot)
{
	s->k = *kept;
	s->boot = boot;
	if (s->k.trusted <= 0 || was_off(s->k.trusted, wall))
		believe(s, wall);
	else if (s->k.since == 0 || !was_off(s->k.wall, wall))
		s->k.since = wall;
	s->k.wall = wall;
}

int64_t
steady_now(struct steady *s, int64_t wall, int64_t boot)
{
	int64_t passed = MAX(boot - s->boot, 0);
	bool same = about(wall, s->k.wall + passed); /* as the last time */

	s->boot += passed;
	s->k.trusted += passed;
	if (about(wall, s->k.trusted))
		believe(s, wall);
	else if (s->k.since == 0 || !same)
		s->k.since = wall;
	else if (wall - s->k.since >= STEADY_BELIEVE_S)
		believe(s, wall);
	s->k.wall = wall;
	return MIN(wall, s->k.trusted);
}

bool
steady_doubts(const struct steady *s)
{
	return s->k.since != 0;
}
