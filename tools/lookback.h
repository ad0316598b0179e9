/* lookback - have the daemon deliver what a topic matches of its archive. */
#ifndef TOOLS_LOOKBACK_H
#define TOOLS_LOOKBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"

struct lookback_delivery {
	const char *socket, *topic;
	int64_t since; /* seconds */
	bool alerts, again, wait, stop, json;
};

/* Begin it and, with `wait`, stay until it is over. Answers the exit code. */
int lookback_deliver(const struct lookback_delivery *d) MUST_CHECK;
int lookback_stop(const struct lookback_delivery *d) MUST_CHECK;

#endif
