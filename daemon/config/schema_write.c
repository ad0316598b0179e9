/* schema_write.c - structs by tables to YAML for people and JSON for us. */
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "config/schema.h"

struct writer {
	struct strbuf *out;
	const char *lead; /* "#" when all is commented out, else "" */
	const void *obj;  /* NULL = defaults and examples */
};

/* `label`: `help` as comment lines of at most 78 columns. */
static void
write_help(const struct writer *w, const char *label, const char *help)
{
	size_t col;

	strbuf_printf(w->out, "#%s%s%s", label != NULL ? "   " : "",
	    label != NULL ? label : "", label != NULL ? ":" : "");
	col = 1 + (label != NULL ? strlen(label) + 4 : 0);
	while (*help != '\0') {
		size_t n = strcspn(help, " ");

		if (col + 1 + n > 78) {
			strbuf_puts(w->out, label != NULL ? "\n#    " : "\n#");
			col = label != NULL ? 5 : 1;
		}
		strbuf_putc(w->out, ' ');
		strbuf_append(w->out, help, n);
		col += 1 + n;
		help += n + strspn(help + n, " ");
	}
	strbuf_putc(w->out, '\n');
}

/* Lines of an example, each with the lead. */
static void
write_lines(const struct writer *w, const char *lines)
{
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		strbuf_puts(w->out, w->lead);
		strbuf_append(w->out, lines, n);
		strbuf_putc(w->out, '\n');
		lines += n + (lines[n] == '\n');
	}
}

/* A text, or nothing if it is absent; what may be a secret is hidden. */
static void
write_shown(const struct schema_key *k, const char *s, struct strbuf *out)
{
	struct strbuf sb;

	if (s == NULL)
		return;
	strbuf_init(&sb, (size_t)1 << 20);
	if ((k->flags & SCHEMA_HOST) != 0 && url_show_host(&sb, s))
		strbuf_puts(&sb, "/***");
	else if ((k->flags & SCHEMA_HEADER) != 0)
		strbuf_printf(&sb, "%.*s: ***", (int)strcspn(s, ":"), s);
	else if (!url_is_http(s)) /* what is in quotes is not all of it */
		url_redact_text(&sb, s);
	else if (!url_redact(&sb, s)) {
		strbuf_reset(&sb);
		strbuf_puts(&sb, s);
	}
	schema_print_text(sb.data, out);
	strbuf_fini(&sb);
}

static void
write_texts(const struct schema_key *k, const void *obj, struct strbuf *out)
{
	const char *const *texts;
	size_t n;

	memcpy(&texts, (const char *)obj + k->offset, sizeof(texts));
	memcpy(&n, (const char *)obj + k->count_offset, sizeof(n));
	strbuf_putc(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(out, ", ");
		write_shown(k, texts[i], out);
	}
	strbuf_putc(out, ']');
}

static bool
is_absent(const struct schema_key *k, const void *obj)
{
	size_t n;

	if (k->type == SCHEMA_TEXT || k->type == SCHEMA_PATH)
		return schema_get_text(k, obj) == NULL;
	if (k->type == SCHEMA_TEXTS && k->def == NULL) {
		memcpy(&n, (const char *)obj + k->count_offset, sizeof(n));
		return n == 0;
	}
	/* A map of a list's element is there when its first key is, or one of
	 * those that need not be. */
	if (k->type == SCHEMA_MAP && (k->flags & SCHEMA_OPTIONAL) != 0) {
		for (size_t i = 0; i < k->sub->n; i++) {
			const struct schema_key *sk = &k->sub->keys[i];

			if ((i == 0 || (sk->flags & SCHEMA_OPTIONAL) != 0) &&
			    !is_absent(sk, obj))
				return false;
		}
		return true;
	}
	if ((k->flags & SCHEMA_OPTIONAL) != 0)
		return schema_get_uint(k, obj) == 0;
	if (k->type == SCHEMA_SIZE && (k->flags & SCHEMA_REQUIRED) != 0)
		return schema_get_uint(k, obj) == 0;
	return k->type == SCHEMA_LATER;
}

static void write_flow(const struct writer *w, const struct schema_table *t,
    const void *obj, const char *end);

