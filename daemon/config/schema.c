/* schema.c - load YAML maps into structs by tables, every fault with place. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/xmalloc.h"
#include "config/schema.h"
#include "config/yaml.h"

static const struct schema_key *
key_find(const struct schema_table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->keys[i].key, name) == 0)
			return &t->keys[i];
	return NULL;
}

static void
fault(const struct schema_load *sl, const struct yaml_node *n, const char *what,
    const char *want)
{
	diags_add(sl->ds, DIAG_ERROR, sl->file, n->line, n->col, "%s; %s", what,
	    want);
}

/* Where to look when no key of ours is meant. */
static const char *
see_for(const char *key)
{
	if (strcmp(key, "version") == 0 || strcmp(key, "terms") == 0)
		return "it belongs to a file of topics, which topics: names; "
		       "see wiresift-topics(5)";
	return "see wiresift.yaml(5)";
}

static void
unknown_key(const struct schema_table *t, const struct yaml_node *key,
    const struct schema_load *sl)
{
	const char **words = xcalloc(t->n + 1, sizeof(*words));
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->keys[i].type != SCHEMA_LATER)
			words[n++] = t->keys[i].key;
	near = diag_suggest(key->text, words);
	diags_add(sl->ds, DIAG_ERROR, sl->file, key->line, key->col,
	    "unknown key \"%.60s\" in %s; %s%s%s", key->text, t->what,
	    near != NULL ? "did you mean " : see_for(key->text),
	    near != NULL ? near : "", near != NULL ? "?" : "");
	free(words);
}

static void
load_scalar(const struct schema_key *k, const struct yaml_node *v, void *obj,
    const struct schema_load *sl)
{
	char want[256];

	if (v->kind != YAML_SCALAR) {
		diags_add(sl->ds, DIAG_ERROR, sl->file, v->line, v->col,
		    "%s has a %s; expected one value", k->key,
		    v->kind == YAML_MAP ? "map" : "list");
		return;
	}
	if (schema_parse(k, v->text, obj, sl, want, sizeof(want)))
		return;
	if (v->text[0] != '\0' && !schema_is_text(v->text))
		fault(sl, v, k->key, "expected no control characters");
	else
		diags_add(sl->ds, DIAG_ERROR, sl->file, v->line, v->col,
		    "%s cannot be \"%.80s\"; expected %s", k->key, v->text,
		    want);
}

static void
set_texts(const struct schema_key *k, void *obj, const char **texts, size_t n)
{
	memcpy((char *)obj + k->offset, &texts, sizeof(texts));
	memcpy((char *)obj + k->count_offset, &n, sizeof(n));
}

/* A list of texts; one text alone is a list of one. */
static void
load_texts(const struct schema_key *k, const struct yaml_node *v, void *obj,
    const struct schema_load *sl)
{
	size_t n = v->kind == YAML_SEQ ? v->n : 1;
	const char **texts = arena_calloc(sl->arena, n + 1, sizeof(*texts));
	const struct yaml_node *e;
	bool good = true;

	set_texts(k, obj, NULL, 0);
	for (size_t i = 0; i < n; i++) {
		e = v->kind == YAML_SEQ ? v->kids[i] : v;
		if (e->kind != YAML_SCALAR || !schema_is_text(e->text)) {
			fault(sl, e, k->key,
			    "expected a list of texts, as [a, b]");
			good = false;
			continue;
		}
		texts[i] = arena_strdup(sl->arena, e->text);
	}
	if (good)
		set_texts(k, obj, texts, n);
}

/* An element of a list of maps: its defaults, its keys, its own check. */
static void
load_elem(const struct schema_key *k, const struct yaml_node *v, void *elem,
    struct schema_load *sl)
{
	const struct schema_table *t = k->sub;
	size_t errors = sl->ds->errors;

	schema_defaults(t, elem, sl);
	if (v->kind == YAML_SCALAR && t->shorthand != NULL)
		load_scalar(key_find(t, t->shorthand), v, elem, sl);
	else if (v->kind != YAML_MAP)
		fault(sl, v, t->what, "expected a map of keys");
	else
		schema_load_map(t, v, elem, sl);
	if (sl->ds->errors == errors && t->loaded != NULL)
		t->loaded(sl, v, elem);
}

static void
load_list(const struct schema_key *k, const struct yaml_node *v, void *obj,
    struct schema_load *sl)
{
	size_t old, n, size = k->sub->elem_size;
	char *elems;

