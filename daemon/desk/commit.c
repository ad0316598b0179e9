/* commit.c - one poll, one transaction: decide, append, keep, commit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "copy/copies.h"
#include "desk/notify.h"
#include "desk/parts.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/health.h"
#include "pipeline/relate.h"
#include "store/journal.h"

#define DAY_S 86400
#define ITEM_MAX_BYTES ((size_t)8 << 20) /* of an item as JSON */
#define BUSY_ITEMS 1000                  /* rebuilt between two signs of life */
#define PROBE "_desk"                    /* a cursor that nobody reads */
#define CLOCK "_clock"                   /* struct steady_kept as a cursor */
#define CLOCK_KEEP_MS 600000

/* A poll on its way into the journal. */
struct committing {
	struct desk *dk;
	struct journal *j;
	int64_t now, now_ms;
	int64_t aged; /* desk_aged_now() */
	size_t matches;
	struct strbuf line, body, explain;
};

static void
fill_topics(struct record *r, const struct decided *dd)
{
	struct journal_topic *v =
	    arena_calloc(dd->item->arena, dd->topics.n + 1, sizeof(*v));

	r->topics = v;
	for (size_t i = 0; i < dd->topics.n; i++) {
		const struct topic_result *t = &dd->topics.v[i];

		if (t->level == TOPIC_NONE)
			continue;
		v[r->ntopics++] = (struct journal_topic){
			.name = t->topic,
			.level = t->level,
			.score = t->score,
		};
	}
}

/* The record of a match; *seq gets its number. */
static int
append_record(struct committing *cm, const struct decided *dd,
    const struct related *rel, uint64_t *seq)
{
	struct record r = {
		.at_ms = cm->now_ms,
		.kind = RECORD_ITEM,
		.feed = dd->item->feed,
		.item_id = dd->item->id,
		.lang = dd->item->language,
		.story = rel->match.story,
		.relation = rel->match.relation,
	};
	json_t *frame = relate_frame(dd, rel);
	int rc;

	strbuf_reset(&cm->body);
	strbuf_reset(&cm->explain);
	rc = record_encode(frame, &cm->body, &cm->explain);
	json_decref(frame);
	if (rc == -1) {
		log_warn("feed=%s item=%s no record fits", dd->item->feed,
		    dd->item->id);
		return 0; /* a fault of the item, not of the store */
	}
	r.body = cm->body.data;
	r.body_len = cm->body.len;
	if (cm->explain.len > 0) {
		r.explain = cm->explain.data;
		r.explain_len = cm->explain.len;
	}
	fill_topics(&r, dd);
	if (cm->j->ops->append(cm->j, &r) == -1)
		return -1;
	*seq = r.seq;
	return 0;
}

static int
put_archived(struct committing *cm, const struct decided *dd, uint64_t seq)
{
	const struct config *c = cm->dk->config;
	struct archived a = {
		.item_id = dd->item->id,
		.feed = dd->item->feed,
		.url = dd->item->url,
		.canonical = dd->item->canonical,
		.at = cm->now,
		.seq = seq,
	};
	json_t *j;
	int rc;

	if (c->archive_keep_s == 0 || c->archive_max_bytes == 0)
		return 0;
	j = item_encode(dd->item);
	strbuf_reset(&cm->line);
	rc = item_json_line(&cm->line, j);
	json_decref(j);
	if (rc == -1)
		return 0; /* too long to keep */
	a.json = cm->line.data;
	a.json_len = cm->line.len;
	return cm->j->ops->put_archived(cm->j, &a);
}

/* What the copy index is rebuilt from: the item without its texts. */
static int
put_remembered(
    struct committing *cm, const struct decided *dd, const struct related *rel)
{
	struct item brief = *dd->item;
	json_t *item, *sig;
	struct remembered m = { .at = cm->now, .match = rel->match };
	char *item_json, *sig_json;
	int rc = 0;

	if (dd->sig == NULL)
		return 0;
	brief.text = "";
	brief.summary = NULL;
	brief.ncontents = brief.nenclosures = brief.nlinks = brief.ntags = 0;
	brief.nthumbnails = 0;
	item = item_encode(&brief);
	sig = signature_encode(dd->sig);
	item_json = json_dumps(item, JSON_COMPACT);
	sig_json = json_dumps(sig, JSON_COMPACT | JSON_ENCODE_ANY);
	m.item_json = item_json;
	m.sig_json = sig_json;
	if (item_json != NULL && sig_json != NULL)
		rc = cm->j->ops->put_remembered(cm->j, &m);
	else
		log_warnx("item=%s cannot be remembered", dd->item->id);
	json_decref(item);
	json_decref(sig);
	free(item_json);
	free(sig_json);
	return rc;
}

