/* tool_config.c - find and load the configuration for a verb. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/xmalloc.h"
#include "config/config.h"
#include "wiresift.h"

#define MAX_FAULTS 50 /* more are counted */

/* In a built tree, where this program is build/VARIANT/wiresift: the tree's
 * own configuration, or NULL. */
static char *
tree_config(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *path, *slash;

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	for (int up = 0; up < 2; up++) { /* to .../build */
		if ((slash = strrchr(exe, '/')) == NULL)
			return NULL;
		*slash = '\0';
	}
	slash = strrchr(exe, '/');
	if (slash == NULL || strcmp(slash, "/build") != 0)
		return NULL;
	*slash = '\0';
	path = xasprintf("%s/conf/wiresift.yaml", exe);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

char *
tool_default_config(void)
{
	char *path = tree_config();

	return path != NULL
		   ? path
		   : xstrdup(WIRESIFT_SYSCONFDIR "/wiresift/wiresift.yaml");
}

void
tool_faults(const struct diags *ds)
{
	char line[1024];

	fflush(stdout);
	for (size_t i = 0; i < ds->n; i++) {
		diag_str(&ds->v[i], line, sizeof(line));
		if (ds->v[i].severity == DIAG_WARNING)
			fputs("warning: ", stderr);
		tool_print(stderr, line);
		fputc('\n', stderr);
	}
	if (ds->errors + ds->warnings > ds->n)
		fprintf(stderr, "... and %zu more\n",
		    ds->errors + ds->warnings - ds->n);
}

struct config *
tool_config(const char *path, int *code)
{
	char *found = NULL;
	struct config *c;
	struct diags ds;

	if (path == NULL)
		path = found = tool_default_config();
	*code = TOOL_OK;
	if (access(path, R_OK) == -1) {
		tool_warn("%s", path);
		*code = TOOL_NO_FILE;
		free(found);
		return NULL;
	}
	diags_init(&ds, MAX_FAULTS);
	c = config_load(path, &ds);
	tool_faults(&ds);
	diags_fini(&ds);
	free(found);
	if (c == NULL)
		*code = TOOL_BAD_CONFIG;
	return c;
}
