/* confine.c - no way back: no new privileges, no files, few calls. */
#include <sys/prctl.h>

#include "base/log.h"
#include "feed/feed.h"
#include "gatherer/parts.h"

void
confine(struct gatherer *g)
{
	if (g->confined)
		return;
	g->confined = true;
	feed_charsets_load();
	if (prctl(PR_SET_DUMPABLE, 0) == -1)
		log_warn("dumpable");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		log_warn("no_new_privs");
}
