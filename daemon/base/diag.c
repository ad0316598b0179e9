/* diag.c - what is wrong, where, and what was expected. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/utf8.h"
#include "base/xmalloc.h"

#define WORD_MAX 63 /* longer words get no suggestion */

/* vsnprintf that never leaves half a code point at the end, and no secret
 * of a URL. */
static void PRINTF_LIKE(3, 0)
    put_text(char *out, size_t size, const char *fmt, va_list ap)
{
	int n = vsnprintf(out, size, fmt, ap);
	struct strbuf sb;

	if (strstr(out, "://") != NULL) {
		strbuf_init(&sb, 4 * size);
		url_redact_text(&sb, out);
		n = snprintf(out, size, "%s", sb.data);
		strbuf_fini(&sb);
	}
	if (n >= 0 && (size_t)n >= size)
		out[utf8_cut(out, size - 1)] = '\0';
}

static void PRINTF_LIKE(5, 0) vset(struct diag *d, const char *file,
    unsigned int line, unsigned int col, const char *fmt, va_list ap)
{
	memset(d, 0, sizeof(*d));
	d->line = line;
	d->col = col;
	if (file != NULL)
		snprintf(d->file, sizeof(d->file), "%s", file);
	put_text(d->msg, sizeof(d->msg), fmt, ap);
}

void
diag_set(struct diag *d, const char *file, unsigned int line, unsigned int col,
    const char *fmt, ...)
{
	va_list ap;

	if (d == NULL)
		return;
	va_start(ap, fmt);
	vset(d, file, line, col, fmt, ap);
	va_end(ap);
}

const char *
diag_str(const struct diag *d, char *out, size_t size)
{
	char place[320] = "";
	size_t n = 0;

	if (size == 0)
		return out;
	if (d->file[0] != '\0')
		n += (size_t)snprintf(place, sizeof(place), "%s:", d->file);
	if (d->line > 0)
		n += (size_t)snprintf(
		    place + n, sizeof(place) - n, "%u:", d->line);
	if (d->line > 0 && d->col > 0)
		n += (size_t)snprintf(
		    place + n, sizeof(place) - n, "%u:", d->col);
	snprintf(out, size, "%s%s%s", place, n > 0 ? " " : "", d->msg);
	return out;
}

void
diags_init(struct diags *ds, size_t max)
{
	memset(ds, 0, sizeof(*ds));
	ds->max = max;
}

void
diags_fini(struct diags *ds)
{
	free(ds->v);
	diags_init(ds, ds->max);
}

void
diags_add(struct diags *ds, enum diag_severity severity, const char *file,
    unsigned int line, unsigned int col, const char *fmt, ...)
{
	struct diag d;
	va_list ap;

	va_start(ap, fmt);
	vset(&d, file, line, col, fmt, ap);
	va_end(ap);
	d.severity = severity;
	diags_add_diag(ds, &d);
}

/* The list is full: an error is worth more than the last warning in it. */
static void
crowd_out(struct diags *ds, const struct diag *d)
{
	for (size_t i = ds->n; i > 0; i--) {
		if (ds->v[i - 1].severity == DIAG_ERROR)
			continue;
		memmove(&ds->v[i - 1], &ds->v[i], (ds->n - i) * sizeof(*ds->v));
		ds->v[ds->n - 1] = *d;
		return;
	}
}

void
diags_add_diag(struct diags *ds, const struct diag *d)
{
	if (d->severity == DIAG_ERROR)
		ds->errors++;
	else
		ds->warnings++;
	if (ds->n >= ds->max) {
		if (d->severity == DIAG_ERROR)
			crowd_out(ds, d);
		return;
	}
	/* Powers of two: grow when the count reaches one. */
	if ((ds->n & (ds->n - 1)) == 0)
		ds->v = xreallocarray(
		    ds->v, MAX(ds->n * 2, (size_t)1), sizeof(*ds->v));
	ds->v[ds->n++] = *d;
}

/* Edit distance in which two swapped neighbours count as one edit. */
static size_t
distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t d[3][WORD_MAX + 1], *pp = d[0], *p = d[1], *c = d[2], *t;

	for (size_t j = 0; j <= lb; j++)
		p[j] = j;
	for (size_t i = 1; i <= la; i++) {
		c[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t sub = p[j - 1] + (a[i - 1] != b[j - 1]);

			c[j] = MIN(sub, MIN(p[j], c[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				c[j] = MIN(c[j], pp[j - 2] + 1);
		}
		t = pp;
		pp = p;
		p = c;
		c = t;
	}
	return p[lb];
}

const char *
diag_suggest(const char *got, const char *const words[])
{
	size_t len = strlen(got), best = 3, d, n;
	const char *found = NULL;

	if (len > WORD_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		if ((n = strlen(*words)) > WORD_MAX)
			continue;
		d = distance(got, len, *words, n);
		if (d < best && d * 2 < len) {
			best = d;
			found = *words;
		}
	}
	return found;
}
