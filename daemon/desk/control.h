/*
 * control - the socket that `wiresift status`, `reload` and so on talk to.
 *
 * NDJSON, one request a line (at most CONTROL_MAX_LINE), one reply a line, in
 * order; a client may ask many times. Asking is for who may connect (the
 * group of the socket), changing for root and the daemon's own uid, by peer
 * credentials.
 *
 *   {"VERB":{ARGUMENTS}}  ->  {"ok":{...}}
 *                             {"error":{"code":CODE,"message":TEXT}}
 *
 * Codes: bad_request, unknown_verb, denied, not_found, config, store, busy,
 * too_large, no_archive, done.
 *
 *   status {}         version, pid, state (running, paused, degraded,
 *                     stopping), why, since, config {file, rev, loaded,
 *                     error}, feeds {total, ok, failing, unpolled, polling},
 *                     gatherers [{index, pid, state, feeds, uncommitted,
 *                     restarts, stats}], journal {oldest, newest, bytes,
 *                     record_bytes, record_max, archive_bytes, archive_max,
 *                     held_by {sink, from, records}|null}, remembered, copies
 *                     {items, bytes, oldest, evicted, evicted_bytes}, sinks
 *                     [{name, kind, ...}], alerts, lookbacks (as the verbs
 *                     have them), lag, http, counters {polls, items, matches,
 *                     looked_back}
 *   metrics {}        text (OpenMetrics)
 *   feeds {"match":G} feeds [{key, name, url|file, outcome, http_status, why,
 *                     last_attempt, last_success, next, next_why, failures,
 *                     items, polls, lag, polling, gatherer}]; lag: {last,
 *                     median, items} in seconds from publication to commit;
 *                     "match" is optional: a URL, or a glob over key and
 *                     name. Times are RFC 3339 or null
 *   explain {"id":X}  items [{id, feed, url, canonical, at, cursor|null,
 *                     item}], newest first; X is an item's id or its URL;
 *                     "item" is item_encode()
 *   archive {"since":S, "after":P, "limit":N}
 *                     a page of all archived items, oldest first: items
 *                     [{id, feed, at, only, item}], after, rev. "since" is in
 *                     seconds since the epoch; "after" asks for the page
 *                     behind the one that answered it, null there means that
 *                     there is no more; a page may hold fewer than "limit"
 *                     (at most 500). "only": the topic globs that the feed
 *                     is restricted to, or null
 *   rules {}          rev, and the configuration in force with the text of
 *                     its rules: config_encode_gatherer()
 *   lookback {"topic":T, "since":S, "alerts":B, "again":B}
 *                     deliver what T matches of the archive from S on; the
 *                     answer is that of lookbacks, of this one; changing
 *   lookback_stop {"topic":T}  the same; changing
 *   lookbacks {"topic":T}  lookbacks [{topic, state (running, done, stopped,
 *                     failed), why, percent, waits, looked, delivered, before,
 *                     unknown, alerts, since, started, ended, to, not_to}];
 *                     "topic" is optional
 *   show_config {}    yaml
 *   reload {}         rev, warnings [TEXT], restart (names of changed keys
 *                     that wait for a restart); changing. A bad file: error
 *                     with code config, and "faults": [TEXT]
 *   pause {} resume {} state; changing
 *   poll {"feed":X}   feeds (how many); X is as "match" of feeds; changing
 */
#ifndef DESK_CONTROL_H
#define DESK_CONTROL_H

#include <stddef.h>

#include "base/macros.h"

struct control; /* opaque */
struct desk;

#define CONTROL_MAX_LINE ((size_t)64 << 10)  /* of a request */
#define CONTROL_MAX_REPLY ((size_t)64 << 20) /* of a reply */

/* `listen_fd` from systemd, or -1: bind `path`. NULL and `why` on failure. */
struct control *control_new(struct desk *dk, const char *path, int listen_fd,
    char *why, size_t why_size) MUST_CHECK;
void control_free(struct control *ct);

#endif
