/* A short digest of a set of lines, as the Negentropy protocol defines it: the sum of their hashes
 * modulo 2^256 (as numbers, least significant byte first), followed by the number of lines; the
 * first 16 bytes of the SHA-256 of both. Pure. */
#ifndef FINGERPRINT_H
#define FINGERPRINT_H

#include "chat/lineset.h"

enum { FINGERPRINT_LEN = 16 };

/* Of items [begin, end). */
void fingerprint(const struct lineset *set, size_t begin, size_t end, uint8_t out[FINGERPRINT_LEN]);

#endif
