/* gist.c - what a person wants of a frame. */
#include "sink/gist.h"

#include <string.h>

#include "base/plural.h"
#include "base/url.h"
#include "base/utf8.h"

#define TITLE_MAX 400

/* Blanks for what is no letter of a line, runs of them as one. */
static void
one_line(struct strbuf *out, const char *s, size_t max)
{
	const char *end = s + strlen(s);
	size_t start = out->len, n;
	bool blank = false;
	uint32_t cp;

	for (; s < end; s += n) {
		n = utf8_decode(s, end, &cp);
		if (cp <= ' ' || utf8_is_unsafe(cp)) {
			blank = out->len > start;
			continue;
		}
		if (out->len - start + n + 1 > max) {
			strbuf_puts(out, "\xe2\x80\xa6");
			return;
		}
		if (blank)
			strbuf_putc(out, ' ');
		blank = false;
		strbuf_put_utf8(out, cp);
	}
}

static const char *
str(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL && s[0] != '\0' ? s : NULL;
}

const char *
gist_own(const struct gist *g, const char *key)
{
	const char *s = str(json_object_get(g->body, "_wiresift"), key);

	return s != NULL ? s : str(g->body, key);
}

static void
make_title(struct gist *g)
{
	static const char *const keys[] = { "title", "subject", "summary",
		"content_text", "name", "id", "reason" };
	const char *s = NULL;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && s == NULL; i++)
		s = str(g->body, keys[i]);
	if (strcmp(g->kind, "gap") == 0) {
		const json_t *lost = json_object_get(g->body, "lost");

		strbuf_printf(&g->title, "%s cannot be had any more",
		    PLURAL(json_integer_value(lost), "record", "records"));
		return;
	}
	if (strcmp(g->kind, "update") == 0)
		strbuf_puts(&g->title, "Updated: ");
	else if (strcmp(g->kind, "item") != 0 && strcmp(g->kind, "alert") != 0)
		strbuf_printf(&g->title, "%s: ", g->kind);
	one_line(&g->title, s != NULL ? s : "(no title)", TITLE_MAX);
}

bool
gist_init(struct gist *g, const char *frame, size_t len)
{
	const char *key, *level;
	json_t *v;

	*g = (struct gist){ .frame = json_loadb(frame, len, 0, NULL) };
	json_object_foreach(g->frame, key, v)
	{
		if (strcmp(key, "cursor") != 0 && json_is_object(v)) {
			g->kind = key;
			g->body = v;
			break;
		}
	}
	if (g->body == NULL) {
		json_decref(g->frame);
		return false;
	}
	v = json_object_get(g->body, "item"); /* an update's */
	if (json_is_object(v))
		g->body = v;
	strbuf_init(&g->title, TITLE_MAX * 2);
	make_title(g);
	g->url = str(g->body, "url");
	if (g->url != NULL && !url_is_http(g->url))
		g->url = NULL;
	g->urgent = strcmp(g->kind, "alert") == 0;
	g->source = gist_own(g, "origin");
	if (g->source == NULL)
		g->source = gist_own(g, "feed_name");
	if (g->source == NULL)
		g->source = gist_own(g, "feed");
	json_object_foreach(
	    json_object_get(json_object_get(g->body, "_wiresift"), "topics"),
	    key, v)
	{
		level = str(v, "level");
		g->about |= level != NULL && strcmp(level, "about") == 0;
	}
	return true;
}

void
gist_fini(struct gist *g)
{
	strbuf_fini(&g->title);
	json_decref(g->frame);
}

/* {"name":{...}} of an item, ["name"] of other kinds. */
static const json_t *
topics_of(const struct gist *g)
{
	const json_t *own = json_object_get(g->body, "_wiresift");
	const json_t *t = json_object_get(own, "topics");

	return t != NULL ? t : json_object_get(g->body, "topics");
}

void
gist_topics(const struct gist *g, const char *sep, struct strbuf *out)
{
	json_t *t = (json_t *)(uintptr_t)topics_of(g), *v;
	const char *key, *s;
	size_t start = out->len, i;

	json_object_foreach(t, key, v)
	    strbuf_printf(out, "%s%s", out->len > start ? sep : "", key);
	json_array_foreach(t, i, v) if ((s = json_string_value(v)) != NULL)
	    strbuf_printf(out, "%s%s", out->len > start ? sep : "", s);
}

void
gist_text(const struct gist *g, size_t max, struct strbuf *out)
{
	const char *s = str(g->body, "content_text");

	if (s == NULL)
		s = str(g->body, "summary");
	if (s == NULL)
		s = str(g->body, "message");
	if (s == NULL && strcmp(g->kind, "alert") == 0)
		s = str(g->body, "why");
	if (s != NULL)
		one_line(out, s, max);
}

static void
why_quotes(const json_t *explain, struct strbuf *out)
{
	const json_t *signals = json_object_get(explain, "signals"), *s;
	size_t i, n = 0;

	json_array_foreach(signals, i, s)
	{
		const char *text = str(s, "text");

		if (text == NULL || n == 5)
			continue;
		strbuf_puts(out, n++ == 0 ? ": " : "; ");
		one_line(out, text, 100);
	}
}

void
gist_why(const struct gist *g, struct strbuf *out)
{
	const json_t *own = json_object_get(g->body, "_wiresift");
	const json_t *explain = json_object_get(own, "explain");
	json_t *t = (json_t *)(uintptr_t)topics_of(g), *v;
	const char *key, *level;

	json_object_foreach(t, key, v)
	{
		level = str(v, "level");
		strbuf_printf(out, "%s (%s, %lld)", key,
		    level != NULL ? level : "-",
		    (long long)json_integer_value(json_object_get(v, "score")));
		why_quotes(json_object_get(explain, key), out);
		strbuf_putc(out, '\n');
	}
}

/* "- TITLE (WHY) URL", a line each. */
static void
put_entries(const json_t *list, const char *why, struct strbuf *out)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		const char *title = str(v, "title"), *url = str(v, "url");
		const char *said = str(v, why);

		strbuf_puts(out, "- ");
		one_line(out, title != NULL ? title : "(no title)", TITLE_MAX);
		if (said != NULL) {
			strbuf_puts(out, " (");
			one_line(out, said, TITLE_MAX);
			strbuf_putc(out, ')');
		}
		if (url != NULL && url_is_http(url))
			strbuf_printf(out, "\n  %s", url);
		strbuf_putc(out, '\n');
	}
}

void
gist_alert(const struct gist *g, struct strbuf *out)
{
	const char *why = str(g->body, "why"), *name = str(g->body, "name");

	if (strcmp(g->kind, "alert") != 0)
		return;
	strbuf_printf(out, "%s: ", name != NULL ? name : "alert");
	if (why != NULL)
		one_line(out, why, TITLE_MAX);
	strbuf_puts(out, "\n\n");
	put_entries(json_object_get(g->body, "digest"), "why", out);
	put_entries(json_object_get(g->body, "links"), "origin", out);
}
