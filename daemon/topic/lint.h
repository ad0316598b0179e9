/*
 * lint - what is allowed in rules and still looks like a mistake.
 */
#ifndef TOPIC_LINT_H
#define TOPIC_LINT_H

#include <stdint.h>

struct diags;
struct rules;
struct rules_topic;

/*
 * Add warnings to `ds`: lists that nothing uses, terms written twice or
 * covered by another of the same group, acronyms that are also common words,
 * topics whose signals cannot reach the threshold. The rules must compile.
 */
void topic_lint(const struct rules *r, struct diags *ds);

/* The most points a topic can get from matches in one zone alone. */
struct topic_ceiling {
	int32_t title, lead, body;
};
struct topic_ceiling topic_ceiling(const struct rules_topic *t);

#endif
