/* schema_value.c - one value: from what a user writes to a field and back. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/fsutil.h"
#include "base/strbuf.h"
#include "config/schema.h"

struct unit {
	const char *name;
	uint64_t n;
};

static const struct unit durations[] = {
	/* milliseconds, largest first */
	{ "w", 7 * 86400000ULL },
	{ "d", 86400000ULL },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

/* What a first document may bring: words, or "latest:N" as N + 1. */
#define LATEST "latest:"
#define LATEST_MARK 1
#define LATEST_ALL UINT32_MAX
#define LATEST_MAX 10000

static const struct unit sizes[] = {
	/* bytes, largest first */
	{ "TiB", 1ULL << 40 },
	{ "GiB", 1ULL << 30 },
	{ "MiB", 1ULL << 20 },
	{ "KiB", 1ULL << 10 },
	{ "B", 1 },
};

uint64_t
schema_get_uint(const struct schema_key *k, const void *obj)
{
	const char *p = (const char *)obj + k->offset;
	uint64_t v64;
	uint32_t v32;
	bool b;

	switch (k->size) {
	case sizeof(v64):
		memcpy(&v64, p, sizeof(v64));
		return v64;
	case sizeof(v32):
		memcpy(&v32, p, sizeof(v32));
		return v32;
	default:
		memcpy(&b, p, sizeof(b));
		return b;
	}
}

void
schema_set_uint(const struct schema_key *k, void *obj, uint64_t v)
{
	char *p = (char *)obj + k->offset;
	uint32_t v32 = (uint32_t)v;
	bool b = v != 0;

	switch (k->size) {
	case sizeof(v):
		memcpy(p, &v, sizeof(v));
		break;
	case sizeof(v32):
		memcpy(p, &v32, sizeof(v32));
		break;
	default:
		memcpy(p, &b, sizeof(b));
		break;
	}
}

const char *
schema_get_text(const struct schema_key *k, const void *obj)
{
	const char *s;

	memcpy(&s, (const char *)obj + k->offset, sizeof(s));
	return s;
}

void
schema_set_text(const struct schema_key *k, void *obj, const char *s)
{
	memcpy((char *)obj + k->offset, &s, sizeof(s));
}

/* Digits at *p into *v; false when there are none or too many. */
static bool
digits(const char **p, uint64_t *v)
{
	const char *s = *p;

	for (*v = 0; *s >= '0' && *s <= '9'; s++) {
		if (s - *p >= 18) /* so that nothing overflows */
			return false;
		*v = *v * 10 + (uint64_t)(*s - '0');
	}
	if (s == *p)
		return false;
	*p = s;
	return true;
}

static const struct unit *
unit_find(const struct unit *u, size_t n, const char *p)
{
	const struct unit *best = NULL;

	/* The longest name that fits: "ms" is no "m". */
	for (size_t i = 0; i < n; i++)
		if (strncmp(p, u[i].name, strlen(u[i].name)) == 0 &&
		    (best == NULL || strlen(u[i].name) > strlen(best->name)))
			best = &u[i];
	return best;
}

/* "1h30m": numbers with units, summed; a number alone only where `bare`. */
static bool
with_units(
    const char *p, const struct unit *u, size_t n, bool bare, uint64_t *sum)
{
	const struct unit *un;
	uint64_t v;

	*sum = 0;
	if (!digits(&p, &v))
		return false;
	if (*p == '\0') {
		*sum = v;
		return bare || v == 0;
	}
	for (;;) {
		if ((un = unit_find(u, n, p)) == NULL ||
		    __builtin_mul_overflow(v, un->n, &v) ||
		    __builtin_add_overflow(*sum, v, sum))
			return false;
		p += strlen(un->name);
		if (*p == '\0')
			return true;
		if (!digits(&p, &v))
			return false;
	}
}

bool
schema_duration(const char *text, uint64_t *seconds)
{
	if (!with_units(
		text, durations, ARRAY_LEN(durations), false, seconds) ||
	    *seconds % 1000 != 0)
		return false;
	*seconds /= 1000;
	return true;
}

