/* plural.c - a number with its noun. */
#include <inttypes.h>
#include <stdio.h>

#include "base/plural.h"

const char *
plural_put(char out[PLURAL_MAX], uint64_t n, const char *one, const char *many)
{
	snprintf(out, PLURAL_MAX, "%" PRIu64 " %s", n, n == 1 ? one : many);
	return out;
}
