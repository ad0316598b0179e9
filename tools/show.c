/* show.c - frames as people read them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/macros.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "item/item_json.h"
#include "show.h"
#include "wiresift.h"

const char *
show_str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

void
show_time(FILE *f, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[32];

	if (seconds == 0 || localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm) == 0)
		fputs("-", f);
	else
		fputs(text, f);
}

void
show_span(FILE *f, int64_t seconds)
{
	static const struct {
		int64_t unit;
		char letter;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int printed = 0;

	if (seconds < 0)
		seconds = 0;
	for (size_t i = 0; i < ARRAY_LEN(units) && printed < 2; i++) {
		if (seconds < units[i].unit &&
		    !(printed == 0 && units[i].unit == 1))
			continue;
		fprintf(f, "%" PRId64 "%c", seconds / units[i].unit,
		    units[i].letter);
		seconds %= units[i].unit;
		printed++;
	}
}

/* --- items --- */

/* "us-strikes about 24, militia-attacks mentions 11" */
static void
show_topics(FILE *f, const json_t *topics)
{
	const char *name, *between = "";
	const json_t *t;

	/* json_object_foreach() wants no const; the walk changes nothing. */
	for (void *it = json_object_iter((json_t *)(uintptr_t)topics);
	     it != NULL;
	     it = json_object_iter_next((json_t *)(uintptr_t)topics, it)) {
		name = json_object_iter_key(it);
		t = json_object_iter_value(it);
		fputs(between, f);
		tool_print(f, name);
		fprintf(f, " %s %" JSON_INTEGER_FORMAT, show_str(t, "level"),
		    json_integer_value(json_object_get(t, "score")));
		between = ", ";
	}
}

/* The signal with the most points, over all topics. */
static const json_t *
strongest_signal(const json_t *explain)
{
	const json_t *best = NULL, *signals, *el;
	json_int_t most = 0;
	size_t i;

	for (void *it = json_object_iter((json_t *)(uintptr_t)explain);
	     it != NULL;
	     it = json_object_iter_next((json_t *)(uintptr_t)explain, it)) {
		signals =
		    json_object_get(json_object_iter_value(it), "signals");
		json_array_foreach(signals, i, el)
		{
			json_int_t points =
			    json_integer_value(json_object_get(el, "points"));

			if (points > most) {
				most = points;
				best = el;
			}
		}
	}
	return best;
}

static void
show_reason(FILE *f, const json_t *explain)
{
	const json_t *best = strongest_signal(explain);

	if (best == NULL)
		return;
	fputs("    because ", f);
	tool_print(f, show_str(best, "name"));
	fprintf(f, " +%" JSON_INTEGER_FORMAT ": \"",
	    json_integer_value(json_object_get(best, "points")));
	tool_print(f, show_str(best, "text"));
	fputs("\"\n", f);
}

static int64_t
time_at(const json_t *o, const char *key)
{
	int64_t t = item_time_parse(show_str(o, key));

	return t == ITEM_NO_TIME ? 0 : t;
}

/* The feed's name, or the host of its address: that is shorter. */
static void
feed_name(struct strbuf *sb, const json_t *own)
{
	const char *name = show_str(own, "feed_name");

	if (name[0] == '\0')
		name = show_str(own, "feed");
	if (url_host_key(sb, name) == -1)
		strbuf_puts(sb, name);
}

/* "cyprus-mail, by Reuters"; a publisher's own text needs no "by". */
static void
show_source(FILE *f, const json_t *own)
{
	const char *origin = show_str(own, "origin");
	struct strbuf sb;

	strbuf_init(&sb, URL_MAX);
	feed_name(&sb, own);
	tool_print(f, sb.data);
	if (origin[0] != '\0' && strstr(sb.data, origin) == NULL) {
		fputs(", by ", f);
		tool_print(f, origin);
	}
	strbuf_fini(&sb);
}

/*
 * Titles of the items shown last, by id: a line about one that stands further
 * up says which.
 */
#define TITLES 1024

static struct shown {
	char *id, *title;
} shown[TITLES];
static size_t nshown; /* ever */

static const char *
title_of(const char *id)
{
	for (size_t i = nshown; i > 0 && nshown - i < TITLES; i--) {
		const struct shown *s = &shown[(i - 1) % TITLES];

		if (strcmp(s->id, id) == 0)
			return s->title;
	}
	return NULL;
}

