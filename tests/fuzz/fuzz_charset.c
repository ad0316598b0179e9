/*
 * fuzz_charset.c - any bytes to UTF-8, and any text repaired.
 *
 * The first byte picks what HTTP said. Whatever comes: the text is valid
 * UTF-8, and what repair makes of it is well-formed for Expat.
 */
#include <expat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/macros.h"
#include "base/utf8.h"
#include "feed/charset.h"
#include "feed/feed.h"
#include "feed/prolog.h"
#include "feed/repair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	feed_charsets_load();
	return 0;
}

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* repair.h's promise. */
static void
check_repair(const struct charset_text *t)
{
	struct prolog pl;
	struct repair_text rt;
	XML_Parser xp;

	prolog_read(&pl, t->p, t->len);
	must(pl.root <= t->len, "the root is in the document");
	repair_run(&rt, t->p + pl.root, t->len - pl.root, &pl, (size_t)1 << 22);
	if (rt.out.len > 0) {
		xp = XML_ParserCreate("UTF-8");
		must(XML_Parse(xp, rt.out.data, (int)rt.out.len, 1) ==
			 XML_STATUS_OK,
		    XML_ErrorString(XML_GetErrorCode(xp)));
		XML_ParserFree(xp);
	}
	repair_fini(&rt);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const types[] = { NULL, "text/xml",
		"application/rss+xml; charset=gb2312",
		"text/xml; charset='iso-2022-jp'", "text/xml;charset=big5",
		"application/xml; charset=utf-16", "text/xml; charset=\"",
		"text/xml; charset=utf-32", "text/xml; charset=utf-7",
		"text/xml; charset=koi8-r" };
	struct charset_text t;

	if (size == 0)
		return 0;
	charset_read(&t, (const char *)data + 1, size - 1,
	    types[(data[0] & 0x7f) % ARRAY_LEN(types)], (size_t)1 << 22, false);
	must(utf8_valid(t.p, t.len), "charset gives UTF-8");
	if ((data[0] & 0x80) == 0)
		check_repair(&t);
	charset_fini(&t);
	return 0;
}
