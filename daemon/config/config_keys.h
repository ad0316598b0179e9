/* config_keys - the tables of all keys, for the files of this folder. */
#ifndef CONFIG_CONFIG_KEYS_H
#define CONFIG_CONFIG_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "config/schema.h"

extern const struct schema_table config_keys;      /* the main file */
extern const struct schema_table config_file_keys; /* a file of feeds.d */
extern const struct schema_table config_feed_keys;
extern const struct schema_table config_sink_keys;
extern const struct schema_table config_alert_keys;

struct config;
struct diags;

/* The row of a feed's key, which must be there. */
const struct schema_key *config_feed_key(const char *key);

/*
 * Put the feeds of each OPML file where its entry stands. A list that cannot
 * be read is a fault of its own place.
 */
void config_expand_opml(struct config *c, struct diags *ds);

/*
 * Append the topic files `paths` and what they include to c->topic_files,
 * each file once; nothing is compiled. Only c->arena need be there.
 */
void config_read_topics(
    struct config *c, const char *const *paths, size_t n, struct diags *ds);
/* Is this file, whatever it is called, among c->topic_files? */
bool config_has_topic_file(const struct config *c, const char *path);

/* What no single key can tell: doubles, contradictions, names unknown. */
void config_check(const struct config *c, struct diags *ds);
/* NAME@DOMAIN, as it can stand in SMTP and in a header without quoting? */
bool config_is_mail(const char *s);
/* The same of alerts: their names, and the sinks that they go to. */
void config_check_alerts(const struct config *c, struct diags *ds);

#endif
