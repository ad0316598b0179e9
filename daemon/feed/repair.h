/*
 * repair - make a document well-formed, as near to what was meant as can be.
 *
 * One linear pass over the text from its root element on. The result is
 * always well-formed XML without a DOCTYPE, whatever goes in (the fuzzer holds
 * it to that): names are ASCII, attributes are quoted and different, every
 * reference is known, every element is closed.
 */
#ifndef FEED_REPAIR_H
#define FEED_REPAIR_H

#include <stddef.h>

#include "base/strbuf.h"

struct prolog;

struct repair_text {
	struct strbuf out;
	size_t cut_at; /* what was open is closed from here on; SIZE_MAX:
			  the document closed it all itself */
};

/* `pl` gives the flat entities. At the limit the rest is left out. */
void repair_run(struct repair_text *rt, const char *p, size_t len,
    const struct prolog *pl, size_t max_bytes);
void repair_fini(struct repair_text *rt);

#endif
