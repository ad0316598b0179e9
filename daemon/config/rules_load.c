/* rules_load.c - topic files to one set of rules. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/xmalloc.h"
#include "config/rules_load.h"
#include "config/rules_node.h"
#include "config/yaml.h"
#include "pipeline/health.h"
#include "topic/rules.h"

#define DEFAULT_THRESHOLD 12
#define MAX_THRESHOLD 1000000
#define MAX_WEIGHT 10000
#define NAME_MAX_BYTES 100

static const char *const file_keys[] = { "version", "terms", "topics",
	"include", NULL };
static const char *const topic_keys[] = { "title", "threshold", "mention",
	"langs", "require", "exclude", "score", "tests", "alert", NULL };
static const char *const signal_keys[] = { "name", "weight", "boost", NULL };
static const char *const case_keys[] = { "title", "body", "lang", "feed", "url",
	"file", NULL };

struct loader {
	struct rules_reader rr;
	struct rules *rules;
	size_t lists_size, topics_size;
	struct hmap *list_at, *topic_at; /* name -> number + 1 */
	size_t known; /* faults of topics, and of lists whose names are known */
};

static struct rules_mark
mark_of(const struct loader *ld, const struct yaml_node *y)
{
	return rules_mark_of(&ld->rr, y);
}

/* Room for one more; the arena keeps the smaller arrays before. */
static void *
grow(struct arena *a, void *v, size_t n, size_t *size, size_t each)
{
	size_t old = *size;

	if (n < old)
		return v;
	*size = old == 0 ? 16 : old * 2;
	return arena_grow(a, v, old * each, *size * each);
}

static bool
valid_name(const char *s)
{
	size_t n =
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		      "0123456789_-");

	return n > 0 && n <= NAME_MAX_BYTES && s[n] == '\0';
}

static bool
check_name(
    const struct loader *ld, const struct yaml_node *key, const char *what)
{
	if (valid_name(key->text))
		return true;
	rules_fault(&ld->rr, key,
	    "bad %s name \"%.60s\"; expected letters, digits, \"-\" and "
	    "\"_\", at most %d",
	    what, key->text, NAME_MAX_BYTES);
	return false;
}

static void
fault_twice(const struct loader *ld, const struct yaml_node *key,
    const char *what, const struct rules_mark *before)
{
	rules_fault(&ld->rr, key,
	    "%s \"%.60s\" a second time; the first is at %s:%u:%u", what,
	    key->text, before->file, before->line, before->col);
}

static bool
is_map(const struct loader *ld, const struct yaml_node *y, const char *key,
    const char *of)
{
	if (y->kind == YAML_MAP)
		return true;
	rules_fault(&ld->rr, y, "\"%s\" is no map; expected %s", key, of);
	return false;
}

static bool
known_key(const char *const known[], const char *key)
{
	for (; *known != NULL; known++) {
		if (strcmp(*known, key) == 0)
			return true;
	}
	return false;
}

/* --- lists -------------------------------------------------------------- */

static bool
is_lang(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz");

	return (n == 2 || n == 3) && s[n] == '\0' && !rules_is_op(s);
}

/* {en: [...], ar: [...]} rather than a condition? */
static bool
is_by_lang(const struct yaml_node *y)
{
	if (y->kind != YAML_MAP || y->n == 0)
		return false;
	for (size_t i = 0; i < y->n; i++) {
		if (rules_is_op(y->keys[i]->text))
			return false;
	}
	return true;
}

static void
read_by_lang(
    const struct loader *ld, const struct yaml_node *y, struct rules_list *l)
{
	l->by_lang = arena_calloc(ld->rr.a, y->n, sizeof(*l->by_lang));
	l->nby_lang = y->n;
	for (size_t i = 0; i < y->n; i++) {
		const char *lang = y->keys[i]->text;

		if (!is_lang(lang))
			rules_fault(&ld->rr, y->keys[i],
			    "bad language \"%.60s\"; expected two or three "
			    "small letters (en, ar), or an operator: any, "
			    "all, atleast, not",
			    lang);
		l->by_lang[i].lang = arena_strdup(ld->rr.a, lang);
		l->by_lang[i].node = rules_node_read(&ld->rr, y->kids[i]);
	}
}

