/*
 * item_json - small helpers shared by an item's two JSON forms.
 *
 * Reading: a value of the wrong type is as good as none. Strings of jansson
 * are valid UTF-8; one with a NUL inside is cut there.
 */
#ifndef ITEM_ITEM_JSON_H
#define ITEM_ITEM_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct arena;

/* Set key unless the value is absent. */
void item_put_str(json_t *o, const char *key, const char *value);
void item_put_time(json_t *o, const char *key, int64_t seconds);

/* The string at key, copied to `a`, or NULL. */
const char *item_get_str(struct arena *a, const json_t *o, const char *key);

/*
 * Seconds of an RFC 3339 date-time (fraction dropped, zone applied) or of a
 * bare date; ITEM_NO_TIME when it is none. What feeds write instead is the
 * business of feed/date.h.
 */
int64_t item_time_parse(const char *s);

#endif
