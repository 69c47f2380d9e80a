#include "chat/varint.h"

size_t
varint_put(uint8_t *out, uint64_t value)
{
	size_t len = 1;
	for (uint64_t rest = value >> 7; rest > 0; rest >>= 7)
		len++;
	for (size_t i = len; i-- > 0; value >>= 7)
		out[i] = (uint8_t)((value & 0x7f) | (i < len - 1 ? 0x80 : 0));
	return len;
}

int
varint_get(const uint8_t *in, size_t len, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < len; i++) {
		if (*value >> 57)
			return -1;
		*value = *value << 7 | (in[i] & 0x7f);
		if (!(in[i] & 0x80))
			return (int)i + 1;
	}
	return 0;
}
