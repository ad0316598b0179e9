/* fuzz_opml.c - any bytes as a subscription list; a list we take comes back
 * the same after it was written. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "feed/opml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct opml *o, *back;
	struct strbuf out;
	struct diag d = { 0 };

	strbuf_init(&out, OPML_MAX_BYTES);
	o = opml_parse(a, "fuzz", (const char *)data, size, &d);
	if (o == NULL && d.msg[0] == '\0')
		abort(); /* a refusal without a reason */
	if (o != NULL && opml_write(&out, o) == 0) {
		back = opml_parse(a, "back", out.data, out.len, &d);
		if (back == NULL || back->nfeeds != o->nfeeds)
			abort();
		for (size_t i = 0; i < o->nfeeds; i++)
			if (strcmp(back->feeds[i].url, o->feeds[i].url) != 0)
				abort();
	}
	strbuf_fini(&out);
	arena_free(a);
	return 0;
}
