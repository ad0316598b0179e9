/*
 * corpus - texts and terms of our own making for bench_topic: seeded, always
 * the same.
 *
 * Words are made of syllables and come as often as in a language (the k-th
 * about 1/k). Half of the terms are phrases of some text, half most often
 * stand nowhere; each has a word that is not among the most common: nobody
 * asks for "the".
 */
#ifndef BENCH_CORPUS_H
#define BENCH_CORPUS_H

#include <stddef.h>

#define CORPUS_DOCS 8000
#define CORPUS_WORDS 70 /* of a text, title and all */

struct corpus_doc {
	char *title, *text;
	char *whole; /* title, ".", new line, text: for those who read one */
	size_t len;  /* of whole */
	char *html;  /* the text as a page has it */
};

extern struct corpus_doc corpus_docs[CORPUS_DOCS];
extern size_t corpus_bytes;      /* of all titles and texts */
extern size_t corpus_html_bytes; /* of all pages */

void corpus_make(void);
void corpus_free(void);
/* A term of one to four words, one blank between; to be freed. */
char *corpus_term(void);

#endif
