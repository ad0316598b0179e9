/* config_opml.c - `opml:` entries become the feeds of their lists. */
#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/fsutil.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "feed/opml.h"

struct expanding {
	struct config *c;
	struct config_feed *v; /* the new list */
	size_t n, room;
};

static struct config_feed *
add(struct expanding *ex)
{
	if (ex->n == ex->room) {
		size_t room = ex->room == 0 ? 64 : ex->room * 2;

		ex->v = arena_grow(ex->c->arena, ex->v,
		    ex->room * sizeof(*ex->v), room * sizeof(*ex->v));
		ex->room = room;
	}
	return memset(&ex->v[ex->n++], 0, sizeof(*ex->v));
}

/* Globs separated by blanks to the arena's list of them. */
static void
set_topics(struct arena *a, struct config_feed *f, const char *globs)
{
	char *s = arena_strdup(a, globs), *save = NULL;
	size_t room = strlen(s) / 2 + 2;

	f->topics = arena_calloc(a, room, sizeof(*f->topics));
	f->ntopics = 0;
	for (char *g = strtok_r(s, " ", &save); g != NULL;
	     g = strtok_r(NULL, " ", &save))
		f->topics[f->ntopics++] = g;
}

/* A setting that the list writes as wiresift.yaml would. */
static void
set_listed(
    struct config_feed *f, const char *key, const char *value, struct diags *ds)
{
	struct schema_load sl = { .ds = ds };
	char want[128];

	if (value == NULL || schema_parse(config_feed_key(key), value, f, &sl,
				 want, sizeof(want)))
		return;
	diags_add(ds, DIAG_ERROR, f->mark_file, f->mark_line, f->mark_col,
	    "%s: %.60s; expected %s", key, value, want);
}

/* What the list does not tell of a feed comes from the entry `from`. */
static void
add_listed(struct expanding *ex, const struct config_feed *from,
    const struct opml_feed *of, struct diags *ds)
{
	struct config_feed *f = add(ex);

	*f = *from;
	f->opml = NULL;
	f->url = of->url;
	f->id = of->id;
	f->name = of->name;
	config_feed_name(f, ex->c->arena);
	f->mark_file = from->opml;
	f->mark_line = of->line;
	f->mark_col = 1;
	if (of->every_s != 0)
		f->every_s = of->every_s;
	set_listed(f, "first_fetch", of->first_fetch, ds);
	set_listed(f, "max_age", of->max_age, ds);
	if (of->language != NULL)
		f->language = of->language;
	if (of->topics != NULL)
		set_topics(ex->c->arena, f, of->topics);
	if (of->allow_private)
		f->allow_private = true;
}

static void
expand(struct expanding *ex, const struct config_feed *from, struct diags *ds)
{
	struct strbuf sb;
	struct opml *o;
	struct diag d = { 0 };

	strbuf_init(&sb, OPML_MAX_BYTES);
	if (fs_read(from->opml, &sb) == -1) {
		diags_add(ds, DIAG_ERROR, from->mark_file, from->mark_line,
		    from->mark_col,
		    "cannot read the list %s: %s; expected a "
		    "readable OPML file of at most 8 MiB",
		    from->opml, strerror(errno));
	} else {
		o = opml_parse(ex->c->arena, from->opml, sb.data, sb.len, &d);
		if (o == NULL)
			diags_add_diag(ds, &d);
		for (size_t i = 0; o != NULL && i < o->nfeeds; i++)
			add_listed(ex, from, &o->feeds[i], ds);
	}
	strbuf_fini(&sb);
}

void
config_expand_opml(struct config *c, struct diags *ds)
{
	struct expanding ex = { .c = c };
	size_t lists = 0;

	for (size_t i = 0; i < c->nfeeds; i++)
		lists += c->feeds[i].opml != NULL;
	if (lists == 0)
		return;
	for (size_t i = 0; i < c->nfeeds; i++) {
		if (c->feeds[i].opml != NULL)
			expand(&ex, &c->feeds[i], ds);
		else
			*add(&ex) = c->feeds[i];
	}
	c->feeds = ex.v;
	c->nfeeds = ex.n;
}
