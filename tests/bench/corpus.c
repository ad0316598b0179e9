/* corpus.c - texts and terms for the bench of topics. */
#include "corpus.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/macros.h"
#include "base/strbuf.h"

#define NWORDS 60000

struct corpus_doc corpus_docs[CORPUS_DOCS];
size_t corpus_bytes, corpus_html_bytes;

static uint32_t doc_words[CORPUS_DOCS][CORPUS_WORDS];
static char words[NWORDS][12]; /* of 2 to 11 letters */
static uint64_t seed = 88172645463325252u;

static uint32_t
rnd(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

static void
make_words(void)
{
	static const char consonants[] = "bcdfglmnprstvz", vowels[] = "aeiou";

	for (size_t i = 0; i < NWORDS; i++) {
		size_t len = 2 + rnd(i < 200 ? 4 : 10);

		for (size_t j = 0; j < len; j++)
			words[i][j] =
			    j % 2 ? vowels[rnd(5)] : consonants[rnd(14)];
	}
}

static uint32_t
zipf(void)
{
	double u = (double)rnd(1000000) / 1000000.0, v = 1.0;

	for (int i = 0; i < 11; i++)
		v *= 1.0 + u * 0.718281828 * 2.1; /* about NWORDS^u */
	return MIN((uint32_t)v - 1, NWORDS - 1);
}

/* The text in two paragraphs, with a link, an entity and a script. */
static char *
make_html(const char *text)
{
	size_t half = strlen(text) / 2;
	struct strbuf sb;

	strbuf_init(&sb, 65536);
	half += strcspn(text + half, " ");
	strbuf_puts(&sb, "<div class=\"entry\"><p>");
	strbuf_append(&sb, text, half);
	strbuf_puts(&sb, " &mdash; <a href=\"https://news.example.com/1\" "
			 "class=\"more\">read on</a></p>\n<script>var a = "
			 "\"b\";</script><p>");
	strbuf_puts(&sb, text + half);
	strbuf_puts(&sb, "</p></div>\n");
	return strbuf_take(&sb);
}

static void
make_doc(struct corpus_doc *d, uint32_t *w)
{
	struct strbuf sb, whole;

	strbuf_init(&sb, 65536);
	strbuf_init(&whole, 65536);
	for (size_t j = 0; j < CORPUS_WORDS; j++) {
		w[j] = zipf();
		strbuf_puts(&sb, words[w[j]]);
		if (j == 9)
			d->title = strbuf_take(&sb);
		else
			strbuf_puts(&sb, j % 14 == 13 ? ". " : " ");
	}
	d->text = strbuf_take(&sb);
	d->html = make_html(d->text);
	strbuf_printf(&whole, "%s.\n%s", d->title, d->text);
	d->len = whole.len;
	d->whole = strbuf_take(&whole);
	corpus_bytes += strlen(d->title) + strlen(d->text);
	corpus_html_bytes += strlen(d->html);
	strbuf_fini(&sb);
	strbuf_fini(&whole);
}

void
corpus_make(void)
{
	make_words();
	for (size_t i = 0; i < CORPUS_DOCS; i++)
		make_doc(&corpus_docs[i], doc_words[i]);
}

void
corpus_free(void)
{
	for (size_t i = 0; i < CORPUS_DOCS; i++) {
		free(corpus_docs[i].title);
		free(corpus_docs[i].text);
		free(corpus_docs[i].whole);
		free(corpus_docs[i].html);
	}
}

char *
corpus_term(void)
{
	uint32_t len = 1 + rnd(4), w[4] = { 0 };
	bool rare = false, absent = rnd(2) == 0;
	struct strbuf sb;

	while (!rare) {
		const uint32_t *d = doc_words[rnd(CORPUS_DOCS)];
		uint32_t at = rnd(CORPUS_WORDS - 4);

		for (uint32_t i = 0; i < len; i++) {
			w[i] = absent ? rnd(NWORDS) : d[at + i];
			rare = rare || w[i] >= 1000;
		}
	}
	strbuf_init(&sb, 64);
	for (uint32_t i = 0; i < len; i++)
		strbuf_printf(&sb, "%s%s", i > 0 ? " " : "", words[w[i]]);
	return strbuf_take(&sb);
}
