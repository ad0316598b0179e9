/* rebuild.c - the copy index and the ledger of stories, from the journal. */
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "config/config.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "desk/notify.h"
#include "desk/parts.h"
#include "item/item.h"
#include "store/journal.h"

#define BUSY_ITEMS 1000 /* between two signs of life */

/* The indexes while they are made again. */
struct rebuilding {
	struct copies *copies;
	struct ledger *ledger;
};

/* What an item did to its text and story; *m gets the name of its text. */
static void
insert_account(
    struct rebuilding *rb, const char *text, int64_t at, struct copies_match *m)
{
	json_t *j = text != NULL ? json_loads(text, 0, NULL) : NULL;
	struct arena *a = arena_new(1024);
	struct ledger_change c;

	if (j != NULL && ledger_decode(a, j, at, &c) == 0) {
		snprintf(m->cluster, sizeof(m->cluster), "%s", c.cluster);
		ledger_apply(rb->ledger, &c);
	} else if (text != NULL)
		log_warnx("an account of a story cannot be read");
	arena_free(a);
	json_decref(j);
}

static int
insert_cb(void *cookie, const struct remembered *m)
{
	struct rebuilding *rb = cookie;
	struct copies *c = rb->copies;
	json_t *ji = json_loads(m->item_json, 0, NULL);
	json_t *js = json_loads(m->sig_json, JSON_DECODE_ANY, NULL);
	struct diag d = { .msg = "not JSON" };
	struct item *it = ji != NULL ? item_decode(ji, &d) : NULL;
	struct signature *sig = js != NULL ? signature_decode(js) : NULL;
	struct copies_match match = m->match;

	insert_account(rb, m->account, m->at, &match);
	if (it != NULL && sig != NULL)
		copies_insert(c, it, sig, m->at, &match);
	else
		log_warnx("a remembered item cannot be read: %s",
		    it == NULL ? d.msg : "its signature");
	if (copies_len(c) % BUSY_ITEMS == 0)
		notify_busy();
	signature_free(sig);
	item_free(it);
	json_decref(ji);
	json_decref(js);
	return 0;
}

int
commit_rebuild_copies(struct desk *dk)
{
	struct copies_params p = copies_params_default;
	int64_t start = clock_mono_ms(), since;
	struct rebuilding rb;

	p.window_s = dk->config->copy_window_s;
	since = desk_aged_now(dk) - p.window_s;
	p.max_items = dk->config->copy_max_items;
	p.key = dk->journal->key;
	rb.copies = copies_new(&p);
	if (rb.copies == NULL) {
		log_warn("cannot make the copy index");
		return -1;
	}
	rb.ledger = ledger_new(p.window_s, p.max_items);
	if (dk->journal->ops->each_remembered(
		dk->journal, since, insert_cb, &rb) == -1) {
		copies_free(rb.copies);
		ledger_free(rb.ledger);
		return -1;
	}
	copies_free(dk->copies);
	ledger_free(dk->ledger);
	dk->copies = rb.copies;
	dk->ledger = rb.ledger;
	dk->copies_stale = false;
	log_info("remembered=%zu stories=%zu copy index rebuilt in %lld ms",
	    copies_len(rb.copies), ledger_stories(rb.ledger),
	    (long long)(clock_mono_ms() - start));
	return 0;
}
