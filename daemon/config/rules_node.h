/*
 * rules_node - a condition in YAML to struct rules_node; internal to config/.
 */
#ifndef CONFIG_RULES_NODE_H
#define CONFIG_RULES_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct diags;
struct rules_mark;
struct rules_node;
struct yaml_node;

struct rules_reader {
	struct arena *a; /* where the rules live */
	struct diags *ds;
	const char *file; /* in `a` */
};

struct rules_mark rules_mark_of(
    const struct rules_reader *rr, const struct yaml_node *y);
/* One fault at the place of `y`. */
void rules_fault(const struct rules_reader *rr, const struct yaml_node *y,
    const char *fmt, ...) PRINTF_LIKE(3, 4);
/* A key that is none of `known`, with what it may have meant. */
void rules_unknown_key(const struct rules_reader *rr,
    const struct yaml_node *key, const char *const known[]);

/* NULL after a fault. */
struct rules_node *rules_node_read(
    const struct rules_reader *rr, const struct yaml_node *y);
/* The same, where keys `also` (name, weight, ...) may stand beside. */
struct rules_node *rules_node_read_with(const struct rules_reader *rr,
    const struct yaml_node *y, const char *const also[]);
/* Is `key` the key of an operator? */
bool rules_is_op(const char *key);

/* Typed scalars: false after a fault. */
bool rules_read_int(const struct rules_reader *rr, const struct yaml_node *y,
    const char *key, int32_t min, int32_t max, int32_t *out);
bool rules_read_bool(const struct rules_reader *rr, const struct yaml_node *y,
    const char *key, bool *out);
/* The scalar in the rules' arena. NULL after a fault. */
const char *rules_read_text(
    const struct rules_reader *rr, const struct yaml_node *y, const char *key);

#endif
