/*
 * diag - what is wrong, where, and what was expected.
 *
 * The one type for every message about a file, a rule, a feed, a frame. Pure
 * code fills it, the edge prints it. Printed as
 *   file:line:col: what; what was expected
 * with the parts that are known.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

struct strbuf;

enum diag_severity { DIAG_ERROR, DIAG_WARNING };

struct diag {
	enum diag_severity severity;
	unsigned int line; /* from 1; 0 = unknown */
	unsigned int col;  /* from 1, in bytes; 0 = unknown */
	char file[256];    /* "" = unknown */
	char msg[512];     /* "what; what was expected" */
};

/* Fill *d (NULL is allowed: nothing happens). Long texts are cut; URLs in it
 * are shown as url_redact() does. */
void diag_set(struct diag *d, const char *file, unsigned int line,
    unsigned int col, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* "file:line:col: msg" into out, always terminated; returns out. */
const char *diag_str(const struct diag *d, char *out, size_t size);

/* A list that grows to `max` faults, then only counts; errors take the places
 * of warnings. */
struct diags {
	struct diag *v;
	size_t n; /* kept in v */
	size_t max;
	size_t errors; /* all errors, those not kept too */
	size_t warnings;
};

void diags_init(struct diags *ds, size_t max);
void diags_fini(struct diags *ds);
void diags_add(struct diags *ds, enum diag_severity severity, const char *file,
    unsigned int line, unsigned int col, const char *fmt, ...)
    PRINTF_LIKE(6, 7);
void diags_add_diag(struct diags *ds, const struct diag *d);

/*
 * The word of the NULL-terminated list that is nearest to `got` (edit
 * distance at most 2 and under half its length), or NULL: "did you mean".
 */
const char *diag_suggest(const char *got, const char *const words[]);

#endif
