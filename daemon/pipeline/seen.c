/* seen.c - a feed's seen set as one blob for the store. */
#include <endian.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"
#include "base/xmalloc.h"
#include "pipeline/poll.h"

/*
 * Version 1, little endian: version (4), number of items (4), check (8) over
 * the rest; then for each item identity (8), content (8), last (8),
 * revision (4). The check is of damage, not of malice: fixed key.
 */
#define SEEN_VERSION 1
#define HEAD_BYTES 16
#define ITEM_BYTES 28
#define SEEN_MAX ((size_t)1 << 24)

static unsigned char *
put32(unsigned char *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static unsigned char *
put64(unsigned char *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
	return p + sizeof(v);
}

static uint32_t
get32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t
get64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

void *
seen_pack(const struct seen *s, size_t n, size_t *len)
{
	unsigned char *blob, *p;

	n = MIN(n, SEEN_MAX);
	*len = HEAD_BYTES + n * ITEM_BYTES;
	blob = xmalloc(*len);
	p = blob + HEAD_BYTES;
	for (size_t i = 0; i < n; i++) {
		p = put64(p, s[i].identity);
		p = put64(p, s[i].content);
		p = put64(p, (uint64_t)s[i].last);
		p = put32(p, s[i].revision);
	}
	p = put32(blob, SEEN_VERSION);
	p = put32(p, (uint32_t)n);
	put64(
	    p, hash_bytes(&hash_key_fixed, blob + HEAD_BYTES, n * ITEM_BYTES));
	return blob;
}

int
seen_unpack(
    struct arena *a, const void *blob, size_t len, struct seen **s, size_t *n)
{
	const unsigned char *p = blob;
	size_t count;

	*s = NULL;
	*n = 0;
	if (len == 0)
		return 0; /* a feed that was never polled */
	if (len < HEAD_BYTES || get32(p) != SEEN_VERSION)
		return -1;
	count = get32(p + 4);
	if (count > SEEN_MAX || len != HEAD_BYTES + count * ITEM_BYTES ||
	    get64(p + 8) !=
		hash_bytes(&hash_key_fixed, p + HEAD_BYTES, count * ITEM_BYTES))
		return -1;
	*s = arena_calloc(a, count + 1, sizeof(**s));
	p += HEAD_BYTES;
	for (size_t i = 0; i < count; i++, p += ITEM_BYTES) {
		(*s)[i].identity = get64(p);
		(*s)[i].content = get64(p + 8);
		(*s)[i].last = (int64_t)get64(p + 16);
		(*s)[i].revision = get32(p + 24);
	}
	*n = count;
	return 0;
}
