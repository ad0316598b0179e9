/*
 * topic - compiled rules: which topics is an item about, and why.
 *
 * Pure. A compiled set is read-only after topic_compile() (but for a memo of
 * stems: not for two threads at once) and may be used for any number of items;
 * scratch memory is the caller's.
 */
#ifndef TOPIC_TOPIC_H
#define TOPIC_TOPIC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct diags;
struct item;
struct rules;
struct tokens;

struct topic_set; /* opaque */

struct topic_limits {
	size_t max_terms;       /* 200,000 */
	size_t max_topics;      /* 20,000 */
	size_t max_nodes;       /* 1,000,000 */
	unsigned int max_depth; /* 32 */
};
extern const struct topic_limits topic_limits_default;

enum topic_level { TOPIC_NONE, TOPIC_MENTIONS, TOPIC_ABOUT };

struct topic_span {          /* a word of evidence */
	uint8_t field, zone; /* enum field, enum zone of token.h */
	uint32_t off, len;   /* bytes in that field's text */
};

struct topic_evidence { /* one signal that scored */
	const char *signal;
	int32_t weight, boost, points; /* points = weight * boost */
	uint8_t zone;                  /* its best zone */
	bool caps; /* found in an all-capitals field: no boost */
	struct topic_span *spans;
	size_t nspans;
	const char *quote; /* the spans' words, " … " between distant ones */
};

struct topic_result {
	const char *topic; /* name; lives as long as the set */
	enum topic_level level;
	int32_t score, threshold, mention;
	bool require_ok, excluded;
	size_t at;           /* its place in the set */
	bool lang_ok;        /* the item's language is one of the topic's */
	const char *lacking; /* why it is not `about`, and what would do; NULL
				when it is, or explain is off */
	struct topic_evidence *evidence;
	size_t nevidence;
};

struct topic_results {
	struct topic_result *v;
	size_t n;
};

/*
 * Compile. NULL when `ds` received an error, or the rules are partial; warnings
 * alone compile. The rules are borrowed for the call only.
 */
struct topic_set *topic_compile(const struct rules *r,
    const struct topic_limits *limits, struct diags *ds) MUST_CHECK;
void topic_set_free(struct topic_set *ts);
size_t topic_set_len(const struct topic_set *ts);
const char *topic_set_name(const struct topic_set *ts, size_t i);
const char *topic_set_title(const struct topic_set *ts, size_t i);
/* Distinct terms, and bytes of memory (about). */
size_t topic_set_terms(const struct topic_set *ts);
size_t topic_set_bytes(const struct topic_set *ts);
/* 64 hex digits and NUL: identifies this rule set in decisions. */
const char *topic_set_hash(const struct topic_set *ts);

/*
 * Decide. The results (in the order of the set; memory in `a`) hold topics
 * with level above NONE; with `explain` all topics, misses too, with evidence
 * and what was lacking. `only` (NULL = all) is a NULL-terminated list of
 * topic name globs: a feed restricted to some topics. An item of parts
 * (parts.h) is judged part by part, and counts as the best of them.
 */
void topic_eval(const struct topic_set *ts, const struct tokens *tk,
    struct arena *a, bool explain, const char *const *only,
    struct topic_results *out);

/* '*' and '?' globs; '*' alone does not match names that begin with '_'. */
bool topic_glob_match(const char *glob, const char *name);
const char *topic_level_name(enum topic_level l); /* none mentions about */
bool topic_level_parse(const char *s, enum topic_level *l);
const char *topic_zone_name(uint8_t zone); /* title lead body tail meta */

/*
 * {"NAME":{"level":..,"score":..}}; with evidence threshold, rules, lacking
 * and signals too. A span is [first byte, byte behind] in content_text, with
 * a third element, the field's name, where it is in another field.
 */
json_t *topic_results_to_json(
    const struct topic_results *r, const struct topic_set *ts, bool evidence);

#endif
