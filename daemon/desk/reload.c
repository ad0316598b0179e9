/* reload.c - another configuration, loaded aside and taken whole. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/http.h"
#include "desk/notify.h"
#include "desk/parts.h"
#include "pipeline/health.h"

void
desk_topic_names(struct desk *dk)
{
	const struct topic_set *ts = dk->config->topics;
	size_t n = topic_set_len(ts);

	free(dk->topic_names);
	dk->topic_names = xcalloc(n + 2, sizeof(*dk->topic_names));
	for (size_t i = 0; i < n; i++)
		dk->topic_names[i] = topic_set_name(ts, i);
	dk->topic_names[n] = HEALTH_TOPIC;
	dk->sink_context.max_subscribers = dk->config->max_subscribers;
	dk->sink_context.max_per_uid = dk->config->max_per_uid;
	dk->sink_context.heartbeat_s = dk->config->heartbeat_s;
	dk->sink_context.max_lines = dk->config->max_lines;
	dk->sink_context.max_stall_s = dk->config->max_stall_s;
}

/* The sink that runs already, moved out of dk->sinks; NULL = a new one. */
static struct sink *
take_running(struct desk *dk, const struct config_sink *c)
{
	for (size_t i = 0; i < dk->nsinks; i++) {
		if (desk_sink_is(dk->sinks[i], dk->config, i, c)) {
			struct sink *s = dk->sinks[i];

			dk->sinks[i] = NULL;
			return s;
		}
	}
	return NULL;
}

/* A name that changes cannot: its file or socket is in use, by us. */
static const struct sink *
holder(const struct desk *dk, const struct config_sink *c)
{
	const char *path = config_sink_path(c), *held;

	for (size_t i = 0; path != NULL && i < dk->nsinks; i++) {
		held = config_sink_path(&dk->config->sinks[i]);
		if (dk->sinks[i] != NULL && held != NULL &&
		    strcmp(held, path) == 0)
			return dk->sinks[i];
	}
	return NULL;
}

/* Put back what a failed reload took, close what it opened. */
static void
undo_sinks(struct desk *dk, struct sink **sinks, const bool *fresh,
    const struct config *c)
{
	for (size_t i = 0; i < c->nsinks; i++) {
		if (sinks[i] == NULL)
			continue;
		if (fresh[i])
			sinks[i]->ops->close(sinks[i], "reload failed");
		else
			for (size_t k = 0; k < dk->nsinks; k++)
				if (dk->sinks[k] == NULL &&
				    strcmp(dk->config->sinks[k].name,
					c->sinks[i].name) == 0)
					dk->sinks[k] = sinks[i];
	}
}

/* Programs of sinks that go, and those that are others now. */
static void
leave_together(
    const struct desk *dk, const struct config *c, struct sink *const *kept)
{
	struct sink **all =
	    xcalloc(dk->nsinks + c->nsinks + 1, sizeof(struct sink *));

	for (size_t i = 0; i < dk->nsinks; i++)
		all[i] = dk->sinks[i];
	for (size_t i = 0; i < c->nsinks; i++)
		all[dk->nsinks + i] = kept[i];
	desk_sinks_leave(all, dk->nsinks + c->nsinks, c, RELOAD_GRACE_MS);
	free(all);
}

