/* cdata - find CDATA sections, and those that need no parser. */
#ifndef FEED_CDATA_H
#define FEED_CDATA_H

#include <stdbool.h>
#include <stddef.h>

/* Where the next "<![CDATA[" begins, or NULL. */
const char *cdata_find(const char *p, const char *end);
/* Where the next "]]>" begins, or NULL. */
const char *cdata_end(const char *p, const char *end);
/* Is it text that XML takes as it is: allowed characters, no CR? */
bool cdata_is_clean(const char *p, size_t len);

#endif
