/*
 * openmetrics - numbers as OpenMetrics 1.0 text.
 *
 * The caller says each family once and then its samples; this knows how they
 * are spelt. Nothing here knows the desk.
 */
#ifndef DESK_OPENMETRICS_H
#define DESK_OPENMETRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define OPENMETRICS_TYPE                                                       \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

enum om_type { OM_GAUGE, OM_COUNTER, OM_HISTOGRAM, OM_INFO };

/* `unit` is the end of `name`; NULL = none. */
void om_family(struct strbuf *out, const char *name, enum om_type type,
    const char *unit, const char *help);
/* One sample; `suffix` is "", "_total", "_bucket"... Then pairs of label and
 * value up to OM_NO_MORE. */
#define OM_NO_MORE ((const char *)NULL)
void om_uint(
    struct strbuf *out, const char *name, const char *suffix, uint64_t v, ...);
void om_real(
    struct strbuf *out, const char *name, const char *suffix, double v, ...);
/* Family and its only sample. */
void om_gauge(struct strbuf *out, const char *name, const char *unit,
    const char *help, double v);
void om_counter(struct strbuf *out, const char *name, const char *unit,
    const char *help, uint64_t v);
void om_end(struct strbuf *out);

#endif
