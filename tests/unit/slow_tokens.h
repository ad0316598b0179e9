/*
 * slow_tokens - the scanner's rules once more, slow and obvious.
 *
 * One code point at a time, by the table of fold.h alone: no blocks, no kinds
 * of bytes, no short cuts. The unit test and the fuzz target compare.
 */
#ifndef SLOW_TOKENS_H
#define SLOW_TOKENS_H

#include <stddef.h>

/* Aborts, and prints what differs, when tokens_of_text() disagrees. */
void slow_tokens_check(const char *text, size_t len);

#endif
