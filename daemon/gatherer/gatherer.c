/* gatherer.c - the process that polls: its frames, its clock, its end. */
#include "gatherer/gatherer.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fsutil.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/url.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "gatherer/parts.h"
#include "gatherer/uplink.h"
#include "net/hosts.h"
#include "net/resolver.h"

#define TICK_S 5
#define PULSE_MS 10
#define EXIT_CONFIG 78 /* EX_CONFIG */

static json_int_t
get_int(const json_t *value, const char *key)
{
	return json_integer_value(json_object_get(value, key));
}

/* --- frames from the desk --- */

static void
take_key(struct gatherer *g, const char *hex)
{
	char half[17] = "";

	if (hex == NULL || strlen(hex) != 32)
		return;
	memcpy(half, hex, 16);
	g->key.k[0] = strtoull(half, NULL, 16);
	g->key.k[1] = strtoull(hex + 16, NULL, 16);
}

/*
 * What was given up cannot be had back: end between two polls. The desk
 * starts us anew, with all that we had.
 */
static void
restart_when_idle(struct gatherer *g, const char *why)
{
	if (g->restart)
		return;
	log_info("gatherer=%u starts anew: %s", g->index, why);
	g->restart = true;
	schedule_stop_all(g);
}

static void
check_restart(struct gatherer *g)
{
	if (g->restart && g->delivering == NULL && g->uncommitted == 0 &&
	    uplink_pending(g->uplink) == 0)
		event_base_loopbreak(g->base);
}

static void
take_config(struct gatherer *g, const json_t *value, int fd)
{
	uint32_t rev = (uint32_t)get_int(value, "rev");
	struct setup *s;
	char name[32];

	g->index = (unsigned int)get_int(value, "index");
	take_key(g, json_string_value(json_object_get(value, "key")));
	snprintf(name, sizeof(name), "gatherer-%u", g->index);
	if ((s = setup_new(g, fd, rev)) == NULL) {
		/* The desk has checked it: ours is another version. */
		g->exit_code = EXIT_CONFIG;
		event_base_loopbreak(g->base);
		return;
	}
	setup_unref(g->setup);
	g->setup = s;
	if (!confine_covers(g, s->config))
		restart_when_idle(g, "files in folders that we may not read");
	log_init(name, s->config->log_level);
	hosts_set_gap(g->hosts, s->config->host_gap_ms);
	confine(g);
	uplink_send(
	    g->uplink, json_pack("{s:{s:I}}", "ready", "rev", (json_int_t)rev));
	schedule_run(g);
}

/* What hosts said to a process before us (429): it is not forgotten. */
static void
take_hold(struct gatherer *g, const json_t *value, int fd)
{
	const json_t *hosts = json_object_get(value, "hosts"), *j;
	struct strbuf key;
	int64_t ms;
	size_t i;

	(void)fd;
	json_array_foreach(hosts, i, j)
	{
		const char *url = json_string_value(json_object_get(j, "url"));

		ms = get_int(j, "until_s") * 1000 - clock_wall_ms();
		strbuf_init(&key, URL_MAX);
		if (url != NULL && ms > 0 && url_host_key(&key, url) == 0)
			hosts_hold(g->hosts, key.data, ms);
		strbuf_fini(&key);
	}
}

static void
take_assign(struct gatherer *g, const json_t *value, int fd)
{
	const json_t *feeds = json_object_get(value, "feeds"), *j;
	size_t i;

	(void)fd;
	json_array_foreach(feeds, i, j)
	{
		struct arena *a = arena_new(512);
		const struct config_feed *cf = config_feed_decode(a, j);

		if (cf == NULL || g->setup == NULL) {
			log_warnx("an assignment that cannot be read");
			arena_free(a);
			continue;
		}
		schedule_assign(g, a, cf, (uint32_t)get_int(j, "generation"),
		    get_int(j, "next_s"),
		    json_is_true(json_object_get(j, "proven")));
	}
	schedule_run(g);
}

static void
take_unassign(struct gatherer *g, const json_t *value, int fd)
{
	const json_t *feeds = json_object_get(value, "feeds"), *j;
	size_t i;

	(void)fd;
	json_array_foreach(feeds, i, j) if (json_is_string(j))
	    schedule_unassign(g, json_string_value(j));
}

