/* config_load.c - the main file, its drop-ins and topics to one struct. */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/fsutil.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/yaml.h"
#include "topic/rules.h"

#define MAX_FILES 10000                    /* that patterns may find */
#define MAX_TOPIC_BYTES ((size_t)64 << 20) /* all topic files together */

struct loading {
	struct config *c;
	struct diags *ds;
	const char *file;            /* main file as given */
	const struct yaml_node *map; /* of the main file */
	size_t topic_bytes;
	size_t room; /* of c->topic_files */
	/* What asks for the files that are read now; line 0 = nothing. */
	struct rules_include asker;
	const char *asker_file;
};

typedef void file_cb(struct loading *ld, const char *path);

/* The place is that of the key that names it. */
static void
fault_reading(const struct loading *ld, const char *path, int err)
{
	bool large = err == EFBIG;

	if (ld->asker.line > 0)
		diags_add(ld->ds, DIAG_ERROR, ld->asker_file, ld->asker.line,
		    ld->asker.col, "%s: cannot read %.200s: %s; %s",
		    ld->asker.pattern, path,
		    large ? "too large" : strerror(err),
		    large ? "expected at most 1 MiB"
			  : "expected a readable file");
	else
		diags_add(ld->ds, DIAG_ERROR, path, 0, 0, "cannot read: %s; %s",
		    large ? "too large" : strerror(err),
		    large ? "expected at most 1 MiB"
			  : "expected a readable file");
}

/* A whole file into the arena; NULL with a fault. */
static const char *
read_file(struct loading *ld, const char *path, size_t *len)
{
	struct strbuf sb;
	const char *text = NULL;
	char *copy;

	/* One more than is allowed, so that the parser tells the limit. */
	strbuf_init(&sb, YAML_MAX_BYTES + 1);
	if (fs_read(path, &sb) == -1) {
		fault_reading(ld, path, errno);
	} else if (sb.len == 0) {
		/* What a save on a full disk leaves, or one under way. */
		diags_add(ld->ds, DIAG_ERROR, path, 1, 1,
		    "empty, as after a save that failed; expected keys, or "
		    "a comment if none is meant");
	} else {
		/* Whole: a NUL in it is a fault to tell, not the end. */
		copy = arena_alloc(ld->c->arena, sb.len + 1);
		memcpy(copy, sb.data, sb.len);
		copy[sb.len] = '\0';
		text = copy;
		*len = sb.len;
	}
	strbuf_fini(&sb);
	return text;
}

static struct yaml_node *
parse_file(struct loading *ld, const char *path)
{
	struct yaml_node *root;
	const char *text;
	struct diag d;
	size_t len = 0;

	if ((text = read_file(ld, path, &len)) == NULL)
		return NULL;
	root = yaml_parse(ld->c->arena, path, text, len, &d);
	if (root == NULL) {
		diags_add_diag(ld->ds, &d);
		return NULL;
	}
	if (root->kind == YAML_MAP)
		return root;
	diags_add(ld->ds, DIAG_ERROR, path, root->line, root->col,
	    "a %s; expected a map of keys",
	    root->kind == YAML_SEQ ? "list" : "scalar");
	return NULL;
}

static void
load_table(struct loading *ld, const struct schema_table *t, const char *path,
    const struct yaml_node *map)
{
	struct schema_load sl = { .arena = ld->c->arena,
		.file = arena_strdup(ld->c->arena, path),
		.ds = ld->ds };

	schema_load_map(t, map, ld->c, &sl);
}

static void
load_feed_file(struct loading *ld, const char *path)
{
	const struct yaml_node *map = parse_file(ld, path);

	if (map != NULL)
		load_table(ld, &config_file_keys, path, map);
}

static void
load_topic_file(struct loading *ld, const char *path)
{
	struct config *c = ld->c;
	struct rules_file *rf;
	struct strbuf name;
	const char *text;
	size_t len = 0;

	if ((text = read_file(ld, path, &len)) == NULL)
		return;
	ld->topic_bytes += len;
	if (ld->topic_bytes > MAX_TOPIC_BYTES) {
		diags_add(ld->ds, DIAG_ERROR, path, 1, 1,
		    "too many topics; expected at most 64 MiB in all files");
		return;
	}
	if (c->ntopic_files == ld->room) {
		size_t room = ld->room == 0 ? 8 : ld->room * 2;

		c->topic_files = arena_grow(c->arena, c->topic_files,
		    ld->room * sizeof(*rf), room * sizeof(*rf));
		ld->room = room;
	}
	/* The name goes to the gatherers as JSON. */
	strbuf_init(&name, 3 * strlen(path));
	(void)utf8_repair(&name, path, strlen(path));
	rf = &c->topic_files[c->ntopic_files++];
	*rf = (struct rules_file){
		.name = arena_strdup(c->arena, name.data),
		.text = text,
		.len = len,
	};
	strbuf_fini(&name);
}

