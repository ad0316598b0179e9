/* confine.c - what a gatherer may still do: read few files, use the net. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "feed/feed.h"
#include "gatherer/parts.h"
#include "gatherer/sandbox.h"

/* Beside documents: rules and their compiled form, twice at a reload. */
#define MORE_BYTES ((uint64_t)1 << 30)

/* Read while the process runs: by OpenSSL, evdns, libevent. */
static const char *const system_paths[] = {
	"/etc/ssl",
	"/etc/ca-certificates",
	"/etc/pki",
	"/usr/lib/ssl",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/etc/hosts",
	"/etc/resolv.conf",
	"/dev/urandom",
};

static bool
covered(const struct gatherer *g, const char *dir)
{
	for (size_t i = 0; i < g->nfile_dirs; i++)
		if (strcmp(g->file_dirs[i], dir) == 0)
			return true;
	return false;
}

bool
confine_covers(const struct gatherer *g, const struct config *c)
{
	for (size_t i = 0; g->confined && i < c->nfile_dirs; i++)
		if (!covered(g, c->file_dirs[i]))
			return false;
	return true;
}

/* The folder that a resolv.conf really is in, if it has one to itself: there
 * a network manager puts a new one in its place. */
static char *
resolver_dir(void)
{
	char *real = realpath("/etc/resolv.conf", NULL), *slash;

	if (real == NULL || strncmp(real, "/etc/", 5) == 0 ||
	    (slash = strrchr(real, '/')) == real) {
		free(real);
		return NULL;
	}
	*slash = '\0';
	return real;
}

static int
enter(const struct gatherer *g, struct sandbox_result *r)
{
	size_t n = 0, max = ARRAY_LEN(system_paths) + g->nfile_dirs + 1;
	const char **paths = xcalloc(max, sizeof(*paths));
	char *resolver = resolver_dir();
	struct sandbox_params p = { .readable = paths,
		.more_bytes =
		    MORE_BYTES + 8 * g->setup->config->max_body_bytes };
	int rc;

	for (size_t i = 0; i < ARRAY_LEN(system_paths); i++)
		paths[n++] = system_paths[i];
	for (size_t i = 0; i < g->nfile_dirs; i++)
		paths[n++] = g->file_dirs[i];
	if (resolver != NULL)
		paths[n++] = resolver;
	p.nreadable = n;
	rc = sandbox_enter(&p, r);
	free(resolver);
	free(paths);
	return rc;
}

void
confine(struct gatherer *g)
{
	const struct config *c = g->setup->config;
	struct sandbox_result r = { 0 };

	if (g->confined || !sandbox_wanted())
		return;
	g->confined = true;
	g->file_dirs = xcalloc(c->nfile_dirs + 1, sizeof(*g->file_dirs));
	for (size_t i = 0; i < c->nfile_dirs; i++)
		g->file_dirs[g->nfile_dirs++] = xstrdup(c->file_dirs[i]);
	feed_charsets_load();
	if (enter(g, &r) == -1)
		log_warn("the gatherer is not wholly confined");
	log_debug(
	    "confined: landlock=%d seccomp=%d", r.landlock_abi, (int)r.seccomp);
}

void
confine_free(struct gatherer *g)
{
	for (size_t i = 0; i < g->nfile_dirs; i++)
		free(g->file_dirs[i]);
	free(g->file_dirs);
}
