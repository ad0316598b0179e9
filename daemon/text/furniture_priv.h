/* furniture_priv - what the files of furniture share. */
#ifndef TEXT_FURNITURE_PRIV_H
#define TEXT_FURNITURE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "text/furniture.h"

#define SIGHTINGS 3 /* remembered of a line */
#define MAX_AFFIXES 16
#define DAY_S 86400
#define FORGET_DAYS 14 /* a candidate that did not come again */
#define FORGET_LEARNED_DAYS 60

/* A text in which a line stood; two are one if any part is the same. */
struct sighting {
	uint16_t title, lead;
	uint16_t sketch[2]; /* least hashes of its sentences; 0 = none */
};

struct known_line {
	uint32_t hash;
	uint32_t born; /* furniture.texts when it was first seen */
	uint32_t used; /* furniture.clock when it was last seen */
	uint16_t n;    /* texts it stood in */
	uint16_t day;  /* when it was last seen, days since the epoch */
	bool learned;
	uint8_t nseen;
	struct sighting seen[SIGHTINGS];
};

struct affix { /* before or behind titles */
	uint32_t hash;
	uint16_t n;     /* titles with it, of furniture.titles */
	uint16_t title; /* the last of them: the same one does not count */
	bool named;     /* it is the name of a site */
};

struct furniture {
	struct hash_key key;
	uint32_t texts;  /* seen so far, of several lines */
	uint32_t clock;  /* counts what is touched */
	uint32_t titles; /* seen of late */
	struct affix affixes[MAX_AFFIXES];
	size_t naffixes;
	struct known_line lines[FURNITURE_MAX_LINES];
	size_t nlines;
};

static inline bool
furniture_is_stale(const struct known_line *k, int64_t today)
{
	return k->day + (k->learned ? FORGET_LEARNED_DAYS : FORGET_DAYS) <
	       today;
}

/* furniture_title.c */
void furniture_learn_title(
    struct furniture *f, const struct item *it, const char *site);
/* The bytes [*from, *to) of the title that are its own. */
void furniture_title_bounds(
    const struct furniture *f, const char *title, size_t *from, size_t *to);

#endif
