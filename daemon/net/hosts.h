/*
 * hosts - politeness: one request at a time to a host, spaced.
 *
 * Whoever wants to ask a host first takes a turn at it. Turns are given in
 * the order they were asked for.
 */
#ifndef NET_HOSTS_H
#define NET_HOSTS_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct hosts; /* opaque */
struct hosts_turn;

/* `gap_ms` between the end of a turn and the next one at the same host. */
struct hosts *hosts_new(struct event_base *base, uint32_t gap_ms);
/* Turns still open become void: hosts_end() must not be called for them. */
void hosts_free(struct hosts *h);
void hosts_set_gap(struct hosts *h, uint32_t gap_ms);

typedef void hosts_cb(void *cookie);

/*
 * Ask for a turn at the host `key` (url_host_key()). `cb` is called once,
 * from the loop, when it begins; end it with hosts_end().
 */
struct hosts_turn *hosts_ask(
    struct hosts *h, const char *key, hosts_cb *cb, void *cookie);
/* The turn is over, or given up before it began. NULL is allowed. */
void hosts_end(struct hosts_turn *t);
/* The key it was asked for. */
const char *hosts_turn_key(const struct hosts_turn *t);

/* The host wants no request for `ms` from now (429 with Retry-After). */
void hosts_hold(struct hosts *h, const char *key, int64_t ms);
/* Milliseconds until the host may be asked, by holds alone; 0 = at once. */
int64_t hosts_held_ms(const struct hosts *h, const char *key);

#endif
