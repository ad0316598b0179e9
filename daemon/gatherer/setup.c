/* setup.c - a configuration and what works by it. */
#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "gatherer/parts.h"
#include "net/fetch.h"
#include "net/hosts.h"
#include "net/resolver.h"

#define CONFIG_MAX_BYTES ((size_t)256 << 20)
#define NAMES_KEEP_MS 60000
#define LARGE_BODIES 4
#define FAULTS_MAX 16

/* The memfd is one file for all gatherers: it is mapped, as reading would
 * move the offset that they share. */
static json_t *
read_memfd(int fd, char *why, size_t size)
{
	struct stat st;
	json_t *j = NULL;
	json_error_t err;
	void *p;

	if (fd == -1 || fstat(fd, &st) == -1 || st.st_size <= 0 ||
	    (size_t)st.st_size > CONFIG_MAX_BYTES) {
		snprintf(why, size, "no descriptor with a configuration");
		return NULL;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED) {
		snprintf(why, size, "mmap: %s", strerror(errno));
		return NULL;
	}
	j = json_loadb(p, (size_t)st.st_size, 0, &err);
	if (j == NULL)
		snprintf(why, size, "%s", err.text);
	(void)munmap(p, (size_t)st.st_size);
	return j;
}

static struct config *
read_config(int fd)
{
	char why[200] = "", line[800];
	struct config *c = NULL;
	struct diags ds;
	json_t *j = read_memfd(fd, why, sizeof(why));

	diags_init(&ds, FAULTS_MAX);
	if (j != NULL)
		c = config_decode_gatherer(j, &ds);
	if (j == NULL)
		log_warnx("configuration: %s", why);
	for (size_t i = 0; c == NULL && i < ds.n; i++)
		log_warnx("%s", diag_str(&ds.v[i], line, sizeof(line)));
	diags_fini(&ds);
	json_decref(j);
	return c;
}

static struct resolver *
make_resolver(struct gatherer *g, const struct config *c)
{
	struct resolver_params p = {
		.nameservers = c->nameservers,
		.nnameservers = c->nnameservers,
		.timeout_ms = c->connect_timeout_s * 1000,
		.keep_ms = NAMES_KEEP_MS,
	};
	char why[200] = "";
	struct resolver *r = resolver_new(g->base, &p, why, sizeof(why));

	if (r == NULL)
		log_warnx("%s", why);
	return r;
}

static struct fetcher *
make_fetcher(struct gatherer *g, const struct setup *s)
{
	const struct config *c = s->config;
	struct fetcher_params p = {
		.resolver = s->resolver,
		.hosts = g->hosts,
		.user_agent = c->user_agent,
		.ca_file = c->ca_file,
		.max_body_bytes = c->max_body_bytes,
		.max_header_bytes = c->max_header_bytes,
		.max_redirects = c->max_redirects,
		.connect_timeout_ms = c->connect_timeout_s * 1000,
		.timeout_ms = c->fetch_timeout_s * 1000,
		.low_speed_s = MAX(c->fetch_timeout_s / 3, 1),
		.max_large = LARGE_BODIES,
		.max_fetches = c->max_fetches,
	};

	return fetcher_new(g->base, &p);
}

static void
setup_free(struct setup *s)
{
	fetcher_free(s->fetcher);
	resolver_free(s->resolver);
	config_free(s->config);
	free(s);
}

struct setup *
setup_new(struct gatherer *g, int fd, uint32_t rev)
{
	struct setup *s = xcalloc(1, sizeof(*s));

	s->rev = rev;
	s->config = read_config(fd);
	if (fd != -1)
		close(fd);
	if (s->config == NULL) {
		free(s);
		return NULL;
	}
	s->limits = feed_limits_default;
	s->limits.max_body_bytes = s->config->max_body_bytes;
	s->resolver = make_resolver(g, s->config);
	if (s->resolver == NULL) {
		setup_free(s);
		return NULL;
	}
	s->fetcher = make_fetcher(g, s);
	s->refs = 1;
	LIST_INSERT_HEAD(&g->setups, s, link);
	return s;
}

void
setup_ref(struct setup *s)
{
	s->refs++;
}

void
setup_unref(struct setup *s)
{
	if (s != NULL)
		s->refs--;
}

void
setup_sweep(struct gatherer *g)
{
	struct setup *s, *next;

	LIST_FOREACH_SAFE (s, &g->setups, link, next) {
		if (s->refs > 0)
			continue;
		LIST_REMOVE(s, link);
		setup_free(s);
	}
}
