/* record.c - frames as the journal keeps them: evidence apart, size bounded. */
#include "store/record.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "item/item.h"
#include "store/journal.h"

/* Left for the cursor that a sender adds. */
#define RECORD_SPARE_BYTES (CURSOR_MAX + 32)

/* The item's texts: they are cut first, the longest first. */
static const char *const texts[] = { "content_html", "summary",
	"content_text" };

/* What an item that is too long loses then, in this order. */
static const char *const shed[] = { "attachments", "authors", "image",
	"banner_image", "external_url" };
static const char *const shed_ours[] = { "tags", "guid" };

static int
dump(struct strbuf *out, const json_t *frame)
{
	size_t max = RECORD_MAX_BYTES - RECORD_SPARE_BYTES;

	strbuf_reset(out);
	if (item_json_line(out, frame) == -1 || out->len > max)
		return -1;
	return 0;
}

static size_t
text_len(const json_t *item, const char *key)
{
	return json_string_length(json_object_get(item, key));
}

static void
halve(json_t *item, const char *key)
{
	const char *s = json_string_value(json_object_get(item, key));
	size_t len = text_len(item, key) / 2;

	while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
		len--;
	json_object_set_new(item, key, json_stringn(s, len));
}

/*
 * Make the texts shorter until the frame fits or nothing is left of them.
 * content_text is halved; the others say the same in other words, and go.
 */
static int
shorten_texts(json_t *item, struct strbuf *body, const json_t *frame)
{
	for (;;) {
		const char *longest = texts[0];

		for (size_t i = 1; i < ARRAY_LEN(texts); i++)
			if (text_len(item, texts[i]) >= text_len(item, longest))
				longest = texts[i];
		if (text_len(item, longest) == 0)
			return -1;
		if (strcmp(longest, "content_text") == 0)
			halve(item, longest);
		else
			json_object_del(item, longest);
		if (dump(body, frame) == 0)
			return 0;
	}
}

/* Drop these, one after the other, until the frame fits. */
static int
drop(json_t *o, const char *const *keys, size_t n, struct strbuf *body,
    const json_t *frame)
{
	for (size_t i = 0; i < n; i++) {
		json_object_del(o, keys[i]);
		if (dump(body, frame) == 0)
			return 0;
	}
	return -1;
}

static int
shrink(json_t *item, json_t *ours, struct strbuf *body, const json_t *frame)
{
	static const char *const last[] = { "title", "url" };

	json_object_set_new(ours, "truncated", json_true());
	if (shorten_texts(item, body, frame) == 0 ||
	    drop(item, shed, ARRAY_LEN(shed), body, frame) == 0 ||
	    drop(ours, shed_ours, ARRAY_LEN(shed_ours), body, frame) == 0)
		return 0;
	return drop(item, last, ARRAY_LEN(last), body, frame);
}

int
record_encode(json_t *frame, struct strbuf *body, struct strbuf *explain)
{
	json_t *update = json_object_get(frame, "update");
	json_t *holder = update != NULL ? update : frame;
	json_t *item = json_object_get(holder, "item");
	json_t *ours = json_object_get(item, "_wiresift");
	json_t *evidence = json_object_get(ours, "explain");

	strbuf_reset(explain);
	if (!json_is_object(frame))
		goto too_big;
	if (ours != NULL) {
		if (evidence != NULL) {
			if (item_json_line(explain, evidence) == -1)
				strbuf_reset(explain); /* we can do without */
			json_object_del(ours, "explain");
		}
		json_incref(ours); /* to the end, where senders look for it */
		json_object_del(item, "_wiresift");
		json_object_set_new(item, "_wiresift", ours);
	}
	if (item != NULL && update != NULL) {
		json_incref(item);
		json_object_del(update, "item");
		json_object_set_new(update, "item", item);
	}
	if (dump(body, frame) == 0)
		return 0;
	if (ours != NULL && shrink(item, ours, body, frame) == 0)
		return 0;
too_big:
	errno = EMSGSIZE;
	return -1;
}

int
record_topics_pack(struct strbuf *out, const struct journal_topic *v, size_t n)
{
	strbuf_reset(out);
	if (n > RECORD_MAX_TOPICS) {
		errno = EMSGSIZE;
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t score = (uint32_t)v[i].score;
		unsigned int levels = (unsigned int)v[i].level |
				      (unsigned int)v[i].fresh << 2 |
				      (unsigned int)v[i].was << 4 |
				      (unsigned int)v[i].looked_back << 6;
		char head[5] = { (char)levels, (char)(score & 0xff),
			(char)(score >> 8 & 0xff), (char)(score >> 16 & 0xff),
			(char)(score >> 24 & 0xff) };

		strbuf_append(out, head, sizeof(head));
		strbuf_append(out, v[i].name, strlen(v[i].name) + 1);
	}
	if (strbuf_over(out)) {
		errno = EMSGSIZE;
		return -1;
	}
	return 0;
}

int
record_topics_unpack(const void *blob, size_t len, struct journal_topic **v,
    size_t *size, size_t *n)
{
	const unsigned char *p = blob, *end = p + len;

	*n = 0;
	while (p < end) {
		const unsigned char *nul;
		struct journal_topic *t;

		if (end - p < 6 || p[0] >> 7 != 0 || (p[0] & 3) > TOPIC_ABOUT ||
		    (p[0] >> 2 & 3) > TOPIC_ABOUT ||
		    (p[0] >> 4 & 3) > TOPIC_ABOUT || *n == RECORD_MAX_TOPICS ||
		    (nul = memchr(p + 5, '\0', (size_t)(end - p) - 5)) == NULL)
			return -1;
		if (*n == *size) {
			*size = *size == 0 ? 16 : *size * 2;
			*v = xreallocarray(*v, *size, sizeof(**v));
		}
		t = &(*v)[(*n)++];
		t->level = (enum topic_level)(p[0] & 3);
		t->fresh = p[0] >> 2 & 3;
		t->was = (enum topic_level)(p[0] >> 4 & 3);
		t->looked_back = p[0] >> 6 != 0;
		t->score =
		    (int32_t)((uint32_t)p[1] | (uint32_t)p[2] << 8 |
			      (uint32_t)p[3] << 16 | (uint32_t)p[4] << 24);
		t->name = (const char *)p + 5;
		p = nul + 1;
	}
	return 0;
}

static uint64_t
sum_str(uint64_t sum, const char *s)
{
	return hash_mix(sum, s == NULL ? 1 : hash_str(&hash_key_fixed, s));
}

uint64_t
record_sum(const struct record *r, const void *topics, size_t len)
{
	uint64_t sum = hash_mix(r->seq, (uint64_t)r->at_ms);

	sum = hash_mix(sum, (uint64_t)r->kind << 8 | (uint64_t)r->relation);
	sum = sum_str(sum, r->feed);
	sum = sum_str(sum, r->item_id);
	sum = sum_str(sum, r->lang);
	sum = sum_str(sum, r->story);
	sum = hash_mix(sum, hash_bytes(&hash_key_fixed, topics, len));
	sum = hash_mix(sum, hash_bytes(&hash_key_fixed, r->body, r->body_len));
	if (r->explain != NULL)
		sum = hash_mix(sum,
		    hash_bytes(&hash_key_fixed, r->explain, r->explain_len));
	/* Records of older versions have neither. */
	if (r->origin != NULL || r->origins != 0)
		sum = hash_mix(sum_str(sum, r->origin), r->origins);
	if (r->to != NULL)
		sum = sum_str(sum, r->to);
	return sum;
}
