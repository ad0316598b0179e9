/* desk.c - the desk from start to end: states, signals, timers. */
#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "copy/copies.h"
#include "copy/ledger.h"
#include "desk/control.h"
#include "desk/desk.h"
#include "desk/http.h"
#include "desk/lookback.h"
#include "desk/notify.h"
#include "desk/parts.h"
#include "net/deliver.h"
#include "pipeline/alert.h"
#include "store/journal.h"

#define TICK_S 5
#define RETRY_S 10     /* degraded: between two tries to write */
#define ONCE_RETRY_S 2 /* the same with --once, which tries only once more */
#define ONCE_SINKS_MS 6000 /* --once: how long a sink may be in trouble */
#define PRUNE_S 60
#define DONE_MS 50
#define STOP_S 2 /* for what is under way when we are told to stop */
#define MAX_FAULTS 100

bool
desk_polling(const struct desk *dk)
{
	return dk->state != DESK_DEGRADED && dk->state != DESK_STOPPING &&
	       !dk->paused;
}

void
desk_pause(struct desk *dk, bool on)
{
	if (dk->paused == on)
		return;
	dk->paused = on;
	log_info("polling %s", on ? "paused" : "resumed");
	gatherers_pause(dk);
	gatherers_serve(dk);
	status_notify(dk);
}

static void
timer_in(struct event *ev, int seconds)
{
	struct timeval tv = { .tv_sec = seconds };

	event_add(ev, &tv);
}

void
desk_degrade(struct desk *dk)
{
	int retry_s = dk->once ? ONCE_RETRY_S : RETRY_S;

	if (dk->state != DESK_RUNNING && dk->state != DESK_STARTING)
		return;
	dk->state = DESK_DEGRADED;
	snprintf(dk->trouble, sizeof(dk->trouble), "%s",
	    dk->journal->error[0] != '\0' ? dk->journal->error
					  : strerror(errno));
	dk->journal->ops->relieve(dk->journal);
	gatherers_pause(dk);
	if (dk->journal->damaged) {
		/* Trying again would fetch feeds over and over in vain. */
		log_warnx("store=%s polling stopped until a restart; put a "
			  "backup back: %s",
		    dk->config->store, dk->trouble);
		if (dk->once) {
			dk->exit_code = EX_CANTCREAT;
			event_base_loopbreak(dk->base);
		}
	} else {
		log_warnx("store=%s polling stopped, next try in %d s: %s",
		    dk->config->store, retry_s, dk->trouble);
		timer_in(dk->retry, retry_s);
	}
	status_notify(dk);
}

static void
retry_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct desk *dk = cookie;

	(void)fd;
	(void)what;
	if (dk->state != DESK_DEGRADED)
		return;
	if (dk->journal->ops->reserve(dk->journal) == -1 ||
	    commit_probe(dk) == -1 ||
	    (dk->copies_stale && commit_rebuild_copies(dk) == -1)) {
		snprintf(
		    dk->trouble, sizeof(dk->trouble), "%s", dk->journal->error);
		if (dk->once) {
			/* Who waits for the end would wait for ever. */
			log_warnx("store=%s cannot be written, giving up: %s",
			    dk->config->store, dk->trouble);
			dk->exit_code = EX_IOERR;
			event_base_loopbreak(dk->base);
			return;
		}
		dk->journal->ops->relieve(dk->journal);
		timer_in(dk->retry, RETRY_S);
		status_notify(dk);
		return;
	}
	dk->state = DESK_RUNNING;
	log_info("store=%s can be written again, polling goes on",
	    dk->config->store);
	gatherers_pause(dk);
	gatherers_serve(dk);
	desk_wake_sinks(dk);
	status_notify(dk);
}

int64_t
desk_aged_now(struct desk *dk)
{
	bool doubted = steady_doubts(&dk->steady), doubts;
	int64_t now = steady_now(&dk->steady, clock_wall(), clock_boot());
	char was[CLOCK_ISO_LEN], is[CLOCK_ISO_LEN];

	if ((doubts = steady_doubts(&dk->steady)) == doubted)
		return now;
	clock_iso(dk->steady.k.trusted, was);
	clock_iso(dk->steady.k.wall, is);
	if (doubts)
		log_warnx("the clock says %s and should say %s: until it has "
			  "for a day, nothing is dropped for its age by it",
		    is, was);
	else
		log_info("the clock is believed: %s", is);
	dk->steady_kept = 0;
	return now;
}

