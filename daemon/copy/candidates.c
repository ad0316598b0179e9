/* candidates.c - remembered texts that share rare keys with this one. */
#include "copy/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/doc.h"
#include "copy/postings.h"

#define FEW_SHINGLES 60 /* with fewer all are keys, else one in four */
#define KEY_WORDS 12    /* heaviest words that are keys */
#define VOTE_SHINGLE 1.0F
#define VOTE_WORD 1.5F
#define VOTE_TITLE 6.0F
#define VOTE_MIN 1.0F
#define MAX_KEYS 640 /* of one text */
#define BUDGET 3000  /* postings that one lookup sees */
#define PLACES 4096  /* for their votes: a power of two, over the budget */
#define RANKS 8      /* lists by length, doubling */

enum key_kind {
	KEY_SHINGLE = 1,
	KEY_WORD,
	KEY_TITLE,
	KEY_BODY,
	KEY_URL,
	KEY_IDENTITY,
	KEY_KINDS,
};

struct candidates {
	struct postings *index;
	uint64_t keys[KEY_KINDS];
	struct vote {
		uint32_t pos; /* 0 = free; all are, between lookups */
		float sum;
	} * votes;
};

static const enum key_kind name_kinds[] = {
	[NAME_URL] = KEY_URL,
	[NAME_IDENTITY] = KEY_IDENTITY,
};

struct candidates *
candidates_new(const struct hash_key *key)
{
	struct candidates *cd = xcalloc(1, sizeof(*cd));

	cd->index = postings_new();
	for (uint64_t i = 0; i < KEY_KINDS; i++)
		cd->keys[i] = hash_mix(key->k[1], i);
	cd->votes = xcalloc(PLACES, sizeof(*cd->votes));
	return cd;
}

void
candidates_free(struct candidates *cd)
{
	if (cd == NULL)
		return;
	postings_free(cd->index);
	free(cd->votes);
	free(cd);
}

static uint32_t
key_of(const struct candidates *cd, enum key_kind kind, uint64_t value)
{
	return (uint32_t)(hash_mix(cd->keys[kind], value) >> 32);
}

/* The heaviest words of a doc, KEY_WORDS at most, by their hashes. */
static size_t
key_words(const struct doc *d, uint32_t out[KEY_WORDS])
{
	uint32_t weight[KEY_WORDS];
	size_t n = 0;

	for (size_t i = 0; i < d->nwords; i++) {
		uint32_t x = DOC_WEIGHT(d->words[i].weight);
		size_t at = n;

		/* Who rewords a long text keeps its names. */
		if (d->form == DOC_FULL && (d->words[i].weight & DOC_FACT) != 0)
			x += x / 2;
		if (n == KEY_WORDS && x <= weight[n - 1])
			continue;
		if (n < KEY_WORDS)
			n++;
		else
			at = n - 1;
		while (at > 0 && weight[at - 1] < x) {
			weight[at] = weight[at - 1];
			out[at] = out[at - 1];
			at--;
		}
		weight[at] = x;
		out[at] = d->words[i].hash;
	}
	return n;
}

struct text_key {
	uint32_t key;
	float vote;
	struct postings_list list;
};

/* The keys by which similar texts are found. */
static size_t
text_keys(const struct candidates *cd, const struct doc *d,
    struct text_key out[MAX_KEYS])
{
	uint32_t words[KEY_WORDS];
	size_t nwords = key_words(d, words), n = 0;

	if (d->title_hash != 0)
		out[n++] = (struct text_key){
			.key = key_of(cd, KEY_TITLE, d->title_hash),
			.vote = VOTE_TITLE,
		};
	for (size_t i = 0; i < nwords; i++)
		out[n++] = (struct text_key){
			.key = key_of(cd, KEY_WORD, words[i]),
			.vote = VOTE_WORD,
		};
	for (size_t i = 0; i < d->nshingles && n < MAX_KEYS; i++) {
		uint32_t h = d->shingles[i].hash;

		if (d->nshingles < FEW_SHINGLES || h % 4 == 0)
			out[n++] = (struct text_key){
				.key = key_of(cd, KEY_SHINGLE, h),
				.vote = VOTE_SHINGLE,
			};
	}
	for (size_t i = 0; i < n; i++)
		postings_expect(cd->index, out[i].key);
	return n;
}

void
candidates_add(struct candidates *cd, const struct doc *d, uint32_t pos)
{
	struct text_key keys[MAX_KEYS];
	size_t n = text_keys(cd, d, keys);

	/* Their lists too are brought near, before the first is changed. */
	for (size_t i = 0; i < n; i++)
		(void)postings_find(cd->index, keys[i].key);
	for (size_t i = 0; i < n; i++)
		postings_add(cd->index, keys[i].key, pos);
}

