/*
 * lines - one line after the other of a file or pipe, with a limit.
 */
#ifndef TOOLS_LINES_H
#define TOOLS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct lines; /* opaque */

/* Reads `fd` (borrowed). A line longer than `max` is left out. */
struct lines *lines_new(int fd, size_t max_line_bytes);
void lines_free(struct lines *ls);
/*
 * The next line without its newline (and CR), NUL-terminated, valid until the
 * next call; the last one need not end in a newline. 1; 0 at the end; -1 with
 * errno, EMSGSIZE for a line that was too long (the next call goes on).
 */
int lines_next(struct lines *ls, char **line, size_t *len) MUST_CHECK;
/* Number of the line given last, from 1. */
unsigned int lines_number(const struct lines *ls);

#endif
