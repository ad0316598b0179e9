/* sqlite_alerts.c - what is known of alerts, a row for each subject. */
#include "store/sqlite_db.h"

int
sq_put_alert(struct journal *j, const struct alert_row *r)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	bool put = r->state != NULL;
	sqlite3_stmt *st;

	if (sq_need_txn(sj) == -1 ||
	    (st = sq_stmt(sj, put ? SQ_ALERT_PUT : SQ_ALERT_DEL)) == NULL)
		return -1;
	sq_bind_text(st, 1, r->alert);
	sq_bind_text(st, 2, r->subject);
	if (put)
		sq_bind_text(st, 3, r->state);
	return sq_run(sj, st);
}

int
sq_each_alert(struct journal *j, alert_row_cb *cb, void *cookie)
{
	struct sqlite_journal *sj = (struct sqlite_journal *)j;
	sqlite3_stmt *st = sq_stmt(sj, SQ_ALERT_EACH);
	int rc = SQLITE_DONE, stop = 0;

	if (st == NULL)
		return -1;
	while (stop == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
		struct alert_row r = { .alert = sq_text(st, 0),
			.subject = sq_text(st, 1),
			.state = sq_text(st, 2) };

		stop = cb(cookie, &r);
	}
	return sq_walked(sj, st, rc, stop);
}
