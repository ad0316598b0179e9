/* front.c - how much of the front of a list, oldest first, may go. */
#include "store/front.h"

#include "base/macros.h"

static void
front_go(struct front *f)
{
	f->last = f->seen;
	f->left = f->bytes;
}

bool
front_see(struct front *f, uint64_t n, int64_t at, uint64_t bytes)
{
	bool over = f->bytes > f->max, ahead = at > f->now;

	if (!over && (n >= f->keep || (!ahead && at >= f->young)))
		return false;
	f->seen = n;
	f->bytes -= MIN(bytes, f->bytes);
	if (over || !ahead)
		front_go(f);
	return true;
}

bool
front_waits(const struct front *f)
{
	return f->seen > f->last;
}

void
front_next(struct front *f, int64_t at)
{
	if (at < f->young)
		front_go(f);
}
