/* furniture_title.c - the site's name before or behind a feed's titles. */
#include <ctype.h>
#include <string.h>

#include "base/macros.h"
#include "item/item.h"
#include "text/furniture_priv.h"

#define AFFIX_MAX_BYTES 60
#define AFFIX_MAX_WORDS 6
#define OWN_MIN_WORDS 2 /* of a title without it */
#define TITLES_MAX 64   /* then all counts are halved */
#define LEARN_TITLES 3
#define LEARN_UNNAMED 5
#define NAME_MAX_BYTES 200

static const char *const separators[] = { " | ", " - ", " \342\200\223 ",
	" \342\200\224 ", " :: ", " \342\200\242 ", " \302\267 ", " // ",
	" \302\273 " };

/* A name that ends with one of these is that of a site. */
static const char *const media[] = { "news", "times", "daily", "post", "tv",
	"herald", "journal", "tribune", "gazette", "online", "radio",
	"magazine", "chronicle", "observer" };

static size_t
words_in(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] != ' ' && (i == 0 || s[i - 1] == ' ');
	return n;
}

/* Where the part behind the last separator begins, that included; 0 = none. */
static size_t
suffix_at(const char *title, size_t len)
{
	size_t best = 0, width = 0;

	for (size_t i = len; i-- > 1 && best == 0;) {
		if (title[i] != ' ')
			continue;
		for (size_t k = 0; k < ARRAY_LEN(separators); k++) {
			width = strlen(separators[k]);
			if (len - i > width &&
			    memcmp(title + i, separators[k], width) == 0) {
				best = i;
				break;
			}
		}
	}
	if (best == 0 || len - best - width > AFFIX_MAX_BYTES ||
	    words_in(title + best + width, len - best - width) >
		AFFIX_MAX_WORDS ||
	    words_in(title, best) < OWN_MIN_WORDS)
		return 0;
	return best;
}

/* Where the part up to the first separator ends, that included; 0 = none.
 * *name is its length without it. */
static size_t
prefix_end(const char *title, size_t len, size_t *name)
{
	for (size_t i = 1; i < MIN(len, AFFIX_MAX_BYTES); i++) {
		size_t end = 0;

		*name = i;
		if (title[i] == ':' && i + 2 < len && title[i + 1] == ' ')
			end = i + 2;
		for (size_t k = 0; k < ARRAY_LEN(separators) && end == 0; k++) {
			size_t width = strlen(separators[k]);

			if (title[i] == ' ' && len - i > width &&
			    memcmp(title + i, separators[k], width) == 0)
				end = i + width;
		}
		if (end == 0)
			continue;
		return words_in(title, i) <= AFFIX_MAX_WORDS &&
			       words_in(title + end, len - end) >= OWN_MIN_WORDS
			   ? end
			   : 0;
	}
	return 0;
}

/* Letters and digits of s, small; what of it is no ASCII stays. */
static size_t
squeeze(char *out, size_t size, const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < size; i++) {
		unsigned char c = (unsigned char)s[i];

		if (isalnum(c) || c >= 0x80)
			out[n++] = (char)tolower(c);
	}
	out[n] = '\0';
	return n;
}

/* Is `name`, squeezed, one label of the host in this URL? */
static bool
is_host_label(const char *url, const char *name)
{
	const char *p = strstr(url, "://");

	for (p = p != NULL ? p + 3 : url; *p != '\0' && *p != '/';) {
		size_t len = strcspn(p, "./:");
		char label[NAME_MAX_BYTES];

		if (len >= 3 && squeeze(label, sizeof(label), p, len) > 0 &&
		    strcmp(label, name) == 0)
			return true;
		p += len;
		if (*p == ':')
			break;
		p += *p == '.';
	}
	return false;
}

/* Does this part of a title name its site, and not what it is about? */
static bool
is_site_name(const struct item *it, const char *site, const char *s, size_t len)
{
	const char *names[] = { it->feed_name, site };
	char name[NAME_MAX_BYTES], other[NAME_MAX_BYTES];
	size_t last = len;

	if (squeeze(name, sizeof(name), s, len) == 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (names[i] != NULL &&
		    squeeze(other, sizeof(other), names[i], strlen(names[i])) >
			0 &&
		    strcmp(name, other) == 0)
			return true;
	}
	if ((it->feed != NULL && is_host_label(it->feed, name)) ||
	    (it->url != NULL && is_host_label(it->url, name)))
		return true;
	while (last > 0 && s[last - 1] != ' ')
		last--;
	if (last == 0)
		return false; /* "News: " alone is a section */
	(void)squeeze(name, sizeof(name), s + last, len - last);
	for (size_t i = 0; i < ARRAY_LEN(media); i++) {
		if (strcmp(name, media[i]) == 0)
			return true;
	}
	return false;
}

static uint32_t
affix_hash(const struct furniture *f, const char *s, size_t len, bool before)
{
	return (uint32_t)hash_mix(hash_bytes(&f->key, s, len), before);
}

static struct affix *
affix_find(struct furniture *f, uint32_t hash)
{
	struct affix *least = &f->affixes[0];

	for (size_t i = 0; i < f->naffixes; i++) {
		if (f->affixes[i].hash == hash)
			return &f->affixes[i];
		if (f->affixes[i].n < least->n)
			least = &f->affixes[i];
	}
	if (f->naffixes < MAX_AFFIXES)
		least = &f->affixes[f->naffixes++];
	*least = (struct affix){ .hash = hash };
	return least;
}

static void
see_affix(struct furniture *f, uint32_t hash, uint16_t title, bool named)
{
	struct affix *x = affix_find(f, hash);

	x->named = named;
	if (x->n > 0 && x->title == title)
		return;
	x->title = title;
	x->n++;
}

void
furniture_learn_title(
    struct furniture *f, const struct item *it, const char *site)
{
	const char *t = it->title_text;
	size_t len = strlen(t), at, name;
	uint16_t title = (uint16_t)hash_bytes(&f->key, t, len);

	if (++f->titles > TITLES_MAX) {
		f->titles /= 2;
		for (size_t i = 0; i < f->naffixes; i++)
			f->affixes[i].n /= 2;
	}
	if ((at = suffix_at(t, len)) > 0) {
		size_t from = at + 1 + strcspn(t + at + 1, " ");

		see_affix(f, affix_hash(f, t + at, len - at, false), title,
		    is_site_name(it, site, t + from, len - from));
	}
	/* What stands before may be a country or a subject: names only. */
	if ((at = prefix_end(t, len, &name)) > 0 &&
	    is_site_name(it, site, t, name))
		see_affix(f, affix_hash(f, t, at, true), title, true);
}

static bool
is_learned(const struct furniture *f, uint32_t hash)
{
	for (size_t i = 0; i < f->naffixes; i++) {
		const struct affix *x = &f->affixes[i];

		if (x->hash != hash)
			continue;
		if (x->named)
			return x->n >= LEARN_TITLES && x->n * 8U >= f->titles;
		return x->n >= LEARN_UNNAMED && x->n * 2U >= f->titles;
	}
	return false;
}

void
furniture_title_bounds(
    const struct furniture *f, const char *title, size_t *from, size_t *to)
{
	size_t len = strlen(title), at, name;

	*from = 0;
	*to = len;
	if (f->naffixes == 0)
		return;
	if ((at = suffix_at(title, len)) > 0 &&
	    is_learned(f, affix_hash(f, title + at, len - at, false)))
		*to = at;
	if ((at = prefix_end(title, *to, &name)) > 0 &&
	    is_learned(f, affix_hash(f, title, at, true)))
		*from = at;
}
