#include "safe.h"

size_t
safe_copy(char *dst, size_t size, const char *src, size_t len)
{
	size_t used = 0;
	for (size_t i = 0; i < len && used + 4 < size; i++) {
		unsigned char c = (unsigned char)src[i];
		if (c < 0x20 || c == 0x7f) {
			dst[used++] = '^';
			c ^= 0x40;
		}
		dst[used++] = (char)c;
	}
	dst[used] = '\0';
	return used;
}