/* With --once: a sink that does not get on would be waited for for ever. */
static void
once_sinks_stuck(struct desk *dk)
{
	json_t *list = status_sinks(dk), *s;
	const char *name = NULL, *error;
	int64_t now = clock_mono_ms();
	size_t i;

	json_array_foreach(list, i, s)
	{
		error = json_string_value(json_object_get(s, "error"));
		if (error == NULL)
			continue;
		name = json_string_value(json_object_get(s, "name"));
		if (dk->stuck_since == 0)
			dk->stuck_since = now;
		if (!dk->stuck_woken &&
		    now - dk->stuck_since >= ONCE_SINKS_MS / 2) {
			dk->stuck_woken = true;
			desk_wake_sinks(dk);
		}
		if (now - dk->stuck_since < ONCE_SINKS_MS)
			continue;
		log_warnx(
		    "sink=%s does not get on, giving up: %s", name, error);
		dk->exit_code = EX_IOERR;
		event_base_loopbreak(dk->base);
		break;
	}
	if (name == NULL) {
		dk->stuck_since = 0;
		dk->stuck_woken = false;
	}
	json_decref(list);
}

static bool
once_is_done(struct desk *dk)
{
	const struct desk_feed *f;

	TAILQ_FOREACH (f, &dk->feed_list, all)
		if (!f->once_done)
			return false;
	if (desk_sinks_caught_up(dk))
		return true;
	once_sinks_stuck(dk);
	return false;
}

void
desk_check_done(struct desk *dk)
{
	if (dk->state == DESK_STOPPING
		? gatherers_drained(dk) && desk_sinks_caught_up(dk)
		: dk->once && once_is_done(dk))
		event_base_loopbreak(dk->base);
}

void
desk_stop(struct desk *dk)
{
	if (dk->state == DESK_STOPPING) {
		event_base_loopbreak(dk->base);
		return;
	}
	dk->state = DESK_STOPPING;
	log_info("stopping");
	notify_stopping();
	control_free(dk->control);
	dk->control = NULL;
	gatherers_drain(dk);
	timer_in(dk->stop, STOP_S);
	desk_wake_sinks(dk);
	desk_check_done(dk);
}

static void
stop_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct desk *dk = cookie;

	(void)fd;
	(void)what;
	event_base_loopbreak(dk->base);
}

static void
term_cb(evutil_socket_t sig, short what, void *cookie)
{
	(void)sig;
	(void)what;
	desk_stop(cookie);
}

static void
hup_cb(evutil_socket_t sig, short what, void *cookie)
{
	struct desk *dk = cookie;
	struct strbuf restart;
	struct diags ds;

	(void)sig;
	(void)what;
	if (dk->state == DESK_STOPPING || dk->once)
		return;
	diags_init(&ds, MAX_FAULTS);
	strbuf_init(&restart, 1024);
	(void)desk_reload(dk, &ds, &restart);
	strbuf_fini(&restart);
	diags_fini(&ds);
}

static void
chld_cb(evutil_socket_t sig, short what, void *cookie)
{
	(void)sig;
	(void)what;
	gatherers_reap(cookie);
}

static void
tick_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct desk *dk = cookie;

	(void)fd;
	(void)what;
	gatherers_check(dk);
	dk->tally.late_window = dk->tally.late;
	dk->tally.late = 0;
	(void)desk_aged_now(dk);
	if (dk->state == DESK_RUNNING)
		commit_keep_clock(dk);
	desk_alerts_tick(dk);
	status_notify(dk);
}

/* Sinks go on by themselves: --once and a stop look at them now and then. */
static void
done_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct desk *dk = cookie;
	struct tally *t = &dk->tally;
	int64_t now = clock_mono_ms(), late = now - dk->done_at - DONE_MS;

	(void)fd;
	(void)what;
	if (dk->done_at != 0) {
		t->late = MAX(t->late, late);
		t->late_max = MAX(t->late_max, late);
	}
	dk->done_at = now;
	desk_check_done(dk);
}

