/* sinknet.c - the network that the desk has for its sinks, and only then. */
#include "base/log.h"
#include "config/config.h"
#include "desk/parts.h"
#include "net/deliver.h"
#include "net/resolver.h"

#define NAMES_KEEP_MS 60000

void *
desk_net_get(void *cookie)
{
	struct desk *dk = cookie;
	const struct config *c = dk->config;
	struct resolver_params p = {
		.nameservers = c->nameservers,
		.nnameservers = c->nnameservers,
		.timeout_ms = c->connect_timeout_s * 1000,
		.keep_ms = NAMES_KEEP_MS,
	};
	char why[200] = "";

	if (dk->deliverer != NULL)
		return dk->deliverer;
	/* The configuration was checked: its name servers are addresses. */
	dk->resolver = resolver_new(dk->base, &p, why, sizeof(why));
	if (dk->resolver == NULL)
		log_fatalx(78, "%s", why);
	dk->deliverer =
	    deliverer_new(dk->base, dk->resolver, c->user_agent, c->ca_file);
	return dk->deliverer;
}

void
desk_net_configure(struct desk *dk)
{
	if (dk->deliverer != NULL)
		deliverer_set(
		    dk->deliverer, dk->config->user_agent, dk->config->ca_file);
}

void
desk_net_free(struct desk *dk)
{
	deliverer_free(dk->deliverer);
	resolver_free(dk->resolver);
	dk->deliverer = NULL;
	dk->resolver = NULL;
}
