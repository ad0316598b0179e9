/* fuzz_headers.c - any text as the headers that plan the next poll, and as
 * validators. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "feed/plan.h"
#include "net/fetch.h"
#include "pipeline/poll.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1706349600) /* January 27, 2024 */
#define DAY 86400

/* A validator that we would send has nothing that could end a header. */
static void
check_validator(const char *s)
{
	const char *v = fetch_validator(s);

	if (v == NULL)
		return;
	if (strlen(v) > POLL_VALIDATOR_MAX)
		abort();
	for (; *v != '\0'; v++)
		if (*v < ' ' || *v > '~')
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan_input in = {
		.now = NOW, .every_s = 600, .min_s = 60, .max_s = DAY
	};
	struct plan_headers *h = &in.headers;
	const char **const fields[] = { &h->cache_control, &h->expires,
		&h->date, &h->age, &h->retry_after };
	struct plan out;
	char text[1024], *p = text, *save = NULL;

	if (size < 4 || size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	in.event = (enum plan_event)((unsigned char)text[0] % (PLAN_GONE + 1));
	in.failures = (unsigned char)text[1];
	in.adaptive = text[2] & 1;
	in.seed = (unsigned char)text[3];
	p = strtok_r(text + 4, "\n", &save);
	for (size_t i = 0; i < ARRAY_LEN(fields) && p != NULL; i++) {
		*fields[i] = p;
		check_validator(p);
		p = strtok_r(NULL, "\n", &save);
	}
	plan_next(&in, &out);
	if (out.why == NULL || out.next <= NOW)
		abort();
	/* Hints never pass the cap, give or take the jitter. */
	if (out.next != PLAN_NEVER && out.next > NOW + 2 * DAY)
		abort();
	return 0;
}
