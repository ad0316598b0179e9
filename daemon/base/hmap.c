/* hmap.c - one hash map: keys are 64-bit hashes or strings. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/hmap.h"
#include "base/xmalloc.h"

#define HMAP_FIRST 16 /* slots, a power of two */

struct slot {
	uint64_t hash;
	char *key; /* NULL: free. key64_mark: a 64-bit key */
	void *value;
};

struct hmap {
	struct slot *slots;
	size_t mask; /* slots - 1; 0 before the first */
	size_t len;
	struct hash_key hk;
};

static char key64_mark[1];

struct hmap *
hmap_new(void)
{
	static struct hash_key hk;
	static bool have_key;
	struct hmap *m = xcalloc(1, sizeof(*m));

	/* One key for the process: a map is cheap, a system call is not. */
	if (!have_key) {
		hash_key_random(&hk);
		have_key = true;
	}
	m->hk = hk;
	return m;
}

void
hmap_free(struct hmap *m, void (*free_value)(void *))
{
	if (m == NULL)
		return;
	for (size_t i = 0; m->slots != NULL && i <= m->mask; i++) {
		struct slot *s = &m->slots[i];

		if (s->key == NULL)
			continue;
		if (free_value != NULL)
			free_value(s->value);
		if (s->key != key64_mark)
			free(s->key);
	}
	free(m->slots);
	free(m);
}

size_t
hmap_len(const struct hmap *m)
{
	return m->len;
}

/* The slot that holds the key, or the free one where it would go. */
static struct slot *
find(const struct hmap *m, uint64_t hash, const char *key)
{
	size_t i = (size_t)hash & m->mask;

	for (;; i = (i + 1) & m->mask) {
		struct slot *s = &m->slots[i];

		if (s->key == NULL)
			return s;
		if (s->hash != hash)
			continue;
		if (key == key64_mark || strcmp(s->key, key) == 0)
			return s;
	}
}

static void
grow(struct hmap *m)
{
	struct slot *old = m->slots;
	size_t n = old != NULL ? m->mask + 1 : 0;

	m->mask = (n > 0 ? n * 2 : HMAP_FIRST) - 1;
	m->slots = xcalloc(m->mask + 1, sizeof(*m->slots));
	for (size_t i = 0; i < n; i++) {
		size_t j = (size_t)old[i].hash & m->mask;

		if (old[i].key == NULL)
			continue;
		while (m->slots[j].key != NULL)
			j = (j + 1) & m->mask;
		m->slots[j] = old[i];
	}
	free(old);
}

static void *
get(const struct hmap *m, uint64_t hash, const char *key)
{
	const struct slot *s;

	if (m->len == 0)
		return NULL;
	s = find(m, hash, key);
	return s->key != NULL ? s->value : NULL;
}

static void *
put(struct hmap *m, uint64_t hash, const char *key, void *value)
{
	struct slot *s;
	void *old;

	/* At most three quarters full, so that a free slot always ends find. */
	if (m->slots == NULL || (m->len + 1) * 4 > (m->mask + 1) * 3)
		grow(m);
	s = find(m, hash, key);
	if (s->key != NULL) {
		old = s->value;
		s->value = value;
		return old;
	}
	s->hash = hash;
	s->key = key == key64_mark ? key64_mark : xstrdup(key);
	s->value = value;
	m->len++;
	return NULL;
}

/* Close the gap: each follower moves back unless its home lies behind it. */
static void *
del(struct hmap *m, uint64_t hash, const char *key)
{
	struct slot *s;
	size_t gap, i;
	void *value;

	if (m->len == 0)
		return NULL;
	s = find(m, hash, key);
	if (s->key == NULL)
		return NULL;
	value = s->value;
	if (s->key != key64_mark)
		free(s->key);
	gap = (size_t)(s - m->slots);
	for (i = (gap + 1) & m->mask; m->slots[i].key != NULL;
	     i = (i + 1) & m->mask) {
		size_t home = (size_t)m->slots[i].hash & m->mask;

		if (((i - home) & m->mask) < ((i - gap) & m->mask))
			continue;
		m->slots[gap] = m->slots[i];
		gap = i;
	}
	memset(&m->slots[gap], 0, sizeof(m->slots[gap]));
	m->len--;
	return value;
}

void *
hmap_get(const struct hmap *m, const char *key)
{
	return get(m, hash_str(&m->hk, key), key);
}

void *
hmap_put(struct hmap *m, const char *key, void *value)
{
	return put(m, hash_str(&m->hk, key), key, value);
}

void *
hmap_del(struct hmap *m, const char *key)
{
	return del(m, hash_str(&m->hk, key), key);
}

void *
hmap_get64(const struct hmap *m, uint64_t key)
{
	return get(m, key, key64_mark);
}

void *
hmap_put64(struct hmap *m, uint64_t key, void *value)
{
	return put(m, key, key64_mark, value);
}

void *
hmap_del64(struct hmap *m, uint64_t key)
{
	return del(m, key, key64_mark);
}

bool
hmap_next(const struct hmap *m, size_t *pos, const char **key, uint64_t *key64,
    void **value)
{
	for (; m->slots != NULL && *pos <= m->mask; (*pos)++) {
		const struct slot *s = &m->slots[*pos];

		if (s->key == NULL)
			continue;
		if (key != NULL)
			*key = s->key;
		if (key64 != NULL)
			*key64 = s->hash;
		if (value != NULL)
			*value = s->value;
		(*pos)++;
		return true;
	}
	return false;
}