static void
take_poll(struct gatherer *g, const json_t *value, int fd)
{
	struct arena *a = arena_new(0);
	const struct poll_job *job = poll_job_decode(a, value);
	struct watch *w;

	(void)fd;
	w = job != NULL ? schedule_find(g, job->feed) : NULL;
	if (w == NULL || w->state != WATCH_WANT) {
		arena_free(a);
		return;
	}
	visit_start(w, a, job);
}

/* The poll that a frame answers, NULL for one we know nothing of. */
static struct watch *
answered_watch(struct gatherer *g, const json_t *value)
{
	struct watch *w =
	    schedule_find(g, json_string_value(json_object_get(value, "feed")));

	if (w == NULL || w->state != WATCH_COMMIT ||
	    w->serial != (uint32_t)get_int(value, "serial"))
		return NULL;
	return w;
}

static void
check_drained(struct gatherer *g)
{
	if (!g->draining || g->drained || g->delivering != NULL ||
	    g->uncommitted > 0)
		return;
	g->drained = true;
	uplink_send(g->uplink, json_pack("{s:{}}", "drained"));
}

static void
take_committed(struct gatherer *g, const json_t *value, int fd)
{
	struct watch *w = answered_watch(g, value);

	(void)fd;
	if (w != NULL)
		visit_answered(w, 0);
	schedule_run(g);
	check_drained(g);
}

static void
take_refused(struct gatherer *g, const json_t *value, int fd)
{
	struct watch *w = answered_watch(g, value);
	int64_t retry_s = get_int(value, "retry_s");

	(void)fd;
	if (w != NULL)
		visit_answered(w, MAX(retry_s, 1));
	schedule_run(g);
	check_drained(g);
}

static void
take_pollnow(struct gatherer *g, const json_t *value, int fd)
{
	const json_t *feeds = json_object_get(value, "feeds"), *j;
	struct watch *w;
	size_t i;

	(void)fd;
	json_array_foreach(feeds, i, j)
	{
		w = schedule_find(g, json_string_value(j));
		if (w != NULL)
			schedule_now(w);
	}
	schedule_run(g);
}

static void
take_pause(struct gatherer *g, const json_t *value, int fd)
{
	(void)fd;
	g->paused = json_is_true(json_object_get(value, "on"));
	schedule_run(g);
}

static void
take_drain(struct gatherer *g, const json_t *value, int fd)
{
	(void)value;
	(void)fd;
	g->draining = true;
	schedule_stop_all(g);
	check_drained(g);
}

static const struct {
	const char *kind;
	void (*take)(struct gatherer *g, const json_t *value, int fd);
} frames[] = {
	{ "config", take_config },
	{ "hold", take_hold },
	{ "assign", take_assign },
	{ "unassign", take_unassign },
	{ "poll", take_poll },
	{ "committed", take_committed },
	{ "refused", take_refused },
	{ "pollnow", take_pollnow },
	{ "pause", take_pause },
	{ "drain", take_drain },
};

static void
gatherer_frame_cb(void *cookie, const char *kind, const json_t *value, int fd)
{
	struct gatherer *g = cookie;

	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		if (strcmp(frames[i].kind, kind) == 0) {
			frames[i].take(g, value, fd);
			return;
		}
	}
	log_warnx("a frame \"%s\" from the desk, which we do not know", kind);
}

static void
gatherer_room_cb(void *cookie)
{
	struct gatherer *g = cookie;

	if (g->delivering != NULL)
		event_active(g->work, EV_TIMEOUT, 1);
}

static void
gatherer_down_cb(void *cookie, const char *why)
{
	struct gatherer *g = cookie;

	(void)why; /* nobody is left to be told */
	event_base_loopbreak(g->base);
}

static const struct uplink_ops uplink_ops = {
	.frame = gatherer_frame_cb,
	.room = gatherer_room_cb,
	.down = gatherer_down_cb,
};

/* --- its own clock --- */

static void
gatherer_work_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct gatherer *g = cookie;

	(void)fd;
	(void)what;
	visit_work(g);
	schedule_run(g);
	check_drained(g);
}

static void
gatherer_due_cb(evutil_socket_t fd, short what, void *cookie)
{
	(void)fd;
	(void)what;
	schedule_run(cookie);
}

static void
gatherer_pulse_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct gatherer *g = cookie;
	int64_t now = clock_mono_ms();

	(void)fd;
	(void)what;
	g->stall_ms = MAX(g->stall_ms, now - g->pulse_ms - PULSE_MS);
	g->stall_max = MAX(g->stall_max, g->stall_ms);
	g->pulse_ms = now;
	if (g->open == 0)
		(void)event_del(g->pulse);
}

