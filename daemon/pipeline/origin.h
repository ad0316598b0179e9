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
 * done): the agency of the dateline, of the author, of the address, or that
 * the lead credits ("..., AP reported"); else the feed's name, or the host of
 * the article. "" when nothing is known. A photo's credit is none.
 */
void origin_find(struct item *it);

#endif
