/* courier_letter.c - what is handed over next: a record, a batch, a gap. */
#include "sink/courier_priv.h"

#define PAGE_RECORDS 256              /* at least CONFIG_MAX_BATCH */
#define LETTER_BYTES RECORD_MAX_BYTES /* a batch that has them is whole */

static void
fill_gap(struct courier *co, uint64_t next, const char *reason)
{
	uint64_t epoch = co->sc->journal->epoch;
	struct letter *l = &co->letter;

	strbuf_reset(&l->frame);
	sink_frame_gap(&l->frame, epoch, epoch, co->at, next, reason);
	l->seq = next - 1;
	l->n = 0;
	l->at_ms = 0;
	cursor_format(epoch, l->seq, l->cursor);
	co->count.gaps++;
}

/* One record more. False: its frame cannot be made. */
static bool
add_record(struct courier *co, const struct record *r)
{
	uint64_t epoch = co->sc->journal->epoch;
	struct letter *l = &co->letter;
	size_t start = l->frame.len;
	int rc;

	if (l->n > 0)
		strbuf_putc(&l->frame, '\n');
	rc = co->ops->explain ? sink_frame_explain(&l->frame, r, epoch)
			      : sink_frame(&l->frame, r, epoch);
	if (rc == -1) {
		strbuf_trunc(&l->frame, start);
		return false;
	}
	l->seq = r->seq;
	if (l->n++ == 0)
		l->at_ms = r->at_ms;
	cursor_format(epoch, r->seq, l->cursor);
	return true;
}

struct look {
	struct courier *co;
	uint64_t at; /* the last record looked at */
	size_t seen, max;
};

/* 1 = the letter is as long as it gets. */
static int
look_cb(void *cookie, const struct record *r)
{
	struct look *lk = cookie;
	struct courier *co = lk->co;
	struct letter *l = &co->letter;
	bool begun = l->n > 0;

	lk->seen++;
	if (begun && co->batch_end > co->at && r->seq > co->batch_end)
		return 1;
	if (r->seq > lk->at + 1 || r->damaged) {
		if (!begun) /* else it is the next letter */
			fill_gap(co, r->seq > lk->at + 1 ? r->seq : r->seq + 1,
			    "damaged");
		return 1;
	}
	if (sink_filter_match(&co->filter, r)) {
		if (!add_record(co, r)) {
			if (!begun)
				fill_gap(co, r->seq + 1, "damaged");
			return 1;
		}
		begun = true;
	}
	lk->at = r->seq;
	if (!begun)
		co->at = r->seq;
	return l->n >= lk->max || l->frame.len >= LETTER_BYTES;
}

int
courier_look(struct courier *co, bool *end)
{
	struct journal *j = co->sc->journal;
	struct look lk = { .co = co };
	uint64_t oldest, newest;
	int rc;

	*end = false;
	if (j->ops->bounds(j, &oldest, &newest) == -1)
		return -1;
	if (co->at > newest) { /* an older database was put back */
		fill_gap(co, newest + 1, "ahead");
		return 1;
	}
	if (co->at + 1 < oldest) {
		if (co->at > 0) {
			fill_gap(co, oldest, "retention");
			return 1;
		}
		co->at = oldest - 1;
	}
	if (co->at >= newest) {
		*end = true;
		return 0;
	}
	lk.at = co->at;
	lk.max = co->at < co->single_until ? 1 : co->batch;
	co->letter.n = 0;
	strbuf_reset(&co->letter.frame);
	rc = j->ops->read(j, co->at, PAGE_RECORDS, look_cb, &lk);
	if (rc == 0 && lk.seen == 0) { /* they are gone, up to the newest */
		fill_gap(co, newest + 1, "damaged");
		return 1;
	}
	/* A page has ended, or the journal: what there is goes. */
	return rc == 0 && co->letter.n > 0 ? 1 : rc;
}