void
gatherer_watch_loop(struct gatherer *g)
{
	static const struct timeval tv = { .tv_usec = PULSE_MS * 1000 };

	if (event_pending(g->pulse, EV_TIMEOUT, NULL))
		return;
	g->pulse_ms = clock_mono_ms();
	(void)event_add(g->pulse, &tv);
}

static void
gatherer_tick_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct gatherer *g = cookie;
	struct rusage ru = { 0 };

	(void)fd;
	(void)what;
	setup_sweep(g);
	if (g->setup != NULL && resolver_is_stale(g->setup->resolver))
		restart_when_idle(g, "a new resolv.conf");
	check_restart(g);
	(void)getrusage(RUSAGE_SELF, &ru);
	uplink_send(g->uplink,
	    json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}}",
		"stats", "feeds", (json_int_t)hmap_len(g->watches), "open",
		(json_int_t)g->open, "uncommitted", (json_int_t)g->uncommitted,
		"polls", (json_int_t)g->count.polls, "items",
		(json_int_t)g->count.items, "cpu_ms",
		(json_int_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000 +
		    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000,
		"max_rss_kib", (json_int_t)ru.ru_maxrss, "stall_ms",
		(json_int_t)g->stall_ms, "stall_max_ms",
		(json_int_t)g->stall_max));
	g->stall_ms = 0;
}

/* Our log lines are told by the desk. */
static void
gatherer_log_cb(void *cookie, enum log_level level, const char *line)
{
	struct gatherer *g = cookie;
	json_t *j = json_pack(
	    "{s:{s:i, s:s}}", "log", "level", (int)level, "line", line);

	if (j != NULL)
		uplink_send(g->uplink, j);
}

static void
libevent_log_cb(int severity, const char *msg)
{
	(void)severity;
	log_debug("libevent: %s", msg);
}

static void
gatherer_init(struct gatherer *g, int link_fd)
{
	struct timeval tick = { .tv_sec = TICK_S };

	g->base = event_base_new();
	if (g->base == NULL)
		log_fatalx(1, "no event loop");
	g->uplink = uplink_new(g->base, link_fd, &uplink_ops, g);
	g->watches = hmap_new();
	g->hosts = hosts_new(g->base, 0);
	LIST_INIT(&g->setups);
	TAILQ_INIT(&g->slots);
	TAILQ_INIT(&g->trials);
	TAILQ_INIT(&g->ready);
	g->due = evtimer_new(g->base, gatherer_due_cb, g);
	g->work = evtimer_new(g->base, gatherer_work_cb, g);
	g->pulse = event_new(g->base, -1, EV_PERSIST, gatherer_pulse_cb, g);
	g->tick = event_new(g->base, -1, EV_PERSIST, gatherer_tick_cb, g);
	(void)event_add(g->tick, &tick);
	log_set_hook(gatherer_log_cb, g);
}

static void
gatherer_fini(struct gatherer *g)
{
	log_set_hook(NULL, NULL);
	schedule_free(g);
	setup_unref(g->setup);
	setup_sweep(g);
	confine_free(g);
	hosts_free(g->hosts);
	uplink_free(g->uplink);
	event_free(g->due);
	event_free(g->work);
	event_free(g->tick);
	event_free(g->pulse);
	event_base_free(g->base);
}

int
gatherer_main(int link_fd)
{
	struct gatherer g = { 0 };

	/* What one document gives back the next one takes: a tenth of the
	 * time to read a feed goes into the kernel's pages otherwise. */
	(void)mallopt(M_TRIM_THRESHOLD, 16 << 20);
	(void)mallopt(M_MMAP_THRESHOLD, 1 << 20);
	/* Host names in other scripts are converted by libidn2, which reads
	 * them in the locale's charset. */
	(void)setlocale(LC_CTYPE, "C.UTF-8");
	(void)signal(SIGPIPE, SIG_IGN);
	/* The desk tells us when to stop: by drain, then by closing. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	if (fs_set_nonblock(link_fd) == -1 ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		log_fatalx(1, "the gatherer does not start");
	event_set_log_callback(libevent_log_cb);
	gatherer_init(&g, link_fd);
	(void)event_base_dispatch(g.base);
	gatherer_fini(&g);
	curl_global_cleanup();
	return g.exit_code;
}
