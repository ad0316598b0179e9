/* feedfile.c - records as an Atom feed and a JSON Feed. */
#include "sink/feedfile.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/url.h"
#include "base/utf8.h"
#include "item/item.h"
#include "store/journal.h"

#define TEXT_MAX ((size_t)64 << 10) /* of an entry */
#define TAIL_ROOM 1024

/* Text that XML 1.0 can carry; the rest becomes U+FFFD. */
static void
put_xml(struct strbuf *out, const char *s, size_t len)
{
	const char *end = s + len;
	uint32_t cp;

	while (s < end) {
		s += utf8_decode(s, end, &cp);
		if (cp == '<')
			strbuf_puts(out, "&lt;");
		else if (cp == '>')
			strbuf_puts(out, "&gt;");
		else if (cp == '&')
			strbuf_puts(out, "&amp;");
		else if (cp == '"')
			strbuf_puts(out, "&quot;");
		else if (cp == '\n' || cp == '\t')
			strbuf_putc(out, (char)cp);
		else if (utf8_is_unsafe(cp) || cp == 0xfffe || cp == 0xffff)
			strbuf_put_utf8(out, UTF8_REPLACEMENT);
		else
			strbuf_put_utf8(out, cp);
	}
}

/* <name attribute>text</name> where there is a text. */
static void
put_element(struct strbuf *out, const char *name, const char *attribute,
    const char *text)
{
	if (text == NULL)
		return;
	strbuf_printf(out, "    <%s%s>", name, attribute);
	put_xml(out, text, strlen(text));
	strbuf_printf(out, "</%s>\n", name);
}

static void
put_attribute(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, " %s=\"", name);
	put_xml(out, value, strlen(value));
	strbuf_putc(out, '"');
}

static const char *
str(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

static void
put_authors(struct strbuf *out, const json_t *item)
{
	const json_t *own = json_object_get(item, "_wiresift"), *a;
	size_t i, n = 0;

	json_array_foreach(json_object_get(item, "authors"), i, a)
	{
		const char *name = str(a, "name");

		if (name == NULL || name[0] == '\0')
			continue;
		strbuf_puts(out, "    <author><name>");
		put_xml(out, name, strlen(name));
		strbuf_puts(out, "</name></author>\n");
		n++;
	}
	if (n == 0 && str(own, "feed_name") != NULL) {
		strbuf_puts(out, "    <author><name>");
		put_xml(
		    out, str(own, "feed_name"), strlen(str(own, "feed_name")));
		strbuf_puts(out, "</name></author>\n");
	}
}

/* An address that another reader need not guess about. */
static bool
is_link(const char *s)
{
	struct url u;

	return s != NULL && url_is_http(s) && url_split(s, &u) == 0 &&
	       strpbrk(s, " <>\"{}|\\^`") == NULL;
}

static void
put_entry(struct strbuf *out, const json_t *item, int64_t at_ms)
{
	const char *text = str(item, "content_text"), *title;
	const char *lang = str(item, "language"), *key;
	json_t *topics = json_object_get(
		   json_object_get(item, "_wiresift"), "topics"),
	       *v;
	char iso[CLOCK_ISO_LEN];

	clock_iso(at_ms / 1000, iso);
	title = str(item, "title");
	strbuf_puts(out, "  <entry");
	if (lang != NULL && lang[0] != '\0')
		put_attribute(out, "xml:lang", lang);
	strbuf_puts(out, ">\n");
	put_element(out, "id", "", str(item, "id"));
	put_element(out, "title", "", title != NULL ? title : "(no title)");
	put_element(out, "updated", "", iso);
	put_element(out, "published", "", str(item, "date_published"));
	put_authors(out, item);
	if (is_link(str(item, "url"))) {
		strbuf_puts(out, "    <link rel=\"alternate\"");
		put_attribute(out, "href", str(item, "url"));
		strbuf_puts(out, "/>\n");
	}
	json_object_foreach(topics, key, v)
	{
		strbuf_puts(out, "    <category");
		put_attribute(out, "term", key);
		strbuf_puts(out, "/>\n");
	}
	strbuf_puts(out, "    <content type=\"text\">");
	if (text != NULL)
		put_xml(out, text, utf8_cut(text, MIN(strlen(text), TEXT_MAX)));
	strbuf_puts(out, "</content>\n  </entry>\n");
}

static bool
is_http(const json_t *o, const char *key)
{
	const char *s = str(o, key);

	return s != NULL && url_is_http(s);
}

/* Readers put these into pages: no javascript:, data: or file: from us. */
static void
drop_odd_links(json_t *item)
{
	static const char *const keys[] = { "url", "external_url", "image",
		"banner_image" };
	json_t *list = json_object_get(item, "attachments"), *author;
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++)
		if (!is_http(item, keys[i]))
			json_object_del(item, keys[i]);
	for (i = json_array_size(list); i > 0; i--)
		if (!is_http(json_array_get(list, i - 1), "url"))
			json_array_remove(list, i - 1);
	if (list != NULL && json_array_size(list) == 0)
		json_object_del(item, "attachments");
	json_array_foreach(json_object_get(item, "authors"), i, author)
	{
		if (!is_http(author, "url"))
			json_object_del(author, "url");
		if (!is_http(author, "avatar"))
			json_object_del(author, "avatar");
	}
}

