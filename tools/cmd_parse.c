/* cmd_parse.c - `wiresift parse`: one feed document as neutral JSON. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/macros.h"
#include "base/strbuf.h"
#include "feed/feed.h"
#include "wiresift.h"

/* A header's value in the object of FEED_HEADERS, in any case, or NULL. */
static const char *
header(json_t *headers, const char *name)
{
	const char *key;
	json_t *value;

	json_object_foreach(headers, key, value)
	{
		if (strcasecmp(key, name) == 0)
			return json_string_value(value);
	}
	return NULL;
}

/* 0, or the exit code. */
static int
read_document(const char *path, struct strbuf *sb)
{
	int rv = strcmp(path, "-") == 0 ? fs_read_fd(STDIN_FILENO, sb)
					: fs_read(path, sb);

	if (rv == 0)
		return TOOL_OK;
	tool_warn("%s", path);
	return errno == EFBIG ? TOOL_BAD_INPUT : TOOL_NO_FILE;
}

static int
print_document(const struct feed_input *in)
{
	struct feed_doc *doc = feed_parse(in, &feed_limits_default);
	json_t *j = feed_doc_to_json(doc);
	int code = TOOL_OK;

	json_dumpf(j, stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
	putchar('\n');
	if (doc->status != FEED_OK && doc->nitems == 0 &&
	    doc->status != FEED_DAMAGED) {
		tool_warnx("%s: %s", feed_status_name(doc->status), doc->why);
		code = TOOL_BAD_INPUT;
	}
	json_decref(j);
	feed_doc_free(doc);
	return tool_flush(code);
}

int
cmd_parse(int argc, char **argv)
{
	const char *env = getenv("FEED_HEADERS");
	struct feed_input in = { 0 };
	struct strbuf sb;
	json_t *headers = NULL;
	int code;

	if (getopt(argc, argv, "") != -1)
		return tool_usage();
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 3)
		return tool_usage();
	if (env != NULL && env[0] != '\0') {
		headers = json_loads(env, 0, NULL);
		if (!json_is_object(headers)) {
			tool_warnx("FEED_HEADERS is no JSON object");
			json_decref(headers);
			return TOOL_USAGE;
		}
	}
	strbuf_init(&sb, feed_limits_default.max_body_bytes);
	code = read_document(argv[0], &sb);
	if (code == TOOL_OK) {
		in.body = sb.data;
		in.len = sb.len;
		in.url = argc > 1 ? argv[1] : NULL;
		in.content_type = argc > 2 && argv[2][0] != '\0'
				      ? argv[2]
				      : header(headers, "content-type");
		in.content_location = header(headers, "content-location");
		in.content_language = header(headers, "content-language");
		code = print_document(&in);
	}
	strbuf_fini(&sb);
	json_decref(headers);
	return code;
}
