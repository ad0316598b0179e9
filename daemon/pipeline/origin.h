/*
 * origin - who wrote a text: an agency, or the publisher himself.
 *
 * Pure. Ten sites with one agency's text are one origin, and that is what
 * "confirmed by two" must count.
 */
#ifndef PIPELINE_ORIGIN_H
#define PIPELINE_ORIGIN_H

struct item;

/*
 * Fill origin and origin_agency of `it` (text stage, feed and canonical are
 * done): the agency of the dateline, of the author, of the address, of the
 * last line or the line of copyright, that the lead credits ("..., AP
 * reported"), or whose signature stands below; else the feed's name, or the
 * host of the article. "" when nothing is known. A photo's credit is none, nor
 * is who only helped (agency.h). Reuters' signature without its brackets
 * counts only where the text names Reuters besides.
 */
void origin_find(struct item *it);

#endif
