/* cmd_explain.c - why an item matches each topic, or does not. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/fsutil.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "client.h"
#include "config/config.h"
#include "item/item.h"
#include "pipeline/classify.h"
#include "pipeline/relate.h"
#include "replay.h"
#include "show.h"
#include "text/token.h"
#include "topic/topic.h"
#include "wiresift.h"

#define MAX_TEXT ((size_t)1 << 20)

static const char *const zones[ZONE_COUNT] = { "title", "lead", "body", "tail",
	"meta" };
static const char *const levels[] = { "none", "mentions", "ABOUT" };

struct explain {
	const struct topic_set *topics;
	bool json;
	size_t items; /* explained so far */
};

/* --- for people --- */

static void
show_signal(const struct topic_evidence *e)
{
	char factor[32];

	if (e->boost == 1)
		snprintf(factor, sizeof(factor), "%d", (int)e->weight);
	else
		snprintf(factor, sizeof(factor), "%d \xc3\x97%d",
		    (int)e->weight, (int)e->boost);
	printf("    %+4d  ", (int)e->points);
	tool_print(stdout, e->signal);
	/* The sign of multiplication has two bytes and one column. */
	printf("%*s  %-*s %-5s  \"", (int)(18 - MIN(strlen(e->signal), 18)), "",
	    e->boost == 1 ? 6 : 7, factor,
	    e->zone < ZONE_COUNT ? zones[e->zone] : "?");
	tool_print(stdout, e->quote != NULL ? e->quote : "");
	puts(e->caps ? "\"  caps?" : "\"");
}

static void
show_result(const struct topic_result *r)
{
	printf("  %-22s %-8s %3d/%d", r->topic, levels[r->level], (int)r->score,
	    (int)r->threshold);
	if (r->lacking != NULL && r->level != TOPIC_ABOUT) {
		fputs("   ", stdout);
		tool_print(stdout, r->lacking);
	}
	putchar('\n');
	for (size_t i = 0; i < r->nevidence; i++)
		show_signal(&r->evidence[i]);
}

/* What no rule has seen, and why. */
static void
show_skipped(const struct tokens *tk)
{
	uint32_t tail = tk->tail_lines - tk->learned_lines;
	bool site = false;

	for (size_t i = tk->first[FIELD_TITLE]; i < tk->first[FIELD_BODY]; i++)
		site |= tk->v[i].zone == ZONE_TAIL;
	if (tail > 0) {
		printf("  skipped: %s", PLURAL(tail, "line", "lines"));
		if (tk->tail_heading != NULL) {
			fputs(" after \"", stdout);
			tool_print(stdout, tk->tail_heading);
			putchar('"');
		}
		puts(" (zone tail)");
	}
	if (tk->learned_lines > 0)
		printf("  skipped: %s that the feed repeats (zone tail)\n",
		    PLURAL(tk->learned_lines, "line", "lines"));
	if (site)
		puts("  skipped: the site's name in the title (zone tail)");
	if (tk->nparts + tk->apart > 1)
		printf("  judged in %u parts: the best counts\n",
		    tk->nparts + tk->apart);
}

/* ", key value", if there is one. */
static void
show_also(const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	printf(", %s ", key);
	tool_print(stdout, value);
}

static void
show_footer(const struct decided *dd, const json_t *decision)
{
	const struct tokens *tk = dd->tokens;

	if (tk != NULL)
		show_skipped(tk);
	fputs("  ", stdout);
	tool_print(stdout, show_str(decision, "relation"));
	show_also("copy of", show_str(decision, "copy_of"));
	show_also("update of", show_str(decision, "update_of"));
	show_also("contains", show_str(decision, "embeds"));
	show_also("because", show_str(decision, "reason"));
	show_also("origin", show_str(decision, "origin"));
	show_also("lang", tk != NULL ? tk->lang : "");
	show_also("story", show_str(decision, "story"));
	putchar('\n');
	if (dd->item->passed_over != NULL) {
		fputs("  not sent: ", stdout);
		tool_print(stdout, dd->item->passed_over);
		putchar('\n');
	}
}

static void
show_decided(
    const struct explain *ex, const struct decided *dd, const json_t *decision)
{
	size_t shown = 0;

	tool_print(stdout, show_str(decision, "id"));
	fputs("  ", stdout);
	tool_print(stdout, dd->item->title_text);
	putchar('\n');
	for (size_t i = 0; i < dd->topics.n; i++) {
		const struct topic_result *r = &dd->topics.v[i];

		if (r->level == TOPIC_NONE && r->nevidence == 0)
			continue;
		show_result(r);
		shown++;
	}
	if (shown == 0)
		printf("  nothing of the signals of %s is in it\n",
		    PLURAL(topic_set_len(ex->topics), "topic", "topics"));
	show_footer(dd, decision);
}

/* --- for programs --- */

