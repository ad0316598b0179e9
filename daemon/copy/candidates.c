/* candidates.c - remembered texts that share rare keys with this one. */
#include "copy/candidates.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/macros.h"
#include "base/xmalloc.h"
#include "copy/doc.h"
#include "copy/postings.h"

#define FEW_SHINGLES 60 /* with fewer all are keys, else one in four */
#define KEY_WORDS 12    /* heaviest words that are keys */
#define KEY_NAMES 8     /* and names of a full text */
#define VOTE_SHINGLE 1.0F
#define VOTE_WORD 1.5F
#define VOTE_TITLE 6.0F
#define VOTE_MIN 1.0F
#define MAX_KEYS 640   /* of one text */
#define BUDGET 3000    /* postings that one lookup sees */
#define PLACES 4096    /* for their votes: a power of two, over the budget */
#define RANKS 8        /* lists by length, doubling */
#define ASKED_FIRST 16 /* length of a list in which many are by chance */
#define ROUNDING 1e-3F /* of sums of votes, at most */

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

/* The `max` heaviest words of a doc, or of its names and numbers. */
static size_t
heaviest(const struct doc *d, bool facts, size_t max, uint32_t *out)
{
	uint32_t weight[KEY_WORDS];
	size_t n = 0;

	for (size_t i = 0; i < d->nwords; i++) {
		uint32_t x = DOC_WEIGHT(d->words[i].weight);
		size_t at = n;

		if ((facts && (d->words[i].weight & DOC_FACT) == 0) ||
		    (n == max && x <= weight[n - 1]))
			continue;
		if (n < max)
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

/* The words that are keys. Who rewords a long text keeps its names. */
static size_t
key_words(const struct doc *d, uint32_t out[KEY_WORDS + KEY_NAMES])
{
	size_t words = heaviest(d, false, KEY_WORDS, out), n = words;
	uint32_t names[KEY_NAMES];
	size_t nnames =
	    d->form == DOC_FULL ? heaviest(d, true, KEY_NAMES, names) : 0;

	for (size_t i = 0; i < nnames; i++) {
		size_t k = 0;

		while (k < words && out[k] != names[i])
			k++;
		if (k == words)
			out[n++] = names[i];
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
	uint32_t words[KEY_WORDS + KEY_NAMES];
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
	size_t max;               /* candidates asked for */
	uint32_t touched[BUDGET]; /* places with a vote */
	size_t n;
};

/* Where the vote for it is, or would be. */
static uint32_t
place_of(const struct vote *votes, uint32_t pos)
{
	uint32_t at = (pos * 2654435761U) >> 20 & (PLACES - 1);

	while (votes[at].pos != 0 && votes[at].pos != pos)
		at = (at + 1) & (PLACES - 1);
	return at;
}

static void
vote(struct voting *v, const uint32_t *found, size_t n, float by)
{
	struct vote *votes = v->cd->votes;

	for (size_t i = 0; i < n; i++) {
		uint32_t at = place_of(votes, found[i]);

		if (votes[at].pos == 0) {
			votes[at].pos = found[i];
			v->touched[v->n++] = at;
		}
		votes[at].sum += by;
	}
}

/* The same for those only that have a vote. */
static void
vote_again(struct voting *v, const uint32_t *found, size_t n, float by)
{
	struct vote *votes = v->cd->votes;

	for (size_t i = 0; i < n; i++) {
		uint32_t at = place_of(votes, found[i]);

		if (votes[at].pos != 0)
			votes[at].sum += by;
	}
}

/* The best of those with a vote, best first; how many. */
static size_t
best_votes(const struct voting *v, struct vote top[CANDIDATES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		struct vote x = v->cd->votes[v->touched[i]];
		size_t at;

		if (x.sum < VOTE_MIN)
			continue;
		if (n < v->max)
			at = n++;
		else if (n > 0 && x.sum > top[n - 1].sum)
			at = n - 1;
		else
			continue;
		for (; at > 0 && top[at - 1].sum < x.sum; at--)
			top[at] = top[at - 1];
		top[at] = x;
	}
	return n;
}

/*
 * Can a text that has no vote yet be among the best by `rest`, all that it
 * can still get?
 */
static bool
may_win(const struct voting *v, float rest)
{
	struct vote top[CANDIDATES_MAX];
	size_t n;

	rest *= 1.0F + ROUNDING;
	if (rest < VOTE_MIN)
		return false;
	n = best_votes(v, top);
	return n == 0 || n < v->max || rest > top[n - 1].sum;
}

static size_t
rank_of(uint32_t len)
{
	size_t r = 0;

	for (; len > 1 && r < RANKS - 1; len >>= 1)
		r++;
	return r;
}

/* Lists of which all was counted: their things, by rank. */
struct counted {
	size_t things[RANKS];
};

/* Is the budget spent before lists of `rank` have their turn? */
static bool
is_spent(const struct counted *c, size_t rank)
{
	size_t seen = 0;

	for (size_t r = 0; r < rank; r++)
		seen += c->things[r];
	return seen >= BUDGET;
}

/*
 * Bring near and count all lists that may be read: a part of each at a time,
 * so that the memory is waited for together.
 */
static void
count_all(const struct postings *ix, struct text_key *keys, size_t n)
{
	struct counted c = { { 0 } };
	uint16_t left[MAX_KEYS];
	size_t nleft = 0, shortest, kept;

	for (size_t i = 0; i < n; i++)
		keys[i].list = postings_find(ix, keys[i].key);
	for (size_t i = 0; i < n; i++) {
		struct postings_list *l = &keys[i].list;

		postings_count(ix, l);
		if (l->rest != 0)
			left[nleft++] = (uint16_t)i;
		else
			c.things[rank_of(l->len)] += l->len;
	}
	for (shortest = 1; nleft > 0; nleft = kept) {
		if (is_spent(&c, rank_of((uint32_t)shortest)))
			return;
		shortest = SIZE_MAX;
		kept = 0;
		for (size_t i = 0; i < nleft; i++) {
			struct postings_list *l = &keys[left[i]].list;

			postings_follow(ix, l);
			if (l->rest == 0) {
				c.things[rank_of(l->len)] += l->len;
				continue;
			}
			left[kept++] = left[i];
			shortest = MIN(shortest, l->len);
		}
	}
}

/* The keys that somebody has by the ranks of their lists, the rarest first. */
static size_t
rank_all(const struct text_key *keys, size_t n, uint16_t order[MAX_KEYS])
{
	uint8_t rank[MAX_KEYS];
	uint16_t at[RANKS + 1] = { 0 };

	for (size_t i = 0; i < n; i++) {
		rank[i] = (uint8_t)rank_of(keys[i].list.len);
		if (keys[i].list.len > 0)
			at[rank[i] + 1]++;
	}
	for (size_t k = 0; k < RANKS; k++)
		at[k + 1] = (uint16_t)(at[k + 1] + at[k]);
	for (size_t i = 0; i < n; i++) {
		if (keys[i].list.len > 0)
			order[at[rank[i]]++] = (uint16_t)i;
	}
	return at[RANKS];
}

/* What is read of a list, and what each of it gets. */
struct ballot {
	uint16_t from, n;
	float by;
};

/* The lists into found[], the rarest first, as long as the budget lasts. */
static size_t
read_all(const struct postings *ix, const struct text_key *keys, size_t n,
    uint32_t found[BUDGET], struct ballot ballots[MAX_KEYS])
{
	uint16_t order[MAX_KEYS];
	size_t seen = 0, i;

	n = rank_all(keys, n, order);
	for (i = 0; i < n && seen < BUDGET; i++) {
		const struct text_key *tk = &keys[order[i]];
		size_t m = postings_read(ix, tk->list, found + seen,
		    MIN(POSTINGS_LIST_MAX, BUDGET - seen));

		ballots[i] = (struct ballot){
			.from = (uint16_t)seen,
			.n = (uint16_t)m,
			.by = tk->vote / (1.0F + 0.02F * (float)m),
		};
		seen += m;
	}
	return i;
}

/*
 * All keys vote. Most texts are in one long list by chance, and when the
 * short ones are through it is clear that these cannot win: from then on only
 * those that have a vote get more. Asked when lists are twice as long again.
 */
static void
vote_all(struct voting *v, struct text_key *keys, size_t n)
{
	const struct postings *ix = v->cd->index;
	uint32_t found[BUDGET];
	struct ballot ballots[MAX_KEYS];
	float rest = 0.0F;
	size_t asked = ASKED_FIRST;
	bool open = true;

	count_all(ix, keys, n);
	n = read_all(ix, keys, n, found, ballots);
	for (size_t i = 0; i < n; i++)
		rest += ballots[i].by;
	for (size_t i = 0; i < n; i++) {
		const struct ballot *b = &ballots[i];

		if (open && b->n >= asked) {
			open = may_win(v, rest);
			asked = 2 * (size_t)b->n;
		}
		if (open)
			vote(v, found + b->from, b->n, b->by);
		else
			vote_again(v, found + b->from, b->n, b->by);
		rest -= b->by;
	}
}

size_t
candidates_find(const struct candidates *cd, const struct doc *d, size_t max,
    uint32_t *best)
{
	struct text_key keys[MAX_KEYS];
	struct voting v = { .cd = cd, .max = max };
	struct vote top[CANDIDATES_MAX];
	size_t n;

	vote_all(&v, keys, text_keys(cd, d, keys));
	n = best_votes(&v, top);
	for (size_t i = 0; i < v.n; i++)
		cd->votes[v.touched[i]] = (struct vote){ 0, 0.0F };
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
