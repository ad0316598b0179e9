/* filter.c - what a reader gets, and the frame it gets it in. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "sink/sink.h"

static bool
any_glob(const char *const *globs, const char *name)
{
	for (; *globs != NULL; globs++) {
		if (topic_glob_match(*globs, name))
			return true;
	}
	return false;
}

static bool
relation_wanted(const struct sink_filter *f, enum relation r)
{
	if (f->copies_all)
		return true;
	if (f->copies_none)
		return r == RELATION_NEW;
	return r !=
	       RELATION_KNOWN; /* of copies sink_filter_topic() knows more */
}

static bool
kind_wanted(const struct sink_filter *f, enum record_kind kind)
{
	switch (kind) {
	case RECORD_UPDATE:
		return !f->skip_updates && !f->copies_none;
	case RECORD_STORY:
		return !f->skip_stories;
	default:
		return true;
	}
}

/* "en" is "en-GB" too, but "e" is neither. */
static bool
lang_wanted(const struct sink_filter *f, const struct record *r)
{
	if (f->langs == NULL || r->kind == RECORD_STORY)
		return true;
	for (size_t i = 0; r->lang != NULL && f->langs[i] != NULL; i++) {
		size_t len = strlen(f->langs[i]);

		if (strncasecmp(r->lang, f->langs[i], len) == 0 &&
		    (r->lang[len] == '\0' || r->lang[len] == '-' ||
			r->lang[len] == '_'))
			return true;
	}
	return false;
}

/* Stories are of many feeds and origins: these choose among items. */
static bool
source_wanted(const struct sink_filter *f, const struct record *r)
{
	const char *name = NULL;

	if (r->origins < f->min_origins)
		return false;
	if (r->kind == RECORD_STORY)
		return true;
	if (f->origins != NULL &&
	    (r->origin == NULL || !any_glob(f->origins, r->origin)))
		return false;
	if (f->feeds == NULL)
		return true;
	if (r->feed != NULL && f->feed_name != NULL)
		name = f->feed_name(f->cookie, r->feed);
	return r->feed != NULL &&
	       (any_glob(f->feeds, r->feed) ||
		   (name != NULL && any_glob(f->feeds, name)));
}

/* Is it of a look back? Only one of its topics is told by it then. */
static bool
is_lookback(const struct record *r)
{
	for (size_t i = 0; i < r->ntopics; i++) {
		if (r->topics[i].looked_back)
			return true;
	}
	return false;
}

bool
sink_filter_topic(const struct sink_filter *f, const struct record *r,
    const struct journal_topic *t)
{
	static const char *const all[] = { "*", NULL };
	const char *const *globs = f->topics == NULL ? all : f->topics;
	enum topic_level level = t->level;

	if (!t->looked_back && is_lookback(r))
		return false;
	/* Who got it must hear that it is no longer about that. */
	if (r->kind == RECORD_UPDATE && t->was > level)
		level = t->was;
	else if (t->score < f->min_score)
		return false;
	if (level < f->min || !any_glob(globs, t->name) ||
	    (f->bound != NULL && !any_glob(f->bound, t->name)))
		return false;
	if (r->relation != RELATION_COPY || f->copies_all)
		return true;
	/* Had the text come this far before, so that he has it already? */
	return t->fresh > 0 && t->fresh - 1 < (int)f->min;
}

/* Is `name` one of the lines? */
static bool
has_line(const char *lines, const char *name)
{
	size_t len = strlen(name), n;

	for (; *lines != '\0'; lines += n + (lines[n] != '\0')) {
		n = strcspn(lines, "\n");
		if (n == len && memcmp(lines, name, n) == 0)
			return true;
	}
	return false;
}

static bool
alert_wanted(const struct sink_filter *f, const struct record *r)
{
	if (f->skip_alerts || f->sink == NULL || r->to == NULL ||
	    !has_line(r->to, f->sink))
		return false;
	if (f->alert_globs == NULL)
		return true;
	for (size_t i = 0; i < r->ntopics; i++) {
		if (any_glob(f->alert_globs, r->topics[i].name))
			return true;
	}
	return false;
}

