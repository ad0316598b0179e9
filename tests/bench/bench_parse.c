/*
 * bench_parse.c - reading feeds to items against bare Expat, and sfeed.
 *
 * Makes its own feeds (seeded, always the same): 70 % RSS, 25 % Atom, 5 % RDF,
 * 40 % of them with whole articles, 60 % of the texts in CDATA, the others
 * escaped, half with curly quotes. Bare Expat gets the same documents in
 * chunks of 64 KiB, without handlers. Process CPU time; document by document
 * in turns, and of each the best of all rounds. sfeed reads one large RSS
 * document from a file.
 */
#include <expat.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "feed/feed.h"

#define FEEDS 800
#define ITEMS 25
#define ROUNDS 7
#define CHUNK ((size_t)65536)
#define LIMIT ((size_t)64 << 20)

enum kind { RSS, ATOM, RDF };

static uint64_t seed = 20240127;

static unsigned int
pick(unsigned int n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(seed >> 33) % n;
}

static const char *const words[] = { "the", "of", "and", "to", "in", "a",
	"talks", "ministers", "border", "river", "harvest", "council", "said",
	"that", "after", "before", "storm", "railway", "minister", "vote",
	"price", "oil", "bridge", "court", "ruling", "harbour", "strike",
	"village", "spokesman", "officials", "on", "Tuesday", "reported",
	"agency", "hundreds", "people", "was", "were", "with", "from", "region",
	"north", "capital", "budget", "school", "hospital" };

static void
sentence(struct strbuf *sb, bool curly)
{
	unsigned int n = 8 + pick(14);

	for (unsigned int i = 0; i < n; i++) {
		if (i > 0)
			(void)strbuf_putc(sb, ' ');
		(void)strbuf_puts(sb, words[pick(ARRAY_LEN(words))]);
		if (curly && pick(12) == 0)
			(void)strbuf_puts(sb, "\xe2\x80\x99s");
	}
	(void)strbuf_puts(sb, ". ");
}

static void
html(struct strbuf *sb, bool whole, bool curly)
{
	unsigned int paragraphs = whole ? 6 + pick(8) : 1;

	for (unsigned int p = 0; p < paragraphs; p++) {
		(void)strbuf_puts(sb, "<p>");
		for (unsigned int s = 0; s < 3; s++)
			sentence(sb, curly);
		if (pick(3) == 0)
			(void)strbuf_printf(sb,
			    "<a href=\"https://news.example.com/%u\" "
			    "class=\"more\">read on</a>",
			    pick(100000));
		(void)strbuf_puts(sb, "</p>\n");
	}
}

static void
put_text(struct strbuf *sb, const struct strbuf *text, bool cdata)
{
	if (cdata) {
		(void)strbuf_puts(sb, "<![CDATA[");
		(void)strbuf_append(sb, text->data, text->len);
		(void)strbuf_puts(sb, "]]>");
		return;
	}
	for (size_t i = 0; i < text->len; i++) {
		char c = text->data[i];

		if (c == '<')
			(void)strbuf_puts(sb, "&lt;");
		else if (c == '>')
			(void)strbuf_puts(sb, "&gt;");
		else
			(void)strbuf_putc(sb, c);
	}
}

static void
put_item(struct strbuf *sb, enum kind kind, unsigned int id, bool whole)
{
	struct strbuf text;
	bool curly = pick(2) == 0;

	strbuf_init(&text, LIMIT);
	(void)strbuf_puts(
	    sb, kind == ATOM ? "<entry><title>" : "<item><title>");
	sentence(sb, curly);
	html(&text, whole, curly);
	if (kind == ATOM) {
		(void)strbuf_printf(sb,
		    "</title><link rel=\"alternate\" type=\"text/html\" "
		    "href=\"https://news.example.com/a/%u\"/><id>tag:example"
		    ".com,2024:%u</id><updated>2024-01-27T%02u:%02u:00Z"
		    "</updated><author><name>Ana Writer</name></author>"
		    "<category term=\"world\"/><content type=\"html\">",
		    id, id, id % 24, id % 60);
		put_text(sb, &text, pick(10) < 6);
		(void)strbuf_puts(sb, "</content></entry>\n");
	} else {
		(void)strbuf_printf(sb,
		    "</title><link>https://news.example.com/a/%u</link>"
		    "<guid isPermaLink=\"false\">id-%u</guid><pubDate>Sat, 27 "
		    "Jan 2024 %02u:%02u:00 +0000</pubDate><dc:creator>Ana "
		    "Writer</dc:creator><category>world</category>"
		    "<description>",
		    id, id, id % 24, id % 60);
		put_text(sb, &text, pick(10) < 6);
		(void)strbuf_puts(sb, "</description></item>\n");
	}
	strbuf_fini(&text);
}