static void
remember_title(const char *id, const char *title)
{
	struct shown *s = &shown[nshown++ % TITLES];

	free(s->id);
	free(s->title);
	s->id = xstrdup(id);
	s->title = xstrdup(title);
}

/* The item printed last: a copy of it needs no more words. */
static bool
is_last_shown(const char *id)
{
	return nshown > 0 && strcmp(shown[(nshown - 1) % TITLES].id, id) == 0;
}

/* Copies stand indented under what they copy; if that stands further up, its
 * title is said again. */
static void
show_item(FILE *f, const json_t *item)
{
	const json_t *own = json_object_get(item, "_wiresift");
	const char *relation = show_str(own, "relation");
	const char *of = show_str(own, "copy_of"), *title;

	if (strcmp(relation, "copy") == 0) {
		if (of[0] != '\0' && !is_last_shown(of)) {
			title = title_of(of);
			fputs("  ", f);
			tool_print(f, title != NULL ? title : of);
			fputs(title != NULL ? " (above)\n" : "\n", f);
			remember_title(of, title != NULL ? title : of);
		}
		fputs("    copy: ", f);
		tool_print(f, show_str(item, "title"));
		fputs(" (", f);
		show_source(f, own);
		fputs(") ", f);
		tool_print(f, show_str(item, "url"));
		fputc('\n', f);
		return;
	}
	show_time(f, time_at(own, "received"));
	fputs("  ", f);
	show_topics(f, json_object_get(own, "topics"));
	if (strcmp(relation, "new") != 0 && relation[0] != '\0')
		fprintf(f, "  [%s]", relation);
	fputs("\n  ", f);
	tool_print(f, show_str(item, "title"));
	fputs("\n    ", f);
	show_source(f, own);
	fputs("  ", f);
	tool_print(f, show_str(item, "url"));
	fputc('\n', f);
	show_reason(f, json_object_get(own, "explain"));
	remember_title(show_str(item, "id"), show_str(item, "title"));
}

/* --- other frames --- */

/* "Reuters, AP" */
static void
show_list(FILE *f, const json_t *list)
{
	const json_t *el;
	size_t i;

	json_array_foreach(list, i, el)
	{
		fputs(i > 0 ? ", " : "", f);
		tool_print(f, json_string_value(el));
	}
}

static void
show_story(FILE *f, const json_t *o)
{
	const json_t *joined = json_object_get(o, "joined");
	const char *title = title_of(show_str(o, "id"));

	fputs("    story: ", f);
	tool_print(f, title != NULL ? title : show_str(o, "id"));
	fprintf(f, "\n      %s by ",
	    PLURAL(json_integer_value(json_object_get(o, "items")), "item",
		"items"));
	show_list(f, json_object_get(o, "origins"));
	if (json_array_size(joined) > 0) {
		fputs("; one story with ", f);
		for (size_t i = 0; i < json_array_size(joined); i++) {
			const char *id =
			    json_string_value(json_array_get(joined, i));

			title = id != NULL ? title_of(id) : NULL;
			fputs(i > 0 ? ", " : "", f);
			tool_print(f, title != NULL ? title : id);
		}
	}
	fputc('\n', f);
}

static void
show_some(FILE *f, const json_t *list)
{
	if (json_array_size(list) > 0)
		show_list(f, list);
	else
		fputs("none", f);
}

/* "5" -> "7" */
static void
show_numbers(FILE *f, const json_t *numbers)
{
	if (numbers == NULL)
		return;
	fputs("    numbers: ", f);
	show_some(f, json_object_get(numbers, "gone"));
	fputs(" -> ", f);
	show_some(f, json_object_get(numbers, "new"));
	fputc('\n', f);
}

