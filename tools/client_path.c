/* client_path.c - which socket: what the configuration says, however faulty. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/fsutil.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "client.h"
#include "config/config.h"
#include "config/yaml.h"
#include "wiresift.h"

#define DEFAULT_STREAM "/run/wiresift/stream.sock"
#define DEFAULT_CONTROL "/run/wiresift/control.sock"

static const char *
configured(const struct config *c, bool control)
{
	if (control)
		return c->control;
	for (size_t i = 0; i < c->nsinks; i++) {
		if (c->sinks[i].socket != NULL)
			return c->sinks[i].socket;
	}
	return NULL;
}

/*
 * Most faults are in rules or feeds and leave the main file readable: the
 * control socket that it names, or NULL. It is not checked as a load would;
 * at worst nobody listens there.
 */
static char *
control_in(const char *path)
{
	const struct yaml_node *map, *value = NULL;
	struct arena *a = arena_new(0);
	struct strbuf sb;
	char *full = NULL;
	struct diag d;

	strbuf_init(&sb, YAML_MAX_BYTES);
	if (fs_read(path, &sb) == 0 &&
	    (map = yaml_parse(a, path, sb.data, sb.len, &d)) != NULL &&
	    map->kind == YAML_MAP)
		value = yaml_get(map, "control");
	if (value != NULL && value->kind == YAML_SCALAR &&
	    value->text[0] != '\0')
		full = fs_relative(path, value->text);
	strbuf_fini(&sb);
	arena_free(a);
	return full;
}

/* Why the configuration tells no path, and which one is tried instead. */
static void
tell_fault(const struct diags *ds, const char *path)
{
	char line[1024];

	fputs("wiresift: the configuration has a fault: ", stderr);
	tool_print(stderr, diag_str(&ds->v[0], line, sizeof(line)));
	fputs("\nwiresift: trying the daemon at ", stderr);
	tool_print(stderr, path);
	fputs(" all the same\n", stderr);
}

char *
client_socket_path(const char *config_path, bool control)
{
	const char *dflt = control ? DEFAULT_CONTROL : DEFAULT_STREAM;
	char *own = NULL, *path = NULL;
	const char *found = NULL;
	struct config *c = NULL;
	struct diags ds;

	/* The first fault is told, the others are the business of check. */
	diags_init(&ds, 1);
	if (config_path == NULL)
		config_path = own = tool_default_config();
	/* Without any configuration of ours the built-in path needs no word. */
	if (own == NULL || access(config_path, F_OK) == 0)
		c = config_load(config_path, &ds);
	if (c != NULL)
		found = configured(c, control);
	else if (control)
		path = control_in(config_path);
	if (path == NULL)
		path = xstrdup(found != NULL ? found : dflt);
	if (c == NULL && ds.errors > 0)
		tell_fault(&ds, path);
	config_free(c);
	diags_fini(&ds);
	free(own);
	return path;
}
