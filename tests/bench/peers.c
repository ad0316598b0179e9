/* peers.c - Hyperscan, PCRE2 and libxml2, each if it is there. */
#include "peers.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "corpus.h"

#ifdef HAVE_LIBHS
#include <hs/hs.h>
#endif
#ifdef HAVE_LIBPCRE2_8
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#endif
#ifdef HAVE_LIBXML_2_0
#include <libxml/HTMLparser.h>
#endif

struct peer {
	size_t nterms;
	size_t hits;
#ifdef HAVE_LIBHS
	hs_database_t *db;
	hs_scratch_t *scratch;
#endif
#ifdef HAVE_LIBPCRE2_8
	pcre2_code **codes;
	pcre2_match_data *md;
#endif
};

#if defined(HAVE_LIBHS) || defined(HAVE_LIBPCRE2_8)
static char *
pattern(const char *term)
{
	struct strbuf sb;

	strbuf_init(&sb, 4096);
	strbuf_puts(&sb, "\\b");
	for (; *term != '\0'; term++) {
		if (*term == ' ')
			strbuf_puts(&sb, "\\s+");
		else
			strbuf_putc(&sb, *term);
	}
	strbuf_puts(&sb, "\\b");
	return strbuf_take(&sb);
}
#endif

#ifdef HAVE_LIBHS

struct peer *
peer_hyperscan(char *const *terms, size_t n)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	const char **patterns = xcalloc(n, sizeof(*patterns));
	unsigned int *flags = xcalloc(n, sizeof(*flags));
	unsigned int *ids = xcalloc(n, sizeof(*ids));
	hs_compile_error_t *err = NULL;

	p->nterms = n;
	for (size_t i = 0; i < n; i++) {
		patterns[i] = pattern(terms[i]);
		flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
		ids[i] = (unsigned int)i;
	}
	if (hs_compile_multi(patterns, flags, ids, (unsigned int)n,
		HS_MODE_BLOCK, NULL, &p->db, &err) != HS_SUCCESS ||
	    hs_alloc_scratch(p->db, &p->scratch) != HS_SUCCESS) {
		printf("Hyperscan: %s\n", err != NULL ? err->message : "?");
		exit(1);
	}
	for (size_t i = 0; i < n; i++)
		free((void *)(uintptr_t)patterns[i]);
	free(patterns);
	free(flags);
	free(ids);
	return p;
}

static int
hit_cb(unsigned int id, unsigned long long from, unsigned long long to,
    unsigned int flags, void *cookie)
{
	struct peer *p = cookie;

	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	p->hits++;
	return 0;
}

static void
run_hyperscan(struct peer *p, const struct corpus_doc *d)
{
	(void)hs_scan(
	    p->db, d->whole, (unsigned int)d->len, 0, p->scratch, hit_cb, p);
}

#else

struct peer *
peer_hyperscan(char *const *terms, size_t n)
{
	(void)terms;
	(void)n;
	return NULL;
}

#endif

#ifdef HAVE_LIBPCRE2_8

struct peer *
peer_pcre2(char *const *terms, size_t n)
{
	struct peer *p = xcalloc(1, sizeof(*p));
	PCRE2_SIZE at;
	int err;

	p->nterms = n;
	p->codes = xcalloc(n, sizeof(pcre2_code *));
	for (size_t i = 0; i < n; i++) {
		char *s = pattern(terms[i]);

		p->codes[i] = pcre2_compile((PCRE2_SPTR)s,
		    PCRE2_ZERO_TERMINATED, PCRE2_CASELESS, &err, &at, NULL);
		if (p->codes[i] == NULL ||
		    pcre2_jit_compile(p->codes[i], PCRE2_JIT_COMPLETE) != 0) {
			printf("PCRE2: no JIT\n");
			exit(1);
		}
		free(s);
	}
	p->md = pcre2_match_data_create(1, NULL);
	return p;
}

static void
run_pcre2(struct peer *p, const struct corpus_doc *d)
{
	for (size_t i = 0; i < p->nterms; i++)
		p->hits += pcre2_jit_match(p->codes[i], (PCRE2_SPTR)d->whole,
			       d->len, 0, 0, p->md, NULL) >= 0;
}

#else

struct peer *
peer_pcre2(char *const *terms, size_t n)
{
	(void)terms;
	(void)n;
	return NULL;
}

#endif

size_t
peer_run(struct peer *p, size_t every)
{
	p->hits = 0;
	for (size_t i = 0; i < CORPUS_DOCS; i += every) {
#ifdef HAVE_LIBHS
		if (p->db != NULL)
			run_hyperscan(p, &corpus_docs[i]);
#endif
#ifdef HAVE_LIBPCRE2_8
		if (p->codes != NULL)
			run_pcre2(p, &corpus_docs[i]);
#endif
	}
	return p->hits;
}

void
peer_free(struct peer *p)
{
	if (p == NULL)
		return;
#ifdef HAVE_LIBHS
	hs_free_database(p->db);
	hs_free_scratch(p->scratch);
#endif
#ifdef HAVE_LIBPCRE2_8
	for (size_t i = 0; p->codes != NULL && i < p->nterms; i++)
		pcre2_code_free(p->codes[i]);
	free(p->codes);
	pcre2_match_data_free(p->md);
#endif
	free(p);
}

#ifdef HAVE_LIBXML_2_0

static void
characters_cb(void *cookie, const xmlChar *s, int len)
{
	(void)s;
	*(size_t *)cookie += (size_t)len;
}

size_t
peer_libxml2(void)
{
	htmlSAXHandler sax;
	size_t n = 0;

	memset(&sax, 0, sizeof(sax));
	sax.characters = characters_cb;
	for (size_t i = 0; i < CORPUS_DOCS; i++) {
		const char *html = corpus_docs[i].html;
		htmlParserCtxtPtr cx = htmlCreatePushParserCtxt(
		    &sax, &n, NULL, 0, NULL, XML_CHAR_ENCODING_UTF8);

		htmlParseChunk(cx, html, (int)strlen(html), 1);
		htmlFreeParserCtxt(cx);
	}
	return n;
}

#else

size_t
peer_libxml2(void)
{
	return 0;
}

#endif
