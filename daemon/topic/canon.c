/* canon.c - write rules in one fixed spelling and hash it. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/strbuf.h"
#include "topic/canon.h"
#include "topic/rules.h"

/* Rules are limited by the YAML size; this is far above what they fill. */
#define CANON_LIMIT ((size_t)1 << 30)

/* A string with its length before it: no two rule sets write the same. */
/* In decimal, by hand: with 100,000 terms printf is a fifth of compiling. */
static void
canon_int(struct strbuf *sb, int64_t v, char behind)
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char buf[24], *p = buf + sizeof(buf);

	*--p = behind;
	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) > 0);
	if (v < 0)
		*--p = '-';
	strbuf_append(sb, p, (size_t)(buf + sizeof(buf) - p));
}

static void
canon_str(struct strbuf *sb, const char *s)
{
	size_t len;

	if (s == NULL) {
		strbuf_putc(sb, '-');
		return;
	}
	len = strlen(s);
	canon_int(sb, (int64_t)len, ':');
	strbuf_append(sb, s, len);
}

/* Depth is that of the YAML file, at most 32. */
static void
canon_node(struct strbuf *sb, const struct rules_node *n)
{
	if (n == NULL) {
		strbuf_puts(sb, "()");
		return;
	}
	strbuf_putc(sb, '(');
	canon_int(sb, n->op, ' ');
	canon_int(sb, n->within, ' ');
	canon_int(sb, n->ordered, ' ');
	canon_int(sb, n->atleast, ' ');
	canon_int(sb, n->in, ' ');
	canon_str(sb, n->text);
	canon_str(sb, n->lang);
	for (size_t i = 0; i < n->nkids; i++)
		canon_node(sb, n->kids[i]);
	strbuf_putc(sb, ')');
}

static void
canon_topic(struct strbuf *sb, const struct rules_topic *t)
{
	strbuf_puts(sb, "T");
	canon_str(sb, t->name);
	strbuf_printf(sb, "%d %d", t->threshold, t->mention);
	for (size_t i = 0; i < t->nlangs; i++)
		canon_str(sb, t->langs[i]);
	canon_node(sb, t->require);
	canon_node(sb, t->exclude);
	for (size_t i = 0; i < t->nsignals; i++) {
		const struct rules_signal *sg = &t->signals[i];

		canon_str(sb, sg->name);
		strbuf_printf(sb, "%d %d", sg->weight, sg->boost);
		canon_node(sb, sg->node);
	}
}

void
canon_hash(const struct rules *r, char out[65])
{
	struct strbuf sb;

	strbuf_init(&sb, CANON_LIMIT);
	strbuf_puts(&sb, "wiresift rules 1\n");
	for (size_t i = 0; i < r->nlists; i++) {
		const struct rules_list *l = &r->lists[i];

		strbuf_puts(&sb, "L");
		canon_str(&sb, l->name);
		for (size_t j = 0; j < l->nby_lang; j++) {
			canon_str(&sb, l->by_lang[j].lang);
			canon_node(&sb, l->by_lang[j].node);
		}
	}
	for (size_t i = 0; i < r->ntopics; i++)
		canon_topic(&sb, &r->topics[i]);
	/* Two independent halves make the 256 bits that the protocol shows. */
	hash_hex128(sb.data, sb.len, out);
	strbuf_puts(&sb, "second half");
	hash_hex128(sb.data, sb.len, out + 32);
	strbuf_fini(&sb);
}
