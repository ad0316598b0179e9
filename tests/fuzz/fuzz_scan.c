/* fuzz_scan.c - any text gives the tokens of the slow, obvious scanner. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/slow_tokens.h"

#define LIMIT 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (size > LIMIT)
		size = LIMIT;
	if (memchr(data, '\0', size) != NULL)
		size = strlen((const char *)data);
	text = malloc(size + 1);
	if (text == NULL)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	slow_tokens_check(text, size);
	free(text);
	return 0;
}
