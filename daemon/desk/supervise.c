/* supervise.c - gatherer processes: started, watched, killed, restarted. */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsutil.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "desk/link.h"
#include "desk/parts.h"

#define LINK_FD 3
#define SILENCE_MS 30000
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 30000
#define STEADY_MS 60000 /* alive so long: the back-off starts anew */
#define STRIKES 3
#define ONCE_STARTS 6 /* --once: starts of one that never is ready */

static void gatherer_spawn(struct gatherer *g);

/* In the child: this very binary once more, with the link as fd 3. */
static void
gatherer_exec(int fd)
{
	static char name[] = "wiresiftd-gatherer", role[] = "--gatherer";
	char *const argv[] = { name, role, NULL };
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd == LINK_FD)
		(void)fcntl(fd, F_SETFD, 0);
	else
		(void)dup2(fd, LINK_FD);
	(void)close_range(LINK_FD + 1, ~0U, 0);
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void
frame_cb(void *cookie, const char *kind, const json_t *value, size_t len)
{
	struct gatherer *g = cookie;

	g->heard = clock_mono_ms();
	polls_frame(g, kind, value, len);
}

/* It cannot be talked to any more; SIGCHLD does the rest. */
static void
down_cb(void *cookie, const char *why)
{
	struct gatherer *g = cookie;

	log_debug("gatherer=%u link %s", g->index, why);
	if (g->pid > 0)
		(void)kill(g->pid, SIGKILL);
}

static void
room_cb(void *cookie)
{
	assign_more(cookie);
}

static const struct link_ops gatherer_link_ops = { frame_cb, down_cb, room_cb };

/* A sealed memfd with the configuration; -1 with errno. */
static int
config_memfd(const struct config *c)
{
	json_t *j = config_encode_gatherer(c);
	char *text = json_dumps(j, JSON_COMPACT);
	int fd =
	    memfd_create("wiresift-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	json_decref(j);
	if (fd != -1 &&
	    (text == NULL || fs_write_all(fd, text, strlen(text)) == -1 ||
		fcntl(fd, F_ADD_SEALS,
		    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) ==
		    -1)) {
		close(fd);
		fd = -1;
	}
	free(text);
	return fd;
}

static void
gatherer_configure(struct gatherer *g)
{
	struct desk *dk = g->dk;
	const struct hash_key *key = &dk->journal->key;
	char hex[33];
	int fd = config_memfd(dk->config);

	if (fd == -1) {
		/* Without it, it can do nothing: the next one is tried. */
		log_warn("gatherer=%u cannot send the configuration", g->index);
		gatherer_violation(g, "has no configuration");
		return;
	}
	snprintf(hex, sizeof(hex), "%016" PRIx64 "%016" PRIx64, key->k[0],
	    key->k[1]);
	link_send_fd(g->link,
	    json_pack("{s:{s:I, s:I, s:I, s:s}}", "config", "rev",
		(json_int_t)dk->rev, "index", (json_int_t)g->index, "gatherers",
		(json_int_t)dk->ngatherers, "key", hex),
	    fd);
	close(fd);
}

static void
restart_later(struct gatherer *g)
{
	struct timeval tv;

	if (g->dk->state == DESK_STOPPING)
		return;
	if (g->dk->once && ++g->fruitless == ONCE_STARTS) {
		/* Who waits for the end would wait for ever. */
		log_warnx("gatherer=%u does not start, giving up", g->index);
		g->dk->exit_code = EX_OSERR;
		event_base_loopbreak(g->dk->base);
		return;
	}
	tv.tv_sec = g->backoff_ms / 1000;
	tv.tv_usec = g->backoff_ms % 1000 * 1000;
	event_add(g->restart, &tv);
	g->backoff_ms = MIN(g->backoff_ms * 2, BACKOFF_MAX_MS);
}

static void
restart_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct gatherer *g = cookie;

	(void)fd;
	(void)what;
	if (g->dk->state != DESK_STOPPING)
		gatherer_spawn(g);
}

static void
gatherer_spawn(struct gatherer *g)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) == -1) {
		log_warn("gatherer=%u socketpair", g->index);
		restart_later(g);
		return;
	}
	if ((g->pid = fork()) == 0)
		gatherer_exec(sv[1]);
	close(sv[1]);
	if (g->pid == -1 || fs_set_nonblock(sv[0]) == -1) {
		log_warn("gatherer=%u fork", g->index);
		close(sv[0]);
		g->pid = 0;
		restart_later(g);
		return;
	}
	g->state = GATHERER_STARTING;
	g->condemned = false;
	g->started = g->heard = clock_mono_ms();
	g->link = link_new(g->dk->base, sv[0], &gatherer_link_ops, g);
	gatherer_configure(g);
	if (!desk_polling(g->dk))
		link_send(g->link, json_pack("{s:{s:b}}", "pause", "on", 1));
	assign_holds(g); /* before the first feed that could ask them */
	assign_more(g);
}

/* Three deaths over one feed: the feed must wait, not all the others. */
static void
strike(struct gatherer *g)
{
	struct desk_feed *f = g->begun;

	g->begun = NULL;
	if (f == NULL || g->dk->state == DESK_STOPPING)
		return;
	log_warnx("feed=%s gatherer=%u died over it, %u of %d", f->key,
	    g->index, ++f->strikes, STRIKES);
	if (f->strikes < STRIKES)
		return;
	f->strikes = 0;
	if (commit_crashed(g->dk, f) == -1) {
		desk_degrade(g->dk);
		return;
	}
	desk_wake_sinks(g->dk); /* its health is news */
	f->once_done = g->dk->once;
	if (g->dk->once)
		g->dk->exit_code = 1;
}

