/*
 * yaml - a YAML file as a tree with places.
 *
 * Over libyaml's events. Every scalar is text. Refused, with the place: more
 * than 32 levels, more than 1 MiB, aliases, anchors, tags, a second document,
 * duplicate keys, keys that are no scalars, bytes that are no UTF-8.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct diag;

#define YAML_MAX_BYTES ((size_t)1 << 20)
#define YAML_MAX_DEPTH 32

enum yaml_kind { YAML_SCALAR, YAML_SEQ, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	uint32_t line, col;      /* from 1, in bytes; of the value */
	const char *text;        /* SCALAR */
	bool plain;              /* SCALAR: written without quotes */
	struct yaml_node **kids; /* SEQ: elements; MAP: values */
	struct yaml_node **keys; /* MAP: the keys (scalars) */
	size_t n;
};

/*
 * Parse `text` (named `file` in faults). NULL with *d; memory is in `a`. An
 * empty document is an empty map.
 */
struct yaml_node *yaml_parse(struct arena *a, const char *file,
    const char *text, size_t len, struct diag *d) MUST_CHECK;
/* The value of `key` in a map, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

#endif
