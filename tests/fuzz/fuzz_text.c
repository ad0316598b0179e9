/* fuzz_text.c - HTML, tokens, furniture, signatures: nothing breaks them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "copy/copies.h"
#include "item/item.h"
#include "text/html.h"
#include "text/token.h"

#define TEXT_LIMIT 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
expect(bool holds)
{
	if (!holds)
		abort();
}

/* Offsets stand in their texts, in order; words are valid and not empty. */
static void
check_tokens(const struct tokens *tk)
{
	for (size_t i = 0; i < tk->n; i++) {
		const struct token *t = &tk->v[i];

		expect(t->field < FIELD_COUNT && t->zone < ZONE_COUNT);
		expect(t->len > 0 && t->word_len > 0);
		expect(t->off + t->len <= strlen(tk->text[t->field]));
		expect(utf8_valid(tk->words + t->word, t->word_len));
		expect(tk->words[t->word + t->word_len] == '\0');
		expect(i == 0 || tk->v[i - 1].pos < t->pos);
		expect(i == 0 || tk->v[i - 1].sentence <= t->sentence);
	}
}

static void
check_signature(const struct item *it, const struct tokens *tk)
{
	struct signature *s = signature_make(it, tk, &hash_key_fixed), *back;
	json_t *j = signature_encode(s);

	back = signature_decode(j);
	expect(back != NULL);
	json_decref(j);
	signature_free(back);
	signature_free(s);
}

/* The first line is the title, the rest the content. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct item_limits limits = { 4096, TEXT_LIMIT, 65536 };
	struct item *it = item_new();
	struct item_content content = { .type = "text/html" };
	const uint8_t *nl;
	struct strbuf sb;

	if (memchr(data, '\0', size) != NULL)
		size = strlen((const char *)data);
	nl = memchr(data, '\n', size);
	if (nl != NULL) {
		it->title = arena_strndup(
		    it->arena, (const char *)data, (size_t)(nl - data));
		size -= (size_t)(nl - data) + 1;
		data = nl + 1;
	}
	content.value = arena_strndup(it->arena, (const char *)data, size);
	it->contents = &content;
	it->ncontents = 1;
	item_make_text(it, &limits);
	expect(utf8_valid(it->text, strlen(it->text)));
	expect(utf8_valid(it->title_text, strlen(it->title_text)));
	expect(strchr(it->title_text, '\n') == NULL);
	check_tokens(tokens_make(it->arena, it, NULL));
	check_signature(it, tokens_make(it->arena, it, NULL));

	strbuf_init(&sb, TEXT_LIMIT);
	text_normalise(&sb, content.value, size);
	expect(utf8_valid(sb.data, sb.len));
	check_tokens(tokens_of_text(it->arena, FIELD_BODY, sb.data, sb.len));
	strbuf_fini(&sb);
	item_free(it);
	return 0;
}
