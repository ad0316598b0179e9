/* hosts.c - politeness: one request at a time to a host, spaced. */
#include "net/hosts.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/hmap.h"
#include "base/macros.h"
#include "base/xmalloc.h"

struct hosts_turn {
	TAILQ_ENTRY(hosts_turn) link;
	struct host *host;
	bool begun;
	hosts_cb *cb;
	void *cookie;
};

struct host {
	struct hosts *hosts;
	char *key;
	TAILQ_HEAD(, hosts_turn) waiting;
	struct hosts_turn *now; /* whose turn it is */
	int64_t next_ms;        /* no turn begins before, monotonic */
	int64_t held_ms;        /* the same, because the host said so */
	struct event *timer;    /* armed while there is something to do */
};

struct hosts {
	struct event_base *base;
	struct hmap *map;
	uint32_t gap_ms;
};

struct hosts *
hosts_new(struct event_base *base, uint32_t gap_ms)
{
	struct hosts *h = xcalloc(1, sizeof(*h));

	h->base = base;
	h->map = hmap_new();
	h->gap_ms = gap_ms;
	return h;
}

static void
host_free(void *p)
{
	struct host *ho = p;
	struct hosts_turn *t;

	while ((t = TAILQ_FIRST(&ho->waiting)) != NULL) {
		TAILQ_REMOVE(&ho->waiting, t, link);
		free(t);
	}
	free(ho->now);
	event_free(ho->timer);
	free(ho->key);
	free(ho);
}

void
hosts_free(struct hosts *h)
{
	if (h == NULL)
		return;
	hmap_free(h->map, host_free);
	free(h);
}

void
hosts_set_gap(struct hosts *h, uint32_t gap_ms)
{
	h->gap_ms = gap_ms;
}

static int64_t
host_wait_ms(const struct host *ho)
{
	int64_t ms = MAX(ho->next_ms, ho->held_ms) - clock_mono_ms();

	return MAX(ms, 0);
}

/* Look at the host again when its next turn may begin, or it is forgotten. */
static void
host_arm(struct host *ho)
{
	int64_t ms = host_wait_ms(ho);
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	if (ho->now == NULL)
		(void)evtimer_add(ho->timer, &tv);
}

static void
host_timer_cb(evutil_socket_t fd, short what, void *cookie)
{
	struct host *ho = cookie;
	struct hosts_turn *t = TAILQ_FIRST(&ho->waiting);

	(void)fd;
	(void)what;
	if (ho->now != NULL)
		return;
	if (host_wait_ms(ho) > 0) {
		host_arm(ho);
		return;
	}
	if (t == NULL) {
		(void)hmap_del(ho->hosts->map, ho->key);
		host_free(ho);
		return;
	}
	TAILQ_REMOVE(&ho->waiting, t, link);
	ho->now = t;
	t->begun = true;
	t->cb(t->cookie);
}

static struct host *
host_get(struct hosts *h, const char *key)
{
	struct host *ho = hmap_get(h->map, key);

	if (ho != NULL)
		return ho;
	ho = xcalloc(1, sizeof(*ho));
	ho->hosts = h;
	ho->key = xstrdup(key);
	TAILQ_INIT(&ho->waiting);
	ho->timer = evtimer_new(h->base, host_timer_cb, ho);
	(void)hmap_put(h->map, key, ho);
	return ho;
}

struct hosts_turn *
hosts_ask(struct hosts *h, const char *key, hosts_cb *cb, void *cookie)
{
	struct hosts_turn *t = xcalloc(1, sizeof(*t));

	t->host = host_get(h, key);
	t->cb = cb;
	t->cookie = cookie;
	TAILQ_INSERT_TAIL(&t->host->waiting, t, link);
	host_arm(t->host);
	return t;
}

void
hosts_end(struct hosts_turn *t)
{
	struct host *ho;

	if (t == NULL)
		return;
	ho = t->host;
	if (t->begun) {
		ho->now = NULL;
		ho->next_ms = clock_mono_ms() + ho->hosts->gap_ms;
	} else {
		TAILQ_REMOVE(&ho->waiting, t, link);
	}
	free(t);
	host_arm(ho);
}

const char *
hosts_turn_key(const struct hosts_turn *t)
{
	return t->host->key;
}

void
hosts_hold(struct hosts *h, const char *key, int64_t ms)
{
	struct host *ho = host_get(h, key);

	ho->held_ms = MAX(ho->held_ms, clock_mono_ms() + ms);
	host_arm(ho);
}

int64_t
hosts_held_ms(const struct hosts *h, const char *key)
{
	const struct host *ho = hmap_get(h->map, key);
	int64_t ms = ho != NULL ? ho->held_ms - clock_mono_ms() : 0;

	return MAX(ms, 0);
}
