/*
 * show - frames as people read them.
 *
 * Everything printed is made safe for a terminal: feeds write most of it.
 */
#ifndef TOOLS_SHOW_H
#define TOOLS_SHOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Any frame; kinds that say nothing to people print nothing. */
void show_frame(FILE *f, const json_t *frame);
/* The text at key of an object, "" if there is none. */
const char *show_str(const json_t *o, const char *key);
/* "2024-01-27 17:00" in local time; "-" for 0. */
void show_time(FILE *f, int64_t seconds);
/* "2m", "3h", "5d": a length of time, in one or two units. */
void show_span(FILE *f, int64_t seconds);
/* A JSON value as indented "key: value" lines. */
void show_tree(FILE *f, const json_t *j, int indent);
/* The control socket's answer to `status` as a page; `now` in seconds. */
void show_status(FILE *f, const json_t *status, int64_t now, bool color);

#endif
