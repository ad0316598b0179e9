/* commit.c - one poll, one transaction: decide, append, keep, commit. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "desk/committing.h"
#include "desk/parts.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/health.h"
#include "pipeline/relate.h"
#include "store/journal.h"

#define DAY_S 86400
#define ITEM_MAX_BYTES ((size_t)8 << 20) /* of an item as JSON */
#define COUNTS_MAX_BYTES ((size_t)16 << 20)
#define PROBE "_desk"  /* a cursor that nobody reads */
#define CLOCK "_clock" /* struct steady_kept as a cursor */
#define CLOCK_KEEP_MS 600000

static int
version_cb(void *cookie, const struct record *r)
{
	struct version *v = cookie;
	struct journal_topic *topics;

	v->a = arena_new(1024);
	topics = arena_calloc(v->a, r->ntopics, sizeof(*topics));
	for (size_t i = 0; i < r->ntopics; i++) {
		topics[i] = r->topics[i];
		topics[i].name = arena_strdup(v->a, r->topics[i].name);
	}
	v->topics = topics;
	v->ntopics = r->ntopics;
	if (!r->damaged)
		v->frame =
		    json_loadb(r->body, r->body_len, JSON_ALLOW_NUL, NULL);
	return 0;
}

void
version_fini(struct version *v)
{
	arena_free(v->a);
	json_decref(v->frame);
}

int
committing_version(
    struct committing *cm, const char *item_id, struct version *v)
{
	return cm->j->ops->find_record(cm->j, item_id, version_cb, v);
}

const struct journal_topic *
version_topic(const struct version *v, const char *name)
{
	for (size_t i = 0; i < v->ntopics; i++) {
		if (strcmp(v->topics[i].name, name) == 0)
			return &v->topics[i];
	}
	return NULL;
}

/*
 * The topics of a record: those that it has, and of an update those that it
 * has no longer. `v` NULL = it is told for the first time.
 */
static void
fill_topics(struct record *r, const struct decided *dd,
    const struct related *rel, const struct version *v)
{
	size_t n = 0, had = v != NULL ? v->ntopics : 0;
	struct journal_topic *out =
	    arena_calloc(dd->item->arena, dd->topics.n + had, sizeof(*out));

	for (size_t i = 0; i < dd->topics.n; i++) {
		const struct topic_result *t = &dd->topics.v[i];
		const struct journal_topic *was;

		if (t->level == TOPIC_NONE)
			continue;
		out[n] = (struct journal_topic){
			.name = t->topic,
			.level = t->level,
			.score = t->score,
			.fresh = rel->accounted ? rel->account.fresh[n] : 0,
		};
		was = v != NULL ? version_topic(v, t->topic) : NULL;
		if (was != NULL) {
			out[n].was = was->level;
			if (was->fresh > 0) /* who got it gets its edits */
				out[n].fresh = was->fresh;
		}
		n++;
	}
	r->topics = out;
	r->ntopics = n;
	for (size_t i = 0; i < had; i++) {
		const struct journal_topic *t = &v->topics[i];
		size_t k = 0;

		while (k < r->ntopics && strcmp(out[k].name, t->name) != 0)
			k++;
		if (k < r->ntopics || t->level == TOPIC_NONE)
			continue;
		out[n++] = (struct journal_topic){
			.name = t->name, .fresh = t->fresh, .was = t->level
		};
	}
	r->ntopics = n;
}

int
committing_append(
    struct committing *cm, struct record *r, json_t *frame, uint64_t *seq)
{
	int rc;

	*seq = 0;
	strbuf_reset(&cm->body);
	strbuf_reset(&cm->explain);
	rc = record_encode(frame, &cm->body, &cm->explain);
	json_decref(frame);
	if (rc == -1) {
		log_warn("feed=%s item=%s no record fits",
		    r->feed != NULL ? r->feed : "",
		    r->item_id != NULL ? r->item_id : "");
		return 0; /* a fault of the item, not of the store */
	}
	r->body = cm->body.data;
	r->body_len = cm->body.len;
	if (cm->explain.len > 0) {
		r->explain = cm->explain.data;
		r->explain_len = cm->explain.len;
	}
	if (cm->j->ops->append(cm->j, r) == -1)
		return -1;
	*seq = r->seq;
	return 0;
}