/* The pattern seen from the main file, whose own path is no pattern. */
static char *
pattern_from(const char *file, const char *pattern)
{
	const char *slash = strrchr(file, '/');
	struct strbuf sb;

	if (pattern[0] == '/' || slash == NULL)
		return xstrdup(pattern);
	strbuf_init(&sb, 2 * strlen(file) + strlen(pattern));
	for (const char *p = file; p <= slash; p++) {
		if (strchr("*?[]\\", *p) != NULL)
			strbuf_putc(&sb, '\\');
		strbuf_putc(&sb, *p);
	}
	strbuf_puts(&sb, pattern);
	return strbuf_take(&sb);
}

/* Where `key` stands in the main file, or nowhere: line 0. */
static struct yaml_node
mark_of(const struct loading *ld, const char *key)
{
	const struct yaml_node *n = yaml_get(ld->map, key);

	return n != NULL ? *n : (struct yaml_node){ .line = 0 };
}

/* Call `cb` for each file that a pattern of `key` finds, by name. */
static void
each_file(struct loading *ld, const char *key, const char *pattern, file_cb *cb)
{
	struct yaml_node at = mark_of(ld, key);
	char *full = pattern_from(ld->file, pattern);
	glob_t g;
	int rc = glob(full, 0, NULL, &g);

	if (rc == GLOB_NOMATCH && at.line != 0) {
		diags_add(ld->ds,
		    strpbrk(pattern, "*?[") != NULL ? DIAG_WARNING : DIAG_ERROR,
		    ld->file, at.line, at.col,
		    "%s: no file \"%s\"; expected "
		    "the name of a file, or a pattern that finds some",
		    key, pattern);
	} else if (rc != 0 && rc != GLOB_NOMATCH) {
		diags_add(ld->ds, DIAG_ERROR, ld->file, at.line, at.col,
		    "%s: cannot search \"%s\"; expected a readable folder", key,
		    pattern);
	} else if (rc == 0 && g.gl_pathc > MAX_FILES) {
		diags_add(ld->ds, DIAG_ERROR, ld->file, at.line, at.col,
		    "%s: %zu files; expected at most %d", key, g.gl_pathc,
		    MAX_FILES);
	} else if (rc == 0) {
		ld->asker = (struct rules_include){ key, at.line, at.col };
		ld->asker_file = ld->file;
		for (size_t i = 0; i < g.gl_pathc; i++)
			cb(ld, g.gl_pathv[i]);
		ld->asker.line = 0;
	}
	if (rc == 0)
		globfree(&g);
	free(full);
}

bool
config_has_topic_file(const struct config *c, const char *path)
{
	char *real = realpath(path, NULL), *have;
	bool found = false;

	for (size_t i = 0; real != NULL && !found && i < c->ntopic_files; i++) {
		have = realpath(c->topic_files[i].name, NULL);
		found = have != NULL && strcmp(have, real) == 0;
		free(have);
	}
	free(real);
	return found;
}

/* The files that topic file `i` includes; each file is read once. */
static void
load_includes(struct loading *ld, size_t i)
{
	const struct rules_file from = ld->c->topic_files[i];
	struct rules_include *inc;
	size_t n = rules_includes(&from, ld->c->arena, &inc);

	for (size_t k = 0; k < n; k++) {
		char *full = pattern_from(from.name, inc[k].pattern);
		glob_t g;

		if (ld->c->ntopic_files > MAX_FILES ||
		    glob(full, 0, NULL, &g) != 0) {
			diags_add(ld->ds, DIAG_ERROR, from.name, inc[k].line,
			    inc[k].col,
			    "include: no file \"%s\"; expected the name of a "
			    "file, or a pattern that finds some",
			    inc[k].pattern);
			free(full);
			continue;
		}
		ld->asker = (struct rules_include){ "include", inc[k].line,
			inc[k].col };
		ld->asker_file = from.name;
		for (size_t j = 0; j < g.gl_pathc; j++) {
			if (!config_has_topic_file(ld->c, g.gl_pathv[j]))
				load_topic_file(ld, g.gl_pathv[j]);
		}
		globfree(&g);
		free(full);
	}
}

