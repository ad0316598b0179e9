/*
 * build - the parts of the compiler; internal to topic/.
 */
#ifndef TOPIC_BUILD_H
#define TOPIC_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topic/rules.h"
#include "topic/set.h"

struct arena;
struct diags;
struct hmap;

struct u32vec {
	uint32_t *v;
	size_t n, size;
};

void u32vec_add(struct u32vec *vec, uint32_t x);

struct builder {
	const struct rules *rules;
	const struct topic_limits *limits;
	struct diags *ds;
	struct arena *tmp;  /* until the set is ready */
	struct arena *term; /* until the next term */
	struct topic_set *ts;

	struct hmap *lists; /* name -> number + 1 */
	bool *list_busy;    /* being compiled: a second visit is a circle */
	bool *list_used;
	bool *list_bad;
	struct hmap *done;    /* list in its context -> node + 1 */
	struct hmap *same;    /* shape of a node -> node + 1 */
	struct hmap *strings; /* string -> offset + 1 */
	struct u32vec kids, code, langs;
	size_t nsignals;
	size_t nodes_size, strings_len, strings_size;
	size_t seen_nodes; /* as written, for the limit */
	bool full;         /* a limit was passed and told */
};

struct context {          /* what a node inherits from those around it */
	uint32_t in;      /* zones and fields */
	int32_t within;   /* 0 = not inside a window */
	const char *lang; /* for stems */
	unsigned int depth;
};

/* Offset of a copy of `s`; equal strings share it. */
uint32_t build_string(struct builder *b, const char *s);
/* The compiled node, or NODE_NO after a fault in b->ds. */
uint32_t build_node(
    struct builder *b, const struct rules_node *rn, const struct context *cx);
uint32_t build_term(
    struct builder *b, const struct rules_node *rn, const struct context *cx);
/* Add `nd` with its kids (nkids + nnot of them) unless there is an equal. */
uint32_t build_add(
    struct builder *b, struct node *nd, const uint32_t *kids, size_t nkids);
/* Presearch tables, when all topics are there. */
void build_presearch(struct builder *b);

#endif
