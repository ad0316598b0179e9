/*
 * tail - which parts of a body are furniture: site text around an article.
 *
 * Pure. Works on plain text (html.h) line by line. A heading such as
 * "Related" begins a tail, which ends only where an article clearly goes on
 * (two long paragraphs in a row); leading lines such as "View", "Date: ..."
 * or the title once more, and lines that advertise ("Read more: ...") are
 * furniture alone.
 */
#ifndef TEXT_TAIL_H
#define TEXT_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct tail_range {
	uint32_t from, to; /* bytes of the text, to excluded */
};

struct tail {
	struct tail_range *v; /* in order, apart; memory in the arena */
	size_t n;
	uint32_t lines;      /* furniture lines, whole ones */
	uint32_t learned;    /* those that only `marks` tells */
	const char *heading; /* line that began the tail, or NULL */
};

/* `title` may be "". `marks` is item.furniture: those lines are furniture
 * whatever they say. */
void tail_find(struct arena *a, const char *title, const char *text, size_t len,
    const char *marks, struct tail *out);
/*
 * Does a closing phrase ("Continue reading...", "(Reporting by ...") begin
 * with the word at p? What follows in its line is furniture then; `end` is
 * the end of the text.
 */
bool tail_closes(const char *p, const char *text, const char *end);

#endif
