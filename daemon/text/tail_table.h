/* tail_table - the words by which furniture is known; see tail.h. */
#ifndef TEXT_TAIL_TABLE_H
#define TEXT_TAIL_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum tail_kind {
	TAIL_HEADING, /* a whole line that begins a tail */
	TAIL_LINE,    /* a whole line, furniture alone */
	TAIL_PREFIX,  /* begins a line that is furniture alone */
	TAIL_LABEL,   /* the same, with a colon or dash behind */
	TAIL_LEADING, /* a whole line, before the first prose only */
};

/* Lines separated by "|", in usual spelling: they are folded like texts. */
struct tail_row {
	enum tail_kind kind;
	const char *lines;
};
extern const struct tail_row tail_rows[];
extern const size_t tail_rows_len;

/* Phrases that end a line; at most `more` bytes may follow them in it. */
struct tail_closing {
	const char *phrase;
	size_t more;
};
extern const struct tail_closing tail_closings[];
extern const size_t tail_closings_len;

#endif
