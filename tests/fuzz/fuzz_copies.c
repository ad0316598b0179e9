/*
 * fuzz_copies.c - signatures from the link and the store, and verdicts.
 *
 * Each line is a signature as JSON, or else a text to make one of. What is
 * taken is looked up and remembered among the others.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "copy/copies.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* What is taken means the same when it is written and read again. */
static struct signature *
decoded(const char *line, size_t len)
{
	json_t *j = json_loadb(line, len, JSON_DECODE_ANY, NULL), *once, *twice;
	struct signature *s = j != NULL ? signature_decode(j) : NULL, *back;

	json_decref(j);
	if (s == NULL)
		return NULL;
	once = signature_encode(s);
	back = signature_decode(once);
	must(back != NULL, "a signature comes back");
	twice = signature_encode(back);
	must(json_equal(once, twice), "a signature comes back the same");
	json_decref(once);
	json_decref(twice);
	signature_free(back);
	return s;
}

static void
check_line(struct copies *c, const char *line, size_t len, int64_t now)
{
	static const struct item_limits limits = { 256, 4096, 4096 };
	struct item *it = item_new();
	struct signature *s = decoded(line, len);
	struct copies_match m, again;

	it->feed = now % 2 == 0 ? "a" : "b";
	it->id = arena_printf(it->arena, "id-%d", (int)now);
	it->origin = "a.example";
	it->received = it->published = now;
	it->summary = arena_strndup(it->arena, line, strnlen(line, len));
	it->summary_type = "text/plain";
	item_make_text(it, &limits);
	if (s == NULL)
		s = signature_make(
		    it, tokens_make(it->arena, it, NULL), &hash_key_fixed);
	copies_lookup(c, it, s, now, &m);
	copies_lookup(c, it, s, now, &again);
	must(m.relation == again.relation && strcmp(m.of, again.of) == 0,
	    "asking twice answers the same");
	must(m.story[0] != '\0', "every item has a story");
	copies_insert(c, it, s, now, &m);
	signature_free(s);
	item_free(it);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct copies_params params = copies_params_default;
	const char *p = (const char *)data, *end = p + size, *nl;
	/* Its tables are large: one for all runs, emptied by time. */
	static struct copies *c;
	static int64_t now = 1700000000;

	params.max_items = 8;
	if (c == NULL)
		c = copies_new(&params);
	now += 2 * (int64_t)params.window_s;
	copies_expire(c, now);
	must(copies_len(c) == 0, "time empties it");
	for (int n = 0; p < end && n < 16; p = nl + 1, n++) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL)
			nl = end;
		check_line(c, p, (size_t)(nl - p), now++);
	}
	must(copies_len(c) <= params.max_items, "the limit of memory");
	return 0;
}
