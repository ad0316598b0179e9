/*
 * verdict - how do two texts stand to each other?
 *
 * Pure. Features first, then rules over them (notes in verdict.c). The first
 * doc is the newer one.
 */
#ifndef COPY_VERDICT_H
#define COPY_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

struct doc;
struct focus;

#define FEATURES_ORDER_WORDS 80 /* of bodies whose order tells much */

struct features {
	float w;    /* weighted 3-shingle containment of the smaller body */
	float h;    /* the leads' shingles found in the other, the better way */
	float hf;   /* share of the fuller text's lead in the other */
	float c;    /* cosine of the weighted words */
	float ts;   /* title overlap over the heavier title, by weight */
	float tb;   /* title word pairs that both have, over the more */
	float tp;   /* the same, over the fewer */
	float r, o; /* ordered rare words over the shorter list, the shared */
	float nc;   /* numbers of the shorter missing in the other */
	float tnc;  /* numbers of both titles missing in the other text */
	float lead; /* rare words of each one's beginning in the other's */
	float names;    /* rare words, no numbers, of the lesser in the other */
	float facts;    /* of the names and numbers of each body, by weight,
			   what the other has: the lesser share */
	uint32_t both;  /* names and numbers of both bodies */
	float telling;  /* order in which shared rare words are first told,
			   -1 to 1 */
	uint32_t m;     /* shared shingles */
	uint32_t order; /* longest common order of rare words */
	uint32_t rare;  /* rare words shared */
	uint32_t kinds; /* different ones among them */
	uint32_t numbers; /* numbers of the shorter */
	uint32_t moved;   /* figures that differ between the same words */
	uint32_t stayed;  /* and that are the same there */
	bool moved_first; /* one that moved stands in the beginning */
	bool swapped;     /* each has a number that the other lacks */
	bool anti;        /* opposites */
	bool other_day;   /* both name days of the week, and none in common */
	bool elsewhere;   /* each title names a rare thing the other lacks */
	bool same_title, same_body;
	int64_t apart_s; /* between the two arrivals */
	float spread; /* of shared rare words over the thirds of both texts */
	bool same_feed;
	bool same_site;   /* articles on one host */
	bool same_number; /* and one number in their addresses */
};

enum verdict {
	VERDICT_NONE,
	VERDICT_STORY,  /* another report of the event */
	VERDICT_EMBEDS, /* the newer contains the older among other matter */
	VERDICT_UPDATE, /* the same text with other facts */
	VERDICT_COPY,
};

/* The focus is the newer one. */
void features_compare(struct focus *fo, const struct doc *b, int64_t apart_s,
    bool same_feed, bool same_site, struct features *f);
/*
 * Figures that stand between the same two rare words in both texts and are
 * others: "killed 3 people in Basra", "killed 7 people in Basra". Whether a
 * number comes anywhere else in the texts is of no interest. One that was
 * added or left out moves none. met_a and met_b tell of each rare word of a
 * and b whether the other has it.
 */
void features_figures(const struct doc *a, const struct doc *b,
    const bool *met_a, const bool *met_b, struct features *f);
/* *score orders candidates of one verdict, *why names the rule (static). */
enum verdict verdict_of(const struct doc *a, const struct doc *b,
    const struct features *f, float *score, const char **why);
/*
 * Is a headline all that makes these two a copy? Of eight or nine words that
 * say what happened two desks may choose the same, when many tell it.
 */
bool verdict_by_headline(
    const struct doc *a, const struct doc *b, const struct features *f);

#endif
