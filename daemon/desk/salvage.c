/* salvage.c - a feed's state from the store, and what is known without it. */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "desk/notify.h"
#include "desk/parts.h"
#include "item/item.h"
#include "store/journal.h"

#define SALVAGE_MAX 10000U /* newest items of a feed; a poll keeps as many */
#define BUSY_ROWS 10000    /* between two signs of life */

/* The items of one feed, from the archive. */
struct salvage {
	const char *feed;
	int64_t now;
	struct hmap *at; /* identity -> its place in v + 1 */
	struct seen *v;
	size_t n, room, rows;
};

static void
salvage_add(struct salvage *sv, const struct item *it)
{
	uintptr_t at = (uintptr_t)hmap_get64(sv->at, it->identity);

	if (it->identity == 0)
		return;
	if (at == 0) {
		if (sv->n == sv->room) {
			sv->room = sv->room * 2 + 64;
			sv->v = xreallocarray(sv->v, sv->room, sizeof(*sv->v));
		}
		at = ++sv->n;
		(void)hmap_put64(sv->at, it->identity, (void *)at);
	}
	/* Edits are archived behind what they edit. */
	sv->v[at - 1] = (struct seen){
		.identity = it->identity,
		.content = it->content,
		.last = sv->now,
		.revision = it->passed_over != NULL ? 0 : MAX(it->revision, 1U),
	};
}

static int
add_cb(void *cookie, const struct archived *a)
{
	struct salvage *sv = cookie;
	struct item *it;
	struct diag d;
	json_t *j;

	if (++sv->rows % BUSY_ROWS == 0)
		notify_busy();
	if (strcmp(a->feed, sv->feed) != 0)
		return 0;
	j = json_loadb(a->json, a->json_len, JSON_ALLOW_NUL, NULL);
	it = j != NULL ? item_decode(j, &d) : NULL;
	if (it != NULL)
		salvage_add(sv, it);
	item_free(it);
	json_decref(j);
	return 0;
}

/* The seen set as the archive tells it, memory in `a`. */
static int
seen_of_archive(
    struct desk *dk, struct arena *a, const char *feed, struct feed_state *st)
{
	struct salvage sv = { .feed = feed, .now = desk_aged_now(dk) };
	size_t skip;
	int rc;

	sv.at = hmap_new();
	rc = dk->journal->ops->each_archived(
	    dk->journal, INT64_MIN, add_cb, &sv);
	if (rc == 0) {
		skip = sv.n - MIN(sv.n, SALVAGE_MAX);
		st->nseen = sv.n - skip;
		st->seen = arena_calloc(a, st->nseen + 1, sizeof(*st->seen));
		if (st->nseen > 0)
			memcpy(st->seen, sv.v + skip,
			    st->nseen * sizeof(*st->seen));
	}
	hmap_free(sv.at, NULL);
	free(sv.v);
	return rc;
}

int
feed_state_get(struct desk *dk, struct arena *a, struct desk_feed *f,
    struct feed_state *st)
{
	struct journal *j = dk->journal;
	const char *from = "its own list";
	char why[sizeof(j->error)];

	*st = (struct feed_state){ 0 };
	if (j->ops->get_feed(j, a, f->key, st) != -1)
		return 0;
	if (errno != EBADMSG)
		return -1;
	memcpy(why, j->error, sizeof(why));
	if (st->nseen == 0) {
		from = "the archive";
		if (seen_of_archive(dk, a, f->key, st) == -1)
			return -1;
	}
	/* Not its first fetch, which most items would be left out of; what
	 * nobody remembers as seen is looked up when it is committed. */
	st->last_success = desk_aged_now(dk);
	f->salvaged = true;
	dk->tally.salvaged++;
	log_warnx("feed=%s goes on without its state, %zu items are known from "
		  "%s: %s",
	    f->key, st->nseen, from, why);
	return 0;
}
