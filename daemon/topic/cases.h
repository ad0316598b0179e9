/*
 * cases - run the tests that stand in the rules themselves.
 *
 * Pure but for the caller's `read`, which answers for {file: PATH} cases.
 */
#ifndef TOPIC_CASES_H
#define TOPIC_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "topic/topic.h"

struct rules;
struct rules_case;
struct rules_topic;
struct strbuf;

struct topic_case_result {
	const struct rules_topic *topic;
	const struct rules_case *test;
	const char *text; /* its headline, for a name */
	bool ok;
	bool todo;   /* expected to be `about` some day: never a failure */
	bool unread; /* its file could not be read: not ok */
	enum topic_level level; /* as decided */
	int32_t score, threshold;
	const char *lacking; /* as in struct topic_result; NULL */
};

struct topic_case_ops {
	/*
	 * Append the text of `path`, relative to the rule file `from`, to
	 * `out`: first line title, the rest body. -1 when it cannot be read;
	 * NULL here makes every such case fail.
	 */
	int (*read)(void *cookie, const char *from, const char *path,
	    struct strbuf *out);
	/* Called for each case, in order. Strings live until it returns. */
	void (*result)(void *cookie, const struct topic_case_result *r);
	void *cookie;
};

/*
 * Run all cases of `r` with the set compiled from it. Returns how many
 * failed; *ncases and *ntodo (may be NULL) count.
 */
size_t topic_run_cases(const struct topic_set *ts, const struct rules *r,
    const struct topic_case_ops *ops, size_t *ncases, size_t *ntodo);

/* One line of TAP: "ok 3 - iraq: about "Headline" # TODO". */
void topic_case_tap(
    struct strbuf *out, size_t number, const struct topic_case_result *r);
/* For people, only of use when it failed: place, what, why. */
void topic_case_tell(struct strbuf *out, const struct topic_case_result *r);

#endif
