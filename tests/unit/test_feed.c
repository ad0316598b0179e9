/* test_feed.c - every format's elements end in the field they belong to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/macros.h"
#include "feedfact.h"

#define RSS(x) "<rss version=\"2.0\"><channel>" x "</channel></rss>"
#define ITEM(x) RSS("<item>" x "</item>")
#define NS_ITEM(ns, x)                                                         \
	"<rss version=\"2.0\" " ns "><channel><item>" x                        \
	"</item></channel></rss>"
#define ATOM(x) "<feed xmlns=\"http://www.w3.org/2005/Atom\">" x "</feed>"
#define ENTRY(x) ATOM("<entry>" x "</entry>")
#define ATOM03(x)                                                              \
	"<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\">" x "</feed>"
#define RDF(x)                                                                 \
	"<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" "  \
	"xmlns=\"http://purl.org/rss/1.0/\">" x "</rdf:RDF>"
#define DC "xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
#define MEDIA "xmlns:media=\"http://search.yahoo.com/mrss/\""
#define ITUNES "xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\""
#define XHTML "<div xmlns=\"http://www.w3.org/1999/xhtml\">"
#define E0 "entries.0."

static const struct feedfact formats[] = {
	{ "RSS 2.0", RSS(""), "version", "rss20" },
	{ "RSS 2.01 is 2.0", "<rss version='2.01'/>", "version", "rss20" },
	{ "RSS 0.91", "<rss version='0.91'/>", "version", "rss091u" },
	{ "RSS 0.91 of Netscape",
	    "<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS "
	    "0.91//EN' 'http://x/'><rss version='0.91'/>",
	    "version", "rss091n" },
	{ "RSS without version", "<rss/>", "version", "rss" },
	{ "RSS 1.0", RDF(""), "version", "rss10" },
	{ "RSS 0.90",
	    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' "
	    "xmlns='http://my.netscape.com/rdf/simple/0.9/'/>",
	    "version", "rss090" },
	{ "Atom 1.0", ATOM(""), "version", "atom10" },
	{ "Atom 0.3", ATOM03(""), "version", "atom03" },
	{ "Atom of an unknown address is still Atom",
	    "<feed xmlns='http://example.com/new#'><title>t</title></feed>",
	    "feed.title", "t" },
	{ "JSON Feed 1.1",
	    "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[]}",
	    "version", "json11" },
	{ "HTML is no feed", "<html><body>x</body></html>", "status",
	    "not_a_feed" },
	{ "white space is nothing", " \n ", "status", "empty" },
	{ "a prefix for RSS itself",
	    "<r:rss xmlns:r='http://backend.userland.com/rss2'><r:channel>"
	    "<r:title>t</r:title></r:channel></r:rss>",
	    "feed.title", "t" },
	{ "names in capitals",
	    "<RSS><CHANNEL><ITEM><TITLE>t</TITLE></ITEM>"
	    "</CHANNEL></RSS>",
	    E0 "title", "t" },
};

static const struct feedfact rss[] = {
	{ "link", ITEM("<link> http://e/1 </link>"), E0 "link", "http://e/1" },
	{ "a guid is the link when there is none",
	    ITEM("<guid>http://e/1</guid>"), E0 "link", "http://e/1" },
	{ "a guid that is no permalink is no link",
	    ITEM("<guid isPermaLink='false'>http://e/1</guid>"), E0 "link",
	    NULL },
	{ "a guid that is no address is no link", ITEM("<guid>17</guid>"),
	    E0 "link", NULL },
	{ "the link of an image is not the item's",
	    ITEM("<image><link>http://i/</link></image><link>http://e/"
		 "</link>"),
	    E0 "link", "http://e/" },
	{ "description stays HTML",
	    ITEM("<description>&lt;p&gt;x&lt;/p&gt;</description>"),
	    E0 "summary", "<p>x</p>" },
	{ "markup that is not escaped",
	    ITEM("<description>a <b>x &amp; y</b><br/></description>"),
	    E0 "summary", "a <b>x &amp; y</b><br />" },
	{ "content:encoded",
	    NS_ITEM("xmlns:content='http://purl.org/rss/1.0/modules/"
		    "content/'",
		"<content:encoded>&lt;p&gt;x</content:encoded>"),
	    E0 "content.0.value", "<p>x" },
	{ "content: needs no declaration",
	    ITEM("<content:encoded>x</content:encoded>"), E0 "content.0.type",
	    "text/html" },
	{ "description and summary are both kept",
	    ITEM("<description>d</description><summary>s</summary>"),
	    E0 "content.0.value", "s" },
	{ "pubDate", ITEM("<pubDate>Sat, 27 Jan 2024 10:00:00 EST</pubDate>"),
	    E0 "published", "2024-01-27T15:00:00Z" },
	{ "dc:date", NS_ITEM(DC, "<dc:date>2024-01-27</dc:date>"), E0 "updated",
	    "2024-01-27T00:00:00Z" },
	{ "dc: under an address nobody knows",
	    NS_ITEM("xmlns:dc='http://example.com/dc'",
		"<dc:creator>Ana</dc:creator>"),
	    E0 "author", "Ana" },
	{ "another's title is not the title",
	    NS_ITEM("xmlns:x='http://example.com/x'",
		"<x:title>no</x:title><title>yes</title>"),
	    E0 "title", "yes" },
	{ "mail and name", ITEM("<author>a@example.com (Ana B)</author>"),
	    E0 "authors.0.name", "Ana B" },
	{ "name and mail", ITEM("<author>Ana &lt;a@example.com&gt;</author>"),
	    E0 "authors.0.email", "a@example.com" },
	{ "managingEditor",
	    RSS("<managingEditor>Ed (e@example.com)</managingEditor>"),
	    "feed.author", "Ed (e@example.com)" },
	{ "category with domain", ITEM("<category domain='d'>c</category>"),
	    E0 "tags.0", "{\"term\":\"c\",\"scheme\":\"d\"}" },
	{ "enclosure", ITEM("<enclosure url='u' type='t/t' length='3'/>"),
	    E0 "enclosures.0",
	    "{\"url\":\"u\",\"type\":\"t/t\",\"length\":"
	    "\"3\"}" },
	{ "source", ITEM("<source url='http://s/'>S</source>"), E0 "source",
	    "{\"title\":\"S\",\"url\":\"http://s/\"}" },
	{ "comments", ITEM("<comments>http://c/</comments>"), E0 "comments",
	    "http://c/" },
	{ "ttl", RSS("<ttl>60</ttl>"), "feed.ttl", "60" },
	{ "skipHours",
	    RSS("<skipHours><hour>4</hour>x<hour>5</hour></skipHours>"),
	    "feed.skip_hours", "[\"4\",\"5\"]" },
	{ "skipDays", RSS("<skipDays><day>Sunday</day></skipDays>"),
	    "feed.skip_days.0", "Sunday" },
	{ "newLocation",
	    "<rss><redirect><newLocation>http://n/</newLocation></redirect>"
	    "</rss>",
	    "feed.newlocation", "http://n/" },
	{ "language", RSS("<language>ar</language>"), "feed.language", "ar" },
	{ "an item has the feed's language",
	    RSS("<language>ar</language><item><title>t</title></item>"),
	    E0 "language", "ar" },
	{ "RSS 1.0's about is a guid", RDF("<item rdf:about='http://e/1'/>"),
	    E0 "id", "http://e/1" },
	{ "media:title does not replace the title",
	    NS_ITEM(MEDIA, "<media:title>m</media:title><title>t</title>"),
	    E0 "title", "t" },
	{ "media:description stands in",
	    NS_ITEM(MEDIA, "<media:group><media:description>d"
			   "</media:description></media:group>"),
	    E0 "summary", "d" },
	{ "media:thumbnail",
	    NS_ITEM(MEDIA, "<media:content><media:thumbnail url='t'/>"
			   "</media:content>"),
	    E0 "media_thumbnails.0.url", "t" },
	{ "itunes:category in another",
	    NS_ITEM(ITUNES, "<itunes:category text='a'><itunes:category "
			    "text='b'/></itunes:category>"),
	    E0 "tags.1.term", "b" },
	{ "itunes:keywords",
	    NS_ITEM(ITUNES, "<itunes:keywords>a, b</itunes:keywords>"),
	    E0 "tags.1.term", "b" },
	{ "Atom in RSS does not replace the link",
	    NS_ITEM("xmlns:atom='http://www.w3.org/2005/Atom'",
		"<link>http://e/1</link><atom:link href='http://e/2'/>"),
	    E0 "link", "http://e/1" },
	{ "numbers 128 to 159 are windows-1252",
	    ITEM("<title>it&#146;s</title>"), E0 "title", "it\u2019s" },
	{ "doubly encoded UTF-8", ITEM("<title>caf\u00c3\u00a9</title>"),
	    E0 "title", "caf\u00e9" },
};

static const struct feedfact atom[] = {
	{ "type text is plain, the title HTML",
	    ENTRY("<title>a &lt;b&gt; &amp; c</title>"), E0 "title",
	    "a &lt;b&gt; &amp; c" },
	{ "type html", ENTRY("<title type='html'>&lt;b&gt;x</title>"),
	    E0 "title", "<b>x" },
	{ "type xhtml",
	    ENTRY("<content type='xhtml'>" XHTML "a &lt; <b>x</b></div>"
		  "</content>"),
	    E0 "content.0.value", "<div>a &lt; <b>x</b></div>" },
	{ "its type", ENTRY("<content type='xhtml'>" XHTML "</div></content>"),
	    E0 "content.0.type", "application/xhtml+xml" },
	{ "no type is plain", ENTRY("<content>x</content>"),
	    E0 "content.0.type", "text/plain" },
	{ "mode base64", ATOM03("<title mode='base64'>PGI+eDwvYj4=</title>"),
	    "feed.title", "&lt;b&gt;x&lt;/b&gt;" },
	{ "a picture in base64 says nothing",
	    ENTRY("<content type='image/png'>iVBORw0KGgo=</content>"),
	    E0 "content.0.value", NULL },
	{ "the link is the alternate page",
	    ENTRY("<link rel='self' href='s'/><link rel='alternate' "
		  "type='application/json' href='j'/><link href='p'/>"),
	    E0 "link", "p" },
	{ "enclosure", ENTRY("<link rel='enclosure' href='u' length='3'/>"),
	    E0 "enclosures.0.length", "3" },
	{ "person",
	    ENTRY("<author><name>N</name><email>m@e</email><uri>u</uri>"
		  "</author>"),
	    E0 "authors.0",
	    "{\"name\":\"N\",\"email\":\"m@e\",\"url\":\"u\"}" },
	{ "a contributor is no author",
	    ENTRY("<contributor><name>N</name></contributor>"), E0 "authors",
	    NULL },
	{ "category", ENTRY("<category term='t' scheme='s' label='l'/>"),
	    E0 "tags.0.label", "l" },
	{ "the source's title is not the entry's",
	    ENTRY("<source><title>S</title><id>i</id></source>"), E0 "title",
	    NULL },
	{ "source", ENTRY("<source><title>S</title><id>i</id></source>"),
	    E0 "source", "{\"title\":\"S\",\"id\":\"i\"}" },
	{ "the last updated counts",
	    ENTRY("<updated>2024-01-01T00:00:00Z</updated><updated>2023-01-"
		  "01T00:00:00Z</updated>"),
	    E0 "updated", "2023-01-01T00:00:00Z" },
	{ "xml:lang of the root", "<feed xml:lang='en_US'/>", "feed.language",
	    "en-US" },
	{ "content has the language in force",
	    "<feed xml:lang='en'><entry><content xml:lang='fr'>x</content>"
	    "</entry></feed>",
	    E0 "content.0.language", "fr" },
	{ "an entry alone is a feed of one",
	    "<entry xmlns='http://www.w3.org/2005/Atom'><id>a</id></entry>",
	    E0 "id", "a" },
};

/* The documents come from http://host/dir/feed. */
static const struct feedfact bases[] = {
	{ "a link that was escaped twice",
	    ITEM("<link>/?a=1&amp;amp;b=2</link>"), E0 "link",
	    "http://host/?a=1&b=2" },
	{ "a relative link", ITEM("<link>../a</link>"), E0 "link",
	    "http://host/a" },
	{ "an absolute one stays as written",
	    ITEM("<link>HTTP://Host/%7Ea/../b</link>"), E0 "link",
	    "HTTP://Host/%7Ea/../b" },
	{ "in HTML",
	    ITEM("<description>&lt;a href=' /a '&gt;&lt;img src=b&gt;"
		 "</description>"),
	    E0 "summary",
	    "<a href=\"http://host/a\"><img src=\"http://host/dir/b\">" },
	{ "mail and anchors with a scheme stay",
	    ITEM("<description>&lt;a href=\"mailto:a\"&gt;</description>"),
	    E0 "summary", "<a href=\"mailto:a\">" },
	{ "xml:base",
	    "<feed xml:base='/x/'><entry><link href='y'/></entry>"
	    "</feed>",
	    E0 "link", "http://host/x/y" },
	{ "xml:base that is no address is ignored",
	    "<feed xml:base='javascript:x'><entry><link href='y'/></entry>"
	    "</feed>",
	    E0 "link", "http://host/dir/y" },
	{ "xml:base inside of XHTML",
	    ENTRY("<content type='xhtml'><div xml:base='http://o/'><a "
		  "href='y'>z</a></div></content>"),
	    E0 "content.0.value", "<div><a href=\"http://o/y\">z</a></div>" },
	{ "a guid that is a path", ITEM("<guid>/p/1</guid>"), E0 "id",
	    "http://host/p/1" },
	{ "any other guid stays", ITEM("<guid>p1</guid>"), E0 "id", "p1" },
};