/* The record of a match, or of an edit of one; *seq gets its number. */
static int
append_record(struct committing *cm, const struct decided *dd,
    const struct related *rel, const struct version *v, uint64_t *seq)
{
	struct record r = {
		.at_ms = cm->now_ms,
		.kind = v != NULL ? RECORD_UPDATE : RECORD_ITEM,
		.feed = dd->item->feed,
		.item_id = dd->item->id,
		.lang = dd->item->language,
		.story = rel->match.story,
		.relation = rel->match.relation,
		.origin = relate_origin(dd, rel),
		.origins = rel->accounted ? (uint32_t)rel->account.norigins : 0,
	};
	json_t *frame;

	if (v != NULL)
		frame = relate_update(relate_item_of(v->frame), dd, rel);
	else
		frame = relate_frame(dd, rel);
	fill_topics(&r, dd, rel, v);
	return committing_append(cm, &r, frame, seq);
}

int
committing_story(
    struct committing *cm, const struct decided *dd, const struct related *rel)
{
	const struct ledger_change *c = &rel->account;
	struct record r = {
		.at_ms = cm->now_ms,
		.kind = RECORD_STORY,
		.relation = RELATION_NEW,
		.story = c->story,
		.origins = (uint32_t)c->norigins,
	};
	struct journal_topic *v;
	uint64_t seq;

