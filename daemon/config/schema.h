/*
 * schema - a configuration key is one row, and the row is the whole truth.
 *
 * Type, default as a user would write it, range, whether a reload can change
 * it, and the help. The rows drive loading, the commented example, the
 * configuration shown, what goes to a gatherer and the test of the manual.
 */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct arena;
struct diags;
struct strbuf;
struct yaml_node;

enum schema_type {
	SCHEMA_TEXT,     /* const char * */
	SCHEMA_PATH,     /* const char *, made absolute */
	SCHEMA_TEXTS,    /* const char **, NULL-terminated, and size_t */
	SCHEMA_BOOL,     /* bool; true or false */
	SCHEMA_UINT,     /* uint32_t or uint64_t */
	SCHEMA_DURATION, /* the same, in seconds; 90s, 10m, 1h30m, 7d */
	SCHEMA_MSEC,     /* the same, in milliseconds; 500ms too */
	SCHEMA_SIZE,     /* the same, in bytes; 64KiB, 16MiB, 1GiB */
	SCHEMA_LATEST,   /* uint32_t: mark, latest:N, all */
	SCHEMA_ENUM,     /* enum; one of `words`, its index is the value */
	SCHEMA_MAP,      /* nested keys `sub`, fields of the same struct */
	SCHEMA_LIST,     /* maps by `sub`: pointer to structs, and size_t */
	SCHEMA_LATER,    /* known, but not in this version: refused */
};

enum schema_flag {
	SCHEMA_RESTART = 1,  /* a reload cannot change it */
	SCHEMA_REQUIRED = 2, /* must be given */
	SCHEMA_OPTIONAL = 4, /* MAP: absent when its first key is, or all
				that are OPTIONAL; numbers: when 0 */
	SCHEMA_HOST = 8,     /* a URL whose path is a secret */
	SCHEMA_HEADER = 16,  /* NAME: VALUE, whose value is one */
};

struct schema_key {
	const char *key;
	enum schema_type type;
	unsigned int flags;
	const char *def; /* NULL = zero: absent, false, empty */
	uint64_t min, max;
	size_t offset, size;      /* of the field */
	size_t count_offset;      /* TEXTS, LIST: of the number of elements */
	const char *zero;         /* UINT: the word for 0 */
	const char *off;          /* DURATION: the word for UINT32_MAX, no
				   limit; 0 is another one */
	const char *const *words; /* ENUM: NULL-terminated */
	const struct schema_table *sub;
	const char *example; /* LIST, TEXTS without default: lines of YAML */
	const char *help;    /* sentences; for LATER: what it is */
};

struct schema_load;

struct schema_table {
	const char *what; /* "feed": for messages */
	const struct schema_key *keys;
	size_t n;
	size_t elem_size;      /* of the struct, for LIST */
	const char *shorthand; /* LIST: a scalar stands for this key */
	/* LIST: after an element is loaded; adds faults about the whole. */
	void (*loaded)(
	    struct schema_load *sl, const struct yaml_node *node, void *elem);
};

struct schema_load { /* what a load needs, and where faults go */
	struct arena *arena;
	const char *file; /* for messages, and what paths are relative to */
	struct diags *ds;
};

/* Macros for rows: the field `m` of struct `s`. */
#define SCHEMA_FIELD(s, m)                                                     \
	.offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m)
#define SCHEMA_FIELDS(s, m, n)                                                 \
	.offset = offsetof(struct s, m), .size = sizeof(((struct s *)0)->m),   \
	.count_offset = offsetof(struct s, n)

/* Give every field of `obj` its default. */
void schema_defaults(
    const struct schema_table *t, void *obj, struct schema_load *sl);
/*
 * Set the fields that `map` has; the others stay. Lists are appended to.
 * Every fault goes to sl->ds with its place.
 */
void schema_load_map(const struct schema_table *t, const struct yaml_node *map,
    void *obj, struct schema_load *sl);

/* Copy what the texts of `obj` point to into `a`. */
void schema_own(const struct schema_table *t, void *obj, struct arena *a);

/* Every key with its value in `obj`, or its default if that is NULL, as YAML
 * with the help as comments. With `commented` each key is commented out. */
void schema_write(const struct schema_table *t, const void *obj, bool commented,
    struct strbuf *out);
/* Names of the SCHEMA_RESTART keys that differ, separated by ", ". */
void schema_diff_restart(const struct schema_table *t, const void *a,
    const void *b, struct strbuf *out);

/* The fields as one JSON object, LIST and LATER left out; and back. */
json_t *schema_encode(const struct schema_table *t, const void *obj);
/* 0, or -1 when a field is missing or of the wrong type. */
int schema_decode(const struct schema_table *t, const json_t *j, void *obj,
    struct arena *a) MUST_CHECK;

/*
 * One scalar by its row, as a user writes it, into the field of `obj`; not
 * for TEXTS, MAP, LIST. False when it is not one: `want` gets what was
 * expected. Texts go to the arena.
 */
bool schema_parse(const struct schema_key *k, const char *text, void *obj,
    const struct schema_load *sl, char *want, size_t want_size) MUST_CHECK;
/* A length of time as users write it, "1h30m", in seconds. */
bool schema_duration(const char *text, uint64_t *seconds) MUST_CHECK;
/* Not empty, no control characters: what every text must be. */
bool schema_is_text(const char *s);
/* The other way round, ready for YAML; nothing for an absent text. */
void schema_print(
    const struct schema_key *k, const void *obj, struct strbuf *out);
/* `s` as a YAML scalar: plain where that is safe, else in quotes. */
void schema_print_text(const char *s, struct strbuf *out);

/* Fields of an object: access by offset, in one place. */
uint64_t schema_get_uint(const struct schema_key *k, const void *obj);
void schema_set_uint(const struct schema_key *k, void *obj, uint64_t v);
const char *schema_get_text(const struct schema_key *k, const void *obj);
void schema_set_text(const struct schema_key *k, void *obj, const char *s);

#endif
