/* fuzz_date.c - any text through the date reader. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "feed/date.h"
#include "item/item.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[256];
	int64_t t;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	t = date_parse(text);
	/* Years 1 to 9999, and a day for the zones. */
	if (t != ITEM_NO_TIME &&
	    (t < -62135683200 - 366 * 86400 || t > 253402387200 + 366 * 86400))
		abort();
	return 0;
}
