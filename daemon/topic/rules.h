/*
 * rules - topic rules as written: the tree between YAML and the compiler.
 *
 * config/rules_load.c builds it from files, topic/compile.c makes it run.
 * Every node knows its place, so that a fault names file:line:col.
 * All memory is in the arena of struct rules.
 */
#ifndef TOPIC_RULES_H
#define TOPIC_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;

struct rules_mark {
	const char *file;
	uint32_t line, col; /* from 1 */
};

enum rules_op {
	RULES_TERM, /* text: one term, see wiresift-topics.5 */
	RULES_LIST, /* text: list name without "$", lang may follow */
	RULES_ANY,
	RULES_ALL,     /* with within and ordered */
	RULES_ATLEAST, /* n of */
	RULES_NOT,
	RULES_EVERY, /* "*": every item has it */
};

enum { /* values of rules_node.within beyond a number of words */
	RULES_WITHIN_NONE = 0,
	RULES_WITHIN_SENTENCE = -1,
	RULES_WITHIN_PARAGRAPH = -2,
};

struct rules_node {
	enum rules_op op;
	struct rules_mark mark;
	const char *text; /* TERM, LIST */
	const char *lang; /* LIST: "$iraq.ar" -> "ar"; NULL = all */
	struct rules_node **kids;
	size_t nkids;
	int32_t within;   /* ALL: words, or RULES_WITHIN_* */
	bool ordered;     /* ALL */
	uint32_t atleast; /* ATLEAST */
	uint32_t in;      /* bit set of 1 << field / zones, 0 = default */
};

/* Bits of rules_node.in: what may be named there. */
enum rules_in {
	RULES_IN_TITLE = 1 << 0,
	RULES_IN_LEAD = 1 << 1,
	RULES_IN_BODY = 1 << 2, /* body after the lead */
	RULES_IN_URL = 1 << 3,
	RULES_IN_FEED = 1 << 4,
	RULES_IN_AUTHOR = 1 << 5,
	RULES_IN_TAG = 1 << 6,
};

struct rules_list { /* terms: NAME: ... */
	const char *name;
	struct rules_mark mark;
	bool faulty; /* loading told what is wrong with it */
	struct rules_lang_list {
		const char *lang; /* NULL = for every language */
		struct rules_node *node;
	} * by_lang;
	size_t nby_lang;
};

struct rules_signal {
	const char *name;
	struct rules_mark mark;
	int32_t weight;
	bool boost;
	struct rules_node *node;
};

enum rules_expect { RULES_ABOUT, RULES_MENTIONS, RULES_NONE, RULES_TODO };

struct rules_case { /* an inline test */
	enum rules_expect expect;
	struct rules_mark mark;
	const char *title, *body, *lang, *feed, *url;
	const char *path; /* `file:`, as written; then no title and body */
};

struct rules_topic {
	const char *name, *title;
	struct rules_mark mark;
	bool faulty;       /* as of a list */
	int32_t threshold; /* 12 by default */
	int32_t mention;   /* half of it by default */
	const char **langs;
	size_t nlangs;
	struct rules_node *require; /* NULL = none */
	struct rules_node *exclude; /* NULL = none */
	struct rules_signal *signals;
	size_t nsignals;
	struct rules_case *cases;
	size_t ncases;
};

struct rules {
	struct arena *arena;
	struct rules_list *lists;
	size_t nlists;
	struct rules_topic *topics;
	size_t ntopics;
	size_t nfiles;
	/* Faults were told and what has them is left out: good for finding
	 * more faults, not for running. */
	bool partial;
	/* Of what is left out, the lists; and whether there may be more, in a
	 * place that could not be read. */
	struct rules_list *faulty_lists;
	size_t nfaulty_lists;
	bool lists_lost;
};

void rules_free(struct rules *r);

#endif
