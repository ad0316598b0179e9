/* classify.c - the gatherer's pure half: an item to a decided item. */
#include <stdlib.h>

#include "base/arena.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "text/furniture.h"
#include "text/html.h"
#include "text/token.h"

static bool
any_topic(const struct topic_results *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->v[i].level > TOPIC_NONE)
			return true;
	}
	return false;
}

/* Matches are rare: evaluating them once more for the evidence costs less
 * than collecting it for every item. */
static void
add_evidence(struct decided *dd, const struct classify_params *p)
{
	struct topic_results all;
	size_t n = 0;

	topic_eval(p->topics, dd->tokens, dd->item->arena, true, p->only, &all);
	for (size_t i = 0; i < all.n; i++) {
		if (all.v[i].level > TOPIC_NONE)
			all.v[n++] = all.v[i];
	}
	dd->topics.v = all.v;
	dd->topics.n = n;
}

struct decided *
classify_item(struct item *it, const struct classify_params *p)
{
	const struct token_params tp = { 0, 0 };
	struct decided *dd = xcalloc(1, sizeof(*dd));

	item_make_text(it, p->limits);
	if (p->furniture != NULL)
		furniture_mark(p->furniture, it);
	dd->item = it;
	dd->tokens = tokens_make(it->arena, it, &tp);
	topic_eval(
	    p->topics, dd->tokens, it->arena, p->explain, p->only, &dd->topics);
	if (!p->explain && !p->bare && any_topic(&dd->topics))
		add_evidence(dd, p);
	dd->rules = arena_strdup(it->arena, topic_set_hash(p->topics));
	if (p->explain || any_topic(&dd->topics))
		dd->sig = signature_make(it, dd->tokens, &p->key);
	return dd;
}

void
decided_free(struct decided *dd)
{
	if (dd == NULL)
		return;
	signature_free(dd->sig);
	item_free(dd->item);
	free(dd);
}
