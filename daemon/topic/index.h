/*
 * index - one look-up from a token to all words of all terms.
 *
 * An atom is one word of a term in one reading: folded, exact, stem of a
 * language, or prefix. Built once, then read-only but for the memo of stems.
 */
#ifndef TOPIC_INDEX_H
#define TOPIC_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct tokens;
struct index; /* opaque */

enum atom_kind { ATOM_FOLD, ATOM_EXACT, ATOM_STEM, ATOM_PREFIX };

#define ATOM_NO UINT32_MAX
#define PREFIX_MIN_BYTES 2
#define PREFIX_MAX_BYTES 63

struct index *index_new(void);
void index_free(struct index *ix);

/*
 * The atom for one folded word (`exact`: the word as written), made if it is
 * new. `lang` is the language of a stem ("en"). ATOM_NO when there is no
 * stemmer for it or a prefix has a length that is not allowed.
 */
uint32_t index_atom(struct index *ix, enum atom_kind kind, const char *folded,
    uint64_t exact, const char *lang);
size_t index_len(const struct index *ix);
enum atom_kind index_kind(const struct index *ix, uint32_t atom);
/* Bytes of the folded word: longer words are rarer. */
size_t index_word_len(const struct index *ix, uint32_t atom);
/* Make the tables; no atoms after that. */
void index_build(struct index *ix);
size_t index_bytes(const struct index *ix);
bool index_has_stemmer(const char *lang);

/*
 * Tell each atom where its tries begin: off[atom], none when off[atom + 1] is
 * the same. Hits carry it along.
 */
#define TRIES_NONE UINT32_MAX
void index_set_tries(struct index *ix, const uint32_t *off);

struct hit {
	uint32_t atom, token, tries;
};

struct hits {
	struct hit *v; /* those of one atom in token order */
	size_t n, size;
};

/* All atoms of all tokens that are no furniture; memory in `a`. */
void index_lookup(const struct index *ix, const struct tokens *tk,
    struct arena *a, struct hits *out);

#endif
