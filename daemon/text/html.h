/*
 * html - HTML to plain text, in one pass, never failing.
 *
 * Pure and linear. script, style, template and comments vanish; block
 * elements and <br> begin a new line; entities (HTML5 names, numbers, cp1252
 * for 128 to 159) are decoded, a second time when the text is double-escaped;
 * white space folds to one blank; soft hyphen, zero-width and BOM characters
 * are dropped; output is valid UTF-8 without control characters but "\n".
 */
#ifndef TEXT_HTML_H
#define TEXT_HTML_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

/* Append the text of `html`; lines are trimmed, no empty ones. At sb's limit
 * it stops at a code point (strbuf_over() tells). */
void html_to_text(struct strbuf *out, const char *html, size_t len);
/* The same on one line: blocks are separated by one blank. For titles. */
void html_to_line(struct strbuf *out, const char *html, size_t len);
/* Plain text (not HTML) into the same form. */
void text_normalise(struct strbuf *out, const char *text, size_t len);
/* Does this string look like HTML (a known tag or an entity)? */
bool html_looks_like(const char *s, size_t len);

struct item;
struct item_limits;
/*
 * The text stage: fill it->title_text and it->text (item.h) from title,
 * contents and summary by their types. Idempotent.
 */
void item_make_text(struct item *it, const struct item_limits *limits);

#endif
