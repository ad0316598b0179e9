/* replay_file.c - feed documents and NDJSON into replay. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fsutil.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "feed/feed.h"
#include "item/item.h"
#include "lines.h"
#include "replay.h"
#include "wiresift.h"

#define MAX_LINE ((size_t)16 << 20)

static json_t *
parse_line(const char *line, size_t len, json_error_t *err)
{
	json_t *j = json_loadb(line, len, JSON_ALLOW_NUL, err);
	struct strbuf sb;

	if (j != NULL || utf8_valid(line, len))
		return j;
	strbuf_init(&sb, 3 * MAX_LINE);
	if (utf8_repair(&sb, line, len) == 0)
		j = json_loadb(sb.data, sb.len, JSON_ALLOW_NUL, err);
	strbuf_fini(&sb);
	return j;
}

static int
replay_line(struct replay *rp, const char *name, unsigned int number,
    const char *line, size_t len)
{
	char why[256];
	json_error_t err;
	json_t *j;
	int rv;

	if (strspn(line, " \t") == len)
		return TOOL_OK;
	if ((j = parse_line(line, len, &err)) == NULL) {
		tool_warnx("%s:%u:%d: %s; expected one JSON object a line",
		    name, number, err.column, err.text);
		return TOOL_BAD_INPUT;
	}
	rv = replay_json(rp, j, why, sizeof(why));
	if (rv == -1)
		tool_warnx("%s:%u: %s", name, number, why);
	json_decref(j);
	return rv == -1 ? TOOL_BAD_INPUT : TOOL_OK;
}

static int
replay_ndjson(struct replay *rp, const char *name, int fd)
{
	struct lines *ls = lines_new(fd, MAX_LINE);
	int code = TOOL_OK, rv;
	char *line;
	size_t len;

	while ((rv = lines_next(ls, &line, &len)) != 0) {
		int got;

		if (rv == -1 && errno != EMSGSIZE) {
			tool_warn("%s", name);
			code = TOOL_NO_FILE;
			break;
		}
		if (rv == -1) {
			tool_warnx("%s:%u: the line is longer than %zu bytes",
			    name, lines_number(ls), MAX_LINE);
			code = TOOL_BAD_INPUT;
			continue;
		}
		got = replay_line(rp, name, lines_number(ls), line, len);
		if (got != TOOL_OK)
			code = got;
	}
	lines_free(ls);
	return code;
}

/* What a feed is known by: its own address, its site, else the file. */
static const char *
feed_key(const struct feed_doc *doc, const char *path)
{
	for (size_t i = 0; i < doc->nlinks; i++) {
		const struct item_link *l = &doc->links[i];

		if (l->href != NULL && l->rel != NULL &&
		    strcmp(l->rel, "self") == 0)
			return l->href;
	}
	return doc->link != NULL && doc->link[0] != '\0' ? doc->link : path;
}

static int
replay_document(struct replay *rp, const char *path, const struct strbuf *sb)
{
	struct feed_input in = { .body = sb->data, .len = sb->len };
	struct feed_doc *doc = feed_parse(&in, &feed_limits_default);
	const char *feed = feed_key(doc, path);
	int code = TOOL_OK;

	for (size_t i = 0; i < doc->nitems; i++)
		replay_learn(rp, doc->items[i], feed, doc->title);
	for (size_t i = 0; i < doc->nitems; i++)
		replay_feed_item(rp, feed_doc_take(doc, i), feed);
	if (doc->status != FEED_OK)
		tool_warnx("%s: %s%s%s", path, feed_status_name(doc->status),
		    doc->why[0] != '\0' ? ": " : "", doc->why);
	if (doc->status != FEED_OK && doc->status != FEED_DAMAGED)
		code = TOOL_BAD_INPUT;
	feed_doc_free(doc);
	return code;
}

/*
 * NDJSON, or a feed document? A first line that is a whole JSON object and
 * no JSON Feed begins NDJSON; everything else is the feed parser's.
 */
static bool
is_ndjson(const char *p, size_t len)
{
	const char *end, *nl;
	bool lines = false;
	json_t *j;

	if (len >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0) {
		p += 3;
		len -= 3;
	}
	end = p + len;
	while (p < end && isspace((unsigned char)*p))
		p++;
	if (p == end || *p != '{')
		return false;
	nl = memchr(p, '\n', (size_t)(end - p));
	j = json_loadb(
	    p, (size_t)((nl != NULL ? nl : end) - p), JSON_ALLOW_NUL, NULL);
	if (json_is_object(j))
		lines = !json_is_array(json_object_get(j, "items"));
	json_decref(j);
	return lines;
}

static bool
has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n > m && strcmp(s + n - m, suffix) == 0;
}

int
replay_file(struct replay *rp, const char *path)
{
	struct strbuf sb;
	int fd, code;

	if (strcmp(path, "-") == 0)
		return replay_ndjson(rp, "stdin", STDIN_FILENO);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		tool_warn("%s", path);
		return TOOL_NO_FILE;
	}
	if (has_suffix(path, ".ndjson") || has_suffix(path, ".jsonl")) {
		code = replay_ndjson(rp, path, fd);
		close(fd);
		return code;
	}
	strbuf_init(&sb, feed_limits_default.max_body_bytes);
	if (fs_read_fd(fd, &sb) == -1) {
		/* Too long for a document: it may still be lines. */
		if (errno != EFBIG || !is_ndjson(sb.data, sb.len) ||
		    lseek(fd, 0, SEEK_SET) == -1) {
			tool_warn("%s", path);
			code = errno == EFBIG ? TOOL_BAD_INPUT : TOOL_NO_FILE;
		} else
			code = replay_ndjson(rp, path, fd);
	} else if (is_ndjson(sb.data, sb.len) && lseek(fd, 0, SEEK_SET) != -1)
		code = replay_ndjson(rp, path, fd);
	else
		code = replay_document(rp, path, &sb);
	strbuf_fini(&sb);
	close(fd);
	return code;
}
