/* http_feed.c - what feed sinks have written, over HTTP. */
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fsutil.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/http.h"
#include "desk/parts.h"
#include "sink/feedfile.h"

#define PREFIX "/feeds/"

static const struct form {
	const char *ext, *type;
} forms[] = {
	{ "atom", "application/atom+xml; charset=utf-8" },
	{ "json", "application/feed+json" },
};

/* The topic of ours and the form that a path names; NULL = none. */
static const char *
topic_of(const struct desk *dk, const char *path, const struct form **form)
{
	const char *name = path + strlen(PREFIX), *dot = strrchr(name, '.');

	if (strncmp(path, PREFIX, strlen(PREFIX)) != 0 || dot == NULL)
		return NULL;
	*form = NULL;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++)
		if (strcmp(forms[i].ext, dot + 1) == 0)
			*form = &forms[i];
	for (size_t i = 0; *form != NULL && dk->topic_names[i] != NULL; i++) {
		const char *t = dk->topic_names[i];

		if (strlen(t) == (size_t)(dot - name) &&
		    strncmp(t, name, strlen(t)) == 0)
			return t;
	}
	return NULL;
}

/* The file of the first sink that has it. */
static bool
read_file(const struct desk *dk, const char *topic, const struct form *form,
    struct strbuf *out, time_t *changed)
{
	bool found = false;

	for (size_t i = 0; i < dk->config->nsinks && !found; i++) {
		const char *dir = dk->config->sinks[i].feed.dir;
		struct stat sb;
		char *path;

		if (dir == NULL)
			continue;
		path = xasprintf("%s/%s.%s", dir, topic, form->ext);
		strbuf_reset(out);
		if (stat(path, &sb) == 0 && S_ISREG(sb.st_mode) &&
		    fs_read(path, out) == 0) {
			*changed = sb.st_mtime;
			found = true;
		}
		free(path);
	}
	return found;
}

/* If-None-Match decides; If-Modified-Since only where it is not there. */
static bool
has_it(struct evhttp_request *req, const char *etag, const char *date)
{
	struct evkeyvalq *in = evhttp_request_get_input_headers(req);
	const char *match = evhttp_find_header(in, "If-None-Match");
	const char *since = evhttp_find_header(in, "If-Modified-Since");

	if (match != NULL)
		return strcmp(match, "*") == 0 || strstr(match, etag) != NULL;
	return since != NULL && strcmp(since, date) == 0;
}

static void
answer(struct evhttp_request *req, const struct form *form,
    const struct strbuf *sb, time_t changed)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);
	char etag[32], date[64] = "";
	struct tm tm;

	snprintf(etag, sizeof(etag), "\"%016" PRIx64 "\"",
	    hash_bytes(&hash_key_fixed, sb->data, sb->len));
	if (gmtime_r(&changed, &tm) != NULL)
		(void)strftime(
		    date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	(void)evhttp_add_header(out, "ETag", etag);
	(void)evhttp_add_header(out, "Last-Modified", date);
	(void)evhttp_add_header(out, "Cache-Control", "no-cache");
	if (!has_it(req, etag, date)) {
		http_reply(req, 200, "OK", form->type, sb->data, sb->len);
		return;
	}
	(void)evhttp_add_header(out, "Connection", "close");
	evhttp_send_reply(req, 304, "Not Modified", NULL);
}

bool
http_feed(struct desk *dk, struct evhttp_request *req, const char *path)
{
	const struct form *form;
	const char *topic = topic_of(dk, path, &form);
	struct strbuf sb;
	time_t changed;
	bool found;

	if (topic == NULL)
		return false;
	strbuf_init(&sb, FEEDFILE_MAX + 65536);
	found = read_file(dk, topic, form, &sb, &changed);
	if (found)
		answer(req, form, &sb, changed);
	strbuf_fini(&sb);
	return found;
}
