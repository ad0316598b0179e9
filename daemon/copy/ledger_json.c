/* ledger_json.c - stories told, and changes of the ledger kept as JSON once. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "copy/ledger.h"
#include "item/item_json.h"

/* --- from a store that had JSON --- */

static int
get_topics(
    struct arena *a, const json_t *v, struct ledger_topic **out, size_t *n)
{
	const json_t *el;
	size_t i;

	if (!json_is_array(v))
		return -1;
	*out = arena_calloc(a, json_array_size(v), sizeof(**out));
	json_array_foreach(v, i, el)
	{
		const char *name = json_string_value(json_array_get(el, 0));
		json_int_t level = json_integer_value(json_array_get(el, 1));

		if (name == NULL || level < 0 || level > 2)
			return -1;
		(*out)[i].name = arena_strdup(a, name);
		(*out)[i].level = (uint8_t)level;
		(*out)[i].score =
		    (int32_t)json_integer_value(json_array_get(el, 2));
	}
	*n = json_array_size(v);
	return 0;
}

static int
get_origins(struct arena *a, const json_t *v, struct ledger_change *c)
{
	const json_t *el;
	size_t i;

	if (!json_is_array(v))
		return -1;
	c->origins = arena_calloc(a, json_array_size(v), sizeof(*c->origins));
	json_array_foreach(v, i, el)
	{
		const char *name = json_string_value(json_array_get(el, 0));
		json_int_t texts = json_integer_value(json_array_get(el, 1));

		if (name == NULL || texts < 1 || texts > UINT32_MAX)
			return -1;
		c->origins[i].name = arena_strdup(a, name);
		c->origins[i].texts = (uint32_t)texts;
	}
	c->norigins = json_array_size(v);
	return 0;
}

int
ledger_decode(
    struct arena *a, const json_t *j, int64_t at, struct ledger_change *c)
{
	const json_t *told = json_object_get(j, "told");
	const json_t *joined = json_object_get(j, "joined"), *el;
	size_t i;

	memset(c, 0, sizeof(*c));
	c->at = at;
	c->cluster = item_get_str(a, j, "cluster");
	c->story = item_get_str(a, j, "story");
	c->origin = item_get_str(a, j, "origin");
	c->agency = json_is_true(json_object_get(j, "agency"));
	c->weight = (uint32_t)json_integer_value(json_object_get(j, "weight"));
	c->since = json_integer_value(json_object_get(j, "since"));
	c->items = (uint64_t)json_integer_value(json_object_get(j, "items"));
	if (c->cluster == NULL || c->story == NULL || c->origin == NULL ||
	    get_topics(a, json_object_get(j, "topics"), &c->topics,
		&c->ntopics) == -1 ||
	    get_origins(a, json_object_get(j, "origins"), c) == -1)
		return -1;
	c->story_topics = c->topics;
	c->nstory_topics = c->ntopics;
	if (told != NULL &&
	    get_topics(a, told, &c->story_topics, &c->nstory_topics) == -1)
		return -1;
	json_array_foreach(joined, i, el)
	{
		if (json_is_string(el) && c->njoined < ARRAY_LEN(c->joined))
			c->joined[c->njoined++] =
			    arena_strdup(a, json_string_value(el));
	}
	return 0;
}

/* --- told --- */

json_t *
ledger_story_frame(const struct ledger_change *c, const char *item_id)
{
	json_t *o = json_object(), *topics = json_array();
	json_t *origins = json_array(), *joined = json_array();

	for (size_t i = 0; i < c->norigins; i++)
		json_array_append_new(origins, json_string(c->origins[i].name));
	for (size_t i = 0; i < c->nstory_topics; i++)
		json_array_append_new(
		    topics, json_string(c->story_topics[i].name));
	for (size_t i = 0; i < c->njoined; i++)
		json_array_append_new(joined, json_string(c->joined[i]));
	item_put_str(o, "id", c->story);
	item_put_str(o, "why", c->njoined > 0 ? "joined" : "origin");
	item_put_str(o, "item", item_id);
	item_put_time(o, "since", c->since);
	json_object_set_new(o, "items", json_integer((json_int_t)c->items));
	json_object_set_new(o, "origins", origins);
	json_object_set_new(o, "topics", topics);
	if (c->njoined > 0)
		json_object_set(o, "joined", joined);
	json_decref(joined);
	return json_pack("{s:o}", "story", o);
}