static bool
is_match(const struct decided *dd)
{
	for (size_t i = 0; i < dd->topics.n; i++)
		if (dd->topics.v[i].level > TOPIC_NONE)
			return true;
	return false;
}

/*
 * Decide and write one item. It enters the copy index at once, so that the
 * next item of this poll is compared with it; if the poll is rolled back, the
 * index is stale until it has been rebuilt.
 */
static int
put_item(struct committing *cm, const struct decided *dd)
{
	struct desk *dk = cm->dk;
	struct related rel;
	uint64_t seq = 0;

	if (dd->item->passed_over != NULL)
		return put_archived(cm, dd, 0);
	relate_item(dk->copies, dd, cm->now, &rel);
	if (is_match(dd) && rel.match.relation != RELATION_KNOWN) {
		if (append_record(cm, dd, &rel, &seq) == -1 ||
		    put_remembered(cm, dd, &rel) == -1)
			return -1;
		relate_remember(dk->copies, dd, cm->now, &rel);
		cm->matches += seq > 0;
	}
	return put_archived(cm, dd, seq);
}

/* A change of the feed's health is news too. Updates `st`. */
static int
put_health(struct committing *cm, const struct desk_feed *f,
    struct feed_state *st, bool news)
{
	const struct config *c = cm->dk->config;
	const struct health_params p = { c->failing_after_s,
		c->silent_after_s };
	const struct health_subject s = {
		.feed = f->key,
		.name = f->config->name,
		.url = f->config->url,
		.key = &cm->j->key,
	};
	uint32_t before = st->health;
	int64_t since = st->health_since;
	struct related rel;
	struct decided *dd;
	uint64_t seq = 0;
	int rc;

	if (!health_judge(st, news, cm->aged, &p))
		return 0;
	dd = health_report(&s, st, before, since, cm->now, &rel);
	rc = append_record(cm, dd, &rel, &seq);
	decided_free(dd);
	if (rc == 0)
		log_info("feed=%s health=%s was %s", f->key,
		    health_name(st->health), health_name(before));
	return rc;
}

static int
put_poll(struct committing *cm, struct desk_feed *f, struct poll_done *done)
{
	struct journal *j = cm->j;

	if (j->ops->begin(j) == -1)
		return -1;
	for (size_t i = 0; i < f->collect.n; i++) {
		if (put_item(cm, f->collect.v[i]) == -1)
			goto fail;
	}
	if (put_health(cm, f, &done->state, f->collect.n > 0) == -1 ||
	    j->ops->put_feed(j, f->key, &done->state) == -1 ||
	    j->ops->commit(j) == -1)
		goto fail;
	return 0;
fail:
	log_warnx("feed=%s commit: %s", f->key, j->error);
	j->ops->rollback(j);
	cm->dk->copies_stale = true;
	return -1;
}

static void
committing_init(struct committing *cm, struct desk *dk)
{
	*cm = (struct committing){ .dk = dk, .j = dk->journal };
	cm->now_ms = clock_wall_ms();
	cm->now = cm->now_ms / 1000;
	cm->aged = desk_aged_now(dk);
	strbuf_init(&cm->line, ITEM_MAX_BYTES);
	strbuf_init(&cm->body, ITEM_MAX_BYTES);
	strbuf_init(&cm->explain, ITEM_MAX_BYTES);
}

static void
committing_fini(struct committing *cm)
{
	strbuf_fini(&cm->line);
	strbuf_fini(&cm->body);
	strbuf_fini(&cm->explain);
}

int
commit_poll(struct desk *dk, struct desk_feed *f, struct poll_done *done)
{
	struct committing cm;
	int rc;

	if (dk->copies_stale && commit_rebuild_copies(dk) == -1)
		return -1;
	committing_init(&cm, dk);
	copies_expire(dk->copies, cm.aged);
	rc = put_poll(&cm, f, done);
	if (rc == 0) {
		dk->count.polls++;
		dk->count.items += f->collect.n;
		dk->count.matches += cm.matches;
	}
	committing_fini(&cm);
	return rc;
}

