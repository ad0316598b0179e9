/*
 * peers - other engines over the texts of corpus.h, where they are installed.
 *
 * Each finds whether a term stands in a text: \\bword\\s+word\\b without
 * case. They are linked to the bench alone, never to the product.
 */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include <stdbool.h>
#include <stddef.h>

struct peer; /* opaque */

/* NULL: not installed when the bench was built. */
struct peer *peer_hyperscan(char *const *terms, size_t n);
struct peer *peer_pcre2(char *const *terms, size_t n);
void peer_free(struct peer *p);
/* Reads each `every`-th text once; the pairs of text and term found. */
size_t peer_run(struct peer *p, size_t every);

/* libxml2's HTML SAX over all pages; bytes of text found, 0: not there. */
size_t peer_libxml2(void);

#endif
