/* yaml.c - libyaml's events to a tree with places, and nothing by surprise. */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/utf8.h"
#include "config/yaml.h"

/* Maps up to this size are searched, larger ones get a table of their keys. */
#define SMALL_MAP 16

/* A place in the text; moved forward only, so all places cost one pass. */
struct place {
	size_t index; /* code points from the start, as libyaml counts */
	size_t off;   /* bytes */
	uint32_t line, col;
};

struct level { /* an open list or map */
	struct yaml_node *node;
	size_t room;
	struct yaml_node *key; /* MAP: waits for its value */
	struct hmap *seen;     /* MAP: keys, when there are many */
};

struct loader {
	struct arena *arena;
	const char *file, *text;
	size_t len;
	yaml_parser_t parser;
	struct place place;
	struct level stack[YAML_MAX_DEPTH];
	size_t depth;
	struct yaml_node *root;
	struct diag *d;
};

/* Lines end as editors see it: LF, CR LF or CR. */
static void
place_step(struct place *pl, const char *text, size_t len)
{
	uint32_t cp;
	size_t n = utf8_decode(text + pl->off, text + len, &cp);

	pl->index++;
	pl->off += n;
	pl->col += (uint32_t)n;
	if (cp == '\n' ||
	    (cp == '\r' && (pl->off >= len || text[pl->off] != '\n'))) {
		pl->line++;
		pl->col = 1;
	}
}

static const struct place *
place_at(struct loader *ld, size_t index)
{
	if (index < ld->place.index)
		ld->place = (struct place){ 0, 0, 1, 1 };
	while (ld->place.index < index && ld->place.off < ld->len)
		place_step(&ld->place, ld->text, ld->len);
	return &ld->place;
}

static int
fail_at(struct loader *ld, size_t index, const char *what)
{
	const struct place *pl = place_at(ld, index);

	diag_set(ld->d, ld->file, pl->line, pl->col, "%s", what);
	return -1;
}

static int
fail_byte(struct loader *ld, size_t off, const char *what)
{
	ld->place = (struct place){ 0, 0, 1, 1 };
	while (ld->place.off < off && ld->place.off < ld->len)
		place_step(&ld->place, ld->text, ld->len);
	diag_set(ld->d, ld->file, ld->place.line, ld->place.col, "%s", what);
	return -1;
}

/* What to do about it: most often some text needed quotes. */
static const char *
hint(const struct loader *ld, const struct place *pl)
{
	int c = pl->off < ld->len ? ld->text[pl->off] : '\0';

	/* libyaml's words for a colon inside a text, and for bad indents. */
	if (c == ':' && ld->parser.problem != NULL &&
	    strcmp(ld->parser.problem,
		"mapping values are not allowed in this context") == 0)
		return "; put a text that holds \": \" in quotes, and keys of "
		       "one map under each other";
	if (c == '\t')
		return "; indent with blanks, never with tabs";
	if (c == '@' || c == '`' || c == '%' || c == '*' || c == '&')
		return "; put the text in quotes";
	return "";
}

static const char no_alias[] =
    "an alias (*); not supported, put text that begins with * in quotes";
static const char no_anchor[] =
    "an anchor (&); not supported, put text that begins with & in quotes";
static const char no_tag[] =
    "a tag (!); not supported, put text that begins with ! in quotes";

/* What we refuse anyway is told in our words, well-formed or not. */
static const struct {
	const char *context, *what;
} refused[] = {
	{ "while scanning an alias", no_alias },
	{ "while scanning an anchor", no_anchor },
	{ "while scanning a tag", no_tag },
	{ "while parsing a tag", no_tag },
};

/* libyaml's own words; bad bytes have an offset but no mark. */
static int
fail_parser(struct loader *ld)
{
	const yaml_parser_t *p = &ld->parser;
	const char *problem = p->problem != NULL ? p->problem : "bad YAML";
	const struct place *pl;
	struct place at;
	char what[256];

	if (p->error == YAML_READER_ERROR)
		return fail_byte(ld, p->problem_offset, problem);
	pl = place_at(ld, p->problem_mark.index);
	if (p->context == NULL) {
		diag_set(ld->d, ld->file, pl->line, pl->col, "%s%s", problem,
		    hint(ld, pl));
		return -1;
	}
	at = *pl;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++)
		if (strcmp(p->context, refused[i].context) == 0)
			return fail_at(
			    ld, p->context_mark.index, refused[i].what);
	snprintf(what, sizeof(what), "%s%s", problem, hint(ld, &at));
	pl = place_at(ld, p->context_mark.index);
	diag_set(ld->d, ld->file, at.line, at.col, "%s (%s at %u:%u)", what,
	    p->context, pl->line, pl->col);
	return -1;
}