static bool
number(const struct schema_key *k, const char *text, uint64_t *v)
{
	const char *p = text;

	switch (k->type) {
	case SCHEMA_SIZE:
		return with_units(text, sizes, ARRAY_LEN(sizes), true, v);
	case SCHEMA_MSEC:
		return with_units(
		    text, durations, ARRAY_LEN(durations), false, v);
	case SCHEMA_DURATION:
		return schema_duration(text, v);
	default:
		if (k->zero != NULL && strcmp(text, k->zero) == 0) {
			*v = 0;
			return true;
		}
		return digits(&p, v) && *p == '\0' &&
		       (k->zero == NULL || *v != 0);
	}
}

/* The largest unit that divides it: 900 s is 15m. */
static void
print_units(uint64_t v, const struct unit *u, size_t n, struct strbuf *out)
{
	for (size_t i = 0; i < n; i++) {
		if (v % u[i].n != 0 || (v == 0 && i + 1 < n))
			continue;
		strbuf_printf(
		    out, "%" PRIu64 "%s", v / u[i].n, v == 0 ? "" : u[i].name);
		return;
	}
}

static void
print_latest(uint64_t v, struct strbuf *out)
{
	if (v == LATEST_ALL)
		strbuf_puts(out, "all");
	else if (v == LATEST_MARK)
		strbuf_puts(out, "mark");
	else
		strbuf_printf(out, LATEST "%" PRIu64, v - 1);
}

static void
print_number(const struct schema_key *k, uint64_t v, struct strbuf *out)
{
	switch (k->type) {
	case SCHEMA_SIZE:
		print_units(v, sizes, ARRAY_LEN(sizes), out);
		break;
	case SCHEMA_MSEC:
		print_units(v, durations, ARRAY_LEN(durations), out);
		break;
	case SCHEMA_LATEST:
		print_latest(v, out);
		break;
	case SCHEMA_DURATION:
		if (k->off != NULL && v == UINT32_MAX) {
			strbuf_puts(out, k->off);
			break;
		}
		print_units(v * 1000, durations, ARRAY_LEN(durations), out);
		break;
	default:
		if (v == 0 && k->zero != NULL)
			strbuf_puts(out, k->zero);
		else
			strbuf_printf(out, "%" PRIu64, v);
		break;
	}
}

static const char *
number_form(enum schema_type type)
{
	switch (type) {
	case SCHEMA_DURATION:
		return "a duration as 90s, 10m, 1h30m or 7d";
	case SCHEMA_MSEC:
		return "a duration as 500ms, 2s or 1m";
	case SCHEMA_SIZE:
		return "a size as 64KiB, 16MiB or 1GiB";
	default:
		return "a whole number";
	}
}

static bool
parse_number(const struct schema_key *k, const char *text, void *obj,
    char *want, size_t want_size)
{
	struct strbuf sb;
	uint64_t v;

	if (k->off != NULL &&
	    (strcmp(text, k->off) == 0 || strcmp(text, "0") == 0)) {
		schema_set_uint(k, obj, UINT32_MAX);
		return true;
	}
	if (number(k, text, &v) &&
	    ((v >= k->min && v <= k->max) || (v == 0 && k->zero != NULL))) {
		schema_set_uint(k, obj, v);
		return true;
	}
	strbuf_init(&sb, 256);
	strbuf_puts(&sb, number_form(k->type));
	if (k->zero != NULL || k->off != NULL)
		strbuf_printf(
		    &sb, " or %s", k->zero != NULL ? k->zero : k->off);
	strbuf_puts(&sb, ", from ");
	print_number(k, k->min, &sb);
	strbuf_puts(&sb, " to ");
	print_number(k, k->max, &sb);
	snprintf(want, want_size, "%s", sb.data);
	strbuf_fini(&sb);
	return false;
}

static bool
parse_latest(const struct schema_key *k, const char *text, void *obj,
    char *want, size_t want_size)
{
	const char *p = text + strlen(LATEST);
	uint64_t v = 0;

	if (strcmp(text, "mark") == 0)
		v = LATEST_MARK;
	else if (strcmp(text, "all") == 0)
		v = LATEST_ALL;
	else if (strncmp(text, LATEST, strlen(LATEST)) == 0 && digits(&p, &v) &&
		 *p == '\0' && v >= 1 && v <= LATEST_MAX)
		v++;
	else {
		snprintf(want, want_size,
		    "mark, all, or " LATEST "N with N from 1 to %d",
		    LATEST_MAX);
		return false;
	}
	schema_set_uint(k, obj, v);
	return true;
}

