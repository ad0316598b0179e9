/* cases.c - run the tests that stand in the rules themselves. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"
#include "topic/cases.h"
#include "topic/rules.h"

#define CASE_MAX_BYTES ((size_t)1 << 20)

static const enum topic_level wanted[] = {
	[RULES_ABOUT] = TOPIC_ABOUT,
	[RULES_MENTIONS] = TOPIC_MENTIONS,
	[RULES_NONE] = TOPIC_NONE,
	[RULES_TODO] = TOPIC_ABOUT,
};

static const char *
plain(struct item *it, const char *text)
{
	struct strbuf sb;
	const char *out;

	strbuf_init(&sb, CASE_MAX_BYTES);
	if (text != NULL)
		text_normalise(&sb, text, strlen(text));
	out = arena_strndup(it->arena, sb.data, sb.len);
	strbuf_fini(&sb);
	return out;
}

/* First line title, the rest body. */
static void
split_file(struct item *it, char *text)
{
	char *nl = strchr(text, '\n');

	if (nl != NULL)
		*nl++ = '\0';
	it->title_text = plain(it, text);
	it->text = plain(it, nl);
}

static struct item *
case_item(
    const struct rules_case *c, const struct topic_case_ops *ops, bool *unread)
{
	struct item *it = item_new();
	struct strbuf sb;

	if (c->path != NULL) {
		strbuf_init(&sb, CASE_MAX_BYTES);
		*unread =
		    ops->read == NULL ||
		    ops->read(ops->cookie, c->mark.file, c->path, &sb) == -1;
		split_file(it, sb.data);
		strbuf_fini(&sb);
	} else {
		it->title_text = plain(it, c->title);
		it->text = plain(it, c->body);
	}
	it->language = arena_strdup(it->arena, c->lang);
	it->feed_name = arena_strdup(it->arena, c->feed);
	it->feed = it->feed_name;
	it->url = arena_strdup(it->arena, c->url);
	return it;
}

static void
run_case(const struct topic_set *ts, const struct rules_topic *t,
    const struct rules_case *c, const struct topic_case_ops *ops,
    struct topic_case_result *r)
{
	const struct token_params tp = { 0, 0 };
	struct topic_results got;
	const char *const only[] = { t->name, NULL };

	struct item *it = case_item(c, ops, &r->unread);

	r->topic = t;
	r->test = c;
	r->todo = c->expect == RULES_TODO;
	r->text = c->path != NULL ? c->path : c->title;
	if (r->text == NULL)
		r->text = c->body;
	topic_eval(
	    ts, tokens_make(it->arena, it, &tp), it->arena, true, only, &got);
	if (got.n == 1) {
		r->level = got.v[0].level;
		r->score = got.v[0].score;
		r->threshold = got.v[0].threshold;
		r->lacking = got.v[0].lacking;
	}
	r->ok = !r->unread && r->level == wanted[c->expect];
	if (ops->result != NULL)
		ops->result(ops->cookie, r);
	item_free(it);
}

size_t
topic_run_cases(const struct topic_set *ts, const struct rules *r,
    const struct topic_case_ops *ops, size_t *ncases, size_t *ntodo)
{
	size_t failed = 0, n = 0, todo = 0;

	for (size_t i = 0; i < r->ntopics; i++) {
		const struct rules_topic *t = &r->topics[i];

		for (size_t j = 0; j < t->ncases; j++) {
			struct topic_case_result res = { 0 };

			run_case(ts, t, &t->cases[j], ops, &res);
			n++;
			todo += res.todo;
			failed += !res.ok && !res.todo;
		}
	}
	if (ncases != NULL)
		*ncases = n;
	if (ntodo != NULL)
		*ntodo = todo;
	return failed;
}

/* A name on one line, without what TAP gives a meaning. */
static void
put_name(struct strbuf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			strbuf_puts(out, " / ");
		else if (*s == '#')
			strbuf_puts(out, "\\#");
		else
			strbuf_putc(out, *s);
	}
}

void
topic_case_tap(
    struct strbuf *out, size_t number, const struct topic_case_result *r)
{
	strbuf_printf(out, "%s %zu - %s: %s \"", r->ok ? "ok" : "not ok",
	    number, r->topic->name, topic_level_name(wanted[r->test->expect]));
	put_name(out, r->text);
	strbuf_puts(out, r->todo ? "\" # TODO\n" : "\"\n");
	if (r->ok)
		return;
	strbuf_printf(out, "# %s:%u:%u: ", r->test->mark.file,
	    r->test->mark.line, r->test->mark.col);
	topic_case_tell(out, r);
}

void
topic_case_tell(struct strbuf *out, const struct topic_case_result *r)
{
	if (r->unread) {
		strbuf_printf(
		    out, "cannot read the test's file %s\n", r->test->path);
		return;
	}
	strbuf_printf(out, "%s is %s (%d/%d), expected %s", r->topic->name,
	    topic_level_name(r->level), r->score, r->threshold,
	    topic_level_name(wanted[r->test->expect]));
	if (r->lacking != NULL)
		strbuf_printf(out, "; %s", r->lacking);
	strbuf_putc(out, '\n');
}
