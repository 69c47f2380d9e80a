#include "base/unicode.h"

#include <stddef.h>

enum { SELECTOR_1 = 0xfe00, SELECTOR_16 = 0xfe0f };

struct range {
	uint32_t first, last;
};

struct variants {
	uint32_t first, last;
	unsigned selectors;
};

#include "base/unicode.inc"

const char unicode_version[] = UNICODE_VERSION;

bool
unicode_is_invisible(uint32_t point)
{
	const struct range *r = invisible;
	for (const struct range *end = r + sizeof invisible / sizeof *invisible; r < end; r++)
		if (point <= r->last)
			return point >= r->first;
	return false;
}

bool
unicode_is_selector(uint32_t point)
{
	return point >= SELECTOR_1 && point <= SELECTOR_16;
}

bool
unicode_is_variable(uint32_t base, uint32_t selector)
{
	size_t low = 0, high = sizeof varied / sizeof *varied;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (base > varied[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sizeof varied / sizeof *varied && base >= varied[low].first &&
	       unicode_is_selector(selector) &&
	       (varied[low].selectors >> (selector - SELECTOR_1) & 1);
}
