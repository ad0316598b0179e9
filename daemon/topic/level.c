/* level.c - names of levels, and globs over topic names. */
#include <string.h>

#include "topic/topic.h"

static const char *const level_names[] = {
	[TOPIC_NONE] = "none",
	[TOPIC_MENTIONS] = "mentions",
	[TOPIC_ABOUT] = "about",
};

const char *
topic_level_name(enum topic_level l)
{
	return level_names[l];
}

bool
topic_level_parse(const char *s, enum topic_level *l)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (strcmp(s, level_names[i]) == 0) {
			*l = (enum topic_level)i;
			return true;
		}
	}
	return false;
}

/* One way back, to the last star: at most name times glob steps. */
bool
topic_glob_match(const char *glob, const char *name)
{
	const char *star = NULL, *resume = NULL;

	if (strcmp(glob, "*") == 0)
		return name[0] != '_';
	while (*name != '\0') {
		if (*glob == '*') {
			star = ++glob;
			resume = name;
		} else if (*glob == '?' || *glob == *name) {
			glob++;
			name++;
		} else if (star != NULL) {
			glob = star;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}