static void
read_list(
    struct loader *ld, const struct yaml_node *key, const struct yaml_node *y)
{
	struct rules *r = ld->rules;
	uintptr_t before = (uintptr_t)hmap_get(ld->list_at, key->text);
	size_t errors = ld->rr.ds->errors;
	struct rules_list *l;

	if (!check_name(ld, key, "list"))
		return;
	if (before != 0) {
		fault_twice(ld, key, "list", &r->lists[before - 1].mark);
		return;
	}
	r->lists = grow(
	    r->arena, r->lists, r->nlists, &ld->lists_size, sizeof(*r->lists));
	l = &r->lists[r->nlists++];
	memset(l, 0, sizeof(*l));
	hmap_put(ld->list_at, key->text, (void *)(uintptr_t)r->nlists);
	l->name = arena_strdup(r->arena, key->text);
	l->mark = mark_of(ld, key);
	if (is_by_lang(y)) {
		read_by_lang(ld, y, l);
	} else {
		l->by_lang = arena_calloc(r->arena, 1, sizeof(*l->by_lang));
		l->by_lang[0].node = rules_node_read(&ld->rr, y);
		l->nby_lang = 1;
	}
	l->faulty = ld->rr.ds->errors > errors;
	ld->known += ld->rr.ds->errors - errors;
}

/* --- signals ------------------------------------------------------------ */

/* A key that looks like it, misspelt, is told on its own. */
static void
no_weight(struct loader *ld, const struct yaml_node *y)
{
	static const char *const words[] = { "weight", NULL };

	for (size_t i = 0; i < y->n; i++) {
		if (diag_suggest(y->keys[i]->text, words) != NULL)
			return;
	}
	rules_fault(&ld->rr, y,
	    "signal without \"weight\"; expected a whole number, not 0");
}

static void
read_signal(
    struct loader *ld, const struct yaml_node *y, struct rules_signal *sg)
{
	const struct yaml_node *v;

	sg->mark = mark_of(ld, y);
	sg->boost = true;
	if (!is_map(ld, y, "score", "{name: ..., weight: ..., any: [...]}"))
		return;
	if ((v = yaml_get(y, "name")) == NULL)
		rules_fault(&ld->rr, y,
		    "signal without \"name\"; expected "
		    "one, explain shows it");
	else if ((sg->name = rules_read_text(&ld->rr, v, "name")) != NULL)
		check_name(ld, v, "signal");
	if ((v = yaml_get(y, "weight")) == NULL)
		no_weight(ld, y);
	else if (rules_read_int(&ld->rr, v, "weight", -MAX_WEIGHT, MAX_WEIGHT,
		     &sg->weight) &&
		 sg->weight == 0)
		rules_fault(
		    &ld->rr, v, "weight 0 does nothing; expected another");
	if ((v = yaml_get(y, "boost")) != NULL)
		rules_read_bool(&ld->rr, v, "boost", &sg->boost);
	sg->node = rules_node_read_with(&ld->rr, y, signal_keys);
}

static void
read_score(struct loader *ld, const struct yaml_node *y, struct rules_topic *t)
{
	if (y->kind != YAML_SEQ || y->n == 0) {
		rules_fault(
		    &ld->rr, y, "bad \"score\"; expected a list of signals");
		return;
	}
	t->signals = arena_calloc(ld->rr.a, y->n, sizeof(*t->signals));
	t->nsignals = y->n;
	for (size_t i = 0; i < y->n; i++) {
		read_signal(ld, y->kids[i], &t->signals[i]);
		for (size_t j = 0; j < i && t->signals[i].name != NULL; j++) {
			if (t->signals[j].name != NULL &&
			    strcmp(t->signals[i].name, t->signals[j].name) == 0)
				rules_fault(&ld->rr, y->kids[i],
				    "signal \"%s\" a second time; expected "
				    "another name",
				    t->signals[i].name);
		}
	}
}

/* --- inline tests ------------------------------------------------------- */