/* The value alone, or the default where there is no object. */
static void
write_value(const struct writer *w, const struct schema_key *k, const void *obj)
{
	if (k->type == SCHEMA_MAP) {
		write_flow(w, k->sub, obj, "}");
	} else if (obj != NULL && k->type == SCHEMA_TEXTS) {
		write_texts(k, obj, w->out);
	} else if (obj != NULL &&
		   (k->type == SCHEMA_TEXT || k->type == SCHEMA_PATH)) {
		write_shown(k, schema_get_text(k, obj), w->out);
	} else if (obj != NULL) {
		schema_print(k, obj, w->out);
	} else if (k->type == SCHEMA_TEXTS) {
		strbuf_putc(w->out, '[');
		schema_print_text(k->def, w->out);
		strbuf_putc(w->out, ']');
	} else if (k->def != NULL && k->type == SCHEMA_BOOL) {
		strbuf_puts(w->out, k->def);
	} else if (k->def != NULL) {
		schema_print_text(k->def, w->out);
	} else {
		strbuf_puts(w->out, k->type == SCHEMA_BOOL ? "false" : "0");
	}
}

/* It has no default that could be written. */
static bool
is_text_without(const struct schema_key *k)
{
	return (k->type == SCHEMA_TEXT || k->type == SCHEMA_PATH) &&
	       k->def == NULL;
}

/* All keys in one line: {name: x, file: y} */
static void
write_flow(const struct writer *w, const struct schema_table *t,
    const void *obj, const char *end)
{
	const char *sep = "{";

	for (size_t i = 0; i < t->n; i++) {
		const struct schema_key *k = &t->keys[i];

		if (obj != NULL ? is_absent(k, obj) : is_text_without(k))
			continue;
		strbuf_printf(w->out, "%s%s: ", sep, k->key);
		write_value(w, k, obj);
		sep = ", ";
	}
	strbuf_puts(w->out, end);
}

static void
write_list(const struct writer *w, const struct schema_key *k)
{
	const char *elems;
	size_t n;

	if (w->obj == NULL) {
		write_lines(w, k->example);
		return;
	}
	memcpy(&elems, (const char *)w->obj + k->offset, sizeof(elems));
	memcpy(&n, (const char *)w->obj + k->count_offset, sizeof(n));
	strbuf_printf(
	    w->out, "%s%s:%s\n", w->lead, k->key, n == 0 ? " []" : "");
	for (size_t i = 0; i < n; i++) {
		strbuf_printf(w->out, "%s- ", w->lead);
		write_flow(w, k->sub, elems + i * k->sub->elem_size, "}\n");
	}
}

static void
write_map(const struct writer *w, const struct schema_key *k)
{
	for (size_t i = 0; i < k->sub->n; i++)
		write_help(w, k->sub->keys[i].key, k->sub->keys[i].help);
	strbuf_printf(w->out, "%s%s: ", w->lead, k->key);
	write_flow(w, k->sub, w->obj, "}\n");
}

static void
write_scalar(const struct writer *w, const struct schema_key *k)
{
	if (w->obj == NULL && k->def == NULL && k->example != NULL) {
		write_lines(w, k->example);
		return;
	}
	/* An absent value cannot be written: only its key is told. */
	strbuf_printf(w->out,
	    "%s%s: ", w->obj != NULL && is_absent(k, w->obj) ? "#" : w->lead,
	    k->key);
	write_value(w, k, w->obj);
	strbuf_putc(w->out, '\n');
}

void
schema_write(const struct schema_table *t, const void *obj, bool commented,
    struct strbuf *out)
{
	struct writer w = {
		.out = out, .lead = commented ? "#" : "", .obj = obj
	};

	for (size_t i = 0; i < t->n; i++) {
		const struct schema_key *k = &t->keys[i];

		if (k->type == SCHEMA_LATER)
			continue;
		strbuf_putc(out, '\n');
		write_help(&w, NULL, k->help);
		if (k->type == SCHEMA_MAP)
			write_map(&w, k);
		else if (k->type == SCHEMA_LIST)
			write_list(&w, k);
		else
			write_scalar(&w, k);
	}
}

