/* config_trial.c - the rules as they would be with other topic files. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "topic/rules.h"

/* Lists and topics are known by names of their own: "$iraq", "strikes". */
static void
each_name(const struct rules *r, void (*cb)(void *, const char *), void *cookie)
{
	for (size_t i = 0; i < r->nlists; i++) {
		char *name = xasprintf("$%s", r->lists[i].name);

		cb(cookie, name);
		free(name);
	}
	for (size_t i = 0; i < r->ntopics; i++)
		cb(cookie, r->topics[i].name);
}

static void
put_name_cb(void *cookie, const char *name)
{
	static char there;

	hmap_put(cookie, name, &there);
}

struct clash {
	const struct hmap *names;
	bool found;
};

static void
clash_cb(void *cookie, const char *name)
{
	struct clash *cl = cookie;

	cl->found = cl->found || hmap_get(cl->names, name) != NULL;
}

/* Does `f` define a name that the tried files define? Faults it has itself
 * are told when all is compiled. */
static bool
is_replaced(const struct rules_file *f, const struct hmap *names)
{
	struct clash cl = { .names = names };
	struct rules *r;
	struct diags ds;

	diags_init(&ds, 1);
	if ((r = rules_load(f, 1, &ds)) != NULL)
		each_name(r, clash_cb, &cl);
	rules_free(r);
	diags_fini(&ds);
	return cl.found;
}

/* Add those files of `base` whose place nobody takes. */
static void
keep_others(struct config_trial *t, const struct config *base,
    const struct rules *tried)
{
	struct config *c = t->config;
	struct hmap *names = hmap_new();
	size_t n = c->ntopic_files, room = n + base->ntopic_files;
	struct rules_file *all = arena_calloc(c->arena, room + 1, sizeof(*all));

	if (n > 0)
		memcpy(all, c->topic_files, n * sizeof(*all));
	t->replaced = arena_calloc(
	    c->arena, base->ntopic_files + 1, sizeof(*t->replaced));
	each_name(tried, put_name_cb, names);
	for (size_t i = 0; i < base->ntopic_files; i++) {
		const struct rules_file *f = &base->topic_files[i];
		struct rules_file *to = &all[n];

		to->name = arena_strdup(c->arena, f->name);
		if (config_has_topic_file(c, f->name) ||
		    is_replaced(f, names)) {
			t->replaced[t->nreplaced++] = to->name;
			continue;
		}
		to->text = arena_strndup(c->arena, f->text, f->len);
		to->len = f->len;
		n++;
		t->kept++;
	}
	c->topic_files = all;
	c->ntopic_files = n;
	hmap_free(names, NULL);
}

int
config_try_topics(struct config_trial *t, const struct config *base,
    const char *const *paths, size_t n, struct diags *ds)
{
	struct arena *a = arena_new(0);
	struct config *c = arena_calloc(a, 1, sizeof(*c));
	struct rules *tried = NULL;
	size_t before = ds->errors;
	bool good = false;

	*t = (struct config_trial){ .config = c };
	c->arena = a;
	c->topic_limits = base->topic_limits;
	config_read_topics(c, paths, n, ds);
	if (ds->errors == before &&
	    (tried = rules_load(c->topic_files, c->ntopic_files, ds)) != NULL) {
		keep_others(t, base, tried);
		good = config_compile(c, ds) == 0;
	}
	rules_free(tried);
	if (good)
		return 0;
	config_free(c);
	t->config = NULL;
	return -1;
}
