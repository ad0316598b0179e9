/*
 * agency - the news agencies, and how they are credited.
 *
 * Pure. A credit names who wrote the text. Who took the picture beside it,
 * and who only helped ("additional reporting by", "contributed to this
 * report"), did not.
 */
#ifndef PIPELINE_AGENCY_H
#define PIPELINE_AGENCY_H

#include <stdbool.h>
#include <stddef.h>

#define AGENCY_WORDS 4

enum agency_flag {
	AGENCY_RUNNING = 1, /* known in running text: "..., AP reported" */
	AGENCY_SHORT = 2,   /* its letters are words elsewhere: "SPA" */
	AGENCY_BARE = 4,    /* its datelines end without a dash */
};

struct agency {
	const char *name;                /* of the origin */
	const char *words[AGENCY_WORDS]; /* exact, as written; NULL: no more */
	const char *host;
	unsigned int flags;
};
extern const struct agency agencies[];
extern const size_t agencies_len;

/* The agency that is named by exactly these bytes, or NULL. */
const struct agency *agency_named(const char *p, size_t len);
/* The one whose longest name [p, end) begins with, as whole words; *len: the
 * bytes of it. */
const struct agency *agency_at(const char *p, const char *end, size_t *len);
/* The name of `len` bytes by which `ag` was found is a word elsewhere. */
bool agency_is_letters(const struct agency *ag, size_t len);
/* The one of this host or a host below it. */
const struct agency *agency_of_host(const char *host, size_t len);
/* "AP", "The Associated Press", "CNN Wire", "AP Staff", "AP Sports Writer":
 * nothing but an agency and whom it employs. */
const struct agency *agency_titled(const char *p, const char *end);
/*
 * The agency of a byline: "By Jane Doe, Reuters", "AP/Reuters" (the first).
 * A part that has a word of pictures ("Photo: AFP", "John Roe/AP Photo",
 * "AFP via Getty Images") credits nobody with the text from there on.
 */
const struct agency *agency_of_byline(const char *p, const char *end);
/* A word of pictures stands in [p, end): photo, image, Getty, ... */
bool agency_is_picture(const char *p, const char *end);
/* Where [p, end) begins to tell who only helped; `end` when it does not. */
const char *agency_helpers(const char *p, const char *end);

/* The byte is part of a word. */
bool agency_word_byte(char c);

#endif