static struct yaml_node *
node_new(struct loader *ld, enum yaml_kind kind, const yaml_event_t *ev)
{
	struct yaml_node *n = arena_calloc(ld->arena, 1, sizeof(*n));
	const struct place *pl = place_at(ld, ev->start_mark.index);

	n->kind = kind;
	n->line = pl->line;
	n->col = pl->col;
	return n;
}

static bool
key_seen(struct level *lv, const struct yaml_node *key)
{
	const struct yaml_node *map = lv->node;

	if (map->n < SMALL_MAP)
		return yaml_get(map, key->text) != NULL;
	if (lv->seen == NULL) {
		lv->seen = hmap_new();
		for (size_t i = 0; i < map->n; i++)
			(void)hmap_put(lv->seen, map->keys[i]->text, lv->node);
	}
	if (hmap_get(lv->seen, key->text) != NULL)
		return true;
	(void)hmap_put(lv->seen, key->text, lv->node);
	return false;
}

static int
take_key(struct loader *ld, struct level *lv, struct yaml_node *n)
{
	if (n->kind != YAML_SCALAR) {
		diag_set(ld->d, ld->file, n->line, n->col,
		    "a %s as a key; expected a name",
		    n->kind == YAML_MAP ? "map" : "list");
		return -1;
	}
	if (key_seen(lv, n)) {
		diag_set(ld->d, ld->file, n->line, n->col,
		    "duplicate key \"%.100s\"; "
		    "each key may stand once in a map",
		    n->text);
		return -1;
	}
	lv->key = n;
	return 0;
}

static void
level_push(struct loader *ld, struct level *lv, struct yaml_node *n)
{
	struct yaml_node *p = lv->node;
	size_t old = lv->room * sizeof(*p->kids);

	if (p->n == lv->room) {
		lv->room = lv->room == 0 ? 4 : lv->room * 2;
		p->kids = arena_grow(
		    ld->arena, p->kids, old, lv->room * sizeof(*p->kids));
		if (p->kind == YAML_MAP)
			p->keys = arena_grow(ld->arena, p->keys, old,
			    lv->room * sizeof(*p->keys));
	}
	if (p->kind == YAML_MAP) {
		p->keys[p->n] = lv->key;
		lv->key = NULL;
	}
	p->kids[p->n++] = n;
}

/* Put a node, whole or just opened, where it belongs. */
static int
attach(struct loader *ld, struct yaml_node *n)
{
	struct level *lv;

	if (ld->depth == 0) {
		ld->root = n;
		return 0;
	}
	lv = &ld->stack[ld->depth - 1];
	if (lv->node->kind == YAML_MAP && lv->key == NULL)
		return take_key(ld, lv, n);
	level_push(ld, lv, n);
	return 0;
}

static int
open_level(struct loader *ld, enum yaml_kind kind, const yaml_event_t *ev)
{
	struct yaml_node *n;

	if (ld->depth == YAML_MAX_DEPTH)
		return fail_at(ld, ev->start_mark.index,
		    "too deep; expected at most 32 levels");
	n = node_new(ld, kind, ev);
	if (attach(ld, n) == -1)
		return -1;
	ld->stack[ld->depth++] = (struct level){ .node = n };
	return 0;
}

static void
close_level(struct loader *ld)
{
	hmap_free(ld->stack[--ld->depth].seen, NULL);
}

static int
take_scalar(struct loader *ld, const yaml_event_t *ev)
{
	const char *s = (const char *)ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	struct yaml_node *n;

	if (strlen(s) != len)
		return fail_at(
		    ld, ev->start_mark.index, "a NUL character; expected text");
	n = node_new(ld, YAML_SCALAR, ev);
	n->text = arena_strndup(ld->arena, s, len);
	n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return attach(ld, n);
}

static bool
has_tag_or_anchor(const yaml_event_t *ev, const char **what)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (ev->type) {
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		tag = ev->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		tag = ev->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		tag = ev->data.mapping_start.tag;
		break;
	default:
		break;
	}
	*what = anchor != NULL ? no_anchor : no_tag;
	return anchor != NULL || tag != NULL;
}