/* The sinks of `c`: running ones kept, new ones opened, others closed. */
static int
swap_sinks(struct desk *dk, const struct config *c, struct diags *ds)
{
	struct sink **sinks = xcalloc(c->nsinks + 1, sizeof(struct sink *));
	bool *fresh = xcalloc(c->nsinks + 1, sizeof(*fresh));
	const struct sink *held;
	char why[512] = "";

	for (size_t i = 0; i < c->nsinks; i++) {
		const struct config_sink *cs = &c->sinks[i];

		if ((sinks[i] = take_running(dk, cs)) != NULL)
			continue;
		fresh[i] = true;
		if ((held = holder(dk, cs)) != NULL)
			snprintf(why, sizeof(why),
			    "%.300s is in use by the running sink %.100s; "
			    "expected the same name, or a restart",
			    config_sink_path(cs), held->name);
		else
			sinks[i] = desk_sink_open(dk, cs, why, sizeof(why));
		if (sinks[i] != NULL)
			continue;
		diags_add(ds, DIAG_ERROR, cs->mark_file, cs->mark_line,
		    cs->mark_col, "sink %s: %s", cs->name, why);
		undo_sinks(dk, sinks, fresh, c);
		free(sinks);
		free(fresh);
		return -1;
	}
	leave_together(dk, c, sinks);
	for (size_t i = 0; i < c->nsinks; i++)
		if (!fresh[i])
			sinks[i]->ops->reload(sinks[i], &c->sinks[i]);
	free(fresh);
	desk_sinks_close(dk, "removed");
	dk->sinks = sinks;
	dk->nsinks = c->nsinks;
	return 0;
}

/* Another address is listened to before the old one is left. */
static int
swap_http(struct desk *dk, const struct config *c, struct http **fresh,
    struct diags *ds)
{
	const char *was = dk->config->http_listen, *is = c->http_listen;
	char why[512] = "";

	*fresh = NULL;
	if (is == NULL || (was != NULL && strcmp(was, is) == 0))
		return 0;
	*fresh = http_new(
	    dk, is, notify_take_fd(dk->notify, "http", NULL), why, sizeof(why));
	if (*fresh != NULL)
		return 0;
	diags_add(ds, DIAG_ERROR, c->file, 0, 0, "http: listen: %s", why);
	return -1;
}

static void
take_http(struct desk *dk, const struct config *c, struct http *fresh)
{
	if (fresh == NULL && c->http_listen != NULL)
		return; /* the same */
	http_free(dk->http);
	dk->http = fresh;
}

static void
take_config(struct desk *dk, struct config *c)
{
	struct config *old = dk->config;

	dk->config = c;
	dk->rev++;
	dk->config_loaded = clock_wall();
	dk->config_error[0] = '\0';
	desk_topic_names(dk);
	desk_alerts_configure(dk);
	log_set_level(c->log_level);
	desk_net_configure(dk);
	gatherers_configure(dk);
	feeds_apply(dk); /* compares with the old feeds: free them later */
	config_free(old);
	desk_wake_sinks(dk);
}

static void
keep_old(struct desk *dk, const struct diags *ds)
{
	const struct diag *first = NULL;

	for (size_t i = 0; i < ds->n && first == NULL; i++)
		if (ds->v[i].severity == DIAG_ERROR)
			first = &ds->v[i];
	if (first != NULL)
		diag_str(first, dk->config_error, sizeof(dk->config_error));
	log_warnx("reload refused, the old configuration stays: %s",
	    dk->config_error);
}

int
desk_reload(struct desk *dk, struct diags *ds, struct strbuf *restart)
{
	struct http *fresh = NULL;
	struct config *c;

	notify_reloading();
	c = config_load(dk->config_path, ds);
	if (c == NULL || swap_http(dk, c, &fresh, ds) == -1 ||
	    swap_sinks(dk, c, ds) == -1) {
		http_free(fresh);
		config_free(c);
		dk->tally.reloads_failed++;
		keep_old(dk, ds);
		notify_ready();
		status_notify(dk);
		return -1;
	}
	config_check_feeds(c, ds);
	if (c->nfeeds == 0)
		log_warnx("the new configuration has 0 feeds");
	config_needs_restart(dk->config, c, restart);
	if (restart->len > 0)
		log_warnx("changed, but in force only after a restart: %s",
		    restart->data);
	take_http(dk, c, fresh);
	take_config(dk, c);
	dk->tally.reloads++;
	log_info("rev=%u feeds=%zu topics=%zu configuration reloaded", dk->rev,
	    dk->nfeeds, topic_set_len(c->topics));
	notify_tell_unused(dk->notify);
	notify_ready();
	status_notify(dk);
	return 0;
}
