/* feedfact.c - check rows of facts about feed documents. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <iconv.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/strbuf.h"
#include "feed/feed.h"
#include "feedfact.h"

static json_t *
walk(json_t *j, const char *path)
{
	char key[64];

	while (j != NULL && *path != '\0') {
		size_t n = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		j = json_is_array(j) ? json_array_get(j, strtoul(key, NULL, 10))
				     : json_object_get(j, key);
		path += n + (path[n] == '.');
	}
	return j;
}

void
feedfact_check(const struct feedfact *f, const char *url)
{
	struct feed_input in = {
		.body = f->body, .len = strlen(f->body), .url = url
	};
	struct feed_doc *doc = feed_parse(&in, &feed_limits_default);
	json_t *j = feed_doc_to_json(doc), *v = walk(j, f->path);
	char *text = NULL;

	print_message("%s\n", f->name);
	if (v != NULL && !json_is_string(v))
		text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	if (f->want == NULL)
		assert_null(v);
	else if (text != NULL)
		assert_string_equal(text, f->want);
	else if (v == NULL)
		fail_msg("nothing at %s; status %s %s", f->path,
		    feed_status_name(doc->status), doc->why);
	else
		assert_string_equal(json_string_value(v), f->want);
	free(text);
	json_decref(j);
	feed_doc_free(doc);
}

int
feedfact_encode(struct strbuf *out, const char *charset, const char *text)
{
	iconv_t cd = iconv_open(charset, "UTF-8");
	char buf[2048], *in = strdup(text), *p = in, *o = buf;
	size_t left = strlen(text), room = sizeof(buf);
	int rv = -1;

	if (cd != (iconv_t)-1) {
		if (iconv(cd, &p, &left, &o, &room) != (size_t)-1)
			rv = strbuf_append(out, buf, sizeof(buf) - room);
		iconv_close(cd);
	}
	free(in);
	return rv;
}