static void
show_update(FILE *f, const json_t *o)
{
	const json_t *item = json_object_get(o, "item");
	const json_t *own = json_object_get(item, "_wiresift");
	const json_t *was = json_object_get(o, "was");
	const char *title = show_str(item, "title");

	show_time(f, time_at(own, "received"));
	fputs("  ", f);
	show_topics(f, json_object_get(own, "topics"));
	fprintf(f, "  [edited, revision %" JSON_INTEGER_FORMAT ": ",
	    json_integer_value(json_object_get(o, "revision")));
	tool_print(f, show_str(o, "significance"));
	fputs("]\n  ", f);
	tool_print(f, title);
	if (show_str(was, "title")[0] != '\0') {
		fputs("\n    was: ", f);
		tool_print(f, show_str(was, "title"));
	}
	fputs("\n    ", f);
	show_source(f, own);
	fputs("  ", f);
	tool_print(f, show_str(item, "url"));
	fputc('\n', f);
	show_numbers(f, json_object_get(o, "numbers"));
	if (json_array_size(json_object_get(o, "lost")) > 0) {
		fputs("    no longer: ", f);
		show_list(f, json_object_get(o, "lost"));
		fputc('\n', f);
	}
	remember_title(show_str(o, "id"), title);
}

static void
show_gap(FILE *f, const json_t *o)
{
	fprintf(f, "*** %s gone (",
	    PLURAL(json_integer_value(json_object_get(o, "lost")), "record is",
		"records are"));
	tool_print(f, show_str(o, "reason"));
	fputs("); going on at ", f);
	tool_print(f, show_str(o, "resumed"));
	fputc('\n', f);
}

/* What it is about and why, then what is in it. */
static void
show_alert(FILE *f, const json_t *o)
{
	const json_t *digest = json_object_get(o, "digest"), *v;
	size_t i;

	show_time(f, time_at(o, "at"));
	fprintf(f, "  *** %s: ",
	    json_is_true(json_object_get(o, "test")) ? "TEST of an alert"
						     : "alert");
	tool_print(f, show_str(o, "name"));
	fputs(": ", f);
	tool_print(f, show_str(o, "why"));
	fputs("\n  ", f);
	tool_print(f, show_str(o, "title"));
	fputc('\n', f);
	if (json_array_size(json_object_get(o, "origins")) > 0) {
		fputs("    ", f);
		show_list(f, json_object_get(o, "origins"));
		fputs("  ", f);
		tool_print(f, show_str(o, "url"));
		fputc('\n', f);
	}
	json_array_foreach(digest, i, v)
	{
		fputs("    - ", f);
		tool_print(f, show_str(v, "title"));
		fputs(" (", f);
		tool_print(f, show_str(v, "why"));
		fputs(")\n", f);
	}
}

static const struct {
	const char *kind;
	void (*show)(FILE *f, const json_t *o);
} kinds[] = {
	{ "item", show_item },
	{ "story", show_story },
	{ "update", show_update },
	{ "alert", show_alert },
	{ "gap", show_gap },
};

void
show_frame(FILE *f, const json_t *frame)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const json_t *o = json_object_get(frame, kinds[i].kind);

		if (json_is_object(o))
			kinds[i].show(f, o);
	}
}

/* --- anything --- */

static void
show_scalar(FILE *f, const json_t *j)
{
	char *s;

	if (json_is_string(j)) {
		tool_print(f, json_string_value(j));
		return;
	}
	s = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
	tool_print(f, s != NULL ? s : "?");
	free(s);
}

void
show_tree(FILE *f, const json_t *j, int indent)
{
	const json_t *el;
	size_t i;

	json_array_foreach(j, i, el)
	{
		if (json_is_object(el) || json_is_array(el)) {
			fprintf(f, "%*s-\n", indent, "");
			show_tree(f, el, indent + 2);
			continue;
		}
		fprintf(f, "%*s- ", indent, "");
		show_scalar(f, el);
		fputc('\n', f);
	}
	if (!json_is_object(j))
		return;
	for (void *it = json_object_iter((json_t *)(uintptr_t)j); it != NULL;
	     it = json_object_iter_next((json_t *)(uintptr_t)j, it)) {
		el = json_object_iter_value(it);
		fprintf(f, "%*s", indent, "");
		tool_print(f, json_object_iter_key(it));
		fputc(':', f);
		if (json_object_size(el) + json_array_size(el) > 0) {
			fputc('\n', f);
			show_tree(f, el, indent + 2);
			continue;
		}
		fputc(' ', f);
		if (json_is_array(el) || json_is_object(el) ||
		    (json_is_string(el) && json_string_length(el) == 0))
			fputs("none", f);
		else
			show_scalar(f, el);
		fputc('\n', f);
	}
}
