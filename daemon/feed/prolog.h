/* prolog - what stands before the root element, and where that begins. */
#ifndef FEED_PROLOG_H
#define FEED_PROLOG_H

#include <stdbool.h>
#include <stddef.h>

#define PROLOG_ENTITIES 64
#define PROLOG_ENTITY_MAX 128 /* bytes of a value */

/* Views into the document. */
struct prolog_entity {
	const char *name, *value;
	size_t name_len, value_len;
};

struct prolog {
	size_t root;        /* where the root element begins; len: nowhere */
	unsigned long line; /* of it, from 1 */
	bool netscape;      /* the DOCTYPE names Netscape's DTD */
	/*
	 * The DOCTYPE is never given to Expat. Of its entities only those
	 * that are flat text (no markup, no other entity) are known, so that
	 * nothing ever expands into something that expands.
	 */
	struct prolog_entity entities[PROLOG_ENTITIES];
	size_t nentities;
};

/* Linear. Junk (white space, PHP's warnings, a second BOM) is stepped over. */
void prolog_read(struct prolog *pl, const char *p, size_t len);

#endif
