/*
 * fetch_easy - how libcurl is set up for one hop, and what its results mean.
 *
 * Private to fetch.c.
 */
#ifndef NET_FETCH_EASY_H
#define NET_FETCH_EASY_H

#include <curl/curl.h>
#include <stddef.h>

#include "pipeline/poll.h"

struct fetcher_params;

/* What never changes from fetch to fetch: `easy` is new or was reset. */
void fetch_easy_limits(CURL *easy, const struct fetcher_params *p);

/* One row of meaning for a CURLcode. */
struct fetch_meaning {
	enum poll_outcome outcome;
	const char *why; /* a sentence */
};
const struct fetch_meaning *fetch_easy_meaning(CURLcode rc);

#endif
