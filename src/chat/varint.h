/* Numbers as negentropy writes them: base 128, the most significant digit first, the high bit set
 * in all bytes but the last. Pure, bounded. */
#ifndef VARINT_H
#define VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VARINT_MAX = 10 };

/* Returns the number of bytes written to out, at most VARINT_MAX. */
size_t varint_put(uint8_t *out, uint64_t value);

/* Returns the number of bytes that value had; 0 when they don't end within len; -1 when it has
 * more than 64 bits. */
int varint_get(const uint8_t *in, size_t len, uint64_t *value);

#endif
