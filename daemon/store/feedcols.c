/* feedcols.c - the table of a feed state's columns, and copying by it. */
#include "store/feedcols.h"

#include <string.h>

#include "base/arena.h"
#include "pipeline/poll.h"

#define COL(field, type)                                                       \
	{                                                                      \
#field, type, offsetof(struct feed_state, field)               \
	}

/* Names are those of the database: only ever append, with a migration. */
const struct feedcol feedcols[] = {
	COL(etag, FEEDCOL_TEXT),
	COL(last_modified, FEEDCOL_TEXT),
	COL(validators_url, FEEDCOL_TEXT),
	COL(body_hash, FEEDCOL_64),
	COL(last_attempt, FEEDCOL_64),
	COL(last_success, FEEDCOL_64),
	COL(next, FEEDCOL_64),
	COL(next_why, FEEDCOL_TEXT),
	COL(failures, FEEDCOL_32),
	COL(outcome, FEEDCOL_OUTCOME),
	COL(http_status, FEEDCOL_32),
	COL(why, FEEDCOL_TEXT),
	COL(title, FEEDCOL_TEXT),
	COL(moved_to, FEEDCOL_TEXT),
	COL(moved_count, FEEDCOL_32),
	COL(items, FEEDCOL_64),
	COL(bytes, FEEDCOL_64),
	COL(polls, FEEDCOL_64),
	COL(url, FEEDCOL_TEXT),
	COL(interval_s, FEEDCOL_32),
	COL(ttl_s, FEEDCOL_32),
	COL(period_s, FEEDCOL_32),
	COL(skip_hours, FEEDCOL_32),
	COL(skip_days, FEEDCOL_32),
	/* Since schema 2. */
	COL(health, FEEDCOL_32),
	COL(health_since, FEEDCOL_64),
	COL(bad_since, FEEDCOL_64),
	COL(news_first, FEEDCOL_64),
	COL(news_last, FEEDCOL_64),
	COL(gap_s, FEEDCOL_32),
	/* Since schema 3. */
	COL(furniture, FEEDCOL_TEXT),
};
const size_t feedcols_len = ARRAY_LEN(feedcols);

void
feed_state_copy(
    struct arena *a, struct feed_state *dst, const struct feed_state *src)
{
	*dst = *src;
	for (size_t i = 0; i < feedcols_len; i++) {
		char *s;

		if (feedcols[i].type != FEEDCOL_TEXT)
			continue;
		memcpy(&s, (const char *)src + feedcols[i].offset, sizeof(s));
		s = arena_strdup(a, s);
		memcpy((char *)dst + feedcols[i].offset, &s, sizeof(s));
	}
	dst->seen = arena_calloc(a, src->nseen, sizeof(*src->seen));
	if (src->nseen > 0)
		memcpy(dst->seen, src->seen, src->nseen * sizeof(*src->seen));
}