#define JSON(x)                                                                \
	"{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"T\","     \
	"\"items\":[{" x "}]}"

static const struct feedfact json[] = {
	{ "id may be a number", JSON("\"id\":17"), E0 "id", "17" },
	{ "url", JSON("\"url\":\"/a\""), E0 "link", "http://host/a" },
	{ "external_url", JSON("\"external_url\":\"http://x/\""), E0 "link",
	    "http://x/" },
	{ "title is plain", JSON("\"title\":\"a<b\""), E0 "title", "a&lt;b" },
	{ "content_html", JSON("\"content_html\":\"<p>x\""),
	    E0 "content.0.type", "text/html" },
	{ "content_text", JSON("\"content_text\":\"x\""), E0 "content.0.type",
	    "text/plain" },
	{ "dates", JSON("\"date_published\":\"2024-01-27T10:00:00+02:00\""),
	    E0 "published", "2024-01-27T08:00:00Z" },
	{ "author of 1.0", JSON("\"author\":{\"name\":\"A\"}"), E0 "author",
	    "A" },
	{ "authors of 1.1", JSON("\"authors\":[{\"name\":\"A\"}]"), E0 "author",
	    "A" },
	{ "tags", JSON("\"tags\":[\"a\",7,\"b\"]"), E0 "tags.1.term", "b" },
	{ "attachments",
	    JSON("\"attachments\":[{\"url\":\"u\",\"mime_type\":\"t\","
		 "\"size_in_bytes\":9}]"),
	    E0 "enclosures.0.length", "9" },
	{ "a wrong type is nothing", JSON("\"title\":[1]"), E0 "title", NULL },
	{ "cut off: whole items stay",
	    "{\"items\":[{\"id\":\"1\"},{\"id\":\"2\",\"ti", E0 "id", "1" },
	{ "NUL does not end a text", JSON("\"title\":\"a\\u0000b\""),
	    E0 "title", "ab" },
	{ "and is no damage", JSON("\"title\":\"a\\u0000b\""), "status", "ok" },
	{ "a backslash before it is one", JSON("\"title\":\"a\\\\u0000b\""),
	    E0 "title", "a\\u0000b" },
	{ "a line break in a text", JSON("\"title\":\"a\nb\""), E0 "title",
	    "a b" },
	{ "is damage", JSON("\"title\":\"a\nb\""), "status", "damaged" },
	{ "an escape of another language", JSON("\"title\":\"it\\'s\""),
	    E0 "title", "it's" },
	{ "half of a character", JSON("\"title\":\"a \\ud83d b\""), E0 "title",
	    "a \xef\xbf\xbd b" },
	{ "a comma too many", "{\"items\":[{\"id\":\"1\",},]}", E0 "id", "1" },
	{ "JSON of something else", "{\"a\":1}", "status", "not_a_feed" },
};

static void
check_all(const struct feedfact *f, size_t n, const char *url)
{
	for (size_t i = 0; i < n; i++)
		feedfact_check(&f[i], url);
}

static void
formats_are_told_apart(void **state)
{
	(void)state;
	check_all(formats, ARRAY_LEN(formats), NULL);
}

static void
rss_elements_are_read(void **state)
{
	(void)state;
	check_all(rss, ARRAY_LEN(rss), NULL);
}

static void
atom_elements_are_read(void **state)
{
	(void)state;
	check_all(atom, ARRAY_LEN(atom), NULL);
}

static void
relative_links_become_absolute(void **state)
{
	(void)state;
	check_all(bases, ARRAY_LEN(bases), "http://host/dir/feed");
}

static void
json_feeds_are_read(void **state)
{
	(void)state;
	check_all(json, ARRAY_LEN(json), "http://host/dir/feed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_are_told_apart),
		cmocka_unit_test(rss_elements_are_read),
		cmocka_unit_test(atom_elements_are_read),
		cmocka_unit_test(relative_links_become_absolute),
		cmocka_unit_test(json_feeds_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
