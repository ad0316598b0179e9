/*
 * plural - a number with its noun: "1 feed", "2 feeds".
 */
#ifndef BASE_PLURAL_H
#define BASE_PLURAL_H

#include <stdint.h>

#define PLURAL_MAX 64 /* bytes, with the NUL; longer nouns are cut */

/* PLURAL(n, "story", "stories"): a text that lives as long as the block. */
#define PLURAL(n, one, many)                                                   \
	plural_put((char[PLURAL_MAX]){ 0 }, (uint64_t)(n), (one), (many))
/* Into `out`; returns it. */
const char *plural_put(
    char out[PLURAL_MAX], uint64_t n, const char *one, const char *many);

#endif