static void
read_case(struct loader *ld, const struct yaml_node *y,
    enum rules_expect expect, struct rules_case *c)
{
	struct {
		const char *key;
		const char **to;
	} texts[] = { { "title", &c->title }, { "body", &c->body },
		{ "lang", &c->lang }, { "feed", &c->feed }, { "url", &c->url },
		{ "file", &c->path } };

	c->expect = expect;
	c->mark = mark_of(ld, y);
	if (y->kind == YAML_SCALAR) {
		c->title = arena_strdup(ld->rr.a, y->text);
		return;
	}
	if (!is_map(ld, y, "tests", "a headline, or {title: ..., body: ...}"))
		return;
	for (size_t i = 0; i < y->n; i++) {
		if (!known_key(case_keys, y->keys[i]->text))
			rules_unknown_key(&ld->rr, y->keys[i], case_keys);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const struct yaml_node *v = yaml_get(y, texts[i].key);

		if (v != NULL)
			*texts[i].to =
			    rules_read_text(&ld->rr, v, texts[i].key);
	}
	if (c->path != NULL && (c->title != NULL || c->body != NULL))
		rules_fault(&ld->rr, y,
		    "\"file\" beside title or body; "
		    "expected one of them");
	if (c->path == NULL && c->title == NULL && c->body == NULL)
		rules_fault(&ld->rr, y,
		    "test without text; expected title, body or file");
}

static void
read_tests(struct loader *ld, const struct yaml_node *y, struct rules_topic *t)
{
	static const char *const kinds[] = { [RULES_ABOUT] = "about",
		[RULES_MENTIONS] = "mentions",
		[RULES_NONE] = "none",
		[RULES_TODO] = "todo",
		NULL };
	size_t n = 0;

	if (!is_map(ld, y, "tests", "about, mentions, none, todo"))
		return;
	for (size_t i = 0; i < y->n; i++) {
		if (!known_key(kinds, y->keys[i]->text))
			rules_unknown_key(&ld->rr, y->keys[i], kinds);
		else if (y->kids[i]->kind != YAML_SEQ)
			rules_fault(&ld->rr, y->kids[i],
			    "bad \"%s\"; expected a list of cases",
			    y->keys[i]->text);
		else
			n += y->kids[i]->n;
	}
	t->cases = arena_calloc(ld->rr.a, n + 1, sizeof(*t->cases));
	for (size_t k = 0; kinds[k] != NULL; k++) {
		const struct yaml_node *l = yaml_get(y, kinds[k]);

		for (size_t i = 0; l != NULL && l->kind == YAML_SEQ && i < l->n;
		     i++)
			read_case(ld, l->kids[i], (enum rules_expect)k,
			    &t->cases[t->ncases++]);
	}
}

/* --- topics ------------------------------------------------------------- */

static void
read_langs(struct loader *ld, const struct yaml_node *y, struct rules_topic *t)
{
	size_t n = y->kind == YAML_SEQ ? y->n : 1;

	t->langs = arena_calloc(ld->rr.a, n + 1, sizeof(*t->langs));
	for (size_t i = 0; i < n; i++) {
		const struct yaml_node *v =
		    y->kind == YAML_SEQ ? y->kids[i] : y;

		if (v->kind != YAML_SCALAR || !is_lang(v->text))
			rules_fault(&ld->rr, v,
			    "bad language in \"langs\"; expected two or "
			    "three small letters (en, ar)");
		else
			t->langs[t->nlangs++] = arena_strdup(ld->rr.a, v->text);
	}
}

static void
read_threshold(
    struct loader *ld, const struct yaml_node *y, struct rules_topic *t)
{
	const struct yaml_node *v;

	t->threshold = DEFAULT_THRESHOLD;
	if ((v = yaml_get(y, "threshold")) != NULL)
		rules_read_int(
		    &ld->rr, v, "threshold", 1, MAX_THRESHOLD, &t->threshold);
	t->mention = (t->threshold + 1) / 2;
	if ((v = yaml_get(y, "mention")) != NULL &&
	    rules_read_int(
		&ld->rr, v, "mention", 1, MAX_THRESHOLD, &t->mention) &&
	    t->mention > t->threshold)
		rules_fault(&ld->rr, v,
		    "\"mention\" above the threshold (%d); expected at most "
		    "that",
		    t->threshold);
}

