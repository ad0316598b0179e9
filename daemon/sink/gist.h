/*
 * gist - what a person wants of a frame: a headline, a link, a few lines.
 *
 * Pure. For mails and for pushes to a telephone; works on every kind of frame,
 * also on those that come later.
 */
#ifndef SINK_GIST_H
#define SINK_GIST_H

#include <jansson.h>

#include "base/strbuf.h"

struct gist {
	json_t *frame;       /* owned */
	const char *kind;    /* "item", "gap", ... */
	const json_t *body;  /* of that kind */
	struct strbuf title; /* one line */
	const char *url;     /* http(s), or NULL */
	const char *source;  /* who published it, or NULL */
	bool urgent;         /* an alert */
	bool about;          /* one of its topics is about it */
};

/* False when `frame` is no frame; nothing is to be freed then. */
bool gist_init(struct gist *g, const char *frame, size_t len) MUST_CHECK;
void gist_fini(struct gist *g);
/* Append the names of its topics, separated by `sep`. */
void gist_topics(const struct gist *g, const char *sep, struct strbuf *out);
/* Append the start of its text, at most `max` bytes, in one paragraph. */
void gist_text(const struct gist *g, size_t max, struct strbuf *out);
/* Append lines "topic (level, score): quote; quote". */
void gist_why(const struct gist *g, struct strbuf *out);
/* A member of body._wiresift, or of body itself; NULL = none. */
const char *gist_own(const struct gist *g, const char *key);

/* Of an alert: why, what it holds, links; nothing for other kinds. */
void gist_alert(const struct gist *g, struct strbuf *out);

#endif