static int
take_event(struct loader *ld, const yaml_event_t *ev)
{
	const char *what;

	if (has_tag_or_anchor(ev, &what))
		return fail_at(ld, ev->start_mark.index, what);
	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return fail_at(ld, ev->start_mark.index, no_alias);
	case YAML_SCALAR_EVENT:
		return take_scalar(ld, ev);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(ld, YAML_SEQ, ev);
	case YAML_MAPPING_START_EVENT:
		return open_level(ld, YAML_MAP, ev);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_level(ld);
		return 0;
	default: /* starts and ends of stream and document */
		return 0;
	}
}

/* Offset of the first byte at or after `off` that is no blank or comment. */
static size_t
skip_blank(const char *text, size_t len, size_t off)
{
	while (off < len) {
		if (text[off] == '#') {
			while (off < len && text[off] != '\n')
				off++;
		} else if (strchr(" \t\r\n", text[off]) == NULL ||
			   text[off] == '\0') {
			break;
		} else {
			off++;
		}
	}
	return off;
}

/*
 * What comes after the document. libyaml is not asked: it would take in any
 * number of directives first, in quadratic time.
 */
static int
check_end(struct loader *ld, size_t index)
{
	size_t off = place_at(ld, index)->off;

	off = skip_blank(ld->text, ld->len, off);
	if (ld->len - off >= 3 && memcmp(ld->text + off, "...", 3) == 0)
		off = skip_blank(ld->text, ld->len, off + 3);
	if (off == ld->len)
		return 0;
	if (ld->len - off >= 3 && memcmp(ld->text + off, "---", 3) == 0)
		return fail_byte(
		    ld, off, "a second document; expected one in a file");
	return fail_byte(ld, off, "text behind the end of the document");
}

static int
check_bytes(struct loader *ld)
{
	const char *p = ld->text, *end = ld->text + ld->len;
	size_t off;
	uint32_t cp;

	if (ld->len > YAML_MAX_BYTES) {
		diag_set(ld->d, ld->file, 0, 0,
		    "%zu bytes; expected at most 1 MiB", ld->len);
		return -1;
	}
	off = skip_blank(ld->text, ld->len, 0);
	if (off < ld->len && ld->text[off] == '%')
		return fail_byte(
		    ld, off, "a directive (%); not supported, leave it out");
	if (utf8_valid(ld->text, ld->len))
		return 0;
	while (p < end) {
		size_t n = utf8_decode(p, end, &cp);

		if (cp == UTF8_REPLACEMENT && !utf8_valid(p, n))
			break;
		p += n;
	}
	return fail_byte(ld, (size_t)(p - ld->text),
	    "bytes that are not UTF-8; expected a UTF-8 file");
}

static int
load_events(struct loader *ld)
{
	yaml_event_t ev;
	bool done = false;
	int rc = 0;

	while (rc == 0 && !done) {
		if (yaml_parser_parse(&ld->parser, &ev) == 0)
			return fail_parser(ld);
		done = ev.type == YAML_STREAM_END_EVENT ||
		       ev.type == YAML_DOCUMENT_END_EVENT;
		if (ev.type == YAML_DOCUMENT_END_EVENT)
			rc = check_end(ld, ev.start_mark.index);
		else
			rc = take_event(ld, &ev);
		yaml_event_delete(&ev);
	}
	return rc;
}

struct yaml_node *
yaml_parse(struct arena *a, const char *file, const char *text, size_t len,
    struct diag *d)
{
	struct loader ld = { .arena = a, .file = file, .d = d };
	int rc;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	ld.text = text;
	ld.len = len;
	ld.place = (struct place){ 0, 0, 1, 1 };
	if (check_bytes(&ld) == -1)
		return NULL;
	if (yaml_parser_initialize(&ld.parser) == 0) {
		diag_set(d, file, 0, 0, "out of memory");
		return NULL;
	}
	yaml_parser_set_encoding(&ld.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &ld.parser, (const unsigned char *)text, len);
	rc = load_events(&ld);
	while (ld.depth > 0)
		close_level(&ld);
	yaml_parser_delete(&ld.parser);
	if (rc == -1)
		return NULL;
	/* Nothing, or "--- " with nothing: an empty map. */
	if (ld.root == NULL ||
	    (ld.root->kind == YAML_SCALAR && ld.root->plain &&
		ld.root->text[0] == '\0')) {
		ld.root = arena_calloc(a, 1, sizeof(*ld.root));
		*ld.root =
		    (struct yaml_node){ .kind = YAML_MAP, .line = 1, .col = 1 };
	}
	return ld.root;
}

struct yaml_node *
yaml_get(const struct yaml_node *map, const char *key)
{
	if (map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->keys[i]->text, key) == 0)
			return map->kids[i];
	return NULL;
}