static void
read_topic_body(
    struct loader *ld, const struct yaml_node *y, struct rules_topic *t)
{
	size_t errors = ld->rr.ds->errors;
	const struct yaml_node *v;

	for (size_t i = 0; i < y->n; i++) {
		if (!known_key(topic_keys, y->keys[i]->text))
			rules_unknown_key(&ld->rr, y->keys[i], topic_keys);
	}
	if ((v = yaml_get(y, "alert")) != NULL)
		rules_fault(&ld->rr, v,
		    "\"alert\" in a topic is not there yet in this version; "
		    "take it out");
	if ((v = yaml_get(y, "title")) != NULL)
		t->title = rules_read_text(&ld->rr, v, "title");
	read_threshold(ld, y, t);
	if ((v = yaml_get(y, "langs")) != NULL)
		read_langs(ld, v, t);
	if ((v = yaml_get(y, "require")) != NULL)
		t->require = rules_node_read(&ld->rr, v);
	if ((v = yaml_get(y, "exclude")) != NULL)
		t->exclude = rules_node_read(&ld->rr, v);
	if ((v = yaml_get(y, "score")) != NULL)
		read_score(ld, v, t);
	if ((v = yaml_get(y, "tests")) != NULL)
		read_tests(ld, v, t);
	/* A key that is misspelt was told. */
	if (yaml_get(y, "require") == NULL && yaml_get(y, "score") == NULL &&
	    ld->rr.ds->errors == errors)
		rules_fault(&ld->rr, y,
		    "topic \"%s\" has no condition; expected \"require\" or "
		    "\"score\"",
		    t->name);
}

static void
read_topic(
    struct loader *ld, const struct yaml_node *key, const struct yaml_node *y)
{
	struct rules *r = ld->rules;
	uintptr_t before = (uintptr_t)hmap_get(ld->topic_at, key->text);
	size_t errors = ld->rr.ds->errors;
	struct rules_topic *t;

	if (!check_name(ld, key, "topic"))
		return;
	if (strcmp(key->text, HEALTH_TOPIC) == 0) {
		rules_fault(&ld->rr, key,
		    "topic " HEALTH_TOPIC " is built in; expected another "
		    "name");
		return;
	}
	if (before != 0) {
		fault_twice(ld, key, "topic", &r->topics[before - 1].mark);
		return;
	}
	r->topics = grow(r->arena, r->topics, r->ntopics, &ld->topics_size,
	    sizeof(*r->topics));
	t = &r->topics[r->ntopics++];
	memset(t, 0, sizeof(*t));
	hmap_put(ld->topic_at, key->text, (void *)(uintptr_t)r->ntopics);
	t->name = arena_strdup(r->arena, key->text);
	t->mark = mark_of(ld, key);
	if (is_map(ld, y, key->text, "a map with require or score"))
		read_topic_body(ld, y, t);
	t->faulty = ld->rr.ds->errors > errors;
}

/* --- files -------------------------------------------------------------- */

static void
read_section(struct loader *ld, const struct yaml_node *root, const char *name,
    void (*read)(
	struct loader *, const struct yaml_node *, const struct yaml_node *))
{
	const struct yaml_node *y = yaml_get(root, name);

	if (y == NULL || !is_map(ld, y, name, "names with their contents"))
		return;
	for (size_t i = 0; i < y->n; i++)
		read(ld, y->keys[i], y->kids[i]);
}

/* The files themselves are read by the caller of rules_load(). */
static void
check_include(struct loader *ld, const struct yaml_node *y)
{
	for (size_t i = 0; y->kind == YAML_SEQ && i < y->n; i++) {
		if (y->kids[i]->kind != YAML_SCALAR)
			rules_fault(&ld->rr, y->kids[i],
			    "bad \"include\"; expected the name of a file or "
			    "a pattern");
	}
	if (y->kind != YAML_SEQ)
		rules_fault(&ld->rr, y,
		    "\"include\" is no list; expected [more/*.yaml]");
}

