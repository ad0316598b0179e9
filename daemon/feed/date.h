/* date - the dates that feeds contain, to seconds since the epoch (UTC). */
#ifndef FEED_DATE_H
#define FEED_DATE_H

#include <stdint.h>

/*
 * RFC 822/1123, RFC 3339 and W3CDTF in all lengths, asctime, and the broken
 * forms met in the wild. No zone means UTC; an unknown zone name too.
 * ITEM_NO_TIME (INT64_MIN) when it is no date in the years 1 to 9999.
 */
int64_t date_parse(const char *s);

#endif
