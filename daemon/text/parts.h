/*
 * parts - live blogs and newsletters tell several stories in one item.
 *
 * Pure. An item falls into parts when three of its lines begin with a time of
 * day ("10:45 GMT"), or when its title says nothing but what it is ("Morning
 * briefing") or its text calls itself a newsletter, and it has three headed
 * sections or paragraphs. Subheadings alone part nothing: most stand in one
 * story. Rules judge each part for itself, with the title.
 */
#ifndef TEXT_PARTS_H
#define TEXT_PARTS_H

#include <stdbool.h>

struct arena;
struct tokens;

#define PARTS_MAX 64

/* Fill tk->parts; the tokens of title and body are made. In a parted item
 * only the first part has a lead. */
void parts_find(struct arena *a, struct tokens *tk);
/* Does the title name a kind of text only: "LIVE BLOG", "Monday Briefing"? */
bool parts_generic_title(const struct tokens *tk);

#endif