static void
prune_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct desk *dk = cookie;
	const char *who;
	int more = 0;

	(void)fd;
	(void)what;
	if (dk->state == DESK_RUNNING)
		more = dk->journal->ops->prune(
		    dk->journal, desk_aged_now(dk), desk_sinks_need(dk, &who));
	if (more == -1)
		log_warnx("prune: %s", dk->journal->error);
	timer_in(dk->prune, more == 1 ? 0 : PRUNE_S);
}

static const char *
feed_name_cb(void *cookie, const char *key)
{
	const struct desk_feed *f = feed_find(cookie, key);

	return f != NULL && f->config != NULL ? f->config->name : NULL;
}

void
desk_prune_full(struct desk *dk)
{
	uint64_t max = dk->config->journal_max_bytes;
	struct journal_sizes sz;

	dk->journal->ops->sizes(dk->journal, &sz);
	if (sz.records > max + max / 16)
		timer_in(dk->prune, 0);
}

static const char *const *
topic_names_cb(void *cookie)
{
	struct desk *dk = cookie;

	return dk->topic_names;
}

static void
events_new(struct desk *dk)
{
	struct event_base *b = dk->base;
	const struct timeval tick = { .tv_sec = TICK_S };
	const struct timeval soon = { .tv_usec = DONE_MS * 1000 };

	/* What is restored when the events go: closing is not interrupted. */
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	dk->ev_term = evsignal_new(b, SIGTERM, term_cb, dk);
	dk->ev_int = evsignal_new(b, SIGINT, term_cb, dk);
	dk->ev_hup = evsignal_new(b, SIGHUP, hup_cb, dk);
	dk->ev_chld = evsignal_new(b, SIGCHLD, chld_cb, dk);
	dk->tick = event_new(b, -1, EV_PERSIST, tick_cb, dk);
	dk->done = event_new(b, -1, EV_PERSIST, done_cb, dk);
	dk->retry = evtimer_new(b, retry_cb, dk);
	dk->prune = evtimer_new(b, prune_cb, dk);
	dk->stop = evtimer_new(b, stop_cb, dk);
	event_add(dk->ev_term, NULL);
	event_add(dk->ev_int, NULL);
	event_add(dk->ev_hup, NULL);
	event_add(dk->ev_chld, NULL);
	event_add(dk->tick, &tick);
	event_add(dk->done, &soon);
	timer_in(dk->prune, PRUNE_S);
}

static void
events_free(struct desk *dk)
{
	struct event *const all[] = { dk->ev_term, dk->ev_int, dk->ev_hup,
		dk->ev_chld, dk->tick, dk->done, dk->retry, dk->prune,
		dk->stop };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (all[i] != NULL)
			event_free(all[i]);
}

/* All faults, as `wiresift check` prints them. */
static int
load_config(struct desk *dk)
{
	struct diags ds;
	char line[1024];

	diags_init(&ds, MAX_FAULTS);
	dk->config = config_load(dk->config_path, &ds);
	if (dk->config != NULL)
		config_check_feeds(dk->config, &ds);
	for (size_t i = 0; i < ds.n; i++)
		fprintf(stderr, "%s%s\n",
		    diag_str(&ds.v[i], line, sizeof(line)),
		    ds.v[i].severity == DIAG_WARNING ? " (warning)" : "");
	if (ds.errors + ds.warnings > ds.n)
		fprintf(stderr, "... and %zu more\n",
		    ds.errors + ds.warnings - ds.n);
	diags_fini(&ds);
	dk->config_loaded = clock_wall();
	dk->rev = 1;
	return dk->config == NULL ? -1 : 0;
}

static int
open_store(struct desk *dk)
{
	const struct journal_params p = {
		.path = dk->config->store,
		.archive_keep_s = dk->config->archive_keep_s,
		.archive_max_bytes = dk->config->archive_max_bytes,
		.journal_keep_s = dk->config->journal_keep_s,
		.journal_max_bytes = dk->config->journal_max_bytes,
		.copy_window_s = dk->config->copy_window_s,
	};
	char why[512] = "";

	dk->journal = journal_open_sqlite(&p, why, sizeof(why));
	if (dk->journal == NULL) {
		int err = errno;

		log_warnx("store=%s %s", p.path, why);
		return err == EBUSY ? EX_TEMPFAIL : EX_CANTCREAT;
	}
	if (dk->journal->ops->reserve(dk->journal) == -1)
		log_warnx("store=%s", dk->journal->error);
	commit_load_clock(dk);
	if (commit_rebuild_copies(dk) == -1 || desk_alerts_load(dk) == -1) {
		log_warnx("store=%s %s", p.path, dk->journal->error);
		return EX_CANTCREAT;
	}
	return EX_OK;
}

