/* cmd_opml.c - subscriptions in and out as OPML. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/fsutil.h"
#include "base/plural.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "config/config_keys.h"
#include "config/schema.h"
#include "feed/opml.h"
#include "wiresift.h"

#define OUT_MAX ((size_t)64 << 20)

/* A YAML scalar in double quotes, with JSON's escapes. */
static void
put_yaml(struct strbuf *out, const char *key, const char *s)
{
	json_t *j = s != NULL ? json_string(s) : NULL;
	char *text = j != NULL ? json_dumps(j, JSON_ENCODE_ANY) : NULL;

	if (text != NULL)
		strbuf_printf(out, "    %s: %s\n", key, text);
	free(text);
	json_decref(j);
}

static void
put_topics(struct strbuf *out, const char *globs)
{
	strbuf_puts(out, "    topics: [");
	for (const char *p = globs; *p != '\0';) {
		size_t n = strcspn(p, " ");

		if (n > 0)
			strbuf_printf(out, "%s\"%.*s\"", p == globs ? "" : ", ",
			    (int)n, p);
		p += n + strspn(p + n, " ");
	}
	strbuf_puts(out, "]\n");
}

/* A list to the feeds of a file for feeds.d. */
static void
put_feeds(struct strbuf *out, const struct opml *o)
{
	strbuf_puts(out, o->nfeeds == 0 ? "feeds: []\n" : "feeds:\n");
	for (size_t i = 0; i < o->nfeeds; i++) {
		const struct opml_feed *f = &o->feeds[i];
		json_t *url = json_string(f->url);
		char *text = json_dumps(url, JSON_ENCODE_ANY);

		strbuf_printf(out, "  - url: %s\n", text);
		free(text);
		json_decref(url);
		put_yaml(out, "id", f->id);
		put_yaml(out, "name", f->name);
		if (f->every_s > 0)
			strbuf_printf(out, "    every: %us\n", f->every_s);
		put_yaml(out, "first_fetch", f->first_fetch);
		put_yaml(out, "max_age", f->max_age);
		put_yaml(out, "language", f->language);
		if (f->topics != NULL)
			put_topics(out, f->topics);
		if (f->allow_private)
			strbuf_puts(out, "    allow_private: true\n");
	}
}

static int
print(const struct strbuf *out)
{
	if (strbuf_over(out)) {
		tool_warnx("more than 64 MiB of output; split the list");
		return TOOL_BAD_INPUT;
	}
	fwrite(out->data, 1, out->len, stdout);
	return tool_flush(TOOL_OK);
}

static int
import_file(const char *path)
{
	struct arena *a = arena_new(0);
	struct strbuf in, out;
	struct diag d = { 0 };
	struct opml *o;
	char msg[1024];
	int code;

	strbuf_init(&in, OPML_MAX_BYTES);
	strbuf_init(&out, OUT_MAX);
	if ((strcmp(path, "-") == 0 ? fs_read_fd(0, &in)
				    : fs_read(path, &in)) == -1) {
		tool_warn("%s", path);
		code = errno == EFBIG ? TOOL_BAD_INPUT : TOOL_NO_FILE;
	} else if ((o = opml_parse(a, path, in.data, in.len, &d)) == NULL) {
		fprintf(stderr, "%s\n", diag_str(&d, msg, sizeof(msg)));
		code = TOOL_BAD_INPUT;
	} else {
		put_feeds(&out, o);
		code = print(&out);
		if (o->repeated > 0)
			tool_warnx("%s twice in the list; taken once",
			    PLURAL(o->repeated, "feed stood", "feeds stood"));
	}
	strbuf_fini(&in);
	strbuf_fini(&out);
	arena_free(a);
	return code;
}

static const char *
join_topics(struct arena *a, const struct config_feed *f)
{
	const char *s = NULL;

	for (size_t i = 0; i < f->ntopics; i++)
		s = s == NULL ? f->topics[i]
			      : arena_printf(a, "%s %s", s, f->topics[i]);
	return s;
}

/* A setting of a feed, as wiresift.yaml has it. */
static const char *
setting(struct arena *a, const char *key, const struct config_feed *f)
{
	const char *s;
	struct strbuf sb;

	strbuf_init(&sb, 256);
	schema_print(config_feed_key(key), f, &sb);
	s = arena_strndup(a, sb.data, sb.len);
	strbuf_fini(&sb);
	return s;
}

static void
warn_secrets(size_t n, bool with)
{
	if (n == 0)
		return;
	if (with)
		tool_warnx("the list holds secrets of %s; do not share it",
		    PLURAL(n, "feed", "feeds"));
	else
		tool_warnx("secrets in the urls of %s are left out, and nobody "
			   "can fetch those; --with-secrets keeps them",
		    PLURAL(n, "feed", "feeds"));
}

static int
export_config(const char *path, bool with_secrets)
{
	size_t nsecret = 0;
	struct arena *a;
	struct strbuf out;
	struct opml o = { .title = "wiresift" };
	struct config *c;
	int code = TOOL_OK;

	if ((c = tool_config(path, &code)) == NULL)
		return code;
	a = arena_new(0);
	o.feeds = arena_calloc(a, c->nfeeds + 1, sizeof(*o.feeds));
	for (size_t i = 0; i < c->nfeeds; i++) {
		const struct config_feed *f = &c->feeds[i];

		if (f->url == NULL) {
			tool_warnx(
			    "%s: left out; OPML has no local files", f->name);
			continue;
		}
		nsecret += strcmp(f->url, f->shown) != 0;
		o.feeds[o.nfeeds++] = (struct opml_feed){
			.url = with_secrets ? f->url : f->shown,
			.name = f->name != f->key ? f->name : NULL,
			.id = f->id,
			.every_s = f->every_s != c->every_s ? f->every_s : 0,
			.first_fetch = f->first_fetch != c->first_fetch
					   ? setting(a, "first_fetch", f)
					   : NULL,
			.max_age = f->max_age_s != c->max_age_s
				       ? setting(a, "max_age", f)
				       : NULL,
			.language = f->language,
			.topics = join_topics(a, f),
			.allow_private = f->allow_private,
		};
	}
	strbuf_init(&out, OUT_MAX);
	if (opml_write(&out, &o) == -1)
		out.over = true; /* print() says so; never half a list */
	code = print(&out);
	warn_secrets(nsecret, with_secrets);
	strbuf_fini(&out);
	arena_free(a);
	config_free(c);
	return code;
}

int
cmd_opml(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "with-secrets", no_argument, NULL, 'S' },
		{ NULL, 0, NULL, 0 },
	};
	const char *config = NULL, *what;
	bool with_secrets = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		if (c == 'c')
			config = optarg;
		else if (c == 'S')
			with_secrets = true;
		else
			return tool_usage();
	}
	if (optind == argc)
		return tool_usage();
	what = argv[optind++];
	if (strcmp(what, "import") == 0 && optind + 1 == argc)
		return import_file(argv[optind]);
	if (strcmp(what, "export") == 0 && optind == argc)
		return export_config(config, with_secrets);
	return tool_usage();
}