void
candidates_add_name(struct candidates *cd, enum candidates_name kind,
    uint64_t value, uint32_t pos)
{
	postings_add(cd->index, key_of(cd, name_kinds[kind], value), pos);
}

void
candidates_expire(struct candidates *cd, uint32_t pos)
{
	postings_expire(cd->index, pos);
}

struct voting {
	const struct candidates *cd;
	uint32_t touched[BUDGET]; /* places with a vote */
	size_t n, seen;
};

static void
vote(struct voting *v, uint32_t pos, float by)
{
	uint32_t at = (pos * 2654435761U) >> 20 & (PLACES - 1);
	struct vote *votes = v->cd->votes;

	while (votes[at].pos != 0 && votes[at].pos != pos)
		at = (at + 1) & (PLACES - 1);
	if (votes[at].pos == 0) {
		votes[at].pos = pos;
		v->touched[v->n++] = at;
	}
	votes[at].sum += by;
}

static size_t
rank_of(uint32_t len)
{
	size_t r = 0;

	for (; len > 1 && r < RANKS - 1; len >>= 1)
		r++;
	return r;
}

/* The keys that somebody has, by the ranks of their lists: where each begins.
 */
static void
rank_all(const struct postings *ix, struct text_key *keys, size_t n,
    uint16_t *order, uint16_t first[RANKS + 1])
{
	uint8_t rank[MAX_KEYS];
	uint16_t at[RANKS];

	memset(first, 0, (RANKS + 1) * sizeof(first[0]));
	for (size_t i = 0; i < n; i++) {
		keys[i].list = postings_find(ix, keys[i].key);
		rank[i] = (uint8_t)rank_of(keys[i].list.len);
		if (keys[i].list.len > 0)
			first[rank[i] + 1]++;
	}
	for (size_t r = 0; r < RANKS; r++) {
		first[r + 1] = (uint16_t)(first[r + 1] + first[r]);
		at[r] = first[r];
	}
	for (size_t i = 0; i < n; i++) {
		if (keys[i].list.len > 0)
			order[at[rank[i]]++] = (uint16_t)i;
	}
}

/* All keys vote, the rarest first, as long as the budget lasts. */
static void
vote_all(struct voting *v, struct text_key *keys, size_t n)
{
	const struct postings *ix = v->cd->index;
	uint32_t found[POSTINGS_LIST_MAX];
	uint16_t order[MAX_KEYS], first[RANKS + 1];

	rank_all(ix, keys, n, order, first);
	for (size_t i = 0; i < first[RANKS] && v->seen < BUDGET; i++) {
		const struct text_key *tk = &keys[order[i]];
		size_t m = postings_read(ix, tk->list, found,
		    MIN(ARRAY_LEN(found), BUDGET - v->seen));
		float by = tk->vote / (1.0F + 0.02F * (float)m);

		for (size_t k = 0; k < m; k++)
			vote(v, found[k], by);
		v->seen += m;
	}
}

size_t
candidates_find(const struct candidates *cd, const struct doc *d, size_t max,
    uint32_t *best)
{
	struct text_key keys[MAX_KEYS];
	struct voting v = { .cd = cd };
	struct vote top[CANDIDATES_MAX] = { 0 };
	size_t n = 0;

	vote_all(&v, keys, text_keys(cd, d, keys));
	for (size_t i = 0; i < v.n; i++) {
		struct vote *place = &cd->votes[v.touched[i]], x = *place;
		size_t at;

		*place = (struct vote){ 0, 0.0F };
		if (x.sum < VOTE_MIN)
			continue;
		if (n < max)
			at = n++;
		else if (n > 0 && x.sum > top[n - 1].sum)
			at = n - 1;
		else
			continue;
		for (; at > 0 && top[at - 1].sum < x.sum; at--)
			top[at] = top[at - 1];
		top[at] = x;
	}
	for (size_t i = 0; i < n; i++)
		best[i] = top[i].pos;
	return n;
}

size_t
candidates_named(const struct candidates *cd, enum candidates_name kind,
    uint64_t value, uint32_t *out, size_t max)
{
	uint32_t key = key_of(cd, name_kinds[kind], value);

	return postings_read(
	    cd->index, postings_find(cd->index, key), out, max);
}

size_t
candidates_bytes(const struct candidates *cd)
{
	return sizeof(*cd) + PLACES * sizeof(*cd->votes) +
	       postings_bytes(cd->index);
}
