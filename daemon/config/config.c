/* config.c - a configuration as a whole: shown, compared, sent, freed. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "topic/rules.h"

static const char head_example[] =
    "# wiresift.yaml - what wiresiftd watches and where it delivers.\n"
    "#\n"
    "# Every key stands here with its default; wiresift.yaml(5) tells more.\n"
    "# After a change: wiresift check, then wiresift reload.\n";

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	topic_set_free(c->topics);
	rules_free(c->rules);
	arena_free(c->arena);
}

void
config_show(const struct config *c, struct strbuf *out)
{
	struct config_feed *feeds = xcalloc(c->nfeeds + 1, sizeof(*feeds));
	struct config shown = *c;

	/* What is on for all is in force for each. */
	for (size_t i = 0; i < c->nfeeds; i++) {
		feeds[i] = c->feeds[i];
		feeds[i].adaptive = feeds[i].adaptive || c->adaptive;
		feeds[i].allow_private =
		    feeds[i].allow_private || c->allow_private;
	}
	shown.feeds = feeds;
	strbuf_printf(out, "# The configuration in force, from %s.\n",
	    c->file != NULL ? c->file : "nowhere");
	schema_write(&config_keys, &shown, false, out);
	free(feeds);
}

void
config_example(struct strbuf *out)
{
	strbuf_puts(out, head_example);
	schema_write(&config_keys, NULL, true, out);
}

void
config_needs_restart(
    const struct config *a, const struct config *b, struct strbuf *out)
{
	schema_diff_restart(&config_keys, a, b, out);
}

static void
add_dir(json_t *dirs, const char *file)
{
	const char *slash = file != NULL ? strrchr(file, '/') : NULL;

	if (slash != NULL)
		json_object_setn_new(
		    dirs, file, (size_t)(slash - file) + 1, json_null());
}

/* The folders that a gatherer reads from, each once. */
static json_t *
encode_file_dirs(const struct config *c)
{
	json_t *dirs = json_object(), *list = json_array();
	const char *dir;
	json_t *v;

	for (size_t i = 0; i < c->nfeeds; i++)
		add_dir(dirs, c->feeds[i].file);
	add_dir(dirs, c->ca_file);
	json_object_foreach(dirs, dir, v)
	    json_array_append_new(list, json_string(dir));
	json_decref(dirs);
	return list;
}

static void
decode_file_dirs(struct config *c, const json_t *list)
{
	size_t n = json_array_size(list);

	c->file_dirs = arena_calloc(c->arena, n + 1, sizeof(*c->file_dirs));
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(list, i));

		if (s != NULL)
			c->file_dirs[c->nfile_dirs++] =
			    arena_strdup(c->arena, s);
	}
}

json_t *
config_encode_gatherer(const struct config *c)
{
	json_t *files = json_array();

	for (size_t i = 0; i < c->ntopic_files; i++) {
		const struct rules_file *rf = &c->topic_files[i];

		json_array_append_new(
		    files, json_pack("{s:s, s:s%}", "name", rf->name, "text",
			       rf->text, rf->len));
	}
	return json_pack("{s:o, s:o, s:o}", "keys",
	    schema_encode(&config_keys, c), "topic_files", files, "file_dirs",
	    encode_file_dirs(c));
}

static int
decode_topics(struct config *c, const json_t *files)
{
	size_t n = json_array_size(files);

	c->topic_files = arena_calloc(c->arena, n + 1, sizeof(*c->topic_files));
	for (size_t i = 0; i < n; i++) {
		const json_t *f = json_array_get(files, i);
		const json_t *text = json_object_get(f, "text");
		const char *name =
		    json_string_value(json_object_get(f, "name"));

		if (name == NULL || !json_is_string(text))
			return -1;
		c->topic_files[i] = (struct rules_file){
			.name = arena_strdup(c->arena, name),
			.text = arena_strndup(c->arena, json_string_value(text),
			    json_string_length(text)),
			.len = json_string_length(text),
		};
	}
	c->ntopic_files = n;
	return 0;
}

struct config *
config_decode_gatherer(const json_t *j, struct diags *ds)
{
	struct arena *a = arena_new(0);
	struct config *c = arena_calloc(a, 1, sizeof(*c));

	c->arena = a;
	if (schema_decode(&config_keys, json_object_get(j, "keys"), c, a) ==
		-1 ||
	    decode_topics(c, json_object_get(j, "topic_files")) == -1) {
		diags_add(ds, DIAG_ERROR, NULL, 0, 0,
		    "a damaged configuration; expected that of this version");
		config_free(c);
		return NULL;
	}
	decode_file_dirs(c, json_object_get(j, "file_dirs"));
	if (config_compile(c, ds) == -1) {
		config_free(c);
		return NULL;
	}
	return c;
}

json_t *
config_feed_encode(const struct config_feed *f)
{
	json_t *j = schema_encode(&config_feed_keys, f);

	json_object_set_new(j, "key", json_string(f->key));
	return j;
}

struct config_feed *
config_feed_decode(struct arena *a, const json_t *j)
{
	struct config_feed *f = arena_calloc(a, 1, sizeof(*f));
	const char *key = json_string_value(json_object_get(j, "key"));

	if (key == NULL || schema_decode(&config_feed_keys, j, f, a) == -1 ||
	    (f->url == NULL) == (f->file == NULL))
		return NULL;
	config_feed_name(f, a);
	return f;
}
