/* named.c - places of named subscribers, kept in the journal. */
#include "sink/named.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hmap.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "sink/subscriber.h"
#include "store/journal.h"

struct named_set {
	struct journal *j;
	char *prefix; /* of row names: ":SINK:" */
	struct hmap *names;
	bool dirty;
};

bool
named_valid(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > NAMED_MAX_NAME ||
	    !isalnum((unsigned char)name[0]))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) &&
		    strchr("._-", name[i]) == NULL)
			return false;
	}
	return true;
}

static struct named *
add(struct named_set *ns, const char *name, uid_t uid, uint64_t place)
{
	struct named *nm = xcalloc(1, sizeof(*nm));

	nm->name = xstrdup(name);
	nm->uid = uid;
	nm->epoch = ns->j->epoch;
	nm->place = nm->saved = place;
	nm->seen = clock_wall();
	(void)hmap_put(ns->names, name, nm);
	return nm;
}

static void
named_drop(void *p)
{
	struct named *nm = p;

	if (nm == NULL)
		return;
	free(nm->name);
	free(nm);
}

static int
load_cb(void *cookie, const char *row, const struct sink_cursor *c)
{
	struct named_set *ns = cookie;
	const char *name = row + strlen(ns->prefix);
	struct named *nm;

	if (!named_valid(name))
		return 0;
	nm = add(ns, name, (uid_t)c->dev, c->seq);
	nm->epoch = c->epoch;
	nm->seen = (int64_t)c->ino;
	return 0;
}

struct named_set *
named_new(struct journal *j, const char *sink)
{
	struct named_set *ns = xcalloc(1, sizeof(*ns));

	ns->j = j;
	ns->prefix = xasprintf(":%s:", sink);
	ns->names = hmap_new();
	if (j->ops->each_cursor(j, ns->prefix, load_cb, ns) == -1)
		log_warnx("sink=%s named subscribers: %s", sink, j->error);
	return ns;
}

void
named_free(struct named_set *ns)
{
	if (ns == NULL)
		return;
	hmap_free(ns->names, named_drop);
	free(ns->prefix);
	free(ns);
}

static int
put_row(struct named_set *ns, struct named *nm)
{
	struct sink_cursor c = { .epoch = nm->epoch,
		.seq = nm->place,
		.dev = nm->uid,
		.ino = (uint64_t)nm->seen };
	char *row = xasprintf("%s%s", ns->prefix, nm->name);
	int rc = ns->j->ops->put_cursor(ns->j, row, &c);

	free(row);
	return rc;
}

bool
named_dirty(const struct named_set *ns)
{
	return ns->dirty;
}

int
named_save(struct named_set *ns)
{
	struct journal *j = ns->j;
	void *value;

	if (!ns->dirty)
		return 0;
	if (j->ops->begin(j) == -1)
		return -1;
	for (size_t pos = 0; hmap_next(ns->names, &pos, NULL, NULL, &value);) {
		struct named *nm = value;

		if (nm->place != nm->saved && put_row(ns, nm) == -1)
			goto fail;
	}
	if (j->ops->commit(j) == -1)
		goto fail;
	for (size_t pos = 0; hmap_next(ns->names, &pos, NULL, NULL, &value);) {
		struct named *nm = value;

		nm->saved = nm->place;
	}
	ns->dirty = false;
	return 1;
fail:
	j->ops->rollback(j);
	return -1;
}

void
named_move(struct named_set *ns, struct named *nm, uint64_t place)
{
	nm->seen = clock_wall();
	nm->place = place;
	nm->epoch = ns->j->epoch;
	ns->dirty = ns->dirty || place != nm->saved;
}

struct named *
named_find(
    struct named_set *ns, const char *name, uid_t uid, char *why, size_t size)
{
	struct named *nm = hmap_get(ns->names, name);