size_t
rules_includes(
    const struct rules_file *f, struct arena *a, struct rules_include **out)
{
	static const char word[] = "include";
	const struct yaml_node *root, *y;
	struct diag d;
	size_t n = 0;

	/* Most files have none: do not parse them twice. */
	*out = NULL;
	if (memmem(f->text, f->len, word, sizeof(word) - 1) == NULL)
		return 0;
	root = yaml_parse(a, f->name, f->text, f->len, &d);
	if (root == NULL || root->kind != YAML_MAP ||
	    (y = yaml_get(root, word)) == NULL || y->kind != YAML_SEQ)
		return 0;
	*out = arena_calloc(a, y->n + 1, sizeof(**out));
	for (size_t i = 0; i < y->n; i++) {
		if (y->kids[i]->kind == YAML_SCALAR)
			(*out)[n++] = (struct rules_include){
				y->kids[i]->text,
				y->kids[i]->line,
				y->kids[i]->col,
			};
	}
	return n;
}

static void
read_root(struct loader *ld, const struct yaml_node *root)
{
	const struct yaml_node *v;
	size_t errors;

	if (!is_map(ld, root, "file", "version, terms, topics, include"))
		return;
	for (size_t i = 0; i < root->n; i++) {
		if (!known_key(file_keys, root->keys[i]->text))
			rules_unknown_key(&ld->rr, root->keys[i], file_keys);
	}
	if ((v = yaml_get(root, "version")) != NULL &&
	    (v->kind != YAML_SCALAR || strcmp(v->text, "1") != 0))
		rules_fault(
		    &ld->rr, v, "unknown rule language version; expected 1");
	if ((v = yaml_get(root, "include")) != NULL)
		check_include(ld, v);
	read_section(ld, root, "terms", read_list);
	errors = ld->rr.ds->errors;
	read_section(ld, root, "topics", read_topic);
	ld->known += ld->rr.ds->errors - errors;
}

static void
load_file(struct loader *ld, const struct rules_file *f)
{
	struct arena *tmp = arena_new(0);
	struct yaml_node *root;
	struct diag d;

	ld->rr.file = arena_strdup(ld->rules->arena, f->name);
	root = yaml_parse(tmp, f->name, f->text, f->len, &d);
	if (root == NULL)
		diags_add_diag(ld->rr.ds, &d);
	else
		read_root(ld, root);
	ld->rules->nfiles++;
	arena_free(tmp);
}

/* Leave out what has faults: the compiler would stumble over it. */
static void
keep_sound(struct rules *r)
{
	size_t nlists = 0, ntopics = 0;

	r->faulty_lists =
	    arena_calloc(r->arena, r->nlists + 1, sizeof(*r->faulty_lists));
	for (size_t i = 0; i < r->nlists; i++)
		if (r->lists[i].faulty)
			r->faulty_lists[r->nfaulty_lists++] = r->lists[i];
		else
			r->lists[nlists++] = r->lists[i];
	for (size_t i = 0; i < r->ntopics; i++)
		if (!r->topics[i].faulty)
			r->topics[ntopics++] = r->topics[i];
	r->nlists = nlists;
	r->ntopics = ntopics;
	r->partial = true;
}

struct rules *
rules_load_sound(const struct rules_file *files, size_t n, struct diags *ds)
{
	struct arena *a = arena_new(0);
	struct loader ld = { .rr = { .a = a, .ds = ds } };
	size_t errors = ds->errors;

	ld.rules = arena_calloc(a, 1, sizeof(*ld.rules));
	ld.rules->arena = a;
	ld.list_at = hmap_new();
	ld.topic_at = hmap_new();
	for (size_t i = 0; i < n; i++)
		load_file(&ld, &files[i]);
	hmap_free(ld.list_at, NULL);
	hmap_free(ld.topic_at, NULL);
	if (ds->errors > errors)
		keep_sound(ld.rules);
	ld.rules->lists_lost = ds->errors - errors > ld.known;
	return ld.rules;
}

struct rules *
rules_load(const struct rules_file *files, size_t n, struct diags *ds)
{
	struct rules *r = rules_load_sound(files, n, ds);

	if (!r->partial)
		return r;
	rules_free(r);
	return NULL;
}
