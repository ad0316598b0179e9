/* sinks.c - the desk's sinks: opened, told of commits, waited for, closed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/notify.h"
#include "desk/parts.h"

#define STOP_GRACE_MS 1000 /* between two steps of an end */
#define LEAVE_POLL_MS 10

typedef struct sink *sink_new_fn(const struct sink_context *sc,
    const struct config_sink *c, char *why, size_t size);

/* The stream socket is opened with systemd's descriptor, if it has one. */
static const struct {
	const char *kind;
	sink_new_fn *make;
} kinds[] = {
	{ "file", sink_file_new },
	{ "webhook", sink_webhook_new },
	{ "mail", sink_mail_new },
	{ "exec", sink_exec_new },
	{ "feed", sink_feed_new },
};

/* A socket and a file are what they are at; others can change all but their
 * name. */
bool
desk_sink_is(const struct sink *s, const struct config *old, size_t i,
    const struct config_sink *c)
{
	const struct config_sink *o = &old->sinks[i];
	const char *a = config_sink_path(o), *b = config_sink_path(c);

	return s != NULL && strcmp(o->name, c->name) == 0 &&
	       strcmp(config_sink_kind(o), config_sink_kind(c)) == 0 &&
	       (a == NULL || strcmp(a, b) == 0);
}

struct sink *
desk_sink_open(
    struct desk *dk, const struct config_sink *c, char *why, size_t size)
{
	const char *kind = config_sink_kind(c);

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].make(&dk->sink_context, c, why, size);
	return sink_socket_new(&dk->sink_context, c,
	    notify_take_fd(dk->notify, c->name, c->socket), why, size);
}

int
desk_sinks_open(struct desk *dk)
{
	const struct config *c = dk->config;
	char why[512] = "";

	dk->sinks = xcalloc(c->nsinks + 1, sizeof(struct sink *));
	dk->nsinks = c->nsinks;
	for (size_t i = 0; i < c->nsinks; i++) {
		if (dk->once && c->sinks[i].socket != NULL)
			continue; /* nobody could be connected */
		dk->sinks[i] =
		    desk_sink_open(dk, &c->sinks[i], why, sizeof(why));
		if (dk->sinks[i] == NULL) {
			log_warnx("sink=%s %s; the daemon ends",
			    c->sinks[i].name, why);
			return -1;
		}
	}
	return 0;
}

/* Its configuration in `c`, which may be NULL; NULL = it goes. */
static const struct config_sink *
sink_named(const struct config *c, const char *name)
{
	for (size_t i = 0; c != NULL && i < c->nsinks; i++)
		if (strcmp(c->sinks[i].name, name) == 0)
			return &c->sinks[i];
	return NULL;
}

/* One step of all; true while a program of theirs runs. */
static bool
leave_step(struct sink *const *sinks, size_t n, const struct config *c,
    enum sink_leave step)
{
	bool runs = false;

	for (size_t i = 0; i < n; i++)
		if (sinks[i] != NULL && sinks[i]->ops->leave != NULL)
			runs |= sinks[i]->ops->leave(
			    sinks[i], sink_named(c, sinks[i]->name), step);
	return runs;
}

void
desk_sinks_leave(
    struct sink *const *sinks, size_t n, const struct config *c, int grace_ms)
{
	for (int step = SINK_ASKED; step < SINK_KILLED; step++)
		for (int ms = 0; ms <= grace_ms; ms += LEAVE_POLL_MS) {
			if (!leave_step(sinks, n, c, (enum sink_leave)step))
				return;
			usleep(LEAVE_POLL_MS * 1000);
		}
	(void)leave_step(sinks, n, c, SINK_KILLED);
}

void
desk_sinks_close(struct desk *dk, const char *reason)
{
	bool last = strcmp(reason, "shutdown") == 0;

	desk_sinks_leave(dk->sinks, dk->nsinks, NULL,
	    last ? STOP_GRACE_MS : RELOAD_GRACE_MS);
	for (size_t i = 0; i < dk->nsinks; i++)
		if (dk->sinks[i] != NULL)
			dk->sinks[i]->ops->close(dk->sinks[i], reason);
	free(dk->sinks);
	dk->sinks = NULL;
	dk->nsinks = 0;
}

void
desk_wake_sinks(struct desk *dk)
{
	for (size_t i = 0; i < dk->nsinks; i++)
		if (dk->sinks[i] != NULL)
			dk->sinks[i]->ops->wake(dk->sinks[i]);
}

bool
desk_sinks_caught_up(const struct desk *dk)
{
	for (size_t i = 0; i < dk->nsinks; i++)
		if (dk->sinks[i] != NULL &&
		    !dk->sinks[i]->ops->caught_up(dk->sinks[i]))
			return false;
	return true;
}

uint64_t
desk_sinks_need(const struct desk *dk, const char **who)
{
	uint64_t need = UINT64_MAX, own;

	for (size_t i = 0; i < dk->nsinks; i++) {
		if (dk->sinks[i] == NULL)
			continue;
		own = dk->sinks[i]->ops->needs(dk->sinks[i]);
		if (own >= need)
			continue;
		need = own;
		*who = dk->config->sinks[i].name;
	}
	return need;
}
