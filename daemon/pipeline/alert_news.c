/* alert_news.c - a decided item as alerts look at it. */
#include "base/arena.h"
#include "copy/ledger.h"
#include "item/item.h"
#include "pipeline/alert.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"

void
alert_news_of(
    struct alert_news *n, const struct decided *dd, const struct related *rel)
{
	const struct ledger_change *c = &rel->account;
	const struct item *it = dd->item;
	struct alert_topic *v =
	    arena_calloc(it->arena, dd->topics.n, sizeof(*v));

	*n = (struct alert_news){
		.id = it->id,
		.url = it->url,
		.title = it->title_text,
		.feed = it->feed_name != NULL ? it->feed_name : it->feed,
		.origin = relate_origin(dd, rel),
		.story = rel->match.story,
		.cluster = it->id,
		.copy = rel->match.relation == RELATION_COPY,
		.edit = rel->again,
	};
	if (rel->accounted) {
		n->cluster = c->cluster;
		n->joined = c->joined;
		n->njoined = c->njoined;
		if (c->origin != NULL && c->origin[0] != '\0')
			n->origin = c->origin;
	}
	for (size_t i = 0; i < dd->topics.n; i++)
		if (dd->topics.v[i].level > TOPIC_NONE)
			v[n->ntopics++] =
			    (struct alert_topic){ dd->topics.v[i].topic,
				    dd->topics.v[i].level };
	n->topics = v;
}
