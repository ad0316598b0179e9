/* config_files.c - files that the configuration names: are they there? */
#include <errno.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/macros.h"
#include "config/config.h"

struct mark {
	const char *file;
	uint32_t line, col;
};

/*
 * Who checks need not be who runs the daemon: what cannot be looked at is not
 * doubted, and what is there need not be readable.
 */
static bool
is_gone(const char *path, struct stat *sb)
{
	return stat(path, sb) == -1 && (errno == ENOENT || errno == ENOTDIR);
}

static void
check_file(const char *key, const char *path, const char *remedy,
    const struct mark *at, struct diags *ds)
{
	struct stat sb;

	if (path != NULL && is_gone(path, &sb))
		diags_add(ds, DIAG_WARNING, at->file, at->line, at->col,
		    "%s: no file \"%.200s\"; %s", key, path, remedy);
}

static void
check_program(const char *path, const struct mark *at, struct diags *ds)
{
	static const char remedy[] =
	    "the daemon does not start without a program it can run";
	struct stat sb;

	check_file("exec", path, remedy, at, ds);
	if (is_gone(path, &sb) || stat(path, &sb) == -1)
		return;
	if (!S_ISREG(sb.st_mode) || (sb.st_mode & 0111) == 0)
		diags_add(ds, DIAG_WARNING, at->file, at->line, at->col,
		    "exec: \"%.200s\" is no program; expected a file with the "
		    "right to be executed, as chmod +x gives it",
		    path);
}

static void
check_sink(const struct config_sink *s, struct diags *ds)
{
	static const char remedy[] =
	    "the daemon does not start without; right if the service brings it";
	const struct mark at = { s->mark_file, s->mark_line, s->mark_col };
	const struct {
		const char *key, *path;
	} secrets[] = {
		{ "secret_file", s->webhook.secret_file },
		{ "headers_file", s->webhook.headers_file },
		{ "password_file", s->mail.password_file },
	};

	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		check_file(secrets[i].key, secrets[i].path, remedy, &at, ds);
	if (s->nexec > 0)
		check_program(s->exec[0], &at, ds);
}

void
config_check_files(const struct config *c, struct diags *ds)
{
	for (size_t i = 0; i < c->nfeeds; i++) {
		const struct config_feed *f = &c->feeds[i];
		const struct mark at = { f->mark_file, f->mark_line,
			f->mark_col };

		check_file("feed", f->file,
		    "polls fail until there is one; a path is relative to the "
		    "file it stands in",
		    &at, ds);
	}
	for (size_t i = 0; i < c->nsinks; i++)
		check_sink(&c->sinks[i], ds);
}
