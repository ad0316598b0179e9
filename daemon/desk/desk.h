/*
 * desk - the process that decides, commits and serves; it has no network.
 */
#ifndef DESK_DESK_H
#define DESK_DESK_H

#include <stdbool.h>

/*
 * Be the daemon until told to stop. With `once` poll every feed once, commit,
 * let the file sinks catch up, and return. The exit code: 0; 1 when a feed
 * failed (`once`); 73 for a store, sink or socket that cannot be opened; 75
 * when another daemon has the store; 78 for a configuration with faults, all
 * of which were told on stderr.
 */
int desk_run(const char *config_path, bool once);

#endif