/* `outer` names the map that the keys of `t` are in, or is NULL. */
static void
diff_restart(const struct schema_table *t, const char *outer, const void *a,
    const void *b, struct strbuf *out)
{
	struct strbuf va, vb;

	strbuf_init(&va, 1 << 16);
	strbuf_init(&vb, 1 << 16);
	for (size_t i = 0; i < t->n; i++) {
		const struct schema_key *k = &t->keys[i];

		if (k->type == SCHEMA_MAP)
			diff_restart(k->sub, k->key, a, b, out);
		if ((k->flags & SCHEMA_RESTART) == 0)
			continue;
		strbuf_reset(&va);
		strbuf_reset(&vb);
		schema_print(k, a, &va);
		schema_print(k, b, &vb);
		if (strcmp(va.data, vb.data) != 0)
			strbuf_printf(out, "%s%s%s%s", out->len > 0 ? ", " : "",
			    outer != NULL ? outer : "",
			    outer != NULL ? "." : "", k->key);
	}
	strbuf_fini(&va);
	strbuf_fini(&vb);
}

void
schema_diff_restart(const struct schema_table *t, const void *a, const void *b,
    struct strbuf *out)
{
	diff_restart(t, NULL, a, b, out);
}

static json_t *
encode_texts(const struct schema_key *k, const void *obj)
{
	json_t *list = json_array();
	const char *const *texts;
	size_t n;

	memcpy(&texts, (const char *)obj + k->offset, sizeof(texts));
	memcpy(&n, (const char *)obj + k->count_offset, sizeof(n));
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

json_t *
schema_encode(const struct schema_table *t, const void *obj)
{
	json_t *j = json_object(), *v;
	const char *s;

	for (size_t i = 0; i < t->n; i++) {
		const struct schema_key *k = &t->keys[i];

		switch (k->type) {
		case SCHEMA_LIST:
		case SCHEMA_LATER:
			continue;
		case SCHEMA_MAP:
			v = schema_encode(k->sub, obj);
			break;
		case SCHEMA_TEXTS:
			v = encode_texts(k, obj);
			break;
		case SCHEMA_TEXT:
		case SCHEMA_PATH:
			s = schema_get_text(k, obj);
			v = s != NULL ? json_string(s) : json_null();
			break;
		default:
			v = json_integer((json_int_t)schema_get_uint(k, obj));
			break;
		}
		json_object_set_new(j, k->key, v);
	}
	return j;
}

static int
decode_texts(
    const struct schema_key *k, const json_t *v, void *obj, struct arena *a)
{
	size_t n = json_array_size(v);
	const char **texts = NULL;

	if (!json_is_array(v))
		return -1;
	if (n > 0) /* none is NULL, as where the key is not set */
		texts = arena_calloc(a, n + 1, sizeof(*texts));
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(v, i));

		if (s == NULL)
			return -1;
		texts[i] = arena_strdup(a, s);
	}
	memcpy((char *)obj + k->offset, &texts, sizeof(texts));
	memcpy((char *)obj + k->count_offset, &n, sizeof(n));
	return 0;
}

static int
decode_key(
    const struct schema_key *k, const json_t *v, void *obj, struct arena *a)
{
	switch (k->type) {
	case SCHEMA_LIST:
	case SCHEMA_LATER:
		return 0;
	case SCHEMA_MAP:
		return schema_decode(k->sub, v, obj, a);
	case SCHEMA_TEXTS:
		return decode_texts(k, v, obj, a);
	case SCHEMA_TEXT:
	case SCHEMA_PATH:
		if (!json_is_string(v) && !json_is_null(v))
			return -1;
		schema_set_text(k, obj, arena_strdup(a, json_string_value(v)));
		return 0;
	default:
		if (!json_is_integer(v))
			return -1;
		schema_set_uint(k, obj, (uint64_t)json_integer_value(v));
		return 0;
	}
}

int
schema_decode(
    const struct schema_table *t, const json_t *j, void *obj, struct arena *a)
{
	for (size_t i = 0; i < t->n; i++)
		if (decode_key(&t->keys[i], json_object_get(j, t->keys[i].key),
			obj, a) == -1)
			return -1;
	return 0;
}