static void
print_decided(
    const struct explain *ex, const struct decided *dd, const json_t *decision)
{
	json_t *o = json_deep_copy(decision), *j;

	json_object_set_new(o, "title", json_string(dd->item->title_text));
	json_object_set_new(
	    o, "topics", topic_results_to_json(&dd->topics, ex->topics, true));
	if (dd->tokens != NULL) {
		json_object_set_new(o, "lang", json_string(dd->tokens->lang));
		json_object_set_new(
		    o, "skipped_lines", json_integer(dd->tokens->tail_lines));
		json_object_set_new(o, "learned_lines",
		    json_integer(dd->tokens->learned_lines));
		json_object_set_new(
		    o, "parts", json_integer(dd->tokens->nparts));
	}
	if (dd->item->passed_over != NULL)
		json_object_set_new(
		    o, "passed_over", json_string(dd->item->passed_over));
	json_object_del(o, "explain");
	j = json_pack("{s:o}", "explain", o);
	cmd_print_json(j);
	json_decref(j);
}

static void
explain_cb(void *cookie, const struct replay_result *r)
{
	struct explain *ex = cookie;
	const json_t *decision = json_object_get(r->decision, "decision");

	if (r->dd == NULL)
		return; /* the same item twice in one file */
	if (ex->items++ > 0 && !ex->json)
		putchar('\n');
	if (ex->json)
		print_decided(ex, r->dd, decision);
	else
		show_decided(ex, r->dd, decision);
}

/* --- where items come from --- */

/* Plain text: the first line is the title, the rest the body. */
static int
explain_text(struct replay *rp, const char *text, size_t len)
{
	const char *nl = memchr(text, '\n', len);
	size_t title_len = nl != NULL ? (size_t)(nl - text) : len;
	char why[256] = "the text is no UTF-8";
	json_t *j = json_object();
	int rv = -1;

	json_object_set_new(j, "title", json_stringn(text, title_len));
	if (nl != NULL)
		json_object_set_new(j, "content_text",
		    json_stringn(nl + 1, len - title_len - 1));
	json_object_set_new(j, "language", json_null());
	if (utf8_valid(text, len) && memchr(text, '\0', len) == NULL)
		rv = replay_json(rp, j, why, sizeof(why));
	if (rv == -1)
		tool_warnx("%s", why);
	json_decref(j);
	return rv == -1 ? TOOL_BAD_INPUT : TOOL_OK;
}

static bool
is_text(const struct strbuf *sb)
{
	const char *p = sb->data;

	if (strncmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	p += strspn(p, " \t\r\n");
	return *p != '<' && *p != '{';
}

static int
explain_file(struct replay *rp, const char *path)
{
	struct strbuf sb;
	int code;

	strbuf_init(&sb, MAX_TEXT);
	if (fs_read(path, &sb) == 0 && is_text(&sb))
		code = explain_text(rp, sb.data, sb.len);
	else
		code = replay_file(rp, path); /* it tells what is wrong */
	strbuf_fini(&sb);
	return code;
}

/* One archived item, as item_encode() or decided_encode() wrote it. */
static int
explain_archived(struct replay *rp, const json_t *j)
{
	const json_t *inner = json_object_get(j, "item");
	struct diag d;
	struct item *it;

	it = item_decode(json_is_object(inner) ? inner : j, &d);
	if (it == NULL) {
		tool_warnx("the daemon's answer is damaged: %s", d.msg);
		return TOOL_SOFTWARE;
	}
	replay_feed_item(rp, it, it->feed != NULL ? it->feed : "");
	return TOOL_OK;
}

static int
explain_asked(struct replay *rp, const char *config, const char *id)
{
	const json_t *list, *el;
	json_t *j;
	size_t i;
	int code;

	j = control_ask(
	    config, NULL, "explain", json_pack("{s:s}", "id", id), &code);
	if (j == NULL)
		return code;
	list = json_is_array(j) ? j : json_object_get(j, "items");
	if (json_is_array(list)) {
		json_array_foreach(list, i, el)
		{
			if (code == TOOL_OK)
				code = explain_archived(rp, el);
		}
	} else
		code = explain_archived(rp, j);
	json_decref(j);
	return code;
}

int
cmd_explain(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "text", required_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	struct explain ex = { .json = false };
	struct replay_options opt = {
		.all = true, .explain = true, .cb = explain_cb, .cookie = &ex
	};
	const char *path = NULL, *text = NULL;
	struct replay *rp;
	struct config *c;
	int ch, code;

	while ((ch = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		switch (ch) {
		case 'c':
			path = optarg;
			break;
		case 't':
			text = optarg;
			break;
		case 'j':
			ex.json = true;
			break;
		default:
			return tool_usage();
		}
	}
	if (argc - optind != (text == NULL ? 1 : 0))
		return tool_usage();
	if ((c = tool_config(path, &code)) == NULL)
		return code;
	ex.topics = c->topics;
	rp = replay_new(c, &opt);
	if (text != NULL)
		code = explain_text(rp, text, strlen(text));
	else if (strcmp(argv[optind], "-") == 0)
		code = replay_file(rp, "-");
	else if (access(argv[optind], F_OK) == 0)
		code = explain_file(rp, argv[optind]);
	else
		code = explain_asked(rp, path, argv[optind]);
	if (code == TOOL_OK && ex.items == 0) {
		tool_warnx("no item there");
		code = TOOL_NO;
	}
	replay_free(rp);
	config_free(c);
	return tool_flush(code);
}