void
config_read_topics(
    struct config *c, const char *const *paths, size_t n, struct diags *ds)
{
	struct loading ld = { .c = c, .ds = ds };

	for (size_t i = 0; i < n; i++) {
		if (!config_has_topic_file(c, paths[i]))
			load_topic_file(&ld, paths[i]);
	}
	for (size_t i = 0; i < c->ntopic_files; i++)
		load_includes(&ld, i); /* the list grows on the way */
}

/* Who we are, and where somebody can be reached, or nothing: a sample would
 * be worse (RFC 9110, 10.1.5). */
static const char *
user_agent(const struct config *c)
{
	static const char product[] = "wiresift/" WIRESIFT_VERSION;

	if (c->contact == NULL)
		return product;
	return arena_printf(c->arena, "%s (+%s%s)", product,
	    url_is_http(c->contact) ? "" : "mailto:", c->contact);
}

/* What a key left open and another one tells. */
static void
fill(struct loading *ld)
{
	struct schema_load sl = {
		.arena = ld->c->arena, .file = ld->c->file, .ds = ld->ds
	};
	struct config *c = ld->c;

	for (size_t i = 0; i < c->nfeeds; i++) {
		struct config_feed *f = &c->feeds[i];

		f->every_s = f->every_s != 0 ? f->every_s : c->every_s;
		f->first_fetch =
		    f->first_fetch != 0 ? f->first_fetch : c->first_fetch;
		f->max_age_s = f->max_age_s != 0 ? f->max_age_s : c->max_age_s;
	}
	if (strcmp(c->user_agent, "auto") == 0)
		c->user_agent = user_agent(c);
	if (yaml_get(ld->map, "sinks") == NULL) {
		c->sinks = arena_calloc(c->arena, 1, sizeof(*c->sinks));
		schema_defaults(&config_sink_keys, c->sinks, &sl);
		c->sinks[0].name = "stream";
		c->sinks[0].socket = "/run/wiresift/stream.sock";
		c->sinks[0].mark_file = c->file;
		c->nsinks = 1;
	}
}

int
config_compile(struct config *c, struct diags *ds)
{
	c->rules = rules_load_sound(c->topic_files, c->ntopic_files, ds);
	c->topics = topic_compile(c->rules, &c->topic_limits, ds);
	return c->topics == NULL ? -1 : 0;
}

static void
load_all(struct loading *ld)
{
	struct config *c = ld->c;
	struct schema_load sl = {
		.arena = c->arena, .file = c->file, .ds = ld->ds
	};

	schema_defaults(&config_keys, c, &sl);
	load_table(ld, &config_keys, ld->file, ld->map);
	for (size_t i = 0; i < c->nfeed_files; i++)
		each_file(ld, "feed_files", c->feed_files[i], load_feed_file);
	config_expand_opml(c, ld->ds);
	for (size_t i = 0; i < c->ntopic_globs; i++)
		each_file(ld, "topics", c->topic_globs[i], load_topic_file);
	for (size_t i = 0; i < c->ntopic_files; i++)
		load_includes(ld, i); /* the list grows on the way */
	/* Whatever was wrong: there may be more, and the rest is looked at
	 * without what is missing. */
	if (config_compile(c, ld->ds) == -1)
		c->topics = NULL;
	fill(ld);
	config_check(c, ld->ds);
}

struct config *
config_load(const char *path, struct diags *ds)
{
	struct arena *a = arena_new(0);
	struct config *c = arena_calloc(a, 1, sizeof(*c));
	struct loading ld = { .c = c, .ds = ds };
	size_t before = ds->errors;
	char *real;

	c->arena = a;
	ld.file = c->named = arena_strdup(a, path);
	real = realpath(path, NULL);
	c->file = arena_strdup(a, real != NULL ? real : path);
	free(real);
	if ((ld.map = c->map = parse_file(&ld, ld.file)) != NULL)
		load_all(&ld);
	if (ds->errors > before) {
		config_free(c);
		return NULL;
	}
	return c;
}