	if (!rel->accounted || !(c->grew || c->njoined > 0))
		return 0;
	v = arena_calloc(dd->item->arena, c->nstory_topics, sizeof(*v));
	for (size_t i = 0; i < c->nstory_topics; i++) {
		v[i].name = c->story_topics[i].name;
		v[i].level = (enum topic_level)c->story_topics[i].level;
		v[i].score = c->story_topics[i].score;
	}
	r.topics = v;
	r.ntopics = c->nstory_topics;
	return committing_append(
	    cm, &r, ledger_story_frame(c, dd->item->id), &seq);
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

/* The counts of words, when it is time; with this poll or not at all. */
static int
put_counts(struct committing *cm)
{
	struct copies *c = cm->dk->copies;
	struct strbuf counts;
	int rc;

	if (!copies_counts_due(c, cm->aged))
		return 0;
	strbuf_init(&counts, COUNTS_MAX_BYTES);
	copies_counts_save(c, cm->aged, &counts);
	rc = strbuf_over(&counts)
		 ? 0
		 : cm->j->ops->put_counts(cm->j, counts.data, counts.len);
	strbuf_fini(&counts);
	return rc;
}

/* Full: what should be remembered longer is not. Said once. */
static void
see_evicted(struct desk *dk, int64_t now)
{
	struct copies_stats st;

	copies_stats(dk->copies, &st);
	if (st.evicted == 0 || dk->copies_full)
		return;
	dk->copies_full = true;
	log_warnx("copies: %s is reached with %zu items, the oldest for "
		  "%lld h only: copies of what came before are not seen",
	    st.evicted_bytes > 0 ? "max_bytes" : "max_items", st.items,
	    (long long)(now - st.oldest) / 3600);
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
put_match(struct committing *cm, const struct decided *dd, struct related *rel,
    const struct version *v, uint64_t *seq)
{
	struct desk *dk = cm->dk;

	relate_account(dk->ledger, dd, cm->weight, cm->aged, rel);
	if (append_record(cm, dd, rel, v, seq) == -1 ||
	    committing_story(cm, dd, rel) == -1 ||
	    (*seq > 0 && alerts_commit_item(
			     dk, dd, rel, cm->now_ms, cm->aged, false) == -1) ||
	    commit_remember(cm->j, dk->copies, dd, cm->aged, rel) == -1)
		return -1;
	relate_remember(dk->copies, dd, cm->aged, rel);
	if (rel->accounted)
		ledger_apply(dk->ledger, &rel->account);
	if (*seq > 0 && cm->told != NULL)
		cm->told[cm->ntold++] =
		    (struct told){ dd, rel->match.relation };
	cm->matches += *seq > 0;
	return 0;
}

/* Was it told before? Fills *v and brings its relation and revision up. */
static int
find_version(struct committing *cm, const struct decided *dd,
    struct related *rel, struct version *v)
{
	const struct copies_match *m = &rel->match;
	const json_t *before;
	uint32_t revision;

	if (m->relation == RELATION_KNOWN ||
	    (dd->item->revision <= 1 && !(m->relation == RELATION_UPDATE &&
					    strcmp(m->of, dd->item->id) == 0)))
		return 0;
	if (committing_version(cm, dd->item->id, v) == -1)
		return -1;
	if (v->a == NULL || (before = relate_item_of(v->frame)) == NULL)
		return 0;
	relate_again(rel, before);
	revision = (uint32_t)json_integer_value(
	    json_object_get(json_object_get(before, "_wiresift"), "revision"));
	dd->item->revision = MAX(dd->item->revision, revision + 1);
	return 0;
}

static bool
version_matched(const struct version *v)
{
	for (size_t i = 0; i < v->ntopics; i++)
		if (v->topics[i].level > TOPIC_NONE)
			return true;
	return false;
}

/* Of a feed whose state was damaged or lost: was this item told? */
static int
was_told(struct committing *cm, const struct decided *dd)
{
	struct version v = { 0 };
	int rc;

	if (!cm->doubtful || dd->item->revision > 1 || !is_match(dd))
		return 0;
	rc = committing_version(cm, dd->item->id, &v);
	if (rc == 0)
		rc = v.a != NULL;
	version_fini(&v);
	return rc;
}

static int
put_item(struct committing *cm, const struct decided *dd)
{
	struct version v = { 0 };
	struct related rel;
	uint64_t seq = 0;
	int rc;

	if ((rc = was_told(cm, dd)) != 0)
		return rc == -1 ? -1 : 0;
	if (dd->item->passed_over != NULL)
		return put_archived(cm, dd, 0);
	relate_item(cm->dk->copies, dd, cm->aged, &rel);
	rc = find_version(cm, dd, &rel, &v);
	if (rc == 0 && is_match(dd) && rel.match.relation != RELATION_KNOWN)
		rc = put_match(cm, dd, &rel, rel.again ? &v : NULL, &seq);
	else if (rc == 0 && rel.again && version_matched(&v))
		/* It has lost its topics: who got it is told so. */
		rc = append_record(cm, dd, &rel, &v, &seq);
	version_fini(&v);
	return rc == -1 ? -1 : put_archived(cm, dd, seq);
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
		.url = f->config->shown,
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
	rc = append_record(cm, dd, &rel, NULL, &seq);
	if (rc == 0 && seq > 0)
		rc = alerts_commit_item(
		    cm->dk, dd, &rel, cm->now_ms, cm->aged, false);
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
	if (put_counts(cm) == -1 ||
	    put_health(cm, f, &done->state, f->collect.n > 0) == -1 ||
	    j->ops->put_feed(j, f->key, &done->state) == -1 ||
	    j->ops->commit(j) == -1)
		goto fail;
	return 0;
fail:
	log_warnx("feed=%s commit: %s", f->key, j->error);
	j->ops->rollback(j);
	cm->dk->copies_stale = cm->dk->alerts_stale = true;
	return -1;
}

void
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

void
committing_fini(struct committing *cm)
{
	strbuf_fini(&cm->line);
	strbuf_fini(&cm->body);
	strbuf_fini(&cm->explain);
}

/* What is committed is counted. `first`: it was the feed's first document. */
static void
count_poll(const struct committing *cm, struct desk_feed *f,
    const struct poll_done *done, bool first)
{
	struct desk *dk = cm->dk;
	struct tally *t = &dk->tally;

	dk->count.polls++;
	dk->count.items += f->collect.n;
	dk->count.matches += cm->matches;
	t->polls[done->state.outcome]++;
	for (size_t i = 0; i < cm->ntold; i++)
		tally_match(t, cm->told[i].dd, cm->told[i].relation);
	for (size_t i = 0; i < f->collect.n && !first; i++) {
		const struct item *it = f->collect.v[i]->item;

		if (it->revision <= 1 && it->passed_over == NULL)
			tally_lag(t, &f->lag, it->published, cm->now);
	}
}

int
commit_poll(struct desk *dk, struct desk_feed *f, struct poll_done *done)
{
	struct committing cm;
	int rc;

	if ((dk->copies_stale && commit_rebuild_copies(dk) == -1) ||
	    (dk->alerts_stale && desk_alerts_load(dk) == -1))
		return -1;
	committing_init(&cm, dk);
	cm.weight = f->config->weight;
	cm.doubtful = f->salvaged || f->sum.polls == 0;
	cm.told = xcalloc(f->collect.n + 1, sizeof(*cm.told));
	copies_expire(dk->copies, cm.aged);
	ledger_expire(dk->ledger, cm.aged);
	rc = put_poll(&cm, f, done);
	if (rc == 0) {
		count_poll(&cm, f, done, f->sum.polls == 0);
		see_evicted(dk, cm.aged);
	} else {
		dk->tally.commits_failed++;
	}
	free(cm.told);
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
	if (feed_state_get(dk, a, f, &st) == -1)
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
		dk->alerts_stale = true;
		goto out;
	}
	dk->tally.polls[POLL_CRASHED]++;
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
