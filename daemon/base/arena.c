/* arena.c - memory that is given back in one piece. */
#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/xmalloc.h"

#define ARENA_FIRST 4096
#define ARENA_BLOCK_MAX (256 * 1024) /* blocks double up to this */
#define ARENA_ALIGN ((size_t)16)

/* Under AddressSanitizer a gap of poison follows each piece. */
#ifdef __SANITIZE_ADDRESS__
#define ARENA_GAP ARENA_ALIGN
#else
#define ARENA_GAP ((size_t)0)
#endif

struct block {
	struct block *next;
	size_t size; /* of data */
	size_t used;
	_Alignas(16) char data[];
};

struct arena {
	struct block *head; /* the one that is being filled */
	size_t next_size;
	size_t given; /* bytes asked for since new or reset */
	char *last;   /* the piece given out last */
};

static struct block *
block_new(size_t size)
{
	struct block *b = xmalloc(sizeof(*b) + size);

	b->next = NULL;
	b->size = size;
	b->used = 0;
	ASAN_POISON_MEMORY_REGION(b->data, size);
	return b;
}

static void
block_free(struct block *b)
{
	ASAN_UNPOISON_MEMORY_REGION(b->data, b->size);
	free(b);
}

/* What a piece of `size` takes in its block. SIZE_MAX: more than there is. */
static size_t
piece_size(size_t size)
{
	if (size > SIZE_MAX / 2)
		return SIZE_MAX;
	size = MAX(size, (size_t)1);
	return (size + ARENA_GAP + ARENA_ALIGN - 1) & ~(ARENA_ALIGN - 1);
}

struct arena *
arena_new(size_t first_bytes)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->next_size = MAX(first_bytes, (size_t)64);
	if (first_bytes == 0)
		a->next_size = ARENA_FIRST;
	return a;
}

void
arena_free(struct arena *a)
{
	struct block *b, *next;

	if (a == NULL)
		return;
	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		block_free(b);
	}
	free(a);
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next, *keep = NULL;

	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		if (keep == NULL || b->size > keep->size) {
			if (keep != NULL)
				block_free(keep);
			keep = b;
		} else {
			block_free(b);
		}
	}
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
		ASAN_POISON_MEMORY_REGION(keep->data, keep->size);
	}
	a->head = keep;
	a->given = 0;
	a->last = NULL;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t take = piece_size(size);
	struct block *b = a->head;
	char *p;

	if (b == NULL || b->size - b->used < take) {
		if (take == SIZE_MAX)
			return xreallocarray(NULL, SIZE_MAX, 2); /* ends */
		b = block_new(MAX(a->next_size, take));
		if (a->next_size < ARENA_BLOCK_MAX)
			a->next_size *= 2;
		b->next = a->head;
		a->head = b;
	}
	p = b->data + b->used;
	b->used += take;
	a->given += size;
	a->last = p;
	ASAN_UNPOISON_MEMORY_REGION(p, MAX(size, (size_t)1));
	return p;
}

void *
arena_calloc(struct arena *a, size_t n, size_t size)
{
	size_t total;
	void *p;

	if (__builtin_mul_overflow(n, size, &total))
		total = SIZE_MAX;
	p = arena_alloc(a, total);
	memset(p, 0, total);
	return p;
}

void *
arena_grow(struct arena *a, void *p, size_t old, size_t size)
{
	struct block *b = a->head;
	size_t take = piece_size(size);
	void *q;

	if (p == NULL)
		return arena_alloc(a, size);
	if (size <= old)
		return p;
	if (p == a->last) {
		size_t off = (size_t)((char *)p - b->data);

		if (b->size - off >= take) {
			b->used = off + take;
			a->given += size - old;
			ASAN_UNPOISON_MEMORY_REGION(p, size);
			return p;
		}
	}
	q = arena_alloc(a, size);
	memcpy(q, p, old);
	return q;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s != NULL ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	size_t n = strnlen(s, len);
	char *p = arena_alloc(a, n + 1);

	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *s, *p;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) == -1)
		s = NULL;
	va_end(ap);
	p = arena_strdup(a, s != NULL ? s : "");
	free(s);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->given;
}
