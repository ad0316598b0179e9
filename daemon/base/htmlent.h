/*
 * htmlent - HTML's named character references, the 2,125 names of HTML5.
 *
 * One table for the feed parser (names that XML does not know) and for HTML
 * to text. Numeric references are the caller's; htmlent_cp1252() serves them.
 */
#ifndef BASE_HTMLENT_H
#define BASE_HTMLENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

#define HTMLENT_NAME_MAX 31 /* bytes of the longest name */

/*
 * The UTF-8 text of `name` (without "&" and ";"; case counts), or NULL. The
 * result is static.
 */
const char *htmlent_lookup(const char *name, size_t len);
/*
 * The longest name without ";" that `s` begins with ("&copy2004" is one), of
 * the 106 that HTML allows so; its length goes to *used. NULL if none.
 */
const char *htmlent_legacy(const char *s, size_t len, size_t *used);
/*
 * What a numeric reference means in the wild: 0x80 to 0x9f are windows-1252
 * (HTML 13.2.5.80), everything else is itself.
 */
uint32_t htmlent_cp1252(uint32_t cp);

#endif
