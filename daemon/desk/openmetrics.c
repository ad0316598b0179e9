/* openmetrics.c - numbers as OpenMetrics 1.0 text. */
#include "desk/openmetrics.h"

#include <inttypes.h>
#include <stdarg.h>

/* A label's value, or a help text: the escapes are the same. */
static void
put_escaped(struct strbuf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '\n')
			strbuf_puts(out, "\\n");
		else if (*s == '"' || *s == '\\')
			strbuf_printf(out, "\\%c", *s);
		else
			strbuf_putc(out, *s);
	}
}

void
om_family(struct strbuf *out, const char *name, enum om_type type,
    const char *unit, const char *help)
{
	static const char *const words[] = { "gauge", "counter", "histogram",
		"info" };

	strbuf_printf(out, "# TYPE %s %s\n", name, words[type]);
	if (unit != NULL)
		strbuf_printf(out, "# UNIT %s %s\n", name, unit);
	strbuf_printf(out, "# HELP %s ", name);
	put_escaped(out, help);
	strbuf_putc(out, '\n');
}

static void
put_labels(struct strbuf *out, va_list ap)
{
	const char *label, *sep = "{";

	while ((label = va_arg(ap, const char *)) != NULL) {
		strbuf_printf(out, "%s%s=\"", sep, label);
		put_escaped(out, va_arg(ap, const char *));
		strbuf_putc(out, '"');
		sep = ",";
	}
	if (*sep == ',')
		strbuf_putc(out, '}');
}

void
om_uint(
    struct strbuf *out, const char *name, const char *suffix, uint64_t v, ...)
{
	va_list ap;

	strbuf_printf(out, "%s%s", name, suffix);
	va_start(ap, v);
	put_labels(out, ap);
	va_end(ap);
	strbuf_printf(out, " %" PRIu64 "\n", v);
}

void
om_real(struct strbuf *out, const char *name, const char *suffix, double v, ...)
{
	va_list ap;

	strbuf_printf(out, "%s%s", name, suffix);
	va_start(ap, v);
	put_labels(out, ap);
	va_end(ap);
	strbuf_printf(out, " %.15g\n", v);
}

void
om_gauge(struct strbuf *out, const char *name, const char *unit,
    const char *help, double v)
{
	om_family(out, name, OM_GAUGE, unit, help);
	om_real(out, name, "", v, OM_NO_MORE);
}

void
om_counter(struct strbuf *out, const char *name, const char *unit,
    const char *help, uint64_t v)
{
	om_family(out, name, OM_COUNTER, unit, help);
	om_uint(out, name, "_total", v, OM_NO_MORE);
}

void
om_end(struct strbuf *out)
{
	strbuf_puts(out, "# EOF\n");
}
