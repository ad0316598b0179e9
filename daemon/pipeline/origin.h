/*
 * origin - who wrote a text: an agency, or the publisher himself.
 *
 * Pure. Ten sites with one agency's text are one origin, and that is what
 * "confirmed by two" must count.
 */
#ifndef PIPELINE_ORIGIN_H
#define PIPELINE_ORIGIN_H

struct arena;
struct item;

/*
 * The origin of `it` (its text stage done): the agency of the dateline, of
 * the author, of the address, or that the lead credits ("..., AP reported");
 * else the feed's name, or the host of the article. "" when nothing is known.
 * A photo's credit is none. Constant, in the item, or in `a`.
 */
const char *origin_of(const struct item *it, struct arena *a);

#endif
