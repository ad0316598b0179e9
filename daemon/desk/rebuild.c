/* rebuild.c - the copy index and the ledger of stories, from the journal. */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "desk/notify.h"
#include "desk/parts.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"
#include "store/journal.h"

#define BUSY_ITEMS 1000                     /* between two signs of life */
#define PACKED_MAX_BYTES ((size_t)64 << 10) /* of a remembered item */
#define ACCOUNT_MAX_BYTES ((size_t)1 << 20)
#define COUNTS_MAX_BYTES ((size_t)16 << 20)

int
commit_remember(struct journal *j, const struct copies *c,
    const struct decided *dd, int64_t at, const struct related *rel)
{
	struct remembered m = {
		.at = at, .item_json = "", .sig_json = "", .match = rel->match
	};
	struct strbuf packed, account;
	int rc = 0;

	if (dd->sig == NULL)
		return 0;
	strbuf_init(&account, ACCOUNT_MAX_BYTES);
	if (rel->accounted && ledger_pack(&rel->account, &account) == 0)
		m.account = account.data;
	else if (rel->accounted)
		log_warnx("item=%s what it did to its story cannot be kept",
		    dd->item->id);
	strbuf_init(&packed, PACKED_MAX_BYTES);
	if (copies_pack(c, dd->item, dd->sig, &rel->match, &packed) == 0) {
		m.packed = packed.data;
		m.packed_len = packed.len;
		rc = j->ops->put_remembered(j, &m);
	} else {
		log_warnx("item=%s cannot be remembered", dd->item->id);
	}
	strbuf_fini(&packed);
	strbuf_fini(&account);
	return rc;
}

/* The indexes while they are made again. */
struct rebuilding {
	struct copies *copies;
	struct ledger *ledger;
	struct arena *arena; /* of one account */
	size_t n, damaged;
};

static int
read_old_account(
    struct arena *a, const char *text, int64_t at, struct ledger_change *c)
{
	json_t *j = json_loads(text, 0, NULL);
	int rc = j != NULL ? ledger_decode(a, j, at, c) : -1;

	json_decref(j);
	return rc;
}

/* What an item did to its text and story; *m gets the name of its text. */
static void
insert_account(
    struct rebuilding *rb, const char *text, int64_t at, struct copies_match *m)
{
	struct ledger_change c;

	if (text == NULL)
		return;
	arena_reset(rb->arena);
	if ((text[0] == '{' ? read_old_account(rb->arena, text, at, &c)
			    : ledger_unpack(rb->arena, text, at, &c)) == -1) {
		log_warnx("an account of a story cannot be read");
		return;
	}
	snprintf(m->cluster, sizeof(m->cluster), "%s", c.cluster);
	ledger_apply(rb->ledger, &c);
}

/* A row of a version that kept texts. */
static bool
insert_old(struct copies *c, const struct remembered *m,
    const struct copies_match *match)
{
	json_t *ji = json_loads(m->item_json, 0, NULL);
	json_t *js = json_loads(m->sig_json, JSON_DECODE_ANY, NULL);
	struct diag d;
	struct item *it = ji != NULL ? item_decode(ji, &d) : NULL;
	struct signature *sig = js != NULL ? signature_decode(js) : NULL;
	bool good = it != NULL && sig != NULL;

	if (good)
		copies_insert(c, it, sig, m->at, match);
	signature_free(sig);
	item_free(it);
	json_decref(ji);
	json_decref(js);
	return good;
}

static int
insert_cb(void *cookie, const struct remembered *m)
{
	struct rebuilding *rb = cookie;
	struct copies_match match = m->match;
	bool good;

	insert_account(rb, m->account, m->at, &match);
	good = m->packed != NULL ? copies_unpack(rb->copies, m->packed,
				       m->packed_len, m->at, &match)
				 : insert_old(rb->copies, m, &match);
	rb->damaged += !good;
	if (++rb->n % BUSY_ITEMS == 0)
		notify_busy();
	return 0;
}

/* The indexes as they were: counts first, then what was remembered. */
static int
refill(struct desk *dk, struct rebuilding *rb, int64_t now)
{
	struct journal *j = dk->journal;
	struct strbuf counts;
	int rc;

	strbuf_init(&counts, COUNTS_MAX_BYTES);
	rc = j->ops->get_counts(j, &counts);
	if (rc == 1 &&
	    !copies_counts_load(rb->copies, counts.data, counts.len, now))
		log_warnx("the counts of words cannot be read: words are "
			  "weighed by what is remembered");
	strbuf_fini(&counts);
	if (rc == -1 ||
	    j->ops->each_remembered(
		j, now - dk->config->copy_window_s, insert_cb, rb) == -1)
		return -1;
	if (rb->damaged > 0)
		log_warnx("%zu of %zu remembered items cannot be read",
		    rb->damaged, rb->n);
	return 0;
}

int
commit_rebuild_copies(struct desk *dk)
{
	struct copies_params p = copies_params_default;
	int64_t start = clock_mono_ms();
	struct rebuilding rb = { .n = 0 };
	int rc;

	p.window_s = dk->config->copy_window_s;
	p.max_items = dk->config->copy_max_items;
	p.max_bytes = dk->config->copy_max_bytes;
	p.key = dk->journal->key;
	rb.copies = copies_new(&p);
	if (rb.copies == NULL) {
		log_warn("cannot make the copy index");
		return -1;
	}
	rb.ledger = ledger_new(p.window_s, p.max_items);
	rb.arena = arena_new(0);
	rc = refill(dk, &rb, desk_aged_now(dk));
	arena_free(rb.arena);
	if (rc == -1) {
		copies_free(rb.copies);
		ledger_free(rb.ledger);
		return -1;
	}
	copies_free(dk->copies);
	ledger_free(dk->ledger);
	dk->copies = rb.copies;
	dk->ledger = rb.ledger;
	dk->copies_stale = dk->copies_full = false;
	log_info("remembered=%zu stories=%zu copy index rebuilt in %lld ms",
	    copies_len(rb.copies), ledger_stories(rb.ledger),
	    (long long)(clock_mono_ms() - start));
	return 0;
}
