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
/* Closes sockets that nobody took. */
void notify_free(struct notify *n);
/* The listening socket at `path` (NULL = any), else the one of that
 * FileDescriptorName=; each once; -1 = none. */
int notify_take_fd(struct notify *n, const char *name, const char *path);

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
/* A long piece of work goes on: neither start nor watchdog may time out. */
void notify_busy(void);
void notify_status(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