int
commit_crashed(struct desk *dk, struct desk_feed *f)
{
	struct journal *j = dk->journal;
	struct arena *a = arena_new(0);
	struct feed_state st = { 0 };
	struct committing cm;
	int rc = -1;

	committing_init(&cm, dk);
	if (j->ops->get_feed(j, a, f->key, &st) == -1)
		goto out;
	st.last_attempt = cm.now;
	st.next = st.last_attempt + DAY_S;
	st.next_why = "crashed";
	st.outcome = POLL_CRASHED;
	st.http_status = 0;
	st.why = "its document ended the parser three times";
	st.failures++;
	st.polls++;
	if (j->ops->begin(j) == -1)
		goto out;
	if (put_health(&cm, f, &st, false) == -1 ||
	    j->ops->put_feed(j, f->key, &st) == -1 || j->ops->commit(j) == -1) {
		j->ops->rollback(j);
		goto out;
	}
	feed_summarise(f, &st);
	log_warnx("feed=%s outcome=crashed paused for a day", f->key);
	rc = 0;
out:
	committing_fini(&cm);
	arena_free(a);
	return rc;
}

int
commit_probe(struct desk *dk)
{
	struct journal *j = dk->journal;
	struct sink_cursor c = { .epoch = j->epoch,
		.seq = (uint64_t)clock_wall() };

	if (j->ops->begin(j) == -1)
		return -1;
	if (j->ops->put_cursor(j, PROBE, &c) == -1 || j->ops->commit(j) == -1) {
		j->ops->rollback(j);
		return -1;
	}
	return 0;
}

void
commit_load_clock(struct desk *dk)
{
	struct steady_kept kept = { 0 };
	struct sink_cursor c;

	if (dk->journal->ops->get_cursor(dk->journal, CLOCK, &c) == 1)
		kept = (struct steady_kept){ .trusted = (int64_t)c.seq,
			.wall = (int64_t)c.dev,
			.since = (int64_t)c.ino };
	steady_init(&dk->steady, &kept, clock_wall(), clock_boot());
	if (steady_doubts(&dk->steady))
		log_warnx("the clock is far from what it was when we ran "
			  "last: until it has stood for a day, nothing is "
			  "dropped for its age by it");
	commit_keep_clock(dk);
}

void
commit_keep_clock(struct desk *dk)
{
	const struct steady_kept *k = &dk->steady.k;
	struct journal *j = dk->journal;
	struct sink_cursor c = { .epoch = j->epoch,
		.seq = (uint64_t)k->trusted,
		.dev = (uint64_t)k->wall,
		.ino = (uint64_t)k->since };
	int64_t now = clock_mono_ms();

	if (dk->steady_kept != 0 && now - dk->steady_kept < CLOCK_KEEP_MS)
		return;
	dk->steady_kept = now;
	if (j->ops->begin(j) == 0 &&
	    (j->ops->put_cursor(j, CLOCK, &c) == -1 || j->ops->commit(j) == -1))
		j->ops->rollback(j);
}

static int
insert_cb(void *cookie, const struct remembered *m)
{
	struct copies *c = cookie;
	json_t *ji = json_loads(m->item_json, 0, NULL);
	json_t *js = json_loads(m->sig_json, JSON_DECODE_ANY, NULL);
	struct diag d = { .msg = "not JSON" };
	struct item *it = ji != NULL ? item_decode(ji, &d) : NULL;
	struct signature *sig = js != NULL ? signature_decode(js) : NULL;

	if (it != NULL && sig != NULL)
		copies_insert(c, it, sig, m->at, &m->match);
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
	int64_t start = clock_mono_ms();
	struct copies *c;

	p.window_s = dk->config->copy_window_s;
	p.max_items = dk->config->copy_max_items;
	p.key = dk->journal->key;
	c = copies_new(&p);
	if (c == NULL) {
		log_warn("cannot make the copy index");
		return -1;
	}
	if (dk->journal->ops->each_remembered(dk->journal,
		desk_aged_now(dk) - p.window_s, insert_cb, c) == -1) {
		copies_free(c);
		return -1;
	}
	copies_free(dk->copies);
	dk->copies = c;
	dk->copies_stale = false;
	log_info("remembered=%zu copy index rebuilt in %lld ms", copies_len(c),
	    (long long)(clock_mono_ms() - start));
	return 0;
}
