/* subscriber_name.c - a subscriber whose place is kept: its name, its acks. */
#include <errno.h>
#include <stdlib.h>

#include "base/xmalloc.h"
#include "sink/request.h"
#include "sink/subscriber_priv.h"

void
sub_keep_place(struct subscriber *sub)
{
	uint64_t done = sub->cursor;

	if (sub->named == NULL || sub->state < SUB_STATE_STREAM)
		return;
	if (sub->nunacked > 0)
		done = sub->unacked[sub->first_unacked] - 1;
	named_move(sub->env->named, sub->named, done);
}

void
sub_leave_name(struct subscriber *sub)
{
	sub_keep_place(sub);
	if (sub->named != NULL)
		sub->named->sub = NULL;
	sub->named = NULL;
	sub->ack = false;
	free(sub->unacked);
	sub->unacked = NULL;
	sub->nunacked = sub->first_unacked = 0;
	sub->ack_owed = false;
	sub->ack_told = 0;
}

void
sub_kept_place(struct subscriber *sub, struct request *rq)
{
	struct named_set *ns = sub->env->named;
	struct named *nm;
	char why[160];

	if (rq->start == START_AFTER || ns == NULL ||
	    (nm = named_find(ns, rq->name, sub->uid, why, sizeof(why))) == NULL)
		return;
	if (nm->sub != NULL)
		sub_keep_place(nm->sub); /* it will be replaced */
	rq->start = START_AFTER;
	rq->epoch = nm->epoch;
	rq->seq = nm->place;
}

int
sub_take_name(struct subscriber *sub, const struct request *rq)
{
	struct sub_env *env = sub->env;
	struct named *nm;
	char why[160];
	bool fresh;

	if (env->named == NULL) {
		subscriber_error(sub, "unsupported", "there are no names here");
		return -1;
	}
	nm = named_open(env->named, rq->name, sub->uid, sub->cursor, &fresh,
	    why, sizeof(why));
	if (nm == NULL) {
		const char *code = errno == EPERM    ? "denied"
				   : errno == EDQUOT ? "too-many-names"
						     : "journal";

		subscriber_error(sub, code, why);
		return -1;
	}
	if (nm->sub != NULL && nm->sub != sub) {
		struct subscriber *old = nm->sub;

		sub_leave_name(old);
		sub_say_bye(old, "replaced");
	}
	sub->named = nm;
	nm->sub = sub;
	sub->ack = rq->ack;
	if (sub->ack)
		sub->unacked = xcalloc(MAX_UNACKED, sizeof(*sub->unacked));
	return 0;
}

void
sub_take_ack(struct subscriber *sub, const struct request *rq)
{
	if (!sub->ack || rq->epoch != sub->env->journal->epoch ||
	    rq->seq > sub->cursor) {
		subscriber_error(sub, "bad-ack",
		    !sub->ack ? "this subscription acknowledges nothing"
			      : "that was not sent on this connection");
		return;
	}
	while (
	    sub->nunacked > 0 && sub->unacked[sub->first_unacked] <= rq->seq) {
		sub->first_unacked = (sub->first_unacked + 1) % MAX_UNACKED;
		sub->nunacked--;
	}
	sub->ack_told = MAX(sub->ack_told, rq->seq);
	sub->ack_owed = true;
	sub_keep_place(sub);
	if (!named_dirty(sub->env->named))
		subscriber_saved(sub); /* it was there already */
}

void
subscriber_saved(struct subscriber *sub)
{
	if (!sub->ack_owed || sub->state != SUB_STATE_STREAM)
		return;
	/* Inside: the cursor beside a frame is where the stream stands. */
	sub_say(sub,
	    json_pack("{s:{s:o, s:I}}", "acked", "cursor",
		sub_place(sub->env->journal->epoch, sub->ack_told), "unacked",
		(json_int_t)sub->nunacked),
	    false);
	sub->ack_owed = false;
	sub->ack_told = 0;
}

void
sub_forget(struct subscriber *sub, const char *name)
{
	struct named_set *ns = sub->env->named;
	struct named *nm = NULL;
	char why[160] = "there are no names here";

	if (ns != NULL)
		nm = named_find(ns, name, sub->uid, why, sizeof(why));
	if (nm == NULL) {
		subscriber_error(
		    sub, errno == EPERM ? "denied" : "unknown-name", why);
		return;
	}
	if (nm->sub != NULL) {
		struct subscriber *who = nm->sub;

		sub_leave_name(who);
		if (who != sub)
			sub_say_bye(who, "forgotten");
	}
	if (named_forget(ns, nm) == -1)
		subscriber_error(sub, "journal", sub->env->journal->error);
	else
		sub_say(sub, json_pack("{s:{s:s}}", "forgotten", "name", name),
		    false);
}

void
subscriber_set_uid(struct subscriber *sub, uid_t uid)
{
	sub->uid = uid;
}

size_t
subscriber_unacked(const struct subscriber *sub)
{
	return sub->nunacked;
}
