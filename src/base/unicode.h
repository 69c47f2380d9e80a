/* Which characters are invisible, from the data of the Unicode Character Database. Pure. */
#ifndef UNICODE_H
#define UNICODE_H

#include <stdbool.h>
#include <stdint.h>

/* The version of the data. */
extern const char unicode_version[];

/* For unicode_is_near_invisible(). */
extern const uint64_t unicode_pages[];

/* Whether any of the 256 code points of this one's page is invisible: false for most. */
static inline bool
unicode_is_near_invisible(uint32_t point)
{
	return unicode_pages[point >> 14] >> (point >> 8 & 63) & 1;
}

/* Whether it has the property Default_Ignorable_Code_Point. Joiners, marks of direction, fillers,
 * variation selectors and tags have it: where a font doesn't know them, nothing is shown. */
bool unicode_is_invisible(uint32_t point);

/* Whether it is one of the variation selectors 1 to 16. */
bool unicode_is_selector(uint32_t point);

/* Whether base and this selector are a variation sequence, standardized or of emoji. */
bool unicode_is_variable(uint32_t base, uint32_t selector);

#endif
