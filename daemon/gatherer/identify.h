/*
 * identify - who the items of one document are.
 *
 * Pure. classify_identify() believes a guid. Here the document and what the
 * feed has shown before tell where a guid is not to be believed: one that
 * several pages share, or those of a feed that makes new ones for each poll.
 * Such items are known by their page, if no other item has it.
 */
#ifndef GATHERER_IDENTIFY_H
#define GATHERER_IDENTIFY_H

#include <stddef.h>

struct classify_params;
struct item;
struct remember;

/*
 * Identify all items, and tell `r` that they are in the document. One that is
 * cut off before it is known who it is gets REMEMBER_NOBODY.
 */
void identify_document(struct item *const *items, size_t n, const char *feed,
    const char *feed_name, const struct classify_params *p, struct remember *r);

#endif