	errno = ENOENT;
	if (nm == NULL)
		snprintf(why, size, "no subscriber is named \"%s\"", name);
	if (nm == NULL || uid == nm->uid || uid == 0)
		return nm;
	snprintf(why, size, "the name \"%s\" belongs to user %u", name,
	    (unsigned int)nm->uid);
	errno = EPERM;
	return NULL;
}

static size_t
count_of(const struct named_set *ns, uid_t uid)
{
	size_t n = 0;
	void *value;

	for (size_t pos = 0; hmap_next(ns->names, &pos, NULL, NULL, &value);)
		n += ((struct named *)value)->uid == uid;
	return n;
}

struct named *
named_open(struct named_set *ns, const char *name, uid_t uid, uint64_t place,
    bool *fresh, char *why, size_t size)
{
	struct named *nm = named_find(ns, name, uid, why, size);
	struct journal *j = ns->j;

	*fresh = false;
	if (nm != NULL || errno == EPERM)
		return nm;
	if (uid != 0 && count_of(ns, uid) >= NAMED_MAX_A_USER) {
		snprintf(why, size,
		    "user %u has %d names already; forget one first",
		    (unsigned int)uid, NAMED_MAX_A_USER);
		errno = EDQUOT;
		return NULL;
	}
	nm = add(ns, name, uid, place);
	if (j->ops->begin(j) == 0) {
		if (put_row(ns, nm) == 0 && j->ops->commit(j) == 0) {
			*fresh = true;
			return nm;
		}
		j->ops->rollback(j);
	}
	snprintf(why, size, "%s", j->error);
	named_drop(hmap_del(ns->names, name));
	errno = EIO;
	return NULL;
}

int
named_forget(struct named_set *ns, struct named *nm)
{
	struct journal *j = ns->j;
	char *row;
	int rc;

	if (j->ops->begin(j) == -1)
		return -1;
	row = xasprintf("%s%s", ns->prefix, nm->name);
	rc = j->ops->del_cursor(j, row);
	free(row);
	if (rc == -1 || j->ops->commit(j) == -1) {
		j->ops->rollback(j);
		return -1;
	}
	named_drop(hmap_del(ns->names, nm->name));
	return 0;
}

static int
by_name(const void *a, const void *b)
{
	const struct named *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

json_t *
named_status(const struct named_set *ns, uint64_t newest)
{
	size_t n = hmap_len(ns->names), i = 0, pos = 0;
	struct named **v = xcalloc(n + 1, sizeof(struct named *));
	json_t *list = json_array();
	void *value;

	while (i < n && hmap_next(ns->names, &pos, NULL, NULL, &value))
		v[i++] = value;
	qsort(v, n, sizeof(struct named *), by_name);
	for (i = 0; i < n; i++) {
		const struct named *nm = v[i];
		char cursor[CURSOR_MAX];

		cursor_format(nm->epoch, nm->place, cursor);
		json_array_append_new(list,
		    json_pack("{s:s, s:I, s:b, s:s, s:I, s:I, s:I}", "name",
			nm->name, "uid", (json_int_t)nm->uid, "connected",
			nm->sub != NULL, "cursor", cursor, "lag",
			(json_int_t)(newest - MIN(newest, nm->place)),
			"unacked",
			(json_int_t)(nm->sub != NULL
					 ? subscriber_unacked(nm->sub)
					 : 0),
			"seen", (json_int_t)nm->seen));
	}
	free(v);
	return list;
}

uint64_t
named_needs(const struct named_set *ns)
{
	size_t n = hmap_len(ns->names), pos = 0;
	uint64_t need = UINT64_MAX;
	void *value;

	while (n-- > 0 && hmap_next(ns->names, &pos, NULL, NULL, &value)) {
		const struct named *nm = value;

		/* Of another life of the journal: a gap tells it all. */
		if (nm->epoch == ns->j->epoch)
			need = MIN(need, nm->saved + 1);
	}
	return need;
}
