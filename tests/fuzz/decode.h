/* Shared by the fuzz targets of sanitize and record: the rules of the output, from its reader's
 * side. */
#ifndef DECODE_H
#define DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Whether it has no control byte but LF and TAB, no C1 control, and no byte that UTF-8 never
 * has. */
static inline bool
is_harmless(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			return false;
		if (c == 0xc0 || c == 0xc1 || c > 0xf4)
			return false;
		if (c == 0xc2 && (i + 1 == len || (unsigned char)text[i + 1] < 0xa0))
			return false;
	}
	return true;
}

static inline unsigned
hex_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Undoes SANITIZE_ESCAPE in place, as the manual's EXAMPLES do. Returns the new length. */
static inline size_t
decode(char *text, size_t len)
{
	size_t used = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '+' && i + 1 < len && text[i + 1] == '\n') {
			i++;
		} else if (text[i] != '\\') {
			text[used++] = text[i];
		} else if (i + 1 < len && text[i + 1] == '\\') {
			text[used++] = text[++i];
		} else if (i + 3 < len && text[i + 1] == 'x') {
			text[used++] = (char)(hex_digit(text[i + 2]) << 4 | hex_digit(text[i + 3]));
			i += 3;
		} else {
			abort();
		}
	}
	return used;
}

#endif
