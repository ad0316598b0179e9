/*
 * fuzz_rules.c - any bytes as a rule file and a text, and what must hold then.
 *
 * The input is rules, a NUL, a title, a NUL, a body. Beside not crashing: a
 * refused file has a fault that names it; the presearch finds what a full
 * look finds; scores add up from the evidence; quotes and spans lie in the
 * text.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "config/rules_load.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"
#include "topic/lint.h"
#include "topic/rules.h"
#include "topic/topic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Small, so that the fuzzer meets the limits too. */
static const struct topic_limits limits = {
	.max_terms = 500,
	.max_topics = 50,
	.max_nodes = 2000,
	.max_depth = 32,
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
check_evidence(const struct topic_result *r, const struct tokens *tk)
{
	int64_t sum = 0;

	for (size_t i = 0; i < r->nevidence; i++) {
		const struct topic_evidence *ev = &r->evidence[i];

		sum += (int64_t)ev->weight * ev->boost;
		must(ev->boost >= 1 && ev->boost <= 3, "boost is 1 to 3");
		must(utf8_valid(ev->quote, strlen(ev->quote)), "quote");
		for (size_t j = 0; j < ev->nspans; j++) {
			const struct topic_span *sp = &ev->spans[j];
			const char *text = tk->text[sp->field];

			must(sp->len > 0, "a span has words");
			must((size_t)sp->off + sp->len <= strlen(text),
			    "a span lies in its text");
			must(sp->zone != ZONE_TAIL, "furniture is invisible");
		}
	}
	if (r->nevidence > 0 || r->threshold != r->score)
		must(sum == r->score, "the evidence adds up");
}

static void
check_item(const struct topic_set *ts, const char *title, const char *body)
{
	static const struct token_params tp = { 0, 10 };
	struct item *it = item_new();
	struct topic_results quick, full;
	struct strbuf t, b;
	struct tokens *tk;
	size_t q = 0;

	strbuf_init(&t, 1 << 20);
	strbuf_init(&b, 1 << 20);
	text_normalise(&t, title, strlen(title));
	text_normalise(&b, body, strlen(body));
	it->title_text = t.data;
	it->text = b.data;
	tk = tokens_make(it->arena, it, &tp);
	topic_eval(ts, tk, it->arena, false, NULL, &quick);
	topic_eval(ts, tk, it->arena, true, NULL, &full);
	must(full.n == topic_set_len(ts), "explain tells every topic");
	for (size_t i = 0; i < full.n; i++) {
		const struct topic_result *r = &full.v[i];

		check_evidence(r, tk);
		must((r->lacking == NULL) == (r->level == TOPIC_ABOUT),
		    "what is not about lacks something");
		if (r->level == TOPIC_NONE)
			continue;
		must(q < quick.n && quick.v[q].topic == r->topic &&
			 quick.v[q].score == r->score &&
			 quick.v[q].level == r->level,
		    "quick and full agree");
		q++;
	}
	must(q == quick.n, "quick finds no more than full");
	strbuf_fini(&t);
	strbuf_fini(&b);
	item_free(it);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *title, *body;
	struct rules_file f;
	struct topic_set *ts = NULL;
	struct rules *r;
	struct diags ds;

	memcpy(text, data, size);
	text[size] = '\0';
	f = (struct rules_file){ "f.yaml", text, strlen(text) };
	title = text + MIN(size, f.len + 1);
	body = title + strlen(title);
	body += body < text + size;
	diags_init(&ds, 4);
	r = rules_load(&f, 1, &ds);
	if (r != NULL)
		ts = topic_compile(r, &limits, &ds);
	must((ts == NULL) == (ds.errors > 0), "a fault is told");
	if (ds.errors > 0)
		must(strcmp(ds.v[0].file, "f.yaml") == 0, "a fault is placed");
	if (ts != NULL) {
		topic_lint(r, &ds);
		check_item(ts, title, body);
	}
	topic_set_free(ts);
	rules_free(r);
	diags_fini(&ds);
	free(text);
	return 0;
}