static void
put_feed(struct strbuf *sb, enum kind kind, unsigned int items)
{
	static const char *const heads[] = {
		"<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/"
		"1.1/\"><channel><title>Wire</title><link>https://news.example"
		".com/</link><description>All news</description>\n",
		"<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Wire"
		"</title><id>https://news.example.com/</id>\n",
		"<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-"
		"ns#\" xmlns=\"http://purl.org/rss/1.0/\" xmlns:dc=\"http://"
		"purl.org/dc/elements/1.1/\"><channel><title>Wire</title>"
		"</channel>\n",
	};
	static const char *const tails[] = { "</channel></rss>", "</feed>",
		"</rdf:RDF>" };
	bool whole = pick(10) < 4;

	(void)strbuf_puts(sb, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
	(void)strbuf_puts(sb, heads[kind]);
	for (unsigned int i = 0; i < items; i++)
		put_item(sb, kind, pick(1000000), whole);
	(void)strbuf_puts(sb, tails[kind]);
}

static double
cpu_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* The least time of each document over all rounds: what is not noise. */
struct least {
	double expat[FEEDS], ours[FEEDS];
	size_t items;
};

static double
run_expat(XML_Parser p, const struct strbuf *doc)
{
	double t = cpu_now();

	for (size_t off = 0; off < doc->len; off += CHUNK) {
		size_t len = MIN(doc->len - off, CHUNK);

		if (XML_Parse(p, doc->data + off, (int)len,
			off + len == doc->len) != XML_STATUS_OK)
			abort();
	}
	XML_ParserReset(p, "UTF-8");
	return cpu_now() - t;
}

static double
run_feed(const struct strbuf *doc, size_t *items)
{
	struct feed_limits limits = feed_limits_default;
	struct feed_input in = { .body = doc->data,
		.len = doc->len,
		.url = "https://news.example.com/feed" };
	struct feed_doc *fd;
	double t = cpu_now();

	limits.max_body_bytes = LIMIT;
	limits.max_items = 1000000;
	fd = feed_parse(&in, &limits);
	if (fd->status != FEED_OK)
		abort();
	*items = fd->nitems;
	feed_doc_free(fd);
	return cpu_now() - t;
}

static void
one_round(struct least *l, const struct strbuf *docs, XML_Parser p)
{
	l->items = 0;
	for (size_t i = 0; i < FEEDS; i++) {
		double t = run_expat(p, &docs[i]);
		size_t n;

		l->expat[i] = MIN(l->expat[i], t);
		t = run_feed(&docs[i], &n);
		l->ours[i] = MIN(l->ours[i], t);
		l->items += n;
	}
}

/* CPU seconds of sfeed over a file, or -1 when it is not installed. */
static double
run_sfeed(const char *file)
{
	struct rusage ru;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();

	if (pid == 0) {
		if (freopen(file, "r", stdin) == NULL ||
		    freopen("/dev/null", "w", stdout) == NULL)
			_exit(126);
		execlp("sfeed", "sfeed", (char *)NULL);
		_exit(127);
	}
	if (pid == -1 || wait4(pid, &status, 0, &ru) == -1 ||
	    !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return -1;
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

static int
verdict(const char *what, double ratio, double floor)
{
	printf("%-28s %5.2f (at least %.2f) %s\n", what, ratio, floor,
	    ratio >= floor ? "PASS" : "FAIL");
	return ratio >= floor ? 0 : 1;
}

/* One large RSS document, because sfeed reads one. */
static int
against_sfeed(void)
{
	char file[] = "/tmp/wiresift-bench-XXXXXX";
	struct strbuf doc;
	double ours = 1e9, theirs = 1e9;
	size_t items;
	int fd = mkstemp(file);

	strbuf_init(&doc, LIMIT);
	put_feed(&doc, RSS, 12000);
	if (fd == -1 || write(fd, doc.data, doc.len) != (ssize_t)doc.len)
		abort();
	for (int r = 0; r < ROUNDS; r++) {
		double t = run_sfeed(file);

		theirs = MIN(theirs, t);
		t = run_feed(&doc, &items);
		ours = MIN(ours, t);
	}
	close(fd);
	unlink(file);
	printf("one RSS of %.1f MB, %zu items: %.0f MB/s\n",
	    (double)doc.len / 1e6, items, (double)doc.len / 1e6 / ours);
	strbuf_fini(&doc);
	if (theirs < 0) {
		printf("sfeed is not installed: not compared\n");
		return 0;
	}
	return verdict("items / sfeed", theirs / ours, 1.0);
}

int
main(void)
{
	static struct strbuf docs[FEEDS];
	static struct least l;
	XML_Parser p = XML_ParserCreate("UTF-8");
	double expat = 0, ours = 0, bytes = 0;
	int bad;

	/* As the gatherer does: memory that comes back is kept. */
	mallopt(M_TRIM_THRESHOLD, 16 << 20);
	mallopt(M_MMAP_THRESHOLD, 1 << 20);
	for (size_t i = 0; i < FEEDS; i++) {
		unsigned int k = pick(100);

		strbuf_init(&docs[i], LIMIT);
		put_feed(&docs[i], k < 70 ? RSS : k < 95 ? ATOM : RDF, ITEMS);
		bytes += (double)docs[i].len / 1e6;
		l.expat[i] = l.ours[i] = 1e9;
	}
	for (int r = 0; r < ROUNDS; r++)
		one_round(&l, docs, p);
	for (size_t i = 0; i < FEEDS; i++) {
		expat += l.expat[i];
		ours += l.ours[i];
		strbuf_fini(&docs[i]);
	}
	XML_ParserFree(p);
	printf("%d feeds, %.1f MB, %zu items: Expat %.0f MB/s, items %.0f "
	       "MB/s, %.0f items/s\n",
	    FEEDS, bytes, l.items, bytes / expat, bytes / ours,
	    (double)l.items / ours);
	bad = verdict("items / bare Expat", expat / ours, 0.80);
	bad |= against_sfeed();
	return bad;
}
