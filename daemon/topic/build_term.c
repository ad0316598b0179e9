/* build_term.c - compile one term to atoms. */
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/utf8.h"
#include "text/token.h"
#include "topic/build.h"
#include "topic/term.h"

static uint32_t
term_refuse(struct builder *b, const struct rules_node *rn, const char *word,
    const char *what)
{
	diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line, rn->mark.col,
	    "\"%.60s\" in term \"%.80s\" %s", word, rn->text, what);
	return NODE_NO;
}

/* Letters of a word, roughly: code points. */
static size_t
letters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/*
 * One alternative may be several tokens ("al-Asad"); its mark goes to each,
 * an open end only to the last.
 */
static bool
term_atoms(struct builder *b, const struct rules_node *rn,
    const struct context *cx, const struct term_word *w, struct u32vec *out)
{
	const char *lang = cx->lang != NULL ? cx->lang : "en";
	struct tokens *tk;

	tk = tokens_of_text(b->term, FIELD_BODY, w->text, strlen(w->text));
	if (tk->n == 0) {
		term_refuse(b, rn, w->text,
		    "can never match; expected a letter or a digit");
		return false;
	}
	for (size_t i = 0; i < tk->n; i++) {
		const struct token *t = &tk->v[i];
		const char *folded = tk->words + t->word;
		enum atom_kind kind = w->kind;
		uint32_t atom;

		if (i > 0 && t->pos != tk->v[i - 1].pos + 1) {
			term_refuse(b, rn, w->text,
			    "can never match: a phrase does not cross "
			    "punctuation; write the words apart");
			return false;
		}
		if (kind == ATOM_PREFIX && i + 1 < tk->n)
			kind = ATOM_FOLD;
		if (kind == ATOM_PREFIX && letters(folded) < 2) {
			term_refuse(b, rn, folded,
			    "is too short a prefix; at least 2 letters");
			return false;
		}
		atom = index_atom(b->ts->index, kind, folded, t->exact, lang);
		if (atom == ATOM_NO) {
			term_refuse(b, rn, w->text,
			    kind == ATOM_STEM
				? "needs a stemmer that there is not for this "
				  "list's language; write the forms out or "
				  "use prefix*"
				: "is too long a prefix; at most 63 bytes");
			return false;
		}
		u32vec_add(out, atom);
	}
	return true;
}

static bool
term_code(struct builder *b, const struct rules_node *rn,
    const struct context *cx, const struct term *term, struct u32vec *code)
{
	struct u32vec chain = { 0 };
	bool ok = true;

	u32vec_add(code, (uint32_t)term->nslots);
	for (size_t i = 0; i < term->nslots && ok; i++) {
		const struct term_slot *sl = &term->slots[i];

		u32vec_add(code, sl->gap << 16 | (uint32_t)sl->nwords);
		for (size_t j = 0; j < sl->nwords && ok; j++) {
			chain.n = 0;
			ok = term_atoms(b, rn, cx, &sl->words[j], &chain);
			if (chain.n != 1)
				u32vec_add(
				    code, CODE_CHAIN | (uint32_t)chain.n);
			for (size_t k = 0; k < chain.n; k++)
				u32vec_add(code, chain.v[k]);
		}
	}
	free(chain.v);
	return ok;
}

uint32_t
build_term(
    struct builder *b, const struct rules_node *rn, const struct context *cx)
{
	struct node nd = {
		.op = NODE_TERM, .flags = NODE_SPANS, .mask = (uint16_t)cx->in
	};
	struct u32vec code = { 0 };
	struct term term;
	uint32_t id = NODE_NO;

	arena_reset(b->term);
	if (term_parse(b->term, rn->text, &rn->mark, &term, b->ds) == -1)
		return NODE_NO;
	if (term_code(b, rn, cx, &term, &code)) {
		nd.label = build_string(b, rn->text);
		id = build_add(b, &nd, code.v, code.n);
	}
	free(code.v);
	if (b->ts->nterms > b->limits->max_terms && !b->full) {
		b->full = true;
		diags_add(b->ds, DIAG_ERROR, rn->mark.file, rn->mark.line,
		    rn->mark.col, "too many terms; at most %zu in all",
		    b->limits->max_terms);
	}
	return b->full ? NODE_NO : id;
}
