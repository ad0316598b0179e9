/*
 * mime - text as mail (RFC 5322, 2045, 2047): pure, and safe for any text.
 *
 * No text, whatever is in it, can end a header or a line here.
 */
#ifndef SINK_MIME_H
#define SINK_MIME_H

#include <stddef.h>
#include <stdint.h>

struct strbuf;

/* "Name: text" CRLF, in encoded words where it is not plain ASCII. */
void mime_header(struct strbuf *out, const char *name, const char *text);
/* "Date: Thu, 08 Feb 2024 12:10:41 +0000" CRLF. */
void mime_date(struct strbuf *out, int64_t wall_s);
/* Quoted-printable, "\n" as CRLF; ends with one. */
void mime_quoted(struct strbuf *out, const char *text, size_t len);

#endif
