/*
 * feedfile - records as an Atom feed (RFC 4287) and a JSON Feed 1.1.
 *
 * Pure. The same records give the same bytes, so that what has not changed
 * need not be written, and its hash is an ETag.
 */
#ifndef SINK_FEEDFILE_H
#define SINK_FEEDFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/strbuf.h"

struct record;

#define FEEDFILE_MAX ((size_t)16 << 20) /* bytes; what is older falls out */

struct feedfile { /* both forms, while they are made */
	struct strbuf atom, json;
	const char *topic, *url; /* url: of the folder, or NULL */
	int64_t updated_ms;
	size_t n;
};

/* `updated_ms`: when the newest record came; 0 = there is none. */
void feedfile_begin(struct feedfile *ff, const char *topic, const char *url,
    int64_t updated_ms);
/* The next older one; what is no item is passed over. -1: it is full. */
int feedfile_add(struct feedfile *ff, const struct record *r) MUST_CHECK;
void feedfile_end(struct feedfile *ff);
void feedfile_fini(struct feedfile *ff);

#endif