void
feedfile_begin(
    struct feedfile *ff, const char *topic, const char *url, int64_t updated_ms)
{
	char iso[CLOCK_ISO_LEN] = "1970-01-01T00:00:00Z";
	bool slash = url != NULL && url[strlen(url) - 1] == '/';
	json_t *title;

	*ff = (struct feedfile){
		.topic = topic, .url = url, .updated_ms = updated_ms
	};
	strbuf_init(&ff->atom, FEEDFILE_MAX);
	strbuf_init(&ff->json, FEEDFILE_MAX);
	if (updated_ms > 0)
		clock_iso(updated_ms / 1000, iso);
	strbuf_puts(&ff->atom,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
	strbuf_puts(&ff->atom, "  <id>urn:wiresift:topic:");
	put_xml(&ff->atom, topic, strlen(topic));
	strbuf_puts(&ff->atom, "</id>\n  <title>wiresift: ");
	put_xml(&ff->atom, topic, strlen(topic));
	strbuf_printf(&ff->atom,
	    "</title>\n  <updated>%s</updated>\n"
	    "  <author><name>wiresift</name></author>\n"
	    "  <generator version=\"%s\">wiresift</generator>\n",
	    iso, WIRESIFT_VERSION);
	if (url != NULL) {
		strbuf_puts(&ff->atom, "  <link rel=\"self\"");
		strbuf_puts(&ff->atom, " href=\"");
		put_xml(&ff->atom, url, strlen(url));
		strbuf_puts(&ff->atom, slash ? "" : "/");
		put_xml(&ff->atom, topic, strlen(topic));
		strbuf_puts(&ff->atom, ".atom\"/>\n");
	}
	strbuf_puts(&ff->json,
	    "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":");
	title = json_sprintf("wiresift: %s", topic);
	(void)item_json_line(&ff->json, title);
	json_decref(title);
	if (url != NULL) {
		title =
		    json_sprintf("%s%s%s.json", url, slash ? "" : "/", topic);
		strbuf_puts(&ff->json, ",\"feed_url\":");
		(void)item_json_line(&ff->json, title);
		json_decref(title);
	}
	strbuf_puts(&ff->json, ",\"items\":[");
}

int
feedfile_add(struct feedfile *ff, const struct record *r)
{
	size_t atom = ff->atom.len, json = ff->json.len;
	json_t *frame, *item;
	int rc = 0;

	if (r->kind != RECORD_ITEM || r->damaged)
		return 0;
	frame = json_loadb(r->body, r->body_len, 0, NULL);
	item = json_object_get(frame, "item");
	if (str(item, "id") == NULL) {
		json_decref(frame);
		return 0;
	}
	if (str(item, "content_text") == NULL &&
	    str(item, "content_html") == NULL)
		json_object_set_new(item, "content_text", json_string(""));
	drop_odd_links(item);
	put_entry(&ff->atom, item, r->at_ms);
	if (ff->n > 0)
		strbuf_puts(&ff->json, ",\n");
	(void)item_json_line(&ff->json, item);
	json_decref(frame);
	if (ff->atom.over || ff->json.over ||
	    ff->atom.len + TAIL_ROOM > FEEDFILE_MAX ||
	    ff->json.len + TAIL_ROOM > FEEDFILE_MAX) {
		ff->atom.over = ff->json.over = false;
		strbuf_trunc(&ff->atom, atom);
		strbuf_trunc(&ff->json, json);
		rc = -1;
	} else
		ff->n++;
	return rc;
}

void
feedfile_end(struct feedfile *ff)
{
	strbuf_puts(&ff->atom, "</feed>\n");
	strbuf_puts(&ff->json, "]}\n");
}

void
feedfile_fini(struct feedfile *ff)
{
	strbuf_fini(&ff->atom);
	strbuf_fini(&ff->json);
}