	if (v->kind == YAML_SCALAR && v->plain && v->text[0] == '\0')
		return; /* "feeds:" with nothing behind it */
	if (v->kind != YAML_SEQ) {
		fault(sl, v, k->key, "expected a list");
		return;
	}
	memcpy(&elems, (char *)obj + k->offset, sizeof(elems));
	memcpy(&old, (char *)obj + k->count_offset, sizeof(old));
	n = old + v->n;
	elems = arena_grow(sl->arena, elems, old * size, n * size);
	memset(elems + old * size, 0, v->n * size);
	for (size_t i = 0; i < v->n; i++)
		load_elem(k, v->kids[i], elems + (old + i) * size, sl);
	memcpy((char *)obj + k->offset, &elems, sizeof(elems));
	memcpy((char *)obj + k->count_offset, &n, sizeof(n));
}

static void
load_key(const struct schema_key *k, const struct yaml_node *key,
    const struct yaml_node *v, void *obj, struct schema_load *sl)
{
	switch (k->type) {
	case SCHEMA_LATER:
		diags_add(sl->ds, DIAG_ERROR, sl->file, key->line, key->col,
		    "%s: %s is not in this version; leave it out", k->key,
		    k->help);
		break;
	case SCHEMA_MAP:
		if (v->kind == YAML_MAP)
			schema_load_map(k->sub, v, obj, sl);
		else
			fault(sl, v, k->key, "expected a map of keys");
		break;
	case SCHEMA_LIST:
		load_list(k, v, obj, sl);
		break;
	case SCHEMA_TEXTS:
		load_texts(k, v, obj, sl);
		break;
	default:
		load_scalar(k, v, obj, sl);
		break;
	}
}

void
schema_load_map(const struct schema_table *t, const struct yaml_node *map,
    void *obj, struct schema_load *sl)
{
	const struct schema_key *k;

	for (size_t i = 0; i < map->n; i++) {
		k = key_find(t, map->keys[i]->text);
		if (k == NULL)
			unknown_key(t, map->keys[i], sl);
		else
			load_key(k, map->keys[i], map->kids[i], obj, sl);
	}
	for (size_t i = 0; i < t->n; i++)
		if ((t->keys[i].flags & SCHEMA_REQUIRED) != 0 &&
		    yaml_get(map, t->keys[i].key) == NULL)
			diags_add(sl->ds, DIAG_ERROR, sl->file, map->line,
			    map->col, "%s without %s; expected %s: VALUE",
			    t->what, t->keys[i].key, t->keys[i].key);
}

static void
default_texts(
    const struct schema_key *k, void *obj, const struct schema_load *sl)
{
	const char **texts = arena_calloc(sl->arena, 2, sizeof(*texts));

	texts[0] = k->def;
	set_texts(k, obj, texts, 1);
}

void
schema_defaults(const struct schema_table *t, void *obj, struct schema_load *sl)
{
	char want[256];

	for (size_t i = 0; i < t->n; i++) {
		const struct schema_key *k = &t->keys[i];

		if (k->type == SCHEMA_MAP)
			schema_defaults(k->sub, obj, sl);
		else if (k->def == NULL)
			continue;
		else if (k->type == SCHEMA_TEXTS)
			default_texts(k, obj, sl);
		else if (!schema_parse(k, k->def, obj, sl, want, sizeof(want)))
			diags_add(sl->ds, DIAG_ERROR, "schema", 0, 0,
			    "default of %s is \"%s\"; expected %s", k->key,
			    k->def, want);
	}
}

static void
own_texts(const struct schema_key *k, void *obj, struct arena *a)
{
	const char *const *from;
	const char **texts;
	size_t n;

	memcpy(&from, (char *)obj + k->offset, sizeof(from));
	memcpy(&n, (char *)obj + k->count_offset, sizeof(n));
	texts = arena_calloc(a, n + 1, sizeof(*texts));
	for (size_t i = 0; i < n; i++)
		texts[i] = arena_strdup(a, from[i]);
	set_texts(k, obj, texts, n);
}

void
schema_own(const struct schema_table *t, void *obj, struct arena *a)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct schema_key *k = &t->keys[i];

		if (k->type == SCHEMA_MAP)
			schema_own(k->sub, obj, a);
		else if (k->type == SCHEMA_TEXTS)
			own_texts(k, obj, a);
		else if (k->type == SCHEMA_TEXT || k->type == SCHEMA_PATH)
			schema_set_text(
			    k, obj, arena_strdup(a, schema_get_text(k, obj)));
	}
}
