/* date_names - names of months, zones and halves of the day, many languages. */
#ifndef FEED_DATE_NAMES_H
#define FEED_DATE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* `word` is UTF-8 in lower case, with a NUL. */

/* 1 to 12, or 0: the longest known beginning of the word decides. */
int date_month_of(const char *word);
/* True and minutes east of UTC when it names a zone. */
bool date_zone_of(const char *word, int *minutes);
/* 'a' before noon, 'p' after it, 0 neither. */
char date_half_of(const char *word);

#endif
