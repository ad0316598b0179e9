/*
 * notify - the service manager: readiness, status, watchdog, its sockets.
 *
 * The watchdog is answered by a timer of the loop that does the work: when
 * that loop hangs, nobody answers.
 */
#ifndef DESK_NOTIFY_H
#define DESK_NOTIFY_H

#include "base/macros.h"

struct event_base;
struct notify; /* opaque */

struct notify *notify_new(struct event_base *base);
void notify_free(struct notify *n);
/* A copy, to be closed, of the listening socket at `path` (NULL = it has
 * none), else of the one of that FileDescriptorName=; -1 = there is none, or
 * another has it. */
int notify_take_fd(struct notify *n, const char *name, const char *path);
/* Warn of sockets that nobody has: their clients would wait for ever. */
void notify_tell_unused(const struct notify *n);

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
/* A long piece of work goes on: neither start nor watchdog may time out. */
void notify_busy(void);
void notify_status(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
