/*
 * set - the compiled form of rules; internal to topic/.
 *
 * Everything is arrays and numbers, so that a set of 100,000 terms is a few
 * flat blocks. Parts always stand before what is made of them: the kids of a
 * node have smaller numbers than the node.
 */
#ifndef TOPIC_SET_H
#define TOPIC_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "topic/index.h"
#include "topic/topic.h"

#define NODE_NO UINT32_MAX /* no such node */

/* within: beyond the values of rules.h, "anywhere in one field". */
#define WITHIN_FIELD (-3)

enum node_op {
	NODE_TERM,    /* spans of one term */
	NODE_ANY,     /* any of the kids */
	NODE_ALL,     /* all kids, anywhere in the item */
	NODE_ATLEAST, /* `need` of the kids, anywhere in the item */
	NODE_WINDOW,  /* `need` of the kids near each other */
	NODE_NOT,     /* the one kid has no match */
	NODE_EVERY,   /* always */
};

enum node_flag {
	NODE_SPANS = 1 << 0,   /* gives spans of words, not only yes or no */
	NODE_ORDERED = 1 << 1, /* WINDOW: one after the other */
	NODE_TRIG = 1 << 2,    /* presearch edges are made */
};

struct node {
	uint8_t op, flags;
	uint16_t mask;  /* TERM: bits of enum rules_in */
	int32_t within; /* WINDOW: words, RULES_WITHIN_*, WITHIN_FIELD */
	uint32_t need;  /* ATLEAST, WINDOW: of the kids; ALL: index of the kid
			   that announces it */
	uint32_t kids;  /* first in topic_set.kids; TERM: in topic_set.code */
	uint32_t nkids; /* those that must match */
	uint32_t nnot;  /* WINDOW: behind them, those that must not be near */
	uint32_t label; /* what a person calls it, in topic_set.strings */
};

/*
 * A term in topic_set.code: number of slots, then for each slot the word
 * (gap << 16 | alternatives) and its alternatives: an atom, or CODE_CHAIN |
 * length followed by that many atoms that stand side by side.
 */
#define CODE_CHAIN 0x80000000u
#define CODE_MAX_GAP 200
#define CODE_MAX_SLOTS 32
#define CODE_MAX_ALTS 4096

struct set_signal {
	uint32_t name; /* in strings */
	int32_t weight;
	bool boost;
	uint32_t node;
};

struct set_topic {
	uint32_t name, title; /* in strings */
	int32_t threshold, mention;
	uint32_t require, exclude; /* nodes or NODE_NO */
	uint32_t signals, nsignals;
	uint32_t langs, nlangs; /* in topic_set.langs: offsets in strings */
};

/* Presearch: who is worth a look when a node has a match. */
#define UP_TOPIC 0x80000000u

/* A TERM to try when one of its words was seen. */
#define TRY_LAST 0x80000000u
#define TRY_CLIMB UINT32_MAX
#define GATE_OPEN 0
struct set_try {
	uint32_t node;  /* and TRY_LAST behind the last of an atom */
	uint32_t with;  /* another word the term needs, or ATOM_NO */
	uint32_t topic; /* what is above it, or TRY_CLIMB: see `up` */
	uint32_t gate;  /* that topic's, in topic_set.gates */
};

struct topic_set {
	struct index *index;
	struct node *nodes;
	size_t nnodes;
	uint32_t *kids, *code, *langs;
	char *strings;
	struct set_signal *signals;
	struct set_topic *topics;
	size_t ntopics;

	struct set_try *tries; /* of an atom: from hit.tries to TRY_LAST */
	size_t ntries;
	uint32_t *up_off, *up; /* node -> nodes and topics above */
	/* Of a topic, words of which one must be there: their number, then
	 * they. GATE_OPEN: none is listed. */
	uint32_t *gate_off, *gates;
	size_t ngates;
	uint32_t *always; /* topics that no word can announce */
	size_t nalways;

	size_t nterms;
	size_t bytes; /* memory taken, about */
	char hash[65];
};

static inline const char *
set_str(const struct topic_set *ts, uint32_t off)
{
	return ts->strings + off;
}

#endif
