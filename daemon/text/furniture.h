/*
 * furniture - what a feed repeats around its articles, learned from itself.
 *
 * Pure; the caller tells the time. A line is furniture of a feed once it has
 * stood in three of its texts: items with different titles, different first
 * lines, and not versions of one article (those share whole paragraphs). A
 * sentence, which may be an agency's background and real, must have closed
 * five texts and a fourth of all. The first line and the first sentence of an
 * item never are, nor a line that is its title, and enough must be left.
 *
 * The site's name before or behind titles ("Site: ", " - Site", " | Site") is
 * learned too: behind at least three titles and a share of all. A title that
 * stands over three texts with different first lines, on three days, is known
 * to be generic.
 */
#ifndef TEXT_FURNITURE_H
#define TEXT_FURNITURE_H

#include <stddef.h>
#include <stdint.h>

struct arena;
struct furniture; /* opaque: what is known of one feed */
struct hash_key;
struct item;

#define FURNITURE_MAX_LINES 256 /* hashes of lines, candidates included */

/*
 * What furniture_save() made; `saved` NULL or damaged: nothing is known.
 * The key must be the same one. What was not seen for long, at `now` in
 * seconds, is forgotten.
 */
struct furniture *furniture_load(
    const struct hash_key *key, const char *saved, int64_t now);
void furniture_free(struct furniture *f);
/* Printable, at most about 16 KiB; memory in `a`. */
const char *furniture_save(const struct furniture *f, struct arena *a);

/*
 * Learn from an item that its feed shows for the first time; text stage done,
 * `feed` set. `site` is the feed's own title, or NULL.
 */
void furniture_learn(
    struct furniture *f, const struct item *it, const char *site, int64_t now);
/*
 * Note in it->furniture which parts of its title and text are furniture, by
 * what is known now. Tokens there are of ZONE_TAIL (token.h).
 */
void furniture_mark(const struct furniture *f, struct item *it);

/* it->furniture read back: the ranges in the title and in the text, in order
 * and inside `len` bytes; what does not fit is left out. Memory in `a`. */
struct tail_range;
size_t furniture_ranges(struct arena *a, const char *marks, char field,
    size_t len, struct tail_range **out);
#define FURNITURE_TITLE 't'
#define FURNITURE_GENERIC 'g' /* the title: it says nothing of this text */
#define FURNITURE_BODY 'b'

#endif