static int
open_sockets(struct desk *dk)
{
	char why[512] = "";

	dk->sink_context = (struct sink_context){
		.base = dk->base,
		.journal = dk->journal,
		.version = WIRESIFT_VERSION,
		.topic_names = topic_names_cb,
		.feed_name = feed_name_cb,
		.cookie = dk,
		.net = &deliver_ops,
		.net_cookie = desk_net_get,
	};
	desk_topic_names(dk);
	if (desk_sinks_open(dk) == -1)
		return EX_CANTCREAT;
	if (dk->once)
		return EX_OK;
	dk->control = control_new(dk, dk->config->control,
	    notify_take_fd(dk->notify, "control", dk->config->control), why,
	    sizeof(why));
	if (dk->control == NULL) {
		log_warnx("control: %s; the daemon ends", why);
		return EX_CANTCREAT;
	}
	if (dk->config->http_listen == NULL)
		return EX_OK;
	dk->http = http_new(dk, dk->config->http_listen,
	    notify_take_fd(dk->notify, "http", NULL), why, sizeof(why));
	if (dk->http == NULL) {
		log_warnx("http: listen: %s; the daemon ends", why);
		return EX_CANTCREAT;
	}
	return EX_OK;
}

static int
desk_open(struct desk *dk)
{
	int rc;

	if (load_config(dk) == -1)
		return EX_CONFIG;
	log_init("desk", dk->config->log_level);
	(void)signal(SIGPIPE, SIG_IGN);
	dk->notify = notify_new(dk->base);
	if ((rc = open_store(dk)) != EX_OK || (rc = open_sockets(dk)) != EX_OK)
		return rc;
	if (!dk->once && lookbacks_new(dk) == -1)
		return EX_CANTCREAT;
	events_new(dk);
	if (gatherers_start(dk) == -1)
		return EX_OSERR;
	return EX_OK;
}

static void
desk_close(struct desk *dk)
{
	http_free(dk->http);
	control_free(dk->control);
	lookbacks_free(dk);
	gatherers_stop(dk);
	desk_sinks_close(dk, "shutdown");
	desk_net_free(dk);
	if (dk->feeds != NULL)
		feeds_free(dk);
	free(dk->gatherers);
	events_free(dk);
	copies_free(dk->copies);
	ledger_free(dk->ledger);
	alerts_free(dk->alerts);
	if (dk->journal != NULL)
		dk->journal->ops->close(dk->journal);
	notify_free(dk->notify);
	free(dk->topic_names);
	tally_fini(&dk->tally);
	config_free(dk->config);
	event_base_free(dk->base);
}

int
desk_run(const char *config_path, bool once)
{
	struct desk dk = { .config_path = config_path,
		.once = once,
		.since = clock_wall(),
		.checked = clock_mono_ms() };
	int rc;

	dk.base = event_base_new();
	if (dk.base == NULL) {
		log_warn("no event loop");
		return EX_OSERR;
	}
	dk.feeds = hmap_new();
	tally_init(&dk.tally);
	TAILQ_INIT(&dk.feed_list);
	rc = desk_open(&dk);
	if (rc == EX_OK) {
		dk.state = DESK_RUNNING;
		log_info("version=%s feeds=%zu topics=%zu gatherers=%zu ready",
		    WIRESIFT_VERSION, dk.nfeeds,
		    topic_set_len(dk.config->topics), dk.ngatherers);
		notify_tell_unused(dk.notify);
		notify_ready();
		status_notify(&dk);
		desk_wake_sinks(&dk);
		desk_check_done(&dk);
		(void)event_base_dispatch(dk.base);
		rc = dk.exit_code;
		dk.steady_kept = 0;
		if (dk.state != DESK_DEGRADED)
			commit_keep_clock(&dk);
	}
	desk_close(&dk);
	return rc;
}
