/*
 * log - one line for one thing that happened, `key=value` first, then words.
 *
 * To stderr as text, or to the journal natively (with PRIORITY, and each
 * leading key=value also as a field WIRESIFT_KEY) when stderr is the
 * journal's stream (JOURNAL_STREAM). Control characters are escaped, so feed
 * text cannot forge a line; more than 2 KiB is cut. Secrets never come here:
 * see url_redact().
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/macros.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

/* `proc` is put in front of each line, e.g. "desk" or "gatherer-1". */
void log_init(const char *proc, enum log_level level);
void log_set_level(enum log_level level);
/*
 * Lines go to `cb` instead of stderr (the gatherer sends them to the desk);
 * NULL restores stderr. The line has no level word, no `proc`, no newline.
 */
void log_set_hook(
    void (*cb)(void *cookie, enum log_level level, const char *line),
    void *cookie);

void log_warn(const char *fmt, ...) PRINTF_LIKE(1, 2); /* adds errno */
void log_warnx(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* At a level given; for lines that another process has made. */
void log_at(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Log at error level and exit with `code` (sysexits.h). */
void log_fatalx(int code, const char *fmt, ...) PRINTF_LIKE(2, 3) NORETURN;

#endif