bool
sink_filter_match(const struct sink_filter *f, const struct record *r)
{
	if (r->kind == RECORD_ALERT)
		return !r->damaged && alert_wanted(f, r);
	if (r->damaged || !kind_wanted(f, r->kind) ||
	    !relation_wanted(f, r->relation) || !lang_wanted(f, r) ||
	    !source_wanted(f, r) || (f->skip_lookbacks && is_lookback(r)))
		return false;
	for (size_t i = 0; i < r->ntopics; i++) {
		if (sink_filter_topic(f, r, &r->topics[i]))
			return true;
	}
	return false;
}

void
sink_filter_of(
    struct sink_filter *f, struct arena *a, const struct config_sink *c)
{
	const char **globs =
	    arena_calloc(a, c->ntopics + 1, sizeof(const char *));

	for (size_t i = 0; i < c->ntopics; i++)
		globs[i] = arena_strdup(a, c->topics[i]);
	*f = (struct sink_filter){
		.sink = arena_strdup(a, c->name),
		.topics = globs, /* none of them: no topic matches */
		.min = c->min,
		.copies_all = c->copies == COPIES_ALL,
		.copies_none = c->copies == COPIES_NONE,
		.skip_updates = !c->updates,
		.skip_lookbacks = !config_sink_looks_back(c),
		.skip_stories =
		    c->stories == STORIES_FALSE ||
		    (c->stories == STORIES_AUTO && c->socket == NULL),
	};
}

/* ,"cursor":"EPOCH:SEQ"} */
static int
put_cursor(struct strbuf *out, uint64_t epoch, uint64_t seq)
{
	char cursor[CURSOR_MAX];

	cursor_format(epoch, seq, cursor);
	return strbuf_printf(out, ",\"cursor\":\"%s\"}", cursor);
}

/* All or nothing: a line that did not fit leaves no trace. */
static int
finish(struct strbuf *out, size_t start)
{
	bool over = strbuf_over(out) || out->len - start > RECORD_MAX_BYTES;

	if (!over)
		return 0;
	strbuf_trunc(out, start);
	out->over = false;
	errno = EMSGSIZE;
	return -1;
}

int
sink_frame(struct strbuf *out, const struct record *r, uint64_t epoch)
{
	size_t start = out->len;

	if (r->damaged || r->body_len < 2) {
		errno = EBADMSG;
		return -1;
	}
	strbuf_append(out, r->body, r->body_len - 1);
	put_cursor(out, epoch, r->seq);
	return finish(out, start);
}

int
sink_frame_explain(struct strbuf *out, const struct record *r, uint64_t epoch)
{
	/* record_encode() puts "_wiresift" last in the item, and that last in
	 * an update: }}} or }}}} */
	static const char tails[] = "}}}}";
	const char *tail = tails + (r->kind == RECORD_UPDATE ? 0 : 1);
	size_t start = out->len, keep = r->body_len - strlen(tail);

	if (r->damaged || r->explain == NULL || r->body_len < 16 ||
	    r->kind == RECORD_STORY || r->kind == RECORD_ALERT ||
	    memcmp(r->body + keep, tail, strlen(tail)) != 0)
		return sink_frame(out, r, epoch);
	strbuf_append(out, r->body, keep);
	if (r->body[keep - 1] != '{')
		strbuf_putc(out, ',');
	strbuf_puts(out, "\"explain\":");
	strbuf_append(out, r->explain, r->explain_len);
	strbuf_puts(out, tail + 1);
	put_cursor(out, epoch, r->seq);
	if (finish(out, start) == 0)
		return 0;
	return sink_frame(out, r, epoch);
}

int
sink_frame_gap(struct strbuf *out, uint64_t epoch, uint64_t after_epoch,
    uint64_t after, uint64_t next, const char *reason)
{
	char text[CURSOR_MAX];

	strbuf_puts(out, "{\"gap\":{\"after\":");
	if (after_epoch == 0)
		strbuf_puts(out, "null");
	else {
		cursor_format(after_epoch, after, text);
		strbuf_printf(out, "\"%s\"", text);
	}
	cursor_format(epoch, next, text);
	strbuf_printf(out, ",\"resumed\":\"%s\",\"lost\":", text);
	if (after_epoch == epoch)
		strbuf_printf(out, "%llu",
		    (unsigned long long)(next > after ? next - after - 1 : 0));
	else
		strbuf_puts(out, "null");
	strbuf_printf(out, ",\"reason\":\"%s\"}", reason);
	return put_cursor(out, epoch, next == 0 ? 0 : next - 1);
}
