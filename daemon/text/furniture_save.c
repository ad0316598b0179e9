/* furniture_save.c - what is known of a feed's furniture, as a string. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "text/furniture_priv.h"

/*
 * "f1", then numbers of fixed width in hex: texts, titles, the affixes and
 * the lines, least recently seen first. Of lines seen once only the newest
 * are kept: full texts have many, and nearly none comes again.
 */
#define VERSION "f1"
#define MAX_SINGLES 96
#define SAVED_MAX ((size_t)64 << 10)

static void
put(struct strbuf *sb, uint32_t v, int bytes)
{
	(void)strbuf_printf(sb, "%0*x", bytes * 2, v);
}

static void
put_line(struct strbuf *sb, const struct known_line *k)
{
	put(sb, k->hash, 4);
	put(sb, k->day, 2);
	put(sb, k->n, 2);
	put(sb, k->learned ? 0 : 1U + k->nseen, 1);
	if (k->learned)
		return;
	put(sb, k->born, 4);
	for (size_t i = 0; i < k->nseen; i++) {
		put(sb, k->seen[i].title, 2);
		put(sb, k->seen[i].lead, 2);
		put(sb, k->seen[i].sketch[0], 2);
		put(sb, k->seen[i].sketch[1], 2);
	}
}

static int
by_use(const void *pa, const void *pb)
{
	const struct known_line *a = *(const struct known_line *const *)pa;
	const struct known_line *b = *(const struct known_line *const *)pb;

	return (a->used > b->used) - (a->used < b->used);
}

static bool
is_single(const struct known_line *k)
{
	return !k->learned && k->n <= 1;
}

const char *
furniture_save(const struct furniture *f, struct arena *a)
{
	const struct known_line *v[FURNITURE_MAX_LINES];
	size_t singles = 0, skip, kept = 0;
	const char *saved;
	struct strbuf sb;

	for (size_t i = 0; i < f->nlines; i++) {
		v[i] = &f->lines[i];
		singles += is_single(v[i]);
	}
	qsort(v, f->nlines, sizeof(*v), by_use);
	skip = singles > MAX_SINGLES ? singles - MAX_SINGLES : 0;
	for (size_t i = 0; i < f->nlines; i++) {
		if (is_single(v[i]) && skip > 0)
			skip--;
		else
			v[kept++] = v[i];
	}
	if (kept == 0 && f->naffixes == 0)
		return NULL;
	strbuf_init(&sb, SAVED_MAX);
	(void)strbuf_puts(&sb, VERSION);
	put(&sb, f->texts, 4);
	put(&sb, f->titles, 4);
	put(&sb, (uint32_t)f->naffixes, 1);
	for (size_t i = 0; i < f->naffixes; i++) {
		put(&sb, f->affixes[i].hash, 4);
		put(&sb, f->affixes[i].n, 2);
		put(&sb, f->affixes[i].title, 2);
		put(&sb, f->affixes[i].named, 1);
	}
	put(&sb, (uint32_t)kept, 2);
	for (size_t i = 0; i < kept; i++)
		put_line(&sb, v[i]);
	saved = arena_strndup(a, sb.data, sb.len);
	strbuf_fini(&sb);
	return saved;
}

/* --- back --- */

struct reader {
	const char *p, *end;
	bool bad;
};

static uint32_t
get(struct reader *r, int bytes)
{
	uint32_t v = 0;

	if (r->end - r->p < bytes * 2)
		r->bad = true;
	for (int i = 0; i < bytes * 2 && !r->bad; i++) {
		char c = *r->p++;

		if (c >= '0' && c <= '9')
			v = v << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (uint32_t)(c - 'a' + 10);
		else
			r->bad = true;
	}
	return r->bad ? 0 : v;
}

static void
get_line(struct reader *r, struct known_line *k)
{
	uint32_t state;

	k->hash = get(r, 4);
	k->day = (uint16_t)get(r, 2);
	k->n = (uint16_t)get(r, 2);
	state = get(r, 1);
	k->learned = state == 0;
	if (k->learned)
		return;
	if (state > 1 + SIGHTINGS) {
		r->bad = true;
		return;
	}
	k->nseen = (uint8_t)(state - 1);
	k->born = get(r, 4);
	for (size_t i = 0; i < k->nseen; i++) {
		k->seen[i].title = (uint16_t)get(r, 2);
		k->seen[i].lead = (uint16_t)get(r, 2);
		k->seen[i].sketch[0] = (uint16_t)get(r, 2);
		k->seen[i].sketch[1] = (uint16_t)get(r, 2);
	}
}

static void
load(struct furniture *f, struct reader *r, int64_t today)
{
	size_t n;

	f->texts = get(r, 4);
	f->titles = get(r, 4);
	f->naffixes = get(r, 1);
	if (f->naffixes > MAX_AFFIXES) {
		r->bad = true;
		return;
	}
	for (size_t i = 0; i < f->naffixes; i++) {
		f->affixes[i].hash = get(r, 4);
		f->affixes[i].n = (uint16_t)get(r, 2);
		f->affixes[i].title = (uint16_t)get(r, 2);
		f->affixes[i].named = get(r, 1) != 0;
	}
	n = get(r, 2);
	for (size_t i = 0; i < n && !r->bad; i++) {
		struct known_line k = { .used = ++f->clock };

		get_line(r, &k);
		if (!furniture_is_stale(&k, today) &&
		    f->nlines < FURNITURE_MAX_LINES)
			f->lines[f->nlines++] = k;
	}
	r->bad |= r->p != r->end;
}

struct furniture *
furniture_load(const struct hash_key *key, const char *saved, int64_t now)
{
	struct furniture *f = xcalloc(1, sizeof(*f));
	size_t len = saved != NULL ? strlen(saved) : 0;
	struct reader r = { saved, saved, false };

	f->key = *key;
	if (len < strlen(VERSION) ||
	    strncmp(saved, VERSION, strlen(VERSION)) != 0)
		return f;
	r.p += strlen(VERSION);
	r.end += len;
	load(f, &r, now / DAY_S);
	if (r.bad) {
		memset(f, 0, sizeof(*f));
		f->key = *key;
	}
	return f;
}

void
furniture_free(struct furniture *f)
{
	free(f);
}