static bool
parse_enum(const struct schema_key *k, const char *text, void *obj, char *want,
    size_t want_size)
{
	size_t at = 0;

	want[0] = '\0';
	for (size_t i = 0; k->words[i] != NULL; i++) {
		int n;

		if (k->words[i][0] == '\0') /* a value without a word */
			continue;
		if (strcmp(text, k->words[i]) == 0) {
			schema_set_uint(k, obj, i);
			return true;
		}
		n = snprintf(want + at, want_size - at, "%s%s",
		    at == 0 ? "one of " : ", ", k->words[i]);
		at = MIN(at + (size_t)n, want_size - 1);
	}
	return false;
}

static const char *
absolute(const struct schema_load *sl, const char *text)
{
	char *dir, *joined = fs_relative(sl->file, text);
	const char *out;

	if (joined[0] == '/') {
		out = arena_strdup(sl->arena, joined);
	} else {
		dir = realpath(".", NULL);
		out = arena_printf(
		    sl->arena, "%s/%s", dir != NULL ? dir : "", joined);
		free(dir);
	}
	free(joined);
	return out;
}

/* Not empty, and nothing that could forge a header, a log line or a path. */
bool
schema_is_text(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

bool
schema_parse(const struct schema_key *k, const char *text, void *obj,
    const struct schema_load *sl, char *want, size_t want_size)
{
	switch (k->type) {
	case SCHEMA_TEXT:
	case SCHEMA_PATH:
		if (!schema_is_text(text)) {
			snprintf(want, want_size,
			    "a %s without control characters",
			    k->type == SCHEMA_PATH ? "path" : "text");
			return false;
		}
		schema_set_text(k, obj,
		    k->type == SCHEMA_PATH ? absolute(sl, text)
					   : arena_strdup(sl->arena, text));
		return true;
	case SCHEMA_BOOL:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
			snprintf(want, want_size, "true or false");
			return false;
		}
		schema_set_uint(k, obj, text[0] == 't');
		return true;
	case SCHEMA_ENUM:
		return parse_enum(k, text, obj, want, want_size);
	case SCHEMA_LATEST:
		return parse_latest(k, text, obj, want, want_size);
	default:
		return parse_number(k, text, obj, want, want_size);
	}
}

/* Words that a YAML reader might take for something else. */
static bool
plain_is_safe(const char *s)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on",
		"off", "null", "~" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(s, words[i]) == 0)
			return false;
	if (s[0] == '\0' || strchr("-?:,[]{}#&*!|>'\"%@`= ", s[0]) != NULL ||
	    s[strlen(s) - 1] == ' ' || s[strlen(s) - 1] == ':')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || (unsigned char)*s == 0x7f ||
		    strchr("\"\\,[]{}", *s) != NULL ||
		    (s[0] == ':' && s[1] == ' ') ||
		    (s[0] == ' ' && s[1] == '#'))
			return false;
	return true;
}

void
schema_print_text(const char *s, struct strbuf *out)
{
	if (plain_is_safe(s)) {
		strbuf_puts(out, s);
		return;
	}
	strbuf_putc(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			strbuf_printf(out, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || (unsigned char)*s == 0x7f)
			strbuf_printf(out, "\\x%02x", (unsigned char)*s);
		else
			strbuf_putc(out, *s);
	}
	strbuf_putc(out, '"');
}

void
schema_print(const struct schema_key *k, const void *obj, struct strbuf *out)
{
	const char *s;

	switch (k->type) {
	case SCHEMA_TEXT:
	case SCHEMA_PATH:
		if ((s = schema_get_text(k, obj)) != NULL)
			schema_print_text(s, out);
		break;
	case SCHEMA_BOOL:
		strbuf_puts(out, schema_get_uint(k, obj) ? "true" : "false");
		break;
	case SCHEMA_ENUM:
		strbuf_puts(out, k->words[schema_get_uint(k, obj)]);
		break;
	default:
		print_number(k, schema_get_uint(k, obj), out);
		break;
	}
}
