/*
 * rules_load - topic files (YAML, wiresift-topics.5) to struct rules.
 */
#ifndef CONFIG_RULES_LOAD_H
#define CONFIG_RULES_LOAD_H

#include <stddef.h>

#include "base/macros.h"

struct arena;
struct diags;
struct rules;

struct rules_file {       /* a file already read: the gatherer gets them so */
	const char *name; /* for messages */
	const char *text;
	size_t len;
};

/*
 * Load all files as one rule set: lists and topics share one name space,
 * later files see earlier lists and the other way round; a name twice is an
 * error that tells both places. NULL when `ds` received an error. Free with
 * rules_free().
 */
struct rules *rules_load(
    const struct rules_file *files, size_t n, struct diags *ds) MUST_CHECK;
/*
 * The same, but never NULL: with errors the rules are partial, which the
 * compiler reads for more of them, so that all are told in one run.
 */
struct rules *rules_load_sound(
    const struct rules_file *files, size_t n, struct diags *ds) MUST_CHECK;

struct rules_include {
	const char *pattern; /* a glob, relative to the rule file */
	unsigned int line, col;
};

/*
 * What `f` asks for by "include:", for whoever reads the files; memory in
 * `a`. None when the file is faulty: rules_load() tells that.
 */
size_t rules_includes(
    const struct rules_file *f, struct arena *a, struct rules_include **out);

#endif
