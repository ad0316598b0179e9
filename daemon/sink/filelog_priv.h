/* filelog_priv - a file log seen from inside: the file, and its lines. */
#ifndef SINK_FILELOG_PRIV_H
#define SINK_FILELOG_PRIV_H

#include "base/strbuf.h"
#include "sink/filelog.h"

#define FILELOG_PAGE ((size_t)256 << 10) /* bytes; one frame more at most */

struct filelog {
	struct journal *j;
	const struct sink_filter *filter;
	char *name, *path;
	int fd;                 /* -1 = to be opened */
	struct sink_cursor at;  /* as it is: file, seq, offset */
	struct sink_cursor row; /* as committed */
	bool has_row;
	bool unsaved; /* lines lie behind the row's offset */
	struct strbuf page;
	uint64_t rotate_bytes; /* 0 = never */
	uint32_t rotate_keep;
	uint64_t rotate_again; /* it failed: not before this offset */
	char error[256];       /* "" = none */
	struct filelog_stats stats;
};

/* Note trouble, once in the log; answers -1. */
int filelog_trouble(struct filelog *fl, const char *doing) MUST_CHECK;
/* Commit `at` as the row. */
int filelog_save(struct filelog *fl) MUST_CHECK;
/* Append page to the file and make it durable. */
int filelog_write(struct filelog *fl) MUST_CHECK;

/* filelog_file.c: open and repair; see whether it is still what we know. */
int filelog_open_file(struct filelog *fl) MUST_CHECK;
int filelog_check_file(struct filelog *fl) MUST_CHECK;
void filelog_close_file(struct filelog *fl);

/* filelog_rotate.c: rename the file when it has grown to its size. */
int filelog_rotate(struct filelog *fl) MUST_CHECK;

#endif
