/*
 * fuzz_config.c - any bytes as wiresift.yaml.
 *
 * A file is refused with a fault that has a place, or taken; what is taken is
 * shown as a file that is taken too, and travels to a gatherer.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/strbuf.h"
#include "config/config.h"
#include "config/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* The file that config_load() opens; its folder has no other file. */
static struct config *
load(const void *text, size_t size, struct diags *ds)
{
	char path[64];
	struct config *c;
	int fd = memfd_create("wiresift.yaml", MFD_CLOEXEC);

	must(fd != -1 && write(fd, text, size) == (ssize_t)size, "a memfd");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	diags_init(ds, 8);
	c = config_load(path, ds);
	close(fd);
	return c;
}

static void
check_shown(const struct config *c)
{
	struct diags ds;
	struct strbuf shown;
	struct config *back;
	json_t *j = config_encode_gatherer(c);

	strbuf_init(&shown, (size_t)16 << 20);
	config_show(c, &shown);
	back = load(shown.data, shown.len, &ds);
	if (back == NULL)
		fprintf(stderr, "%s\n%s\n", ds.v[0].msg, shown.data);
	must(back != NULL, "what is shown can be read");
	config_free(back);
	diags_fini(&ds);

	diags_init(&ds, 8);
	back = config_decode_gatherer(j, &ds);
	must(back != NULL, "a gatherer can read it");
	config_free(back);
	diags_fini(&ds);
	json_decref(j);
	strbuf_fini(&shown);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct config *c;
	struct diags ds;
	struct diag d = { 0 };

	if (yaml_parse(a, "f.yaml", (const char *)data, size, &d) == NULL)
		must(d.msg[0] != '\0', "a refusal has a reason");
	arena_free(a);
	c = load(data, size, &ds);
	must((c == NULL) == (ds.errors > 0), "a fault is told");
	if (c != NULL)
		check_shown(c);
	config_free(c);
	diags_fini(&ds);
	return 0;
}
