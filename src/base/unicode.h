/* What of Unicode isn't seen: from the data of the Unicode Character Database. Pure. */
#ifndef UNICODE_H
#define UNICODE_H

#include <stdbool.h>
#include <stdint.h>

/* The version of the data. */
extern const char unicode_version[];

/* For unicode_is_near_invisible(). */
extern const uint64_t unicode_pages[];

/* False for most: is there any invisible code point among the 256 around this one? */
static inline bool
unicode_is_near_invisible(uint32_t point)
{
	return unicode_pages[point >> 14] >> (point >> 8 & 63) & 1;
}

/* Has it the property Default_Ignorable_Code_Point? Nothing is shown for such a code point where a
 * font doesn't know it: joiners, marks of direction, fillers, variation selectors, tags. */
bool unicode_is_invisible(uint32_t point);

/* Is this one of the variation selectors 1 to 16? */
bool unicode_is_selector(uint32_t point);

/* Is there a standardized, or an emoji, variation sequence of base and this selector? */
bool unicode_is_variable(uint32_t base, uint32_t selector);

#endif
