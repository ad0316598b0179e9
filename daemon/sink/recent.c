/* recent.c - a ring of the newest records and their encoded frames. */
#include "sink/recent.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "sink/sink.h"

/* After a long time without readers take in only this many. */
#define FAR_BEHIND 256U

struct slot {
	struct recent_entry e;
	struct arena *a; /* of everything in e */
	size_t bytes;
};

struct recent {
	struct journal *j;
	struct slot *slots; /* slot of seq: seq % max */
	size_t max, max_bytes, bytes;
	uint64_t first, last; /* sequences held; none when last < first */
	struct strbuf scratch;
};

struct recent *
recent_new(struct journal *j, size_t max_records, size_t max_bytes)
{
	struct recent *rc = xcalloc(1, sizeof(*rc));

	rc->j = j;
	rc->max = max_records;
	rc->max_bytes = max_bytes;
	rc->slots = xcalloc(max_records, sizeof(*rc->slots));
	rc->first = 1;
	strbuf_init(&rc->scratch, RECORD_MAX_BYTES + CURSOR_MAX + 64);
	return rc;
}

static void
drop_first(struct recent *rc)
{
	struct slot *s = &rc->slots[rc->first % rc->max];

	rc->bytes -= s->bytes;
	arena_free(s->a);
	*s = (struct slot){ 0 };
	rc->first++;
}

/* Empty, and go on behind `seq`. */
static void
restart(struct recent *rc, uint64_t seq)
{
	while (rc->first <= rc->last)
		drop_first(rc);
	rc->first = seq + 1;
	rc->last = seq;
}

void
recent_free(struct recent *rc)
{
	if (rc == NULL)
		return;
	restart(rc, 0);
	strbuf_fini(&rc->scratch);
	free(rc->slots);
	free(rc);
}

static void
copy_record(struct arena *a, struct record *dst, const struct record *src)
{
	struct journal_topic *topics =
	    arena_calloc(a, src->ntopics, sizeof(*topics));

	*dst = *src;
	for (size_t i = 0; i < src->ntopics; i++) {
		topics[i] = src->topics[i];
		topics[i].name = arena_strdup(a, src->topics[i].name);
	}
	dst->topics = topics;
	dst->feed = arena_strdup(a, src->feed);
	dst->item_id = arena_strdup(a, src->item_id);
	dst->lang = arena_strdup(a, src->lang);
	dst->story = arena_strdup(a, src->story);
	dst->origin = arena_strdup(a, src->origin);
	dst->to = arena_strdup(a, src->to);
	dst->body = dst->explain = NULL;
	dst->body_len = dst->explain_len = 0;
	if (src->explain == NULL)
		return;
	/* Only who wants evidence needs the body again. */
	dst->body = arena_strndup(a, src->body, src->body_len);
	dst->body_len = src->body_len;
	dst->explain = arena_strndup(a, src->explain, src->explain_len);
	dst->explain_len = src->explain_len;
}

static int
add_cb(void *cookie, const struct record *r)
{
	struct recent *rc = cookie;
	struct slot *s;

	if (r->seq != rc->last + 1)
		return 1; /* a hole: readers of the journal will tell */
	while (rc->first <= rc->last && rc->last - rc->first + 1 >= rc->max)
		drop_first(rc);
	s = &rc->slots[r->seq % rc->max];
	s->a = arena_new(r->body_len + r->explain_len + 512);
	copy_record(s->a, &s->e.r, r);
	strbuf_reset(&rc->scratch);
	if (sink_frame(&rc->scratch, r, rc->j->epoch) == 0) {
		strbuf_putc(&rc->scratch, '\n');
		s->e.frame =
		    arena_strndup(s->a, rc->scratch.data, rc->scratch.len);
		s->e.frame_len = rc->scratch.len;
	}
	s->bytes = arena_used(s->a);
	rc->bytes += s->bytes;
	rc->last = r->seq;
	while (rc->bytes > rc->max_bytes && rc->first < rc->last)
		drop_first(rc);
	return 0;
}

void
recent_advance(struct recent *rc)
{
	uint64_t oldest, newest;

	if (rc->j->ops->bounds(rc->j, &oldest, &newest) == -1)
		return;
	if (newest < rc->last || newest - rc->last > rc->max)
		restart(rc, newest - MIN(newest, FAR_BEHIND));
	if (newest == rc->last)
		return;
	if (oldest > rc->last + 1)
		restart(rc, oldest - 1);
	if (rc->j->ops->read(rc->j, rc->last, rc->max, add_cb, rc) != 0)
		restart(rc, newest); /* in trouble: nothing is shared */
}

const struct recent_entry *
recent_get(const struct recent *rc, uint64_t seq)
{
	if (seq < rc->first || seq > rc->last)
		return NULL;
	return &rc->slots[seq % rc->max].e;
}
