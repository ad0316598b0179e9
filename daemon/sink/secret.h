/*
 * secret - keys and passwords, read from their files when they are needed.
 *
 * So a key can be changed without a reload, and none lies in memory or in a
 * log for long. The last line ends are not part of it.
 */
#ifndef SINK_SECRET_H
#define SINK_SECRET_H

#include <stddef.h>

#include "base/macros.h"
#include "base/strbuf.h"

#define SECRET_MAX 8192 /* bytes */

/* Append it. -1 with `why`, which names the file and not what is in it. */
int secret_read(
    const char *path, struct strbuf *out, char *why, size_t size) MUST_CHECK;
/* Can it be read? 0 or -1. */
int secret_check(const char *path, char *why, size_t size) MUST_CHECK;
/* Overwrite, then free. */
void secret_wipe(struct strbuf *sb);

#endif
