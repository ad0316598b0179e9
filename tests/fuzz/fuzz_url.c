/* fuzz_url.c - any text as URL, reference and base. */
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/url.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A host of letters, digits, hyphens and single dots. */
static bool
is_plain_host(const struct url *u)
{
	for (size_t i = 0; i < u->host_len; i++) {
		char c = u->host[i];
		bool inside = i > 0 && i + 1 < u->host_len;

		if (isalnum((unsigned char)c) || (inside && c == '-') ||
		    (inside && c == '.' && u->host[i - 1] != '.'))
			continue;
		return false;
	}
	return true;
}

/* What we make of a sound URL is a URL again, in the same form. */
static void
check_canonical(const char *s)
{
	struct strbuf once, twice;
	struct url u;

	if (url_split(s, &u) == -1 || !is_plain_host(&u))
		return;
	strbuf_init(&once, URL_MAX * 4);
	strbuf_init(&twice, URL_MAX * 4);
	if (url_canonical(&once, s) == 0 && once.len < URL_MAX) {
		if (url_canonical(&twice, once.data) == -1 ||
		    strcmp(once.data, twice.data) != 0)
			abort();
	}
	strbuf_fini(&once);
	strbuf_fini(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024], *base;
	struct strbuf out;
	struct url u;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	/* A newline parts the base from the reference. */
	if ((base = strchr(text, '\n')) != NULL)
		*base++ = '\0';
	strbuf_init(&out, URL_MAX * 4);
	(void)!url_split(text, &u);
	if (url_resolve(&out, base, text) == -1 && out.len != 0)
		abort();
	strbuf_reset(&out);
	(void)!url_host_key(&out, text);
	strbuf_reset(&out);
	url_redact(&out, text);
	check_canonical(text);
	strbuf_fini(&out);
	return 0;
}
