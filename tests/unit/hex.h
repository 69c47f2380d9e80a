/* Test vectors as text. */
#ifndef HEX_H
#define HEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Fills exactly len bytes from as many hexadecimal pairs; returns out. */
static inline uint8_t *
hex(uint8_t *out, size_t len, const char *text)
{
	for (size_t i = 0; i < len; i++) {
		unsigned byte = 0;
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return memset(out, 0, len);
		out[i] = (uint8_t)byte;
	}
	return out;
}

#endif
