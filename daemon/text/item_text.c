/* item_text.c - the text stage: an item's title and body as plain text. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/htmlent.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "item/item.h"
#include "text/fold.h"
#include "text/html.h"

/* The windows-1252 byte of a code point; -1 when there is none. */
static int
cp1252_byte(uint32_t cp)
{
	if (cp < 0x80 || (cp >= 0xa0 && cp <= 0xff))
		return (int)cp;
	for (uint32_t b = 0x80; b <= 0x9f; b++) {
		if (htmlent_cp1252(b) == cp)
			return (int)b;
	}
	return -1;
}

/*
 * One character that was UTF-8 read as windows-1252, two to four code points
 * at p: its real value, and in *used the bytes at p. False when it is none.
 */
static bool
misread_at(const char *p, const char *end, uint32_t *cp, size_t *used)
{
	char raw[4];
	const char *at = p;
	size_t n = 0, want;

	while (n < sizeof(raw) && at < end) {
		uint32_t c;
		size_t len = fold_decode(at, end, &c);
		int byte = cp1252_byte(c);

		if (byte < 0x80)
			break;
		raw[n++] = (char)byte;
		at += len;
	}
	if (n < 2)
		return false;
	want = utf8_decode(raw, raw + n, cp);
	if (want < 2 || *cp == UTF8_REPLACEMENT)
		return false;
	*used = 0;
	for (size_t i = 0; i < want; i++) {
		uint32_t c;

		*used += fold_decode(p + *used, end, &c);
	}
	return true;
}

/* Undo UTF-8 that was read as windows-1252, where it shows plainly. */
static void
repair_misread(struct strbuf *sb)
{
	static const char *const signs[] = { "\303\242\342\202\254", /* a^EUR */
		"\303\203\302", "\303\202\302" };
	struct strbuf out;
	const char *p = sb->data, *end = sb->data + sb->len;
	bool any = false;

	for (size_t i = 0; i < ARRAY_LEN(signs) && !any; i++)
		any = strstr(sb->data, signs[i]) != NULL;
	if (!any)
		return;
	strbuf_init(&out, sb->limit);
	while (p < end) {
		uint32_t cp;
		size_t used = fold_decode(p, end, &cp);

		if (cp >= 0xc2 && cp <= 0xf4 && misread_at(p, end, &cp, &used))
			(void)strbuf_put_utf8(&out, cp);
		else
			(void)strbuf_append(&out, p, used);
		p += used;
	}
	strbuf_reset(sb);
	(void)strbuf_append(sb, out.data, out.len);
	strbuf_fini(&out);
}

static bool
is_html_type(const char *type)
{
	return type != NULL && strcasestr(type, "html") != NULL;
}

static bool
is_plain_type(const char *type)
{
	return type != NULL && strncasecmp(type, "text/plain", 10) == 0;
}

/* Types whose value is no text at all. */
static bool
is_text(const char *type)
{
	return type == NULL || is_html_type(type) || is_plain_type(type) ||
	       strncasecmp(type, "text/", 5) == 0;
}

/* Append value as plain text; markup that was escaped twice is one too. */
static void
value_to_text(struct strbuf *out, const char *value, const char *type)
{
	size_t len = strlen(value), from = out->len;
	char *once;

	if (!is_html_type(type) && !html_looks_like(value, len)) {
		text_normalise(out, value, len);
		repair_misread(out);
		return;
	}
	html_to_text(out, value, len);
	if (memchr(value, '<', len) == NULL &&
	    html_looks_like(out->data + from, out->len - from)) {
		once = strbuf_take(out);
		html_to_text(out, once, strlen(once));
		free(once);
	}
	repair_misread(out);
}

static const char *
title_text(struct item *it, size_t max)
{
	const char *title = it->title != NULL ? it->title : "";
	size_t len = strlen(title);
	struct strbuf sb;

	strbuf_init(&sb, max);
	if (html_looks_like(title, len)) {
		html_to_line(&sb, title, len);
	} else {
		text_normalise(&sb, title, len);
		for (size_t i = 0; i < sb.len; i++) {
			if (sb.data[i] == '\n')
				sb.data[i] = ' ';
		}
	}
	it->truncated |= strbuf_over(&sb);
	repair_misread(&sb);
	title = arena_strndup(it->arena, sb.data, sb.len);
	strbuf_fini(&sb);
	return title;
}

/* Keep in *best the longer of it and the text of `value`. */
static void
keep_longer(struct item *it, struct strbuf *sb, const char *value,
    const char *type, const char **best)
{
	if (value == NULL || !is_text(type))
		return;
	strbuf_reset(sb);
	value_to_text(sb, value, type);
	if (sb->len <= strlen(*best))
		return;
	it->truncated |= strbuf_over(sb);
	*best = arena_strndup(it->arena, sb->data, sb->len);
}

void
item_make_text(struct item *it, const struct item_limits *limits)
{
	const char *best = "";
	struct strbuf sb;

	if (it->title_text != NULL && it->text != NULL)
		return;
	it->title_text = title_text(it, limits->max_title_bytes);
	strbuf_init(&sb, limits->max_text_bytes);
	for (size_t i = 0; i < it->ncontents; i++)
		keep_longer(it, &sb, it->contents[i].value,
		    it->contents[i].type, &best);
	if (*best == '\0')
		keep_longer(it, &sb, it->summary, it->summary_type, &best);
	it->text = best;
	strbuf_fini(&sb);
}
