/* sqlite_schema - how the database came to its present form. */
#ifndef STORE_SQLITE_SCHEMA_H
#define STORE_SQLITE_SCHEMA_H

#include <stddef.h>

/* PRAGMA application_id: "wsft". */
#define SCHEMA_APPLICATION_ID 0x77736674

/* Script i brings user_version i to i + 1; each runs in a transaction. */
extern const char *const schema_steps[];
extern const size_t schema_version; /* number of scripts */

#endif