static void
gatherer_died(struct gatherer *g, int status)
{
	bool stopping = g->dk->state == DESK_STOPPING;

	log_at(stopping ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN,
	    "gatherer=%u pid=%d ended by %s %d", g->index, (int)g->pid,
	    WIFSIGNALED(status) ? "signal" : "exit",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	g->pid = 0;
	if (g->link != NULL)
		link_drain(g->link); /* its last words, `begin` among them */
	link_free(g->link);
	g->link = NULL;
	g->state = GATHERER_DOWN;
	g->drained = true;
	json_decref(g->stats);
	g->stats = NULL;
	strike(g);
	assign_again(g);
	if (clock_mono_ms() - g->started > STEADY_MS)
		g->backoff_ms = BACKOFF_MIN_MS;
	if (!stopping) {
		g->restarts++;
		g->drained = false;
		restart_later(g);
	}
	desk_check_done(g->dk);
}

void
gatherers_reap(struct desk *dk)
{
	int status;

	/* Only our own: libraries may have children too. */
	for (size_t i = 0; i < dk->ngatherers; i++) {
		struct gatherer *g = &dk->gatherers[i];

		if (g->pid > 0 && waitpid(g->pid, &status, WNOHANG) == g->pid)
			gatherer_died(g, status);
	}
}

void
gatherers_check(struct desk *dk)
{
	int64_t now = clock_mono_ms();
	bool late = now - dk->checked > SILENCE_MS / 2;

	dk->checked = now;
	for (size_t i = 0; i < dk->ngatherers; i++) {
		struct gatherer *g = &dk->gatherers[i];

		if (late) /* it was us who did not listen */
			g->heard = now;
		if (g->pid > 0 && now - g->heard > SILENCE_MS)
			gatherer_violation(g, "is silent for 30 s");
	}
}

static uint32_t
gatherer_count(const struct config *c)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (c->gatherers > 0)
		return c->gatherers;
	return cores > 2 ? (uint32_t)MIN(cores - 1, 64) : 1;
}

int
gatherers_start(struct desk *dk)
{
	dk->ngatherers = gatherer_count(dk->config);
	dk->gatherers = xcalloc(dk->ngatherers, sizeof(*dk->gatherers));
	for (uint32_t i = 0; i < dk->ngatherers; i++) {
		struct gatherer *g = &dk->gatherers[i];

		g->dk = dk;
		g->index = i;
		g->backoff_ms = BACKOFF_MIN_MS;
		TAILQ_INIT(&g->to_assign);
		TAILQ_INIT(&g->wants);
		g->restart = evtimer_new(dk->base, restart_cb, g);
	}
	feeds_apply(dk);
	feeds_load_summaries(dk);
	for (size_t i = 0; i < dk->ngatherers; i++)
		gatherer_spawn(&dk->gatherers[i]);
	return 0;
}

void
gatherers_stop(struct desk *dk)
{
	for (size_t i = 0; i < dk->ngatherers; i++) {
		struct gatherer *g = &dk->gatherers[i];

		if (g->pid > 0) {
			(void)kill(g->pid, SIGKILL);
			(void)waitpid(g->pid, NULL, 0);
		}
		link_free(g->link);
		g->link = NULL;
		event_free(g->restart);
		json_decref(g->stats);
	}
}

void
gatherers_configure(struct desk *dk)
{
	for (size_t i = 0; i < dk->ngatherers; i++)
		if (dk->gatherers[i].link != NULL)
			gatherer_configure(&dk->gatherers[i]);
}

void
gatherers_pause(struct desk *dk)
{
	for (size_t i = 0; i < dk->ngatherers; i++)
		if (dk->gatherers[i].link != NULL)
			link_send(dk->gatherers[i].link,
			    json_pack("{s:{s:b}}", "pause", "on",
				desk_polling(dk) ? 0 : 1));
}

void
gatherers_drain(struct desk *dk)
{
	for (size_t i = 0; i < dk->ngatherers; i++)
		if (dk->gatherers[i].link != NULL)
			link_send(dk->gatherers[i].link,
			    json_pack("{s:{}}", "drain"));
}

bool
gatherers_drained(const struct desk *dk)
{
	for (size_t i = 0; i < dk->ngatherers; i++)
		if (dk->gatherers[i].link != NULL && !dk->gatherers[i].drained)
			return false;
	return true;
}

void
gatherers_serve(struct desk *dk)
{
	for (size_t i = 0; i < dk->ngatherers; i++)
		polls_serve(&dk->gatherers[i]);
}

size_t
gatherers_poll_now(struct desk *dk, const char *what)
{
	struct desk_feed *f;
	size_t n = 0;

	TAILQ_FOREACH (f, &dk->feed_list, all) {
		if (!feed_is_named(f, what))
			continue;
		n++;
		f->sum.next = 0; /* a gatherer that restarts knows it too */
		if (!f->to_assign && f->gatherer->link != NULL)
			link_send(
			    f->gatherer->link, json_pack("{s:{s:[s]}}",
						   "pollnow", "feeds", f->key));
	}
	return n;
}
