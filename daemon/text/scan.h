/*
 * scan - cut one text into tokens; the inner part of token.c.
 *
 * Rules are in token.h. The scanner writes to arrays in an arena and stops
 * quietly at its limit of tokens.
 */
#ifndef TEXT_SCAN_H
#define TEXT_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "text/tail.h"
#include "text/token.h"

#define SCAN_WORD_MAX 256 /* bytes of a folded word; the rest is dropped */
#define SCAN_WORD_ROOM (SCAN_WORD_MAX + 65) /* one fold more, and a NUL */

struct scan {
	struct arena *a;
	struct tokens *tk;
	size_t size;        /* tokens allocated */
	size_t max;         /* tokens allowed */
	char *words;        /* folded words */
	size_t words_size;  /* bytes allocated */
	uint32_t lead_left; /* words of the lead still to come */
	uint32_t pos, sentence, paragraph;
	uint8_t pending; /* marks of the next token */

	/* The text being scanned. */
	const char *text, *end;
	uint8_t field, zone;
	const struct tail_range *tail; /* rest of the furniture, in order */
	size_t ntail;
	size_t upper_words, lower_words; /* of two letters and more */
};

void scan_init(struct scan *sc, struct arena *a, struct tokens *tk,
    size_t bytes, size_t max);
/* Tokens of `text` at the end of the list, all in `zone` but the tail. */
void scan_text(
    struct scan *sc, enum field f, enum zone z, const char *text, size_t len);

/*
 * plain.c: the words of plain ASCII and the blanks from p on, up to the first
 * byte that asks for more than that. It may stop anywhere: the scanner goes on
 * with what is there, and asks again.
 */
const char *plain_words(struct scan *sc, const char *p);

/* gaps.c: one character between words at p is noted; its length. */
size_t gaps_see(struct scan *sc, const char *p);
/* A stop of `len` bytes at p: note whether it ends a sentence. */
void gaps_see_stop(struct scan *sc, const char *p, size_t len);

void scan_make_room(struct scan *sc);

/* Room for one more token and its word. */
static inline void
scan_room(struct scan *sc)
{
	if (sc->tk->n == sc->size ||
	    sc->tk->words_len + SCAN_WORD_ROOM > sc->words_size)
		scan_make_room(sc);
}

static inline uint8_t
scan_zone(struct scan *sc, uint32_t off)
{
	while (sc->ntail > 0 && sc->tail->to <= off) {
		sc->tail++;
		sc->ntail--;
	}
	if (sc->ntail > 0 && sc->tail->from <= off)
		return ZONE_TAIL;
	if (sc->zone != ZONE_LEAD)
		return sc->zone;
	if (sc->lead_left == 0)
		return ZONE_BODY;
	sc->lead_left--;
	return ZONE_LEAD;
}

/* Where token `t` stands, and the marks of what is before it. */
static inline void
scan_place(struct scan *sc, struct token *t)
{
	uint8_t pending = sc->pending;

	t->field = sc->field;
	t->zone = scan_zone(sc, t->off);
	t->marks = pending;
	sc->sentence += (pending & TOKEN_SENTENCE) != 0;
	sc->paragraph += (pending & TOKEN_PARAGRAPH) != 0;
	sc->pos += (pending & TOKEN_GAP) ? 2 : 1;
	sc->pending = 0;
	t->pos = sc->pos;
	t->sentence = sc->sentence;
	t->paragraph = sc->paragraph;
}

#endif
